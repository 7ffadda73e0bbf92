# SPDX-License-Identifier: MIT
"""One constraint, three libraries: errcore, pydantic with FastAPI, and Hypothesis all obey it."""

from __future__ import annotations

from typing import Annotated, Any, get_type_hints

import annotated_types as at
import attrs
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, TypeAdapter, create_model
from pydantic import ValidationError as PydanticError
from pydantic.dataclasses import dataclass
from typing_extensions import TypedDict

import errcore_fastapi
from errcore import Runtime, Validator
from errcore.testing.validators.entry import part_for
from errcore.validation import (
    Choices,
    Date,
    DateTime,
    Each,
    Email,
    Length,
    MultipleOf,
    Pattern,
    Range,
    Secret,
    Unique,
    Url,
    Uuid,
)
from errcore.validation.constraints import interop

CANARY = "canary-" * 40

CASES: list[tuple[Any, object, object, dict[str, object]]] = [
    (Annotated[int, Range(1, 3)], 3, 4, {"minimum": 1, "maximum": 3}),
    (
        Annotated[float, Range(above=1, below=3)],
        2.0,
        3.0,
        {"exclusiveMinimum": 1, "exclusiveMaximum": 3},
    ),
    (Annotated[str, Length(1, 3)], "a", "abcd", {"minLength": 1, "maxLength": 3}),
    (Annotated[list[int], Length(1)], [1], [], {"minItems": 1}),
    (Annotated[int, MultipleOf(2)], 2, 3, {"multipleOf": 2}),
    (Annotated[float, MultipleOf(0.1)], 0.3, 0.35, {"multipleOf": 0.1}),
    (Annotated[str, Email()], "a@b.co", CANARY, {"format": "email"}),
    (Annotated[str, Url()], "https://a.b/", CANARY, {"format": "uri"}),
    (Annotated[str, Uuid()], "00000000-0000-0000-0000-000000000007", CANARY, {"format": "uuid"}),
    (Annotated[str, DateTime()], "2026-01-31T12:00:00Z", CANARY, {"format": "date-time"}),
    (Annotated[str, Date()], "2026-01-31", "2026-02-31", {"format": "date"}),
    (Annotated[str, Choices(["a", "b"])], "a", CANARY, {"enum": ["a", "b"]}),
    (Annotated[list[int], Unique()], [1, 2], [1, 1], {"uniqueItems": True}),
    (Annotated[list[str], Each(Length(1))], ["a"], [""], {}),
]


@pytest.mark.parametrize(
    ("declared", "good", "bad", "schema"), CASES, ids=[str(case[0].__metadata__[0])[:40] for case in CASES]
)
def test_pydantic_and_errcore_agree(
    declared: Any, good: object, bad: object, schema: dict[str, object]
) -> None:
    """About what is good, what is bad, and what the schema says."""
    theirs, ours = TypeAdapter(declared), Validator.of(declared)
    assert theirs.validate_python(good) == ours.validate(good) == good
    assert not ours.inspect(bad).ok
    with pytest.raises(PydanticError):
        theirs.validate_python(bad)
    assert schema.items() <= theirs.json_schema().items()
    assert schema.items() <= ours.json_schema().document.items()


class Model(BaseModel):
    """A model of pydantic."""

    model_config = ConfigDict(hide_input_in_errors=True)

    email: Annotated[str, Email()]
    age: Annotated[int, Range(18, 120)]
    password: Annotated[str, Length(8, 64), Secret()] = "long enough"


class Typed(TypedDict):
    """The same, as a dict."""

    email: Annotated[str, Email()]


@dataclass
class Data:
    """The same, as a dataclass."""

    email: Annotated[str, Email()]


@pytest.mark.parametrize("declared", [Model, Typed, Data])
def test_models_of_pydantic_take_constraints(declared: Any) -> None:
    """Models, typed dicts and dataclasses."""
    adapter = TypeAdapter(declared)
    assert adapter.validate_python({"email": "a@b.co", "age": 36})
    with pytest.raises(PydanticError) as caught:
        adapter.validate_python({"email": CANARY, "age": 36})
    assert [error["loc"] for error in caught.value.errors()] == [("email",)]
    assert caught.value.errors()[0]["type"] == "errcore_issue"


def test_our_words_in_pydantic_do_not_repeat_the_value() -> None:
    """What pydantic shows besides is its own to hide."""
    with pytest.raises(PydanticError) as caught:
        Model.model_validate({"email": CANARY, "age": 7})
    told = caught.value.errors(include_input=False, include_url=False)
    assert "canary" not in f"{told}{caught.value}"
    assert [(error["loc"], error["type"]) for error in told] == [
        (("email",), "errcore_issue"),
        (("age",), "greater_than_equal"),
    ]


def test_the_schema_of_a_fastapi_app_has_them() -> None:
    """Formats, patterns and limits, where clients look."""
    app = FastAPI()

    @app.post("/signup")
    def signup(model: Model) -> None: ...

    found = app.openapi()["components"]["schemas"]["Model"]["properties"]
    assert found["email"]["format"] == "email"
    assert found["email"]["maxLength"] == 254
    assert "pattern" in found["email"]
    assert (found["age"]["minimum"], found["age"]["maximum"]) == (18, 120)
    assert found["password"]["maxLength"] == 64


