#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A day at the office against real processes: two clients take visits at the demonstration's desk, each of another person,
while eight things fail, a camera is replaced by another make, and the power is cut once. Whether anybody got another's
picture or a second card is not asked of the station: the pictures' own pixels say who sat there, and the cards are counted
in the printer's tray. `./dev prove day` runs it."""
import argparse
import io
import json
import os
import pathlib
import queue
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "sdk/client/python")]
from PIL import Image  # noqa: E402  pylint: disable=wrong-import-position
import rekam  # noqa: E402  pylint: disable=wrong-import-position
from day_desk import DayDesk, person_in, plan  # noqa: E402  pylint: disable=wrong-import-position
from hands import Failure  # noqa: E402  pylint: disable=wrong-import-position

SLOTS = ["photo", "fingers", "passport", "printer"]
CAPTURES = (("photo", "face"), ("fingers", "finger.right-index"), ("passport", "document.front"))
GOOD_QUALITY, TRIES = 60, 40
DEADLINE_MS = 8_000  # who waits longer for a finger looks what is wrong
ENDED = ("done", "failed", "cancelled", "timeout", "unknown")
FIGURES = ("visits", "captures", "retakes", "refused", "cards", "unknown", "reconciled", "downtime_s", "wrong_person",
           "second_card", "without_card")


class Day:
    """What both clients share."""

    def __init__(self, desk, visits, seed):
        self.desk, self.visits = desk, visits
        self.first_person = 1_000 * (seed + 1)
        self.incidents = plan(visits, seed)
        self.figures = dict.fromkeys(FIGURES, 0)
        self.happened = []
        self.requests = queue.Queue()  # what only the main thread may do: it is the station's parent
        self._lock = threading.Lock()
        self._next = 0

    def next_visit(self):
        with self._lock:
            self._next += 1
            return self._next - 1 if self._next <= self.visits else None

    def count(self, figure, much=1):
        with self._lock:
            self.figures[figure] += much

    def cut_power(self):
        done = threading.Event()
        self.requests.put(done)
        if not done.wait(60):
            raise Failure("the power did not come back")


class Client(threading.Thread):
    def __init__(self, day, name):
        super().__init__(name=name, daemon=True)
        self.day, self.desk, self.trouble = day, day.desk, None
        self.station = self.desk.connect(client=name, operator=name)

    def run(self):
        try:
            while (visit := self.day.next_visit()) is not None:
                Visit(self, visit).run()
                self.day.count("visits")
                if self.day.figures["visits"] % 20 == 0:
                    print(f"{self.day.figures['visits']} of {self.day.visits} visits", file=sys.stderr, flush=True)
            self.station.close()
        except Exception as error:  # pylint: disable=broad-except  # the main thread tells it
            self.trouble = error

    def reconnect(self):
        self.station.close()
        self.station = self.desk.connect(client=self.name, operator=self.name)


