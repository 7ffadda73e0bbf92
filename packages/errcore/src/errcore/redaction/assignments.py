# SPDX-License-Identifier: MIT
"""Secrets that are recognised by the name in front of them: `password=...`, `"token": "..."`, `Cookie: ...`, `--pin 1234`.

The text is read once from left to right: a name, a separator, and, where the name promises a secret, its value. How far
the value goes depends on how it starts: a quote, a bracket, an authentication scheme, or none of these.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import attrs

from errcore.jsonsafe import REDACTED
from errcore.redaction.keys import is_secret_phrase

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

__all__ = ["mask_assignments", "mask_encoded"]

# A name is a whole run of word characters, dots, dashes and %XX, so that a search never starts inside one. Names end in
# `=`, `:`, `:=`, `=>`, `==`, `!=`; before it may come a quote (an escaped one, in JSON inside JSON) or a bracket. A quoted
# name may also be the first of a pair; a tag encloses its value; an option of a command line has only a blank, or, in the
# repr of a list, quotes and a comma. The n of a written `\n` may stand before a name: `_names_secret` looks at both.
_NAME = r"""
(?: (?<![\w.%-]) | (?=-) (?: (?<=\\[nrt]) | (?<=%[0-7][0-9A-Fa-f])(?=--) ) )
(?: (?P<option>--?[A-Za-z][\w-]*+) (?: [ \t]++ (?!-) | \\{0,8}+["'],\s{0,64}+ (?=[bBuUrR]?\\{0,8}["'](?!--)) )
  | (?P<sql>(?i:identified[ ]by|with[ ](?:encrypted[ ])?password)) [ ]++ (?=\\{0,8}["'])
  | (?P<opened>(?<=<))?+ (?P<name>[\w.%-]++) (?P<close>\\{0,8}+["']?+)
    (?: \]{0,2}+ [ \t]*+ (?P<sep>[:=]{1,3}+>?+|!=) (?P<blank>[ \t]*+) (?P<below>(?:[|>][+-]?+[ \t]*+)?+\r?+\n[ \t]*+)?+
      | (?P<comma>(?<=["']),\s{0,64}+)
      | (?P<tag>> | (?(opened)(?=\s[^<>]{0,256}+(?<!/)>)|(?!)))
    )
)
"""
# A value on the line below its name has quotes, or it is one word that has the line for itself and is no name; so a line
# of prose after "password:" stays. Below `=` it must have quotes: `.env` files have empty values.
_BELOW_QUOTED = r"""(?P<quote>["'])(?!(?:(?!(?P=quote))[^\r\n]){0,64}+(?P=quote)[ \t]{0,8}+[:=])"""
_BELOW_WORD = r"""(?![\w.-]{1,64}+[:=]) [^\s"'\[({] \S*+ (?= [ \t]*+ (?: [\r\n] | \Z ) )"""
_VALUE = r"""
[bBrRuUfF]{0,2}+ (?P<escapes>\\{0,8}+) (?P<quote>"{3}|'{3}|["'])
| (?P<bracket>[\[({])
| (?P<scheme>(?i:(?P<listed>digest|oauth|hawk|aws4-hmac-sha256)|basic|bearer|token|negotiate|ntlm|apikey)[ \t]++)
"""
# A value without quotes ends at a blank, or where a list or form goes on: at a mark that is followed by the end, by
# another mark, or by the next name.
_BARE = r"""
(?: [^\s&,;)\]}>"'<\\(\[{]
  | [&,;)\]}>"'<\\] (?! \s | \Z | [,;)\]}>"'\\<] | [ \t]*+[\w.%\[\]-]{1,64}+["']?[=:] | (?<=<)/ )
)*+
"""
# A form inside a form: name%3Dvalue, up to %26 (&), %3B (;) or an encoded quote; JSON inside one: %22name%22%3A%22value%22.
# Both may be encoded twice.
_ENCODED = r"""
(?: (?<![\w.%-]) | (?<=%[0-9A-Fa-f]{2}) | (?<=%25[0-9A-Fa-f]{2}) ) (?P<name>[A-Za-z_][\w.-]*+)
(?: %(?:25)?+(?:2[027]|5[Dd]) ){0,4}+ %(?:25)?+3[AaDd] (?: \+ | %(?:25)?+20 ){0,8}+
(?: (?P<quote>%(?:25)?+2[27])
    (?P<quoted> (?: [^\s&%"'<>] | %(?:25)?+5[Cc]%(?:25)?+2[27] | (?!(?P=quote))% )++ )
  | (?P<value> (?: [^\s&%"'<>] | %(?!(?:25)?+(?: 2[267] | 3[Bb])) )++ )
)
"""
_BRACKETS = r""""(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|[\[({]|[\])}]"""

#: Values that are no secret, and words that follow a colon in a sentence such as "password: must be longer".
_NO_SECRET = frozenset("none null nil undefined true false".split())
_PROSE = frozenset(
    "must should is are was were has have had required missing invalid expected field cannot can't not no too this the a an"
    " value may will does do did only at in of for if please enter unknown wrong incorrect expired unexpected it input"
    " string length minimum maximum and or both".split()
)
_WHOLE_LINE = ("authorization", "cookie", "cookie2")
#: Last words of a dotted name that say nothing by themselves; of other dotted names (`secrets.py`) only the last part counts.
_EMPTY_PARTS = frozenset(("", "value", "raw", "text", "data", "plain", "old", "new", "current"))


@attrs.frozen
class _Compiled:
    name: re.Pattern[str]
    value: re.Pattern[str]
    bare: re.Pattern[str]
    below_quoted: re.Pattern[str]
    below_word: re.Pattern[str]
    brackets: re.Pattern[str]
    line: re.Pattern[str]
    encoded: re.Pattern[str]


@cache
def _compiled() -> _Compiled:
    import re

    return _Compiled(
        name=re.compile(_NAME, re.VERBOSE),
        value=re.compile(_VALUE, re.VERBOSE),
        bare=re.compile(_BARE, re.VERBOSE),
        below_quoted=re.compile(_BELOW_QUOTED),
        below_word=re.compile(_BELOW_WORD, re.VERBOSE),
        brackets=re.compile(_BRACKETS, re.DOTALL),
        line=re.compile(r"(?:[^\r\n\\]|\\(?![rn]))*+"),
        encoded=re.compile(_ENCODED, re.VERBOSE),
    )


def mask_assignments(text: str, is_secret: Callable[[str], bool]) -> str:
    """Mask the values of secret names.

    >>> mask_assignments("login?user=jo&password=x1 failed, max_tokens=3", lambda name: name == "password")
    'login?user=jo&password=[redacted] failed, max_tokens=3'
    """
    if not _may_assign(text):
        return text
    find = _compiled().name.search
    out: list[str] = []
    shown = place = 0
    while match := find(text, place):
        place = match.end()
        if not _names_secret(text, match, is_secret):
            continue
        start, end = _extent(text, match)
        if end > start:
            out += (text[shown:start], REDACTED)
            shown = place = end
    return "".join((*out, text[shown:])) if out else text


def _may_assign(text: str) -> bool:
    """Whether a text has one of the marks that `_NAME` cannot do without: most sentences have none."""
    return (
        "=" in text
        or ":" in text
        or ">" in text
        or ("-" in text and (" " in text or "\t" in text))
        or (("'" in text or '"' in text) and ("," in text or _may_be_sql(text.lower())))
    )


def _may_be_sql(low: str) -> bool:
    return "identified by" in low or "password " in low


def mask_encoded(text: str, is_secret: Callable[[str], bool]) -> str:
    """Mask the values of secret names in a form that is the value of another form.

    >>> mask_encoded("next=%2Fx%3Fpassword%3Dx1%26page%3D2", lambda name: name == "password")
    'next=%2Fx%3Fpassword%3D[redacted]%26page%3D2'
    """
    if "%" not in text or not ("3D" in text or "3A" in text or "3d" in text or "3a" in text):
        return text

    def masked(match: re.Match[str]) -> str:
        if is_secret(match["name"]):
            kind = "value" if match["quote"] is None else "quoted"
            return match[0][: match.start(kind) - match.start()] + REDACTED
        return match[0]

    return _compiled().encoded.sub(masked, text)


def _names_secret(text: str, match: re.Match[str], is_secret: Callable[[str], bool]) -> bool:
    if match["option"] is not None:
        return is_secret(match["option"])
    if match["sql"] is not None:
        return True
    name: str = match["name"]
    start = match.start("name")
    if match["comma"] is not None and not _opens_pair(text, start - 1):
        return False
    if match["tag"] is not None and text[start - 1 : start] not in ("<", ":"):
        return False
    if "." in name:
        part = name.rstrip(".").rpartition(".")[2]
        name = name if part in _EMPTY_PARTS else part
    if is_secret(name) or (name[0] in "nrt" and text[start - 1 : start] == "\\" and is_secret(name[1:])):
        return True
    before = text[max(start - 24, 0) : start]
    return (
        before.endswith(" ") and before[-2:-1].isalnum() and is_secret_phrase(f"{before.split()[-1]} {name}")
    )


def _opens_pair(text: str, quote: int) -> bool:
    """Whether the quote stands first in `(...` or, inside a list, in `[...`: there a name and its value are a pair."""
    if quote < 0 or text[quote] not in "\"'":
        return False
    before = text[max(quote - 8, 0) : quote].rstrip("bBuUrR\\")
    return before.endswith("(") or (before.endswith("[") and before[:-1].rstrip().endswith(("[", ",")))


def _extent(text: str, match: re.Match[str]) -> tuple[int, int]:
    """Give the start and end of the value behind a secret name; the same place twice where there is nothing to mask."""
    known = _compiled()
    start = match.end()
    if match["tag"] is not None:
        return _tag_extent(text, start)
    if match["below"] is not None and not known.below_quoted.match(text, start):
        return _below_extent(text, match)
    value = known.value.match(text, start)
    if value and value["quote"]:
        return value.end(), _quote_end(text, value.end(), len(value["escapes"]), value["quote"])
    if match["comma"] is not None:
        return start, start
    if value and value["bracket"]:
        closed = _bracket_end(text, start)
        return start, len(text) if closed is None else _bare_end(text, closed)
    word = known.bare.match(text, start)
    first = word[0].strip(".,;:!?").lower() if word else ""
    if first in _NO_SECRET or (match["blank"] and ":" in match["sep"] and first in _PROSE):
        return start, start
    is_header = match["sep"] is not None and ":" in match["sep"] and _last_word(match["name"]) in _WHOLE_LINE
    if is_header or (value and value["listed"]):
        return start, _line_end(text, match, start)
    return start, _bare_end(text, value.end() if value else start)


def _tag_extent(text: str, start: int) -> tuple[int, int]:
    """Give the start and end of what a tag encloses; `start` is behind its name or behind the tag."""
    if text[start - 1] != ">":
        start = text.index(">", start) + 1
    data = "<![CDATA["
    closing = "<"
    if text.startswith(data, start):
        start, closing = start + len(data), "]]>"
    end = text.find(closing, start)
    return start, end if end >= 0 else len(text)


def _below_extent(text: str, match: re.Match[str]) -> tuple[int, int]:
    """Give the extent of a value without quotes on the line below its name: nothing, unless it is one word."""
    start = match.end()
    word = _compiled().below_word.match(text, start) if ":" in match["sep"] else None
    shown = word[0].rstrip(".,;:!?)]}") if word else ""
    if shown.lower() in _NO_SECRET or shown.lower() in _PROSE:
        return start, start
    return start, start + len(shown)


def _last_word(name: str) -> str:
    return name.replace("_", "-").rpartition("-")[2].lower()


def _quote_end(text: str, start: int, escapes: int, quote: str) -> int:
    """Find the quote that ends a string which was opened with `escapes` backslashes and `quote`; else the end of the text."""
    place = text.find(quote, start)
    while place >= 0:
        slashes = place - start - len(text[start:place].rstrip("\\"))
        doubled = not escapes and text.startswith(quote, place + len(quote)) and len(quote) == 1  # '' in SQL
        if slashes <= escapes if escapes else slashes % 2 == 0 and not doubled:
            return place - slashes if escapes else place
        place = text.find(quote, place + (2 if doubled else 1))
    return len(text)


def _bracket_end(text: str, start: int) -> int | None:
    """Find the place after the bracket that closes the one at `start`; None if there is none."""
    depth = 0
    for found in _compiled().brackets.finditer(text, start):
        if found[0] in "[({":
            depth += 1
        elif found[0] in "])}":
            depth -= 1
            if depth == 0:
                return found.end()
    return None


def _bare_end(text: str, start: int) -> int:
    """Find the end of a value without quotes; a call such as `SecretStr('...')` belongs to it."""
    match = _compiled().bare.match
    end = start
    balanced = True
    while True:
        found = match(text, end)
        end = found.end() if found else end
        if text[end : end + 1] not in ("(", "[", "{"):
            return end
        closed = _bracket_end(text, end) if balanced else None
        balanced = closed is not None
        end = end + 1 if closed is None else closed


def _line_end(text: str, match: re.Match[str], start: int) -> int:
    """Find the end of a header: of the line, or of the quotes around name and value together."""
    line = _compiled().line.match(text, start)
    end = line.end() if line else start
    opening = text[match.start() - 1 : match.start()]
    if opening and opening in "\"'" and not match["close"]:
        closing = text.find(opening, start, end)
        return closing if closing >= 0 else end
    return end
