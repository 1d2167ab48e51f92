# SPDX-License-Identifier: Apache-2.0 OR MIT
"""A live picture of a slot. The newest wins: what the program was too slow for is gone."""
import mmap
import os
import threading
import time

from .data import FUTURE_WRITE, DataSocket, sealed_bytes
from .errors import Error, local_error
from .records import Record, wrap
from .request import Request

_LONGEST_S = 86_400 * 7  # it lasts as long as its lease; a request needs some end
_GRACE_S = 5.0
_OP = "preview.start"
_TURN_S = 0.2  # how soon an end is seen that the data socket did not tell


class PreviewFrame(Record):
    """One picture: `data` (JPEG, PNG or raw pixels, see `format`), seq, width_px, height_px, taken_at, and quality, guide and box
    where the device says them. It is no evidence: what is wanted for the record is captured."""

    def __init__(self, record, data):
        super().__init__(record)
        self.__dict__["data"] = data

    def save(self, path):
        with open(path, "wb") as file:
            file.write(self.data)


class PreviewViewer:
    """Watches a preview by one of its tickets, in any process of the same user: the lease's holder hands the ticket and the
    socket's path over (Preview.tickets, Preview.socket). Iterate, or call `next`; close it, or use it in `with`."""

    def __init__(self, path, ticket):
        self._connection = DataSocket(path, ticket)
        self._pools = {}
        self._has = None
        self._asked = False
        self._lock = threading.Lock()  # one reader at a time; close from any thread
        if "preview" not in self._connection.record:
            self._connection.close()
            raise local_error("bad-request", "the ticket is not one of a preview: take one that preview.start gave", op=_OP,
                              class_="caller", retry="never")
        self.preview = self._connection.record["preview"]
        self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __iter__(self):
        return self

    def __next__(self):
        frame = self.next()
        if frame is None:
            raise StopIteration
        return frame

    def next(self, timeout_s=None):
        """The newest picture that was not given yet; None when the preview has ended, or when timeout_s is over."""
        with self._lock:
            if self.ended:
                return None
            self._ask()
            while True:
                try:
                    said, descriptors = self._connection.hear(timeout_s)
                except TimeoutError:
                    return None
                except (Error, OSError):
                    self.ended = True
                    raise
                if "buffers" in said:
                    self._take_pool(said["buffers"], descriptors)
                elif "picture" in said:
                    return self._picture(said["picture"], said["at"])
                elif "end" in said:
                    self.ended = True
                    return None

    def close(self):
        self._connection.shutdown()
        with self._lock:
            self.ended = True
            self._connection.close()
            self._pools.clear()

    def _ask(self):
        if self._asked:
            return
        request = {"next": True}
        if self._has is not None:
            request["back"] = self._has
        self._connection.say(request)
        self._asked, self._has = True, None

    def _take_pool(self, pool, descriptors):
        try:
            mapped = []
            for descriptor in descriptors:
                if sealed_bytes(descriptor, FUTURE_WRITE) != pool["bytes"]:
                    raise local_error("bad-frame", "the station handed out buffers of another size than it says",
                                      class_="vendor", retry="now")
                mapped.append(mmap.mmap(descriptor, pool["bytes"], prot=mmap.PROT_READ))
            self._pools[pool["pool"]] = mapped
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _picture(self, record, at):
        self._asked, self._has = False, at
        for older in [number for number in self._pools if number < at["pool"]]:
            del self._pools[older]
        return PreviewFrame(record, self._pools[at["pool"]][at["buffer"]][:record["bytes"]])


