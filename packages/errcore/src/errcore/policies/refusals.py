# SPDX-License-Identifier: MIT
"""Settings that make no sense are refused where they are written, and say what would."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn

from errcore.errors.stock import ConfigurationError
from errcore.jsonsafe import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import attrs

__all__ = ["chosen", "count", "refuse", "seconds", "share", "shown"]

_SHOWN = 80  # characters of a value
_MOST = 1_000_000_000
_LONGEST = 1_000_000_000  # seconds: thirty years
_SHORTEST = 1e-6  # seconds; arithmetic with much less ends in divisions by zero


def shown(value: object) -> str:
    """A value as a message shows it: one line, and short, whatever it is.

    >>> shown("3"), shown(3)
    ("'3'", '3')
    """
    # Of nothing else the `repr`, which may be a stranger's, raise, or have too many digits.
    return one_line(repr(value) if type(value) is str else value, _SHOWN)


def refuse(part: str, setting: str, value: object, because: str, instead: str) -> NoReturn:
    """Say which setting of which part is wrong, why, and what to pass.

    Raises:
        errcore.ConfigurationError: Always.
    """
    raise ConfigurationError(f"Cannot use {part}({setting}={shown(value)}), because {because}; {instead}.")


def _is_number(value: object) -> bool:
    if type(value) is float:
        return math.isfinite(value)
    return type(value) is int


def seconds(
    *, zero: bool = False, optional: bool = False
) -> Callable[[Any, attrs.Attribute[Any], Any], None]:
    """A validator for seconds: a number above 0, from a microsecond to thirty years.

    Args:
        zero: Whether 0 will do.
        optional: Whether None will do.
    """

    def check(part: Any, field: attrs.Attribute[Any], value: Any) -> None:
        name = type(part).__name__
        if optional and value is None:
            return
        if not (_is_number(value) and (value > 0 or (zero and value == 0))):
            least = "0 or more" if zero else "more than 0"
            refuse(name, field.name, value, "it is a number of seconds", f"pass {least}")
        if value < _SHORTEST and not zero:
            refuse(name, field.name, value, "nothing is over that soon", f"pass {_SHORTEST:f} or more")
        if value > _LONGEST:
            refuse(name, field.name, value, "nobody waits that long", f"pass at most {_LONGEST} seconds")

    return check


def count(least: int = 1) -> Callable[[Any, attrs.Attribute[Any], Any], None]:
    """A validator for whole numbers from `least` on, up to a billion."""

    def check(part: Any, field: attrs.Attribute[Any], value: Any) -> None:
        name = type(part).__name__
        if type(value) is not int or value < least:
            refuse(name, field.name, value, "it is a count", f"pass {least} or more")
        if value > _MOST:
            refuse(name, field.name, value, "nobody counts that far", f"pass at most {_MOST}")

    return check


def share() -> Callable[[Any, attrs.Attribute[Any], Any], None]:
    """A validator for shares: above 0, at most 1."""

    def check(part: Any, field: attrs.Attribute[Any], value: Any) -> None:
        if not (_is_number(value) and 0 < value <= 1):
            refuse(
                type(part).__name__, field.name, value, "it is a share", "pass a number above 0 and at most 1"
            )

    return check


def chosen(choices: Collection[str]) -> Callable[[Any, attrs.Attribute[Any], Any], None]:
    """A validator for names from a closed list."""

    def check(part: Any, field: attrs.Attribute[Any], value: Any) -> None:
        if type(value) is not str or value not in choices:
            refuse(
                type(part).__name__,
                field.name,
                value,
                "there is no such choice",
                f"pass {' or '.join(map(repr, choices))}",
            )

    return check
