# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What an application holds: a station, a case, a lease, a capture."""
import os
import time

from .cards import Card, Print, picture_params
from .channel import Channel
from .endpoints import find_station
from .errors import Error, local_error
from .events import Events
from .pending import Pending
from .preview import Preview
from .records import CaptureResult, Frame, Progress, wrap
from .upkeep import Upkeep, given

CALL_TIMEOUT_MS = 10_000
CAPTURE_DEADLINE_MS = 60_000
_ACQUIRE_LOST_MAX = 3  # how often one lease.acquire may lose its answer to a dying gate
_GRACE_MS = 5_000  # an interrupted device has two seconds to return; then the answer comes


def connect(station=None, *, client, operator=None, resume=None, station_key=None, timeout_ms=5_000):
    """Opens a session (or resumes one: `resume` is an earlier `Station.session`) and waits until it stands.

    station: a runtime directory, or "tcp://requests,tcp://events"; else REKAM_STATION, else the usual place.
    Raises Error `no-station` when nobody answers within timeout_ms, or what the station refused with.
    """
    endpoints = find_station(station, station_key)
    hello = {"client": client}
    if operator is not None:
        hello["operator"] = operator
    if endpoints.station_key:
        hello["station_key"] = endpoints.station_key
    channel = Channel(endpoints, hello, resume)
    try:
        if not channel.wait_settled(timeout_ms / 1000):
            raise local_error("no-station", f"no station answers at {endpoints.name}: start rekamd, or point "
                              "REKAM_STATION at its runtime directory", op="hello", class_="technician")
        if channel.core.refusal is not None:
            raise channel.core.refusal
    except BaseException:
        channel.close()
        raise
    return Station(channel)


