# SPDX-License-Identifier: Apache-2.0
"""Cards through real processes: printed, encoded, read back, and never twice, whatever dies in the middle."""
import os
import shutil
import signal
import struct
import unittest

import rekam
from checked import Background, StationTest
from picture import png
from station import start_card_station

PRINTER = "id.rekam.mock.card-printer/cp-1"
SELECT_DATA, SELECT_SERIAL = bytes.fromhex("00a40000020101"), bytes.fromhex("00a40000022f02")
READ_8 = bytes.fromhex("00b0000008")
STEPS = ["read-blank", "chip", "magnetic", "print", "laminate", "verify"]


def update(data):
    return bytes.fromhex("00d60000") + bytes([len(data)]) + data


def settled(record):
    """(effect, by whom) of an outcome that was unknown."""
    return record.reconciled and (record.reconciled.effect, record.reconciled.by)


class CardTest(StationTest):
    start = staticmethod(start_card_station)

    def folder(self, device="cp-1"):
        return self.station.place / "cards" / device

    def memory(self, device="cp-1"):
        """What the printer itself remembers."""
        path = self.folder(device) / "memory"
        lines = path.read_text().split() if path.exists() else []
        return {"fed": "0", "counter": "0", **dict(zip(lines[::2], lines[1::2]))}

    def trays(self, device="cp-1"):
        """(good cards, rejected cards): the serial numbers that came out."""
        return tuple(sorted(path.stem for path in (self.folder(device) / tray).glob("*.card")) for tray in ("out", "reject"))

    def lease(self, *slots, purpose="issue"):
        return self.client.case(purpose, operator="op-7", desk="front").lease(list(slots or ("printer", "encoder")))

    def failure(self, call):
        with self.assertRaises(rekam.Error) as raised:
            call.result()
        return raised.exception

    def host(self):
        return self.client.device(PRINTER).pid


