# SPDX-License-Identifier: MIT
"""What was reported meanwhile, from the process-wide stream of events."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from errcore import events
from errcore.errors import ErrorReported

if TYPE_CHECKING:
    from types import TracebackType

    from errcore import Occurrence

__all__ = ["Records"]


class Records:
    """Collects what is reported; use it as a context manager.

    An application behind a socket must run in this process, in a thread.

    Args:
        patience: Seconds to wait for a report that comes after the answer; a report that is there takes none.

    Attributes:
        seen: What was reported so far, in that order.

    >>> from errcore import Runtime
    >>> with Records() as records, Runtime.for_tests(log_level="critical") as runtime:
    ...     _ = runtime.handle(TimeoutError())
    >>> [occurrence.code for occurrence in records.seen]
    ['DEADLINE_EXCEEDED']
    """

    def __init__(self, patience: float = 5.0) -> None:
        self.seen: list[Occurrence] = []
        self._patience = patience
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        self._subscription = events.stream.subscribe(ErrorReported, self._note)
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._subscription.close()

    def _note(self, event: ErrorReported) -> None:
        with self._changed:
            self.seen.append(event.occurrence)
            self._changed.notify_all()

    def of(self, request_id: str) -> list[Occurrence]:
        """What was reported of one request so far."""
        return [seen for seen in self.seen if seen.context.ids and seen.context.ids.request_id == request_id]

    def the_one(self, request_id: str | None = None) -> Occurrence:
        """The only report of one request, or of all if None; waits for it if need be.

        Raises:
            AssertionError: If there is none, or more than one.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._found(request_id), self._patience)
        found = self._found(request_id)
        if len(found) != 1:
            raise AssertionError(
                f"{len(found)} reports instead of one: {[occurrence.code for occurrence in found]}"
            )
        return found[0]

    def _found(self, request_id: str | None) -> list[Occurrence]:
        return self.seen.copy() if request_id is None else self.of(request_id)
