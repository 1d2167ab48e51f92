# SPDX-License-Identifier: Apache-2.0
"""Clients that mean harm, or are broken, while another client goes on capturing."""
import json
import os
import random
import socket
import unittest

import zmq

from checked import Background, StationTest

HELLO = {"v": 1, "id": "1", "op": "hello", "params": {"client": "stranger"}}


class Hostile(StationTest):
    def setUp(self):
        super().setUp()
        self.ready("photo")
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, 0)

    def socket(self, kind):
        made = self.context.socket(kind)
        self.addCleanup(made.close, 0)
        made.setsockopt(zmq.RCVTIMEO, 30_000)
        made.setsockopt(zmq.LINGER, 0)
        made.connect(f"ipc://{self.station.runtime}/requests")
        return made

    def ask(self, made, header, *parts):
        made.send_multipart([header if isinstance(header, bytes) else json.dumps(header).encode(), *parts])
        return json.loads(made.recv_multipart()[0])

    def captures(self, count=5):
        """Another client's work, which nobody may disturb."""
        def work():
            with self.client.case("test") as case, case.lease("photo") as lease:
                return [len(lease.capture("photo", subject="face").frames) for _ in range(count)]
        return Background(work)

    def test_headers_that_are_none(self):
        other, stranger = self.captures(), self.socket(zmq.DEALER)
        deep = b'{"v":1,"id":"1","op":"hello","params":' + b"[" * 60 + b"]" * 60 + b"}"
        for header, code in ((b"", "bad-request"), (b"nonsense", "bad-request"), (b"\xff\xfe", "bad-request"), (b"[]", "bad-request"),
                             (b'{"v":1,"v":1,"id":"1","op":"hello","params":{}}', "bad-request"), (deep, "too-large"),
                             (b'{"v":1,"id":"1","op":"hello","params":{"client":"' + b"x" * 70_000 + b'"}}', "too-large"),
                             (b'{"v":2,"id":"1","op":"hello"}', "unsupported-version"), (b'{"v":1.0,"id":"1","op":"hello"}', "bad-request"),
                             (b'{"v":1,"id":"1","op":"make.coffee"}', "unknown-op")):
            reply = self.ask(stranger, header)
            self.assertFalse(reply["ok"], header[:80])
            self.assertEqual(reply["error"]["code"], code, header[:80])
            self.assertTrue(reply["error"]["message"])
        self.assertTrue(self.ask(stranger, HELLO)["ok"], "the same connection is still served")
        self.assertEqual(other.result(), [1] * 5)

    def test_a_req_socket_gets_one_answer_and_no_progress(self):
        made = self.socket(zmq.REQ)
        session = self.ask(made, HELLO)["result"]["session"]
        refused = self.ask(made, {"v": 1, "id": "2", "op": "station.get", "session": session, "progress": True})
        self.assertEqual((refused["id"], refused["more"], refused["ok"], refused["error"]["code"]), ("2", False, False, "bad-request"))
        answered = self.ask(made, {"v": 1, "id": "3", "op": "station.get", "session": session})
        self.assertEqual((answered["id"], answered["ok"]), ("3", True))

    def test_somebody_elses_frames_stay_his(self):
        stranger = self.socket(zmq.DEALER)
        session = self.ask(stranger, HELLO)["result"]["session"]
        with self.client.case("test") as case, case.lease("photo") as lease:
            frame = lease.capture("photo", subject="face").frames[0]
            reply = self.ask(stranger, {"v": 1, "id": "2", "op": "frame.get", "session": session, "params": {"frame": frame.frame}})
            self.assertFalse(reply["ok"])
            guessed = self.ask(stranger, {"v": 1, "id": "3", "op": "frame.get", "session": "0" * 32, "params": {"frame": frame.frame}})
            self.assertEqual(guessed["error"]["code"], "unknown-session")
            self.assertEqual(len(frame.data), frame.bytes)

    def test_bytes_that_are_no_zmtp_and_many_connections(self):
        other, noise = self.captures(10), random.Random(7)
        for count in range(500):
            with socket.socket(socket.AF_UNIX) as made:
                made.settimeout(5)
                made.connect(os.path.join(self.station.runtime, "requests"))
                if count % 2:
                    made.sendall(noise.randbytes(noise.randrange(1, 200)))
        self.assertEqual(other.result(), [1] * 10)

    def test_a_flood_of_requests_is_answered_or_refused(self):
        made = self.socket(zmq.DEALER)
        session = self.ask(made, HELLO)["result"]["session"]
        for count in range(500):
            made.send(json.dumps({"v": 1, "id": str(count), "op": "station.get", "session": session}).encode())
        replies = [json.loads(made.recv_multipart()[0]) for _ in range(500)]
        self.assertEqual({reply["id"] for reply in replies}, {str(count) for count in range(500)}, "each exactly once")
        self.assertLessEqual({reply["error"]["code"] for reply in replies if not reply["ok"]}, {"too-many", "busy"})
        self.assertEqual(self.captures().result(), [1] * 5)


if __name__ == "__main__":
    unittest.main()
