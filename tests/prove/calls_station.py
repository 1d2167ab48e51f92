# SPDX-License-Identifier: Apache-2.0
"""The station whose system calls fail: a camera and a printer, gate and hosts started through a script each, so that a case
can load something into any of the three programs. What it promised in one case it is asked about in the next."""
import os
import pathlib
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "system"), str(HERE.parents[1] / "sdk/client/python")]
import rekam  # noqa: E402  pylint: disable=wrong-import-position
import station as stations  # noqa: E402  pylint: disable=wrong-import-position
from picture import png  # noqa: E402  pylint: disable=wrong-import-position

PROGRAMS = ("rekamd", "gate", "host")
BLANKS = 100_000
HEAL_S = 40
SLOTS = """
[slot.photo]
function = "camera"
device = "*/cam-1"

[slot.printer]
function = "card-printer"
device = "*/cp-1"
"""
# Who is struck in every call must not be left alone for it, and who loses an answer must not wait long for it.
SETTINGS = """
[supervision]
backoff_min_ms = 10
backoff_max_ms = 50
gate_backoff_max_ms = 50
quarantine_failures = 1000
quarantine_window_ms = 1
start_ms_max = 3000
interrupt_ms_max = 500
ping_interval_ms = 200
ping_ms_max = 1000
enumerate_ms_max = 2000
"""


class Wrong(Exception):
    """What must not be. The first word is the figure that counts it."""

    def __init__(self, figure, what):
        super().__init__(f"{figure}: {what}")
        self.figure = figure


def make():
    running = stations.make(slots=SLOTS, cameras="id=cam-1,width=320,height=240", sane=False)
    (running.config / "plugins.d/fingerprint.toml").unlink()
    paths = "".join(f'{name} = "{running.place / name}"\n' for name in ("gate", "host"))
    running.write("rekamd.toml", f'[paths]\nplugins = "{stations.BUILD / "plugins"}"\n{paths}{SETTINGS}')
    state = running.place / "cards"
    environment = {"REKAM_MOCK_CARD_PRINTER": f"id=cp-1,make=cetak,state={state},cards={BLANKS},ribbon={BLANKS},step_ms=1",
                   "REKAM_MOCK_CARD_FAULTS": running.place / "faults"}
    running.write("plugins.d/card-printer.toml", stations.plugin_text(
        "rekam-mock-card-printer.so", environment, writable_paths=[str(running.place)], mock=True))
    return running


def descriptors(pid):
    """What the process has open, as a sorted list; a name that differs from life to life is cut."""
    found = []
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(os.readlink(entry).split(":[")[0])
        except OSError:
            continue
    return sorted(found)


