# SPDX-License-Identifier: Apache-2.0
"""Every scripted failure of the mock and every bad plugin, through a real rekam-host."""

import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host_case import MOCK, HostCase, content  # noqa: E402


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
                    self.faults(f"* {call} crash SEGV")
                    end.until("host_hello")
                    end.open(MOCK, "cam-1", open_ms_max=1000)
                else:
                    self.assertEqual(end.start(MOCK, "cam-1").kind, "host_ready")
                    self.faults(f"* {call} crash KILL")
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
        for level, count in (("self", 1), ("exercise", 2), ("guided", 2)):
            end.send("host_check", {"level": level})
            health = end.until("host_health")
            self.assertEqual((health.request, health.body["state"], len(health.body["checks"])), (1, "ok", count))

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
        end, messages = self.listed("id=cam-1;id=cam-2")
        self.assertEqual([m.kind for m in messages], ["enum_manifest", "enum_device", "enum_device", "enum_done"])
        manifest = messages[0].body
        self.assertEqual((manifest["id"], manifest["functions"]), ("id.rekam.mock.camera", ["camera"]))
        self.assertEqual(manifest["requested"]["environment"], ["REKAM_MOCK_CAMERA", "REKAM_MOCK_CAMERA_FAULTS"])
        self.assertEqual([m.body["id"] for m in messages[1:3]], ["cam-1", "cam-2"])
        self.assertEqual(end.exit_code(), 0)

    def test_two_devices_of_one_id_are_none(self):
        _, messages = self.listed("id=a;id=b;id=a")
        self.assertEqual([m.body["id"] for m in messages if m.kind == "enum_device"], ["b"])

    def test_crash_in_load_and_enumerate_comes_after_the_manifest(self):
        for call in ("load", "create", "enumerate"):
            self.faults(f"* {call} crash KILL")
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


if __name__ == "__main__":
    unittest.main()
