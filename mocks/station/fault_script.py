# SPDX-License-Identifier: Apache-2.0
"""Fault scripts of the mock devices, written by programs. mocks/devices/kit/README.md has the faults and their arguments.

    script("once cam-1 run slow 300")      a line: [once] <device or *> <call> <fault> [its first argument]
    toml([{"fault": "jam", "times": 1}])   any fault with any trigger
"""
import json

FIRST = {"delay": "ms", "slow": "ms", "ignore-interrupt": "ms", "late": "ms", "error": "code", "fail-after": "code",
         "crash": "signal", "exit": "status", "fingers": "count", "quality": "score", "leak": "count", "flood": "count",
         "lying-health": "says", "temperature": "value"}


def toml(faults):
    """The text of a script; a JSON text or number of ours is one of TOML too."""
    tables = []
    for fault in faults:
        lines = [f"{key} = {json.dumps(value)}" for key, value in fault.items()]
        tables.append("\n".join(["[[fault]]", *lines, ""]))
    return "\n".join(tables)


def parse(line):
    """One line of the short form as the table that it means."""
    words = line.split()
    fault = {}
    if words[0] == "once":
        fault["times"] = 1
        words.pop(0)
    fault.update(zip(("device", "call", "fault"), words))
    if len(words) > 3:
        value = words[3]
        fault[FIRST[words[2]]] = int(value) if value.isdigit() else value
    return fault


def script(lines):
    return toml(parse(line) for line in lines.splitlines() if line.strip())


def replace(path, text):
    """Puts a script in place at once: a mock never reads half of it."""
    fresh = path.with_name(path.name + ".fresh")
    fresh.write_text(text, encoding="utf-8")
    fresh.rename(path)
