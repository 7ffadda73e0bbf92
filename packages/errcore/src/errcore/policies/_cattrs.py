# SPDX-License-Identifier: MIT
"""The one file of this room that knows cattrs: plain data in, parts of a policy out.

cattrs walks the fields and finds the names that nobody knows. It converts no values: each part checks its own, and a
"3" that should be a 3 is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs
import cattrs
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError

from errcore.errors.stock import ConfigurationError
from errcore.jsonsafe import one_line

__all__ = ["part_from"]

T = TypeVar("T")

# The parts annotate with names that only type checkers import; here they mean that the value is taken as it is.
_NAMES: dict[str, Any] = {"Callable": Callable, "On": Any, "Any": Any, "Rate": Any}


def _as_it_is(value: Any, _type: Any) -> Any:
    return value


_converter = cattrs.Converter(forbid_extra_keys=True)
_converter.register_structure_hook_func(lambda cls: not attrs.has(cls), _as_it_is)
for _plain in (bool, float, int, str):  # which have hooks of their own, and would be converted
    _converter.register_structure_hook(_plain, _as_it_is)


def part_from(cls: type[T], table: dict[str, Any], place: str) -> T:
    """A part of a policy from plain data.

    Args:
        cls: Which part.
        table: Its settings by name.
        place: Where that stands, for messages.

    Raises:
        errcore.ConfigurationError: If a name is unknown, or a value makes no sense.
    """
    attrs.resolve_types(cls, localns=_NAMES)  # type: ignore[type-var]
    try:
        return _converter.structure(table, cls)
    except ClassValidationError as problem:
        raise ConfigurationError(_said(problem, cls, place)) from None


def _said(problem: ClassValidationError, cls: type[Any], place: str) -> str:
    for each in problem.exceptions:
        if isinstance(each, ConfigurationError):
            return f"{place}: {each.message}"
        if isinstance(each, ForbiddenExtraKeysError):
            known = ", ".join(field.alias for field in attrs.fields(cls) if field.init)
            unknown = ", ".join(sorted(one_line(name, 40) for name in each.extra_fields))
            return f"{place}: cannot use {unknown}, because {cls.__name__} has {known}; use these."
    return f"{place}: cannot make {cls.__name__}, because a setting is missing; see its documentation."
