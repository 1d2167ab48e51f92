# SPDX-License-Identifier: Apache-2.0
"""Every fault that a mock can be told, against a real station: what the client hears, that no other slot is harmed, and
that the device is back once the fault is cleared. A wrong row here is a bug of the station."""
import json
import re
import subprocess
import unittest

import rekam
from checked import Background, StationTest
from picture import png
from station import BUILD, SOURCE, start_card_station

CAM, SPARE, PRINTER = "id.rekam.mock.camera/cam-1", "id.rekam.mock.camera/cam-2", "id.rekam.mock.card-printer/cp-2"
# It is back at once after each of many deaths.
QUICK = "[supervision]\nbackoff_min_ms = 10\nbackoff_max_ms = 50\nquarantine_failures = 1000\n"
SHORT = {"deadline_ms": 400}

# fault, what the capture is asked beside it, code (None: it is done), class. The effect of a capture is always none.
CAPTURES = [
    ({"fault": "delay", "ms": 200}, {}, None, None),
    ({"fault": "slow", "ms": 200}, {}, None, None),
    ({"fault": "slow", "ms": 60000}, SHORT, "timeout", "operator"),
    ({"fault": "hang"}, SHORT, "timeout", "operator"),
    ({"fault": "busy"}, SHORT, "timeout", "operator"),
    ({"fault": "ignore-interrupt", "ms": 900}, SHORT, "timeout", "operator"),
    ({"fault": "late", "ms": 300}, SHORT, "timeout", "operator"),
    ({"fault": "endless"}, SHORT, "timeout", "operator"),
    ({"fault": "throw"}, {}, "internal", "system"),
    *(({"fault": "crash", "signal": signal}, {}, "plugin-crashed", "technician")
      for signal in ("SEGV", "ABRT", "BUS", "FPE", "ILL", "KILL")),
    ({"fault": "exit", "status": 3}, {}, "plugin-crashed", "technician"),
    ({"fault": "fork"}, {}, None, None),
    ({"fault": "fork-away"}, {}, None, None),
    ({"fault": "leak", "count": 64}, {}, None, None),
    ({"fault": "flood", "count": 100000}, {}, None, None),
    ({"fault": "flood", "count": 2000, "what": "log"}, {}, None, None),
    ({"fault": "stale"}, {}, "bad-frame", "vendor"),
    ({"fault": "truncated"}, {}, "bad-frame", "vendor"),
    ({"fault": "garbage"}, {}, "bad-frame", "vendor"),
    ({"fault": "duplicate"}, {}, "bad-frame", "vendor"),
    ({"fault": "no-frames"}, {}, "broken-promise", "vendor"),
    ({"fault": "fail-after", "code": "too-hot"}, {}, "too-hot", "technician"),
    ({"fault": "quality", "score": 20}, {"min_quality": 60}, "poor-quality", "operator"),
    ({"fault": "quality", "score": 20}, {"min_quality": 60, "best_effort": True}, None, None),
    ({"fault": "jam"}, {}, "jam", "operator"),
    ({"fault": "ribbon-out"}, {}, "ribbon-out", "operator"),
    ({"fault": "hopper-empty"}, {}, "media-out", "operator"),
    ({"fault": "cover-open"}, {}, "cover-open", "operator"),
    ({"fault": "lying-health", "says": "ok"}, {}, "device-down", "technician"),
    ({"fault": "lying-health", "says": "down"}, {}, None, None),
    ({"fault": "fingers", "count": 2}, {}, None, None),  # of other functions: nothing to a camera
    ({"fault": "misread"}, {}, None, None),
    ({"fault": "unsure"}, {}, None, None),
    ({"fault": "replug"}, {}, None, None),
    ({"fault": "oversized"}, {}, None, None),
    ({"fault": "unplug", "call": "run"}, {}, "device-gone", "technician"),
]

