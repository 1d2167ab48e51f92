# SPDX-License-Identifier: Apache-2.0 OR MIT
"""One request of the application, from its first sending to its one end. States: see session.py."""
from .errors import local_error

QUEUED, SENT, ASKING, ENDED = "queued", "sent", "asking", "ended"

# What may be sent twice: reads, and what says the same when said again.
REPEATABLE = frozenset((
    "schema.get", "station.get", "slot.list", "slot.get", "device.list", "device.get", "plugin.list", "lease.list",
    "lease.renew", "case.get", "case.list", "frame.get", "frame.release", "job.get", "job.list", "job.cancel",
    "job.extend", "card.transmit", "card.close", "slot.bind", "preview.stop",
    "mock.set", "mock.clear", "mock.get", "slot.hold", "slot.release",
    "plugin.clear-quarantine", "device.doctor", "journal.query", "journal.verify",
    "journal.head", "report.daily"))
_HARMLESS = REPEATABLE | {"preview.start"}  # nothing of them stays in the world

_WHAT_NEXT = {
    "lease.acquire": "look at lease.list, then acquire again",
    "lease.release": "look at lease.list",
    "case.open": "look at case.list, then open again",
    "case.close": "look at case.get",
    "preview.start": "start it again",
    "journal.erase": "erase again: unknown-case means that it was done",
}
LATE_S = 1.0  # after its deadline a silent request with idem is looked up once
_HELLO_UNTIL_MAX = 3  # how often one request may meet unknown-session before the application hears of it


class Request:
    """`on_progress(dict, parts)` and `on_end(result, error, parts)` are called on the I/O thread, on_end exactly once."""

    def __init__(self, op, params, *, expires_at, on_end, on_progress=None, deadline_at=None, fields=None, parts=()):
        self.op = op
        self.parts = list(parts)
        self.params = params
        self.fields = fields or {}
        self.idem = self.fields.get("idem")
        self.repeatable = op in REPEATABLE
        self.expires_at = expires_at
        self.deadline_at = expires_at if deadline_at is None else deadline_at
        self.late_at = self.deadline_at + LATE_S
        self.late_asked = False
        self.state = QUEUED
        self.was_sent = False
        self.job = None
        self.cancel_wanted = False
        self.cancel_sent = False
        self._session_lost = 0
        self._on_end = on_end
        self._on_progress = on_progress

    def fields_at(self, now):
        """Sent again, a request has only what is left of its deadline."""
        if "deadline_ms" not in self.fields:
            return self.fields
        left_ms = int((self.deadline_at - now) * 1000)
        return {**self.fields, "deadline_ms": max(1, min(self.fields["deadline_ms"], left_ms))}

    def sent(self):
        self.state, self.was_sent = SENT, True

    def requeue(self):
        self.state = QUEUED
        self._session_lost += 1

    def may_requeue(self):
        return self._session_lost < _HELLO_UNTIL_MAX

    def progressed(self, progress, parts=()):
        self.job = progress.get("job", self.job)
        if self._on_progress is not None:
            self._on_progress(progress, list(parts))

    def end(self, result, error, parts):
        self.state = ENDED
        self._on_end(result, error, parts)

    def wake_at(self, ready):
        if ready and self.state == SENT and self.idem and not self.late_asked:
            return min(self.late_at, self.expires_at)
        return self.expires_at

    def expired(self, ready):
        if self.was_sent and (ready or not self.repeatable):
            return self.no_answer("no answer came in time")
        return local_error("no-station", "no station took the request in time: is rekamd running, and is REKAM_STATION "
                           "its runtime directory?", op=self.op, class_="technician")

    def no_answer(self, why):
        """What was asked may have happened; the message says where to look."""
        effect = "none" if self.op in _HARMLESS else "unknown"
        if self.idem:
            next_step = f"look at job.get with idem {self.idem}, or send again with the same idem"
        else:
            next_step = _WHAT_NEXT.get(self.op, "ask again")
        return local_error("no-answer", f"{self.op}: {why}; {next_step}", op=self.op, effect=effect)
