# SPDX-License-Identifier: MIT
"""Rate limits: what may be written, what a decision says, and that no algorithm ever lets in more than it promises."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_ways import in_threads

from errcore import CallLimitedError, ConfigurationError, clock
from errcore.policies.declare import policy
from errcore.policies.limiting import rate_limit
from errcore.policies.limiting._limits import parsed
from errcore.policies.limiting.limiter import Decision, Limiter, WindowLimiter
from errcore.policies.limiting.moving import Log, MovingWindow
from errcore.policies.limiting.rate_limit import ALGORITHMS, RateLimit
from errcore.policies.limiting.rates import Rate
from errcore.policies.unit import Unit
from errcore.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable

EACH = pytest.mark.parametrize("algorithm", ALGORITHMS)

# Eighths of a second, so that a moment on a border is exactly on it.
GAPS = st.lists(st.integers(0, 80).map(lambda n: n / 8), min_size=1, max_size=60)
RATES = st.tuples(st.integers(1, 7), st.integers(1, 6))


def admitted(limiter: Limiter, gaps: list[float], start: float = 0.0) -> list[float]:
    """The moments at which a hit was let in."""
    now, moments = start, []
    for gap in gaps:
        now += gap
        if limiter.hit(now):
            moments.append(now)
    return moments


def most_within(moments: list[float], seconds: float) -> int:
    """The most of them in any half-open stretch of so many seconds."""
    return max((sum(a <= b < a + seconds for b in moments) for a in moments), default=0)


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("100/minute", [(100, 60)]),
        ("100 per minute", [(100, 60)]),
        ("5 per 10 seconds", [(5, 10)]),
        ("1/day; 2/month, 3/YEAR", [(1, 86_400), (2, 2_592_000), (3, 31_104_000)]),
        ("2/second;2/second", [(2, 1)]),
    ],
)
def test_rates_are_read_as_people_write_them(text: str, rates: list[tuple[int, int]]):
    """One rate or several, each once, in the order of the text."""
    assert RateLimit(text).rates == tuple(Rate(*rate) for rate in rates)


@given(
    st.sampled_from(
        ["", "0", "1", "2", "17", "100", "0100", "999999999", "1000000000", "9999999999", "+1", "\u0661"]
    ),
    st.sampled_from(["/", " / ", " /", "/ ", " per ", "per", "per ", " per", "  per ", "PER", ""]),
    st.sampled_from(
        ["second", "minute", "hour", "day", "month", "year", "seconds", "Second", "sec", "s", ""]
    ),
    st.sampled_from(["", " ", "\n", ";", "; 1/day"]),
)
def test_both_readers_of_rates_say_the_same(amount: str, between: str, unit: str, end: str):
    """A usual rate is read without `limits`, and as `limits` reads it; whatever is refused, both refuse."""

    def read(reader: Callable[[str], tuple[Rate, ...]]) -> tuple[Rate, ...] | str:
        try:
            return reader(text)
        except ConfigurationError as problem:
            return problem.message

    text = f"{amount}{between}{unit}{end}"

    assert read(lambda rate: RateLimit(rate).rates) == read(parsed)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "100",
            "minute",
            "100/fortnight",
            "-1/second",
            "1.5/second",
            "0/second",
            "1/second;",
            "1/second;x",
        ),
        *(
            "9999999999/second",
            "1/99999999 years",
            "1/" + "9" * 150 + " seconds",
            "\u0661/second",
            None,
            5,
            b"1/second",
        ),
        *("1/second " * 40, ";".join(f"{n}/hour" for n in range(1, 12)), "9" * 199),
    ],
)
def test_rates_that_make_no_sense_are_refused(text: object):
    """Whoever writes nonsense is told what would do, at the place where it is written."""
    with pytest.raises(
        ConfigurationError, match=r"Cannot use RateLimit\(rate=.*, because .*; pass "
    ) as caught:
        RateLimit(text)

    assert len(str(caught.value)) < 400


def test_other_settings_that_make_no_sense_are_refused():
    """An algorithm that there is not, a log that would take gigabytes, a number of keys that is none."""
    with pytest.raises(ConfigurationError, match="pass 'gcra' or 'fixed' or 'moving' or 'sliding'"):
        RateLimit("1/second", algorithm="leaky")
    with pytest.raises(ConfigurationError, match="another algorithm"):
        RateLimit("1000001/day", algorithm="moving")
    for most in (0, -1, 1.5, True, None):
        with pytest.raises(ConfigurationError, match="how many keys"):
            RateLimit("1/second").limits(most=most)


def test_settings_are_equal_by_what_they_say():
    """Two ways to write one limit are one setting, so two places may name one policy."""
    assert RateLimit("60/minute") == RateLimit("60 per 1 minute") != RateLimit("1/second")
    assert attrs.evolve(RateLimit("1/second"), rate="2/second").rates == (Rate(2, 1),)


@EACH
@pytest.mark.parametrize("cost", [0, -1, 1.0, True, "1", None])
def test_costs_that_are_none_are_refused(algorithm: str, cost: object):
    """A negative cost would give hits away."""
    limit = RateLimit("2/second", algorithm=algorithm)
    limiter, limits = limit.limiter(), limit.limits()
    for ask in (limiter.take, limiter.peek):
        with pytest.raises(ConfigurationError, match=r"Cannot use take\(cost=.*pass 1 or more"):
            ask(0.0, cost)
    for ask_for in (limits.take, limits.peek):
        with pytest.raises(ConfigurationError, match=r"Cannot use take\(cost=.*pass 1 or more"):
            ask_for("k", 0.0, cost)
    assert limiter.hit(0.0)
    assert limits.hit("k", 0.0)


@EACH
def test_burst_is_the_limit(algorithm: str):
    """All of the limit is there at once, and no more; a decision says what is left."""
    limiter = RateLimit("3/minute", algorithm=algorithm).limiter()

    decisions = [limiter.take(0.0) for _ in range(4)]

    assert [(d.allowed, d.limit, d.remaining) for d in decisions] == [
        (True, 3, 2),
        (True, 3, 1),
        (True, 3, 0),
        (False, 3, 0),
    ]
    assert [d.retry_after for d in decisions[:3]] == [0.0] * 3


def test_gcra_lets_in_evenly_after_the_burst():
    """One hit comes back every twenty seconds; after a minute of quiet all of them."""
    limiter = RateLimit("3/minute").limiter()

    assert admitted(limiter, [0, 0, 0, 0, 10, 10, 0, 20, 0]) == [0, 0, 0, 20, 40]
    assert limiter.peek(40.0) == Decision(False, 3, 0, 20.0, 60.0)
    assert limiter.peek(100.0) == Decision(True, 3, 3, 0.0, 0.0)


@EACH
def test_looking_counts_nothing(algorithm: str):
    """However often somebody looks, all of the limit is there; and after it is used up, none of it."""
    limiter = RateLimit("2/minute", algorithm=algorithm).limiter()

    assert all(limiter.peek(1.0).allowed for _ in range(10))
    assert limiter.take(1.0, cost=1).remaining == 1
    assert {(d.allowed, d.remaining) for d in (limiter.peek(1.0) for _ in range(10))} == {(True, 1)}
    assert limiter.take(1.0).allowed
    assert {(d.allowed, d.remaining) for d in (limiter.peek(1.0) for _ in range(10))} == {(False, 0)}
    assert not limiter.hit(1.0)


@EACH
@given(rate=RATES, gaps=GAPS, costs=st.lists(st.integers(1, 9), min_size=60, max_size=60))
def test_a_refused_cost_uses_up_nothing(
    algorithm: str, rate: tuple[int, int], gaps: list[float], costs: list[int]
):
    """Those who are refused leave no trace: with or without them, the same others get in."""
    text = f"{rate[0]} per {rate[1]} seconds"
    limiter, quiet = (RateLimit(text, algorithm=algorithm).limiter() for _ in range(2))

    now = 0.0
    for gap, cost in zip(gaps, costs, strict=False):
        now += gap
        before = limiter.peek(now, cost)
        decision = limiter.take(now, cost)
        assert decision.allowed == before.allowed == (cost <= rate[0] and before.remaining >= cost)
        if decision.allowed:
            assert quiet.take(now, cost) == decision
            assert decision.remaining == before.remaining - cost
        else:
            assert decision == before
        assert (decision.retry_after is None) == (cost > rate[0])
        assert limiter.peek(now) == quiet.peek(now)


@EACH
@given(rate=RATES, gaps=GAPS, start=st.sampled_from([0.0, 1e3, 123456.625, 1e7]))
def test_waiting_as_told_is_enough(algorithm: str, rate: tuple[int, int], gaps: list[float], start: float):
    """Whoever waits `retry_after` seconds gets in, and after `reset_after` seconds all of the limit is there."""
    limiter = RateLimit(f"{rate[0]} per {rate[1]} seconds", algorithm=algorithm).limiter()
    now = start
    for gap in gaps:
        now += gap
        decision = limiter.take(now)
        if not decision.allowed:
            assert decision.retry_after is not None and decision.retry_after > 0
            if decision.retry_after > 0.001:
                assert not limiter.hit(now + decision.retry_after * 0.99)
            now += decision.retry_after
            assert limiter.hit(now)
            decision = limiter.peek(now)
        assert limiter.peek(now + decision.reset_after + 1e-6).remaining == rate[0]


@given(rate=RATES, gaps=GAPS, start=st.sampled_from([0.0, 1e6 / 7, 1e8]))
def test_gcra_never_admits_more_than_burst_and_rate(rate: tuple[int, int], gaps: list[float], start: float):
    """In every window of t seconds, at most the burst and rate x t."""
    moments = admitted(RateLimit(f"{rate[0]} per {rate[1]} seconds").limiter(), gaps, start)

    for i, first in enumerate(moments):
        for j in range(i, len(moments)):
            assert j - i + 1 <= rate[0] + rate[0] / rate[1] * (moments[j] - first) + 1e-5


@given(rate=RATES, gaps=GAPS)
def test_moving_is_exact(rate: tuple[int, int], gaps: list[float]):
    """In every window of its length at most the limit, and nobody is refused who would fit."""
    amount, seconds = rate
    limiter = RateLimit(f"{amount} per {seconds} seconds", algorithm="moving").limiter()
    now, kept = 0.0, list[float]()
    for gap in gaps:
        now += gap
        fits = sum(moment + seconds > now for moment in kept) < amount
        assert limiter.hit(now) == fits
        if fits:
            kept.append(now)
    assert most_within(kept, seconds) <= amount


@given(rate=RATES, gaps=GAPS)
def test_fixed_is_the_naive_window(rate: tuple[int, int], gaps: list[float]):
    """A window begins with the first hit after the last one."""
    amount, seconds = rate
    limiter = RateLimit(f"{amount} per {seconds} seconds", algorithm="fixed").limiter()
    now, ends, used = 0.0, 0.0, 0
    for gap in gaps:
        now += gap
        if now >= ends:
            ends, used = now + seconds, 0
        assert limiter.hit(now) == (used < amount)
        used += used < amount


@given(rate=st.tuples(st.integers(1, 7), st.sampled_from([1, 2, 4, 8])), gaps=GAPS)
def test_sliding_is_the_naive_weighted_count(rate: tuple[int, int], gaps: list[float]):
    """The count of this window, and the share of the one before that is left, rounded down."""
    amount, seconds = rate
    limiter = RateLimit(f"{amount} per {seconds} seconds", algorithm="sliding").limiter()
    now, counts = 0.0, dict[int, int]()
    for gap in gaps:
        now += gap
        index = int(now // seconds)
        share = 1 - (now - index * seconds) / seconds
        fits = int(counts.get(index - 1, 0) * share + counts.get(index, 0)) < amount
        assert limiter.hit(now) == fits
        counts[index] = counts.get(index, 0) + fits


@EACH
@given(gaps=GAPS, costs=st.lists(st.integers(1, 4), min_size=60, max_size=60))
def test_several_limits_are_all_or_nothing(algorithm: str, gaps: list[float], costs: list[int]):
    """What one limit refuses is not counted against the others; the one with the least left is what is told."""
    both = RateLimit("2/second; 5 per 10 seconds", algorithm=algorithm).limiter()
    apart = [RateLimit(text, algorithm=algorithm).limiter() for text in ("2/second", "5 per 10 seconds")]
    now = 0.0
    for gap, cost in zip(gaps, costs, strict=False):
        now += gap
        looks = [limiter.peek(now, cost) for limiter in apart]
        decision = both.take(now, cost)
        assert decision.allowed == all(look.allowed for look in looks)
        if decision.allowed:
            looks = [limiter.take(now, cost) for limiter in apart]
        elif cost <= 2:
            assert decision.retry_after == max(look.retry_after or 0 for look in looks)
        else:
            assert decision.retry_after is None
        assert decision.remaining == min(look.remaining for look in looks)


@EACH
def test_several_limits_count_single_hits_as_well(algorithm: str):
    """The short way knows of all of them, too, and of a key's."""
    limit = RateLimit("2/second; 3/minute", algorithm=algorithm)
    limiter, keyed = limit.limiter(), limit.limits()
    moments = [0.0, 0.0, 0.0, 7.0, 7.0]

    assert [limiter.hit(now) for now in moments] == [True, True, False, True, False]
    assert [keyed.hit("k", now) for now in moments] == [True, True, False, True, False]


