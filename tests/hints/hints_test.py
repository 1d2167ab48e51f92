# SPDX-License-Identifier: Apache-2.0
"""Every hint that the station can give has a text in every language, every text has a hint, and each is fit to be said."""
import json
import os
import pathlib
import re
import tomllib
import unittest

ROOT = pathlib.Path(os.environ["REKAM_SOURCE_DIR"])
LANGUAGES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "config/hints").glob("*.toml")}
READERS = ("operator", "technician", "speech", "pictogram")  # an applicant's may be the language's [default]
SPEECH_WORDS_MAX = 12
VOCABULARY = (ROOT / "sdk/vocabulary.md").read_text(encoding="utf-8")
WORDS = json.loads((ROOT / "sdk/schema/words.json").read_text(encoding="utf-8"))["definitions"]


def sources():
    for folder in ("core", "plugins", "mocks/devices"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".cc", ".h") and "tests" not in path.relative_to(ROOT).parts:
                yield path, path.read_text(encoding="utf-8")


def listed(number):
    """Keys of the n-th table under "Hints" in sdk/vocabulary.md."""
    section = re.search(r"^## Hints\n(.*?)^## ", VOCABULARY, re.MULTILINE | re.DOTALL)[1]
    tables = [part for part in re.split(r"\n\n", section) if part.startswith("| ")]
    return re.findall(r"^\| `([a-z-]+)` \|", tables[number], re.MULTILINE)


def given(text):
    """The hints that stand in a source where a hint belongs."""
    yield from re.findall(r'\bhint(?:\(| = |\{)\s*"([a-z-]+)"', text)
    yield from re.findall(r'REKAM_E_\w+,\s*"([a-z-]+)"', text)
    yield from re.findall(r'\b(?:by_operator|technician)\("([a-z-]+)"|\bsystem\(Retry::\w+, "([a-z-]+)"', text)
    for call in re.findall(r"\.(?:failed|degraded)\((.*?)\);", text, re.DOTALL):
        if literals := re.findall(r'"([^"]*)"', call.rpartition("REKAM_WHO_")[2]):
            yield literals[-1]


class Keys(unittest.TestCase):
    def test_the_vocabulary_lists_each_once(self):
        keys = listed(0) + listed(1)
        self.assertEqual(len(keys), len(set(keys)))
        self.assertGreater(len(keys), 30)
        self.assertEqual(set(keys) & set(WORDS["guidance"]["enum"]), set())

    def test_what_a_source_gives_is_listed(self):
        known, found = {*listed(0), *WORDS["guidance"]["enum"]}, set()
        for path, text in sources():
            for entry in given(text):
                for key in [entry] if isinstance(entry, str) else filter(None, entry):
                    self.assertIn(key, known, f"{path}: list it in sdk/vocabulary.md and say it in config/hints")
                    found.add(key)
        self.assertGreater(len(found), 25, "the patterns that find hints are out of date")

    def test_what_is_listed_is_given_by_a_source(self):
        literals = {word for _, text in sources() for word in re.findall(r'"([a-z-]+)"', text)}
        self.assertEqual(set(listed(0)) - literals, set(), "nothing gives these hints")

    def test_a_failed_check_names_who_mends_it_and_a_hint(self):
        for path, text in sources():
            for call in re.findall(r"\breport\.(?:failed|degraded)\((.*?)\);", text, re.DOTALL):
                self.assertRegex(call, r"\bwho\b|REKAM_WHO_", path)
                self.assertRegex(call, r'("[a-z-]+"|\bhint)$', path)


