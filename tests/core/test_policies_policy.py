# SPDX-License-Identifier: MIT
"""`policy(...)`: names, places, short forms, variants, keys, permits, and what it does to the functions that it guards."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import itertools
import threading
import tracemalloc
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from policy_ways import Script, fresh, guarded

from errcore import (
    BulkheadFullError,
    CallLimitedError,
    CircuitOpenError,
    ConfigurationError,
    NotFoundError,
    UnavailableError,
    clock,
)
from errcore.policies import registry
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.budget import RetryBudget
from errcore.policies.bulkhead import Bulkhead
from errcore.policies.declare import policy
from errcore.policies.fallback import Fallback
from errcore.policies.retry import Retry
from errcore.policies.timeout import Timeout
from errcore.policies.units import MOST_UNITS, OVERFLOW, Units
from errcore.testing import FakeClock, policies

DOWN = UnavailableError()


pytestmark = pytest.mark.usefixtures("fake")


SHAPES: list[dict[str, Any]] = [
    {},
    {"retry": 3},
    {"retry": 3, "budget": None},
    {"breaker": 0.5},
    {"limit": "1000/second"},
    {"bulkhead": 5},
    {"fallback": Fallback(value=1)},
    {"retry": 3, "breaker": 0.5, "limit": "1000/second"},
    {"retry": Retry(3, wait=lambda state: 0.0), "limit": "1000/second"},
    {"retry": 3, "timeout": Timeout(5, sync="cooperative"), "bulkhead": 5},
    {"key": lambda *args, **kwargs: "one", "retry": 3},
    {"breaker": Breaker(slow_after=1.0)},
]


def make(number: int) -> Any:
    """A policy of one of the shapes."""
    return policy(fresh("policy"), **SHAPES[number])


# --- what it guards


@pytest.mark.parametrize("number", range(len(SHAPES)))
def test_every_shape_passes_arguments_and_results(way: str, number: int):
    """Whatever parts it has; also names that our own wrapper uses."""
    seen: list[object] = []

    def body(*args: object, **kwargs: object) -> object:
        seen.append((args, kwargs))
        return "result"

    call = guarded(way, make(number), body)
    for _ in range(40):
        assert call(1, plan=2, unit=3, fn=4, args=5, kwargs=6, failure=7, key=None) == "result"
    assert seen[0] == (
        (1,),
        {"plan": 2, "unit": 3, "fn": 4, "args": 5, "kwargs": 6, "failure": 7, "key": None},
    )


@pytest.mark.parametrize("number", range(len(SHAPES)))
def test_every_shape_passes_what_is_nobodys_failure(way: str, number: int):
    """A mistake of the caller comes out as it is, without a note."""
    if "fallback" in SHAPES[number]:
        return
    problem = NotFoundError()
    with pytest.raises(NotFoundError) as caught:
        guarded(way, make(number), Script(problem))()

    assert caught.value is problem
    assert not hasattr(problem, "__notes__")
    assert problem.__context__ is None


@pytest.mark.parametrize("number", range(len(SHAPES)))
def test_every_shape_keeps_what_a_function_says_of_itself(number: int):
    """Name, signature, documentation, and whether it is a coroutine function."""

    def body(a: int, /, b: str = "x", *, c: bytes) -> list[int]:
        """What it does."""
        return [a]

    async def abody(a: int) -> int:
        """What it does later."""
        return a

    body.mark = 5
    guard = make(number)
    for fn, wrapped in ((body, guard(body)), (abody, guard(abody))):
        assert wrapped.__name__ == fn.__name__
        assert wrapped.__qualname__ == fn.__qualname__
        assert wrapped.__doc__ == fn.__doc__
        assert wrapped.__module__ == fn.__module__
        assert wrapped.__wrapped__ is fn
        assert inspect.signature(wrapped) == inspect.signature(fn)
        assert inspect.iscoroutinefunction(wrapped) is inspect.iscoroutinefunction(fn)
        assert asyncio.iscoroutinefunction(wrapped) is asyncio.iscoroutinefunction(fn)
    assert guard(body).mark == 5


class Callable_:
    """An object that can be called."""

    def __call__(self, number: int) -> int:
        return number


class AsyncCallable:
    """One whose call is a coroutine."""

    async def __call__(self, number: int) -> int:
        return number


class GeneratingCallable:
    """One whose call is a generator."""

    def __call__(self) -> Iterator[int]:
        yield 1


async def abody(number: int = 0) -> int:
    """A coroutine function."""
    return number


def test_other_things_that_can_be_called():
    """Partials and objects, of functions and of coroutine functions; builtins."""
    guard = policy(fresh("policy"), retry=3)

    assert guard(Callable_())(5) == 5
    assert guard(functools.partial(pow, 2))(5) == 32
    assert guard(len)("abc") == 3
    assert asyncio.run(guard(AsyncCallable())(5)) == 5
    assert asyncio.run(guard(functools.partial(abody, 5))()) == 5
    assert asyncio.run(guard.acall(AsyncCallable(), 5)) == 5
    assert asyncio.run(guard.acall(lambda: abody(5))) == 5
    assert guard.call(Callable_(), 5) == 5


def generator() -> Iterator[int]:
    """Has not run when it returns."""
    yield 1


async def agenerator() -> Any:
    """Nor has this."""
    yield 1


@pytest.mark.parametrize(
    "wrong",
    [generator, agenerator, GeneratingCallable(), Callable_, int, 5, None, "name"],
    ids=itertools.count(),
)
def test_what_cannot_be_guarded_is_refused(wrong: Any):
    """With the reason, and with what to do; as a decorator and call by call."""
    guard = policy(fresh("policy"), retry=3)
    for use in (guard, guard.call, lambda fn: asyncio.run(guard.acall(fn))):
        with pytest.raises(ConfigurationError, match=r"Cannot guard .*because"):
            use(wrong)


@pytest.mark.parametrize(
    "wrong", [abody, AsyncCallable(), functools.partial(abody, 1)], ids=itertools.count()
)
def test_a_coroutine_function_needs_acall(wrong: Any):
    """`call` would count it as done before it began."""
    with pytest.raises(ConfigurationError, match="use acall"):
        policy(fresh("policy"), retry=3).call(wrong, 1)


# --- names and places


@pytest.mark.parametrize(
    "name", ["", "x" * 65, "a\nb", "\x1b[31m", 5, None, b"x", ["x"]], ids=itertools.count()
)
def test_a_name_stands_in_events(name: Any):
    """1 to 64 printable characters."""
    with pytest.raises(ConfigurationError, match="Cannot make a policy named"):
        policy(name)


def test_an_unknown_keyword_is_refused_with_those_there_are():
    """Not by a TypeError from somewhere inside."""
    with pytest.raises(ConfigurationError, match=r"with retries, .*retry, budget"):
        policy(fresh("policy"), retries=3)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        *[("retry", value) for value in (0, "3", 2.0, True, [])],
        *[("budget", value) for value in (0, 2, "0.1", True)],
        *[("breaker", value) for value in (0, 1.5, "x", True)],
        *[("limit", value) for value in (100, "soon", "", True)],
        *[("bulkhead", value) for value in (0, 1.5, "x", True)],
        *[("timeout", value) for value in (0, -1, "2s", True, float("inf"))],
        *[("fallback", value) for value in (5, "x", [len])],
        *[("key", value) for value in ("shard", 5)],
        *[("idempotent", value) for value in (1, "yes", None)],
    ],
    ids=itertools.count(),
)
def test_nonsense_is_refused(keyword: str, value: Any):
    """Where it is written."""
    with pytest.raises(ConfigurationError, match="Cannot use"):
        policy(fresh("policy"), **{keyword: value})


def test_short_forms_are_the_parts():
    """A number, a text or a function stands for the part."""
    made = policy(
        fresh("policy"),
        retry=5,
        budget=0.2,
        breaker=0.3,
        limit="10/second",
        bulkhead=7,
        timeout=2.5,
        fallback=len,
    ).settings

    assert made.retry == Retry(5)
    assert made.budget == RetryBudget(0.2)
    assert made.breaker == Breaker(0.3)
    assert made.limit is not None
    assert made.bulkhead == Bulkhead(7)
    assert made.timeout == Timeout(2.5)
    assert made.fallback == Fallback(len)


def test_the_same_name_with_the_same_settings_is_the_same_policy():
    """Wherever it is made: the first one is given."""
    name = fresh("policy")
    first = policy(name, retry=3)

    assert policy(name, retry=3) is first
    assert registry.get(name) is first


def test_the_same_name_with_other_settings_is_refused():
    """Both places are named."""
    name = fresh("policy")
    first = policy(name, retry=3)
    with pytest.raises(ConfigurationError) as caught:
        policy(name, retry=4)

    assert first.place in str(caught.value)
    assert str(caught.value).count("test_policies_policy.py") == 2
    assert registry.get(name) is first


def test_the_same_place_again_replaces():
    """A reload, or a cell of a notebook."""
    name = fresh("policy")
    made = [policy(name, retry=attempts) for attempts in (3, 4)]

    assert registry.get(name) is made[1]
    assert made[0] is not made[1]


def test_settings_that_cannot_be_compared_are_others():
    """An array as a value answers a comparison with something else than yes or no."""

    class Array:
        def __eq__(self, other: object) -> bool:
            raise ValueError("ambiguous")

        __hash__ = None

    name = fresh("policy")
    policy(name, fallback=Fallback(value=Array()))
    with pytest.raises(ConfigurationError, match="other settings"):
        policy(name, fallback=Fallback(value=Array()))


def test_a_name_that_nobody_has_made():
    """Says which are like it, and is short however many there are."""
    name = fresh("policy-payments")
    policy(name)
    with pytest.raises(ConfigurationError, match=f"did you mean .*'{name}'"):
        registry.get(name.replace("payments", "paymnets"))
    for wrong in ("?", 5, ["x"], "\x1b" * 1000):
        with pytest.raises(ConfigurationError, match="There is no policy") as caught:
            registry.get(wrong)
        assert len(str(caught.value)) < 400
        assert str(caught.value).isprintable()


def test_states_of_all():
    """By name, and by key where there are several."""
    one, many = (
        policy(fresh("policy"), breaker=Breaker(minimum=1)),
        policy(fresh("policy"), breaker=0.5, key=len),
    )
    with pytest.raises(UnavailableError):
        one(Script(DOWN))()
    many(Script())("abc")

    found = registry.states()
    assert found[one.name] == one.state == "open"
    assert found[many.name] == {"3": "closed"}
    alone = policy(fresh("policy"), retry=1)
    assert alone.state == "closed"
    assert alone.name not in registry.states()  # it has no breaker
    assert repr(alone) == f"<Policy {alone.name!r}>"
    assert many.state == "closed"
    assert policy(fresh("policy"), key=len)(Script())("a") == "ok"


def test_many_threads_make_one_policy():
    """One name, one place, at the same time."""
    name = fresh("policy")
    policy(name, retry=3)
    made: list[Any] = []
    threads = [threading.Thread(target=lambda: made.append(policy(name, retry=3))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(map(id, made))) == 1


# --- variants


def test_a_variant_shares_what_belongs_to_the_dependency(way: str):
    """Breaker, limit, bulkhead and budget are the same, the rest is its own."""
    base = policy(fresh("policy"), retry=3, breaker=Breaker(minimum=1), limit="1000/second", bulkhead=4)
    once = base.variant(retry=1, fallback=Fallback(value="none"), timeout=Timeout(1, sync="cooperative"))

    assert once._own is base._own
    assert guarded(way, once, Script(DOWN))() == "none"
    assert base.state == once.state == "open"
    base.reset()
    assert once.state == "closed"
    assert once.name == base.name
    assert registry.get(base.name) is base


@pytest.mark.parametrize("shared", ["breaker", "limit", "bulkhead", "budget", "key"])
def test_a_variant_cannot_change_what_is_shared(shared: str):
    """It says which, and what to do."""
    with pytest.raises(ConfigurationError, match=f"Cannot change {shared}"):
        policy(fresh("policy")).variant(**{shared: None})


def test_a_variant_refuses_nonsense_as_well():
    """Unknown keywords and wrong values, in the words of `policy`."""
    base = policy(fresh("policy"))
    with pytest.raises(ConfigurationError, match="colour"):
        base.variant(colour=1)
    with pytest.raises(ConfigurationError, match="Retry"):
        base.variant(retry=0)


# --- keys


def test_a_few_keys_that_are_in_use_do_not_hide_the_others(fake: FakeClock):
    """Whoever looks for one to forget looks at others the next time; what is open for ages is forgotten as well."""
    guard = policy(
        fresh("policy"), breaker=Breaker(minimum=1, open_for=5, open_cap=60), key=lambda key, call: key
    )
    call = guard(lambda _key, call: call())
    for number in range(16):
        with pytest.raises(UnavailableError):
            call(f"dead{number}", Script(DOWN))
    for number in range(MOST_UNITS):
        call(f"good{number}", Script())
    fake.advance(40)  # the windows are empty, the dead ones were open a moment ago

    shared = guard.describe()["keys"]["overflowed"]
    for number in range(40):
        assert call(f"new{number}", Script()) == "ok"
    assert guard.describe()["keys"]["overflowed"] <= shared + 1
    assert {f"new{number}" for number in range(1, 40)} <= set(guard.states)
    assert sum(state == "open" for state in guard.states.values()) == 16
    fake.advance(3600)
    assert all(unit.idle for key, unit in guard._units if key is not None)


def test_a_permit_is_for_the_key_of_its_call():
    """`acquire` takes the arguments of the call that it is for."""
    guard = policy(fresh("policy"), breaker=Breaker(minimum=1), key=lambda shard, *, write=False: shard)
    guard.acquire("bad", write=True).fail(DOWN)

    with pytest.raises(CircuitOpenError):
        guard.acquire("bad")
    guard.acquire("good").ok()
    assert guard.states == {"bad": "open", "good": "closed"}


def test_each_key_has_its_own_state(way: str):
    """One bad shard does not open the others."""
    guard = policy(fresh("policy"), breaker=Breaker(minimum=1), key=lambda shard: shard)
    with pytest.raises(UnavailableError):
        guarded(way, guard, Script(DOWN))("bad")
    with pytest.raises(CircuitOpenError):
        guarded(way, guard, Script())("bad")

    assert guarded(way, guard, Script())("good") == "ok"
    assert guard.states == {"bad": "open", "good": "closed"}
    assert guard.state == "open"  # the worst of them
    assert repr(guard) == f"<Policy {guard.name!r}: open>"
    guard.reset()
    assert guard.state == "closed"
    assert guarded(way, guard, Script())("bad") == "ok"


def test_isolating_a_keyed_policy_isolates_keys_to_come(way: str):
    """All of them, also one that nobody has asked for yet."""
    guard = policy(fresh("policy"), breaker=0.5, key=lambda shard: shard)
    guarded(way, guard, Script())("a")
    guard.isolate()
    for shard in ("a", "new"):
        with pytest.raises(CircuitOpenError):
            guarded(way, guard, Script())(shard)
    guard.reset()
    for shard in ("a", "new", "newer"):
        assert guarded(way, guard, Script())(shard) == "ok"


class Odd:
    """A key that can do nothing."""

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    "key", [[1], {"a": 1}, Odd(), "x" * 1_000_000, "a\nb", b"x", None, 1.5], ids=itertools.count()
)
def test_any_value_is_a_key(way: str, key: object):
    """Bounded, one line, and never asked for its hash."""
    guard = policy(fresh("policy"), breaker=0.5, key=lambda: key)

    assert guarded(way, guard, Script())() == "ok"
    assert all(len(kept) <= 128 and kept.isprintable() for kept in guard.states)


def test_a_key_that_fails_is_no_reason_to_fail(way: str, caplog: pytest.LogCaptureFixture):
    """The call is made with the policy's own state; that is said once."""
    guard = policy(fresh("policy"), breaker=0.5, key=lambda *args: 1 / 0)
    for _ in range(5):
        assert guarded(way, guard, Script())() == "ok"

    assert len([record for record in caplog.records if guard.name in record.getMessage()]) == 1


