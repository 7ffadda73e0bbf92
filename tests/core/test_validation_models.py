# SPDX-License-Identifier: MIT
"""The front door of attrs classes: what their types, fields, names and own code mean to a validator."""

from __future__ import annotations

import sys
import typing
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Final, Generic, Literal, NewType, TypeVar
from uuid import UUID

import annotated_types as at
import attrs
import pytest
from cattrs import override

from errcore import ConfigurationError, InputValidator, Issue, ValidationError, Validator, rule
from errcore.validation import Email, Length, Range, Unique

T = TypeVar("T")
U = TypeVar("U")
Small = TypeVar("Small", bound=int)
Either = TypeVar("Either", int, str)
UserId = NewType("UserId", int)


class Colour(Enum):
    """Values of two types."""

    RED = "red"
    ONE = 1


class Level(IntEnum):
    """Members that are integers, too."""

    LOW = 1


class Odd(Enum):
    """A value that no JSON document has."""

    PAIR = (1, 2)


@attrs.define
class Page(Generic[T]):
    """One class, many types."""

    items: list[T]
    first: T | None = None


@attrs.define
class Both(Generic[T, U]):
    """Two parameters."""

    left: T
    right: Mapping[str, U]


@attrs.define
class Named(Both[int, T]):
    """One of them is said, and the other gets another name."""

    name: str


@attrs.define
class Bound(Generic[Small, Either]):
    """Parameters that say something themselves."""

    small: Small
    either: Either


@attrs.define
class Chain(Generic[T]):
    """A class inside itself, with a parameter."""

    value: T
    rest: Chain[T] | None = None


@attrs.define
class Widening(Generic[T]):
    """A class whose types never end."""

    value: T
    wider: Widening[list[T]] | None = None


@attrs.define
class Left:
    """One half of two classes inside each other."""

    right: Right | None = None


@attrs.define
class Right:
    """The other half."""

    left: Left | None = None


@attrs.frozen
class Point:
    """One that a set can hold."""

    x: int


def codes(declared: Any, data: object, **more: Any) -> list[tuple[str, str]]:
    """What is wrong, by place."""
    return [(issue.pointer, issue.code) for issue in Validator.of(declared, **more).inspect(data).issues]


