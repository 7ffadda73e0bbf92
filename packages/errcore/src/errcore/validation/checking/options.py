# SPDX-License-Identifier: MIT
"""One of several, and what only a hook of the user can read: decided while the check runs, not when it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from errcore.errors.reading import kind_of
from errcore.validation import shapes
from errcore.validation.checking.reading import WRONG, mapping
from errcore.validation.checking.source import step
from errcore.validation.tags import literals_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from errcore.validation.checking.findings import Findings, Template

__all__ = ["Alternatives", "alternatives", "choose"]

_NATURAL: Mapping[type[shapes.Shape], frozenset[type[Any]]] = {
    shapes.Text: frozenset({str}),
    shapes.Whole: frozenset({int}),
    shapes.Real: frozenset({int, float}),
    shapes.Truth: frozenset({bool}),
    shapes.Null: frozenset({type(None)}),
    shapes.Items: frozenset({list, tuple, set, frozenset}),
    shapes.Row: frozenset({list, tuple}),
}
_OBJECTS = (shapes.Record, shapes.Again, shapes.Entries)
_SCALARS = frozenset({str, int, float, bool, type(None)})
_PLAIN = frozenset({str, int, float, bool, type(None), list, dict})  # what JSON gives


@attrs.frozen
class Alternatives:
    """How one of several is chosen.

    Attributes:
        natural: For each option the types of value that it is about; None where that cannot be said.
        tag: The key whose literal tells records apart.
        by_tag: The index of the option, by type and value of that literal.
        none: What to tell if no option is about this type of value.
        no_tag: What to tell if the key is not there.
        bad_tag: What to tell if its literal is not known.
    """

    natural: tuple[frozenset[type[Any]] | None, ...]
    tag: str | None
    by_tag: Mapping[tuple[type[Any], Any], int]
    none: Template
    no_tag: Template
    bad_tag: Template


def alternatives(shape: shapes.Either, template: Callable[..., Template]) -> Alternatives:
    """How the options of a shape are chosen between.

    Args:
        shape: The options.
        template: Makes what is told.
    """
    tag = shape.tag
    by_tag: dict[tuple[type[Any], Any], int] = {
        (type(literal), literal): index
        for index, option in enumerate(shape.options)
        for literal in (literals_of(option, tag) if tag is not None else ())
    }
    kinds = list(dict.fromkeys(option.shape.kind for option in shape.options))
    return Alternatives(
        tuple(map(_natural, shape.options)),
        tag,
        by_tag,
        template("WRONG_TYPE", "union", {"kinds": kinds}),
        template("REQUIRED"),
        template("INVALID_CHOICE", "", {"choices": [literal for _, literal in by_tag]}),
    )


def _natural(option: shapes.Value) -> frozenset[type[Any]] | None:
    if option.normalizers or option.nullable or getattr(option.shape, "coerce", False):
        return None
    kinds: list[type[Any]]
    if isinstance(option.shape, _OBJECTS):
        cls = getattr(option.shape, "cls", None)
        return frozenset({dict}) if cls is None else frozenset({dict, getattr(cls, "__origin__", cls)})
    if isinstance(option.shape, shapes.Exactly):
        return frozenset(map(type, option.shape.values))
    if isinstance(option.shape, shapes.Member):
        members: Any = option.shape.enum
        kinds = [option.shape.enum, *(type(member.value) for member in members)]
        return frozenset(kinds)
    if isinstance(option.shape, shapes.Parsed):
        kinds = [str, option.shape.type, *((int, float) if option.shape.kind == "decimal" else ())]
        return frozenset(kinds)
    return _NATURAL.get(type(option.shape))


def choose(
    value: Any,
    told: Findings,
    at: str,
    asked: Alternatives,
    options: Sequence[Callable[[Any, Findings, str], Any]],
) -> Any:
    """What the first option that accepts makes of a value; otherwise the issues of the one that came closest.

    Args:
        value: What was given.
        told: The issues so far.
        at: Where it is.
        asked: How to choose.
        options: The checks.
    """
    if asked.tag is not None:
        return _by_tag(value, told, at, asked, options)
    closest: Findings | None = None
    kind = kind_of(value)
    for natural, option in zip(asked.natural, options, strict=True):
        if natural is not None and kind in _PLAIN and kind not in natural:
            continue  # subclasses and the like are left to the option
        trial = told.trial()
        result = option(value, trial, at)
        if not trial:
            return result
        if closest is None or _distance(trial) < _distance(closest):
            closest = trial
    if closest is None:
        told.note(at, asked.none)
    else:
        told.take(closest)
    return value


def _distance(trial: Findings) -> tuple[bool, int, int]:
    """How far a value is from an option: what is not even there counts most; a failure of ours must be told."""
    required = sum(issue is not None and issue.code == "REQUIRED" for issue in trial)
    return trial.crash is None, required, len(trial)


def _by_tag(
    value: Any,
    told: Findings,
    at: str,
    asked: Alternatives,
    options: Sequence[Callable[[Any, Findings, str], Any]],
) -> Any:
    kind = kind_of(value)
    for natural, option in zip(asked.natural, options, strict=True):
        if natural is not None and kind in natural and kind is not dict:
            return option(value, told, at)  # an instance of that very class
    record: Any = mapping(value)
    if record is WRONG:
        told.note(at, asked.none)
        return value
    tag: Any = asked.tag
    if tag not in record:
        told.note(at + step(tag), asked.no_tag)
        return value
    literal = record[tag]
    sort = kind_of(literal)
    index = asked.by_tag.get((sort, literal)) if sort in _SCALARS else None
    if index is None:
        told.note(at + step(tag), asked.bad_tag)
        return value
    return options[index](record, told, at)
