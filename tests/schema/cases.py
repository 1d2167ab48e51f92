# SPDX-License-Identifier: Apache-2.0
"""Requests for every operation, each with the answer that it deserves: made from the schemas, kept in cases/*.json for the
readers that have to be equal to them. `cases.py --write` makes the files anew.

A case: {"name", "request" or "raw", "expect": "ok" or {"code", "path"}, and where it is so:
  "by": "station"    the reader may let it pass; the station as a whole refuses it (words, state, what belongs together)
  "draft07": false   the schema cannot say it (1.0 for an integer, two equal keys, what is not JSON)}"""

import json
import pathlib
import sys

import envelope_cases
import schemas
import values

FOLDER = pathlib.Path(__file__).resolve().parent / "cases"


def header(op, params):
    head = {"v": 1, "id": "1", "op": op}
    if op != "hello":
        head["session"] = "0123456789abcdef" * 2
    if op in ("capture.start", "print.start", "card.open"):
        head.update(deadline_ms=30000, station_epoch=17, idem="4c1e-1", lease="L-1")
    if op == "preview.start":
        head.update(lease="L-1", progress=True)
    return {**head, "params": params}


def ok(name, request):
    return {"name": name, "request": request, "expect": "ok"}


def refused(name, request, code, path, by="reader", draft07=True):
    case = {"name": name, "request": request, "expect": {"code": code, "path": path}}
    if by != "reader":
        case["by"] = by
    if not draft07:
        case["draft07"] = False
    return case


def plainest(op):
    """The fewest parameters that the operation takes, with plain values."""
    node = schemas.schema(op + ".params")
    names = list(node.get("required", []))
    if "oneOf" in node:
        names += node["oneOf"][0]["required"]
    return {name: values.good(node["properties"][name], op + ".params.json")[0] for name in names}


def of_operation(op):
    file = op + ".params.json"
    node = schemas.schema(op + ".params")
    base = plainest(op)
    choice = [group["required"][0] for group in node.get("oneOf", [])]
    yield ok("plain", header(op, base))
    for name, member in node["properties"].items():
        rest = {key: value for key, value in base.items() if key not in choice or name not in choice}
        for n, value in enumerate(values.good(member, file)):
            yield ok(f"{name}-fits-{n}", header(op, {**rest, name: value}))
        for bad in values.bad(member, file):
            yield refused(f"{name}-{bad.label}", header(op, {**rest, name: bad.value}), bad.code,
                          "params." + name + values._below(bad.path), bad.by, bad.draft07)
    for name in node.get("required", []):
        yield refused(f"without-{name}", header(op, {key: v for key, v in base.items() if key != name}), "bad-request",
                      "params." + name)
    yield refused("unknown", header(op, {**base, "no_such": 1}), "unsupported-parameter", "params.no_such")
    for label, wrong in (("array", []), ("null", None), ("text", "a")):
        yield refused(f"params-{label}", header(op, wrong), "bad-request", "params")
    if choice:
        both = {name: values.good(node["properties"][name], file)[0] for name in choice}
        yield refused("neither", header(op, {}), "bad-request", "params", "station")
        yield refused("both", header(op, both), "bad-request", "params", "station")
    if not base:
        yield ok("without-params", {key: value for key, value in header(op, {}).items() if key != "params"})
    elif not choice:
        yield refused("without-params", {key: value for key, value in header(op, {}).items() if key != "params"},
                      "bad-request", "params." + next(iter(base)))


def vendor_keys():
    base = plainest("capture.start")

    def request(key, value):
        return header("capture.start", {**base, key: value})

    for n, value in enumerate(("sharp", "", "é" * 256, 5, 2.5, -1, True)):
        yield ok(f"vendor-value-fits-{n}", request("acme:sharpen", value))
    for n, key in enumerate(("a:b", "acme-2:x.y_z-1", "a:" + "b" * 62)):
        yield ok(f"vendor-key-fits-{n}", request(key, 1))
    for n, key in enumerate(("acme:", ":x", "Acme:x", "2a:x", "a b:x", "a:b:c", "a:-b", "a:" + "b" * 63)):
        yield refused(f"vendor-key-{n}", request(key, 1), "unsupported-parameter", "params." + key)
    for label, value, code in (("null", None, "bad-request"), ("array", [], "bad-request"), ("object", {}, "bad-request"),
                               ("too-long", "x" * 257, "out-of-range"), ("control", "a\u0000", "out-of-range")):
        yield refused(f"vendor-value-{label}", request("acme:sharpen", value), code, "params.acme:sharpen")


def everything():
    """File stem -> cases."""
    made = {op: list(of_operation(op)) for op in schemas.operations()}
    made["capture.start"] += vendor_keys()
    made["envelope"] = list(envelope_cases.all_cases(header, ok, refused))
    return made


def text(cases):
    return "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n"


def main(arguments):
    if arguments != ["--write"]:
        sys.exit("usage: cases.py --write")
    FOLDER.mkdir(exist_ok=True)
    for stem, cases in everything().items():
        (FOLDER / f"{stem}.json").write_text(text(cases))


if __name__ == "__main__":
    main(sys.argv[1:])
