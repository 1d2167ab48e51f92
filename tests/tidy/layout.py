# SPDX-License-Identifier: Apache-2.0
"""Rules about files as a whole: where they lie, how long they are, whether anything uses them."""

import ast
import fnmatch
import posixpath
import re

import cpp
from tree import Finding

TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "config", "core", "dev", "mocks", "plugins", "sdk",
             "tests", ".ci", ".clang-format", ".clang-tidy", ".gitignore"}
SOURCE_LINES, HEADER_LINES, FUNCTION_LINES = 400, 200, 60
FILE_BYTES = 1 << 20


def top_level(tree):
    for name in sorted({f.path.split("/")[0] for f in tree.files} - TOP_LEVEL):
        yield Finding("top-level", name, 0, "is not one of the names that the layout allows there; move it into a folder of its "
                                            "kind")


def big_file(tree):
    for file in tree.files:
        if file.size > FILE_BYTES:
            yield Finding("big-file", file.path, 0, f"{file.size} bytes; a test makes its large inputs when it runs")


def file_budget(tree):
    for file in tree.files:
        limit = HEADER_LINES if file.is_header else SOURCE_LINES
        if (file.is_cpp or file.is_python) and len(file.lines) > limit:
            yield Finding("file-budget", file.path, limit + 1, f"{len(file.lines)} lines, {limit} allowed; split it by the one "
                                                               "thing that each part holds")


def function_budget(tree):
    for file in tree.files:
        for name, first, last in _functions(file):
            if last - first + 1 > FUNCTION_LINES:
                yield Finding("function-budget", file.path, first, f"{name} has {last - first + 1} lines, {FUNCTION_LINES} "
                                                                   "allowed; give its parts names")


def _functions(file):
    if file.is_cpp:
        return cpp.functions(file.code)
    if file.is_python:
        return [(node.name, node.lineno, node.end_lineno) for node in ast.walk(ast.parse(file.text))
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return []


def dead_file(tree):
    """A source or test script that no CMakeLists.txt above it names, a header that nothing includes."""
    included = {posixpath.basename(name) if f.path.endswith(".c") else name
                for f in tree.files if f.is_cpp or f.path.endswith(".c") for _, name, _ in f.includes}
    cmakes = [f for f in tree.files if f.name == "CMakeLists.txt"]
    built = _matching(tree.files, {path for f in cmakes for path in _named(f)})
    reached = _matching(cmakes, {path for f in cmakes for path in _added(f)})
    for file in tree.files:
        if file.path.endswith((".cc", ".c")) and file.path not in built:
            yield Finding("dead-file", file.path, 0, "no CMakeLists.txt above it names it; add it to its target or delete it")
        elif re.search(r"(^|/)(\w+_test|test_\w+)\.py$", file.path) and file.path not in built:
            yield Finding("dead-file", file.path, 0, "no CMakeLists.txt above it runs it; add rekam_add_python_test or delete it")
        elif file.name == "CMakeLists.txt" and "/" in file.path and file.path not in reached:
            yield Finding("dead-file", file.path, 0, "no CMakeLists.txt above it adds this folder; name it in the root's list")
        elif file.is_header and not _is_included(file, included):
            yield Finding("dead-file", file.path, 0, "nothing includes it; delete it")


def _matching(files, patterns):
    """tests/test_${area}.py in a loop names whatever fits."""
    exact = {f.path for f in files} & patterns
    return exact | {f.path for f in files for p in patterns if "*" in p and fnmatch.fnmatchcase(f.path, p)}


def _named(cmake):
    folder = cmake.path.rpartition("/")[0]
    text = re.sub(r"#[^\n]*", "", cmake.text).replace("${CMAKE_CURRENT_SOURCE_DIR}/", "")
    text = re.sub(r"\$\{\w+\}", "*", text.replace("${CMAKE_SOURCE_DIR}/", "\0"))
    for token in re.findall(r"[^\s()\";]+", text):
        if token.endswith((".cc", ".c", ".py")):
            yield _normal(token[1:] if token.startswith("\0") else f"{folder}/{token}")


def _added(cmake):
    """The CMakeLists.txt of each folder that this one adds; the root keeps its folders in a list."""
    folder = cmake.path.rpartition("/")[0]
    text = re.sub(r"#[^\n]*", "", cmake.text)
    for arguments in re.findall(r"add_subdirectory\s*\(\s*([^\s)]+)" if folder else r"set\s*\(\s*REKAM_FOLDERS([^)]*)\)", text):
        for name in re.sub(r"\$\{\w+\}", "*", arguments).split():
            yield _normal(f"{folder}/{name}/CMakeLists.txt")


def _normal(path):
    parts = []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _is_included(file, included):
    # Public headers are included without the folder that holds them; what the SDK publishes is used outside this tree.
    return file.under("sdk") or any(file.path == name or file.path.endswith("/" + name) for name in included)


def script_mode(tree):
    for file in tree.files:
        script = file.text.startswith("#!")
        if script and not file.executable:
            yield Finding("script-mode", file.path, 1, "starts like a script and is not executable: chmod +x, or drop the line")
        elif file.executable and not script:
            yield Finding("script-mode", file.path, 1, "is executable and names no interpreter: chmod -x, or add the line")


RULES = [top_level, big_file, file_budget, function_budget, dead_file, script_mode]
