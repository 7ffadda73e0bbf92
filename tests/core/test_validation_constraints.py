# SPDX-License-Identifier: MIT
"""Constraints: what each takes and refuses at its borders, and what is refused when it is declared."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from fractions import Fraction
from typing import Annotated, Any, Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import ConfigurationError, InputValidator, Validator
from errcore.validation import (
    Choices,
    Constraint,
    Length,
    MultipleOf,
    Nested,
    Range,
    Requirement,
    Secret,
    Unique,
)
from errcore.validation.constraints.comparing import has_twins, is_multiple
from errcore.validation.refusals import is_listing

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def codes(declared: Any, value: Any) -> list[str]:
    """What is wrong with a value of a declared type."""
    found = Validator.of(declared).inspect(value)
    return [] if found.ok else [issue.code for issue in found.issues]


@pytest.mark.parametrize(
    ("declared", "good", "low", "high"),
    [
        (Annotated[int, Range(1, 3)], [1, 2, 3], [0, -(10**400)], [4, 10**400]),
        (Annotated[int, Range(0.5, 2.5)], [1, 2], [0], [3]),
        (Annotated[int, Range(Decimal("0.5"), Fraction(5, 2))], [1, 2], [0], [3]),
        (Annotated[int, Range(above=1, below=3)], [2], [1], [3]),
        (Annotated[float, Range(1, 3)], [1, 1.0, 3.0], [0.999], [3.001, 1e308]),
        (Annotated[float, Range(Decimal("0.1"), Decimal("0.3"))], [0.1, 0.3], [0.09], [0.31]),
        (Annotated[float, Range(Fraction(1, 2), 10**400)], [0.5, 1e308], [0.4], []),
        (Annotated[float, Range(Decimal("-1e400"), Decimal("1e400"))], [-1e308, 1e308], [], []),
        (Annotated[float, Range(0.5, Fraction(10**400))], [1e308], [0.4], []),
        (Annotated[Decimal, Range(0.1, 0.3)], [Decimal("0.1"), "0.3", 0.3], ["0.09"], ["0.30001"]),
        (Annotated[Decimal, Range(1, 10**400)], [1, "1e9"], [0], [Decimal("1e401")]),
        (
            Annotated[datetime, Range(NOON, NOON)],
            [NOON, "2026-01-31T13:00:00+01:00"],
            [NOON - timedelta(1)],
            [NOON + timedelta(1)],
        ),
        (
            Annotated[date, Range(date(2026, 1, 1), below=date(2027, 1, 1))],
            ["2026-12-31"],
            ["2025-12-31"],
            ["2027-01-01"],
        ),
        (Annotated[time, Range(time(8), time(17))], ["08:00:00", time(17)], ["07:59:59"], ["17:00:01"]),
    ],
)
def test_ranges_hold_at_their_borders(declared, good, low, high):
    """Numbers compare as numbers and moments as moments, however large, and whatever the limit's type."""
    assert [codes(declared, value) for value in good] == [[]] * len(good)
    assert [codes(declared, value) for value in low] == [["TOO_SMALL"]] * len(low)
    assert [codes(declared, value) for value in high] == [["TOO_LARGE"]] * len(high)


