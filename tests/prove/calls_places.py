# SPDX-License-Identifier: Apache-2.0
"""Every place of our code that makes a system call, and what may go wrong there; found by a run that only writes them down."""
import errno
import re
import subprocess

from calls_station import PROGRAMS  # it sets the path of what comes next
import station as stations

# What the kernel may answer there; a call that is not named here fails with EIO.
ERRORS = {
    "read": ("EIO",), "pread": ("EIO",), "write": ("ENOSPC", "EIO"), "pwrite": ("ENOSPC", "EIO"), "sendmsg": ("ENOBUFS", "EPIPE"),
    "recvmsg": ("ENOMEM", "ECONNRESET"), "send": ("ENOBUFS",), "recv": ("ECONNRESET",), "open": ("EMFILE", "EACCES"),
    "mmap": ("ENOMEM",), "memfd_create": ("EMFILE", "ENOMEM"), "fcntl": ("EMFILE",), "ftruncate": ("ENOSPC", "EIO"), "stat": ("EACCES",),
    "fstat": ("EIO",), "fsync": ("EIO",), "fdatasync": ("EIO",), "rename": ("ENOSPC",), "unlink": ("EACCES",), "mkdir": ("ENOSPC",),
    "chmod": ("EPERM",), "flock": ("ENOLCK",), "socket": ("EMFILE",), "socketpair": ("EMFILE",), "bind": ("EADDRINUSE",),
    "listen": ("EADDRINUSE",), "accept4": ("EMFILE",), "setsockopt": ("ENOMEM",), "getsockopt": ("ENOMEM",), "pipe2": ("EMFILE",),
    "dup": ("EMFILE",), "epoll_create": ("EMFILE",), "epoll_ctl": ("ENOSPC",), "epoll_wait": ("EINTR",),
    "poll": ("EINTR",), "timerfd_create": ("EMFILE",), "timerfd_settime": ("ECANCELED",), "inotify_init": ("EMFILE",),
    "inotify_add_watch": ("ENOSPC",), "fork": ("EAGAIN",), "execve": ("ENOMEM",), "waitid": ("EINTR",), "waitpid": ("EINTR",),
    "kill": ("EPERM",), "setrlimit": ("EPERM",), "getrlimit": ("EPERM",), "getrandom": ("EINTR",), "access": ("EACCES",),
    "opendir": ("EMFILE",), "readdir": ("EIO",), "pidfd_open": ("EMFILE",), "pidfd_send_signal": ("EPERM",), "close_range": ("EMFILE",),
    "pthread_create": ("EAGAIN",),
}
USUAL = {}  # what a life without faults has open


def library():
    return stations.BUILD / "tests/librekam-fail-calls.so"


def seen(bench, program):
    """(call, place, nth, return addresses) of one program, in the order in which they were reached."""
    log = bench.station.place / f"calls.{program}"
    bench.load(program, {"LD_PRELOAD": library(), "REKAM_CALLS_LOG": log})
    life(bench)
    found = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        call, place, nth, *frames = line.split()
        found.setdefault((call, place, nth), frames)
    return [(*key, frames) for key, frames in found.items()]


def life(bench):
    """A start, work, a look whether all is well, and the end, without any fault."""
    bench.start_well()
    bench.work()
    if not bench.heal():
        raise AssertionError(f"a life without faults ended: {bench.tail()}")
    bench.check_cards()
    USUAL.update(bench.held())
    bench.stop()


def prepare(bench, arguments):
    bench.furnish()
    cases = []
    for program in PROGRAMS:
        if arguments.program in (None, program):
            for call, place, nth, frames in seen(bench, program):
                cases += [Case(program, call, place, nth, error, frames) for error in ERRORS.get(call, ("EIO",))]
    bench.load()
    life(bench)
    return [case for case in cases if re.search(arguments.only, str(case))]


def end(_bench):
    """The cases have ended what they began."""


class Case:
    """One call fails once, in a life of its own, whose store is that of all lives before."""

    def __init__(self, program, call, place, nth, error, frames):
        self.program, self.call, self.place, self.nth, self.error = program, call, place, nth, error
        self.frames = frames
        self.struck, self.ended = False, ""  # ended: the last words of a rekamd that did

    def __str__(self):
        return f"{self.program} {self.call} {self.place} {self.nth} {self.error}"

    def where(self):
        """The functions that make the call, innermost first, for whoever looks into it."""
        lines = []
        for frame in self.frames:
            path, offset = frame.rsplit("+", 1)
            if path == "/proc/self/exe":
                path = stations.BUILD / "bin" / ("rekamd" if self.program == "rekamd" else f"rekam-{self.program}")
            done = subprocess.run(["addr2line", "-f", "-C", "-s", "-e", path, offset], capture_output=True, text=True, timeout=60, check=False)
            lines.append(" at ".join(done.stdout.split("\n")[:2]))
        return "\n".join(f"    {line}" for line in lines)

    def run(self, bench):
        token = bench.station.place / "token"
        token.write_text("", encoding="utf-8")
        bench.load(self.program, {"LD_PRELOAD": library(), "REKAM_CALLS_TOKEN": token,
                                  "REKAM_CALLS_FAIL": f"{self.call} {self.place} {self.nth} {getattr(errno, self.error)}"})
        try:
            bench.start()
            well = bool(bench.answers())
            if well:
                bench.work()
                well = bench.heal()
        finally:
            self.struck = not token.exists()
            token.unlink(missing_ok=True)
            bench.load()
        if not well:
            self.ended = bench.last_words()
            bench.stop()
            bench.start_well()
            bench.heal()
        bench.check_cards()
        bench.check_journal()
        bench.check_leaks(USUAL)
        bench.stop()
