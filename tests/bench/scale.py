# SPDX-License-Identifier: Apache-2.0
"""A thousand devices and ten thousand clients on one broker: is the price of a device flat, and the start linear?"""

import time

import desk
import figures
import lines
from figures import Result

WATCH_S = 3


def scale(plan):
    counts = (30, 100, 300, 1_000) if plan.large else (3, 10)
    results, start, pages = [], [], []
    for count in counts:
        with plan.desk() as here:
            begun = time.monotonic()
            station = here.station(count, shared=True)
            desk.ready(station, count, 120)
            took = time.monotonic() - begun
            start.append((count, took))
            per_device = took * 1e3 / count
            results.append(Result("-", f"{count} devices, 250 to a process: start until all are ready", "s", took, rounds=1,
                                  note=f"{per_device:.2f} ms a device"))
            results += _at_rest(station, count)
            pages.append((count, _page_ms(station)))
            if count == counts[-1]:
                results += _busy(here, station, plan, count)
    first, last = pages[0], pages[-1]
    results.append(Result("-", f"one page of device.list with {last[0]} devices", "ms", last[1], first[1],
                          f"with {first[0]}", last[1] / first[1], rounds=1, note="a page has at most 100 entries"))
    return results, {"start": {"rekam": start}}


def _at_rest(station, count):
    pid = station.process.pid
    before = desk.cpu_s(pid)
    time.sleep(WATCH_S)
    share = 100 * (desk.cpu_s(pid) - before) / WATCH_S
    memory = desk.private_kb(pid)
    return [Result("-", f"broker at rest with {count} devices", "% of a core", share, rounds=1,
                   note=f"{share * 1e4 / count:.1f} µs a second for a device"),
            Result("-", f"memory of the broker with {count} devices", "MB", memory / 1024, rounds=1,
                   note=f"{memory / count:.1f} KB a device")]


def _page_ms(station):
    with station.connect() as client:
        def once():
            begun = time.monotonic()
            client.call("device.list", {"limit": 100})
            return (time.monotonic() - begun) * 1e3
        return figures.median([once() for _ in range(20)])


def _busy(here, station, plan, count):
    """The same station under load, with many clients beside that only live."""
    crowd = 10_000 if plan.large else 20
    pid = station.process.pid

    def latency(slot):  # each run has a lease of its own
        return here.load("latency", "--rounds", plan.rounds, "--calls", plan.calls, "--side",
                         f"capture=capture:{station.requests}#capture{slot}")["capture"]["p50_us"]

    alone = latency(1)
    beating = lines.Beating(here, f"beat:{station.requests}", crowd, lines.every_s(crowd))
    before, begun = desk.cpu_s(pid), time.monotonic()
    time.sleep(WATCH_S)
    share = 100 * (desk.cpu_s(pid) - before) / (time.monotonic() - begun)
    among = latency(2)
    beating.check(here)
    return [figures.compare("-", f"a capture with {count} devices and {crowd} clients that ask every {lines.every_s(crowd)} s", "µs", among, alone,
                            "without these clients"),
            Result("-", f"broker with {count} devices and {crowd} such clients", "% of a core", share, rounds=1)]
