# SPDX-License-Identifier: Apache-2.0
"""From a parameter's schema: values that just fit, and values that just do not, with the error that each deserves."""

import schemas

WRONG_TYPE, OUTSIDE, UNKNOWN, MISSING = "bad-request", "out-of-range", "unsupported-parameter", "bad-request"

# What a string type may not hold (its `not`) -> a character that fits, and strings that do not.
_CHARACTERS = {
    "[\\x00-\\x1f\\x7f]": ("é", ["a\u0007b", "line\n", "\u007f"]),
    "[^a-z0-9._-]": ("a", ["Upper", "-first", "with blank", "ends\n"]),
    "[^0-9a-f]": ("0", ["A" * 32, "g" * 32]),
    "[^A-Za-z0-9._-]": ("Z", ["with blank", "a:b", "é", "ends\n"]),
    "[^a-z0-9.+/-]|/.*/": ("b", ["image", "image/jpeg/x", "Image/JPEG", "image/", "/jpeg", "image/a b"]),
}


class Bad:
    """A value that is refused: why, and where below the place that it stands at."""

    def __init__(self, label, value, code, path="", by="reader", draft07=True):
        self.label, self.value, self.code, self.path, self.by, self.draft07 = label, value, code, path, by, draft07


def _text(node, length):
    if node.get("pattern", "").startswith("^#"):
        return "#00ff7f"
    character = _CHARACTERS[node["not"]["pattern"]][0]
    if "/" in node.get("pattern", ""):
        return "a/" + character * (length - 2)
    return character * length


def good(node, file):
    """Values at the bounds; the first is the plainest."""
    node, file = _plain(node, file)
    kind = node.get("type")
    if "enum" in node:
        return list(node["enum"])
    if kind == "boolean":
        return [True, False]
    if kind == ["integer", "string"]:
        return ["auto", node["minimum"], node["maximum"]]
    if kind == "integer":
        return [node["minimum"], node["maximum"]]
    if kind == "string":
        return [_text(node, length) for length in dict.fromkeys((max(node["minLength"], 1), node["minLength"], node["maxLength"]))]
    if kind == "array":
        return [_items(node, file, max(node["minItems"], 1)), _items(node, file, node["minItems"]),
                _items(node, file, node["maxItems"])]
    if kind == "object":
        whole = {key: good(value, file)[0] for key, value in node["properties"].items()}
        return [whole, {key: whole[key] for key in node.get("required", [])}]
    raise ValueError(f"no values for {node}")


def _plain(node, file):
    node, file = schemas.resolved(node, file)
    if "allOf" in node:  # a reference with a default beside it
        node, file = schemas.resolved(node["allOf"][0], file)
    return node, file


def _items(node, file, count):
    """As many different items as asked."""
    item, item_file = _plain(node["items"], file)
    if "enum" in item:
        return item["enum"][:count]
    if item["type"] == "object" and "fault" in item["properties"]:
        return [{"fault": f"f-{n}"} for n in range(count)]
    if item["type"] == "object":
        subjects = schemas.resolved(item["properties"]["subject"], item_file)[0]["enum"]
        return [{"subject": subject, "reason": "missing"} for subject in subjects[:count]]
    if item.get("not", {}).get("pattern") == "[^0-9a-f]":
        return [f"{n:0{item['minLength']}x}" for n in range(count)]
    if "/" in item.get("pattern", ""):
        return [f"image/x-{n}" for n in range(count)]
    return [f"a-{n}" for n in range(count)]


