# SPDX-License-Identifier: Apache-2.0
"""The demonstration: a visit through the real processes and what comes out of it; around a made-up station, how it
fails; and that nothing is left running."""
import json
import os
import pathlib
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
BUILD = os.environ.get("REKAM_BUILD_DIR", os.path.join(ROOT, "build/dev"))
PATIENCE_S = 90
sys.path[:0] = [os.path.join(ROOT, "mocks/station")]
from hands import Failure, Hands  # noqa: E402  pylint: disable=wrong-import-position
from voice import SAID, Voice  # noqa: E402  pylint: disable=wrong-import-position

# Takes rekamd's arguments, checks its configuration, says where it lives, and never answers anybody.
RUNNING = """#!/bin/sh
while [ $# -gt 0 ]; do case $1 in --runtime) runtime=$2 ;; --config) config=$2 ;; esac; shift; done
grep -q '^SANE_CONFIG_DIR = "/.*/sane.d"$' $config/plugins.d/sane.toml || exit 9
grep -q '^plugins = "/.*/plugins"$' $config/conf.d/here.toml || exit 9
! grep -rEq '@DESK@|@SEED@' $config/plugins.d || exit 9
mkdir -p $runtime
echo "station pid $$ in $runtime" >&2
exec sleep 1000
"""


class AroundAMadeUpStation(unittest.TestCase):
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

    def station(self, child):
        """The pid and place of the made-up station, from its log."""
        log = os.path.join(self.build, "demo/station.log")
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and child.poll() is None:
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
            self.write("bin/rekamd", RUNNING)
            child = self.start()
            pid, place = self.station(child)
            child.send_signal(number)
            self.finish(child, exit_code)
            self.assert_gone(pid, place)
            os.remove(os.path.join(self.build, "demo/station.log"))

    def test_a_killed_demo_leaves_no_station(self):
        self.write("bin/rekamd", RUNNING)
        child = self.start()
        pid, place = self.station(child)
        child.kill()
        child.communicate(timeout=PATIENCE_S)
        self.addCleanup(shutil.rmtree, os.path.dirname(place), True)
        until = time.monotonic() + PATIENCE_S
        while _runs(pid) and time.monotonic() < until:
            time.sleep(0.01)
        self.assertFalse(_runs(pid))


PICTURES = ["card-chip.jpg", "card-design.png", "card.png", "document-front.png", "document-page.png", "eye-left.png",
            "eye-right.png", "face-try-1.png", "face.png", "signature.png", "slap-left.png", "slap-right.png", "slap-thumbs.png"]
TITLES = ["document.front", "face", "slap.right", "slap.left", "slap.thumbs", "eye.both", "signature", "document.page", "card",
          "read-back"]


class Folders(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="rekam-demo-test-"))
        self.addCleanup(shutil.rmtree, self.place)

    def demo(self, name, *arguments):
        child = subprocess.Popen([sys.executable, DEMO, "--build", BUILD, "--out", self.place / name, *arguments],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.kill)
        return child

    def finish(self, child, exit_code=0):
        out, err = child.communicate(timeout=PATIENCE_S)
        self.assertEqual(child.returncode, exit_code, out + err)
        return out, err

    def wait(self, condition, what):
        until = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), until, what)
            time.sleep(0.02)


class AVisit(Folders):
    def test_everything_comes_out_and_the_same_seed_is_the_same_person(self):
        said, errors = self.finish(self.demo("first", "--seed", "7"))
        self.assertEqual(errors, "")
        first = self.place / "first"
        self.assertEqual(sorted(os.listdir(first)), sorted([*PICTURES, "index.html", "station.log", "visit.json"]))
        self.check_record(json.loads((first / "visit.json").read_text()))
        self.check_sheet((first / "index.html").read_text())
        for word in ("before face", "once more", "load-ribbon", "insert-card", "goodbye"):
            self.assertEqual(said.count(Voice("en").sentence(word)), 1, word)
        said, _ = self.finish(self.demo("again", "--seed", "7", "--lang", "id"))
        self.assertIn(Voice("id").sentence("load-ribbon"), said)
        for name in set(PICTURES) - {"document-page.png"}:
            self.assertEqual((first / name).read_bytes(), (self.place / "again" / name).read_bytes(), name)

    def check_record(self, visit):
        steps = {step["step"]: step for step in visit["steps"]}
        self.assertEqual(list(steps), TITLES)
        tries = [(frame["file"], frame["kept"], frame["attempt"], frame["quality"][0]["score"]) for frame in steps["face"]["frames"]]
        self.assertEqual(tries, [("face-try-1.png", False, 1, 30), ("face.png", True, 2, 90)])
        self.assertEqual(steps["face"]["frames"][0]["quality"][0]["reasons"], ["blurred"])
        self.assertEqual([len(steps[slap]["fingers"]) for slap in ("slap.right", "slap.left", "slap.thumbs")], [4, 3, 2])
        self.assertEqual(steps["slap.left"]["excepted"], [{"subject": "finger.left-ring", "reason": "bandaged"}])
        self.assertEqual(steps["document.page"]["frames"][0]["device"]["id"], "id.rekam.sane/test:0")
        card, back = steps["card"], steps["read-back"]
        self.assertEqual([(trouble["code"], trouble["effect"]) for trouble in card["troubles"]], [("ribbon-out", "none")])
        self.assertEqual((card["outcome"], card["effect"], card["card_at"], card["counter_after"]), ("done", "done", "exit", 1))
        self.assertEqual((back["chip"]["number"], back["chip"]["case"]), (visit["person"]["number"], visit["case"]))
        self.assertIn(card["blank_serial"].encode().hex(), back["atr"])

    def check_sheet(self, sheet):
        self.assertEqual(sheet.count('src="data:image/'), 13)  # ten frames; the person, the card and what the chip says
        self.assertEqual(sheet.count("<img"), 13)
        self.assertIn("30, blurred", sheet)
        self.assertIn("finger.left-ring (bandaged)", sheet)
        self.assertNotIn("http", sheet)

    def test_seed_is_a_number_in_range(self):
        for text in ("-1", "x", "2147483648"):
            self.assertIn("--seed", self.finish(self.demo("never", "--seed", text), 2)[1])


