# SPDX-License-Identifier: MIT
"""Documents in which something inside is broken: an item, a key, a field, an option."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import singledispatch
from typing import Any, TypeAlias

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from errcore import validation
from errcore.testing.validators.drawing import exists
from errcore.testing.validators.json_values import without
from errcore.testing.validators.judging import judge, judged_as
from errcore.testing.validators.marked import Broken, as_it_is
from errcore.testing.validators.places import named, step
from errcore.testing.validators.scalars import is_unique, shaped, sizes
from errcore.testing.validators.valid import check_examples, documents, keys_of, undeclared
from errcore.testing.validators.wrong_types import kinds_of, told_alone
from errcore.validation import shapes

__all__ = ["breaks_inside"]

_MOST_ITEMS = 1000

Ways: TypeAlias = Iterator[SearchStrategy[Broken]]


def _breaks(value: shapes.Value, depth: int, kinds: frozenset[type[Any]] | None = None) -> Ways:
    from errcore.testing.validators.broken import breaks  # which breaks what is around

    return breaks(value, depth, kinds)


def _moved(broken: Broken, document: Any, pointer: str) -> Broken:
    return Broken(document, pointer + broken.pointer, broken.code)


@singledispatch
def breaks_inside(shape: Any, value: shapes.Value, depth: int) -> Ways:
    """The ways in which something inside can be broken, with pointers below the value's own.

    Args:
        shape: What the value is.
        value: The value.
        depth: How many records it is inside of, of those that hold themselves.
    """
    yield from ()


@breaks_inside.register
def _(shape: shapes.Items, value: shapes.Value, depth: int) -> Ways:
    yield from _of_size(value, depth)
    least, most = sizes(value)
    item = documents(shape.item, depth)
    if item is not None and is_unique(value):
        few = max(least - 1, 1)
        lists: SearchStrategy[list[Any]] = st.lists(item, min_size=few, max_size=few + 2)
        twins = lists.map(_with_twin).filter(lambda each: judge(value, each) == ("NOT_UNIQUE",))
        if exists(twins):
            yield twins.map(as_it_is("NOT_UNIQUE"))
    if most != 0:
        for broken in _breaks(shape.item, depth):
            yield _one_item(value, item, broken, max(least - 1, 0))


def _with_twin(items: list[Any]) -> list[Any]:
    return [*items, items[0]]


def _one_item(
    value: shapes.Value, item: SearchStrategy[Any] | None, broken: SearchStrategy[Broken], few: int
) -> SearchStrategy[Broken]:
    others: SearchStrategy[list[Any]] = st.builds(list[Any])
    if item is not None:
        others = st.lists(item, min_size=few, max_size=few + 2)
    parts = st.tuples(others, broken, st.integers(0, few + 2))
    return parts.map(_inserted).filter(lambda each: "TOO_LONG" not in judge(value, each.document))


def _inserted(parts: tuple[list[Any], Broken, int]) -> Broken:
    others, bad, place = parts
    place = min(place, len(others))
    return _moved(bad, [*others[:place], bad.document, *others[place:]], f"/{place}")


def _of_size(value: shapes.Value, depth: int) -> Ways:
    """Too few and too many, in lists and objects whose keys are data."""
    least, most = sizes(value)
    asked = [("TOO_SHORT", least - 1)] if least > 0 else []
    asked += [("TOO_LONG", most + 1)] if most is not None else []
    for code, size in asked:
        plain = attrs.evolve(value, constraints=(validation.Length(size, size),), rules=(), normalizers=())
        made = shaped(value.shape, plain, depth) if size <= _MOST_ITEMS else None
        if made is not None:
            yield made.filter(judged_as(value, code)).map(as_it_is(code))


@breaks_inside.register
def _(shape: shapes.Row, value: shapes.Value, depth: int) -> Ways:
    places = [found for item in shape.items if (found := documents(item, depth)) is not None]
    if len(places) < len(shape.items):
        return
    for index, declared in enumerate(shape.items):
        for broken in _breaks(declared, depth):
            parts: list[SearchStrategy[Any]] = [*places[:index], broken, *places[index + 1 :]]
            yield st.tuples(*parts).map(_row(index))


def _row(index: int) -> Callable[[tuple[Any, ...]], Broken]:
    def made(parts: tuple[Any, ...]) -> Broken:
        bad: Broken = parts[index]
        return _moved(bad, [*parts[:index], bad.document, *parts[index + 1 :]], f"/{index}")

    return made


@breaks_inside.register
def _(shape: shapes.Entries, value: shapes.Value, depth: int) -> Ways:
    yield from _of_size(value, depth)
    key, item = keys_of(shape, depth), documents(shape.item, depth)
    least, most = sizes(value)
    if key is None or item is None or most == 0:
        return
    few = max(least - 1, 0)
    others: SearchStrategy[dict[Any, Any]] = st.dictionaries(
        key, item, min_size=few, max_size=few if most is not None else few + 2
    )
    for broken in _breaks(shape.item, depth):
        yield st.tuples(others, key, broken).filter(lambda parts: parts[1] not in parts[0]).map(_entry)
    for broken in _breaks(shape.key, depth, frozenset({str})):
        pairs = st.tuples(others, item, broken).filter(lambda parts: parts[2].document not in parts[0])
        yield pairs.map(_bad_key)


def _entry(parts: tuple[dict[Any, Any], Any, Broken]) -> Broken:
    others, key, bad = parts
    pointer = named(key) + bad.pointer if named(key) else ""
    return Broken({**others, key: bad.document}, pointer, bad.code)


def _bad_key(parts: tuple[dict[Any, Any], Any, Broken]) -> Broken:
    others, item, bad = parts
    return Broken({**others, bad.document: item}, named(bad.document), bad.code)


@breaks_inside.register
def _(shape: shapes.Again, value: shapes.Value, depth: int) -> Ways:
    if shaped(shape, value, depth) is not None:
        yield from breaks_inside(shape.record, attrs.evolve(value, shape=shape.record), depth + 1)


@breaks_inside.register
def _(shape: shapes.Either, value: shapes.Value, depth: int) -> Ways:
    for option in shape.options:
        if told_alone(shape, option):
            yield from _breaks(_untagged(option, shape.tag), depth, kinds_of(option) or frozenset({dict}))
        good = None if shape.tag is None else documents(option, depth)
        if shape.tag is not None and good is not None:
            yield good.map(_without(shape.tag))
            yield good.map(_with(shape.tag, Broken("no such tag", "", "INVALID_CHOICE")))


def _untagged(option: shapes.Value, tag: str | None) -> shapes.Value:
    """An option whose tag nobody breaks: another tag is another option."""
    record = shapes.record_of(option.shape)
    if tag is None or record is None:
        return option
    fields = tuple(_fixed(field) if field.name == tag else field for field in record.fields)
    return attrs.evolve(option, shape=attrs.evolve(record, fields=fields))


def _fixed(field: shapes.Field) -> shapes.Field:
    return attrs.evolve(field, value=attrs.evolve(field.value, shape=_Fixed(field.value.shape)))


@attrs.frozen
class _Fixed(shapes.Anything):
    """What is left as it is."""

    shape: shapes.Shape


@shaped.register
def _(shape: _Fixed, value: shapes.Value, depth: int) -> SearchStrategy[Any] | None:
    return shaped(shape.shape, value, depth)


def _without(name: str) -> Callable[[dict[str, Any]], Broken]:
    def made(document: dict[str, Any]) -> Broken:
        return Broken(without(document, name), step(name), "REQUIRED")

    return made


def _with(name: str, bad: Broken) -> Callable[[dict[str, Any]], Broken]:
    return lambda document: _moved(bad, {**document, name: bad.document}, step(name))


@breaks_inside.register
def _(shape: shapes.Record, value: shapes.Value, depth: int) -> Ways:
    good = shaped(shape, value, depth)
    if good is None:
        return
    for field in shape.fields:
        if field.required and not isinstance(field.value.shape, _Fixed):
            yield good.map(_without(field.name))
        for broken in _breaks(field.value, depth):
            yield st.tuples(good, broken).map(_field(field.name))
    if shape.extra == "forbid":
        yield st.tuples(good, st.sampled_from(undeclared(shape))).map(_undeclared)
    for check in shape.checks:
        yield st.tuples(good, check_examples(check, "invalid")).map(_against(check))


def _field(name: str) -> Callable[[tuple[Any, Broken]], Broken]:
    return lambda pair: _with(name, pair[1])(pair[0])


def _undeclared(pair: tuple[Any, str]) -> Broken:
    document, key = pair
    return Broken({**document, key: 1}, named(key), "UNKNOWN_FIELD")


def _against(check: shapes.Check) -> Callable[[tuple[Any, dict[str, Any]]], Broken]:
    pointer = step(check.fields[0]) if check.fields else ""
    return lambda pair: Broken({**pair[0], **pair[1]}, pointer, check.code)
