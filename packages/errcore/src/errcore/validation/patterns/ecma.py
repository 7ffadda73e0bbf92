# SPDX-License-Identifier: MIT
"""Python's regular expressions in the dialect of JSON Schema: ECMA-262 with its flag `u`.

What is spelt otherwise is rewritten, where Python can read the result as well. What means something else there is kept,
and said to be so. What has no counterpart has no translation.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["ecma", "means_the_same"]

_TOKEN = re.compile(
    r"""
      (?P<set>    \[\^?\]?(?:\\.|[^\]\\])*\] )
    | (?P<group>  \((?:\?(?:P?<?[=!:>]|P<\w+>|.))? )
    | (?P<repeat> \{(?:\d+(?:,\d*)?|,\d+)\}[+?]? | [*+?][+?]? )
    | (?P<escape> \\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[0-7]{1,3}|.) )
    | (?P<sign>   . )
    """,
    re.VERBOSE | re.DOTALL,
)
_SAME_GROUPS = frozenset({"(", "(?:", "(?=", "(?!", "(?<=", "(?<!"})
_SYNTAX = frozenset("^$\\.*+?()[]{}|/")
_CONTROLS = frozenset("fnrtv")
_OTHER_SETS = frozenset("wWdDsSbB")  # Python's know all of Unicode
_IN_SET = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[0-7]{1,3}|.)|.", re.DOTALL)


def ecma(regex: str) -> str | None:
    r"""The expression in the other dialect; None where there is none.

    Args:
        regex: An expression that Python compiles.

    >>> ecma(r"(?P<name>a.b){,3}\Z"), ecma("(?i)a")
    ('(a[^\\n]b){0,3}(?![\\s\\S])', None)
    """
    return _translated(regex)[0]


def means_the_same(regex: str) -> bool:
    r"""Whether the translation matches the very same texts.

    Args:
        regex: An expression that Python compiles.

    >>> means_the_same("[a-z]+"), means_the_same(r"\d+")
    (True, False)
    """
    text, same = _translated(regex)
    return same and text is not None


@lru_cache(maxsize=256)
def _translated(regex: str) -> tuple[str | None, bool]:
    parts: list[str] = []
    exact = True
    for token in _TOKEN.finditer(regex):
        kind, text = token.lastgroup, token[0]
        part: str | None
        same = True
        if kind == "set":
            part, same = _set(text)
        elif kind == "group":
            part = _group(text)
        elif kind == "repeat":
            part = None if text[-1] == "+" and len(text) > 1 else text.replace("{,", "{0,")
        elif kind == "escape":
            part, same = _escape(text, inside=False)
        elif text == "$":
            part, same = text, token.end() == len(regex)  # elsewhere Python's stands before a line end, too
        else:
            part = {".": "[^\\n]", "{": "\\{", "}": "\\}", "]": "\\]"}.get(text, text)
        if part is None:
            return None, False
        parts.append(part)
        exact = exact and same
    return "".join(parts), exact


def _group(text: str) -> str | None:
    if text in _SAME_GROUPS:
        return text
    return "(" if text.startswith("(?P<") else None


def _escape(text: str, *, inside: bool) -> tuple[str | None, bool]:
    """One escape, and whether it means the same."""
    sign = text[1]
    if sign in "xu" and len(text) > 2:
        return text, True
    if sign.isdigit():
        octal = sign == "0" or len(text) == 4 or inside
        return (rf"\x{int(text[1:], 8):02x}", True) if octal and _is_octal(text) else (text, False)
    if sign in _OTHER_SETS and not (inside and sign in "bB"):
        return text, False
    rewritten = {"A": "^", "Z": r"(?![\s\S])", "a": r"\x07", "b": r"\x08"}.get(sign)
    if rewritten is not None:
        return rewritten, True
    if sign in _CONTROLS or sign in _SYNTAX or (inside and sign == "-"):
        return text, True
    return (None, False) if sign.isascii() and sign.isalnum() else (sign, True)


def _is_octal(text: str) -> bool:
    return all(sign in "01234567" for sign in text[1:]) and int(text[1:], 8) <= 0o377


def _set(text: str) -> tuple[str | None, bool]:
    """A set of characters. A bracket at its beginning is one of them in Python, and its end in ECMA-262."""
    start = 2 if text[1] == "^" else 1
    parts = [text[:start]]
    exact = True
    for sign in _IN_SET.findall(text[start:-1]):
        part: str | None = sign
        same = True
        if len(sign) > 1:
            part, same = _escape(sign, inside=True)
        elif sign == "]":
            part = "\\]"
        if part is None:
            return None, False
        parts.append(part)
        exact = exact and same
    return "".join((*parts, "]")), exact
