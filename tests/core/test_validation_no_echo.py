# SPDX-License-Identifier: MIT
"""Nothing of what was sent comes back: in no text, cause, traceback, envelope, log line or pickle."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import attrs
import cattrs
import pytest

from errcore import InputValidator, RequestFacts, Runtime, ValidationError, Validator, rule
from errcore.context import RequestIds
from errcore.validation import (
    Choices,
    Date,
    DateTime,
    Email,
    Length,
    Pattern,
    Range,
    Secret,
    Unique,
    Url,
    Uuid,
    strict,
)

CANARY = "CANARY" * 40
FORMATS = ["problem", "text", "nested", "wrapped", "flat", "field-map", "google", "jsonapi"]
FACTS = RequestFacts(method="POST", route="/x", ids=RequestIds("req_1"))


class Colour(Enum):
    """A few values."""

    RED = "red"


def noisy(_own: object, _attribute: object, value: Any) -> None:
    """A validator of attrs as people write them."""
    raise ValueError(f"{value!r} is no good")


def crashing(_own: object, _attribute: object, value: Any) -> None:
    """One with a mistake in it."""
    raise KeyError(value)


@rule(code="SLUG_FORMAT", message="must be a slug")
def slug(value: str) -> bool:
    """A rule that refuses."""
    return value.islower()


@rule(code="SLUG_CRASH", message="must be a slug")
def crash(value: str) -> bool:
    """A rule that fails with what was sent in its text, and in that of its context."""
    try:
        raise ValueError(value)
    except ValueError as error:
        error.add_note(value)
        raise KeyError(value) from error


@attrs.define
class Everything:
    """A field of each sort."""

    text: Annotated[str, Length(0, 3)]
    email: Annotated[str, Email()]
    url: Annotated[str, Url()]
    uuid: Annotated[str, Uuid()]
    pattern: Annotated[str, Pattern("[a-z]+")]
    date: Annotated[str, Date()]
    moment: Annotated[str, DateTime()]
    choice: Annotated[str, Choices(["a", "b"])]
    password: Annotated[str, Length(0, 3), Secret()]
    number: Annotated[int, Range(1)]
    real: float
    truth: bool
    literal: Literal["a", 1]
    colour: Colour
    identifier: UUID
    instant: datetime
    amount: Decimal
    data: bytes
    either: int | Annotated[str, Length(0, 3)]
    names: dict[Annotated[str, Length(0, 3)], int]
    items: Annotated[list[Annotated[str, Length(0, 3)]], Unique()]
    slug: Annotated[str, slug]
    noisy: str = attrs.field(validator=noisy)


NAMES = [field.name for field in attrs.fields(Everything)]


@attrs.define
class Fragile:
    """Fields that fail."""

    rule: Annotated[str, crash] = ""
    validator: str = attrs.field(default="", validator=crashing)

    def __attrs_post_init__(self) -> None:
        raise LookupError(self.rule, self.validator)


class Money:
    """What a hook reads."""


def read_money(value: Any, _type: Any) -> Money:
    """A hook that fails."""
    raise LookupError(value)


def everything() -> Validator[Any]:
    """Every sort of field, with other keys forbidden."""
    return Validator.of(Everything, extra="forbid")


def normalising() -> Validator[Any]:
    """A normaliser that fails."""
    v = InputValidator()
    v.field("x").type(str).secret().normalize(lambda value: {}[value])
    return v.build()


def checking() -> Validator[Any]:
    """Checks that fail and refuse."""
    v = InputValidator()
    v.field("x").type(str)
    v.check(lambda values: values[values["x"]], code="CHECK_CRASH", fields=["x"])
    v.check(lambda values: False, code="CHECK_REFUSES", fields=["x"])
    return v.build()


def hooked() -> Validator[Any]:
    """A hook that fails."""
    converter = cattrs.Converter()
    converter.register_structure_hook(Money, read_money)
    return Validator.of(list[Money], converter=converter)


def structured() -> Any:
    """A strict converter."""

    class Strict:
        def validate(self, data: object) -> object:
            return strict(cattrs.Converter()).structure(data, Everything)

    return Strict()


CASES: list[tuple[str, Callable[[], Any], object]] = [
    ("every field", everything, dict.fromkeys(NAMES, CANARY)),
    ("wrong types", everything, {name: [CANARY] for name in NAMES}),
    ("keys", everything, {CANARY: 1, "names": {CANARY: CANARY}, "items": [CANARY, CANARY]}),
    ("no object", everything, CANARY),
    ("a list", everything, [CANARY]),
    ("a crash of a rule", lambda: Validator.of(Fragile), {"rule": CANARY}),
    ("a crash of a validator", lambda: Validator.of(Fragile), {"validator": CANARY}),
    ("a crash of a normaliser", normalising, {"x": CANARY}),
    ("a crash of a check", checking, {"x": CANARY}),
    ("a crash of a hook", hooked, [CANARY]),
    ("a strict converter", structured, dict.fromkeys(NAMES, CANARY)),
]


def caught_from(validator: Any, data: object) -> ValidationError:
    """The error, as a service meets it."""
    with pytest.raises(ValidationError) as caught:
        validator.validate(data)
    return caught.value


def texts_of(error: BaseException) -> list[str]:
    """Everything that can be read of an error without looking into frames."""
    found = [str(error), repr(error), repr(error.args), repr(getattr(error, "__notes__", []))]
    found += [repr(vars(error)), "".join(traceback.format_exception(error))]
    for other in (error.__cause__, error.__context__):
        if other is not None:
            found += texts_of(other)
    return found


@pytest.mark.parametrize(("make", "data"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_error_tells_nothing_of_what_was_sent(make: Callable[[], Any], data: object) -> None:
    """Neither itself, nor its causes, nor its pickle, nor what is worked out from it."""
    error = caught_from(make(), data)
    seen = "\n".join(texts_of(error))
    assert CANARY not in seen
    assert CANARY not in repr((error.issues, error.field_errors, error.field))
    assert CANARY.encode() not in pickle.dumps(error)
    assert error.__context__ is None


@pytest.mark.parametrize(("make", "data"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("format_name", FORMATS)
def test_neither_the_answer_nor_the_log_tells_it(
    make: Callable[[], Any],
    data: object,
    format_name: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """In each envelope, with debug, and in every line that is written."""
    caplog.set_level(logging.DEBUG)
    runtime = Runtime(envelope=[format_name], debug=True, log_level="debug")
    error = caught_from(make(), data)
    handled = runtime.handle(error, FACTS)
    written = capfd.readouterr()
    assert CANARY.encode() not in handled.reply.body
    assert CANARY not in repr(handled.occurrence.internal)
    assert CANARY not in written.out + written.err + caplog.text
    assert error.crashed == (handled.reply.status == 500)


def test_the_log_line_of_a_crash_has_the_traceback_of_the_rule(capfd: pytest.CaptureFixture[str]) -> None:
    """That is where the mistake is; its text stays out."""
    runtime = Runtime(log_level="error")
    error = caught_from(Validator.of(Fragile), {"rule": CANARY})
    reply = runtime.handle(error, FACTS).reply
    body = json.loads(reply.body)
    written = capfd.readouterr()
    line = written.out + written.err
    assert (reply.status, body["code"]) == (500, "VALIDATION_RULE_CRASHED")
    assert "in crash" in line
    assert "KeyError" in line
    assert CANARY not in line + json.dumps(body)


def test_inspecting_tells_nothing_either() -> None:
    """What it gives has no values in its text."""
    good, bad = Validator.of(str).inspect(CANARY), everything().inspect(CANARY)
    assert CANARY not in repr((good, bad))
