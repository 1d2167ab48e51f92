# SPDX-License-Identifier: Apache-2.0
"""rekamd as an administrator meets it: command line, directories, configuration, signals, systemd. Its gate is a shell
script that never speaks, so what is tested here is the shell around the broker."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

REKAMD = os.path.join(os.environ["REKAM_BUILD_DIR"], "bin", "rekamd")
LIMIT_S = 60


def wait_for(condition, what):
    end = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {LIMIT_S} s: {what}")
        time.sleep(0.02)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Station:
    """One rekamd with its log."""

    def __init__(self, test, *arguments, env=None):
        self.process = subprocess.Popen([REKAMD, *arguments], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                        env={**os.environ, **(env or {})}, text=True, errors="replace")
        self.log = []
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True)
        self.reader.start()
        test.addCleanup(self.end)

    def end(self):
        """In order: killed, it would leave the gate's helper behind."""
        self.process.terminate()
        try:
            self.process.wait(LIMIT_S)
        finally:
            self.process.kill()
            self.process.wait(LIMIT_S)
        self.reader.join(LIMIT_S)
        self.process.stderr.close()

    def text(self):
        return "".join(self.log)

    def wait_for_log(self, pattern, times=1):
        wait_for(lambda: len(re.findall(pattern, self.text())) >= times or self.process.poll() is not None, pattern)
        found = re.findall(pattern, self.text())
        if len(found) < times:
            raise AssertionError(f"rekamd ended with {self.process.returncode} without {pattern!r}:\n{self.text()}")
        return found[-1]

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(LIMIT_S)
        self.reader.join(LIMIT_S)
        return code


class RekamdTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="rekam-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        # It fears no signal, and has a helper that left its group and session.
        self.write("gate", "#!/bin/sh\ntrap '' TERM INT HUP\nsetsid sh -c 'echo helper $$; exec sleep 1000' &\n"
                           "echo gate $$\nexec sleep 1000\n")
        os.chmod(self.path("gate"), 0o755)
        self.write("config/rekamd.toml", self.config())

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name) + ".new", "w") as file:
            file.write(text)
        os.rename(self.path(name) + ".new", self.path(name))

    def config(self, more=""):
        return f"[paths]\ngate = '{self.path('gate')}'\nhost = '{self.path('gate')}'\n{more}"

    def arguments(self, **other):
        places = {"config": self.path("config"), "state": self.path("state"), "runtime": self.path("run"), **other}
        return [word for name, value in places.items() for word in ("--" + name, value)]

    def start(self, *more, env=None):
        station = Station(self, *self.arguments(), *more, env=env)
        station.wait_for_log(r"gate: gate (\d+)")
        return station

    def refused(self, *arguments):
        done = subprocess.run([REKAMD, *arguments], capture_output=True, text=True, timeout=LIMIT_S)
        return done.returncode, done.stdout + done.stderr

    def test_command_line(self):
        self.assertEqual(self.refused("--help")[0], 0)
        self.assertRegex(self.refused("--version")[1], r"^rekamd \d+\.\d+\.\d+")
        self.assertEqual(self.refused("--no-such-option")[0], 64)
        self.assertEqual(self.refused("argument")[0], 64)

    def test_check_config(self):
        self.write("config/slots.toml", "[slot.photo]\nfunction = 'camera'\ndevice = 'id.acme/*'\n")
        code, text = self.refused("--check-config", self.path("config"), *self.arguments()[2:])
        self.assertEqual(code, 0)
        self.assertIn("slot photo: camera of id.acme/*", text)
        self.write("config/slots.toml", "[slot.photo]\nfunction = 'camra'\n")
        code, text = self.refused("--check-config", self.path("config"))
        self.assertEqual(code, 1)
        self.assertIn("slots.toml:2:", text)
        self.assertIn("slot.photo.device: is missing", text)
        self.assertFalse(os.path.exists(self.path("run")), "it only looks")

    def test_a_wrong_configuration_is_refused_at_start(self):
        for text, says in (("[limits]\nparts = 99\n", "rekamd.toml:5:"), ("[tcp]\nrequests = '0.0.0.0:1'\n", "loopback")):
            self.write("config/rekamd.toml", self.config(text))
            code, told = self.refused(*self.arguments())
            self.assertEqual(code, 78)
            self.assertIn(says, told)
        self.assertEqual(self.refused("--config", self.path("nowhere"))[0], 78)

    def test_directories_and_modes(self):
        self.start()
        for name, mode in (("run", 0o750), ("state", 0o700), ("run/station.key", 0o640), ("state/store.sqlite3", 0o600)):
            self.assertEqual(os.stat(self.path(name)).st_mode & 0o777, mode, name)

    def test_a_second_one_says_who_runs(self):
        first = self.start()
        for other in ({}, {"runtime": self.path("run2")}, {"state": self.path("state2")}):
            code, text = self.refused(*self.arguments(**other))
            self.assertEqual(code, 69, text)
            self.assertRegex(text, rf"runs already on .*: process {first.process.pid}, since 20\d\d-")
        self.assertIsNone(first.process.poll())

    def test_stop_ends_everything_in_time(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            station = self.start()
            gate = int(station.wait_for_log(r"gate: gate (\d+)"))
            helper = int(station.wait_for_log(r"gate: helper (\d+)"))
            code = station.stop(how)
            self.assertEqual(code, 0, station.text())
            self.assertFalse(alive(gate) or alive(helper), "the whole tree ends with it")
            self.assertNotIn("the end took too long", station.text())

    def test_a_killed_rekamd_takes_its_children_along_and_can_start_again(self):
        # The helper has neither parent nor session nor environment; the kernel kills only direct children.
        self.write("gate", "#!/bin/sh\nsetsid env -i /bin/sh -c '/bin/echo helper $$; exec /bin/sleep 1000' &\n"
                           "echo gate $$\nexec sleep 1000\n")
        os.chmod(self.path("gate"), 0o755)
        first = self.start()
        gate, helper = (int(first.wait_for_log(rf"gate: {name} (\d+)")) for name in ("gate", "helper"))
        stranger = subprocess.Popen(["setsid", "sleep", "1000"], env={**os.environ, "REKAM": self.path("run")})
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        first.process.kill()
        wait_for(lambda: not alive(gate), "the gate dies with rekamd")
        self.assertTrue(alive(helper), "else this test shows nothing")
        second = self.start()
        self.assertEqual(second.wait_for_log(r"epoch (\d+)"), "2")
        self.assertFalse(alive(helper), "the next rekamd ends it before it starts anything")
        second.wait_for_log(rf"process {helper} \(sleep\), left behind by a rekamd that was killed, is ended")
        self.assertTrue(alive(stranger.pid), "nothing without the station's mark is touched")

    def test_a_station_leaves_its_neighbour_alone(self):
        neighbour = self.start()
        helper = int(neighbour.wait_for_log(r"gate: helper (\d+)"))
        other = Station(self, *self.arguments(state=self.path("state2"), runtime=self.path("run2")))
        other.wait_for_log(r"gate: gate (\d+)")
        self.assertTrue(alive(helper))
        self.assertNotIn("left behind", other.text())

    def test_the_identity_stays_and_the_epoch_grows(self):
        seen = set()
        for epoch in ("1", "2", "3"):
            station = self.start()
            seen.add(station.wait_for_log(r"station (S-[0-9a-f]{16}),"))
            self.assertEqual(station.wait_for_log(r"epoch (\d+)"), epoch)
            station.stop()
        self.assertEqual(len(seen), 1)

    def test_stores_that_cannot_be_used(self):
        os.makedirs(self.path("state"), 0o700)
        self.write("state/store.sqlite3", "x" * 50_000)
        code, text = self.refused(*self.arguments())
        self.assertEqual(code, 73)
        self.assertIn("move it away", text)
        os.remove(self.path("state/store.sqlite3"))
        self.start().stop()
        with sqlite3.connect(self.path("state/store.sqlite3")) as store:
            store.execute("PRAGMA user_version = 7")
        code, text = self.refused(*self.arguments())
        self.assertEqual(code, 73)
        self.assertIn("newer rekamd", text)
        with sqlite3.connect(self.path("state/store.sqlite3")) as store:
            self.assertEqual(store.execute("SELECT body FROM record WHERE key = 'epoch'").fetchone(), ("1",))

    def test_a_gate_that_cannot_start_is_told_and_tried_again(self):
        self.write("config/rekamd.toml", "[paths]\ngate = '/nowhere/gate'\n")
        station = Station(self, *self.arguments())
        station.wait_for_log(r"cannot start /nowhere/gate: No such file", times=2)
        self.assertEqual(station.stop(), 0)

    def test_reload_takes_good_files_and_refuses_bad_ones(self):
        station = self.start()
        self.write("config/rekamd.toml", self.config("[limits]\nparts = 'many'\n"))
        station.wait_for_log(r"configuration: rekamd.toml:5:\d+: limits.parts: must be an integer")
        refusals = station.text().count("limits.parts")
        station.process.send_signal(signal.SIGHUP)
        wait_for(lambda: station.text().count("limits.parts") > refusals, "SIGHUP reads it again")
        self.write("config/rekamd.toml", self.config("[log]\nlevel = 'debug'\n[tcp]\nenabled = true\n"))
        station.wait_for_log(r"tcp.enabled changes when rekamd is started again")
        self.write("config/plugins.d/none.toml", "nonsense\n")
        station.wait_for_log(r"plugins.d/none.toml:1:\d+:")
        self.assertIsNone(station.process.poll())
        self.assertEqual(station.stop(), 0)

    def test_output_of_children_cannot_forge_lines(self):
        self.write("gate", "#!/bin/sh\necho gate $$\nprintf 'x\\033[2Jy\\rz\\n'\nprintf '<3>bad\\n'\nexec sleep 1000\n")
        os.chmod(self.path("gate"), 0o755)
        station = self.start()
        station.wait_for_log(r"info +gate: x\\x1b\[2Jy\\rz")
        station.wait_for_log(r"error +gate: bad")

    def test_the_environment_of_rekamd_stays_its_own(self):
        self.write("gate", "#!/bin/sh\necho gate $$\necho \"secret=$SECRET home=$HOME\"\nexec sleep 1000\n")
        os.chmod(self.path("gate"), 0o755)
        station = self.start(env={"SECRET": "x", "HOME": "/of-test"})
        station.wait_for_log(r"gate: secret= home=/of-test")

    def test_systemd_hears_of_life_reload_and_stop(self):
        heard = []
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind(self.path("notify"))
        listener.settimeout(0.02)

        def hears(word):
            try:
                heard.append(listener.recv(4096).decode())
            except TimeoutError:
                pass
            return any(word in message for message in heard)

        station = self.start(env={"NOTIFY_SOCKET": self.path("notify"), "WATCHDOG_USEC": "200000"})
        wait_for(lambda: hears("WATCHDOG=1"), "watchdog")
        station.process.send_signal(signal.SIGHUP)
        wait_for(lambda: hears("RELOADING=1\nMONOTONIC_USEC="), "reloading")
        station.process.send_signal(signal.SIGTERM)
        wait_for(lambda: hears("STOPPING=1"), "stopping")

    def test_the_journal_gets_priorities(self):
        read_end, write_end = os.pipe()
        facts = os.fstat(write_end)
        process = subprocess.Popen([REKAMD, *self.arguments()], stderr=write_end, stdin=subprocess.DEVNULL,
                                   env={**os.environ, "JOURNAL_STREAM": f"{facts.st_dev}:{facts.st_ino}"})
        os.close(write_end)
        try:
            with os.fdopen(read_end) as log:
                self.assertRegex(log.readline(), r"^<6>station: rekamd ")
        finally:
            process.terminate()
            process.wait(LIMIT_S)


if __name__ == "__main__":
    unittest.main()
