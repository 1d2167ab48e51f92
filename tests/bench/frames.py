# SPDX-License-Identifier: Apache-2.0
"""The lines of the goals table that are about pictures: previews, one large picture against other stacks, captures by size."""

import os

import desk
import figures
import machine
from figures import absent, faster
from machine import Pinned

ROW_BYTES = 4_096


def preview(plan):
    """3 and 4: preview frames; asked of the station itself, which says what it can do."""
    goals = (("3", "32 MB preview frame to one consumer", "<= 1.3"), ("3", "to four consumers", "<= 1.5"),
             ("3", "written by the driver in place", "<= 0.2"), ("4", "broker's processor time for a frame", ""))
    with plan.desk() as here:
        station = here.station(1)
        with station.connect() as client:
            offered = "preview.start" in client.welcome.rights
    note = ("the station offers preview.start, and this bench does not measure it" if offered
            else "not built yet: the station's hello does not offer preview.start")
    return [absent(line, what, note, goal) for line, what, goal in goals], {}


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
        station = here.station(2, functions=("frame",), settings=ATTACH)
        desk.ready(station, 2)
        sides += ["--side", f"rekam=frame:{station.requests}#frame1#{LARGE // ROW_BYTES}",
                  "--side", f"rekam10=frame:{station.requests}#frame2#{HTTP // ROW_BYTES}"]
        for name, start in STACKS.items():
            try:
                target, against, what, goal = start(here)
            except desk.Missing as missing:
                results.append(absent("5", f"26 MB picture, against {name}", str(missing)))
                continue
            sides += ["--side", f"{name}={target}"]
            ratios[name] = (against, what, goal)
        os.environ["SANE_CONFIG_DIR"] = str(here.folder / "sane.d")
        got = here.load("latency", "--rounds", max(3, plan.rounds // 3), "--calls", 2, *sides)
    for name, (against, what, goal) in ratios.items():
        results.append(faster("5", "26 MB picture to its client" if against == "rekam" else "10 MB picture to its client", "ms",
                              [value / 1e3 for value in got[against]["p50_us"]], [value / 1e3 for value in got[name]["p50_us"]], what,
                              goal, "ours is a capture of evidence: stored, hashed, sealed, sent over ZeroMQ"))
    return results, {}


def _sane(here):
    folder = here.folder / "sane.d"
    folder.mkdir(exist_ok=True)
    (folder / "dll.conf").write_text("test\nnet\n")
    (folder / "test.conf").write_text("number_of_devices 1\nmode Color\n")
    return folder


def sane_direct(here):
    _sane(here)
    return f"sane:test:0@{LARGE}", "rekam", "SANE's test back end in process", ">= 2.5"


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
    return f"sane:net:127.0.0.1:test:0@{LARGE}", "rekam", "SANE over saned", ">= 10"


def http_json(here):
    port = desk.free_port()
    server = here.peer("http-server", port, HTTP)
    desk.wait_until(lambda: here.alive(server) and desk.listens(port), "the HTTP server listens")
    return f"http:{port}@{HTTP}", "rekam10", "HTTP, JSON and base64, 10 MB", ">= 100"


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
    return f"indi:{socket}@{LARGE}", "rekam", "indiserver over its Unix socket, picture as descriptor", ">= 10"


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

