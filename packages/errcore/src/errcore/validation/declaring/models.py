# SPDX-License-Identifier: MIT
"""The other front door: attrs classes, and the types of their fields, read into the tree."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Union, cast, get_args, get_origin
from uuid import UUID

import attrs

from errcore.validation import shapes
from errcore.validation.declaring.assembling import assembled
from errcore.validation.declaring.foreign import Override, override_of, parts_of_attrs, parts_of_metadata
from errcore.validation.declaring.hints import hints_of
from errcore.validation.refusals import refusal

__all__ = ["described", "value_of"]

_PLAIN: dict[Any, shapes.Shape] = {
    Any: shapes.Anything(),
    object: shapes.Anything(),
    str: shapes.Text(),
    int: shapes.Whole(),
    float: shapes.Real(),
    bool: shapes.Truth(),
    None: shapes.Null(),
    type(None): shapes.Null(),
    UUID: shapes.Parsed("uuid", UUID),
    datetime: shapes.Parsed("datetime", datetime),
    date: shapes.Parsed("date", date),
    time: shapes.Parsed("time", time),
    Decimal: shapes.Parsed("decimal", Decimal),
    bytes: shapes.Parsed("bytes", bytes),
}
_LISTS: dict[Any, type[Any]] = {
    list: list,
    set: set,
    frozenset: frozenset,
    tuple: tuple,
    Sequence: list,
    Iterable: list,
    AbstractSet: frozenset,
}
_ENTRIES = (dict, Mapping)
_ALIASES: Any = getattr(typing, "TypeAliasType", ())  # new in Python 3.12
_UNIONS = (Union, types.UnionType)
_MOST_CLASSES = 50  # inside of each other


def described(declared: Any, extra: str = "ignore", converter: Any = None) -> shapes.Value:
    """What a class or a type declares.

    Args:
        declared: An attrs class, or any type that a field of one could have.
        extra: What becomes of keys that a class does not declare; a converter that forbids them is obeyed.
        converter: A cattrs converter, for types and names that are not known here.

    Raises:
        errcore.ConfigurationError: If values of it cannot be checked.
    """
    if extra not in {"ignore", "forbid"}:
        raise refusal("the validator", f"extra={extra!r} is not known", "use ignore or forbid")
    if getattr(converter, "forbid_extra_keys", False):
        extra = "forbid"
    return _Reader(extra, converter).value(declared, getattr(declared, "__qualname__", "the type"))


def value_of(declared: Any, where: str) -> shapes.Value:
    """What a type declares, as one part of something else.

    Args:
        declared: The type.
        where: What messages call the place.
    """
    return _Reader("ignore", None).value(declared, where)


class _Reader:
    """Reads the types of one declaration."""

    __slots__ = ("_again", "_converter", "_extra", "_inside", "_known", "_records")

    def __init__(self, extra: str, converter: Any) -> None:
        self._extra = extra
        self._converter = converter
        # By the declared type, since two generic classes with other arguments are two classes.
        self._inside: list[Any] = []
        self._again: set[Any] = set()
        self._records: dict[Any, shapes.Record] = {}
        self._known: dict[Any, shapes.Record] = {}  # which do not hold themselves

    def value(self, declared: Any, where: str) -> shapes.Value:
        origin = get_origin(declared)
        if isinstance(declared, _ALIASES):
            return self.value(declared.__value__, where)  # pragma: no cover - new in Python 3.12
        if isinstance(declared, typing.NewType):
            read = self._foreign(declared, known=True)
            return self.value(declared.__supertype__, where) if read is None else shapes.Value(read)
        if origin is typing.Annotated:
            inner, *metadata = get_args(declared)
            return assembled(self.value(inner, where), parts_of_metadata(metadata, where), where)
        if origin in {typing.Required, typing.NotRequired, typing.Final, typing.ClassVar}:
            return self.value(get_args(declared)[0], where)
        if origin in _UNIONS:
            return self._union(get_args(declared), where)
        if origin is typing.Literal:
            return shapes.Value(shapes.Exactly(_literals(get_args(declared), where)))
        return shapes.Value(self._shape(declared, origin, where))

    def _shape(self, declared: Any, origin: Any, where: str) -> shapes.Shape:
        foreign = self._foreign(declared, known=True)
        if foreign is not None:
            return foreign
        kind = declared if origin is None else origin
        arguments = get_args(declared)
        if kind is tuple and arguments and arguments[-1] is not Ellipsis:
            return shapes.Row(tuple(self.value(each, where) for each in arguments))
        if kind in _LISTS:
            item = self.value(arguments[0], where) if arguments else shapes.Value()
            if _LISTS[kind] in {set, frozenset} and not _is_hashable(item):
                raise refusal(
                    where, f"a {kind.__name__} cannot hold {item.shape.kind}", "use a list with Unique()"
                )
            return shapes.Items(item, _LISTS[kind])
        if kind in _ENTRIES:
            key, item = map(lambda each: self.value(each, where), arguments or (str, Any))  # noqa: C417
            if not isinstance(key.shape, shapes.Text | shapes.Anything):
                raise refusal(where, "the keys of a JSON object are texts", "use dict[str, ...]")
            return shapes.Entries(attrs.evolve(key, shape=shapes.Text()), item)
        if declared in _PLAIN:
            return _PLAIN[declared]
        if isinstance(declared, type) and issubclass(declared, Enum):
            return _member(declared, where)
        cls: Any = kind
        if isinstance(cls, type) and attrs.has(cls):
            return self._class(cls, declared)
        foreign = self._foreign(declared, known=False)
        if foreign is not None:
            return foreign
        named: Any = cast("object", declared)
        name = getattr(named, "__qualname__", None) or str(named)
        raise refusal(
            where,
            f"values of the type {name} cannot be checked",
            "use an attrs class, or give a cattrs converter with a structure hook for it",
        )

    def _foreign(self, declared: Any, *, known: bool) -> shapes.Shape | None:
        if self._converter is None:
            return None
        from errcore.validation.declaring._cattrs import hook_for

        read = hook_for(self._converter, declared, known=known)
        return (
            None if read is None else shapes.Foreign(getattr(declared, "__qualname__", str(declared)), read)
        )

    def _union(self, options: tuple[Any, ...], where: str) -> shapes.Value:
        rest = [option for option in options if option is not type(None)]
        nullable = len(rest) < len(options)
        if len(rest) == 1:
            return attrs.evolve(self.value(rest[0], where), nullable=nullable)
        values = tuple(self.value(option, where) for option in rest)
        return shapes.Value(shapes.Either(values), nullable=nullable)

    def _class(self, cls: type[Any], declared: Any) -> shapes.Shape:
        if declared in self._inside:
            self._again.add(declared)
        if declared in self._inside or declared in self._records:
            return shapes.Again(declared, self._records)
        if declared in self._known:
            return self._known[declared]
        if len(self._inside) >= _MOST_CLASSES:
            raise refusal(cls.__qualname__, "it holds ever more classes", "give it a type that ends")
        self._inside.append(declared)
        record = self._record(cls, declared)
        self._inside.pop()
        if declared not in self._again:
            self._known[declared] = record
            return record
        self._records[declared] = record
        return shapes.Again(declared, self._records)

    def _record(self, cls: type[Any], declared: Any) -> shapes.Record:
        hints = hints_of(cls, declared)
        overrides = self._overrides(cls, declared)
        fields: list[shapes.Field] = []
        attributes: dict[str, str] = {}
        for attribute in attrs.fields(cls):
            hint = hints.get(attribute.name, Any)
            asked = override_of(attribute, hint, overrides.get(attribute.name))
            if not attribute.init or asked.omit:
                continue
            where = f"{cls.__qualname__}.{attribute.name}"
            value = self._attribute(attribute, hint, asked, where)
            if asked.key in attributes:
                raise refusal(where, f"another field is called {asked.key!r}, too", "rename one of them")
            needed = attribute.default is attrs.NOTHING
            fields.append(shapes.Field(asked.key, value, needed, attribute.alias))
            attributes[asked.key] = attribute.name
        return shapes.Record(tuple(fields), self._extra_of(declared), (), cls, cls, attributes)

    def _extra_of(self, declared: Any) -> str:
        if self._converter is None:
            return self._extra
        from errcore.validation.declaring._cattrs import forbids_others

        return "forbid" if forbids_others(self._converter, declared) else self._extra

    def _attribute(
        self, attribute: attrs.Attribute[Any], hint: Any, asked: Override, where: str
    ) -> shapes.Value:
        if asked.read is None:
            value = self.value(hint, where)
        else:
            read = shapes.Value(shapes.Foreign(attribute.name, asked.read))
            metadata = get_args(hint)[1:] if get_origin(hint) is typing.Annotated else ()
            value = assembled(read, parts_of_metadata(metadata, where), where)
        is_typed = not isinstance(value.shape, shapes.Anything)
        return assembled(value, parts_of_attrs(attribute, is_typed=is_typed), where)

    def _overrides(self, cls: type[Any], declared: Any) -> Mapping[str, Override]:
        if self._converter is None:
            return {}
        from errcore.validation.declaring._cattrs import overrides_for

        return overrides_for(self._converter, cls, declared)


def _literals(values: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    if not all(value is None or type(value) in {str, int, bool} for value in values):
        raise refusal(where, "a literal is no text, integer, truth value or None", "use an enum")
    return values


def _member(enum: type[Enum], where: str) -> shapes.Member:
    if not all(type(member.value) in {str, int, float, bool, type(None)} for member in enum):
        raise refusal(
            where,
            f"a member of {enum.__qualname__} has a value that is no text, number, truth value or None",
            "give a cattrs converter with a structure hook for it",
        )
    return shapes.Member(enum)


def _is_hashable(item: shapes.Value) -> bool:
    """Whether a set can hold what becomes of the items."""
    shape = item.shape
    if isinstance(shape, shapes.Record | shapes.Again):
        return getattr(getattr(shape.cls, "__origin__", shape.cls), "__hash__", None) is not None
    if isinstance(shape, shapes.Items):
        return shape.into in {tuple, frozenset} and _is_hashable(shape.item)
    if isinstance(shape, shapes.Row):
        return all(map(_is_hashable, shape.items))
    if isinstance(shape, shapes.Either):
        return all(map(_is_hashable, shape.options))
    return not isinstance(shape, shapes.Entries | shapes.Anything)