def bad(node, file):
    """One Bad for each way to be wrong."""
    is_word = node.get("$ref", "").startswith("words.json")
    by = "station" if node.get("$ref", "").endswith("/subject") else "reader"
    node, file = _plain(node, file)
    kind = node.get("type")
    yield Bad("null", None, WRONG_TYPE)
    if "enum" in node:
        yield from _bad_choice(node, is_word, by)
    elif kind == "boolean":
        yield Bad("text", "true", WRONG_TYPE)
        yield Bad("number", 1, WRONG_TYPE)
    elif kind == "integer":
        yield from _bad_integer(node)
        yield Bad("text", "1", WRONG_TYPE)
    elif kind == ["integer", "string"]:
        yield from _bad_integer(node)
        yield Bad("other-word", "Auto", OUTSIDE)
    elif kind == "string":
        yield from _bad_text(node)
    elif kind == "array":
        yield from _bad_array(node, file)
    elif kind == "object":
        yield from bad_object(node, file)


def _bad_choice(node, is_word, by):
    if is_word or isinstance(node["enum"][0], str):
        yield Bad("other-word", "no-such-word", OUTSIDE, by=by)
        yield Bad("case", node["enum"][0].upper(), OUTSIDE, by=by)
        yield Bad("number", 7, WRONG_TYPE)
    else:
        yield Bad("other-number", max(node["enum"]) + 1, OUTSIDE)
        yield Bad("text", str(node["enum"][0]), WRONG_TYPE)
        yield Bad("point-zero", float(node["enum"][0]), WRONG_TYPE, draft07=False)


def _bad_integer(node):
    yield Bad("below", node["minimum"] - 1, OUTSIDE)
    yield Bad("above", node["maximum"] + 1, OUTSIDE)
    yield Bad("fraction", node["minimum"] + 0.5, WRONG_TYPE)
    yield Bad("point-zero", float(node["minimum"]), WRONG_TYPE, draft07=False)
    yield Bad("flag", True, WRONG_TYPE)


def _bad_text(node):
    yield Bad("number", 7, WRONG_TYPE)
    if node.get("pattern", "").startswith("^#"):
        yield from (Bad(f"form-{n}", text, OUTSIDE) for n, text in enumerate(("#00FF7F", "#00ff7", "00ff7f0", "#00ff7f0")))
        return
    if node["minLength"] > 0:
        yield Bad("empty", "", OUTSIDE)
    yield Bad("too-long", _text(node, node["maxLength"] + 1), OUTSIDE)
    for n, text in enumerate(_CHARACTERS[node["not"]["pattern"]][1]):
        yield Bad(f"characters-{n}", text, OUTSIDE)


def _bad_array(node, file):
    yield Bad("text", "a", WRONG_TYPE)
    if node["minItems"] > 0:
        yield Bad("too-few", _items(node, file, node["minItems"] - 1), OUTSIDE)
    many = _items(node, file, node["maxItems"] + 1)
    if len(many) > node["maxItems"]:
        yield Bad("too-many", many, OUTSIDE)
    first = _items(node, file, 1)
    if node.get("uniqueItems"):
        yield Bad("twice", first * 2, OUTSIDE)
    if node["items"].get("$ref", "").startswith("mock.json"):  # a mock's own words, which the mock reads
        yield Bad("item-null", [None], WRONG_TYPE, "[0]", by="station")
        return
    for inner in bad(node["items"], file):
        at = "[1]" if node["maxItems"] > 1 else "[0]"
        before = first if at == "[1]" else []
        # A list of different things may not meet its own rule before the item's.
        yield Bad(f"item-{inner.label}", before + [inner.value], inner.code, at + _below(inner.path), inner.by, inner.draft07)


def bad_object(node, file):
    """Not an object, a required member missing, an unknown member, and everything wrong below."""
    yield Bad("array", [], WRONG_TYPE)
    whole = good(node, file)[0]
    for name in node.get("required", []):
        yield Bad(f"without-{name}", {key: value for key, value in whole.items() if key != name}, MISSING, name)
    yield Bad("unknown-member", {**whole, "no_such": 1}, UNKNOWN, "no_such")
    for name, member in node["properties"].items():
        for inner in bad(member, file):
            yield Bad(f"{name}-{inner.label}", {**whole, name: inner.value}, inner.code, name + _below(inner.path), inner.by,
                      inner.draft07)


def _below(path):
    return path if path.startswith("[") or not path else "." + path
