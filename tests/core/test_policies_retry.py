# SPDX-License-Identifier: MIT
"""Trying again: exact attempts and waits, what is never tried again, and what users and upstreams can do about it."""

from __future__ import annotations

import asyncio
import gc
import itertools
import threading
import weakref

import pytest
import tenacity
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_ways import Heard, Script, fresh, guarded

from errcore import (
    AppError,
    CircuitOpenError,
    ConfigurationError,
    ConflictError,
    DeadlineExceededError,
    NotFoundError,
    RateLimitError,
    UnavailableError,
    ValidationError,
    clock,
)
from errcore.errors import Kind
from errcore.errors.upstream import parse_retry_after
from errcore.policies import deadlines
from errcore.policies.declare import policy
from errcore.policies.happenings import Attempted, GaveUp, GaveUpReason, Retried
from errcore.policies.retry import Retry
from errcore.policies.timeout import Timeout
from errcore.testing import FakeClock

pytestmark = pytest.mark.usefixtures("fake")


def steady(attempts: int = 3, **more: object) -> Retry:
    """Waits without chance."""
    return Retry(attempts, jitter="none", **more)


# --- attempts and waits


def test_a_success_is_made_once(way: str, fake: FakeClock):
    """Nothing is waited for, nothing is tried again, the result is the function's."""
    body = Script()

    assert guarded(way, policy(fresh("retry"), retry=3), body)(1) == "ok"
    assert body.calls == [(1,)]
    assert fake.sleeps == []


def test_waits_grow_up_to_the_cap(way: str, fake: FakeClock):
    """Each wait is `factor` times the one before, and none is longer than `cap`."""
    body = Script(UnavailableError(), forever=True)
    call = guarded(
        way, policy(fresh("retry"), retry=steady(6, initial=1, factor=3, cap=10), budget=None), body
    )

    with pytest.raises(UnavailableError):
        call()
    assert len(body.calls) == 6
    assert fake.sleeps == [1, 3, 9, 10, 10]


def test_a_later_success_is_the_result(way: str, fake: FakeClock):
    """Two failures, then it works, with the same arguments each time."""
    body = Script(UnavailableError(), ConnectionError())

    assert guarded(way, policy(fresh("retry"), retry=steady()), body)("a", "b") == "ok"
    assert body.calls == [("a", "b")] * 3
    assert fake.sleeps == [0.1, 0.2]


def test_the_caller_sees_the_last_original_error(way: str):
    """The exception object itself comes out, with a note, and nothing around it."""
    first, last = UnavailableError("first"), UnavailableError("last")

    with pytest.raises(UnavailableError) as caught:
        guarded(way, policy(name := fresh("retry"), retry=steady(2)), Script(first, last, forever=True))()
    assert caught.value is last
    assert last.__notes__ == [f"policy {name!r} tried this 2 times, and stopped: attempts"]
    assert last.__context__ is None
    assert last.__cause__ is None
    assert not hasattr(first, "__notes__")


def test_one_attempt_is_no_retry(way: str, fake: FakeClock):
    """`retry=1` stops after the first failure, and says once."""
    problem = UnavailableError()

    with pytest.raises(UnavailableError):
        guarded(way, policy(fresh("retry"), retry=1), Script(problem))()
    assert fake.sleeps == []
    assert "once" in problem.__notes__[0]


@pytest.mark.parametrize(("jitter", "least"), [("full", 0.0), ("equal", 0.5)])
def test_jitter_spreads_evenly(jitter: str, least: float, fake: FakeClock):
    """Of 1000 clients that fail at one moment, no hundredth of the range gets more than three times its share."""
    call = policy(fresh("retry"), retry=Retry(2, initial=1.0, jitter=jitter), budget=None)(
        Script(UnavailableError(), forever=True)
    )
    for _ in range(1000):
        with pytest.raises(UnavailableError):
            call()

    width = (1 - least) / 100
    bins = [0] * 100
    for wait in fake.sleeps:
        assert least <= wait <= 1.0
        bins[min(99, int((wait - least) / width))] += 1
    assert max(bins) <= 30
    assert min(fake.sleeps) < least + 0.02
    assert max(fake.sleeps) > 0.98


