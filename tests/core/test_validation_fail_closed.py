# SPDX-License-Identifier: MIT
"""What is declared elsewhere, in attrs, cattrs, annotated-types or pydantic, is heeded or refused: never dropped in silence."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal

import annotated_types as at
import attr
import attrs
import cattrs
import pydantic
import pytest
from cattrs.gen import make_dict_structure_fn

import errcore.validation
from errcore import ConfigurationError, InputValidator, ValidationError, Validator, rule
from errcore.testing import boundaries_for, check_laws
from errcore.validation import Each, Email, Length, Nested, strict
from errcore.validation.patterns.growth import longest_text


def codes(declared: Any, document: Any) -> list[str]:
    """The codes of what is wrong with a document."""
    return [issue.code for issue in Validator.of(declared).inspect(document).issues]


@attr.s
class Older:
    """Says its type where attrs was told of it first."""

    x = attr.ib(type=int)


def as_integers(_cls: type, fields: list[Any]) -> list[Any]:
    """A transformer of fields."""
    return [field.evolve(type=int) for field in fields]


@attrs.define(field_transformer=as_integers)
class Transformed:
    """Whose annotation says something else than its field."""

    x: str


@attrs.define
class Strange:
    """Of which cattrs forbids other keys, in its hook alone."""

    x: int


@attrs.define
class Named:
    """May say that it is this one by saying nothing."""

    kind: Literal["a"] | None


@attrs.define
class Other:
    """The other one."""

    kind: Literal["b"]


class Color(Enum):
    """A colour."""

    RED = "red"


class MoreThan(at.Gt):
    """A constraint of somebody's, below a known one."""


@pytest.mark.parametrize("cls", [Older, Transformed])
def test_a_type_counts_wherever_attrs_has_it(cls: type) -> None:
    """Also where no annotation says it."""
    assert codes(cls, {"x": "nope"}) == ["WRONG_TYPE"]
    assert codes(cls, {"x": 7}) == []


def test_a_hook_that_forbids_other_keys_is_obeyed() -> None:
    """By `strict`, and by a validator with the converter."""
    converter = cattrs.Converter()
    converter.register_structure_hook(
        Strange, make_dict_structure_fn(Strange, converter, _cattrs_forbid_extra_keys=True)
    )

    assert [i.code for i in Validator.of(Strange, converter=converter).inspect({"x": 1, "z": 2}).issues] == [
        "UNKNOWN_FIELD"
    ]
    with pytest.raises(ValidationError):
        strict(converter).structure({"x": 1, "z": 2}, Strange)


def test_the_length_of_a_set_is_that_of_what_is_made() -> None:
    """What is there twice counts once."""
    assert codes(Annotated[set[int], Length(2)], [1, 1]) == ["TOO_SHORT"]
    assert codes(Annotated[frozenset[int], Length(1, 2)], [1, 1, 2]) == []
    assert not Validator.of(set[int]).json_schema().exact


@pytest.mark.parametrize(
    ("declared", "document", "expected"),
    [
        (Annotated[int, MoreThan(5)], 1, ["TOO_SMALL"]),
        (Annotated[int, pydantic.Field(gt=5)], 1, ["TOO_SMALL"]),
        (Annotated[int, pydantic.Field(description="a number"), at.doc("a number")], 1, []),
        (pydantic.PositiveInt, 0, ["TOO_SMALL"]),
    ],
    ids=range(4),
)
def test_constraints_of_others_are_read(declared: Any, document: Any, expected: list[str]) -> None:
    """Those below a known one, too; documentation is none."""
    assert codes(declared, document) == expected


@pytest.mark.parametrize(
    "declared",
    [
        Annotated[datetime, at.Timezone("Europe/Berlin")],
        Annotated[str, pydantic.StringConstraints(min_length=1, pattern="^[a-z]+$")],
        Literal[Color.RED],
        Annotated[list[int], Each(str)],
        Annotated[dict[str, int], Nested(InputValidator())],
    ],
    ids=range(5),
)
def test_what_cannot_be_heeded_is_refused(declared: Any) -> None:
    """Where it is declared, with what it is."""
    with pytest.raises(ConfigurationError, match="Cannot make"):
        Validator.of(declared)


@pytest.mark.parametrize(
    "regex",
    [
        r"(?i)[^a]*+(?:a+)+!",
        r"(?i)(?>[^a]*)(?:a+)+!",
        "(?ai)[a-z]*+(?:\u017f+)+!",
        r"(?:\s|[^\x00-\xff\u2000-\u200a\u2028\u2029\u202f\u205f\u3000])*!",
    ],
)
def test_patterns_that_hide_their_growth_are_refused(regex: str) -> None:
    """Behind letters without regard to case, or behind a space that few know."""
    with pytest.raises(ConfigurationError, match="Cannot make Pattern"):
        longest_text(regex)


def test_nothing_is_asked_of_nothing() -> None:
    """A nullable root has no fields for rules that wait."""

    @rule(code="TAKEN", message="is taken")
    async def is_free(value: int) -> bool:
        return False

    validator: Any = Validator.of(Strange | None).with_async_rules({"x": is_free})

    assert asyncio.run(validator.ainspect(None)).ok


def test_a_tag_may_be_null() -> None:
    """It is one of the literals, then."""
    assert codes(Named | Other, {"kind": None}) == []
    assert codes(Named | Other, {"kind": "c"}) == ["INVALID_CHOICE"]


def looks_around(instance: Any, _attribute: Any, value: int) -> None:
    """A validator of attrs that asks what it belongs to, and then for another field."""
    if instance.__class__ is None or value > instance.most:
        raise ValueError(value)


@attrs.define
class Limited:
    """Whose second field is judged by its first."""

    most: int
    x: int = attrs.field(validator=looks_around)


def test_what_asks_every_object_for_its_class_may() -> None:
    """Profilers of the heap do; a validator that then asks for a field waits until there is one."""
    assert codes(Limited, {"most": 3, "x": 2}) == []
    assert codes(Limited, {"most": 3, "x": 4}) == ["INVALID"]


def test_names_that_are_not_there() -> None:
    """The room says so itself, and lists those that are."""
    assert set(errcore.validation.__all__) <= set(dir(errcore.validation))
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = errcore.validation.Nothing


def test_constraints_come_apart_without_hypothesis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not loaded nobody is asked for strategies."""
    monkeypatch.delitem(sys.modules, "hypothesis")

    assert [type(part).__name__ for part in Email()] == ["ForPydantic"]


def test_borders_of_a_limit_alone_are_numbers_of_both_sorts() -> None:
    """Integers stay what they are, also those that no float holds."""
    v = InputValidator()
    v.field("x").required().min(1)
    good = [border.document["x"] for border in boundaries_for(v) if border.valid and "x" in border.document]

    assert {type(value) for value in good} == {int, float}
    assert check_laws(v, examples=20)["accepts_and_rejects"] == ""
