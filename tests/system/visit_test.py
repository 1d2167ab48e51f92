# SPDX-License-Identifier: Apache-2.0
"""The capture side of a visit with real processes: every kind of device, what it delivers and what it reads."""
import hashlib
import json
import re
import subprocess
import unittest

from capture_test import decode_png
from checked import StationTest
from station import BUILD, plugin_text

SLOTS = "\n".join(f'[slot.{slot}]\nfunction = "{function}"\ndevice = "{device}"\ndesk = "1"\n' for slot, function, device in (
    ("photo", "camera", "id.rekam.mock.camera/cam-1"), ("studio", "camera", "id.rekam.mock.studio-camera/studio-1"),
    ("fingers", "fingerprint", "id.rekam.mock.fingerprint/fp-1"), ("eyes", "iris", "id.rekam.mock.iris/iris-1"),
    ("pen", "signature", "id.rekam.mock.signature-pad/pad-1"), ("document", "document", "id.rekam.mock.document/doc-1"),
    ("mrz", "mrz-reader", "id.rekam.mock.document/doc-1"), ("swipe", "mrz-reader", "id.rekam.mock.mrz-reader/mrz-1")))
MOCKS = {"studio-camera": "studio-1", "iris": "iris-1", "signature-pad": "pad-1", "document": "doc-1", "mrz-reader": "mrz-1"}
SLOT_NAMES = ("photo", "studio", "fingers", "eyes", "pen", "document", "mrz", "swipe")


def configure(running):
    """The mocks beside those that every station of these tests has; one seed, one person."""
    for name, device in MOCKS.items():
        variable = "REKAM_MOCK_" + name.upper().replace("-", "_")
        environment = {variable: f"id={device},seed=7", variable + "_FAULTS": running.place / "faults"}
        running.write(f"plugins.d/{name}.toml",
                      plugin_text(f"rekam-mock-{name}.so", environment, readable_paths=[str(running.place)]))


