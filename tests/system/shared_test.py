# SPDX-License-Identifier: Apache-2.0
"""A plugin that wants all its devices in one process: they work beside each other, and share a fate."""
import os
import signal
import unittest

import rekam
from checked import Background, StationTest
from station import CAMERAS, SLOTS, plugin_text

CAM_1, CAM_2 = "id.rekam.mock.shared/cam-1", "id.rekam.mock.shared/cam-2"


class Shared(StationTest):
    options = {"cameras": None, "sane": False, "slots": SLOTS.replace("[slot.document]", "[slot.unused]")}

    def setUp(self):
        super().setUp()
        place = self.station.place
        environment = {"REKAM_MOCK_CAMERA": CAMERAS, "REKAM_MOCK_CAMERA_FAULTS": place / "faults"}
        self.station.write("plugins.d/shared.toml", plugin_text("rekam-mock-shared.so", environment, readable_paths=[str(place)]))
        self.ready("photo", "spare")

    def pid(self, device):
        return self.client.call("device.get", {"device": device})["device"].get("pid")

    def begin(self, slot, device, fault):
        """A capture that runs, in a case of its own."""
        struck = len(self.struck())
        self.station.faults(f"once {device} run {fault}\n")
        lease = self.client.case("test").lease(slot)
        call = Background(lease.capture, slot, subject="face", idem=f"{slot}-1", deadline_ms=100_000)
        job = self.job(f"{slot}-1", "running")
        self.station.wait(lambda: len(self.struck()) > struck, "the fault has struck")
        return call, lease, job

    def struck(self):
        """What the mock remembers of faults that happen once."""
        return list(self.station.place.glob("faults.*.used"))

    def failure(self, call):
        with self.assertRaises(rekam.Error) as raised:
            call.result()
        return raised.exception

    def works(self, slot):
        self.station.wait_ready(self.client, slot)
        with self.client.case("test") as case, case.lease(slot) as lease:
            self.assertEqual(len(lease.capture(slot, subject="face").frames), 1)

    def test_devices_of_one_process_work_beside_each_other(self):
        self.assertEqual(self.pid(CAM_1), self.pid(CAM_2))
        call, *_ = self.begin("photo", "cam-1", "slow 3000")
        self.works("spare")
        self.assertTrue(call.running, "the slow one did not hold the other up")
        self.assertEqual(len(call.result().frames), 1)

    def test_a_crash_ends_all_jobs_and_all_come_back(self):
        before = self.pid(CAM_1)
        one, first, _ = self.begin("photo", "cam-1", "slow 60000")
        two, second, _ = self.begin("spare", "cam-2", "slow 60000")
        os.kill(before, signal.SIGSEGV)
        self.assertEqual({self.failure(one).code, self.failure(two).code}, {"plugin-crashed"})
        for slot, lease in (("photo", first), ("spare", second)):
            lease.release()
            self.works(slot)
        self.assertEqual(self.pid(CAM_1), self.pid(CAM_2))
        self.assertNotEqual(self.pid(CAM_1), before)

    def test_a_hang_that_needs_a_kill_names_the_culprit_to_the_other(self):
        hanging, first, job = self.begin("photo", "cam-1", "hang")
        innocent, second, _ = self.begin("spare", "cam-2", "slow 60000")
        self.client.call("job.cancel", {"job": job.job})
        self.assertEqual(self.failure(hanging).code, "cancelled")
        error = self.failure(innocent)
        self.assertEqual(error.code, "plugin-crashed")
        self.assertIn(CAM_1, str(error))
        for slot, lease in (("photo", first), ("spare", second)):
            lease.release()
            self.works(slot)

    def test_one_device_leaves_and_comes_back_in_the_same_process(self):
        before = self.pid(CAM_1)
        slots = self.options["slots"]
        self.station.write("slots.toml", slots.replace('"*/cam-2"', '"*/none"'))
        self.station.wait(lambda: not self.client.call("device.get", {"device": CAM_2})["device"]["open"], "it is closed")
        self.works("photo")
        self.station.write("slots.toml", slots)
        self.works("spare")
        self.assertEqual((self.pid(CAM_1), self.pid(CAM_2)), (before, before))

    def test_it_ends_with_the_station(self):
        host = self.pid(CAM_1)
        self.assertEqual(self.station.stop(), 0)
        self.assertFalse(os.path.exists(f"/proc/{host}"))


if __name__ == "__main__":
    unittest.main()