def test_keys_are_bounded_and_those_in_use_stay(way: str):
    """A million keys are a thousand and twenty-four."""
    made: list[str | None] = []

    @attrs.define
    class Kept:
        idle: bool

    def make(key: str | None) -> Any:
        made.append(key)
        return Kept(idle=not str(key).startswith("busy"))

    units = Units(make)
    busy = [units.of(f"busy-{number}") for number in range(8)]
    for number in range(3 * MOST_UNITS):
        units.of(f"idle-{number}")
    assert len(units) <= MOST_UNITS + 1
    assert [units.of(f"busy-{number}") for number in range(8)] == busy


def test_where_all_are_busy_the_newest_share_one():
    """Nothing is forgotten that somebody counts on, and nothing grows."""

    @attrs.define(eq=False)
    class Busy:
        idle: bool = False

    units = Units(lambda key: Busy())
    first = units.of("0")
    for number in range(MOST_UNITS):
        units.of(str(number))
    assert units.overflowed == 0
    assert units.of("one more") is units.of("another") is units.of("one more")
    assert units.overflowed == 3
    assert dict(units)[OVERFLOW] is units.of("another")
    assert units.of("0") is first
    assert len(units) == MOST_UNITS + 1


def test_a_thousand_keys_of_a_policy_are_kept_and_no_more(fake: FakeClock):
    """Those that nobody would miss are forgotten; isolation holds for the policy's own state, too."""
    guard = policy(fresh("policy"), breaker=0.5, bulkhead=2, limit="10/second", key=lambda shard: shard)
    body = guard(Script())
    for shard in range(MOST_UNITS + 100):
        body(shard)
        fake.advance(10)

    assert len(guard.states) <= MOST_UNITS
    guard.isolate()
    assert guard.state == "isolated"
    assert registry.states()[guard.name]


