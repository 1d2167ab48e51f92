# SPDX-License-Identifier: Apache-2.0
"""One list of words: the documents, the schemas, the core's tables and the plugin's header say the same."""

import re
import unittest

import schemas

SDK = schemas.ROOT / "sdk"
CORE = schemas.ROOT / "core" / "model"


def section(text, title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]


def rows(text):
    """Cells of every table row, headings left out."""
    for line in text.splitlines():
        if line.startswith("|") and not set(line) <= set("|- "):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def quoted(text):
    return re.findall(r"`([^`]+)`", text)


class Document(unittest.TestCase):
    """sdk/vocabulary.md and words.json."""

    @classmethod
    def setUpClass(cls):
        cls.text = (SDK / "vocabulary.md").read_text()

    def first_column(self, title):
        return [word for cells in rows(section(self.text, title)) for word in quoted(cells[0])]

    def test_tables_list_each_word_once(self):
        for title, name in (("Functions", "function"), ("Subjects", "subject"), ("Exceptions", "exception"),
                            ("Guidance", "guidance")):
            with self.subTest(title):
                self.assertEqual(sorted(schemas.enum(name)), sorted(self.first_column(title)))

    def test_states(self):
        states = self.first_column("States")
        self.assertEqual(schemas.enum("operating") + schemas.enum("outcome"), states)
        text = section(self.text, "States")
        for name in ("administrative", "job_state", "case_state", "purpose", "health_level", "health_state", "basis", "who"):
            for word in schemas.enum(name):
                self.assertIn(f"`{word}`", text, name)
        listed = {cells[0].split(":")[0]: quoted(cells[1]) for cells in rows(text) if cells[0].startswith(("class:", "retry:", "effect:"))}
        self.assertEqual({name: schemas.enum(name) for name in ("class", "retry", "effect")}, listed)

    def test_errors_by_class(self):
        listed = {cells[0]: quoted(cells[1]) for cells in rows(section(self.text, "Errors")) if cells[0] in schemas.enum("class")}
        self.assertEqual(schemas.enum("code"), [code for group in schemas.enum("class") for code in listed[group]])
        for rule in schemas.schema("error")["allOf"]:
            if "class" in rule["then"].get("properties", {}):
                self.assertEqual(listed[rule["then"]["properties"]["class"]["const"]], rule["if"]["properties"]["code"]["enum"])

    def test_parameters(self):
        text = section(self.text, "Parameters")
        listed = {}
        for cells in rows(text):
            listed.setdefault(cells[0], []).extend(quoted(cells[1]))
        for function in schemas.enum("function"):
            body = schemas.store().get(f"function.{function}.json", {"properties": {}})
            self.assertEqual(sorted(body["properties"]), sorted(listed.get(function, [])), function)

    def test_frame_fields(self):
        words = quoted(section(self.text, "Frames"))
        for field in schemas.schema("frame")["properties"]:
            self.assertIn(field, words)


class Protocol(unittest.TestCase):
    """The table of errors and of operations in sdk/protocol.md."""

    @classmethod
    def setUpClass(cls):
        cls.text = (SDK / "protocol.md").read_text()
        cls.errors = {quoted(cells[0])[0]: cells for cells in rows(section(cls.text, "Errors")) if len(cells) == 5 and quoted(cells[0])}

    def test_each_code_once_with_advice(self):
        self.assertEqual(schemas.enum("code"), list(self.errors))
        for code, cells in self.errors.items():
            self.assertIn(cells[1], schemas.enum("class"))
            self.assertIn(cells[2], schemas.enum("retry"))
            self.assertTrue(cells[4], code)

    def test_each_operation_and_parameter_is_explained(self):
        for op in schemas.operations():
            self.assertIn(f"`{op}", self.text)
        for op in set(schemas.operations()) - {"capture.start"}:
            for parameter in schemas.schema(op + ".params")["properties"]:
                self.assertRegex(self.text, rf"\b{parameter}\b", op)

    def test_the_plugin_header_says_the_same(self):
        header = (SDK / "plugin" / "rekam" / "codes.h").read_text()
        listed = re.findall(r'X\(\w+,\s*\d+,\s*"([a-z-]+)",\s*(\w+),\s*(\w+),', header)
        self.assertEqual([(code, cells[1], cells[2]) for code, cells in self.errors.items()],
                         [(code, group.lower(), retry.lower().replace("_", "-")) for code, group, retry in listed])

    def test_the_core_says_the_same(self):
        source = (CORE / "error.cc").read_text()
        table = re.search(r"code_facts\{(.*?)\n\};", source, re.DOTALL)[1]
        defaults = {"caller": "never", "by_operator": "after-fix", "technician": "after-fix", "vendor": "later", "system": "later"}
        listed = []
        for group, arguments, code in re.findall(r"(\w+)\(([^)]*)\),\s*// ([a-z-]+)", table):
            retry = re.search(r"Retry::(\w+)", arguments)
            hint = re.search(r'"([a-z-]*)"', arguments)
            listed.append((code, "operator" if group == "by_operator" else group,
                           retry[1].replace("_", "-") if retry else defaults[group],
                           hint[1] if hint else "call-vendor" if group == "vendor" else ""))
        self.assertEqual([(code, cells[1], cells[2], (quoted(cells[3]) or [""])[0]) for code, cells in self.errors.items()], listed)


class Core(unittest.TestCase):
    """The names in core/model, which are what the station writes."""

    # words.json -> the enum or list that holds it
    NAMES = {"function": "Function", "operating": "Operating", "administrative": "Administrative", "job_state": "JobState",
             "retry": "Retry", "effect": "Effect", "who": "Who", "purpose": "Purpose", "exception": "ExceptionReason",
             "health_level": "HealthLevel", "health_state": "HealthState", "basis": "ExposureBasis", "case_state": "CaseState",
             "card_step": "CardStep", "on_fail": "OnFail", "card_at": "CardAt", "card_intent": "CardIntent", "card_protocol": "CardProtocol",
             "role": "Role", "cause": "Cause", "reset_level": "ResetLevel", "plugin_call": "PluginCall",
             "blank": "Blank", "drain_cause": "DrainCause",
             "class": "Class", "code": "Code", "op": "wire::Op"}

    def test_enums(self):
        files = [CORE / "vocabulary.h", CORE / "error.h", schemas.ROOT / "core" / "wire" / "request.h"]
        text = "".join(path.read_text() for path in files)
        for name, enum in self.NAMES.items():
            with self.subTest(name):
                body = re.search(rf"struct Names<{enum}> \{{.*?values\{{(.*?)\}};", text, re.DOTALL)[1]
                self.assertEqual(schemas.enum(name), re.findall(r'"([^"]+)"', body))

    def test_subjects_and_guidance(self):
        text = (CORE / "vocabulary.cc").read_text()

        def words(variable):
            return re.findall(r'"([^"]+)"', re.search(rf"{variable}\{{(.*?)\}};", text, re.DOTALL)[1])

        self.assertEqual(schemas.enum("subject"), words("subject_words"))
        self.assertEqual(schemas.enum("guidance"), words("guidance_words") + words("button_words"))


if __name__ == "__main__":
    unittest.main()
