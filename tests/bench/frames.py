# SPDX-License-Identifier: Apache-2.0
"""The lines of the goals table that are about pictures: previews, and captures by size."""

import desk
import figures
from figures import absent
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

