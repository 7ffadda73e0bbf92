# SPDX-License-Identifier: MIT
"""Limits of numbers, of moments and of lengths, and multiples. What cannot be compared is refused where it is declared."""

from __future__ import annotations

import math
import sys
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

import attrs

from errcore.validation.constraints.comparing import is_multiple
from errcore.validation.constraints.constraint import Constraint, Requirement
from errcore.validation.refusals import refusal

__all__ = ["Length", "MultipleOf", "Range"]


def _family(limit: Any) -> tuple[str, ...]:
    """The kinds of values that can be compared with a limit; none if it is no limit."""
    if isinstance(limit, datetime):  # which is a date, too
        return ("datetime",) if limit.utcoffset() is not None else ()
    if isinstance(limit, date):
        return ("date",)
    if isinstance(limit, time):
        return ("time",) if limit.tzinfo is None else ()
    if isinstance(limit, bool) or not isinstance(limit, int | float | Decimal | Fraction):
        return ()
    if isinstance(limit, Decimal):
        is_number = limit.is_finite()
    else:
        is_number = not isinstance(limit, float) or math.isfinite(limit)
    return ("number", "integer", "decimal") if is_number else ()


def _limit(name: str) -> Any:
    def check(_self: object, _attribute: object, value: Any) -> None:
        if value is not None and not _family(value):
            raise refusal(
                "Range",
                f"{name} is no finite number, no date, no datetime with its offset and no time without one",
                "give one, or leave it out",
            )

    return check


