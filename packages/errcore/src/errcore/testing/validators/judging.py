# SPDX-License-Identifier: MIT
"""Whether a value satisfies what is declared: written a second time, slowly and plainly, without the code under test.

Only the value itself is judged, not what is inside of it, and rules of users are not asked. What is wanted here is that
two people who read the same declaration come to the same end.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import singledispatch
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from errcore import validation
from errcore.errors.stock import ConfigurationError
from errcore.testing.validators import text_forms
from errcore.testing.validators.json_values import copied, is_object, is_row
from errcore.testing.validators.second_reading import UNREAD, read, wrong_code
from errcore.validation import shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Verdict", "faults", "judge", "judged_as", "normalised", "twin_key"]

Verdict: TypeAlias = "tuple[str, bool]"  # the code, and whether it is a bound

_BOUND, _REST = True, False


def normalised(value: shapes.Value, given: Any) -> Any:
    """What the normalisers make of a copy; the copy itself where one fails, since that is for the laws to find."""
    made = copied(given)
    try:
        for normalise in value.normalizers:
            made = normalise(made)
    except Exception:  # noqa: BLE001 - code of users
        return copied(given)
    return made


def judge(value: shapes.Value, given: Any) -> tuple[str, ...]:
    """The codes of what is wrong with a value, as the declaration has it; not of what is inside.

    >>> from errcore.validation import Length, Range
    >>> age = shapes.Value(shapes.Whole(), constraints=(Range(18, 120),))
    >>> judge(age, 18), judge(age, 17), judge(age, True)
    ((), ('TOO_SMALL',), ('WRONG_TYPE',))
    """
    if given is None and value.nullable:
        return ()
    made = read(value.shape, normalised(value, given))
    if made is UNREAD:
        return (wrong_code(value.shape),)
    found = [verdict for constraint in value.constraints for verdict in faults(constraint, made, value.shape)]
    bounds = [code for code, is_bound in found if is_bound]
    return tuple(bounds[:1]) if bounds else tuple(code for code, _ in found)


def judged_as(value: shapes.Value, code: str) -> Callable[[Any], bool]:
    """Whether exactly one thing is wrong with a value, as a question to ask of documents.

    Args:
        value: What is declared.
        code: The code of that one thing.

    >>> judged_as(shapes.Value(shapes.Whole()), "WRONG_TYPE")("7")
    True
    """
    return lambda document: judge(value, document) == (code,)


@singledispatch
def faults(constraint: Any, made: Any, shape: shapes.Shape) -> list[Verdict]:
    """What a constraint says against a value of the right type: codes, and whether each is a bound.

    Args:
        constraint: The constraint. For a class of your own register a function here and at `examples_of`.
        made: The value.
        shape: What it is.

    Raises:
        errcore.ConfigurationError: If the class of the constraint is not known here.
    """
    name = type(constraint).__name__
    raise ConfigurationError(
        f"Cannot make test data, because nothing is known about the constraint {name}; write it as errcore.rule with "
        "examples, or register it at errcore.testing.validators.judging.faults and "
        "errcore.testing.validators.examples.examples_of."
    )


@faults.register
def _(constraint: validation.Secret, made: Any, shape: shapes.Shape) -> list[Verdict]:
    return []


@faults.register
def _(constraint: validation.Range, made: Any, shape: shapes.Shape) -> list[Verdict]:
    if isinstance(made, Decimal):  # which Python does not compare with fractions
        made = Fraction(made)
        constraint = attrs.evolve(
            constraint,
            **{name: _exact(getattr(constraint, name)) for name in ("min", "max", "above", "below")},
        )
    broken = (
        ("TOO_SMALL", constraint.min is not None and not made >= constraint.min),
        ("TOO_SMALL", constraint.above is not None and not made > constraint.above),
        ("TOO_LARGE", constraint.max is not None and not made <= constraint.max),
        ("TOO_LARGE", constraint.below is not None and not made < constraint.below),
    )
    return [(code, _BOUND) for code, is_broken in broken if is_broken]


def _exact(limit: Any) -> Fraction | None:
    return None if limit is None else Fraction(str(limit))


@faults.register
def _(constraint: validation.Length, made: Any, shape: shapes.Shape) -> list[Verdict]:
    size = len(made)
    if size < constraint.min:
        return [("TOO_SHORT", _BOUND)]
    return [("TOO_LONG", _BOUND)] if constraint.max is not None and size > constraint.max else []


@faults.register
def _(constraint: validation.MultipleOf, made: Any, shape: shapes.Shape) -> list[Verdict]:
    value, step = (Fraction(str(each)) for each in (made, constraint.step))
    return [] if value % step == 0 else [("NOT_A_MULTIPLE", _REST)]


@faults.register
def _(constraint: validation.Choices, made: Any, shape: shapes.Shape) -> list[Verdict]:
    known = any(type(made) is type(option) and made == option for option in constraint.options)
    return [] if known else [("INVALID_CHOICE", _REST)]


@faults.register
def _(constraint: validation.Unique, made: Any, shape: shapes.Shape) -> list[Verdict]:
    if isinstance(shape, shapes.Items) and shape.into in {set, frozenset}:
        return []
    item = shape.item if isinstance(shape, shapes.Items) else shapes.Value()
    keys = [twin_key(item, each) for each in made]
    return [("NOT_UNIQUE", _REST)] if len(set(keys)) < len(keys) else []


@faults.register
def _(constraint: validation.Pattern, made: Any, shape: shapes.Shape) -> list[Verdict]:
    if constraint.longest is not None and len(made) > constraint.longest:
        return [("TOO_LONG", _BOUND)]
    return [] if re.fullmatch(constraint.regex, made) else [("PATTERN_MISMATCH", _REST)]


@faults.register
def _(
    constraint: validation.Email | validation.Url | validation.Uuid | validation.Date | validation.DateTime,
    made: Any,
    shape: shapes.Shape,
) -> list[Verdict]:
    if isinstance(constraint, validation.Url):
        return [] if text_forms.is_url(made, constraint.schemes) else [("INVALID_FORMAT", _REST)]
    holds, code = _FORMS[type(constraint)]
    return [] if holds(made) else [(code, _REST)]


_FORMS: Mapping[type[Any], tuple[Callable[[str], bool], str]] = {
    validation.Email: (text_forms.is_email, "INVALID_FORMAT"),
    validation.Uuid: (text_forms.is_uuid, "INVALID_FORMAT"),
    validation.Date: (text_forms.is_date, "INVALID_DATE"),
    validation.DateTime: (text_forms.is_date_time, "INVALID_DATE"),
}


def twin_key(item: shapes.Value, given: Any) -> str:
    """What two items have in common exactly if they are twins once they are read.

    >>> twin_key(shapes.Value(), 1) == twin_key(shapes.Value(), 1.0) != twin_key(shapes.Value(), True)
    True
    """
    made = read(item.shape, normalised(item, given))
    if isinstance(made, datetime):
        return repr(made.timestamp())
    if isinstance(made, Decimal):
        return repr(Fraction(made))
    return json.dumps(_plain(made), sort_keys=True, default=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if is_row(value):
        return list(map(_plain, value))
    if is_object(value):
        return {str(key): _plain(each) for key, each in value.items()}
    return value
