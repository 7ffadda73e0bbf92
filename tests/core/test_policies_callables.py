# SPDX-License-Identifier: MIT
"""What can be guarded, by every decorator of this room: partials, objects, compiled functions, methods of all sorts."""

from __future__ import annotations

import asyncio
import functools
import inspect
import itertools
import sys
import types
from collections.abc import Callable, Generator
from typing import Any
from unittest import mock

import pytest
from policy_ways import Script, fresh

from errcore import (
    ConfigurationError,
    Fallback,
    InternalError,
    Timeout,
    UnavailableError,
    clock,
    handle_errors,
    policy,
    recovery,
)
from errcore.policies.mode import NORMAL, current_mode
from errcore.testing import policies

pytestmark = pytest.mark.usefixtures("fake")


class Async:
    """An object whose call is a coroutine."""

    async def __call__(self, *args: int) -> int:
        await asyncio.sleep(0)
        return sum(args)


class Yields:
    """An object whose call is a generator."""

    def __call__(self) -> Generator[int]:
        yield 1


class Compiled:
    """What Cython makes of a coroutine function: `inspect` sees nothing, and asyncio is told by a mark."""

    _is_coroutine = getattr(asyncio.coroutines, "_is_coroutine", None)

    def __init__(self) -> None:
        self.__name__ = self.__qualname__ = "compiled"

    def __call__(self, *args: int) -> Any:
        return Async()(*args)


COROUTINE_FUNCTIONS: dict[str, Callable[[], Any]] = {
    "object": Async,
    "partial of an object": lambda: functools.partial(Async(), 1),
    "partial of a partial": lambda: functools.partial(functools.partial(Async(), 1), 2),
    "bound method": lambda: Async().__call__,
    "mock": lambda: mock.AsyncMock(return_value=3),
}
if Compiled._is_coroutine is not None:
    COROUTINE_FUNCTIONS["compiled"] = Compiled


@pytest.mark.parametrize("made", COROUTINE_FUNCTIONS)
def test_a_coroutine_function_is_found_behind_whatever_it_wears(made: str):
    """Its failures are those of its coroutine, and not of the call that makes the coroutine."""
    fn = COROUTINE_FUNCTIONS[made]()
    guard = policy(fresh("callables"), retry=2)

    assert inspect.iscoroutinefunction(guard(fn))
    assert isinstance(asyncio.run(guard(fn)(0, 0)), int)
    assert isinstance(asyncio.run(guard.acall(fn, 0, 0)), int)
    with pytest.raises(ConfigurationError, match="coroutine function; use acall"):
        guard.call(fn, 0, 0)


@types.coroutine
def old_style() -> Generator[None]:
    """A coroutine as they were made before `async def`."""
    yield


@pytest.mark.parametrize(
    "fn", [Yields(), functools.partial(Yields()), old_style], ids=["object", "partial", "old"]
)
@pytest.mark.parametrize(
    "decorate",
    [policy("callables-generators"), handle_errors(), policies(instant=True)],
    ids=["policy", "errors", "tests"],
)
def test_generators_are_refused_by_every_decorator(decorate: Callable[[Any], Any], fn: Any):
    """They have not run when they return; the message says what to do."""
    with pytest.raises(
        ConfigurationError, match=r"it is a generator, which has not run when it returns[;,] \w+"
    ):
        decorate(fn)


@pytest.mark.parametrize(
    "fn", [None, 5, property(len), functools.partialmethod(len), int, [len]], ids=itertools.count()
)
def test_what_is_no_function_is_refused(fn: Any):
    """Classes as well, whose instances would be what is guarded."""
    with pytest.raises(
        ConfigurationError, match="because it is no function; guard the function that makes the call"
    ):
        policy(fresh("callables"))(fn)


# --- what is awaited may be made by a function


async def replica(*_: object) -> str:
    """A fallback that is a coroutine function."""
    return "replica"


def test_a_function_that_gives_a_coroutine_is_awaited_by_acall():
    """A lambda around a client's call has its time limit and its fallback like any coroutine function."""
    timed = policy(fresh("callables"), timeout=2.0, fallback=Fallback(replica))

    async def main() -> list[object]:
        return [
            await timed.acall(lambda: asyncio.sleep(0, "done")),
            await timed.acall(lambda: clock.current().asleep(50)),
        ]

    assert asyncio.run(main()) == ["done", "replica"]


def test_call_still_wants_to_know_how_a_function_is_stopped():
    """It is not awaited."""
    with pytest.raises(ConfigurationError, match="say how"):
        policy(fresh("callables"), timeout=2.0).call(lambda: 1)
    with pytest.raises(ConfigurationError, match="cannot await its fallback"):
        policy(fresh("callables"), fallback=Fallback(replica)).call(lambda: 1)
    with pytest.raises(ConfigurationError, match="cannot await its fallback"):
        policy(fresh("callables"), fallback=Fallback(functools.partial(Async(), 1)))(len)


