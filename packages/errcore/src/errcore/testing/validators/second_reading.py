# SPDX-License-Identifier: MIT
"""How a value is read, written a second time: what becomes of it, if it is of the declared type at all.

Nothing of the check under test is called, on purpose: what it takes for right would be right by definition.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import singledispatch
from typing import Any
from uuid import UUID

from errcore.testing.validators import text_forms
from errcore.testing.validators.json_values import is_row
from errcore.validation import shapes

__all__ = ["UNREAD", "literals", "read", "wrong_code"]

UNREAD: object = object()
"""What `read` gives for a value of the wrong type."""


def literals(shape: shapes.Exactly | shapes.Member) -> tuple[Any, ...]:
    """The few values that a shape takes."""
    if isinstance(shape, shapes.Exactly):
        return shape.values
    return tuple(member.value for member in _members(shape))


def _members(shape: shapes.Member) -> tuple[Any, ...]:
    found: Mapping[str, Any] = vars(shape.enum)["_member_map_"]
    return tuple(dict.fromkeys(found.values()))


def wrong_code(shape: shapes.Shape) -> str:
    """The code for a value of the wrong type."""
    if isinstance(shape, shapes.Exactly | shapes.Member):
        return "INVALID_CHOICE"
    if shape.kind in {"datetime", "date", "time"}:
        return "INVALID_DATE"
    return "INVALID_FORMAT" if shape.kind == "uuid" else "WRONG_TYPE"


def _or_unread(given: Any, is_one: bool) -> Any:
    return given if is_one else UNREAD


@singledispatch
def read(shape: Any, given: Any) -> Any:
    """The value of the declared type, or `UNREAD`.

    Args:
        shape: What it has to be.
        given: A value as JSON has it, or of the type itself.
    """
    return given


@read.register
def _(shape: shapes.Text, given: Any) -> Any:
    return given if isinstance(given, str) else UNREAD


@read.register
def _(shape: shapes.Whole, given: Any) -> Any:
    if shape.coerce and isinstance(given, str):
        return int(given) if re.fullmatch("-?[0-9]{1,4000}", given) else UNREAD
    if shape.coerce and isinstance(given, float):
        return int(given) if given.is_integer() else UNREAD
    return given if isinstance(given, int) and not isinstance(given, bool) else UNREAD


@read.register
def _(shape: shapes.Real, given: Any) -> Any:
    if shape.coerce and isinstance(given, str):
        given = float(given) if text_forms.is_decimal(given) else UNREAD
    if shape.as_given and isinstance(given, int) and not isinstance(given, bool):
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        try:
            return float(given) if float(given) == given else UNREAD
        except OverflowError:
            return UNREAD
    return given if isinstance(given, float) and math.isfinite(given) else UNREAD


@read.register
def _(shape: shapes.Truth, given: Any) -> Any:
    if shape.coerce and given in ("true", "false"):
        return given == "true"
    return given if given is True or given is False else UNREAD


@read.register
def _(shape: shapes.Null, given: Any) -> Any:
    return given if given is None else UNREAD


@read.register
def _(shape: shapes.Exactly, given: Any) -> Any:
    return given if any(type(given) is type(each) and given == each for each in shape.values) else UNREAD


@read.register
def _(shape: shapes.Member, given: Any) -> Any:
    for member in _members(shape):
        if given is member or (type(given) is type(member.value) and given == member.value):
            return member
    return UNREAD


@read.register
def _(shape: shapes.Items, given: Any) -> Any:
    is_one = isinstance(given, list | tuple | set | frozenset)
    return _or_unread(given, is_one)


@read.register
def _(shape: shapes.Row, given: Any) -> Any:
    return _or_unread(given, is_row(given) and len(given) == len(shape.items))


@read.register
def _(shape: shapes.Entries, given: Any) -> Any:
    return _or_unread(given, isinstance(given, Mapping))


@read.register
def _(shape: shapes.Record, given: Any) -> Any:
    is_one = shape.cls is not None and isinstance(given, shape.cls)
    return _or_unread(given, is_one or isinstance(given, Mapping))


@read.register
def _(shape: shapes.Again, given: Any) -> Any:
    return read(shape.record, given)


@read.register
def _(shape: shapes.Parsed, given: Any) -> Any:
    if isinstance(given, str):
        is_one, parse = _PARSED[shape.kind]
        return parse(given) if is_one(given) else UNREAD
    if shape.kind == "decimal" and (type(given) is int or (type(given) is float and math.isfinite(given))):
        return Decimal(given) if type(given) is int else Decimal(repr(given))
    return given if type(given) is shape.type else UNREAD


_PARSED: Mapping[str, tuple[Callable[[str], bool], Callable[[str], Any]]] = {
    "uuid": (text_forms.is_uuid, UUID),
    "datetime": (text_forms.is_date_time, lambda text: datetime.fromisoformat(text.upper())),
    "date": (text_forms.is_date, date.fromisoformat),
    "time": (text_forms.is_time, time.fromisoformat),
    "decimal": (text_forms.is_decimal, Decimal),
    "bytes": (text_forms.is_base64, base64.b64decode),
}
"""Of each kind of text that stands for a value: whether it is one, and which."""
