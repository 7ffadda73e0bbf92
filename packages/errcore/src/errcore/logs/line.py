# SPDX-License-Identifier: MIT
"""Fields as one line of JSON: a bounded number of bytes, pure ASCII, a line whatever they hold.

ASCII on purpose: no terminal, collector or file encoding can fail on it, and no character in it ends a line.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from errcore.jsonsafe import safe_text
from errcore.jsonsafe.encoding import encoder

if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = ["LONGEST", "line_of", "timestamp"]

LONGEST = 16_384
"""Bytes of a line at most, its end included."""

_encode = encoder(ascii_only=True)

_SPARE = ("traceback", "others", "causes", "extra", "fields", "internal", "issues", "details")
"""What a line that is too long gives up, in this order."""

_KEPT = (
    "timestamp",
    "level",
    "category",
    "event",
    "service",
    "code",
    "kind",
    "status",
    "error_id",
    "request_id",
    "trace_id",
)
_FRAMES = 8
_SCALAR = 96  # characters; at most 12 bytes each, so that the last resort always fits

_second: tuple[int, str] = (0, "1970-01-01T00:00:00")


def timestamp(seconds: float) -> str:
    """UTC in ISO 8601 with milliseconds.

    Args:
        seconds: Since the epoch.

    >>> timestamp(0.25)
    '1970-01-01T00:00:00.250Z'
    """
    global _second  # noqa: PLW0603 - the text of the latest second; a race costs one more formatting
    whole = int(seconds // 1)
    known, text = _second
    if known != whole:
        text = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        _second = (whole, text)
    return f"{text}.{int((seconds - whole) * 1000):03d}Z"


def line_of(fields: Mapping[str, Any]) -> str:
    r"""One line, with its end. Too long a line loses what matters least, and says what it lost.

    >>> line_of({"message": "two\nlines"})
    '{"message":"two\\nlines"}\n'
    """
    try:
        line = _encode(fields)
        if len(line) < LONGEST:
            return line + "\n"
        return _shortened(dict(fields))
    except (TypeError, ValueError, RecursionError):
        # Somebody's value is no JSON after all: the ids are worth more than nothing.
        return _last_resort(fields)


def _shortened(fields: dict[str, Any]) -> str:
    lost: list[str] = []
    frames: list[str] = fields.get("traceback", [])
    if len(frames) > _FRAMES:
        fields["traceback"] = frames[-_FRAMES:]  # the last ones are where it happened
        lost.append("traceback")
    for name in ("", *_SPARE):
        if fields.pop(name, None) is not None and name not in lost:
            lost.append(name)
        line = _encode({**fields, "truncated": lost})
        if len(line) < LONGEST:
            return line + "\n"
    return _last_resort(fields)


def _last_resort(fields: Mapping[str, Any]) -> str:
    kept = {name: safe_text(fields[name], _SCALAR) for name in _KEPT if name in fields}
    return _encode({**kept, "truncated": True}) + "\n"
