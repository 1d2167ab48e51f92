# SPDX-License-Identifier: Apache-2.0 OR MIT
"""A test case with a fake station of its own. At its end everything that was said is held to the schemas."""
import json
import os
import shutil
import sys
import tempfile
import time
import unittest

import jsonschema

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import rekam  # noqa: E402  pylint: disable=wrong-import-position
from fake_station import FakeStation  # noqa: E402  pylint: disable=wrong-import-position

PATIENCE_S = 30
_SCHEMAS = os.path.join(os.path.dirname(HERE), "..", "..", "schema")


def schema(name):
    """A schema of sdk/schema with a resolver for its neighbours."""
    path = os.path.abspath(os.path.join(_SCHEMAS, name + ".json"))
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    return jsonschema.Draft7Validator(content, resolver=jsonschema.RefResolver("file://" + path, content))


class PeerCase(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="rekam-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.fake = FakeStation(self.directory)
        self.addCleanup(self.fake.close)
        self._open = []

    def tearDown(self):
        for station in self._open:
            station.close()
        for header in self.fake.command(do="requests"):
            schema("request").validate(header)
            schema(header["op"] + ".params").validate(header["params"])
        for op, result in self.fake.results:  # a station that speaks otherwise would prove nothing
            schema(op + ".result").validate(result)

    def connect(self, **more):
        station = rekam.connect(self.directory, client="test 1", **more)
        self._open.append(station)
        return station

    def lease(self, station):
        """A case and a lease on the document slot."""
        return station.lease("document", station.case("test").id)

    def sent(self, op):
        return [header for header in self.fake.command(do="requests") if header["op"] == op]

    def wait_for(self, condition, what):
        until = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), until, f"waited {PATIENCE_S} s for {what}")
            time.sleep(0.01)

    def refused(self, code, function, *args, **more):
        with self.assertRaises(rekam.Error) as caught:
            function(*args, **more)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception
