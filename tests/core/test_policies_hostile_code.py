# SPDX-License-Identifier: MIT
"""Code of others that ends the process, comes back, or is no function of asyncio: no place is lost and nothing is hidden."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest
import tenacity
from policy_ways import WAYS, Heard, Script, fresh, guarded

from errcore import (
    Breaker,
    Bulkhead,
    BulkheadFullError,
    Chaos,
    CircuitOpenError,
    ConfigurationError,
    Fallback,
    Retry,
    Timeout,
    UnavailableError,
    clock,
    policy,
    remaining,
)
from errcore.events import stream
from errcore.policies import (
    Attempted,
    Degraded,
    FellBack,
    GaveUp,
    Policy,
    Rejected,
    Retried,
    Transition,
    nesting,
)
from errcore.testing import FakeClock, policies

pytestmark = pytest.mark.usefixtures("fake")


class Ends(BaseException):
    """It ends the process, as Ctrl-C does."""


def end(*_: object, **__: object) -> Any:
    """End the process."""
    raise Ends


def down(*_: object) -> Any:
    """A dependency that is down."""
    raise ConnectionError("down")


def untouched(guard: Policy) -> None:
    """Nobody is inside, nothing was counted against the dependency, and nothing of the call remains in this context."""
    unit = guard._own
    assert unit.bulkhead is not None
    assert unit.bulkhead.idle
    assert guard.state == "closed"
    assert nesting.retrying.get() is None
    assert remaining() is None


# --- what ends the process, in each place


def chaos(**settings: Any) -> Chaos:
    """Of tests."""
    with policies():
        return Chaos(rate=1, **settings)


PLACES: dict[str, Callable[[], tuple[dict[str, Any], Callable[..., Any]]]] = {
    "body": lambda: ({"retry": 3, "fallback": Fallback(value=1)}, end),
    "wait": lambda: ({"retry": Retry(3, wait=end)}, down),
    "stop": lambda: ({"retry": Retry(3, stop=end)}, down),
    "on": lambda: ({"retry": Retry(3, on=end)}, down),
    "fallback": lambda: ({"fallback": end}, down),
    "fallback's on": lambda: ({"fallback": Fallback(value=1, on=end)}, down),
    "sync_back": lambda: ({"fallback": Fallback(lambda: 1, sync_back=end)}, down),
    "key": lambda: ({"retry": 3, "key": end}, down),
    "chaos' behaviour": lambda: ({"retry": 3, "chaos": chaos(behaviour=end)}, down),
    "chaos' fault": lambda: ({"retry": 3, "chaos": chaos(fault=end)}, down),
    "within a time": lambda: ({"retry": 3, "timeout": Timeout(5, sync="cooperative")}, end),
    "in a thread": lambda: ({"retry": 3, "timeout": Timeout(5, sync="thread")}, end),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("way", ["function", "coroutine"])
def test_what_ends_the_process_passes(way: str, place: str):
    """Wherever it is raised: it comes out at once, and the place is given back."""
    parts, body = PLACES[place]()
    guard = policy(fresh("hostile"), breaker=Breaker(minimum=2), bulkhead=2, **parts)
    if way == "function":
        call = guard(body)
    else:

        @guard
        async def abody() -> Any:
            return body()

        def call() -> Any:
            coroutine = abody()
            if guard.settings.timeout is not None:
                return asyncio.run(coroutine)
            while True:  # not by a loop, whose own tasks such an exception would end as well
                coroutine.send(None)

    with pytest.raises(Ends):
        call()
    untouched(guard)


@pytest.mark.parametrize("event", [Attempted, Retried, GaveUp, Rejected, Transition, FellBack, Degraded])
def test_a_listener_that_ends_the_process_takes_no_place_along(event: type, fake: FakeClock):
    """Also the place of a probe, which was given when the change to half-open was told."""
    guard = policy(
        fresh("hostile"),
        retry=2,
        breaker=Breaker(minimum=2, successes=1),
        bulkhead=1,
        fallback=Fallback(lambda *_: 1 / 0, value=1),
    )
    call = guard(down)
    ended = 0
    with stream.subscribe(event, end):
        for pause in (0, 0, 0, 6):
            fake.advance(pause)
            try:
                call()
            except Ends:
                ended += 1
    assert ended

    fake.advance(20)
    while guard.state != "closed":
        assert guard.call(len, "text") == 4
    assert guard._own.bulkhead is not None
    assert guard._own.bulkhead.idle


def test_a_probe_is_not_lost_to_a_listener(fake: FakeClock):
    """The very next call may probe."""
    guard = policy(fresh("hostile"), breaker=Breaker(minimum=1, successes=1))
    with pytest.raises(ConnectionError):
        guard.call(down)
    fake.advance(6)
    with stream.subscribe(Transition, end), pytest.raises(Ends):
        guard.acquire()

    assert guard.state == "half_open"
    guard.acquire().ok()
    assert guard.state == "closed"


# --- coroutines that are closed from elsewhere


@pytest.mark.parametrize(
    "parts",
    [
        {"retry": 3},
        {"timeout": 5.0},
        {"retry": 3, "timeout": Timeout(9, attempt=5)},
        {"fallback": Fallback(value=1)},
    ],
    ids=["retry", "timeout", "both", "fallback"],
)
def test_a_coroutine_that_is_closed_in_another_context_is_dropped(parts: dict[str, Any]):
    """As when its loop is gone: it is no failure of the dependency, it is not tried again, and nothing is said about it."""
    guard = policy(fresh("hostile"), breaker=Breaker(minimum=1), bulkhead=1, **parts)
    ended: list[str] = []

    async def hang() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("hang")

    async def begin() -> Any:
        coroutine = guard(hang)()
        contextvars.copy_context().run(coroutine.send, None)
        return coroutine

    with clock.using(clock.SystemClock()):
        asyncio.run(begin()).close()

    assert ended == ["hang"]
    untouched(guard)


def test_an_event_loop_that_is_dropped_takes_no_slot_along():
    """Its tasks never went on; when they are collected their slots are free again, and nobody is blamed."""
    guard = policy(fresh("hostile"), breaker=Breaker(minimum=1), bulkhead=2, retry=2, timeout=50.0)

    @guard
    async def hang() -> None:
        await asyncio.Event().wait()

    with clock.using(clock.SystemClock()):
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)  # which is told that tasks were destroyed
        tasks = [loop.create_task(hang()) for _ in range(2)]
        loop.run_until_complete(asyncio.sleep(0))
        loop.run_until_complete(asyncio.sleep(0))
        assert guard._own.bulkhead is not None
        assert guard._own.bulkhead.used == 2
        loop.close()
        del tasks, loop
        gc.collect()

    untouched(guard)


# --- without asyncio


def by_hand(coroutine: Any) -> Any:
    """Run a coroutine that waits for nothing, as another framework might."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it has waited for something")


@pytest.mark.parametrize(
    "parts", [{}, {"breaker": 0.5}, {"limit": "5/second"}, {"bulkhead": Bulkhead(1, queue=1)}, {"retry": 3}]
)
def test_a_call_that_works_needs_no_asyncio(parts: dict[str, Any]):
    """Other frameworks may use what does not wait."""

    @policy(fresh("hostile"), **parts)
    async def fetch() -> str:
        return "fetched"

    assert by_hand(fetch()) == "fetched"


def test_a_wait_that_fails_hides_nothing():
    """Without a loop of asyncio there is no second attempt: the failure of the first comes out, and says why."""
    body = Script(UnavailableError("down"), forever=True)

    @policy(fresh("hostile"), retry=3, fallback=Fallback(value="instead", on="not_found"))
    async def fetch() -> None:
        body()

    with clock.using(clock.SystemClock()), pytest.raises(UnavailableError, match="down") as caught:
        by_hand(fetch())

    assert len(body.calls) == 1
    assert any("waiting failed: no running event loop" in note for note in caught.value.__notes__)


def test_a_timeout_without_asyncio_is_refused():
    """Before the call is made, in plain words, and without blaming the dependency."""
    body = Script()
    guard = policy(fresh("hostile"), timeout=5.0, breaker=Breaker(minimum=1), bulkhead=1)

    @guard
    async def fetch() -> None:
        body()

    with pytest.raises(
        ConfigurationError, match="because no event loop of asyncio runs here; run it with asyncio"
    ):
        by_hand(fetch())

    assert body.calls == []
    untouched(guard)


