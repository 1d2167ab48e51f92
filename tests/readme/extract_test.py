# SPDX-License-Identifier: Apache-2.0
"""What is taken out of a Markdown file, and what is refused."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import readme

HELP = """usage: ./dev <sub-command>

  build [target...]        configure
  sim --seeds N --steps N [--first-seed N]
                           run
  help                     this text
"""

FIXTURE = """# A project

```sh
git clone https://example.org/rekam && cd rekam
$ ./dev build          # everything
./dev sim --seeds 2 \\
    --steps=3
X=1 rekamctl list --json
```

1. In a list:

   ```python
   import rekam
   if True:
       print("```")
   ```

~~~text
rm -rf /
~~~

````markdown
```sh
rm -rf /
```
````

```cpp
#include <rekam/client.h>
int main() {}
```
```sh safe
true | cat
```
"""


class Blocks(unittest.TestCase):
    def test_all_kinds(self):
        found = list(readme.to_run(FIXTURE))
        self.assertEqual([(b.language, b.words, b.line) for b in found],
                         [("sh", (), 4), ("python", (), 14), ("cpp", (), 30), ("sh", ("safe",), 34)])
        self.assertEqual(found[1].text, 'import rekam\nif True:\n    print("```")\n')
        self.assertEqual(found[2].text, "#include <rekam/client.h>\nint main() {}\n")

    def test_nothing_to_find(self):
        self.assertEqual(readme.blocks("a ```x``` b\n```x``` only\n"), [])

    def test_a_block_without_end(self):
        with self.assertRaisesRegex(readme.Problem, "line 2: .* never ends"):
            readme.blocks("a\n```sh\nls\n")

    def test_an_unknown_mark(self):
        for fence in ("sh saef", "python safe"):
            with self.assertRaisesRegex(readme.Problem, "line 1: unknown mark"):
                list(readme.to_run(f"```{fence}\n```\n"))


class Shell(unittest.TestCase):
    def block(self, text):
        return readme.Block("sh", (), 10, text)

    def test_commands(self):
        block = next(readme.to_run(FIXTURE))
        self.assertEqual(list(readme.commands(block)), [
            (4, ["git", "clone", "https://example.org/rekam"]), (4, ["cd", "rekam"]), (5, ["./dev", "build"]),
            (6, ["./dev", "sim", "--seeds", "2", "--steps=3"]), (8, ["rekamctl", "list", "--json"])])

    def test_only_station_commands_are_left_to_run(self):
        block = next(readme.to_run(FIXTURE))
        self.assertEqual(readme.check_shell(block, HELP), [(8, ["rekamctl", "list", "--json"])])

    def test_what_is_refused(self):
        for text, message in [("./dev biuld\n", "line 10: .*biuld"), ("\n./dev sim --seed 1\n", "line 11: .*--seed'"),
                              ("./dev\n", "without a sub-command"), ("sudo apt-get install x\n", "neither"),
                              ("git push\n", "neither"), ("echo 'open\n", "quotation"), ("cd a; ls\n", "neither")]:
            with self.subTest(text=text), self.assertRaisesRegex(readme.Problem, message):
                readme.check_shell(self.block(text.replace("; ", " ; ")), HELP)


class Cpp(unittest.TestCase):
    def write(self, text, folder):
        path = pathlib.Path(folder) / "README.md"
        path.write_text(text)
        script = pathlib.Path(__file__).with_name("readme.py")
        return subprocess.run([sys.executable, script, path, pathlib.Path(folder) / "out"], capture_output=True, text=True)

    def test_written_once_with_the_line_of_the_document(self):
        with tempfile.TemporaryDirectory(prefix="rekam-readme-") as folder:
            result = self.write(FIXTURE, folder)
            path = pathlib.Path(folder) / "out/readme_cpp_1.cc"
            self.assertEqual((result.returncode, result.stdout), (0, str(path)), result.stderr)
            self.assertEqual(path.read_text(), '#line 30 "README.md"\n#include <rekam/client.h>\nint main() {}\n')
            before = path.stat().st_mtime_ns
            self.write(FIXTURE, folder)
            self.assertEqual(path.stat().st_mtime_ns, before)

    def test_a_problem_fails(self):
        with tempfile.TemporaryDirectory(prefix="rekam-readme-") as folder:
            result = self.write("```cpp\n", folder)
            self.assertEqual(result.returncode, 1)
            self.assertIn("README.md: line 1: a block begins here", result.stderr)


class Run(unittest.TestCase):
    """readme_test.py on a README, a station and programs made up here."""

    DESK = """import contextlib, types
def wait_ready(station, slots):
    assert slots == ["photo"]
@contextlib.contextmanager
def connect(client):
    yield types.SimpleNamespace(slots=lambda: [types.SimpleNamespace(slot="photo")])
@contextlib.contextmanager
def Desk(build, log):
    hands = types.SimpleNamespace(obey=lambda word: open("obeyed", "a").write(word + " "))
    yield types.SimpleNamespace(runtime="somewhere", connect=connect, hands=hands)
"""
    PICTURE = "def png():\n    return b'png'\n"
    README = "```sh\n./dev build\nrekamctl list\n```\n```python\nimport os\nassert os.environ['REKAM_STATION'] == 'somewhere'\n" \
             "```\n```cpp\nint main() {}\n```\n```sh safe\nrekamctl list | cat >said\n```\n"

    def run_on(self, text, ctl="echo $REKAM_STATION", cpp="true"):
        with tempfile.TemporaryDirectory(prefix="rekam-readme-") as name:
            folder = pathlib.Path(name)
            for path, body in [("README.md", text), ("mocks/station/desk.py", self.DESK),
                               ("tests/system/picture.py", self.PICTURE), ("build/bin/rekamctl", ctl),
                               ("build/tests/readme_cpp_1", cpp), ("dev", f"cat <<'END'\n{HELP}END")]:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                script = not path.endswith((".md", ".py"))
                (folder / path).write_text(f"#!/bin/sh\n{body}\n" if script else body)
                (folder / path).chmod(0o755)
            environment = {**os.environ, "REKAM_SOURCE_DIR": name, "REKAM_BUILD_DIR": f"{name}/build"}
            result = subprocess.run([sys.executable, pathlib.Path(__file__).with_name("readme_test.py")], env=environment,
                                    capture_output=True, text=True)
            said = folder / "said"
            return result.returncode, result.stderr, said.read_text() if said.exists() else ""

    def test_everything_runs_on_the_station(self):
        status, errors, said = self.run_on(self.README)
        self.assertEqual((status, said), (0, "somewhere\n"), errors)

    def test_what_fails_is_named_by_its_line(self):
        for more, words in [({"ctl": "exit 69"}, "README.md:3"), ({"cpp": "false"}, "README.md:10"),
                            ({"text": self.README.replace("./dev build", "./dev bulid")}, "line 2"),
                            ({"text": self.README.replace("somewhere", "elsewhere")}, "README.md:6"),
                            ({"text": self.README.replace("```cpp", "```text")}, "no ```cpp block"),
                            ({"text": self.README.replace("import os", "import os" + "\n" * 20)}, "not less than or equal to 16")]:
            with self.subTest(more=more):
                status, errors, _ = self.run_on(**{"text": self.README, **more})
                self.assertEqual(status, 1, errors)
                self.assertIn(words, errors)


if __name__ == "__main__":
    sys.exit(unittest.main())
