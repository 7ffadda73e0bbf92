# SPDX-License-Identifier: MIT
"""Parts of a declaration put together: each constraint finds out on what it stands, and refuses what does not suit it."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, cast

import attrs

from errcore.validation import shapes
from errcore.validation.constraints.choices import Choices, Secret
from errcore.validation.constraints.constraint import Constraint
from errcore.validation.constraints.nesting import Each, Nested
from errcore.validation.refusals import refusal
from errcore.validation.rules import AsyncRule, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["assembled", "shape_of_kind", "suits"]

_BY_KIND: dict[str, shapes.Shape] = {
    "string": shapes.Text(),
    "integer": shapes.Whole(),
    "number": shapes.Real(as_given=True),
    "boolean": shapes.Truth(),
    "null": shapes.Null(),
    "array": shapes.Items(shapes.Value()),
    "object": shapes.Entries(shapes.Value(shapes.Text()), shapes.Value()),
    "datetime": shapes.Parsed("datetime", datetime),
    "date": shapes.Parsed("date", date),
    "time": shapes.Parsed("time", time),
}
_BY_TYPE: dict[type[Any], str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
}


def shape_of_kind(kind: str) -> shapes.Shape:
    """The plain shape of a kind; anything where there is none.

    >>> shape_of_kind("string")
    Text()
    """
    return _BY_KIND.get(kind, shapes.Anything())


def suits(constraint: Constraint, shape: shapes.Shape) -> bool:
    """Whether a constraint can stand on a shape.

    >>> from errcore.validation import Length
    >>> suits(Length(1), shapes.Text()), suits(Length(1), shapes.Whole())
    (True, False)
    """
    return "any" in constraint.takes or shape.kind in {"any", "foreign", *constraint.takes}


def assembled(value: shapes.Value, parts: Iterable[Any], where: str) -> shapes.Value:
    """A value with more asked of it.

    Args:
        value: What is declared so far.
        parts: Constraints and rules, in the order in which they were given.
        where: What messages call the place.

    Raises:
        errcore.ConfigurationError: If one does not suit it.
    """
    for part in parts:
        value = _with(value, part, where)
    return value


def _with(value: shapes.Value, part: Any, where: str) -> shapes.Value:
    if isinstance(part, Each):
        return _with_items(value, part, where)
    if isinstance(part, Nested):
        if not isinstance(value.shape, shapes.Anything | shapes.Entries | shapes.Record):
            raise refusal(where, f"Nested suits an object, not {value.shape.kind}", "declare it a dict")
        if value.shape not in (shapes.Anything(), shape_of_kind("object")):
            raise refusal(where, "Nested would take the place of what is declared", "declare one of them")
        return _joined(value, part.value)
    if isinstance(part, Rule):
        return _with_rule(value, part, where)
    if isinstance(part, Constraint):
        return _with_constraint(value, part, where)
    if isinstance(part, AsyncRule):
        raise refusal(
            where, "a rule that waits cannot stand here", "give it to `with_async_rules` of the validator"
        )
    raise refusal(where, f"{type(part).__name__} is no constraint and no rule", "make one with errcore.rule")


def _with_items(value: shapes.Value, part: Each, where: str) -> shapes.Value:
    shape = value.shape
    if isinstance(shape, shapes.Anything):
        shape = shapes.Items(shapes.Value())
    if not isinstance(shape, shapes.Items):
        raise refusal(where, f"Each suits a list, not {shape.kind}", "declare it a list")
    return attrs.evolve(value, shape=attrs.evolve(shape, item=_inner(shape.item, part.of, where)))


def _inner(item: shapes.Value, parts: Iterable[Any], where: str) -> shapes.Value:
    from errcore.validation.declaring.builder import InputValidator
    from errcore.validation.declaring.models import value_of
    from errcore.validation.validator import Validator

    for part in parts:
        if isinstance(part, Validator | InputValidator):
            item = _with(item, Nested(cast("Validator[Any]", part)), where)
        elif isinstance(part, Constraint | Rule | AsyncRule):
            item = _with(item, part, where)
        else:
            if not isinstance(item.shape, shapes.Anything):
                raise refusal(
                    where, "the type in Each would take the place of the declared one", "leave it out"
                )
            item = _joined(item, value_of(part, where))
    return item


def _joined(value: shapes.Value, inner: shapes.Value) -> shapes.Value:
    """What is asked of a value already, on the shape of another, with what that asks."""
    return shapes.Value(
        inner.shape,
        value.nullable or inner.nullable,
        (*value.normalizers, *inner.normalizers),
        (*inner.constraints, *value.constraints),
        (*inner.rules, *value.rules),
        value.secret or inner.secret,
    )


def _with_rule(value: shapes.Value, rule: Rule, where: str) -> shapes.Value:
    wanted = None if rule.type is None else _BY_TYPE.get(rule.type)
    shape = value.shape
    if wanted is not None and isinstance(shape, shapes.Parsed):
        raise refusal(
            where,
            f"the rule {rule.name} takes {wanted}, and the value becomes a {shape.type.__name__}",
            f"let the rule take a {shape.type.__name__}",
        )
    if wanted is not None and isinstance(shape, shapes.Anything):
        shape = _BY_KIND[wanted]
    elif (
        wanted is not None
        and shape.kind in _BY_KIND
        and shape.kind != wanted
        and (shape.kind, wanted) != ("integer", "number")
    ):
        raise refusal(
            where, f"the rule {rule.name} takes {wanted}, and the value is {shape.kind}", "use another rule"
        )
    return attrs.evolve(value, shape=shape, rules=(*value.rules, rule))


def _with_constraint(value: shapes.Value, constraint: Constraint, where: str) -> shapes.Value:
    shape = value.shape
    if isinstance(shape, shapes.Anything):
        shape = _implied(constraint)
    if not suits(constraint, shape):
        kinds = " or ".join(constraint.takes)
        raise refusal(
            where,
            f"{type(constraint).__name__} suits {kinds}, and the value is {shape.kind}",
            "change one of them",
        )
    if isinstance(constraint, Secret):
        value = attrs.evolve(value, secret=True)
    return attrs.evolve(value, shape=shape, constraints=(*value.constraints, constraint))


def _implied(constraint: Constraint) -> shapes.Shape:
    """What a constraint says about the type where nothing else does."""
    if isinstance(constraint, Choices):
        kinds = constraint.kinds
        return shape_of_kind(next(iter(kinds))) if len(kinds) == 1 else shapes.Anything()
    return shape_of_kind(constraint.takes[0])
