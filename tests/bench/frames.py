# SPDX-License-Identifier: Apache-2.0
"""The lines of the goals table that are about pictures: previews, one large picture against other stacks, captures by size."""

import contextlib
import os
import queue
import threading
import time

import desk
import figures
import machine
from figures import Result, absent, compare, faster
from machine import Pinned

import rekam

ROW_BYTES = 4_096


MIB_ROWS = (1 << 20) // ROW_BYTES


@contextlib.contextmanager
def live(client, lease, rows, viewers, slot="frame1", rate_hz=30):
    """A preview of raw pixels, as fast as it may be; its tickets and where to show them."""
    said = queue.SimpleQueue()

    def run():
        try:
            client.call("preview.start", {"slot": slot, "formats": ["image/x-rekam-raw"], "rate_hz": rate_hz, "height_px": rows,
                                          "tickets": viewers}, lease=lease.id, timeout_ms=600_000,
                        on_progress=lambda word: said.put(word) if word.tickets else None)
        except rekam.Error as error:
            said.put(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    first = said.get(timeout=30)
    if isinstance(first, rekam.Error):
        raise desk.Failed(f"preview.start: {first}")
    try:
        yield first
    finally:
        client.call("preview.stop", {"preview": first.preview})
        thread.join(10)


def watched(here, station, client, lease, plan, megabytes, viewers):
    """Rounds of {preview, memcpy} in ms; the broker's processor time for a picture in ms."""
    pictures, rounds = 6, plan.rounds
    with live(client, lease, megabytes * MIB_ROWS, viewers) as word:
        time.sleep(0.2)
        before, begun = desk.cpu_s(station.process.pid), time.monotonic()
        got = here.load("preview", "--socket", word.socket, "--bytes", megabytes << 20, "--rounds", rounds, "--pictures", pictures,
                        *(part for ticket in word.tickets for part in ("--ticket", ticket)))
        busy, took = desk.cpu_s(station.process.pid) - before, time.monotonic() - begun
    before = desk.cpu_s(station.process.pid)
    time.sleep(1)
    idle = desk.cpu_s(station.process.pid) - before
    return got, max(0.0, busy - idle * took) * 1e3 / (rounds * pictures)


def preview(plan):
    """3 and 4: preview frames through the pool, at local viewers, and what the broker has to do with each."""
    results, costs, large = [], {}, 32 if plan.large else 2
    for in_place in (False, True):
        with Pinned(False), plan.desk() as here:
            station = here.station(1, functions=("frame",), environment={"REKAM_BENCH_IN_PLACE": int(in_place)})
            desk.ready(station, 1)
            with station.connect() as client, client.case("test") as case, case.lease("frame1", ttl_ms=600_000) as lease:
                for viewers in (1, 4) if not in_place else (1,):
                    got, costs[large] = watched(here, station, client, lease, plan, large, viewers)
                    what = "written by the driver in place" if in_place else "to one viewer" if viewers == 1 else "to four viewers"
                    goal = "<= 0.2" if in_place else "<= 1.3" if viewers == 1 else "<= 1.5"
                    results.append(compare("3", f"{large} MB preview frame {what}", "ms", got["preview"]["ms"], got["memcpy"]["ms"],
                                           "memcpy of as many bytes", goal if plan.large else ""))
                if not in_place:
                    _, costs[1] = watched(here, station, client, lease, plan, 1, 1)
    for size in (1, large):
        results.append(Result("4", f"broker's processor time for a {size} MB frame", "ms", costs[size], peer=0.1,
                              peer_name="a tenth of a millisecond", ratio=costs[size] / 0.1, rounds=1, goal="<= 1" if plan.large else "",
                              note="as many seconds without a preview are taken off"))
    results.append(Result("4", f"the same, {large} MB against 1 MB", "ms", costs[large], peer=costs[1], peer_name="1 MB",
                          ratio=costs[large] / max(costs[1], 1e-6), rounds=1, goal="<= 3" if plan.large else ""))
    return results, {}


LARGE = 6_500 * ROW_BYTES   # 26 MB
HTTP = 2_500 * ROW_BYTES    # 10 MB, as biometric services send
ATTACH = desk.STATION.replace("[limits]", "[limits]\nattach_bytes = 67108864")


def frame(plan):
    """5: one large picture, delivered to a program and decoded, by us and by other device stacks."""
    program = plan.build / "tests/rekam-bench-frames"
    if not program.exists():
        return [absent("5", "26 MB picture", "rekam-bench-frames is not built: ./dev bench builds it")], {}
    results, sides, ratios = [], [], {}
    machine.own_network()  # before the first peer: all of them meet there
    with Pinned(False), plan.desk() as here:
        here.load_program = str(program)
        station = here.station(3, functions=("frame",), settings=ATTACH)
        desk.ready(station, 3)
        in_place = here.station(2, functions=("frame",), environment={"REKAM_BENCH_IN_PLACE": 1})
        desk.ready(in_place, 2)
        shown = {**here.enter(previews(station, {"copied": ("frame3", LARGE)})),
                 **here.enter(previews(in_place, {"there": ("frame1", LARGE), "there10": ("frame2", HTTP)}))}
        sides += [part for name, target in shown.items() for part in ("--side", f"{name}={target}")]
        sides += ["--side", f"rekam=ticket:{station.requests}#frame1#{LARGE // ROW_BYTES}",
                  "--side", f"rekam10=frame:{station.requests}#frame2#{HTTP // ROW_BYTES}"]
        for name, start in STACKS.items():
            try:
                target, against, preview, what, goal = start(here)
            except desk.Missing as missing:
                results.append(absent("5", f"26 MB picture, against {name}", str(missing)))
                continue
            sides += ["--side", f"{name}={target}"]
            ratios[name] = (against, preview, what, goal)
        os.environ["SANE_CONFIG_DIR"] = str(here.folder / "sane.d")
        got = here.load("latency", "--rounds", max(3, plan.rounds // 3), "--calls", 2, *sides)
    ms = {name: [value / 1e3 for value in got[name]["p50_us"]] for name in got}
    for name, (against, preview, what, goal) in ratios.items():
        size = "26 MB" if against == "rekam" else "10 MB"
        results.append(faster("5", f"{size} picture of a preview to its viewer", "ms", ms[preview], ms[name], what, goal,
                              ("the driver copies it" if preview == "copied" else "the driver has it there already") +
                              ", as the peer's does; like the peer's it is not hashed and not kept"))
        results.append(faster("5", f"{size} picture as evidence to its client", "ms", ms[against], ms[name], what, "",
                              "captured, stored, hashed, sealed; handed over " + ("by ticket" if against == "rekam" else "through ZeroMQ")))
    return results, {}


@contextlib.contextmanager
def previews(station, wanted):
    """{name: target} of previews that go on meanwhile, few pictures a second so that they disturb nobody."""
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(station.connect())
        lease = stack.enter_context(stack.enter_context(client.case("test")).lease([slot for slot, _ in wanted.values()], ttl_ms=600_000))
        targets = {}
        for name, (slot, size) in wanted.items():
            word = stack.enter_context(live(client, lease, size // ROW_BYTES, 1, slot=slot, rate_hz=5))
            targets[name] = f"preview:{word.socket}#{word.tickets[0]}@{size}"
        yield targets


def _sane(here):
    folder = here.folder / "sane.d"
    folder.mkdir(exist_ok=True)
    (folder / "dll.conf").write_text("test\nnet\n")
    (folder / "test.conf").write_text("number_of_devices 1\nmode Color\n")
    return folder


def sane_direct(here):
    _sane(here)
    return f"sane:test:0@{LARGE}", "rekam", "copied", "SANE's test back end in process", ">= 2.5"


def sane_net(here):
    program = desk.need("saned", "sane-utils")
    folder = _sane(here)
    (folder / "net.conf").write_text("127.0.0.1\n")
    server = here.folder / "saned.d"
    server.mkdir()
    (server / "dll.conf").write_text("test\n")
    (server / "test.conf").write_text((folder / "test.conf").read_text())
    (server / "saned.conf").write_text("127.0.0.1\nlocalhost\n")
    # 6566 is the port that the net back end asks.
    if desk.listens(6566):
        raise desk.Missing("a saned runs already: stop it to compare with one")
    daemon = here.start(program, "-l", "-b", "127.0.0.1", "-p", "6566", "-e", env={**os.environ, "SANE_CONFIG_DIR": str(server)})
    desk.wait_until(lambda: here.alive(daemon) and desk.listens(6566), "saned listens")
    return f"sane:net:127.0.0.1:test:0@{LARGE}", "rekam", "copied", "SANE over saned", ">= 10"


def http_json(here):
    port = desk.free_port()
    server = here.peer("http-server", port, HTTP)
    desk.wait_until(lambda: here.alive(server) and desk.listens(port), "the HTTP server listens")
    return f"http:{port}@{HTTP}", "rekam10", "there10", "HTTP, JSON and base64, 10 MB", ">= 100"


def indi(here):
    server = desk.need("indiserver", "indi-bin")
    driver = here.build / "tests/rekam-bench-indi"
    if not driver.exists():
        raise desk.Missing("rekam-bench-indi is not built: ./dev bench builds it")
    if not machine.own_network():
        raise desk.Missing("it listens on every interface: run ./dev bench as root, then it gets a network of its own")
    socket, port = here.folder / "indi.sock", desk.free_port()  # an abstract socket: no file shows that it is there
    # -m: a picture that a client has not taken yet may be so many MB behind.
    daemon = here.start(server, "-m", "512", "-p", port, "-u", socket, driver,
                        env={**os.environ, "HOME": str(here.folder), "REKAM_BENCH_BYTES": str(LARGE)})
    desk.wait_until(lambda: here.alive(daemon) and desk.listens(port), "indiserver listens")
    return f"indi:{socket}@{LARGE}", "rekam", "there", "indiserver over its Unix socket, picture as descriptor", ">= 10"


STACKS = {"indi": indi, "sane": sane_direct, "saned": sane_net, "http": http_json}


def sizes(plan):
    """For the plots: a capture with its picture in the answer, against the same bytes through a raw relay."""
    rows = (1, 16, 64, 256, 1_024, 2_048) if plan.large else (1, 16)
    took, speed = {"rekam": [], "raw relay": []}, {"rekam": [], "raw relay": []}
    for each in rows:
        size = each * ROW_BYTES
        with Pinned(False), plan.desk() as here:
            endpoint, *_ = here.relay(size)
            station = here.station(1, functions=("frame",))
            desk.ready(station, 1)
            got = here.load("latency", "--rounds", min(plan.rounds, 5), "--calls", 10, "--side", f"raw=raw:{endpoint}", "--side",
                            f"rekam=frame:{station.requests}#frame1#{each}")
        for name, side in (("rekam", "rekam"), ("raw relay", "raw")):
            ms = figures.median(got[side]["p50_us"]) / 1e3
            took[name].append((size, ms))
            speed[name].append((size, size / ms / 1e3))
    return [], {"sizes": took, "bandwidth": speed}

