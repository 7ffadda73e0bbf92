# SPDX-License-Identifier: MIT
"""How values are written as texts, once for all: fields of these types and constraints on texts read the same.

Each is the source of a regular expression for the whole text, which Python and ECMA-262 understand alike. A form is not
yet a value: which days a month has, the calendar says.
"""

from __future__ import annotations

__all__ = ["BASE64", "DATE", "DECIMAL", "MOMENT", "OFFSET", "TIME", "UUID"]

_HOUR_AND_MINUTE = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"

DATE: str = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
"""A date, such as 2026-01-31: `full-date` of RFC 3339, section 5.6."""

TIME: str = rf"{_HOUR_AND_MINUTE}:[0-5][0-9](?:\.[0-9]{{1,9}})?"
"""A time of the day, such as 12:00:00.5: `partial-time` of RFC 3339, section 5.6. At most nine digits, no leap seconds."""

OFFSET: str = rf"(?:[Zz]|[+-]{_HOUR_AND_MINUTE})"
"""How far a clock is from UTC, such as +02:00: `time-offset` of RFC 3339, section 5.6."""

MOMENT: str = rf"{DATE}[Tt]{TIME}{OFFSET}"
"""A date and time with its offset, such as 2026-01-31T12:00:00Z: `date-time` of RFC 3339, section 5.6."""

UUID: str = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
"""A UUID of any version, in its usual form: RFC 9562, section 4."""

DECIMAL: str = r"-?[0-9]{1,4000}(?:\.[0-9]{1,4000})?(?:[eE][+-]?[0-9]{1,3})?"
"""A number, such as -1.50e3: `number` of RFC 8259, section 6, with zeros before it allowed, and not without end."""

BASE64: str = r"[A-Za-z0-9+/]*={0,2}"
"""Bytes, with padding: RFC 4648, section 4. Whoever uses it looks at the length, too: a multiple of four.

Groups of four are not repeated here, since each round of a repeated group takes memory until the match is done.
"""
