# SPDX-License-Identifier: Apache-2.0
"""A small disk of its own that can be frozen: an ext4 image on a loop device, mounted where nobody else sees it. Who writes
to it while it is frozen waits in the kernel, uninterruptible, and does not die of SIGKILL before it thaws."""
import ctypes
import os
import pathlib
import subprocess

CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x00020000, 0x4000, 0x40000
BYTES = 64 << 20
LIMIT_S = 60


class Unavailable(Exception):
    """This machine gives no such disk; the message says what it lacks."""


def own_mounts():
    """From here on what this process mounts is seen by nobody else, and gone with it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        raise Unavailable(f"no mounts of its own ({os.strerror(ctypes.get_errno())}): run it as root, on a machine that may mount")


def command(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(map(str, words))}: {done.stderr.strip() or done.returncode}")
    return done.stdout


class Disk:
    """As a context. It thaws whatever becomes of this process: what hangs in a frozen disk nobody can end."""

    def __init__(self, place):
        self.image, self.path = pathlib.Path(place) / "disk.img", pathlib.Path(place) / "disk"
        self.frozen = False
        self._guard = None

    def __enter__(self):
        if os.geteuid() != 0:
            raise Unavailable("freezing a disk needs root")
        own_mounts()
        self.path.mkdir()
        with open(self.image, "wb") as image:
            image.truncate(BYTES)
        command("mkfs.ext4", "-q", "-F", str(self.image))
        command("mount", "-o", "loop", str(self.image), str(self.path))
        self._guard = subprocess.Popen(["/bin/sh", "-c", 'trap "" INT TERM HUP; read -r _; fsfreeze -u "$0"', str(self.path)],
                                       stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            self.freeze()
            self.thaw()
        except Unavailable:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.frozen:
            self.thaw()
        self._guard.stdin.close()
        self._guard.wait()
        subprocess.run(["umount", "-l", str(self.path)], timeout=LIMIT_S, check=False)

    def freeze(self):
        command("fsfreeze", "-f", str(self.path))
        self.frozen = True

    def thaw(self):
        command("fsfreeze", "-u", str(self.path))
        self.frozen = False


def hangs(pid):
    """Whether a thread of the process waits in the kernel where no signal reaches it."""
    for stat in pathlib.Path(f"/proc/{pid}/task").glob("*/stat"):
        try:
            if stat.read_text().rpartition(")")[2].split()[0] == "D":
                return True
        except OSError:
            continue
    return False