class Bench:
    """One place with a station that is started anew as often as a case wants it."""

    def __init__(self, running):
        self.station, self.client = running, None
        self.cards = {}  # key -> outcome that a client was told
        self.visits = 0

    # Its life.

    def load(self, program=None, environment=None):
        """From the next start on this program has these variables, and the others none."""
        for name in ("gate", "host"):
            words = "".join(f'export {key}="{value}"\n' for key, value in (environment or {}).items()) if name == program else ""
            path = self.station.place / name
            path.write_text(f'#!/bin/sh\n{words}exec "{stations.BUILD}/bin/rekam-{name}"\n', encoding="utf-8")
            path.chmod(0o755)
        self._own = {**os.environ, **(environment or {})} if program == "rekamd" else None

    def start(self):
        (self.station.place / "station.log").write_text("", encoding="utf-8")
        self.station.start(env=self._own)

    def furnish(self):
        """The first life: blanks are loaded."""
        self.load()
        self.start_well()
        self.station.wait_ready(self.client, "photo", "printer")
        self.client.load_cards("printer", BLANKS, by="Sari")
        self.stop()

    def start_well(self):
        """A start that has to work."""
        self.start()
        if not self.answers():
            raise Wrong("not_healed", f"the next start does not work: {self.tail()}")

    def stop(self):
        if self.client:
            self.client.close()
            self.client = None
        process = self.station.process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Wrong("not_healed", f"rekamd does not end: {self.tail()}") from None

    def tail(self):
        return self.station.log[-1_500:]

    def last_words(self):
        return self.station.log.strip().split("\n")[-1]

    def died(self):
        """Whether rekamd has ended. It may, where it says why; it must not crash."""
        code = self.station.process.poll()
        if code is None:
            return False
        if code < 0:
            raise Wrong("crashed", f"rekamd died of signal {-code}: {self.tail()}")
        if not self.station.log.strip():
            raise Wrong("silent", f"rekamd ended with {code} and said nothing")
        return True

    def answers(self):
        """A client, as soon as somebody answers; None when rekamd has ended instead."""
        until = time.monotonic() + HEAL_S
        while not self.died():
            try:
                self.client = rekam.connect(self.station.runtime, client="prove-calls", operator="Sari", timeout_ms=300)
                return self.client
            except rekam.Error as error:
                if time.monotonic() > until:
                    raise Wrong("not_healed", f"nobody answers: {error}; {self.tail()}") from error
        return None

    # What is done at it.

    def work(self):
        """A visit with all that a station does. What fails on the way may fail: a card's outcome is written down."""
        self.visits += 1
        for step in (self.visit, self.look_around, self.begin_again):
            try:
                step()
            except rekam.Error:
                if self.died():
                    return

    def visit(self):
        with self.client.case("issue", operator="Sari") as case, case.lease(["photo", "printer"], wait_ms=2_000) as lease:
            frame, = lease.capture("photo", subject="face", deadline_ms=3_000).frames
            if len(frame.data) != frame.bytes:
                raise Wrong("lost", f"a picture of {frame.bytes} bytes has {len(frame.data)}")
            frame.release()
            with lease.preview("photo") as preview:
                preview.next(2.0)
            self.card(lease)

    def card(self, lease):
        key = f"card-{self.visits}-{len(self.cards)}"
        try:
            lease.print("printer", front=png(), steps=["magnetic", "print"], tracks=[key], idem=key, on_fail="reject")
            self.cards[key] = "done"
        except rekam.Error as error:
            if not error.local and error.job:
                self.cards[key] = error.effect
            raise

    def look_around(self):
        self.client.health("photo")
        self.client.slots()
        self.client.call("journal.verify", {}, timeout_ms=20_000)
        self.client.call("journal.query", {"limit": 5})
        self.client.call("device.doctor", {"slot": "printer"})

    def begin_again(self):
        """A device's process, the gate and the configuration, each anew."""
        self.station.process.send_signal(signal.SIGHUP)
        self.client.call("slot.reset", {"slot": "photo"}, timeout_ms=15_000)
        gate = self.station.pid_of("rekam-gate")
        if gate:
            os.kill(gate, signal.SIGKILL)

    # Whether all is well.

    def heal(self):
        """By itself, within a time; then a visit without a fault."""
        until, last = time.monotonic() + HEAL_S, None
        while time.monotonic() < until:
            if self.died():
                return False
            try:
                for slot in ("photo", "printer"):
                    if self.client.slot(slot).state not in ("ready", "degraded"):
                        raise rekam.Error({"code": "not-ready", "message": slot})
                self.settle()
                self.visits += 1
                self.visit()
                return True
            except rekam.Error as error:
                last = error
                if error.code in ("unknown-session", "no-station"):
                    self.client.close()
                    if not self.answers():
                        return False
                time.sleep(0.05)
        raise Wrong("not_healed", f"{last}; {self.tail()}")

    def settle(self):
        """Two persons look into the tray for the cards whose end nobody saw."""
        tray = self.tray()
        for job in self.client.jobs(unsettled=True):
            self.client.reconcile(job.job, "done" if tray.get(job.idem) else "none", by="Sari", second="Rina", reason="looked",
                                  blank="issued" if tray.get(job.idem) else "spoiled")

    def tray(self):
        found = {}
        for path in (self.station.place / "cards/cp-1/out").glob("*.tracks"):
            key = path.read_text().split("\n")[0]
            found[key] = found.get(key, 0) + 1
        return found

    def check_cards(self):
        """Every card that a client was told of is known, as it was told, and nobody got two."""
        tray = self.tray()
        cards, self.cards = self.cards, {}
        for key, told in cards.items():
            try:
                record = self.client.job(idem=key)
            except rekam.Error as error:
                raise Wrong("lost", f"{key} was told {told} and is not known: {error}") from error
            if told == "done" and (record.outcome != "done" or tray.get(key) != 1):
                raise Wrong("lost", f"{key} was told {told}; the record says {record.outcome}, {tray.get(key, 0)} in the tray")
            if told == "none" and tray.get(key):
                raise Wrong("lost", f"{key} was told to have come to nothing and lies in the tray")
        twice = {key: count for key, count in tray.items() if count > 1}
        if twice:
            raise Wrong("second_card", f"{twice}")

    def check_journal(self):
        verdict = self.client.call("journal.verify", {}, timeout_ms=60_000)
        if not verdict.whole:
            raise Wrong("lost", f"the journal is not whole: {verdict}")

    def held(self):
        """{program: (how many processes, what each has open)}, when nothing is under way."""
        found = {"rekamd": [descriptors(self.station.process.pid)]}
        for pid, command in self.station.children().items():
            name = "gate" if "rekam-gate" in command else "host"
            found.setdefault(name, []).append(descriptors(pid))
        return {name: sorted(all_open, key=len) for name, all_open in found.items()}

    def check_leaks(self, usual):
        """Nothing more is open than in a life without faults; what is on its way to its end may take a moment."""
        until = time.monotonic() + 15
        while True:
            held = self.held()
            more = [f"{name}: {len(now)} processes instead of {len(then)}" for name, then in usual.items()
                    if len(now := held.get(name, [])) != len(then)]
            more += [f"{name}: {surplus(now, then)}" for name, then in usual.items()
                     for now, then in zip(held.get(name, []), then) if len(counted(now)) > len(counted(then))]
            if not more:
                return
            if time.monotonic() > until:
                raise Wrong("leaked", "; ".join(more))
            time.sleep(0.1)


def counted(names):
    """SQLite keeps the descriptor of a connection that ended as long as another one has the file locked, and takes it for the
    next one: the store counts once."""
    return [name for name in names if not name.endswith("/store.sqlite3")] + [name for name in names if name.endswith("/store.sqlite3")][:1]


def surplus(now, then):
    """What is open now and was not then."""
    left = list(now)
    for one in then:
        if one in left:
            left.remove(one)
    return f"{len(now)} descriptors instead of {len(then)}: {left}"
