# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What comes by descriptor: frames for a ticket, pictures in shared buffers, and stations that hand out what they must not."""
import json
import mmap
import os
import socket
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import rekam  # noqa: E402
from rekam import data  # noqa: E402

WHOLE = (0x1 | 0x2 | 0x4 | 0x8)
BUFFER = (0x1 | 0x2 | 0x4 | 0x10)
ADD_SEALS = 1033


def memory(content, seals=WHOLE):
    import fcntl
    made = os.memfd_create("test", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(made, content)
    mapped = mmap.mmap(made, len(content)) if seals == BUFFER else None
    if seals:
        fcntl.fcntl(made, ADD_SEALS, seals)
    return made, mapped


class Station:
    """A data socket that does as it is told: `script` speaks to one connection."""

    def __init__(self, script):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "data")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen()
        self.heard = []
        self.thread = threading.Thread(target=self._serve, args=(script,), daemon=True)
        self.thread.start()

    def _serve(self, script):
        self.connection, _ = self.listener.accept()
        with self.connection:
            script(self)

    def hear(self):
        said = self.connection.recv(1024)
        if said:
            self.heard.append(json.loads(said))
        return bool(said)

    def say(self, record, descriptors=()):
        socket.send_fds(self.connection, [json.dumps(record).encode()], list(descriptors))

    def close(self):
        self.listener.close()
        self.thread.join(10)
        self.folder.cleanup()


class Serving(unittest.TestCase):
    def serve(self, script):
        station = Station(script)
        self.addCleanup(station.close)
        return station


class Tickets(Serving):
    def hand(self, content, seals=WHOLE):
        def script(station):
            station.hear()
            made, _ = memory(content, seals)
            station.say({"ok": True, "frame": "F-1-1", "bytes": len(content)}, [made])
            os.close(made)
            station.hear()
        return self.serve(script)

    def test_a_frame_is_what_the_descriptor_holds(self):
        station = self.hand(b"picture" * 1000)
        before = len(os.listdir("/proc/self/fd"))
        self.assertEqual(data.fetch(station.path, "t" * 32), b"picture" * 1000)
        self.assertEqual(station.heard, [{"ticket": "t" * 32}])
        station.thread.join(10)
        self.assertLessEqual(len(os.listdir("/proc/self/fd")), before)

    def test_memory_that_others_could_change_is_refused(self):
        for seals in (0, WHOLE & ~0x8, WHOLE & ~0x4, WHOLE & ~0x2, WHOLE & ~0x1, BUFFER):
            station = self.hand(b"picture", seals)
            with self.assertRaises(rekam.Error) as raised:
                data.fetch(station.path, "t")
            self.assertEqual(raised.exception.code, "bad-frame", hex(seals))

    def test_a_refusal_is_raised(self):
        def script(station):
            station.hear()
            station.say({"ok": False, "error": {"code": "denied", "class": "caller", "retry": "never", "effect": "none", "message": "no"}})
        with self.assertRaises(rekam.Error) as raised:
            data.fetch(self.serve(script).path, "t")
        self.assertEqual(raised.exception.code, "denied")

    def test_a_station_that_hangs_up(self):
        with self.assertRaises(rekam.Error) as raised:
            data.fetch(self.serve(lambda station: station.hear()).path, "t")
        self.assertEqual(raised.exception.code, "no-answer")

    def test_a_station_that_turns_away(self):
        with self.assertRaises(rekam.Error) as raised:
            data.fetch(self.serve(lambda station: None).path, "t")
        self.assertEqual(raised.exception.code, "no-answer")

    def test_where_nobody_listens(self):
        with self.assertRaises(OSError):
            data.fetch("/nowhere/data", "t")


class Viewers(Serving):
    def test_pictures_are_read_and_given_back(self):
        buffers = [memory(bytes(16), BUFFER) for _ in range(2)]

        def script(station):
            station.hear()
            station.say({"ok": True, "preview": "P-1-1"})
            station.say({"buffers": {"pool": 1, "bytes": 16, "count": 2}}, [made for made, _ in buffers])
            for generation in range(1, 4):
                station.hear()
                buffers[generation % 2][1][:5] = b"pic-%d" % generation
                station.say({"picture": {"preview": "P-1-1", "seq": generation, "bytes": 5, "format": "image/jpeg"},
                             "at": {"pool": 1, "buffer": generation % 2, "generation": generation}})
            station.hear()
            station.say({"end": True})
            station.hear()

        station = self.serve(script)
        with rekam.PreviewViewer(station.path, "t") as viewer:
            self.assertEqual(viewer.preview, "P-1-1")
            self.assertEqual([frame.data for frame in viewer], [b"pic-1", b"pic-2", b"pic-3"])
            self.assertTrue(viewer.ended)
            self.assertIsNone(viewer.next())
        self.assertEqual(station.heard[1:], [
            {"next": True}, {"next": True, "back": {"pool": 1, "buffer": 1, "generation": 1}},
            {"next": True, "back": {"pool": 1, "buffer": 0, "generation": 2}},
            {"next": True, "back": {"pool": 1, "buffer": 1, "generation": 3}}])

    def test_time_is_over_and_the_question_stands(self):
        wait = threading.Event()

        def script(station):
            station.hear()
            station.say({"ok": True, "preview": "P-1-1"})
            station.hear()
            wait.wait(10)
            station.say({"end": True})

        station = self.serve(script)
        with rekam.PreviewViewer(station.path, "t") as viewer:
            self.assertIsNone(viewer.next(0.05))
            self.assertFalse(viewer.ended)
            wait.set()
            self.assertIsNone(viewer.next(10))
            self.assertTrue(viewer.ended)
        self.assertEqual(station.heard, [{"ticket": "t"}, {"next": True}])

    def test_a_ticket_of_something_else_is_refused(self):
        def script(station):
            station.hear()
            station.say({"ok": True, "frame": "F-1-1", "bytes": 7})
            station.hear()

        with self.assertRaises(rekam.Error) as raised:
            rekam.PreviewViewer(self.serve(script).path, "t")
        self.assertEqual(raised.exception.code, "bad-request")

    def test_buffers_that_others_can_write_are_refused(self):
        made, _ = memory(bytes(16), 0x2 | 0x4)

        def script(station):
            station.hear()
            station.say({"ok": True, "preview": "P-1-1"})
            station.say({"buffers": {"pool": 1, "bytes": 16, "count": 1}}, [made])
            station.hear()

        with rekam.PreviewViewer(self.serve(script).path, "t") as viewer, self.assertRaises(rekam.Error) as raised:
            viewer.next(10)
        self.assertEqual(raised.exception.code, "bad-frame")


if __name__ == "__main__":
    unittest.main()
