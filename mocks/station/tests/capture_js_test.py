# SPDX-License-Identifier: Apache-2.0
"""The sample in JavaScript at the demonstration's desk, also when the gate dies under it."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = os.environ.get("REKAM_BUILD_DIR", ROOT / "build/dev")
SAMPLE = ROOT / "mocks/station/capture.js"
LIMIT_S = 60
sys.path[:0] = [str(ROOT / "mocks/station")]
from desk import Desk, wait_ready  # noqa: E402  pylint: disable=wrong-import-position


def missing():
    """Why the sample cannot run here; None where it can."""
    if not shutil.which("node"):
        return "there is no node on the path"
    if subprocess.run(["node", "-e", "require('zeromq')"], cwd=SAMPLE.parent, capture_output=True, check=False).returncode:
        return "node has no package zeromq: npm install zeromq elsewhere, and name its node_modules in NODE_PATH"
    return None


@unittest.skipIf(missing(), missing())
class TheSample(unittest.TestCase):
    def setUp(self):
        self.out = pathlib.Path(tempfile.mkdtemp(prefix="rekam-js-test-"))
        self.addCleanup(shutil.rmtree, self.out)
        self.desk = Desk(BUILD, self.out / "station.log")
        self.addCleanup(self.desk.stop)
        self.station = self.desk.connect(client="test")
        self.addCleanup(self.station.close)
        wait_ready(self.station, [slot.slot for slot in self.station.slots()])

    def start(self):
        environment = {**os.environ, "REKAM_STATION": str(self.desk.runtime)}
        sample = subprocess.Popen(["node", SAMPLE, self.out], env=environment, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
        self.addCleanup(sample.kill)
        return sample

    def check(self, sample, said=""):
        said += sample.communicate(timeout=LIMIT_S)[0]
        self.assertEqual(sample.returncode, 0, said)
        self.assertIn("quality 30 is below the asked 60", said)  # the first face of this desk is blurred
        self.assertEqual((self.out / "face.jpeg").read_bytes()[:2], b"\xff\xd8")
        self.assertEqual((self.out / "slap.right.png").read_bytes()[:4], b"\x89PNG")
        (case,) = self.station.cases("closed")
        self.assertEqual([(made.subject, made.outcome, len(made.kept)) for made in case.captures],
                         [("face", "failed", 0), ("face", "done", 1), ("slap.right", "done", 1)])

    def test_it_takes_its_pictures(self):
        self.check(self.start())

    def test_a_gate_that_dies_costs_no_capture(self):
        sample = self.start()
        said = sample.stdout.readline()  # the blurred face was refused: the next one is being taken
        rekamd = self.desk.process.pid
        (gate,) = (int(pid) for pid in pathlib.Path(f"/proc/{rekamd}/task/{rekamd}/children").read_text().split()
                   if pathlib.Path(f"/proc/{pid}/comm").read_text() == "rekam-gate\n")
        os.kill(gate, signal.SIGKILL)
        self.check(sample, said)


if __name__ == "__main__":
    unittest.main()
