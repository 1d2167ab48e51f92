# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What technicians and supervisors do at a station."""

import time

from .errors import Error

MENDING_TIMEOUT_MS = 180_000  # a device is opened and checked
STORE_TIMEOUT_MS = 120_000  # the station's store is read through, or written anew
IDENTIFY_TIMEOUT_MS = 20_000  # a job that runs ends first
_LOADING_S = 10


def given(**params):
    return {name: value for name, value in params.items() if value is not None}


class Upkeep:
    """A part of Station. `by` is who does it, else the session's operator."""

    def bind(self, slot, device):
        """From now on the slot stands for this device, until slots.toml says something new."""
        return self.call("slot.bind", {"slot": slot, "device": device}).slot

    def mock(self, device, *faults):
        """Tells a device of a mock plugin how to fail from now on; without faults, only asks it. For tests.
        mock("id.rekam.mock.camera/cam-1", {"fault": "error", "code": "jam", "times": 1})"""
        if not faults:
            return self._mock("mock.get", {"device": device})
        return self._mock("mock.set", {"device": device, "faults": list(faults)})

    def mock_clear(self, device):
        """Only what the mock's own script says is left."""
        return self._mock("mock.clear", {"device": device})

    def _mock(self, op, params):
        """A device whose process has just been started again is asked until its plugin is loaded; one whose process ended
        under the question is asked again, unless that could tell it the same fault twice."""
        again = ("not-ready",) if op == "mock.set" else ("not-ready", "device-down")
        until = time.monotonic() + _LOADING_S
        while True:
            try:
                return self.call(op, params)
            except Error as error:
                if error.code not in again or time.monotonic() > until:
                    raise
            time.sleep(0.05)

    def hold(self, slot, reason, by=None):
        """Out of service, over restarts too, until release(). `by`: who, else the session's operator."""
        return self.call("slot.hold", given(slot=slot, reason=reason, by=by)).slot

    def release(self, slot, by=None):
        return self.call("slot.release", given(slot=slot, by=by)).slot

    def replace(self, slot, device=None, by=None):
        """Without a device: `candidates`. With one: it is opened, checked and bound, and `replaced` says so."""
        return self.call("slot.replace", given(slot=slot, device=device, by=by), timeout_ms=MENDING_TIMEOUT_MS)

    def reset(self, slot, level=None, by=None):
        """Starts the slot's device again: level restart, usb or power; else one deeper than the last time."""
        return self.call("slot.reset", given(slot=slot, level=level, by=by), timeout_ms=MENDING_TIMEOUT_MS)

    def identify(self, slot, seconds=None, by=None):
        """The slot's device lights, beeps or shakes for about so long (5 s; 0 ends it): `means` says what it does."""
        return self.call("slot.identify", given(slot=slot, seconds=seconds, by=by), timeout_ms=IDENTIFY_TIMEOUT_MS)

    def doctor(self, slot=None, *, device=None):
        """One finding: cause, evidence, who can mend it, what to do next."""
        return self.call("device.doctor", given(slot=slot, device=device))

    def reload_plugin(self, plugin):
        return self.call("plugin.reload", {"plugin": plugin}).plugin

    def clear_quarantine(self, *, plugin=None, device=None):
        """How many quarantines ended."""
        return self.call("plugin.clear-quarantine", given(plugin=plugin, device=device)).cleared

    def health(self, slot=None, *, device=None, level="self", timeout_ms=60_000):
        return self.call("health.check", given(slot=slot, device=device, level=level), timeout_ms=timeout_ms)

    def statistics(self, device, *, reset_by=None):
        """What the device has done since its last service visit. `reset_by`, who services it: they begin anew, and these are
        the figures as they were."""
        reset = {} if reset_by is None else {"reset": True, "by": reset_by}
        return self.call("device.statistics", {"device": device, **reset}).statistics

    def reconcile(self, job, effect, *, by, second, reason=None, blank=None):
        """Two persons looked at the card of an unknown outcome: it was made ("done") or not ("none"). blank says what
        became of its blank where that is not issued or spoiled. jobs(unsettled=True) gives those that are open."""
        return self.call("job.reconcile", given(job=job, effect=effect, by=by, second=second, reason=reason, blank=blank)).job

    def hoppers(self):
        """The ledgers of blank cards, one for each printer."""
        return self.call("cards.get").hoppers

    def hopper(self, slot):
        """That of the slot's printer, with the blanks that were used last."""
        return self.call("cards.get", {"slot": slot}).hoppers[0]

    def load_cards(self, slot, count, *, by):
        return self.call("cards.load", {"slot": slot, "count": count, "by": by}).hopper

    def count_cards(self, slot, count, *, by, reason=None):
        """So many lie in the hopper: what was thought otherwise becomes its `difference`."""
        return self.call("cards.count", given(slot=slot, count=count, by=by, reason=reason)).hopper

    def spoil_cards(self, slot, count, *, by, reason):
        return self.call("cards.spoil", {"slot": slot, "count": count, "by": by, "reason": reason}).hopper

    def erase(self, case, reason, *, by=None):
        """Takes the person of a closed case out of the station's journal and records, for good; in how many entries they
        stood. `reason` stays in the journal: it names nobody."""
        return self.call("journal.erase", given(case=case, reason=reason, by=by), timeout_ms=STORE_TIMEOUT_MS).erased

    def report(self, day=None):
        """What happened on a day ("2026-11-27" at the station; else today) in figures, with the signed head of the journal
        that they are from."""
        return self.call("report.daily", given(day=day), timeout_ms=STORE_TIMEOUT_MS)

    def drain(self, on=True, *, by, reason=None):
        """No new cards from now on, until drain(False): what runs ends. `side_effects` says how many still do."""
        return self.call("station.drain", given(on=on, by=by, reason=reason))
