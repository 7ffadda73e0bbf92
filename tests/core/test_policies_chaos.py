# SPDX-License-Identifier: MIT
"""What goes wrong on purpose: which calls are hit, by what, in which order, and never in production by accident."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from policy_ways import Script, fresh, guarded

from errcore import ConfigurationError, DeadlineExceededError, UnavailableError, clock
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.chaos import Chaos
from errcore.policies.declare import policy
from errcore.policies.retry import Retry
from errcore.policies.timeout import Timeout
from errcore.testing import FakeClock, policies


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeClock]:
    """Time that takes none, on a machine of a developer."""
    monkeypatch.setenv("ERRCORE_ENV", "development")
    with clock.using(FakeClock()) as now:
        yield now


def hit(way: str, body: Any = None, /, *, rate: float = 1, **chaos: Any) -> Any:
    """Something that goes wrong on purpose."""
    return guarded(way, policy(fresh("chaos"), chaos=Chaos(rate=rate, **chaos)), body or Script())


@pytest.mark.parametrize(
    "fault",
    [UnavailableError, UnavailableError("x"), lambda: UnavailableError("made")],
    ids=itertools.count(),
)
def test_a_fault_is_raised_in_place_of_the_call(way: str, fault: Any):
    """A class, an exception, or a function that makes one."""
    body = Script()
    with pytest.raises(UnavailableError):
        hit(way, body, fault=fault)()

    assert body.calls == []


def test_an_exception_that_is_kept_does_not_grow():
    """Neither its traceback nor its notes."""
    fault = UnavailableError()
    call = policy(fresh("chaos"), retry=1, chaos=Chaos(fault=fault, rate=1))(Script())
    depths = set()
    for _ in range(50):
        with pytest.raises(UnavailableError):
            call()
        depth, frame = 0, fault.__traceback__
        while frame is not None:
            depth, frame = depth + 1, frame.tb_next
        depths.add(depth)

    assert len(depths) == 1
    assert len(fault.__notes__) == 16


def test_an_outcome_is_given_in_place_of_the_call(way: str):
    """None is one, too."""
    body = Script()

    assert hit(way, body, outcome="fake")() == "fake"
    assert hit(way, body, outcome=None)() is None
    assert body.calls == []


def test_latency_comes_first_and_the_call_is_made(way: str, fake: FakeClock):
    """Then what else there is."""
    body = Script()

    assert hit(way, body, latency=1.5)(1) == "ok"
    assert fake.sleeps == [1.5]
    assert body.calls == [(1,)]


def test_behaviour_gets_the_arguments(way: str):
    """It may fail by itself, or do anything before the call."""
    seen: list[object] = []

    assert hit(way, behaviour=lambda *args, **kwargs: seen.append((args, kwargs)))(1, b=2) == "ok"
    assert seen == [((1,), {"b": 2})]
    with pytest.raises(ZeroDivisionError):
        hit(way, behaviour=lambda: 1 / 0)()


async def test_behaviour_may_be_a_coroutine():
    """Of a coroutine function it is awaited."""
    seen: list[int] = []

    async def behaviour(number: int) -> None:
        seen.append(number)

    async def body(number: int) -> int:
        return number

    assert await policy(fresh("chaos"), chaos=Chaos(behaviour=behaviour, rate=1))(body)(3) == 3
    assert seen == [3]


def test_the_rate_is_kept_and_follows_from_the_seed(way: str):
    """A third of the calls, and the same ones with the same seed."""
    runs = []
    for _ in range(2):
        with clock.using(FakeClock(seed=5)):
            call = policy(fresh("chaos"), chaos=Chaos(outcome=1, rate=0.3))(lambda: 0)
            runs.append([call() for _ in range(1000)])

    assert runs[0] == runs[1]
    assert 250 <= sum(runs[0]) <= 350
    assert hit(way, outcome=1, rate=0)() == "ok"


def test_the_other_parts_hold(way: str, fake: FakeClock):
    """They take it for a failure of the dependency: retried, counted, and cut off in time."""
    guard = policy(
        fresh("chaos"),
        retry=Retry(3, initial=0),
        breaker=Breaker(minimum=3),
        budget=None,
        chaos=Chaos(fault=ConnectionError, rate=1),
    )
    with pytest.raises(ConnectionError):
        guarded(way, guard, Script())()
    assert guard.state == "open"


async def test_latency_is_within_the_time_of_the_attempt(fake: FakeClock):
    """Chaos stands inside of the timeout."""

    async def body() -> None: ...

    with pytest.raises(DeadlineExceededError):
        await policy(fresh("chaos"), timeout=1.0, chaos=Chaos(latency=5, rate=1))(body)()
    assert fake.monotonic() == 1.0


def test_instant_tests_do_not_wait_for_it(way: str, fake: FakeClock):
    """And where policies are off there is none."""
    with policies(instant=True):
        assert hit(way, latency=5)() == "ok"
    with policies(off=True):
        assert hit(way, fault=OSError)() == "ok"
    assert fake.sleeps == []


# --- production


@pytest.mark.parametrize("stage", [None, "", "production", "prod", "Production", "staging"], ids=str)
def test_it_is_refused_in_production(monkeypatch: pytest.MonkeyPatch, stage: str | None):
    """Also where nobody has said what this is, or has said it in words of their own; once is not enough."""
    monkeypatch.delenv("ERRCORE_ENV")
    if stage is not None:
        monkeypatch.setenv("ERRCORE_ENV", stage)
    with pytest.raises(ConfigurationError, match="because this may be production"):
        Chaos(fault=OSError)
    with pytest.raises(ConfigurationError, match="ERRCORE_CHAOS"):
        Chaos(fault=OSError, production=True)

    monkeypatch.setenv("ERRCORE_CHAOS", "production")
    with pytest.raises(ConfigurationError, match="production=True"):
        Chaos(fault=OSError)
    assert Chaos(fault=OSError, production=True).rate == 0.1


def test_it_is_welcome_in_tests(monkeypatch: pytest.MonkeyPatch):
    """Inside of `errcore.testing.policies()`, wherever that is."""
    monkeypatch.delenv("ERRCORE_ENV")
    with policies():
        Chaos(fault=OSError)


# --- settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"fault": 5},
        {"fault": KeyboardInterrupt},
        {"fault": int},
        {"latency": -1},
        {"latency": "1"},
        {"latency": float("nan")},
        {"behaviour": 5},
        {"rate": 1.1},
        {"rate": -0.1},
        {"rate": float("nan")},
        {"rate": True},
        {"fault": OSError, "outcome": 1},
    ],
    ids=str,
)
def test_nonsense_is_refused(wrong: dict[str, Any]):
    """Only what can be raised, waited for or called, in a share of the calls."""
    with pytest.raises(ConfigurationError, match="Chaos"):
        Chaos(**wrong)


def test_it_has_no_short_form():
    """Nobody should have it by a slip."""
    with pytest.raises(ConfigurationError, match="Chaos"):
        policy(fresh("chaos"), chaos=0.5)


def test_cooperative_functions_meet_it_too(fake: FakeClock):
    """Latency uses up their time."""
    from errcore.policies.deadlines import remaining

    call = policy(fresh("chaos"), timeout=Timeout(5, sync="cooperative"), chaos=Chaos(latency=2, rate=1))(
        remaining
    )

    assert call() == 3.0
