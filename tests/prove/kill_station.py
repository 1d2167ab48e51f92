# SPDX-License-Identifier: Apache-2.0
"""The station that the proof of the kills strikes: a printer that encodes, in a process of its own, and a camera in another.
What it knows of the cards it has from the printer's own memory and trays, never from the station."""
import os
import pathlib
import signal
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "system"), str(HERE.parents[1] / "sdk/client/python")]
import station as stations  # noqa: E402  pylint: disable=wrong-import-position

PRINTER = "id.rekam.mock.card-printer/cp-1"
BLANKS = 100_000  # more than any run takes
SLOTS = """
[slot.printer]
function = "card-printer"
device = "*/cp-1"

[slot.encoder]
function = "card-reader"
device = "*card-printer/cp-1"

[slot.photo]
function = "camera"
device = "*/cam-1"
"""
# Who is killed a thousand times is not left alone for it.
SETTINGS = """
[supervision]
backoff_min_ms = 10
backoff_max_ms = 50
gate_backoff_max_ms = 50
quarantine_failures = 1000
quarantine_window_ms = 1
"""


def make():
    running = stations.make(slots=SLOTS, cameras="id=cam-1,model=Alpha", sane=False, settings=SETTINGS)
    (running.config / "plugins.d/fingerprint.toml").unlink()
    state = running.place / "cards"
    environment = {"REKAM_MOCK_CARD_PRINTER": f"id=cp-1,make=cetak,state={state},cards={BLANKS},ribbon={BLANKS},step_ms=5",
                   "REKAM_MOCK_CARD_FAULTS": running.place / "faults"}
    running.write("plugins.d/card-printer.toml", stations.plugin_text(
        "rekam-mock-card-printer.so", environment, writable_paths=[str(running.place)], mock=True))
    return running


class Bench:
    """The running station, its cards, and the three ways to kill it."""

    def __init__(self, running):
        self.station, self.folder = running, running.place / "cards/cp-1"
        self.client = self.connect()
        self.wait_ready()
        self.client.load_cards("printer", BLANKS, by="Sari")

    def connect(self):
        return self.station.connect(client="prove-kill", operator="Sari")

    def wait_ready(self):
        self.station.wait_ready(self.client, "printer", "encoder", "photo")

    def wait(self, condition, what):
        return self.station.wait(condition, what)

    # Where the work is.

    def slow(self, lines):
        """The mocks' next script; what the old one has used up is forgotten."""
        for path in self.station.place.glob("faults.*.used"):
            path.unlink()
        self.station.faults(lines)

    def struck(self):
        """Whether the first fault of the script has begun: the mock writes it down before it suffers it."""
        return any(self.station.place.glob("faults.*-1.used"))

    # What lies there.

    def memory(self):
        """(blanks fed, cards printed) since the printer was made."""
        words = (self.folder / "memory").read_text().split() if (self.folder / "memory").exists() else []
        known = dict(zip(words[::2], words[1::2]))
        return int(known.get("fed", 0)), int(known.get("counter", 0))

    def tray(self):
        """{key on the magnetic stripe: how many good cards came out with it}"""
        found = {}
        for path in (self.folder / "out").glob("*.tracks"):
            key = path.read_text().split("\n")[0]
            found[key] = found.get(key, 0) + 1
        return found

    def chip_says(self, data):
        """Whether the card that is still inside, or one that came out, has these bytes on its chip."""
        cards = [self.folder / "card", *sorted(self.folder.glob("*/*.card"))[-4:]]
        return any(path.exists() and data.hex() in path.read_text() for path in cards)

    # The kills.

    def aim(self, target):
        """What kills the target, as a function, so that nothing has to be looked up once the moment is there."""
        running, client = self.station, self.client
        if target == "broker":
            children = set(running.children())
            return lambda: self._kill_broker(children)
        if target == "gate":
            gate = running.pid_of("rekam-gate")
            return lambda: self._kill(gate, lambda: running.pid_of("rekam-gate"), "another gate runs")
        host = client.device(PRINTER).pid
        return lambda: self._kill(host, lambda: client.device(PRINTER).get("pid"), "another process has the printer")

    def _kill(self, pid, look, what):
        os.kill(pid, signal.SIGKILL)
        self.wait(lambda: look() not in (None, pid), what)

    def _kill_broker(self, children):
        self.station.process.kill()
        self.station.process.wait()
        self.station.process = None
        self.client.close()
        self.wait(lambda: not children & {pid for pid, _, _ in stations.processes()}, "no child outlives rekamd")
        self.station.start()
        self.client = self.connect()
