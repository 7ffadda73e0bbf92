# SPDX-License-Identifier: MIT
"""Putting the filter on loggers, and taking it off again.

A logger has one filter however many applications in the process ask for it, and keeps it until the last of them is
done: installing twice neither doubles the work nor grows a list.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from errcore.closing import Closing
from errcore.logs.reported_filter import ReportedFilter

if TYPE_CHECKING:
    from errcore.redaction import Redactor


__all__ = ["Guard", "guard_loggers"]

_lock = threading.Lock()


class _Shared(ReportedFilter):
    """A filter that counts who needs it."""

    def __init__(self, redactor: Redactor | None) -> None:
        super().__init__(redactor)
        self.users = 0


class Guard(Closing):
    """What `guard_loggers` gives back: `close()`, once or more often, or leaving a `with` block, undoes it."""

    def __init__(self, shared: list[tuple[logging.Logger, _Shared]]) -> None:
        self._shared = shared

    def close(self) -> None:
        """Take the filters off again, where nobody else needs them."""
        with _lock:
            while self._shared:
                logger, shared = self._shared.pop()
                shared.users -= 1
                if shared.users == 0:
                    logger.removeFilter(shared)


def guard_loggers(*loggers: str | logging.Logger, redactor: Redactor | None = None) -> Guard:
    """Keep raw tracebacks out of what these loggers print.

    A filter sees the records of its own logger only: name those that log, not their parents.

    Args:
        loggers: Names or loggers.
        redactor: What cleans texts; errcore's own where None. A logger may be guarded with several.

    >>> import logging
    >>> server = logging.getLogger("doc.server")
    >>> with guard_loggers("doc.server", server):
    ...     len(server.filters)
    1
    >>> server.filters
    []
    """
    shared: list[tuple[logging.Logger, _Shared]] = []
    with _lock:
        for each in loggers:
            logger = logging.getLogger(each) if isinstance(each, str) else each
            mine = _found(logger, redactor) or _Shared(redactor)
            mine.users += 1
            logger.addFilter(mine)  # once, however often it is called
            shared.append((logger, mine))
    return Guard(shared)


def _found(logger: logging.Logger, redactor: Redactor | None) -> _Shared | None:
    for present in logger.filters:
        if isinstance(present, _Shared) and (redactor is None or present.redactor is redactor):
            return present
    return None
