# SPDX-License-Identifier: Apache-2.0
"""The driver in the SDK's guide is built as a stranger would build it, and its manifest is found in the file."""

import json
import os
import re
import subprocess
import tempfile
import unittest

import jsonschema

SDK = os.path.join(os.environ["REKAM_SOURCE_DIR"], "sdk", "plugin")


def blocks(language):
    with open(os.path.join(SDK, "README.md"), encoding="utf-8") as file:
        return re.findall(rf"```{language}\b[^\n]*\n(.*?)```", file.read(), re.DOTALL)


class Guide(unittest.TestCase):
    def test_the_driver_builds_without_a_warning(self):
        (source,) = blocks("cpp")
        with tempfile.TemporaryDirectory() as folder:
            path, library = os.path.join(folder, "plugin.cc"), os.path.join(folder, "rekam-acme.so")
            with open(path, "w", encoding="utf-8") as file:
                file.write(source)
            subprocess.run([os.environ.get("CXX", "c++"), "-std=c++17", "-shared", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra",
                            "-Wpedantic", "-Werror", f"-I{SDK}", path, "-o", library], check=True)
            with open(library, "rb") as file:
                self.assertIn(b"REKAMPLG", file.read())

    def test_the_capabilities_fit_the_schema(self):
        folder = os.path.join(SDK, "..", "schema")
        documents = {}
        for name in os.listdir(folder):
            if name.endswith(".json"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    documents[name] = json.load(file)
        schema = documents["capabilities.json"]
        store = {documents[name].get("$id", name): documents[name] for name in documents} | documents
        resolver = jsonschema.RefResolver(schema.get("$id", "capabilities.json"), schema, store=store)
        check = jsonschema.Draft7Validator(schema, resolver=resolver)
        inside_code = re.search(r'R"\((.*?)\)"', blocks("cpp")[0], re.DOTALL)[1]
        for text in (blocks("json")[0], inside_code):
            self.assertEqual([error.message for error in check.iter_errors(json.loads(text))], [])


if __name__ == "__main__":
    unittest.main()
