# SPDX-License-Identifier: Apache-2.0
"""./dev bench --instructions: how many instructions a request costs in the pure core, against what it cost when somebody last looked.

Counted by valgrind, so the same program gives the same count on a busy machine and on an idle one, and it may gate. A count that is
more than TOLERANCE above the kept one is an error; one as far below is told, so that the gain is kept with --update. What is kept
stands in instructions.json, for each compiler and kind of build: with another one nothing is compared."""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
KEPT = HERE / "instructions.json"
TOLERANCE = 0.03
MEASURED = {"visit": (1, 4), "health": (5, 25), "list": (5, 25)}  # what -> (few, many)
SKIPPED = 77


def count(program, what, times):
    run = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(program), what, str(times)],
                         capture_output=True, text=True, timeout=120, check=False)
    found = re.search(r"Collected\s*:\s*(\d+)", run.stderr)
    if run.returncode != 0 or not found:
        raise SystemExit(f"instructions: valgrind failed: {run.stderr[-500:]}")
    return int(found[1])


def each(program, what):
    """The instructions of one request, without the program's start."""
    few, many = MEASURED[what]
    return (count(program, what, many) - count(program, what, few)) // (many - few)


def kind_of_build(build):
    cache = (build / "CMakeCache.txt").read_text()

    def value(name):
        return re.search(rf"^{name}:\w+=(.*)$", cache, re.M)[1]

    kind = value("CMAKE_BUILD_TYPE")
    compiler = subprocess.run([value("CMAKE_CXX_COMPILER"), "-dumpfullversion"], capture_output=True, text=True, check=True).stdout.strip()
    flags = value(f"CMAKE_CXX_FLAGS_{kind.upper()}")
    return f"{pathlib.Path(value('CMAKE_CXX_COMPILER')).name} {compiler}, {flags}", bool(value("REKAM_SANITIZE"))


def judge(kept, now):
    """[(what, instructions, kept or None, what to do)]; a count that must not stay so has an "ERROR"."""
    lines = []
    for what, instructions in now.items():
        before = kept.get(what)
        change = (instructions - before) / before if before else 0
        verdict = ""
        if change > TOLERANCE:
            verdict = f"ERROR {change:+.1%}: it has become dearer; find out why (callgrind_annotate), or keep it with --update and say why"
        elif change < -TOLERANCE:
            verdict = f"{change:+.1%}: it has become cheaper; keep the gain with --update"
        lines.append((what, instructions, before, verdict))
    return lines


def main():
    parser = argparse.ArgumentParser(prog="./dev bench --instructions", description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--update", action="store_true", help="keep the counts of now")
    arguments = parser.parse_args()
    if not shutil.which("valgrind"):
        print("instructions: valgrind is not installed: apt-get install valgrind", file=sys.stderr)
        return SKIPPED
    kind, sanitized = kind_of_build(arguments.build)
    if sanitized:
        print("instructions: a sanitizer's own instructions would be counted", file=sys.stderr)
        return SKIPPED
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    now = {what: each(arguments.build / "tests/rekam-bench-path", what) for what in MEASURED}
    lines = judge(kept.get(kind, {}), now)
    for what, instructions, before, verdict in lines:
        print(f"{what:8} {instructions:>12,}  kept {before:,}  {verdict}" if before else f"{what:8} {instructions:>12,}")
    if arguments.update:
        KEPT.write_text(json.dumps({**kept, kind: now}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return 0
    if kind not in kept:
        print(f"instructions: nothing is kept for {kind}: --update keeps these", file=sys.stderr)
        return SKIPPED
    return 1 if any(verdict.startswith("ERROR") for *_, verdict in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
