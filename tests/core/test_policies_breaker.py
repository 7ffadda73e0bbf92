# SPDX-License-Identifier: MIT
"""When a breaker opens, and what it does not count: through policies, sync and async alike."""

from __future__ import annotations

import asyncio
import gc
import inspect
import subprocess
import sys
from typing import Any

import httpx
import pytest
from breaker_calls import each_way, fail, guarded_by, refusal, succeed, sync_call

from errcore import NotFoundError, clock
from errcore.errors.stock import ConfigurationError, ConnectivityError, RejectedError
from errcore.events import stream
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.breaking.breaker_state import BreakerState
from errcore.policies.happenings import Transition
from errcore.testing import FakeClock, policies

pytestmark = pytest.mark.usefixtures("fake")


@each_way
def test_the_share_of_failures_opens_it_from_the_minimum_on(wrap) -> None:
    """Nine of ten failures are too few calls; the twentieth call decides."""
    guard = guarded_by(Breaker())
    call = wrap(guard)
    for _ in range(2):
        fail(call, 9)
        assert guard.state == "closed"
        succeed(call)

    assert guard.state == "open"


@each_way
def test_failures_below_the_share_do_not_open_it(wrap) -> None:
    """Nine of twenty are less than half; one more of each are not."""
    guard = guarded_by(Breaker())
    call = wrap(guard)
    succeed(call, 11)
    fail(call, 9)

    assert guard.state == "closed"

    fail(call, 2)

    assert guard.state == "open"


@each_way
def test_what_is_older_than_the_window_does_not_count(wrap, fake: FakeClock) -> None:
    """Neither failures nor successes of before, however few came since."""
    guard = guarded_by(Breaker())
    call = wrap(guard)
    succeed(call, 30)
    fail(call, 19)
    fake.advance(30.0)
    fail(call, 9)
    succeed(call, 10)
    assert guard.state == "closed"

    fail(call)

    assert guard.state == "open"


@each_way
def test_it_forgets_by_the_bucket(wrap, fake: FakeClock) -> None:
    """A failure of each three seconds: ten are in the window of thirty seconds, and never eleven."""
    guard = guarded_by(Breaker(minimum=11))
    call = wrap(guard)
    for _ in range(50):
        fail(call)
        fake.advance(3.0)

    assert guard.state == "closed"

    fail(call, 2)

    assert guard.state == "open"


