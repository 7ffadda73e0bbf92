# SPDX-License-Identifier: MIT
"""A call behind a breaker: what that costs where it works, fails, and is refused.

The limit counts the same: failures and successes in ten buckets over 30 seconds, by verdict; it opens at half of at
least 20, lets one probe in at a time, closes after three, and does not hear what ends in another state than it began
in. Where calls are frequent it dates successes 64 at a time, as errcore does; where they are rare each at once.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from benchmarks.case import Case, Column
from benchmarks.rows.breaker_by_hand import BreakerByHand, guarded, guarded_async
from benchmarks.rows.breaker_peers import NEVER, breakers, breakers_async
from benchmarks.rows.policy_stories import breaking, counting, told, work, work_async
from benchmarks.rows.verdicts_by_hand import OpenByHand
from errcore import Breaker, CircuitOpenError, policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from errcore.testing import FakeClock

    Function = Callable[..., Any]
    Decorator = Callable[[Function], Function]

__all__ = ["failure", "failure_async", "refused", "refused_async", "success", "success_async"]

_ENOUGH = 200  # failures, to open any of them


def _by_hand(name: str, time: FakeClock) -> Decorator:
    state = BreakerByHand(name, now=time.monotonic, chance=time.random)
    return lambda fn: guarded(state, fn)


def _by_hand_async(name: str, time: FakeClock) -> Decorator:
    state = BreakerByHand(name, now=time.monotonic, chance=time.random)
    return lambda fn: guarded_async(state, fn)


def _ours(name: str, _: FakeClock) -> Decorator:
    return policy(name, breaker=Breaker())


def _case(
    name: str, gate: float, limit: Function, ours: Function, peers: Iterator[Column], *, asynchronous: bool
) -> Case:
    story = counting if "counted" in name else breaking
    by_hand = _by_hand_async if asynchronous else _by_hand
    return Case(
        name,
        limit=Column(
            "hand-written breaker", limit, 1, outcome=told(by_hand, story, asynchronous=asynchronous)
        ),
        ours=Column("errcore", ours, 1, outcome=told(_ours, story, asynchronous=asynchronous)),
        gate=gate,
        peers=tuple(peers),
    )


def success() -> Case:
    """The row for functions that work."""
    return _case(
        "policy breaker success",
        1.3,
        guarded(BreakerByHand("bench"), work),
        policy("bench-breaker", breaker=Breaker())(work),
        breakers(work),
        asynchronous=False,
    )


def success_async() -> Case:
    """The row for coroutine functions that work."""
    return _case(
        "policy breaker success, async",
        1.25,
        guarded_async(BreakerByHand("bench"), work_async),
        policy("bench-breaker-async", breaker=Breaker())(work_async),
        breakers_async(work_async),
        asynchronous=True,
    )


def refused() -> Case:
    """The row for an open breaker; the refusal is raised, with the same fields, and caught."""
    state = BreakerByHand("bench", minimum=1, open_for=3600, open_cap=3600)
    ours = policy("bench-open", breaker=Breaker(minimum=1, open_for=3600))(_down)
    return _case(
        "policy open breaker",
        1.5,
        _refused(guarded(state, _down), OpenByHand),
        _refused(ours, CircuitOpenError),
        breakers(_down, _refused),
        asynchronous=False,
    )


def refused_async() -> Case:
    """The row for an open breaker before a coroutine function."""
    state = BreakerByHand("bench", minimum=1, open_for=3600, open_cap=3600)
    ours = policy("bench-open-async", breaker=Breaker(minimum=1, open_for=3600))(_down_async)
    return _case(
        "policy open breaker, async",
        1.5,
        _refused_async(guarded_async(state, _down_async), OpenByHand),
        _refused_async(ours, CircuitOpenError),
        breakers_async(_down_async, _refused_async),
        asynchronous=True,
    )


def failure() -> Case:
    """The row for a failure that is counted, raised and caught, and does not open the breaker yet."""
    return _case(
        "policy failure counted",
        2.6,
        _caught(guarded(BreakerByHand("bench", minimum=NEVER), _down)),
        _caught(policy("bench-failure", breaker=Breaker(minimum=NEVER))(_down)),
        breakers(_down, _caught, most=NEVER),
        asynchronous=False,
    )


def failure_async() -> Case:
    """The row for a failure of a coroutine function."""
    return _case(
        "policy failure counted, async",
        2.6,
        _caught_async(guarded_async(BreakerByHand("bench", minimum=NEVER), _down_async)),
        _caught_async(policy("bench-failure-async", breaker=Breaker(minimum=NEVER))(_down_async)),
        breakers_async(_down_async, _caught_async, most=NEVER),
        asynchronous=True,
    )


def _down(_: object) -> object:
    raise ConnectionError("down")


async def _down_async(_: object) -> object:
    raise ConnectionError("down")


def _caught(call: Function, *_: object) -> Function:
    def one(value: object) -> None:
        try:
            call(value)
        except ConnectionError:
            return

    return one


def _caught_async(call: Function, *_: object) -> Function:
    async def one(value: object) -> None:
        try:
            await call(value)
        except ConnectionError:
            return

    return one


def _refused(call: Function, kind: type[Exception] = Exception) -> Function:
    for _ in range(_ENOUGH):
        with suppress(Exception):
            call(1)

    def one(value: object) -> None:
        try:
            call(value)
        except kind:
            return

    return one


def _refused_async(call: Function, kind: type[Exception] = Exception) -> Function:
    async def opened() -> None:
        for _ in range(_ENOUGH):
            with suppress(Exception):
                await call(1)

    async def one(value: object) -> None:
        try:
            await call(value)
        except kind:
            return

    asyncio.run(opened())
    return one