@attrs.frozen
class Range(Constraint):
    """Limits of a number, a date, a time, or a moment, which is a datetime with its offset.

    Where no type is declared, numbers imply a number, and the others their own type.

    Args:
        min: The least that is allowed.
        max: The most that is allowed.
        above: What the value must be greater than.
        below: What the value must be less than.

    Raises:
        errcore.ConfigurationError: If no value could satisfy it, a limit is none, or limits cannot be compared.

    >>> Range(18, 120)
    Range(min=18, max=120, above=None, below=None)
    """

    suits: ClassVar[tuple[str, ...]] = ("number", "integer", "decimal", "datetime", "date", "time")

    min: Any = attrs.field(default=None, validator=_limit("min"))
    max: Any = attrs.field(default=None, validator=_limit("max"))
    above: Any = attrs.field(default=None, validator=_limit("above"), kw_only=True)
    below: Any = attrs.field(default=None, validator=_limit("below"), kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.min is self.max is self.above is self.below is None:
            raise refusal("Range", "it has no limit", "give min, max, above or below")
        limits = [each for each in (self.min, self.max, self.above, self.below) if each is not None]
        if len({_family(limit) for limit in limits}) > 1:
            raise refusal(
                "Range", "its limits are of different types", "give numbers, or moments of one type"
            )
        for least in (self.min, self.above):
            for most in (self.max, self.below):
                if least is not None and most is not None and least > most:
                    raise refusal("Range", "its lower limit is above the upper one", "swap them")
                if least is not None and least == most and not (least is self.min and most is self.max):
                    raise refusal(
                        "Range", "nothing is between its limits", "use min and max, which are allowed"
                    )

    @property
    def takes(self) -> tuple[str, ...]:
        """The kinds that its limits can be compared with."""
        limits = (self.min, self.max, self.above, self.below)
        return _family(next(limit for limit in limits if limit is not None))

    def requirements(self, kind: str) -> tuple[Requirement, ...]:
        """Each limit."""
        asked = (
            ("v < limit", "TOO_SMALL", "min", ""),
            ("v <= limit", "TOO_SMALL", "above", "above"),
            ("v > limit", "TOO_LARGE", "max", ""),
            ("v >= limit", "TOO_LARGE", "below", "below"),
        )
        return tuple(
            Requirement(
                broken, code, {_PARAMS[name]: _told(limit)}, {"limit": _as(kind, limit)}, True, wording
            )
            for broken, code, name, wording in asked
            if (limit := getattr(self, name)) is not None
        )

    def schema(self, kind: str) -> dict[str, Any]:
        """`minimum` and its like; nothing for moments."""
        words = {
            "minimum": self.min,
            "maximum": self.max,
            "exclusiveMinimum": self.above,
            "exclusiveMaximum": self.below,
        }
        return {name: limit for name, limit in words.items() if isinstance(limit, int | float)}

    @property
    def has_exact_schema(self) -> bool:
        """Not for moments, which JSON Schema cannot compare, nor for limits that JSON cannot write."""
        limits = (self.min, self.max, self.above, self.below)
        return all(limit is None or isinstance(limit, int | float) for limit in limits)


def _as(kind: str, limit: Any) -> Any:
    """A limit as values of the kind are written: 0.1 is a tenth for a float and for a decimal."""
    if kind == "decimal" and isinstance(limit, float):
        return Decimal(repr(float(limit)))
    if kind == "number" and isinstance(limit, Decimal | Fraction):
        return float(limit) if -_LARGEST <= limit <= _LARGEST else limit
    return limit


def _told(limit: Any) -> Any:
    """A limit for programs and people, as JSON can write it."""
    if isinstance(limit, int | float):
        return limit
    return limit.isoformat() if isinstance(limit, date | time) else str(limit)


_LARGEST = int(sys.float_info.max)
_PARAMS = {"min": "min", "max": "max", "above": "exclusive_min", "below": "exclusive_max"}


@attrs.frozen
class Length(Constraint):
    """Limits of a length: characters of a text, items of a list, keys of an object, bytes.

    Args:
        min: The least.
        max: The most; None for no limit.

    Raises:
        errcore.ConfigurationError: If no length could satisfy it.

    >>> Length(8, 64)
    Length(min=8, max=64)
    """

    suits: ClassVar[tuple[str, ...]] = ("string", "array", "object", "bytes")

    min: int = 0
    max: int | None = None

    def __attrs_post_init__(self) -> None:
        for limit in (self.min, self.max):
            if limit is not None and (type(limit) is not int or limit < 0):
                raise refusal(
                    "Length",
                    "a limit is no whole number of 0 or more",
                    "give min and max in characters or items",
                )
        if self.max is not None and self.min > self.max:
            raise refusal("Length", "min is above max", "swap them")

    def requirements(self, kind: str) -> tuple[Requirement, ...]:
        """The least, then the most."""
        asked: list[Requirement] = []
        if self.min:
            asked.append(
                Requirement("len(v) < limit", "TOO_SHORT", {"min": self.min}, {"limit": self.min}, True, kind)
            )
        if self.max is not None:
            asked.append(
                Requirement("len(v) > limit", "TOO_LONG", {"max": self.max}, {"limit": self.max}, True, kind)
            )
        return tuple(asked)

    def schema(self, kind: str) -> dict[str, Any]:
        """`minLength`, `minItems` or `minProperties`, and the like; nothing for bytes, which JSON writes as text."""
        if kind == "bytes":
            return {}
        noun = {"array": "Items", "object": "Properties"}.get(kind, "Length")
        least = {f"min{noun}": self.min} if self.min else {}
        return least if self.max is None else {**least, f"max{noun}": self.max}


@attrs.frozen
class MultipleOf(Constraint):
    """Multiples of a step, in decimal: 0.3 is a multiple of 0.1.

    Args:
        step: Above 0.

    Raises:
        errcore.ConfigurationError: If the step is no number above 0.

    >>> MultipleOf(5)
    MultipleOf(step=5)
    """

    suits: ClassVar[tuple[str, ...]] = ("number", "integer", "decimal")

    step: Any

    def __attrs_post_init__(self) -> None:
        if "number" not in _family(self.step) or isinstance(self.step, Fraction) or self.step <= 0:
            raise refusal("MultipleOf", "the step is no finite number above 0", "give one")

    def requirements(self, kind: str) -> tuple[Requirement, ...]:
        """The one question."""
        if kind == "integer" and type(self.step) is int:
            return (
                Requirement("v % step", "NOT_A_MULTIPLE", {"multiple_of": self.step}, {"step": self.step}),
            )
        names = {"step": self.step, "is_multiple": is_multiple}
        return (
            Requirement(
                "not is_multiple(v, step)", "NOT_A_MULTIPLE", {"multiple_of": _told(self.step)}, names
            ),
        )

    def schema(self, kind: str) -> dict[str, Any]:
        """`multipleOf`."""
        return {"multipleOf": float(self.step) if isinstance(self.step, Decimal) else self.step}

    @property
    def has_exact_schema(self) -> bool:
        """Whether the step is whole: others check fractions with rounding."""
        return type(self.step) is int
