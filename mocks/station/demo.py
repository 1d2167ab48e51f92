#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demonstration behind `./dev demo`: a whole station on this machine, and one person's visit to it (enrol.py), from
passport to card. Ends with files, visit.json and index.html, and with exit code 0 only when all of that happened."""
import argparse
import os
import pathlib
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "sdk/client/python")]
import rekam  # noqa: E402  pylint: disable=wrong-import-position
import enrol  # noqa: E402  pylint: disable=wrong-import-position
from chip_files import Refused  # noqa: E402  pylint: disable=wrong-import-position
from desk import Desk, Failure, wait_ready  # noqa: E402  pylint: disable=wrong-import-position
from sheet import write_sheet  # noqa: E402  pylint: disable=wrong-import-position
from voice import SAID, Voice  # noqa: E402  pylint: disable=wrong-import-position

SEED_MAX = 2**31 - 1


def demo(arguments, build, out):
    out.mkdir(parents=True, exist_ok=True)
    voice = Voice(arguments.lang)
    voice.line("starting the station")
    began = time.monotonic()
    with Desk(build, out / "station.log", arguments.seed) as desk:
        try:
            with desk.connect(client="rekam demo", operator="demo") as station:
                slots = station.slots()
                wait_ready(station, [slot.slot for slot in slots], lambda slot, device: voice.good(f"{slot:<10} {device}"))
                voice.note(f"{station.name}: {len(slots)} slots, {len(station.devices())} devices, {len(station.plugins())} "
                           f"plugins, each device in a process of its own, ready after {time.monotonic() - began:.1f} s")
                visit = enrol.enrol(station, out, voice, desk.hands)
        except Exception:
            voice.clear()
            print(f"\nthe end of the station's log ({desk.log}):\n{desk.tail()}", file=sys.stderr)
            raise
        sheet = write_sheet(out, visit)
        voice.line(f"\nEverything is in {out}; to look at it: {sheet}")
        if arguments.keep:
            keep(desk, voice, out, build)


def keep(desk, voice, out, build):
    """Leaves the station running until somebody ends it."""
    voice.line(f"""
The station goes on. In another terminal, from this folder:

  export REKAM_STATION={desk.runtime} PATH={build}/bin:$PATH
  rekamctl list
  rekamctl capture photo
  rekamctl bind photo id.rekam.mock.studio-camera/studio-1
  /usr/bin/python3 mocks/station/enrol.py --out {out}-2 --cards {desk.place}/cards

A client in another language connects to ipc://{desk.runtime}/requests (sdk/protocol.md). Printed cards lie in
{desk.place}/cards/printer-1/out; the one in the reader is {desk.place}/cards/reader-1/card.

Ctrl-C ends it.""")
    try:
        code = desk.process.wait()
    except KeyboardInterrupt:
        voice.line("ending the station")
        return
    if code != 0:
        raise Failure(f"rekamd ended with exit code {code}: see {desk.log}")
    voice.line("the station was ended")


def seed(text):
    number = int(text)
    if not 0 <= number <= SEED_MAX:
        raise argparse.ArgumentTypeError(f"0 to {SEED_MAX}, not {text}")
    return number


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=ROOT / "build/dev", help="where ./dev built")
    parser.add_argument("--out", help="where everything goes (default: demo in the build folder)")
    parser.add_argument("--seed", type=seed, default=1, help="who comes: the same number, the same person (default 1)")
    parser.add_argument("--lang", choices=sorted(SAID), default="en", help="in which language the desk speaks (default en)")
    parser.add_argument("--keep", action="store_true", help="leave the station running and say how to talk to it")
    arguments = parser.parse_args()
    build = os.path.abspath(arguments.build)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exception, so that everything is ended in order
    try:
        demo(arguments, build, pathlib.Path(arguments.out or os.path.join(build, "demo")).absolute())
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except (Failure, Refused, rekam.Error, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
