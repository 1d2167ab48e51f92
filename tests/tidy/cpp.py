# SPDX-License-Identifier: Apache-2.0
"""As much C++ as the rules need: text without comments and strings, and where functions begin and end."""

import re

_TOKEN = re.compile(
    r"""(?P<comment>//(?:\\\n|[^\n])*|/\*.*?(?:\*/|\Z))
      | (?P<raw>(?:u8|[uUL])?R"(?P<mark>[^\s()\\"]{0,16})\(.*?(?:\)(?P=mark)"|\Z))
      | (?P<string>"(?:\\.|[^"\\\n])*"?)
      | (?P<number>\b\d(?:'?[\w.])*)
      | (?P<char>'(?:\\.|[^'\\\n])*'?)""",
    re.VERBOSE | re.DOTALL)


def blanked(text):
    """Comments become blanks, strings become "" with blanks; every line keeps its number and its length."""

    def blank(match):
        if match["number"]:
            return match[0]
        body = re.sub(r"[^\n]", " ", match[0])
        if match["comment"] or len(body) < 2:
            return body
        quote = "'" if match["char"] else '"'
        return quote + body[1:-1] + quote

    return _TOKEN.sub(blank, text)


_SCOPE = re.compile(r"^(?:template\s*<.*>\s*)?(?:typedef\s+)?(?:inline\s+)?(?:namespace|class|struct|union|enum|extern\s*\")",
                    re.DOTALL)
# What may stand between the parameters of a function and its body.
_TAIL = re.compile(r"(?:\s|\bconst\b|\bnoexcept\b(?:\([^)]*\))?|\boverride\b|\bfinal\b|\bmutable\b|\btry\b|&|->[^{}()]*)*\Z")
_MEMBERS = re.compile(r"\)\s*(?:noexcept\s*)?:(?!:)|^,")  # a constructor's list, also behind a member's own braces


def functions(code):
    """(name, first line, last line) of each function body in blanked code, from its signature to its closing brace."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m[0]), code, flags=re.MULTILINE)
    found, scopes, head_start = [], [], 0
    for match in re.finditer(r"[{};]", code):
        at = match.start()
        inside = any(kind == "body" for kind, _, _ in scopes)
        if match[0] == "{":
            scopes.append(("block", "", 0) if inside else _opened(code, head_start, at))
        elif match[0] == "}" and scopes:
            kind, name, first = scopes.pop()
            if kind == "body":
                found.append((name, first, code.count("\n", 0, at) + 1))
        head_start = match.end()
    return found


def _opened(code, start, end):
    """What the brace at end opens: "scope" (functions may follow), "body" of a function, or "data"."""
    head = re.sub(r"^(?:\s*(?:public|private|protected)\s*:(?!:))*\s*", "", code[start:end])
    before_tail = head[:_TAIL.search(head).start()]
    is_function = before_tail.endswith(")") or _MEMBERS.search(head)
    if _SCOPE.match(head) and not is_function:
        return "scope", "", 0
    if not is_function:
        return "data", "", 0
    name = re.search(r"([\w:~]+)\s*\(", head)
    return "body", name[1] if name else "lambda", code.count("\n", 0, end - len(head)) + 1
