#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A sample application: one person's visit, from passport to card. It knows slots, never devices, so that it runs
unchanged when a slot is bound to another make. `./dev demo` runs it; it runs on any station with config/demo's slots."""
import argparse
import json
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "sdk/client/python")]
import rekam  # noqa: E402  pylint: disable=wrong-import-position
import card_face  # noqa: E402  pylint: disable=wrong-import-position
import chip_files  # noqa: E402  pylint: disable=wrong-import-position
from hands import Failure, Hands, Keyboard  # noqa: E402  pylint: disable=wrong-import-position
from voice import SAID, Voice  # noqa: E402  pylint: disable=wrong-import-position

SLOTS = ["passport", "mrz", "photo", "fingers", "iris", "signature", "document", "printer", "encoder", "reader"]
GOOD_QUALITY, TRIES = 60, 3
STEPS = ["read-blank", "chip", "magnetic", "print", "laminate", "verify"]


class Visit:
    def __init__(self, case, lease, out, voice, hands):
        self.case, self.lease, self.out, self.voice, self.hands = case, lease, pathlib.Path(out), voice, hands
        self.record, self.began = {"case": case.id, "steps": []}, 0.0

    def run(self):
        self.capture("document.front", "passport", dpi=300)
        person = self.read_zone()
        face = self.capture("face", "photo")
        self.capture("slap.right", "fingers")
        self.capture("slap.left", "fingers", exceptions=[{"subject": "finger.left-ring", "reason": "bandaged"}])
        self.capture("slap.thumbs", "fingers")
        self.capture("eye.both", "iris")
        signature = self.capture("signature", "signature", buttons=["accept"])
        self.capture("document.page", "document", source="flatbed", mode="color")
        chip = {chip_files.DATA: json.dumps({**person, "case": self.case.id}).encode(),
                chip_files.PICTURE: card_face.chip_picture(face.data, face.box)}
        self.make_card(card_face.front(face.data, face.box, signature.data, person), chip, person.number)
        self.read_back(chip)
        self.voice.say("goodbye")

    def capture(self, subject, slot, **params):
        """Until the picture is good. The frame that is kept; every try stays visible in the record."""
        step = self.step(subject, slot)
        for attempt in range(1, TRIES + 1):
            result = self.lease.capture(slot, subject=subject, formats=["image/png"], on_progress=self.voice.progress,
                                        **params)
            good = all(quality.score >= GOOD_QUALITY for frame in result.frames for quality in frame.quality or [])
            for frame in result.frames:
                name = frame.subject.replace(".", "-") + ("" if good else f"-try-{attempt}") + ".png"
                step["frames"].append({**frame, "file": self.save(name, frame.data), "kept": good})
                self.voice.frame(frame, name, good, result.excepted or [])
            if good:
                self.case.keep(*result.frames)
                step.update(duration_ms=self.took(), fingers=result.fingers or [], excepted=result.excepted or [])
                return result.frames[0]
            self.voice.say("once more")
        raise Failure(f"{subject}: no picture was good enough in {TRIES} tries")

    def read_zone(self):
        zone = self.lease.capture("mrz", subject="document.front").readings.mrz
        if not zone.valid:
            raise Failure("the passport's zone was misread: clean the glass and begin again")
        self.record["person"] = person = zone.fields
        self.voice.note(f"{person.given_names} {person.surname}, {person.number}")
        return person

    def make_card(self, front, chip, number):
        """Printed and encoded; what an operator can mend is mended, and then the card is made anew."""
        step = self.step("card", "printer")
        for attempt in range(1, TRIES + 1):
            try:
                result = self.one_card(chip, front=front, steps=STEPS, encoder="encoder", on_fail="reject",
                                       edge_to_edge=True, tracks=[number])
                break
            except rekam.Error as error:  # only what has had no effect may be done again
                if error.effect != "none" or error.class_ != "operator" or not error.hint or attempt == TRIES:
                    raise
                step["troubles"].append({**error.body, "after_ms": self.took()})
                self.voice.bad(f"{error.code}: {error.message}")
                self.voice.ask(error.hint, self.hands)
        self.voice.good(f"card {result.blank_serial} is at: {result.card_at}")
        picture = self.hands.printed(result.blank_serial)
        step.update(result, duration_ms=self.took(), design=self.save("card-design.png", front),
                    printed=picture and self.save("card.png", picture))

    def one_card(self, chip, **params):
        job = self.lease.start_print("printer", **params)
        if job.wait_chip(self.voice.progress):
            with self.lease.card("encoder", intent="write") as card:  # an exception in here: the card is rejected
                chip_files.write_all(card, chip)
            self.voice.good(f"chip written and read back, {sum(map(len, chip.values()))} bytes")
        return job.result(self.voice.progress)

    def read_back(self, chip):
        step = self.step("read-back", "reader")
        self.voice.ask("insert-card", self.hands)
        with self.lease.card("reader", intent="read", on_progress=self.voice.progress) as card:
            found = chip_files.read_all(card, chip)
        if found != chip:
            raise Failure("the reader read something else than was written")
        step.update(duration_ms=self.took(), atr=card.atr.hex(), chip=json.loads(found[chip_files.DATA]),
                    picture=self.save("card-chip.jpg", found[chip_files.PICTURE]))
        self.voice.good("the card tells " + step["chip"]["number"] + " and the picture, the same as was written")

    def step(self, name, slot):
        step = {"step": name, "title": self.voice.step(name), "slot": slot, "frames": [], "troubles": [],
                "device": self.lease.station.slot(slot).device}
        self.record["steps"].append(step)
        self.began = time.monotonic()
        return step

    def took(self):
        return round(1000 * (time.monotonic() - self.began))

    def save(self, name, data):
        (self.out / name).write_bytes(data)
        return name


def enrol(station, out, voice, hands):
    """One visit; its record, which is also written to `out`."""
    with station.case("enrol", operator="demo", desk="1") as case, case.lease(SLOTS, wait_ms=10_000) as lease:
        visit = Visit(case, lease, out, voice, hands)
        visit.run()
    record = {"station": station.name, "epoch": station.epoch, **visit.record}
    visit.save("visit.json", json.dumps(record, indent=2).encode() + b"\n")
    return record


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default=".", help="where pictures and visit.json go")
    parser.add_argument("--lang", choices=sorted(SAID), default="en")
    parser.add_argument("--cards", help="folder of the mock card devices: what an operator would do to them is done")
    arguments = parser.parse_args()
    pathlib.Path(arguments.out).mkdir(parents=True, exist_ok=True)
    try:
        with rekam.connect(client="enrol 1.0", operator="demo") as station:
            enrol(station, arguments.out, Voice(arguments.lang), Hands(arguments.cards) if arguments.cards else Keyboard())
    except (Failure, chip_files.Refused, rekam.Error, OSError) as error:
        sys.exit(f"enrol: {error}")


if __name__ == "__main__":
    main()
