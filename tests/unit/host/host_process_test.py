# SPDX-License-Identifier: Apache-2.0
"""A real rekam-host with the mock camera, seen from the broker's end of the channel."""

import fcntl
import hashlib
import os
import signal
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from broker_end import BrokerEnd, plugin_path  # noqa: E402

MOCK = plugin_path("mock-camera")
F_GET_SEALS, ALL_SEALS = 1034, 0x0001 | 0x0002 | 0x0004 | 0x0008


def content(message):
    """The bytes of a host_frame; checks the seals and the hash that the record names."""
    (fd,) = message.descriptors
    try:
        assert fcntl.fcntl(fd, F_GET_SEALS) == ALL_SEALS, "not sealed"
        data = os.pread(fd, message.body["bytes"] + 1, 0)
    finally:
        os.close(fd)
    assert len(data) == message.body["bytes"]
    assert message.body["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()
    return data


class HostCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.script = os.path.join(self.folder.name, "faults")
        self.faults("")

    def faults(self, text):
        with open(self.script + ".new", "w", encoding="utf-8") as file:
            file.write(text + "\n")
        os.rename(self.script + ".new", self.script)

    def broker(self, spec="id=cam-1"):
        end = BrokerEnd({"REKAM_MOCK_CAMERA": spec, "REKAM_MOCK_CAMERA_FAULTS": self.script})
        self.addCleanup(end.__exit__)
        return end

    def opened(self, spec="id=cam-1", device="cam-1"):
        end = self.broker(spec)
        ready = end.start(MOCK, device)
        self.assertEqual(ready.kind, "host_ready", ready)
        return end

    def failure(self, end):
        return end.until("host_final").body["failure"]


class Life(HostCase):
    def test_ready_tells_device_capabilities_and_extensions(self):
        end = self.broker("id=cam-1,model=Alpha,make=Acme")
        ready = end.start(MOCK, "cam-1").body
        self.assertEqual(ready["device"]["id"], "cam-1")
        self.assertEqual((ready["device"]["make"], ready["device"]["model"]), ("Acme", "Alpha"))
        self.assertIn("rekam.capture/1", ready["extensions"])
        formats = ready["capabilities"]["camera"]["properties"]["formats"]["items"]["enum"]
        self.assertEqual(formats, ["image/x-rekam-raw", "image/png", "image/x-portable-anymap"])

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
        end.run(1, params={"formats": ["image/jpeg", "image/x-portable-anymap"]})
        self.assertTrue(content(end.until("host_frame")).startswith(b"P6\n64 64\n255\n"))
        end.until("host_final")
        end.run(2, params={"formats": ["image/x-rekam-raw"]})
        self.assertEqual(len(content(end.until("host_frame"))), 64 * 64 * 3)
        end.until("host_final")
        end.run(3, params={"formats": ["image/jpeg"]})
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
        end = self.opened("id=fp-1,function=fingerprint", "fp-1")
        parts = ["finger.left-index", "finger.left-middle", "finger.left-little"]
        end.run(1, "fingerprint", "slap.left", parts=parts)
        frame = end.until("host_frame")
        content(frame)
        self.assertEqual([finger["position"] for finger in frame.body["fingers"]], parts)
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

    def test_an_older_fence_is_a_ghost(self):
        end = self.opened()
        end.run(1, fence=9)
        end.until("host_frame")
        end.until("host_final")
        end.run(2, fence=8)
        self.assertEqual(self.failure(end)["code"], "stale-epoch")


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
        self.faults("* run spin")
        end.run(1)
        end.send("host_ping")
        end.until("host_pong")
        end.socket.close()
        self.assertEqual(end.exit_code(), 70)


class Faults(HostCase):
    def test_every_code_arrives_as_its_word(self):
        end = self.opened()
        for job, word in enumerate(("feeder-empty", "jam", "cover-open", "device-gone", "device-error", "busy"), 1):
            self.faults(f"* run error {word}")
            end.run(job)
            failure = self.failure(end)
            self.assertEqual((failure["code"], failure["vendor_code"]), (word, 4711))

    def test_codes_of_the_station_are_not_a_plugins(self):
        end = self.opened()
        self.faults("* run error lease-held")
        end.run(1)
        failure = self.failure(end)
        self.assertEqual(failure["code"], "broken-promise")
        self.assertIn("lease-held", failure["message"])

    def test_frames_that_must_not_pass(self):
        end = self.opened()
        for job, (fault, code) in enumerate((("stale", "bad-frame"), ("truncated", "bad-frame"),
                                             ("no-frames", "broken-promise"), ("throw", "internal")), 1):
            self.faults(f"* run {fault}")
            end.run(job)
            self.assertEqual(self.failure(end)["code"], code, fault)

    def test_error_after_frames_keeps_them(self):
        end = self.opened("id=cam-1,width=64,height=64,frames=2")
        self.faults("* run fail-after jam")
        end.run(1)
        content(end.until("host_frame"))
        content(end.until("host_frame"))
        final = end.until("host_final").body
        self.assertEqual((final["frames"], final["failure"]["code"]), (2, "jam"))

    def test_garbage_capabilities_do_not_open(self):
        self.faults("* capabilities garbage")
        failed = self.broker().start(MOCK, "cam-1")
        self.assertEqual((failed.kind, failed.body["code"]), ("host_failed", "broken-promise"))

    def test_crash_in_every_call_is_seen_as_that_signal(self):
        for call in ("load", "create", "open", "run", "health", "close"):
            with self.subTest(call):
                self.faults("")
                end = self.broker()
                if call in ("load", "create", "open"):
                    self.faults(f"* {call} crash {signal.SIGSEGV}")
                    end.until("host_hello")
                    end.send("host_start", {"path": MOCK, "device": "cam-1", "open_ms_max": 1000})
                else:
                    self.assertEqual(end.start(MOCK, "cam-1").kind, "host_ready")
                    self.faults(f"* {call} crash {signal.SIGKILL}")
                    if call == "run":
                        end.run(1)
                    elif call == "health":
                        end.send("host_check", {"level": "self"})
                    else:
                        end.send("host_stop")
                self.assertLess(end.exit_code(), 0)

    def test_once_is_once(self):
        self.faults("once * run error jam")
        end = self.opened()
        end.run(1)
        self.assertEqual(self.failure(end)["code"], "jam")
        end.run(2)
        end.until("host_frame")
        self.assertNotIn("failure", end.until("host_final").body)

    def test_a_forked_helper_outlives_the_host(self):
        end = self.opened()
        self.faults("once * run fork")
        end.run(1)
        end.until("host_frame")
        end.until("host_final")
        with open(f"/proc/{end.process.pid}/task/{end.process.pid}/children", encoding="utf-8") as file:
            children = [int(pid) for pid in file.read().split()]
        for task in os.listdir(f"/proc/{end.process.pid}/task"):
            with open(f"/proc/{end.process.pid}/task/{task}/children", encoding="utf-8") as file:
                children += [int(pid) for pid in file.read().split()]
        end.send("host_stop")
        end.exit_code()
        self.assertTrue(children)
        for pid in set(children):
            os.kill(pid, signal.SIGKILL)  # fails if it did not outlive


class Health(HostCase):
    def test_levels(self):
        end = self.opened()
        for request, (level, count) in enumerate((("self", 1), ("exercise", 2), ("guided", 2)), 1):
            end.send("host_check", {"level": level}, request=request)
            health = end.until("host_health")
            self.assertEqual((health.request, health.body["state"], len(health.body["checks"])), (request, "ok", count))

    def test_waits_for_the_job_unless_it_may_run_beside(self):
        end = self.opened()
        self.faults("* run slow 300")
        end.run(1)
        end.send("host_check", {"level": "self"})
        end.until("host_frame")
        self.assertEqual(end.until("host_final", "host_health").kind, "host_final")
        self.assertEqual(end.until("host_health").body["state"], "ok")

    def test_beside_a_job(self):
        end = self.opened("id=cam-1,health_beside=1")
        self.faults("* run slow 60000")
        end.run(1)
        end.send("host_check", {"level": "self"})
        self.assertEqual(end.until("host_health").body["state"], "ok")

    def test_failure_has_its_code(self):
        end = self.opened()
        self.faults("* health error device-down")
        end.send("host_check", {"level": "self"})
        self.assertEqual(end.until("host_health").body["failure"]["code"], "device-down")


class Enumerator(HostCase):
    def listed(self, spec, path=MOCK):
        end = self.broker(spec)
        end.until("host_hello")
        end.send("enum_start", {"path": path})
        messages = []
        while (message := end.receive()) is not None:
            messages.append(message)
        return end, messages

    def test_manifest_devices_done(self):
        end, messages = self.listed("id=cam-1;id=fp-1,function=fingerprint")
        self.assertEqual([m.kind for m in messages], ["enum_manifest", "enum_device", "enum_device", "enum_done"])
        manifest = messages[0].body
        self.assertEqual((manifest["id"], manifest["functions"]), ("id.rekam.mock.camera", ["camera", "fingerprint"]))
        self.assertEqual(manifest["requested"]["environment"], ["REKAM_MOCK_CAMERA", "REKAM_MOCK_CAMERA_FAULTS"])
        self.assertEqual([m.body["id"] for m in messages[1:3]], ["cam-1", "fp-1"])
        self.assertEqual(end.exit_code(), 0)

    def test_two_devices_of_one_id_are_none(self):
        _, messages = self.listed("id=a;id=b;id=a")
        self.assertEqual([m.body["id"] for m in messages if m.kind == "enum_device"], ["b"])

    def test_crash_in_load_and_enumerate_comes_after_the_manifest(self):
        for call in ("load", "create", "enumerate"):
            self.faults(f"* {call} crash {signal.SIGKILL}")
            end, messages = self.listed("")
            self.assertEqual([m.kind for m in messages][:1], ["enum_manifest"] if messages else [])
            self.assertNotEqual(end.exit_code(), 0)

    def test_error_of_enumerate(self):
        self.faults("* enumerate error permission-denied")
        _, messages = self.listed("")
        self.assertEqual((messages[-1].kind, messages[-1].body["code"]), ("host_failed", "permission-denied"))

    def test_ping_while_enumerate_hangs(self):
        self.faults("* enumerate hang")
        end = self.broker()
        end.until("host_hello")
        end.send("enum_start", {"path": MOCK})
        end.until("enum_manifest")
        end.send("host_ping", request=3)
        self.assertEqual(end.until("host_pong").request, 3)
        end.send("host_stop")
        self.assertEqual(end.exit_code(), 0)


class BadPlugins(HostCase):
    """Each of its own clear error, told by the enumerator and by a host alike."""

    CASES = {
        "wrong_magic": "REKAMPLG", "wrong_major": "ABI 2", "no_function": "no function", "no_manifest": "no rekam_manifest",
        "no_create": "no rekam_create", "unresolved": "cannot be loaded", "refuses": "scripted refusal",
    }

    def test_say_what_is_wrong(self):
        for name, words in self.CASES.items():
            path = os.path.join(os.environ["REKAM_BUILD_DIR"], "tests", "plugins", f"rekam-{name}.so")
            end = self.broker()
            end.until("host_hello")
            end.send("enum_start", {"path": path})
            failed = end.until("host_failed") if name not in ("no_create", "unresolved", "refuses") else (
                end.until("enum_manifest") and end.until("host_failed"))
            self.assertIn(words, failed.body["message"], name)
            self.assertEqual(end.exit_code(), 0)
            failed = self.broker().start(path, "x")
            self.assertIn(words, failed.body["message"], name)

    def test_crash_at_load_is_a_signal_after_the_manifest(self):
        end = self.broker()
        end.until("host_hello")
        path = os.path.join(os.environ["REKAM_BUILD_DIR"], "tests", "plugins", "rekam-crash_at_load.so")
        end.send("enum_start", {"path": path})
        self.assertLess(end.exit_code(), 0)

    def test_file_that_is_not_there(self):
        failed = self.broker().start(os.path.join(self.folder.name, "none.so"), "x")
        self.assertEqual(failed.body["code"], "permission-denied")
        self.assertIn("No such file", failed.body["message"])


class Png(unittest.TestCase):
    def test_pixels_survive(self):
        """The mock's first pixel, read back through an inflate of our own."""
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "faults")
            with open(script, "w", encoding="utf-8"):
                pass
            with BrokerEnd({"REKAM_MOCK_CAMERA": "id=c,width=64,height=64", "REKAM_MOCK_CAMERA_FAULTS": script}) as end:
                end.start(MOCK, "c")
                pixels = []
                for job, kind in ((1, "image/x-rekam-raw"), (2, "image/png")):
                    end.run(job, params={"formats": [kind]})
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