def test_the_two_thousandth_attempt_does_not_overflow(fake: FakeClock):
    """Exponents end at the cap."""
    with pytest.raises(UnavailableError):
        policy(fresh("retry"), retry=steady(2000, factor=100, cap=1), budget=None)(
            Script(UnavailableError(), forever=True)
        )()
    assert len(fake.sleeps) == 1999
    assert max(fake.sleeps) == 1


def test_no_wait_means_no_sleep(way: str, fake: FakeClock):
    """A wait of nothing does not even ask the clock to sleep."""
    guarded(
        way, policy(fresh("retry"), retry=Retry(initial=0)), Script(UnavailableError(), UnavailableError())
    )()

    assert fake.sleeps == []


# --- what is tried again


@pytest.mark.parametrize(
    "problem",
    [
        NotFoundError(),
        ValidationError(),
        ValueError("unknown"),
        TypeError("a bug"),
        AssertionError(),
        PermissionError(),
        CircuitOpenError(),
        ExceptionGroup("mixed", [ConnectionError(), ValueError()]),
    ],
)
def test_what_will_not_work_later_is_not_tried_again(way: str, problem: Exception):
    """Mistakes of the caller, bugs, refusals, and groups of which one member will not work."""
    body = Script(problem, forever=True)

    with pytest.raises(type(problem)) as caught:
        guarded(way, policy(fresh("retry"), retry=steady()), body)()
    assert caught.value is problem
    assert len(body.calls) == 1
    assert not getattr(problem, "__notes__", None)


@pytest.mark.parametrize(
    "problem",
    [
        UnavailableError(),
        ConnectionResetError(),
        ConnectionRefusedError(),
        TimeoutError(),
        ExceptionGroup("all", [ConnectionError(), TimeoutError()]),
        ExceptionGroup("one", [ConnectionError()]),
        ConflictError(),
    ],
)
def test_what_may_work_later_is_tried_again(way: str, problem: Exception):
    """Also a group, if all of its members may work."""
    body = Script(problem)

    assert guarded(way, policy(fresh("retry"), retry=steady()), body)() == "ok"
    assert len(body.calls) == 2


def test_a_call_that_must_not_be_repeated_is_tried_again_only_if_it_was_not_made(way: str):
    """`idempotent=False` repeats a refused connection, and nothing that may have been carried out."""
    refused, reset = Script(ConnectionRefusedError()), Script(ConnectionResetError())
    careful = policy(fresh("retry"), retry=steady(), idempotent=False)

    assert guarded(way, careful, refused)() == "ok"
    with pytest.raises(ConnectionResetError):
        guarded(way, careful, reset)()
    assert len(reset.calls) == 1


@pytest.mark.parametrize(
    ("on", "tried"),
    [
        (ValueError, True),
        ((KeyError, ValueError), True),
        ("internal", True),
        ("INTERNAL_ERROR", True),
        (Kind.INTERNAL, True),
        (["unavailable", ValueError], True),
        (lambda exc: str(exc) == "odd", True),
        (KeyError, False),
        ("unavailable", False),
        ("SOME_CODE", False),
        (lambda exc: 1 / 0, False),
        (Exception, True),
    ],
    ids=itertools.count(),
)
def test_on_replaces_the_verdict(way: str, on: object, tried: bool):
    """Classes, kinds, codes, several of these, or a function; one that fails means no."""
    body = Script(ValueError("odd"))
    call = guarded(way, policy(fresh("retry"), retry=Retry(on=on, jitter="none")), body)
    if tried:
        assert call() == "ok"
    else:
        with pytest.raises(ValueError, match="odd"):
            call()
    assert len(body.calls) == 1 + tried