@settings(max_examples=25)
@given(
    steps=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 40)), max_size=60), amount=st.integers(9, 60)
)
def test_a_log_grows_and_is_reused(steps: list[tuple[int, int]], amount: int):
    """However it grew, wrapped around or emptied, the ring holds what a list would."""
    limiter = RateLimit(f"{amount} per 10 seconds", algorithm="moving").limiter()
    now, kept = 0.0, list[float]()
    for step, cost in steps:
        now += step / 64
        kept = [moment for moment in kept if moment + 10 > now]
        decision = limiter.take(now, cost)
        assert decision.allowed == (len(kept) + cost <= amount)
        if decision.allowed:
            kept += [now] * cost
        assert decision.remaining == amount - len(kept)


def test_a_log_grows_with_what_counts_only():
    """A client that comes slowly never needs more room than it did at first, however high the limit is."""
    rule, log = MovingWindow(Rate(100_000, 10)), Log()
    for number in range(1000):
        assert rule.admit(log, now=4.0 * number, cost=1) is log
    assert len(log.ring) == 8
    assert rule.told(log, 4000.0)[1] == 100_000 - 2


@EACH
def test_wall_clock_changes_nothing(algorithm: str):
    """An hour back, or forth, on the wall clock: nobody is let in, and nobody kept out, because of it."""

    class Jumping(FakeClock):
        jump = 0.0

        def wall(self) -> float:
            return super().wall() + self.jump

    with clock.using(Jumping()) as fake:
        limiter = RateLimit("2/second", algorithm=algorithm).limiter()
        keyed = RateLimit("2/second", algorithm=algorithm).limits()
        for jump in (0.0, -3600.0, 3600.0):
            fake.jump = jump
            assert [limiter.take().allowed for _ in range(3)] == [True, True, False]
            assert [keyed.take("k").allowed for _ in range(3)] == [True, True, False]
            assert keyed.peek("k").allowed is False
            fake.advance(3)
            assert [keyed.hit("k") for _ in range(3)] == [True, True, False]
            fake.advance(3)


