# SPDX-License-Identifier: Apache-2.0
"""What the station writes: a right instance of every schema is taken, and each way to spoil it is refused."""

import unittest

import mutations
import samples
import schemas

ERROR = {"class": "caller", "retry": "later", "effect": "none", "message": "m"}


class Records(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.samples = samples.all_samples()

    def fits(self, name, instance):
        found = schemas.problems(name, instance)
        self.assertEqual([], found)

    def refused(self, name, instance, why=""):
        self.assertTrue(schemas.problems(name, instance), f"{name}: {why} is taken")

    def changed(self, name, **fields):
        """The sample with other fields; None takes one away."""
        return {key: value for key, value in {**self.samples[name], **fields}.items() if value is not None}

    def test_every_schema_has_a_sample_that_fits(self):
        for name in samples.station_writes():
            with self.subTest(name):
                body = self.samples.get(name, self.samples.get(name + "#document"))
                self.fits(name, body)

    def test_what_is_spoilt_is_refused(self):
        count = 0
        for name in samples.station_writes():
            if name in ("request", "capabilities"):
                continue
            for label, instance in mutations.wrong(schemas.schema(name), name + ".json", self.samples[name]):
                count += 1
                with self.subTest(name, what=label):
                    self.refused(name, instance, label)
        self.assertGreater(count, 1500)

    def test_unknown_fields_are_taken(self):
        for name in samples.station_writes():
            if name not in ("capabilities", "request"):
                with self.subTest(name):
                    self.fits(name, {**self.samples[name], "x_later": {"deep": [None]}})

    def test_errors(self):
        holder = {"holder": {"client": "a"}, "remaining_ms": 1}
        self.fits("error", {**ERROR, "code": "lease-held", **holder})
        self.refused("error", {**ERROR, "code": "lease-held"}, "lease-held without holder")
        self.refused("error", {**ERROR, "code": "unsupported-version"}, "without versions")
        self.fits("error", {**ERROR, "code": "unsupported-version", "versions": [1]})
        self.refused("error", {**ERROR, "code": "stale-epoch"}, "without station_epoch")
        self.refused("error", {**ERROR, "code": "no-such-code"}, "a code that is not in the list")
        self.refused("error", {**ERROR, "code": "jam"}, "jam of class caller")
        self.fits("error", {**ERROR, "code": "jam", "class": "operator"})
        self.refused("error", {**ERROR, "code": "busy", "class": "system", "hint": "Load paper"}, "a hint that is no key")

    def test_replies(self):
        head = {"v": 1, "id": "", "more": False}
        error = {**ERROR, "code": "bad-request"}
        self.fits("reply", {**head, "ok": False, "error": error})
        self.refused("reply", {**head, "ok": True, "error": error}, "ok with an error")
        self.refused("reply", {**head, "ok": True, "result": {}, "error": error}, "both")
        self.refused("reply", {**head, "ok": False, "result": {}}, "not ok with a result")
        self.refused("reply", {**head, "more": True, "ok": True, "result": {}}, "a reply with more")
        self.refused("progress", {**head, "id": "1", "progress": {}}, "progress without more")

    def test_jobs(self):
        self.refused("job", self.changed("job", outcome=None), "ended without outcome")
        self.refused("job", self.changed("job", error=None), "failed without error")
        self.refused("job", self.changed("job", ended_at=None), "ended without a time")
        self.refused("job", self.changed("job", state="running"), "running with an outcome")
        self.refused("job", self.changed("job", state="unknown", outcome="unknown"), "unknown with effect none")
        self.fits("job", self.changed("job", state="unknown", outcome="unknown", effect="unknown"))
        self.fits("job", self.changed("job", state="running", outcome=None, error=None, ended_at=None))
        self.refused("job", self.changed("job", outcome="running"), "an outcome that is none")

    def test_cases_and_plugins(self):
        self.refused("case", self.changed("case", closed_at=None), "closed without a time")
        self.fits("case", self.changed("case", state="open", closed_at=None))
        self.refused("plugin", self.changed("plugin", state="down"), "down without error")
        self.refused("plugin", self.changed("plugin", state="busy"), "a state that plugins do not have")
        self.refused("capture.start.result", self.changed("capture.start.result", outcome="failed"), "a result that is not done")
        self.refused("capture.start.progress", self.changed("capture.start.progress", state="done"), "progress of what has ended")
        self.refused("capture.start.progress", self.changed("capture.start.progress", guide=["smile"]), "a word of one's own")

    def test_frames(self):
        for field, value in (("hash", "md5:0"), ("hash", "sha256:" + "A" * 64), ("hashed_by", "plugin"), ("orientation", 0),
                             ("orientation", 9), ("subject", "nose"), ("format", "jpeg"), ("page", 0), ("side", "left"), ("dpi_x", 0)):
            self.refused("frame", self.changed("frame", **{field: value}), f"{field} {value}")

    def test_events_say_nothing_about_cases(self):
        data = self.samples["event"]["data"]
        lease = {"client": "a", "remaining_ms": 1}
        self.refused("event", self.changed("event", data={**data, "lease": lease}), "who has the slot")
        self.refused("event", self.changed("event", data={**data, "capabilities": {"type": "object", "properties": {}}}), "capabilities")
        self.refused("event", self.changed("event", stream="case.C-1"), "a stream about a case")
        self.refused("event", self.changed("event", stream="device.x"), "a slot's data on a device's stream")
        self.refused("event", self.changed("event", seq=0), "a number before the first")
        station = self.samples["station"]
        self.fits("event", self.changed("event", stream="station", data=station))
        self.refused("event", self.changed("event", stream="station", data={**station, "now": self.samples["time"]}), "now")
        self.refused("beat", self.changed("beat", seq={"station": "1"}), "a number as text")

    def test_results_that_are_one_of_two(self):
        self.fits("schema.get.result", {"names": ["time"]})
        self.refused("schema.get.result", {}, "nothing")
        self.refused("schema.get.result", {"name": "time"}, "no schema")
        self.refused("station.get.result", self.samples["station"], "station.get without now and seq")


class Capabilities(unittest.TestCase):
    def taken(self, properties, when=None, definition="document"):
        body = {"type": "object", "properties": properties, **({"when": when} if when is not None else {})}
        return not schemas.problems("capabilities", body, definition)

    def test_rules(self):
        dpi = {"type": "integer", "minimum": 75, "maximum": 600}
        self.assertTrue(self.taken({}))
        self.assertTrue(self.taken({"dpi": dpi, "acme:sharpen": {"type": "number", "minimum": 0.5, "maximum": 2}}))
        for wrong in ({"minimun": 75, "type": "integer"}, {"minimum": 75}, {"type": "string", "minimum": 75}, {"type": "long"},
                      {"enum": []}, {"enum": [1, 1]}, {"type": "integer", "multipleOf": 0}, {"oneOf": []}, {"$ref": "#"}, True,
                      {"type": ["string", "integer"]}, {"items": {"enum": ["a"]}}, {"type": "object", "properties": {}}):
            self.assertFalse(self.taken({"dpi": wrong}), wrong)

    def test_names_are_those_of_the_function(self):
        word = {"enum": ["on"]}
        for definition, name, fits in (("document", "light", False), ("camera", "light", True), ("camera", "dpi", False),
                                       ("fingerprint", "dpi", True), ("document", "sharpen", False), ("document", "acme:sharpen", True),
                                       ("mrz-reader", "timeout_ms", True), ("camera", "slot", False)):
            rule = word if name != "timeout_ms" else {"type": "integer"}
            self.assertEqual(fits, self.taken({name: rule}, definition=definition), (definition, name))

    def test_conditional_sets(self):
        source = {"source": {"enum": ["flatbed", "feeder"], "default": "flatbed"}, "pages_max": {"type": "integer"}}
        good = {"if": {"source": "flatbed"}, "then": {"pages_max": {"type": "integer", "maximum": 1}}}
        self.assertTrue(self.taken(source, [good]))
        self.assertTrue(self.taken(source, []))
        for wrong in ({"if": {"source": "flatbed"}}, {"if": {}, "then": good["then"]}, {**good, "then": {}}, {**good, "else": {}},
                      {**good, "if": {"source": ["flatbed"]}}, {**good, "if": {"light": "on"}}, {**good, "then": {"light": {"enum": ["on"]}}},
                      {"when": good["if"], "then": good["then"]}):
            self.assertFalse(self.taken(source, [wrong]), wrong)
        self.assertFalse(self.taken(source, good), "not a list")

    def test_other_shapes(self):
        for wrong in ([], {}, {"type": "object"}, {"properties": {}}, {"type": "array", "properties": {}},
                      {"type": "object", "properties": {}, "conditional": []}):
            self.assertTrue(schemas.problems("capabilities", wrong), wrong)


if __name__ == "__main__":
    unittest.main()
