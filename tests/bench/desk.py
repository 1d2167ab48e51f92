# SPDX-License-Identifier: Apache-2.0
"""What a measurement is made with: stations and peers, started here, bounded in time, and ended here; and the load."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

LIMIT_S = 30     # for anything that is waited for while starting
STATION = """
[limits]
connections = 12000
sessions = 12000
cases_open = 16384
jobs_per_device = 64
idem_entries = 100000
[supervision]
backoff_min_ms = 10
quarantine_failures = 1000
ping_ms_max = 60000
start_ms_max = 60000
enumerate_ms_max = 60000
[log]
level = "warning"
"""
DEVICES_OF_SHARED = 250
FUNCTIONS = {"capture": "mrz-reader", "frame": "camera", "card": "card-reader"}


class Missing(Exception):
    """A peer is not installed; the message names it and what to install."""


class Failed(Exception):
    """What was to be measured did not work; the message says what was seen."""


def need(program, package):
    found = shutil.which(program) or next(
        (path for path in (f"/usr/sbin/{program}", f"/usr/lib/{program}") if os.access(path, os.X_OK)), None)
    if not found:
        raise Missing(f"{program} is not installed: apt-get install {package}")
    return found


def wait_until(condition, what, limit_s=LIMIT_S):
    until = time.monotonic() + limit_s
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > until:
            raise Failed(f"{limit_s} s passed, still not: {what}")
        time.sleep(0.01)


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
        return True
    return False


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Desk:
    """Everything that one line starts; ended with it. Processes run where this one may run (taskset)."""

    def __init__(self, build):
        self.build = build
        self.load_program = str(build / "tests/rekam-bench-load")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rekam-bench-"))
        self._ends = contextlib.ExitStack()
        self._ends.callback(shutil.rmtree, self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ends.close()

    def start(self, *command, **popen):
        """A process of this line; its output goes to a file that is shown when it ends too early."""
        log = open(self.folder / f"log-{len(list(self.folder.iterdir()))}", "w+b")
        self._ends.callback(log.close)
        process = subprocess.Popen([str(word) for word in command], start_new_session=True,
                                   **{"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **popen})
        self._ends.callback(_end, process)
        process.log = log
        return process

    def alive(self, process):
        if process.poll() is None:
            return True
        process.log.seek(0)
        raise Failed(f"{process.args[0]} ended: {process.log.read()[-500:].decode(errors='replace')}")

    def load(self, *arguments, limit_s=240):
        """Runs rekam-bench-load to its end; its JSON."""
        command = [self.load_program, *(str(word) for word in arguments)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)
        except subprocess.TimeoutExpired:
            raise Failed(f"{arguments[0]} did not end within {limit_s} s") from None
        if done.returncode != 0:
            raise Failed(f"{arguments[0]}: {done.stderr.strip()[-500:] or f'ended with {done.returncode}'}")
        return json.loads(done.stdout)

    def peer(self, name, *arguments):
        """A peer that rekam-bench-load plays itself."""
        return self.start(self.load_program, name, *arguments)

    def relay(self, answer_bytes):
        """(endpoint, relay's pid, worker's pid) of a raw relay with two hops."""
        front, back = (f"ipc://{self.folder}/relay-{side}" for side in ("front", "back"))
        relay, worker = self.peer("relay", front, back), self.peer("worker", back, answer_bytes)
        wait_until(lambda: self.alive(relay) and (self.folder / "relay-front").exists(), "the relay listens")
        return front, relay.pid, worker.pid

    def enter(self, context):
        """What a context gives; it is left when the desk is, before what was started earlier."""
        return self._ends.enter_context(context)

    def chain(self, answer_bytes):
        """Endpoint of a station's processes with nothing in them."""
        endpoint = f"ipc://{self.folder}/chain"
        chain = self.peer("chain", endpoint, answer_bytes)
        wait_until(lambda: self.alive(chain) and (self.folder / "chain").exists(), "the chain listens")
        return endpoint

    def station(self, devices, functions=("capture",), shared=False, settings=STATION, environment=None):
        """A station whose slots are FUNCTION1 to FUNCTIONn for each function, ready."""
        import station as stations
        stations.BUILD = self.build
        each = DEVICES_OF_SHARED if shared else devices  # one plugin has no more
        plugins = [(f"-shared{number + 1}", f".shared{number + 1}") if shared else ("", "") for number in range(-(-devices // each))]
        text = "".join(f'[slot.{name}{number + 1}]\nfunction = "{FUNCTIONS[name]}"\n'
                       f'device = "id.rekam.bench{plugins[number // each][1]}/dev-{number % each + 1}"\n'
                       for name in functions for number in range(devices))
        running = stations.make(slots=text, cameras=None, sane=False, settings=settings)
        for number, (file, _) in enumerate(plugins):
            given = {"REKAM_BENCH_DEVICES": min(each, devices - number * each), **(environment or {})}
            running.write(f"plugins.d/bench{file}.toml", stations.plugin_text(str(self.build / f"tests/rekam-bench{file}.so"), given))
        self._ends.enter_context(stations.started(running))
        running.requests, running.events = (f"ipc://{running.runtime}/{name}" for name in ("requests", "events"))
        return running


def _end(process):
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ready(running, devices, limit_s=60):
    """Waits until every device of the station is ready; their hosts' pids."""
    with running.connect() as client:
        def pids():
            found = [device for device in client.devices() if device.state == "ready"]
            return len(found) >= devices and {device.pid for device in found}
        return running.wait(pids, f"{devices} devices are ready", limit_s)


def cpu_s(pid):
    """Time on the processor of all threads of a process, as the scheduler counts it."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def private_kb(pid):
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:")))
