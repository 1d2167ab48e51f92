# SPDX-License-Identifier: Apache-2.0
"""rekamctl support: what is in a bundle, and that nothing about a person is."""
import json
import os
import subprocess
import sys
import tarfile
import unittest

SOURCE = os.environ["REKAM_SOURCE_DIR"]
sys.path.insert(0, os.path.join(SOURCE, "sdk/client/python/tests"))
from peer import PATIENCE_S, PeerCase  # noqa: E402  pylint: disable=wrong-import-position

CTL = os.path.join(os.environ["REKAM_BUILD_DIR"], "bin/rekamctl")
CANARY = "3174091205880001"  # an identity number
HOME = os.path.join("/", "home", "budi")
NAMES = {"README", "station.json", "slots.json", "devices.json", "plugins.json", "statistics.json", "configuration.txt", "log.txt",
         "versions.txt", "journal-head.txt"}
LOG = f"""2026-11-27T03:00:00.1+0700 info    station: rekamd 0a1b2c, station S-1, epoch 17, runtime {HOME}/run
2026-11-27T03:00:01.1+0700 warning child 4: ended by signal 11
2026-11-27T03:00:02.1+0700 warning child 4: killed: the plugin said {CANARY}
2026-11-27T03:00:03.1+0700 info    host id.acme/1: {CANARY} was scanned
2026-11-27T03:00:04.1+0700 debug   device id.acme/1: ready -> busy (begin)
2026-11-27T03:00:05.1+0700 info    {CANARY} budi: ended by signal 11
{CANARY}
"""
SLOTS = f"""# Budi's desk, {CANARY}
[slot.photo]
function = "camera"
device = "id.acme/1"
desk = "{CANARY}"
"""
PLUGIN = f"""path = "{HOME}/rekam-acme.so"
[environment]
ACME_PASSWORD = "{CANARY}"
"""


