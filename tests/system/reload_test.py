# SPDX-License-Identifier: Apache-2.0
"""The configuration changes while clients work: a slot gets another device under a lease and a capture, a slot goes, a
wrong file changes nothing."""
import signal
import unittest

from checked import Background, StationTest
from station import SLOTS

SWAPPED = SLOTS.replace("cam-1", "cam-x").replace("cam-2", "cam-1").replace("cam-x", "cam-2")
WITHOUT_PHOTO = SLOTS.replace('[slot.photo]\nfunction = "camera"\ndevice = "*/cam-1"\ndesk = "1"\n', "")


class Reloads(StationTest):
    def configuration(self):
        return self.client.info()["config"]

    def reload(self, text):
        """Writes slots.toml and waits until it is in force."""
        before = self.configuration()["rev"]
        self.station.write("slots.toml", text)
        self.station.process.send_signal(signal.SIGHUP)
        self.station.wait(lambda: self.configuration()["rev"] > before, "the new configuration is in force")

    def running(self, lease, idem, milliseconds=60_000):
        """A capture on `photo` that runs until it is interrupted, or so long."""
        self.station.faults(f"once cam-1 run slow {milliseconds}\n")
        call = Background(lease.capture, "photo", subject="face", idem=idem, deadline_ms=100_000)
        self.job(idem, "running")
        return call

    def mine(self):
        return [entry["lease"] for entry in self.client.call("lease.list", {})["leases"] if entry["mine"]]

    def test_a_slot_is_bound_to_another_device_under_a_lease_and_a_capture(self):
        before = self.client.slot("photo")
        other = self.connect()
        with self.client.case("test") as case, case.lease("photo") as lease:
            running = self.running(lease, "old-device")
            waiting = Background(lease.capture, "photo", subject="face", idem="waits", deadline_ms=100_000)
            self.job("waits", "waiting")
            with other.events("slot.photo") as events:
                first = next(events)
                self.assertEqual(first.data["device"], before.device)
                self.reload(SWAPPED)
                event = next(event for event in events if event.data.get("device") != before.device)
            error = self.fails("cancelled", running.result)
            self.assertIn("bound to another device", error.message)
            self.assertEqual((error.retry, error.device), ("now", "id.rekam.mock.camera/cam-1"), "it ended on the old one")
            self.assertEqual(waiting.result().frames[0].device.model, "Beta", "what only waited goes to the new one")
            self.assertEqual(self.mine(), [lease.id], "the lease survives")
            self.assertEqual(lease.capture("photo", subject="face").frames[0].device.model, "Beta")
            after = self.client.slot("photo")
            self.assertEqual(after.device, "id.rekam.mock.camera/cam-2")
            self.assertGreater(after.fence, before.fence)
            self.assertGreater(after.caps_rev, before.caps_rev, "whoever keeps capabilities by their number reads them again")
            self.assertEqual((event.data["device"], event.data["seq"] > first.data["seq"]), (after.device, True))
        with other.case("test") as case, case.lease("spare") as lease:
            self.ready("spare")
            self.assertEqual(lease.capture("spare", subject="face").frames[0].device.model, "Alpha")

    def test_a_slot_that_goes_takes_its_lease_and_capture_along_and_no_other(self):
        other = self.connect()
        spare = other.case("test").lease("spare")
        lease = self.client.case("test").lease("photo")
        running = self.running(lease, "goes")
        waits = Background(other.lease, ["photo"], other.case("test").id, wait_ms=60_000)
        self.station.wait(lambda: waits.running, "the other client waits")
        self.reload(WITHOUT_PHOTO)
        self.assertIn("its lease ended", self.fails("cancelled", running.result).message)
        self.assertIn("see slot.list", self.fails("unknown-slot", waits.result).message)
        self.fails("no-lease", self.client.call, "lease.renew", {"lease": lease.id})
        self.fails("unknown-slot", self.client.slot, "photo")
        self.assertEqual(len(spare.capture("spare", subject="face").frames), 1)
        self.reload(SLOTS)
        self.ready("photo")
        with self.client.case("test") as case, case.lease("photo") as again:
            self.assertEqual(len(again.capture("photo", subject="face").frames), 1)

    def test_a_refused_file_says_where_and_why_and_changes_nothing(self):
        with self.client.case("test") as case, case.lease("photo") as lease:
            before, slot = self.configuration(), self.client.slot("photo")
            running = self.running(lease, "goes-on", 3_000)
            wrong = SWAPPED + '\n[slot.extra]\nfunction = "camra"\ndevice = "*/cam-2"\n'
            self.station.write("slots.toml", wrong)
            line = wrong.splitlines().index('function = "camra"') + 1
            refused = self.station.wait(lambda: self.configuration().get("error"), "the refusal is told")
            self.assertRegex(refused, rf"^slots\.toml:{line}:\d+: slot\.extra\.function: must be one of camera")
            self.station.process.send_signal(signal.SIGHUP)
            self.station.wait(lambda: self.station.log.count("refused, the old one stays") > 1, "SIGHUP reads it again")
            self.assertEqual(self.configuration()["rev"], before["rev"])
            self.assertEqual(running.result().frames[0].device.model, "Alpha", "the capture goes on")
            self.assertEqual(self.mine(), [lease.id])
            now = self.client.slot("photo")
            self.assertEqual((now.device, now.fence, now.caps_rev), (slot.device, slot.fence, slot.caps_rev))
            self.fails("unknown-slot", self.client.slot, "extra")
            self.reload(SLOTS)
            self.assertNotIn("error", self.configuration(), "a mended file ends the complaint")
            self.assertEqual(lease.capture("photo", subject="face").frames[0].device.model, "Alpha")


if __name__ == "__main__":
    unittest.main()
