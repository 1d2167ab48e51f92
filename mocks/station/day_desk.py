# SPDX-License-Identifier: Apache-2.0
"""The desk of a day at the office: the demonstration's, where each visit is another person's, and what goes wrong there."""
import contextlib
import os
import pathlib
import random
import signal
import time

import fault_script
import rekam
from desk import Desk

CAMERA, STUDIO = "id.rekam.mock.camera/cam-1", "id.rekam.mock.studio-camera/studio-1"
FINGERS, PASSPORT = "id.rekam.mock.fingerprint/fp-1", "id.rekam.mock.document/doc-1"
PRINTER = "id.rekam.mock.card-printer/printer-1"
RECONNECT_S = 60
SQUARE_PX, SQUARES, BEGIN = 6, 48, 0xB2  # mocks/devices/kit/visitor.h

FAILURES = ("blurred photo", "unplugged scanner", "jam", "ribbon out", "host crash in mid-print", "hung fingerprint reader",
            "flapping camera", "gate killed")
INCIDENTS = FAILURES + ("camera replaced", "power cut")
TOLD = {
    "blurred photo": ("photo", {"fault": "quality", "score": 20, "times": 1}),
    "unplugged scanner": (PASSPORT, {"fault": "unplug"}),
    "jam": (PRINTER, {"fault": "jam", "times": 1}),
    "host crash in mid-print": (PRINTER, {"fault": "crash", "call": "printed", "times": 1}),
    "hung fingerprint reader": (FINGERS, {"fault": "hang", "times": 1}),
    "flapping camera": ("photo", {"fault": "flapping", "count": 2, "ms": 2000}),
}


def plan(visits, seed):
    """{visit: incident}: each of them once, in the order of the seed, spread over the day; the camera that flaps before
    it is replaced. Fewer visits than incidents have only the first ones."""
    chance = random.Random(seed)
    incidents = list(INCIDENTS)
    chance.shuffle(incidents)
    places = sorted(chance.sample(range(visits), min(visits, len(incidents))))
    return dict(zip(places, incidents))


def person_in(image):
    """Who sat there when this picture was exposed, as the mock's pixels say; None if they do not."""
    image = image.convert("L")
    middle = SQUARE_PX // 2
    along = [[image.getpixel((n * SQUARE_PX + middle, middle)) for n in range(SQUARES)]]
    if image.height >= SQUARES * SQUARE_PX:  # a sensor that lies on its side: its upper edge is now the right one
        along.append([image.getpixel((image.width - 1 - middle, n * SQUARE_PX + middle)) for n in range(SQUARES)])
    for values in along:
        bits = sum((value < 128) << (SQUARES - 1 - n) for n, value in enumerate(values))
        number = bits >> 8 & 0xFFFFFFFF
        if bits >> 40 == BEGIN and sum(number.to_bytes(4, "big")) & 255 == bits & 255:
            return number
    return None


class DayDesk(Desk):
    """Told to fail as the plan says, and mended as an operator would."""

    def _configure(self, build, seed):
        super()._configure(build, seed)
        self._build = build
        config = self.place / "config"
        for plugin in (config / "plugins.d").glob("*.toml"):
            text = plugin.read_text(encoding="utf-8").replace(f"seed={seed}", f"visitor={self.place}/visitor")
            text = text.replace("id=cam-1,", "id=cam-1,width=320,height=240,")
            text = text.replace("ribbon=0,", "ribbon=100000,cards=100000,").replace("step_ms=350", "step_ms=5")
            plugin.write_text(text, encoding="utf-8")
        for script in (self.place / "faults").glob("*.toml"):
            script.write_text("", encoding="utf-8")  # nobody dawdles
        with open(config / "conf.d/here.toml", "a", encoding="utf-8") as here:
            here.write("[supervision]\nbackoff_min_ms = 20\nbackoff_max_ms = 200\nenumerate_every_ms = 300\n")
        self.seat(0)

    def seat(self, person):
        """This one sits down, before every device of the desk."""
        fault_script.replace(self.place / "visitor", f"{person}\n")

    def connect(self, **who):
        """Also while the power is away."""
        until = time.monotonic() + RECONNECT_S
        while True:
            try:
                return rekam.connect(str(self.runtime), timeout_ms=500, **who)
            except rekam.Error:
                if time.monotonic() > until:
                    raise

    # What goes wrong.

    def strike(self, incident, station):
        device, fault = TOLD.get(incident, (None, None))
        if device is not None:
            station.mock(station.slot("photo").device if device == "photo" else device, fault)
        elif incident == "ribbon out":
            self._load("ribbon 0")
        elif incident == "gate killed":
            os.kill(next(pid for pid, _, command in self.processes() if "rekam-gate" in command), signal.SIGKILL)
        elif incident == "camera replaced":
            station.bind("photo", STUDIO)

    def mend(self, incident, station):
        """What an operator does about it: clear the jam, plug it in, load a ribbon."""
        device, fault = TOLD.get(incident, (None, None))
        if device is not None and fault["fault"] not in ("crash", "quality", "flapping"):
            station.mock_clear(device)
        elif incident == "ribbon out":
            self._load("ribbon 100000")

    def _load(self, what):
        fault_script.replace(self.place / "cards/printer-1/load", what + "\n")

    def cut_power(self):
        """Everything dies at once, and is switched on again."""
        pids = [self.process.pid] + [pid for pid, _, _ in self.processes()]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self._start(self._build)

    def processes(self):
        """(pid, parent, command line) of what rekamd has started, and what these have."""
        every = []
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError, IndexError):
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                    every.append((int(entry.name), parent, (entry / "cmdline").read_text().replace("\0", " ")))
        below, grew = {self.process.pid}, True
        while grew:
            more = {pid for pid, parent, _ in every if parent in below} - below
            below |= more
            grew = bool(more)
        return [one for one in every if one[0] in below and one[0] != self.process.pid]

    # What lies in the tray, whatever the station says.

    def cards(self):
        """{person: how many of their cards have come out}"""
        found = {}
        for tracks in (self.place / "cards").glob("*/out/*.tracks"):
            person = tracks.read_text(encoding="utf-8").splitlines()[0]
            found[person] = found.get(person, 0) + 1
        return found

    def wait_ready(self, station, slots, limit_s=60):
        until = time.monotonic() + limit_s
        while True:
            with contextlib.suppress(rekam.Error):
                if all(station.slot(slot).state in ("ready", "busy", "degraded") for slot in slots):
                    return
            if time.monotonic() > until:
                raise TimeoutError(f"not every one of {slots} is ready after {limit_s} s")
            time.sleep(0.05)
