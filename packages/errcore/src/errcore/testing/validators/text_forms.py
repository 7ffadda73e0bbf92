# SPDX-License-Identifier: MIT
"""The forms of texts that come ready, recognised by hand.

So an expression which is a little wrong is found by something that is not the same expression.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "is_base64",
    "is_date",
    "is_date_time",
    "is_decimal",
    "is_email",
    "is_time",
    "is_url",
    "is_uuid",
]

_DIGITS = frozenset("0123456789")
_HEX = _DIGITS | frozenset("abcdefABCDEF")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_ATOM = _LETTERS | _DIGITS | frozenset("!#$%&'*+/=?^_`{|}~-")
_HOST = _LETTERS | _DIGITS | {"-"}
_BASE64 = _LETTERS | _DIGITS | {"+", "/"}
_IN_URL = _LETTERS | _DIGITS | frozenset("._~!$&'()*+,;=:@/-")


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


def is_time(text: str) -> bool:
    """Whether it is a time of the day, without an offset, as fields of the type `time` take it.

    >>> is_time("12:00:00.5"), is_time("24:00:00")
    (True, False)
    """
    clock, dot, fraction = text.partition(".")
    parts = clock.split(":")
    if [len(part) for part in parts] != [2, 2, 2] or not all(set(part) <= _DIGITS for part in parts):
        return False
    hours, minutes, seconds = map(int, parts)
    is_clock = hours < 24 and minutes < 60 and seconds < 60
    return is_clock and (not dot or _is_digits(fraction, 9))


def is_date_time(text: str) -> bool:
    """Whether it is a date and time with its offset, as `DateTime` declares it.

    >>> is_date_time("2026-01-31T12:00:00Z"), is_date_time("2026-01-31T12:00:00+00:99")
    (True, False)
    """
    if not is_date(text[:10]) or text[10:11] not in {"T", "t"}:
        return False
    if text[-1] in "Zz":
        return is_time(text[11:-1])
    return text[-6] in "+-" and is_time(text[-5:] + ":00") and is_time(text[11:-6])


def is_decimal(text: str) -> bool:
    """Whether it is a decimal number, as fields of the type `Decimal` take it.

    >>> is_decimal("-1.50e3"), is_decimal("NaN")
    (True, False)
    """
    digits, mark, power = text.replace("E", "e").partition("e")
    whole, dot, fraction = digits.removeprefix("-").partition(".")
    is_power = not mark or _is_digits(power[1:] if power[:1] in {"+", "-"} else power, 3)
    return is_power and _is_digits(whole, 4000) and (not dot or _is_digits(fraction, 4000))


def _is_digits(text: str, most: int) -> bool:
    return 1 <= len(text) <= most and set(text) <= _DIGITS


def is_base64(text: str) -> bool:
    """Whether it is base64 with its padding, as fields of the type `bytes` take it.

    >>> is_base64("QQ=="), is_base64("QQ")
    (True, False)
    """
    data = text.rstrip("=")
    return len(text) % 4 == 0 and len(text) - len(data) <= 2 and set(data) <= _BASE64
