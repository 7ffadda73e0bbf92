# SPDX-License-Identifier: MIT
"""One of several: which option is asked, what is told when none accepts, and that it ends."""

from __future__ import annotations

import time
from collections import OrderedDict
from enum import IntEnum
from types import MappingProxyType
from typing import Annotated, Any, Literal
from uuid import UUID

import attrs
import pytest

from errcore import Validator, rule
from errcore.validation import Length, Range, shapes


class Level(IntEnum):
    """An integer that is not exactly one."""

    LOW = 1


class Word(str):
    """A text that is not exactly one."""

    __slots__ = ()


@attrs.define
class Cat:
    """One that says what it is."""

    kind: Literal["cat"]
    lives: Annotated[int, Range(1, 9)]


@attrs.define
class Dog:
    """Another one, by two names."""

    kind: Literal["dog", "wolf"]
    name: str


@attrs.define
class Circle:
    """One that does not say what it is."""

    radius: float
    note: str = ""


@attrs.define
class Square:
    """Another one."""

    side: float
    note: str = ""


@attrs.define
class Const:
    """The end of an expression."""

    op: Literal["const"]
    value: int


@attrs.define
class Add:
    """An expression of expressions."""

    op: Literal["add"]
    left: Add | Const
    right: Add | Const


@attrs.define
class Red:
    """One of two that cannot be told apart."""

    kids: list[Red | Blue]
    red: int


@attrs.define
class Blue:
    """The other one."""

    kids: list[Red | Blue]
    blue: int


@attrs.define
class One:
    """A number for a tag."""

    version: Literal[1]


@attrs.define
class Truth:
    """A truth value for a tag, which is no number."""

    version: Literal[True]


def said(declared: Any, data: object) -> list[tuple[str, str]]:
    """What is wrong, by place."""
    return [(issue.pointer, issue.code) for issue in Validator.of(declared).inspect(data).issues]


SCALARS: list[tuple[Any, object, object]] = [
    (int | str, 7, 7),
    (int | str, "7", "7"),
    (str | int, Word("a"), "a"),
    (int | str, Level.LOW, 1),
    (float | str, 7, 7.0),
    (int | float, 7, 7),
    (int | float, 7.5, 7.5),
    (bool | int, True, True),
    (int | bool, True, True),
    (UUID | int, str(UUID(int=7)), UUID(int=7)),
    (UUID | str, "x", "x"),
    (list[int] | list[str], ["a"], ["a"]),
    (list[int] | int, 7, 7),
    (tuple[int, int] | int, [1, 2], (1, 2)),
    (list[int] | dict[str, int], {"a": 1}, {"a": 1}),
    (Literal["a"] | int, "a", "a"),
    (Annotated[int, Range(10)] | Annotated[int, Range(None, 1)], 0, 0),
    (int | str | None, None, None),
    (dict[str, int] | int, MappingProxyType({"a": 1}), {"a": 1}),
]


@pytest.mark.parametrize(
    ("declared", "given", "made"), SCALARS, ids=[f"{case[0]} of {case[1]!r}" for case in SCALARS]
)
def test_the_first_option_that_accepts_wins(declared: Any, given: object, made: object) -> None:
    """Types are not mixed up."""
    value = Validator.of(declared).validate(given)
    assert (type(value), value) == (type(made), made)


def test_none_accepts() -> None:
    """One issue where no option is about such a value; otherwise those of the one that came closest."""
    union = int | Annotated[str, Length(3)]
    assert said(union, []) == [("", "WRONG_TYPE")]
    assert said(union, True) == [("", "WRONG_TYPE")]
    assert said(union, "a") == [("", "TOO_SHORT")]
    assert said(list[int] | list[str], [1, "a", 2]) == [("/1", "WRONG_TYPE")]
    assert Validator.of(union).inspect([]).issues[0].message == "Must be 'integer' or 'string'."
    assert said(UUID | int, "x") == [("", "INVALID_FORMAT")]


def test_literals_are_told_apart_by_their_types() -> None:
    """1 is not True, and not 1.0."""
    assert said(Literal[1], True) == said(Literal[1], 1.0) == [("", "INVALID_CHOICE")]
    assert said(Literal[True], 1) == [("", "INVALID_CHOICE")]
    assert said(Literal[1], []) == [("", "INVALID_CHOICE")]


