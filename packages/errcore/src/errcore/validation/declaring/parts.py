# SPDX-License-Identifier: MIT
"""Records made of records: with a check more, with fewer fields, with those of another. Nothing is changed.

Of a part no class is made, which would miss what was left out: it becomes a dict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from errcore.errors.refusals import check_code
from errcore.validation import shapes
from errcore.validation.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["checked", "distinct", "merged", "optional", "picked"]


def checked(
    record: shapes.Record,
    fn: Callable[[Mapping[str, Any]], Any],
    code: str,
    message: str,
    fields: Iterable[str],
    valid: Callable[[], Any] | None = None,
    invalid: Callable[[], Any] | None = None,
) -> shapes.Check:
    """A check across fields of a record.

    Raises:
        errcore.ConfigurationError: If the code is none, or a field is not declared.
    """
    problem = check_code(code)
    if problem is not None:
        raise refusal("a check", problem, "give a code such as END_BEFORE_START")
    if not callable(fn):
        raise refusal(
            "a check", f"{type(fn).__name__} cannot be called", "give a function of the accepted values"
        )
    if not isinstance(message, str):
        raise refusal("a check", "its message is no text", "say what is wanted")
    known = [field.name for field in record.fields]
    names = tuple(fields)
    for name in names:
        if name not in known:
            raise refusal("a check", f"there is no field {name!r}", f"use {', '.join(known)}")
    return shapes.Check(fn, code, message, names, valid, invalid)


def distinct(fields: tuple[shapes.Field, ...]) -> tuple[shapes.Field, ...]:
    """The same fields, none of which takes the place of another in the result.

    Raises:
        errcore.ConfigurationError: If one does.
    """
    names: dict[str, str] = {}
    for field in fields:
        other = names.setdefault(field.result, field.name)
        if other != field.name:
            raise refusal(
                f"the field {field.name!r}", f"{other!r} becomes {field.result!r}, too", "rename one of them"
            )
    return fields


def picked(record: shapes.Record, names: Iterable[str], *, kept: bool = True) -> shapes.Record:
    """Some of the fields; checks that are about others go.

    Args:
        record: All of them.
        names: By the names that they have in the input.
        kept: Whether these stay, or all others.

    Raises:
        errcore.ConfigurationError: If one is not declared.
    """
    known = [field.name for field in record.fields]
    asked = list(names)
    for name in asked:
        if name not in known:
            raise refusal("a part of the validator", f"it has no field {name!r}", f"use {', '.join(known)}")
    fields = tuple(field for field in record.fields if (field.name in asked) is kept)
    left = {field.name for field in fields}
    gone = len(fields) < len(known)
    checks = tuple(
        check for check in record.checks if left.issuperset(check.fields) and (check.fields or not gone)
    )
    return _part(record, fields, checks)


def optional(record: shapes.Record) -> shapes.Record:
    """The same fields, each of which may be left out and has no default."""
    fields = tuple(attrs.evolve(field, required=False, default=shapes.MISSING) for field in record.fields)
    return _part(record, fields, tuple(check for check in record.checks if check.fields))


def merged(first: shapes.Record, second: shapes.Record) -> shapes.Record:
    """The fields and checks of both; of a field that both have, the second's.

    Raises:
        errcore.ConfigurationError: If two fields would become one.
    """
    fields = {field.name: field for field in (*first.fields, *second.fields)}
    return _part(first, distinct(tuple(fields.values())), (*first.checks, *second.checks))


def _part(
    record: shapes.Record, fields: tuple[shapes.Field, ...], checks: tuple[shapes.Check, ...]
) -> shapes.Record:
    return attrs.evolve(record, fields=fields, checks=checks, into=None, cls=None, attributes={})
