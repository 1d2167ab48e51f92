# SPDX-License-Identifier: Apache-2.0
"""Every process of a station is killed in the middle of its work, and the promises hold."""
import contextlib
import os
import pathlib
import signal
import unittest

import rekam
from checked import Background, StationTest
from station import SLOTS, processes

CAM_1, CAM_2 = "id.rekam.mock.camera/cam-1", "id.rekam.mock.camera/cam-2"


class Kills(StationTest):
    def slow_capture(self, slot="photo", device="cam-1", idem="slow-1", milliseconds=60_000):
        """A capture that is running, and stays so: (background call, lease)."""
        self.station.faults(f"once {device} run slow {milliseconds}\n")
        case = self.client.case("test")
        lease = case.lease(slot)
        call = Background(lease.capture, slot, subject="face", idem=idem, deadline_ms=100_000)
        self.job(idem, "running")
        return call, lease

    def host_of(self, device):
        return self.client.call("device.get", {"device": device})["device"]["pid"]

    def helpers(self):
        """What the plugins of this station have left behind, as forks of their hosts."""
        found = {pid for pid, _, command in processes() if "rekam-host" in command} - set(self.station.children())
        return {pid for pid in found if self.is_ours(pid)}

    def is_ours(self, pid):
        """Other tests' stations run beside this one, and their processes may be gone by now."""
        with contextlib.suppress(OSError):
            return str(self.station.place).encode() in pathlib.Path(f"/proc/{pid}/environ").read_bytes()
        return False

    def works(self, slot="photo", subject="face"):
        self.station.wait_ready(self.client, slot)
        with self.client.case("test") as case, case.lease(slot) as lease:
            self.assertEqual(len(lease.capture(slot, subject=subject).frames), 1)

    def failure(self, call):
        with self.assertRaises(rekam.Error) as raised:
            call.result()
        return raised.exception

    def test_a_host_dies_in_a_capture(self):
        self.ready("photo", "spare")
        call, lease = self.slow_capture()
        other = self.host_of(CAM_2)
        os.kill(self.host_of(CAM_1), signal.SIGKILL)
        error = self.failure(call)
        self.assertEqual((error.code, error.effect), ("plugin-crashed", "none"))
        lease.release()
        self.works("photo")
        self.works("spare")
        self.assertEqual(self.host_of(CAM_2), other, "the neighbour's process is the same as before")

    def test_an_idle_host_dies(self):
        self.ready("photo")
        before = self.host_of(CAM_1)
        os.kill(before, signal.SIGKILL)
        self.station.wait(lambda: self.client.call("device.get", {"device": CAM_1})["device"].get("pid") not in (None, before),
                          "another host runs")
        self.works("photo")

    def test_a_stopped_host_is_noticed(self):
        self.ready("photo")
        before = self.host_of(CAM_1)
        os.kill(before, signal.SIGSTOP)
        self.station.wait(lambda: self.client.call("device.get", {"device": CAM_1})["device"].get("pid") not in (None, before),
                          "a host that does not answer is replaced")
        self.works("photo")

    def test_a_plugin_that_ignores_its_interrupt_is_killed(self):
        self.ready("photo")
        self.station.faults("once cam-1 run hang\n")
        lease = self.client.case("test").lease("photo")
        call = Background(lease.capture, "photo", subject="face", idem="hang-1", deadline_ms=100_000)
        job = self.job("hang-1", "running")
        before = self.host_of(CAM_1)
        self.client.call("job.cancel", {"job": job["job"]})
        self.assertEqual(self.failure(call).code, "cancelled")
        self.station.wait(lambda: self.client.call("device.get", {"device": CAM_1})["device"].get("pid") not in (None, before), "a new host runs")
        lease.release()
        self.works("photo")

    def test_the_gate_dies_in_a_capture(self):
        self.ready("photo")
        with self.client.case("test") as case, case.lease("photo") as lease:
            kept = lease.capture("photo", subject="face").frames[0]
            session, gate = self.client.session, self.station.pid_of("rekam-gate")
            self.station.faults("once cam-1 run slow 3000\n")
            call = Background(lease.capture, "photo", subject="face", idem="gate-1", deadline_ms=100_000)
            self.job("gate-1", "running")
            os.kill(gate, signal.SIGKILL)
            result = call.result()
            self.assertEqual(len(result.frames), 1)
            self.assertEqual(self.client.session, session, "the session survives")
            self.assertEqual(len(kept.data), kept.bytes, "an unread frame survives")
            self.assertEqual([entry["lease"] for entry in self.client.call("lease.list", {})["leases"] if entry["mine"]], [lease.id])
        self.assertGreaterEqual(self.client.call("station.get", {})["counters"]["gate_restarts"], 1)

    def test_rekamd_dies_in_a_capture(self):
        # Else the device is asked while the record is still on its way to the disk, and a kill can come in between.
        self.station.write("slots.toml", SLOTS.replace('"*/cam-1"', '"*/cam-1"\nrecord_first = true'))
        self.station.wait(lambda: "revision 2 is in force" in self.station.log, "the new slots are in force")
        self.ready("photo")
        case = self.client.case("test")
        self.station.faults("once cam-1 run slow 60000\n")
        lease = case.lease("photo")
        epoch = self.client.epoch
        Background(lease.capture, "photo", subject="face", idem="broker-1", deadline_ms=100_000)
        self.job("broker-1", "running")
        children = set(self.station.children())
        self.assertGreaterEqual(len(children), 4)
        self.station.process.kill()
        self.station.process.wait()
        self.station.process = None
        self.station.wait(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in children), "no child outlives rekamd")
        self.station.start()
        after = self.connect()
        self.assertGreater(after.epoch, epoch)
        job = after.call("job.get", {"idem": "broker-1"})["job"]
        self.assertEqual((job["state"], job["error"]["code"], job["error"]["retry"]), ("failed", "internal", "now"))
        self.assertEqual(after.call("case.get", {"case": case.id})["case"]["state"], "open")
        self.client = after
        self.works("photo")

    def test_a_device_that_crashes_too_often_is_left_alone(self):
        self.ready("photo", "spare")
        self.station.faults("cam-1 run crash SEGV\n")
        for _ in range(5):
            self.station.wait_ready(self.client, "photo")
            with self.client.case("test") as case, case.lease("photo") as lease:
                with self.assertRaises(rekam.Error) as raised:
                    lease.capture("photo", subject="face")
                self.assertEqual(raised.exception.code, "plugin-crashed")
        self.station.wait(lambda: self.client.call("slot.get", {"slot": "photo"})["slot"]["state"] == "quarantined", "it is quarantined")
        with self.client.case("test") as case, case.lease("photo") as lease:
            with self.assertRaises(rekam.Error) as raised:
                lease.capture("photo", subject="face")
            self.assertEqual(raised.exception.code, "plugin-quarantined")
        self.works("spare")

    def test_a_plugins_helper_dies_with_it(self):
        self.ready("photo")
        self.station.faults("once cam-1 run fork-away\n")
        self.works("photo")
        host = self.host_of(CAM_1)
        helpers = self.helpers()
        self.assertTrue(helpers, "the plugin has started a helper")
        os.kill(host, signal.SIGKILL)
        self.station.wait(lambda: self.client.call("device.get", {"device": CAM_1})["device"].get("pid") not in (None, host), "a new host runs")
        self.assertFalse(helpers & {pid for pid, _, _ in processes()}, "its helper is gone before the device is opened again")
        self.works("photo")

    def test_a_plugins_helper_does_not_outlive_a_killed_rekamd_for_long(self):
        self.ready("photo")
        self.station.faults("once cam-1 run fork-away\n")
        self.works("photo")
        helpers = self.helpers()
        self.assertTrue(helpers, "the plugin has started a helper")
        self.station.process.kill()
        self.station.process.wait()
        self.station.process = None
        self.station.start()
        self.client = self.connect()
        self.assertFalse(helpers & {pid for pid, _, _ in processes()}, "the next rekamd has ended it")
        self.assertIn("left behind by a rekamd that was killed", self.station.log)
        self.works("photo")

    def test_sigterm_ends_everything_and_tells_the_client(self):
        self.ready("photo", "document")
        call, _ = self.slow_capture()
        children = set(self.station.children())
        self.assertEqual(self.station.stop(), 0)
        self.assertIn(self.failure(call).code, ("cancelled", "no-station", "no-answer"))
        self.assertFalse([pid for pid in children if os.path.exists(f"/proc/{pid}")])


if __name__ == "__main__":
    unittest.main()
