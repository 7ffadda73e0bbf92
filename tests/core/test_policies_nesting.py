# SPDX-License-Identifier: MIT
"""Policies around policies: attempts do not multiply, refusals further in are not failures further out."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any

import pytest
from policy_ways import Heard, Script, fresh, guarded

from errcore import CallLimitedError, UnavailableError
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.declare import policy
from errcore.policies.happenings import GaveUp, GaveUpReason
from errcore.policies.retry import Retry
from errcore.policies.timeout import Timeout

DOWN = UnavailableError()


pytestmark = pytest.mark.usefixtures("fake")


def trying(**more: Any) -> Any:
    """A policy of three attempts."""
    return policy(fresh("nesting"), retry=Retry(3, initial=0), budget=None, **more)


def floors(way: str, body: Callable[..., Any], count: int = 3, **more: Any) -> Callable[..., Any]:
    """`body` within `count` policies, all used in one way."""
    if way in {"function", "call"}:
        for _ in range(count):
            body = guarded(way, trying(**more), body)
        return body

    async def innermost() -> Any:
        return body()

    call: Any = innermost
    for _ in range(count):
        guard = trying(**more)
        call = guard(call) if way == "coroutine" else functools.partial(guard.acall, call)
    return lambda: asyncio.run(call())


def test_three_floors_of_three_attempts_make_three(way: str):
    """The outermost one tries again, the ones inside pass the failure on."""
    body = Script(DOWN, forever=True)
    with Heard(GaveUp) as heard, pytest.raises(UnavailableError):
        floors(way, body)()

    assert len(body.calls) == 3
    reasons = [event.reason for event in heard]
    assert reasons.count(GaveUpReason.ATTEMPTS) == 1
    assert reasons.count(GaveUpReason.NESTED) == 6  # two floors, three times


def test_floors_with_timeouts_make_three(way: str):
    """These go the long way from the first attempt on."""
    body = Script(DOWN, forever=True)
    with pytest.raises(UnavailableError):
        floors(way, body, timeout=Timeout(9, sync="cooperative"))()

    assert len(body.calls) == 3


def test_threads_in_between_make_three():
    """A timeout's threads take the context along."""
    body = Script(DOWN, forever=True)
    with pytest.raises(UnavailableError):
        floors("function", body, timeout=Timeout(9, sync="thread"))()

    assert len(body.calls) == 3


@pytest.mark.parametrize("outer", ["function", "call"])
@pytest.mark.parametrize("inner", ["function", "call"])
def test_the_ways_mix(outer: str, inner: str):
    """A decorated function inside of `call`, and the other way round."""
    body = Script(DOWN, forever=True)
    with pytest.raises(UnavailableError):
        guarded(outer, trying(), guarded(inner, trying(), body))()

    assert len(body.calls) == 3


def test_keyed_policies_are_floors_too():
    """One instance per key nests like any other."""
    body = Script(DOWN, forever=True)
    with pytest.raises(UnavailableError):
        trying(key=lambda: "a")(trying(key=lambda: "b")(trying()(body)))()

    assert len(body.calls) == 3


def test_the_inner_one_tries_again_when_the_outer_one_does_not(way: str):
    """A policy without retries is no floor."""
    body = Script(DOWN, forever=True)
    plain = policy(fresh("nesting"), breaker=0.5)
    inner = guarded("function", trying(), body)
    with pytest.raises(UnavailableError):
        guarded(way, plain, inner)()

    assert len(body.calls) == 3


def test_one_after_the_other_is_not_nested(way: str):
    """Nothing of a call that is over remains."""
    for _ in range(3):
        body = Script(DOWN, forever=True)
        with pytest.raises(UnavailableError):
            guarded(way, trying(), body)()
        assert len(body.calls) == 3


async def test_members_of_a_group_see_the_retry_around_them():
    """Tasks started inside: single attempts from the second outer one on, and from the first where that has a timeout."""
    for more, most in (({}, 5), ({"timeout": 9.0}, 3)):
        body = Script(DOWN, forever=True)

        async def inner(body: Script = body) -> Any:
            return body()

        async def outer(inner: Any = inner) -> None:
            await asyncio.gather(trying()(inner)())

        with pytest.raises(UnavailableError):
            await trying(**more)(outer)()
        assert len(body.calls) == most