@EACH
@pytest.mark.parametrize("several", ["", "; 2000/day"])
def test_threads_never_exceed_it(algorithm: str, several: str):
    """Eight threads that are switched every ten microseconds get exactly the limit in, and none of them raises."""
    limiter = RateLimit("2000/hour" + several, algorithm=algorithm).limiter()
    admissions: list[int] = []

    def work() -> None:
        admissions.append(sum(limiter.hit(1.0) for _ in range(1000)))

    in_threads(lambda _: work(), range(8))

    assert len(admissions) == 8
    assert sum(admissions) == 2000
    assert limiter.peek(1.0).remaining == 0


@EACH
def test_threads_with_costs_never_exceed_it(algorithm: str):
    """Costs, looks and single hits together: never more than the limit, and all of it when nobody is refused early."""
    limiter = RateLimit("3000/hour", algorithm=algorithm).limiter()
    taken: list[int] = []

    def work(cost: int) -> None:
        total = 0
        for _ in range(600):
            limiter.peek(1.0, cost)
            total += cost * limiter.take(1.0, cost).allowed + limiter.hit(1.0)
        taken.append(total)

    in_threads(work, (1, 2, 3, 5) * 2)

    assert len(taken) == 8
    assert 2900 <= sum(taken) <= 3000


@EACH
def test_idle_means_that_nothing_is_lost(algorithm: str):
    """A limiter may be forgotten when all of its limit is there again."""
    with clock.using(FakeClock(monotonic=100.0)) as fake:
        limiter = RateLimit("2/second", algorithm=algorithm).limiter()
        unit = Unit("p", limiter=limiter)
        assert unit.idle
        assert limiter.hit(fake.monotonic())
        assert not unit.idle
        fake.advance(2.5)
        assert unit.idle