def test_bugs_and_refusals_are_not_tried_again_whatever_on_says(way: str):
    """`on=Exception` does not mean them; a mistake of the caller can be meant, as something not found yet."""
    assert (
        guarded(way, policy(fresh("retry"), retry=Retry(on=NotFoundError)), Script(NotFoundError()))() == "ok"
    )
    for problem in (TypeError("a bug"), CircuitOpenError()):
        body = Script(problem, forever=True)
        with pytest.raises(type(problem)):
            guarded(way, policy(fresh("retry"), retry=Retry(on=Exception)), body)()
        assert len(body.calls) == 1


@pytest.mark.parametrize(
    "on", [5, object(), int, (), ("unavailable", 5), "no such thing", [[ValueError]]], ids=itertools.count()
)
def test_nonsense_in_on_is_refused(on: object):
    """At the statement, and not in the middle of an incident."""
    with pytest.raises(ConfigurationError, match="on="):
        policy(fresh("retry"), retry=Retry(on=on))


class Liar(type):
    """A metaclass that says yes to everything, or fails."""

    def __instancecheck__(cls, instance: object) -> bool:
        return True

    def __subclasscheck__(cls, subclass: type) -> bool:
        return True

    def __eq__(cls, other: object) -> bool:
        raise RuntimeError("no comparison")

    def __hash__(cls) -> int:
        raise RuntimeError("no hash")


