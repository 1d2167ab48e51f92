# SPDX-License-Identifier: Apache-2.0
"""Previews through the whole path with real processes: what is shown, to whom, and every way in which it ends."""
import json
import os
import shutil
import signal
import struct
import subprocess
import time
import unittest

import zmq
from checked import Background, StationTest
from capture_test import decode_png
from station import BUILD

CAM_1 = "id.rekam.mock.camera/cam-1"


def jpeg_size(data):
    """(width, height) of a JPEG; every segment up to the picture must be whole, and the end marked."""
    assert data[:2] == b"\xff\xd8" and data[-2:] == b"\xff\xd9", (data[:4], data[-2:])
    position, size = 2, None
    while True:
        marker, length = struct.unpack_from(">HH", data, position)
        if 0xffc0 <= marker <= 0xffc2:
            height, width = struct.unpack_from(">HH", data, position + 5)
            size = width, height
        position += 2 + length
        if marker == 0xffda:
            return size


class Previews(StationTest):
    def setUp(self):
        super().setUp()
        self.ready("photo", "spare")
        self.case = self.client.case("test")

    def preview(self, **options):
        lease = self.case.lease("photo")
        return lease.preview("photo", **options), lease

    @staticmethod
    def watch(preview):
        """Looks at it until it ends: every one here does, within seconds."""
        for _ in range(2_000):
            if preview.next(timeout_s=60) is None:
                return
        raise AssertionError("the preview goes on and on")

    def failures(self):
        return self.client.device(CAM_1).failures

    def test_true_pictures_arrive_and_leave_nothing_behind(self):
        preview, lease = self.preview(rate_hz=20)
        frames = [frame for _, frame in zip(range(4), preview)]
        self.assertEqual(preview.stop().ended_by, "stop")
        for frame in frames:
            self.assertEqual((frame.format, frame.width_px, frame.height_px), ("image/jpeg", 320, 240))
            self.assertEqual((jpeg_size(frame.data), len(frame.data)), ((320, 240), frame.bytes))
            self.assertIn(frame.guide, (["closer"], ["hold-still"]))
            self.assertGreaterEqual(frame.quality, 45)
            self.assertGreater(frame.taken_at.mono_us, 0)
        self.assertNotEqual(frames[0].data, frames[-1].data)
        self.decode(frames[0].data)
        self.assertEqual(self.client.jobs(), [])
        self.assertEqual(self.client.info().counts.unread_frames, 0)
        self.assertEqual(self.client.get_case(self.case.id).captures, [])
        self.fails("unknown-job", self.client.call, "preview.stop", {"preview": preview.id})
        with lease.preview("photo", formats=["image/png", "image/jpeg"]) as png:
            self.assertEqual(decode_png(png.next().data)[:4], (320, 240, 8, 3))

    def decode(self, data):
        """By somebody else's decoder, where there is one."""
        if shutil.which("djpeg"):
            done = subprocess.run(["djpeg", "-pnm"], input=data, capture_output=True, check=True)
            self.assertTrue(done.stdout.startswith(b"P6\n320 240\n255\n"))
            self.assertEqual(done.stderr, b"")

    def test_a_client_that_does_not_read_gets_the_newest(self):
        lease = self.case.lease("photo")
        context = zmq.Context()
        socket = context.socket(zmq.DEALER)
        self.addCleanup(context.term)
        self.addCleanup(socket.close, 0)
        socket.setsockopt(zmq.RCVHWM, 1)
        socket.setsockopt(zmq.RCVBUF, 4096)
        socket.connect(f"ipc://{self.station.runtime}/requests")
        socket.send_json({"v": 1, "id": "1", "op": "preview.start", "session": self.client.session, "lease": lease.id, "progress": True,
                          "params": {"slot": "photo", "rate_hz": 30, "formats": ["image/png"]}})

        def receive():
            header, *parts = socket.recv_multipart()
            return json.loads(header), parts
        self.assertTrue(socket.poll(60_000))
        first, parts = receive()
        self.assertEqual((list(first["progress"]), parts), (["preview"], []))
        # More pictures than the kernel, and this socket with its room for one, could ever keep.
        seqs = []
        for pause_s in (6, 0, 0, 0, 0, 0, 0, 0):
            time.sleep(pause_s)
            self.assertTrue(socket.poll(60_000))
            header, parts = receive()
            self.assertEqual(len(parts[0]), header["progress"]["bytes"])
            seqs.append(header["progress"]["seq"])
        self.assertEqual(seqs, sorted(set(seqs)))
        self.assertGreater(seqs[-1] - seqs[0], len(seqs) - 1, "older ones were overtaken")
        self.client.call("preview.stop", {"preview": first["progress"]["preview"]})

    def test_a_capture_comes_in_between(self):
        preview, lease = self.preview(rate_hz=30)
        preview.next()
        result = lease.capture("photo", subject="face")
        self.assertEqual(len(result.frames), 1)
        self.assertFalse(preview.ended)
        before = preview.next().seq
        self.assertGreater(preview.next().seq, before, "it goes on")
        self.station.faults("cam-1 run slow 1500\n")
        slow = Background(lease.capture, "photo", subject="face")
        self.assertEqual(len(slow.result().frames), 1)
        self.assertIsNotNone(preview.next())
        preview.stop()

    def test_the_end_of_the_lease_ends_it_and_the_next_person_starts_anew(self):
        many = 20
        preview, lease = self.preview(rate_hz=30)
        while preview.next().seq < many:
            pass
        lease.release()
        error = self.fails("cancelled", self.watch, preview)
        self.assertIn("lease ended", error.message)
        other = self.connect()
        with other.case("test") as case, case.lease("photo") as theirs, theirs.preview("photo") as fresh:
            self.assertLess(fresh.next().seq, many, "counted anew; the first ones may have been overtaken")

    def test_a_deadline_and_a_closed_case_end_it(self):
        preview, lease = self.preview(deadline_ms=1500)
        self.assertGreaterEqual(len(list(preview)), 1)
        self.assertEqual(preview.result().ended_by, "deadline")
        again = lease.preview("photo")
        again.next()
        self.case.close()
        self.assertIn("case was closed", self.fails("cancelled", self.watch, again).message)

    def test_a_second_one_is_refused_with_the_holder(self):
        preview, lease = self.preview()
        preview.next()
        error = self.fails("busy", lease.preview("photo").next)
        self.assertEqual(error.holder["client"], "test")
        with self.case.lease("spare") as spare, spare.preview("spare") as beside:
            self.assertIsNotNone(beside.next(), "another device shows its own")
        preview.stop()
        with lease.preview("photo") as after:
            self.assertIsNotNone(after.next())

    def test_what_it_needs_is_asked_for(self):
        lease = self.case.lease("photo")
        fields = {"lease": lease.id}
        self.assertEqual(self.fails("bad-request", self.client.call, "preview.start", {"slot": "photo"}, **fields).path, "progress")
        self.fails("no-lease", self.client.call, "preview.start", {"slot": "photo"}, on_progress=print)
        self.fails("no-lease", self.client.call, "preview.start", {"slot": "spare"}, on_progress=print, **fields)
        self.fails("out-of-range", self.client.call, "preview.start", {"slot": "photo", "rate_hz": 31}, on_progress=print, **fields)
        with self.case.lease("fingers") as fingers:
            self.fails("not-covered", fingers.preview("fingers").next)

    def test_a_killed_host_ends_it_with_a_clear_error(self):
        preview, lease = self.preview()
        preview.next()
        other = self.client.device("id.rekam.mock.camera/cam-2").pid
        os.kill(self.client.device(CAM_1).pid, signal.SIGKILL)
        error = self.fails("plugin-crashed", self.watch, preview)
        self.assertEqual((error.slot, error.device, error.effect), ("photo", CAM_1, "none"))
        self.assertEqual(self.failures(), 1)
        self.ready("photo")
        self.assertEqual(self.client.device("id.rekam.mock.camera/cam-2").pid, other)
        with lease.preview("photo") as again:
            self.assertIsNotNone(again.next(), "the lease has survived")

    def test_a_plugin_that_crashes_or_hangs_in_a_picture_is_counted(self):
        preview, lease = self.preview()
        preview.next()
        self.station.faults("cam-1 preview crash SEGV\n")
        self.fails("plugin-crashed", self.watch, preview)
        self.station.faults("")
        self.ready("photo")
        hanging = lease.preview("photo")
        hanging.next()
        self.station.faults("cam-1 preview hang\n")
        self.assertIn("a step of a preview", self.fails("broken-promise", self.watch, hanging).message)
        self.station.faults("")
        self.station.wait(lambda: self.failures() == 2, "both are counted")
        self.ready("photo")
        with lease.preview("photo") as again:
            self.assertIsNotNone(again.next())

    def test_what_a_plugin_says_wrongly_ends_it_and_nothing_else(self):
        preview, lease = self.preview()
        preview.next()
        host = self.client.device(CAM_1).pid
        self.station.faults("cam-1 preview error jam\n")
        self.fails("jam", self.watch, preview)
        self.station.faults("cam-1 preview oversized\n")
        self.assertIn("more than it had room for", self.fails("broken-promise", self.watch, lease.preview("photo")).message)
        self.station.faults("cam-1 preview stale\n")
        with lease.preview("photo") as stale:
            self.assertIsNone(stale.next(timeout_s=1.5), "nobody sees who was there before")
        self.station.faults("")
        with lease.preview("photo") as good:
            self.assertIsNotNone(good.next())
        self.assertEqual((self.client.device(CAM_1).pid, self.failures()), (host, 0))

    def test_a_gate_that_dies_ends_it(self):
        preview, lease = self.preview()
        preview.next()
        os.kill(self.station.pid_of("rekam-gate"), signal.SIGKILL)
        self.assertIn("start it again", self.fails("no-answer", self.watch, preview).message)
        with lease.preview("photo") as again:
            self.assertIsNotNone(again.next())

    def test_rekamctl_writes_pictures(self):
        path = self.station.place / "live.jpg"
        subprocess.run([BUILD / "bin/rekamctl", "--station", self.station.runtime, "preview", "photo", "-o", path, "--frames", "2"],
                       check=True, capture_output=True, timeout=60)
        self.assertEqual(jpeg_size(path.read_bytes()), (320, 240))


if __name__ == "__main__":
    unittest.main()
