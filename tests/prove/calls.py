#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""System calls that fail, one by one, in rekamd, the gate and the hosts: each place of the code that makes one, by a library
that is loaded into the program (fail_calls.c); and whatever the kernel is asked for, the libraries' own calls too, by strace
(--how strace). In each case one call fails once, while a station starts and works through a visit. Then it has to be well
by itself, or to end with a reason and to start again; nothing that it told anybody is lost, and nothing is left open.
`./dev prove calls` runs it."""
import argparse
import collections
import json
import pathlib
import random
import shutil
import sys
import time
import traceback

import calls_places
import calls_station
import calls_strace
from calls_station import PROGRAMS, Bench, Wrong
import rekam
import station as stations

FIGURES = ("cases", "struck", "ended", "crashed", "silent", "not_healed", "lost", "second_card", "leaked", "client")
MUST_BE_0 = ("crashed", "silent", "not_healed", "lost", "second_card", "leaked", "client")


class Proof:
    def __init__(self, arguments):
        self.arguments = arguments
        self.figures = {program: dict.fromkeys(FIGURES, 0) for program in PROGRAMS}
        self.troubles, self.endings, self.known = [], [], {}
        self.began = time.monotonic()

    def run(self):
        running = calls_station.make()
        bench = Bench(running)
        try:
            how = calls_places if self.arguments.how == "places" else calls_strace
            cases = how.prepare(bench, self.arguments)
            self.known = dict(collections.Counter(case.program for case in cases))
            random.Random(self.arguments.seed).shuffle(cases)
            for number, case in enumerate(cases[: self.arguments.cases]):
                if time.monotonic() - self.began > self.arguments.limit_s:
                    print(f"calls: out of time after {number} cases", file=sys.stderr)
                    break
                self.case(bench, case)
                if number % 50 == 49:
                    print(f"{number + 1} cases, {time.monotonic() - self.began:.0f} s, {len(self.troubles)} troubles",
                          file=sys.stderr, flush=True)
            how.end(bench)
        finally:
            try:
                bench.stop()
            finally:
                shutil.rmtree(running.place, ignore_errors=True)

    def case(self, bench, case):
        figures = self.figures[case.program]
        figures["cases"] += 1
        try:
            case.run(bench)
        except Wrong as wrong:
            figures[wrong.figure] += 1
            self.troubles.append(f"{case}: {wrong}\n{case.where()}")
            print(self.troubles[-1], file=sys.stderr, flush=True)
            bench.stop()
        except (LookupError, TypeError, AttributeError, ValueError):  # the client library fell over what the station said
            figures["client"] += 1
            self.troubles.append(f"{case}: {traceback.format_exc()}\n{case.where()}")
            print(self.troubles[-1], file=sys.stderr, flush=True)
            bench.stop()
        figures["struck"] += case.struck
        figures["ended"] += bool(case.ended)
        if case.ended:
            self.endings.append(f"{case}: {case.ended}\n{case.where()}")

    def bad(self):
        return sum(figures[name] for figures in self.figures.values() for name in MUST_BE_0)

    def table(self):
        lines = [f"system calls that fail ({self.arguments.how}): seed {self.arguments.seed}, {time.monotonic() - self.began:.0f} s, "
                 f"{sum(self.known.values())} cases known: {self.known}",
                 f"{'program':<10}" + "".join(f"{name:>12}" for name in FIGURES)]
        for program, figures in self.figures.items():
            lines.append(f"{program:<10}" + "".join(f"{figures[name]:>12}" for name in FIGURES))
        return "\n".join(lines)

    def document(self):
        return {"how": self.arguments.how, "seed": self.arguments.seed, "took_s": round(time.monotonic() - self.began, 1),
                "programs": self.figures, "troubles": self.troubles, "endings": self.endings}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2] / "build/dev")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--how", choices=("places", "strace"), default="places")
    parser.add_argument("--program", choices=PROGRAMS, help="only this one")
    parser.add_argument("--cases", type=int, default=3_000, help="at most, of all that there are")
    parser.add_argument("--limit-s", type=float, default=7_200, help="no further case after so many seconds")
    parser.add_argument("--only", default="", metavar="PATTERN", help="cases whose name has this, to look into one")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file, too")
    arguments = parser.parse_args()
    stations.BUILD = arguments.build.resolve()
    proof, failed = Proof(arguments), False
    try:
        proof.run()
    except (Wrong, rekam.Error, AssertionError, OSError) as error:
        print(f"calls: seed {arguments.seed}: {error}", file=sys.stderr)
        failed = True
    print(proof.table())
    if arguments.json:
        arguments.json.write_text(json.dumps(proof.document(), indent=2) + "\n", encoding="utf-8")
    struck = sum(figures["struck"] for figures in proof.figures.values())
    return 1 if failed or proof.bad() or not struck else 0


if __name__ == "__main__":
    sys.exit(main())
