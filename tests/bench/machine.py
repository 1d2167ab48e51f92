# SPDX-License-Identifier: Apache-2.0
"""The machine that figures come from, and whether it is quiet enough to believe them."""

import ctypes
import fcntl
import os
import pathlib
import platform
import socket
import struct
import time

CLONE_NEWNET, SIOCSIFFLAGS, IFF_UP = 0x40000000, 0x8914, 1  # linux/sched.h, linux/sockios.h, linux/if.h
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


_networks = []  # whether this process has one of its own, once it is known


def own_network():
    """Whether this process, and what it starts from now on, has a network with nothing but loopback: for peers that
    listen on every interface. Needs root."""
    if not _networks:
        _networks.append(ctypes.CDLL(None).unshare(CLONE_NEWNET) == 0)
        if _networks[0]:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as some:  # loopback up
                fcntl.ioctl(some, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    return _networks[0]


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
