# SPDX-License-Identifier: Apache-2.0
"""./dev bench: every line of the goals table, measured against its peer in the same run, in interleaved rounds.

    ./dev bench [--only NAME]... [--json FILE] [--quick] [--write-results]

A line that fails or whose peer is missing says so and the others go on. The exit code is 0 when everything that could
be measured was measured, whether the goals hold or not: figures of a machine that is not quiet are no verdict."""

import argparse
import json
import os
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
sys.path[:0] = [str(HERE), str(SOURCE), str(SOURCE / "sdk/client/python")]

import desk  # noqa: E402
import frames  # noqa: E402
import instructions  # noqa: E402
import lines  # noqa: E402
import machine  # noqa: E402
import report  # noqa: E402
import scale  # noqa: E402
from figures import absent  # noqa: E402

LINES = {"requests": lines.requests, "throughput": lines.throughput, "preview": frames.preview, "frame": frames.frame,
         "hosts": lines.hosts, "clients": lines.clients, "events": lines.events, "evidence": lines.evidence,
         "card": lines.card, "sizes": frames.sizes, "scale": scale.scale}


def measure(names, plan):
    results, curves, failed = [], {}, False
    for name in names:
        begun = time.monotonic()
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            found, drawn = LINES[name](plan)
        except (desk.Failed, OSError, AssertionError, KeyError) as error:
            found, drawn, failed = [absent("-", name, f"failed: {error}")], {}, True
        for result in found:
            result.key = name
        results += found
        curves.update(drawn)
        print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return results, curves, failed


def parse():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--only", action="append", choices=sorted(LINES), metavar="NAME", help=f"one of: {', '.join(LINES)}")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write all figures there; FILE with .svg: the plots")
    parser.add_argument("--quick", action="store_true", help="a few rounds, to see that it runs; the figures mean nothing")
    parser.add_argument("--write-results", action="store_true", help="write tests/bench/RESULTS.md and its plots")
    return parser.parse_args()


def main():
    arguments = parse()
    names = [name for name in LINES if not arguments.only or name in arguments.only]
    plan = lines.Plan(arguments.build.resolve(), **(lines.QUICK if arguments.quick else {}))
    os.environ["REKAM_BUILD_DIR"] = str(plan.build)
    about = {**machine.describe(), "built": instructions.kind_of_build(plan.build)[0]}
    if not about["quiet"]:
        print(f"the machine is not quiet: others use {about['busy_cores']} of {about['cores']} cores, so the figures say little",
              file=sys.stderr)
    begun = time.monotonic()
    results, curves, failed = measure(names, plan)
    about["busy_cores_after"] = round(machine.others_share(), 2)
    about["took_s"] = round(time.monotonic() - begun)
    about["command"] = " ".join(["./dev bench", *(word for word in sys.argv[1:] if "--build" not in word and word != str(arguments.build))])
    print(report.table(results))
    print(report.machine_line(about))
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": about, "results": [result.as_dict() for result in results],
                                              "curves": curves}, indent=1) + "\n", encoding="utf-8")
        arguments.json.with_suffix(".svg").write_text(report.plots(curves), encoding="utf-8")
    if arguments.write_results:
        (HERE / "RESULTS.md").write_text(report.document(results, about), encoding="utf-8")
        (HERE / "results.svg").write_text(report.plots(curves), encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
