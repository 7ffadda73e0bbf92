# SPDX-License-Identifier: MIT
"""A breaker at work: after too many failures nobody calls any more, until probes find the dependency well.

Three outcomes: ok, failed, and dropped, which says nothing and changes nothing. Each change of state begins a
generation, and a call belongs to the one that let it in: what ends in another one is news of another time.

Calls through a closed breaker read and add to plain attributes. The lock is for failures and changes of state; nothing
of a user's runs under it, and events are told after it was released.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

from errcore import clock
from errcore.errors.classification import classify
from errcore.errors.kinds import Outcome
from errcore.errors.stock import CircuitOpenError
from errcore.events import stream
from errcore.forks import renew_in_children
from errcore.mishaps import Mishaps
from errcore.policies.breaking.generations import Generation
from errcore.policies.breaking.probes import Lease, Probes
from errcore.policies.breaking.tally import Tally
from errcore.policies.happenings import Transition

if TYPE_CHECKING:
    from errcore.policies.breaking.breaker import Breaker

__all__ = ["BreakerState", "untold"]

_JITTER = 0.1  # of the time for which it is open, so that a fleet does not come back at one moment

untold: Mishaps = Mishaps()
"""Changes that no listener heard of, because one was much slower. The first is said on the logger "errcore"."""


class BreakerState:
    """A breaker at work. Safe for threads and tasks; nothing here waits for more than a few instructions.

    Args:
        settings: When to open, and when to close again.
        policy: The name of its policy.
        key: Its key, or None.

    Attributes:
        settings: What it was told.
        generation: The time since the last change of state; the happy path reads it once and adds to its `oks`.
        timed: Whether it wants to know how long calls take.

    >>> from errcore import clock
    >>> from errcore.policies.breaking.breaker import Breaker
    >>> state = BreakerState(Breaker(minimum=2), "doc-breaker")
    >>> for _ in range(2):
    ...     state.failed(state.enter(clock.current().monotonic()))
    >>> state.state
    'open'
    """

    __slots__ = (
        *("__weakref__", "_holder", "_key", "_lock", "_period", "_policy", "_probes", "_tally", "_telling"),
        *("_words", "generation", "settings", "timed"),
    )

    def __init__(self, settings: Breaker, policy: str, key: str | None = None) -> None:
        from errcore.policies.breaking._pybreaker import StateHolder  # an engine loads when a policy is built

        self.settings: Breaker = settings
        self.timed: bool = settings.slow_after is not None
        self._policy = policy
        self._key = key
        self._words = f"The breaker of the policy {policy!r} lets no calls through."
        self._holder = StateHolder(policy)
        self._tally = Tally(settings)
        # Reentrant, since a finalizer or a signal handler that runs inside may make a guarded call, too.
        self._lock = threading.RLock()
        self._telling = threading.Lock()
        self._probes = Probes(settings)
        self._period: float = settings.open_for
        self.generation: Generation = Generation()
        renew_in_children(self)

    def renew(self) -> None:
        """Start again in a process that was just forked: in the same state, with nobody inside and nothing counted."""
        from errcore.policies.breaking._pybreaker import StateHolder

        self._lock = threading.RLock()
        self._telling = threading.Lock()
        self._tally = Tally(self.settings)
        self._probes = Probes(self.settings)
        # Another thread may have been changing it; what counts is what calls saw.
        self._holder = StateHolder(self._policy, self.generation.state)

    @property
    def state(self) -> str:
        """closed, open, half_open or isolated. An open one becomes half_open with the first call after its time."""
        return self._holder.state

    @property
    def idle(self) -> bool:
        """Whether little would be lost if it were forgotten: closed and clean, or open for so long that nobody asks."""
        with self._lock:
            now, generation = clock.current().monotonic(), self.generation
            if generation.alert:
                return now >= generation.until + self.settings.open_cap and generation.state == "open"
            return self._tally.is_clean(now)

    # --- calls that begin

    def enter(self, now: float) -> Generation | Lease:
        """Let a call in.

        Args:
            now: On the monotonic clock.

        Returns:
            What to hand to `succeeded`, `failed`, `dropped` or `judge` when it has ended.

        Raises:
            errcore.CircuitOpenError: If it must not be made; a new one each time.
        """
        generation = self.generation
        if not generation.alert:
            return generation
        refusal = self.refusal(now)
        if refusal is not None:
            raise refusal
        return self._probe(now)

    def refusal(self, now: float) -> CircuitOpenError | None:
        """What a call is refused with while the breaker is open or isolated; None if it may be let in.

        Args:
            now: On the monotonic clock.
        """
        wait = self.generation.until - now
        return self._refused(wait) if wait > 0 else None

    def _refused(self, wait: float) -> CircuitOpenError:
        # Nobody knows when isolation ends.
        wait = self.settings.open_cap if wait == math.inf else wait
        return CircuitOpenError(self._words, policy=self._policy, retry_after=wait)

    def _probe(self, now: float) -> Generation | Lease:
        with self._lock:
            generation = self.generation
            if not generation.alert:
                return generation
            token: Lease | float = generation.until - now
            if now >= generation.until:
                if generation.state == "open":
                    generation = self._move(Generation("half_open"))
                token = self._probes.lease(generation, now)
        try:
            self._tell()
        except BaseException:  # of a listener that ends the process; no place is lost in one that goes on
            self.dropped(token)
            raise
        if isinstance(token, Lease):
            return token
        raise self._refused(token)

    # --- calls that end

    def succeeded(self, token: object, elapsed: float = 0.0) -> None:
        """A call worked.

        Args:
            token: What `enter` gave for it.
            elapsed: Seconds that it took, where the breaker is `timed`.
        """
        slow = self._is_slow(elapsed)
        if isinstance(token, Lease):
            self._probed(token, Outcome.FAILED if slow else Outcome.OK)
        elif slow:
            self._count(token, slow=1)
        elif token is self.generation:
            self.generation.oks += 1
            if self.generation.oks >= self.generation.group:
                self.fold()

    def failed(self, token: object, elapsed: float = 0.0) -> None:
        """A call failed; the arguments are those of `succeeded`."""
        if isinstance(token, Lease):
            self._probed(token, Outcome.FAILED)
        else:
            self._count(token, failed=1, slow=int(self._is_slow(elapsed)))

    def dropped(self, token: object) -> None:
        """A call says nothing about the dependency: it was cancelled, refused further in, or a bug.

        Args:
            token: What `enter` gave for it.
        """
        if isinstance(token, Lease):
            self._probed(token, Outcome.DROPPED)

    def judge(self, token: object, exc: BaseException, elapsed: float = 0.0) -> None:
        """A call raised: the verdict on the exception says whether it failed, worked as such, or says nothing.

        Args:
            token: What `enter` gave for it.
            exc: What it raised.
            elapsed: Seconds that it took, where the breaker is `timed`.
        """
        outcome = classify(exc).outcome if issubclass(type(exc), Exception) else Outcome.DROPPED
        if outcome is Outcome.FAILED:
            self.failed(token, elapsed)
        elif outcome is Outcome.OK:
            self.succeeded(token, elapsed)
        else:
            self.dropped(token)

    def _is_slow(self, elapsed: float) -> bool:
        slow_after = self.settings.slow_after
        return slow_after is not None and elapsed >= slow_after

    def _count(self, token: object, *, failed: int = 0, slow: int = 0) -> None:
        now = clock.current().monotonic()
        with self._lock:
            if token is not self.generation:
                return
            self._tally.add(self.generation, now, failed=failed, slow=slow)
            self._weigh(now)
        self._tell()

    def fold(self) -> None:
        """Date the successes that were counted, and weigh them against the failures."""
        now = clock.current().monotonic()
        with self._lock:
            if self.generation.alert:
                return
            self._tally.settle(self.generation, now)
            self._weigh(now)
        self._tell()

    def _weigh(self, now: float) -> None:
        if self._tally.is_too_much(self.generation):
            self._open(now, self.settings.open_for)

    def _probed(self, lease: Lease, outcome: Outcome) -> None:
        now = clock.current().monotonic()
        with self._lock:
            if lease.generation is not self.generation or not self._probes.give_back(lease, now):
                return
            if outcome is Outcome.FAILED:
                self._open(now, min(2 * self._period, self.settings.open_cap))
            elif outcome is Outcome.OK and self._probes.suffice():
                self._close()
        self._tell()

    # --- changes of state

    def isolate(self) -> None:
        """Let nobody in until `reset`."""
        with self._lock:
            if self.generation.until != math.inf:
                self._move(Generation("isolated", math.inf))
        self._tell()

    def reset(self) -> None:
        """Close, and forget everything that was counted; what is under way does not count either."""
        with self._lock:
            self._close()
        self._tell()

    def _open(self, now: float, period: float) -> None:
        self._period = period
        spread = 1 + _JITTER * (2 * clock.current().random() - 1)
        self._move(Generation("open", now + period * spread))

    def _close(self) -> None:
        self._tally = Tally(self.settings)
        self._probes = Probes(self.settings)
        self._move(Generation())

    def _move(self, generation: Generation) -> Generation:
        self._probes.begin()
        self._holder.move(generation.state)
        self.generation = generation
        return generation

    def _tell(self) -> None:
        """Emit what has changed, in its order: one thread at a time, and whoever calls back from a listener waits."""
        changes = self._holder.changes
        while changes and self._telling.acquire(blocking=False):
            try:
                while changes:
                    before, after = changes.popleft()
                    if stream.listens(Transition):
                        stream.emit(Transition(self._policy, self._key, before, after))
            finally:
                self._telling.release()
        if self._holder.lost:
            self._holder.lost = 0
            untold.note("the listeners for changes of a breaker", OverflowError())