# --- a function in the thread of a loop


def test_a_function_does_not_stop_the_loop_that_it_runs_in():
    """Who has the slot may be a task of that loop, so waiting would never end: it is refused at once."""
    guard = policy(fresh("hostile"), bulkhead=Bulkhead(1, queue=5))

    async def main() -> None:
        with guard.acquire():
            with pytest.raises(BulkheadFullError):
                guard.acquire()
            with pytest.raises(BulkheadFullError):
                guard.call(len, "text")
            queued = asyncio.ensure_future(guard.acall(asyncio.sleep, 0, "waited"))
            await asyncio.sleep(0)
            assert not queued.done()
        assert await queued == "waited"

    asyncio.run(main())
    assert guard._own.bulkhead is not None
    assert guard._own.bulkhead.idle


def test_two_loops_in_two_threads_share_one_policy():
    """Each slot goes from a task of the one to a task of the other, whoever has waited longest."""
    guard = policy(fresh("hostile"), bulkhead=Bulkhead(2, queue=1000), breaker=0.5, retry=2)
    inside, most, lock = 0, 0, threading.Lock()

    @guard
    async def work() -> int:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        await asyncio.sleep(0)
        with lock:
            inside -= 1
        return 1

    async def many() -> int:
        async with asyncio.timeout(60):
            return sum(await asyncio.gather(*[work() for _ in range(300)]))

    done: list[int] = []
    threads = [threading.Thread(target=lambda: done.append(asyncio.run(many()))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert done == [300, 300]
    assert most == 2
    assert guard._own.bulkhead is not None
    assert guard._own.bulkhead.idle


# --- keys


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"shard-1", b"shard-2"),
        (b"x" * 300 + b"1", b"x" * 300 + b"2"),
        ("x" * 300 + "1", "x" * 300 + "2"),
        ("x" * 10_000 + "1", "x" * 10_000 + "2"),
        (("tenant", "x" * 300 + "1"), ("tenant", "x" * 300 + "2")),
        ("\ud800" * 200, "\ud801" * 200),
    ],
    ids=range(6),
)
def test_keys_that_look_alike_stay_apart(one: object, other: object):
    """A shard that is down does not stop another one whose long name begins alike, or that is named by bytes."""
    guard = policy(fresh("hostile"), key=lambda key: key, breaker=Breaker(minimum=1))
    with pytest.raises(ConnectionError):
        guard.call(down, one)
    with pytest.raises(CircuitOpenError):
        guard.call(down, one)

    assert guard.call(id, other) == id(other)
    assert all(len(key) <= 128 and key.isprintable() for key in guard.states)


class Unhashable:
    """A key that fails in every way."""

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


@pytest.mark.parametrize(
    "key",
    [
        Unhashable(),
        [],
        {},
        None,
        float("nan"),
        "",
        b"",
        "x" * 10_000_000,
        b"x" * 10_000_000,
        "a\nb\x1b[0m",
        10**5000,
    ],
    ids=range(11),
)
def test_any_key_is_a_key(key: object):
    """Hostile, huge, unhashable: the call is made, and the next one with it has the same state."""
    guard = policy(fresh("hostile"), key=lambda: key, breaker=Breaker(0.3, minimum=3), limit="5/hour")
    for _ in range(2):
        assert guard.call(dir)
    with pytest.raises(ConnectionError):
        guard.call(down)
    with pytest.raises(CircuitOpenError):
        guard.call(dir)

    assert len(guard.states) == 1


# --- who comes back