def test_classes_with_a_literal_are_told_apart_by_it() -> None:
    """Only the one that is meant is asked, with its places."""
    pet = list[Cat | Dog]
    validator = Validator.of(pet)
    made = validator.validate([{"kind": "cat", "lives": 9}, {"kind": "wolf", "name": "a"}])
    assert made == [Cat("cat", 9), Dog("wolf", "a")]
    assert validator.validate(made) == made
    assert said(
        pet,
        [
            {"kind": "cat", "lives": 10},
            {"kind": "dog"},
            {"kind": "cow"},
            {},
            7,
            {"kind": ["cat"]},
            {"kind": Word("cat"), "lives": 1},
        ],
    ) == [
        ("/0/lives", "TOO_LARGE"),
        ("/1/name", "REQUIRED"),
        ("/2/kind", "INVALID_CHOICE"),
        ("/3/kind", "REQUIRED"),
        ("/4", "WRONG_TYPE"),
        ("/5/kind", "INVALID_CHOICE"),
        ("/6/kind", "INVALID_CHOICE"),
    ]
    assert Validator.of(pet).inspect([{"kind": "cow"}]).issues[0].message == "Must be 'cat', 'dog' or 'wolf'."


def test_any_mapping_can_hold_the_tag() -> None:
    """As any mapping is taken for a record."""
    validator = Validator.of(Cat | Dog)
    assert validator.validate(MappingProxyType({"kind": "dog", "name": "a"})) == Dog("dog", "a")
    assert validator.validate(OrderedDict(kind="dog", name="a")) == Dog("dog", "a")


def test_a_tag_of_one_is_no_tag_of_true() -> None:
    """Types count there, too."""
    assert Validator.of(One | Truth).validate({"version": True}) == Truth(True)
    assert Validator.of(One | Truth).validate({"version": 1}) == One(1)
    assert said(One | Truth, {"version": 1.0}) == [("/version", "INVALID_CHOICE")]


def test_classes_without_a_tag_are_tried() -> None:
    """The closest one says what is wrong."""
    shape = Circle | Square
    validator = Validator.of(shape)
    assert validator.validate({"side": 1}) == Square(1.0)
    assert validator.validate(Square(1.0)) == Square(1.0)
    assert validator.validate(OrderedDict(radius=1)) == Circle(1.0)
    assert said(shape, {"side": "a"}) == [("/side", "WRONG_TYPE")]
    assert said(shape, {"side": 1, "note": 7}) == [("/note", "WRONG_TYPE")]
    assert said(shape | str, 7) == [("", "WRONG_TYPE")]


def test_a_recursive_union_is_told_apart_by_its_tag() -> None:
    """Its schema says so, too; the work grows with the input and not with its depth."""
    validator = Validator.of(Add)
    data: dict[str, Any] = {"op": "const", "value": 1}
    for _ in range(60):
        data = {"op": "add", "left": data, "right": {"op": "const", "value": 2}}
    assert validator.validate(data).right == Const("const", 2)
    assert [
        (issue.pointer, issue.code)
        for issue in validator.inspect({"op": "add", "left": {"op": "sub"}}).issues
    ] == [
        ("/left/op", "INVALID_CHOICE"),
        ("/right", "REQUIRED"),
    ]
    add = validator.json_schema().document["$defs"]["Add"]
    assert "oneOf" in add["properties"]["left"]


def test_a_recursive_union_without_a_tag_ends() -> None:
    """Each level could be tried twice; all trials together are bounded."""
    data: dict[str, Any] = {"kids": []}
    for _ in range(40):
        data = {"kids": [data]}
    before = time.monotonic()
    result = Validator.of(list[Red | Blue]).inspect([data] * 20)
    assert not result.ok
    assert time.monotonic() - before < 20


def test_a_rule_that_crashes_in_one_option_rejects() -> None:
    """Unless another option accepts the value."""

    @rule(code="CRASH", message="m")
    def crash(value: int) -> bool:
        return {}[value]

    result = Validator.of(Annotated[int, crash] | str).inspect(7)
    assert not result.ok and result.crashed
    assert Validator.of(Annotated[int, crash] | int).inspect(7).ok


def test_what_an_option_coerces_is_left_to_it() -> None:
    """A text may be a number there; it is not passed over for its type."""
    loose = shapes.Either((shapes.Value(shapes.Whole(coerce=True)), shapes.Value(shapes.Null())))
    assert Validator(shapes.Value(loose)).validate("7") == 7


def test_an_option_that_may_be_none_takes_none() -> None:
    """Through a name for a type, for example."""
    v = Validator.of(list[Annotated[int | None, "named"] | str])
    assert v.validate([None, 1, "a"]) == [None, 1, "a"]


@attrs.define
class Early:
    """Has the literal of another one."""

    kind: Literal["same"]
    early: int


@attrs.define
class Late:
    """That other one."""

    kind: Literal["same"]
    late: int


def test_a_literal_that_two_have_is_no_tag() -> None:
    """Both are tried."""
    validator = Validator.of(Early | Late)
    assert validator.validate({"kind": "same", "early": 1}) == Early("same", 1)
    assert validator.validate({"kind": "same", "late": 1}) == Late("same", 1)
    assert "anyOf" in validator.json_schema().document
