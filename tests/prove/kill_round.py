# SPDX-License-Identifier: Apache-2.0
"""One round of the proof of the kills: a card, a capture beside it, a kill, and what a careful client does then."""
import random
import threading
import time

import kill_station  # noqa: F401  pylint: disable=unused-import  # the path of what comes next
import rekam
from picture import png

STATES = ("posted", "accepted", "waiting", "running", "fed", "read-blank", "at-chip", "open", "exchange", "magnetic", "print",
          "printed", "exit")
TARGETS = ("broker", "host", "gate")
POINTS = {"running": "start", "fed": "feed", "exchange": "transmit"}  # a mock's call, where it is not named as the state
CHIP = ("at-chip", "open", "exchange")  # these need a card with a chip
AFTER_CHIP = ("magnetic", "print", "printed", "exit")
LIMIT_S = 60
FOR_EVER_MS, GATE_MS, CAPTURE_MS = 60_000, 150, 60  # who dies need not be waited for; the gate's jobs go on
ENDED = ("done", "failed", "cancelled", "timeout", "unknown")
FIGURES = ("kills", "done", "failed", "unknown", "evidence", "persons", "forgotten", "too_late", "beside", "captures",
            "second_card", "silent_loss", "harmed")
MUST_BE_0 = ("second_card", "silent_loss", "harmed")


class Call:
    """One request on a thread of its own, and what the client was told on the way."""

    def __init__(self, function):
        self.states, self.result, self.error = [], None, None
        self.first = threading.Event()  # something was heard of it
        self._thread = threading.Thread(target=self._run, args=(function,), daemon=True)
        self._thread.start()

    def _run(self, function):
        try:
            self.result = function(self._progress)
        except rekam.Error as error:
            self.error = error
        finally:
            self.first.set()

    def _progress(self, progress):
        self.states.append(progress["state"])
        self.first.set()

    @property
    def ended(self):
        return not self._thread.is_alive()

    @property
    def at_chip(self):
        return "sent" in self.states and self.states[-1] == "waiting"

    @property
    def heard(self):
        return bool(self.states) or self.result is not None

    @property
    def recorded(self):
        """Whether the station said more than `accepted`, which means that the record is still being written: then it has
        to know the card for good."""
        return self.result is not None or any(state != "accepted" for state in self.states)


