# SPDX-License-Identifier: Apache-2.0
"""The sample application when things go wrong, on the demonstration's desk with fault scripts of its own."""
import io
import json
import os
import pathlib
import shutil
import tempfile
import threading
import time
import unittest

from PIL import Image

import rekam
import mocks.station.enrol as enrol  # also puts its folder on the path, as when it is started
import card_face
import fault_script
from chip_files import DATA, PICTURE, Refused, read, write, write_all
from desk import Desk, wait_ready
from hands import Failure
from voice import Voice

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = os.environ.get("REKAM_BUILD_DIR", ROOT / "build/dev")
LIMIT_S = 60
STUDIO = "id.rekam.mock.studio-camera/studio-1"


class AtTheDesk(unittest.TestCase):
    def setUp(self):
        self.out = pathlib.Path(tempfile.mkdtemp(prefix="rekam-enrol-test-"))
        self.addCleanup(shutil.rmtree, self.out)
        self.desk = Desk(BUILD, self.out / "station.log")
        self.addCleanup(self.desk.stop)
        self.station = self.desk.connect(client="test", operator="demo")
        self.addCleanup(self.station.close)
        wait_ready(self.station, [slot.slot for slot in self.station.slots()])
        self.said = io.StringIO()
        for script in ("cameras", "others", "cards"):
            self.fault(script, "")  # nobody waits in this test
        self.desk.hands.obey("load-ribbon")

    def fault(self, script, text):
        fault_script.replace(self.desk.place / "faults" / f"{script}.toml", fault_script.script(text))

    def visit(self):
        return enrol.enrol(self.station, self.out, Voice("en", self.said), self.desk.hands)

    def fails(self, kind, words):
        """The visit ends so, leaves no lease behind, and its case is closed."""
        with self.assertRaisesRegex(kind, words) as raised:
            self.visit()
        self.assertEqual(self.station.leases(), [])
        self.assertEqual(self.station.cases("open"), [])
        self.assertFalse((self.out / "visit.json").exists())
        return raised.exception

    def fed(self):
        """How many blanks the printer has taken."""
        memory = (self.desk.place / "cards/printer-1/memory").read_text().split()
        return int(dict(zip(memory[::2], memory[1::2]))["fed"])

    def test_no_picture_is_good_enough(self):
        self.fault("cameras", "* run quality 30\n")
        self.fails(Failure, "face: no picture was good enough in 3 tries")
        self.assertEqual(len(list(self.out.glob("face-try-*.png"))), 3)

    def test_a_zone_that_was_misread_names_nobody(self):
        self.fault("others", "doc-1 run misread\n")
        self.fails(Failure, "zone was misread")

    def test_a_jam_is_cleared_and_the_card_made_anew(self):
        self.fault("cards", "once printer-1 print error jam\n")
        card = self.visit()["steps"][8]
        self.assertEqual([trouble["code"] for trouble in card["troubles"]], ["jam"])
        self.assertEqual((card["card_at"], card["counter_after"], self.fed()), ("exit", 1, 2))
        self.assertIn("A card is stuck", self.said.getvalue())

    def test_what_nobody_mends_ends_the_visit(self):
        self.fault("cards", "printer-1 print error jam\n")
        self.assertEqual(self.fails(rekam.Error, "stuck|jam").code, "jam")
        self.assertEqual(self.fed(), 3)

    def test_an_unknown_card_is_not_made_again(self):
        self.fault("cards", "printer-1 print unsure\n")
        self.assertEqual(self.fails(rekam.Error, "").effect, "unknown")
        self.assertEqual(self.fed(), 1)

    def test_another_make_takes_the_photo_from_the_middle_of_the_visit(self):
        self.fault("others", "doc-1 run slow 1000\n")
        seen = []

        def swap():
            until = time.monotonic() + LIMIT_S
            while not (self.out / "document-front.png").exists() and time.monotonic() < until:
                time.sleep(0.01)
            with self.desk.connect(client="technician") as technician:
                seen.append(technician.bind("photo", STUDIO).device)
        thread = threading.Thread(target=swap)
        thread.start()
        visit = self.visit()
        thread.join()
        self.assertEqual(seen, [STUDIO])
        self.assertEqual({frame["device"]["id"] for frame in visit["steps"][1]["frames"]}, {STUDIO})
        self.assertEqual(json.loads((self.out / "visit.json").read_text())["case"], visit["case"])