class Texts(unittest.TestCase):
    def each(self):
        for language, file in LANGUAGES.items():
            for key, entry in file["hint"].items():
                yield language, key, entry

    def test_both_languages_are_there(self):
        self.assertLessEqual({"en", "id"}, set(LANGUAGES))

    def test_every_key_has_its_texts_and_no_other_key_has(self):
        wanted = {*listed(0), *listed(1), *WORDS["guidance"]["enum"]}
        for language, file in LANGUAGES.items():
            self.assertEqual(set(file), {"default", "hint", "code", "word"}, language)
            self.assertEqual(set(file["hint"]) ^ wanted, set(), language)
            self.assertTrue(file["default"]["applicant"], language)
        for language, key, entry in self.each():
            for reader in READERS:
                self.assertTrue(entry.get(reader, "").strip(), f"{language}: {key} says nothing to: {reader}")
            self.assertEqual(set(entry) - {*READERS, "applicant"}, set(), key)

    def test_every_code_leads_to_a_text(self):
        for language, file in LANGUAGES.items():
            self.assertEqual(list(file["code"]), WORDS["code"]["enum"], language)
            for code, key in file["code"].items():
                self.assertIn(key, file["hint"], f"{language}: {code}")
        self.assertLessEqual(set(listed(1)), set(LANGUAGES["en"]["code"].values()), "no code needs these texts")

    def test_a_code_is_explained_as_its_own_hint_is(self):
        rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in
                (ROOT / "sdk/protocol.md").read_text(encoding="utf-8").splitlines() if line.count("|") == 6]
        hints = {row[0]: row[3] for row in rows if row[0] in WORDS["code"]["enum"] and row[3]}
        self.assertGreater(len(hints), 30)
        for language, file in LANGUAGES.items():
            self.assertEqual({code: file["code"][code] for code in hints}, hints, language)

    def test_speech_is_short(self):
        for language, key, entry in self.each():
            self.assertLessEqual(len(entry["speech"].split()), SPEECH_WORDS_MAX, f"{language}: {key}")
            self.assertNotRegex(entry["speech"], r"[()\[\]`/]|rekam", f"{language}: {key} cannot be spoken")

    def test_languages_differ_in_texts_and_in_nothing_else(self):
        english = LANGUAGES["en"]
        for language, file in LANGUAGES.items():
            if language == "en":
                continue
            self.assertEqual(file["code"], english["code"], language)
            self.assertNotEqual(file["default"], english["default"], language)
            for key, entry in file["hint"].items():
                other = english["hint"][key]
                self.assertEqual(entry["pictogram"], other["pictogram"], key)
                self.assertEqual("applicant" in entry, "applicant" in other, key)
                for reader in set(entry) - {"pictogram"}:
                    self.assertNotEqual(entry[reader].lower(), other[reader].lower(), f"{language}: {key} is not translated")

    def test_reports_have_the_same_words_in_every_language(self):
        used = {word for path, text in sources() if path.parent.name == "ctl"
                for word in re.findall(r'\bhints\.word\("([^"]+)"\)', text)}
        self.assertGreater(len(used), 5)
        for language, file in LANGUAGES.items():
            self.assertEqual(set(file["word"]), set(LANGUAGES["en"]["word"]), language)
            self.assertEqual(used - set(file["word"]), set(), language)

    def test_texts_are_plain_sentences(self):
        for language, key, entry in self.each():
            for reader in set(entry) - {"pictogram"}:
                self.assertRegex(entry[reader], r"^[A-Z][^\n\t]*[.!?]$", f"{language}: {key}, {reader}")
                self.assertLessEqual(len(entry[reader]), 140, f"{language}: {key}, {reader}")
            self.assertRegex(entry["pictogram"], r"^[a-z]+(-[a-z]+)*$", key)


class Patterns(unittest.TestCase):
    """What finds the hints in the sources."""

    def found(self, text):
        return [key for entry in given(text) for key in ([entry] if isinstance(entry, str) else filter(None, entry))]

    def test_each_way_to_give_one(self):
        self.assertEqual(self.found('throw Error(code, "no card").hint("insert-card");'), ["insert-card"])
        self.assertEqual(self.found('error.hint = "look-at-card";'), ["look-at-card"])
        self.assertEqual(self.found('{EOF, REKAM_E_JAM, "clear-jam", "a text"}'), ["clear-jam"])
        self.assertEqual(self.found('technician("bind-slot", "text"), system(Retry::later, "free-disk", "text")'),
                         ["bind-slot", "free-disk"])
        self.assertEqual(self.found('report.failed("cover", "open",\n    REKAM_WHO_OPERATOR, "close-cover");'), ["close-cover"])
        self.assertEqual(self.found('report.ok("cover", "closed");'), [])


if __name__ == "__main__":
    unittest.main()
