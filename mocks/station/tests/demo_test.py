# SPDX-License-Identifier: Apache-2.0
"""The demonstration around a made-up station: what it writes, how it fails, and that nothing is left running."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
DEMO = os.path.join(ROOT, "mocks/station/demo.py")
PATIENCE_S = 60

# Takes rekamd's arguments, says where it lives, and serves the clients' fake station there.
RUNNING = f"""#!/bin/sh
while [ $# -gt 0 ]; do case $1 in --runtime) runtime=$2 ;; --config) config=$2 ;; esac; shift; done
grep -q '^SANE_CONFIG_DIR = "/.*/sane.d"$' $config/plugins.d/sane.toml || exit 9
grep -q '^plugins = "/.*/plugins"$' $config/conf.d/here.toml || exit 9
mkdir -p $runtime
echo "station pid $$ in $runtime" >&2
mkfifo $runtime/never
exec 3<>$runtime/never
exec /usr/bin/python3 {ROOT}/sdk/client/python/tests/fake_station.py $runtime <&3
"""


class Demo(unittest.TestCase):
    def setUp(self):
        self.build = tempfile.mkdtemp(prefix="rekam-demo-test-")
        self.addCleanup(shutil.rmtree, self.build)
        os.mkdir(os.path.join(self.build, "bin"))
        os.mkdir(os.path.join(self.build, "plugins"))
        for name in ("bin/rekam-gate", "bin/rekam-host", "plugins/rekam-sane.so"):
            self.write(name, "")

    def write(self, name, text):
        path = os.path.join(self.build, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def start(self):
        child = subprocess.Popen([sys.executable, DEMO, "--build", self.build], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.kill)
        return child

    def finish(self, child, exit_code):
        out, err = child.communicate(timeout=PATIENCE_S)
        self.assertEqual(child.returncode, exit_code, out + err)
        return out, err

    def station(self):
        """The pid and place of the made-up station, from its log."""
        log = os.path.join(self.build, "demo/station.log")
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if os.path.exists(log):
                with open(log, encoding="utf-8") as file:
                    words = file.readline().split()
                if len(words) == 5:
                    return int(words[2]), words[4]
            time.sleep(0.01)
        self.fail("the station did not start")
        return 0, ""

    def assert_gone(self, pid, place):
        self.assertFalse(os.path.exists(os.path.dirname(place)))
        self.assertFalse(os.path.exists(f"/proc/{pid}"))

    def test_three_pages_and_a_sheet(self):
        self.write("bin/rekamd", RUNNING)
        out, err = self.finish(self.start(), 0)
        self.assertEqual(err, "")
        self.assertIn("slot document: ready", out)
        self.assertEqual(out.count(" bytes, sha256:"), 3)
        names = sorted(os.listdir(os.path.join(self.build, "demo")))
        self.assertEqual(names, ["index.html", "page-1.png", "page-2.png", "page-3.png", "station.log"])
        with open(os.path.join(self.build, "demo/index.html"), encoding="utf-8") as file:
            sheet = file.read()
        self.assertEqual(sheet.count("data:image/png;base64,"), 3)
        self.assertIn("sha256:", sheet)
        self.assertNotIn("http", sheet)
        self.assert_gone(*self.station())

    def test_nothing_is_built(self):
        _, err = self.finish(self.start(), 1)
        self.assertIn("run ./dev build first", err)

    def test_a_station_that_ends_at_once_is_told_with_its_log(self):
        self.write("bin/rekamd", "#!/bin/sh\necho 'slots.toml:3: no such function' >&2\nexit 78\n")
        _, err = self.finish(self.start(), 1)
        self.assertIn("exit code 78", err)
        self.assertIn("slots.toml:3: no such function", err)

    def test_ctrl_c_ends_the_station(self):
        for number, exit_code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            self.write("bin/rekamd", RUNNING.replace("exec /usr/bin/python3", "exec sleep 1000 #"))
            child = self.start()
            pid, place = self.station()
            child.send_signal(number)
            self.finish(child, exit_code)
            self.assert_gone(pid, place)
            os.remove(os.path.join(self.build, "demo/station.log"))

    def test_a_killed_demo_leaves_no_station(self):
        self.write("bin/rekamd", RUNNING.replace("exec /usr/bin/python3", "exec sleep 1000 #"))
        child = self.start()
        pid, place = self.station()
        child.kill()
        child.communicate(timeout=PATIENCE_S)
        self.addCleanup(shutil.rmtree, os.path.dirname(place), True)
        until = time.monotonic() + PATIENCE_S
        while _runs(pid) and time.monotonic() < until:
            time.sleep(0.01)
        self.assertFalse(_runs(pid))


def _runs(pid):
    """A dead child of nobody may wait for a reaper that this container does not have."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    unittest.main()