class Reentrant:
    """A key that makes a guarded call while it is looked at."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call

    def __str__(self) -> str:
        self._call()
        return "key"


@pytest.mark.parametrize("way", WAYS)
def test_a_call_inside_of_a_key_is_a_call(way: str):
    """The key function, and the key itself, may use the very policy that asks."""
    guard = policy(
        fresh("hostile"), key=lambda depth: Reentrant(lambda: depth and call(depth - 1)), breaker=0.5
    )
    seen: list[int] = []
    if way in {"function", "call"}:
        call = guarded(way, guard, seen.append)
        call(3)
        assert seen == [0, 1, 2, 3]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no such timer")
def test_a_signal_handler_may_make_guarded_calls():
    """It runs in the middle of another call of the same policy, wherever that is, and waits for no lock of its own thread."""
    failing = policy(fresh("hostile"), retry=Retry(2, initial=0), budget=0.5, breaker=Breaker(minimum=10**6))
    keyed = policy(
        fresh("hostile"), key=lambda number: number % 3000, breaker=0.5, limit="1000000/second", bulkhead=5
    )
    handled = 0

    def once(number: int) -> None:
        keyed.call(abs, number)
        with pytest.raises(ConnectionError):
            failing.call(down)

    def handler(*_: object) -> None:
        nonlocal handled
        handled += 1
        once(handled)

    before = signal.signal(signal.SIGALRM, handler)
    try:
        for number in range(300):
            # One at a time: on a slow machine they would never end otherwise.
            seen = handled
            signal.setitimer(signal.ITIMER_REAL, 0.0003 + 1e-6 * number)
            while handled == seen:
                once(number)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert handled == 300


def test_settings_that_are_compared_may_come_back():
    """A value of the user's that asks for policies when it is compared waits for no lock of its own thread."""
    from errcore.policies import states

    class Value:
        def __eq__(self, other: object) -> bool:
            return bool(states())

        __hash__ = None

    name = fresh("hostile")
    first = policy(name, fallback=Fallback(value=Value()))
    assert policy(name, fallback=Fallback(value=Value())) is first


def test_a_function_that_calls_itself_without_end_is_a_recursion_error():
    """Guarded at each step: the error comes out as it is, and it is no failure of the dependency."""
    guard = policy(fresh("hostile"), retry=3, breaker=Breaker(minimum=1))

    @guard
    def again(depth: int) -> int:
        return again(depth + 1)

    with pytest.raises(RecursionError):
        again(0)

    assert guard.state == "closed"
    assert guard.call(len, "fine") == 4


def test_a_deep_recursion_that_fails_is_tried_again_by_the_outermost_only():
    """A hundred floors of three attempts are three."""
    tried = 0

    @policy(fresh("hostile"), retry=Retry(3, initial=0), budget=None)
    def deeper(depth: int) -> None:
        nonlocal tried
        if depth:
            deeper(depth - 1)
        tried += 1
        raise ConnectionError

    with pytest.raises(ConnectionError):
        deeper(100)
    assert tried == 3


# --- predicates of tenacity


@pytest.mark.parametrize(
    ("on", "attempts"),
    [
        (tenacity.retry_if_exception_type(ConnectionError), 3),
        (tenacity.retry_if_exception_type(KeyError), 1),
        (tenacity.retry_if_not_exception_type(KeyError), 3),
        (tenacity.retry_unless_exception_type(ConnectionError), 1),
        (tenacity.retry_if_exception(lambda exc: "down" in str(exc)), 3),
        (tenacity.retry_if_exception_message(match="down"), 3),
        (tenacity.retry_if_not_exception_message(match="down"), 1),
        (tenacity.retry_if_exception_cause_type(KeyError), 1),
        (tenacity.retry_always, 3),
        (tenacity.retry_never, 1),
        (tenacity.retry_if_exception_type(KeyError) | tenacity.retry_if_exception_type(OSError), 3),
        (tenacity.retry_any(tenacity.retry_never, tenacity.retry_always), 3),
        (tenacity.retry_all(tenacity.retry_never, tenacity.retry_always), 1),
        (tenacity.retry_if_result(lambda result: True), 1),
    ],
)
def test_retry_strategies_of_tenacity_are_asked(on: Any, attempts: int):
    """They see the failure as they would in tenacity."""
    body = Script(ConnectionError("down"), forever=True)
    with pytest.raises(ConnectionError):
        policy(fresh("hostile"), retry=Retry(3, on=on))(body)()

    assert len(body.calls) == attempts


