# SPDX-License-Identifier: Apache-2.0
"""A real disk that fills up under a working station: 8 MiB that nobody else has, in a mount namespace of rekamd's own. The
card that has begun is finished and recorded, no other is begun, and all is well again when there is room: no restart."""
import contextlib
import ctypes
import errno
import os
import pathlib
import subprocess
import unittest

from checked import StationTest
from picture import png
from station import make_cards, started

NEW_NAMESPACE, RECURSIVE_PRIVATE = 0x20000, 0x4000 | 1 << 18


def on_small_disk(directory):
    """Runs in rekamd's process before it is rekamd."""
    libc = ctypes.CDLL(None, use_errno=True)
    for failed in (libc.unshare(NEW_NAMESPACE), libc.mount(b"none", b"/", None, RECURSIVE_PRIVATE, None),
                   libc.mount(b"rekam", os.fsencode(directory), b"tmpfs", 0, b"size=8m,mode=0700")):
        if failed:
            raise OSError(ctypes.get_errno(), "no disk of its own")


@contextlib.contextmanager
def start_on_small_disk():
    running = make_cards(settings="[store]\nreserve_kib = 1024\n")
    state = running.place / "state"
    state.mkdir()
    start = running.start
    running.start = lambda: start(preexec_fn=lambda: on_small_disk(state))
    with started(running), running.connect() as client:
        running.wait_ready(client, "plain", "reader")
        yield running


@unittest.skipIf(subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode, "no right to mount a small disk")
class FullDisk(StationTest):
    start = staticmethod(start_on_small_disk)

    @property
    def disk(self):
        """Its files, as rekamd sees them."""
        return pathlib.Path(f"/proc/{self.station.process.pid}/root{self.station.place}/state")

    def fill(self):
        with open(self.disk / "other", "wb", buffering=0) as other:
            try:
                while True:
                    other.write(bytes(4096))
            except OSError as error:
                self.assertEqual(error.errno, errno.ENOSPC)

    def store(self):
        return self.client.info().store.state

    def visit_until(self, state):
        def visited():
            with self.client.case("test"):
                return self.store() == state
        self.station.wait(visited, f"the store is {state}")

    def test_the_card_ends_others_wait_and_no_restart_is_needed(self):
        self.assertEqual((self.disk / "store.reserve").stat().st_size, 1024 * 1024)
        epoch = self.client.info().station_epoch
        self.station.faults("once cp-2 print slow 4000\n")
        lease = self.client.case("issue").lease("plain")
        card = lease.start_print("plain", front=png(), idem="begun")
        self.job("begun", "sent")
        self.fill()
        self.visit_until("reserve")
        self.assertFalse((self.disk / "store.reserve").exists(), "given up")
        self.assertEqual(self.client.info().state, "degraded")
        other = self.client.case("issue")
        self.assertEqual(card.result().card_at, "exit")
        self.assertEqual(self.client.job(idem="begun").outcome, "done")
        error = self.fails("disk-full", lease.print, "plain", front=png(), reprint={"of": self.client.job(idem="begun").job,
                                                                                  "reason": "scratched", "second": "Rina"})
        self.assertEqual((error.effect, error.hint, error.retry), ("none", "free-disk", "after-fix"))
        self.assertIn("free space", error.message)
        other.close()

        (self.disk / "other").unlink()
        self.station.wait(lambda: self.store() == "ok", "there is room again")
        self.assertTrue((self.disk / "store.reserve").exists())
        with self.client.case("issue") as case:
            lease.release()
            with case.lease("plain") as again:
                self.assertEqual(again.print("plain", front=png()).card_at, "exit")
        self.assertEqual(self.client.info().station_epoch, epoch, "no restart")
        self.assertTrue(self.client.call("journal.verify", {}, timeout_ms=60_000).whole)
        entries = self.client.call("journal.query", {"kind": "store.reserve"}).entries
        self.assertEqual([found.entry["on"] for found in entries], [True, False])
        ends = self.client.call("journal.query", {"kind": "print.end"}).entries
        self.assertEqual([found.entry["outcome"] for found in ends], ["done", "done"])

    def test_beyond_the_reserve_nothing_is_promised_and_reads_go_on(self):
        self.fill()
        self.visit_until("reserve")
        self.fill()
        self.visit_until("full")
        self.assertEqual(self.client.slots()[0].slot, "encoder")
        lease = self.client.case("issue").lease("plain")
        self.fails("disk-full", lease.print, "plain", front=png())
        (self.disk / "other").unlink()
        self.station.wait(lambda: self.store() == "ok", "there is room again")
        self.assertEqual(lease.print("plain", front=png()).card_at, "exit")
        self.assertTrue(self.client.call("journal.verify", {}, timeout_ms=60_000).whole)


if __name__ == "__main__":
    unittest.main()
