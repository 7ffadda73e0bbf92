# SPDX-License-Identifier: MIT
"""How values are read by the generated check, where they are not of the exact type that JSON gives.

Each function takes anything and gives the value, of the exact type, or `WRONG`. Nothing is guessed and nothing is lost:
True is no integer, 2.0 is no 2, and a text is no number, unless the declaration asks for it.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

from errcore.errors.reading import kind_of
from errcore.validation.patterns import grammars

if TYPE_CHECKING:
    from enum import Enum

__all__ = [
    "PARSERS",
    "WRONG",
    "Wrong",
    "items",
    "loose_integer",
    "loose_number",
    "loose_truth",
    "mapping",
    "member_of",
    "number",
    "number_as_given",
    "record_of",
    "text",
    "whole",
]

_DIGITS = re.compile(r"-?[0-9]{1,4000}").fullmatch
_DECIMAL = re.compile(grammars.DECIMAL).fullmatch
_MOST_KEYS = 100_000  # of a mapping that is no dict, and may have no end


class Wrong:
    """The type of `WRONG`: the value cannot be read as this type."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "WRONG"


WRONG: Wrong = Wrong()
"""What a reader gives for a value that it cannot read."""


def text(value: Any) -> Any:
    """The text of a subclass of `str`.

    >>> text(7)
    WRONG
    """
    return str.__str__(value) if issubclass(type(value), str) else WRONG


def whole(value: Any) -> Any:
    """The integer of a subclass of `int`, which True is not.

    >>> whole(True)
    WRONG
    """
    kind = kind_of(value)
    return int.__index__(value) if issubclass(kind, int) and kind is not bool else WRONG


def number(value: Any) -> Any:
    """The finite float of a float or an integer.

    >>> number(2), number(float("nan")), number(2**53 + 1)
    (2.0, WRONG, WRONG)
    """
    kind = kind_of(value)
    if issubclass(kind, float):
        found = float.__float__(value)
    else:
        count = whole(value)
        if count is WRONG:
            return WRONG
        try:
            found = float(count)
        except OverflowError:
            return WRONG
        if found != count:
            return WRONG
    return found if math.isfinite(found) else WRONG


def number_as_given(value: Any) -> Any:
    """The integer, or the finite float.

    >>> number_as_given(2), number_as_given(2.5), number_as_given(True)
    (2, 2.5, WRONG)
    """
    count = whole(value)
    return number(value) if count is WRONG else count


def loose_integer(value: Any) -> Any:
    """An integer, a text of digits, or a float without a fraction.

    >>> loose_integer("-7"), loose_integer(7.0), loose_integer(7.5), loose_integer(True)
    (-7, 7, WRONG, WRONG)
    """
    kind = kind_of(value)
    if issubclass(kind, str):
        said = str.__str__(value)
        return _integer_of(said) if _DIGITS(said) else WRONG
    if issubclass(kind, float):
        found = float.__float__(value)
        return int(found) if found.is_integer() else WRONG
    return whole(value)


def _integer_of(digits: str) -> Any:
    try:
        return int(digits)
    except ValueError:  # longer than sys.set_int_max_str_digits allows
        return WRONG


def loose_number(value: Any) -> Any:
    """A number, or the text of one; an integer of which a float would lose digits is none.

    >>> loose_number("7.5"), loose_number("nan"), loose_number("9007199254740993")
    (7.5, WRONG, WRONG)
    """
    said = text(value)
    if said is WRONG:
        return number(value)
    if _DIGITS(said):
        return number(_integer_of(said))
    return number(float(said)) if _DECIMAL(said) else WRONG


def loose_truth(value: Any) -> Any:
    """True or False, or the text "true" or "false".

    >>> loose_truth("true"), loose_truth(1)
    (True, WRONG)
    """
    if value is True or value is False:
        return value
    said = text(value)
    return WRONG if said is WRONG else {"true": True, "false": False}.get(said, WRONG)