class Support(PeerCase):
    def run_ctl(self, *arguments, exit_code=0):
        done = subprocess.run([CTL, "--station", self.directory, "--operator", CANARY, "support", *arguments], capture_output=True,
                              text=True, timeout=PATIENCE_S, check=False, env={**os.environ, "LC_ALL": "C"})
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return done

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def bundle(self):
        """{name: text} of a new bundle of a station with a canary in everything that a person or a vendor writes."""
        self.write("etc/slots.toml", SLOTS)
        self.write("etc/rekamd.toml", f'[station]\nname = "{CANARY}"\nzone = "Asia/Jakarta"\n[limits]\nsessions = 7\n')
        self.write("etc/plugins.d/acme.toml", PLUGIN)
        self.write("etc/conf.d/broken.toml", f'a = "{CANARY}\n')
        log = self.write("rekamd.log", LOG)
        path = os.path.join(self.directory, "bundle.tar.gz")
        self.assertIn("is written", self.run_ctl("-o", path, "--config", os.path.join(self.directory, "etc"), "--log", log).stdout)
        with tarfile.open(path) as tar:
            return {member.name: tar.extractfile(member).read().decode() for member in tar}

    def poison(self):
        """A person, in each text of a record that is not a word, an id or a version."""
        error = {"code": "jam", "class": "operator", "retry": "after-fix", "effect": "none", "message": CANARY,
                 "holder": {"client": CANARY, "operator": CANARY}}
        time = {"utc_us": 1, "mono_us": 1, "boot": "b0", "synced": True}
        health = {"level": "self", "state": "failed", "at": time,
                  "checks": [{"component": "feeder", "state": "failed", "evidence": CANARY, "who": "operator", "hint": "clear-jam"}],
                  "consumables": [{"name": "roller", "unit": "sheets", "left": 7}]}
        slots = {"document": {"slot": "document", "desk": CANARY, "function": "document", "device": "sane:test:0", "state": "degraded",
                              "admin": "held", "reason": CANARY, "fence": 1, "caps_rev": 1,
                              "lease": {"client": CANARY, "remaining_ms": 5}}}
        self.fake.command(do="set", slots=slots, device={"error": error, "health": health, "serial": "SN-42", "firmware": "1.3"},
                          reset_by=CANARY)

    def test_holds_everything_but_people(self):
        self.poison()
        files = self.bundle()
        self.assertEqual({name.removeprefix("rekam-support/") for name in files}, NAMES)
        for name, text in files.items():
            self.assertNotIn(CANARY, text, name)
            self.assertNotIn("budi", text.lower(), name)
        files = {name.removeprefix("rekam-support/"): text for name, text in files.items()}
        (device,) = json.loads(files["devices.json"])
        self.assertEqual((device["serial"], device["error"]["code"], device["error"]["message"]), ("SN-42", "jam", "[left out]"))
        (check,) = device["health"]["checks"]
        self.assertEqual((check["component"], check["hint"], check["evidence"]), ("feeder", "clear-jam", "[left out]"))
        self.assertEqual(device["health"]["consumables"][0]["left"], 7)
        self.assertEqual(json.loads(files["slots.json"])[0]["admin"], "held")
        self.assertEqual(json.loads(files["statistics.json"])[0]["statistics"]["failures"]["jam"], 2)
        self.assertEqual(json.loads(files["plugins.json"])[0]["version"], "1.0")
        self.assertIn("kernel Linux", files["versions.txt"])

    def test_log_and_configuration_keep_what_is_the_stations_own(self):
        files = self.bundle()
        log = files["rekam-support/log.txt"].splitlines()
        self.assertEqual(len(log), len(LOG.splitlines()))
        self.assertTrue(log[1].endswith("child 4: ended by signal 11"))
        self.assertTrue(log[2].endswith("child 4: [left out]"))
        self.assertTrue(log[3].endswith("host id.acme/1: [left out]"))
        self.assertTrue(log[4].endswith("ready -> busy (begin)"))
        self.assertEqual(log[5:], ["[left out]", "[left out]"])
        text = files["rekam-support/configuration.txt"]
        for kept in ("# slots.toml", "id.acme/1", "sessions = 7", "Asia/Jakarta", "/-/rekam-acme.so", "ACME_PASSWORD",
                     "# conf.d/broken.toml", "cannot be read: line 1"):
            self.assertIn(kept, text)

    def test_is_never_written_over_another(self):
        path = self.write("there.tar.gz", "mine")
        self.assertIn("is not overwritten", self.run_ctl("-o", path, exit_code=1).stderr)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine")

    def test_half_of_one_is_not_left_behind(self):
        self.assertIn("cannot be written", self.run_ctl("-o", "/dev/full/x", exit_code=1).stderr)
        self.fake.fault("error", "plugin.list", error={"code": "internal", "class": "system", "retry": "later", "effect": "none",
                                                       "message": "no"})
        path = os.path.join(self.directory, "half.tar.gz")
        self.run_ctl("-o", path, exit_code=1)
        self.assertFalse(os.path.exists(path))

    def test_says_where_nothing_can_be_read(self):
        path = os.path.join(self.directory, "b.tar.gz")
        self.run_ctl("-o", path, "--config", "/nowhere", "--log", "/nowhere/log")
        with tarfile.open(path) as tar:
            self.assertIn(b"--config", tar.extractfile("rekam-support/configuration.txt").read())
            self.assertIn(b"no log", tar.extractfile("rekam-support/log.txt").read())

    def test_a_code_for_a_phone(self):
        self.poison()
        out = self.run_ctl("--qr", "document").stdout
        for line in ("slot document degraded", "cause jam", "serial SN-42", "firmware 1.3", "plugin sane 1.0"):
            self.assertIn(line + "\n", out)
        self.assertNotIn(CANARY, out)
        rows = [line for line in out.splitlines() if "\x1b[97;40m" in line]
        widths = {len(row.removeprefix("\x1b[97;40m").removesuffix("\x1b[0m")) for row in rows}
        self.assertEqual(len(widths), 1)
        self.assertLessEqual(widths.pop(), 100)
        self.run_ctl("--qr", "nothing", exit_code=64)
        self.run_ctl(exit_code=64)  # neither


if __name__ == "__main__":
    unittest.main()
