# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Texts for people: which file is read, and what stands in for what is not in it."""
import os
import pathlib
import tempfile
import unittest
from unittest import mock

import rekam


class Files(unittest.TestCase):
    def test_the_tree_has_both_languages(self):
        self.assertLessEqual({"en", "id"}, set(rekam.Hints.languages()))
        self.assertEqual(rekam.Hints("id").text("load-paper", reader="speech"), "Mohon isi kertas.")

    def test_a_language_without_a_file_is_english(self):
        self.assertEqual(rekam.Hints("xx").language, "en")
        with tempfile.TemporaryDirectory() as empty:
            nothing = rekam.Hints("en", [empty])
        self.assertIsNone(nothing.language)
        self.assertIsNone(nothing.text("load-paper", "feeder-empty"))

    def test_a_chosen_directory_goes_first(self):
        with tempfile.TemporaryDirectory() as place, mock.patch.dict(os.environ, {"REKAM_HINTS": place}):
            pathlib.Path(place, "en.toml").write_text('[default]\napplicant = "Wait."\n[hint.a]\noperator = "Do."\n'
                                                      '[code]\njam = "a"\n', encoding="utf-8")
            hints = rekam.Hints("en")
        self.assertEqual(hints.text("a"), "Do.")
        self.assertEqual(hints.text("acme-knob", "jam"), "Do.")  # a vendor's own hint: that of the code
        self.assertEqual(hints.text(None, "jam", "applicant"), "Wait.")
        self.assertIsNone(hints.text("a", reader="speech"))
        self.assertIsNone(hints.text("acme-knob", "acme"))


if __name__ == "__main__":
    unittest.main()