class Hostile(Exception, metaclass=Liar):
    """An exception that fails wherever it is looked at."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__

    def add_note(self, note: str) -> None:
        raise RuntimeError("no notes")

    @property
    def __class__(self) -> type:
        raise RuntimeError("no class")


def test_hostile_exceptions_pass_as_they_are(way: str):
    """Nothing that an exception does when it is looked at changes what the caller gets."""
    body = Script(problem := Hostile())
    try:
        guarded(way, policy(fresh("retry"), retry=steady()), body)()
    except BaseException as caught:  # noqa: BLE001 - its class refuses to be compared
        assert caught is problem
    assert len(body.calls) == 1


def test_hostile_exceptions_are_tried_again_if_named(way: str):
    """A list with a class whose metaclass lies means that class and no other."""
    body = Script(Hostile())
    assert guarded(way, policy(fresh("retry"), retry=Retry(on=(KeyError, Hostile))), body)() == "ok"

    with pytest.raises(ValueError, match="other"):
        guarded(way, policy(fresh("retry"), retry=Retry(on=Hostile)), Script(ValueError("other")))()


class Noteless(ConnectionError):
    """Notes that are no list."""

    __notes__ = ("mine",)


def test_notes_of_a_strange_make_are_left_alone():
    """And one that is kept and raised again and again does not grow."""
    odd = Noteless()
    odd.__dict__["__notes__"] = ("mine",)
    kept = ConnectionError()
    once = policy(fresh("retry"), retry=1, budget=None)
    for problem in (odd, *[kept] * 50):
        with pytest.raises(ConnectionError):
            once(Script(problem))()

    assert odd.__notes__ == ("mine",)
    assert len(kept.__notes__) == 16


class Trap(dict[str, object]):
    """Attributes that fail when they are looked up."""

    def get(self, *_: object) -> object:
        raise RuntimeError("no attributes")


def test_an_exception_that_cannot_be_noted_comes_out_all_the_same(way: str):
    """The failure of the call is what counts."""
    problem = ConnectionError("x")
    problem.__dict__ = Trap()
    with pytest.raises(ConnectionError) as caught:
        guarded(way, policy(fresh("retry"), retry=1), Script(problem))()

    assert caught.value is problem


# --- who is never caught


@pytest.mark.parametrize("problem", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError])
def test_what_ends_the_process_or_the_task_passes(problem: type[BaseException]):
    """One attempt, and it comes out, whatever `on` says."""
    body = Script(problem(), forever=True)

    with pytest.raises(problem):
        policy(fresh("retry"), retry=Retry(on=lambda exc: True), breaker=0.5)(body)()
    assert len(body.calls) == 1


@pytest.mark.parametrize(
    "on",
    [None, Exception, lambda exc: True, lambda exc: not isinstance(exc, ValueError)],
    ids=itertools.count(),
)
async def test_a_cancelled_call_is_made_once(on: object):
    """A timeout around us cancels the first attempt and sees its own `TimeoutError`."""
    calls = []

    @policy(fresh("retry"), retry=Retry(on=on))
    async def hang() -> None:
        calls.append(1)
        await asyncio.Event().wait()

    with clock.using(clock.SystemClock()):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(hang(), 0.01)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await hang()
    assert len(calls) == 2
    assert asyncio.current_task().cancelling() == 0


async def test_a_call_cancelled_while_it_waits_is_over():
    """The wait between two attempts can be cancelled, too."""
    body = Script(UnavailableError(), forever=True)

    async def abody() -> None:
        body()

    with clock.using(clock.SystemClock()):
        task = asyncio.ensure_future(policy(fresh("retry"), retry=steady(initial=5))(abody)())
        while not body.calls:  # noqa: ASYNC110 - it has no event to wait for
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert len(body.calls) == 1


# --- Retry-After


def test_a_wish_of_the_upstream_is_granted(way: str, fake: FakeClock):
    """Retry-After replaces the wait, plus up to a tenth."""
    guarded(way, policy(fresh("retry"), retry=steady()), Script(UnavailableError(retry_after=7.0)))()

    assert 7.0 <= fake.sleeps[0] <= 7.7
    assert len(fake.sleeps) == 1


def test_a_long_wish_goes_to_our_caller(way: str, fake: FakeClock):
    """More than 30 seconds is not waited for, deadline or not; the error still carries it."""
    problem = UnavailableError(retry_after=3600.0)
    with Heard(GaveUp) as heard, deadlines.deadline(45), pytest.raises(UnavailableError) as caught:
        guarded(way, policy(fresh("retry"), retry=steady()), Script(problem, forever=True))()

    assert fake.sleeps == []
    assert caught.value.retry_after == 3600.0
    assert [event.reason for event in heard] == [GaveUpReason.RETRY_AFTER]


def test_a_wish_beyond_the_deadline_is_not_waited_for(way: str, fake: FakeClock):
    """It is over at once, and not after the sleep."""
    with Heard(GaveUp) as heard, deadlines.deadline(5), pytest.raises(UnavailableError):
        guarded(
            way, policy(fresh("retry"), retry=steady()), Script(UnavailableError(retry_after=6), forever=True)
        )()

    assert fake.sleeps == []
    assert [event.reason for event in heard] == [GaveUpReason.DEADLINE]


@pytest.mark.parametrize(
    "wish", [-1, float("nan"), float("inf"), 1e999, 10**400, "soon", True, object()], ids=itertools.count()
)
def test_a_wish_that_makes_no_sense_is_none(way: str, wish: object, fake: FakeClock):
    """The usual wait is made."""
    problem = UnavailableError()
    problem.retry_after = wish
    guarded(way, policy(fresh("retry"), retry=steady()), Script(problem))()

    assert fake.sleeps == [0.1]


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.1),
        ("0", 0.1),
        ("Tue, 14 Nov 2023 22:13:30 GMT", 10.0),
        ("Tue, 14 Nov 2023 22:13:30", 10.0),
        ("12345678901234567890", None),
        ("-5", 0.1),
    ],
)
def test_headers_as_they_come(way: str, header: str, wait: float | None, fake: FakeClock):
    """One without a zone is in GMT, twenty digits are too long to wait for; 0, or a date in the past, is our own wait."""
    body = Script(UnavailableError(retry_after=parse_retry_after(header)))
    call = guarded(way, policy(fresh("retry"), retry=steady()), body)
    if wait is None:
        with pytest.raises(UnavailableError):
            call()
        assert fake.sleeps == []
    else:
        call()
        assert fake.sleeps == ([pytest.approx(wait, rel=0.11)] if wait else [])


def test_a_throttled_call_waits_as_it_was_told(way: str, fake: FakeClock):
    """A lost race or a limit of our own making, told to come back, is tried again after that time."""
    for problem in (ConflictError(retry_after=2.0), RateLimitError(retry_after=2.0)):
        assert guarded(way, policy(fresh("retry"), retry=3), Script(problem))() == "ok"

    assert fake.sleeps == [pytest.approx(2.1, rel=0.05)] * 2


# --- deadlines


def test_no_wait_goes_beyond_the_deadline(way: str, fake: FakeClock):
    """The attempt that could not begin in time is not made."""
    body = Script(UnavailableError(), forever=True)
    with deadlines.deadline(2.5), pytest.raises(UnavailableError) as caught:
        guarded(way, policy(fresh("retry"), retry=steady(9, initial=1, factor=1), budget=None), body)()

    assert fake.sleeps == [1, 1]
    assert len(body.calls) == 3
    assert "deadline" in caught.value.__notes__[0]


@settings(max_examples=2 * settings.default.max_examples, deadline=None)
@given(
    total=st.floats(0.01, 100),
    initial=st.floats(0, 50),
    factor=st.floats(1, 10),
    durations=st.lists(st.floats(0, 20), min_size=8, max_size=8),
    wishes=st.lists(st.none() | st.floats(0, 40), min_size=8, max_size=8),
    jitter=st.sampled_from(["full", "equal", "none"]),
)
def test_sleeps_never_overrun(
    total: float,
    initial: float,
    factor: float,
    durations: list[float],
    wishes: list[float | None],
    jitter: str,
):
    """Whatever is set and whatever happens, an attempt begins before the deadline or not at all."""
    begun: list[float] = []
    with clock.using(FakeClock()) as now:

        def body() -> None:
            begun.append(now.monotonic())
            number = len(begun) - 1
            now.advance(durations[number])
            raise UnavailableError(retry_after=wishes[number])

        guard = policy(
            fresh("retry"),
            retry=Retry(8, initial=initial, factor=factor, jitter=jitter),
            timeout=Timeout(total, sync="cooperative"),
            budget=None,
        )
        with pytest.raises((UnavailableError, DeadlineExceededError)):
            guard(body)()
        assert all(moment < total for moment in begun)
        assert now.monotonic() <= total + max(durations) + 1e-6
        assert sum(now.sleeps) <= total


# --- strategies of tenacity, and of the user


def test_tenacity_strategies_drive_the_loop(way: str, fake: FakeClock):
    """Wait and stop strategies of tenacity, the ones that ask for time included."""
    body = Script(UnavailableError(), forever=True)
    retry = Retry(20, wait=tenacity.wait_fixed(2), stop=tenacity.stop_after_delay(5))
    with pytest.raises(UnavailableError):
        guarded(way, policy(fresh("retry"), retry=retry, budget=None), body)()

    assert fake.sleeps == [2, 2, 2]


def test_the_delay_includes_the_first_attempt(way: str, fake: FakeClock):
    """`stop_after_delay` counts from the beginning of the call, also where it took the short way first."""
    calls = []

    def body() -> None:
        calls.append(1)
        fake.advance(6)
        raise UnavailableError

    retry = Retry(20, initial=0, stop=tenacity.stop_after_delay(5))
    with pytest.raises(UnavailableError):
        guarded(way, policy(fresh("retry"), retry=retry, budget=None), body)()
    assert len(calls) == 1


def test_attempts_hold_beside_a_stop_strategy(way: str):
    """`stop` can end it sooner, not later."""
    body = Script(UnavailableError(), forever=True)
    retry = Retry(2, stop=tenacity.stop_never)
    with pytest.raises(UnavailableError):
        guarded(way, policy(fresh("retry"), retry=retry, budget=None), body)()
    assert len(body.calls) == 2


@pytest.mark.parametrize(
    "wait",
    [
        tenacity.wait_none(),
        tenacity.wait_random(0, 1),
        tenacity.wait_incrementing(1, 1),
        tenacity.wait_exponential_jitter(max=2),
        tenacity.wait_random_exponential(max=3),
        tenacity.wait_chain(tenacity.wait_fixed(1), tenacity.wait_fixed(2)),
        tenacity.wait_fixed(1) + tenacity.wait_fixed(2),
        tenacity.wait_combine(tenacity.wait_fixed(1), tenacity.wait_none()),
        tenacity.wait_exception(lambda exc: 1.5),
    ],
)
def test_every_wait_of_tenacity_works_with_the_stand_in(wait: object, fake: FakeClock):
    """They read no more of the state than it has."""
    with pytest.raises(UnavailableError):
        policy(fresh("retry"), retry=Retry(4, wait=wait), budget=None)(
            Script(UnavailableError(), forever=True)
        )()
    assert all(0 <= wait <= 86_400 for wait in fake.sleeps)


@pytest.mark.parametrize(
    "stop",
    [
        tenacity.stop_after_attempt(2),
        tenacity.stop_before_delay(1000),
        tenacity.stop_when_event_set(threading.Event()),
        tenacity.stop_after_attempt(9) | tenacity.stop_after_delay(999),
        tenacity.stop_all(tenacity.stop_never, tenacity.stop_after_attempt(1)),
    ],
)
def test_every_stop_of_tenacity_works_with_the_stand_in(stop: object):
    """Likewise."""
    body = Script(UnavailableError(), forever=True)
    with pytest.raises(UnavailableError):
        policy(fresh("retry"), retry=Retry(4, stop=stop), budget=None)(body)()
    assert len(body.calls) == (2 if isinstance(stop, tenacity.stop_after_attempt) else 4)


def test_a_strategy_of_the_users_gets_the_real_state(way: str, fake: FakeClock):
    """A function of a `RetryCallState`, with everything in it."""
    seen: list[tuple[object, ...]] = []

    def wait(state: tenacity.RetryCallState) -> float:
        assert state.outcome is not None
        seen.append((state.attempt_number, type(state.outcome.exception()), state.seconds_since_start))
        return 1.0

    def stop(state: tenacity.RetryCallState) -> bool:
        return state.idle_for >= 2

    body = Script(UnavailableError(), forever=True)
    with pytest.raises(UnavailableError):
        guarded(way, policy(fresh("retry"), retry=Retry(9, wait=wait, stop=stop), budget=None), body)()
    assert seen == [(1, UnavailableError, 0.0), (2, UnavailableError, 1.0)]
    assert fake.sleeps == [1, 1]


@pytest.mark.parametrize(
    "wait",
    [lambda state: 1 / 0, lambda state: "x", lambda state: -5, lambda state: float("nan")],
    ids=itertools.count(),
)
def test_a_wait_that_fails_waits_for_nothing(way: str, wait: object, fake: FakeClock):
    """And hides nothing."""
    body = Script(UnavailableError(), forever=True)
    with pytest.raises(UnavailableError):
        guarded(way, policy(fresh("retry"), retry=Retry(3, wait=wait), budget=None), body)()
    assert len(body.calls) == 3
    assert fake.sleeps == []


def test_a_wait_of_ages_is_capped(fake: FakeClock):
    """A day is the most that a strategy of the user's can ask for."""
    policy(fresh("retry"), retry=Retry(2, wait=lambda state: 1e300), budget=None)(
        Script(UnavailableError())
    )()

    assert fake.sleeps == [86_400.0]


