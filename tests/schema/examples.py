# SPDX-License-Identifier: Apache-2.0
"""The examples of the documents: each fenced block says which schema it follows.

    ```json request             the header of a request
    ```json reply OP            the header of a reply, its result that of OP
    ```json progress OP         the header of a progress message of OP
    ```json NAME [DEFINITION]   the schema NAME, or a definition in it"""

import dataclasses
import json
import re

import schemas

_FENCE = re.compile(r"^```(.*)$", re.MULTILINE)


@dataclasses.dataclass
class Example:
    place: str
    words: tuple
    instance: object

    def parts(self):
        """(schema, definition, instance) of everything that has to hold."""
        kind, *rest = self.words
        if kind in ("reply", "progress") and rest:
            yield kind, None, self.instance
            value = self.instance.get("result" if kind == "reply" else "progress")
            if value is not None:
                yield f"{rest[0]}.{'result' if kind == 'reply' else 'progress'}", None, value
            if "error" in self.instance:
                yield "error", None, self.instance["error"]
        else:
            yield kind, rest[0] if rest else None, self.instance

    def problems(self):
        return [problem for name, definition, instance in self.parts() for problem in schemas.problems(name, instance, definition)]


def documents():
    return [*sorted(schemas.ROOT.glob("sdk/**/*.md")), *schemas.ROOT.glob("README.md")]


def blocks(text):
    """(line, info, body) of each fenced block."""
    fences = list(_FENCE.finditer(text))
    for opening, closing in zip(fences[::2], fences[1::2]):
        yield text.count("\n", 0, opening.start()) + 1, opening[1].strip(), text[opening.end() + 1:closing.start()]


def of(path):
    """Examples of a document. Raises ValueError where a json block is none."""
    for line, info, body in blocks(path.read_text()):
        if not info.startswith("json"):
            continue
        place = f"{path.relative_to(schemas.ROOT)}:{line}"
        words = tuple(info.split()[1:])
        if info.split()[0] != "json" or not words:
            raise ValueError(f"{place}: say which schema it follows: ```json request, ```json reply OP, ```json NAME")
        try:
            yield Example(place, words, json.loads(body))
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from error


def everything():
    return [example for path in documents() for example in of(path)]
