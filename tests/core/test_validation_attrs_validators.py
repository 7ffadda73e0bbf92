# SPDX-License-Identifier: MIT
"""Validators of attrs on the fields of a class: the known ones become constraints, the others are asked as they are."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from attrs import validators as av

from errcore import Validator

CANARY = "canary-" * 40


def field(kind: Any, *given: Any) -> Validator[Any]:
    """A validator of a class with one field, x."""
    return Validator.of(attrs.make_class("One", {"x": attrs.field(type=kind, validator=list(given))}))


def said(validator: Validator[Any], value: object) -> list[tuple[str, str]]:
    """What is wrong, by place."""
    return [(issue.pointer, issue.code) for issue in validator.inspect({"x": value}).issues]


def even(_own: object, _attribute: object, value: Any) -> None:
    """One that nobody can read."""
    if value % 2:
        raise ValueError(f"{value} is odd, {CANARY}")


CASES: list[tuple[str, Validator[Any], object, object, str]] = [
    ("ge", field(int, av.ge(1)), 1, 0, "TOO_SMALL"),
    ("gt", field(int, av.gt(1)), 2, 1, "TOO_SMALL"),
    ("le", field(int, av.le(1)), 1, 2, "TOO_LARGE"),
    ("lt", field(float, av.lt(1)), 0.5, 1, "TOO_LARGE"),
    ("min_len", field(str, av.min_len(1)), "a", "", "TOO_SHORT"),
    ("max_len", field(str, av.max_len(1)), "a", "aa", "TOO_LONG"),
    ("in", field(str, av.in_(["a", "b"])), "a", "c", "INVALID_CHOICE"),
    ("in objects", field(float, av.in_(range(3))), 1, 7, "INVALID"),
    ("matches", field(str, av.matches_re("[a-z]+")), "a", "A", "PATTERN_MISMATCH"),
    ("flags", field(str, av.matches_re("[a-z]+", re.IGNORECASE)), "A", "1", "INVALID"),
    ("search", field(str, av.matches_re("[a-z]", func=re.search)), "1a", "1", "INVALID"),
    ("and", field(int, av.and_(av.ge(1), av.le(3))), 3, 4, "TOO_LARGE"),
    ("optional", field(int | None, av.optional(av.ge(1))), None, 0, "TOO_SMALL"),
    ("items", field(list[int], av.deep_iterable(av.ge(1))), [1], [0], "TOO_SMALL"),
    ("typed items", field(list[int], av.deep_iterable(av.instance_of(int))), [1], ["a"], "WRONG_TYPE"),
    (
        "items of a list",
        field(list[int], av.deep_iterable(av.ge(1), av.instance_of(list))),
        [1],
        [0],
        "INVALID",
    ),
    (
        "members",
        field(dict[str, int], av.deep_mapping(av.min_len(1), av.ge(1))),
        {"a": 1},
        {"": 1},
        "INVALID",
    ),
    ("not", field(int, av.not_(av.in_([1]))), 2, 1, "INVALID"),
    ("or", field(int, av.or_(av.ge(3), av.in_([1]))), 1, 2, "INVALID"),
    ("type", field(int, av.instance_of(int)), 1, True, "WRONG_TYPE"),
    ("type alone", field(Any, av.instance_of(int)), 1, "a", "INVALID"),
    ("a limit alone", field(Any, av.optional(av.ge(1))), None, 0, "INVALID"),
    ("a limit of texts", field(str, av.ge("b")), "b", "a", "INVALID"),
    ("own", field(int, even), 2, 1, "INVALID"),
    ("own, first of two", field(int, av.ge(1), even), 2, 1, "INVALID"),
]


@pytest.mark.parametrize(
    ("validator", "good", "bad", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_each_validator_of_attrs_is_obeyed(
    validator: Validator[Any], good: object, bad: object, code: str
) -> None:
    """At the field, with a code where its limits are known."""
    assert validator.validate({"x": good}).x == good
    assert {found for _, found in said(validator, bad)} == {code}


def test_known_limits_are_in_messages_and_schemas() -> None:
    """They are constraints like ours."""
    validator = field(int, av.ge(18), av.lt(120))
    issue = validator.inspect({"x": 7}).issues[0]
    assert (issue.message, issue.params) == ("Must be at least 18.", {"min": 18})
    assert validator.json_schema().document["properties"]["x"] == {
        "type": "integer",
        "minimum": 18,
        "exclusiveMaximum": 120,
    }


def test_limits_of_moments_are_limits() -> None:
    """As in `Range`."""
    validator = field(datetime, av.ge(datetime(2026, 1, 1, tzinfo=UTC)))
    assert said(validator, "2025-12-31T23:59:59Z") == [("/x", "TOO_SMALL")]


def test_two_that_fail_are_both_reported() -> None:
    """On two fields, and none of them repeats the value."""

    @attrs.define
    class Two:
        a: int = attrs.field(validator=av.ge(10))
        b: int = attrs.field(validator=even)
        c: str = attrs.field(validator=av.matches_re("[a-z]+"))

    result = Validator.of(Two).inspect({"a": 7, "b": 9, "c": CANARY.upper()})
    assert [(issue.pointer, issue.code) for issue in result.issues] == [
        ("/a", "TOO_SMALL"),
        ("/b", "INVALID"),
        ("/c", "PATTERN_MISMATCH"),
    ]
    assert "canary" not in repr(result.issues).lower()


def test_a_validator_that_crashes_is_our_mistake() -> None:
    """Only a ValueError or a TypeError says no."""

    def broken(_own: object, _attribute: object, value: Any) -> None:
        raise KeyError(value)

    result = field(str, broken).inspect({"x": CANARY})
    assert [issue.code for issue in result.issues] == ["RULE_CRASHED"]
    assert not result.ok and result.crashed


def test_one_that_looks_at_other_fields_waits_for_the_object() -> None:
    """It is asked by the class, and what it refuses is the whole record."""

    @attrs.define
    class Period:
        start: int
        end: int = attrs.field()

        @end.validator
        def _ends(self, _attribute: object, value: int) -> None:
            try:
                first = self.start
            except Exception:  # noqa: BLE001 - even such a handler does not hide that it has to wait
                first = 10**9
            if value < first:
                raise ValueError(CANARY)

    validator = Validator.of(Period)
    assert validator.validate({"start": 1, "end": 2}) == Period(1, 2)
    result = validator.inspect({"start": 2, "end": 1})
    assert [(issue.pointer, issue.code) for issue in result.issues] == [("", "INVALID")]
    assert "canary" not in repr(result.issues)


def test_one_on_itself_is_asked_at_its_field() -> None:
    """A method that looks at its value only needs no object."""

    @attrs.define
    class Half:
        x: int = attrs.field()

        @x.validator
        def _even(self, _attribute: object, value: int) -> None:
            if value % 2:
                raise ValueError(value)

    assert said(Validator.of(Half), 1) == [("/x", "INVALID")]
