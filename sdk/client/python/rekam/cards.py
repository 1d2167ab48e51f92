# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Cards: a print under way, and the exchange with a card's chip."""
from .errors import Error, local_error
from .pending import Pending
from .records import Frame, Progress, Record

_LONGEST_MS = 3_600_000  # a card that has begun has no deadline; its station's own bound is shorter
_FORMATS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def picture_params(**pictures):
    """(params, binary parts) of the sides that were given: bytes go along, frames are referred to."""
    params, parts = {}, []
    for side, picture in pictures.items():
        if picture is None:
            continue
        if isinstance(picture, Frame):
            params[side] = {"frame": picture["frame"]}
            continue
        data = bytes(picture)
        found = [name for magic, name in _FORMATS if data.startswith(magic)]
        if not found:
            raise local_error("bad-request", f"{side} is neither PNG nor JPEG", op="print.start", class_="caller", retry="never")
        params[side] = {"part": len(parts), "format": found[0]}
        parts.append(data)
    return params, parts


class Print:
    """A card under way. `cancel` from any thread: a card that has begun is finished all the same."""

    def __init__(self, station, params, parts, fields):
        self._station = station
        self.idem = fields["idem"]
        self._sent = False
        self._end = None
        self._pending = Pending(station._channel, "print.start", params, _LONGEST_MS, fields, True,
                                deadline_ms=fields["deadline_ms"], parts=parts)

    def cancel(self):
        self._pending.cancel()

    def wait_chip(self, on_progress=None):
        """Waits until the card is at the chip station, where Lease.card() opens it. False: it ended before."""
        return self._go_on(on_progress, self._at_chip)

    def result(self, on_progress=None):
        """Waits for the end: a Record with card_at, effect, counter_before, counter_after, blank_serial. Raises Error;
        its `effect` and `card_at` say what became of the card. `unknown` is never repeated: a person looks first."""
        self._go_on(on_progress, lambda progress: False)
        return self._end

    def _at_chip(self, progress):
        """`waiting` may be for the printer, too: where `sent` was lost with a gate that died, the record tells."""
        if progress["state"] != "waiting" or self._sent:
            return progress["state"] == "waiting"
        try:
            record = self._station.job(idem=self.idem)
        except Error:
            return False  # it is asked again with the next progress, or the print's own end says why
        return record.state == "waiting" and record.card_at == "chip"

    def _go_on(self, on_progress, reached):
        while self._end is None:
            progress, end = self._pending.next()
            if end is not None:
                self._end = end[0]
                break
            self._sent = self._sent or progress["state"] == "sent"
            if on_progress is not None:
                on_progress(Progress(progress, self._station, self.cancel))
            if reached(progress):
                return True
        return False


class Card(Record):
    """An open card: `card.atr`, `card.protocol`; `transmit` until `close`. One thread at a time."""

    def __init__(self, station, record):
        super().__init__(record)
        self.__dict__["_station"] = station
        self.__dict__["_exchange"] = 0
        self.__dict__["_closed"] = False

    @property
    def atr(self):
        """The answer to reset, as bytes; empty where the card has none."""
        return bytes.fromhex(self["card"].get("atr", ""))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()
            return
        try:
            self.close(failed=True)
        except Exception:  # pylint: disable=broad-except
            pass  # the first failure is the one to tell

    def transmit(self, *commands, timeout_ms=90_000):
        """Sends command APDUs (bytes) in order while the card answers 9000. One (data, status word) for each sent."""
        self.__dict__["_exchange"] += 1
        params = {"job": self["job"], "exchange": self._exchange, "commands": [bytes(c).hex() for c in commands]}
        answer = self._station.call("card.transmit", params, timeout_ms=timeout_ms)
        responses = [bytes.fromhex(text) for text in answer["responses"]]
        return [(response[:-2], int.from_bytes(response[-2:], "big")) for response in responses]

    def close(self, failed=False):
        """Powers the card off; the print that waited for it goes on, or fails where `failed`."""
        if self._closed:
            return None
        self.__dict__["_closed"] = True
        return self._station.call("card.close", {"job": self["job"], **({"failed": True} if failed else {})}, timeout_ms=90_000)
