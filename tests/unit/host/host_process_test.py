# SPDX-License-Identifier: Apache-2.0
"""A real rekam-host with the mock camera, seen from the broker's end of the channel."""

import os
import signal
import struct
import subprocess
import sys
import unittest
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host_case import MOCK, SHARED, HostCase, content  # noqa: E402


class Life(HostCase):
    def test_ready_tells_device_capabilities_and_extensions(self):
        end = self.broker("id=cam-1,model=Alpha,make=Acme")
        ready = end.start(MOCK, "cam-1").body
        self.assertEqual(ready["device"]["id"], "cam-1")
        self.assertEqual((ready["device"]["make"], ready["device"]["model"]), ("Acme", "Alpha"))
        self.assertIn("rekam.capture/1", ready["extensions"])
        formats = ready["capabilities"]["camera"]["properties"]["formats"]["items"]["enum"]
        self.assertEqual(formats, ["image/x-rekam-raw", "image/png", "image/jpeg", "image/jp2", "image/x-portable-anymap"])

    def test_stop_closes_and_ends_with_0(self):
        end = self.opened()
        end.send("host_stop")
        self.assertEqual(end.exit_code(), 0)

    def test_end_of_file_ends_the_host(self):
        end = self.opened()
        end.socket.close()
        self.assertEqual(end.exit_code(), 0)

    def test_ping_is_answered_while_the_plugin_hangs(self):
        end = self.opened()
        self.faults("* run hang")
        end.run(1)
        end.send("host_ping", request=5)
        self.assertEqual(end.until("host_pong").request, 5)

    def test_shows_which_one_it_is_between_two_jobs(self):
        end = self.opened()
        self.faults("* run slow 300")
        end.run(1)
        end.send("host_identify", {"ms": 100}, job=3, request=1)
        self.assertIsNone(end.until("host_frame", "host_identified").body.get("means"), "not under a job")
        self.assertNotIn("failure", end.until("host_final").body)
        shown = end.until("host_identified")
        self.assertEqual((shown.job, shown.request, shown.body), (3, 1, {"means": ["light"]}))

    def test_unknown_device_fails_by_name(self):
        end = self.broker()
        failed = end.start(MOCK, "cam-9")
        self.assertEqual((failed.kind, failed.body["code"]), ("host_failed", "device-gone"))
        self.assertEqual(end.exit_code(), 0)

    def test_nonsense_on_the_channel_ends_the_host(self):
        for data in (b"x", b"\0" * 64, os.urandom(200)):
            end = self.broker()
            end.until("host_hello")
            end.send_raw(data)
            self.assertEqual(end.exit_code(), 71)

    def test_without_a_channel_it_says_who_starts_it(self):
        program = os.path.join(os.environ["REKAM_BUILD_DIR"], "bin", "rekam-host")
        done = subprocess.run([program], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 64)
        self.assertIn("started by rekamd only", done.stderr)


class Shared(HostCase):
    def opened_two(self):
        end = self.broker("id=cam-1,width=64,height=64;id=cam-2,width=64,height=64")
        end.until("host_hello")
        for number in (1, 2):
            end.open(SHARED, f"cam-{number}", number=number, shared=True)
            ready = end.until("host_ready")
            self.assertEqual((ready.request, ready.body["device"]["id"]), (number, f"cam-{number}"))
        return end

    def test_devices_work_on_threads_of_their_own(self):
        end = self.opened_two()
        self.faults("cam-1 run slow 60000")
        end.run(5, number=1)
        end.run(6, number=2)
        frame = end.until("host_frame")
        self.assertEqual((frame.request, frame.job), (2, 6))
        content(frame)
        self.assertEqual(end.until("host_final").job, 6)
        end.send("host_interrupt", job=5, fence=1, request=1)
        final = end.until("host_final")
        self.assertEqual((final.request, final.body["failure"]["code"]), (1, "cancelled"))

    def test_one_closes_and_opens_again_and_the_process_ends_when_told(self):
        end = self.opened_two()
        for _ in range(3):
            end.send("host_stop", request=2)
            self.assertEqual(end.until("host_closed").request, 2)
            end.open(SHARED, "cam-2", number=2, shared=True)
            self.assertEqual(end.until("host_ready").request, 2)
        end.run(5, number=1)
        content(end.until("host_frame"))
        end.until("host_final")
        end.send("host_stop")
        end.until("host_closed")
        self.assertEqual(end.exit_code(), 0)

    def test_a_refused_device_leaves_the_other_alone(self):
        end = self.opened_two()
        end.open(SHARED, "cam-9", number=9, shared=True)
        failed = end.until("host_failed")
        self.assertEqual((failed.request, failed.body["code"]), (9, "device-gone"))
        end.run(5, number=1)
        content(end.until("host_frame"))


