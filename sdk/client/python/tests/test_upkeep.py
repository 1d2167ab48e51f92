# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What technicians and supervisors do, word for word as the protocol has it: holds, statistics, blank cards, reprints,
outcomes that persons settle, erasure, the day in figures."""
import unittest

from peer import PeerCase

PNG = b"\x89PNG\r\n\x1a\nrest"
UNSEEN = {"code": "plugin-crashed", "class": "technician", "retry": "after-fix", "effect": "unknown", "hint": "look-at-card",
          "message": "its process ended, and nobody saw the end: look at the card before anything is done again"}


class Upkeep(PeerCase):
    def setUp(self):
        super().setUp()
        self.station = self.connect(operator="Siti")

    def card_lease(self):
        return self.station.lease("document", self.station.case("issue").id)

    def params(self, op):
        return self.sent(op)[-1]["params"]

    def test_hold_and_release(self):
        slot = self.station.hold("photo", "lens cracked", by="Budi")
        self.assertEqual((slot.admin, slot.held.reason, slot.held.by), ("held", "lens cracked", "Budi"))
        self.assertEqual(self.params("slot.hold"), {"slot": "photo", "reason": "lens cracked", "by": "Budi"})
        self.assertEqual(self.station.slot("photo").admin, "held")
        slot = self.station.release("photo")
        self.assertEqual((slot.admin, slot.get("held")), ("in-service", None))
        self.assertEqual(self.params("slot.release"), {"slot": "photo"}, "who does it is the session's operator")

    def test_statistics(self):
        figures = self.station.statistics("sane:test:0")
        self.assertEqual((figures.captures, figures.failures["jam"], figures.history[0].code), (41, 2, "device-gone"))
        self.assertEqual(self.params("device.statistics"), {"device": "sane:test:0"})
        self.station.statistics("sane:test:0", reset_by="Budi")
        self.assertEqual(self.params("device.statistics"), {"device": "sane:test:0", "reset": True, "by": "Budi"})
        self.assertEqual(self.station.statistics("sane:test:0").reset_by, "Budi")
        self.refused("unknown-device", self.station.statistics, "sane:test:9")

    def test_the_ledger_of_blank_cards(self):
        self.assertEqual(self.station.load_cards("printer", 100, by="Sari").left, 100)
        self.assertEqual(self.station.count_cards("printer", 98, by="Sari", reason="evening").difference, -2)
        self.assertEqual(self.params("cards.count"), {"slot": "printer", "count": 98, "by": "Sari", "reason": "evening"})
        hopper = self.station.spoil_cards("printer", 3, by="Sari", reason="wet")
        self.assertEqual((hopper.spoiled, hopper.left), (3, 95))
        [hopper] = self.station.hoppers()
        self.assertEqual((hopper.device, self.sent("cards.get")[-1].get("params", {})), ("acme/cp-1", {}))
        self.assertEqual(self.station.hopper("printer").blanks[0].serial, "B-7")

    def test_a_card_that_nobody_saw_is_settled_and_made_again(self):
        lease = self.card_lease()
        self.fake.command(do="set", card_error=UNSEEN)
        lost = self.refused("plugin-crashed", lease.print, "document", front=PNG)
        self.assertEqual((lost.effect, lost.hint), ("unknown", "look-at-card"))
        self.assertEqual([job.job for job in self.station.jobs(unsettled=True)], [lost.job])
        self.assertEqual(self.refused("reconcile-first", lease.print, "document", front=PNG).job, lost.job)
        self.refused("out-of-range", self.station.reconcile, lost.job, "done", by="Sari", second="Sari")
        settled = self.station.reconcile(lost.job, "done", by="Sari", second="Rina", reason="in the tray", blank="issued")
        self.assertEqual((settled.outcome, settled.reconciled.effect, settled.reconciled.second), ("unknown", "done", "Rina"))
        self.assertEqual(self.params("job.reconcile"), {"job": lost.job, "effect": "done", "by": "Sari", "second": "Rina",
                                                        "reason": "in the tray", "blank": "issued"})
        self.assertEqual(self.station.jobs(unsettled=True), [])
        self.fake.command(do="set", card_states=["running", "sent"])
        self.assertEqual(self.refused("reprint-needed", lease.print, "document", front=PNG).job, lost.job)
        again = {"of": lost.job, "reason": "scratched", "second": "Rina"}
        card = lease.print("document", front=PNG, reprint=again)
        self.assertEqual((card.card_at, card.reprint.of, card.blank), ("exit", lost.job, "issued"))
        self.assertEqual(self.params("print.start")["reprint"], again)

    def test_drain(self):
        drained = self.station.drain(by="Sari", reason="end of the day")
        self.assertEqual((drained.drain.reason, drained.side_effects), ("end of the day", 0))
        self.assertEqual(self.params("station.drain"), {"on": True, "by": "Sari", "reason": "end of the day"})

    def test_a_case_is_erased(self):
        case = self.station.case("enrol")
        self.refused("busy", self.station.erase, case.id, "asked for by law")
        case.close()
        self.assertEqual(self.station.erase(case.id, "asked for by law", by="Sari"), 4)
        self.assertEqual(self.params("journal.erase"), {"case": case.id, "reason": "asked for by law", "by": "Sari"})
        self.refused("unknown-case", self.station.erase, case.id, "again")

    def test_an_erasure_is_not_asked_for_twice(self):
        case = self.station.case("enrol")
        case.close()
        self.fake.fault("gate_dies", "journal.erase", when="after")
        self.assertIn("unknown-case means that it was done", self.refused("no-answer", self.station.erase, case.id, "law").message)
        self.assertEqual(len(self.sent("journal.erase")), 1)

    def test_the_day_in_figures(self):
        day = self.station.report("2026-11-26")
        self.assertEqual((day.day, day.figures.visits, len(day.hours)), ("2026-11-26", 7, 24))
        self.assertEqual(self.params("report.daily"), {"day": "2026-11-26"})
        self.assertEqual(self.station.report().day, "2026-11-27")
        self.assertEqual(self.refused("out-of-range", self.station.report, "2026-02-30").path, "params.day")


if __name__ == "__main__":
    unittest.main()