def test_half_a_moment_is_none():
    """A datetime without its offset and a time with one cannot be compared: they are of the wrong type, and no crash."""
    assert codes(Annotated[datetime, Range(NOON)], NOON.replace(tzinfo=None)) == ["INVALID_DATE"]
    assert codes(Annotated[time, Range(time(8))], time(9, tzinfo=UTC)) == ["INVALID_DATE"]


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({}, "has no limit"),
        ({"min": math.nan}, "min is no finite number"),
        ({"max": math.inf}, "max is no finite number"),
        ({"above": Decimal("NaN")}, "above is no finite number"),
        ({"below": Decimal("Infinity")}, "below is no finite number"),
        ({"min": True}, "min is no finite number"),
        ({"min": "1"}, "min is no finite number"),
        ({"min": 1j}, "min is no finite number"),
        ({"min": datetime(2026, 1, 1)}, "datetime with its offset"),  # noqa: DTZ001 - that is the point
        ({"min": time(8, tzinfo=UTC)}, "time without one"),
        ({"min": 2, "max": 1}, "above the upper one"),
        ({"min": 1, "below": 1}, "nothing is between"),
        ({"above": 1, "max": 1}, "nothing is between"),
        ({"above": 1, "below": 1}, "nothing is between"),
        ({"min": date(2026, 1, 1), "max": NOON}, "different types"),
        ({"min": 1, "max": NOON}, "different types"),
    ],
)
def test_ranges_that_make_no_sense_are_refused(limits, why):
    """Each says what, why and what to do."""
    with pytest.raises(ConfigurationError, match=f"Cannot make Range, because .*{why}.*; "):
        Range(**limits)


def test_limits_of_one_value_are_fine():
    """The least may be the most."""
    assert codes(Annotated[int, Range(10**400, 10**400)], 10**400) == []


@pytest.mark.parametrize(
    ("declared", "limit"),
    [
        (str, Range(1)),
        (int, Range(NOON)),
        (datetime, Range(1)),
        (date, Range(NOON)),
        (datetime, Range(date(2026, 1, 1))),
    ],
)
def test_a_range_that_cannot_be_compared_is_refused(declared, limit):
    """Whether the limits suit the type is known when it is declared."""
    with pytest.raises(ConfigurationError):
        Validator.of(Annotated[declared, limit])


def test_a_range_of_moments_implies_their_type():
    """Where no type is declared, a date is asked for."""
    v = InputValidator()
    v.field("day").range(date(2026, 1, 1))
    v.field("at").range(max=NOON)
    v.field("hour").range(max=time(17))

    assert v.validate({"day": "2026-01-02", "hour": "12:00:00"}) == {
        "day": date(2026, 1, 2),
        "hour": time(12),
    }
    assert [
        issue.params
        for issue in v.inspect({"day": "2025-01-01", "at": "2027-01-01T00:00:00Z", "hour": "18:00:00"}).issues
    ] == [
        {"min": "2026-01-01"},
        {"max": "2026-01-31T12:00:00+00:00"},
        {"max": "17:00:00"},
    ]


def test_schemas_of_ranges_say_what_json_can_write():
    """Numbers stand there as they are; what JSON cannot write is left out, and the schema is not exact."""
    assert Range(1, above=0.5).schema("number") == {"minimum": 1, "exclusiveMinimum": 0.5}
    assert Range(1, below=5).has_exact_schema
    assert Range(Decimal(1)).schema("decimal") == {}
    assert not Range(Decimal(1)).has_exact_schema
    assert [test.params for test in Range(Decimal("1.50")).requirements("decimal")] == [{"min": "1.50"}]


@pytest.mark.parametrize(
    ("declared", "short", "good", "long"),
    [
        (str, "a", "äö", "abcd"),
        (str, "\ud800", "\U0001f600x", "\ud800\udc00ab"),
        (list[int], [1], [1, 2], [1, 2, 3, 4]),
        (set[int], [1], [1, 2], [1, 2, 3, 4]),
        (dict[str, int], {"a": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3, "d": 4}),
        (bytes, "YQ==", "YWI=", "YWJjZA=="),
    ],
)
def test_lengths_hold_at_their_borders(declared, short, good, long):
    """Characters, items, members and bytes are counted."""
    limited = Annotated[declared, Length(2, 3)]

    assert (codes(limited, short), codes(limited, good), codes(limited, long)) == (
        ["TOO_SHORT"],
        [],
        ["TOO_LONG"],
    )


@pytest.mark.parametrize("limits", [(-1,), (0, -1), (3, 2), (1.0,), (True,), ("1",), (0, 2.0)])
def test_lengths_that_make_no_sense_are_refused(limits):
    """Limits are whole numbers of 0 or more, the first not above the second."""
    with pytest.raises(ConfigurationError, match="Cannot make Length, because "):
        Length(*limits)


