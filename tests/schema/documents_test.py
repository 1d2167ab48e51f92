# SPDX-License-Identifier: Apache-2.0
"""Every example in the documents is what it says it is, and the examples of a capture make one story."""

import json
import pathlib
import re
import tempfile
import unittest

import examples
import schemas


class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.all = examples.everything()

    def test_examples_follow_their_schemas(self):
        for example in self.all:
            with self.subTest(example.place):
                self.assertEqual([], example.problems())

    def test_there_are_examples_of_each_kind(self):
        kinds = {example.words[0] for example in self.all}
        self.assertLessEqual({"request", "reply", "progress", "event", "beat", "welcome", "error", "capabilities"}, kinds)

    def test_capabilities_have_an_example_for_each_kind_of_function(self):
        shown = {example.words[1] for example in self.all if example.words[0] == "capabilities"}
        self.assertLessEqual({"camera", "fingerprint", "document", "requires"}, shown)

    def test_files_that_the_documents_name_exist(self):
        for path in (schemas.ROOT / "sdk" / "protocol.md", schemas.FOLDER / "README.md"):
            for name in re.findall(r"`(?:schema/)?([a-z.]+\.json)`", path.read_text()):
                with self.subTest(path.name, file=name):
                    self.assertIn(name, schemas.store())

    def test_links_inside_the_protocol_lead_somewhere(self):
        text = (schemas.ROOT / "sdk" / "protocol.md").read_text()
        headings = {re.sub(r"[^a-z -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^##+ (.*)$", text, re.M)}
        for anchor in re.findall(r"\]\(#([^)]+)\)", text):
            self.assertIn(anchor, headings)


class Extractor(unittest.TestCase):
    """A document that breaks the rules is noticed."""

    def read(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a.md"
            path.write_text(text)
            original, schemas.ROOT = schemas.ROOT, pathlib.Path(folder)
            try:
                return list(examples.of(path))
            finally:
                schemas.ROOT = original

    def test_a_block_without_schema(self):
        with self.assertRaisesRegex(ValueError, "a.md:2: say which schema"):
            self.read("text\n```json\n{}\n```\n")

    def test_a_block_that_is_not_json(self):
        with self.assertRaisesRegex(ValueError, "a.md:1"):
            self.read("```json time\n{,}\n```\n")

    def test_a_wrong_example(self):
        good = {"utc_us": 1, "mono_us": 1, "boot": "b", "synced": True}
        for instance, fits in ((good, True), ({**good, "synced": 1}, False), ({}, False)):
            example, = self.read(f"```json time\n{json.dumps(instance)}\n```\n")
            self.assertEqual(fits, not example.problems())

    def test_a_reply_is_judged_by_its_result_too(self):
        head = {"v": 1, "id": "1", "more": False, "ok": True}
        example, = self.read("```json reply case.open\n" + json.dumps({**head, "result": {}}) + "\n```\n")
        self.assertTrue(example.problems())

    def test_other_blocks_are_left_alone(self):
        self.assertEqual([], self.read("```\n{}\n```\n```python\nx\n```\n"))


if __name__ == "__main__":
    unittest.main()
