# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Validates one capability text against what sdk/schema publishes for document scanners: validate.py FILE."""

import json
import pathlib
import sys

import jsonschema

SCHEMAS = pathlib.Path(__file__).resolve().parents[3] / "sdk" / "schema"


def main():
    files = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")}
    capabilities = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    schema = {"$ref": "capabilities.json#/definitions/document"}
    validator = jsonschema.Draft7Validator(schema, resolver=jsonschema.RefResolver("", schema, store=files))
    problems = [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(capabilities)]
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
