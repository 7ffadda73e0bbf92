# SPDX-License-Identifier: MIT
"""Our storage below the strategies of `limits`: the same answers as its own, without its thread and its wall clock."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import parse
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, SlidingWindowCounterRateLimiter

from errcore import ConfigurationError, clock
from errcore.extras.limits import EmbeddedStorage
from errcore.policies.limiting.rate_limit import RateLimit
from errcore.testing import FakeClock

STRATEGIES = {
    "fixed": FixedWindowRateLimiter,
    "moving": MovingWindowRateLimiter,
    "sliding": SlidingWindowCounterRateLimiter,
}
EACH = pytest.mark.parametrize("name", STRATEGIES)
EPOCH = 1_700_000_000.0  # a multiple of 64, so that windows of ours and theirs begin together


def their_memory() -> MemoryStorage:
    """A memory storage whose thread has ended."""
    storage = MemoryStorage()
    storage.timer.join()
    return storage


STEPS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 3)), max_size=40)


@EACH
@settings(max_examples=settings.default.max_examples * 3 // 5, deadline=None)
@given(steps=STEPS, amount=st.integers(3, 6), data=st.data())
def test_strategies_answer_as_on_their_own_storage(name: str, steps: list, amount: int, data: st.DataObject):
    """Hit for hit, and in what they say is left; on ours, on theirs, and our own limiter."""
    fake = FakeClock(monotonic=EPOCH, wall=EPOCH)
    with pytest.MonkeyPatch.context() as patch, clock.using(fake):
        patch.setattr(time, "time", lambda: fake.wall())
        patch.setattr(MemoryStorage, "_MemoryStorage__schedule_expiry", lambda self: None)
        item = parse(f"{amount} per 4 seconds")
        ours, own = STRATEGIES[name](EmbeddedStorage()), STRATEGIES[name](their_memory())
        limiter = RateLimit(f"{amount} per 4 seconds", algorithm=name).limiter()
        for gap, cost in steps:
            # Never on a border: there `limits` counts a hit that is exactly as old as the window, and we do not.
            fake.advance(gap / 8 + 1 / 1024)
            cost = 1 if name == "fixed" else cost  # a cost that does not fit poisons their fixed window
            assert ours.test(item, "me", cost=cost) == own.test(item, "me", cost=cost)
            expected = own.hit(item, "me", cost=cost)
            assert ours.hit(item, "me", cost=cost) == expected
            assert limiter.take(cost=cost).allowed == expected
            mine, their = ours.get_window_stats(item, "me"), own.get_window_stats(item, "me")
            assert mine.remaining == their.remaining == limiter.peek().remaining
            assert mine.reset_time == pytest.approx(their.reset_time, abs=0.001)
        if data.draw(st.booleans()):
            ours.clear(item, "me")
            assert ours.get_window_stats(item, "me").remaining == amount


@EACH
def test_wall_clock_changes_nothing_but_what_is_told(name: str):
    """An hour back: nobody is kept out longer, and reset times are those of the clock as it is now."""

    class Jumping(FakeClock):
        jump = 0.0

        def wall(self) -> float:
            return super().wall() + self.jump

    with clock.using(Jumping()) as fake:
        strategy, item = STRATEGIES[name](EmbeddedStorage()), parse("2/second")
        assert [strategy.hit(item) for _ in range(3)] == [True, True, False]
        fake.jump = -3600.0
        if name != "sliding":  # whose strategy reads the wall clock itself
            assert fake.wall() < strategy.get_window_stats(item).reset_time <= fake.wall() + 1
        fake.advance(2.5)
        assert [strategy.hit(item) for _ in range(3)] == [True, True, False]


def test_limits_finds_it_by_its_scheme():
    """Whoever configures `limits`, or what is built on it, with an address can name ours; no thread is started."""
    before = threading.active_count()

    storage = storage_from_string("errcore://")

    assert type(storage) is EmbeddedStorage
    assert storage.check()
    assert storage.base_exceptions == ()
    assert threading.active_count() == before


def test_it_is_bounded_by_what_it_is_told():
    """The address takes no number of keys, so the options of a storage do."""
    storage = storage_from_string("errcore://", most=10)
    strategy = MovingWindowRateLimiter(storage)
    for number in range(1000):
        assert strategy.hit(parse("1/hour"), str(number))

    assert storage.reset() <= 20
    for most in (0, -1, 1.5, True, "10"):
        with pytest.raises(ConfigurationError, match="how many keys"):
            EmbeddedStorage(most=most)


def test_the_public_module_is_enough_for_the_scheme():
    """Whoever imports it can name the address."""
    program = (
        "import errcore.extras.limits, sys\n"
        "from limits.storage import storage_from_string\n"
        "assert type(storage_from_string('errcore://')) is errcore.extras.limits.EmbeddedStorage\n"
    )

    subprocess.run([sys.executable, "-c", program], check=True)


def test_reset_forgets_everything():
    """And says how much that was."""
    storage = EmbeddedStorage()
    for name, strategy in STRATEGIES.items():
        strategy(storage).hit(parse("1/hour"), name)

    assert storage.reset() == 3
    assert storage.reset() == 0
    assert all(strategy(storage).hit(parse("1/hour"), name) for name, strategy in STRATEGIES.items())


@pytest.mark.parametrize("name", ["moving", "sliding"])
def test_a_cost_above_the_limit_is_refused(name: str):
    """Without using anything up."""
    strategy, item = STRATEGIES[name](EmbeddedStorage()), parse("3/hour")

    assert not strategy.hit(item, cost=4)
    assert strategy.hit(item, cost=3)


def test_keys_with_long_and_short_limits_share_a_storage():
    """A long limit is not forgotten because a short one is."""
    with clock.using(FakeClock()) as fake:
        storage = EmbeddedStorage()
        strategy = MovingWindowRateLimiter(storage)
        assert strategy.hit(parse("1/second"), "short")
        assert strategy.hit(parse("1/hour"), "long")
        for _ in range(100):
            fake.advance(30)
            assert strategy.hit(parse("1/second"), "short")
            assert not strategy.hit(parse("1/hour"), "long")
