# SPDX-License-Identifier: Apache-2.0
"""The machine that figures come from, and whether it is quiet enough to believe them."""

import os
import pathlib
import platform
import time

QUIET_SHARE = 0.10  # of one core that others may use while nothing is measured


def _busy_s():
    fields = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    idle = fields[3] + fields[4]
    return (sum(fields[:8]) - idle) / os.sysconf("SC_CLK_TCK"), fields[7] / os.sysconf("SC_CLK_TCK")


def others_share(for_s=1.0):
    """How many cores the other processes of this machine, or its neighbours (steal), use right now."""
    before, _ = _busy_s()
    begun = time.monotonic()
    time.sleep(for_s)
    return (_busy_s()[0] - before) / (time.monotonic() - begun)


def describe():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), platform.machine())
    flags = next((line for line in info.splitlines() if line.startswith("flags")), "")
    busy = others_share()
    return {"cpu": model, "cores": len(os.sched_getaffinity(0)), "sha_ni": " sha_ni" in flags, "kernel": platform.release(),
            "load": [round(value, 2) for value in os.getloadavg()], "busy_cores": round(busy, 2), "quiet": busy <= QUIET_SHARE,
            "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())}


def pin():
    """This process and what it starts from now on: one core, the last, which gets the fewest interrupts."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


class Pinned:
    def __init__(self, wanted=True):
        self.wanted = wanted

    def __enter__(self):
        self.before = os.sched_getaffinity(0)
        if self.wanted:
            pin()

    def __exit__(self, *_):
        os.sched_setaffinity(0, self.before)