# --- methods


def decorators() -> dict[str, Callable[[Any], Any]]:
    """Each of those that there are."""
    return {
        "plain": policy(fresh("callables"), retry=2),
        "timed": policy(fresh("callables"), retry=2, timeout=Timeout(5, sync="cooperative")),
        "keyed": policy(fresh("callables"), key=lambda *args: len(args)),
        "recovery": recovery(fresh("callables"), "trying"),
        "errors": handle_errors(category="billing"),
        "tests": policies(instant=True),
    }


@pytest.mark.parametrize("name", decorators())
def test_methods_of_all_sorts_are_guarded_by_every_decorator(name: str):
    """Above and below `classmethod` and `staticmethod`, called on the class, on instances and on subclasses."""
    decorate = decorators()[name]

    class Client:
        @decorate
        def method(self, number: int) -> tuple[object, int]:
            return self, number

        @decorate
        @classmethod
        def above(cls, number: int) -> tuple[object, int]:
            return cls, number

        @classmethod
        @decorate
        def below(cls, number: int) -> tuple[object, int]:
            return cls, number

        @decorate
        @staticmethod
        def static_above(number: int) -> int:
            return number

        @staticmethod
        @decorate
        def static_below(number: int) -> int:
            return number

        @decorate
        async def later(self, number: int) -> tuple[object, int]:
            return self, number

        @decorate
        @classmethod
        async def later_of_the_class(cls, number: int) -> tuple[object, int]:
            return cls, number

    class Special(Client):
        pass

    client = Special()
    assert client.method(1) == (client, 1)
    assert asyncio.run(client.later(1)) == (client, 1)
    assert asyncio.run(client.later_of_the_class(1)) == (Special, 1)
    assert client.above(2) == Special.above(2) == client.below(2) == Special.below(2) == (Special, 2)
    assert Client.above(2) == Client.below(2) == (Client, 2)
    assert (
        client.static_above(3)
        == Special.static_above(3)
        == client.static_below(3)
        == Special.static_below(3)
        == 3
    )


def test_failures_of_class_methods_are_handled():
    """What is above `classmethod` works, and is not only called."""
    body = Script(UnavailableError(), ValueError("stray"))

    class Client:
        @recovery(fresh("callables"), "trying")
        @classmethod
        def fetch(cls) -> object:
            return body()

        @handle_errors(category="billing")
        @staticmethod
        def charge() -> object:
            return body()

    with pytest.raises(ValueError, match="stray"):
        Client.fetch()
    assert len(body.calls) == 2
    body.calls.pop()
    with pytest.raises(InternalError) as caught:
        Client.charge()
    assert isinstance(caught.value.__cause__, ValueError)


def test_cached_functions_and_builtins_are_guarded():
    """They have no code of Python's own."""
    guard = policy(fresh("callables"), breaker=0.5)
    cached = functools.lru_cache(lambda number: number + 1)

    assert guard(cached)(1) == guard(cached)(1) == 2
    assert cached.cache_info().hits == 1
    assert [guard(fn)(text) for fn, text in ((len, "ab"), (str.upper, "ab"), ("ab".index, "b"))] == [
        2,
        "AB",
        1,
    ]


# --- the mode of tests, shared


async def test_one_scope_object_serves_many_tests_at_a_time():
    """Tasks that enter and leave the same one in any order do not disturb each other."""
    quick = policies(instant=True)
    turns = [asyncio.Event() for _ in range(2)]

    async def one(mine: asyncio.Event, other: asyncio.Event) -> bool:
        with quick:
            mine.set()
            await other.wait()
            inside = current_mode().instant
        assert current_mode() is NORMAL
        return inside

    assert await asyncio.gather(one(*turns), one(*reversed(turns))) == [True, True]


def test_a_scope_that_is_left_in_another_context_leaves_it_alone():
    """As fixtures of some test runners do."""
    import contextvars

    scope, context = policies(off=True), contextvars.copy_context()
    context.run(scope.__enter__)
    scope.__exit__(None, None, None)
    assert current_mode() is NORMAL
    assert context[next(var for var in context if var.name == "errcore_policies")].off


def test_the_room_names_what_it_has():
    """`dir` shows all that can be imported, loaded or not."""
    import errcore.policies
    import errcore.testing

    for room in (errcore.policies, errcore.testing):
        assert set(room.__all__) <= set(dir(room))
        with pytest.raises(AttributeError, match="nobody_wrote_it"):
            _ = room.nobody_wrote_it
    assert sys.modules["errcore.policies"].policy is policy
