#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A device that hangs in the kernel, with a real one: the disk under a mock is frozen, so that its thread waits where no
signal reaches it (state D) and its process does not die. In each round a capture or a print runs into it. The station has to
find it within what it promises, say so, leave the device alone, serve every other slot meanwhile, and have it back after the
thaw; a third of the rounds stops and starts the station while it hangs. `./dev prove stuck` runs it."""
import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time

import stuck_disk
import stuck_station  # it sets the path of what comes next
from stuck_station import PROMISES, Bench
import rekam
import station as stations

LIMIT_S = 60
FIGURES = ("rounds", "in_kernel", "found", "restarts", "refused", "unknown", "back", "beside", "not_found", "wrong_word",
           "opened_twice", "not_back", "harmed")
MUST_BE_0 = ("not_found", "wrong_word", "opened_twice", "not_back", "harmed")
SKIPPED = 77


class Neighbour(threading.Thread):
    """A client at another slot, without a pause."""

    def __init__(self, bench, slot, subject):
        super().__init__(daemon=True)
        self.bench, self.slot, self.subject = bench, slot, subject
        self.done, self.failed, self.worst_ms = 0, [], 0
        self._end = threading.Event()
        self.start()

    def run(self):
        try:
            with self.bench.connect("neighbour") as client, client.case("enrol") as case, case.lease(self.slot) as lease:
                while not self._end.is_set():
                    self.capture(lease)
        except rekam.Error as error:
            self.failed.append(str(error))

    def capture(self, lease):
        began = time.monotonic()
        try:
            frame, = lease.capture(self.slot, subject=self.subject, deadline_ms=10_000).frames
            frame.release()
            self.done += 1
        except rekam.Error as error:
            self.failed.append(str(error))
        self.worst_ms = max(self.worst_ms, round((time.monotonic() - began) * 1_000))
        self._end.wait(0.05)

    def end(self):
        self._end.set()
        self.join(LIMIT_S)
        if self.is_alive():
            self.failed.append("no answer at all")


class Proof:
    def __init__(self, arguments):
        self.arguments = arguments
        self.figures = dict.fromkeys(FIGURES, 0)
        self.late_ms, self.back_ms, self.worst_ms, self.troubles = [], [], 0, []
        self.began = time.monotonic()

    def bad(self, figure, what):
        self.figures[figure] += 1
        self.troubles.append(f"{figure}: {what}")
        print(self.troubles[-1], file=sys.stderr)

    def run(self, disk):
        rng = random.Random(self.arguments.seed)
        with stations.started(stuck_station.make(disk.path)) as running:
            bench = Bench(running)
            try:
                for number in range(self.arguments.rounds):
                    if time.monotonic() - self.began > self.arguments.limit_s:
                        print(f"stuck: out of time after {number} rounds", file=sys.stderr)
                        break
                    self.round(bench, disk, number, rng)
                self.closing(bench)
            except Exception:
                print(f"the end of the station's log:\n{running.log[-8000:]}", file=sys.stderr)
                raise
            finally:
                if disk.frozen:
                    disk.thaw()

    def round(self, bench, disk, number, rng):
        slot = ("photo", "printer")[number % 2]
        restart = number % 3 == 2
        self.figures["rounds"] += 1
        neighbours = [] if restart else [Neighbour(bench, "spare", "face"), Neighbour(bench, "fingers", "finger.right-index")]
        time.sleep(rng.random() * 0.2)
        disk.freeze()
        if self.run_into_it(bench, slot, number) and restart:
            self.stop_and_start(bench)
        disk.thaw()
        thawed = time.monotonic()
        for neighbour in neighbours:
            neighbour.end()
            self.figures["beside"] += neighbour.done
            self.worst_ms = max(self.worst_ms, neighbour.worst_ms)
            for what in neighbour.failed:
                self.bad("harmed", f"round {number}: {neighbour.slot}: {what}")
        self.comes_back(bench, slot, number, thawed)

    def run_into_it(self, bench, slot, number):
        """True: the station has found it, and says what is true of it."""
        device, before = bench.client.slot(slot).device, bench.pid(slot)
        began = time.monotonic()
        call = bench.begin(slot, number)
        try:
            bench.wait(lambda: bench.client.slot(slot).state == "stuck", f"{slot} is stuck")
        except AssertionError as error:
            self.bad("not_found", f"round {number}: {error}"[:2_000])
            return False
        self.late_ms.append(round((time.monotonic() - began) * 1_000) - PROMISES[slot])
        self.figures["found"] += 1
        self.figures["in_kernel"] += stuck_disk.hangs(before)
        outcome = call.outcome()
        self.figures["unknown"] += slot == "printer" and outcome.effect == "unknown"
        if (slot == "printer" and outcome.effect != "unknown") or (slot == "photo" and outcome.effect != "none"):
            self.bad("wrong_word", f"round {number}: the {slot}'s job ended with {outcome}")
        self.doctor(bench, slot, number)
        try:
            bench.begin(slot, f"{number}-again").outcome(done=True)
            self.bad("opened_twice", f"round {number}: {slot} works while its process hangs")
        except rekam.Error as error:
            self.figures["refused"] += error.code == "device-stuck"
            if error.code != "device-stuck":
                self.bad("wrong_word", f"round {number}: refused with {error}")
        if others := bench.hosts_of(device) - {before}:
            self.bad("opened_twice", f"round {number}: {device} is open in {others}, and {before} hangs")
        return True

    def doctor(self, bench, slot, number):
        said = bench.rekamctl("doctor", slot)
        if "stuck" not in said.split() or "hangs in the kernel" not in said:
            self.bad("wrong_word", f"round {number}: rekamctl doctor {slot} says: {said}")

    def stop_and_start(self, bench):
        """An orderly stop waits for nobody who hangs, and the next start neither."""
        bench.restart()
        self.figures["restarts"] += 1
        with bench.client.case("enrol") as case, case.lease("spare") as lease:
            self.figures["beside"] += len(lease.capture("spare", subject="face").frames)

    def comes_back(self, bench, slot, number, thawed):
        try:
            bench.wait_ready(slot)
            self.back_ms.append(round((time.monotonic() - thawed) * 1_000))
            bench.settle()
            bench.begin(slot, f"{number}-after", deadline_ms=20_000).outcome(done=True)
            self.figures["back"] += 1
        except (rekam.Error, AssertionError) as error:
            self.bad("not_back", f"round {number}: {slot}: {error}"[:2_000])

    def closing(self, bench):
        hopper = bench.client.hopper("printer")
        ends = hopper.issued + hopper.rejected + hopper.spoiled + hopper.unknown + hopper.left
        if hopper.loaded + hopper.difference != ends:
            self.troubles.append(f"the ledger of blanks does not add up: {dict(hopper)}")
        bench.rekamctl("journal", "verify")

    def table(self):
        def spread(values):
            values = sorted(values)
            return f"median {values[len(values) // 2]}, worst {values[-1]}" if values else "none"
        counts = "\n".join(f"{name:<14}{self.figures[name]:>8}" for name in FIGURES)
        return (f"a device stuck in the kernel: seed {self.arguments.seed}, {time.monotonic() - self.began:.0f} s\n{counts}\n"
                f"ms beyond the promise until it was found: {spread(self.late_ms)}\n"
                f"ms from the thaw until the slot was ready: {spread(self.back_ms)}\n"
                f"the slowest capture beside it: {self.worst_ms} ms; {len(self.troubles)} troubles")

    def document(self):
        return {"seed": self.arguments.seed, "took_s": round(time.monotonic() - self.began, 1), **self.figures,
                "late_ms": self.late_ms, "back_ms": self.back_ms, "beside_worst_ms": self.worst_ms, "troubles": self.troubles}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2] / "build/dev")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--limit-s", type=float, default=1_800, help="no further round after so many seconds")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file, too")
    arguments = parser.parse_args()
    stations.BUILD = arguments.build.resolve()
    proof, failed = Proof(arguments), False
    try:
        with tempfile.TemporaryDirectory(prefix="rekam-stuck-") as place, stuck_disk.Disk(place) as disk:
            proof.run(disk)
    except stuck_disk.Unavailable as reason:
        print(f"stuck: SKIPPED, nothing is proved: {reason}", file=sys.stderr)
        return SKIPPED
    except (rekam.Error, AssertionError, OSError, subprocess.SubprocessError) as error:
        print(f"stuck: seed {arguments.seed}: {error}", file=sys.stderr)
        failed = True
    print(proof.table())
    if arguments.json:
        arguments.json.write_text(json.dumps(proof.document(), indent=2) + "\n", encoding="utf-8")
    figures = collections.Counter(proof.figures)
    bad = failed or proof.troubles or any(figures[name] for name in MUST_BE_0)
    return 1 if bad or not figures["found"] or figures["in_kernel"] != figures["found"] else 0


if __name__ == "__main__":
    sys.exit(main())
