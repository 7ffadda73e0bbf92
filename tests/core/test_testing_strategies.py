# SPDX-License-Identifier: MIT
"""Test data is made of what is declared: good documents are good, and broken ones are broken where they say."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Annotated, Any, Literal
from uuid import UUID

import attrs
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from errcore import ConfigurationError, InputValidator, Issue, Validator, rule
from errcore.testing import Broken, anything_for, boundaries_for, invalid_for, valid_for
from errcore.testing.validators import broken as broken_module
from errcore.testing.validators import (
    corpora,
    declared,
    examples,
    judging,
    places,
    second_reading,
    text_forms,
    wrong_types,
)
from errcore.validation import (
    AsyncValidator,
    Choices,
    Constraint,
    Date,
    DateTime,
    Email,
    Length,
    MultipleOf,
    Pattern,
    Range,
    Secret,
    Unique,
    Url,
    Uuid,
    shapes,
)
from errcore.validation.checking.reading import PARSERS, WRONG


class Color(Enum):
    """Members of several types."""

    RED = "red"
    TWO = 2


@attrs.define
class Tag:
    """A part."""

    name: Annotated[str, Length(1, 5)]


@attrs.define
class Node:
    """What holds itself in a list."""

    value: int
    kids: list[Node] = attrs.field(factory=list)


@attrs.define
class Chain:
    """What holds itself or nothing."""

    name: str
    after: Chain | None = None
    by_name: dict[str, Chain] = attrs.field(factory=dict)


@attrs.define
class Cat:
    """One option."""

    kind: Literal["cat"]
    lives: int


@attrs.define
class Dog:
    """Another option."""

    kind: Literal["dog"]
    name: str


@attrs.define
class Loop:
    """What holds itself, or is left out."""

    inner: Loop = attrs.field(default=None)


@attrs.define
class Pair:
    """What holds itself in a row."""

    pair: tuple[Pair, int] | None = None


@attrs.define
class Box:
    """What holds what holds it."""

    tree: Tree


@attrs.define
class Tree:
    """The other half."""

    boxes: list[Box] = attrs.field(factory=list)


DECLARED: list[Any] = [
    Loop,
    Pair,
    Box,
    Tree,
    Annotated[str, Pattern("[\\s\\S]{0,3}")],
    Annotated[str, Pattern("[a-z]*[a-z0-9]*x")],
    Annotated[int, Choices([1, 2])],
    Annotated[Literal["a", "b"], Choices(["a"])],
    Annotated[float, Range(0.2, 0.9)],
    Annotated[float, Range(Decimal("0.1"), Fraction(2, 3))],
    Annotated[int, Range(Decimal("0.5"), Fraction(21, 2))],
    Annotated[Decimal, Range(Fraction(1, 3), 0.9)],
    list[Annotated[int, Range(1, 2)]],
    Annotated[list[int], Unique(), Length(0, 1)],
    Annotated[list[int], Length(0, 5000)],
    Annotated[set[int], Unique()],
    Color | list[int],
    UUID | list[int],
    Decimal | dict[str, int],
    Annotated[str, Email()],
    Annotated[str, Url(["https", "ftp"])],
    Annotated[str, Uuid()],
    Annotated[str, Date()],
    Annotated[str, DateTime()],
    Annotated[str, Pattern("[a-z-]+"), Length(2, 10)],
    Annotated[str, Pattern("[\\s\\S]*")],
    Annotated[str, Choices(["administrator", "user"])],
    Annotated[str, Length(100, 5000)],
    Annotated[str, Secret(), Length(8)],
    Annotated[int, Range(18, 120), MultipleOf(2)],
    Annotated[int, Range(above=0.5, below=10.5)],
    Annotated[int, MultipleOf(1)],
    Annotated[float, Range(above=0, below=1)],
    Annotated[float, Range(0.2, 0.9), MultipleOf(0.1)],
    Annotated[float, Range(-1.5)],
    Annotated[Decimal, Range(Decimal("0.5"), 100)],
    Annotated[Decimal, MultipleOf(0.5)],
    Annotated[datetime, Range(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))],
    Annotated[date, Range(date.min, date(2020, 2, 29))],
    Annotated[time, Range(time(8), time(17, 30))],
    Annotated[bytes, Length(2, 4)],
    UUID,
    bool,
    None,
    Color,
    Literal["a", 1, True] | None,
    Any,
    list[int],
    Annotated[list[Tag], Length(1, 3)],
    Annotated[list[str], Unique(), Length(2, 4)],
    Annotated[list[Any], Unique()],
    Annotated[list[UUID], Unique()],
    Annotated[list[datetime], Unique()],
    Annotated[list[Decimal], Unique()],
    Annotated[list[int], Length(61)],
    Annotated[list[int], Length(0, 0)],
    set[int],
    tuple[int, str],
    tuple[()],
    dict[str, float],
    Annotated[dict[Annotated[str, Length(1, 3)], int], Length(1, 2)],
    dict[Annotated[str, Pattern("[a-c]")], list[int]],
    Node,
    Chain,
    Cat | Dog,
    str | int | None,
    UUID | int,
    Annotated[str, Length(2)] | list[int],
    Tag | dict[str, int],
    int | Any,
    Annotated[str, Length(1)] | None,
]


@pytest.mark.parametrize("declared", DECLARED, ids=repr)
def test_documents_are_what_they_say(declared: Any) -> None:
    """Good ones pass, broken ones are refused for one thing, there; and borders lie where they are said to."""
    v: Validator[Any] = Validator.of(declared)

    @settings(max_examples=40)
    @given(valid_for(v))
    def good(document: Any) -> None:
        assert v.inspect(document).issues == ()

    def bad(broken: Broken) -> None:
        told = [(issue.pointer, issue.code) for issue in v.inspect(broken.document).issues]
        assert told == [(broken.pointer, broken.code)]

    good()
    if "Any" not in repr(declared) or "list" in repr(declared):
        settings(max_examples=60)(given(invalid_for(v))(bad))()
    for border in boundaries_for(v):
        first = next(iter(v.inspect(border.document).issues), None)
        assert (first is None) == border.valid, border
        assert first is None or (first.pointer, first.code) == (border.pointer, border.code), border


def fluent() -> InputValidator:
    """What only the builder has."""
    v = InputValidator(extra="forbid")
    v.field("mail").required().normalize(str.strip, str.lower).email()
    v.field("count").type(int, coerce=True).range(1, 10)
    v.field("share").type(float, coerce=True)
    v.field("on").type(bool, coerce=True).nullable()
    v.field("lo").required().type(int)
    v.field("hi").required().type(int)
    v.field("a/b~c").rename("plain").type(str).optional("x")
    v.check(
        lambda fields: fields["lo"] <= fields["hi"],
        code="ORDER",
        fields=["lo", "hi"],
        valid=lambda: st.integers(0, 9).map(lambda low: {"lo": low, "hi": 10}),
        invalid=lambda: [{"lo": 2, "hi": 1}],
    )
    v.check(
        lambda fields: fields["mail"] != "root@example.org",
        code="NOT_ROOT",
        valid=lambda: [{"mail": "ada@example.org"}],
        invalid=lambda: [{"mail": "root@example.org"}],
    )
    return v


def test_builders_have_documents_too() -> None:
    """Normalisers, coercion, other keys, checks across fields: everything that can be declared."""
    v = fluent()

    @settings(max_examples=100)
    @given(valid_for(v), invalid_for(v))
    def check(document: Any, broken: Broken) -> None:
        assert v.inspect(document).issues == ()
        told = [(issue.pointer, issue.code) for issue in v.inspect(broken.document).issues]
        assert told == [(broken.pointer, broken.code)]

    check()
    codes = {border.code for border in boundaries_for(v)}
    assert codes >= {None, "REQUIRED", "UNKNOWN_FIELD", "TOO_SMALL", "INVALID_FORMAT", "WRONG_TYPE"}
    found = find(invalid_for(v), lambda broken: broken.code == "NOT_ROOT")
    assert found.pointer == ""


def test_kept_keys_are_part_of_good_documents() -> None:
    """What is ignored or kept is sent sometimes."""
    v = InputValidator(extra="keep")
    v.field("a").type(int)

    assert find(valid_for(v), lambda document: "un/declared~" in document)


def even_rule(**roles: Any) -> Any:
    """A rule with examples."""

    @rule(code="EVEN", message="Must be even.")
    def even(value: int) -> bool:
        return value % 2 == 0

    for role, give in roles.items():
        getattr(even, role)(give)
    return even


def of_rules(*rules: Any, **more: Any) -> InputValidator:
    """A validator with rules on one field."""
    v = InputValidator()
    field = v.field("n")
    for each in rules:
        field.rule(each)
    if more:
        field.range(**more)
    return v


def test_rules_are_made_of_their_examples() -> None:
    """Together with constraints, and with another rule whose examples it has to suit."""
    even = even_rule(
        valid=lambda: st.integers(-50, 50).map(lambda half: 2 * half),
        invalid=lambda: st.integers(-50, 50).map(lambda half: 2 * half + 1),
        boundary=lambda: [(0, True), (1, False)],
    )

    @rule(code="NOT_SEVEN", message="Must not be 7 or 8.")
    def not_seven(value: int) -> bool:
        return value not in (7, 8)

    not_seven.valid(lambda: [6, 9, 10])
    not_seven.invalid(lambda: st.sampled_from([7, 8]))
    v = of_rules(even, not_seven, min=0, max=20)

    @settings(max_examples=60)
    @given(valid_for(v), invalid_for(v))
    def check(document: Any, broken: Broken) -> None:
        assert v.inspect(document).issues == ()
        told = [(issue.pointer, issue.code) for issue in v.inspect(broken.document).issues]
        assert told == [(broken.pointer, broken.code)]

    check()
    assert find(invalid_for(v), lambda broken: broken.code == "NOT_SEVEN").document == {"n": 8}
    borders = [
        (border.document.get("n"), border.valid)
        for border in boundaries_for(v)
        if isinstance(border.document, dict)
    ]
    assert (0, True) in borders
    assert (1, False) in borders
    assert (21, False) in borders
    assert (20, True) not in borders  # nobody can say what the rule thinks of it


def test_rule_that_crashes_in_the_kit_is_left_to_the_laws() -> None:
    """A rule is asked about the examples of another one, and its crash is no reason to leave them out."""
    even = even_rule(valid=lambda: [2], invalid=lambda: [3])

    @rule(code="CRASHES", message="Never.")
    def crashes(value: int) -> bool:
        raise KeyError(value)

    crashes.valid(lambda: [4])
    crashes.invalid(lambda: [6])

    assert find(valid_for(of_rules(even, crashes)), lambda document: document.get("n") == 2)


@pytest.mark.parametrize("role", ["valid", "invalid"])
def test_rule_without_examples_is_an_error_that_says_what_to_add(role: str) -> None:
    """Nothing is left out in silence."""
    other = {"valid": "invalid", "invalid": "valid"}[role]
    v = of_rules(even_rule(**{other: lambda: [2]}))

    with pytest.raises(
        ConfigurationError, match=rf"the rule even \(EVEN\) has no {role} examples; write `@even.{role}`"
    ):
        valid_for(v) if role == "valid" else invalid_for(v)


@pytest.mark.parametrize("role", ["valid", "invalid"])
def test_check_without_examples_is_an_error_that_says_what_to_add(role: str) -> None:
    """Checks across fields take their examples as arguments."""
    v = InputValidator()
    v.field("a").type(int)
    given_ = {} if role == "valid" else {"valid": lambda: [{"a": 1}]}
    v.check(lambda fields: True, code="ORDER", fields=["a"] if role == "valid" else [], **given_)

    with pytest.raises(ConfigurationError, match=f"the check ORDER has no {role} examples; give `{role}=`"):
        valid_for(v) if role == "valid" else invalid_for(v)


def test_examples_have_to_be_a_strategy_or_a_list() -> None:
    """Anything else is told at once, with what gave it."""
    v = of_rules(even_rule(valid=lambda: 7))

    with pytest.raises(ConfigurationError, match=r"@even.valid gave int; give a Hypothesis strategy"):
        valid_for(v)


def test_what_nothing_satisfies_is_told() -> None:
    """Two constraints that exclude each other, a normaliser that leaves nothing."""
    v = InputValidator()
    v.field("a").required().pattern("[A-Z]+").normalize(str.lower)

    with pytest.raises(ConfigurationError, match="nothing satisfies what is declared"):
        boundaries_for(v)


@attrs.define
class Endless:
    """It holds itself without an end."""

    inner: Endless


def test_class_without_an_end_is_told() -> None:
    """No document is so long."""
    with pytest.raises(ConfigurationError, match="holds itself without an end"):
        valid_for(Validator.of(Endless))


def test_class_without_an_end_has_no_broken_documents_either() -> None:
    """There is no good document in which one thing could be broken but its type."""
    broken = list(broken_module.breaks(declared.root_of(Validator.of(Endless)), 0))

    assert len(broken) == 1
    assert find(broken[0], lambda _: True).code == "WRONG_TYPE"


def test_what_takes_everything_has_no_broken_documents() -> None:
    """And says so."""
    with pytest.raises(ConfigurationError, match="everything is good"):
        invalid_for(Validator.of(Any))


def test_hooks_of_users_need_examples() -> None:
    """Only the hook knows what it reads."""
    v = Validator(shapes.Value(shapes.Foreign("Money", str)))

    with pytest.raises(ConfigurationError, match="a hook of yours reads Money"):
        valid_for(v)


def test_constraints_of_users_have_to_be_known() -> None:
    """A class that nobody registered is an error that names the place."""

    @attrs.frozen
    class Mine(Constraint):
        pass

    v: Validator[Any] = Validator(shapes.Value(shapes.Text(), constraints=(Mine(),)))

    with pytest.raises(ConfigurationError, match="nothing is known about the constraint Mine"):
        boundaries_for(v)


def test_other_things_are_no_validators() -> None:
    """A class is not one yet."""
    with pytest.raises(ConfigurationError, match="it is no validator"):
        valid_for(Tag)


def test_validator_that_waits_is_taken_by_its_first_part() -> None:
    """Rules that wait come afterwards."""
    v = Validator.of(Tag)

    assert isinstance(waiting := v.with_async_rules({}), AsyncValidator)
    assert find(valid_for(waiting), lambda _: True)["name"]


def test_boundaries_are_always_the_same() -> None:
    """They are a list, in the order of the declaration, and no two runs differ."""
    first, second = (repr(boundaries_for(fluent())) for _ in range(2))

    assert first == second


def test_boundaries_name_the_classics() -> None:
    """Limits and one beyond, True for an integer, "7", 2.0, null, a line end, NaN and infinity, nothing, absence."""
    v = InputValidator()
    v.field("age").required().type(int).range(18, 120)
    v.field("slug").pattern("[a-z]+").length(1, 4)
    v.field("rate").type(float)
    found = [(border.pointer, border.document.get(border.pointer[1:]), border.valid) for border in boundaries_for(v)
             if isinstance(border.document, dict)]  # fmt: skip

    for age, good in (
        (17, False),
        (18, True),
        (120, True),
        (121, False),
        (True, False),
        ("7", False),
        (None, False),
    ):
        assert ("/age", age, good) in found
    assert any(
        type(value) is float and value == 2.0 and not good for where, value, good in found if where == "/age"
    )
    assert any(
        pointer == "/slug" and str(value).endswith("\n") and not good for pointer, value, good in found
    )
    assert ("/slug", "", False) in found
    for number in (math.inf, -math.inf):
        assert ("/rate", number, False) in found
    assert any(isinstance(value, float) and math.isnan(value) for _, value, _ in found)
    absent = [
        border.code
        for border in boundaries_for(v)
        if isinstance(border.document, dict) and border.document and "age" not in border.document
    ]
    assert absent == ["REQUIRED"]


@pytest.mark.parametrize(
    "wanted",
    [
        lambda value: isinstance(value, float) and math.isnan(value),
        lambda value: isinstance(value, int) and abs(value) > 10**300,
        lambda value: isinstance(value, str) and "\ud800" in value,
        lambda value: isinstance(value, dict) and any("~" in key for key in value),
        lambda value: isinstance(value, list) and repr(value).count("[") > 50,
        lambda value: isinstance(value, dict) and set(value) == {"value"},
        lambda value: isinstance(value, dict) and value.get("kids") == [None],
    ],
    ids=["nan", "huge", "surrogate", "key", "deep", "near", "inside"],
)
def test_anything_is_really_anything(wanted: Any) -> None:
    """What is worse than JSON comes, too, and so does what is nearly good."""
    find(
        anything_for(Validator.of(Node)),
        wanted,
        settings=settings(max_examples=5000, database=None, derandomize=True),
    )


@pytest.mark.parametrize(
    ("corpus", "is_one", "constraint"),
    [
        (corpora.EMAILS, text_forms.is_email, Email()),
        (corpora.DATES, text_forms.is_date, Date()),
        (corpora.DATE_TIMES, text_forms.is_date_time, DateTime()),
        (corpora.UUIDS, text_forms.is_uuid, Uuid()),
        (
            [line.replace("{scheme}", "https") for line in corpora.URLS],
            lambda text: text_forms.is_url(text, ["https"]),
            Url(["https"]),
        ),
    ],
    ids=["email", "date", "date-time", "uuid", "url"],
)
def test_forms_are_recognised_twice(corpus: Any, is_one: Any, constraint: Any) -> None:
    """By an expression in the constraint, and by hand in the kit; they agree, and the corpus has both kinds."""
    v: Validator[Any] = Validator.of(Annotated[str, constraint])
    said = [is_one(text) for text in corpus]

    assert said == [v.inspect(text).ok for text in corpus]
    assert True in said
    assert False in said


KINDS = {
    "uuid": (UUID, text_forms.is_uuid),
    "datetime": (datetime, text_forms.is_date_time),
    "date": (date, text_forms.is_date),
    "time": (time, text_forms.is_time),
    "decimal": (Decimal, text_forms.is_decimal),
    "bytes": (bytes, text_forms.is_base64),
}


@pytest.mark.parametrize("kind", KINDS)
def test_texts_that_stand_for_values_are_recognised_twice(kind: str) -> None:
    """By the reader of the field, and by hand in the kit; they agree, and the corpus has both kinds."""
    declared_type, is_one = KINDS[kind]
    v: Validator[Any] = Validator.of(declared_type)
    said = {text: is_one(text) for text in corpora.PARSED[kind]}

    assert said == {text: v.inspect(text).ok for text in corpora.PARSED[kind]}
    assert set(said.values()) == {True, False}


@pytest.mark.parametrize("kind", KINDS)
def test_fields_have_the_corpus_of_their_kind_at_their_borders(kind: str) -> None:
    """So that the laws ask about each text of it, where the constraint on a text does, too."""
    v: Validator[Any] = Validator.of(KINDS[kind][0])
    said = {border.document: border.valid for border in boundaries_for(v) if isinstance(border.document, str)}

    assert set(corpora.PARSED[kind]) <= set(said)


@given(st.text("0123456789:.+-Ee", max_size=14), st.text("QU1+/=-\n", max_size=9))
def test_chance_texts_that_stand_for_values_are_recognised_twice(text: str, data: str) -> None:
    """Whatever it is."""
    assert (PARSERS["time"](text) is not WRONG) == text_forms.is_time(text)
    assert (PARSERS["decimal"](text) is not WRONG) == text_forms.is_decimal(text)
    assert (PARSERS["bytes"](data) is not WRONG) == text_forms.is_base64(data)


@given(st.text("a@.-é\n1", max_size=12), st.text("0123456789-:TZ.+", max_size=30))
def test_forms_are_recognised_twice_in_chance_texts(address: str, moment: str) -> None:
    """Whatever it is."""
    for text, is_one, constraint in (
        (address, text_forms.is_email, Email()),
        (f"https://{address}", lambda text: text_forms.is_url(text, ["https"]), Url(["https"])),
        (moment, text_forms.is_date_time, DateTime()),
        (moment[:10], text_forms.is_date, Date()),
    ):
        v: Validator[Any] = Validator.of(Annotated[str, constraint])
        assert v.inspect(text).ok == is_one(text)


def test_judging_gives_way_to_what_it_cannot_read() -> None:
    """Overflow, naive moments, numbers for decimals: as the reader of the validator does it."""
    real, decimal = shapes.Real(), shapes.Parsed("decimal", Decimal)

    assert second_reading.read(real, 10**400) is second_reading.UNREAD
    assert second_reading.read(decimal, 10**400) == Decimal(10**400)
    assert second_reading.read(decimal, 0.1) == Decimal("0.1")
    assert second_reading.read(decimal, Decimal(1)) == 1
    assert second_reading.read(decimal, "1e1") == 10
    assert second_reading.read(shapes.Parsed("uuid", UUID), 7) is second_reading.UNREAD


def test_places_are_found_and_replaced() -> None:
    """By pointer; what is no place stays as it is."""
    document = {"a": [1, {"b/c": 2}], "": 0}

    assert places.at(document, "/a/1/b~1c") == 2
    assert places.at(document, "/") == 0
    assert all(
        places.at(document, wrong) is shapes.MISSING for wrong in ("a", "/a/01", "/a/9", "/a/x", "/a/0/0")
    )
    assert places.put(document, "", 7) == 7
    assert places.put(document, "/a/1/b~1c", 7) == {"a": [1, {"b/c": 7}], "": 0}
    assert places.put(document, "/a/9", 7) == document
    assert places.put(document, "/c", 7)["c"] == 7
    assert examples.Examples() == examples.examples_of(Issue("", "X", "x"), shapes.Text())


def test_borders_of_containers_with_rules_are_broken_ones_only() -> None:
    """What a rule on a list, a row, an object or a union thinks of a good border, nobody can say."""
    short = rule(code="SHORT", message="Must be short.")(lambda value: len(value) < 3)
    short.valid(lambda: [[]])
    for shape, good in (
        (shapes.Items(shapes.Value(shapes.Whole())), [[1]]),
        (shapes.Row((shapes.Value(shapes.Whole()),)), [[1]]),
        (shapes.Entries(shapes.Value(shapes.Text()), shapes.Value(shapes.Whole())), [{"a": 1}]),
        (shapes.Either((shapes.Value(shapes.Text()), shapes.Value(shapes.Items(shapes.Value())))), ["a"]),
        (shapes.Record((shapes.Field("a", shapes.Value(shapes.Whole()), True, "a"),)), [{"a": 1}]),
    ):
        short.valid(lambda good=good: good)
        v: Validator[Any] = Validator(shapes.Value(shape, rules=(short,)))
        assert [border.document for border in boundaries_for(v) if border.valid] == good


def test_checks_of_the_whole_leave_no_good_border() -> None:
    """Nor does one about a field that may be left out, which is asked only where it is there."""
    v = InputValidator()
    v.field("a").type(int)
    v.field("b").type(int).optional()
    v.check(
        lambda fields: fields.get("a") != 7, code="NO_SEVEN", valid=lambda: [{}], invalid=lambda: [{"a": 7}]
    )
    v.check(
        lambda fields: True, code="ORDER", fields=["b"], valid=lambda: [{"b": 1}], invalid=lambda: [{"b": 2}]
    )

    assert [border.document for border in boundaries_for(v) if border.valid] == [{}]
    assert find(valid_for(v), lambda document: "b" in document)["b"] == 1


def test_options_that_overlap_are_not_said_to_be_broken() -> None:
    """Where several could be meant, nobody can say what is told."""
    uuid, color = shapes.Value(shapes.Parsed("uuid", UUID)), shapes.Value(shapes.Member(Color))
    nullable = shapes.Value(shapes.Text(), nullable=True)

    assert not wrong_types.told_alone(shapes.Either((uuid, color)), uuid)
    assert (
        wrong_types.wrong_values(shapes.Value(shapes.Either((nullable, shapes.Value(shapes.Whole()))))) == []
    )
    assert judging.judge(nullable, None) == ()
    values = declared.values_in(Validator.of(tuple[int, str]).root)
    assert [value.shape.kind for value in values] == ["array", "integer", "string"]