class Cards(CardTest):
    # What works.

    def test_a_card_of_one_step(self):
        lease = self.lease("plain")
        result = lease.print("plain", front=png(), on_fail="reject")
        self.assertEqual((result.outcome, result.effect, result.card_at), ("done", "done", "exit"))
        self.assertEqual((result.counter_before, result.counter_after), (None, 1))
        [serial], rejected = self.trays("cp-2")
        self.assertEqual(rejected, [])
        picture = (self.folder("cp-2") / "out" / f"{serial}-front.png").read_bytes()
        self.assertEqual(struct.unpack(">II", picture[16:24]), (1011, 638), "a CR80 card at 300 dpi")
        card, = self.client.get_case(lease.case).cards
        self.assertEqual((card.job, card.op, card.outcome, card.card_at), (result.job, "print.start", "done", "exit"))

    def test_the_same_key_prints_one_card(self):
        lease = self.lease("plain")
        first = lease.print("plain", front=png(), idem="card-1")
        again = lease.print("plain", front=png(), idem="card-1")
        self.assertEqual(again.job, first.job)
        self.fails("idem-conflict", lease.print, "plain", front=png(colour=(1, 2, 3)), idem="card-1")
        self.assertEqual(self.memory("cp-2")["counter"], "1")

    def test_a_whole_card_encoded_printed_and_read_back(self):
        visit = self.client.case("enrol")
        lease = self.lease("printer", "encoder", "reader")
        job = lease.start_print("printer", front=png(), back=png(40, 60), steps=STEPS, encoder="encoder",
                                tracks=["ID12345", ""], cites=visit.id)
        self.assertTrue(job.wait_chip())
        with lease.card("encoder", intent="write") as card:
            self.assertEqual(card.atr[0], 0x3B)
            self.assertEqual([status for _, status in card.transmit(SELECT_DATA, update(b"NAME=SITI"))], [0x9000, 0x9000])
            self.assertEqual(len(card.transmit(bytes.fromhex("00a40000029999"), READ_8)), 1, "it stops at 6A82")
        result = job.result()
        [serial], _ = self.trays()
        self.assertEqual((result.card_at, result.blank_serial, result.cites), ("exit", serial, visit.id))
        self.assertEqual((self.folder() / "out" / f"{serial}.tracks").read_text(), "ID12345\n\n\n")
        shutil.copy(self.folder() / "out" / f"{serial}.card", self.folder("cr-1") / "card")
        with lease.card("reader", intent="read") as card:
            (_, _), (data, status) = card.transmit(SELECT_DATA, READ_8)
            self.assertEqual((data, status), (b"NAME=SIT", 0x9000))
        cards = self.client.get_case(lease.case).cards
        self.assertEqual([(card.op, card.outcome, card.effect) for card in cards],
                         [("print.start", "done", "done"), ("card.open", "done", "done"), ("card.open", "done", "none")])

    def test_a_picture_of_another_case_is_no_frame_of_this_one(self):
        lease = self.lease("plain")
        self.fails("unknown-frame", lease.print, "plain", front=rekam.Frame({"frame": "F-1-1"}, self.client))
        self.fails("bad-request", lease.print, "plain")
        self.assertEqual(self.trays("cp-2"), ([], []))

    # What an operator mends.

    def test_a_ribbon_runs_out_and_is_replaced(self):
        (self.folder("cp-2") / "load").write_text("ribbon 1\n")
        lease = self.lease("plain")
        lease.print("plain", front=png())
        lease.release()
        lease = self.lease("plain")
        error = self.fails("ribbon-out", lease.print, "plain", front=png())
        self.assertEqual((error.effect, error.card_at, error.hint), ("none", "none", "load-ribbon"))
        (self.folder("cp-2") / "load").write_text("ribbon 200\n")
        self.assertEqual(lease.print("plain", front=png()).counter_after, 2)

    def test_a_jam_leaves_the_card_inside(self):
        self.station.faults("once cp-2 print error jam\n")
        error = self.fails("jam", self.lease("plain").print, "plain", front=png(), on_fail="eject")
        self.assertEqual((error.effect, error.card_at), ("none", "print"))

    def test_a_printer_that_falls_silent_is_unknown(self):
        self.station.faults("once cp-2 print unsure\n")
        error = self.fails("device-error", self.lease("plain").print, "plain", front=png(), idem="silent")
        self.assertEqual((error.effect, error.card_at), ("unknown", "unknown"))
        self.assertEqual(self.client.job(idem="silent").outcome, "unknown")

    def test_on_fail_when_the_chip_refuses(self):
        for on_fail, card_at, out, rejected in (("eject", "exit", 1, 0), ("reject", "reject", 1, 1), ("hold", "chip", 1, 1)):
            lease = self.lease()
            job = lease.start_print("printer", front=png(), steps=["chip", "print"], encoder="encoder", on_fail=on_fail)
            self.assertTrue(job.wait_chip())
            lease.card("encoder", intent="write").close(failed=True)
            error = self.failure(job)
            self.assertEqual((error.code, error.card_at, error.effect), ("card-mute", card_at, "none"), on_fail)
            self.assertEqual(tuple(map(len, self.trays())), (out, rejected), on_fail)
            lease.release()

    def test_the_lease_ends_at_the_chip(self):
        lease = self.lease()
        job = lease.start_print("printer", front=png(), steps=["chip", "print"], encoder="encoder", on_fail="reject")
        self.assertTrue(job.wait_chip())
        lease.card("encoder", intent="write").transmit(SELECT_DATA, update(b"half"))
        lease.release()
        error = self.failure(job)
        self.assertEqual((error.code, error.card_at, error.effect), ("cancelled", "reject", "none"))
        self.assertEqual(tuple(map(len, self.trays())), (0, 1))
        self.assertEqual(self.memory()["counter"], "0")
        written = self.client.get_case(lease.case).cards[1]
        self.assertEqual((written.outcome, written.effect), ("cancelled", "done"), "the chip was written, then left")

    def test_a_cancel_that_comes_too_late(self):
        self.station.faults("once cp-2 print slow 1000\n")
        job = self.lease("plain").start_print("plain", front=png(), idem="late")
        self.job("late", "sent")
        job.cancel()
        self.assertEqual(job.result().card_at, "exit", "a card that has begun is finished")

    def test_a_cancel_before_the_card_begins(self):
        self.station.faults("once cp-2 start slow 60000\n")
        job = self.lease("plain").start_print("plain", front=png(), idem="early")
        self.job("early", "running")
        job.cancel()
        error = self.failure(job)
        self.assertEqual((error.code, error.effect, error.card_at), ("cancelled", "none", "none"))

    def test_an_encoder_alone_feeds_a_blank_to_write_it(self):
        lease = self.lease("encoder")
        self.fails("card-absent", lease.card, "encoder", intent="read")
        with lease.card("encoder", intent="write") as card:
            card.transmit(SELECT_DATA, update(b"alone"))
        self.assertEqual((tuple(map(len, self.trays())), self.memory()["counter"]), ((1, 0), "0"))
        [serial], _ = self.trays()
        self.assertIn(b"alone".hex(), (self.folder() / "out" / f"{serial}.card").read_text())

    def test_sigterm_lets_a_card_be_finished(self):
        self.station.faults("once cp-2 print slow 3000\n")
        job = self.lease("plain").start_print("plain", front=png(), idem="stop")
        self.job("stop", "sent")
        call = Background(job.result, None)
        self.assertEqual(self.station.stop(), 0)
        self.assertEqual(call.result().card_at, "exit")
        self.assertEqual(self.memory("cp-2")["counter"], "1")

    # What dies beside the printer's process.

    def test_the_station_dies_with_a_card_in_the_printer(self):
        self.station.faults("once cp-2 print slow 60000\n")
        self.lease("plain").start_print("plain", front=png(), idem="station")
        self.job("station", "sent")
        children = set(self.station.children())
        self.station.process.kill()
        self.station.process.wait()
        self.station.process = None
        self.station.wait(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in children), "no child outlives rekamd")
        self.station.start()
        self.client = self.connect()
        record = self.job("station", "unknown")
        self.assertEqual((record.effect, record.card_at), ("unknown", "unknown"))
        self.ready("plain")
        self.assertEqual(settled(self.client.job(idem="station")), ("none", "evidence"))
        self.assertEqual(self.memory("cp-2")["fed"], "1", "nothing was sent again")

    def test_the_gate_dies_while_a_card_is_made(self):
        self.station.faults("once cp-2 print slow 2000\n")
        job = self.lease("plain").start_print("plain", front=png(), idem="gate")
        self.job("gate", "sent")
        os.kill(self.station.pid_of("rekam-gate"), signal.SIGKILL)
        self.assertEqual(job.result().card_at, "exit")
        self.assertEqual(self.memory("cp-2")["counter"], "1")

    # Readers and slots.

    def test_a_card_that_is_taken_out(self):
        lease = self.lease("reader")
        self.fails("card-absent", lease.card, "reader", intent="read", timeout_ms=200)
        shutil.copy(self.blank(), self.folder("cr-1") / "card")
        card = lease.card("reader", intent="write")
        card.transmit(SELECT_DATA)
        (self.folder("cr-1") / "card").unlink()
        error = self.fails("card-removed", card.transmit, update(b"x"))
        self.assertEqual(error.effect, "unknown")
        self.assertEqual(self.client.job(card.job).outcome, "unknown")

    def blank(self):
        """A card that a printer made."""
        lease = self.lease("plain")
        lease.print("plain", front=png())
        lease.release()
        return next((self.folder("cp-2") / "out").glob("*.card"))

    def test_a_slot_is_bound_to_the_other_make(self):
        slot = self.client.bind("printer", "id.rekam.mock.card-printer/cp-2")
        self.assertEqual((slot.device, slot.configured), ("id.rekam.mock.card-printer/cp-2", "*/cp-1"))
        self.ready("printer")
        self.assertEqual(self.lease("printer").print("printer", front=png()).card_at, "exit")
        self.assertEqual(self.memory("cp-2")["counter"], "1")
        self.fails("unknown-device", self.client.bind, "printer", "id.no/1")
        self.fails("not-covered", self.client.bind, "printer", "id.rekam.mock.card-reader/cr-1")


