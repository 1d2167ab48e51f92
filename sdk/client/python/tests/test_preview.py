# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Previews: pictures come, the newest wins, and every way in which one ends."""
import threading
import time
import unittest

from peer import PeerCase, schema

import rekam


class Previews(PeerCase):
    def photo(self, station):
        return station.lease("photo", station.case("test").id)

    def test_pictures_come_until_it_is_left(self):
        station = self.connect()
        with self.photo(station).preview("photo", rate_hz=5, formats=["image/png"], width_px=640) as preview:
            frames = [frame for _, frame in zip(range(3), preview)]
            name = preview.id
        self.assertTrue(preview.ended)
        self.assertEqual((preview.result().ended_by, preview.result().preview), ("stop", name))
        for frame in frames:
            self.assertTrue(frame.data.startswith(b"\x89PNG"))
            self.assertEqual((len(frame.data), frame.guide, frame.width_px), (frame.bytes, ["closer"], 32))
            schema("preview.start.progress").validate(dict(frame))
        self.assertEqual([frame.seq for frame in frames], sorted({frame.seq for frame in frames}))
        started, = self.sent("preview.start")
        self.assertEqual(started["params"], {"slot": "photo", "rate_hz": 5, "formats": ["image/png"], "width_px": 640})
        self.assertEqual((started["progress"], "idem" in started), (True, False))
        self.assertEqual(self.sent("preview.stop")[0]["params"], {"preview": name})

    def test_the_newest_wins_for_a_program_that_sleeps(self):
        preview = self.photo(self.connect()).preview("photo")
        first = preview.next()
        self.wait_for(lambda: preview._seen >= 20, "pictures that nobody looks at")
        second = preview.next()
        self.assertGreaterEqual(second.seq, first.seq + 19)
        preview.stop()

    def test_time_may_be_over_while_none_comes(self):
        self.fake.command(do="set", picture_ms=60_000)
        preview = self.photo(self.connect()).preview("photo")
        self.assertIsNotNone(preview.next())
        self.assertIsNone(preview.next(timeout_s=0.05))
        self.assertFalse(preview.ended)
        preview.stop()

    def test_its_deadline_ends_the_iteration(self):
        preview = self.photo(self.connect()).preview("photo", deadline_ms=100)
        self.assertGreaterEqual(len(list(preview)), 1)
        self.assertEqual(preview.result().ended_by, "deadline")

    def test_the_end_of_its_lease_raises(self):
        lease = self.photo(self.connect())
        preview = lease.preview("photo")
        preview.next()
        lease.release()
        error = self.refused("cancelled", list, preview)
        self.assertIn("lease ended", error.message)
        self.refused("cancelled", preview.stop)
        with preview:
            pass  # leaving one that has ended is no error

    def test_a_refusal_is_the_first_thing_that_it_says(self):
        station = self.connect()
        preview = self.lease(station).preview("document")
        self.refused("not-covered", next, preview)

    def test_stop_from_another_thread_ends_the_iteration(self):
        preview = self.photo(self.connect()).preview("photo")
        stopper = threading.Timer(0.1, preview.stop)
        stopper.start()
        self.assertGreaterEqual(len(list(preview)), 1)
        stopper.join()
        self.assertEqual(preview.result(10).ended_by, "stop")

    def test_a_gate_that_dies_takes_it_along_and_nothing_is_sent_again(self):
        station = self.connect()
        lease = self.photo(station)
        preview = lease.preview("photo")
        preview.next()
        self.fake.command(do="restart_gate")
        error = self.refused("no-answer", list, preview)
        self.assertEqual(error.effect, "none")
        self.assertIn("start it again", error.message)
        self.assertEqual(len(self.sent("preview.start")), 1)
        with lease.preview("photo") as again:
            self.assertIsNotNone(again.next())

    def test_closing_the_connection_ends_it(self):
        station = self.connect()
        preview = self.photo(station).preview("photo")
        preview.next()
        station.close()
        self.refused("no-answer", list, preview)

    def test_progress_of_any_call_brings_its_parts(self):
        station = self.connect()
        lease = self.photo(station)
        sizes = []

        def seen(progress):
            sizes.append(len(progress.parts))
        station.call("preview.start", {"slot": "photo"}, on_progress=seen, lease=lease.id, deadline_ms=80)
        self.assertEqual(sizes[:2], [0, 1])


class Frames(unittest.TestCase):
    def test_a_frame_is_saved_as_it_came(self):
        frame = rekam.PreviewFrame({"seq": 1}, b"bytes")
        path = f"/tmp/rekam-frame-{time.monotonic_ns()}"
        frame.save(path)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"bytes")


if __name__ == "__main__":
    unittest.main()