def test_without_a_global_lock_of_the_interpreter_every_hit_takes_the_lock(monkeypatch: pytest.MonkeyPatch):
    """Drawing a ticket is atomic where one thread runs at a time, and is not relied on elsewhere."""
    monkeypatch.setattr(rate_limit, "_ATOMIC_NEXT", False)

    limiter = RateLimit("2/second", algorithm="fixed").limiter()

    assert type(limiter) is Limiter
    assert [limiter.hit(0.0) for _ in range(3)] == [True, True, False]
    assert [limiter.hit(1.0) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_hour_of_refusals_leaves_nothing_behind(algorithm: str):
    """Who is refused a hundred thousand times gets in as soon as the others do."""
    limiter = RateLimit("1/second", algorithm=algorithm).limiter()
    assert limiter.hit(0.0)
    assert not any(limiter.hit(0.5) for _ in range(100_000))
    assert limiter.hit(1.5)


def test_two_threads_that_begin_a_window_begin_one():
    """Who comes to the lock second finds the window of the first, and what that has used."""
    limiter = RateLimit("2/second", algorithm="fixed").limiter()
    assert isinstance(limiter, WindowLimiter)
    assert limiter.hit(0.0)

    assert limiter._begun(0.5) is limiter._begun(0.9)
    assert limiter.peek(0.9).remaining == 1


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_without_a_time_the_clock_is_read(algorithm: str):
    """`hit`, `take` and `peek` take a reading of the clock, or read it themselves."""
    with clock.using(FakeClock()) as fake:
        limiter = RateLimit("1/second", algorithm=algorithm).limiter()
        assert limiter.peek().allowed
        assert [limiter.hit(), limiter.hit()] == [True, False]
        assert not limiter.hit(fake.monotonic())
        fake.advance(2.5)
        assert limiter.take().allowed


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_policies_refuse_beyond_the_limit(algorithm: str, request: pytest.FixtureRequest):
    """Functions, coroutine functions and `acquire` draw on one limit, and are told when to come back."""
    with clock.using(FakeClock()) as fake:
        guard = policy(request.node.name[:64], limit=RateLimit("3/minute", algorithm=algorithm))

        @guard
        def sync() -> str:
            return "done"

        @guard
        async def coroutine() -> str:
            return "done"

        assert inspect.iscoroutinefunction(coroutine)
        assert (sync(), await coroutine()) == ("done", "done")
        guard.acquire().ok()
        for _ in range(2):
            with pytest.raises(CallLimitedError, match="is used up") as caught:
                sync()
            assert caught.value.retry_after is not None
            assert 0 < caught.value.retry_after <= 60.1
            with pytest.raises(CallLimitedError):
                await coroutine()
            with pytest.raises(CallLimitedError):
                guard.acquire()
        fake.advance(120)
        assert (sync(), await coroutine()) == ("done", "done")


def test_each_attempt_counts(request: pytest.FixtureRequest):
    """A retry is a call as well: what does not fit is refused, and the caller sees the original error."""
    calls: list[int] = []
    with clock.using(FakeClock()):

        @policy(request.node.name, limit="2/hour", retry=5)
        def fails() -> None:
            calls.append(1)
            raise ConnectionRefusedError

        with pytest.raises(ConnectionRefusedError):
            fails()

    assert len(calls) == 2


def test_limits_is_loaded_with_the_first_unusual_limit_only():
    """A program with the usual limits, or none, does not pay for the library that reads all of them."""
    code = (
        "import sys\n"
        "from errcore.policies import policy\n"
        "policy('a', retry=3)(lambda: 1)()\n"
        "assert 'limits' not in sys.modules\n"
        "policy('b', limit='1/second')\n"
        "assert 'limits' not in sys.modules\n"
        "policy('c', limit='1 per 2 seconds')\n"
        "assert 'limits' in sys.modules\n"
        "import threading; assert threading.active_count() == 1\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