class Preview:
    """Iterate to get a PreviewFrame whenever there is a newer one; use it in `with`, whose end stops it. The iteration ends
    after `stop` (any thread) or deadline_ms, and raises Error when the preview ended for another reason (`cancelled`: its
    lease, case or slot is gone).

    On the station's own machine the pictures come through shared memory: `tickets` are for other programs of this user,
    each of which watches by itself (PreviewViewer); one more is used here."""

    def __init__(self, station, params, fields, deadline_ms=None, viewers=0):
        self._station = station
        self._changed = threading.Condition()
        self._id = None
        self._newest = None
        self._end = None  # (result, error)
        self._seen = 0  # pictures that came here as parts
        self._stopping = False
        self._viewer = None
        self._params, self._fields, self._deadline_ms = params, fields, deadline_ms
        self.overlay = None  # the newest record, without its bytes
        self.tickets = None  # of other viewers, once the preview has begun
        self.socket = None
        self._own_ticket = None
        self._local = station.data_socket is not None
        if viewers and not self._local:
            raise local_error("not-covered", "viewers need a station on this machine: this one is reached over tcp, or hands out "
                              "no tickets", op=_OP, class_="caller", retry="after-fix")
        self._begin({**params, "tickets": 1 + viewers} if self._local else params)

    def _begin(self, params):
        now = time.monotonic()
        deadline_ms = self._deadline_ms
        expires_at = now + (_LONGEST_S if deadline_ms is None else deadline_ms / 1000 + _GRACE_S)
        self._id, self._end, self._own_ticket = None, None, None
        self._request = Request(_OP, params, fields={**self._fields, "progress": True}, expires_at=expires_at,
                                on_progress=self._shown, on_end=self._ended)
        self._station._channel.post(self._station._channel.core.submit, self._request)

    # The I/O thread.

    def _shown(self, record, parts):
        part = record.get("part")
        with self._changed:
            self._id = record.get("preview", self._id)
            if "tickets" in record:
                self._own_ticket, *self.tickets = record["tickets"]
                self.socket = record["socket"]
            if "seq" in record:
                self.overlay = wrap(record)
            if isinstance(part, int) and 0 <= part < len(parts):
                self._newest = PreviewFrame(record, parts[part])
                self._seen += 1
            self._changed.notify_all()

    def _ended(self, result, error, _parts):
        with self._changed:
            self._end = (result, error)
            self._newest = None  # nothing is shown after the end
            self._changed.notify_all()

    # The application's threads.

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        except Error:
            pass  # it ended by itself, or its station has gone: there is nothing left to stop

    def __iter__(self):
        return self

    def __next__(self):
        frame = self.next()
        if frame is None:
            raise StopIteration
        return frame

    def next(self, timeout_s=None):
        """The newest picture that was not given yet; None when the preview has ended, or when timeout_s is over."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            left = None if until is None else max(0.0, until - time.monotonic())
            if self._local and self._viewer is None:
                self._look(left)
            if self._viewer is None:
                return self._next_part(left)
            frame = self._next_shared(_TURN_S if left is None else min(left, _TURN_S))
            if frame is not None:
                return frame
            with self._changed:
                if self._end is not None:
                    self._raise_error()
                    return None
            if until is not None and time.monotonic() >= until:
                return None

    def _next_part(self, timeout_s):
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._end is not None, timeout_s)
            if self._end is not None:
                self._raise_error()
                return None
            frame, self._newest = self._newest, None
            return frame

    def _next_shared(self, timeout_s):
        if not self._viewer.ended:
            try:
                frame = self._viewer.next(timeout_s)
                if frame is not None or not self._viewer.ended:
                    return frame
            except (Error, OSError):
                pass  # the gate has died, or the end was not told: the request says what it was
        with self._changed:
            self._changed.wait_for(lambda: self._end is not None, timeout_s)
        return None

    def _look(self, timeout_s):
        """Shows the ticket. Where that cannot be (another user, a socket that is not here), the pictures come as parts."""
        with self._changed:
            self._changed.wait_for(lambda: self._own_ticket is not None or self._end is not None, timeout_s)
            if self._own_ticket is None:
                self._local = self._end is None
                return
        try:
            self._viewer = PreviewViewer(self.socket, self._own_ticket)
        except (Error, OSError):
            self._local = False
            if self.tickets:
                raise
            if not self._stopping:
                self._station.call("preview.stop", {"preview": self._id})
                self.result(_GRACE_S)
                self._begin(self._params)

    @property
    def id(self):
        """The station's name for it; None until it has said so."""
        return self._id

    @property
    def ended(self):
        return self._end is not None

    def begun(self, timeout_s=10.0):
        """Waits until the station has answered; then `id`, and `tickets` and `socket` where it gave some, are known."""
        with self._changed:
            self._changed.wait_for(lambda: self._id is not None or self._end is not None, timeout_s)
            if self._end is not None:
                self._raise_error()
        return self

    def stop(self, timeout_s=10.0):
        """Stops it and waits for the end: a Record with `ended_by` and `frames`. Raises Error where it had ended otherwise."""
        with self._changed:
            known = self._changed.wait_for(lambda: self._id is not None or self._end is not None, timeout_s)
            first, self._stopping = not self._stopping, True
            ended = self._end is not None
        if not known:
            raise local_error("no-answer", "the station did not say that the preview began; its lease ends it", op=_OP)
        if first and not ended:
            try:
                self._station.call("preview.stop", {"preview": self._id}, timeout_ms=int(timeout_s * 1000))
            except Error as error:
                if error.code != "unknown-job":  # it has ended meanwhile: its own request tells how
                    raise
        try:
            return self.result(timeout_s)
        finally:
            if self._viewer is not None:
                self._viewer.close()

    def result(self, timeout_s=None):
        """Waits for the end."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._end is not None, timeout_s):
                raise local_error("no-answer", "the preview goes on", op=_OP)
            self._raise_error()
            return wrap(self._end[0])

    def _raise_error(self):
        if self._end[1] is not None:
            raise self._end[1]
