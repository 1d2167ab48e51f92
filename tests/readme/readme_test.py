# SPDX-License-Identifier: Apache-2.0
"""README.md keeps its promises: every command and program in it is run, at the desk of `./dev demo`."""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import readme

SOURCE = pathlib.Path(os.environ["REKAM_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["REKAM_BUILD_DIR"])
README = SOURCE / "README.md"
PYTHON_LINES = 16  # a first capture is no longer than this
LIMIT_S = 60


@contextlib.contextmanager
def running_desk():
    """The demonstration's desk as its visit leaves it: every device ready, a ribbon in the printer."""
    sys.path.insert(0, str(SOURCE / "mocks/station"))
    import desk  # not at the top: only a README with something to run needs it

    with tempfile.TemporaryDirectory(prefix="rekam-readme-") as folder:
        with desk.Desk(BUILD, pathlib.Path(folder) / "station.log") as running:
            with running.connect(client="readme") as station:
                desk.wait_ready(station, [slot.slot for slot in station.slots()])
            running.hands.obey("load-ribbon")
            yield running


def environment_of(running):
    """As after an installation: the programs are on the path, and the station is where clients look."""
    return {**os.environ, "REKAM_STATION": str(running.runtime), "PATH": f"{BUILD / 'bin'}:{os.environ['PATH']}"}


class Readme(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.blocks = list(readme.to_run(README.read_text(encoding="utf-8")))
        help_ = subprocess.run([SOURCE / "dev", "help"], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
        cls.dev_help = help_.stdout
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.desk = stack.enter_context(running_desk())
        cls.environment = environment_of(cls.desk)

    def of(self, language):
        return [block for block in self.blocks if block.language == language]

    def run_here(self, command, line, folder):
        result = subprocess.run(command, cwd=folder, env=self.environment, timeout=LIMIT_S, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self.assertEqual(result.returncode, 0, f"README.md:{line}: {command} said:\n{result.stdout}")

    def test_it_has_each_kind(self):
        for language in readme.RUN:
            self.assertTrue(self.of(language), f"README.md has no ```{language} block")

    def test_a_first_capture_is_short(self):
        first = self.of("python")[0]
        self.assertLessEqual(len(first.text.splitlines()), PYTHON_LINES)

    def test_shell(self):
        for block in self.of("sh"):
            with self.subTest(line=block.line), tempfile.TemporaryDirectory(prefix="rekam-readme-") as folder:
                if "safe" in block.words:
                    self.run_here(["bash", "-euo", "pipefail", "-c", block.text], block.line, SOURCE)
                    continue
                sys.path.insert(0, str(SOURCE / "tests/system"))
                import picture

                (pathlib.Path(folder) / "card.png").write_bytes(picture.png())  # what its reader has at hand
                for line, words in readme.check_shell(block, self.dev_help):
                    if words[1:3] == ["card", "reader"]:
                        self.desk.hands.obey("insert-card")  # the one that a line above has printed
                    self.run_here([str(BUILD / "bin/rekamctl"), *words[1:]], line, folder)

    def test_python(self):
        for block in self.of("python"):
            with self.subTest(line=block.line), tempfile.TemporaryDirectory(prefix="rekam-readme-") as folder:
                program = pathlib.Path(folder) / "program.py"
                program.write_text(block.text)
                self.run_here(["/usr/bin/python3", str(program)], block.line, folder)

    def test_cpp(self):
        for number, block in enumerate(self.of("cpp"), 1):
            with self.subTest(line=block.line), tempfile.TemporaryDirectory(prefix="rekam-readme-") as folder:
                self.run_here([str(BUILD / f"tests/readme_cpp_{number}")], block.line, folder)


if __name__ == "__main__":
    sys.exit(unittest.main())
