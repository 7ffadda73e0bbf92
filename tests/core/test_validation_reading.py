# SPDX-License-Identifier: MIT
"""Readers take anything and give a value of the exact type or `WRONG`: nothing lost, nothing guessed, no code run."""

from __future__ import annotations

import base64
import math
import sys
from collections import ChainMap, OrderedDict, defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from types import MappingProxyType
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore.validation.checking import reading
from errcore.validation.checking.findings import step_to
from errcore.validation.checking.reading import PARSERS, WRONG
from errcore.validation.checking.source import step


def explode(*args, **settings):
    """Stands for code of the sender's."""
    raise AssertionError("code of the sender's ran")


HOSTILE = dict.fromkeys(
    [
        *(
            "__str__",
            "__repr__",
            "__eq__",
            "__ne__",
            "__lt__",
            "__gt__",
            "__hash__",
            "__bool__",
            "__len__",
            "__iter__",
        ),
        *(
            "__int__",
            "__float__",
            "__index__",
            "__trunc__",
            "__format__",
            "__getitem__",
            "__contains__",
            "__getattr__",
        ),
        *("keys", "items", "values", "get", "copy", "encode", "upper", "strip", "is_integer", "__reversed__"),
    ],
    explode,
)
BadStr = type("BadStr", (str,), HOSTILE)
BadInt = type("BadInt", (int,), HOSTILE)
BadFloat = type("BadFloat", (float,), HOSTILE)
BadDict = type("BadDict", (dict,), HOSTILE)
BadList = type("BadList", (list,), HOSTILE)
BadTuple = type("BadTuple", (tuple,), HOSTILE)
BadSet = type("BadSet", (set,), HOSTILE)
BadFrozenset = type("BadFrozenset", (frozenset,), HOSTILE)
BadObject = type("BadObject", (), HOSTILE)


class Port(IntEnum):
    HTTP = 80


CASES = [
    (reading.text, BadStr("a"), "a"),
    (reading.text, BadObject(), WRONG),
    (reading.text, b"a", WRONG),
    (reading.whole, BadInt(7), 7),
    (reading.whole, Port.HTTP, 80),
    (reading.whole, True, WRONG),
    (reading.whole, 7.0, WRONG),
    (reading.whole, "7", WRONG),
    (reading.number, BadFloat(7.5), 7.5),
    (reading.number, BadInt(7), 7.0),
    (reading.number, 2**53 + 1, WRONG),
    (reading.number, 10**400, WRONG),
    (reading.number, math.nan, WRONG),
    (reading.number, -math.inf, WRONG),
    (reading.number, BadFloat("nan"), WRONG),
    (reading.number, True, WRONG),
    (reading.number, Decimal("1.5"), WRONG),
    (reading.number, 1j, WRONG),
    (reading.loose_integer, BadStr("-7"), -7),
    (reading.loose_integer, BadInt(7), 7),
    (reading.loose_integer, BadFloat(7.0), 7),
    (reading.loose_integer, 7.5, WRONG),
    (reading.loose_integer, math.inf, WRONG),
    (reading.loose_integer, "7.0", WRONG),
    (reading.loose_integer, "\u0667", WRONG),
    (reading.loose_integer, " 7", WRONG),
    (reading.loose_integer, "7\n", WRONG),
    (reading.loose_integer, "1_0", WRONG),
    (reading.loose_integer, "+7", WRONG),
    (reading.loose_integer, "", WRONG),
    (reading.loose_integer, "9" * 10_000_000, WRONG),
    (reading.loose_integer, None, WRONG),
    (reading.loose_number, BadStr("7.5e1"), 75.0),
    (reading.loose_number, BadFloat(7.5), 7.5),
    (reading.loose_number, "7", 7.0),
    (reading.loose_number, "9007199254740993", WRONG),
    (reading.loose_number, "1e999", WRONG),
    (reading.loose_number, "infinity", WRONG),
    (reading.loose_number, "nan", WRONG),
    (reading.loose_number, "1e1000", WRONG),
    (reading.loose_number, "1" * 400, WRONG),
    (reading.loose_number, ".5", WRONG),
    (reading.loose_number, "\u0667.\u0665", WRONG),
    (reading.loose_truth, True, True),
    (reading.loose_truth, BadStr("false"), False),
    (reading.loose_truth, "True", WRONG),
    (reading.loose_truth, 1, WRONG),
    (reading.loose_truth, [], WRONG),
    (reading.items, BadList([1, 2]), [1, 2]),
    (reading.items, BadTuple((1, 2)), [1, 2]),
    (reading.items, BadSet({2, 1}), [1, 2]),
    (reading.items, BadFrozenset({2, 1}), [1, 2]),
    (reading.items, {"b", "a", 1, None}, [None, 1, "a", "b"]),
    (reading.items, "ab", WRONG),
    (reading.items, {"a": 1}, WRONG),
    (reading.items, range(3), WRONG),
    (reading.items, BadObject(), WRONG),
    (reading.mapping, BadDict(a=1), {"a": 1}),
    (reading.mapping, OrderedDict(a=1), {"a": 1}),
    (reading.mapping, defaultdict(list, a=1), {"a": 1}),
    (reading.mapping, MappingProxyType({"a": 1}), {"a": 1}),
    (reading.mapping, ChainMap({"a": 1}, {"b": 2}), {"a": 1, "b": 2}),
    (reading.mapping, [("a", 1)], WRONG),
    (reading.mapping, BadObject(), WRONG),
]


