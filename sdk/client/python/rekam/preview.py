# SPDX-License-Identifier: Apache-2.0 OR MIT
"""A live picture of a slot. The newest wins: what the program was too slow for is gone."""
import threading
import time

from .errors import Error, local_error
from .records import Record, wrap
from .request import Request

_LONGEST_S = 86_400 * 7  # it lasts as long as its lease; a request needs some end
_GRACE_S = 5.0
_OP = "preview.start"


class PreviewFrame(Record):
    """One picture: `data` (JPEG or PNG, see `format`), seq, width_px, height_px, taken_at, and quality, guide and box where
    the device says them. It is no evidence: what is wanted for the record is captured."""

    def __init__(self, record, data):
        super().__init__(record)
        self.__dict__["data"] = data

    def save(self, path):
        with open(path, "wb") as file:
            file.write(self.data)


class Preview:
    """Iterate to get a PreviewFrame whenever there is a newer one; use it in `with`, whose end stops it. The iteration ends
    after `stop` (any thread) or deadline_ms, and raises Error when the preview ended for another reason (`cancelled`: its
    lease, case or slot is gone)."""

    def __init__(self, station, params, fields, deadline_ms=None):
        self._station = station
        self._changed = threading.Condition()
        self._id = None
        self._newest = None
        self._end = None  # (result, error)
        self._seen = 0  # pictures that came here
        self._stopping = False
        now = time.monotonic()
        expires_at = now + (_LONGEST_S if deadline_ms is None else deadline_ms / 1000 + _GRACE_S)
        self._request = Request(_OP, params, fields={**fields, "progress": True}, expires_at=expires_at,
                                on_progress=self._shown, on_end=self._ended)
        station._channel.post(station._channel.core.submit, self._request)

    # The I/O thread.

    def _shown(self, record, parts):
        part = record.get("part")
        with self._changed:
            self._id = record.get("preview", self._id)
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
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._end is not None, timeout_s)
            if self._end is not None:
                self._raise_error()
                return None
            frame, self._newest = self._newest, None
            return frame

    @property
    def id(self):
        """The station's name for it; None until it has said so."""
        return self._id

    @property
    def ended(self):
        return self._end is not None

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
        return self.result(timeout_s)

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
