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

__all__ = ["chosen", "count", "refuse", "seconds", "share"]


def refuse(part: str, setting: str, value: object, because: str, instead: str) -> NoReturn:
    """Say which setting of which part is wrong, why, and what to pass.

    Raises:
        errcore.ConfigurationError: Always.
    """
    shown = one_line(repr(value) if type(value) in {str, int, float, bool} else value, 80)
    raise ConfigurationError(f"Cannot use {part}({setting}={shown}), because {because}; {instead}.")


def _is_number(value: object) -> bool:
    return type(value) in {int, float} and math.isfinite(value)  # type: ignore[arg-type]


def seconds(
    *, zero: bool = False, optional: bool = False
) -> Callable[[Any, attrs.Attribute[Any], Any], None]:
    """A validator for seconds: a finite number above 0.

    Args:
        zero: Whether 0 will do.
        optional: Whether None will do.
    """

    def check(part: Any, field: attrs.Attribute[Any], value: Any) -> None:
        if (optional and value is None) or (_is_number(value) and (value > 0 or (zero and value == 0))):
            return
        least = "0 or more" if zero else "more than 0"
        refuse(type(part).__name__, field.name, value, "it is a number of seconds", f"pass {least}")

    return check


def count(least: int = 1) -> Callable[[Any, attrs.Attribute[Any], Any], None]:
    """A validator for whole numbers from `least` on."""

    def check(part: Any, field: attrs.Attribute[Any], value: Any) -> None:
        if type(value) is not int or value < least:
            refuse(type(part).__name__, field.name, value, "it is a count", f"pass {least} or more")

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
