# SPDX-License-Identifier: Apache-2.0
"""What the soak lays on a station: many small requests over sockets of its own, as fast as they are answered, visits at faulty
devices, clients that vanish, and a subscriber that never reads."""
import contextlib
import itertools
import json
import threading
import time

import calls_station  # noqa: F401  pylint: disable=unused-import  # the path of what comes next
import rekam
import zmq
from picture import png

IN_FLIGHT, BATCH = 48, 12
SMALL = (("slot.get", {"slot": "photo"}), ("slot.list", {}), ("device.list", {}), ("station.get", {}), ("lease.list", {}),
         ("job.list", {"limit": 3}), ("case.list", {"limit": 3}), ("job.get", {"idem": "nobodys"}), ("plugin.list", {}),
         ("journal.query", {"limit": 2}), ("cards.get", {}), ("slot.get", {"slot": "no-such-slot"}))
ANSWER_S = 30


class Worker(threading.Thread):
    """One kind of load, again and again until the end; `requests` counts what was answered."""

    def __init__(self, station, name):
        super().__init__(name=name, daemon=True)
        self.station, self.requests, self.refused, self.trouble = station, 0, 0, None
        self.ending = threading.Event()

    def run(self):
        try:
            while not self.ending.is_set():
                self.turn()
        except Exception as error:  # pylint: disable=broad-except  # the main thread tells it
            self.trouble = error
        finally:
            self.over()

    def over(self):
        """What it leaves behind when it ends."""

    def connect(self):
        return rekam.connect(self.station.runtime, client=self.name, operator="Sari", timeout_ms=10_000)


class Small(Worker):
    """Small requests, IN_FLIGHT of them at a time: no answer may be missing, and none comes that was not asked for."""

    def __init__(self, station, name):
        super().__init__(station, name)
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(f"ipc://{station.runtime}/requests")
        self.numbers, self.kinds, self.open, self.session = itertools.count(1), itertools.cycle(SMALL), set(), None

    def turn(self):
        if self.session is None:
            self.ask("hello", {"client": self.name})
            self.session = self.answer()["result"]["session"]
        while len(self.open) < IN_FLIGHT:
            self.ask(*next(self.kinds))
        for _ in range(BATCH):
            self.answer()

    def ask(self, op, params):
        number = f"{self.name}-{next(self.numbers)}"
        header = {"v": 1, "id": number, "op": op, "params": params}
        if self.session:
            header["session"] = self.session
        self.open.add(number)
        self.socket.send(json.dumps(header).encode())

    def answer(self):
        if not self.socket.poll(ANSWER_S * 1_000):
            raise AssertionError(f"{self.name}: no answer within {ANSWER_S} s to {len(self.open)} requests")
        header = json.loads(self.socket.recv_multipart()[0])
        self.open.remove(header["id"])
        self.requests += 1
        if not header["ok"]:
            self.refused += 1
            if header["error"]["code"] not in ("unknown-slot", "unknown-job", "busy", "too-many"):
                raise AssertionError(f"{self.name}: {header['error']}")
        return header

    def over(self):
        self.socket.close()


class Visits(Worker):
    """Captures at one slot, whose device fails as the dice say."""

    def __init__(self, station, slot, subject):
        super().__init__(station, f"visits at {slot}")
        self.slot, self.subject, self.client = slot, subject, None

    def turn(self):
        self.client = self.client or self.connect()
        try:
            with self.client.case("enrol") as case, case.lease(self.slot, wait_ms=5_000) as lease:
                self.requests += 4
                for _ in range(8):
                    if self.ending.is_set():
                        return
                    self.capture(lease)
        except rekam.Error as error:
            self.refuse(error)

    def capture(self, lease):
        self.requests += 2
        try:
            for frame in lease.capture(self.slot, subject=self.subject, deadline_ms=400).frames:
                frame.save("/dev/null")
                frame.release()
        except rekam.Error as error:
            self.refuse(error)

    def refuse(self, error):
        self.refused += 1
        if error.code in ("internal", "protocol-error") and error.class_ != "vendor":
            raise error
        self.ending.wait(0.02)

    def over(self):
        if self.client:
            self.client.close()


class Cards(Visits):
    """Cards, one in a case, each with a key of its own; two persons settle what nobody saw."""

    def __init__(self, station):
        super().__init__(station, "printer", None)
        self.keys = itertools.count(1)

    def turn(self):
        self.client = self.client or self.connect()
        try:
            with self.client.case("issue") as case, case.lease("printer", wait_ms=5_000) as lease:
                self.requests += 5
                key = f"soak-{next(self.keys)}"
                lease.print("printer", front=png(), steps=["magnetic", "print"], tracks=[key], idem=key, on_fail="reject")
        except rekam.Error as error:
            self.refuse(error)
            with contextlib.suppress(rekam.Error):
                settle(self.client, self.station)


def settle(client, station):
    tray = {path.read_text().split("\n")[0] for path in (station.place / "cards/cp-1/out").glob("*.tracks")}
    for job in client.jobs(unsettled=True):
        lies = job.idem in tray
        client.reconcile(job.job, "done" if lies else "none", by="Sari", second="Rina", reason="looked", blank="issued" if lies else "spoiled")


class Passing(Worker):
    """Clients that come, take a lease, begin a capture and are gone in the middle of it."""

    def turn(self):
        client = self.connect()
        try:
            case = client.case("enrol")
            lease = client.lease("spare", case.id, ttl_ms=1_000, wait_ms=2_000)
            lease.start("spare", subject="face")
            self.requests += 3
        except rekam.Error:
            self.refused += 1
        client.close()
        self.ending.wait(0.3)


class Deaf(Worker):
    """A subscriber to everything that reads nothing."""

    def turn(self):
        socket = zmq.Context.instance().socket(zmq.SUB)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVHWM, 1)
        socket.setsockopt(zmq.SUBSCRIBE, b"")
        socket.connect(f"ipc://{self.station.runtime}/events")
        self.ending.wait()
        socket.close()


def begin(station):
    workers = [Small(station, "small 1"), Small(station, "small 2"), Visits(station, "photo", "face"),
               Visits(station, "fingers", "finger.right-index"), Cards(station), Passing(station, "passing"), Deaf(station, "deaf")]
    for worker in workers:
        worker.start()
    return workers


def end(workers):
    for worker in workers:
        worker.ending.set()
    until = time.monotonic() + 60
    for worker in workers:
        worker.join(max(0.0, until - time.monotonic()))
