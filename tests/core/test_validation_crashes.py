# SPDX-License-Identifier: MIT
"""A rule that fails: the input is rejected, it is our fault, the traceback is in the log and the text is nowhere."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import attrs
import pytest

from errcore import InputValidator, Issue, ValidationError, Validator, classify, events, rule
from errcore.errors import Fault, Kind
from errcore.validation import RuleCrashError, RuleFailed

CANARY = "canary-" * 40


@rule(code="SLUG_FORMAT", message="must be a slug")
def broken(value: str) -> bool:
    """A mistake of ours."""
    return {"a": True}[value]


@attrs.define
class Fragile:
    """A class that fails."""

    x: str

    def __attrs_post_init__(self) -> None:
        raise RuntimeError(self.x)


def by_rule() -> Validator[Any]:
    """A rule."""
    return Validator.of(Annotated[str, broken])


def by_normaliser() -> Validator[Any]:
    """A normaliser."""
    v = InputValidator()
    v.field("x").type(str).normalize(lambda value: {}[value])
    return v.build()


def by_check() -> Validator[Any]:
    """A check across fields."""
    v = InputValidator()
    v.field("x").type(str)
    return v.check(lambda values: values[values["x"]], code="SOME_CODE", fields=["x"]).build()


def by_class() -> Validator[Any]:
    """The class of a record."""
    return Validator.of(Fragile)


CRASHES: list[tuple[Callable[[], Validator[Any]], object, str]] = [
    (by_rule, CANARY, ""),
    (by_normaliser, {"x": CANARY}, "/x"),
    (by_check, {"x": CANARY}, "/x"),
    (by_class, {"x": CANARY}, ""),
]


@pytest.mark.parametrize(("make", "data", "pointer"), CRASHES, ids=[crash[0].__name__ for crash in CRASHES])
def test_each_crash_rejects_and_is_our_fault(
    make: Callable[[], Validator[Any]], data: object, pointer: str
) -> None:
    """One issue at its place, an error of kind internal, an event with what was raised, and no text."""
    seen: list[RuleFailed] = []
    with events.stream.subscribe(RuleFailed, seen.append), pytest.raises(RuleCrashError) as caught:
        make().validate(data)
    error = caught.value
    assert [(issue.pointer, issue.code) for issue in error.issues] == [(pointer, "RULE_CRASHED")]
    assert isinstance(error, ValidationError)
    assert error.crashed and not ValidationError("x").crashed
    said = classify(error)
    assert (said.status, said.kind, said.fault) == (500, Kind.INTERNAL, Fault.SELF)
    assert [event.pointer for event in seen] == [pointer]
    assert CANARY in repr(seen[0].error) or CANARY in str(seen[0].error)
    text = "".join(traceback.format_exception(error))
    assert "test_validation_crashes.py" in text
    assert "canary-canary" not in text
    assert error.__context__ is None
    result = make().inspect(data)
    assert not result.ok and result.crashed


def test_the_cause_names_the_type_and_the_place() -> None:
    """It stands for what was raised, whose text may hold what was sent."""
    error: Any = by_rule().inspect(CANARY).error
    assert str(error.__cause__) == "KeyError in the rule broken"
    frames = [frame.name for frame in traceback.extract_tb(error.__cause__.__traceback__)]
    assert frames[-1] == "broken"


def test_a_crash_survives_a_pickle() -> None:
    """As far as errors do; without the text."""
    error = by_rule().inspect(CANARY).error
    data = pickle.dumps(error)
    assert b"canary-canary" not in data
    again = pickle.loads(data)
    assert isinstance(again, RuleCrashError)
    assert again.issues == error.issues


def endless() -> Iterator[Issue]:
    """Issues that never end."""
    while True:
        yield Issue("", "ANY_CODE", "m")


class Liar:
    """Says that it is what it is not."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError(CANARY)

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError(CANARY)

    def __bool__(self) -> bool:
        raise RuntimeError(CANARY)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError(CANARY)

    __hash__ = None