MOMENT = datetime(2026, 1, 31, 12, tzinfo=UTC)
TYPES: list[tuple[Any, object, object, object]] = [
    (str, "a", "a", 1),
    (int, 1, 1, True),
    (float, 1, 1.0, True),
    (bool, True, True, 1),
    (None, None, None, 0),
    (UUID, str(UUID(int=7)), UUID(int=7), "7"),
    (datetime, "2026-01-31T12:00:00Z", MOMENT, "2026-01-31T12:00:00"),
    (date, "2026-01-31", date(2026, 1, 31), "31.1.2026"),
    (time, "12:00:00", time(12), "12"),
    (Decimal, "0.10", Decimal("0.10"), "NaN"),
    (bytes, "YQ==", b"a", "YQ"),
    (list, [1], [1], {}),
    (list[int], [1], [1], [True]),
    (set[int], [1, 1], {1}, ["a"]),
    (frozenset[str], ["a"], frozenset("a"), "a"),
    (set[Point], [{"x": 1}], {Point(1)}, [{"x": "a"}]),
    (set[tuple[int, ...]], [[1, 2]], {(1, 2)}, [1]),
    (set[tuple[int, str]], [[1, "a"]], {(1, "a")}, [[1]]),
    (set[int | str], [1, "a"], {1, "a"}, [None]),
    (tuple[int, ...], [1, 2], (1, 2), ["a"]),
    (tuple[int, str], [1, "a"], (1, "a"), [1]),
    (Sequence[int], (1, 2), [1, 2], "12"),
    (Iterable[int], [1], [1], 1),
    (AbstractSet[int], [1], frozenset({1}), {"a": 1}),
    (dict, {"a": 1}, {"a": 1}, []),
    (dict[str, int], {"a": 1}, {"a": 1}, {"a": "b"}),
    (Mapping[str, int], {"a": 1}, {"a": 1}, {1: 1}),
    (Colour, "red", Colour.RED, "green"),
    (Annotated[Colour, "one"], 1, Colour.ONE, True),
    (Annotated[Colour, "red"], Colour.RED, Colour.RED, Level.LOW),
    (Level, 1, Level.LOW, 2),
    (Literal["a", 1], 1, 1, True),
    (int | None, None, None, "a"),
    (int | str, "a", "a", None),
    (UserId, 7, 7, "7"),
    (Annotated[int, Range(1)], 1, 1, 0),
    (Annotated[list[Annotated[str, Length(1)]], Unique()], ["a"], ["a"], ["a", "a"]),
    (Annotated[str, at.Len(1, 2)], "a", "a", "abc"),
    (Annotated[int, at.Interval(gt=1, lt=3)], 2, 2, 3),
    (Annotated[int, at.Ge(1), at.Le(3)], 3, 3, 4),
    (Annotated[int, at.MultipleOf(2)], 2, 2, 3),
    (Annotated[str, at.Predicate(str.islower)], "a", "a", "A"),
    (Annotated[str, at.Unit("m"), "words", 7], "a", "a", 1),
    (Page[int], {"items": [1]}, Page([1]), {"items": ["a"]}),
    (Page[Page[int]], {"items": [{"items": [1]}]}, Page([Page([1])]), {"items": [{"items": ["a"]}]}),
    (Page, {"items": [1, "a"]}, Page([1, "a"]), {"items": 1}),
    (
        Both[str, int],
        {"left": "a", "right": {"b": 1}},
        Both("a", {"b": 1}),
        {"left": "a", "right": {"b": "c"}},
    ),
    (
        Named[bool],
        {"left": 1, "right": {"a": True}, "name": "n"},
        Named(1, {"a": True}, "n"),
        {"left": 1, "right": {"a": 1}, "name": "n"},
    ),
    (Bound, {"small": 1, "either": "a"}, Bound(1, "a"), {"small": 1, "either": 1.5}),
    (
        Chain[int],
        {"value": 1, "rest": {"value": 2}},
        Chain(1, Chain(2)),
        {"value": 1, "rest": {"value": "a"}},
    ),
    (Left, {"right": {"left": {}}}, Left(Right(Left())), {"right": {"left": 7}}),
]


@pytest.mark.parametrize(("declared", "given", "made", "bad"), TYPES, ids=[str(case[0]) for case in TYPES])
def test_each_type_reads_what_json_has_for_it(
    declared: Any, given: object, made: object, bad: object
) -> None:
    """Into the value of the type, which is taken as it is afterwards; and nothing else."""
    validator = Validator.of(declared)
    value = validator.validate(given)
    assert (type(value), value) == (type(made), made)
    assert validator.validate(value) == value
    assert not validator.inspect(bad).ok


REFUSED: list[tuple[Any, str]] = [
    (complex, "cannot be checked"),
    ("int", "cannot be checked"),
    (5, "cannot be checked"),
    (set[list[int]], "cannot hold array"),
    (set[dict[str, int]], "cannot hold object"),
    (set[Page[int]], "cannot hold object"),
    (set[Any], "cannot hold any"),
    (set[tuple[list[int], ...]], "cannot hold array"),
    (set[tuple[int, list[int]]], "cannot hold array"),
    (set[int | list[int]], "cannot hold union"),
    (set[set[int]], "cannot hold array"),
    (dict[int, str], "keys of a JSON object"),
    (Odd, "a value that is no text"),
    (Literal[b"a"], "a literal is no text"),
    (Annotated[str, Range(1)], "Range suits"),
    (Annotated[int | str, Range(1)], "the value is union"),
    (Annotated[str, rule(code="SLOW", message="m")(lambda value: True), Range(1)], "Range suits"),
    (Widening[int], "ever more classes"),
]