class InTheMiddle(Folders):
    """Ended when the face has been taken and much is still to come."""

    def begun(self):
        """The demonstration, its station's processes, and the folder that they live in."""
        child = self.demo("out")
        self.wait(lambda: (self.place / "out/face.png").exists() or child.poll() is not None, "a face")
        station = _below(child.pid)
        self.assertGreater(len(station), 10, station)
        place = next(words[words.index("--runtime") + 1] for words in station.values() if "--runtime" in words)
        return child, station, pathlib.Path(place).parent

    def test_a_killed_demo_leaves_no_process(self):
        child, station, place = self.begun()
        child.kill()
        child.communicate(timeout=PATIENCE_S)
        self.addCleanup(shutil.rmtree, place, True)
        self.wait(lambda: not any(map(_runs, station)), f"one of these still runs: {station}")

    def test_ctrl_c_leaves_neither_process_nor_folder(self):
        child, station, place = self.begun()
        child.send_signal(signal.SIGINT)
        self.finish(child, 130)
        self.wait(lambda: not any(map(_runs, station)), f"one of these still runs: {station}")
        self.assertFalse(place.exists())


class Kept(Folders):
    def test_the_station_stays_and_another_make_takes_the_photo(self):
        child = self.demo("out", "--keep")
        lines = []
        while not lines or "Ctrl-C ends it" not in lines[-1]:
            lines.append(child.stdout.readline())
            self.assertTrue(lines[-1], "".join(lines) + (child.stderr.read() if child.poll() else ""))
        exported, = [line.split() for line in lines if "REKAM_STATION=" in line]
        environment = {**os.environ, **dict(word.split("=", 1) for word in exported[1:])}
        environment["PATH"] = environment["PATH"].replace("$PATH", os.environ["PATH"])
        commands = [line.split() for line in lines if line.startswith("  rekamctl") or "enrol.py" in line]
        self.assertEqual(len(commands), 4)
        for command in commands:
            told = subprocess.run(command, cwd=self.workplace(), env=environment, timeout=PATIENCE_S, capture_output=True,
                                  text=True, check=False, stdin=subprocess.DEVNULL)
            self.assertEqual(told.returncode, 0, f"{command}: {told.stdout}{told.stderr}")
        visit = json.loads((self.place / "out-2/visit.json").read_text())
        self.assertEqual({frame["device"]["make"] for frame in visit["steps"][1]["frames"]}, {"Lensa"})
        self.assertEqual(visit["steps"][8]["counter_after"], 2)
        # Without hands that change the card, the reader still holds that one: the application notices.
        told = subprocess.run(commands[-1][:-2], cwd=self.workplace(), env=environment, timeout=PATIENCE_S, capture_output=True,
                              text=True, check=False, input="\n")
        self.assertEqual(told.returncode, 1)
        self.assertIn("the reader read something else", told.stderr)
        station = _below(child.pid)
        child.send_signal(signal.SIGINT)
        self.finish(child, 0)
        self.wait(lambda: not any(map(_runs, station)), f"one of these still runs: {station}")

    def workplace(self):
        """As if it were the tree: what a command writes beside itself is not left there."""
        if not (self.place / "mocks").exists():
            (self.place / "mocks").symlink_to(os.path.join(ROOT, "mocks"))
            (self.place / "sdk").symlink_to(os.path.join(ROOT, "sdk"))
        return self.place


class Speech(unittest.TestCase):
    def test_every_word_of_guidance_is_said_in_every_language(self):
        with open(os.path.join(ROOT, "sdk/schema/words.json"), encoding="utf-8") as file:
            guidance = json.load(file)["definitions"]["guidance"]["enum"]
        for lang, own in SAID.items():
            voice = Voice(lang)
            self.assertEqual(set(own), set(SAID["en"]), lang)
            for word in [*guidance, "clear-jam"]:  # what no file has is said as it is written
                self.assertNotEqual(voice.sentence(word).lower(), word.replace("-", " "), lang)

    def test_a_sentence_of_ones_own_goes_before_that_of_the_station(self):
        self.assertEqual(Voice("id").sentence("before face"), SAID["id"]["before face"])
        self.assertEqual(Voice("en").sentence("acme-turn-knob"), "acme turn knob")


class HandsAtTheDesk(Folders):
    def test_without_a_card_there_is_none_to_insert(self):
        with self.assertRaises(Failure):
            Hands(self.place).obey("insert-card")
        self.assertFalse(Hands(self.place).obey("hold-still"))
        self.assertIsNone(Hands(self.place).printed("92500001"))


def _below(pid):
    """{pid: command line} of every process under that one."""
    found, parents = {}, {pid}
    stats = {}
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit():
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                stats[int(entry.name)] = parent, (entry / "cmdline").read_text().split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
    while parents:
        level = {child: words for child, (parent, words) in stats.items() if parent in parents and child not in found}
        found.update(level)
        parents = set(level)
    return found


def _runs(pid):
    """A dead child of nobody may wait for a reaper that this container does not have."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    unittest.main()
