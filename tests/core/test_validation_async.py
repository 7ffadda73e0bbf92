# SPDX-License-Identifier: MIT
"""Rules that wait: after all others, all at once, under one deadline, and no task outlives the question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from types import MappingProxyType
from typing import Any

import attrs
import pytest

from errcore import (
    ConfigurationError,
    DeadlineExceededError,
    InputValidator,
    NotFoundError,
    UnavailableError,
    ValidationError,
    Validator,
    events,
    rule,
)
from errcore.validation import AsyncRule, RuleCrashError, RuleFailed

CANARY = "canary-" * 40


@attrs.define
class Signup:
    """What is asked about."""

    name: str
    email: str | None = None
    _age: int = 18


def says(answer: object, code: str = "TAKEN") -> AsyncRule:
    """A rule that gives this, or raises it."""

    @rule(code=code, message="is taken")
    async def asked(value: object) -> bool:
        await asyncio.sleep(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return asked


def run(make: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """The result; no task may be left."""

    async def main() -> Any:
        try:
            return await make()
        finally:
            assert asyncio.all_tasks() == {asyncio.current_task()}

    return asyncio.run(main())


def codes(error: ValidationError) -> list[tuple[str, str]]:
    """What is wrong, by place."""
    return [(issue.pointer, issue.code) for issue in error.issues]


def refused(call: Callable[[], Coroutine[Any, Any, Any]]) -> ValidationError:
    """The error of a call."""
    with pytest.raises(ValidationError) as caught:
        run(call)
    return caught.value


SIGNUP = Validator.of(Signup)
DATA = {"name": "a", "email": "a@b.co", "age": 7}


def test_all_are_asked_and_accept() -> None:
    """The value is that of the validator."""
    validator = SIGNUP.with_async_rules({"name": says(True), "": says(True)}, timeout=5)
    assert run(lambda: validator.avalidate(DATA)) == Signup("a", "a@b.co", 7)
    assert run(lambda: validator.ainspect(DATA)).value == Signup("a", "a@b.co", 7)
    assert not hasattr(validator, "validate")


def test_all_that_refuse_are_told_in_the_order_of_the_rules() -> None:
    """However long each takes; with location, field and own sentences."""

    @rule(code="SLOW", message="is slow")
    async def slow(value: object) -> bool:
        await asyncio.sleep(0.05)
        return False

    validator = Validator.of(Signup, messages={"SLOW": "Langsam."}).with_async_rules(
        {"name": (slow, says(False)), "age": [says(False)], "": says(False, "WHOLE")}
    )
    error = refused(lambda: validator.avalidate(DATA, location="body"))
    assert codes(error) == [("/name", "SLOW"), ("/name", "TAKEN"), ("/age", "TAKEN"), ("", "WHOLE")]
    assert error.field == "name"
    assert error.field_errors == {"name": ["Langsam.", "is taken"], "age": ["is taken"], "": ["is taken"]}
    assert {issue.location for issue in error.issues} == {"body"}
    assert run(lambda: validator.ainspect(DATA)).error.field_errors == error.field_errors


def test_they_run_at_the_same_time() -> None:
    """Each waits for the other."""

    async def main() -> Any:
        both = asyncio.Barrier(2)

        @rule(code="MEETS", message="m")
        async def meets(value: object) -> bool:
            await both.wait()
            return True

        return await SIGNUP.with_async_rules({"name": (meets, meets)}, timeout=10).avalidate(DATA)

    assert run(main) == Signup("a", "a@b.co", 7)


def test_nobody_waits_for_an_input_that_is_refused_anyway() -> None:
    """The rules are not asked."""
    validator = SIGNUP.with_async_rules({"name": says(AssertionError())})
    assert codes(refused(lambda: validator.avalidate({"name": 7}))) == [("/name", "WRONG_TYPE")]
    assert codes(run(lambda: validator.ainspect({})).error) == [("/name", "REQUIRED")]


def test_what_was_not_given_is_not_asked_about() -> None:
    """Neither is None; a default was not given, as for all other rules."""
    validator = SIGNUP.with_async_rules({"email": says(False), "age": says(False)})
    assert run(lambda: validator.avalidate({"name": "a"})) == Signup("a")
    assert run(lambda: validator.avalidate({"name": "a", "email": None})) == Signup("a")
    assert codes(refused(lambda: validator.avalidate(Signup("a", "b")))) == [
        ("/email", "TAKEN"),
        ("/age", "TAKEN"),
    ]
    assert codes(refused(lambda: validator.avalidate(MappingProxyType({"name": "a", "email": "b"})))) == [
        ("/email", "TAKEN"),
        ("/age", "TAKEN"),
    ]


def test_builders_give_dicts_to_them() -> None:
    """By the names in the input, though the result has others."""
    v = InputValidator()
    v.field("userName").type(str).rename("user_name")
    validator = v.build().with_async_rules({"userName": says(False)})
    assert codes(refused(lambda: validator.avalidate({"userName": "a"}))) == [("/userName", "TAKEN")]
    assert run(lambda: validator.avalidate({})) == {}


def test_values_without_fields_are_asked_about_as_a_whole() -> None:
    """And classes inside themselves by field."""
    assert codes(refused(lambda: Validator.of(int).with_async_rules({"": says(False)}).avalidate(7))) == [
        ("", "TAKEN")
    ]
    recursive = Validator.of(Tree).with_async_rules({"value": says(False)})
    assert codes(refused(lambda: recursive.avalidate({"value": 1}))) == [("/value", "TAKEN")]


@attrs.define
class Tree:
    """A class inside itself."""

    value: int
    kids: list[Tree] = attrs.field(factory=list)


def test_one_deadline_holds_for_all() -> None:
    """It is no fault of the sender; `ainspect` tells of it without raising."""
    cancelled: list[str] = []

    @rule(code="NEVER", message="m")
    async def never(value: str) -> bool:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(value)
            raise
        return True

    validator = SIGNUP.with_async_rules({"name": never, "email": says(True)}, timeout=0.02)
    with pytest.raises(DeadlineExceededError):
        run(lambda: validator.avalidate(DATA))
    result = run(lambda: validator.ainspect(DATA, location="body"))
    assert (result.ok, result.crashed) == (False, True)
    assert [(issue.code, issue.location) for issue in result.issues] == [("RULE_CRASHED", "body")]
    assert cancelled == ["a", "a"]


@pytest.mark.parametrize("outage", [TimeoutError(), ConnectionRefusedError(), MemoryError()])
def test_an_outage_is_raised_as_what_it_is(outage: Exception) -> None:
    """Whatever library says so: neither the sender's fault nor a bug of the rule."""
    validator = SIGNUP.with_async_rules({"name": says(outage)}, timeout=5)
    with pytest.raises(type(outage)) as raised:
        asyncio.run(validator.avalidate(DATA))

    assert raised.value is outage
    assert asyncio.run(validator.ainspect(DATA)).crashed