# --- permits


def test_a_permit_is_refused_as_a_call_is():
    """By the breaker, the limit and the bulkhead; told once, and what it held is given back."""
    guard = policy(fresh("policy"), breaker=Breaker(minimum=1), bulkhead=1)
    with guard.acquire(), pytest.raises(BulkheadFullError):
        guard.acquire()
    permit = guard.acquire()
    permit.fail(DOWN)
    permit.ok()
    permit.drop()
    assert permit.policy == guard.name
    assert guard.state == "open"
    with pytest.raises(CircuitOpenError):
        guard.acquire()
    guard.reset()
    guard.acquire().drop()
    with pytest.raises(UnavailableError), guard.acquire():
        raise DOWN
    assert guard.state == "open"

    limited = policy(fresh("policy"), limit="1/day")
    limited.acquire().ok()
    with pytest.raises(CallLimitedError):
        limited.acquire()


def test_a_permit_of_a_bulkhead_alone():
    """Nothing else has to be told; the time of a slow call begins when it has its slot."""
    guard = policy(fresh("policy"), bulkhead=1)
    with guard.acquire() as permit, pytest.raises(BulkheadFullError):
        assert permit.policy == guard.name
        guard.call(Script())
    guard.acquire().ok()
    slow = policy(fresh("policy"), bulkhead=1, breaker=Breaker(slow_after=1.0, minimum=1))
    assert slow.call(Script()) == "ok"
    with policies(off=True):
        slow.isolate()
        slow.acquire().ok()
        slow.acquire().fail(DOWN)