class Visit:
    """One person, until they have left with a card; whatever happens meanwhile."""

    def __init__(self, client, number):
        self.client, self.day, self.desk = client, client.day, client.desk
        self.person = self.day.first_person + number
        self.incident = self.day.incidents.get(number)
        self.struck = False
        self.captured, self.prints, self.card_out = set(), 0, False

    @property
    def station(self):
        return self.client.station

    def run(self):
        for _ in range(TRIES):
            try:
                self.once()
                return
            except rekam.Error as error:
                self.recover(error)
        raise Failure(f"person {self.person}: no end after {TRIES} tries; the last incident was {self.incident}")

    def once(self):
        with self.station.case("enrol", desk="1") as case, case.lease(SLOTS, wait_ms=120_000) as lease:
            self.desk.seat(self.person)  # who has the desk sits at it
            if self.incident and not self.struck:
                self.strike()
            for slot, subject in CAPTURES:
                if slot not in self.captured:
                    case.keep(self.capture(lease, slot, subject))
                    self.captured.add(slot)
            if not self.card_out:
                self.print(lease)

    def strike(self):
        self.struck = True
        self.day.happened.append({"incident": self.incident, "person": self.person})
        print(f"person {self.person}: {self.incident}", file=sys.stderr, flush=True)
        if self.incident == "power cut":
            self.day.cut_power()
        else:
            self.desk.strike(self.incident, self.station)

    def capture(self, lease, slot, subject):
        while True:
            frame, = lease.capture(slot, subject=subject, formats=["image/png"], deadline_ms=DEADLINE_MS).frames
            self.day.count("captures")
            if person_in(Image.open(io.BytesIO(frame.data))) != self.person:
                self.day.count("wrong_person")
            if all(quality.score >= GOOD_QUALITY for quality in frame.quality or []):
                return frame
            self.day.count("retakes")

    def print(self, lease):
        """One idempotency key for each card that is known not to have come out before."""
        front = io.BytesIO()
        Image.new("RGB", (101, 64), (self.person % 256, 90, 140)).save(front, "PNG")
        lease.print("printer", front=front.getvalue(), steps=["magnetic", "print"], tracks=[str(self.person)], on_fail="reject",
                    idem=self.key())
        self.card_out = True

    def key(self):
        return f"day-{self.person}-{self.prints}"

    def recover(self, error):
        """An operator at work: mend, wait until everything is ready, look what became of the card."""
        began = time.monotonic()
        self.day.count("refused")
        if error.code in ("unknown-session", "no-station", "shutting-down", "stale-epoch"):
            self.client.reconnect()
        until = time.monotonic() + 60
        while True:
            try:
                self.desk.mend(self.incident, self.station)
                self.desk.wait_ready(self.station, SLOTS)
                if len(self.captured) == len(CAPTURES) and not self.card_out:
                    self.settle()
                break
            except rekam.Error as again:
                if time.monotonic() > until:
                    raise
                if again.code in ("unknown-session", "no-station"):
                    self.client.reconnect()
                time.sleep(0.1)
        self.day.count("downtime_s", time.monotonic() - began)

    def settle(self):
        """Whether the card that was asked for is there. Nothing is asked for again before that is known."""
        try:
            record = self.station.job(idem=self.key())
            while record.state not in ENDED:
                time.sleep(0.05)
                record = self.station.job(idem=self.key())
        except rekam.Error as error:
            if error.code != "unknown-job":
                raise
            return  # it was never received: the same key may go again
        if record.state == "done":
            self.card_out = True
            return
        if record.state == "unknown":
            self.day.count("unknown")
            self.day.count("reconciled", 1 if record.reconciled else 0)
            self.card_out = str(self.person) in self.desk.cards()  # a person looks into the tray
        self.prints += 0 if self.card_out else 1


def run_day(desk, visits, seed):
    day = Day(desk, visits, seed)
    with desk.connect(client="day", operator="day") as station:
        desk.wait_ready(station, SLOTS)
    clients = [Client(day, f"client {letter}") for letter in "AB"]
    for client in clients:
        client.start()
    while any(client.is_alive() for client in clients):
        try:
            done = day.requests.get(timeout=0.2)
        except queue.Empty:
            continue
        desk.cut_power()
        done.set()
    for client in clients:
        if client.trouble:
            raise client.trouble
    cards = desk.cards()
    people = [str(day.first_person + number) for number in range(visits)]
    day.figures["cards"] = sum(cards.values())
    day.figures["second_card"] = sum(count - 1 for count in cards.values())
    day.figures["without_card"] = sum(person not in cards for person in people)
    day.figures["downtime_s"] = round(day.figures["downtime_s"], 1)
    return day


def table(day, seed, took_s):
    lines = [f"a day at the office: seed {seed}, {day.visits} visits, {took_s:.0f} s"]
    lines += [f"  person {one['person']:<8} {one['incident']}" for one in day.happened]
    lines += [f"{name:<14}{day.figures[name]:>8}" for name in FIGURES]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=HERE.parents[1] / "build/dev", help="where ./dev built")
    parser.add_argument("--visits", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1, help="which failures come when")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file, too")
    arguments = parser.parse_args()
    log = pathlib.Path(tempfile.gettempdir()) / f"rekam-day-{arguments.seed}.log"
    began = time.monotonic()
    try:
        with DayDesk(os.path.abspath(arguments.build), log) as desk:
            try:
                day = run_day(desk, arguments.visits, arguments.seed)
            except Exception:
                print(f"the end of the station's log ({log}):\n{desk.tail()}", file=sys.stderr)
                raise
    except (Failure, rekam.Error, TimeoutError, OSError) as error:
        sys.exit(f"day: seed {arguments.seed}: {error}")
    took_s = time.monotonic() - began
    print(table(day, arguments.seed, took_s))
    if arguments.json:
        arguments.json.write_text(json.dumps({"seed": arguments.seed, "took_s": round(took_s, 1), **day.figures,
                                              "incidents": day.happened}, indent=2) + "\n", encoding="utf-8")
    figures = day.figures
    bad = figures["wrong_person"] + figures["second_card"] + figures["without_card"] + abs(figures["visits"] - day.visits)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