class Process(HostCase):
    def status(self, end, key):
        with open(f"/proc/{end.process.pid}/status", encoding="utf-8") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith(key + ":"))

    def test_is_narrowed_before_vendor_code_runs(self):
        end = self.opened()
        self.assertEqual(self.status(end, "NoNewPrivs"), "1")
        self.assertEqual(self.status(end, "Umask"), "0077")
        self.assertTrue(int(self.status(end, "SigIgn"), 16) & 1 << (signal.SIGPIPE - 1))
        with open(f"/proc/{end.process.pid}/limits", encoding="utf-8") as file:
            limits = file.read()
        self.assertRegex(limits, r"Max core file size\s+0\s+0")
        self.assertRegex(limits, r"Max open files\s+1024\s+1024")

    def test_environment_is_what_was_granted(self):
        end = self.opened()
        with open(f"/proc/{end.process.pid}/environ", "rb") as file:
            names = {entry.split(b"=")[0].decode() for entry in file.read().split(b"\0") if entry}
        self.assertLessEqual({n for n in names if not n.endswith("SAN_OPTIONS")},
                             {"PATH", "REKAM_MOCK_CAMERA", "REKAM_MOCK_CAMERA_FAULTS"})

    def test_keeps_no_foreign_descriptor(self):
        end = self.opened()
        kept = sorted(os.readlink(f"/proc/{end.process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{end.process.pid}/fd"))
        self.assertFalse([name for name in kept if name.startswith("/") and name != "/dev/null"], kept)


class Capture(HostCase):
    def test_raw_pixels_become_png(self):
        end = self.opened("id=cam-1,width=128,height=96")
        end.run(1, params={"formats": ["image/png"]})
        frame = end.until("host_frame")
        data = content(frame)
        self.assertTrue(data.startswith(b"\x89PNG\r\n\x1a\n"))
        self.assertEqual(struct.unpack(">II", data[16:24]), (128, 96))
        self.assertEqual((frame.body["format"], frame.body["subject"], frame.body["index"]), ("image/png", "face", 0))
        self.assertEqual(frame.body["exposure"]["basis"], "device")
        final = end.until("host_final")
        self.assertEqual((final.job, final.body), (1, {"frames": 1}))

    def test_the_client_chooses_the_format(self):
        end = self.opened("id=cam-1,width=64,height=64")
        end.run(1, params={"formats": ["image/tiff", "image/x-portable-anymap"]})
        self.assertTrue(content(end.until("host_frame")).startswith(b"P6\n64 64\n255\n"))
        end.until("host_final")
        end.run(2, params={"formats": ["image/x-rekam-raw"]})
        self.assertEqual(len(content(end.until("host_frame"))), 64 * 64 * 3)
        end.until("host_final")
        end.run(3, params={"formats": ["image/tiff"]})
        self.assertEqual(self.failure(end)["code"], "bad-frame")

    def test_frames_come_as_they_are_made_and_wait_for_credit(self):
        end = self.opened("id=cam-1,width=64,height=64,frames=20")
        end.run(1, params={"formats": ["image/png"]})
        for index in range(16):
            frame = end.until("host_frame")
            self.assertEqual(frame.body["index"], index)
            content(frame)
        end.send("host_ping")
        end.until("host_pong")  # no 17th without credit
        end.send("host_taken", {"descriptors": 16})
        for index in range(16, 20):
            content(end.until("host_frame"))
        self.assertEqual(end.until("host_final").body, {"frames": 20})

    def test_parameters_are_refused_by_name(self):
        end = self.opened()
        end.run(1, params={"zoom": 200})
        failure = self.failure(end)
        self.assertEqual(failure["code"], "unsupported-parameter")
        self.assertIn("zoom", failure["message"])
        end.run(2, params={"width_px": 9})
        self.assertEqual(self.failure(end)["code"], "out-of-range")

    def test_slap_tells_each_finger(self):
        end = self.opened("id=fp-1", "fp-1", "fingerprint")
        parts = ["finger.left-index", "finger.left-middle", "finger.left-little"]
        end.run(1, "fingerprint", "slap.left", parts=parts)
        frame = end.until("host_frame")
        content(frame)
        self.assertEqual([finger["position"] for finger in frame.body["fingers"]], parts[::-1], "from left to right")
        self.assertEqual((frame.body["dpi_x"], frame.body["channels"]), (500, 1))
        end.until("host_final")
        self.faults("* run fingers 5")
        end.run(2, "fingerprint", "slap.left", parts=parts)
        self.assertEqual(len(end.until("host_frame").body["fingers"]), 5)

    def test_one_job_at_a_time(self):
        end = self.opened()
        self.faults("* run slow 20000")
        end.run(1)
        end.run(2)
        final = end.until("host_final")
        self.assertEqual((final.job, final.body["failure"]["code"]), (2, "busy"))

    def test_an_interrupt_under_another_fence_is_a_ghost(self):
        end = self.opened()
        self.faults("* run slow 200")
        end.run(1, fence=9)
        end.send("host_interrupt", job=1, fence=8)
        end.until("host_frame")
        self.assertNotIn("failure", end.until("host_final").body)


