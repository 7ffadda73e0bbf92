# SPDX-License-Identifier: MIT
"""Leave to make one attempt, and what became of it: told once, to every part that has to know.

A permit belongs to the generation of the breaker in which it was given. What is told after the breaker has changed its
state is news of another time and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore import clock

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from errcore.policies.happenings import RejectedBy
    from errcore.policies.unit import Unit

__all__ = ["Permit"]


class Permit:
    """What `Policy.acquire()` gives. Tell it how the attempt ended: `ok`, `fail` or `drop`; only the first counts.

    As a context manager it tells by itself: `ok` at the end, `fail` for an exception, `drop` for a cancellation. One that
    nobody has any more, and that was told nothing, is dropped.

    >>> from errcore import policy
    >>> permit = policy("doc-permit", breaker=0.5).acquire()
    >>> permit.ok()
    """

    __slots__ = ("_begun", "_generation", "_open", "_unit")

    def __init__(self, unit: Unit, generation: object, begun: float) -> None:
        self._unit = unit
        self._generation = generation
        self._begun = begun
        # A token that one thread of several can take: a slot must not be returned twice.
        self._open: list[None] = [None]

    def handed_over(self) -> Permit:
        """The same for somebody who may lose it: when nobody has it any more, it is dropped."""
        handed = _Handed(self._unit, self._generation, self._begun)
        handed._open, self._open = self._open, []  # noqa: SLF001 - of a subclass of this one
        return handed

    @property
    def policy(self) -> str:
        """The name of the policy that gave it."""
        return self._unit.policy

    def begin(self) -> None:
        """The call begins now: waiting for a place in our own queue does not make the dependency slow."""
        if self._unit.breaker is not None and self._unit.breaker.timed:
            self._begun = clock.current().monotonic()

    def ok(self) -> None:
        """It worked."""
        if self._take():
            breaker = self._unit.breaker
            if breaker is not None:
                breaker.succeeded(self._generation, self._elapsed() if breaker.timed else 0.0)

    def fail(self, exc: BaseException) -> None:
        """It raised. The verdict on the exception says what that means: some failures count, some say nothing."""
        if not self._take():
            return
        breaker = self._unit.breaker
        if breaker is not None:
            breaker.judge(self._generation, exc, self._elapsed() if breaker.timed else 0.0)

    def drop(self) -> None:
        """It says nothing about the dependency: it was cancelled, or never sent."""
        if self._take() and self._unit.breaker is not None:
            self._unit.breaker.dropped(self._generation)

    def withdraw(self) -> None:
        """It was not given after all: no slot of the bulkhead was taken, so none is returned."""
        self._open = []
        if self._unit.breaker is not None:
            self._unit.breaker.dropped(self._generation)

    def turn_back(self, by: RejectedBy) -> None:
        """It was refused after all, further in: dropped, and said."""
        self.drop()
        self._unit.refused(by, None)

    def _take(self) -> bool:
        try:
            self._open.pop()
        except IndexError:
            return False
        if self._unit.bulkhead is not None:
            self._unit.bulkhead.leave()
        return True

    def took_long(self) -> bool:
        """Whether it is slow already, where the breaker has a measure of that."""
        breaker = self._unit.breaker
        slow_after = None if breaker is None else breaker.settings.slow_after
        return slow_after is not None and self._elapsed() >= slow_after

    def _elapsed(self) -> float:
        return clock.current().monotonic() - self._begun

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if exc is None:
            self.ok()
        else:
            self.fail(exc)


class _Handed(Permit):
    """One that was handed out. Those of calls are never lost, and need not pay for this."""

    __slots__ = ()

    def __del__(self) -> None:
        self.drop()
