# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What the station says, with attributes: records, frames, progress, results."""
import hashlib

from .data import fetch
from .errors import Error, local_error

_CHUNK_BYTES = 8 * 1024 * 1024  # the most that one frame.get returns
_WORTH_A_TICKET = 64 * 1024  # below, one answer with the bytes is quicker
# Refusals of a ticket that mean nothing for the bytes themselves.
_WITHOUT_TICKET = frozenset(("denied", "not-covered", "too-large", "too-many", "busy", "no-answer"))


class Record(dict):
    """A JSON object whose fields are attributes too. A field that the station did not send reads as None."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return wrap(self.get(name))


def wrap(value):
    if isinstance(value, dict) and not isinstance(value, Record):
        return Record(value)
    if isinstance(value, list):
        return [wrap(item) for item in value]
    return value


class Frame(Record):
    """The record of one frame; `data` is its bytes: fetched when first asked for, checked against the record's hash."""

    def __init__(self, record, station, part=None):
        super().__init__(record)
        self.__dict__["_station"] = station
        self.__dict__["_data"] = None
        if part is not None:
            self.__dict__["_data"] = self._checked(part)

    @property
    def data(self):
        if self._data is None:
            self.__dict__["_data"] = self._checked(self._fetch())
        return self._data

    def save(self, path):
        """Writes the bytes as they are (`format` says what they are)."""
        with open(path, "wb") as file:
            file.write(self.data)

    def release(self):
        """Tells the station that it need not keep this frame any longer."""
        self._station.call("frame.release", {"frames": [self["frame"]]})

    def _fetch(self):
        """On the station's own machine by descriptor; elsewhere, or where that cannot be, in pieces."""
        if self._station.data_socket is not None and self["bytes"] >= _WORTH_A_TICKET:
            try:
                granted = self._station.call("frame.get", {"frame": self["frame"], "as": "ticket"})
                return fetch(granted["socket"], granted["ticket"])
            except Error as error:
                if error.code not in _WITHOUT_TICKET:
                    raise
            except OSError:
                pass  # the socket is not here, in a container perhaps
        return self._fetch_pieces()

    def _fetch_pieces(self):
        chunks, offset, total = [], 0, None
        while total is None or offset < total:
            params = {"frame": self["frame"], "offset": offset, "length": _CHUNK_BYTES}
            result, parts = self._station.call_parts("frame.get", params)
            if total is None:
                total = result["bytes"]
            part = result.get("part")
            if not isinstance(part, int) or not 0 <= part < len(parts) or (not parts[part] and total):
                raise self._bad("the station sent no bytes for it")
            chunks.append(parts[part])
            offset += len(parts[part])
        return b"".join(chunks)

    def _checked(self, data):
        if len(data) != self["bytes"]:
            raise self._bad(f"{len(data)} bytes came, its record says {self['bytes']}")
        if "sha256:" + hashlib.sha256(data).hexdigest() != self["hash"]:
            raise self._bad("its bytes do not match the hash in its record")
        return data

    def _bad(self, why):
        return local_error("bad-frame", f"frame {self['frame']} cannot be trusted: {why}; capture again",
                           op="frame.get", class_="vendor", retry="now")


class Progress(Record):
    """One word about a running job. `frames` are pages that are finished already; `cancel()` asks for the end."""

    def __init__(self, record, station, cancel):
        super().__init__(record)
        self.__dict__["_cancel"] = cancel
        self.__dict__["_frames"] = [Frame(frame, station) for frame in record.get("frames", [])]

    @property
    def frames(self):
        return self._frames

    def cancel(self):
        self._cancel()

    def __str__(self):
        words = [self.get("job") or "", self.get("state") or ""]
        if "percent" in self:
            words.append(f"{self['percent']} %")
        if "position" in self:
            words.append(f"position {self['position']}")
        words += [f"page {frame.page or frame.index}" for frame in self.frames]
        return " ".join(word for word in words + self.get("guide", []) if word)


class CaptureResult(Record):
    """A capture that is done: job, case, slot, subject, attempt, frames, and excepted, fingers and readings
    (`readings.samples`, `readings.mrz`, `readings.eyes`) where they apply."""

    def __init__(self, record, station, parts):
        super().__init__(record)
        frames = []
        for frame in record.get("frames", []):
            part = frame.get("part")
            if part is not None and not 0 <= part < len(parts):
                raise local_error("bad-frame", f"frame {frame['frame']} says that its bytes are part {part} of an "
                                  f"answer of {len(parts)} parts; capture again", class_="vendor", retry="now")
            frames.append(Frame(frame, station, None if part is None else parts[part]))
        self.__dict__["_frames"] = frames

    @property
    def frames(self):
        return self._frames
