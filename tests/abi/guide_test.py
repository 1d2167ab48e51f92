# SPDX-License-Identifier: Apache-2.0
"""The driver in the SDK's guide is built as a stranger would build it, and its manifest is found in the file."""

import json
import os
import re
import subprocess
import tempfile
import unittest

SDK = os.path.join(os.environ["REKAM_SOURCE_DIR"], "sdk", "plugin")


def blocks(language):
    with open(os.path.join(SDK, "README.md"), encoding="utf-8") as file:
        return re.findall(rf"```{language}\n(.*?)```", file.read(), re.DOTALL)


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

    def test_the_capabilities_are_json(self):
        (text,) = blocks("json")
        conditional = json.loads(text)["conditional"]
        self.assertEqual(set(conditional[0]), {"when", "then"})


if __name__ == "__main__":
    unittest.main()
