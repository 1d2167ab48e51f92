# SPDX-License-Identifier: Apache-2.0
"""rekamctl journal and report against the clients' fake station: what happens when entries move to a file while they are
read, and what is said of files and of a case that is erased."""
import json
import os
import subprocess
import sys
import unittest

SOURCE = os.environ["REKAM_SOURCE_DIR"]
sys.path.insert(0, os.path.join(SOURCE, "sdk/client/python/tests"))
from peer import PATIENCE_S, PeerCase  # noqa: E402  pylint: disable=wrong-import-position

CTL = os.path.join(os.environ["REKAM_BUILD_DIR"], "bin/rekamctl")


class Journal(PeerCase):
    def run_ctl(self, *arguments, exit_code=0):
        done = subprocess.run([CTL, "--station", self.directory, "--operator", "Sari", *arguments], capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False, env={**os.environ, "LC_ALL": "C"})
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return done

    def exported(self, *arguments, exit_code=0):
        """The numbers of the entries in an exported journal."""
        path = os.path.join(self.directory, "journal.jsonl")
        done = self.run_ctl("journal", "export", "-o", path, *arguments, exit_code=exit_code)
        with open(path, encoding="utf-8") as stream:
            lines = [json.loads(line) for line in stream]
        self.assertEqual(lines[0]["rekam"], "journal")
        return [line["seq"] for line in lines[1:]], done

    def test_an_export_has_every_entry(self):
        seqs, done = self.exported("--json")
        self.assertEqual(seqs, list(range(1, 13)))
        self.assertEqual(json.loads(done.stdout)["entries"], 12)

    def test_an_export_begins_anew_when_entries_move_meanwhile(self):
        self.fake.command(do="set", journal_moves=1)
        seqs, done = self.exported()
        self.assertEqual(seqs, list(range(4, 13)), "no hole, and nothing of the first attempt")
        self.assertIn("9 entries", done.stdout)

    def test_an_export_has_what_says_that_entries_moved_after_its_head(self):
        self.fake.command(do="set", journal_moves_after_head=1)
        self.assertEqual(self.exported()[0], list(range(4, 14)))

    def test_an_export_that_never_holds_still_is_given_up(self):
        self.fake.command(do="set", journal=list(range(1, 40)), journal_moves=100)
        self.assertIn("faster than they are read", self.exported(exit_code=1)[1].stderr)

    def test_a_report_begins_anew_too(self):
        self.fake.command(do="set", journal_moves=1)
        document = json.loads(self.run_ctl("--json", "report", "--day", "2023-11-15").stdout)
        [day] = document["days"]
        self.assertEqual((day["entries"], day["figures"]["visits"]), (9, 9))

    def test_verify_names_the_files(self):
        out = self.run_ctl("journal", "verify", exit_code=3).stdout
        self.assertIn("entry 1: the entries from here to 3 were moved to 1-3.jsonl, which is not there", out)
        self.assertIn("\n  1-3.jsonl  entries 1 to 3: is not there\n  4-6.jsonl  entries 4 to 6, whole\n  and 3 others\n", out)

    def test_erase(self):
        case = self.run_ctl("case", "open").stdout.strip()
        self.assertIn("close it", self.run_ctl("journal", "erase", case, "-r", "law", exit_code=1).stderr)
        self.run_ctl("case", "close", case)
        self.assertIn(f"{case} is erased: 4 entries", self.run_ctl("journal", "erase", case, "-r", "law", "--by", "Rina").stdout)
        self.assertEqual(self.sent("journal.erase")[-1]["params"], {"case": case, "reason": "law", "by": "Rina"})
        self.assertIn("unknown-case", self.run_ctl("journal", "erase", case, "-r", "law", exit_code=64).stderr)
        self.run_ctl("journal", "erase", case, exit_code=64)


if __name__ == "__main__":
    unittest.main()
