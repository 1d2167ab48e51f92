# SPDX-License-Identifier: Apache-2.0
"""The journal's oldest entries move to files while a station works, over a rekamd that is killed too, and whoever has
rekamctl can verify each file and what is still in the store."""
import contextlib
import hashlib
import json
import subprocess
import threading
import unittest

from checked import Background, StationTest
from station import BUILD, LIMIT_S

KEPT = 1000
CTL = BUILD / "bin/rekamctl"


class JournalFiles(StationTest):
    options = {"slots": "", "cameras": None, "sane": False,
               "settings": f"[journal]\nhead_every = 10\nrows_kept = {KEPT}\n"}

    def ctl(self, *arguments, exit_code=0):
        done = subprocess.run([CTL, "--station", self.station.runtime, "--json", "journal", *arguments],
                              capture_output=True, text=True, timeout=LIMIT_S, check=False)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def visit(self, count):
        with self.station.connect() as client:
            for _ in range(count):
                with client.case("issue"):
                    pass

    def files(self):
        found = (self.station.place / "state/journal").glob("*.jsonl")
        return sorted(found, key=lambda path: int(path.name.partition("-")[0]))

    @staticmethod
    def named(client):
        """What the journal says of its files, by their names."""
        found = client.call("journal.query", {"kind": "journal.moved", "limit": 100})["entries"]
        return {entry["entry"]["file"]: entry["entry"] for entry in found}

    def is_settled(self, client):
        """So few entries are left that none is moved any more, and the journal names every file that is there."""
        first, last = client.call("journal.query", {"limit": 1})["entries"][0]["seq"], client.call("journal.head")["seq"]
        return last - first < KEPT * 21 // 20 and list(self.named(client)) == [path.name for path in self.files()]

    def test_entries_move_and_stay_verified(self):
        self.visit(KEPT // 2 + 60)
        self.station.wait(self.files, "entries are moved")
        self.station.process.kill()
        self.station.process.wait()
        self.station.start()
        self.visit(60)
        with self.station.connect() as client:
            self.station.wait(lambda: len(self.named(client)) > 1, "more are moved")
            self.station.wait(lambda: self.is_settled(client), "all are moved that have to")
            named = self.named(client)
        table = self.ctl("verify")
        self.assertTrue(table["whole"], table)
        self.assertEqual([one["file"] for one in table["files"]], list(named))
        begins = 1
        for path in self.files():
            moved = self.ctl("verify", str(path))
            self.assertTrue(moved["whole"], moved)
            self.assertEqual(moved["first"], begins)
            begins = moved["last"] + 1
        for name, entry in named.items():
            text = (self.station.place / "state/journal" / name).read_bytes()
            self.assertEqual(hashlib.sha256(text).hexdigest(), entry["sha256"])
        first = self.files()[0].name
        self.files()[0].rename(self.station.place / "stolen")
        found = self.ctl("verify", exit_code=3)
        self.assertEqual(found["flaw"]["seq"], 1)
        self.assertEqual([named["file"] for named in found["files"] if "flaw" in named], [first])

    def test_an_export_while_entries_move_has_no_hole(self):
        """As many as there are while visits go on: what is wrong here shows seldom."""
        self.visit(KEPT // 2)
        with contextlib.closing(self.station.connect()) as client:
            visits = Background(self.visits_until, client, until := threading.Event())
            wanted, path = len(self.files()) + 3, self.station.place / "export"
            for _ in range(100):
                self.ctl("export", "-o", str(path))
                self.assertTrue(self.ctl("verify", str(path))["whole"])
                if len(self.files()) >= wanted:
                    break
            until.set()
            visits.result()
        self.assertGreaterEqual(len(self.files()), wanted, "entries moved meanwhile")

    @staticmethod
    def visits_until(client, over):
        for _ in range(2_000):
            if over.is_set():
                return
            with client.case("issue"):
                pass


if __name__ == "__main__":
    unittest.main()
