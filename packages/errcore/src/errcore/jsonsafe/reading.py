# SPDX-License-Identifier: MIT
"""What an object holds, read past its own methods: with those of the builtin base class, called unbound.

An object of another module's type (UUID, Path) is recognised without importing that module: there can only be one once
its module is in `sys.modules`.
"""

from __future__ import annotations

import enum
import sys
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from errcore.jsonsafe.texts import REDACTED, type_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "LISTED", "NOTHING", "SET_SCAN", "as_builtin", "contents", "dict_items", "dict_size", "fields", "kind_of", "members",
    "set_members",
]  # fmt: skip

NOTHING: Final = object()
"""What `as_builtin` gives for an object that is no simple value."""

SET_SCAN = 256
"""Members of a set that are looked at to find the first ones in order."""

kind_of: Callable[[object], type[Any]] = type
"""The real type, about which an object cannot lie as it can with `__class__`."""

dict_items: Callable[[Any], Iterable[tuple[Any, Any]]] = dict[Any, Any].items
dict_size: Callable[[Any], int] = dict[Any, Any].__len__

_list_slice: Callable[[Any, slice], list[Any]] = list[Any].__getitem__
_iterators: tuple[tuple[type[Any], Callable[[Any], Iterator[Any]], Callable[[Any], int]], ...] = (
    (tuple, tuple[Any, ...].__iter__, tuple[Any, ...].__len__),
    (deque, deque[Any].__iter__, deque[Any].__len__),
    (set, set[Any].__iter__, set[Any].__len__),
    (frozenset, frozenset[Any].__iter__, frozenset[Any].__len__),
)
_empty: dict[str, str] = {}
_VIEWS: tuple[type[Any], ...] = (type(_empty.keys()), type(_empty.values()), type(_empty.items()))

LISTED: tuple[type[Any], ...] = (list, tuple, deque, set, frozenset, *_VIEWS)
"""The types that are shown as a list."""

_LOADED_TYPES = (
    ("datetime", "datetime", "isoformat"),  # before date, its base class
    ("datetime", "date", "isoformat"),
    ("datetime", "time", "isoformat"),
    ("datetime", "timedelta", "total_seconds"),
    ("uuid", "UUID", "__str__"),
    ("decimal", "Decimal", "__str__"),
    ("pathlib", "PurePath", "__str__"),
)


def as_builtin(obj: Any, kind: type[Any]) -> Any:
    """Give the text, number or enum value that stands for a simple value; NOTHING for anything else."""
    if issubclass(kind, enum.Enum):
        return object.__getattribute__(obj, "_value_")
    if issubclass(kind, str):
        return str.__str__(obj)
    if issubclass(kind, int):
        return int.__int__(obj)
    if issubclass(kind, float):
        return float.__float__(obj)
    if issubclass(kind, bytes):
        return f"<bytes: {bytes.__len__(obj)}>"
    if issubclass(kind, bytearray):
        return f"<bytes: {bytearray.__len__(obj)}>"
    if kind is memoryview:
        return f"<bytes: {obj.nbytes}>"
    if issubclass(kind, BaseException):
        return type_mark(kind)
    for module, name, method in _LOADED_TYPES:
        known = getattr(sys.modules.get(module), name, None)
        if known is not None and issubclass(kind, known):
            return getattr(known, method)(obj)
    return NOTHING


def members(obj: Any, kind: type[Any], limit: int, rank: Callable[[Any], Any]) -> tuple[list[Any], int]:
    """Give the first members of anything in LISTED, those of a set ordered by `rank`, and how many members there are."""
    if issubclass(kind, list):
        return _list_slice(obj, slice(limit)), list[Any].__len__(obj)
    for known, iterate, size in _iterators:
        if issubclass(kind, known):
            if known is set or known is frozenset:
                found = list(islice(iterate(obj), max(limit, SET_SCAN)))
                return sorted(found, key=rank)[:limit], size(obj)
            return list(islice(iterate(obj), limit)), size(obj)
    return list(islice(obj, limit)), len(obj)


def set_members(obj: Any) -> list[Any]:
    """Give some members of a frozenset, in no order."""
    iterate: Callable[[Any], Iterator[Any]] = frozenset[Any].__iter__
    return list(islice(iterate(obj), SET_SCAN))


def fields(kind: type[Any]) -> tuple[Any, ...]:
    """Give the fields of an attrs class or a dataclass, in their order; none for any other class."""
    found: Any = getattr(kind, "__attrs_attrs__", None)
    if kind_of(found) is not type(None):
        return tuple(found)
    if hasattr(kind, "__dataclass_fields__"):
        return tuple(sys.modules["dataclasses"].fields(kind))
    return ()


def contents(obj: Any, known: tuple[Any, ...]) -> list[tuple[str, Any]]:
    """Give names and values of such fields; one that its class keeps out of its `repr` is hidden here, too."""
    found: list[tuple[str, Any]] = []
    for field in known:
        value: Any = REDACTED
        if field.repr is True:
            try:
                value = object.__getattribute__(obj, field.name)
            except Exception:  # noqa: BLE001 - a field that was never set, or a property in its place
                value = "<missing>"
        found.append((field.name, value))
    return found
