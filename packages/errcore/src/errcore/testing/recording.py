# SPDX-License-Identifier: MIT
"""What a recorder is: it keeps what the process-wide stream of events brings, and waits for what is still to come."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from errcore import events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

__all__ = ["Recorder"]

K = TypeVar("K")
F = TypeVar("F")


class Recorder(Generic[K]):
    """Collects as long as its block runs.

    Args:
        event_types: The types of events.
        keep: What is kept of an event.
        patience: Seconds to wait for an event of another thread; one that is there takes none.

    Attributes:
        seen: What was kept so far, in that order.
    """

    def __init__(self, event_types: Iterable[type[Any]], keep: Callable[[Any], K], patience: float) -> None:
        self.seen: list[K] = []
        self._event_types = dict.fromkeys(event_types)  # each once, or it would be heard twice
        self._keep = keep
        self._patience = patience
        self._changed = threading.Condition()
        self._subscriptions = ExitStack()

    def __enter__(self) -> Self:
        for event_type in self._event_types:
            self._subscriptions.enter_context(events.stream.subscribe(event_type, self._note))
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._subscriptions.close()

    def _note(self, event: Any) -> None:
        with self._changed:
            self.seen.append(self._keep(event))
            self._changed.notify_all()

    def _only(self, find: Callable[[], list[F]], what: str, tell: Callable[[list[F]], object]) -> F:
        """The only thing that is found; waits for it if need be.

        Args:
            find: Looks for all of them.
            what: What they are.
            tell: What the failure says about those that are there.

        Raises:
            AssertionError: If there is none, or more than one.
        """
        with self._changed:
            found = self._changed.wait_for(find, self._patience)
        if len(found) != 1:
            raise AssertionError(f"{len(found)} {what} instead of one: {tell(found)}")
        return found[0]
