# SPDX-License-Identifier: Apache-2.0
"""A short day at the office: every incident once, and nobody gets another's picture or a second card."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from station import BUILD, SOURCE

sys.path[:0] = [str(SOURCE / "sdk/client/python")]
import day_desk  # noqa: E402  pylint: disable=wrong-import-position
from PIL import Image  # noqa: E402  pylint: disable=wrong-import-position


class Day(unittest.TestCase):
    def test_twelve_visits(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "day.json"
            done = subprocess.run([sys.executable, SOURCE / "mocks/station/day.py", "--build", BUILD, "--visits", "12", "--seed", "3",
                                   "--json", out], capture_output=True, text=True, timeout=280, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            figures = json.loads(out.read_text())
        self.assertEqual((figures["visits"], figures["cards"]), (12, 12), done.stdout)
        self.assertEqual((figures["wrong_person"], figures["second_card"], figures["without_card"]), (0, 0, 0))
        self.assertEqual({one["incident"] for one in figures["incidents"]}, set(day_desk.INCIDENTS))
        self.assertGreaterEqual(figures["captures"], 36)
        self.assertGreaterEqual(figures["retakes"], 1, "the blurred photo")
        self.assertGreaterEqual(figures["refused"], 5)
        self.assertIn("second_card", done.stdout)

    def test_the_plan_is_the_seeds(self):
        self.assertEqual(day_desk.plan(300, 7), day_desk.plan(300, 7))
        self.assertNotEqual(day_desk.plan(300, 7), day_desk.plan(300, 8))
        self.assertEqual(set(day_desk.plan(10, 1).values()), set(day_desk.INCIDENTS))
        self.assertEqual(len(day_desk.plan(3, 1)), 3)

    def test_a_picture_of_another_is_recognised(self):
        picture = Image.new("L", (320, 300), 200)
        bits = 0xB2 << 40 | 4711 << 8 | sum((4711).to_bytes(4, "big")) & 255
        for square in range(48):
            picture.paste(0 if bits >> (47 - square) & 1 else 255, (square * 6, 0, square * 6 + 6, 6))
        self.assertEqual(day_desk.person_in(picture), 4711)
        self.assertEqual(day_desk.person_in(picture.rotate(-90, expand=True)), 4711, "of a sensor that lies on its side")
        picture.paste(255, (24, 0, 60, 6))
        self.assertIsNone(day_desk.person_in(picture))


if __name__ == "__main__":
    unittest.main()