@pytest.mark.parametrize(
    ("reader", "value", "wanted"),
    CASES,
    ids=[f"{case[0].__name__}{index}" for index, case in enumerate(CASES)],
)
def test_readers_give_the_exact_type_or_nothing(reader, value, wanted):
    """A subclass is read without its methods; what is not of the type is wrong, whatever it could be made to."""
    found = reader(value)

    assert type(found) is type(wanted)
    assert found == wanted


class Endless(Mapping):
    """Has always one more key."""

    def __iter__(self):
        count = 0
        while True:
            yield count
            count += 1

    def __len__(self):
        return 1

    def __getitem__(self, key):
        return key


class Same(Endless):
    """Has one key again and again."""

    def __iter__(self):
        while True:
            yield "a"


class Raising(Endless):
    """Has a key that it does not know."""

    def __iter__(self):
        yield "a"

    def __getitem__(self, key):
        raise LookupError(key)


class Unhashable(Endless):
    """Has a key that cannot be one."""

    def __iter__(self):
        yield []


@pytest.mark.parametrize(
    "value", [Endless(), Same(), Raising(), Unhashable()], ids=lambda value: type(value).__name__
)
def test_mappings_that_are_none(value):
    """One that has no end, or fails, is no object."""
    assert reading.mapping(value) is WRONG


def test_a_set_that_cannot_be_ordered():
    """Its members cannot be shown, so that there is no order."""
    member = type("Member", (), {"__repr__": explode})()

    assert reading.items({member}) is WRONG


