# SPDX-License-Identifier: Apache-2.0
"""The lines of the goals table that are about the control path: requests, hosts, clients, events, evidence.

Each takes a Plan (how long, how often) and gives [Result] and, for the plots, {name: [(x, y)]}."""

import dataclasses
import os
import pathlib
import select
import subprocess
import time

import desk
import figures
from figures import Result, absent, compare
from machine import Pinned

ANSWER_BYTES = 760  # of a capture without frames: what the raw relay's worker answers with


@dataclasses.dataclass(frozen=True)
class Plan:
    build: pathlib.Path
    rounds: int = 15
    calls: int = 200        # in a round of round trips
    seconds: float = 0.3    # of a round of throughput
    large: bool = True      # thousands of clients and devices, pictures of 104 MB

    def desk(self):
        return desk.Desk(self.build)


QUICK = {"rounds": 3, "calls": 20, "seconds": 0.05, "large": False}


def cpu(side, **processes):
    return [word for who, pid in processes.items() for word in ("--cpu", f"{side}.{who}={pid}")]


def gate_pid(station):
    return station.pid_of("rekam-gate")


def requests(plan):
    """1: a request's round trip, pinned to one core."""
    results = []
    with Pinned(), plan.desk() as here:
        endpoint, *_ = here.relay(ANSWER_BYTES)
        station = here.station(1)
        desk.ready(station, 1)
        sides = ["--side", f"raw=raw:{endpoint}", "--side", f"chain=raw:{here.chain(ANSWER_BYTES)}", "--side", f"capture=capture:{station.requests}#capture1",
                 "--side", f"health=health:{station.requests}#capture1", "--side", f"beat=beat:{station.requests}"]
        try:
            bus = dbus_echo(here)
            sides += ["--side", f"dbus=dbus:{bus}"]
        except desk.Missing as missing:
            results.append(absent("1", "method call through a dbus-daemon", str(missing)))
        got = here.load("latency", "--rounds", plan.rounds, "--calls", plan.calls, *sides)
    raw = got["raw"]["p50_us"]
    results[:0] = [
        compare("1", "capture without a frame: client, gate, broker, host and back", "µs", got["capture"]["p50_us"], raw,
                "raw ZeroMQ relay, two hops", "<= 0.95", "pinned; session, lease, case, schema and journal on"),
        compare("1", "the same, 99th percentile", "µs", got["capture"]["p99_us"], got["raw"]["p99_us"], "raw ZeroMQ relay, two hops"),
        compare("1", "the same way with nothing in it: gate, broker, host, thread and back", "µs", got["chain"]["p50_us"], raw,
                "raw ZeroMQ relay, two hops", note="the least that processes apart from each other cost on this machine"),
        compare("1", "capture, against that way", "µs", got["capture"]["p50_us"], got["chain"]["p50_us"], "the bare way"),
        compare("1", "health.check: to the host and back, no job", "µs", got["health"]["p50_us"], raw, "raw ZeroMQ relay, two hops"),
        compare("1", "lease.list: the broker answers by itself", "µs", got["beat"]["p50_us"], raw, "raw ZeroMQ relay, two hops")]
    if "dbus" in got:
        results.append(compare("1", "capture, against a method call on D-Bus", "µs", got["capture"]["p50_us"], got["dbus"]["p50_us"],
                               "dbus-daemon"))
    return results, {}


def dbus_echo(here):
    program = desk.need("dbus-daemon", "dbus-daemon")
    socket = here.folder / "bus"
    config = here.folder / "bus.conf"
    config.write_text(f"<busconfig><type>session</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>"
                      '<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>')
    daemon = here.start(program, f"--config-file={config}", "--nofork")
    desk.wait_until(lambda: here.alive(daemon) and socket.exists(), "the bus listens")
    echo = here.peer("dbus-echo", f"unix:path={socket}")
    time.sleep(0.3)  # until it has its name; a first call fails otherwise
    here.alive(echo)
    return f"unix:path={socket}"


def throughput(plan):
    """2: requests a second, ten clients with sixteen in flight, pinned and not."""
    results, curves = [], {}
    for pinned in (True, False):
        how = "pinned" if pinned else "not pinned"
        with Pinned(pinned), plan.desk() as here:
            got = _throughput(here, plan, plan.rounds, 10)
        raw, ours = got["raw"], got["capture"]
        results.append(compare("2", f"captures a second, 10 clients x 16, {how}", "/s", ours["per_s"], raw["per_s"],
                               "raw ZeroMQ relay, two hops", ">= 0.45"))
        for who, bound in (("broker", "<= 2"), ("gate", "<= 2"), ("host", "")):
            results.append(compare("2", f"processor time of the {who} for a request, {how}", "µs", ours[f"cpu_{who}_us"],
                                   raw["cpu_relay_us"], "the raw relay", bound))
    if plan.large:
        for clients in (1, 2, 5, 10, 20, 50):
            with plan.desk() as here:
                got = _throughput(here, plan, 3, clients)
            for side in ("raw", "capture"):
                curves.setdefault(side, []).append((clients, figures.median(got[side]["per_s"])))
    return results, {"clients": curves}


