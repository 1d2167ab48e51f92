# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The blocking API against a station that behaves, and one that refuses."""
import contextlib
import os
import tempfile
import threading
import unittest

from peer import PeerCase, rekam


class Client(PeerCase):
    def test_three_pages_as_in_the_readme(self):
        heard = []
        with self.connect() as station:
            with station.case("test") as case, case.lease("document") as lease:
                result = lease.capture("document", subject="document.page", source="feeder", on_progress=heard.append)
                self.assertEqual([frame.index for frame in result.frames], [0, 1, 2])
                for frame in result.frames:
                    self.assertTrue(frame.data.startswith(b"\x89PNG"))
                    path = os.path.join(self.directory, "page.png")
                    frame.save(path)
                    with open(path, "rb") as file:
                        self.assertEqual(file.read(), frame.data)
                case.keep(*result.frames)
            self.assertEqual(heard[0].state, "accepted")
            self.assertEqual([page.page for progress in heard for page in progress.frames], [1, 2, 3])
            self.assertEqual(str(heard[1]), f"{heard[1].job} running 33 % page 1")
        start = self.sent("capture.start")[0]
        self.assertEqual(start["station_epoch"], 17)
        self.assertEqual(len(start["idem"]), 32)
        self.assertTrue(start["progress"])
        self.assertEqual(self.sent("case.close")[0]["params"]["keep"], [frame["frame"] for frame in result.frames])
        self.assertEqual(self.fake.command(do="leases"), {})

    def test_readings_have_attributes(self):
        station = self.connect()
        self.fake.command(do="set", reads=True)
        readings = self.lease(station).capture("document", subject="document.page").readings
        self.assertEqual((readings.samples.pressure, readings.samples.tilt), ([900, 0], None))
        self.assertEqual((readings.mrz.fields.surname, readings.mrz.checks[0].ok), ("ERIKSSON", True))
        self.assertEqual(readings.eyes[0].gaze.x_cdeg, -120)

    def test_attached_frames_need_no_second_request(self):
        station = self.connect()
        result = self.lease(station).capture("document", subject="document.page", attach=True)
        self.assertEqual([len(frame.data) for frame in result.frames], [frame.bytes for frame in result.frames])
        self.assertEqual(self.sent("frame.get"), [])

    def test_pages_can_be_fetched_while_the_capture_runs(self):
        station = self.connect()
        sizes = []
        self.lease(station).capture("document", subject="document.page",
                                    on_progress=lambda p: sizes.extend(len(frame.data) for frame in p.frames))
        self.assertEqual(len(sizes), 3)

    def test_spoiled_bytes_are_an_error(self):
        station = self.connect()
        result = self.lease(station).capture("document", subject="document.page")
        self.fake.command(do="set", spoiled=True)
        error = self.refused("bad-frame", lambda: result.frames[0].data)
        self.assertTrue(error.local)
        self.assertIn("capture again", error.message)

    def test_released_frames_are_gone(self):
        station = self.connect()
        frame = self.lease(station).capture("document", subject="document.page").frames[0]
        frame.release()
        self.refused("result-expired", lambda: frame.data)

    def test_lists_are_read_page_by_page(self):
        station = self.connect()
        self.assertEqual([slot.slot for slot in station.slots()], ["document", "photo"])
        self.assertEqual(station.slot("photo").function, "camera")
        self.assertEqual(station.devices()[0].model, "frontend-tester")
        self.assertEqual(station.device("sane:test:0").plugin, "sane")
        self.assertEqual(station.plugins()[0].state, "ready")
        self.assertEqual(station.health("document").checks[0].component, "option-table")
        self.assertEqual(station.identify("photo").means, ["light", "sound"])
        self.assertEqual(station.identify("photo", seconds=0, by="Siti").seconds, 0)
        self.assertEqual(self.sent("slot.identify")[-1]["params"], {"slot": "photo", "seconds": 0, "by": "Siti"})
        self.assertEqual(station.statistics("sane:test:0", reset_by="Wayan").failures.jam, 2)
        self.assertEqual(station.statistics("sane:test:0").reset_by, "Wayan")
        self.assertEqual(station.schema(), ["hello.params"])
        self.assertEqual(station.info().state, "ready")
        self.assertEqual((station.id, station.name, station.epoch), ("S1", "Tanjung Lago", 17))

    def test_jobs_and_cases(self):
        station = self.connect()
        with station.case("renew") as case, case.lease(["document"]) as lease:
            result = lease.capture("document", subject="document.page")
            self.assertEqual(station.job(result.job).state, "done")
            self.assertEqual([job.job for job in station.jobs(case=case.id)], [result.job])
            self.assertEqual(station.leases()[0].mine, True)
            self.assertEqual([one.case for one in station.cases("open")], [case.id])
            self.assertEqual(station.frame(station.job(result.job).frames[1]).data, result.frames[1].data)
            self.assertEqual(station.extend(result.job, 5000).remaining_ms, 5000)
        self.assertEqual(station.get_case(case.id).state, "closed")

    def test_an_error_carries_all_that_was_said(self):
        station = self.connect()
        self.fake.command(do="add_lease", slots=["document"])
        error = self.refused("lease-held", self.lease, station)
        self.assertEqual((error.class_, error.retry, error.effect), ("caller", "after-fix", "none"))
        self.assertEqual((error.slot, error.remaining_ms, error.holder["operator"]), ("document", 42000, "Siti"))
        self.assertIn("held by other (Siti), 42 s left", str(error))
        self.assertIsNone(error.vendor_code)
        self.assertFalse(error.local)

    def test_unknown_operation(self):
        self.fake.fault("error", "station.get", error={"code": "unknown-op", "class": "caller", "retry": "never",
                                                       "effect": "none", "message": "m", "path": "op"})
        error = self.refused("unknown-op", self.connect().info)
        self.assertEqual((error.path, error.op), ("op", "station.get"))

    def test_deadline_ends_a_capture(self):
        station = self.connect()
        lease = self.lease(station)
        self.fake.command(do="set", hang=True)
        error = self.refused("timeout", lease.capture, "document", subject="document.page", deadline_ms=200)
        self.assertEqual(error.class_, "operator")
        self.assertFalse(error.local)

    def test_cancel_from_the_callback(self):
        station = self.connect()
        lease = self.lease(station)
        self.fake.command(do="set", hang=True)
        self.refused("cancelled", lease.capture, "document", subject="document.page",
                     on_progress=lambda progress: progress.cancel())

    def test_cancel_from_another_thread_and_before_any_progress(self):
        station = self.connect()
        lease = self.lease(station)
        self.fake.command(do="set", hang=True)
        self.fake.fault("delay", "capture.start", ms=100)
        capture = lease.start("document", subject="document.page")
        threading.Timer(0.02, capture.cancel).start()
        self.refused("cancelled", capture.result)

    def test_an_exception_in_the_callback_cancels(self):
        station = self.connect()
        lease = self.lease(station)
        self.fake.command(do="set", hang=True)
        with self.assertRaises(KeyboardInterrupt):
            lease.capture("document", subject="document.page", on_progress=_interrupt)
        self.wait_for(lambda: station.jobs()[0].state == "cancelled", "the job's end")

    def test_one_station_from_many_threads(self):
        station = self.connect()
        failures = []

        def ask():
            for _ in range(20):
                if [slot.slot for slot in station.slots()] != ["document", "photo"]:
                    failures.append("mixed answers")
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_close_ends_what_waits(self):
        station = self.connect()
        lease = self.lease(station)
        self.fake.command(do="set", hang=True)
        capture = lease.start("document", subject="document.page")
        threading.Timer(0.05, station.close).start()
        error = self.refused("no-answer", capture.result)
        self.assertEqual(error.effect, "unknown")
        self.refused("no-answer", station.info)
        station.close()

    def test_a_lease_is_renewed_while_it_is_held(self):
        station = self.connect()
        case = station.case("test")
        with case.lease("document", ttl_ms=1000) as lease:
            self.wait_for(lambda: self.fake.command(do="leases")[lease.id]["renewed"] >= 2, "two renewals")
        self.assertIsNone(lease.error)

    def test_an_expired_lease_is_known(self):
        station = self.connect()
        lease = station.lease("document", station.case("test").id, ttl_ms=1000)
        self.fake.model.leases.clear()
        self.wait_for(lambda: lease.error is not None, "the lost lease")
        self.assertEqual(lease.error.code, "no-lease")
        with contextlib.suppress(rekam.Error):
            lease.release()

    def test_resume_in_another_program(self):
        first = self.connect()
        lease = self.lease(first)
        first.close()
        second = self.connect(resume=first.session)
        self.assertEqual(second.session, first.session)
        self.assertEqual(second.leases()[0].lease, lease.id)
        self.assertTrue(second.leases()[0].mine)