def test_a_breaker_is_needed_to_isolate():
    """It says so."""
    for use in ("isolate", "reset"):
        with pytest.raises(ConfigurationError, match=f"Cannot {use}"):
            getattr(policy(fresh("policy"), retry=3), use)()


async def test_a_permit_comes_back_when_its_bulkhead_refuses():
    """In tasks as in threads: what the breaker gave is returned, and its probe is free."""
    guard = policy(fresh("policy"), breaker=Breaker(minimum=1, open_for=1), bulkhead=1)
    with pytest.raises(UnavailableError):
        guard(Script(DOWN))()
    clock.current().advance(2)
    guard._own.bulkhead.enter()
    for _ in range(3):
        with pytest.raises(BulkheadFullError):
            await guard.acall(abody)
        with pytest.raises(BulkheadFullError):
            guard.call(Script())
    guard._own.bulkhead.leave()
    assert await guard.acall(abody, 5) == 5
    assert guard.state == "half_open"


def test_a_limit_that_refuses_gives_the_probe_back():
    """Refused after the breaker let it in: the next call may probe."""
    guard = policy(fresh("policy"), breaker=Breaker(minimum=1, open_for=1), limit="2/day")
    with pytest.raises(UnavailableError):
        guard(Script(DOWN))()
    clock.current().advance(2)
    assert guard.call(Script()) == "ok"
    for _ in range(3):
        with pytest.raises(CallLimitedError):
            guard.call(Script())
    assert guard.state == "half_open"