def _throughput(here, plan, rounds, clients):
    endpoint, relay, _ = here.relay(ANSWER_BYTES)
    station = here.station(clients)
    hosts = desk.ready(station, clients)
    return here.load("throughput", "--rounds", rounds, "--clients", clients, "--seconds", plan.seconds,
                     "--side", f"raw=raw:{endpoint}", "--side", f"capture=capture:{station.requests}#capture",
                     *cpu("raw", relay=relay), *cpu("capture", broker=station.process.pid, gate=gate_pid(station),
                                                    host=",".join(map(str, hosts))))


def hosts(plan):
    """6 and 7: how fast hosts start and come back, and what a hundred of them cost."""
    count = 100 if plan.large else 10
    tests = plan.build / "tests"
    with plan.desk() as here:
        got = here.load("hosts", "--host", plan.build / "bin/rekam-host", "--bare", tests / "rekam-bench-bare", "--plugin",
                        tests / "rekam-bench.so", "--rounds", plan.rounds, "--count", count)
        station = here.station(plan.rounds)
        desk.ready(station, plan.rounds)
        back = here.load("restart", "--requests", station.requests, "--events", station.events, "--devices", plan.rounds)
    floor = got["spawn"]["ms"]
    bare, host = got["bare"], got["host"]
    replaced = compare("6", "kill of a host until its device is ready again", "ms", back["host"]["replaced_ms"], floor,
                       "posix_spawn and wait", "<= 8", "seen by a subscriber of a whole station; once for each device")
    return [
        compare("6", "host: start until ready", "ms", host["ready_ms"], floor, "posix_spawn and wait", "<= 5"), replaced,
        compare("7", f"private memory of a host, {count} of them", "KB", host["private_kb"], bare["private_kb"],
                "a bare process with the plugin", "<= 1.5"),
        compare("7", f"ping of {count} hosts", "µs", host["ping_us"], bare["ping_us"], "echo of the same bytes", "<= 1.5"),
        Result("7", f"{count} hosts started together until all are ready", "ms", figures.median(host["all_ready_ms"]), rounds=1),
    ], {}


