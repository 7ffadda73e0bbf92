# SPDX-License-Identifier: MIT
"""Questions about values that take more than an operator: multiples as decimal fractions, and items that are equal."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import attrs

from errcore.errors.reading import kind_of

__all__ = ["has_twins", "is_multiple"]

_MOST_DEPTH = 64  # of lists in lists that are compared
_SCALARS = frozenset({str, int, float, bool, type(None), bytes, Decimal, UUID, datetime, date, time})
_NUMBER = "number"  # 1.0 is 1, as JSON has it


def is_multiple(value: Any, step: Any) -> bool:
    """Whether a number is a multiple of a step, as decimal fractions; in time that its exponent does not change.

    Args:
        value: A finite number.
        step: A finite number above 0.

    >>> is_multiple(0.3, 0.1), is_multiple(10**400, 0.5), is_multiple(Decimal("1e999999"), 7)
    (True, True, False)
    """
    digits, exponent = _decimal_parts(value)
    of, below = _decimal_parts(step)
    exponent -= below
    if exponent >= 0:
        return digits % of * pow(10, exponent, of) % of == 0
    if digits == 0:
        return True
    # A number of n digits is not divisible by 10**n.
    return -exponent <= digits.bit_length() and digits % (of * 10**-exponent) == 0


def _decimal_parts(value: Any) -> tuple[int, int]:
    """The digits and the exponent of a number as it is written; its sign is left out."""
    if isinstance(value, int):
        return abs(int(value)), 0
    _, digits, exponent = (value if isinstance(value, Decimal) else Decimal(repr(float(value)))).as_tuple()
    count = int(Decimal((0, digits, 0)))
    return count, int(exponent)


def has_twins(values: Any) -> bool:
    """Whether an item is there twice; 1 and True are two. What is no JSON is compared as the object that it is.

    >>> has_twins([1, True]), has_twins([{"a": [1]}, {"a": [1]}])
    (False, True)
    """
    numbers = _Numbers()
    seen: set[int] = set()
    for value in values:
        number_of = numbers.of(value, 0)
        if number_of in seen:
            return True
        seen.add(number_of)
    return False


class _Numbers:
    """Gives equal values the same number. Each container is looked at once, however often it is inside others."""

    __slots__ = ("_by_id", "_by_key")

    def __init__(self) -> None:
        self._by_key: dict[Any, int] = {}
        self._by_id: dict[int, int] = {}

    def of(self, value: Any, depth: int) -> int:
        kind = kind_of(value)
        if kind in _SCALARS:
            key: Any = (_NUMBER, value) if kind is int or kind is float else (kind, value)
        elif id(value) in self._by_id:
            return self._by_id[id(value)]
        elif depth >= _MOST_DEPTH:
            key = kind, id(value)
        else:
            key = self._key(value, kind, depth + 1)
        try:
            found = self._by_key.setdefault(key, len(self._by_key))
        except Exception:  # noqa: BLE001 - what cannot be hashed, such as a signalling NaN
            found = self._by_key.setdefault((kind, id(value)), len(self._by_key))
        if kind not in _SCALARS:
            self._by_id[id(value)] = found
        return found

    def _key(self, value: Any, kind: type[Any], depth: int) -> Any:
        if kind is list or kind is tuple:
            return list, tuple([self.of(each, depth) for each in value])
        if kind is dict:
            return dict, frozenset(
                [(self.of(name, depth), self.of(each, depth)) for name, each in value.items()]
            )
        if kind is set or kind is frozenset:
            return set, frozenset([self.of(each, depth) for each in value])
        fields = _fields_of(value, kind)
        if fields is None:
            return kind, id(value)
        return kind, tuple([self.of(each, depth) for each in fields])


def _fields_of(value: Any, kind: type[Any]) -> list[Any] | None:
    """What makes an instance of an attrs class equal to another; None if nothing does but being the same."""
    if not attrs.has(kind):
        return None
    try:
        return [getattr(value, field.name) for field in attrs.fields(kind) if field.eq]
    except Exception:  # noqa: BLE001 - a field that is not set, or code of somebody's
        return None
