# SPDX-License-Identifier: Apache-2.0
"""./dev in a small tree of its own: what an interrupt leaves behind, exit codes, what it installs and as whom."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(os.environ.get("REKAM_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
LIMIT_S = 60

# A station that is as unwilling as can be: it ignores every polite signal, and has a child in a session of its own whose
# parent is gone, and a grandchild that does not even carry the environment.
STUBBORN = """
import os, pathlib, signal, subprocess, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
pids = pathlib.Path("pids")
def note():
    with pids.open("a") as f:
        f.write(f"{os.getpid()}\\n")
note()
if os.fork() == 0:
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    note()
    bare = subprocess.Popen(["sleep", "1000"], env={}, start_new_session=True)
    with pids.open("a") as f:
        f.write(f"{bare.pid}\\nready\\n")
while True:
    time.sleep(1)
"""

PRESETS = """{"version": 6, "configurePresets": [
    {"name": "dev", "generator": "Ninja", "binaryDir": "${sourceDir}/build/dev"},
    {"name": "asan", "inherits": "dev", "binaryDir": "${sourceDir}/build/asan"}]}"""

CMAKE = """cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES NONE)
include(CTest)
add_test(NAME passes COMMAND true)
add_test(NAME fails COMMAND false)
add_test(NAME hangs COMMAND sleep 1000)
add_test(NAME mutant CONFIGURATIONS Mutants COMMAND true)
set_tests_properties(mutant PROPERTIES LABELS mutant)
add_custom_target(rekam-sim-mutants)
add_custom_target(rekam-station)
add_custom_target(rekam-sim COMMAND mkdir -p bin && cp ${CMAKE_SOURCE_DIR}/sim bin/rekam-sim)
"""


def alive(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in "ZX"


def wait_for(condition, what):
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"never happened: {what}")


def heed_interrupts():
    """A shell script cannot trap what was ignored when it began, as after "command &" in another script."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class SmallTree(unittest.TestCase):
    def setUp(self):
        self.tree = pathlib.Path(tempfile.mkdtemp(prefix="rekam-dev-"))
        self.addCleanup(shutil.rmtree, self.tree, ignore_errors=True)
        shutil.copy(SOURCE / "dev", self.tree / "dev")
        (self.tree / "CMakePresets.json").write_text(PRESETS)
        (self.tree / "CMakeLists.txt").write_text(CMAKE)
        (self.tree / "sim").write_text('#!/bin/sh\necho "sim:$*"\nexit 7\n')
        (self.tree / "sim").chmod(0o755)
        station = self.tree / "mocks/station"
        station.mkdir(parents=True)
        (station / "demo.py").write_text(STUBBORN)
        self.environment = {**os.environ, "REKAM_INSTALL": "no"}
        for name in ("REKAM_PRESET", "REKAM_SAN_LIMIT_S", "REKAM_TEST_JOBS"):
            self.environment.pop(name, None)

    def dev(self, *arguments, **more):
        return subprocess.run(["./dev", *arguments], cwd=self.tree, env={**self.environment, **more}, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=LIMIT_S)


class Interrupt(SmallTree):
    def interrupted_by(self, number):
        pids = self.tree / "pids"
        dev = subprocess.Popen(["./dev", "demo"], cwd=self.tree, env=self.environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                               preexec_fn=heed_interrupts)
        self.addCleanup(dev.stdout.close)
        wait_for(lambda: pids.exists() and "ready" in pids.read_text(), "the demo runs")
        children = [int(line) for line in pids.read_text().split() if line != "ready"]
        self.addCleanup(lambda: [os.kill(pid, signal.SIGKILL) for pid in children if alive(pid)])
        self.assertEqual(len(children), 3)
        self.assertTrue(all(alive(pid) for pid in children))
        # The whole foreground group, as a terminal does.
        os.killpg(dev.pid, number)
        self.assertEqual(dev.wait(LIMIT_S), -number)
        self.assertEqual([pid for pid in children if alive(pid)], [])
        self.assertNotIn("by hand", dev.stdout.read().decode())

    def test_ctrl_c_ends_children_that_ignore_it_or_left(self):
        self.interrupted_by(signal.SIGINT)

    def test_termination_does_the_same(self):
        self.interrupted_by(signal.SIGTERM)

    def test_a_closed_terminal_does_the_same(self):
        self.interrupted_by(signal.SIGHUP)

    def test_a_running_test_ends_too(self):
        dev = subprocess.Popen(["./dev", "test", "-R", "hangs"], cwd=self.tree, env=self.environment, text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True, preexec_fn=heed_interrupts)
        self.addCleanup(dev.stdout.close)
        for line in dev.stdout:
            if "Start " in line and "hangs" in line:
                break
        os.kill(dev.pid, signal.SIGINT)
        rest = dev.stdout.read()  # ends when nobody holds the pipe any more
        self.assertEqual(dev.wait(LIMIT_S), -signal.SIGINT, rest)