# fault, code, effect, where the card is, cards that came out well. Of a printer of one step.
PRINTS = [
    ({"fault": "jam"}, "jam", "none", "print", 0),
    ({"fault": "ribbon-out"}, "ribbon-out", "none", "none", 0),
    ({"fault": "hopper-empty"}, "media-out", "none", "none", 0),
    ({"fault": "cover-open"}, "cover-open", "none", "none", 0),
    ({"fault": "unsure"}, "device-error", "unknown", "unknown", 0),
    ({"fault": "error", "call": "check", "code": "head-dirty"}, "head-dirty", "none", "none", 0),
    ({"fault": "error", "call": "print", "code": "device-error", "effect": "unknown"}, "device-error", "unknown", "unknown", 0),
    ({"fault": "crash", "call": "start"}, "plugin-crashed", "none", "none", 0),
    ({"fault": "crash", "call": "print"}, "plugin-crashed", "unknown", "unknown", 0),
    ({"fault": "slow", "call": "print", "ms": 200}, None, "done", "exit", 1),
    ({"fault": "temperature", "value": 1_720}, None, "done", "exit", 1),
]


def plugin_codes():
    """Of the closed list, from the header that vendors get: word -> (class, whether a plugin may say it)."""
    text = (SOURCE / "sdk/plugin/rekam/codes.h").read_text(encoding="utf-8")
    rows = re.findall(r'X\((\w+), *(\d+), *"([a-z-]+)", *(\w+), *(\w+), *(\w+)\)', text)
    return {word: (kind.lower(), origin.lower()) for _, _, word, kind, _, origin in rows}


class Faulty(StationTest):
    def capture(self, slot, **asked):
        with self.client.case("test") as case, case.lease(slot) as lease:
            return lease.capture(slot, subject="face", **asked)

    def pid(self, device):
        return self.client.device(device).pid

    def rekamctl(self, *arguments, fails=False):
        done = subprocess.run([BUILD / "bin/rekamctl", "--station", self.station.runtime, *arguments],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode != 0, fails, done.stdout + done.stderr)
        return done

    def struck(self, label, code, kind, effect, call):
        """The call ends so, and with nothing else."""
        if code is None:
            return call()
        with self.assertRaises(rekam.Error, msg=label) as raised:
            call()
        error = raised.exception
        self.assertEqual((error.code, error.class_, error.effect), (code, kind, effect), f"{label}: {error}")
        return error


