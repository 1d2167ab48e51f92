# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The pure session core under a virtual clock: what sockets would take minutes to show."""
import unittest

from peer import rekam  # noqa: F401  pylint: disable=unused-import
from rekam.request import Request
from rekam.session import DOWN, GREETING, READY, REFUSED, UNATTENDED_S, SessionCore

WELCOME = {"session": "5" * 32, "resumed": True, "station_epoch": 1, "gate_epoch": 1}


class Core(unittest.TestCase):
    def setUp(self):
        self.now = 100.0
        self.core = SessionCore({"client": "t"}, "p")
        self.ends = []
        self.core.connected(self.now)
        self.answer(dict(WELCOME, resumed=False))

    def take(self):
        taken, self.core.outbox = list(self.core.outbox), []
        return taken

    def answer(self, result=None, error=None, header=None):
        header = header or self.take()[-1]
        body = {"id": header["id"], "more": False, "ok": error is None, "result": result}
        if error:
            body["error"] = {"code": error, "class": "caller", "retry": "never", "effect": "none", "message": ""}
        self.core.message(self.now, body, [])

    def request(self, op="station.get", timeout_s=10.0, **fields):
        request = Request(op, {}, expires_at=self.now + timeout_s, fields=fields,
                          on_end=lambda result, error, parts: self.ends.append((result, error and error.code)))
        self.core.submit(self.now, request)
        return request

    def beat(self, epochs=(1, 1)):
        self.core.beat(self.now, *epochs)

    def test_hello_is_sent_again_until_it_is_answered(self):
        self.core.disconnected(self.now)
        self.assertEqual(self.core.state, DOWN)
        self.core.connected(self.now)
        first = self.take()
        self.assertEqual(first[0]["params"]["resume"], WELCOME["session"])
        self.now = self.core.next_timer(self.now)
        self.core.tick(self.now)
        self.assertEqual([header["op"] for header in self.take()], ["hello"])
        self.answer(WELCOME, header=first[0])  # a slow one still counts
        self.assertEqual(self.core.state, READY)

    def test_nothing_is_sent_while_greeting(self):
        self.core.disconnected(self.now)
        self.request()
        self.core.connected(self.now)
        self.request()
        self.assertEqual([header["op"] for header in self.core.outbox], ["hello"])
        self.answer(WELCOME)
        self.assertEqual([header["op"] for header in self.take()], ["station.get"] * 2)

    def test_a_silent_gate_that_did_not_change_loses_nothing(self):
        self.request()
        sent = self.take()[0]
        self.now = self.core.next_timer(self.now)
        self.core.tick(self.now)
        self.answer(WELCOME)
        self.assertEqual(self.core.outbox, [])
        self.answer({"a": 1}, header=sent)
        self.assertEqual(self.ends, [({"a": 1}, None)])

    def test_a_beat_of_a_new_gate_starts_a_hello_and_an_old_one_does_not(self):
        self.beat()
        self.assertEqual(self.core.state, READY)
        self.beat((1, 2))
        self.assertEqual(self.core.state, GREETING)
        self.answer(dict(WELCOME, gate_epoch=2))
        self.beat((1, 1))
        self.assertEqual(self.core.state, READY)

    def test_answers_of_before_the_loss_are_stale(self):
        self.request("case.open")
        sent = self.take()[0]
        self.core.disconnected(self.now)
        self.answer({"case": "C-1"}, header=sent)
        self.assertEqual((self.core.stale, self.ends), (1, []))

    def test_a_refused_client_says_so_to_everyone(self):
        self.core.disconnected(self.now)
        self.request()
        self.core.connected(self.now)
        self.answer(error="unsupported-version")
        self.assertEqual(self.core.state, REFUSED)
        self.request()
        self.assertEqual([code for _, code in self.ends], ["unsupported-version"] * 2)

    def test_unknown_session_is_not_asked_for_ever(self):
        self.request("case.open")
        for _ in range(10):
            headers = {header["op"]: header for header in self.take()}
            if "case.open" in headers:
                self.answer(error="unknown-session", header=headers["case.open"])
            if "hello" in headers:
                self.answer(WELCOME, header=headers["hello"])
        self.assertEqual([code for _, code in self.ends], ["unknown-session"])

    def test_leases_of_a_hung_program_are_let_go(self):
        self.core.hold(self.now, "L-1", 60_000)
        last_renewal = 0.0
        while self.now < 100.0 + 2 * UNATTENDED_S:
            self.now = max(self.now + 0.001, self.core.next_timer(self.now))
            self.beat()
            self.core.tick(self.now)
            for header in self.take():
                if header["op"] == "lease.renew":
                    last_renewal = self.now
                self.answer(WELCOME if header["op"] == "hello" else {}, header=header)
        self.assertAlmostEqual(last_renewal, UNATTENDED_S, delta=20)
        self.request()
        self.core.tick(self.now)
        self.assertIn("lease.renew", [header["op"] for header in self.take()])

    def test_a_running_request_keeps_its_lease(self):
        self.core.hold(self.now, "L-1", 60_000)
        self.request("capture.start", timeout_s=3 * UNATTENDED_S, idem="i")
        self.take()
        self.now += 2 * UNATTENDED_S
        self.beat()
        self.core.tick(self.now)
        self.assertEqual([header["op"] for header in self.take()], ["lease.renew"])

    def test_no_timer_is_left_behind_while_down(self):
        self.request("capture.start", timeout_s=500.0, idem="i")
        self.core.hold(self.now, "L-1", 1000)
        self.core.disconnected(self.now)
        self.assertEqual(self.core.next_timer(self.now + 200), self.now + 500.0)

    def test_a_request_received_by_nobody_is_not_sent_after_its_deadline(self):
        request = Request("capture.start", {}, expires_at=self.now + 15, deadline_at=self.now + 10,
                          fields={"idem": "i", "deadline_ms": 10_000},
                          on_end=lambda result, error, parts: self.ends.append((error.code, error.effect)))
        self.core.submit(self.now, request)
        self.take()
        self.core.disconnected(self.now)
        self.now += 12
        self.core.connected(self.now)
        self.answer(dict(WELCOME, gate_epoch=2))
        self.answer(error="unknown-job")
        self.assertEqual(self.ends, [("timeout", "none")])

    def test_a_second_sending_has_what_is_left_of_the_deadline(self):
        request = Request("capture.start", {}, expires_at=self.now + 15, deadline_at=self.now + 10,
                          fields={"idem": "i", "deadline_ms": 10_000}, on_end=lambda *_: None)
        self.core.submit(self.now, request)
        self.take()
        self.core.disconnected(self.now)
        self.now += 4
        self.core.connected(self.now)
        self.answer(dict(WELCOME, gate_epoch=2))
        self.answer(error="unknown-job")
        self.assertEqual(self.take()[0]["deadline_ms"], 6000)


if __name__ == "__main__":
    unittest.main()