class Interrupts(HostCase):
    def test_cancel_ends_the_job_and_not_the_next(self):
        end = self.opened()
        self.faults("* run slow 60000")
        end.run(1)
        end.until("host_progress")
        end.send("host_interrupt", job=1, fence=1)
        self.assertEqual(self.failure(end)["code"], "cancelled")
        self.faults("")
        end.run(2)
        end.until("host_frame")
        self.assertNotIn("failure", end.until("host_final").body)

    def test_interrupt_of_another_job_is_dropped(self):
        end = self.opened()
        self.faults("* run slow 200")
        end.run(2)
        end.send("host_interrupt", job=1, fence=1)
        end.until("host_frame")
        self.assertNotIn("failure", end.until("host_final").body)

    def test_deadline_is_a_timeout(self):
        end = self.opened()
        self.faults("* run slow 60000")
        end.run(1, deadline_ms=100)
        self.assertEqual(self.failure(end)["code"], "timeout")

    def test_completion_after_cancel_is_a_completion(self):
        end = self.opened()
        self.faults("* run late")
        end.run(1)
        end.until("host_frame")
        end.send("host_interrupt", job=1, fence=1)
        self.assertEqual(end.until("host_final").body, {"frames": 1})

    def test_no_frame_after_cancel(self):
        end = self.opened("id=cam-1,width=64,height=64")
        self.faults("* run endless")
        end.run(1)
        end.until("host_frame")
        end.send("host_interrupt", job=1, fence=1)
        while (message := end.receive()).kind != "host_final":
            if message.kind == "host_frame":
                end.send("host_taken", {"descriptors": 1})
        self.assertEqual(message.body["failure"]["code"], "cancelled")

    def test_a_plugin_that_ignores_interrupt_ends_the_host(self):
        end = self.opened()
        self.faults("* run hang")
        end.run(1)
        end.send("host_interrupt", job=1, fence=1)
        self.assertEqual(self.failure(end)["code"], "broken-promise")
        self.assertEqual(end.exit_code(), 70)

    def test_busy_loop_ends_the_host_also_without_broker(self):
        end = self.opened()
        self.faults("* run busy")
        end.run(1)
        end.send("host_ping")
        end.until("host_pong")
        end.socket.close()
        self.assertEqual(end.exit_code(), 70)


class Png(HostCase):
    def test_pixels_survive(self):
        """The mock's first pixel, read back through an inflate of our own."""
        pixels = []
        for kind in ("image/x-rekam-raw", "image/png"):
            end = self.opened("id=cam-1,width=64,height=64")  # anew: the first picture of a mock is always the same
            end.run(1, params={"formats": [kind]})
            pixels.append(content(end.until("host_frame")))
            end.until("host_final")
        raw, png = pixels
        data, at = b"", 8
        while at < len(png):
            length, kind = struct.unpack(">I4s", png[at:at + 8])
            data += png[at + 8:at + 8 + length] if kind == b"IDAT" else b""
            at += 12 + length
        first_row = zlib.decompress(data)[:1 + 64 * 3]
        self.assertIn(first_row[0], (0, 1))
        self.assertEqual(first_row[1:4], raw[:3])


if __name__ == "__main__":
    unittest.main()