class Words(BaseModel):
    """Constraints whose words pydantic does not have."""

    email: Annotated[str, Email()] = "a@b.co"
    slug: Annotated[str, Pattern("[a-z]{1,3}")] = "a"
    told: Annotated[str, Pattern("[a-z]+", "Must be a slug.")] = "a"
    step: Annotated[float, MultipleOf(0.1)] = 0.1
    colour: Annotated[str, Choices(["red", "{code}"])] = "red"
    tags: Annotated[list[str], Unique(), Each(Length(2))] = ["ab"]


@attrs.define
class WordsOfOurs:
    """The same, for errcore."""

    email: Annotated[str, Email()] = "a@b.co"
    slug: Annotated[str, Pattern("[a-z]{1,3}")] = "a"
    told: Annotated[str, Pattern("[a-z]+", "Must be a slug.")] = "a"
    step: Annotated[float, MultipleOf(0.1)] = 0.1
    colour: Annotated[str, Choices(["red", "{code}"])] = "red"
    tags: Annotated[list[str], Unique(), Each(Length(2))] = attrs.Factory(list)


@pytest.mark.parametrize(
    "bad",
    [
        {"email": "canary"},
        {"email": f"{CANARY}@example.org"},
        {"slug": "canary4711"},
        {"slug": CANARY * 1000},
        {"told": "CANARY"},
        {"step": 0.35},
        {"colour": "canary"},
        {"tags": ["canary", "canary"]},
        {"tags": ["ab", ""]},
    ],
    ids=lambda bad: f"{bad}"[:40],
)
@pytest.mark.parametrize("hooked", [False, True])
def test_models_in_fastapi_answer_as_validators_do(
    bad: dict[str, Any], hooked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pointer, code, message and limits are the same, whoever asks a constraint, and whether Hypothesis is there."""
    monkeypatch.setattr(interop, "strategies", [part_for] if hooked else [])
    hints = get_type_hints(Words, include_extras=True)  # whose constraints pydantic asks for their parts anew
    fields: Any = {name: (hints[name], field.get_default()) for name, field in Words.model_fields.items()}
    model = create_model("Anew", **fields)
    app = FastAPI()
    errcore_fastapi.install(app, Runtime(service="words"))

    def take(words: Any) -> None: ...

    take.__annotations__ = {"words": model}
    app.post("/words")(take)

    answer = TestClient(app).post("/words", json=bad)
    result = Validator.of(WordsOfOurs).inspect(bad, location="body")
    wanted = [
        {
            "pointer": f"#{issue.pointer}",
            "detail": issue.message,
            "code": issue.code,
            "location": issue.location,
            **({"params": issue.params} if issue.params else {}),
        }
        for issue in result.issues
    ]
    assert answer.status_code == 422
    assert answer.json()["errors"] == wanted
    assert len(wanted) == 1
    assert "canary" not in answer.text.lower()


@attrs.define
class Signup:
    """For Hypothesis, which reads annotations."""

    age: Annotated[int, Range(18, 120)]
    name: Annotated[str, Length(1, 10)]


def test_one_constraint_drives_all_three() -> None:
    """What Hypothesis builds is good to errcore and to pydantic."""
    attrs.resolve_types(Signup, include_extras=True)  # Hypothesis does not look names up
    validator = Validator.of(Signup)
    adapter = TypeAdapter(Annotated[int, Range(18, 120)])

    @settings(max_examples=25, deadline=None, database=None)
    @given(st.builds(Signup))
    def holds(made: Signup) -> None:
        assert validator.validate(attrs.asdict(made)) == made
        assert adapter.validate_python(made.age) == made.age

    holds()


def test_foreign_metadata_is_read() -> None:
    """What annotated-types knows becomes a constraint; what it groups is taken apart; the rest is passed over."""
    declared = Annotated[
        int, at.Ge(1), at.Interval(lt=10), at.MultipleOf(3), at.Predicate(lambda value: value != 6), "words"
    ]
    validator = Validator.of(declared)
    assert [validator.inspect(value).ok for value in (0, 3, 4, 6, 9, 12)] == [
        False,
        True,
        False,
        False,
        True,
        False,
    ]
    assert validator.json_schema().document["minimum"] == 1


def test_constraints_come_apart_as_annotated_types_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits become its own; a secret is nothing to others."""
    monkeypatch.setattr(interop, "strategies", [])  # as where the testing kit did not tell Hypothesis
    assert list(Range(1, 3)) == [at.Ge(1), at.Le(3)]
    assert list(Range(above=1)) == [at.Gt(1)]
    assert list(Range(below=1)) == [at.Lt(1)]
    assert list(Length(1)) == [at.MinLen(1)]
    assert list(Length(1, 3)) == [at.MinLen(1), at.MaxLen(3)]
    assert list(MultipleOf(2)) == [at.MultipleOf(2)]
    assert list(Secret()) == []
    assert len(list(Pattern("a"))) >= 1