def test_a_cancellation_from_outside_cancels_the_rules() -> None:
    """And passes."""
    cancelled: list[str] = []

    async def main() -> None:
        started = asyncio.Event()

        @rule(code="NEVER", message="m")
        async def never(value: str) -> bool:
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.append(value)
            return True

        task = asyncio.ensure_future(SIGNUP.with_async_rules({"name": never, "email": never}).ainspect(DATA))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main)
    assert cancelled == ["a", "a@b.co"]


def test_a_rule_that_cancels_itself_crashed() -> None:
    """Nobody cancelled the caller."""
    validator = SIGNUP.with_async_rules({"name": says(asyncio.CancelledError(CANARY))})
    error = refused(lambda: validator.avalidate(DATA))
    assert isinstance(error, RuleCrashError)
    assert codes(error) == [("/name", "RULE_CRASHED")]


def test_an_error_that_is_not_the_senders_is_raised_as_it_is() -> None:
    """The database is down, say; `ainspect` tells that the input could not be checked."""
    problem = UnavailableError("the database is down")
    validator = SIGNUP.with_async_rules({"name": says(False), "email": says(problem)})
    with pytest.raises(UnavailableError) as caught:
        run(lambda: validator.avalidate(DATA))
    assert caught.value is problem
    assert run(lambda: validator.ainspect(DATA)).crashed


def test_any_other_failure_is_a_crash() -> None:
    """With the traceback of the rule, an event, and no text; what else refused is told beside it."""
    seen: list[RuleFailed] = []
    for answer in (KeyError(CANARY), NotFoundError(CANARY), None, 1):
        validator = SIGNUP.with_async_rules({"name": says(answer), "email": says(False)})
        with events.stream.subscribe(RuleFailed, seen.append):
            error = refused(lambda v=validator: v.avalidate(DATA))
        assert isinstance(error, RuleCrashError)
        assert codes(error) == [("/name", "RULE_CRASHED"), ("/email", "TAKEN")]
        assert "canary" not in f"{error!r} {error.__cause__!r} {error.issues}"
    assert [event.what for event in seen] == ["the rule asked"] * 4
    assert [event.pointer for event in seen] == ["/name"] * 4


def test_what_no_handler_may_catch_passes() -> None:
    """And the other rules end."""

    class Stop(BaseException):
        pass

    validator = SIGNUP.with_async_rules({"name": says(Stop()), "email": says(True)})
    with pytest.raises(Stop):
        run(lambda: validator.ainspect(DATA))


def test_many_refusals_are_counted() -> None:
    """The validator's own limit holds."""
    validator = Validator.of(Signup, max_issues=2).with_async_rules({"name": (says(False),) * 5})
    assert [issue.message for issue in refused(lambda: validator.avalidate(DATA)).issues] == [
        "is taken",
        "4 more were left out.",
    ]


@rule(code="NOW", message="m")
def now(value: object) -> bool:
    """A rule that does not wait."""
    return True


@pytest.mark.parametrize(
    ("rules", "timeout", "why"),
    [
        ({"nickname": says(True)}, None, "no field 'nickname'"),
        ({"name": now}, None, "does not wait"),
        ({"name": says(True)}, 0, "timeout"),
        ({"name": says(True)}, float("nan"), "timeout"),
        ({"name": says(True)}, "2s", "timeout"),
    ],
    ids=["unknown field", "a rule that does not wait", "zero", "nan", "text"],
)
def test_what_makes_no_sense_is_refused_at_once(rules: Any, timeout: Any, why: str) -> None:
    """Not at the first input."""
    with pytest.raises(ConfigurationError, match=why):
        SIGNUP.with_async_rules(rules, timeout=timeout)


def test_fields_that_are_hidden_in_what_is_made_cannot_be_asked_about() -> None:
    """They would be passed over without a word; the whole can be."""
    v = InputValidator()
    v.field("a").type(int)
    validator = v.into(lambda a: a).build()
    with pytest.raises(ConfigurationError, match="`into` hides the fields"):
        validator.with_async_rules({"a": says(True)})
    assert codes(refused(lambda: validator.with_async_rules({"": says(False)}).avalidate({"a": 1}))) == [
        ("", "TAKEN")
    ]


def test_an_async_rule_can_be_asked_by_hand() -> None:
    """For its own tests; a callable object has the name of its class."""

    class Asks:
        async def __call__(self, value: object) -> bool:
            return True

    assert run(lambda: asyncio.wait_for(says(False)(7), 5)) is False
    assert AsyncRule(Asks(), "CODE", "m").name == "Asks"