async def test_a_task_that_outlives_the_call_is_not_nested():
    """What was started inside a call that is over tries again by itself."""
    tasks: list[asyncio.Task[Any]] = []
    body = Script(DOWN, forever=True)
    go = asyncio.Event()

    async def later() -> Any:
        await go.wait()

        async def inner() -> Any:
            return body()

        return await trying()(inner)()

    async def starts() -> str:
        tasks.append(asyncio.ensure_future(later()))
        return "started"

    assert await trying(timeout=9.0)(starts)() == "started"
    go.set()
    with pytest.raises(UnavailableError):
        await tasks[0]
    assert len(body.calls) == 3


def test_a_very_deep_stack_is_not_walked_for_ever():
    """Beyond 512 frames nobody looks; the cost of a failure is bounded."""
    body = Script(DOWN, forever=True)
    inner = trying()(body)

    def down(depth: int) -> Any:
        return down(depth - 1) if depth else inner()

    with pytest.raises(UnavailableError):
        trying()(down)(600)
    assert 3 <= len(body.calls) <= 9


def test_refusals_further_in_are_not_failures_further_out(way: str):
    """Not tried again, and not counted by the outer breaker."""
    outer = trying(breaker=Breaker(minimum=1))
    inner = policy(fresh("nesting"), limit="1/day")
    body = Script()
    call = guarded(way, outer, inner(body)) if way != "acall" else guarded("call", outer, inner(body))
    assert call() == "ok"
    for _ in range(5):
        with pytest.raises(CallLimitedError):
            call()

    assert len(body.calls) == 1
    assert outer.state == "closed"


def test_an_open_breaker_further_in_is_one_attempt_further_out(way: str):
    """The outer retry does not hammer it."""
    inner = policy(fresh("nesting"), breaker=Breaker(minimum=1))
    body = Script(DOWN, forever=True)
    with pytest.raises(UnavailableError) as caught:
        guarded(way, trying(), inner(body))()

    assert len(body.calls) == 1
    assert caught.value is DOWN


def test_an_outer_policy_of_one_attempt_does_not_silence_the_inner(way: str):
    """Nothing multiplies by one; a variant with `retry=1` is the way to say so."""
    body = Script(DOWN, forever=True)
    inner = trying()(body) if way in {"function", "call"} else trying().call
    outer = policy(fresh("nesting"), retry=1)
    with pytest.raises(UnavailableError):
        guarded(way, outer, inner if way in {"function", "call"} else lambda: inner(body))()

    assert len(body.calls) == 3


def test_a_fallback_tries_again_by_itself(way: str):
    """It is outside of the retries that it answers for: its own policy is not inside of them, but of others it is."""
    backup = Script(DOWN, forever=True)
    guard = trying(fallback=trying()(backup))
    with pytest.raises(UnavailableError):
        guarded(way, guard, Script(DOWN, forever=True))()
    assert len(backup.calls) == 3

    within = trying()
    with pytest.raises(UnavailableError):
        within.call(guarded(way, guard, Script(DOWN, forever=True)))
    assert len(backup.calls) <= 6


async def test_a_coroutine_that_is_a_fallback_tries_again_by_itself():
    """As for functions."""
    calls: list[int] = []

    @trying()
    async def backup() -> None:
        calls.append(1)
        raise DOWN

    @trying(fallback=backup)
    async def main() -> None:
        raise DOWN

    with pytest.raises(UnavailableError):
        await main()
    assert len(calls) == 3


@pytest.mark.parametrize("others", [(), (DOWN,), (ValueError(),)], ids=["alone", "failure", "bug"])
def test_a_rejection_in_a_group_is_one(way: str, others: tuple[Exception, ...]):
    """A task group wraps it: nothing was sent, so nothing is tried again, and a fallback answers."""
    group = ExceptionGroup("tasks", [ExceptionGroup("more", [CallLimitedError(policy="inner")]), *others])
    body = Script(group, forever=True)
    with Heard(GaveUp) as heard, pytest.raises(ExceptionGroup):
        guarded(way, trying(), body)()

    assert len(body.calls) == 1
    assert [event.reason for event in heard] == [GaveUpReason.REJECTED]
    assert guarded(way, trying(fallback=lambda: "instead"), Script(group))() == "instead"
