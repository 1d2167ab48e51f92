# SPDX-License-Identifier: Apache-2.0
"""Supervisors' work through real processes: a card that nobody saw end is settled by two persons, made again with a
reason, and the ledger of blank cards adds up, over a restart too. With rekamctl, as they do it."""
import json
import os
import signal
import subprocess
import unittest

import rekam
from checked import Background, StationTest
from picture import png
from station import BUILD, LIMIT_S, start_card_station

PLAIN = "id.rekam.mock.card-printer/cp-2"
CTL = BUILD / "bin/rekamctl"


class Ledger(StationTest):
    start = staticmethod(start_card_station)
    options = {"settings": "[supervision]\nbackoff_min_ms = 10\nbackoff_max_ms = 50\nquarantine_failures = 100\n"}

    def connect(self, **options):
        return super().connect(operator="Sari", **options)

    def ctl(self, *arguments, exit_code=0):
        done = subprocess.run([CTL, "--station", self.station.runtime, "--operator", "Sari", *arguments],
                              capture_output=True, text=True, timeout=LIMIT_S, check=False)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def figures(self):
        hopper = self.client.hopper("plain")
        self.assertEqual(hopper.loaded + hopper.difference,
                         hopper.issued + hopper.rejected + hopper.spoiled + hopper.unknown + hopper.left)
        return tuple(hopper[name] for name in ("loaded", "issued", "rejected", "spoiled", "unknown", "left", "difference"))

    def lease(self):
        return self.client.case("issue").lease("plain")

    def lose(self, lease, idem):
        """Kills the printer's process with the card in it, and its memory is of no help."""
        self.station.faults("once cp-2 print slow 60000\n")
        before = self.client.device(PLAIN).pid
        call = Background(lease.start_print("plain", front=png(), idem=idem).result, None)
        self.job(idem, "sent")
        self.forget_evidence()
        os.kill(before, signal.SIGKILL)
        with self.assertRaises(rekam.Error):
            call.result()
        self.station.wait(lambda: self.client.device(PLAIN).pid not in (None, before), "another process has the printer")
        self.ready("plain")
        return self.client.job(idem=idem)

    def forget_evidence(self):
        """A printer whose memory tells nothing: more cards were made at it since, by its own panel."""
        path = self.station.place / "cards" / "cp-2" / "memory"
        words = path.read_text().split()
        at = words.index("counter") + 1
        words[at] = str(int(words[at]) + 7)
        path.write_text("\n".join(" ".join(pair) for pair in zip(words[::2], words[1::2])) + "\n")

    def restart(self):
        self.assertEqual(self.station.stop(), 0)
        self.station.start()
        self.client = self.connect()
        self.ready("plain")

    def test_a_lost_card_is_settled_made_again_and_accounted_for(self):
        self.assertIn("100", self.ctl("cards", "load", "plain", "100"))
        lease = self.lease()
        lost = self.lose(lease, "lost")
        self.assertEqual((lost.outcome, lost.reconciled, lost.blank), ("unknown", None, "unknown"))
        self.assertEqual(self.figures(), (100, 0, 0, 0, 1, 99, 0))

        self.assertEqual(self.fails("reconcile-first", lease.print, "plain", front=png()).job, lost.job)
        listed = self.ctl("job", "list", "--open")
        self.assertIn(lost.job, listed)
        self.assertRegex(listed, r"cards printed 0 -> \d")
        self.assertIn("out-of-range", self.ctl("job", "reconcile", lost.job, "done", "--second", "sari", exit_code=64))
        self.assertIn("reconciled as done", self.ctl("job", "reconcile", lost.job, "done", "--second", "Rina", "-r", "in the tray"))
        self.assertEqual(self.ctl("job", "list", "--open"), "nothing is open\n")
        self.assertEqual(self.figures(), (100, 1, 0, 0, 0, 99, 0))

        self.fails("reprint-needed", lease.print, "plain", front=png())
        again = lease.print("plain", front=png(), reprint={"of": lost.job, "reason": "scratched", "second": "Rina"})
        self.assertEqual((again.blank, again.reprint.of), ("issued", lost.job))
        self.assertEqual(self.figures(), (100, 2, 0, 0, 0, 98, 0))

        self.restart()
        self.assertEqual(self.figures(), (100, 2, 0, 0, 0, 98, 0))
        record = self.client.job(lost.job)
        self.assertEqual((record.outcome, record.reconciled.by, record.reconciled.second), ("unknown", "Sari", "Rina"))
        self.assertEqual([(card.job, card.reconciled, card.reprint_of) for card in self.client.get_case(lease.case).cards],
                         [(lost.job, "done", None), (again.job, None, lost.job)])

    def test_a_hopper_is_counted_and_spoiled(self):
        self.ctl("cards", "load", "plain", "20", "--by", "Budi")
        self.lease().print("plain", front=png())
        self.ctl("cards", "count", "plain", "18", "-r", "end of the day")
        document = json.loads(self.ctl("--json", "cards", "spoil", "plain", "3", "-r", "wet"))
        self.assertEqual((document["left"], document["spoiled"], document["difference"]), (15, 3, -1))
        self.assertEqual(self.figures(), (20, 1, 0, 3, 0, 15, -1))
        self.assertIn(PLAIN, self.ctl("cards"))
        day, [printed] = self.client.report(), json.loads(self.ctl("--json", "report"))["days"]
        self.assertEqual(dict(day.figures), printed["figures"], "what the station counts is what rekamctl counts")
        self.assertEqual((day.figures.prints, day.blanks[0].left, day.blanks[0].difference), (1, 15, -1))
        self.assertEqual((day.day, day.entries, day.unsigned, day.whole), (printed["day"], printed["entries"], 0, True))
        self.assertEqual(day.head.paper.partition(":")[0], str(day.head.seq))
        [blank] = self.client.hopper("plain").blanks
        self.assertEqual((blank.end, blank.job), ("issued", self.client.jobs(slot="plain")[0].job))

    def test_a_drained_station_finishes_its_card(self):
        self.station.faults("once cp-2 print slow 1500\n")
        lease = self.lease()
        job = lease.start_print("plain", front=png(), idem="last")
        self.job("last", "sent")
        self.assertIn("0 under way", self.ctl("drain", "-r", "end of the day", "--wait"))
        self.assertEqual(job.result().card_at, "exit")
        lease.release()
        self.assertIn("end of the day", str(self.fails("draining", self.lease().print, "plain", front=png())))
        self.restart()
        self.assertEqual(self.client.info().drain.by, "Sari")
        self.assertIn("takes cards", self.ctl("drain", "--off"))
        self.assertEqual(self.lease().print("plain", front=png()).card_at, "exit")

    def test_a_head_that_is_too_hot_prints_nothing(self):
        slots = (self.station.config / "slots.toml").read_text()
        limits = 'device = "*/cp-2"\nrequires = { readings = { temperature = { min = 1600, max = 1700 } } }'
        self.station.write("slots.toml", slots.replace('device = "*/cp-2"', limits))
        self.station.wait(lambda: self.client.slot("plain").requires, "the slot requires a temperature")
        self.station.faults("cp-2 health temperature 1720\n")
        error = self.fails("too-hot", self.lease().print, "plain", front=png())
        self.assertEqual((error.effect, error.card_at, error.hint), ("none", "none", "let-cool"))
        self.assertEqual(self.figures(), (0, 0, 0, 0, 0, 0, 0))


if __name__ == "__main__":
    unittest.main()
