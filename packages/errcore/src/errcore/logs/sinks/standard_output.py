# SPDX-License-Identifier: MIT
"""Standard output, whichever stream that is at the time, as a place for lines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from errcore.logs.sinks.sink import Sink

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["StandardOutput"]


class StandardOutput(Sink):
    """Lines on standard output. It is looked up for each line, because tests and servers replace it.

    >>> StandardOutput().write("{}\\n")
    {}
    True
    """

    def __init__(self) -> None:
        super().__init__("standard output")
        self._broken: TextIO | None = None

    def append(self, line: str) -> None:
        """Write one line, in one call, so that lines of several threads do not mix; flushed, for a crash may follow."""
        stream = sys.stdout
        if self._broken is not None:
            # It may have taken a part of the last line, which must not swallow this one.
            line = f"\n{line}" if stream is self._broken else line
        try:
            stream.write(line)
            stream.flush()
        except BaseException:
            self._broken = stream
            raise
        self._broken = None

    def moved(self) -> bool:
        """Whether somebody has put another stream in the place of the broken one."""
        return sys.stdout is not self._broken
