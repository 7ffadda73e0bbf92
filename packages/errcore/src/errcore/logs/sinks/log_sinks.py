# SPDX-License-Identifier: MIT
"""Where each sort of line goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from errcore.logs.categories import Category
from errcore.logs.sinks.file_sink import FileSink
from errcore.logs.sinks.sink import Sink

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["LogSinks", "log_directory"]


@attrs.frozen(kw_only=True)
class LogSinks:
    """A place for each sort of line: a sink, a logger of `logging` or structlog, or None for standard output.

    Attributes:
        app: For what errcore does: retries, breakers.
        errors: For reported errors.
        security: For what `log_security_event` is told. Levels of a logger of `logging` do not count for it.
        performance: For what `log_performance_metric` is told.

    >>> LogSinks().place(Category.ERRORS) is None
    True
    """

    app: Any = None
    errors: Any = None
    security: Any = None
    performance: Any = None

    def place(self, category: Category) -> Any:
        """The place for lines of one sort."""
        return getattr(self, category)

    def close(self) -> None:
        """Close the sinks; the next line opens what it needs again."""
        for category in Category:
            place = self.place(category)
            if isinstance(place, Sink):
                place.close()


def log_directory(
    path: str | PathLike[str],
    *,
    max_bytes: int = 10 * 2**20,
    files: int = 5,
    total_bytes: int | None = None,
    fsync: bool = False,
) -> LogSinks:
    """Four files in a directory: app.log, errors.log, security.log and performance.log, each with its old ones.

    Those of security events only their owner can read (mode 0600), the others its group, too (0640).

    Args:
        path: Of the directory, which is made with the first line.
        max_bytes: Bytes of one file at most.
        files: How many files of each sort there may be, the current one included.
        total_bytes: Bytes of all files of one sort at most; `files * max_bytes` if None.
        fsync: Whether each security event is on the disk itself before the call returns: then it survives the loss of
            power, and takes milliseconds. That of the process it survives anyway.

    Raises:
        errcore.ConfigurationError: As of `FileSink`.

    >>> sinks = log_directory("/var/log/agents")
    >>> sinks.errors.path
    '/var/log/agents/errors.log'
    """
    security = Category.SECURITY
    return LogSinks(
        **{
            category.value: FileSink(
                Path(path, f"{category}.log"),
                max_bytes=max_bytes,
                files=files,
                total_bytes=total_bytes,
                mode=0o600 if category is security else 0o640,
                fsync=fsync and category is security,
            )
            for category in Category
        }
    )
