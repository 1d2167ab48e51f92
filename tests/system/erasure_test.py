# SPDX-License-Identifier: Apache-2.0
"""A person who wants to be forgotten: the case is erased at a working station, and no byte of it is left in its files,
also where its entries were moved to a file and where rekamd is killed in the middle."""
import contextlib
import json
import signal
import subprocess
import unittest

import rekam
from checked import Background, StationTest
from station import BUILD, LIMIT_S

OPERATOR = "Operator Wulandari 7731"
CTL = BUILD / "bin/rekamctl"


class Erasure(StationTest):
    options = {"sane": False, "settings": "[journal]\nhead_every = 10\nrows_kept = 1000\n"}

    def ctl(self, *arguments, exit_code=0):
        done = subprocess.run([CTL, "--station", self.station.runtime, "--operator", "Sari", *arguments],
                              capture_output=True, text=True, timeout=LIMIT_S, check=False)
        if exit_code is not None:
            self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def visit(self):
        """A case with two captures; its id."""
        with self.station.connect(operator=OPERATOR) as client, client.case("enrol") as case, case.lease("photo") as lease:
            for _ in range(2):
                lease.capture("photo", subject="face")
            return case.id

    def traces(self, *texts):
        """Where in the state directory any of the texts stands."""
        return [(path.name, text) for path in (self.station.place / "state").rglob("*") if path.is_file()
                for text in texts if text.encode() in path.read_bytes()]

    def verified(self):
        found = json.loads(self.ctl("journal", "verify", "--json"))
        self.assertTrue(found["whole"], found)
        return found

    def test_no_byte_of_the_person_is_left(self):
        self.ready("photo")
        open_case = self.client.case("test")
        self.assertIn("close it", self.ctl("journal", "erase", open_case.id, "-r", "asked", exit_code=1))
        case = self.visit()
        self.assertTrue(self.traces(case) and self.traces(OPERATOR), "it is there before")
        self.assertIn("case", self.fails("unknown-case", self.client.erase, "C-" + "0" * 24, "nobody").message)
        self.assertIn("is erased: 4 entries", self.ctl("journal", "erase", case, "-r", "asked for by law"))
        self.assertEqual(self.traces(case, OPERATOR), [])
        self.assertEqual(self.verified()["erased"], 4)
        entry = json.loads(self.ctl("journal", "--kind", "journal.erased", "--json"))["entries"][0]["entry"]
        self.assertEqual(entry["reason"], "asked for by law")
        self.fails("unknown-case", self.client.erase, case, "again")
        self.station.stop()
        self.client.close()
        self.assertEqual(self.traces(case, OPERATOR), [])
        self.station.start()
        self.client = self.connect()
        self.assertEqual(self.verified()["erased"], 4)

    def test_also_where_entries_were_moved_and_rekamd_is_killed(self):
        self.ready("photo")
        case = self.visit()
        with self.station.connect() as client:
            for _ in range(560):
                with client.case("issue"):
                    pass
        self.station.wait(lambda: self.verified()["first"] > 10, "the entries of the case are in a file")
        erasing = Background(self.ctl, "journal", "erase", case, "-r", "law", exit_code=None)
        self.station.wait(lambda: not erasing.running or not self.traces(case), "it is under way")
        self.station.process.send_signal(signal.SIGKILL)
        self.station.process.wait()
        self.client.close()
        self.station.start()
        self.client = self.connect()
        self.station.wait(lambda: self.is_gone(case), "nothing is left")
        self.assertEqual(self.traces(case, OPERATOR), [])
        self.verified()
        erasing.result()

    def is_gone(self, case):
        """The kill may have come before anything was erased; then it is asked for again."""
        if not self.traces(case, OPERATOR):
            return True
        with contextlib.suppress(rekam.Error):
            self.client.erase(case, "law")
        return False


if __name__ == "__main__":
    unittest.main()