@each_way
def test_the_wall_clock_means_nothing(wrap, fake: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour forth or back neither forgets a failure nor ends the time for which it is open."""
    guard = guarded_by(Breaker(minimum=2))
    call = wrap(guard)
    fail(call)
    monkeypatch.setattr(fake, "wall", lambda: 1_700_003_600.0)
    fail(call)
    assert guard.state == "open"
    monkeypatch.setattr(fake, "wall", lambda: 1_699_996_400.0)

    assert 4.5 <= refusal(call).retry_after <= 5.5

    fake.advance(5.6)
    succeed(call, 3)

    assert guard.state == "closed"


@each_way
def test_slow_calls_open_it(wrap, fake: FakeClock) -> None:
    """Successes, too, when the share of them that took too long is reached."""
    guard = guarded_by(Breaker(minimum=4, slow_after=2.0, slow_rate=0.5))
    call = wrap(guard)
    call(lambda: fake.advance(1.9))
    call(lambda: fake.advance(1.9))
    call(lambda: fake.advance(2.0))
    assert guard.state == "closed"

    call(lambda: fake.advance(2.5))

    assert guard.state == "open"


@each_way
def test_a_slow_failure_is_one_call(wrap, fake: FakeClock) -> None:
    """It is in both shares."""
    guard = guarded_by(Breaker(1, minimum=2, slow_after=1.0))
    call = wrap(guard)

    def fails_late() -> None:
        fake.advance(1.0)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        call(fails_late)
    assert guard.state == "closed"
    call(lambda: fake.advance(1.0))

    assert guard.state == "open"


@each_way
def test_nobody_is_slow_unless_asked(wrap, fake: FakeClock) -> None:
    """Without `slow_after` no time is taken."""
    guard = guarded_by(Breaker(minimum=1))
    wrap(guard)(lambda: fake.advance(3600.0))

    assert guard.state == "closed"


def test_waiting_for_a_place_in_our_own_queue_is_not_slow(fake: FakeClock) -> None:
    """The time of a call is counted from when it was made."""
    guard = guarded_by(Breaker(minimum=1, slow_after=1.0), bulkhead=2)
    bulkhead = guard._own.bulkhead
    entered = bulkhead.enter
    guard._own.bulkhead = type(
        "Queue", (), {"enter": lambda _: (fake.advance(9.0), entered()), "leave": bulkhead.leave}
    )()
    guard.acquire().ok()

    assert guard.state == "closed"


class Meta(type):
    """Looks like anything, and is not to be compared."""

    __hash__ = None

    def __eq__(cls, other: object) -> bool:
        raise RuntimeError("no")

    def __instancecheck__(cls, instance: object) -> bool:
        return True


class Strange(ConnectivityError, metaclass=type("Mixed", (Meta, type(ConnectivityError)), {})):
    """An error whose class is strange."""


@each_way
@pytest.mark.parametrize(
    "says_nothing",
    [
        NotFoundError("no"),
        TypeError("bug"),
        RejectedError(),
        asyncio.CancelledError(),
        KeyboardInterrupt(),
        SystemExit(),
        GeneratorExit(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_says_nothing_about_the_dependency_does_not_count(wrap, says_nothing) -> None:
    """Half of the calls end so, and the others open it as if they had been alone."""
    guard = guarded_by(Breaker(1, minimum=5))
    call = wrap(guard)
    for _ in range(4):
        fail(call)
        fail(call, error=says_nothing)
    assert guard.state == "closed"

    fail(call)

    assert guard.state == "open"


@each_way
def test_an_answered_call_proves_that_it_is_well(wrap) -> None:
    """A caller's fault that the dependency answered with is a success."""
    guard = guarded_by(Breaker(minimum=4))
    call = wrap(guard)
    request = httpx.Request("GET", "http://stock.internal/")
    answered = httpx.HTTPStatusError(
        "no such thing", request=request, response=httpx.Response(404, request=request)
    )
    fail(call, 3, error=answered)
    fail(call, 1)

    assert guard.state == "closed"


@each_way
def test_a_strange_class_of_exceptions_counts(wrap) -> None:
    """A metaclass of somebody's does not make a failure disappear."""
    guard = guarded_by(Breaker(minimum=2))
    call = wrap(guard)
    for _ in range(2):
        try:
            call(Strange())
        except BaseException as raised:  # noqa: BLE001 - `except Strange` would ask the metaclass
            assert type(raised) is Strange

    assert guard.state == "open"


def test_a_coroutine_function_stays_one_and_trips() -> None:
    """Five failures that are awaited open it; name, signature and kind of function stay."""
    guard = guarded_by(Breaker(minimum=5))

    @guard
    async def fetch(order: int, *, fast: bool = False) -> str:
        """Fetch."""
        raise ConnectionError

    for _ in range(5):
        with pytest.raises(ConnectionError):
            asyncio.run(fetch(1))

    assert guard.state == "open"
    assert inspect.iscoroutinefunction(fetch)
    assert str(inspect.signature(fetch)) == "(order: 'int', *, fast: 'bool' = False) -> 'str'"
    assert (fetch.__name__, fetch.__doc__) == ("fetch", "Fetch.")


@each_way
def test_switched_off_policies_neither_count_nor_refuse(wrap) -> None:
    """In tests that want none of it."""
    guard = guarded_by(Breaker(minimum=1))
    call = wrap(guard)
    with policies(off=True):
        fail(call)
        assert guard.state == "closed"
        guard.isolate()
        succeed(call)

    assert guard.state == "isolated"


def test_fallback_answers_a_refusal() -> None:
    """A policy with a fallback answers while it is open."""
    guard = guarded_by(Breaker(), fallback=lambda what: "instead")
    call = sync_call(guard)
    guard.isolate()

    assert call("fine") == "instead"


def test_idle_is_who_would_not_be_missed(fake: FakeClock) -> None:
    """Closed, and without a failure within the window."""
    state = BreakerState(Breaker(minimum=3), "idle")
    token = state.enter(0.0)
    state.succeeded(token)
    assert state.idle
    state.failed(token)
    assert not state.idle
    fake.advance(30.0)
    assert state.idle
    state.isolate()
    assert not state.idle


def test_keys_have_a_breaker_each() -> None:
    """A shard that fails does not stop the others."""
    guard = guarded_by(Breaker(minimum=2), key=lambda shard: shard)

    @guard
    def call(shard: int) -> int:
        if shard == 1:
            raise ConnectionError
        return shard

    changes: list[Transition] = []
    with stream.subscribe(Transition, changes.append):
        for _ in range(2):
            assert call(0) == 0
            with pytest.raises(ConnectionError):
                call(1)

    assert guard.states == {"0": "closed", "1": "open"}
    assert [(event.key, event.after) for event in changes] == [("1", "open")]


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"failure_rate": 0}, "failure_rate=0"),
        ({"failure_rate": 1.5}, "failure_rate=1.5"),
        ({"failure_rate": float("nan")}, "failure_rate=nan"),
        ({"minimum": 0}, "minimum=0"),
        ({"window": -1}, "window=-1"),
        ({"slow_after": 0}, "slow_after=0"),
        ({"slow_rate": True}, "slow_rate=True"),
        ({"open_for": "5"}, "open_for='5'"),
        ({"open_cap": 4}, "open_cap=4"),
        ({"probes": 1.0}, "probes=1.0"),
        ({"successes": None}, "successes="),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], word: str) -> None:
    """Where they are written, with what is wrong and what to do."""
    with pytest.raises(ConfigurationError) as caught:
        Breaker(**settings)

    assert word in str(caught.value)
    assert "because" in str(caught.value) and "pass" in str(caught.value)


def test_the_longest_time_is_never_shorter_than_the_first() -> None:
    """Who says only that it is open for two minutes need not say more."""
    assert (Breaker().open_cap, Breaker(open_for=120).open_cap) == (60.0, 120)


def test_pybreaker_is_loaded_with_the_first_breaker() -> None:
    """Not by the import, and not when something has failed."""
    source = (
        "import sys; from errcore.policies import policy; assert 'pybreaker' not in sys.modules; "
        "policy('a', retry=2); assert 'pybreaker' not in sys.modules; policy('b', breaker=0.5); assert 'pybreaker' in sys.modules"
    )

    subprocess.run([sys.executable, "-c", source], check=True)


def test_success_leaves_nothing_behind() -> None:
    """Thousands of calls that work allocate nothing that stays."""
    call = sync_call(guarded_by(Breaker()))
    with clock.using(clock.SystemClock()):
        for _ in range(1000):
            call(None)
        gc.collect()
        before = sys.getallocatedblocks()
        for _ in range(10_000):
            call(None)
        gc.collect()

    assert sys.getallocatedblocks() - before < 50
