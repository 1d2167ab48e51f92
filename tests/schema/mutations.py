# SPDX-License-Identifier: Apache-2.0
"""From a schema and a right instance: instances that are wrong in one place."""

import copy

import schemas


def wrong(node, file, instance):
    """(what was done, instance) for each required member taken away and each known value spoilt."""
    for rule, rule_file in _rules(node, file):
        if isinstance(instance, dict):
            yield from _members(rule, rule_file, instance)
        elif isinstance(instance, list) and instance and "items" in rule:
            for label, item in _spoilt(rule["items"], rule_file, instance[0]):
                yield f"[0]{label}", [item] + instance[1:]


def _rules(node, file):
    """The node without references, and what it must be beside that."""
    node, file = schemas.resolved(node, file)
    yield node, file
    for part in node.get("allOf", []):
        if "if" not in part:
            yield from _rules(part, file)


def _members(rule, file, instance):
    for name in rule.get("required", []):
        yield f" without {name}", {key: value for key, value in instance.items() if key != name}
    for name, member in rule.get("properties", {}).items():
        if name in instance:
            for label, value in _spoilt(member, file, instance[name]):
                yield f".{name}{label}", {**copy.deepcopy(instance), name: value}


def _spoilt(node, file, value):
    yield " null", None
    for rule, rule_file in _rules(node, file):
        if "enum" in rule or "const" in rule:
            yield " other", "no-such-word"
        if rule.get("type") == "integer":
            yield " below", rule["minimum"] - 1
            yield " above", rule["maximum"] + 1
            yield " fraction", max(rule["minimum"], 0) + 0.5
            yield " text", "1"
        elif rule.get("type") == "string":
            yield " number", 7
            if "maxLength" in rule:
                yield " long", "0" * (rule["maxLength"] + 1)
        elif rule.get("type") == "boolean":
            yield " number", 1
        elif rule.get("type") in ("object", "array"):
            yield " text", "a"
    yield from wrong(node, file, value)
