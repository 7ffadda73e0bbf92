# SPDX-License-Identifier: MIT
"""The types of the fields of an attrs class, with what its type parameters stand for."""

from __future__ import annotations

import typing
from typing import Any, TypeVar, Union, get_args, get_origin

import attrs

from errcore.errors.refusals import own_annotations
from errcore.validation.defaults import MISSING
from errcore.validation.refusals import refusal

if typing.TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["hints_of"]


def hints_of(cls: type[Any], declared: Any) -> dict[str, Any]:
    """The types by the names of the attributes.

    Args:
        cls: An attrs class.
        declared: The same, or with arguments, such as `Page[Item]`.

    Raises:
        errcore.ConfigurationError: If a type is written as a name that is not known at run time.

    >>> import attrs
    >>> T = TypeVar("T")
    >>> @attrs.define
    ... class Page(typing.Generic[T]):
    ...     items: list[T]
    >>> hints_of(Page, Page[int])
    {'items': list[int]}
    """
    meanings = _meanings(cls, dict(zip(_parameters(cls), get_args(declared), strict=False)))
    hints = _hints(cls)
    found: dict[str, Any] = {}
    for owner in reversed(cls.__mro__):  # one parameter means this in one class, and that in another
        for name in own_annotations(owner):
            found[name] = _filled(hints[name], meanings.get(owner, {}))
    for attribute in attrs.fields(cls):  # `attr.ib(type=int)`, and what a transformer of fields says
        said: Any = attribute.type
        written = said is None or isinstance(said, str) or said == hints.get(attribute.name, MISSING)
        if not written and said != _annotation(cls, attribute.name):
            found[attribute.name] = said
    return found


def _annotation(cls: type[Any], name: str) -> Any:
    """What stands beside the name where it is declared last, as it was written."""
    return next(
        (own_annotations(owner)[name] for owner in cls.__mro__ if name in own_annotations(owner)), MISSING
    )


def _hints(cls: type[Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except NameError:
        pass
    try:  # a class inside a function knows at least itself
        return typing.get_type_hints(cls, localns={cls.__name__: cls}, include_extras=True)
    except NameError as problem:
        raise refusal(
            cls.__qualname__,
            f"the name {problem.name!r} is not known where the class stands",
            "import it at run time, too",
        ) from None


def _parameters(cls: type[Any]) -> tuple[Any, ...]:
    return getattr(cls, "__parameters__", ())


def _meanings(cls: type[Any], known: Mapping[Any, Any]) -> dict[type[Any], Mapping[Any, Any]]:
    """What each parameter stands for, by the class that has it."""
    found: dict[type[Any], Mapping[Any, Any]] = {cls: known}
    for base in cls.__dict__.get("__orig_bases__", cls.__bases__):
        origin = get_origin(base) or base
        if origin is not typing.Generic and origin is not object:
            given = [_filled(argument, known) for argument in get_args(base)]
            found = {**_meanings(origin, dict(zip(_parameters(origin), given, strict=False))), **found}
    return found


def _filled(hint: Any, meanings: Mapping[Any, Any]) -> Any:
    """A type with the meanings of its parameters; one without a meaning is what bounds it, or anything."""
    if isinstance(hint, TypeVar):
        return meanings[hint] if hint in meanings else _bound(hint)
    parameters = getattr(hint, "__parameters__", ())
    is_class = isinstance(hint, type) and get_origin(hint) is None
    if is_class or not parameters:
        return hint
    generic: Any = hint
    return generic[tuple(_filled(parameter, meanings) for parameter in parameters)]


def _bound(parameter: TypeVar) -> Any:
    if parameter.__constraints__:
        union: Any = Union
        return union[parameter.__constraints__]
    return Any if parameter.__bound__ is None else parameter.__bound__
