# SPDX-License-Identifier: MIT
"""The forms of texts that come ready: what has them, told without an expression, and what lies at their borders.

The corpora are written by hand. Each form is also recognised by hand, so that an expression which is a little wrong is
found by something that is not the same expression.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "DATES",
    "DATE_TIMES",
    "EMAILS",
    "URLS",
    "UUIDS",
    "is_date",
    "is_date_time",
    "is_email",
    "is_url",
    "is_uuid",
]

_DIGITS = frozenset("0123456789")
_HEX = _DIGITS | frozenset("abcdefABCDEF")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_ATOM = _LETTERS | _DIGITS | frozenset("!#$%&'*+/=?^_`{|}~-")
_HOST = _LETTERS | _DIGITS | {"-"}
_IN_URL = _LETTERS | _DIGITS | frozenset("._~!$&'()*+,;=:@/-")

EMAILS: Sequence[str] = (
    "a@b.co",
    "first.last+tag@sub-domain.example.org",
    "!#$%&'*+/=?^_`{|}~-@example.org",
    f"{'a' * 64}@example.org",
    f"{'a' * 65}@example.org",
    f"{'a' * 60}@{'b' * 63}.{'c' * 63}.{'d' * 61}.co",
    f"{'a' * 60}@{'b' * 63}.{'c' * 63}.{'d' * 62}.co",
    f"a@{'b' * 63}.co",
    f"a@{'b' * 64}.co",
    "",
    "a",
    "@",
    "a@",
    "@b.co",
    "a@b",
    "a@b..co",
    "a..b@c.co",
    ".a@b.co",
    "a.@b.co",
    "a@.b.co",
    "a@b.co.",
    "a@-b.co",
    "a@b-.co",
    "a@b@c.co",
    "a b@c.co",
    " a@b.co",
    "a@b.co ",
    "a@b.co\n",
    "a@b.co\r\n",
    "\na@b.co",
    "a@b.co\nbcc: x@y.zz",
    '"a"@b.co',
    "a@[127.0.0.1]",
    "ä@b.co",
    "a@bä.co",
    "a@b.co\u2028",
    "a@b.co\x00",
    "<a@b.co>",
)
"""Addresses, and what is none."""

URLS: Sequence[str] = (
    "{scheme}://a",
    "{scheme}://a.example/",
    "{scheme}://a.example:8080/p/q?r=s#t",
    "{scheme}://a.example?r=?",
    "{scheme}://a.example/%41",
    "{scheme}://[::1]/",
    "{scheme}://a.example:65535/",
    "{scheme}://a.example:123456/",
    "{scheme}://a.example/%4",
    "{scheme}://a.example/a b",
    "{scheme}://a.example/\n",
    "{scheme}://a.example\n",
    "{scheme}://a.example\u2028",
    "{scheme}://user:word@a.example/",
    "{scheme}://a@b.example/",
    "{scheme}://",
    "{scheme}:///p",
    "{scheme}:a.example",
    "{scheme}://-a.example",
    "{scheme}://a..example",
    "{scheme}://ä.example",
    "{scheme}://a.example/ä",
    "{scheme}://a.example#t#u",
    " {scheme}://a.example",
    "{scheme}x://a.example",
    "javascript:alert(1)",
    "//a.example/",
    "a.example",
    "",
)
"""URLs, and what is none; `{scheme}` stands for one that is allowed."""

UUIDS: Sequence[str] = (
    "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "00000000-0000-0000-0000-000000000000\n",
    " 00000000-0000-0000-0000-000000000000",
    "00000000-0000-0000-0000-00000000000",
    "00000000-0000-0000-0000-0000000000000",
    "00000000-0000-0000-0000-00000000000g",
    "00000000-0000-0000-0000-00000000000\u0660",
    "00000000000000000000000000000000",
    "{00000000-0000-0000-0000-000000000000}",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
    "",
)
"""UUIDs, and what is none."""

DATES: Sequence[str] = (
    "2024-02-29",
    "2023-02-29",
    "2000-02-29",
    "1900-02-29",
    "0001-01-01",
    "9999-12-31",
    "0000-01-01",
    "2026-01-00",
    "2026-01-32",
    "2026-00-01",
    "2026-13-01",
    "2026-04-31",
    "2026-1-1",
    "20260101",
    "2026-W01-1",
    "2026-01-01\n",
    " 2026-01-01",
    "2026-01-01T00:00:00Z",
    "\u0662\u0660\u0662\u0666-01-01",
    "",
)
"""Dates, and what is none."""

DATE_TIMES: Sequence[str] = (
    "2026-01-31T12:00:00Z",
    "2026-01-31t12:00:00z",
    "2026-01-31T12:00:00.5+02:00",
    "2026-01-31T12:00:00.123456789-23:59",
    "2026-01-31T00:00:00Z",
    "2026-01-31T23:59:59Z",
    "2026-01-31T24:00:00Z",
    "2026-01-31T12:60:00Z",
    "2026-01-31T12:00:60Z",
    "2026-01-31T12:00:00+24:00",
    "2026-01-31T12:00:00+02",
    "2026-01-31T12:00:00",
    "2026-01-31 12:00:00Z",
    "2026-02-30T12:00:00Z",
    "2026-01-31T12:00Z",
    "2026-01-31T12:00:00Z\n",
    "2026-01-31T12:00:00.Z",
    "2026-01-31",
    "",
)
"""Dates with times and offsets, and what is none."""


def is_email(text: str) -> bool:
    """Whether it is an address, as `Email` declares it.

    >>> [is_email(text) for text in ("a@b.co", "a@b..co", "a@b.co\\n")]
    [True, False, False]
    """
    local, at, domain = text.partition("@")
    if len(text) > 254 or not at or not 1 <= len(local) <= 64:
        return False
    labels = domain.split(".")
    return (
        all(part and set(part) <= _ATOM for part in local.split("."))
        and len(labels) > 1
        and all(map(_is_label, labels))
    )


def _is_label(label: str) -> bool:
    return 1 <= len(label) <= 63 and set(label) <= _HOST and label[0] != "-" != label[-1]


def is_url(text: str, schemes: Sequence[str]) -> bool:
    """Whether it is a URL, as `Url` declares it.

    Args:
        text: The text.
        schemes: Those that are allowed.

    >>> is_url("https://example.org/a?b", ["https"]), is_url("https://ada:x@example.org", ["https"])
    (True, False)
    """
    scheme, separator, rest = text.partition("://")
    if len(text) > 2048 or not separator or scheme not in schemes:
        return False
    end = min((rest.index(sign) for sign in "/?#" if sign in rest), default=len(rest))
    rest, fragment = _cut(rest[end:], "#") if not _bad_host(rest[:end]) else ("\n", "")
    path, query = _cut(rest, "?")
    return _is_written(path, "") and _is_written(query, "?") and _is_written(fragment, "?")


def _cut(text: str, sign: str) -> tuple[str, str]:
    before, _, after = text.partition(sign)
    return before, after


def _bad_host(text: str) -> bool:
    """Whether what stands between the scheme and the path is no host with its port."""
    if text.startswith("["):
        address, bracket, port = text[1:].partition("]")
        good = bracket and 2 <= len(address) <= 45 and set(address) <= _HEX | {":", "."}
    else:
        host, colon, after = text.partition(":")
        port = colon + after
        good = all(map(_is_label, host.split(".")))
    is_port = not port or (port[0] == ":" and 1 <= len(port) - 1 <= 5 and set(port[1:]) <= _DIGITS)
    return not good or not is_port


def _is_written(text: str, more: str) -> bool:
    plain = re.sub("%[0-9A-Fa-f][0-9A-Fa-f]", "", text)
    return set(plain) <= _IN_URL | set(more)


def is_uuid(text: str) -> bool:
    """Whether it is a UUID, as `Uuid` declares it.

    >>> is_uuid("00000000-0000-0000-0000-000000000000"), is_uuid("0")
    (True, False)
    """
    parts = text.split("-")
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(set(part) <= _HEX for part in parts)


def is_date(text: str) -> bool:
    """Whether it is a date of the calendar, as `Date` declares it.

    >>> is_date("2024-02-29"), is_date("2023-02-29")
    (True, False)
    """
    parts = text.split("-")
    if [len(part) for part in parts] != [4, 2, 2] or not all(set(part) <= _DIGITS for part in parts):
        return False
    try:
        date(*map(int, parts))
    except ValueError:
        return False
    return True


def is_date_time(text: str) -> bool:
    """Whether it is a date and time with its offset, as `DateTime` declares it.

    >>> is_date_time("2026-01-31T12:00:00Z"), is_date_time("2026-01-31T24:00:00Z")
    (True, False)
    """
    if len(text) < 20 or not text.isascii() or not is_date(text[:10]) or text[10] not in "Tt":
        return False
    clock, offset = text[11:19], text[19:]
    if offset.startswith("."):
        digits = re.match(r"[0-9]*", offset[1:])
        count = len(digits[0]) if digits else 0
        if not 1 <= count <= 9:
            return False
        offset = offset[1 + count :]
    if offset in ("Z", "z"):
        return _is_clock(clock)
    return _is_clock(clock) and len(offset) == 6 and offset[0] in "+-" and _is_clock(offset[1:] + ":00")


def _is_clock(text: str) -> bool:
    parts = text.split(":")
    if [len(part) for part in parts] != [2, 2, 2] or not all(set(part) <= _DIGITS for part in parts):
        return False
    hours, minutes, seconds = map(int, parts)
    return hours < 24 and minutes < 60 and seconds < 60
