# SPDX-License-Identifier: Apache-2.0
"""The ABI is frozen: every record's layout and every number is compared with abi-1.txt, the snapshot of major 1.

Fields are read from the headers themselves and their offsets from the compiler, so none can be forgotten. A record may
grow at its tail and a list may get new numbers; then run `abi_layout_test.py --write` and let the review see the
difference: lines may only be added, and a size may only grow. Anything else is a new major.
"""

import difflib
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SNAPSHOT = os.path.join(HERE, "abi-1.txt")
SDK = os.path.join(HERE, "..", "..", "sdk", "plugin")


def headers():
    for folder in ("rekam", "rekam/ext"):
        for name in sorted(os.listdir(os.path.join(SDK, folder))):
            if name.endswith(".h"):
                yield f"{folder}/{name}"


def fields(body):
    """Names of the members of a struct's body without comments."""
    for member in body.split(";"):
        member = member.strip()
        if not member:
            continue
        function = re.match(r".*?\(\*(\w+)\)\s*\(", member, re.DOTALL)
        if function:
            yield function[1]
            continue
        for part in re.sub(r"\[[^]]*\]", "", member).split(","):
            yield re.search(r"(\w+)\s*$", part)[1]


def program():
    lines = ["#include <stdio.h>", "#include <stddef.h>"] + [f"#include <{h}>" for h in headers()] + ["int main(void){"]
    for header in headers():
        with open(os.path.join(SDK, header), encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/|//[^\n]*", "", file.read(), flags=re.DOTALL)
        for tag, body in re.findall(r"typedef struct (\w+) \{(.*?)\n?\} \w+;", text, re.DOTALL):
            lines.append(f'printf("struct {tag} %zu\\n",sizeof(struct {tag}));')
            for name in fields(body):
                lines.append(f'printf("{tag}.{name} %zu %zu\\n",offsetof(struct {tag},{name}),sizeof(((struct {tag}*)0)->{name}));')
        for body in re.findall(r"enum rekam_\w+ \{(.*?)\};", text, re.DOTALL):
            for name in re.findall(r"\b(REKAM_[A-Z0-9]+_?[A-Z0-9_]*[A-Z0-9])\b(?!\()", re.sub(r"=[^,}]*", "", body)):
                if "LIST" not in name:
                    lines.append(f'printf("{name} %u\\n",(unsigned){name});')
        for name, number in re.findall(r"^\s+X\((\w+), (\d+),", text, re.MULTILINE):
            lines.append(f'printf("REKAM_E_{name} %u\\n",(unsigned)REKAM_E_{name});')
        for name in re.findall(r"^\s+X\((\w+), \d+u,", text, re.MULTILINE):
            lines.append(f'printf("REKAM_FUNCTION_{name} %u\\n",(unsigned)REKAM_FUNCTION_{name});')
        for name in re.findall(r"#define (REKAM_EXT_\w+|REKAM_FORMAT_\w+)", text):
            lines.append(f'printf("{name} %s\\n",{name});')
    return "\n".join(lines + ["return 0;}"]) + "\n"


def layout():
    with tempfile.TemporaryDirectory() as folder:
        source, binary = os.path.join(folder, "layout.c"), os.path.join(folder, "layout")
        with open(source, "w", encoding="utf-8") as file:
            file.write(program())
        subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-I", SDK, source, "-o", binary], check=True)
        return subprocess.run([binary], check=True, capture_output=True, text=True).stdout


def main():
    now = layout()
    if "--write" in sys.argv:
        with open(SNAPSHOT, "w", encoding="utf-8") as file:
            file.write(now)
        return 0
    with open(SNAPSHOT, encoding="utf-8") as file:
        frozen = file.read()
    assert now.count("\n") > 200, "the headers were not understood"
    for line in difflib.unified_diff(frozen.splitlines(), now.splitlines(), "abi-1.txt", "headers", lineterm=""):
        print(line)
    return 0 if now == frozen else 1


if __name__ == "__main__":
    sys.exit(main())
