# SPDX-License-Identifier: MIT
"""A place for lines that is never in the way: a full disk, a closed stream or a broken pipe costs lines, not requests.

Whatever goes wrong in writing is swallowed here, and only here. The lines that it costs are counted by reason, standard
error hears of it at most once a minute, and after five seconds the next line tries again. The first line that gets
through is preceded by one that says how many did not.
"""

from __future__ import annotations

import errno
import sys
from abc import ABC, abstractmethod
from contextlib import suppress

from errcore import clock
from errcore.closing import Closing
from errcore.errors.kinds import Severity
from errcore.forks import ForkSafeLock, renew_in_children
from errcore.jsonsafe import one_line
from errcore.logs.categories import Category
from errcore.logs.line import line_of, timestamp

__all__ = ["LineLostError", "Sink"]

_PAUSE = 5.0  # seconds until it is tried again
_SILENCE = 60.0  # seconds between two complaints on standard error
_REASONS = 16  # that are told apart
_NAME = 200  # characters


class LineLostError(Exception):
    """A sink did not take a line. Raised inside errcore only, where whoever wrote the line counts it."""


class Sink(Closing, ABC):
    """A place for lines. To make one of your own, derive from it and say in `append` how a line is written.

    Args:
        name: What standard error and the log call it.

    >>> class Kept(Sink):
    ...     def __init__(self):
    ...         super().__init__("a list")
    ...         self.lines = []
    ...
    ...     def append(self, line):
    ...         self.lines.append(line)
    >>> sink = Kept()
    >>> sink.write("{}\\n"), sink.lines, sink.lost
    (True, ['{}\\n'], 0)
    """

    def __init__(self, name: str) -> None:
        self.name: str = one_line(name, _NAME)
        """What standard error and the log call it."""
        self.lost: int = 0
        """How many lines it did not take, since the process began."""
        self._counting = ForkSafeLock()
        self._failed_at: float | None = None  # on the monotonic clock; None while all is well
        self._said_at: float | None = None
        self._reason = ""
        self._since = 0.0
        self._untold: dict[str, int] = {}
        renew_in_children(self)

    @abstractmethod
    def append(self, line: str) -> None:
        """Write one line, which has its end; or raise, whatever it may be."""

    def write(self, line: str) -> bool:
        """Write one line. Never raises an Exception.

        Args:
            line: With its end, and without another one inside.

        Returns:
            Whether it was written.
        """
        if self._failed_at is not None and not self._ready():
            self._lose(None)
            return False
        try:
            if self._untold:
                self._own_up()
            self.append(line)
        except Exception as problem:  # noqa: BLE001 - a log that fails is not the caller's failure
            self._lose(problem)
            return False
        self._failed_at = None
        return True

    def close(self) -> None:
        """Let go of what is open; the next line opens it again."""

    def renew(self) -> None:
        """In a child that was just forked: what was lost before is the parent's to tell."""
        self._untold = {}

    def moved(self) -> bool:
        """Whether lines go to something else by now than what failed: then nothing is waited for."""
        return False

    def _ready(self) -> bool:
        failed_at = self._failed_at
        # A clock that stands before the failure is another one: time for one more attempt, too.
        waits = failed_at is not None and 0 <= clock.current().monotonic() - failed_at < _PAUSE
        return not waits or self.moved()

    def _own_up(self) -> None:
        """Say what was lost, now that writing may work again; what could not be said stays to be said."""
        with self._counting:
            lost, self._untold = self._untold, {}
        if not lost:
            return  # another thread says it
        now = clock.current().wall()
        line = line_of(
            {
                "timestamp": timestamp(now),
                "level": Severity.WARNING,
                "category": Category.APP,
                "event": "log_lines_lost",
                "sink": self.name,
                "lost": lost,
                "since": timestamp(self._since),
            }
        )
        try:
            self.append(line)
        except BaseException:
            with self._counting:
                for reason, count in lost.items():
                    self._untold[reason] = self._untold.get(reason, 0) + count
            raise

    def _lose(self, problem: Exception | None) -> None:
        now = clock.current()
        moment = now.monotonic()
        with self._counting:
            if problem is not None:
                self._reason = _reason_of(problem)
                self._failed_at = moment
            if not self._untold:
                self._since = now.wall()
            reason = self._reason if self._reason in self._untold or len(self._untold) < _REASONS else "other"
            self._untold[reason] = self._untold.get(reason, 0) + 1
            self.lost += 1
            silent = self._said_at is not None and 0 <= moment - self._said_at < _SILENCE
            if not silent:
                self._said_at = moment
        if not silent:
            self._complain()

    def _complain(self) -> None:
        with suppress(Exception):  # where standard error fails as well there is nobody left to tell
            sys.stderr.write(
                f"errcore cannot write to {self.name} ({self._reason}); lines lost so far: {self.lost}. "
                f"It is tried again every {_PAUSE:g} seconds.\n"
            )
            sys.stderr.flush()


def _reason_of(problem: Exception) -> str:
    """ENOSPC, EPIPE, ...: the name of the errno, else that of the type; never the text, which is a stranger's."""
    number = problem.errno if isinstance(problem, OSError) else None
    return errno.errorcode.get(number or 0) or one_line(type(problem).__name__, 64)
