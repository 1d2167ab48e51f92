# SPDX-License-Identifier: Apache-2.0
"""A technician's day with real processes: a camera dies for good, the doctor says so, another make takes its place under a
client's lease, a slot is taken out of service, and all of it is still so after a restart."""
import contextlib
import json
import os
import signal
import subprocess
import unittest

from checked import Background, StationTest
from station import BUILD, SLOTS, plugin_text

OTHER = "id.rekam.mock.studio-camera/studio-1"


def configure(running):
    """Beside the usual mocks another make of camera, behind no slot."""
    environment = {"REKAM_MOCK_STUDIO_CAMERA": "id=studio-1,seed=7", "REKAM_MOCK_STUDIO_CAMERA_FAULTS": running.place / "faults"}
    running.write("plugins.d/studio-camera.toml",
                  plugin_text("rekam-mock-studio-camera.so", environment, readable_paths=[str(running.place)]))


class Technician(StationTest):
    options = {"slots": SLOTS, "sane": False, "prepare": configure}

    def setUp(self):
        super().setUp()
        self.ready("photo", "spare", "fingers")

    def ctl(self, *arguments, exit_code=0):
        done = subprocess.run([BUILD / "bin/rekamctl", "--station", self.station.runtime, "--operator", "Siti", "--json", *arguments],
                              capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def kill_into_quarantine(self, slot):
        """Ends the host of the slot's device as often as it comes back."""
        device = self.client.slot(slot).device

        def once():
            record = self.client.device(device)
            if record.state == "quarantined":
                return True
            if record.get("pid"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(record.pid, signal.SIGABRT)  # of SIGSEGV the address sanitizer would make an exit
            return False
        self.station.wait(once, f"{device} is quarantined")
        return device

    def restart(self):
        self.station.stop()
        self.client.close()
        self.station.start()
        self.client = self.connect()

    def test_a_dead_camera_is_replaced_under_a_lease(self):
        case = self.client.case("enrol")
        lease = case.lease("photo")
        self.assertEqual(lease.capture("photo", subject="face").frames[0].device.model, "Alpha")
        dead = self.kill_into_quarantine("photo")
        finding, = self.ctl("doctor", "photo", exit_code=3)["findings"]
        self.assertEqual((finding["cause"], finding["device"], finding["who"]), ("quarantined", dead, "technician"))
        self.assertEqual(finding["crash"]["plugin"], "id.rekam.mock.camera")
        self.assertEqual(finding["crash"]["signal"], signal.SIGABRT)
        self.fails("plugin-quarantined", lease.capture, "photo", subject="face")
        listed = self.ctl("replace", "photo")["candidates"]
        self.assertEqual([one["device"] for one in listed], [OTHER])
        replaced = self.ctl("replace", "photo", "--yes")["replaced"]
        self.assertEqual((replaced["from"]["device"], replaced["to"]["device"], replaced["by"]), (dead, OTHER, "Siti"))
        self.assertIn(replaced["health"], ("ok", "degraded"))
        frame, = lease.capture("photo", subject="face").frames
        self.assertEqual(frame.device.id, OTHER, "the same lease, the same request")
        self.assertEqual(self.ctl("doctor", "photo")["findings"][0]["cause"], "healthy")

        held = self.ctl("hold", "photo", "-r", "lens cracked")["held"]
        self.assertEqual((held["reason"], held["by"]), ("lens cracked", "Siti"))
        self.assertIn("lens cracked", self.fails("held", lease.capture, "photo", subject="face").message)
        self.ctl("release", "photo")
        self.assertEqual(len(lease.capture("photo", subject="face").frames), 1)
        self.ctl("hold", "photo", "-r", "lens cracked")
        case.close()
        self.restart()
        self.station.wait(lambda: self.client.slot("photo").device == OTHER, "the device is found again")
        slot = self.client.slot("photo")
        self.assertEqual((slot.device, slot.admin, slot.held.by), (OTHER, "held", "Siti"))
        self.ctl("doctor", "photo", exit_code=3)
        self.ctl("release", "photo")
        self.ready("photo")
        with self.client.case("test") as again, again.lease("photo") as fresh:
            self.assertEqual(fresh.capture("photo", subject="face").frames[0].device.id, OTHER)

    def test_a_quarantine_ends_and_a_plugin_is_loaded_anew(self):
        dead = self.kill_into_quarantine("photo")
        self.assertEqual(self.ctl("plugin", "clear", dead)["cleared"], 1)
        self.ready("photo")
        self.ctl("plugin", "clear", dead, exit_code=2)
        before = self.client.device(dead).pid
        with self.client.case("test") as case, case.lease("photo") as lease:
            running = Background(lease.capture, "photo", subject="face")
            self.ctl("plugin", "reload", "id.rekam.mock.camera")
            self.assertEqual(len(running.result().frames), 1, "no job is lost by it")
        self.station.wait(lambda: self.client.device(dead).get("pid") not in (None, before), "its process is another one")
        self.ready("photo")
        done = self.ctl("reset", "photo")
        self.assertEqual((done["level"], done["state"]), ("restart", "ready"))
        self.ctl("reset", "photo", "--level", "usb", exit_code=64)

    def test_rights_are_those_of_the_file(self):
        self.assertIn("slot.hold", self.client.welcome.rights)
        self.assertEqual(self.client.welcome.roles, ["station", "technician", "supervisor"])
        check = subprocess.run([BUILD / "bin/rekamd", "--check-config", self.station.config], capture_output=True, text=True, check=True)
        self.assertIn("may do everything", check.stdout)
        rev = self.client.info().config.rev
        text = (self.station.config / "rekamd.toml").read_text()
        self.station.write("rekamd.toml", text + f"\n[rights]\ntechnician = ['uid:{os.getuid()}']\n")
        self.station.wait(lambda: self.client.info().config.rev > rev, "the table is in force")
        self.assertIn("slot.hold", self.connect().welcome.rights, "the station's own user keeps every right")


if __name__ == "__main__":
    unittest.main()
