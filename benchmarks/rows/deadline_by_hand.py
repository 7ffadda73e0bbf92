# SPDX-License-Identifier: MIT
"""The stack by hand in a process that has deadlines: a call whose time is up is refused before it starts.

The deadline is in one context variable, and is compared with the reading of the clock that the limit needs anyway.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.rows.retry_by_hand import DEADLINE, FOLD
from benchmarks.rows.stack_by_hand import StackByHand
from errcore.policies import deadline, deadlines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["TimelyByHand", "hurry"]


@contextmanager
def hurry(seconds: float, now: Callable[[], float]) -> Iterator[None]:
    """A deadline for those by hand and for errcore; afterwards errcore looks for one only if it did before.

    Args:
        seconds: From now on.
        now: What the time is.
    """
    before = deadlines.seen
    token = DEADLINE.set(now() + seconds)
    try:
        with deadline(seconds):
            yield
    finally:
        DEADLINE.reset(token)
        deadlines.seen = before  # the rows after this one are about processes without


class TimelyByHand(StackByHand):
    """The same state, and a look at the deadline."""

    def guarded(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """A function behind all of it."""
        breaker, purses, lock, now, step, burst = (
            *(self.breaker, self.purses, self.lock, self.now, self.step, self.burst),
        )
        deadline_of = DEADLINE.get

        def call(*args: Any, **kwargs: Any) -> Any:
            generation = breaker.generation
            if generation.shut:
                return self.again(fn, None, None, args, kwargs)
            begun = now()
            deadline = deadline_of()
            if deadline is not None and begun >= deadline:
                raise self.late()
            with lock:
                due = self.due
                if due < begun:  # noqa: PLR1730 - `max` would be a call
                    due = begun
                due += step
                if due - begun > burst:
                    refused = True
                else:
                    self.due = due
                    refused = False
            if refused:
                raise self.limited(due - begun - burst)
            try:
                result = fn(*args, **kwargs)
            except Exception as exc:  # noqa: BLE001 - any failure is judged by its verdict
                breaker.judge(generation, exc)
                failure = exc
            else:
                if begun >= generation.edge:
                    breaker.turn(generation)
                else:
                    generation.oks += 1
                purses.n = n = purses.n + 1
                if n >= FOLD:
                    purses.settle()
                return result
            try:
                return self.again(fn, failure, failure, args, kwargs, begun)
            finally:
                del failure

        return call