class Round:
    def __init__(self, bench, number, target, state, rng):
        self.bench, self.target, self.state = bench, target, state
        self.idem, self.data = f"kill-{number}", f"chip-{number:06}".encode()
        self.jitter_s = rng.random() ** 2 * 0.004  # a posted request is on its way and recorded for about so long
        chip = state in CHIP or rng.random() < 0.5
        self.steps = ["read-blank", *(["chip"] if chip else []), "magnetic", "print"]
        self.chip_done = not chip
        self.card_job = self.printer = self.photo = self.case = self.other = None
        self.figures = dict.fromkeys(FIGURES, 0)
        self.trouble = []
        self.struck_at = None  # what the client had heard last

    @property
    def client(self):
        return self.bench.client

    def run(self):
        before = self.bench.memory()
        self.open()
        call, capture = self.strike()
        if self.target == "broker":
            self.open()
        self.drive(call)
        self.bench.wait(lambda: call.ended, f"{self.idem}: the request ends")
        self.bench.wait_ready()
        record = self.record(self.idem)
        if record is None and call.recorded:
            self.lost(f"the station told of it and has forgotten it: {call.states}")
        self.figures["forgotten"] += record is None
        record = self.again(call, record)
        self.judge(call, record, before)
        self.settle(record, before)
        self.neighbour(capture)
        self.close()
        return self.figures

    # The work, and the kill in it.

    def open(self):
        """The cases and leases of this round; after the broker's death the cases are there still, the leases are not."""
        if self.case is None:
            self.case = self.client.case("issue", operator="Sari").id
            self.other = self.client.case("enrol", operator="Rina").id
        self.printer = self.client.lease(["printer", "encoder"], self.case, wait_ms=10_000)
        self.photo = self.client.lease("photo", self.other, wait_ms=10_000)

    def close(self):
        for lease, case in ((self.printer, self.case), (self.photo, self.other)):
            lease.release()
            self.client.call("case.close", {"case": case})

    def start(self):
        job = self.printer.start_print("printer", front=png(), steps=self.steps, tracks=[self.idem], idem=self.idem,
                                       on_fail="reject", **({"encoder": "encoder"} if "chip" in self.steps else {}))
        return Call(job.result)

    def strike(self):
        slow_ms = GATE_MS if self.target == "gate" else FOR_EVER_MS
        capture = None
        lines = [f"once cam-1 run slow {CAPTURE_MS}"]
        if self.state == "waiting":
            lines.insert(0, f"once cp-1 health slow {slow_ms}")
        elif self.state not in ("posted", "accepted", "at-chip", "open"):
            lines.insert(0, f"once cp-1 {POINTS.get(self.state, self.state)} slow {slow_ms}")
        self.bench.slow("\n".join(lines) + "\n")
        health = self.begin_check() if self.state == "waiting" else None
        if self.state in ("posted", "accepted"):
            capture = self.capture()
        kill = self.bench.aim(self.target)
        call = self.start()
        self.reach(call)
        if capture is None:
            capture = self.capture()
        self.figures["beside"] += not capture.ended
        self.figures["too_late"] += call.ended
        self.struck_at = call.states[-1] if call.states else "nothing"
        kill()
        if health:
            self.bench.wait(lambda: health.ended, "the check ends")
        return call, capture

    def begin_check(self):
        """The device is busy with a check, so that the card has to wait for it."""
        client = self.client
        health = Call(lambda _: client.health("printer"))
        self.bench.wait(self.bench.struck, "the check runs")
        return health

    def capture(self):
        job = self.photo.start("photo", subject="face", idem=f"photo-{self.idem}")
        call = Call(job.result)
        self.bench.wait(lambda: call.heard or call.ended, "the capture has begun")
        return call

    def reach(self, call):
        """Waits until the card is where this round strikes."""
        if self.state == "posted":
            time.sleep(self.jitter_s)
            return
        if self.state == "accepted":
            call.first.wait(LIMIT_S)  # at once: it stays so for a moment only
            return
        if self.state == "waiting":
            self.bench.wait(lambda: call.ended or "waiting" in call.states, f"{self.idem} waits")
            return
        if not self.chip_done and self.state in (*CHIP, *AFTER_CHIP):
            self.bench.wait(lambda: call.ended or call.at_chip, "the card is at the chip")
            if self.state != "at-chip":
                self.open_card()
            if self.state == "exchange":
                client = self.client
                Call(lambda _: self.write(client))
            elif self.state in AFTER_CHIP:
                self.write(self.client)
                self.close_card()
        if self.state not in ("at-chip", "open"):
            self.bench.wait(lambda: call.ended or self.bench.struck(), f"{self.idem} is at {self.state}")

    def waits_at_chip(self, call):
        """As the progress says it; a `sent` that died with the gate leaves a `waiting` that only the record explains."""
        if call.at_chip:
            return True
        if call.states[-1:] != ["waiting"]:
            return False
        try:
            record = self.client.job(idem=self.idem)
        except rekam.Error:
            return False
        return record.state == "waiting" and record.card_at == "chip"

    # The card's chip. An answer that got lost on the way is asked for again, with the same key or number.

    def sure(self, function):
        for left in reversed(range(5)):
            try:
                return function()
            except rekam.Error as error:
                if error.code != "no-answer" or left == 0:
                    raise
        return None

    def open_card(self):
        card = self.sure(lambda: self.printer.card("encoder", intent="write", idem=f"open-{self.idem}"))
        self.card_job = card["job"]

    def write(self, client):
        select, update = bytes.fromhex("00a40000020101"), bytes.fromhex("00d60000") + bytes([len(self.data)]) + self.data
        self.sure(lambda: client.call("card.transmit", {"job": self.card_job, "exchange": 1, "commands": [
            select.hex(), update.hex()]}, timeout_ms=90_000))

    def close_card(self):
        self.sure(lambda: self.client.call("card.close", {"job": self.card_job}, timeout_ms=90_000))
        self.chip_done = True

    def drive(self, call):
        """Brings a card that goes on to its end: who waits at the chip is written."""
        self.bench.wait(lambda: call.ended or (not self.chip_done and self.waits_at_chip(call)), f"{self.idem} goes on")
        if call.ended or self.chip_done:
            return
        try:
            if self.card_job is None:
                self.open_card()
            self.write(self.client)
            self.close_card()
        except rekam.Error:
            self.chip_done = True  # the print tells what became of it

    # What a careful client asks, and whether it was told the truth.

    def record(self, idem):
        def look():
            try:
                found = self.client.job(idem=idem)
            except rekam.Error as error:
                if error.code != "unknown-job":
                    raise
                return (None,)
            return (found,) if found.state in ENDED else None
        return self.bench.wait(look, f"{idem} ends")[0]

    def again(self, call, record):
        """The same key once more: the answer of before, or, where the station never had it, the card."""
        if record is None:
            self.chip_done, self.card_job = "chip" not in self.steps, None
        repeat = self.start()
        self.drive(repeat)
        self.bench.wait(lambda: repeat.ended, f"{self.idem}: the same key ends")
        after = self.record(self.idem)
        if after is None:
            self.lost(f"sent twice and not known: {repeat.error}")
        elif record is not None and (after.job, after.outcome, after.effect) != (record.job, record.outcome, record.effect):
            self.lost(f"the outcome changed: {record} -> {after}")
        elif repeat.error is not None and repeat.error.effect != after.effect:
            self.lost(f"the same key was answered {repeat.error.code}, {repeat.error.effect}; the record says {after}")
        if call.result is not None and (after is None or after.outcome != "done"):
            self.lost(f"the client was told of a card that the record does not have: {after}")
        refused = call.error is None or call.error.local or not call.error.job  # no word about this job
        if not refused and after is not None and call.error.effect != after.effect:
            self.lost(f"the client was told {call.error.code}, {call.error.effect}; the record says {after}")
        return after

    def judge(self, call, record, before):
        fed, printed = (now - then for now, then in zip(self.bench.memory(), before))
        out = self.bench.tray().get(self.idem, 0)
        if out > 1 or fed > 1 or printed > 1:
            self.figures["second_card"] += 1
            self.trouble.append(f"second card: {out} in the tray, {fed} blanks taken, {printed} printed")
        if record is None:
            return
        self.figures[record.outcome if record.outcome in ("done", "unknown") else "failed"] += 1
        if record.outcome == "done" and out != 1:
            self.lost(f"done, and {out} cards in the tray")
        if record.outcome != "unknown" and (record.effect == "done") != (printed == 1):
            self.lost(f"{record.outcome} with effect {record.effect}, and the printer printed {printed}")
        if record.outcome == "unknown" and record.reconciled and (record.reconciled.effect == "done") != (printed == 1):
            self.lost(f"settled by evidence as {record.reconciled.effect}, and the printer printed {printed}")

    def settle(self, record, before):
        """Two persons look at the cards that nobody saw end."""
        if record is not None and record.outcome == "unknown" and record.reconciled:
            self.figures["evidence"] += 1
        fed, printed = (now - then for now, then in zip(self.bench.memory(), before))
        for open_job in self.client.jobs(unsettled=True):
            if open_job.op == "print.start":
                effect, blank = ("done", "issued") if printed else ("none", "spoiled" if fed else "left")
                if open_job.idem != self.idem:
                    self.lost(f"another print became open: {open_job}")
            else:
                effect, blank = ("done" if self.bench.chip_says(self.data) else "none"), None
            self.client.reconcile(open_job.job, effect, by="Sari", second="Rina", reason="looked at it", blank=blank)
            self.figures["persons"] += 1

    def neighbour(self, capture):
        """The capture on the other slot: unharmed, unless the whole station died; then it is known what became of it."""
        self.bench.wait(lambda: capture.ended, "the capture ends")
        record = self.record(f"photo-{self.idem}")
        if record is None and (capture.result is not None or self.target != "broker"):
            self.lost("a capture was answered, or its broker lives, and it is forgotten")
        if capture.result is not None and len(capture.result.frames) == 1:
            self.figures["captures"] += 1
            for frame in capture.result.frames:
                frame.release()
        elif self.target != "broker":
            self.figures["harmed"] += 1
            self.trouble.append(f"the capture beside it failed: {capture.error}")

    def lost(self, what):
        self.figures["silent_loss"] += 1
        self.trouble.append(what)
