# SPDX-License-Identifier: Apache-2.0
"""Captures through the whole path: client, gate, broker, host, plugin and back, with real processes."""
import hashlib
import struct
import unittest
import zlib

from checked import StationTest

CHANNELS = {0: 1, 2: 3}  # PNG's colour types that the station writes


def decode_png(data):
    """(width, height, bits, channels, rows without their filter byte); checks every checksum on the way."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n", data[:8]
    position, packed, header, ended = 8, b"", None, False
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        body = data[position + 8:position + 8 + length]
        assert struct.unpack_from(">I", data, position + 8 + length)[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
        ended = kind == b"IEND"
        position += 12 + length
    assert header and ended
    width, height, bits, colour = header[:4]
    channels = CHANNELS[colour]
    stride = (width * bits * channels + 7) // 8 + 1
    pixels = zlib.decompress(packed)
    assert len(pixels) == stride * height, (len(pixels), stride, height)
    return width, height, bits, channels, pixels


class Captures(StationTest):
    def check_frame(self, frame, result, index):
        self.assertEqual("sha256:" + hashlib.sha256(frame.data).hexdigest(), frame.hash)
        self.assertIs(frame.test, True, "the case was opened for test")
        self.assertEqual((frame.bytes, frame.index, frame.job, frame.case), (len(frame.data), index, result.job, result.case))
        if frame.format == "image/png":
            self.assertEqual(decode_png(frame.data)[:4], (frame.width_px, frame.height_px, frame.bits, frame.channels))

    def lease(self, slot):
        self.ready(slot)
        return self.client.case("test").lease(slot)

    def test_three_pages_of_the_feeder_come_with_progress_in_order(self):
        seen = []
        with self.lease("document") as lease:
            result = lease.capture("document", subject="document.page", source="feeder", pages_max=3,
                                   formats=["image/png"], on_progress=seen.append)
        self.assertEqual([frame.page for frame in result.frames], [1, 2, 3])
        for index, frame in enumerate(result.frames):
            self.check_frame(frame, result, index)
        order = ("accepted", "waiting", "running")
        states = [order.index(word.state) for word in seen]
        self.assertEqual(states, sorted(states))
        self.assertEqual([frame.frame for word in seen for frame in word.frames], [frame.frame for frame in result.frames])
        self.assertTrue(any(0 < len(word.frames) < 3 for word in seen), "pages came as they were scanned")
        self.assertEqual({word.job for word in seen}, {result.job})
        self.assertEqual(self.client.job(result.job).outcome, "done")

    def test_the_flatbed_gives_every_mode_and_depth_as_png(self):
        with self.lease("document") as lease:
            for attempt, (mode, depth, channels) in enumerate(
                    [("lineart", 1, 1), ("gray", 8, 1), ("gray", 16, 1), ("color", 8, 3), ("color", 16, 3)], start=1):
                with self.subTest(mode=mode, depth=depth):
                    result = lease.capture("document", subject="document.page", source="flatbed", mode=mode, depth=depth,
                                           formats=["image/png"])
                    self.assertEqual(result.attempt, attempt)
                    frame, = result.frames
                    self.assertEqual((frame.format, frame.bits, frame.channels), ("image/png", depth, channels))
                    self.check_frame(frame, result, 0)

    def test_the_feeder_runs_until_it_is_empty(self):
        with self.lease("document") as lease:
            result = lease.capture("document", subject="document.page", source="feeder")
        self.assertEqual([frame.page for frame in result.frames], list(range(1, 11)))  # what SANE's test back end holds
        for index, frame in enumerate(result.frames):
            self.check_frame(frame, result, index)

    def test_a_camera_gives_a_face(self):
        with self.lease("photo") as lease:
            result = lease.capture("photo", subject="face", width_px=640, height_px=480, crop="portrait", formats=["image/png"])
            frame, = result.frames
            self.assertEqual((frame.width_px, frame.height_px, frame.device.model), (360, 480, "Alpha"))
            self.check_frame(frame, result, 0)
            self.fails("out-of-range", lease.capture, "photo", subject="face", width_px=5000)
            self.fails("unsupported-parameter", lease.capture, "photo", subject="face", dpi=300)
            again = lease.capture("photo", subject="face")
            self.assertEqual(again.attempt, 2)  # what was refused was no attempt
            self.assertNotEqual(again.frames[0].hash, frame.hash)

    def test_slaps_have_the_fingers_that_were_asked_for(self):
        with self.lease("fingers") as lease:
            result = lease.capture("fingers", subject="slap.left")
            self.assertEqual({finger.position for finger in result.fingers},
                             {"finger.left-index", "finger.left-middle", "finger.left-ring", "finger.left-little"})
            missing = [{"subject": "finger.left-ring", "reason": "missing"}]
            result = lease.capture("fingers", subject="slap.left", exceptions=missing)
            self.assertEqual({finger.position for finger in result.fingers},
                             {"finger.left-index", "finger.left-middle", "finger.left-little"})
            self.assertEqual(result.excepted, missing)
            self.station.faults("fp-1 run fingers 3\n")
            error = self.fails("too-few-fingers", lease.capture, "fingers", subject="slap.left")
            self.assertIn("finger.left-little", error.message)
            self.assertEqual((error.class_, error.retry, error.hint), ("operator", "now", "place-all-fingers"))
            self.station.faults("fp-1 run fingers 5\n")
            self.fails("too-many-fingers", lease.capture, "fingers", subject="slap.left")

    def test_with_everything_excepted_no_device_is_asked(self):
        self.station.faults("fp-1 run error internal\n")
        fingers = [{"subject": f"finger.left-{name}", "reason": "bandaged"} for name in ("index", "middle", "ring", "little")]
        with self.lease("fingers") as lease:
            result = lease.capture("fingers", subject="slap.left", exceptions=fingers)
            self.assertEqual((result.outcome, result.frames), ("done", []))
            self.assertEqual(sorted(entry["subject"] for entry in result.excepted), sorted(entry["subject"] for entry in fingers))

    def test_a_picture_from_before_the_request_is_never_delivered(self):
        self.station.faults("cam-1 run stale\n")
        with self.lease("photo") as lease:
            capture = lease.start("photo", subject="face")
            self.fails("bad-frame", capture.result)
            self.assertEqual(self.client.job(idem=capture.idem).frames or [], [])
            self.station.faults("")
            self.assertEqual(len(lease.capture("photo", subject="face").frames), 1)

    def test_frames_come_attached_when_asked(self):
        with self.lease("photo") as lease:
            fields = {"lease": lease.id, "station_epoch": self.client.epoch, "deadline_ms": 60_000, "timeout_ms": 70_000}
            params = {"slot": "photo", "subject": "face", "attach": True}
            result, parts = self.client.call_parts("capture.start", params, idem="attached", **fields)
            frame, = result.frames
            self.assertEqual((frame.part, len(parts)), (0, 1))
            self.assertEqual("sha256:" + hashlib.sha256(parts[0]).hexdigest(), frame.hash)
            again, parts = self.client.call_parts("capture.start", params, idem="attached", **fields)
            self.assertEqual((again.job, again.frames[0].frame, parts), (result.job, frame.frame, []))
            self.fails("idem-conflict", self.client.call, "capture.start", {**params, "light": "on"}, idem="attached", **fields)

    def test_frames_are_read_in_pieces_until_they_are_released(self):
        with self.lease("photo") as lease:
            frame, = lease.capture("photo", subject="face", formats=["image/x-rekam-raw"]).frames
            whole = frame.data
            for offset, length in ((0, 1), (1, 1000), (len(whole) - 10, 10), (len(whole) - 10, 4096)):
                result, parts = self.client.call_parts("frame.get", {"frame": frame.frame, "offset": offset, "length": length})
                self.assertEqual(parts, [whole[offset:offset + length]])
                self.assertEqual((result.offset, result.length, result.bytes), (offset, len(parts[0]), len(whole)))
            self.fails("out-of-range", self.client.call, "frame.get", {"frame": frame.frame, "offset": len(whole) + 1})
            other = self.connect()
            self.fails("result-expired", other.call, "frame.get", {"frame": frame.frame})
            self.assertEqual(self.client.call("frame.release", {"frames": [frame.frame]}).released, 1)
            self.assertEqual(self.client.call("frame.release", {"frames": [frame.frame]}).released, 0)
            self.fails("result-expired", self.client.call, "frame.get", {"frame": frame.frame})
            self.fails("unknown-frame", self.client.call, "frame.get", {"frame": "F-1-4711"})

    def test_a_cancelled_capture_says_so_and_the_slot_works_on(self):
        self.station.faults("cam-1 run slow 60000\n")
        with self.lease("photo") as lease:
            capture = lease.start("photo", subject="face")
            self.job(capture.idem, "running")
            capture.cancel()
            self.fails("cancelled", capture.result)
            self.station.faults("")
            self.assertEqual(len(lease.capture("photo", subject="face").frames), 1)


if __name__ == "__main__":
    unittest.main()
