# SPDX-License-Identifier: Apache-2.0
"""Rules about lines: licence, calls that nobody may use, things left behind."""

import re

from tree import Finding

DUAL = ("sdk", "core/host", "mocks/devices", "plugins")


def licence(tree):
    for file in tree.files:
        if not (file.is_cpp or file.is_python or file.is_cmake or file.path.endswith((".c", ".sh")) or file.text.startswith("#!")):
            continue
        wanted = "Apache-2.0 OR MIT" if file.under(*DUAL) else "Apache-2.0"
        first = 1 if file.text.startswith("#!") else 0
        line = file.lines[first] if len(file.lines) > first else ""
        if not re.fullmatch(rf"(?://|#|/\*) SPDX-License-Identifier: {re.escape(wanted)}(?: \*/)?", line):
            yield Finding("licence", file.path, first + 1, f"this line must be: SPDX-License-Identifier: {wanted}")


BANNED = [
    (r"\b(?:strcpy|strcat|sprintf|vsprintf|gets|strtok|tmpnam|mktemp|alloca)\s*\(", "writes past ends or is not re-entrant; use "
     "std::string, std::format's kin or mkstemp"),
    (r"(?<!\w)(?:std)?::system\s*\(|(?<![\w.>:])system\s*\(\s*(?:\"|\w+\s*\)|[\w.]+c_str)|(?<![\w.>])popen\s*\(", "runs a shell; spawn the program with its arguments"),
    (r"\busing\s+namespace\s+std\s*;", "pulls in every name of std; write std:: or name one"),
    (r"\b(?:atoi|atol|atof|atoll)\s*\(", "cannot say that its input is wrong; use std::from_chars"),
    (r"\bcatch\s*\(\s*\.\.\.\s*\)\s*\{\s*\}", "swallows every error; handle it or let it pass"),
]
PRINTING = (r"\bstd::(?:cout|cerr)\b|(?<!\w)printf\s*\(", "prints past the log; only rekamctl talks to people")


def banned_call(tree):
    for file in tree.files:
        if not file.is_cpp:
            continue
        rules = BANNED + ([PRINTING] if file.under("core") and not file.under("core/ctl") else [])
        for number, code in enumerate(file.code_lines, 1):
            for pattern, why in rules:
                if match := re.search(pattern, code):
                    yield Finding("banned-call", file.path, number, f"{match[0].strip()} {why}")


def left_behind(tree):
    for file in _texts(tree):
        for number, line in enumerate(file.lines, 1):
            if match := re.search(r"\b(?:TODO|FIXME|XXX|HACK)\b", line):
                yield Finding("left-behind", file.path, number, f"{match[0]}: do it now, or write it into the issue")


MACHINE = re.compile(r"(?<![\w.$}])/(?:work|home|root|Users)/\w|/tmp/rekam/|\bbash_jobs\b")
REGISTRY = re.compile(r"\b(?:deb\.debian\.org|security\.debian\.org|archive\.ubuntu\.com|pypi\.org|files\.pythonhosted\.org|"
                      r"registry\.npmjs\.org|npmjs\.com|crates\.io|conan\.io|ghcr\.io|docker\.io|index\.docker\.io)\b")


def machine_path(tree):
    for file in _texts(tree):
        for number, line in enumerate(file.lines, 1):
            if match := MACHINE.search(line) or REGISTRY.search(line):
                yield Finding("machine-path", file.path, number, f"{match[0]} exists on one machine or is one of many mirrors; take "
                                                                 "it from the environment, or leave it to the system")


def _texts(tree):
    """All but the rules themselves, which must spell what they look for."""
    return [f for f in tree.files if not f.under("tests/tidy")]


RULES = [licence, banned_call, left_behind, machine_path]
