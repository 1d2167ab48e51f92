# SPDX-License-Identifier: Apache-2.0
"""Requests that fit and requests that do not, judged by an independent validator."""

import json
import unittest

import cases
import schemas

CODES = {"bad-request", "out-of-range", "unsupported-parameter", "unsupported-version", "unknown-op", "no-lease", "too-large"}


class Cases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kept = {path.stem: json.loads(path.read_text()) for path in cases.FOLDER.glob("*.json")}
        cls.all = [(stem, case) for stem, listed in cls.kept.items() for case in listed]

    def test_files_are_what_the_generator_makes(self):
        made = cases.everything()
        self.assertEqual(sorted(made), sorted(self.kept))
        for stem, listed in made.items():
            self.assertEqual(cases.text(listed), (cases.FOLDER / f"{stem}.json").read_text(), f"run cases.py --write ({stem})")

    def test_there_are_enough_and_their_names_differ(self):
        self.assertGreater(len(self.all), 900)
        self.assertEqual(len(self.all), len({(stem, case["name"]) for stem, case in self.all}))
        for op in schemas.operations():
            self.assertIn("ok", [case["expect"] for case in self.kept[op]], op)

    def test_the_schemas_agree(self):
        for stem, case in self.all:
            if "raw" in case or not case.get("draft07", True):
                continue
            with self.subTest(stem, case=case["name"]):
                found = schemas.problems("request", case["request"])
                self.assertEqual(case["expect"] == "ok", not found, found)

    def test_what_the_schemas_cannot_say_is_listed_and_no_more(self):
        for stem, case in self.all:
            if case.get("draft07", True) or "raw" in case:
                continue
            with self.subTest(stem, case=case["name"]):
                self.assertIn("point-zero", case["name"])
                self.assertFalse(schemas.problems("request", case["request"]), "the schema can say it: take draft07 away")

    def test_answers_are_words_of_the_contract(self):
        for stem, case in self.all:
            with self.subTest(stem, case=case["name"]):
                self.assertIn(case.get("by", "reader"), ("reader", "station"))
                if case["expect"] != "ok":
                    self.assertIn(case["expect"]["code"], CODES)
                    self.assertLessEqual(CODES, set(schemas.enum("code")))


if __name__ == "__main__":
    unittest.main()
