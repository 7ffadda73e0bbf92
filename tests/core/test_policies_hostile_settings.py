# SPDX-License-Identifier: MIT
"""Settings that somebody, or a file, got wrong: each is refused where it is written, by one error that says what to do."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_ways import fresh

from errcore import (
    Breaker,
    Bulkhead,
    Chaos,
    ConfigurationError,
    Fallback,
    RateLimit,
    Retry,
    RetryBudget,
    Timeout,
    clock,
    policy,
    recovery,
)
from errcore.policies import llm_policy, settings_from, settings_from_toml
from errcore.testing import FakeClock, policies

HUGE = (10**400, -(10**400), 10**5000, -(10**5000))


class Mute:
    """It says nothing of itself."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


SETTINGS: dict[str, Callable[[Any], object]] = {
    "attempts": lambda value: Retry(value),
    "initial": lambda value: Retry(3, initial=value),
    "factor": lambda value: Retry(3, factor=value),
    "cap": lambda value: Retry(3, cap=value),
    "jitter": lambda value: Retry(3, jitter=value),
    "wait": lambda value: Retry(3, wait=value),
    "stop": lambda value: Retry(3, stop=value),
    "on": lambda value: Retry(3, on=value),
    "ratio": lambda value: RetryBudget(value),
    "failure_rate": lambda value: Breaker(value),
    "minimum": lambda value: Breaker(minimum=value),
    "window": lambda value: Breaker(window=value),
    "slow_after": lambda value: Breaker(slow_after=value),
    "slow_rate": lambda value: Breaker(slow_rate=value),
    "open_for": lambda value: Breaker(open_for=value),
    "open_cap": lambda value: Breaker(open_cap=value),
    "probes": lambda value: Breaker(probes=value),
    "successes": lambda value: Breaker(successes=value),
    "rate": lambda value: RateLimit(value),
    "algorithm": lambda value: RateLimit("1/second", algorithm=value),
    "limit": lambda value: Bulkhead(value),
    "queue": lambda value: Bulkhead(1, queue=value),
    "max_wait": lambda value: Bulkhead(1, queue=1, max_wait=value),
    "total": lambda value: Timeout(value),
    "attempt": lambda value: Timeout(attempt=value),
    "sync": lambda value: Timeout(1, sync=value),
    "share": lambda value: Chaos(rate=value),
    "latency": lambda value: Chaos(latency=value),
    "retry=": lambda value: policy(fresh("hostile"), retry=value),
    "budget=": lambda value: policy(fresh("hostile"), budget=value),
    "breaker=": lambda value: policy(fresh("hostile"), breaker=value),
    "limit=": lambda value: policy(fresh("hostile"), limit=value),
    "bulkhead=": lambda value: policy(fresh("hostile"), bulkhead=value),
    "timeout=": lambda value: policy(fresh("hostile"), timeout=value),
    "fallback=": lambda value: policy(fresh("hostile"), fallback=value),
    "chaos=": lambda value: policy(fresh("hostile"), chaos=value),
    "key=": lambda value: policy(fresh("hostile"), key=value),
    "idempotent=": lambda value: policy(fresh("hostile"), idempotent=value),
    "name": lambda value: policy(value),
    "max_retries": lambda value: recovery(fresh("hostile"), "trying", max_retries=value),
    "llm total": lambda value: llm_policy(fresh("hostile"), total=value),
    "settings_from": lambda value: settings_from(value),
    "settings_from retry": lambda value: settings_from({"retry": {"attempts": value}}),
    "settings_from_toml": lambda value: settings_from_toml(value),
}


@pytest.mark.parametrize(
    "value", [*HUGE, math.nan, math.inf, -math.inf, -1, -0.5, Mute(), [[]]], ids=itertools.count()
)
@pytest.mark.parametrize("setting", SETTINGS)
def test_nonsense_is_a_configuration_error(setting: str, value: object):
    """Whatever its type and however long: nothing else comes out, and the message is short and says what to do."""
    with policies(), pytest.raises(ConfigurationError) as caught:
        SETTINGS[setting](value)

    message = str(caught.value)
    assert len(message) < 500
    assert ", because " in message
    assert "; " in message


@pytest.mark.parametrize(
    "setting", ["total", "attempt", "window", "slow_after", "open_for", "open_cap", "max_wait"]
)
@pytest.mark.parametrize("value", [5e-324, 1e-310, 1e-7, 1.1e9, 1e308], ids=str)
def test_times_that_nobody_can_measure_or_wait_for_are_refused(setting: str, value: float):
    """Arithmetic with them would fail later, in the middle of a call."""
    with pytest.raises(
        ConfigurationError, match=r"nothing is over that soon|nobody waits that long|open_for grows"
    ):
        SETTINGS[setting](value)