class SubCommands(SmallTree):
    def test_unknown_ones_are_usage_errors_that_list_the_known(self):
        for arguments in (["nonsense"], [], ["san", "msan"], ["lint", "--nonsense"], ["install", "all-of-it"]):
            result = self.dev(*arguments)
            self.assertEqual(result.returncode, 64, arguments)
            self.assertIn("usage: ./dev", result.stdout)

    def test_help_names_each(self):
        result = self.dev("help")
        self.assertEqual(result.returncode, 0)
        for name in "build test lint sim san prove demo install help".split():
            self.assertIn(f"\n  {name} ", result.stdout)

    def test_works_from_another_folder(self):
        result = subprocess.run([self.tree / "dev", "help"], cwd="/", env=self.environment, stdout=subprocess.DEVNULL)
        self.assertEqual(result.returncode, 0)

    def test_test_ends_with_the_last_lines_of_ctest(self):
        passed = self.dev("test", "-R", "passes")
        self.assertEqual(passed.returncode, 0, passed.stdout)
        self.assertIn("100% tests passed", passed.stdout)
        self.assertIn("Total Test time", passed.stdout.splitlines()[-1])
        failed = self.dev("test", "-R", "fails")
        self.assertEqual(failed.returncode, 8, failed.stdout)
        self.assertIn("Errors while running CTest", failed.stdout.splitlines()[-1])

    def test_sim_hands_on_its_arguments_and_exit_code(self):
        result = self.dev("sim", "--seeds", "2", "--steps", "3")
        self.assertIn("sim:--seeds 2 --steps 3", result.stdout)
        self.assertEqual(result.returncode, 7)

    def test_sim_runs_the_planted_faults_and_nothing_else(self):
        result = self.dev("sim", "--mutants")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("100% tests passed, 0 tests failed out of 1", result.stdout)

    def test_a_failing_build_says_so(self):
        (self.tree / "CMakeLists.txt").write_text(CMAKE + "add_custom_target(broken ALL COMMAND false)\n")
        result = self.dev("build")
        self.assertEqual(result.returncode, 1)
        self.assertIn("the build failed", result.stdout)

    def test_a_failing_configuration_says_what_to_do(self):
        (self.tree / "CMakeLists.txt").write_text("nonsense()\n")
        result = self.dev("build")
        self.assertEqual(result.returncode, 1)
        self.assertIn("rm -r build/dev", result.stdout)

    def test_sanitizers_stop_at_their_limit(self):
        result = self.dev("san", "asan", "-R", "hangs", REKAM_SAN_LIMIT_S="3")
        self.assertEqual(result.returncode, 75, result.stdout)
        self.assertIn("out of time", result.stdout)


class Install(SmallTree):
    """With a dpkg that knows no package, an apt-get and a sudo that only write down what they were asked."""

    def setUp(self):
        super().setUp()
        self.fakes = self.tree / "fakes"
        self.fakes.mkdir()
        self.log = self.tree / "log"
        self.environment["REKAM_INSTALL"] = "yes"
        self.environment["PATH"] = f"{self.fakes}:{os.environ['PATH']}"
        self.fake("dpkg-query", "exit 1")
        self.fake("apt-get", "exit 99")
        self.fake("id", "echo 1000")

    def fake(self, name, body):
        (self.fakes / name).write_text(f"#!/bin/sh\n{body}\n")
        (self.fakes / name).chmod(0o755)

    def test_says_what_it_installs_and_uses_sudo_for_that_only(self):
        self.fake("sudo", f'echo "$@" >>{self.log}')
        result = self.dev("install", "test")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("python3-jsonschema", result.stdout)
        self.assertNotIn("clang-tidy", result.stdout)
        asked = self.log.read_text()
        self.assertIn("apt-get install -y --no-install-recommends", asked)
        self.assertRegex(asked, r"install g\+\+ cmake .*python3-zmq")

    def test_without_sudo_it_says_what_to_run_as_root(self):
        for name in ("bash", "env", "nproc", "dirname"):
            (self.fakes / name).symlink_to(shutil.which(name))
        result = self.dev("install", PATH=str(self.fakes))
        self.assertEqual(result.returncode, 1)
        self.assertIn("as root: apt-get install g++", result.stdout)

    def test_a_failing_apt_get_says_what_to_do(self):
        self.fake("sudo", '[ "$1" = -v ]')
        result = self.dev("install", "lint")
        self.assertEqual(result.returncode, 1)
        self.assertIn("apt-get failed", result.stdout)

    def test_nothing_missing_asks_for_no_rights(self):
        self.fake("dpkg-query", "printf installed")
        self.fake("sudo", f'echo "$@" >>{self.log}')
        result = self.dev("install")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("nothing is missing", result.stdout)
        self.assertFalse(self.log.exists())


if __name__ == "__main__":
    sys.exit(unittest.main())