def mapping(value: Any) -> Any:
    """A plain dict of any mapping. Of a subclass of dict it is what is really inside; others are asked by their code.

    >>> mapping({"a": 1}), mapping([("a", 1)])
    ({'a': 1}, WRONG)
    """
    kind = kind_of(value)
    if kind is dict:
        return value
    try:
        if issubclass(kind, dict):
            return dict(list(dict[Any, Any].items(value)))
        if not issubclass(kind, Mapping):
            return WRONG
        keys: list[Any] = list(islice(iter(value), _MOST_KEYS + 1))
        return {key: value[key] for key in keys} if len(keys) <= _MOST_KEYS else WRONG
    except Exception:  # noqa: BLE001 - it is not what it says it is
        return WRONG


def items(value: Any) -> Any:
    """The members of a list, a tuple or a set, which has an order then: the same in every process.

    >>> items((1, 2)), items({"b", "a"}), items("ab")
    ([1, 2], ['a', 'b'], WRONG)
    """
    kind = kind_of(value)
    if issubclass(kind, list):
        return list[Any].copy(value)
    if issubclass(kind, tuple):
        return list(tuple[Any, ...].__iter__(value))
    if not issubclass(kind, set | frozenset):
        return WRONG
    members: list[Any] = list((set[Any] if issubclass(kind, set) else frozenset[Any]).__iter__(value))
    try:
        return sorted(members, key=_shown)
    except Exception:  # noqa: BLE001 - a member that cannot be shown; nothing that came in as JSON
        return WRONG


def _bytes(said: str) -> bytes:
    """Base64 with its padding (RFC 4648, section 4), which some versions of Python read with too much of it."""
    if len(said) % 4:
        raise ValueError
    return base64.b64decode(said, validate=True)


def _parser(kind: type[Any], grammar: str, parse: Callable[[str], Any]) -> Callable[[Any], Any]:
    match = re.compile(grammar).fullmatch

    def read(value: Any) -> Any:
        if type(value) is kind:
            return value if _is_whole(value) else WRONG
        if kind is Decimal and type(value) is int:
            return Decimal(value)
        if kind is Decimal and type(value) is float:
            return Decimal(repr(value)) if math.isfinite(value) else WRONG
        said = text(value)
        if said is WRONG or not match(said):
            return WRONG
        try:
            return parse(said)
        except (ValueError, InvalidOperation):
            return WRONG

    return read


def _is_whole(value: Any) -> bool:
    """A moment without its offset is half a moment, a time has none; a decimal that is no number is none."""
    if type(value) is datetime:
        try:
            return value.utcoffset() is not None
        except Exception:  # noqa: BLE001 - a time zone of somebody's
            return False
    if type(value) is time:
        return value.tzinfo is None
    return type(value) is not Decimal or value.is_finite()


def member_of(enum: type[Enum], members: Mapping[tuple[type[Any], Any], Any]) -> Callable[[Any], Any]:
    """A reader of the values of an enum, types included, and of its members.

    Args:
        enum: The enum.
        members: Its members, by type and value.
    """
    kinds = frozenset(kind for kind, _ in members)

    def read(value: Any) -> Any:
        kind = kind_of(value)
        if kind is enum:
            return value
        if kind not in kinds:
            return WRONG
        try:
            return members.get((kind, value), WRONG)
        except TypeError:  # a tuple of lists
            return WRONG

    return read


def _shown(member: Any) -> tuple[str, str]:
    return type(member).__name__, repr(member)


def record_of(cls: type[Any], attributes: Mapping[str, str]) -> Callable[[Any], Any]:
    """A reader of mappings, and of instances of a class, whose attributes are read.

    Args:
        cls: The class.
        attributes: The attribute that holds each field.
    """

    def read(value: Any) -> Any:
        if type(value) is not cls:
            return mapping(value)
        try:
            return {name: getattr(value, attribute) for name, attribute in attributes.items()}
        except Exception:  # noqa: BLE001 - a slot that is not set, or a property that fails
            return WRONG

    return read


PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "uuid": _parser(UUID, grammars.UUID, UUID),
    "datetime": _parser(datetime, grammars.MOMENT, lambda said: datetime.fromisoformat(said.upper())),
    "date": _parser(date, grammars.DATE, date.fromisoformat),
    "time": _parser(time, grammars.TIME, time.fromisoformat),
    "decimal": _parser(Decimal, grammars.DECIMAL, Decimal),
    "bytes": _parser(bytes, grammars.BASE64, _bytes),
}
"""The reader of each kind of text that stands for a value."""