# --- what it says of itself


@pytest.mark.parametrize("number", range(len(SHAPES)))
def test_it_describes_itself(number: int):
    """Parts in their order with all settings, and the source of the wrapper, which compiles."""
    said = make(number).describe()

    assert said["place"].rpartition(":")[0].endswith("test_policies_policy.py")
    order = ["fallback", "timeout", "retry", "budget", "breaker", "limit", "bulkhead", "chaos"]
    assert list(said["parts"]) == [part for part in order if part in said["parts"]]
    compile(said["wrapper"], "wrapper", "exec")
    assert "guarded" in said["wrapper"]


def test_it_describes_settings_only():
    """No budget where nothing pays from one, and no state."""
    said = policy(fresh("policy"), breaker=0.5).describe()
    paid = policy(fresh("policy"), retry=2).describe()

    assert list(said["parts"]) == ["breaker"]
    assert paid["parts"]["budget"] == {"ratio": 0.1}


def test_it_shows_its_name_and_state():
    """In a debugger."""
    assert repr(policy(name := fresh("policy"), breaker=0.5)) == f"<Policy {name!r}: closed>"


def test_a_traceback_shows_the_lines_of_our_wrapper():
    """Each shape its own."""
    import traceback

    for number in (1, 3, 4):
        bad: list[int] = []

        def body(bad: list[int] = bad) -> None:
            if bad:
                raise NotFoundError

        call = make(number)(body)
        call()
        bad.append(1)
        try:
            call()
        except NotFoundError as problem:
            lines = traceback.format_exception(problem)
        assert any("result = fn(*args, **kwargs)" in line for line in lines)


# --- nothing grows


@pytest.mark.parametrize("number", range(len(SHAPES)))
def test_memory_is_flat(number: int, fake: FakeClock):
    """However many calls there are, good and bad. A few bytes of each would be seen."""
    if "fallback" in SHAPES[number]:
        return
    guard = make(number)
    bad = guard(lambda: _raise(NotFoundError()))

    def work(times: int) -> None:
        body = guard(lambda: None)
        for _ in range(times):
            fake.advance(1)
            body()
            with pytest.raises(NotFoundError):
                bad()

    work(200)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        work(500)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 10_000


def _raise(problem: Exception) -> None:
    raise problem
