# SPDX-License-Identifier: MIT
"""How records tell apart that are alternatives: by the literals of one key that all of them have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore.validation import shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["common_tag", "literals_of"]


def literals_of(option: shapes.Value, tag: str) -> tuple[Any, ...]:
    """The literals by which a record says that it is this one; none if it does not.

    Args:
        option: A record.
        tag: The key.
    """
    record = shapes.record_of(option.shape)
    for field in () if record is None else record.fields:
        value = field.value
        if field.name == tag and isinstance(value.shape, shapes.Exactly) and not value.normalizers:
            return (*value.shape.values, *((None,) if value.nullable else ()))
    return ()


def common_tag(options: Sequence[shapes.Value]) -> str | None:
    """The key by whose literals all these records can be told apart, if they have one.

    Args:
        options: Records, or something else, which has no such key.
    """
    record = shapes.record_of(options[0].shape)
    for field in () if record is None else record.fields:
        literals = [literals_of(option, field.name) for option in options]
        every: list[tuple[type[Any], Any]] = [
            (type(literal), literal) for each in literals for literal in each
        ]
        if all(literals) and len(set(every)) == len(every):
            return field.name
    return None