@pytest.mark.parametrize(("declared", "why"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_checked_is_refused_at_once(declared: Any, why: str) -> None:
    """Not at the first input."""
    with pytest.raises(ConfigurationError, match=why):
        Validator.of(declared)


def test_a_rule_that_waits_cannot_stand_on_a_field() -> None:
    """There is a place for those."""

    @rule(code="TAKEN", message="is taken")
    async def is_free(value: str) -> bool:
        return True

    with pytest.raises(ConfigurationError, match="with_async_rules"):
        Validator.of(Annotated[str, is_free])


def test_only_known_policies_for_other_keys() -> None:
    """A class has no place to keep them."""
    assert codes(Point, {"x": 1, "y": 2}, extra="forbid") == [("/y", "UNKNOWN_FIELD")]
    with pytest.raises(ConfigurationError, match="ignore or forbid"):
        Validator.of(Point, extra="keep")


def test_fields_are_required_unless_they_have_a_default() -> None:
    """And what makes a default is the class's own business."""

    @attrs.define(kw_only=True)
    class Order:
        quantity: int
        price: float = 2.5
        tags: list[str] = attrs.field(factory=list)
        total: float = attrs.field(
            default=attrs.Factory(lambda own: own.quantity * own.price, takes_self=True)
        )

    validator = Validator.of(Order)
    assert validator.validate({"quantity": 2}) == Order(quantity=2, tags=[], total=5.0)
    assert codes(Order, {}) == [("/quantity", "REQUIRED")]
    assert validator.validate({"quantity": 1}).tags is not validator.validate({"quantity": 1}).tags


def test_fields_that_the_class_fills_itself_are_none() -> None:
    """`init=False` is not for senders; a value sent for it is an unknown key."""

    @attrs.define
    class Counter:
        start: int
        count: int = attrs.field(init=False, default=0)

    assert Validator.of(Counter).validate({"start": 1, "count": 7}) == Counter(1)
    assert codes(Counter, {"start": 1, "count": 7}, extra="forbid") == [("/count", "UNKNOWN_FIELD")]


def test_private_attributes_have_the_name_of_their_argument() -> None:
    """So has an alias; an object of the class is read by its attributes."""

    @attrs.define
    class Account:
        _balance: int
        owner: str = attrs.field(alias="user")

    validator = Validator.of(Account)
    account = validator.validate({"balance": 1, "user": "a"})
    assert account == Account(1, "a")
    assert validator.validate(account) == account
    assert codes(Account, {"balance": "x"}) == [("/balance", "WRONG_TYPE"), ("/user", "REQUIRED")]


def test_a_field_has_another_name_in_the_input() -> None:
    """By its metadata, or by an override of cattrs; issues know that name only."""

    @attrs.define
    class User:
        user_name: str = attrs.field(metadata={"errcore.name": "userName"})
        e_mail: Annotated[str, override(rename="e/mail"), Email()]
        age: Annotated[int, override()] = 7

    validator = Validator.of(User)
    made = validator.validate({"userName": "a", "e/mail": "a@b.co"})
    assert made == User("a", "a@b.co")
    assert validator.validate(made) == made
    assert codes(User, {"userName": 1, "e/mail": 2, "age": "x"}) == [
        ("/userName", "WRONG_TYPE"),
        ("/e~1mail", "WRONG_TYPE"),
        ("/age", "WRONG_TYPE"),
    ]


def test_two_fields_cannot_have_one_name() -> None:
    """One would be lost without a word."""

    @attrs.define
    class Twice:
        a: int
        b: int = attrs.field(metadata={"errcore.name": "a"})

    with pytest.raises(ConfigurationError, match="another field is called 'a'"):
        Validator.of(Twice)


def test_a_field_that_cattrs_leaves_out_is_left_out() -> None:
    """It has its default."""

    @attrs.define
    class Part:
        a: int
        b: Annotated[int, override(omit=True)] = 2

    assert Validator.of(Part).validate({"a": 1, "b": 7}) == Part(1, 2)


def test_a_class_is_inherited_with_its_fields() -> None:
    """Slots, frozen or neither."""

    @attrs.frozen
    class Base:
        a: int

    @attrs.frozen(slots=False)
    class Derived(Base):
        b: Final[str] = "b"

    assert Validator.of(Derived).validate({"a": 1}) == Derived(1)
    assert codes(Derived, {"a": "x", "b": 2}) == [("/a", "WRONG_TYPE"), ("/b", "WRONG_TYPE")]


def test_a_converter_of_a_field_is_the_class_s_own() -> None:
    """It gets a checked value."""

    @attrs.define
    class Tagged:
        tags: list[str] = attrs.field(converter=sorted)

    assert Validator.of(Tagged).validate({"tags": ["b", "a"]}) == Tagged(["a", "b"])
    assert codes(Tagged, {"tags": "ba"}) == [("/tags", "WRONG_TYPE")]


def test_a_class_that_refuses_its_fields_refuses_the_input() -> None:
    """With a ValueError or a TypeError; its text is not told. Anything else crashed."""

    @attrs.define
    class Fussy:
        x: int

        def __attrs_post_init__(self) -> None:
            {1: self._value, 2: self._key, 3: self._type}.get(self.x, lambda: None)()

        def _value(self) -> None:
            raise ValueError("canary")

        def _type(self) -> None:
            raise TypeError("canary")

        def _key(self) -> None:
            raise KeyError("canary")

    inside = Validator.of(list[Fussy])
    result = inside.inspect([{"x": number} for number in range(4)])
    assert [(issue.pointer, issue.code) for issue in result.issues] == [
        ("/1", "INVALID"),
        ("/2", "RULE_CRASHED"),
        ("/3", "INVALID"),
    ]
    assert "canary" not in repr(result.issues)


def test_a_class_may_say_itself_what_is_wrong() -> None:
    """With the issues of a ValidationError, which get their place; its own sentence is not told."""

    @attrs.define
    class Period:
        start: int
        end: int

        def __attrs_post_init__(self) -> None:
            if self.end < self.start:
                raise ValidationError(
                    issues=(Issue("/end", "END_BEFORE_START", "Must not be before the start."),)
                )
            if self.end == self.start:
                raise ValidationError(f"{self.end} is canary")
            if self.end > 10:
                raise ValidationError(issues=(7,))

    result = Validator.of(dict[str, Period]).inspect(
        {"a": {"start": 2, "end": 1}, "b": {"start": 1, "end": 1}, "c": {"start": 1, "end": 11}}
    )
    assert [(issue.pointer, issue.code) for issue in result.issues] == [
        ("/a/end", "END_BEFORE_START"),
        ("/b", "INVALID"),
        ("/c", "INVALID"),
    ]
    assert not result.ok and not result.crashed
    assert "canary" not in repr(result.issues)


def test_a_name_that_is_known_to_type_checkers_only_is_refused() -> None:
    """The message says which, and what to do."""

    @attrs.define
    class Broken:
        x: Unknown  # noqa: F821 - that is the point

    with pytest.raises(ConfigurationError, match="the name 'Unknown' is not known") as caught:
        Validator.of(Broken)
    assert caught.value.__suppress_context__  # which would say it a second time


def test_a_class_inside_a_function_may_hold_itself() -> None:
    """It is known there, though not to the module."""

    @attrs.define
    class Local:
        inner: Local | None = None

    assert Validator.of(Local).validate({"inner": {}}) == Local(Local())


def test_a_class_that_is_used_twice_is_no_recursion() -> None:
    """Nor is one that was seen inside itself elsewhere."""

    @attrs.define
    class Two:
        a: Point
        b: Point
        c: Chain[int]
        d: Chain[int]
        e: Chain[str]

    data = {"a": {"x": 1}, "b": {"x": 2}, "c": {"value": 1}, "d": {"value": 2}, "e": {"value": "a"}}
    assert Validator.of(Two).validate(data) == Two(Point(1), Point(2), Chain(1), Chain(2), Chain("a"))
    bad = {**data, "b": {"x": "a"}, "d": {"value": "b"}, "e": {"value": 7}}
    assert codes(Two, bad) == [
        ("/b/x", "WRONG_TYPE"),
        ("/d/value", "WRONG_TYPE"),
        ("/e/value", "WRONG_TYPE"),
    ]


def test_words_around_a_type_are_passed_over() -> None:
    """`Required`, `Final` and their like say nothing about values."""
    assert Validator.of(typing.Required[int]).validate(7) == 7


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the statement is new in 3.12")
def test_the_statement_for_a_type_names_its_value() -> None:
    """A name, recursion left aside."""
    space: dict[str, Any] = {}
    exec("type Number = int", space)
    assert Validator.of(space["Number"]).validate(7) == 7


class Size(Enum):
    """More than two."""

    SMALL = "s"
    MEDIUM = 2
    LARGE = "l"


def test_every_member_of_an_enum_is_read() -> None:
    """And told where another one is sent."""
    validator = Validator.of(list[Size])
    assert validator.validate(["s", 2, "l"]) == list(Size)
    [issue] = validator.inspect(["x"]).issues
    assert (issue.message, issue.params) == ("Must be 's', 2 or 'l'.", {"choices": ["s", 2, "l"]})


def test_rows_have_their_length() -> None:
    """Neither less nor more, and each place its own type."""
    row = tuple[int, str]
    assert codes(row, [1]) == codes(row, [1, "a", 2]) == codes(row, []) == [("", "WRONG_TYPE")]
    assert codes(row, ["a", 1]) == [("/0", "WRONG_TYPE"), ("/1", "WRONG_TYPE")]


def test_moments_are_told_with_their_form() -> None:
    """What a type wants is said in the words of the constraint for texts."""
    told = [Validator.of(declared).inspect(7).issues[0] for declared in (datetime, date, time)]
    assert [(issue.code, issue.params) for issue in told] == [
        ("INVALID_DATE", {"format": "date-time"}),
        ("INVALID_DATE", {"format": "date"}),
        ("INVALID_DATE", {"format": "time"}),
    ]
    assert [issue.message for issue in told] == [
        "Must be a date and time with its offset, such as 2026-01-31T12:00:00Z.",
        "Must be a date, such as 2026-01-31.",
        "Must be a time, such as 12:00:00.",
    ]


def test_the_length_of_lists_and_tuples_is_asked_before_what_is_inside() -> None:
    """One that is too long is not looked at, whatever it holds."""
    for declared in (list[int], tuple[int, ...]):
        assert codes(Annotated[declared, Length(0, 2)], ["a", "b", "c"]) == [("", "TOO_LONG")]


def test_keys_that_are_no_texts_are_told_once() -> None:
    """At what holds them; their values are not looked at."""
    assert codes(dict[str, int], {7: "x", "a": "x"}) == [("", "WRONG_TYPE"), ("/a", "WRONG_TYPE")]


def test_one_class_declared_twice_keeps_both_policies() -> None:
    """Inside itself, too: with other keys in one place and without in the other."""
    v = InputValidator()
    v.field("open").nested(Validator.of(Left))
    v.field("closed").nested(Validator.of(Left, extra="forbid"))
    for order in (("open", "closed"), ("closed", "open")):
        data = {name: {"right": {"left": {"other": 1}}} for name in order}
        assert [(issue.pointer, issue.code) for issue in v.inspect(data).issues] == [
            ("/closed/right/left/other", "UNKNOWN_FIELD")
        ]
