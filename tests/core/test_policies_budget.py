# SPDX-License-Identifier: MIT
"""What pays for retries: only successes, at any size of a fleet, and never at the price of a first attempt."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
import threading
from collections.abc import Iterator
from contextvars import copy_context
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_ways import Heard, Script, fresh, guarded

from errcore import ConfigurationError, DeadlineExceededError, RateLimitError, UnavailableError, clock
from errcore.errors.kinds import Cost
from errcore.policies import Policy, recovery
from errcore.policies.budget import FOLD, Purse, RetryBudget
from errcore.policies.declare import policy
from errcore.policies.happenings import GaveUp, GaveUpReason
from errcore.policies.retry import Retry
from errcore.policies.timeout import Timeout
from errcore.testing import FakeClock

OLD = 100.0  # seconds after which nothing is a gift any more


class Coin(FakeClock):
    """A clock whose coin falls as it is told."""

    def __init__(self, falls: float = 0.0) -> None:
        super().__init__()
        self.falls = falls

    def random(self) -> float:
        return self.falls


@pytest.fixture(autouse=True)
def coin() -> Iterator[Coin]:
    """Time that takes none, and a coin that always wins."""
    with clock.using(Coin()) as now:
        yield now


def earn(purse: Purse, successes: int) -> None:
    """Successes of first attempts, all now."""
    purse.n += successes
    purse.settle()


# --- the purse


def test_a_fresh_process_makes_all_attempts_of_its_first_call():
    """A gift, also for timeouts, for calls begun within two seconds of its birth."""
    purse = Purse(RetryBudget(), 5)

    assert [purse.allows(Cost.SLOW, begun=2.0) for _ in range(4)] == [True] * 4
    assert not purse.allows(Cost.SLOW, begun=0.0)


def test_the_gift_is_for_the_first_two_seconds(coin: Coin):
    """By when the call began, not by when it failed."""
    purse = Purse(RetryBudget(), 3)
    coin.advance(OLD)

    assert not purse.allows(Cost.SLOW, begun=2.1)
    assert purse.allows(Cost.SLOW, begun=1.9)


def test_the_gift_ends_with_the_first_success():
    """From then on it is earned."""
    purse = Purse(RetryBudget(), 3)
    assert purse.fresh
    earn(purse, 1)

    assert not purse.fresh
    coin_lost = clock.current()
    coin_lost.falls = 0.999
    assert not purse.allows(Cost.SLOW, begun=0.0)


def test_plain_failures_have_a_purse_of_their_own(coin: Coin):
    """Two retries without any success, and no third one."""
    purse = Purse(RetryBudget(), 3)
    coin.advance(OLD)

    assert [purse.allows(Cost.PLAIN, begun=OLD) for _ in range(4)] == [True, True, False, False]


def test_timeouts_use_it_in_proportion_to_what_was_earned(coin: Coin):
    """With 0.2 earned, the chance is 0.2 + 2 x 0.2; what was staked is gone either way."""
    for falls, won in [(0.599, True), (0.601, False)]:
        purse = Purse(RetryBudget(), 3)
        coin.advance(OLD)
        coin.falls = falls
        earn(purse, 2)
        purse._earned = 0.2  # exactly, whatever evaporated

        assert purse.allows(Cost.SLOW, begun=OLD) is won
        assert purse._earned == 0.0
        assert purse._own == pytest.approx(1.6)


def test_nothing_earned_is_no_chance_for_a_timeout(coin: Coin):
    """An outage pays nobody."""
    purse = Purse(RetryBudget(), 3)
    coin.advance(OLD)

    assert not any(purse.allows(Cost.SLOW, begun=OLD) for _ in range(100))
    assert purse._own == 2.0


def test_a_busy_process_pays_from_what_it_earned_first(coin: Coin):
    """The own purse is for quiet ones."""
    purse = Purse(RetryBudget(), 3)
    earn(purse, 25)

    assert purse.allows(Cost.SLOW, begun=OLD)
    assert purse._earned == pytest.approx(1.5)
    assert purse._own == 2.0


def test_the_own_purse_is_refilled_by_successes_and_by_time_together(coin: Coin):
    """A tenth for each success, and not more than a twentieth a second; nothing without a success."""
    purse = Purse(RetryBudget(), 3)
    coin.advance(OLD)
    purse._own = 0.0
    coin.advance(1000)
    purse.settle()
    assert purse._own == 0.0

    coin.advance(1.0)
    earn(purse, 1000)
    assert purse._own == pytest.approx(0.05)
    coin.advance(1000)
    earn(purse, 3)
    assert purse._own == pytest.approx(0.35)
    coin.advance(1e6)
    earn(purse, 10_000)
    assert purse._own == 2.0


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 60)), max_size=20),
    st.sampled_from([0.05, 0.1, 0.2]),
)
def test_evaporation_is_that_of_a_naive_model(steps: list[tuple[int, int]], ratio: float):
    """The formula agrees with a model that earns and evaporates in small steps."""
    tau = 3 / ratio
    with clock.using(FakeClock()) as now:
        purse = Purse(RetryBudget(ratio), 3)
        naive, slices = 0.0, 1000
        for successes, gap in steps:
            now.advance(gap)
            earn(purse, successes)
            if not gap:
                naive += ratio * successes
                continue
            for _ in range(slices):  # the successes came evenly
                naive = naive * (1 - gap / slices / tau) + ratio * successes / slices
        assert purse._earned == pytest.approx(naive, rel=0.02, abs=0.02)


@settings(max_examples=3 * settings.default.max_examples, deadline=None)
@given(
    st.integers(1, 6),
    st.floats(0.01, 1),
    st.lists(
        st.one_of(
            st.tuples(st.just("ok"), st.integers(1, 50)),
            st.tuples(st.just("wait"), st.floats(0, 100)),
            st.tuples(st.sampled_from([Cost.PLAIN, Cost.SLOW]), st.integers(1, 10)),
        ),
        max_size=60,
    ),
    st.integers(0, 10),
)
def test_no_more_retries_than_were_paid_for(
    attempts: int, ratio: float, steps: list[tuple[Any, Any]], seed: int
):
    """Retries that were sure never exceed the gift, the own purse and what successes earned; outages earn nothing."""
    with clock.using(FakeClock(seed=seed)) as now:
        now.random = lambda: 0.999999  # only what is certain
        purse = Purse(RetryBudget(ratio), attempts)
        extra, successes = 0, 0
        for what, amount in steps:
            if what == "ok":
                successes += amount
                earn(purse, amount)
            elif what == "wait":
                now.advance(amount)
            else:
                for _ in range(amount):
                    before = purse._earned, purse._own
                    extra += purse.allows(what, begun=now.monotonic())
                    assert purse._earned <= before[0] + 1e-9  # a failure never earns
                    assert purse._own <= before[1] + 1e-9
            assert purse._earned >= 0
            assert -1e-9 <= purse._own <= attempts - 1
        assert extra <= 2 * (attempts - 1) + (ratio + 0.1) * successes + 1e-6


def test_the_coin_is_fair(coin: Coin):
    """A chance of 0.3 is met in 0.3 of the cases."""
    chances = Random(1)
    won = 0
    for _ in range(2000):
        purse = Purse(RetryBudget(), 3)
        purse._gift = 0
        purse._earned = 0.1
        coin.falls = chances.random()
        won += purse.allows(Cost.SLOW, begun=0.0)

    assert 540 <= won <= 660


def test_a_clock_that_stands_still_or_jumps_is_survived(coin: Coin):
    """No gap is no division; an aeon evaporates everything."""
    purse = Purse(RetryBudget(), 3)
    earn(purse, 10)
    earn(purse, 10)
    assert purse._earned == pytest.approx(2.0)

    coin.advance(1e12)
    purse.settle()
    assert purse._earned == 0.0
    assert math.isfinite(purse._own)


def test_one_attempt_has_no_purse():
    """Nothing to give."""
    purse = Purse(RetryBudget(), 1)

    assert not purse.allows(Cost.PLAIN, begun=0.0)


def test_threads_never_take_more_than_there_is(coin: Coin):
    """Eight threads at once win as many as one would."""
    purse = Purse(RetryBudget(), 3)
    earn(purse, 500)
    coin.falls = 0.999999
    won: list[bool] = []

    def work() -> None:
        won.extend([purse.allows(Cost.PLAIN, begun=OLD) for _ in range(100)])

    threads = [threading.Thread(target=copy_context().run, args=(work,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 50 <= sum(won) <= 54


def test_a_forked_child_finds_the_lock_free():
    """Also if a thread held it at that moment."""
    purse = Purse(RetryBudget(), 3)
    purse._lock.acquire()
    purse.renew()

    assert purse.allows(Cost.PLAIN, begun=0.0)


# --- settings


@pytest.mark.parametrize(
    "ratio", [0, -0.1, 1.1, float("nan"), float("inf"), "0.1", True, None], ids=itertools.count()
)
def test_nonsense_is_refused(ratio: object):
    """A share of calls, or nothing."""
    with pytest.raises(ConfigurationError, match="RetryBudget"):
        RetryBudget(ratio)


# --- in a policy


def test_an_exhausted_budget_raises_the_original_error(way: str, coin: Coin):
    """At once, with a note and a reason; the first attempts of later calls are made all the same."""
    guard = policy(fresh("budget"), retry=Retry(3, initial=0))
    coin.advance(OLD)
    first = Script(UnavailableError(), forever=True)
    with pytest.raises(UnavailableError):
        guarded(way, guard, first)()
    assert len(first.calls) == 3

    body = Script(problem := UnavailableError(), forever=True)
    with Heard(GaveUp) as heard, pytest.raises(UnavailableError) as caught:
        guarded(way, guard, body)()
    assert caught.value is problem
    assert len(body.calls) == 1
    assert [event.reason for event in heard] == [GaveUpReason.BUDGET]
    assert "budget" in problem.__notes__[0]

    for number in range(50):
        assert guarded(way, guard, Script())() == "ok", number


def test_a_fresh_policy_makes_all_attempts(way: str):
    """Also where each of them times out."""
    body = Script(DeadlineExceededError(), forever=True)
    with pytest.raises(DeadlineExceededError):
        guarded(way, policy(fresh("budget"), retry=Retry(3, initial=0)), body)()

    assert len(body.calls) == 3


@pytest.mark.parametrize(
    ("failure", "takes", "then"), [(DeadlineExceededError, 1.0, 1), (UnavailableError, 0.1, 3)]
)
def test_the_first_call_of_a_process_is_tried_to_the_end(
    way: str, failure: type[Exception], takes: float, then: int, coin: Coin
):
    """Also if its attempts outlast the two seconds of the gift, and with a coin that never wins."""
    coin.falls = 0.999999
    guard = policy(
        fresh("budget"), retry=Retry(3, initial=2.0), timeout=Timeout(attempt=1.0, sync="cooperative")
    )
    calls: list[float] = []

    def body() -> None:
        calls.append(coin.monotonic())
        coin.advance(takes)
        raise failure

    for tries in (3, then):  # the second call of a process that never saw a success has what is left
        calls.clear()
        with pytest.raises(failure):
            guarded(way, guard, body)()
        assert len(calls) == tries


def test_successes_of_first_attempts_earn(way: str, coin: Coin):
    """Sixteen of them are folded at once; one that took a retry earns nothing."""
    guard = policy(fresh("budget"), retry=Retry(3, initial=0))
    purse = guard._own.purse
    assert purse is not None
    call = guarded(way, guard, Script())
    for _ in range(1 + FOLD):
        call()
    assert purse.n == 0
    assert purse._earned == pytest.approx(0.1 * (1 + FOLD))

    coin.falls = 0.0
    earned = purse._earned
    guarded(way, guard, Script(UnavailableError()))()
    assert purse._earned == pytest.approx(earned - 1)
    assert purse.n == 0


def test_no_budget_pays_for_everything(way: str, coin: Coin):
    """`budget=None` turns it off."""
    guard = policy(fresh("budget"), retry=Retry(3, initial=0), budget=None)
    coin.advance(OLD)
    for _ in range(20):
        body = Script(UnavailableError(), forever=True)
        with pytest.raises(UnavailableError):
            guarded(way, guard, body)()
        assert len(body.calls) == 3


def test_variants_share_the_budget(way: str, coin: Coin):
    """Also if only the variant tries again."""
    base = policy(fresh("budget"))
    coin.advance(OLD)
    total = 0
    for _ in range(5):
        body = Script(UnavailableError(), forever=True)
        with pytest.raises(UnavailableError):
            guarded(way, base.variant(retry=Retry(3, initial=0)), body)()
        total += len(body.calls)

    assert total == 5 + 2


def test_policies_that_are_given_one_budget_share_it(way: str, coin: Coin):
    """Two ways to one dependency, for one; equal budgets are not the same one."""
    one = RetryBudget(0.1)
    reads, writes = (policy(fresh("budget"), retry=Retry(3, initial=0), budget=one) for _ in range(2))
    others = [
        policy(fresh("budget"), retry=Retry(3, initial=0), budget=each) for each in (0.1, RetryBudget(0.1))
    ]
    coin.advance(OLD)

    def attempts(*policies: Policy) -> int:
        total = 0
        for guard in policies:
            body = Script(UnavailableError(), forever=True)
            with pytest.raises(UnavailableError):
                guarded(way, guard, body)()
            total += len(body.calls)
        return total

    assert attempts(reads, writes) == 2 + 2
    assert attempts(*others) == 2 * (1 + 2)


def test_keys_have_budgets_of_their_own(way: str, coin: Coin):
    """A dead shard does not eat what the others need."""
    guard = policy(fresh("budget"), retry=Retry(3, initial=0), key=lambda shard: shard)
    for shard in ("dead", "alive"):
        guard._unit((shard,), {})
    coin.advance(OLD)
    dead = Script(UnavailableError(), forever=True)
    for _ in range(5):
        with pytest.raises(UnavailableError):
            guarded(way, guard, dead)("dead")
    assert len(dead.calls) == 7

    assert guarded(way, guard, Script(UnavailableError(), UnavailableError()))("alive") == "ok"


def test_a_variant_with_more_attempts_makes_all_of_them(way: str):
    """In its first call in a fresh process: what is shared has room for whoever has most."""
    base = policy(fresh("budget"), retry=2)
    shared = RetryBudget()
    small = policy(fresh("budget"), retry=1, budget=shared)
    large = policy(fresh("budget"), retry=Retry(5, initial=0), budget=shared)
    keyed = policy(fresh("budget"), key=lambda: "k").variant(retry=Retry(7, initial=0))
    first = recovery(fresh("budget"), "trying", max_retries=3)
    tried = [
        (base.variant(retry=Retry(6, initial=0)), 6),
        (large, 5),
        (keyed, 7),
    ]
    for guard, attempts in tried:
        body = Script(DeadlineExceededError(), forever=True)
        with pytest.raises(DeadlineExceededError):
            guarded(way, guard, body)()
        assert len(body.calls) == attempts
    body = Script(DeadlineExceededError(), forever=True)
    with pytest.raises(DeadlineExceededError):
        first(body)()
    assert len(body.calls) == 4
    assert small.settings.budget is shared


def test_a_process_that_is_no_newborn_gets_room_and_no_gift(coin: Coin):
    """A variant that is made later may use more of the small purse, and that is all."""
    purse = Purse(RetryBudget(), 3)
    earn(purse, 1)
    coin.advance(OLD)
    purse.widen(5)

    assert (purse._own_cap, purse._gift) == (4.0, 0)
    guard = policy(fresh("budget"), budget=None, key=str)
    guard.call(len, "k")
    assert guard.variant(retry=9).settings.budget is None  # nothing to widen


def test_a_copy_of_a_budget_shares_nothing():
    """Locks cannot be copied, and whoever copies settings wants another one."""
    one = RetryBudget(0.2)
    policy(fresh("budget"), retry=2, budget=one)

    for other in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert other == one
        assert other.purse(3) is not one.purse(3)


def test_a_new_key_is_no_new_process(coin: Coin):
    """The first call of a process may make all its attempts, and not that of each key: an outage may know thousands."""
    guard = policy(fresh("budget"), retry=Retry(3, initial=0, on=DeadlineExceededError), key=str)

    def attempts(key: int) -> int:
        body = Script(DeadlineExceededError(), forever=True)
        with pytest.raises(DeadlineExceededError):
            guard(body)(key)
        return len(body.calls)

    assert attempts(1) == 3
    coin.advance(OLD)
    assert [attempts(key) for key in range(2, 5)] == [1, 1, 1]


def test_a_key_whose_budget_is_spent_is_not_forgotten_at_once(coin: Coin):
    """Or else it would come back with a full one, as often as others take its place."""
    guard = policy(fresh("budget"), retry=Retry(3, initial=0), key=str)
    coin.advance(OLD)
    with pytest.raises(UnavailableError):
        guard(Script(UnavailableError(), forever=True))("spent")
    unit = guard._unit(("spent",), {})

    assert guard._unit(("new",), {}).idle
    assert not unit.idle
    coin.advance(30)
    assert unit.idle


def test_throttling_is_slow(way: str, coin: Coin):
    """What says that the dependency is overloaded is staked only in proportion to what was earned."""
    guard = policy(fresh("budget"), retry=Retry(3, initial=0, on=UnavailableError))
    coin.advance(OLD)
    body = Script(UnavailableError(), forever=True)
    assert RateLimitError().retry_after is None
    with pytest.raises(UnavailableError):
        guarded(way, guard, body)()
    slow = Script(DeadlineExceededError(), forever=True)
    with pytest.raises(DeadlineExceededError):
        guarded(way, policy(fresh("budget"), retry=Retry(3, initial=0, on=DeadlineExceededError)), slow)()
    assert len(body.calls) == 3


@pytest.mark.parametrize(("takes", "tries"), [(0.9, 1), (0.1, 3)])
def test_what_took_most_of_the_attempts_time_is_slow(way: str, takes: float, tries: int, coin: Coin):
    """Whatever it says it was, and by the time of the attempt, not of the call."""
    guard = policy(
        fresh("budget"),
        retry=Retry(3, initial=2.0, jitter="none"),
        timeout=Timeout(attempt=1.0, sync="cooperative"),
    )
    coin.advance(OLD)
    calls = []

    def body() -> None:
        calls.append(1)
        coin.advance(takes)
        raise UnavailableError

    with pytest.raises(UnavailableError):
        guarded(way, guard, body)()
    assert len(calls) == tries
