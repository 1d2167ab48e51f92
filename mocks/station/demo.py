#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demonstration behind `./dev demo`: a whole station on this machine with SANE's test scanner, three pages out of
its feeder, written as PNG files and as one page to look at. Ends with exit code 0 only when all of that happened."""
import argparse
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "sdk/client/python")]
import rekam  # noqa: E402  pylint: disable=wrong-import-position
from sheet import write_sheet  # noqa: E402  pylint: disable=wrong-import-position

PAGES = 3
START_S = 30
STOP_S = 10
LOG_LINES = 40
PR_SET_PDEATHSIG = 1


class Failure(Exception):
    """What a person should read."""


class StationProcess:
    """rekamd with a private configuration, runtime directory and store; ended with all its children."""

    def __init__(self, build, out):
        self.place = tempfile.mkdtemp(prefix="rekam-demo-")
        self.log = os.path.join(out, "station.log")
        self.runtime = os.path.join(self.place, "run")
        self._configure(build)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [os.path.join(build, "bin/rekamd"), "--config", os.path.join(self.place, "config"),
                 "--runtime", self.runtime, "--state", os.path.join(self.place, "state")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, preexec_fn=_end_with_parent)

    def _configure(self, build):
        config = os.path.join(self.place, "config")
        shutil.copytree(os.path.join(ROOT, "config/demo"), config)
        sane = os.path.join(self.place, "sane.d")
        shutil.move(os.path.join(config, "sane.d"), sane)
        plugin = os.path.join(config, "plugins.d/sane.toml")
        with open(plugin, encoding="utf-8") as file:
            text = file.read()
        with open(plugin, "w", encoding="utf-8") as file:
            file.write(text.replace("@SANE_CONFIG_DIR@", sane))
        os.mkdir(os.path.join(config, "conf.d"))
        with open(os.path.join(config, "conf.d/here.toml"), "w", encoding="utf-8") as file:
            # A JSON string of a path is a TOML string too.
            file.write(f"[paths]\nplugins = {json.dumps(os.path.join(build, 'plugins'))}\n")

    def connect(self):
        until = time.monotonic() + START_S
        while True:
            if self.process.poll() is not None:
                raise Failure(f"rekamd ended at once, with exit code {self.process.returncode}")
            try:
                return rekam.connect(self.runtime, client="rekam demo", operator="demo", timeout_ms=500)
            except rekam.Error as error:
                if error.code != "no-station" or time.monotonic() > until:
                    raise

    def stop(self):
        """In order; what does not end is killed. rekamd's children end with it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.place, ignore_errors=True)

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-LOG_LINES:])


def _end_with_parent():
    """Even when this script is killed, the station ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def say(text=""):
    print(text, flush=True)


def wait_ready(station, slot):
    """Follows the slot's events until its device can work."""
    until = time.monotonic() + START_S
    state = "unknown"
    with station.events("slot." + slot) as events:
        while state != "ready":
            left_ms = int((until - time.monotonic()) * 1000)
            event = events.next(left_ms) if left_ms > 0 else None
            if event is None:
                raise Failure(f"slot {slot} is {state} after {START_S} s, not ready")
            state = event.data.state
            say(f"  slot {slot}: {state}" + (f" ({event.data.reason})" if event.data.reason else ""))


class Teller:
    """Progress for people: one moving line on a terminal, a line per page elsewhere. Pages are kept as they come."""

    def __init__(self, out):
        self._out = out
        self._moving = sys.stdout.isatty()
        self.files = {}

    def __call__(self, progress):
        for frame in progress.frames:
            self.keep(frame)
        if self._moving:
            print(f"\r\x1b[K  {progress}", end="", flush=True)

    def keep(self, frame):
        """Writes a page unless it is there already."""
        if frame.frame in self.files:
            return
        name = f"page-{len(self.files) + 1}.png"
        frame.save(os.path.join(self._out, name))
        self.files[frame.frame] = name
        self.clear()
        say(f"  {name}: {frame.width_px} x {frame.height_px}, {frame.bytes} bytes, {frame.hash[:19]}…")

    def clear(self):
        if self._moving:
            print("\r\x1b[K", end="", flush=True)


def capture(station, out):
    teller = Teller(out)
    with station.case("test") as case, case.lease("document") as lease:
        result = lease.capture("document", subject="document.page", source="feeder", mode="color", pages_max=PAGES,
                               formats=["image/png"], on_progress=teller)
        for frame in result.frames:
            teller.keep(frame)
        case.keep(*result.frames)
    teller.clear()
    if len(result.frames) != PAGES:
        raise Failure(f"{len(result.frames)} pages came out of the feeder, not {PAGES}")
    return result, [teller.files[frame.frame] for frame in result.frames]


def demo(build, out):
    for name in ("bin/rekamd", "bin/rekam-gate", "bin/rekam-host", "plugins/rekam-sane.so"):
        if not os.path.exists(os.path.join(build, name)):
            raise Failure(f"{name} is not in {build}: run ./dev build first")
    os.makedirs(out, exist_ok=True)
    say("starting the station")
    process = StationProcess(build, out)
    try:
        with process.connect() as station:
            say(f"connected to {station.name} (epoch {station.epoch})")
            wait_ready(station, "document")
            say(f"capturing {PAGES} pages from the feeder")
            result, names = capture(station, out)
            sheet = write_sheet(out, station, result)
        say(f"{len(names)} pages are in {out}; to look at them: {sheet}")
    except Exception:
        print(f"\nthe end of the station's log ({process.log}):\n{process.tail()}", file=sys.stderr)
        raise
    finally:
        process.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=os.path.join(ROOT, "build/dev"), help="where ./dev built")
    parser.add_argument("--out", help="where the pages go (default: demo in the build folder)")
    arguments = parser.parse_args()
    build = os.path.abspath(arguments.build)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exception, so that everything is ended in order
    try:
        demo(build, os.path.abspath(arguments.out or os.path.join(build, "demo")))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except (Failure, rekam.Error, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
