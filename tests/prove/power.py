#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The proof of the power cut, as ./dev prove runs it: power.py --build DIR [--seed N] [--json FILE] [--cuts N]"""

import argparse
import pathlib
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cuts", type=int, default=250_000)
    parser.add_argument("--seconds", type=int, default=3_000, help="at most, for the proof and for its control")
    parser.add_argument("--json", type=pathlib.Path)
    given = parser.parse_args()
    command = [given.build / "tests/rekam-prove-power", "--seed", given.seed, "--cuts", given.cuts, "--seconds", given.seconds]
    if given.json:
        command += ["--json", given.json]
    return subprocess.call([str(part) for part in command])


if __name__ == "__main__":
    sys.exit(main())
