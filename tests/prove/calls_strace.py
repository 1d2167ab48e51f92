# SPDX-License-Identifier: Apache-2.0
"""Calls that strace lets fail: those of the libraries and of the C library itself, too. One station works on through many
cases; strace joins one of its programs for a visit, and lets the so-manieth call of one kind fail."""
import collections
import pathlib
import re
import shutil
import signal
import subprocess

import calls_places
from calls_station import PROGRAMS

# What the kernel may answer. Not close: a call that strace lets fail is not made, and the descriptor would stay open.
ERRORS = {
    "read": ("EIO", "EINTR", "EAGAIN"), "write": ("ENOSPC", "EIO", "EINTR"), "pread64": ("EIO",),
    "pwrite64": ("ENOSPC", "EIO", "EDQUOT"), "sendmsg": ("ENOBUFS", "EPIPE", "ETOOMANYREFS"),
    "recvmsg": ("ENOMEM", "ECONNRESET", "EINTR"), "sendto": ("ENOBUFS", "ECONNRESET", "EPIPE"), "recvfrom": ("ECONNRESET", "ENOMEM", "EINTR"),
    "openat": ("EMFILE", "ENFILE", "EACCES", "ENOMEM"), "mmap": ("ENOMEM",), "memfd_create": ("EMFILE", "ENOMEM"), "fcntl": ("EMFILE",),
    "ftruncate": ("ENOSPC",), "newfstatat": ("EACCES", "ENOMEM"), "fstat": ("EIO",), "fsync": ("EIO",), "fdatasync": ("EIO", "ENOSPC"),
    "rename": ("ENOSPC",), "unlink": ("EACCES",), "epoll_ctl": ("ENOSPC", "ENOMEM"), "epoll_wait": ("EINTR",), "poll": ("EINTR", "ENOMEM"),
    "pidfd_open": ("EMFILE",), "pidfd_send_signal": ("EPERM",), "clone": ("EAGAIN",), "clone3": ("EAGAIN",), "pipe2": ("EMFILE",),
    "socketpair": ("EMFILE",), "dup": ("EMFILE",), "accept4": ("EMFILE", "ECONNABORTED"), "socket": ("EMFILE",), "waitid": ("EINTR",),
    "getrandom": ("EINTR",), "getdents64": ("EIO",), "lseek": ("EIO",), "mprotect": ("ENOMEM",), "timerfd_settime": ("ECANCELED",),
    "prlimit64": ("EPERM",), "kill": ("EPERM",), "eventfd2": ("EMFILE",), "readlink": ("EACCES",), "access": ("EACCES",),
}
WHEN_MAX = 80  # the so-manieth call of a kind, at most
LIMIT_S = 30


def prepare(bench, arguments):
    if not shutil.which("strace"):
        raise AssertionError("strace is not there: apt-get install strace")
    bench.furnish()
    calls_places.life(bench)
    cases = []
    for program in [arguments.program] if arguments.program else PROGRAMS:
        for call, often in counted(bench, program).items():
            cases += [Case(program, call, error, when) for error in ERRORS[call] for when in range(1, min(often, WHEN_MAX) + 1)]
    return [case for case in cases if re.search(arguments.only, str(case))]


def counted(bench, program):
    """{call: how often one thread of the program makes it while the station works}"""
    if bench.client is None:
        bench.start_well()
    bench.heal()
    trace = bench.station.place / "trace"
    joined = [join(pid, ["-e", f"trace={','.join(ERRORS)}"], trace) for pid in processes(bench, program)]
    try:
        bench.work()
    finally:
        for strace in joined:
            leave(strace)
    often = collections.Counter(tuple(line.split("(")[0].split()) for path in bench.station.place.glob("trace*")
                                for line in path.read_text(errors="replace").splitlines() if "(" in line)
    bench.heal()
    most = {}
    for words, count in often.items():
        if words and words[-1] in ERRORS:
            most[words[-1]] = max(most.get(words[-1], 0), count)
    return most


def end(bench):
    """The last cases' cards are asked about by a station that was started anew."""
    bench.stop()
    bench.start_well()
    bench.heal()
    bench.check_cards()
    bench.check_journal()
    bench.check_leaks(calls_places.USUAL)


class Case:
    def __init__(self, program, call, error, when):
        self.program, self.call, self.error, self.when = program, call, error, when
        self.struck, self.ended = False, ""  # ended: the last words of a rekamd that did

    def __str__(self):
        return f"{self.program} {self.call} {self.error} when={self.when}"

    def where(self):
        return ""

    def run(self, bench):
        if bench.client is None:
            bench.start_well()
            bench.heal()
        trace = bench.station.place / "trace"
        for path in bench.station.place.glob("trace*"):
            path.unlink()
        inject = ["-e", f"trace={self.call}", "-e", f"inject={self.call}:error={self.error}:when={self.when}"]
        joined = [join(pid, inject, trace) for pid in processes(bench, self.program)]
        try:
            bench.work()
        finally:
            for strace in joined:
                leave(strace)
        self.struck = any("(INJECTED)" in path.read_text(errors="replace") for path in bench.station.place.glob("trace*"))
        if bench.died() or not bench.heal():
            self.ended = bench.last_words()
            bench.stop()
            bench.start_well()
            bench.heal()
        bench.check_cards()
        bench.check_leaks(calls_places.USUAL)


def processes(bench, program):
    """One process of the program; of the hosts that of the printer."""
    if program == "rekamd":
        return [bench.station.process.pid]
    if program == "host":
        return [pid] if (pid := bench.client.device("id.rekam.mock.card-printer/cp-1").get("pid")) else []
    return [pid] if (pid := bench.station.pid_of("rekam-gate")) else []


def join(pid, options, trace):
    """Joins the threads that there are, not what they start. It has joined when it says so."""
    threads = [word for task in pathlib.Path(f"/proc/{pid}/task").iterdir() for word in ("-p", task.name)]
    strace = subprocess.Popen(["strace", "-o", f"{trace}.{pid}", *options, *threads],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for _ in range(len(threads) // 2):
        if "attached" not in (strace.stderr.readline() or "attached"):
            break
    return strace


def leave(strace):
    strace.send_signal(signal.SIGINT)
    try:
        strace.wait(LIMIT_S)
    except subprocess.TimeoutExpired:
        strace.kill()
        strace.wait()
    strace.stderr.close()