@given(
    window=st.floats(1e-6, 1e9),
    open_for=st.floats(1e-6, 1e9),
    slow_after=st.none() | st.floats(1e-6, 1e9),
    steps=st.lists(st.tuples(st.floats(0, 1e9), st.sampled_from(["ok", "fail"])), max_size=30),
)
def test_what_is_accepted_works(
    window: float, open_for: float, slow_after: float | None, steps: list[tuple[float, str]]
):
    """Whatever the settings and however long the pauses: nobody sees an error of ours."""
    with clock.using(FakeClock()) as fake:
        guard = policy(
            fresh("hostile"),
            breaker=Breaker(minimum=2, window=window, open_for=open_for, slow_after=slow_after, successes=1),
            fallback=Fallback(value="instead"),
        )
        for pause, end in steps:
            fake.advance(pause)
            if end == "fail":
                assert guard.call(refused_connection) == "instead"
            else:
                assert guard.call(len, "text") in {4, "instead"}
        guard.isolate()
        assert guard.state == "isolated"
        guard.reset()
        assert guard.call(len, "fine") == 4


def refused_connection() -> None:
    """A dependency that is down."""
    raise ConnectionRefusedError


@pytest.mark.parametrize("rate", ["100/0 seconds", "5 per 0 seconds", "5/00second", "1/second; 5/0 minute"])
def test_a_rate_in_no_time_is_refused(rate: str):
    """It is not quietly read as one second."""
    with pytest.raises(ConfigurationError, match="no time"):
        RateLimit(rate)


def test_rates_with_zeros_in_them_are_read():
    """Ten seconds are not none."""
    assert [
        RateLimit(rate).rates[0].seconds for rate in ("1/10 seconds", "100 per 05 minute", "10/second")
    ] == [10, 300, 1]


# --- functions that nobody would await


async def asynchronous(*_: object) -> bool:
    """It gives a coroutine, which is always true."""
    return True


@pytest.mark.parametrize("setting", ["on", "wait", "stop", "key="])
def test_coroutine_functions_are_refused_where_nobody_awaits_them(setting: str):
    """They would be always true, or another key each time."""
    with pytest.raises(ConfigurationError, match=r"asynchronous|coroutine"):
        SETTINGS[setting](asynchronous)


def test_chaos_refuses_them_as_well():
    """Nothing makes a fault of a coroutine; a behaviour that is one is for coroutine functions only."""
    with policies():
        with pytest.raises(ConfigurationError, match="cannot be raised"):
            Chaos(fault=asynchronous)
        guard = policy(fresh("hostile"), chaos=Chaos(behaviour=asynchronous, rate=1))
        with pytest.raises(ConfigurationError, match="behaviour of its chaos"):
            guard(len)
        with pytest.raises(ConfigurationError, match="behaviour of its chaos"):
            guard.call(len, "text")


# --- files


@pytest.mark.parametrize(
    "text",
    [
        "[policies.x]\nretry = " + "9" * 5000,
        "a = " + "[" * 20_000,
        "a = " + "{a=" * 5000,
        "[policies.x]\ntimeout = 1979-13-41",
        "\x00",
        "[policies.x]\nretry = 3\nretry = 4",
        b"[policies.x]",
        None,
        7,
    ],
    ids=itertools.count(),
)
def test_what_is_no_toml_is_refused(text: Any):
    """Too many brackets, too many digits, or no text at all."""
    with pytest.raises(ConfigurationError, match="Cannot read the policies") as caught:
        settings_from_toml(text)

    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[policies.x.retry]\non = []", "policies.x.retry: Cannot use on="),
        ("[policies.x.retry]\non = ['nope nope']", "policies.x.retry: Cannot use on="),
        ("[policies.x.retry]\non = 5", "policies.x.retry: Cannot use on=5"),
        ("[policies.x]\nlimit = '100/0 seconds'", "policies.x: Cannot use RateLimit"),
        ("[policies.x]\nretry = " + "9" * 400, "policies.x: Cannot use Retry"),
        ("[policies.x]\nbreaker = nan", "policies.x: Cannot use Breaker"),
        ("[policies.x]\nretry = '3'", "policies.x: Cannot use '3' as Retry, because it is no Retry"),
    ],
    ids=itertools.count(),
)
def test_a_hostile_value_in_a_file_is_refused_with_its_place(text: str, words: str):
    """When the file is read, and not when the policy is made of it."""
    with pytest.raises(ConfigurationError) as caught:
        settings_from_toml(text)

    assert str(caught.value).startswith(words)


# --- names, and what tests switch


class Loud(str):
    """A text of a stranger's make."""

    __slots__ = ()

    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "name", ["x" * 10_000_000, Loud("x"), "a\nb", "", "x" * 65, Mute(), 10**5000], ids=itertools.count()
)
def test_a_hostile_name_is_refused_in_a_short_message(name: Any):
    """Whatever it does when it is looked at."""
    with pytest.raises(ConfigurationError, match="Cannot make a policy named") as caught:
        policy(name)

    assert len(str(caught.value)) < 300


def test_a_huge_keyword_is_refused_in_a_short_message():
    """It comes from a mapping that somebody read somewhere."""
    with pytest.raises(ConfigurationError, match="Cannot make the policy") as caught:
        policy(fresh("hostile"), **{"x" * 1_000_000: 1})

    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("switch", ["yes", 1, 0, 1.5, []], ids=repr)
@pytest.mark.parametrize("name", ["off", "instant"])
def test_a_switch_of_tests_is_on_or_off(name: str, switch: Any):
    """A text such as "no" would be on."""
    with pytest.raises(ConfigurationError, match="it is a switch; pass True or False"):
        policies(**{name: switch})