class Visit(StationTest):
    options = {"slots": SLOTS, "sane": False, "prepare": configure}

    def setUp(self):
        super().setUp()
        self.ready(*SLOT_NAMES)
        self.case = self.client.case("enrol")
        self.lease = self.case.lease(SLOT_NAMES)

    def one(self, slot, **params):
        result = self.lease.capture(slot, **params)
        frame, = result.frames
        self.assertEqual("sha256:" + hashlib.sha256(frame.data).hexdigest(), frame.hash)
        return result, frame

    def test_a_whole_visit(self):
        _, face = self.one("photo", subject="face", formats=["image/jpeg"])
        self.assertTrue(face.data.startswith(b"\xff\xd8\xff"))
        self.assertTrue(face.box.height_px > face.box.width_px)
        for subject, count in (("slap.left", 4), ("slap.right", 4), ("slap.thumbs", 2)):
            result, slap = self.one("fingers", subject=subject, formats=["image/png"])
            self.assertEqual((len(result.fingers), slap.dpi_x, slap.width_px), (count, 500, 1600))
            self.assertTrue(all(finger.quality > 60 and finger.box.width_px > 100 for finger in result.fingers))
        result = self.lease.capture("eyes", subject="eye.both", formats=["image/jp2"])
        self.assertEqual([frame.subject for frame in result.frames], ["eye.left", "eye.right"])
        self.assertEqual([eye.position for eye in result.readings.eyes], ["eye.left", "eye.right"])
        self.assertTrue(result.frames[0].data.startswith(b"\0\0\0\x0cjP  "))
        result, page = self.one("document", subject="document.front", formats=["image/png"], dpi=300)
        self.assertEqual(decode_png(page.data)[:2], (round(125 / 25.4 * 300), round(88 / 25.4 * 300)))
        self.assertEqual((page.dpi_x, page.side), (300, "front"))
        zone = self.lease.capture("mrz", subject="document.front").readings.mrz
        other = self.lease.capture("swipe", subject="document.front").readings.mrz
        self.assertTrue(zone.valid and zone.kind == "TD3")
        self.assertEqual((zone.fields.surname, zone.lines), (other.fields.surname, other.lines))

    def test_a_signature_is_samples_and_picture(self):
        result, drawn = self.one("pen", subject="signature", ink={"color": "#1a237e", "width_um": 500})
        samples = result.readings.samples
        self.assertEqual((samples.width_um, samples.height_um), (96000, 60000))
        self.assertTrue(len(samples.t_us) == len(samples.x_um) == len(samples.pressure) > 200)
        self.assertEqual(drawn.format, "image/svg+xml")
        self.assertIn(b'width="96.000mm" height="60.000mm"', drawn.data)
        self.assertIn(b"#1a237e", drawn.data)
        _, pixels = self.one("pen", subject="signature", formats=["image/png"])
        width, height, bits, channels, _ = decode_png(pixels.data)
        self.assertEqual((width, height, bits, channels, pixels.dpi_x), (2268, 1417, 8, 1, 600))
        self.assertEqual(self.lease.capture("pen", subject="signature", formats=["application/x-rekam-samples"]).frames, [])

    def test_a_camera_on_its_side_gives_upright_pictures(self):
        _, raw = self.one("studio", subject="face", formats=["image/x-rekam-raw"])
        self.assertEqual((raw.width_px, raw.height_px, raw.orientation), (1600, 1200, 6))
        _, frame = self.one("studio", subject="face", formats=["image/png"])
        self.assertEqual((frame.width_px, frame.height_px, frame.orientation), (1200, 1600, 1))
        self.assertTrue(frame.box.height_px > frame.box.width_px, "the box turned with it")
        self.fails("unsupported-parameter", self.lease.capture, "studio", subject="face", light="on")

    def test_readings_are_asked_for_again_but_never_stored(self):
        capture = self.lease.start("swipe", subject="document.front")
        zone = capture.result().readings.mrz
        self.assertEqual(self.client.job(idem=capture.idem).readings.mrz.lines, zone.lines)
        other = self.connect()
        self.assertIsNone(other.job(idem=capture.idem).readings)
        self.assertTrue(other.job(idem=capture.idem).readings_expired)
        self.client.call("case.close", {"case": self.case.id, "keep": []})
        self.assertTrue(self.client.job(idem=capture.idem).readings_expired)
        self.station.stop()
        stored = b"".join(path.read_bytes() for path in (self.station.place / "state").rglob("*") if path.is_file())
        self.assertIn(capture.idem.encode(), stored)
        self.assertNotIn(zone.lines[0].encode(), stored)
        self.assertNotIn(zone.fields.number.encode(), stored)

    def test_what_is_wrong_is_told(self):
        self.station.faults("mrz-1 run misread\n")
        zone = self.lease.capture("swipe", subject="document.front").readings.mrz
        self.assertFalse(zone.valid)
        self.assertEqual([check.field for check in zone.checks if not check.ok], ["number", "composite"])
        self.station.faults("pad-1 run truncated\n")
        error = self.fails("bad-frame", self.lease.capture, "pen", subject="signature")
        self.assertIn("samples", error.message)
        self.station.faults("cam-1 run quality 40\n")
        error = self.fails("poor-quality", self.lease.capture, "photo", subject="face", min_quality=60)
        self.assertIn("blurred", error.message)
        self.station.faults("pad-1 run no-frames\n")
        self.fails("broken-promise", self.lease.capture, "pen", subject="signature")
        self.station.faults("")
        self.assertEqual(len(self.lease.capture("pen", subject="signature").frames), 1)

    def test_rekamctl_shows_readings(self):
        self.lease.release()
        command = [BUILD / "bin/rekamctl", "--station", self.station.runtime]
        told = subprocess.run([*command, "capture", "swipe", "-o", self.station.place], capture_output=True, text=True, check=True)
        self.assertRegex(told.stdout, re.compile(r"^P<UTO", re.M))
        self.assertIn("surname: ", told.stdout)
        told = subprocess.run([*command, "--json", "capture", "pen", "-o", self.station.place], capture_output=True, text=True, check=True)
        document = json.loads(told.stdout)
        self.assertEqual(document["result"]["readings"]["samples"]["width_um"], 96000)
        self.assertEqual(len(document["files"]), 1)


if __name__ == "__main__":
    unittest.main()
