# SPDX-License-Identifier: Apache-2.0 OR MIT
"""A request on its way, seen from the thread that waits for it."""
import queue
import time

from .errors import Error
from .records import wrap
from .request import Request


class Pending:
    def __init__(self, channel, op, params, timeout_ms, fields, progress, deadline_ms=None, parts=()):
        self._channel = channel
        self._inbox = queue.SimpleQueue()
        now = time.monotonic()
        if progress:
            fields = {**fields, "progress": True}
        self._request = Request(op, params, fields=fields, parts=parts, expires_at=now + timeout_ms / 1000,
                                deadline_at=None if deadline_ms is None else now + deadline_ms / 1000,
                                on_progress=lambda body, parts: self._inbox.put((body, parts)),
                                on_end=lambda *end: self._inbox.put(end))
        channel.post(channel.core.submit, self._request)

    def next(self):
        """The next word: (progress, None), or (None, (result, parts)). Raises the error that the request ended with."""
        entry = self._inbox.get()
        if len(entry) == 2:
            progress = wrap(entry[0])
            progress.__dict__["parts"] = entry[1]  # bytes that came along
            return progress, None
        result, error, parts = entry
        if error is not None:
            raise error
        return None, (wrap(result), parts)

    def wait(self, on_progress):
        while True:
            progress, end = self.next()
            if end is not None:
                return end
            on_progress(progress)

    def cancel(self):
        try:
            self._channel.post(self._channel.core.cancel, self._request)
        except Error:
            pass  # the connection was closed: so has the request been ended
