# SPDX-License-Identifier: Apache-2.0
"""The demonstration's desk: a station of real processes with config/demo's devices.

    with Desk(build, log) as desk, desk.connect(client="me") as station: ...
"""
import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import rekam
from hands import Failure, Hands

ROOT = pathlib.Path(__file__).resolve().parents[2]
NEEDED = ("bin/rekamd", "bin/rekam-gate", "bin/rekam-host", "plugins/rekam-sane.so")
START_S = 30
STOP_S = 10
LOG_LINES = 40
PR_SET_PDEATHSIG = 1


class Desk:
    """rekamd with a private configuration, runtime directory and store; ended with all its children."""

    def __init__(self, build, log, seed=1):
        missing = [name for name in NEEDED if not (pathlib.Path(build) / name).exists()]
        if missing:
            raise Failure(f"{missing[0]} is not in {build}: run ./dev build first")
        self.log = pathlib.Path(log)
        self.log.unlink(missing_ok=True)
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="rekam-demo-"))
        self.runtime = self.place / "run"
        self.hands = Hands(self.place / "cards")
        try:
            self._configure(build, seed)
            self._start(build)
        except BaseException:
            shutil.rmtree(self.place, ignore_errors=True)
            raise

    def _start(self, build):
        """From a thread that lives as long as the station shall."""
        with open(self.log, "ab") as file:
            self.process = subprocess.Popen(
                [os.path.join(build, "bin/rekamd"), "--config", self.place / "config", "--runtime", self.runtime,
                 "--state", self.place / "state"],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True, preexec_fn=_end_with_parent)

    def _configure(self, build, seed):
        config = self.place / "config"
        shutil.copytree(ROOT / "config/demo", config)
        for name in ("sane.d", "faults"):
            shutil.move(config / name, self.place / name)
        for plugin in (config / "plugins.d").iterdir():
            text = plugin.read_text(encoding="utf-8")
            plugin.write_text(text.replace("@DESK@", str(self.place)).replace("@SEED@", str(seed)), encoding="utf-8")
        (config / "conf.d").mkdir()
        # A JSON string of a path is a TOML string too.
        (config / "conf.d/here.toml").write_text(f"[paths]\nplugins = {json.dumps(os.path.join(build, 'plugins'))}\n",
                                                 encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def connect(self, **who):
        until = time.monotonic() + START_S
        while True:
            if self.process.poll() is not None:
                raise Failure(f"rekamd ended at once, with exit code {self.process.returncode}")
            try:
                return rekam.connect(str(self.runtime), timeout_ms=500, **who)
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
        return "".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines(True)[-LOG_LINES:])


def wait_ready(station, slots, tell=lambda slot, device: None):
    """Follows the slots' events until every device can work."""
    until = time.monotonic() + START_S
    states = dict.fromkeys(slots, "unknown")
    with station.events("slot.") as events:
        while not all(state in ("ready", "degraded") for state in states.values()):
            left_ms = int((until - time.monotonic()) * 1000)
            event = events.next(left_ms) if left_ms > 0 else None
            if event is None:
                waiting = ", ".join(f"{slot} is {state}" for slot, state in states.items() if state != "ready")
                raise Failure(f"not everything is ready after {START_S} s: {waiting}")
            slot = event.stream.partition(".")[2]
            if slot in states and event.data.state != states[slot]:
                states[slot] = event.data.state
                if event.data.state in ("ready", "degraded"):
                    tell(slot, event.data.device)


def _end_with_parent():
    """Even when this script is killed, the station ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
