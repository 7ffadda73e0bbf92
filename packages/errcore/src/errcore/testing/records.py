# SPDX-License-Identifier: MIT
"""What was reported meanwhile, from the process-wide stream of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.errors import ErrorReported
from errcore.testing.recording import Recorder

if TYPE_CHECKING:
    from errcore import Occurrence

__all__ = ["Records"]


class Records(Recorder["Occurrence"]):
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
        super().__init__((ErrorReported,), lambda event: event.occurrence, patience)

    def of(self, request_id: str) -> list[Occurrence]:
        """What was reported of one request so far."""
        return [seen for seen in self.seen if seen.context.ids and seen.context.ids.request_id == request_id]

    def the_one(self, request_id: str | None = None) -> Occurrence:
        """The only report of one request, or of all if None; waits for it if need be.

        Raises:
            AssertionError: If there is none, or more than one.
        """
        return self._only(
            lambda: self.seen.copy() if request_id is None else self.of(request_id),
            "reports",
            lambda found: [occurrence.code for occurrence in found],
        )