class Captures(Faulty):
    options = {"sane": False, "settings": QUICK}

    def setUp(self):
        super().setUp()
        self.ready("photo", "spare", "fingers")

    def test_every_fault_of_a_capture(self):
        bystander = self.pid(SPARE)
        for fault, asked, code, kind in CAPTURES:
            label = json.dumps(fault)
            with self.subTest(label):
                state = self.client.mock(CAM, fault)
                self.assertEqual([told["fault"] for told in state.faults], [fault["fault"]], label)
                self.struck(label, code, kind, "none", lambda asked=asked: self.capture("photo", **asked))
                self.assertEqual(len(self.capture("spare").frames), 1, f"{label}: the other camera")
                self.client.mock_clear(CAM)
                self.ready("photo")
                self.assertEqual(len(self.capture("photo").frames), 1, f"{label}: it is back")
        self.assertEqual(self.pid(SPARE), bystander, "nothing of it reached the other camera's process")

    def test_every_fault_is_in_a_table(self):
        tested = {fault["fault"] for fault, *_ in CAPTURES + PRINTS} | {"error", "unplug", "replug", "flapping"}
        self.assertEqual({known["fault"] for known in self.client.mock(CAM).known}, tested)

    def test_every_code_of_the_closed_list(self):
        codes = plugin_codes()
        self.assertGreater(len(codes), 50)
        for word, (kind, origin) in codes.items():
            with self.subTest(word):
                self.client.mock(CAM, {"fault": "error", "code": word})
                mine = origin != "station" and word != "cancelled"  # nobody has cancelled it
                code, said = (word, kind) if mine else ("broken-promise", "vendor")
                self.struck(word, code, said, "none", lambda: self.capture("photo"))
        self.client.mock_clear(CAM)
        self.assertEqual(len(self.capture("photo").frames), 1)

    def test_what_hangs_goes_on_when_it_is_told(self):
        before = self.pid(CAM)
        for fault in ("hang", "busy"):
            self.client.mock(CAM, {"fault": fault})
            with self.client.case("test") as case, case.lease("photo") as lease:
                call = Background(lease.capture, "photo", subject="face", idem=f"hang-{fault}", deadline_ms=60_000)
                self.job(f"hang-{fault}", "running")
                self.client.mock_clear(CAM)
                self.assertEqual(len(call.result().frames), 1)
        self.assertEqual(self.pid(CAM), before, "the same process")

    def test_an_unplugged_device_is_absent_until_it_is_plugged_in_again(self):
        self.client.mock(CAM, {"fault": "unplug"})
        self.station.wait(lambda: self.client.slot("photo").state == "absent", "the slot says that it is gone")
        error = self.struck("absent", "device-gone", "technician", "none", lambda: self.capture("photo"))
        self.assertEqual(error.retry, "after-fix")
        self.assertFalse(self.client.mock(CAM).plugged)
        self.assertEqual(len(self.capture("spare").frames), 1)
        self.assertTrue(self.client.mock(CAM, {"fault": "replug"}).plugged)
        self.ready("photo")
        self.assertEqual(len(self.capture("photo").frames), 1)

    def test_a_capture_under_way_ends_when_its_device_is_unplugged(self):
        self.client.mock(CAM, {"fault": "slow", "ms": 60000})
        with self.client.case("test") as case, case.lease("photo") as lease:
            call = Background(lease.capture, "photo", subject="face", idem="pulled", deadline_ms=90_000)
            self.job("pulled", "running")
            self.client.mock(CAM, {"fault": "unplug"})
            self.struck("pulled", "device-gone", "technician", "none", call.result)
        self.client.mock(CAM, {"fault": "replug"})
        self.ready("photo")

    def test_health_says_what_stands_still_and_lies_when_it_is_told_to(self):
        for fault, component, hint in (("jam", "card-path", "clear-jam"), ("ribbon-out", "ribbon", "load-ribbon"),
                                       ("hopper-empty", "hopper", "load-cards"), ("cover-open", "cover", "close-cover")):
            self.client.mock(CAM, {"fault": fault})
            health = self.client.health("photo")
            self.assertEqual((health.state, health.checks[0].component, health.checks[0].hint), ("failed", component, hint))
            self.client.mock(CAM, {"fault": fault}, {"fault": "lying-health", "says": "ok"})
            self.assertEqual(self.client.health("photo").state, "ok")
        self.client.mock(CAM, {"fault": "lying-health", "says": "down"})
        self.assertEqual(self.client.health("photo").state, "failed")
        self.client.mock_clear(CAM)
        self.assertEqual(self.client.health("photo").state, "ok")

    def test_faults_of_other_calls(self):
        self.client.mock(CAM, {"fault": "crash", "call": "health"})
        health = self.client.health("photo")
        self.assertEqual((health.state, health.checks[0].component), ("failed", "device"))
        self.client.mock(CAM, {"fault": "hang", "call": "health"})
        self.assertEqual(self.client.health("photo").state, "failed", "it did not keep its promise")
        self.client.mock_clear(CAM)
        self.ready("photo")
        self.client.mock(CAM, {"fault": "error", "code": "permission-denied", "call": "open"}, {"fault": "crash", "job": 1})
        self.struck("crash", "plugin-crashed", "technician", "none", lambda: self.capture("photo"))
        self.struck("open", "permission-denied", "technician", "none", lambda: self.failing_open("permission-denied"))
        self.client.mock_clear(CAM)
        self.ready("photo")
        self.assertEqual(len(self.capture("photo").frames), 1)

    def failing_open(self, code):
        """A capture once the device is known not to open."""
        def down():
            device = self.client.device(CAM)
            return device.state == "down" and device.error and device.error.code == code
        self.station.wait(down, "the device says why it does not open")
        return self.capture("photo")

    def test_a_script_with_a_typo_keeps_the_device_closed_and_says_where(self):
        self.client.mock(CAM, {"fault": "crash", "times": 1})
        self.struck("crash", "plugin-crashed", "technician", "none", lambda: self.capture("photo"))
        self.client.mock_clear(CAM)
        script = self.station.place / "faults"
        script.write_text('[[fault]]\nfault = "sneeze"\n', encoding="utf-8")
        error = self.struck("typo", "not-ready", "technician", "none", lambda: self.capture("photo"))
        self.assertIn(f"{script}, line 2: there is no fault \"sneeze\"", str(error))
        self.station.faults("")
        self.ready("photo")

    def test_only_mocks_that_are_granted_it_are_told(self):
        self.assertIn("mock = true", str(self.fails("denied", self.client.mock, "id.rekam.mock.fingerprint/fp-1", {"fault": "jam"})))
        self.fails("unknown-device", self.client.mock, "id.rekam.none/x")
        self.fails("unknown-device", self.client.mock, "id.rekam.mock.camera/cam-9")
        error = self.fails("out-of-range", self.client.mock, CAM, {"fault": "delay"})
        self.assertIn("delay needs ms", str(error))
        self.fails("bad-request", self.client.mock, CAM, {"fault": ["jam"]})
        self.assertEqual(self.client.mock(CAM).faults, [])

    def test_rekamctl_tells_them(self):
        listed = self.rekamctl("mock").stdout
        self.assertRegex(listed, r"id\.rekam\.mock\.camera/cam-1 +yes")
        self.assertNotIn("fingerprint", listed)
        self.assertIn("crash signal: dies by that signal", listed)
        self.assertEqual(self.rekamctl("mock", "photo", "error", "code=jam", "times=1").stdout,
                         f"{CAM}  error call=run code=jam effect=none times=1\n")
        self.fails("jam", self.capture, "photo")
        script = self.station.place / "two.toml"
        script.write_text('[[fault]]\nfault = "quality"\nscore = 12\n\n[[fault]]\nfault = "delay"\nms = 5\nprobability = 0.5\n')
        state = json.loads(self.rekamctl("mock", "photo", "--script", str(script), "--json").stdout)
        self.assertEqual([fault["fault"] for fault in state["faults"]], ["quality", "delay"])
        self.assertIn("no faults", self.rekamctl("mock", "photo", "clear").stdout)
        self.assertIn("there is no fault", self.rekamctl("mock", "photo", "sneeze", fails=True).stderr)
        script.write_text("[[fault")
        self.assertIn(f"{script}:1: ", self.rekamctl("mock", "photo", "--script", str(script), fails=True).stderr)


