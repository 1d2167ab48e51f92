# SPDX-License-Identifier: Apache-2.0
"""The files that the rules look at: of a repository, or made up by a test."""

import dataclasses
import functools
import os
import pathlib
import re
import subprocess

import cpp

MAX_TEXT_BYTES = 4 << 20


@dataclasses.dataclass(frozen=True)
class Finding:
    rule: str
    path: str
    line: int  # 0: the file as a whole
    what: str  # what is wrong and what to do

    def __str__(self):
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: [{self.rule}] {self.what}"


class File:
    def __init__(self, path, text, size=None, executable=False):
        self.path = path
        self.text = text
        self.size = len(text.encode()) if size is None else size
        self.executable = executable

    @property
    def name(self):
        return self.path.rsplit("/", 1)[-1]

    @property
    def is_header(self):
        return self.path.endswith((".h", ".hpp"))

    @property
    def is_cpp(self):
        return self.path.endswith((".cc", ".h", ".hpp"))

    @property
    def is_python(self):
        return self.path.endswith(".py")

    @property
    def is_cmake(self):
        return self.name == "CMakeLists.txt" or self.path.endswith(".cmake")

    @functools.cached_property
    def lines(self):
        return self.text.splitlines()

    @functools.cached_property
    def code_lines(self):
        """C++ without comments, and without the contents of strings; as many lines as the text."""
        return self.code.splitlines()

    @functools.cached_property
    def code(self):
        return cpp.blanked(self.text)

    @functools.cached_property
    def includes(self):
        """(line, name, quoted) of each #include; not those inside comments."""
        found = []
        for number, (line, code) in enumerate(zip(self.lines, self.code_lines), 1):
            if match := re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line):
                if code.lstrip().startswith("#"):
                    found.append((number, match[2], match[1] == '"'))
        return found

    def under(self, *folders):
        return any(self.path == f or self.path.startswith(f + "/") for f in folders)


class Tree:
    def __init__(self, files):
        self.files = sorted(files, key=lambda f: f.path)
        self.by_path = {f.path: f for f in self.files}

    @staticmethod
    def of(made_up):
        """From {path: text or File}; what rule tests use."""
        return Tree([f if isinstance(f, File) else File(path, f) for path, f in made_up.items()])

    @staticmethod
    def read(root):
        root = pathlib.Path(root)
        return Tree([_load(root, path) for path in _listing(root) if (root / path).is_file()])


def _listing(root):
    """What git knows or would add; everything when it is an unpacked archive."""
    git = subprocess.run(["git", "-c", f"safe.directory={root}", "-C", str(root), "ls-files", "-z", "--cached", "--others",
                          "--exclude-standard", "--deduplicate"], capture_output=True)
    if git.returncode == 0:
        return [os.fsdecode(name) for name in git.stdout.split(b"\0") if name]
    return [str(path.relative_to(root)) for path in root.rglob("*")
            if not {".git", "build", "__pycache__"} & set(path.relative_to(root).parts)]


def _load(root, path):
    full = root / path
    size = full.stat().st_size
    data = full.read_bytes() if size <= MAX_TEXT_BYTES else b""
    text = "" if b"\0" in data else data.decode("utf-8", errors="replace")
    return File(path, text, size, os.access(full, os.X_OK))