def _interrupt(_progress):
    raise KeyboardInterrupt


class NoStation(unittest.TestCase):
    def test_nobody_there(self):
        with tempfile.TemporaryDirectory() as empty, self.assertRaises(rekam.Error) as caught:
            rekam.connect(empty, client="test", timeout_ms=100)
        self.assertEqual(caught.exception.code, "no-station")
        self.assertIn(empty, caught.exception.message)
        self.assertIn("start rekamd", caught.exception.message)

    def test_places(self):
        ends = rekam.find_station("/run/x")
        self.assertEqual(ends[:2], ("ipc:///run/x/requests", "ipc:///run/x/events"))
        self.assertEqual(rekam.find_station("ipc:///run/x")[:2], ends[:2])
        ends = rekam.find_station("tcp://127.0.0.1:1, tcp://127.0.0.1:2", "key")
        self.assertEqual(ends[:3], ("tcp://127.0.0.1:1", "tcp://127.0.0.1:2", "key"))
        for wrong in ("tcp://127.0.0.1:1", "tcp://127.0.0.1:1,/run/x", "/run/" + "x" * 100):
            with self.assertRaises(rekam.Error) as caught:
                rekam.find_station(wrong)
            self.assertEqual(caught.exception.code, "bad-request")

    def test_key_and_default_place_come_from_the_environment(self):
        with tempfile.TemporaryDirectory() as home:
            os.mkdir(os.path.join(home, "rekam"))
            with open(os.path.join(home, "rekam", "station.key"), "w", encoding="ascii") as file:
                file.write("k1\n")
            saved = dict(os.environ)
            try:
                os.environ.pop("REKAM_STATION", None)
                os.environ["XDG_RUNTIME_DIR"] = home
                if not os.path.isdir("/run/rekam"):
                    self.assertEqual(rekam.find_station().requests, f"ipc://{home}/rekam/requests")
                    self.assertEqual(rekam.find_station("tcp://127.0.0.1:1,tcp://127.0.0.1:2").station_key, "k1")
                os.environ["REKAM_STATION"] = "/run/other"
                self.assertEqual(rekam.find_station().name, "/run/other")
            finally:
                os.environ.clear()
                os.environ.update(saved)


if __name__ == "__main__":
    unittest.main()
