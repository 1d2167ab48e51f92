# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Binary parts of a request, how the sides of a card become them, and when a card is at the chip."""
import unittest
from types import SimpleNamespace

from rekam import Error, Frame
from rekam.cards import Print, picture_params
from rekam.records import wrap
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


class Chip(unittest.TestCase):
    """When a print is at the chip, although a gate that died took some of its progress along."""

    def setUp(self):
        self.record, self.asked = None, 0
        channel = SimpleNamespace(core=SimpleNamespace(submit=None), post=lambda _function, request: self.requests.append(request))
        self.requests = []
        self.print = Print(SimpleNamespace(_channel=channel, job=self.job), {}, [], {"idem": "k", "deadline_ms": 1000})

    def job(self, idem):
        self.assertEqual(idem, "k")
        self.asked += 1
        if self.record is None:
            raise Error({"code": "no-answer"}, local=True)
        return wrap(self.record)

    def hear(self, *states):
        for state in states:
            self.requests[0].progressed({"job": "J-1-1", "state": state})

    def end(self):
        self.requests[0].end({"job": "J-1-1"}, None, [])

    def test_waiting_after_sent_is_at_the_chip(self):
        self.hear("accepted", "running", "sent", "waiting")
        self.assertTrue(self.print.wait_chip())
        self.assertEqual(self.asked, 0)

    def test_without_sent_the_record_tells(self):
        self.record = {"state": "waiting", "card_at": "chip"}
        self.hear("accepted", "waiting")
        self.assertTrue(self.print.wait_chip())

    def test_waiting_for_the_printer_is_not_at_the_chip(self):
        self.record = {"state": "waiting"}
        self.hear("accepted", "waiting")
        self.end()
        self.assertFalse(self.print.wait_chip())
        self.assertEqual(self.asked, 1)

    def test_a_record_that_cannot_be_had_ends_nothing(self):
        self.hear("waiting", "sent", "waiting")
        self.assertTrue(self.print.wait_chip())
        self.assertEqual(self.asked, 1)


if __name__ == "__main__":
    unittest.main()