class Deaths(CardTest):
    """The printer's process dies at every step of a card. It is back at once, and not left alone for it."""
    options = {"settings": "[supervision]\nbackoff_min_ms = 10\nbackoff_max_ms = 50\nquarantine_failures = 100\n"}

    def dies(self, point, kill):
        """A whole card, in which the process dies at that point: by the mock's own fault, or killed from outside there.
        The error that the client got, and the record once the device was asked what it remembers."""
        idem = f"dies-{point}"
        self.station.faults("" if kill else f"once cp-1 {point} crash KILL\n")
        before = self.host()
        lease = self.lease()
        job = lease.start_print("printer", front=png(), steps=STEPS, encoder="encoder", tracks=["1"], idem=idem)
        call = Background(job.result, None)
        if point not in ("check", "start", "feed", "read-blank", "chip"):
            self.job(idem, "waiting")
            if point != "waiting":
                card = lease.card("encoder", intent="write")
                card.transmit(SELECT_DATA, update(b"x"))
                if not kill:
                    card.close()
        if kill:
            os.kill(before, signal.SIGKILL)
        error = self.failure(call)
        self.station.wait(lambda: self.host() not in (None, before), f"{point}: another process has the printer")
        self.ready("printer")
        again = lease.start_print("printer", front=png(), steps=STEPS, encoder="encoder", tracks=["1"], idem=idem)
        self.assertEqual(self.fails(error.code, again.result).effect, error.effect, "the same key gets the same answer")
        lease.release()
        return error, self.client.job(idem=idem)

    def test_before_the_card_begins_nothing_has_happened(self):
        for point in ("check", "start"):
            error, record = self.dies(point, kill=False)
            self.assertEqual((error.code, error.effect, error.card_at), ("plugin-crashed", "none", "none"), point)
            self.assertEqual((record.outcome, record.card_at, record.reconciled), ("failed", "none", None), point)
            self.assertEqual(self.memory()["fed"], "0", "no blank has moved")

    def test_after_the_card_began_it_is_unknown_and_not_sent_again(self):
        printed = 0
        points = ("feed", "read-blank", "chip", "magnetic", "print", "printed", "laminate", "verify", "exit")
        for count, point in enumerate(points, 1):
            printed += point in points[5:]
            error, record = self.dies(point, kill=False)
            self.check_unknown(point, error, record, count, printed)
            self.assertEqual(settled(record), ("done", "evidence") if point in points[5:] else None,
                             f"{point}: the counter tells what was printed, not what was written")

    def test_killed_while_the_card_waits_at_the_chip(self):
        for count, point in enumerate(("waiting", "open"), 1):
            self.check_unknown(point, *self.dies(point, kill=True), count, 0)
        open_card = [card for case in self.client.cases() for card in case.cards or [] if card.op == "card.open"]
        self.assertEqual([(card.outcome, card.effect) for card in open_card], [("unknown", "unknown")])

    def check_unknown(self, point, error, record, cards, printed):
        self.assertEqual((error.effect, error.card_at, error.retry), ("unknown", "unknown", "after-fix"), point)
        self.assertEqual((record.outcome, record.effect), ("unknown", "unknown"), point)
        self.assertEqual(record.evidence_after.counter, printed, point)
        self.assertEqual((self.memory()["fed"], self.memory()["counter"]), (str(cards), str(printed)), f"{point}: nothing was sent again")


if __name__ == "__main__":
    unittest.main()
