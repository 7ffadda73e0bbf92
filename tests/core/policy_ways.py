# SPDX-License-Identifier: MIT
"""The four ways to make a guarded call, so that one test holds for all of them."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pytest

from errcore.policies.guard import Policy

WAYS = ("function", "coroutine", "call", "acall")

_numbers = itertools.count()


def fresh(what: str) -> str:
    """A name that no other policy of this process has."""
    return f"{what}-{next(_numbers)}"


def guarded(way: str, policy: Policy, body: Callable[..., Any]) -> Callable[..., Any]:
    """The guarded `body`, which is called in one of the ways."""

    async def abody(*args: Any, **kwargs: Any) -> Any:
        return body(*args, **kwargs)

    if way == "function":
        return policy(body)
    if way == "call":
        return lambda *args, **kwargs: policy.call(body, *args, **kwargs)
    acall = policy(abody)

    def awaited(*args: Any, **kwargs: Any) -> Any:
        # Raised out here, for a task does not get on with every exception.
        given: list[Any] = []
        problems: list[Exception] = []

        async def main() -> None:
            try:
                given.append(
                    await (policy.acall(abody, *args, **kwargs) if way == "acall" else acall(*args, **kwargs))
                )
            except Exception as problem:  # noqa: BLE001 - raised below
                problems.append(problem)

        asyncio.run(main())
        if problems:
            raise problems.pop()
        return given[0]

    return awaited


def forking(test: Callable[..., Any]) -> Callable[..., Any]:
    """A test that forks: where that can be done, and although there are other threads, which is the point."""
    here = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
    threaded = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
    return here(threaded(test))


def in_a_child(work: Callable[[], object]) -> int:
    """The exit code of a forked child: 0 if the work says so, -14 if it hangs."""
    child = os.fork()
    if not child:
        try:
            signal.alarm(20)
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@contextmanager
def in_a_thread(*locks: AbstractContextManager[object]) -> Iterator[None]:
    """Have another thread hold some locks while the block runs."""
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with ExitStack() as all_of_them:
            for lock in locks:
                all_of_them.enter_context(lock)
            held.set()
            let_go.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    try:
        yield
    finally:
        let_go.set()
        holder.join(30)


def in_threads(work: Callable[[Any], object], each: Iterable[Any]) -> None:
    """Do the work in a thread for each of these, all at once and switched every ten microseconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=work, args=(one,)) for one in each]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)


class Script:
    """A body that raises what it is told, in turn, and then gives "ok"; the last exception goes on for ever if asked."""

    def __init__(self, *problems: BaseException, forever: bool = False) -> None:
        self.problems = problems
        self.forever = forever
        self.calls: list[tuple[Any, ...]] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls.append(args)
        number = len(self.calls) - 1
        if number < len(self.problems):
            raise self.problems[number]
        if self.forever:
            raise self.problems[-1]
        return "ok"


class Heard:
    """The events of some types, while the block runs."""

    def __init__(self, *types: type[Any]) -> None:
        self._types = types
        self.events: list[Any] = []

    def __enter__(self) -> list[Any]:
        from errcore.events import stream

        self._subscriptions = [stream.subscribe(each, self.events.append) for each in self._types]
        return self.events

    def __exit__(self, *_: object) -> None:
        for each in self._subscriptions:
            each.close()