class Beating:
    """Clients that ask every so many seconds, in as many processes as their descriptors need."""

    def __init__(self, here, target, count, every_s):
        each = 2_500
        self.processes = []
        for first in range(0, count, each):
            process = here.start(here.load_program, "beats", target, min(each, count - first), every_s, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
            if not select.select([process.stdout], [], [], 120)[0] or process.stdout.readline() != b"ready\n":
                here.alive(process)
                raise desk.Failed(f"{count} clients were not ready within 120 s")
            self.processes.append(process)
        for process in self.processes:
            process.stdin.write(b"g")
            process.stdin.flush()

    def check(self, here):
        for process in self.processes:
            here.alive(process)


def every_s(count):
    """How often each of so many clients asks: 10,000 that ask once a second are more than the load on two cores can play."""
    return 1 if count < 10_000 else 10


def clients(plan):
    """8: clients that only live, against as many of a raw echo."""
    results = []
    for count in (1_000, 10_000) if plan.large else (50,):
        with plan.desk() as here:
            results += _clients(here, count, plan.rounds if count < 10_000 else 5)
    return results, {}


def _clients(here, count, rounds):
    endpoint = f"ipc://{here.folder}/echo"
    echo = here.peer("echo", endpoint, 120)
    desk.wait_until((here.folder / "echo").exists, "the echo listens")
    station = here.station(1)
    beating = [Beating(here, f"raw:{endpoint}", count, every_s(count)),
               Beating(here, f"beat:{station.requests}", count, every_s(count))]
    watched = {"raw": [echo.pid], "gate": [gate_pid(station)], "broker": [station.process.pid]}
    shares = {who: [] for who in watched}
    for _ in range(rounds):
        before = {who: sum(map(desk.cpu_s, pids)) for who, pids in watched.items()}
        begun = time.monotonic()
        time.sleep(1)
        for who, pids in watched.items():
            shares[who].append(100 * (sum(map(desk.cpu_s, pids)) - before[who]) / (time.monotonic() - begun))
    for each in beating:
        each.check(here)
    ours = [gate + broker for gate, broker in zip(shares["gate"], shares["broker"])]
    memory = desk.private_kb(watched["gate"][0]) + desk.private_kb(station.process.pid)
    goal = "<= 1.5" if count < 10_000 else ""
    return [compare("8", f"{count} clients that ask every {every_s(count)} s: gate and broker", "% of a core", ours, shares["raw"],
                    "raw ROUTER echo", goal),
            compare("8", "of that the gate", "% of a core", shares["gate"], shares["raw"], "raw ROUTER echo"),
            Result("8", f"memory of gate and broker with {count} clients", "MB", memory / 1024, peer=desk.private_kb(echo.pid) / 1024,
                   peer_name="raw ROUTER echo", note="all clients are answered" if count >= 10_000 else "")]


def events(plan):
    """9: what reaches subscribers a second."""
    results = []
    for subscribers in (10, 100):
        with plan.desk() as here:
            got = here.load("events", "--gate", plan.build / "bin/rekam-gate", "--rounds", plan.rounds, "--seconds",
                            plan.seconds, "--subscribers", subscribers)
        results.append(compare("9", f"deliveries a second to {subscribers} subscribers", "/s", got["rekam"]["per_s"],
                               got["raw"]["per_s"], "raw PUB", ">= 0.7", "a scripted broker publishes through the real gate"))
    return results, {}


def evidence(plan):
    """10: an evidence frame's whole way."""
    sizes = (1, 8, 32, 104) if plan.large else (1, 8)
    with Pinned(False), plan.desk() as here:
        got = here.load("evidence", "--rounds", plan.rounds if plan.large else 2, "--mb", *sizes)
    results, curves = [], {}
    for size in sizes:
        each = got[str(size)]
        results.append(compare("10", f"evidence, {size} MB: write, hash, seal, hand over, check", "ms", each["evidence"],
                               each["unavoidable"], "copy into fresh pages + SHA-256", "<= 1.2" if size == 32 else "",
                               f"receiver's own hash {figures.median(each['receivers_hash']):.2f} ms, BLAKE2b instead of SHA-256 "
                               f"{figures.median(each['blake2b']):.2f} against {figures.median(each['sha256']):.2f} ms"))
        for name in ("evidence", "unavoidable", "memcpy_warm", "memcpy_fresh", "sha256", "blake2b"):
            curves.setdefault(name, []).append((size, figures.median(each[name])))
    return results, {"evidence": curves}


def card(plan):
    """11: an exchange with a card."""
    what = "card.transmit: client, gate, broker, host and back"
    try:
        with Pinned(), plan.desk() as here:
            pcscd(here)
            station = here.station(1, functions=("card",))
            desk.ready(station, 1)
            got = here.load("latency", "--rounds", plan.rounds, "--calls", plan.calls, "--side", "pcsc=pcsc:", "--side",
                            f"card=card:{station.requests}#card1")
    except desk.Missing as missing:
        return [absent("11", what, str(missing), "<= 1.7")], {}
    return [compare("11", what, "µs", got["card"]["p50_us"], got["pcsc"]["p50_us"], "SCardTransmit through pcscd", "<= 1.7",
                    "pinned; the card behind the virtual reader answers at once")], {}


def pcscd(here):
    """pcscd with its virtual reader and a card in it. pcscd has one fixed place for its socket, so nobody else's may run."""
    program = desk.need("pcscd", "pcscd")
    if not pathlib.Path("/etc/reader.conf.d/vpcd").exists():
        raise desk.Missing("the virtual reader is not installed: apt-get install vsmartcard-vpcd")
    if pathlib.Path("/run/pcscd/pcscd.comm").exists() and desk.listens(35963):
        raise desk.Missing("a pcscd runs already: stop it to compare with one")
    if os.geteuid() != 0:
        raise desk.Missing("pcscd has to be started by root")
    for stale in ("pcscd.comm", "pcscd.pid"):
        (pathlib.Path("/run/pcscd") / stale).unlink(missing_ok=True)
    readers = here.folder / "readers"
    readers.mkdir()
    (readers / "vpcd").write_text(pathlib.Path("/etc/reader.conf.d/vpcd").read_text())
    daemon = here.start(program, "-f", "-c", readers)
    desk.wait_until(lambda: here.alive(daemon) and desk.listens(35963), "the virtual reader listens")
    virtual = here.peer("virtual-card", 35963)
    time.sleep(2)  # pcscd looks for cards once in a while
    here.alive(virtual)
