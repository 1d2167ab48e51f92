# SPDX-License-Identifier: Apache-2.0
"""A camera dies in the middle of a visit and another make stands in by itself; a person mends it, and it is back when the visit
is over. And: which of the devices is it, and what do people call the place where it is plugged in?"""
import contextlib
import json
import os
import signal
import subprocess
import unittest

from checked import StationTest
from station import BUILD, plugin_text

OWN, OTHER = "id.rekam.mock.camera/cam-1", "id.rekam.mock.studio-camera/studio-1"
SLOTS = f"""
[slot.photo]
function = "camera"
device = "*/cam-1"
fallback = ["{OTHER}"]
defaults = {{ light = "on" }}
"""


def configure(running):
    environment = {"REKAM_MOCK_STUDIO_CAMERA": "id=studio-1,seed=7", "REKAM_MOCK_STUDIO_CAMERA_FAULTS": running.place / "faults"}
    running.write("plugins.d/studio-camera.toml",
                  plugin_text("rekam-mock-studio-camera.so", environment, readable_paths=[str(running.place)]))


class Fallback(StationTest):
    options = {"slots": SLOTS, "sane": False, "prepare": configure,
               "settings": '[supervision]\nfallback_after_ms = 500\n[ports]\n"mock:cam-1" = "left rear"\n'}

    def setUp(self):
        super().setUp()
        self.station.wait_ready(self.client, "photo")

    def ctl(self, *arguments, exit_code=0):
        done = subprocess.run([BUILD / "bin/rekamctl", "--station", self.station.runtime, "--json", *arguments],
                              capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def kill_into_quarantine(self):
        def once():
            record = self.client.device(OWN)
            if record.get("pid") and record.state != "quarantined":
                with contextlib.suppress(ProcessLookupError):
                    os.kill(record.pid, signal.SIGSEGV)
            return record.state == "quarantined"
        self.station.wait(once, f"{OWN} is quarantined")

    def test_another_make_stands_in_and_the_own_one_comes_back(self):
        with self.client.case("enrol") as case, case.lease("photo") as lease:
            self.assertEqual(lease.capture("photo", subject="face").frames[0].device.id, OWN)
            self.kill_into_quarantine()
            self.station.wait(lambda: self.client.slot("photo").device == OTHER, "the other one stands in")
            self.station.wait_ready(self.client, "photo")
            self.assertEqual(lease.capture("photo", subject="face").frames[0].device.id, OTHER, "the same lease, the same request")
            slot = self.client.slot("photo")
            self.assertTrue(slot.on_fallback)
            self.assertIn(f"{OTHER} stands in for {OWN}", slot.reason)
            finding, = self.ctl("doctor", "photo", exit_code=3)["findings"]
            self.assertEqual((finding["cause"], finding["device"], finding["port"]), ("quarantined", OWN, "left rear"))
            self.assertEqual(self.ctl("readiness", exit_code=3)["verdict"], "ready-with-warnings")
            self.assertEqual(self.client.clear_quarantine(device=OWN), 1)
            self.station.wait(lambda: self.client.device(OWN).open, "it is open again")
            self.assertEqual(self.client.slot("photo").device, OTHER, "not in the middle of a visit")
        self.station.wait(lambda: self.client.slot("photo").device == OWN, "it is back")
        self.assertFalse(self.client.slot("photo").on_fallback)
        kinds = [one["entry"]["kind"] for one in self.ctl("journal", "--slot", "photo")["entries"]]
        self.assertEqual(kinds.count("slot.fallback"), 2)

    def test_which_one_is_it(self):
        shown = self.ctl("identify", "photo", "--seconds", "1")
        self.assertEqual((shown["device"], shown["means"], shown["seconds"]), (OWN, ["light"], 1))
        self.assertEqual(self.client.identify("photo", seconds=0).means, ["light"])
        self.assertEqual(self.client.device(OWN).port, "left rear")
        self.assertEqual(self.fails("unknown-slot", self.client.identify, "nothing").path, "params.slot")


if __name__ == "__main__":
    unittest.main()
