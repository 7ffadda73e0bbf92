# SPDX-License-Identifier: MIT
"""What an exception holds, read past its own methods.

A class may override attribute access, and its metaclass may too; the slots of BaseException and of `type` they cannot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore.errors.spec import ErrorSpec

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = [
    "arguments",
    "attributes",
    "cause",
    "class_attribute",
    "context",
    "exactly",
    "kind_of",
    "lineage",
    "members",
    "spec_of",
    "suppresses_context",
    "traceback",
    "value_of",
]

_slots: dict[str, Any] = dict(vars(BaseException))

attributes: Callable[[BaseException], dict[str, Any]] = _slots["__dict__"].__get__
"""The attributes of an exception."""

arguments: Callable[[BaseException], tuple[Any, ...]] = _slots["args"].__get__
"""Its `args`."""

cause: Callable[[BaseException], BaseException | None] = _slots["__cause__"].__get__
"""What it was raised from."""

context: Callable[[BaseException], BaseException | None] = _slots["__context__"].__get__
"""What was being handled when it was raised."""

suppresses_context: Callable[[BaseException], bool] = _slots["__suppress_context__"].__get__
"""Whether it was raised `from` something, or from None."""

traceback: Callable[[BaseException], TracebackType | None] = _slots["__traceback__"].__get__
"""Where it went through."""

members: Callable[[BaseException], tuple[BaseException, ...]] = vars(BaseExceptionGroup)["exceptions"].__get__
"""The members of a group."""

lineage: Callable[[type[Any]], tuple[type[Any], ...]] = vars(type)["__mro__"].__get__
"""The class and what it inherits from, nearest first."""


kind_of: Callable[[object], type[Any]] = type
"""The type of a value, about which it cannot lie as it can with `__class__`."""


def exactly(kind: type[Any], value: object) -> bool:
    """Whether the type of a value is `kind` and no subclass of it, nor one that says it is."""
    return type(value) is kind


def class_attribute(cls: type[Any], name: str) -> Any:
    """An attribute of a class, own or inherited; None where it has none, whatever its metaclass does."""
    try:
        return type.__getattribute__(cls, name)
    except Exception:  # noqa: BLE001 - it has none, or its metaclass has ideas of its own
        return None


def spec_of(cls: type[Any]) -> ErrorSpec | None:
    """The spec of a declared error's class; None for any other class."""
    found = class_attribute(cls, "spec")
    return found if type(found) is ErrorSpec else None


def value_of(exc: object, name: str) -> object:
    """An attribute from wherever it is kept, past the class's own ideas about attributes; None where there is none."""
    try:
        return object.__getattribute__(exc, name)
    except AttributeError:
        return None