def half() -> Iterator[Issue]:
    """A generator that fails half way."""
    yield Issue("", "ANY_CODE", "m")
    raise KeyError(CANARY)


async def later() -> bool:
    """A coroutine, for which nobody waits."""
    return True


ANSWERS: list[tuple[str, Callable[[], Any]]] = [
    ("nothing", lambda: None),
    ("one", lambda: 1),
    ("text", lambda: CANARY),
    ("bytes", lambda: b"x"),
    ("mapping", lambda: {"a": 1}),
    ("endless", endless),
    ("half", half),
    ("coroutine", later),
    ("liar", Liar),
    ("no issue", lambda: [CANARY]),
    ("pointer is none", lambda: [Issue(None, "ANY_CODE", "m")]),
    ("pointer of another form", lambda: [Issue("a/b", "ANY_CODE", "m")]),
    ("message is none", lambda: [Issue("", "ANY_CODE", None)]),
    ("code is none", lambda: [Issue("", CANARY, "m")]),
    ("params are none", lambda: [Issue("", "ANY_CODE", "m", Liar())]),
]


@pytest.mark.parametrize("answer", [case[1] for case in ANSWERS], ids=[case[0] for case in ANSWERS])
def test_an_answer_that_is_none_is_a_crash(answer: Callable[[], Any]) -> None:
    """A rule says True, False or issues; an end is waited for only so long."""
    odd = rule(code="ODD_ANSWER", message="m")(lambda value: answer())
    result = Validator.of(list[Annotated[int, odd]]).inspect([7])
    assert [(issue.pointer, issue.code) for issue in result.issues] == [("/0", "RULE_CRASHED")]
    assert not result.ok and result.crashed
    assert "canary-canary" not in repr(result)
    assert "canary-canary" not in "".join(traceback.format_exception(result.error))


def test_the_pointer_of_an_issue_that_cannot_be_shown_is_left_out() -> None:
    """Control characters and very long ones; the issue is at the value then."""
    longest = "/" + "a" * 1023
    for pointer, shown in (("/a\nb", ""), (longest, longest), (f"{longest}a", ""), ("/" + "a" * 10_000, "")):
        odd = rule(code="ODD", message="m")(lambda value, pointer=pointer: [Issue(pointer, "ANY_CODE", "m")])
        result = Validator.of(list[Annotated[int, odd]]).inspect([7])
        assert [(issue.pointer, issue.code) for issue in result.issues] == [("/0" + shown, "ANY_CODE")]


def test_many_crashes_are_one_error() -> None:
    """The cause is the first."""
    numbers = rule(code="CRASH", message="m")(lambda value: {}[value] if value == 0 else 1 / 0)
    result = Validator.of(list[Annotated[int, numbers]], max_issues=5).inspect(list(range(1000)))
    assert not result.ok
    assert [issue.code for issue in result.issues] == ["RULE_CRASHED"] * 4 + ["TOO_MANY_ISSUES"]
    assert isinstance(result.error, RuleCrashError)
    assert str(result.error.__cause__) == "KeyError in the rule <lambda>"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_no_handler_may_catch_passes(stop: type[BaseException]) -> None:
    """In rules, normalisers, checks, classes and in the input itself."""

    def stops(*_args: object, **_more: object) -> Any:
        raise stop

    v = InputValidator()
    v.field("rule").rule(rule(code="STOP", message="m")(stops))
    v.field("normaliser").normalize(stops)
    v.field("check")
    v.check(stops, code="STOP", fields=["check"])
    made = InputValidator().into(stops)
    for validator, data in ((v, {"rule": 1}), (v, {"normaliser": 1}), (v, {"check": 1}), (made, {})):
        for look in (validator.validate, validator.inspect):
            with pytest.raises(stop):
                look(data)


def test_a_recursion_of_a_rule_is_a_crash() -> None:
    """The input is not too deep; the rule is."""

    @rule(code="DEEP", message="m")
    def deep(value: int) -> bool:
        return deep(value)

    result = Validator.of(Annotated[int, deep]).inspect(7)
    assert not result.ok and result.crashed
