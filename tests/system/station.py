# SPDX-License-Identifier: Apache-2.0
"""A whole station of real processes for one test: rekamd with a configuration, runtime directory and store of its own.

    with start_station() as running:
        with running.connect() as station: ...

By default it has a slot `document` (the feeder and flatbed of SANE's own test back end), a slot `photo` and a slot
`spare` (mock cameras) and a slot `fingers` (a mock fingerprint reader). Everything ends with the context; what a
test breaks on purpose, it breaks by the pid of a process that this station started.
"""
import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(os.environ.get("REKAM_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(SOURCE / "mocks/station"))
import fault_script  # noqa: E402  pylint: disable=wrong-import-position

BUILD = pathlib.Path(os.environ.get("REKAM_BUILD_DIR", SOURCE / "build/dev"))
LIMIT_S = 60  # for anything that is waited for: generous, because machines under test are slow

SLOTS = """
[slot.document]
function = "document"
device = "*/test:0"
desk = "1"

[slot.photo]
function = "camera"
device = "*/cam-1"
desk = "1"

[slot.spare]
function = "camera"
device = "*/cam-2"
desk = "2"

[slot.fingers]
function = "fingerprint"
device = "*/fp-1"
desk = "1"
"""
CAMERAS = "id=cam-1,model=Alpha;id=cam-2,model=Beta"
FINGERS = "id=fp-1"


class StationFailed(AssertionError):
    """The station did not do what the test waited for; the message has the end of its log."""


def plugin_text(path, environment, **grant):
    lines = [f"path = {json.dumps(path)}", "[environment]"]
    lines += [f"{name} = {json.dumps(str(value))}" for name, value in environment.items()]
    lines.append("[grant]")
    lines += [f"{name} = {json.dumps(value)}" for name, value in grant.items()]
    return "\n".join(lines) + "\n"


@dataclasses.dataclass
class Running:
    place: pathlib.Path
    runtime: pathlib.Path
    process: subprocess.Popen = None

    @property
    def config(self):
        return self.place / "config"

    @property
    def log(self):
        return (self.place / "station.log").read_text(encoding="utf-8", errors="replace")

    def write(self, name, text):
        """Puts a file of the configuration in place at once, as an editor that renames does."""
        path = self.config / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.rename(path)

    def faults(self, text):
        """Scripts the mock devices, by lines of fault_script; they read it before every call."""
        fault_script.replace(self.place / "faults", fault_script.script(text))

    def start(self, *arguments, **popen):
        with open(self.place / "station.log", "ab") as log:
            self.process = subprocess.Popen(
                [BUILD / "bin/rekamd", "--config", self.config, "--runtime", self.runtime, "--state",
                 self.place / "state", *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **popen)
        return self

    def connect(self, **options):
        """A client, as soon as the station answers one."""
        import rekam  # the package under test; not at the top, so that this module loads without it

        def attempt():
            try:
                return rekam.connect(self.runtime, timeout_ms=500, **{"client": "test", **options})
            except rekam.Error as error:
                if error.code != "no-station":
                    raise
                return None
        return self.wait(attempt, "the station answers")

    def wait(self, condition, what, limit_s=LIMIT_S):
        until = time.monotonic() + limit_s
        while True:
            result = condition()
            if result:
                return result
            if self.process and self.process.poll() is not None:
                raise StationFailed(f"rekamd ended with {self.process.returncode} while waiting until {what}\n{self.log[-8000:]}")
            if time.monotonic() > until:
                raise StationFailed(f"{limit_s} s passed, still not: {what}\n{self.log[-8000:]}")
            time.sleep(0.02)

    def wait_ready(self, client, *slots):
        for slot in slots:
            self.wait(lambda name=slot: client.call("slot.get", {"slot": name})["slot"]["state"] in ("ready", "busy", "degraded"),
                      f"slot {slot} is ready")

    def children(self):
        """{pid: command line} of the station's living processes, rekamd itself not among them."""
        return {pid: command for pid, parent, command in processes() if parent == self.process.pid}

    def pid_of(self, program, device=None, client=None):
        if program == "rekamd":
            return self.process.pid
        if device is not None:
            return client.call("device.get", {"device": device})["device"].get("pid")
        return next((pid for pid, command in self.children().items() if program in command), None)

    def stop(self, limit_s=LIMIT_S):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(limit_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise StationFailed(f"rekamd did not end within {limit_s} s of SIGTERM\n{self.log[-8000:]}") from None
        return self.process.returncode if self.process else None


def processes():
    """(pid, parent, command line) of every living process."""
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError):
            stat = (entry / "stat").read_text()
            state, parent = stat.rpartition(")")[2].split()[:2]
            if state not in "ZX":
                yield int(entry.name), int(parent), (entry / "cmdline").read_text().replace("\0", " ").strip()


CARD_SLOTS = """
[slot.printer]
function = "card-printer"
device = "*/cp-1"

[slot.encoder]
function = "card-reader"
device = "*card-printer/cp-1"

[slot.plain]
function = "card-printer"
device = "*/cp-2"

[slot.reader]
function = "card-reader"
device = "*/cr-1"
"""


def make_cards(settings=""):
    """A station with two makes of card printer and a card reader, configured and not started."""
    running = make(slots=CARD_SLOTS, cameras=None, sane=False, settings=settings)
    state = running.place / "cards"
    printers = f"id=cp-1,make=cetak,state={state};id=cp-2,make=kartu,state={state}"
    script = running.place / "faults"
    for kind, devices in (("printer", printers), ("reader", f"id=cr-1,state={state}")):
        environment = {f"REKAM_MOCK_CARD_{kind.upper()}": devices, "REKAM_MOCK_CARD_FAULTS": script}
        running.write(f"plugins.d/card-{kind}.toml",
                      plugin_text(f"rekam-mock-card-{kind}.so", environment, writable_paths=[str(running.place)], mock=True))
    return running


def make(slots=SLOTS, cameras=CAMERAS, sane=True, settings="", prepare=None):
    """A station that is configured and not started; `prepare` is called with it and adds to the configuration."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="rekam-test-"))
    running = Running(place, place / "run")
    running.write("rekamd.toml", f"[paths]\nplugins = {json.dumps(str(BUILD / 'plugins'))}\n{settings}")
    running.write("slots.toml", slots)
    running.faults("")
    if cameras:
        environment = {"REKAM_MOCK_CAMERA": cameras, "REKAM_MOCK_CAMERA_FAULTS": place / "faults"}
        running.write("plugins.d/camera.toml", plugin_text("rekam-mock-camera.so", environment, writable_paths=[str(place)], mock=True))
        environment = {"REKAM_MOCK_FINGERPRINT": FINGERS, "REKAM_MOCK_FINGERPRINT_FAULTS": place / "faults"}
        running.write("plugins.d/fingerprint.toml", plugin_text("rekam-mock-fingerprint.so", environment, writable_paths=[str(place)]))
    if sane:
        folder = place / "sane.d"
        folder.mkdir()
        (folder / "dll.conf").write_text("test\n")
        shutil.copy("/etc/sane.d/test.conf", folder)
        running.write("plugins.d/sane.toml", plugin_text("rekam-sane.so", {"SANE_CONFIG_DIR": folder}, readable_paths=[str(folder)]))
    if prepare:
        prepare(running)
    return running


@contextlib.contextmanager
def start_card_station(**options):
    with started(make_cards(**options)) as running:
        with running.connect() as client:
            running.wait_ready(client, "printer", "encoder", "plain", "reader")
        yield running


@contextlib.contextmanager
def started(running):
    try:
        running.start()
        running.wait(lambda: (running.runtime / "requests").exists(), "the gate listens")
        yield running
    finally:
        try:
            running.stop()
        finally:
            shutil.rmtree(running.place, ignore_errors=True)


@contextlib.contextmanager
def start_station(**options):
    with started(make(**options)) as running:
        if not options:  # the usual station: as an operator finds it, with every device ready
            with running.connect() as client:
                running.wait_ready(client, "document", "photo", "spare", "fingers")
        yield running
