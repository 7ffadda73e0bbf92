# SPDX-License-Identifier: MIT
"""A breaker against a plain model of one: Hypothesis looks for a sequence of calls in which they differ.

Run it on the settings that you deploy, and read the steps it prints if you wonder what your breaker would do. The model
keeps a list of everything that happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from errcore import clock
from errcore.errors.stock import CircuitOpenError, ConnectivityError
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.guard import Policy
from errcore.policies.settings import PolicySettings
from errcore.testing.breaker_model import BreakerModel
from errcore.testing.clock import FakeClock

if TYPE_CHECKING:
    from errcore.policies.permit import Permit
    from errcore.testing.breaker_model import ModelCall

__all__ = ["BreakerMachine"]

_End = Literal["ok", "failed", "dropped", "hangs"]
_ends = st.sampled_from(["ok", "failed", "failed", "dropped"])
_MOST_AT_ONCE = 64


class BreakerMachine(RuleBasedStateMachine):
    """Calls that begin and end in any order, on a clock that jumps. Subclass it to check settings of your own.

    Attributes:
        breaker: The settings.

    >>> class PaymentsBreaker(BreakerMachine):
    ...     breaker = Breaker(0.3, minimum=5, probes=2)
    >>> TestPaymentsBreaker = PaymentsBreaker.TestCase  # what pytest and unittest collect
    """

    breaker: ClassVar[Breaker] = Breaker()

    def __init__(self) -> None:
        super().__init__()
        self._clock = FakeClock()
        self._model = BreakerModel(self.breaker)
        self._calls: list[tuple[Permit, ModelCall]] = []
        with clock.using(self._clock):
            self._policy = Policy("breaker-machine", PolicySettings(breaker=self.breaker), __name__)

    @rule(buckets=st.integers(1, 24))
    def wait(self, buckets: int) -> None:
        """Let half buckets of the window pass."""
        self._pass(buckets * self.breaker.window / 20)

    @rule(tenths=st.integers(1, 24))
    def wait_for_a_probe(self, tenths: int) -> None:
        """Let tenths of the time pass for which it is open."""
        self._pass(tenths * self._model.period / 10)

    @precondition(lambda self: self.breaker.slow_after is not None)
    @rule(share=st.sampled_from([0.5, 1.0, 1.5]))
    def be_slow(self, share: float) -> None:
        """Let as much time pass as makes a call slow, or half of it."""
        self._pass(share * (self.breaker.slow_after or 0.0))

    def _pass(self, seconds: float) -> None:
        # Successes may share a date where they come faster than this, and then the model would have to know which did.
        least = self.breaker.window / 70 if self._model.state == "closed" else 0.0
        self._clock.advance(max(seconds, least))

    @rule()
    def begin(self) -> None:
        """A call asks to be let in."""
        now = self._clock.monotonic()
        expected = self._model.admits(now)
        try:
            with clock.using(self._clock):
                permit = self._policy.acquire()
        except CircuitOpenError as refusal:
            _check(expected is not True, "a call was refused")
            _check(
                0 < (refusal.retry_after or 0) <= self._model.wait(now), f"wait {refusal.retry_after} seconds"
            )
        else:
            _check(expected is not False, "a call was let in")
            self._calls.append((permit, self._model.begin(now)))

    @precondition(lambda self: self._calls)
    @rule(data=st.data(), end=_ends)
    def end(self, data: st.DataObject, end: _End) -> None:
        """One of the calls that are under way ends."""
        self._end(data.draw(st.integers(0, len(self._calls) - 1)), end)

    @rule(end=_ends, share=st.sampled_from([0.25, 0.5, 1.0]))
    def many(self, end: _End, share: float) -> None:
        """Calls come one after the other, and all end in the same way."""
        self._several(min(_MOST_AT_ONCE, round(share * self.breaker.minimum) + 1), end)

    def _several(self, number: int, end: _End) -> None:
        for _ in range(number):
            before = len(self._calls)
            self.begin()
            if len(self._calls) > before and end != "hangs":
                self._end(-1, end)

    def _end(self, index: int, end: _End) -> None:
        permit, call = self._calls.pop(index)
        with clock.using(self._clock):
            if end == "ok":
                permit.ok()
            elif end == "failed":
                permit.fail(ConnectivityError())
            else:
                permit.drop()
        self._model.end(call, end, self._clock.monotonic())

    @precondition(lambda self: self._model.state in {"open", "half_open"})
    @rule(end=st.sampled_from(["ok", "ok", "failed", "dropped", "hangs"]), number=st.integers(1, 4))
    def probe(self, end: _End, number: int) -> None:
        """Time passes until probes are let in, and they all end in the same way, or do not end yet."""
        self._clock.advance(max(0.0, self._model.wait(self._clock.monotonic())))
        self._several(number, end)

    @rule(isolates=st.booleans(), sure=st.sampled_from([True, False, False]))
    def operate(self, isolates: bool, sure: bool) -> None:
        """An operator takes it out or closes it, if sure."""
        if sure and isolates:
            self._policy.isolate()
            self._model.isolate()
        elif sure:
            self._policy.reset()
            self._model.reset()

    @invariant()
    def agree(self) -> None:
        """Both are in the same state."""
        _check(
            self._policy.state == self._model.state, f"it is {self._policy.state}, not {self._model.state}"
        )


def _check(holds: bool, otherwise: str) -> None:
    # Not by `assert`, which `python -O` leaves out.
    if not holds:
        raise AssertionError(f"The breaker differs from its model: {otherwise}.")