def test_a_stop_that_fails_stops(way: str):
    """The error of the call comes out, and not the strategy's."""
    body = Script(UnavailableError(), forever=True)
    with pytest.raises(UnavailableError):
        guarded(way, policy(fresh("retry"), retry=Retry(5, stop=lambda state: 1 / 0)), body)()
    assert len(body.calls) == 1


# --- settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"attempts": -1},
        {"attempts": 2.0},
        {"attempts": True},
        {"attempts": "3"},
        {"initial": -1},
        {"initial": float("nan")},
        {"initial": float("inf")},
        {"factor": 0.5},
        {"factor": 1000},
        {"factor": "2"},
        {"cap": -1},
        {"cap": None},
        {"jitter": "some"},
        {"jitter": None},
        {"wait": 5},
        {"stop": "never"},
    ],
    ids=str,
)
def test_nonsense_is_refused_with_the_name_of_the_setting(wrong: dict[str, object]):
    """Where it is written, and it says what to pass."""
    with pytest.raises(ConfigurationError, match=f"Retry\\({next(iter(wrong))}=.*; pass"):
        Retry(**wrong)


# --- many at once


async def test_a_hundred_tasks_share_one_policy():
    """Each sees its own exception after its own attempts, though listeners, strategies and predicates yield or fail."""
    counts: dict[int, int] = {}

    def on(exc: Exception) -> bool:
        return bool(exc.args)

    @policy(fresh("retry"), retry=Retry(3, on=on, wait=lambda state: 0.001), budget=None)
    async def body(number: int) -> None:
        counts[number] = counts.get(number, 0) + 1
        await clock.current().asleep(0.001 * (number % 7))
        raise ConnectionError(number)

    def broken(event: object) -> None:
        raise RuntimeError(event)

    with Heard(Retried, Attempted) as heard:
        from errcore.events import stream

        with stream.subscribe(Retried, broken):
            problems = await asyncio.gather(*[body(number) for number in range(100)], return_exceptions=True)

    assert [problem.args for problem in problems] == [(number,) for number in range(100)]
    assert set(counts.values()) == {3}
    assert len([event for event in heard if type(event) is Attempted]) == 300


