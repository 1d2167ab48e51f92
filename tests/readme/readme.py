# SPDX-License-Identifier: Apache-2.0
"""The commands and programs of a Markdown file.

Fenced blocks that begin with ```sh, ```python or ```cpp are meant to be run by the reader, and are run here:
  sh       ./dev is checked against ./dev help; git clone and cd are what everyone does first; rekamctl runs against a station;
           a block marked "```sh safe" is run as a whole; anything else is an error
  python   a program, run against a station
  cpp      a program, compiled at build time (see CMakeLists.txt) and run against a station
A block of any other kind (```text, ```json) is only shown.
"""

import dataclasses
import pathlib
import re
import shlex
import sys

RUN = ("sh", "python", "cpp")


class Problem(Exception):
    """The file says something that cannot be right; the message names the line."""


@dataclasses.dataclass(frozen=True)
class Block:
    language: str
    words: tuple  # what follows the language on the fence
    line: int  # of the first line inside
    text: str


def blocks(markdown):
    """Every fenced block, in order. Fences of backticks or tildes, longer ones around shorter ones, indented in lists."""
    found, fence = [], None
    for number, line in enumerate(markdown.splitlines(), 1):
        if fence is None:
            if match := re.match(r"( *)(`{3,}|~{3,})\s*([^`]*)$", line):
                fence, indent, info, lines, first = match[2], len(match[1]), match[3].split(), [], number + 1
        elif re.match(rf" *{re.escape(fence[0])}{{{len(fence)},}}\s*$", line):
            found.append(Block(info[0] if info else "", tuple(info[1:]), first, "".join(text + "\n" for text in lines)))
            fence = None
        else:
            lines.append(line[min(indent, len(line) - len(line.lstrip(" "))):])
    if fence is not None:
        raise Problem(f"line {first - 1}: a block begins here and never ends")
    return found


def to_run(markdown):
    for block in blocks(markdown):
        if block.language in RUN:
            unknown = set(block.words) - ({"safe"} if block.language == "sh" else set())
            if unknown:
                raise Problem(f"line {block.line - 1}: unknown mark {sorted(unknown)[0]!r} on a {block.language} block")
            yield block


def commands(block):
    """(line, words) of each command of a sh block: without prompts, comments and assignments before the command."""
    pending, number = "", block.line
    for offset, line in enumerate(block.text.splitlines()):
        if not pending:
            number = block.line + offset
            line = re.sub(r"^\$ ", "", line)
        pending += line
        if pending.endswith("\\"):
            pending = pending[:-1]
            continue
        try:
            words = shlex.split(pending, comments=True)
        except ValueError as error:
            raise Problem(f"line {number}: {error}") from None
        pending = ""
        for command in _split(words):
            while command and re.match(r"[A-Za-z_]\w*=", command[0]):
                command = command[1:]
            if command:
                yield number, command


def _split(words):
    command = []
    for word in words:
        if word in ("&&", ";"):
            yield command
            command = []
        else:
            command.append(word)
    yield command


def check_dev(line, words, help_text):
    """A ./dev command that the help does not know: a sub-command, or an option of it."""
    if len(words) < 2:
        raise Problem(f"line {line}: ./dev without a sub-command")
    if not re.search(rf"^  {re.escape(words[1])}(?:\s|$)", help_text, re.MULTILINE):
        raise Problem(f"line {line}: ./dev help knows no sub-command {words[1]!r}")
    for option in (word.partition("=")[0] for word in words[2:] if word.startswith("--")):
        if not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", help_text):
            raise Problem(f"line {line}: ./dev help knows no option {option!r}")


def check_shell(block, help_text):
    """Checks the commands of a block that is not run as a whole; returns (line, words) of those to run on a station."""
    station = []
    for line, words in commands(block):
        if words[0] == "./dev":
            check_dev(line, words, help_text)
        elif words[0] == "rekamctl" or words[0].endswith("/bin/rekamctl"):
            station.append((line, words))
        elif words[0] != "cd" and words[:2] != ["git", "clone"]:
            raise Problem(f"line {line}: {words[0]!r} is neither ./dev, rekamctl, cd nor git clone; mark the block 'safe' to have "
                          "it run as a whole, or 'text' to have it only shown")
    return station


def write_cpp(markdown_path, folder):
    """readme.py <file> <folder>: writes each cpp block as <folder>/readme_cpp_<n>.cc and prints their paths, for CMake."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    source_path = pathlib.Path(markdown_path)
    # A missing file is the test's finding; a build does not depend on a document.
    text = source_path.read_text(encoding="utf-8") if source_path.exists() else ""
    paths = []
    for block in (b for b in to_run(text) if b.language == "cpp"):
        path = folder / f"readme_cpp_{len(paths) + 1}.cc"
        source = f'#line {block.line} "{source_path.name}"\n{block.text}'
        # An unchanged file keeps its time, so that nothing is built again.
        if not path.exists() or path.read_text() != source:
            path.write_text(source)
        paths.append(str(path))
    print(";".join(paths), end="")


if __name__ == "__main__":
    try:
        write_cpp(*sys.argv[1:])
    except Problem as problem:
        sys.exit(f"{sys.argv[1]}: {problem}")
