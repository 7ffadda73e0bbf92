# SPDX-License-Identifier: MIT
"""The type of a value, as a condition in the generated lines, and what is told of a value of another type."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any

from errcore.validation import shapes
from errcore.validation.checking import reading
from errcore.validation.checking.source import Source

if TYPE_CHECKING:
    from errcore.validation.checking.findings import Template

__all__ = ["readable", "wrong_type"]


@singledispatch
def readable(shape: Any, source: Source, v: str) -> str | None:
    """A condition under which a value is of the type, and that makes it exactly so; None if there is none.

    Args:
        shape: The type.
        source: Where the condition will stand.
        v: The variable that holds the value.
    """
    return None


@readable.register
def _(shape: shapes.Text, source: Source, v: str) -> str:
    return f"type({v}) is str or ({v} := text({v})) is not WRONG"


@readable.register
def _(shape: shapes.Whole, source: Source, v: str) -> str:
    read = source.named("p", reading.loose_integer if shape.coerce else reading.whole)
    return f"type({v}) is int or ({v} := {read}({v})) is not WRONG"


@readable.register
def _(shape: shapes.Real, source: Source, v: str) -> str:
    if shape.as_given:
        read = source.named("p", reading.number_as_given)
        return f"type({v}) is int or ({v} := {read}({v})) is not WRONG"
    read = source.named("p", reading.loose_number if shape.coerce else reading.number)
    return f"type({v}) is float and -INF < {v} < INF or ({v} := {read}({v})) is not WRONG"


@readable.register
def _(shape: shapes.Truth, source: Source, v: str) -> str:
    if not shape.coerce:
        return f"{v} is True or {v} is False"
    return f"({v} := {source.named('p', reading.loose_truth)}({v})) is not WRONG"


@readable.register
def _(shape: shapes.Null, source: Source, v: str) -> str:
    return f"{v} is None"


@readable.register
def _(shape: shapes.Parsed, source: Source, v: str) -> str:
    return f"({v} := {source.named('p', reading.PARSERS[shape.kind])}({v})) is not WRONG"


@readable.register
def _(shape: shapes.Member, source: Source, v: str) -> str:
    members: dict[tuple[type[Any], Any], Any] = {
        (type(each.value), each.value): each for each in _members(shape)
    }
    return f"({v} := {source.named('p', reading.member_of(shape.enum, members))}({v})) is not WRONG"


@readable.register
def _(shape: shapes.Exactly, source: Source, v: str) -> str:
    values: list[tuple[type[Any], Any]] = [(type(value), value) for value in shape.values]
    known = source.named("c", frozenset(values))
    kinds = source.named("c", frozenset(kind for kind, _ in values))
    return f"type({v}) in {kinds} and (type({v}), {v}) in {known}"


@readable.register
def _(shape: shapes.Items, source: Source, v: str) -> str:
    return f"type({v}) is list or ({v} := items({v})) is not WRONG"


@readable.register
def _(shape: shapes.Row, source: Source, v: str) -> str:
    return f"(type({v}) is list or ({v} := items({v})) is not WRONG) and len({v}) == {len(shape.items)}"


@readable.register
def _(shape: shapes.Entries, source: Source, v: str) -> str:
    return f"type({v}) is dict or ({v} := mapping({v})) is not WRONG"


@readable.register
def _(shape: shapes.Record, source: Source, v: str) -> str:
    read = (
        "mapping" if shape.cls is None else source.named("p", reading.record_of(shape.cls, shape.attributes))
    )
    return f"type({v}) is dict or ({v} := {read}({v})) is not WRONG"


def wrong_type(source: Source, shape: shapes.Shape) -> Template:
    """What is told of a value that is not of the type.

    Args:
        source: Whose words they are.
        shape: The type.
    """
    if isinstance(shape, shapes.Exactly | shapes.Member):
        choices = list(_literals(shape))
        return source.template("INVALID_CHOICE", params={"choices": choices})
    if shape.kind in {"datetime", "date", "time"}:
        wording = {"datetime": "date-time"}.get(shape.kind, shape.kind)
        return source.template("INVALID_DATE", wording, {"format": wording})
    if shape.kind == "uuid":
        return source.template("INVALID_FORMAT", "uuid", {"format": "uuid"})
    return source.template("WRONG_TYPE", shape.kind, {"type": shape.kind})


def _literals(shape: shapes.Exactly | shapes.Member) -> tuple[Any, ...]:
    return (
        shape.values if isinstance(shape, shapes.Exactly) else tuple(each.value for each in _members(shape))
    )


def _members(shape: shapes.Member) -> list[Any]:
    enum: Any = shape.enum
    return list(enum)
