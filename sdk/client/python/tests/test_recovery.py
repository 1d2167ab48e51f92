# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Lost requests, lost answers, dead gates, new stations: nothing is done twice, and nothing waits for ever."""
import unittest

from peer import PeerCase


class Recovery(PeerCase):
    def capture(self, lease, **more):
        return lease.capture("document", subject="document.page", **more)

    def jobs(self):
        return len(self.fake.model.jobs)

    def test_gate_dies_before_it_takes_the_capture(self):
        lease = self.lease(self.connect())
        self.fake.fault("gate_dies", "capture.start", when="before")
        self.assertEqual(len(self.capture(lease).frames), 3)
        self.assertEqual(self.jobs(), 1)
        first, second = self.sent("capture.start")
        self.assertEqual(first["idem"], second["idem"])
        self.assertNotEqual(first["id"], second["id"])
        self.assertLessEqual(second["deadline_ms"], first["deadline_ms"])

    def test_gate_dies_with_the_final(self):
        lease = self.lease(self.connect())
        self.fake.fault("gate_dies", "capture.start", when="after")
        result = self.capture(lease, attach=True)
        self.assertEqual([len(frame.data) for frame in result.frames], [frame.bytes for frame in result.frames])
        self.assertEqual(self.jobs(), 1)

    def test_gate_dies_while_the_job_runs(self):
        lease = self.lease(self.connect())
        self.fake.command(do="set", page_ms=300)
        capture = lease.start("document", subject="document.page")
        self.wait_for(self.jobs, "the job")
        self.fake.command(do="restart_gate")
        heard = []
        self.assertEqual(len(capture.result(heard.append).frames), 3)
        self.assertEqual(self.jobs(), 1)
        self.assertTrue(self.sent("job.get"))

    def test_gate_dies_again_and_again(self):
        lease = self.lease(self.connect())
        self.fake.command(do="set", page_ms=400)
        capture = lease.start("document", subject="document.page")
        for _ in range(4):
            seen = self.fake.model.gate_epoch
            self.fake.command(do="restart_gate")
            self.wait_for(lambda: lease.station.welcome.gate_epoch > seen, "the next hello")  # pylint: disable=W0640
        self.assertEqual(len(capture.result().frames), 3)
        self.assertEqual(self.jobs(), 1)

    def test_cancel_after_the_gate_died(self):
        lease = self.lease(self.connect())
        self.fake.command(do="set", hang=True)
        capture = lease.start("document", subject="document.page")
        self.wait_for(self.jobs, "the job")
        self.fake.command(do="restart_gate", down_ms=300)
        capture.cancel()
        self.refused("cancelled", capture.result)

    def test_cancelled_before_it_was_received(self):
        lease = self.lease(self.connect())
        self.fake.fault("gate_dies", "capture.start", when="before", down_ms=300)
        capture = lease.start("document", subject="document.page")
        self.wait_for(lambda: self.sent("capture.start"), "the request")
        capture.cancel()
        error = self.refused("cancelled", capture.result)
        self.assertEqual((error.effect, self.jobs()), ("none", 0))

    def test_a_lost_final_is_looked_up_after_the_deadline(self):
        lease = self.lease(self.connect())
        self.fake.fault("lose_reply", "capture.start")
        self.assertEqual(len(self.capture(lease, deadline_ms=500).frames), 3)
        self.assertEqual(self.jobs(), 1)

    def test_a_lost_request_is_not_sent_late(self):
        lease = self.lease(self.connect())
        self.fake.fault("lose_request", "capture.start")
        error = self.refused("no-answer", self.capture, lease, deadline_ms=300)
        self.assertEqual((error.effect, self.jobs()), ("unknown", 0))
        self.assertIn("same idem", error.message)

    def test_a_duplicate_final_is_ignored(self):
        station = self.connect()
        lease = self.lease(station)
        self.fake.fault("duplicate", "capture.start")
        self.assertEqual(len(self.capture(lease).frames), 3)
        self.assertEqual(station.info().state, "ready")
        self.assertEqual(station._channel.core.stale, 1)

    def test_answers_to_foreign_ids_are_never_taken(self):
        station = self.connect()
        self.fake.fault("stale", "case.open")
        self.assertNotEqual(station.case("test").id, "C-666")
        self.assertEqual(station._channel.core.stale, 3)

    def test_reads_are_repeated(self):
        station = self.connect()
        for when in ("before", "after"):
            self.fake.fault("gate_dies", "slot.get", when=when)
            self.assertEqual(station.slot("photo").slot, "photo")

    def test_what_may_have_happened_is_not_repeated(self):
        station = self.connect()
        self.fake.fault("gate_dies", "case.open", when="after")
        error = self.refused("no-answer", station.case, "test")
        self.assertEqual((error.effect, error.local), ("unknown", True))
        self.assertIn("case.list", error.message)
        self.assertEqual(len(self.sent("case.open")), 1)
        self.assertEqual(len(station.cases()), 1)

    def test_a_lease_whose_answer_was_lost_is_found_again(self):
        station = self.connect()
        case = station.case("test")
        self.fake.fault("gate_dies", "lease.acquire", when="after")
        lease = case.lease("document", ttl_ms=30_000)
        self.assertEqual(list(self.fake.command(do="leases")), [lease.id])
        self.assertEqual(len(self.sent("lease.acquire")), 1)
        self.assertEqual(len(self.capture(lease).frames), 3)

    def test_a_lease_that_nobody_heard_of_is_asked_for_again(self):
        station = self.connect()
        case = station.case("test")
        self.fake.fault("gate_dies", "lease.acquire", when="before")
        self.assertEqual(len(self.capture(case.lease("document")).frames), 3)
        self.assertEqual(len(self.sent("lease.acquire")), 2)

    def test_a_slow_answer_is_waited_for(self):
        station = self.connect()
        self.fake.fault("delay", "station.get", ms=700)
        self.assertEqual(station.info().state, "ready")
        self.assertEqual(len(self.sent("station.get")), 1)

    def test_the_session_and_its_leases_survive_the_gate(self):
        station = self.connect()
        lease = self.lease(station)
        session = station.session
        self.fake.command(do="restart_gate")
        self.wait_for(lambda: station.welcome.gate_epoch == 4, "the next hello")
        self.assertEqual(station.session, session)
        self.assertTrue(station.welcome.resumed)
        self.assertEqual(len(self.capture(lease).frames), 3)
        self.wait_for(lambda: self.fake.command(do="leases")[lease.id]["renewed"], "a renewal at once")

    def test_resume_refused(self):
        station = self.connect()
        lease = self.lease(station)
        session = station.session
        self.fake.command(do="forget_sessions")
        self.assertEqual(station.info().state, "ready")  # a read is asked again in the new session
        self.assertNotEqual(station.session, session)
        self.assertEqual(lease.error.code, "no-lease")
        self.refused("no-lease", self.capture, lease)

    def test_a_new_station_does_not_capture_for_the_old_person(self):
        station = self.connect()
        lease = self.lease(station)
        self.fake.fault("gate_dies", "capture.start", when="before", down_ms=400)
        capture = lease.start("document", subject="document.page")
        self.wait_for(lambda: self.sent("capture.start"), "the request")
        self.fake.model.restart_station()
        error = self.refused("stale-epoch", capture.result)
        self.assertEqual((error.station_epoch, self.jobs()), (18, 0))
        self.assertEqual(station.epoch, 18)

    def test_a_job_that_ended_with_the_station_is_told(self):
        station = self.connect()
        lease = self.lease(station)
        self.fake.command(do="set", hang=True)
        capture = lease.start("document", subject="document.page")
        self.wait_for(self.jobs, "the job")
        self.fake.command(do="restart_station")
        self.refused("internal", capture.result)

    def test_a_late_beat_starts_a_hello(self):
        station = self.connect()
        self.fake.command(do="beats", on=False)
        self.wait_for(lambda: len(self.sent("hello")) >= 2, "the hello")
        self.assertEqual(station.info().state, "ready")

    def test_a_station_that_stays_away(self):
        station = self.connect()
        self.fake.command(do="restart_gate", down_ms=60_000)
        error = self.refused("no-station", station.call, "station.get", timeout_ms=400)
        self.assertIn("rekamd", error.message)
        self.assertEqual(error.effect, "none")

    def test_a_busy_hello_is_tried_again(self):
        self.fake.fault("error", "hello", times=2, error={"code": "busy", "class": "system", "retry": "later",
                                                          "effect": "none", "message": "m", "retry_ms": 50})
        self.assertEqual(self.connect().info().state, "ready")

    def test_a_denied_hello_is_told(self):
        error = self.refused("denied", self.connect, station_key="wrong")
        self.assertIn("station.key", error.message)


if __name__ == "__main__":
    unittest.main()
