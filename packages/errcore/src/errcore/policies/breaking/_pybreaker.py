# SPDX-License-Identifier: MIT
"""The one file that knows pybreaker: it keeps the state of a breaker, and nothing else.

Its `call` holds a lock while your function runs, takes a cancellation for a failure and knows no asyncio, so no call
ever goes through it. It is driven by `open()`, `half_open()` and `close()`, keeps the state in its storage and tells
its one listener, which only makes a note. It is not asked to count, and its wall clock is not listened to.
"""

from __future__ import annotations

import sys
from collections import deque
from typing import Any

import pybreaker

__all__ = ["StateHolder"]

_ISOLATED = "isolated"
_THEIRS = {
    "closed": pybreaker.STATE_CLOSED,
    "half_open": pybreaker.STATE_HALF_OPEN,
    "open": pybreaker.STATE_OPEN,
    _ISOLATED: pybreaker.STATE_OPEN,
}
_OURS = {theirs: ours for ours, theirs in _THEIRS.items() if ours != _ISOLATED}

_MOST_CHANGES = 1024  # that wait for a listener that is slower than the changes; the oldest are forgotten


class _Notes(pybreaker.CircuitBreakerListener):
    """Hears of every change, also of those that change nothing."""

    def __init__(self, holder: StateHolder) -> None:
        self._holder = holder

    def state_change(self, cb: object, old_state: object, new_state: Any) -> None:  # noqa: ARG002
        self._holder.heard(new_state.name)


class StateHolder:
    """The state of one breaker: closed, open, half_open or isolated, which pybreaker knows as open.

    Not safe for threads: whoever moves it holds a lock.

    Args:
        name: Of the policy.
        state: In which it begins.

    Attributes:
        state: What it is now; may be read without a lock.
        changes: Pairs of states, before and after, in their order; for whoever has to tell of them.
        lost: How many were forgotten, because nobody told of them in time; for whoever says so, and sets it back.

    >>> holder = StateHolder("doc-holder")
    >>> holder.move("open")
    >>> holder.state, list(holder.changes)
    ('open', [('closed', 'open')])
    """

    __slots__ = ("_breaker", "_isolating", "changes", "lost", "state")

    def __init__(self, name: str, state: str = "closed") -> None:
        self.state: str = state
        self.changes: deque[tuple[str, str]] = deque(maxlen=_MOST_CHANGES)
        self.lost: int = 0
        self._isolating = False
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=sys.maxsize,
            state_storage=pybreaker.CircuitMemoryStorage(_THEIRS[state]),
            listeners=[_Notes(self)],
            name=name,
            throw_new_error_on_trip=False,
        )

    def move(self, state: str) -> None:
        """Go to another state.

        Args:
            state: Which.
        """
        self._isolating = state == _ISOLATED
        if state == "closed":
            self._breaker.close()
        elif state == "half_open":
            self._breaker.half_open()
        else:
            self._breaker.open()

    def heard(self, name: str) -> None:
        """Note a change that pybreaker made.

        Args:
            name: Of its new state.
        """
        before, self.state = self.state, _ISOLATED if self._isolating else _OURS[name]
        if before != self.state:
            self.lost += len(self.changes) == _MOST_CHANGES
            self.changes.append((before, self.state))
