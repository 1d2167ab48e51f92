# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The event stream as an iterator that never lies: subscribe, take the snapshot, drop what is older, mend the gaps."""
import collections
import threading
from typing import NamedTuple

from .errors import Error
from .records import wrap

_QUEUE_MAX = 4096  # more than this unread: the rest is dropped, and everything is fetched anew

# stream's first word -> how its records are listed, and which field of a record names it
_KINDS = {"slot": ("slot.list", "slots", "slot"), "device": ("device.list", "devices", "device"),
          "plugin": ("plugin.list", "plugins", "plugin")}
ALL = ("station", "slot.", "device.", "plugin.")


class Event(NamedTuple):
    """kind: snapshot (how it was at first), change, refresh (fetched again after a gap), gone (no longer listed)."""
    stream: str
    kind: str
    seq: int
    data: dict


def covers(selector, stream):
    """A selector is a stream's name, or the beginning of many when it ends with a point."""
    return stream == selector or (selector.endswith(".") and stream.startswith(selector))


class Follower:
    """What is known of each stream, pure. `missing` names what must be fetched again."""

    def __init__(self, selectors, epochs=(0, 0)):
        self.selectors = tuple(selectors)
        self.known = {}
        self.missing = set(self.selectors)
        self.epochs = epochs

    def wants(self, stream):
        return any(covers(selector, stream) for selector in self.selectors)

    def restart(self):
        """Something may have been missed, nobody knows what."""
        self.missing = set(self.selectors)

    def header(self, stream, header):
        """Takes what came on the wire; returns an Event or None."""
        epochs = (header.get("station_epoch", 0), header.get("gate_epoch", 0))
        if epochs < self.epochs:
            return None
        if epochs > self.epochs:
            if self.epochs != (0, 0):
                self.restart()
                if epochs[0] != self.epochs[0]:
                    self.known.clear()  # a new broker counts anew
            self.epochs = epochs
        if stream == "$beat":
            self._beat(header.get("seq") or {})
        if stream.startswith("$") or not self.wants(stream):
            return None
        return self._change(stream, header.get("seq", 0), header.get("data") or {})

    def record(self, stream, seq, data, kind):
        """Takes a fetched record; an Event, or None when it is not news."""
        old = self.known.get(stream)
        if old is not None and seq <= old:
            return None
        self.known[stream] = seq
        return Event(stream, kind, seq, wrap(data))

    def gone(self, selector, listed):
        """Streams that a whole list no longer names."""
        for stream in [s for s in self.known if covers(selector, s) and s not in listed]:
            yield Event(stream, "gone", self.known.pop(stream), wrap({}))

    def _beat(self, seqs):
        for stream, seq in seqs.items():
            if self.wants(stream) and seq > self.known.get(stream, -1):
                self.missing.add(stream)

    def _change(self, stream, seq, data):
        old = self.known.get(stream)
        if old is not None and seq <= old:
            return None
        if old is not None and seq > old + 1:
            self.missing.add(stream)
            return None
        self.known[stream] = seq
        return Event(stream, "change", seq, wrap(data))


class Events:
    """Iterate, or call next(timeout_ms). One reader at a time; `close` from any thread ends the iteration."""

    def __init__(self, station, streams):
        self._station = station
        self._follower = Follower(streams or ALL, station._channel.core.epochs)
        self._queue = collections.deque()
        self._ready = collections.deque()
        self._changed = threading.Condition()
        self._overflow = False
        self._closed = False
        self._first = True
        station._channel.follow(self._follower.selectors, self._deliver)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __iter__(self):
        return self

    def __next__(self):
        event = self.next()
        if event is None:
            raise StopIteration
        return event

    def next(self, timeout_ms=None):
        """The next event; None when the time is over or the stream was closed."""
        while not self._ready:
            if self._closed:
                return None
            if self._follower.missing:
                self._fetch_missing()
            elif not self._take(timeout_ms):
                return None
        return self._ready.popleft()

    def close(self):
        if not self._closed:
            self._closed = True
            try:
                self._station._channel.unfollow(self._deliver)
            except Error:
                pass  # the station was closed before
        with self._changed:
            self._changed.notify_all()

    def _deliver(self, stream, header):
        """I/O thread."""
        with self._changed:
            if stream == "$closed":
                self._closed = True
            elif len(self._queue) >= _QUEUE_MAX:
                self._overflow = True
            else:
                self._queue.append((stream, header))
            self._changed.notify_all()

    def _take(self, timeout_ms):
        with self._changed:
            timeout_s = None if timeout_ms is None else timeout_ms / 1000
            if not self._changed.wait_for(lambda: self._queue or self._closed or self._overflow, timeout_s):
                return False
            taken = list(self._queue)
            self._queue.clear()
            if self._overflow:
                self._overflow = False
                self._follower.restart()
        for stream, header in taken:
            self._add(self._follower.header(stream, header))
        return True

    def _add(self, event):
        if event is not None:
            self._ready.append(event)

    def _fetch_missing(self):
        kind = "snapshot" if self._first else "refresh"
        for selector in sorted(self._follower.missing):
            self._follower.missing.discard(selector)
            try:
                self._fetch(selector, kind)
            except Error:
                self._follower.missing.add(selector)  # the caller hears of it, the next call tries again
                raise
        self._first = False

    def _fetch(self, selector, kind):
        if selector != "station":
            self._fetch_kind(selector, kind)
            return
        record = self._station.info()
        self._add(self._follower.record("station", record["seq"], record, kind))

    def _fetch_kind(self, selector, kind):
        op, field, name = _KINDS.get(selector.partition(".")[0], (None, None, None))
        if op is None:
            return
        listed = set()
        for record in self._station.list_all(op, field, {}):
            stream = f"{name}.{record[name]}"
            if covers(selector, stream):
                listed.add(stream)
                self._add(self._follower.record(stream, record["seq"], record, kind))
        self._ready.extend(self._follower.gone(selector, listed))
