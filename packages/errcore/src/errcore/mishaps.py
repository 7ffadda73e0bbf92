# SPDX-License-Identifier: MIT
"""What errcore survived: its own failures, and those of parts that it was given. Counted, and each sort said once.

Whoever calls errcore never pays for them. So the complaint itself, which may meet a full disk like any other line,
fails in silence.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from errcore.forks import ForkSafeLock

__all__ = ["Mishaps"]

_log = logging.getLogger("errcore")


class Mishaps:
    """Counts failures. The first of each sort is said on the logger "errcore".

    Attributes:
        count: How many there were, of all sorts.

    >>> mishaps = Mishaps()
    >>> mishaps.note("a listener", OSError("disk full"))
    >>> mishaps.count
    1
    """

    __slots__ = ("_lock", "_said", "count")

    def __init__(self) -> None:
        self._lock = ForkSafeLock()
        self._said: set[str] = set()
        self.count: int = 0

    def note(self, what: str, problem: BaseException, why: str | None = None) -> None:
        """Count a failure, and say the first of its sort. Never raises an Exception.

        Args:
            what: What failed, as a noun: one of a few literals, for each is kept.
            problem: How; only the name of its type is said.
            why: What to say besides: errcore's own words, never those of a stranger's exception.
        """
        with self._lock:
            self.count += 1
            first = what not in self._said
            self._said.add(what)
        if first:
            with suppress(Exception):  # a log handler that fails has said enough
                # The type only: the text of a stranger's exception is not ours to print.
                name = type(problem).__name__
                _log.warning(
                    "errcore survived a failure of %s (%s); further ones are counted, not logged.",
                    what,
                    name if why is None else f"{name}: {why}",
                )