class Faces(unittest.TestCase):
    """Pictures of a camera that does not tell where the face is, and of somebody with a long name."""

    def test_without_a_box_the_middle_is_taken(self):
        for size in ((640, 480), (300, 900), (120, 90)):
            picture = io.BytesIO()
            Image.new("RGB", size, "white").save(picture, "PNG")
            part = card_face.portrait(picture.getvalue(), None)
            self.assertTrue(0 < part.width <= size[0] and 0 < part.height <= size[1], size)
            self.assertAlmostEqual(part.width / part.height, 3 / 4, delta=0.02)

    def test_a_box_at_the_edge_stays_inside(self):
        picture = io.BytesIO()
        image = Image.new("RGB", (400, 400), "white")
        image.paste((9, 9, 9), (0, 0, 100, 100))
        image.save(picture, "PNG")
        part = card_face.portrait(picture.getvalue(), {"x_px": 0, "y_px": 0, "width_px": 90, "height_px": 100})
        self.assertEqual((part.width, part.height, part.getpixel((0, 0))), (127, 170, (9, 9, 9)))

    def test_a_long_name_fits_and_an_empty_signature_is_none(self):
        white = io.BytesIO()
        Image.new("L", (200, 100), 255).save(white, "PNG")
        person = {"given_names": "MADE ARYA WIRATAMA KUSUMA", "surname": "SIMANJUNTAK", "number": "X1", "birth_date": "990131",
                  "expiry_date": "300131"}
        front = Image.open(io.BytesIO(card_face.front(white.getvalue(), None, white.getvalue(), person)))
        self.assertEqual((front.size, front.format), ((1011, 638), "PNG"))
        gap = front.crop((card_face.PORTRAIT[0] - 20, 170, card_face.PORTRAIT[0], 230)).convert("L")
        self.assertGreater(min(gap.getdata()), 150, "no letter comes near the portrait")


class Chip:
    """A card as Card.transmit shows it: files that hold 16,384 bytes."""

    def __init__(self, lose=False):
        self.files, self.at, self.requests, self.lose = {DATA: bytearray(16384), PICTURE: bytearray(16384)}, None, [], lose

    def transmit(self, *commands):
        self.requests.append(len(commands))
        answers = []
        for command in commands:
            answers.append(self.one(command))
            if answers[-1][1] != 0x9000:
                break
        return answers

    def one(self, command):
        offset = int.from_bytes(command[2:4], "big")
        if command[1] == 0xA4:
            self.at = self.files.get(int.from_bytes(command[5:7], "big"))
            return b"", 0x9000 if self.at is not None else 0x6A82
        if command[1] == 0xD6:
            if not self.lose:
                self.at[offset:offset + command[4]] = command[5:]
            return b"", 0x9000
        return bytes(self.at[offset:offset + command[4]]), 0x9000


class Files(unittest.TestCase):
    def test_what_is_written_is_read_in_requests_of_no_more_than_64(self):
        data = bytes(range(256)) * 62 + b"end"
        chip = Chip()
        write_all(chip, {DATA: b"", PICTURE: data})
        self.assertEqual(read(chip, PICTURE), data)
        self.assertGreater(len(data) / 240, 64)
        self.assertEqual(max(chip.requests), 64)

    def test_a_card_that_says_no(self):
        with self.assertRaisesRegex(Refused, "6a82"):
            write(Chip(), 0x9999, b"x")

    def test_a_card_that_forgets(self):
        with self.assertRaisesRegex(Refused, "does not hold"):
            write_all(Chip(lose=True), {DATA: b"SITI"})


if __name__ == "__main__":
    unittest.main()
