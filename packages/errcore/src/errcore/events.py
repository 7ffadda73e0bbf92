# SPDX-License-Identifier: MIT
"""One typed stream of what happens inside errcore.

Rooms emit frozen values; listeners subscribe by the type of value. A listener that raises is isolated and counted,
and the first failure of each is logged once: it never changes the outcome of the call that emitted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from errcore.closing import Closing
from errcore.forks import ForkSafeLock
from errcore.mishaps import Mishaps

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EventStream", "Subscription", "stream"]

E = TypeVar("E")


def _what_fails(event_type: type[object]) -> str:
    return f"a listener for {event_type.__name__}"


@attrs.define(eq=False)
class Subscription(Closing):
    """One listener on a stream; `close()` ends it. Closing twice is fine."""

    _stream: EventStream
    event_type: type[Any]
    listener: Callable[[Any], object]
    _mishaps: Mishaps = attrs.field(init=False, repr=False, factory=Mishaps)
    _what: str = attrs.field(
        init=False,
        repr=False,
        default=attrs.Factory(lambda own: _what_fails(own.event_type), takes_self=True),
    )

    @property
    def failures(self) -> int:
        """How often the listener raised."""
        return self._mishaps.count

    def failed(self, problem: Exception) -> None:
        """Count a failure of the listener."""
        self._mishaps.note(self._what, problem)

    def close(self) -> None:
        """Stop listening."""
        self._stream.remove(self)


class EventStream:
    """A stream of typed events.

    >>> stream, seen = EventStream(), []
    >>> with stream.subscribe(int, seen.append):
    ...     stream.emit(7)
    >>> stream.emit(8)
    >>> seen
    [7]
    """

    __slots__ = ("_lock", "_subscriptions", "failures")

    def __init__(self) -> None:
        self._lock = ForkSafeLock()
        # Replaced, never changed: `emit` reads it without a lock.
        self._subscriptions: dict[type[Any], tuple[Subscription, ...]] = {}
        self.failures: int = 0

    def subscribe(self, event_type: type[E], listener: Callable[[E], object]) -> Subscription:
        """Call `listener` with each event whose type is exactly `event_type`, in the thread that emits it."""
        subscription = Subscription(self, event_type, listener)
        with self._lock:
            present = self._subscriptions.get(event_type, ())
            self._subscriptions = {**self._subscriptions, event_type: (*present, subscription)}
        return subscription

    def listens(self, event_type: type[Any]) -> bool:
        """Whether anybody listens: ask before building an event that costs something."""
        return event_type in self._subscriptions

    def emit(self, event: object) -> None:
        """Hand `event` to its listeners, in the order in which they subscribed. Never raises an Exception."""
        for subscription in self._subscriptions.get(type(event), ()):
            try:
                subscription.listener(event)
            except Exception as problem:  # noqa: BLE001 - a listener's failure is never the caller's
                self._failed(subscription, problem)

    def _failed(self, subscription: Subscription, problem: Exception) -> None:
        with self._lock:
            self.failures += 1
        subscription.failed(problem)

    def remove(self, subscription: Subscription) -> None:
        """End a subscription: what its `close()` does."""
        with self._lock:
            rest = tuple(
                s for s in self._subscriptions.get(subscription.event_type, ()) if s is not subscription
            )
            subscriptions = {**self._subscriptions, subscription.event_type: rest}
            if not rest:
                del subscriptions[subscription.event_type]
            self._subscriptions = subscriptions


stream: EventStream = EventStream()
"""The stream of this process."""
