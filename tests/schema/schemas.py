# SPDX-License-Identifier: Apache-2.0
"""The published schemas, and an independent validator for each."""

import functools
import json
import os
import pathlib

from jsonschema import Draft7Validator, RefResolver

ROOT = pathlib.Path(os.environ.get("REKAM_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
FOLDER = ROOT / "sdk" / "schema"


@functools.cache
def store():
    """File name -> schema; a file's name is also its $id, so relative references find each other here."""
    return {path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def names():
    return [file.removesuffix(".json") for file in store()]


def schema(name):
    return store()[name + ".json"]


@functools.cache
def validator(name, definition=None):
    """Of a schema, or of one definition inside it."""
    body = schema(name) if definition is None else {"$ref": f"{name}.json#/definitions/{definition}"}
    return Draft7Validator(body, resolver=RefResolver(base_uri=name + ".json", referrer=schema(name), store=store()))


def problems(name, instance, definition=None):
    return [f"{error.json_path}: {error.message}" for error in validator(name, definition).iter_errors(instance)]


def resolved(node, file):
    """Follows $ref; returns (node, file that it stands in)."""
    while "$ref" in node:
        target, _, pointer = node["$ref"].partition("#")
        file = target or file
        node = store()[file]
        for part in pointer.split("/")[1:]:
            node = node[part]
    return node, file


def enum(name):
    """A closed list of words.json."""
    return schema("words")["definitions"][name]["enum"]


def operations():
    return enum("op")
