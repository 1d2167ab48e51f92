# SPDX-License-Identifier: Apache-2.0
"""What can be wrong around the parameters."""


def _fields(header, ok, refused):
    base = header("capture.start", {"slot": "photo", "subject": "face"})
    fits = {"id": ["1", "é" * 64], "deadline_ms": [1, 86400000], "station_epoch": [0, 2**53 - 1],
            "idem": ["a", "A.z_0-9" + "x" * 57], "lease": ["L", "L-" + "1" * 30], "progress": [True, False],
            "session": ["f" * 32]}
    for name, fitting in fits.items():
        for n, value in enumerate(fitting):
            yield ok(f"{name}-fits-{n}", {**base, name: value})
    out = {"id": ["", "x" * 65, "a\nb"], "session": ["f" * 31, "f" * 33, "F" * 32, "g" * 32, ""],
           "deadline_ms": [0, 86400001, -1], "station_epoch": [-1, 2**53], "idem": ["", "x" * 65, "a b", "a/b", "a\n"],
           "lease": ["", "x" * 33, "a\u0000"]}
    for name, wrong in out.items():
        for n, value in enumerate(wrong):
            yield refused(f"{name}-outside-{n}", {**base, name: value}, "out-of-range", name)
    wrong_types = {"id": 1, "op": 1, "session": 1, "deadline_ms": "1", "station_epoch": "1", "idem": 1, "lease": 1,
                   "progress": 1, "v": "1"}
    for name, value in wrong_types.items():
        yield refused(f"{name}-wrong-type", {**base, name: value}, "bad-request", name)
        yield refused(f"{name}-null", {**base, name: None}, "bad-request", name)
    for name in ("deadline_ms", "station_epoch", "v"):
        yield refused(f"{name}-point-zero", {**base, name: 1.0}, "bad-request", name, draft07=False)


def _missing(header, refused):
    base = header("capture.start", {"slot": "photo", "subject": "face"})

    def without(name):
        return {key: value for key, value in base.items() if key != name}

    for name in ("v", "id", "op"):
        yield refused(f"without-{name}", without(name), "bad-request", name)
    for name in ("session", "deadline_ms", "station_epoch", "idem"):
        yield refused(f"without-{name}", without(name), "bad-request", name, "station")
    yield refused("without-lease", without("lease"), "no-lease", "lease", "station")
    preview = header("preview.start", {"slot": "photo"})
    for name, code in (("lease", "no-lease"), ("progress", "bad-request")):
        yield refused(f"preview-without-{name}", {key: value for key, value in preview.items() if key != name}, code, name,
                      "station")
    yield refused("preview-without-ears", {**preview, "progress": False}, "bad-request", "progress", "station")


def _versions_and_operations(header, ok, refused):
    base = header("station.get", {})
    yield ok("unknown-field", {**base, "x_trace": {"deep": [1, None]}})
    yield ok("hello-with-session", {**header("hello", {"client": "a"}), "session": "f" * 32})
    for version in (2, 0, -1, 2**53 - 1):
        yield refused(f"v-{version}", {**base, "v": version}, "unsupported-version", "v")
    yield refused("v-2-and-the-rest-odd", {"v": 2, "id": 7, "op": [], "params": 3}, "unsupported-version", "v")
    for n, op in enumerate(("", "print.now", "Hello", "capture", "station.get ")):
        yield refused(f"op-unknown-{n}", {**base, "op": op}, "unknown-op", "op")


_NOT_JSON = {
    "empty": "", "blank": " ", "half": '{"v":1,"id":"1"', "word": "hello", "comma": '{"v":1,"id":"1","op":"station.get",}',
    "comment": '{"v":1,/* */"id":"1","op":"station.get"}', "single-quotes": "{'v':1}", "not-a-number": '{"v":NaN}',
    "two-documents": '{"v":1} {"v":1}', "byte-order-mark": '\ufeff{"v":1}', "hex": '{"v":0x1}', "leading-zero": '{"v":01}',
    "raw-control": '{"v":1,"id":"a\u0001"}', "lone-surrogate": '{"v":1,"id":"\\ud800"}',
    "equal-keys": '{"v":1,"id":"1","id":"2","op":"station.get"}',
    "equal-keys-in-params": '{"v":1,"id":"1","op":"slot.get","params":{"slot":"a","slot":"b"}}',
}


def _raw():
    for name, text in _NOT_JSON.items():
        yield {"name": f"raw-{name}", "raw": text, "expect": {"code": "bad-request"}, "draft07": False}
    deep = '{"v":1,"id":"1","op":"station.get","x":' + "[" * 40 + "]" * 40 + "}"
    yield {"name": "raw-too-deep", "raw": deep, "expect": {"code": "too-large"}, "draft07": False}
    for name, header in (("array", []), ("text", "hello"), ("number", 1), ("null", None)):
        yield {"name": f"header-{name}", "request": header, "expect": {"code": "bad-request"}}


def all_cases(header, ok, refused):
    yield from _fields(header, ok, refused)
    yield from _missing(header, refused)
    yield from _versions_and_operations(header, ok, refused)
    yield from _raw()