class Station(Upkeep):
    """A session. `with` closes the connection; the session itself lives on at the station until it expires."""

    def __init__(self, channel):
        self._channel = channel

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._channel.close()

    @property
    def welcome(self):
        """The last hello's result: station, rights, limits, sandbox, epochs."""
        return wrap(self._channel.core.welcome)

    @property
    def data_socket(self):
        """Where tickets are shown; None where the station gives this client none."""
        return self._channel.core.welcome.get("data")

    @property
    def session(self):
        """The token to resume with. Keep it to yourself: who has it (and your uid) is you."""
        return self._channel.core.session

    @property
    def id(self):
        return self.welcome.station.id

    @property
    def name(self):
        return self.welcome.station.name

    @property
    def epoch(self):
        return self._channel.core.epochs[0]

    # Any operation by its name.

    def call(self, op, params=None, *, timeout_ms=CALL_TIMEOUT_MS, on_progress=None, **fields):
        """Sends `op` and returns its result. `fields` are header fields (lease, idem, deadline_ms, station_epoch)."""
        return self.call_parts(op, params, timeout_ms=timeout_ms, on_progress=on_progress, **fields)[0]

    def call_parts(self, op, params=None, *, timeout_ms=CALL_TIMEOUT_MS, on_progress=None, **fields):
        """Like `call`; returns (result, [bytes])."""
        pending = Pending(self._channel, op, params or {}, timeout_ms, fields, on_progress is not None)
        return pending.wait(lambda progress: on_progress(wrap(progress)))

    def list_all(self, op, field, params):
        """All records of a list, page by page."""
        records, cursor = [], None
        while True:
            result = self.call(op, params if cursor is None else {**params, "cursor": cursor})
            records += result[field]
            cursor = result.next
            if cursor is None:
                return wrap(records)

    # What there is.

    def info(self):
        return self.call("station.get")

    def slots(self, desk=None):
        return self.list_all("slot.list", "slots", given(desk=desk))

    def slot(self, slot):
        return self.call("slot.get", {"slot": slot}).slot

    def devices(self, plugin=None):
        return self.list_all("device.list", "devices", given(plugin=plugin))

    def device(self, device):
        return self.call("device.get", {"device": device}).device

    def plugins(self):
        return self.list_all("plugin.list", "plugins", {})

    def schema(self, name=None):
        """One schema as a dict, or the list of their names."""
        result = self.call("schema.get", given(name=name))
        return result.names if name is None else result.schema

    def events(self, *streams):
        """An iterator over Event. A stream is "slot.photo", or "slot." for all slots; without any: everything."""
        return Events(self, streams)

    # Cases, leases, jobs, frames.

    def case(self, purpose, *, operator=None, desk=None):
        """Opens a case. `with` closes it; frames given to `Case.keep` are recorded as the ones that were used."""
        record = self.call("case.open", given(purpose=purpose, operator=operator, desk=desk))
        return Case(self, record["case"])

    def get_case(self, case):
        return self.call("case.get", {"case": case}).case

    def cases(self, state=None):
        return self.list_all("case.list", "cases", given(state=state))

    def lease(self, slots, case, *, ttl_ms=60_000, wait_ms=0, on_progress=None):
        """Exclusive use of one slot or several, all or none. Renewed by itself until released, or until the program
        has asked for nothing in ten minutes. Waits in the queue for wait_ms; else `lease-held` says who has it."""
        slots = [slots] if isinstance(slots, str) else list(slots)
        until = time.monotonic() + wait_ms / 1000
        for lost in range(_ACQUIRE_LOST_MAX + 1):
            left_ms = max(0, int((until - time.monotonic()) * 1000))
            params = {"slots": slots, "case": case, "ttl_ms": ttl_ms, "wait_ms": left_ms}
            try:
                result = self.call("lease.acquire", params, timeout_ms=left_ms + CALL_TIMEOUT_MS,
                                   on_progress=on_progress)
                return Lease(self, result, self.epoch)
            except Error as error:
                if error.code != "no-answer" or lost == _ACQUIRE_LOST_MAX:
                    raise
            for mine in self.leases(case=case):  # a dead gate took the answer along: it may have been granted
                if mine.mine and sorted(mine.slots) == sorted(slots):
                    renewed = self.call("lease.renew", {"lease": mine.lease, "ttl_ms": ttl_ms})
                    found = {**renewed, "case": case, "slots": [{"slot": slot} for slot in slots]}
                    return Lease(self, wrap(found), self.epoch)

    def leases(self, *, slot=None, case=None):
        return self.call("lease.list", given(slot=slot, case=case)).leases

    def job(self, job=None, *, idem=None):
        return self.call("job.get", given(job=job, idem=idem)).job

    def jobs(self, **where):
        """where: case, slot, state, unsettled."""
        return self.list_all("job.list", "jobs", where)

    def cancel(self, job):
        """Asks for the end of a job; its own request tells how it ended."""
        return self.call("job.cancel", {"job": job})

    def extend(self, job, deadline_ms):
        return self.call("job.extend", {"job": job, "deadline_ms": deadline_ms})

    # Cards.

    def frame(self, record):
        """A frame whose record was found elsewhere (job.get, progress): for its bytes."""
        return Frame(record, self)


class Case:
    def __init__(self, station, case):
        self.station = station
        self.id = case
        self._keep = []

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()
            return
        try:
            self.close()
        except Exception:  # pylint: disable=broad-except
            pass  # the first failure is the one to tell

    def keep(self, *frames):
        """These frames are the ones that are used (an application takes several tries and keeps one)."""
        self._keep += [frame["frame"] for frame in frames]

    def lease(self, slots, *, ttl_ms=60_000, wait_ms=0, on_progress=None):
        return self.station.lease(slots, self.id, ttl_ms=ttl_ms, wait_ms=wait_ms, on_progress=on_progress)

    def get(self):
        return self.station.get_case(self.id)

    def close(self):
        params = {"case": self.id, "keep": self._keep} if self._keep else {"case": self.id}
        return self.station.call("case.close", params).case


