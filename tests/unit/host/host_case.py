# SPDX-License-Identifier: Apache-2.0
"""What the tests of a real rekam-host share: the mock camera, its fault script, and the check of a frame."""

import fcntl
import hashlib
import os
import pathlib
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../../mocks/station")]
import fault_script  # noqa: E402
from broker_end import BrokerEnd, plugin_path  # noqa: E402

MOCK, SHARED = plugin_path("mock-camera"), plugin_path("mock-shared")
F_GET_SEALS, ALL_SEALS = 1034, 0x0001 | 0x0002 | 0x0004 | 0x0008


def content(message):
    """The bytes of a host_frame; checks the seals and the hash that the record names."""
    (fd,) = message.descriptors
    try:
        assert fcntl.fcntl(fd, F_GET_SEALS) == ALL_SEALS, "not sealed"
        data = os.pread(fd, message.body["bytes"] + 1, 0)
    finally:
        os.close(fd)
    assert len(data) == message.body["bytes"]
    assert message.body["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()
    return data


class HostCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.script = os.path.join(self.folder.name, "faults")
        self.faults("")

    def faults(self, text):
        fault_script.replace(pathlib.Path(self.script), fault_script.script(text))

    def broker(self, spec="id=cam-1", mock="camera"):
        variable = f"REKAM_MOCK_{mock.upper()}"
        end = BrokerEnd({variable: spec, variable + "_FAULTS": self.script})
        self.addCleanup(end.__exit__)
        return end

    def opened(self, spec="id=cam-1", device="cam-1", mock="camera"):
        end = self.broker(spec, mock)
        ready = end.start(plugin_path("mock-" + mock), device)
        self.assertEqual(ready.kind, "host_ready", ready)
        return end

    def failure(self, end):
        return end.until("host_final").body["failure"]