def test_schemas_of_lengths_have_the_words_of_the_kind():
    """Bytes have none, since JSON counts the characters of their text."""
    assert Length(1, 2).schema("string") == {"minLength": 1, "maxLength": 2}
    assert Length(1).schema("array") == {"minItems": 1}
    assert Length(0, 2).schema("object") == {"maxProperties": 2}
    assert Length(1, 2).schema("bytes") == {}


@pytest.mark.parametrize(
    ("declared", "good", "bad"),
    [
        (Annotated[int, MultipleOf(5)], [0, -5, 10**400], [1, 10**400 + 1]),
        (Annotated[int, MultipleOf(0.5)], [1, 10**400], []),
        (Annotated[int, MultipleOf(2.5)], [5, 0], [4]),
        (Annotated[float, MultipleOf(0.1)], [0.3, 0.0, -0.7, 1e300, 3], [0.35, 1e-300]),
        (Annotated[float, MultipleOf(3)], [9, 9.0], [1e300 + 1, 9.5]),
        (Annotated[float, MultipleOf(Decimal("0.01"))], [0.07], [0.071]),
        (
            Annotated[Decimal, MultipleOf(7)],
            ["14", Decimal("7e999999")],
            [Decimal("1e999999"), Decimal("7e-999999"), "0.7"],
        ),
        (Annotated[Decimal, MultipleOf(Decimal("1e-999999"))], ["0.7", Decimal("0e-5")], []),
    ],
)
def test_multiples_are_those_of_decimal_fractions(declared, good, bad):
    """0.3 is a multiple of 0.1; an exponent of a million takes no time."""
    assert [codes(declared, value) for value in good] == [[]] * len(good)
    assert [codes(declared, value) for value in bad] == [["NOT_A_MULTIPLE"]] * len(bad)


@pytest.mark.parametrize(
    "step", [0, -1, True, "1", None, math.nan, math.inf, Decimal("NaN"), Fraction(1, 3), 1j, NOON]
)
def test_steps_that_make_no_sense_are_refused(step):
    """A step is a finite number above 0 that has a decimal form."""
    with pytest.raises(
        ConfigurationError, match="Cannot make MultipleOf, because the step is no finite number"
    ):
        MultipleOf(step)


def test_schemas_of_steps():
    """A step that is no whole number is checked by others with rounding."""
    assert (MultipleOf(5).schema("integer"), MultipleOf(5).has_exact_schema) == ({"multipleOf": 5}, True)
    assert MultipleOf(Decimal("0.5")).schema("number") == {"multipleOf": 0.5}
    assert not MultipleOf(0.5).has_exact_schema


NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
)


@given(
    NUMBERS, st.one_of(st.integers(1, 1000), st.sampled_from([0.1, 0.25, 2.5, 1e-3, 1e5, Decimal("0.07")]))
)
def test_multiples_agree_with_fractions(value, step):
    """The fast way gives what exact fractions of the written numbers give."""

    def exact(number):
        return Fraction(repr(number)) if type(number) is float else Fraction(number)

    assert is_multiple(value, step) == ((exact(value) / exact(step)).denominator == 1)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Size(Enum):
    SMALL = 1
    LARGE = 2.5
    NONE = None


@pytest.mark.parametrize(
    ("choices", "good", "bad"),
    [
        (["admin", "user"], ["user"], ["root", "", "user\n"]),
        (Colour, ["red"], ["RED", "green"]),
        ([1, 2], [1], [3]),
        ([1, True, "1", None], [1, True, "1", None], [False, 1.0, [1], {}, 0]),
        ([True], [True], [False]),
        (Size, [1, 2.5, None], [2, True, [1], {1}]),
        ((option for option in "ab"), ["a"], ["c"]),
    ],
)
def test_choices_know_types(choices, good, bad):
    """1 is not True, and what cannot be hashed is refused like all else."""
    v = InputValidator()
    v.field("x").choices(choices)

    assert [v.inspect({"x": value}).ok for value in good] == [True] * len(good)
    assert [v.inspect({"x": value}).field_errors.keys() for value in bad] == [{"x"}] * len(bad)


@pytest.mark.parametrize(
    "options", [[], "ab", b"cd", {"a": 1}, 5, None, [[1]], [math.nan], [math.inf], [object()], [Decimal(1)]]
)
def test_choices_that_make_no_sense_are_refused(options):
    """Options are values that JSON can write, in something like a list."""
    with pytest.raises(ConfigurationError, match="Cannot make Choices, because "):
        Choices(options)


def test_choices_have_an_order():
    """That of a list is kept, that of a set is the same in every process; each is there once, types included."""
    assert Choices(["b", "a", "b"]).options == ("b", "a")
    assert Choices({"b", "a", 1, None}).options == (None, 1, "a", "b")
    assert [type(option) for option in Choices([1, True, 1.0]).options] == [int, bool, float]


def test_choices_suit_the_declared_type():
    """Whole options of a float are floats; options that no value could be are refused."""
    assert codes(Annotated[float, Choices([1, 2.5])], 1) == []
    assert codes(Annotated[int | str, Choices([1, "a"])], "a") == []
    assert codes(Annotated[Literal["a", "b"], Choices(["a"])], "b") == ["INVALID_CHOICE"]
    assert codes(Annotated[str, Choices([1, "a"])], "a") == []
    for declared in (str, list[int], bool):
        with pytest.raises(ConfigurationError):
            Validator.of(Annotated[declared, Choices([1])])


def test_schemas_of_choices():
    """Numbers are not exact, as JSON Schema takes 1.0 for 1."""
    assert Choices(["a", None, True]).schema("any") == {"enum": ["a", None, True]}
    assert Choices(["a", None, True]).has_exact_schema
    assert not Choices([1]).has_exact_schema


@attrs.define
class Tag:
    name: str
    note: Any = attrs.field(default=None, eq=False)


@attrs.define(slots=False)
class Half:
    name: str


