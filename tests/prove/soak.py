#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The soak: millions of requests at one station whose devices fail by chance, hang and die, with clients that vanish and a
subscriber that never reads. What rekamd, the gate and an undisturbed host have open and have in memory is sampled all the
while; behind the warm-up a line through the samples has to be flat. At the end the journal, all of its files, the ledger
and the trays are checked. `./dev prove soak` runs it."""
import argparse
import json
import pathlib
import subprocess
import sys
import time

import soak_load  # it sets the path of what comes next
import rekam
import station as stations

BLANKS = 100_000
SLOTS = "".join(f'[slot.{slot}]\nfunction = "{function}"\ndevice = "*/{device}"\n' for slot, function, device in (
    ("photo", "camera", "cam-1"), ("spare", "camera", "cam-2"), ("fingers", "fingerprint", "fp-1"), ("printer", "card-printer", "cp-1")))
# Bounds that are reached within the warm-up, so that what grows behind it is a leak.
SETTINGS = """
[journal]
rows_kept = 3000
files_kept_bytes = 4000000
[limits]
idem_entries = 1000
jobs_kept = 200
session_idle_ms = 10000
frame_ttl_ms = 5000
[supervision]
backoff_min_ms = 10
backoff_max_ms = 50
interrupt_ms_max = 300
quarantine_failures = 1000
quarantine_window_ms = 1
self_check_every_ms = 5000
"""
FAULTS = """
cam-1 run error no-subject 0.05
cam-1 run truncated 0.01
cam-1 run stale 0.01
cam-1 run slow 0.02
cam-1 run hang 0.002
cam-1 run crash 0.003
cam-1 run leak 0.01
fp-1 run error moved 0.05
fp-1 run exit 0.002
cp-1 print crash 0.01
cp-1 print unsure 0.01
cp-1 feed error 0.01
"""
WARM, EVERY_S, JUDGED_FROM_S = 0.3, 5.0, 300
# What a line through the samples may rise from the end of the warm-up to the end.
RISE_MAX = {"descriptors": 5.0, "rss_kib": 3_072.0}


def faults():
    found = []
    for line in FAULTS.strip().splitlines():
        device, call, fault, *more, probability = line.split()
        one = {"fault": fault, "device": device, "call": call, "probability": float(probability)}
        if fault == "error":
            one["code"] = more[0] if more else "feeder-empty"
        if fault == "slow":
            one["ms"] = 100
        found.append(one)
    return found


def make(seed):
    running = stations.make(slots=SLOTS, cameras="id=cam-1,width=320,height=240;id=cam-2,width=320,height=240", sane=False,
                            settings=SETTINGS)
    state = running.place / "cards"
    environment = {"REKAM_MOCK_CARD_PRINTER": f"id=cp-1,make=cetak,state={state},cards={BLANKS},ribbon={BLANKS},step_ms=1",
                   "REKAM_MOCK_CARD_FAULTS": running.place / "faults"}
    running.write("plugins.d/card-printer.toml", stations.plugin_text(
        "rekam-mock-card-printer.so", environment, writable_paths=[str(running.place)], mock=True))
    script = f"seed = {seed}\n" + stations.fault_script.toml(faults())
    stations.fault_script.replace(running.place / "faults", script)
    return running


def sample(pid):
    """(descriptors, resident KiB) of a process."""
    folder = pathlib.Path(f"/proc/{pid}")
    resident = next(int(line.split()[1]) for line in (folder / "status").read_text().splitlines() if line.startswith("VmRSS"))
    return len(list((folder / "fd").iterdir())), resident


def line_through(points):
    """(value at the first x, value at the last x) of the least-squares line."""
    count = len(points)
    mean_x, mean_y = (sum(point[axis] for point in points) / count for axis in (0, 1))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
    return mean_y + slope * (points[0][0] - mean_x), mean_y + slope * (points[-1][0] - mean_x)


class Proof:
    def __init__(self, arguments):
        self.arguments = arguments
        self.samples = {name: [] for name in ("rekamd", "gate", "host")}
        self.troubles, self.rises, self.workers = [], {}, []
        self.requests = self.files = self.cards = 0
        self.began = time.monotonic()

    def run(self):
        with stations.started(make(self.arguments.seed)) as running:
            with running.connect(client="soak", operator="Sari") as client:
                running.wait_ready(client, "photo", "spare", "fingers", "printer")
                client.load_cards("printer", BLANKS, by="Sari")
                pids = {"rekamd": running.process.pid, "gate": running.pid_of("rekam-gate"),
                        "host": client.device("id.rekam.mock.camera/cam-2").pid}
            self.workers = soak_load.begin(running)
            try:
                self.watch(running, pids)
            finally:
                soak_load.end(self.workers)
            self.troubles += [f"{worker.name}: {worker.trouble or 'did not end'}" for worker in self.workers
                              if worker.trouble or worker.is_alive()]
            self.judge()
            self.closing(running)

    def watch(self, running, pids):
        """Samples until there were enough requests, or the time is up, or somebody is in trouble."""
        every_s = min(EVERY_S, self.arguments.limit_s / 40)
        while self.requests < self.arguments.requests and time.monotonic() - self.began < self.arguments.limit_s:
            time.sleep(every_s)
            self.requests = sum(worker.requests for worker in self.workers)
            for name, pid in pids.items():
                self.samples[name].append((self.requests, *sample(pid)))
            if any(worker.trouble for worker in self.workers):
                break
            if len(self.samples["rekamd"]) % 12 == 0:
                newest = ", ".join(f"{name} {points[-1][1]} fds {points[-1][2]} KiB" for name, points in self.samples.items())
                print(f"{self.requests} requests, {time.monotonic() - self.began:.0f} s: {newest}", file=sys.stderr, flush=True)
        running.wait(lambda: True, "rekamd lives")

    def judge(self):
        """Lines through a short run's samples say how it warms up, and are told only."""
        long_enough = time.monotonic() - self.began >= JUDGED_FROM_S
        for name, points in self.samples.items():
            behind = points[int(len(points) * WARM):]
            if len(behind) < 2:
                continue
            for column, figure in ((1, "descriptors"), (2, "rss_kib")):
                first, last = line_through([(point[0], point[column]) for point in behind])
                self.rises[f"{name} {figure}"] = (round(first, 1), round(last, 1))
                if long_enough and last - first > RISE_MAX[figure]:
                    self.troubles.append(f"{name}: {figure} rise from {first:.0f} to {last:.0f}")

    def closing(self, running):
        running.faults("")
        with running.connect(client="soak", operator="Sari") as client:
            running.wait_ready(client, "photo", "spare", "fingers", "printer")
            soak_load.settle(client, running)
            verdict = client.call("journal.verify", {}, timeout_ms=120_000)
            if not verdict.whole:
                self.troubles.append(f"the journal is not whole: {verdict}")
            hopper = client.hopper("printer")
            used = hopper.issued + hopper.rejected + hopper.spoiled + hopper.unknown + hopper.left
            if hopper.loaded + hopper.difference != used or hopper.unknown:
                self.troubles.append(f"the ledger of blanks does not add up: {dict(hopper)}")
        files = sorted((running.place / "state/journal").glob("*.jsonl"))
        self.files = len(files)
        for path in files:
            done = subprocess.run([stations.BUILD / "bin/rekamctl", "--station", running.runtime, "journal", "verify", path],
                                  capture_output=True, text=True, timeout=120, check=False)
            if done.returncode != 0:
                self.troubles.append(f"{path.name}: {done.stdout}{done.stderr}")
        keys = [path.read_text().split("\n")[0] for path in (running.place / "cards/cp-1/out").glob("*.tracks")]
        self.cards = len(keys)
        if len(set(keys)) != len(keys):
            self.troubles.append("a card came out twice")

    def table(self):
        lines = [f"soak: seed {self.arguments.seed}, {self.requests} requests in {time.monotonic() - self.began:.0f} s"]
        lines += [f"  {worker.name:<20}{worker.requests:>10} requests{worker.refused:>9} refused" for worker in self.workers]
        lines += [f"  {what:<20}{first:>10} -> {last}" for what, (first, last) in self.rises.items()]
        lines.append(f"  {self.cards} cards, {self.files} files of the journal verified; {len(self.troubles)} troubles")
        return "\n".join(lines + self.troubles)

    def document(self):
        return {"seed": self.arguments.seed, "requests": self.requests, "took_s": round(time.monotonic() - self.began, 1),
                "lines": self.rises, "cards": self.cards, "journal_files": self.files, "troubles": self.troubles, "samples": self.samples}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2] / "build/dev")
    parser.add_argument("--seed", type=int, default=1, help="of the devices' faults")
    parser.add_argument("--requests", type=int, default=3_000_000)
    parser.add_argument("--limit-s", type=float, default=7_200, help="end after so many seconds in any case")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file, too")
    arguments = parser.parse_args()
    stations.BUILD = arguments.build.resolve()
    proof, failed = Proof(arguments), False
    try:
        proof.run()
    except (rekam.Error, AssertionError, OSError, subprocess.SubprocessError) as error:
        print(f"soak: {error}", file=sys.stderr)
        failed = True
    print(proof.table())
    if arguments.json:
        arguments.json.write_text(json.dumps(proof.document(), indent=2) + "\n", encoding="utf-8")
    return 1 if failed or proof.troubles else 0


if __name__ == "__main__":
    sys.exit(main())
