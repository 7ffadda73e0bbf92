# SPDX-License-Identifier: MIT
"""What is compared: one job, done by hand, by errcore and by others."""

from __future__ import annotations

import inspect
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

__all__ = ["NOTHING", "Case", "Column"]

NOTHING: Any = object()
"""The argument of a call that takes none."""


@attrs.frozen
class Column:
    """One way to do the job.

    Attributes:
        name: Who does it.
        call: What is timed: a function, or a coroutine function, of no argument or one. Handing the argument over here
            rather than in a lambda keeps a second call out of what is timed.
        argument: What `call` gets.
        outcome: What somebody who cannot see inside would notice of one call; what `call` returns, if None. Compared
            before anything is timed.
        differs: What this column leaves out of the job. It is then shown for information and its outcome is not
            compared; neither the limit nor errcore may have it.
    """

    name: str
    call: Callable[..., Any]
    argument: Any = NOTHING
    outcome: Callable[[], Any] | None = None
    differs: str = ""


@attrs.frozen
class Case:
    """One row of the table.

    Attributes:
        name: Of the row, and what `--only` looks for.
        limit: Hand-written code for the same observable job.
        ours: errcore.
        gate: The ratio of errcore to the limit above which the row fails; None for a row that only informs.
        peers: Others who do the job, or most of it.
        around: What is true while the columns are timed, such as where standard output goes.
        jobs: How often one call does the job; figures are for one.
        timer: Nanoseconds. The CPU time of the process, where other people's jobs on the machine do not count; a row
            in which somebody sleeps or waits for a thread needs `time.perf_counter_ns`.
    """

    name: str
    limit: Column
    ours: Column
    gate: float | None = None
    peers: tuple[Column, ...] = ()
    around: Callable[[], AbstractContextManager[object]] = nullcontext
    jobs: int = 1
    timer: Callable[[], int] = time.process_time_ns

    @property
    def columns(self) -> tuple[Column, ...]:
        """All of them, the limit first and errcore second."""
        return (self.limit, self.ours, *self.peers)

    @property
    def asynchronous(self) -> bool:
        """Whether the columns are awaited; all of them are or none."""
        return inspect.iscoroutinefunction(self.limit.call)
