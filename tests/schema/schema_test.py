# SPDX-License-Identifier: Apache-2.0
"""The schemas themselves: valid draft-07, closed and open where they should be, whole."""

import re
import unittest

from jsonschema import Draft7Validator

import schemas

# Functions of the vocabulary that capture.start does not serve.
NO_CAPTURE = {"card-printer", "card-reader"}


def nodes(value):
    """Every object inside a schema."""
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from nodes(child)
    elif isinstance(value, list):
        for child in value:
            yield from nodes(child)


def keywords(value):
    """Objects with `properties` that are schemas and not the properties of one."""
    return [node for node in nodes(value) if isinstance(node.get("properties"), dict) and "type" in node
            and isinstance(node["type"], str)]


class Schemas(unittest.TestCase):
    def test_each_is_valid_draft_07_with_a_title(self):
        for file, body in schemas.store().items():
            with self.subTest(file):
                self.assertEqual("http://json-schema.org/draft-07/schema#", body["$schema"])
                self.assertEqual(file, body["$id"])
                self.assertTrue(body["title"])
                Draft7Validator.check_schema(body)

    def test_references_are_relative_and_lead_somewhere(self):
        for file, body in schemas.store().items():
            for node in nodes(body):
                if isinstance(node.get("$ref"), str):
                    with self.subTest(file, ref=node["$ref"]):
                        self.assertRegex(node["$ref"], r"^([a-z.-]+\.json)?(#(/[a-z_-]+)*)?$")
                        schemas.resolved(node, file)
                        self.assertEqual(["$ref"], list(node), "draft-07 ignores what stands beside $ref")

    def test_every_operation_has_its_files_and_nothing_is_left_over(self):
        wanted = {f"{op}.{kind}" for op in schemas.operations() for kind in ("params", "result")}
        wanted |= {"lease.acquire.progress", "capture.start.progress", "print.start.progress", "card.open.progress",
                   "preview.start.progress"}
        found = {name for name in schemas.names() if name.endswith((".params", ".result", ".progress"))}
        self.assertEqual(wanted, found)

    def test_params_are_closed_and_results_open(self):
        for name in schemas.names():
            body = schemas.schema(name)
            with self.subTest(name):
                if name.endswith(".params"):
                    self.assertIs(False, body["additionalProperties"])
                elif name not in ("types", "words", "capabilities", "device"):
                    self.assertNotIn("additionalProperties", body)
                    inner = [node for node in keywords(body) if node.get("additionalProperties") is False]
                    self.assertFalse(inner if not name.startswith("function.") else [])

    def test_every_parameter_is_bounded(self):
        for op in schemas.operations():
            for parameter, node in schemas.schema(op + ".params")["properties"].items():
                with self.subTest(op, parameter=parameter):
                    self.assert_bounded(node, op + ".params.json")

    def assert_bounded(self, node, file):
        node, file = schemas.resolved(node, file)
        if "allOf" in node:
            node, file = schemas.resolved(node["allOf"][0], file)
        kind = node.get("type")
        if "enum" in node or kind == "boolean":
            return
        if kind == "object":
            # A mock's own words are the mock's to check; how many there may be is not.
            self.assertTrue(node["additionalProperties"] is False or "maxProperties" in node)
            for child in node["properties"].values():
                self.assert_bounded(child, file)
            return
        wanted = {"string": {"minLength", "maxLength"}, "array": {"minItems", "maxItems"}}.get(str(kind), {"minimum", "maximum"})
        self.assertLessEqual(wanted, set(node))
        if kind == "array":
            self.assert_bounded(node["items"], file)

    def test_patterns_mean_the_same_in_every_engine(self):
        for file, body in schemas.store().items():
            for node in nodes(body):
                if isinstance(node.get("pattern"), str):
                    with self.subTest(file, pattern=node["pattern"]):
                        self.assertNotRegex(node["pattern"], r"\\[dwsbu]|\(\?")
                        # Before a `$` some engines take a line end: allowed only where the length is fixed or a word stands.
                        if node["pattern"].endswith("$"):
                            self.assertTrue("maxLength" in node, node)
                            self.assertFalse(re.search(r"[*+]\)?\$$", node["pattern"]))

    def test_functions_and_capture_parameters_are_the_same_list(self):
        functions = {name.removeprefix("function.") for name in schemas.names() if name.startswith("function.")}
        self.assertEqual(set(schemas.enum("function")), functions)
        own = {key for name in functions - NO_CAPTURE for key in schemas.schema("function." + name)["properties"]}
        common = {"slot", "subject", "formats", "attach", "timeout_ms", "min_quality", "best_effort", "exceptions", "max_attempts"}
        self.assertEqual(common | own, set(schemas.schema("capture.start.params")["properties"]))

    def test_capabilities_know_the_parameters_of_each_function(self):
        definitions = schemas.schema("capabilities")["definitions"]
        shared = {"subject", "formats", "timeout_ms", "min_quality"}
        for function in schemas.enum("function"):
            names = definitions[function]["allOf"][1]["properties"]["properties"]["propertyNames"]["anyOf"][0]["enum"]
            own = schemas.store().get(f"function.{function}.json", {"properties": {}})["properties"]
            self.assertEqual(shared | set(own), set(names), function)

    def test_each_fits_a_reply(self):
        for path in schemas.FOLDER.glob("*.json"):
            self.assertLess(path.stat().st_size, 48 * 1024, path.name)


if __name__ == "__main__":
    unittest.main()