class OwnStrategy(tenacity.retry_if_exception):
    """A class of the user's."""

    def __init__(self) -> None:
        super().__init__(lambda exc: isinstance(exc, ConnectionError))


def test_strategies_that_inherit_from_tenacitys_are_asked_alike():
    """And fallbacks ask them as well."""
    guard = policy(
        fresh("hostile"), retry=Retry(2, on=OwnStrategy()), fallback=Fallback(value=1, on=OwnStrategy())
    )
    body = Script(ConnectionError(), forever=True)

    assert guard(body)() == 1
    assert len(body.calls) == 2


ANYTHING: list[Any] = [
    None,
    Exception,
    lambda exc: True,
    tenacity.retry_always,
    tenacity.retry_if_not_exception_type(ValueError),
    tenacity.retry_unless_exception_type(ValueError),
    tenacity.retry_if_exception(lambda exc: True),
]


@pytest.mark.parametrize("on", ANYTHING, ids=range(len(ANYTHING)))
async def test_a_cancelled_call_is_made_once_whatever_on_says(on: Any):
    """A timeout around it sees its own `TimeoutError` after one attempt; of tenacity the broad ones would try again."""
    calls: list[int] = []

    @policy(fresh("hostile"), retry=Retry(3, on=on), breaker=Breaker(minimum=1))
    async def hang() -> None:
        calls.append(1)
        await asyncio.Event().wait()

    with clock.using(clock.SystemClock()), pytest.raises(TimeoutError):
        await asyncio.wait_for(hang(), 0.01)
    assert calls == [1]


def test_ctrl_c_in_a_sleep_between_two_attempts_ends_the_call():
    """The interrupt comes out, after one attempt, and nothing of the call remains."""
    body = Script(ConnectionError(), forever=True)
    guard = policy(fresh("hostile"), retry=Retry(3, jitter="none"), breaker=0.5, bulkhead=1)

    class Interrupted(FakeClock):
        def sleep(self, seconds: float, /) -> None:
            signal.raise_signal(signal.SIGINT)

    # Of a process that was started in the background it is ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with clock.using(Interrupted()), pytest.raises(KeyboardInterrupt):
            guard(body)()
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(body.calls) == 1
    untouched(guard)


def test_a_refusal_is_a_new_error_each_time():
    """No exception object is raised twice, so none grows."""
    guard = policy(fresh("hostile"), breaker=Breaker(minimum=1))
    with pytest.raises(ConnectionError):
        guard.call(down)
    caught: list[BaseException] = []
    with Heard(Rejected) as heard:
        for _ in range(2):
            with pytest.raises(CircuitOpenError) as each:
                guard.call(down)
            caught.append(each.value)

    assert caught[0] is not caught[1]
    assert len(heard) == 2


def test_endless_recursion_loses_no_slot() -> None:
    """A slot that could not be given back for want of stack is not taken."""
    guard = policy(fresh("hostile"), bulkhead=3)
    leaf = guard(lambda: bottom(3))

    @guard
    async def aleaf() -> int:
        return bottom(3)

    def bottom(left: int) -> int:
        return left and bottom(left - 1)

    def visit() -> None:
        leaf()
        visit()

    async def avisit() -> None:
        await aleaf()
        await avisit()

    for _ in range(3):
        with pytest.raises(RecursionError):
            visit()
        with pytest.raises(RecursionError):
            asyncio.run(avisit())
        assert guard._own.bulkhead is not None
        assert guard._own.bulkhead.idle
