# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The client's side of a session, pure: no clock, no socket, no thread. Time is a parameter (seconds, monotonic).

    DOWN ──connected──▶ GREETING ──hello answered──▶ READY
      ▲                    │  ▲                        │
      └────disconnected────┴──┼────────────────────────┤
                              └── no beat, new gate, ──┘       GREETING ──hello refused──▶ REFUSED
                                  unknown-session

A request (request.py) goes QUEUED ─▶ SENT ─▶ ENDED. When the connection is lost, a SENT one is found again after the
next hello: with an idem by job.get {idem} (ASKING), then SENT again with the same idem, which joins the running job or
gives the recorded answer; without one, it is sent again when that is harmless, else it ends as `no-answer`.
"""
from .errors import Error, local_error
from .request import ASKING, ENDED, QUEUED, SENT, Request

DOWN, GREETING, READY, REFUSED = "down", "greeting", "ready", "refused"

HELLO_AGAIN_S = 2.0  # an unanswered hello is sent again
BEAT_LATE_S = 2.0  # beats come each second: one that is a second late starts a hello
UNATTENDED_S = 600.0  # leases are not renewed for a program that asked for nothing in this time


class HeldLease:
    """A lease that is renewed at a third of its time. `error` says why it was lost."""

    def __init__(self, lease, ttl_ms, now):
        self.lease = lease
        self.ttl_s = ttl_ms / 1000
        self.due = now + self.ttl_s / 3
        self.error = None


class SessionCore:
    def __init__(self, hello, prefix, resume=None):
        """`hello`: its params without resume. `prefix`: random, so that no other client's answer can match an id."""
        self._hello = hello
        self._prefix = prefix
        self._count = 0
        self._wire = {}  # id -> (role, request or held lease, op)
        self._requests = {}  # the open ones, as an ordered set
        self._leases = {}
        self._lost = False
        self._hello_at = 0.0
        self._beat_at = 0.0
        self._touched = 0.0
        self.state = DOWN
        self.session = resume
        self.welcome = None  # the result of the last hello
        self.refusal = None
        self.epochs = (0, 0)
        self.outbox = []
        self.attachments = {}  # id of a header in the outbox -> binary parts that go with it
        self.stale = 0  # answers to nothing that is open: counted, never used

    # What the shell reports.

    def connected(self, now):
        if self.state == DOWN:
            self._greet(now)

    def disconnected(self, _now):
        """Everything sent and not answered may be gone; so may be what still waits in the outbox."""
        self._lose()
        if self.state != REFUSED:
            self.state = DOWN

    def message(self, now, header, parts):
        entry = self._wire.get(header.get("id"))
        if entry is None:
            self.stale += 1
            return
        role, request, op = entry
        if header.get("more"):
            if role == "call":
                self._progress(now, request, header.get("progress") or {}, parts)
            return
        del self._wire[header["id"]]
        error = None if header.get("ok") else Error(header.get("error") or {}, op)
        if error is not None and error.code == "unknown-session" and role != "hello" and self.state == READY:
            self._greet(now)
        getattr(self, "_on_" + role)(now, request, header.get("result") or {}, error, parts)

    def beat(self, now, station_epoch, gate_epoch):
        """A beat or a welcome. Old ones may still be under way after a new hello: only newer epochs count."""
        self._beat_at = max(self._beat_at, now)
        if self.state == READY and (station_epoch, gate_epoch) > self.epochs:
            self._lose()
            self._greet(now)

    def tick(self, now):
        if self.state == GREETING and now >= self._hello_at + HELLO_AGAIN_S:
            self._greet(now)
        if self.state == READY and now >= self._beat_at + BEAT_LATE_S:
            self._greet(now)
        for request in list(self._requests):
            self._tick_request(now, request)
        if self.state == READY and self._attended(now):
            for held in list(self._leases.values()):
                if now >= held.due:
                    self._renew(now, held)

    def next_timer(self, now):
        """When `tick` is wanted next, or None."""
        times = [request.wake_at(self.state == READY) for request in self._requests]
        if self.state == GREETING:
            times.append(self._hello_at + HELLO_AGAIN_S)
        if self.state == READY:
            times.append(self._beat_at + BEAT_LATE_S)
            if self._attended(now):
                times += [held.due for held in self._leases.values()]
        return min(times, default=None)

    # What the application asks.

    def submit(self, now, request):
        self._touched = now
        if self.state == REFUSED:
            request.end(None, self.refusal, [])
            return
        self._requests[request] = None
        if self.state == READY:
            self._send(now, request)

    def cancel(self, now, request):
        self._touched = now
        if request.state == ENDED:
            return
        request.cancel_wanted = True
        if request.state == QUEUED and not request.was_sent:
            self._end(request, None, local_error("cancelled", "cancelled before it was sent", op=request.op,
                                                 class_="operator"), [])
        elif request.job:
            self._send_cancel(request)
        elif request.state == SENT and self.state == READY:
            self._ask(request)

    def hold(self, now, lease, ttl_ms):
        self._leases[lease] = HeldLease(lease, ttl_ms, now)
        return self._leases[lease]

    def unhold(self, lease):
        self._leases.pop(lease, None)

    def end_all(self, error):
        for request in list(self._requests):
            self._end(request, None, error, [])

    # Sending.

    def _new_id(self, role, request, op):
        self._count += 1
        wire_id = f"{self._prefix}-{self._count}"
        self._wire[wire_id] = (role, request, op)
        return wire_id

    def _post(self, role, request, op, params, **fields):
        wire_id = self._new_id(role, request, op)
        header = {"v": 1, "id": wire_id, "op": op, "params": params, **fields}
        if op != "hello":
            header["session"] = self.session
        self.outbox.append(header)

    def _greet(self, now):
        self.state = GREETING
        self._hello_at = now
        params = dict(self._hello)
        if self.session:
            params["resume"] = self.session
        self._post("hello", None, "hello", params)

    def _send(self, now, request):
        request.sent()
        self._post("call", request, request.op, request.params, **request.fields_at(now))
        if request.parts:
            self.attachments[self.outbox[-1]["id"]] = request.parts

    def _ask(self, request):
        self._post("ask", request, "job.get", {"idem": request.idem})

    def _send_cancel(self, request):
        if self.state == READY and not request.cancel_sent:
            request.cancel_sent = True
            self._post("cancel", request, "job.cancel", {"job": request.job})

    def _renew(self, now, held):
        held.due = now + held.ttl_s / 3
        self._post("renew", held, "lease.renew", {"lease": held.lease, "ttl_ms": int(held.ttl_s * 1000)})

    # Answers, one function per role.

    def _on_hello(self, now, _request, result, error, _parts):
        if error is not None:
            self._hello_refused(now, error)
            return
        if self.session is not None and not result.get("resumed"):
            self._lose_leases("the station began a new session, leases of the old one have ended")
        epochs = (result.get("station_epoch", 0), result.get("gate_epoch", 0))
        same = epochs == self.epochs and self.session == result.get("session")
        self.session = result.get("session")
        self.epochs = epochs
        self.welcome = result
        self.state = READY
        self._beat_at = now
        if not same:
            self._lose_sent()
        lost, self._lost = self._lost or not same, False
        if lost:
            for held in self._leases.values():
                held.due = now
        for request in list(self._requests):
            if request.state == QUEUED:
                self._send(now, request)
            elif lost or request.state == ASKING:
                self._recover(now, request)
            elif request.cancel_wanted:
                self.cancel(now, request)

    def _hello_refused(self, now, error):
        if error.code == "unknown-session" and self.session is not None:
            self._lose_leases("the station no longer knows this session, its leases have ended")
            self.session = None
            self._greet(now)
        elif error.retry in ("now", "later") and error.class_ == "system":
            self._hello_at = now - HELLO_AGAIN_S + (error.retry_ms or 500) / 1000  # asked again by tick
        else:
            self.state, self.refusal = REFUSED, error
            self.end_all(error)

    def _on_call(self, now, request, result, error, parts):
        if error is not None and error.code == "unknown-session" and request.may_requeue():
            request.requeue()  # it was refused, so nothing has happened: it goes again after the hello
            return
        self._end(request, result, error, parts)

    def _on_ask(self, now, request, result, error, _parts):
        if request.state == ENDED:
            return
        if error is not None:
            if error.code != "unknown-session":  # else it is asked again after the hello
                self._ask_failed(now, request, error)
            return
        job = result.get("job") or {}
        running = job.get("state") in ("accepted", "waiting", "running", "sent")
        if running:
            self._progress(now, request, {k: job[k] for k in ("job", "state", "percent", "frames") if k in job})
        if request.state == ASKING or not running:
            self._send(now, request)

    def _ask_failed(self, now, request, error):
        if request.state == SENT:
            return  # it was never lost: its own answer may still be under way
        if error.code != "unknown-job":
            self._end(request, None, error, [])
        elif request.cancel_wanted:
            self._end(request, None, local_error("cancelled", "cancelled; the station never received the request",
                                                 op=request.op, class_="operator"), [])
        elif now >= request.deadline_at:
            self._end(request, None, local_error("timeout", "the deadline passed before the station received the "
                                                 "request; nothing was done", op=request.op, class_="operator"), [])
        else:
            self._send(now, request)

    def _on_cancel(self, _now, _request, _result, _error, _parts):
        """Asked is asked: the original request tells the end."""

    def _on_renew(self, _now, held, _result, error, _parts):
        if error is not None and error.code == "no-lease":
            held.error = error
            self._leases.pop(held.lease, None)

    # Requests.

    def _progress(self, now, request, progress, parts=()):
        if request.state == ENDED:
            return
        request.progressed(progress, parts)
        if request.cancel_wanted and request.job:
            self._send_cancel(request)

    def _end(self, request, result, error, parts):
        self._requests.pop(request, None)
        if request.state != ENDED:
            request.end(result, error, parts)

    def _lose(self):
        self._lost = True
        self._lose_sent()

    def _lose_sent(self):
        """Forgets every id that was on the wire. An answer that still comes is stale; recovery asks anew."""
        self._wire.clear()
        self.outbox.clear()
        self.attachments.clear()
        for request in self._requests:
            request.cancel_sent = False

    def _lose_leases(self, why):
        for held in self._leases.values():
            held.error = local_error("no-lease", why + ": acquire them again", class_="caller", retry="after-fix")
        self._leases.clear()

    def _recover(self, now, request):
        if request.idem:
            request.state = ASKING
            self._ask(request)
        elif request.repeatable:
            self._send(now, request)
        else:
            self._end(request, None, request.no_answer("the connection was lost before its answer came"), [])

    def _tick_request(self, now, request):
        if now >= request.expires_at:
            self._end(request, None, request.expired(self.state == READY), [])
        elif (self.state == READY and request.state == SENT and request.idem and not request.late_asked
              and now >= request.late_at):
            request.late_asked = True  # the last chance to learn how it ended; never a second sending
            self._ask(request)

    def _attended(self, now):
        """A hung program must lose its leases although this thread lives."""
        return bool(self._requests) or now < self._touched + UNATTENDED_S
