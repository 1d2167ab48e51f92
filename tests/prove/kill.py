#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the broker (rekamd), of the printer's host and of the gate, in every state of a job, with real processes. Each
round makes one card, with a capture on another slot beside it, waits until the card is where the round strikes, kills, and
does then what a careful client does: asks what became of the job, sends the same key again, and lets two persons settle what
nobody saw. Whether the answers are true is asked of the printer's own memory and tray. `./dev prove kill` runs it."""
import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import time

import kill_station
import rekam
import station as stations
from kill_round import FIGURES, MUST_BE_0, STATES, TARGETS, Round


class Failure(Exception):
    pass


def plan(kills, seed):
    """Every state as often as the others, for each target; in an order of the seed, the targets in turn."""
    rng = random.Random(seed)
    lists = []
    for target in TARGETS:
        states = [STATES[number % len(STATES)] for number in range(kills)]
        rng.shuffle(states)
        lists.append([(target, state) for state in states])
    return [one for turn in zip(*lists) for one in turn]


class Proof:
    def __init__(self, arguments):
        self.arguments, self.rows, self.troubles = arguments, {}, []
        self.heard = {each: collections.Counter() for each in TARGETS}
        self.began = time.monotonic()
        self.ledger_difference, self.journal_whole = None, False

    def run(self):
        rounds = plan(self.arguments.kills, self.arguments.seed)
        with stations.started(kill_station.make()) as running:
            bench = kill_station.Bench(running)
            try:
                for number, (target, state) in enumerate(rounds):
                    if time.monotonic() - self.began > self.arguments.limit_s:
                        print(f"kill: out of time after {number} of {len(rounds)} kills", file=sys.stderr)
                        break
                    self.round(bench, number, target, state)
                self.closing(bench)
            except Exception:
                print(f"the end of the station's log:\n{running.log[-8000:]}", file=sys.stderr)
                raise

    def round(self, bench, number, target, state):
        one = Round(bench, number, target, state, random.Random(f"{self.arguments.seed}-{number}"))
        try:
            figures = one.run()
        except (rekam.Error, AssertionError, OSError, Failure) as error:
            raise Failure(f"round {number} ({target}, {state}): {type(error).__name__}: {error}") from error
        figures["kills"] = 1
        self.heard[target][one.struck_at] += 1
        row = self.rows.setdefault((target, state), dict.fromkeys(FIGURES, 0))
        for name, much in figures.items():
            row[name] += much
        for what in one.trouble:
            self.troubles.append(f"round {number}, {target} killed at {state}: {what}")
            print(self.troubles[-1], file=sys.stderr)
        if (number + 1) % 50 == 0:
            took_s = time.monotonic() - self.began
            print(f"{number + 1} kills, {took_s:.0f} s, {self.bad()} that must not be", file=sys.stderr, flush=True)

    def closing(self, bench):
        """The books, after everything: the trays all at once, the ledger of blanks, the journal."""
        for idem, count in bench.tray().items():
            if count > 1:
                self.troubles.append(f"{idem}: {count} cards lie in the tray")
        hopper = bench.client.hopper("printer")
        ends = hopper.issued + hopper.rejected + hopper.spoiled + hopper.unknown + hopper.left
        self.ledger_difference = hopper.loaded + hopper.difference - ends
        if self.ledger_difference or hopper.unknown:
            self.troubles.append(f"the ledger of blanks does not add up: {dict(hopper)}")
        command = [stations.BUILD / "bin/rekamctl", "--station", bench.station.runtime, "--operator", "Sari", "journal", "verify"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        self.journal_whole = done.returncode == 0
        if not self.journal_whole:
            self.troubles.append(f"the journal is not whole: {done.stdout}{done.stderr}")

    def bad(self):
        return sum(row[name] for row in self.rows.values() for name in MUST_BE_0)

    def totals(self):
        return {target: {name: sum(row[name] for (whose, _), row in self.rows.items() if whose == target) for name in FIGURES}
                for target in TARGETS}

    def table(self):
        took_s = time.monotonic() - self.began
        lines = [f"kill -9 in every state: seed {self.arguments.seed}, {took_s:.0f} s",
                 f"{'target':<8}{'state':<12}" + "".join(f"{name:>12}" for name in FIGURES)]
        for target in TARGETS:
            rows = [(state, self.rows[target, state]) for state in STATES if (target, state) in self.rows]
            for state, row in [*rows, ("all", self.totals()[target])]:
                lines.append(f"{target:<8}{state:<12}" + "".join(f"{row[name]:>12}" for name in FIGURES))
        for target, heard in self.heard.items():
            words = ", ".join(f"{word} {count}" for word, count in heard.most_common())
            lines.append(f"{target}: what the client had heard of the card when the kill came: {words}")
        lines.append(f"ledger difference {self.ledger_difference}; journal {'whole' if self.journal_whole else 'NOT WHOLE'}; "
                     f"{len(self.troubles)} troubles")
        return "\n".join(lines)

    def document(self):
        return {"seed": self.arguments.seed, "took_s": round(time.monotonic() - self.began, 1), "totals": self.totals(),
                "states": [{"target": target, "state": state, **row} for (target, state), row in sorted(self.rows.items())],
                "heard": self.heard, "ledger_difference": self.ledger_difference, "journal_whole": self.journal_whole, "troubles": self.troubles}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2] / "build/dev")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=1_000, help="of each: broker, host, gate")
    parser.add_argument("--limit-s", type=float, default=7_200, help="no further kill after so many seconds")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file, too")
    arguments = parser.parse_args()
    stations.BUILD = arguments.build.resolve()
    proof = Proof(arguments)
    failed = False
    try:
        proof.run()
    except (Failure, rekam.Error, AssertionError, OSError) as error:
        print(f"kill: seed {arguments.seed}: {error}", file=sys.stderr)
        failed = True
    print(proof.table())
    if arguments.json:
        arguments.json.write_text(json.dumps(proof.document(), indent=2) + "\n", encoding="utf-8")
    return 1 if failed or proof.troubles or proof.bad() or not proof.rows else 0


if __name__ == "__main__":
    sys.exit(main())
