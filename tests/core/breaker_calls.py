# SPDX-License-Identifier: MIT
"""Calls through a breaker in the three ways that there are, for the tests of breakers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from errcore import CircuitOpenError
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.declare import policy
from errcore.policies.guard import Policy

Call = Callable[[object], object]

_numbers = itertools.count()


def guarded_by(breaker: Breaker, **more: Any) -> Policy:
    """A policy of the test's own."""
    return policy(f"breaker-{next(_numbers)}", breaker=breaker, **more)


def sync_call(guard: Policy) -> Call:
    """A guarded function that gives or raises what it is handed."""

    @guard
    def body(what: object) -> object:
        if isinstance(what, BaseException):
            raise what
        return what() if callable(what) else what

    return body


def async_call(guard: Policy) -> Call:
    """The same of a coroutine function, run to its end."""

    @guard
    async def body(what: object) -> object:
        await asyncio.sleep(0)
        if isinstance(what, BaseException):
            raise what
        return what() if callable(what) else what

    def call(what: object) -> object:
        coroutine = body(what)
        try:
            while True:
                coroutine.send(None)
        except StopIteration as stop:
            return stop.value

    return call


def by_hand(guard: Policy) -> Call:
    """The same with a permit."""

    def call(what: object) -> object:
        with guard.acquire():
            if isinstance(what, BaseException):
                raise what
            return what() if callable(what) else what

    return call


each_way = pytest.mark.parametrize("wrap", [sync_call, async_call, by_hand], ids=["sync", "async", "permit"])


def fail(call: Call, times: int = 1, error: BaseException | None = None) -> None:
    """Calls that fail."""
    for _ in range(times):
        raised = ConnectionError("down") if error is None else error
        with pytest.raises(type(raised)):
            call(raised)


def succeed(call: Call, times: int = 1) -> None:
    """Calls that work."""
    for _ in range(times):
        assert call("fine") == "fine"


def refusal(call: Call) -> CircuitOpenError:
    """What a call is refused with."""
    with pytest.raises(CircuitOpenError) as caught:
        call("never")
    return caught.value


def opened(wrap: Callable[[Policy], Call], **settings: Any) -> tuple[Policy, Call]:
    """A policy whose breaker has just opened."""
    guard = guarded_by(Breaker(**{"minimum": 1, **settings}))
    call = wrap(guard)
    fail(call)
    assert guard.state == "open"
    return guard, call