class Plain:
    """Equal to everything, and not hashable."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("code of the sender's ran")

    __hash__ = None


def half() -> Half:
    """An instance that lacks its field."""
    made = Half("x")
    del made.name
    return made


ENDLESS: list[Any] = []
ENDLESS.extend([ENDLESS, ENDLESS])
NESTED: Any = []
for _ in range(100_000):
    NESTED = [NESTED]
WIDE: Any = [1]
for _ in range(60):
    WIDE = [WIDE, WIDE]


@pytest.mark.parametrize(
    ("values", "twins"),
    [
        ([1, 1.0], True),
        ([1, True, "1", None, [1], {"1": 1}, [True], "", 0, False], False),
        ([{"a": 1, "b": [2]}, {"b": [2.0], "a": 1}], True),
        ([[1, 2], [2, 1]], False),
        ([[1], (1,)], True),
        ([{1, 2}, frozenset({2, 1})], True),
        ([{}, []], False),
        ([Tag("a", 1), Tag("a", 2)], True),
        ([Tag("a"), Tag("b")], False),
        ([half(), half()], False),
        ([Plain(), Plain()], False),
        ([Decimal("1.0"), Decimal("1.00")], True),
        ([Decimal("sNaN"), Decimal("sNaN")], False),
        ([ENDLESS, 1], False),
        ([ENDLESS, ENDLESS], True),
        ([NESTED, 1], False),
        ([WIDE, WIDE[:]], True),
        ([10**400, 10**400], True),
        ([], False),
    ],
)
def test_twins_are_found_whatever_they_are(values, twins):
    """As JSON compares; in time that depth, cycles and sharing do not change; without code of the values."""
    assert has_twins(values) is twins


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-2, 2),
        st.sampled_from([0.0, 1.0, 0.5]),
        st.sampled_from(["", "a", "1"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=5,
)


def same(one: Any, two: Any) -> bool:
    """Whether two JSON values are equal: the slow way."""
    if isinstance(one, bool) or isinstance(two, bool):
        return one is two
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    return one == two


@given(st.lists(JSON, max_size=6))
def test_twins_are_those_of_json(values):
    """The fast way gives what comparing each with each gives."""
    slow = any(same(one, two) for index, one in enumerate(values) for two in values[:index])

    assert has_twins(values) is slow


def test_unique_asks_of_what_became_of_the_items():
    """Two equal objects are twins, whatever they have become."""
    declared = Annotated[list[Tag], Unique()]

    assert codes(declared, [{"name": "a"}, {"name": "a"}]) == ["NOT_UNIQUE"]
    assert codes(declared, [{"name": "a"}, {"name": "b"}]) == []
    assert Unique().schema("array") == {"uniqueItems": True}


def test_a_secret_is_written_and_never_read():
    """Schemas say so; no value is refused for it."""
    assert Secret().schema("string") == {"writeOnly": True}
    assert Secret().requirements("string") == ()
    assert Secret().has_exact_schema


@pytest.mark.parametrize("by", [Validator.of(Tag), Tag])
def test_nested_takes_what_declares_an_object(by):
    """A validator and an attrs class both do."""
    v = InputValidator()
    v.field("tag").nested(by) if isinstance(by, Validator) else v.field("tag").rule(Nested(by))

    assert v.validate({"tag": {"name": "a"}}) == {"tag": Tag("a")}
    assert [issue.pointer for issue in v.inspect({"tag": {}}).issues] == ["/tag/name"]


def test_a_constraint_of_ones_own():
    """It says what it suits and asks its questions; nothing else is needed."""

    @attrs.frozen
    class Odd(Constraint):
        suits = ("integer",)

        def requirements(self, kind: str) -> tuple[Requirement, ...]:
            return (Requirement("v % 2 == 0", "NOT_ODD", message="Must be odd."),)

    assert codes(Annotated[int, Odd()], 3) == []
    assert codes(Annotated[int, Odd()], 4) == ["NOT_ODD"]
    assert Odd().takes == ("integer",)
    assert (Odd().schema("integer"), Odd().has_exact_schema, Constraint().requirements("any")) == (
        {},
        True,
        (),
    )
    with pytest.raises(ConfigurationError, match="Odd suits integer, and the value is string"):
        Validator.of(Annotated[str, Odd()])


def test_constraints_of_no_limit_ask_nothing():
    """A length of any size has no question, and no words in a schema."""
    assert (Length().requirements("string"), Length().schema("string")) == ((), {})
    assert [type(part).__name__ for part in Range(1, below=3)] == ["Ge", "Lt"]


def test_like_a_list():
    """A text is none, although it has members."""
    assert [is_listing(each) for each in ([], (), set(), iter("a"), "a", b"a", {}, 5)] == [True] * 4 + [
        False
    ] * 4


def test_a_limit_that_is_broken_is_told_alone():
    """What else is asked of the value is asked of those within their limits."""
    v = InputValidator()
    v.field("x").type(int).multiple_of(10).range(5, 15)
    v.field("y").type(list).unique().length(3, 4)
    v.field("z").type(str).pattern("b").length(2, 3)

    def told(**data):
        return [(issue.pointer, issue.code) for issue in v.inspect(data).issues]

    assert told(x=3, y=[1, 1], z="a") == [("/x", "TOO_SMALL"), ("/y", "TOO_SHORT"), ("/z", "TOO_SHORT")]
    assert told(x=17, y=[1] * 5, z="aaaa") == [("/x", "TOO_LARGE"), ("/y", "TOO_LONG"), ("/z", "TOO_LONG")]
    assert told(x=7, y=[1, 1, 1], z="aa") == [
        ("/x", "NOT_A_MULTIPLE"),
        ("/y", "NOT_UNIQUE"),
        ("/z", "PATTERN_MISMATCH"),
    ]