def test_fewer_digits_may_be_allowed():
    """Python's own limit on the digits of an integer holds."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert reading.loose_integer("1" * 641) is WRONG
        assert reading.loose_number("1" * 641) is WRONG
    finally:
        sys.set_int_max_str_digits(before)


class Nowhere(tzinfo):
    """A time zone without an offset."""

    def utcoffset(self, moment):
        return None


class Broken(tzinfo):
    """A time zone that fails."""

    def utcoffset(self, moment):
        raise RuntimeError("broken")


MOMENT = datetime(2026, 1, 31, 12, tzinfo=UTC)
PARSED = [
    ("uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")),
    ("uuid", "6ba7b8109dad11d180b400c04fd430c8", WRONG),
    ("uuid", 5, WRONG),
    ("datetime", "2026-01-31t12:00:00z", MOMENT),
    ("datetime", BadStr("2026-01-31T12:00:00Z"), MOMENT),
    ("datetime", MOMENT, MOMENT),
    ("datetime", MOMENT.replace(tzinfo=None), WRONG),
    ("datetime", MOMENT.replace(tzinfo=Nowhere()), WRONG),
    ("datetime", MOMENT.replace(tzinfo=Broken()), WRONG),
    ("datetime", "2026-02-30T12:00:00Z", WRONG),
    ("datetime", "2026-01-31T12:00:00", WRONG),
    ("datetime", "2026-01-31T12:00:00Z\n", WRONG),
    ("datetime", "2026-01-31T12:00:00Z" * 500_000, WRONG),
    ("date", "2026-01-31", date(2026, 1, 31)),
    ("date", MOMENT, WRONG),
    ("date", "2026-W05-6", WRONG),
    ("date", 0, WRONG),
    ("time", "12:00:00.5", time(12, microsecond=500_000)),
    ("time", time(12), time(12)),
    ("time", time(12, tzinfo=UTC), WRONG),
    ("time", "12:00", WRONG),
    ("time", "25:00:00", WRONG),
    ("decimal", "1.50", Decimal("1.50")),
    ("decimal", 0.1, Decimal("0.1")),
    ("decimal", 10**5000, Decimal(10**5000)),
    ("decimal", True, WRONG),
    ("decimal", math.nan, WRONG),
    ("decimal", math.inf, WRONG),
    ("decimal", Decimal("NaN"), WRONG),
    ("decimal", Decimal("sNaN"), WRONG),
    ("decimal", "1e1000", WRONG),
    ("decimal", "NaN", WRONG),
    ("decimal", "\u0661", WRONG),
    ("decimal", "1" * 10_000_000, WRONG),
    ("bytes", "YQ==", b"a"),
    ("bytes", "", b""),
    ("bytes", b"a", b"a"),
    ("bytes", "YQ", WRONG),
    ("bytes", "YQ==\n", WRONG),
    ("bytes", "Y Q=", WRONG),
    ("bytes", "\ud800", WRONG),
    ("bytes", [1], WRONG),
]


@pytest.mark.parametrize(
    ("kind", "value", "wanted"), PARSED, ids=[f"{case[0]}{index}" for index, case in enumerate(PARSED)]
)
def test_texts_stand_for_values(kind, value, wanted):
    """A text in the one form, or a value of the very type; half a moment is none."""
    found = PARSERS[kind](value)

    assert type(found) is type(wanted)
    assert found == wanted


class Shade(Enum):
    RED = "red"
    ONE = 1
    PAIR = (1, 2)


def test_members_are_found_by_their_values():
    """Types included; what cannot be hashed is no value."""
    read = reading.member_of(Shade, {(type(member.value), member.value): member for member in Shade})

    assert [read(value) for value in ("red", 1, Shade.RED, (1, 2))] == [
        Shade.RED,
        Shade.ONE,
        Shade.RED,
        Shade.PAIR,
    ]
    assert {id(read(value)) for value in ("RED", True, 1.0, [1], ([1], 2), None, BadStr("red"))} == {
        id(WRONG)
    }


@attrs.define
class Point:
    x: int
    y: int = 0


def test_instances_are_read_by_their_attributes():
    """One that lacks an attribute is none; others are mappings or nothing."""
    read = reading.record_of(Point, {"x": "x", "why": "y"})
    empty = Point.__new__(Point)

    assert read(Point(1, 2)) == {"x": 1, "why": 2}
    assert read({"x": 1}) == {"x": 1}
    assert read(empty) is WRONG
    assert read(5) is WRONG
    assert repr(WRONG) == "WRONG"


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.decimals(),
    st.datetimes(timezones=st.one_of(st.none(), st.timezones())),
    st.times(),
    st.dates(),
    st.uuids(),
    st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,5})?", fullmatch=True),
    st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
)
READERS = [
    *(
        reading.text,
        reading.whole,
        reading.number,
        reading.loose_integer,
        reading.loose_number,
        reading.loose_truth,
    ),
    *(reading.mapping, reading.items, *PARSERS.values()),
]


@given(st.one_of(SCALARS, st.lists(SCALARS), st.dictionaries(st.text(), SCALARS), st.sets(st.text())))
def test_reading_twice_is_reading_once(value):
    """What a reader gives it gives again, of the same type; and it never fails."""
    for reader in READERS:
        once = reader(value)
        if once is WRONG:
            continue
        twice = reader(once)
        assert type(twice) is type(once)
        assert twice == once


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_nothing_is_lost(value):
    """What a number is read as is that number, and so is what its text is read as."""
    for found in (reading.number(value), reading.loose_integer(value), reading.whole(value)):
        assert found is WRONG or Fraction(found) == Fraction(value)
    if isinstance(value, int):
        assert reading.loose_integer(str(value)) == value
        assert reading.number(value) == reading.loose_number(str(value))
    else:
        assert reading.number(value) == value
        assert PARSERS["decimal"](value) == Decimal(repr(value))


@given(st.datetimes(timezones=st.timezones()))
def test_moments_come_back(moment):
    """The text of a moment is read as that moment, where its offset is one of whole minutes."""
    if moment.utcoffset() % timedelta(minutes=1) == timedelta(0):
        found = PARSERS["datetime"](moment.isoformat())
        assert found.replace(tzinfo=None) == moment.replace(tzinfo=None)
        assert found.utcoffset() == moment.utcoffset()


@given(st.binary())
def test_bytes_come_back(data):
    """What base64 writes is read."""
    assert PARSERS["bytes"](base64.b64encode(data).decode()) == data


@given(st.text())
def test_steps_of_pointers_come_back(name):
    """A step is one step, from which the name can be read; a name that cannot be shown has none (RFC 6901)."""

    def read(pointer):
        return pointer[1:].replace("~1", "/").replace("~0", "~")

    assert read(step(name)) == name
    assert step(name).count("/") == 1
    shown = step_to(name)
    assert shown == (step(name) if name.isprintable() and len(name) <= 128 else "")


@attrs.define
class Sealed:
    """Fails when it is asked for anything of its own."""

    x: int = 0

    def __getattribute__(self, name):
        if name == "x":
            raise RuntimeError("sealed")
        return super().__getattribute__(name)


def test_instances_that_fail_when_they_are_read_are_none():
    """Whatever they raise."""
    assert reading.record_of(Sealed, {"x": "x"})(Sealed()) is WRONG