class Lease:
    """`error` says why it was lost, else None."""

    def __init__(self, station, result, station_epoch):
        self.station = station
        self.id = result["lease"]
        self.case = result["case"]
        self.slots = result.slots
        self._epoch = station_epoch
        self._released = False
        self._held = None
        station._channel.post(self._hold, result["ttl_ms"])

    def _hold(self, now, ttl_ms):
        if not self._released:
            self._held = self.station._channel.core.hold(now, self.id, ttl_ms)

    @property
    def error(self):
        return self._held.error if self._held else None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            self.release()
        except Exception:  # pylint: disable=broad-except
            if kind is None and self.error is None:
                raise

    def release(self):
        self._released = True
        self.station._channel.post(lambda _now: self.station._channel.core.unhold(self.id))
        self.station.call("lease.release", {"lease": self.id})

    def start(self, slot, *, subject, idem=None, deadline_ms=CAPTURE_DEADLINE_MS, options=None, **params):
        """Starts a capture and returns at once; see Capture. Parameters are those of the slot's function; `options`
        takes the ones that are no Python names ({"acme:sharpen": 2})."""
        params = {"slot": slot, "subject": subject, **params, **(options or {})}
        return Capture(self.station, params, self._job_fields(idem, deadline_ms))

    def capture(self, slot, *, on_progress=None, **params):
        """start() and result() in one. Interrupted (Ctrl-C, an exception in on_progress), it cancels the job."""
        return self.start(slot, **params).result(on_progress)

    def start_print(self, slot, *, front=None, back=None, overlay=None, idem=None, deadline_ms=CAPTURE_DEADLINE_MS,
                    options=None, **params):
        """Starts a card and returns at once; see Print. A picture is bytes (PNG or JPEG), or a Frame of this case.
        Parameters: steps, encoder, on_fail, edge_to_edge, tracks, cites, reprint ({"of", "reason", "second"})."""
        pictures, parts = picture_params(front=front, back=back, overlay=overlay)
        return Print(self.station, {"slot": slot, **pictures, **params, **(options or {})}, parts,
                     self._job_fields(idem, deadline_ms))

    def print(self, slot, *, on_progress=None, **params):
        """start_print() and result() in one, for a card without the step `chip`."""
        return self.start_print(slot, **params).result(on_progress)

    def card(self, slot, *, intent, idem=None, deadline_ms=CAPTURE_DEADLINE_MS, on_progress=None, **params):
        """Opens the card in the slot's reader, or the one at the chip of a print of this lease. Parameters: protocol,
        timeout_ms. Use it in `with`: an exception inside closes the card as failed."""
        pending = Pending(self.station._channel, "card.open", {"slot": slot, "intent": intent, **params},
                           deadline_ms + _GRACE_MS, self._job_fields(idem, deadline_ms), on_progress is not None,
                           deadline_ms=deadline_ms)
        return Card(self.station, pending.wait(lambda progress: on_progress(wrap(progress)))[0])

    def preview(self, slot, *, formats=None, rate_hz=None, width_px=None, height_px=None, deadline_ms=None, viewers=0):
        """A live picture of the slot, until it is stopped or this lease ends; see Preview. Captures may run meanwhile.
        `viewers` other programs of this user may watch too, three at most: see PreviewViewer."""
        fields = {"lease": self.id, **given(deadline_ms=deadline_ms)}
        params = given(slot=slot, formats=formats, rate_hz=rate_hz, width_px=width_px, height_px=height_px)
        return Preview(self.station, params, fields, deadline_ms, viewers)

    def _job_fields(self, idem, deadline_ms):
        return {"lease": self.id, "idem": idem or os.urandom(16).hex(), "station_epoch": self._epoch,
                "deadline_ms": deadline_ms}


class Capture:
    """A capture under way. `cancel` from any thread; `result` from one."""

    def __init__(self, station, params, fields):
        self._station = station
        self.idem = fields["idem"]
        self._pending = Pending(station._channel, "capture.start", params, fields["deadline_ms"] + _GRACE_MS, fields,
                                 True, deadline_ms=fields["deadline_ms"])

    def cancel(self):
        self._pending.cancel()

    def result(self, on_progress=None):
        """Waits for the end. Raises Error with code `cancelled` or `timeout`, or with the cause's code."""
        try:
            def tell(progress):
                if on_progress is not None:
                    on_progress(Progress(progress, self._station, self.cancel))
            result, parts = self._pending.wait(tell)
        except BaseException:
            self.cancel()  # of an ended one: nothing
            raise
        return CaptureResult(result, self._station, parts)
