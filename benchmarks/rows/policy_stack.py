# SPDX-License-Identifier: MIT
"""Retry, budget, breaker and limit around one call that works.

Against all four in one function written by hand, and, four times as fast, against the best bundle of what can be
installed instead. The second kind of row has no limit by hand: its limit is the rival that was the fastest here, for as
much of the job as it does, and its gate is a quarter. All of them make at most three attempts, refuse what goes beyond
the limit and open their breaker.

The row with a deadline is what they cost in a process that has deadlines, and informs: all other rows are about one that
never had any, where errcore does not look for it.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs

from benchmarks.case import Case, Column
from benchmarks.rows.deadline_by_hand import TimelyByHand, hurry
from benchmarks.rows.policy_stories import hurried, stacked, told, work, work_async
from benchmarks.rows.stack_by_hand import StackByHand
from benchmarks.rows.stack_peers import bundles, bundles_async
from benchmarks.sampling import Plan, sample
from errcore import Breaker, Retry, policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from errcore.testing import FakeClock

    Function = Callable[..., Any]
    Decorator = Callable[[Function], Function]

__all__ = [
    "beside_rivals",
    "beside_rivals_async",
    "empty",
    "empty_async",
    "stack",
    "stack_async",
    "under_a_deadline",
]

_AMOUNT = 10**9
_DAY = 86_400
_HOUR = 3600.0  # seconds: longer than any row takes


def _by_hand(name: str, time: FakeClock) -> Decorator:
    return StackByHand(name, 100, 100.0, initial=0.0, now=time.monotonic, chance=time.random).guarded


def _timely_by_hand(name: str, time: FakeClock) -> Decorator:
    return TimelyByHand(name, 100, 100.0, initial=0.0, now=time.monotonic, chance=time.random).guarded


def _by_hand_async(name: str, time: FakeClock) -> Decorator:
    return StackByHand(name, 100, 100.0, initial=0.0, now=time.monotonic, chance=time.random).guarded_async


def _ours(name: str, _: FakeClock) -> Decorator:
    return policy(name, retry=Retry(3, initial=0.0, cap=0.0), breaker=Breaker(), limit="100 per 100 seconds")


def stack() -> Case:
    """The row for functions."""
    limit = StackByHand("bench", _AMOUNT, _DAY).guarded(work)
    ours = policy("bench-stack", retry=3, breaker=Breaker(), limit=f"{_AMOUNT}/day")(work)
    limit(1)
    ours(1)
    return Case(
        "policy full stack",
        limit=Column("one function by hand", limit, 1, outcome=told(_by_hand, stacked, asynchronous=False)),
        ours=Column("errcore", ours, 1, outcome=told(_ours, stacked, asynchronous=False)),
        gate=1.2,
        peers=tuple(bundles(work)),
    )


def stack_async() -> Case:
    """The row for coroutine functions."""
    limit = StackByHand("bench", _AMOUNT, _DAY).guarded_async(work_async)
    ours = policy("bench-stack-async", retry=3, breaker=Breaker(), limit=f"{_AMOUNT}/day")(work_async)
    return Case(
        "policy full stack, async",
        limit=Column(
            "one function by hand", limit, 1, outcome=told(_by_hand_async, stacked, asynchronous=True)
        ),
        ours=Column("errcore", ours, 1, outcome=told(_ours, stacked, asynchronous=True)),
        gate=1.3,
        peers=tuple(bundles_async(work_async)),
    )


def under_a_deadline() -> Case:
    """The row for functions in a context that has a deadline, which is far away."""
    limit = TimelyByHand("bench", _AMOUNT, _DAY).guarded(work)
    ours = policy("bench-stack-deadline", retry=3, breaker=Breaker(), limit=f"{_AMOUNT}/day")(work)
    limit(1)
    ours(1)

    @contextmanager
    def around() -> Iterator[None]:
        with hurry(_HOUR, time.monotonic):
            yield

    return Case(
        "policy full stack, a deadline",
        limit=Column(
            "one function by hand", limit, 1, outcome=told(_timely_by_hand, hurried, asynchronous=False)
        ),
        ours=Column("errcore", ours, 1, outcome=told(_ours, hurried, asynchronous=False)),
        around=around,
    )


def beside_rivals() -> Case:
    """The row beside the fastest bundle for functions."""
    return _beside("policy best rival", stack())


def beside_rivals_async() -> Case:
    """The row beside the fastest bundle for coroutine functions."""
    return _beside("policy best rival, async", stack_async())


def _beside(name: str, case: Case) -> Case:
    if not case.peers:
        raise ModuleNotFoundError("No bundle of a rival is installed", name="pyresilience")
    rounds = sample(case, Plan(rounds=5, batch=1_000_000))
    times = [sorted(each[index] for each in rounds)[2] for index in range(len(case.columns))]
    order = sorted(case.peers, key=lambda peer: times[case.columns.index(peer)])
    best, *others = (attrs.evolve(peer, outcome=_works(peer), differs="") for peer in order)
    return Case(
        name,
        limit=best,
        ours=attrs.evolve(case.ours, outcome=_works(case.ours)),
        gate=0.25,
        peers=tuple(others),
    )


def _works(column: Column) -> Callable[[], Any]:
    def outcome() -> Any:
        return column.call(column.argument)

    return outcome


def empty() -> Case:
    """The row of retry, budget and breaker against a call of a function that does nothing."""
    ours = policy("bench-empty", retry=3, breaker=Breaker())(_nothing)
    ours()
    return Case("policy empty call", Column("empty call", _nothing), Column("errcore", ours), gate=15)


def empty_async() -> Case:
    """The row for a coroutine function."""
    ours = policy("bench-empty-async", retry=3, breaker=Breaker())(_nothing_async)
    return Case(
        "policy empty call, async", Column("empty call", _nothing_async), Column("errcore", ours), gate=15
    )


def _nothing() -> None:
    pass


async def _nothing_async() -> None:
    pass
