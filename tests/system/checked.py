# SPDX-License-Identifier: Apache-2.0
"""What the system tests share: a test case around a station, and every message that a client of these tests receives
held against its published schema."""
import threading
import unittest

import rekam
from rekam import session
from station import start_station
from tests.schema import schemas

_found = []
_receive = session.SessionCore.message


def faults_of(op, header):
    """What the schemas have against one message of the station, as texts."""
    if header.get("more"):
        found = schemas.problems("progress", header)
        if f"{op}.progress" in schemas.names():
            found += schemas.problems(f"{op}.progress", header.get("progress"))
        return [f"{op} progress: {fault}" for fault in found]
    found = schemas.problems("reply", header)
    found += schemas.problems(f"{op}.result", header["result"]) if header.get("ok") else schemas.problems("error", header.get("error"))
    return [f"{op} reply: {fault}: {header}" for fault in found]


def _checked(core, now, header, parts):
    known = core._wire.get(header.get("id"))
    if known:
        _found.extend(faults_of(known[2], header))
    _receive(core, now, header, parts)


session.SessionCore.message = _checked


class Background:
    """A call on a thread of its own; `result` gives what it returned or raised."""

    def __init__(self, function, *args, **named):
        self._value = self._error = None
        self._thread = threading.Thread(target=self._run, args=(function, args, named), daemon=True)
        self._thread.start()

    def _run(self, function, args, named):
        try:
            self._value = function(*args, **named)
        except Exception as error:  # pylint: disable=broad-except
            self._error = error

    @property
    def running(self):
        return self._thread.is_alive()

    def result(self, limit_s=120):
        self._thread.join(limit_s)
        if self._thread.is_alive():
            raise AssertionError(f"no end within {limit_s} s")
        if self._error:
            raise self._error
        return self._value


class StationTest(unittest.TestCase):
    """A station and a client for every test; `options` are those of station.make."""
    options = {}
    start = staticmethod(start_station)

    def setUp(self):
        _found.clear()
        self.station = self.enterContext(self.start(**self.options))
        self.client = self.connect()
        self.addCleanup(lambda: self.assertEqual(_found, [], "messages that break their schema"))

    def connect(self, **options):
        client = self.station.connect(**options)
        self.addCleanup(client.close)
        return client

    def ready(self, *slots):
        self.station.wait_ready(self.client, *slots)

    def fails(self, code, function, *args, **named):
        """The rekam.Error with this code that the call must raise."""
        with self.assertRaises(rekam.Error) as raised:
            function(*args, **named)
        self.assertEqual(raised.exception.code, code, str(raised.exception))
        return raised.exception

    def job(self, idem, *states, client=None):
        """The record of the job with this key, once it is in one of the states."""
        def look():
            try:
                record = (client or self.client).job(idem=idem)
            except rekam.Error as error:
                if error.code in ("unknown-job", "unknown-session", "no-answer"):
                    return None
                raise
            return record if record.state in states else None
        return self.station.wait(look, f"job {idem} is {' or '.join(states)}")
