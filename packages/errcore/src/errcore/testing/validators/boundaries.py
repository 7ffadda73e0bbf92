# SPDX-License-Identifier: MIT
"""The documents at the borders of what is declared, one by one: nothing here is left to chance."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import attrs
from hypothesis import strategies as st

from errcore import validation
from errcore.errors.stock import ConfigurationError
from errcore.testing.validators.corpora import PARSED
from errcore.testing.validators.declared import root_of
from errcore.testing.validators.drawing import smallest
from errcore.testing.validators.examples import MUTATIONS, examples_of, rule_borders
from errcore.testing.validators.json_values import copied, without
from errcore.testing.validators.judging import judge, normalised, twin_key
from errcore.testing.validators.marked import Boundary
from errcore.testing.validators.places import named, step
from errcore.testing.validators.scalars import is_unique, sizes
from errcore.testing.validators.second_reading import UNREAD, literals, read
from errcore.testing.validators.valid import documents, undeclared
from errcore.testing.validators.wrong_types import told_alone, wrong_values
from errcore.validation import shapes
from errcore.validation.shapes import MISSING

if TYPE_CHECKING:
    from errcore.testing.validators.declared import Given

__all__ = ["boundaries_for", "example"]

_MOST_ITEMS = 200


def boundaries_for(v: Given) -> list[Boundary]:
    """The documents at the borders of what is declared.

    Limits and one beyond, nothing and absence, other types, ends of lines, numbers that are none. Always the same list, in the order of the declaration; borders of rules are those of `@my_rule.boundary`.

    Args:
        v: The validator.

    Raises:
        errcore.ConfigurationError: If a rule or a check has no examples.

    >>> from errcore import InputValidator
    >>> v = InputValidator()
    >>> v.field("age").required().type(int).range(18, 120)
    <field age>
    >>> [
    ...     (each.document, each.code)
    ...     for each in boundaries_for(v)
    ...     if each.document in ({"age": 17}, {"age": 18})
    ... ]
    [({'age': 18}, None), ({'age': 17}, 'TOO_SMALL'), ({'age': 18}, None)]
    """
    root = root_of(v)
    start = example(root, 0)
    return [Boundary(start, valid=True, pointer=""), *_borders(root, start, 0)]


def example(value: shapes.Value, depth: int) -> Any:
    """A simple good document, put together where it can be, since to search for a large one takes its time.

    Args:
        value: What is declared.
        depth: How many records it is inside of, of those that hold themselves.
    """
    strict = attrs.evolve(value, nullable=False)
    found = documents(strict, depth)
    if value.nullable and found is None:
        return None
    made = MISSING if value.rules or value.normalizers or found is None else _put_together(strict, depth)
    return smallest(found) if made is MISSING else made


def _put_together(value: shapes.Value, depth: int) -> Any:
    shape = value.shape
    record = shapes.record_of(shape)
    if record is not None and not value.constraints and not record.checks:
        deeper = depth + isinstance(shape, shapes.Again)
        inner = {field.name: documents(field.value, deeper) for field in record.fields}
        return {
            field.name: example(field.value, deeper)
            for field in record.fields
            if inner[field.name] is not None
        }
    if isinstance(shape, shapes.Row) and not value.constraints:
        return [example(item, depth) for item in shape.items]
    least, most = sizes(value)
    if isinstance(shape, shapes.Items) and not is_unique(value) and documents(shape.item, depth) is not None:
        return [example(shape.item, depth) for _ in range(max(least, 1 if most != 0 else 0))]
    return MISSING


def _borders(value: shapes.Value, start: Any, depth: int) -> Iterator[Boundary]:
    """The borders of one value, with pointers below its own."""
    if value.nullable:
        yield Boundary(None, valid=True, pointer="")
    for each, code in wrong_values(value):
        yield Boundary(each, valid=False, pointer="", code=code)
    if not isinstance(value.shape, shapes.Either):
        yield from _leaves(value, start)
    if start is None:
        start = example(value, depth)
    if start is None and value.nullable:
        return  # so deep inside itself there is nothing else
    yield from _inside(value.shape, value, start, depth)


def _leaves(value: shapes.Value, start: Any) -> Iterator[Boundary]:
    candidates = [each for part in value.constraints for each in examples_of(part, value.shape).borders]
    if isinstance(start, str) and not isinstance(value.shape, shapes.Exactly | shapes.Member):
        candidates += [change(start) for change in MUTATIONS]
    if isinstance(value.shape, shapes.Exactly | shapes.Member):
        candidates += literals(value.shape)
        candidates += [f"{literal}\n" for literal in literals(value.shape) if isinstance(literal, str)]
    if isinstance(value.shape, shapes.Parsed):
        candidates += PARSED[value.shape.kind]
    if isinstance(value.shape, shapes.Text):
        candidates += ["", "\x00", "\ud800", "é"]
    if isinstance(value.shape, shapes.Truth):
        candidates += [True, False]
    if isinstance(value.shape, shapes.Whole | shapes.Real):
        candidates += [0, -1, 10**20]
    seen: set[Any] = set()
    for each in candidates:
        key = (type(each).__name__, each)
        is_wrong = read(value.shape, normalised(value, each)) is UNREAD and not isinstance(each, str)
        if key in seen or is_wrong:
            continue
        seen.add(key)
        codes = judge(value, each)
        if codes:
            yield Boundary(each, valid=False, pointer="", code=codes[0])
        elif not value.rules:
            yield Boundary(each, valid=True, pointer="")
    yield from _of_rules(value)


def _of_rules(value: shapes.Value) -> Iterator[Boundary]:
    for rule in value.rules:
        for each, good in rule_borders(rule):
            if good:
                yield Boundary(each, valid=True, pointer="")
            else:
                yield Boundary(each, valid=False, pointer="", code=rule.code)


@singledispatch
def _inside(shape: Any, value: shapes.Value, start: Any, depth: int) -> Iterator[Boundary]:
    yield from ()


def _at(border: Boundary, document: Any, pointer: str) -> Boundary:
    return attrs.evolve(border, document=document, pointer=pointer + border.pointer)


def _sized(value: shapes.Value, depth: int) -> Iterator[Boundary]:
    least, most = sizes(value)
    asked: set[int] = {0, 3, least - 1, least, least + 1} | (
        {most - 1, most, most + 1} if most is not None else set()
    )
    for size in sorted(size for size in asked if 0 <= size <= _MOST_ITEMS):
        exact = (validation.Length(size, size), *(each for each in value.constraints if not _is_size(each)))
        try:
            document = example(attrs.evolve(value, constraints=exact, rules=(), normalizers=()), depth)
        except ConfigurationError:
            continue  # so many there are not
        codes = judge(value, document)
        if codes or not value.rules:
            yield Boundary(document, valid=not codes, pointer="", code=codes[0] if codes else None)
    yield from _out_of_order(value, depth)


def _is_size(constraint: validation.Constraint) -> bool:
    return isinstance(constraint, validation.Length)


def _out_of_order(value: shapes.Value, depth: int) -> Iterator[Boundary]:
    """A list that nobody has sorted."""
    shape = value.shape
    if not isinstance(shape, shapes.Items) or not isinstance(shape.item.shape, shapes.Text | shapes.Whole):
        return
    item = documents(shape.item, depth)
    try:
        found = smallest(None if item is None else st.lists(item, min_size=3, max_size=3, unique=True))
    except ConfigurationError:
        return  # there are not so many
    if judge(value, found) == () and not value.rules:
        yield Boundary(found[::-1], valid=True, pointer="")


@_inside.register
def _(shape: shapes.Items, value: shapes.Value, start: Any, depth: int) -> Iterator[Boundary]:
    yield from _sized(value, depth)
    item = documents(shape.item, depth)
    if item is None or sizes(value)[1] == 0:
        return
    good: list[Any] = copied(start)
    first = copied(good[0]) if good else example(shape.item, depth)
    if is_unique(value):
        codes = judge(value, [first, copied(first)])
        if codes == ("NOT_UNIQUE",):
            yield Boundary([first, copied(first)], valid=False, pointer="", code=codes[0])
    for border in _borders(shape.item, first, depth):
        document = [border.document, *good[1:]]
        keys = [twin_key(shape.item, each) for each in document]
        if not border.valid or (not value.rules and len(set(keys)) == len(keys)):
            yield _at(border, document, "/0")


@_inside.register
def _(shape: shapes.Row, value: shapes.Value, start: Any, depth: int) -> Iterator[Boundary]:
    for index, declared in enumerate(shape.items):
        for border in _borders(declared, start[index], depth):
            if not border.valid or not value.rules:
                yield _at(border, [*start[:index], border.document, *start[index + 1 :]], f"/{index}")
    for document in (start[:-1], [*start, None]):
        yield Boundary(document, valid=False, pointer="", code="WRONG_TYPE")


@_inside.register
def _(shape: shapes.Entries, value: shapes.Value, start: Any, depth: int) -> Iterator[Boundary]:
    yield from _sized(value, depth)
    item, key = documents(shape.item, depth), documents(shape.key, depth)
    if item is None or key is None or sizes(value)[1] == 0:
        return
    name = next(iter(start), None) if start else None
    if name is None:
        name = example(shape.key, depth)
    first = start[name] if name in start else example(shape.item, depth)
    for border in _borders(shape.item, first, depth):
        if not border.valid or not value.rules:
            document = {**start, name: border.document}
            yield (
                _at(border, document, named(name))
                if named(name)
                else attrs.evolve(border, document=document, pointer="")
            )
    others = without(start, name)
    for border in _borders(shape.key, name, depth):
        if (
            type(border.document) is str
            and (not border.valid or not value.rules)
            and border.document not in others
        ):
            yield _at(border, {**others, border.document: first}, named(border.document))


@_inside.register
def _(shape: shapes.Again, value: shapes.Value, start: Any, depth: int) -> Iterator[Boundary]:
    yield from _inside(shape.record, attrs.evolve(value, shape=shape.record), start, depth + 1)


@_inside.register
def _(shape: shapes.Either, value: shapes.Value, start: Any, depth: int) -> Iterator[Boundary]:
    for option in shape.options:
        if documents(option, depth) is None or not told_alone(shape, option):
            continue
        good = example(option, depth)
        wrong = {id(each) for each, _ in wrong_values(option)}
        for border in _borders(option, good, depth):
            if border.pointer == step(shape.tag or "") or (
                border.pointer == "" and id(border.document) in wrong
            ):
                continue
            if not border.valid or not value.rules:
                yield border
        if shape.tag is not None:
            yield Boundary(without(good, shape.tag), valid=False, pointer=step(shape.tag), code="REQUIRED")


@_inside.register
def _(shape: shapes.Record, value: shapes.Value, start: Any, depth: int) -> Iterator[Boundary]:
    asked = {name for check in shape.checks for name in check.fields}
    is_whole = any(not check.fields for check in shape.checks)
    for field in shape.fields:
        name = field.name
        missing = without(start, name)
        is_free = name not in asked and not is_whole and not value.rules
        if field.required:
            yield Boundary(missing, valid=False, pointer=step(name), code="REQUIRED")
        elif is_free:
            yield Boundary(missing, valid=True, pointer=step(name))
        if documents(field.value, depth) is None:
            continue
        first = start[name] if name in start else example(field.value, depth)
        for border in _borders(field.value, first, depth):
            if not border.valid or is_free:
                yield _at(border, {**start, name: border.document}, step(name))
    for key in undeclared(shape):
        if shape.extra == "forbid":
            yield Boundary({**start, key: 1}, valid=False, pointer=named(key), code="UNKNOWN_FIELD")
        elif not value.rules and not is_whole:
            yield Boundary({**start, key: 1}, valid=True, pointer="")
