# SPDX-License-Identifier: MIT
"""One constraint serves errcore, pydantic and Hypothesis, which is told of it when it starts."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import warnings
from collections.abc import Iterator
from typing import Annotated, Any

import attrs
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errcore import Validator
from errcore.testing import valid_for
from errcore.testing.validators.entry import part_for, register
from errcore.validation import (
    Choices,
    Each,
    Email,
    Length,
    MultipleOf,
    Nested,
    Pattern,
    Range,
    Secret,
    Unique,
    Url,
    Uuid,
)
from errcore.validation.constraints import interop


@attrs.frozen
class Inner:
    """A part."""

    code: Annotated[str, Pattern("[A-Z]{3}-[0-9]{2}")]


@attrs.frozen
class Order:
    """What is ordered."""

    email: Annotated[str, Email()]
    age: Annotated[int, Range(18, 120)]
    even: Annotated[int, MultipleOf(2), Range(0, 100)]
    id: Annotated[str, Uuid()]
    page: Annotated[str, Url()]
    kind: Annotated[str, Choices(["a", "b"])]
    tags: Annotated[list[str], Unique(), Length(0, 3)]
    few: Annotated[list[int], Each(Range(-(10**6)))]
    word: Annotated[str, Length(1, 8), Secret()]
    inner: Inner


attrs.resolve_types(Order)  # Hypothesis reads no annotations of attrs that are texts


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """The hook as Hypothesis calls it, and what was there before."""
    before = list(interop.strategies)
    register()
    register()
    yield
    interop.strategies[:] = before


def test_registering_twice_is_registering_once() -> None:
    """Hypothesis, a reload and a test may all call it."""
    assert interop.strategies.count(part_for) == 1


@pytest.mark.parametrize("make", [st.from_type, st.builds])
def test_classes_are_made_within_their_constraints(make: Any) -> None:
    """Both ways of Hypothesis give instances that errcore takes, without a warning."""
    order = Validator.of(Order)

    with warnings.catch_warnings():
        warnings.simplefilter("error")

        @settings(max_examples=60)
        @given(make(Order))
        def check(made: Order) -> None:
            assert order.inspect(made).ok

        check()


CONSTRAINTS: list[tuple[Any, Any, Any]] = [
    (str, Pattern("[a-z]{3}"), "ABC"),
    (str, Email(), "ada@"),
    (str, Url(), "ftp://a.example"),
    (int, Range(18, 120), 17),
    (int, MultipleOf(5), 7),
    (str, Length(2, 4), "x"),
    (str, Choices(["a", "b"]), "c"),
    (list[int], Unique(), [1, 1]),
    (list[str], Each(Length(1)), [""]),
]


@pytest.mark.parametrize(("kind", "constraint", "bad"), CONSTRAINTS, ids=repr)
def test_one_constraint_drives_errcore_pydantic_and_hypothesis(kind: Any, constraint: Any, bad: Any) -> None:
    """What Hypothesis makes of it, errcore and pydantic take; what breaks it, both refuse."""

    @attrs.frozen
    class Thing:
        value: Annotated[kind, constraint]

    Thing.__annotations__["value"] = Annotated[kind, constraint]
    attrs.resolve_types(Thing)
    ours = Validator.of(Annotated[kind, constraint])
    theirs: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(Annotated[kind, constraint])

    @settings(max_examples=30)
    @given(st.builds(Thing))
    def check(made: Thing) -> None:
        assert ours.inspect(made.value).ok
        assert theirs.validate_python(made.value) == made.value

    check()
    assert not ours.inspect(bad).ok
    with pytest.raises(pydantic.ValidationError):
        theirs.validate_python(bad)
    assert theirs.json_schema()


def test_several_constraints_are_all_heeded_where_the_class_is_registered() -> None:
    """Hypothesis takes one strategy for a field; a registered class has all of them."""

    @attrs.frozen
    class Slug:
        text: Annotated[str, Pattern("[a-z]+"), Length(4, 6)]

    slug = Validator.of(Slug)
    st.register_type_strategy(Slug, valid_for(slug).map(slug.validate))

    @settings(max_examples=30)
    @given(st.from_type(Slug))
    def check(made: Slug) -> None:
        assert 4 <= len(made.text) <= 6

    check()


def test_nested_objects_are_made_by_the_other_validator() -> None:
    """`Nested` gives what that validator takes."""

    @settings(max_examples=10)
    @given(part_for(Nested(Validator.of(Inner))))
    def check(made: Any) -> None:
        assert Validator.of(Inner).inspect(made).ok

    check()


def test_the_hook_is_cheap_and_starts_nothing() -> None:
    """It runs while Hypothesis is being imported: it loads no strategies, no runtime, no test runner."""
    program = """
        import sys
        from errcore.testing.validators.entry import register
        register()
        loaded = {name.partition(".")[0] for name in sys.modules}
        print(sorted(loaded & {"hypothesis", "pytest", "pydantic", "structlog", "cattrs", "asyncio", "annotated_types"}))
        print(sorted(name for name in sys.modules if name.startswith("errcore.testing.")))
        import hypothesis
        from hypothesis import strategies as st
        from typing import Annotated
        from errcore.validation import Uuid
        print(len(hypothesis.find(st.from_type(Annotated[str, Uuid()]), lambda text: True)))
    """
    said = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert said == [
        "[]",
        "['errcore.testing.validators', 'errcore.testing.validators.entry']",
        "36",
    ]