def test_threads_and_reentrant_calls_do_not_mix():
    """The records of one call are its own, also when the body makes guarded calls of the same policy."""
    shared = policy(fresh("retry"), retry=steady(3, initial=0), budget=None)
    problems: dict[int, object] = {}

    def inner(number: int) -> None:
        raise ConnectionError("inner", number)

    def outer(number: int) -> None:
        with pytest.raises(ConnectionError):
            shared.call(inner, number)
        raise ConnectionError("outer", number)

    def work(number: int) -> None:
        try:
            shared.call(outer, number)
        except ConnectionError as problem:
            problems[number] = problem.args

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == {number: ("outer", number) for number in range(20)}


# --- nothing stays


class Weak(UnavailableError):
    """An error that can be watched."""


@pytest.mark.parametrize(
    "options",
    [{"retry": 2}, {"retry": 2, "timeout": Timeout(9, sync="cooperative")}, {"retry": 2, "breaker": 0.5}],
)
def test_an_error_is_gone_when_its_caller_is_done(way: str, options: dict[str, object]):
    """No frame of ours holds what went through it: it is freed without the collector."""

    def body() -> None:
        raise Weak

    call = guarded(way, policy(fresh("retry"), budget=None, **options), body)
    seen: list[weakref.ref[AppError]] = []
    gc.collect()
    gc.disable()
    try:
        try:
            call()
        except Weak as problem:
            seen.append(weakref.ref(problem))
        if way in {"function", "call"}:  # asyncio.run keeps cycles of its own
            assert seen[0]() is None
    finally:
        gc.enable()
    gc.collect()
    assert seen[0]() is None


def test_what_is_listed_by_a_generator_is_read_once():
    """And kept, for whoever reads the settings next."""
    listed = Retry(2, on=(each for each in (ValueError, "aborted")))

    assert listed.on == (ValueError, "aborted")
    assert policy(fresh("retry"), retry=listed)(Script(ValueError()))() == "ok"
