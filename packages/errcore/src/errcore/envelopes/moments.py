# SPDX-License-Identifier: MIT
"""A moment as a text and back: UTC in whole seconds, `2025-10-21T23:15:00Z` (RFC 3339)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

__all__ = ["seconds_of", "utc"]

_LONGEST = 40  # characters


def utc(seconds: float) -> str:
    """Seconds since the epoch as a text.

    >>> utc(1705314600.9)
    '2024-01-15T10:30:00Z'
    """
    return _second(int(seconds // 1))


@lru_cache(maxsize=16)  # the errors of one second share its text
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text: object) -> float | None:
    """Seconds since the epoch by a text; None if it is none, or names no zone: it could be any moment of a day.

    >>> seconds_of("2024-01-15T10:30:00Z"), seconds_of("2024-01-15T10:30:00"), seconds_of("soon")
    (1705314600.0, None, None)
    """
    if type(text) is not str or len(text) > _LONGEST:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.timestamp() if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
