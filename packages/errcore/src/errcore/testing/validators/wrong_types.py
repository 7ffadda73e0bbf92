# SPDX-License-Identifier: MIT
"""Values of another type than the declared one, and which types that is."""

from __future__ import annotations

from typing import Any

from errcore.testing.validators.judging import normalised
from errcore.testing.validators.second_reading import UNREAD, literals, read, wrong_code
from errcore.validation import shapes

__all__ = ["WRONG", "kinds_of", "told_alone", "wrong_values"]

WRONG: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    7,
    -1,
    2.0,
    0.5,
    float("nan"),
    float("inf"),
    float("-inf"),
    2**53 + 1,
    10**400,
    "",
    "7",
    "2.0",
    "true",
    "x",
    "\ud800",
    [],
    ["x"],
    [None, None, None],
    {},
    {"a": 1},
)
"""A value of every type, for places where another type is declared."""


def wrong_values(value: shapes.Value) -> list[tuple[Any, str]]:
    """Values of the wrong type, with the code."""
    if isinstance(value.shape, shapes.Either):
        return _wrong_for_all(value)
    code = wrong_code(value.shape)
    return [
        (each, code)
        for each in WRONG
        if read(value.shape, normalised(value, each)) is UNREAD and not (each is None and value.nullable)
    ]


def _wrong_for_all(value: shapes.Value) -> list[tuple[Any, str]]:
    """Values of a type that no option is about; none where an option is about any type."""
    shape = value.shape
    options = shape.options if isinstance(shape, shapes.Either) else ()
    kinds = [kinds_of(option) for option in options]
    if None in kinds or value.normalizers:
        return []
    known = frozenset[type[Any]]().union(*(kind for kind in kinds if kind is not None))
    return [
        (each, "WRONG_TYPE")
        for each in WRONG
        if type(each) not in known and not (each is None and value.nullable)
    ]


_KINDS: dict[type[shapes.Shape], frozenset[type[Any]]] = {
    shapes.Text: frozenset({str}),
    shapes.Whole: frozenset({int}),
    shapes.Real: frozenset({int, float}),
    shapes.Truth: frozenset({bool}),
    shapes.Null: frozenset({type(None)}),
    shapes.Items: frozenset({list}),
    shapes.Row: frozenset({list}),
    shapes.Entries: frozenset({dict}),
    shapes.Record: frozenset({dict}),
    shapes.Again: frozenset({dict}),
}


def kinds_of(option: shapes.Value) -> frozenset[type[Any]] | None:
    """The types of JSON values that an option is about; None if of any."""
    shape = option.shape
    if option.normalizers or option.nullable or getattr(shape, "coerce", False):
        return None
    if isinstance(shape, shapes.Exactly | shapes.Member):
        return frozenset(map(type, literals(shape)))
    if isinstance(shape, shapes.Parsed):
        return frozenset({str, int, float}) if shape.kind == "decimal" else frozenset({str})
    return _KINDS.get(type(shape))


def told_alone(shape: shapes.Either, option: shapes.Value) -> bool:
    """Whether what is wrong with an option is told as it is: no other option is about values of its types."""
    if shape.tag is not None:
        return True
    own = kinds_of(option)
    others = [kinds_of(other) for other in shape.options if other is not option]
    return own is not None and all(other is not None and not own & other for other in others)
