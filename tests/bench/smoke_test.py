# SPDX-License-Identifier: Apache-2.0
"""Every measurement of the bench runs and gives figures in valid JSON and SVG. Nothing is said about how fast it was."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import figures  # noqa: E402
import instructions  # noqa: E402
import report  # noqa: E402

# Those whose peers are packages that only ./dev bench installs are left to it: there they say that they are missing.
MEASURED = {"requests", "throughput", "hosts", "clients", "events", "evidence", "preview", "scale"}


class Smoke(unittest.TestCase):
    def test_everything_runs_and_gives_figures(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "bench.json"
            run = subprocess.run([sys.executable, str(HERE / "bench.py"), "--build", os.environ["REKAM_BUILD_DIR"], "--quick", "--json",
                                  str(file)], capture_output=True, text=True, timeout=280, check=False)
            self.assertEqual(run.returncode, 0, run.stderr + run.stdout)
            written = json.loads(file.read_text())
            xml.etree.ElementTree.parse(file.with_suffix(".svg"))
        keys = {result["key"] for result in written["results"] if result["ours"] is not None}
        self.assertLessEqual(MEASURED, keys)
        for result in written["results"]:
            with self.subTest(result["what"]):
                self.assertTrue(result["ours"] is not None or result["note"], "neither a figure nor a reason")
                self.assertIn(result["holds"], (True, False, None))
        self.assertTrue({"cpu", "kernel", "cores", "quiet", "built", "command"} <= set(written["machine"]))
        self.assertIn("./dev bench --quick", written["machine"]["command"])


class Figures(unittest.TestCase):
    def test_rounds_are_compared_with_their_neighbours(self):
        result = figures.compare("1", "x", "us", [10, 40, 11], [20, 80, 20], "peer", "<= 0.5")
        self.assertEqual((result.ours, result.peer, result.ratio, result.holds), (11, 20, 0.5, True))
        self.assertEqual((result.low, result.high), (0.5, 0.55))
        self.assertFalse(figures.compare("1", "x", "us", [10], [20], "peer", ">= 0.6").holds)

    def test_a_line_without_figures_has_no_verdict(self):
        result = figures.absent("11", "card", "pcscd is not installed", "<= 1.7")
        self.assertIsNone(result.holds)
        self.assertIn("pcscd is not installed", report.table([result]))
        self.assertIn("pcscd is not installed", report.document([result], {
            "command": "./dev bench", "quiet": False, "when": "", "cpu": "", "cores": 2, "built": "", "sha_ni": True, "kernel": "", "busy_cores": 2,
            "busy_cores_after": 2, "load": [9], "took_s": 1}))

    def test_a_plot_has_every_point(self):
        drawn = report.plots({"evidence": {"evidence": [(1, 2.0), (104, 200.0)], "memcpy": [(1, 0.5), (104, 60.0)]}})
        self.assertEqual(drawn.count("<circle"), 4)
        self.assertEqual(drawn.count("<polyline"), 2)


class Instructions(unittest.TestCase):
    def test_a_change_beyond_the_tolerance_is_told(self):
        verdicts = {what: verdict for what, _, _, verdict in
                    instructions.judge({"a": 1000, "b": 1000, "c": 1000}, {"a": 1029, "b": 1040, "c": 900, "new": 5})}
        self.assertEqual((verdicts["a"], verdicts["new"]), ("", ""))
        self.assertIn("ERROR +4.0%", verdicts["b"])
        self.assertIn("-10.0%: it has become cheaper", verdicts["c"])


if __name__ == "__main__":
    unittest.main()