class Flapping(Faulty):
    options = {"sane": False, "settings": QUICK + "enumerate_every_ms = 100\n"}

    def test_a_camera_that_comes_and_goes_stays_in_the_end(self):
        self.ready("photo", "spare")
        before = self.pid(SPARE)
        with self.client.events("slot.photo") as events:
            self.client.mock(CAM, {"fault": "flapping", "count": 3, "ms": 6000})
            seen = []
            while seen.count("absent") < 2 or seen[-1] != "ready":
                event = events.next(60_000)
                self.assertIsNotNone(event, f"it came and went: {seen}")
                if event.kind != "gap" and event.data.state != (seen or [None])[-1]:
                    seen.append(event.data.state)
        self.station.wait(lambda: self.client.mock(CAM).plugged, "it stays")
        self.ready("photo")
        self.assertEqual(len(self.capture("photo").frames), 1)
        self.assertEqual(self.pid(SPARE), before)

    def test_a_scripted_unplug_ends_by_itself(self):
        self.ready("photo")
        self.client.mock(CAM, {"fault": "unplug", "ms": 1500})
        self.station.wait(lambda: self.client.slot("photo").state == "absent", "it is gone")
        self.ready("photo")


class Prints(Faulty):
    start = staticmethod(start_card_station)
    options = {"settings": QUICK}

    def test_every_fault_of_a_card(self):
        folder = self.station.place / "cards/cp-2"
        for fault, code, effect, card_at, good in PRINTS:
            label = json.dumps(fault)
            with self.subTest(label):
                before = len(list((folder / "out").glob("*.card")))
                self.client.mock(PRINTER, fault)
                with self.client.case("issue", operator="op-7") as case, case.lease("plain") as lease:
                    if code is None:
                        result = lease.print("plain", front=png(), on_fail="reject")
                        self.assertEqual((result.effect, result.card_at), (effect, card_at), label)
                    else:
                        with self.assertRaises(rekam.Error) as raised:
                            lease.print("plain", front=png(), on_fail="reject")
                        error = raised.exception
                        self.assertEqual((error.code, error.effect, error.card_at), (code, effect, card_at), f"{label}: {error}")
                self.assertEqual(len(list((folder / "out").glob("*.card"))) - before, good, f"{label}: cards")
                self.client.mock_clear(PRINTER)
                self.ready("plain")
                with self.client.case("issue", operator="op-7") as case, case.lease("plain") as lease:
                    self.assertEqual(lease.print("plain", front=png()).card_at, "exit", f"{label}: it is back")


if __name__ == "__main__":
    unittest.main()
