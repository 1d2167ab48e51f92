# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Binary parts of a request, and how the sides of a card become them."""
import unittest

from rekam import Error, Frame
from rekam.cards import picture_params
from rekam.request import Request
from rekam.session import SessionCore

PNG, JPEG = b"\x89PNG\r\n\x1a\nrest", b"\xff\xd8\xffrest"


class Sides(unittest.TestCase):
    def test_bytes_go_along_and_frames_are_referred_to(self):
        params, parts = picture_params(front=PNG, back=Frame({"frame": "F-1-2"}, None), overlay=JPEG)
        self.assertEqual(params, {"front": {"part": 0, "format": "image/png"}, "back": {"frame": "F-1-2"},
                                  "overlay": {"part": 1, "format": "image/jpeg"}})
        self.assertEqual(parts, [PNG, JPEG])

    def test_other_bytes_are_refused_before_they_are_sent(self):
        with self.assertRaises(Error) as raised:
            picture_params(front=b"GIF89a", back=None)
        self.assertEqual((raised.exception.code, raised.exception.local), ("bad-request", True))


class Attachments(unittest.TestCase):
    def setUp(self):
        self.core = SessionCore({"client": "test"}, "p")
        self.core.connected(0.0)
        hello = self.core.outbox.pop()
        self.core.message(0.0, {"id": hello["id"], "ok": True, "more": False,
                                "result": {"session": "s", "station_epoch": 1, "gate_epoch": 1}}, [])
        self.ends = []

    def submit(self):
        request = Request("print.start", {}, expires_at=100.0, on_end=lambda *end: self.ends.append(end),
                          fields={"idem": "k"}, parts=[PNG])
        self.core.submit(0.0, request)
        return request

    def test_parts_wait_with_their_header(self):
        self.submit()
        header = self.core.outbox[-1]
        self.assertEqual(self.core.attachments, {header["id"]: [PNG]})

    def test_parts_go_again_when_the_request_was_not_received(self):
        self.submit()
        self.core.disconnected(1.0)
        self.assertEqual((self.core.outbox, self.core.attachments), ([], {}))
        self.core.connected(2.0)
        hello = self.core.outbox.pop()
        self.core.message(2.0, {"id": hello["id"], "ok": True, "more": False,
                                "result": {"session": "s", "resumed": True, "station_epoch": 1, "gate_epoch": 2}}, [])
        ask = self.core.outbox.pop()
        self.assertEqual(ask["params"], {"idem": "k"})
        self.core.message(3.0, {"id": ask["id"], "ok": False, "more": False, "error": {"code": "unknown-job"}}, [])
        again = self.core.outbox[-1]
        self.assertEqual((again["op"], self.core.attachments), ("print.start", {again["id"]: [PNG]}))


if __name__ == "__main__":
    unittest.main()
