# SPDX-License-Identifier: MIT
"""The error log: one line for each reported error, written through structlog or a logger of yours.

structlog is set up here for ourselves alone: a logger with its own processors ignores `structlog.configure`. One
processor does all the work and the encoder is kept, which costs a third of the usual chain.
"""

from __future__ import annotations

import logging
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from errcore.errors.kinds import Severity
from errcore.logs.line import line_of, timestamp
from errcore.logs.record import EVENT, add_fields, fields_of
from errcore.mishaps import Mishaps

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore.errors.occurrence import Occurrence
    from errcore.redaction import Redactor


__all__ = ["ErrorLog"]

_LEVELS = {
    Severity.DEBUG: logging.DEBUG,
    Severity.INFO: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.ERROR: logging.ERROR,
    Severity.CRITICAL: logging.CRITICAL,
}


class ErrorLog:
    """Writes occurrences.

    Without a `logger` each becomes one line of JSON on standard output, whichever stream that is at the time. A logger
    of `logging` gets the same line as its message, and the fields as `record.errcore`. Any other logger gets
    `logger.<level>("error_reported", **fields)`, as structlog's loggers take it.

    Args:
        service: The name in the `service` field.
        level: Occurrences of less severity are not written.
        logger: Where to write instead of standard output.
        redactor: What cleans actor, tenant and operation; the rest of an occurrence is clean already.

    >>> from errcore import NotFoundError, Occurrence
    >>> class Shown:
    ...     def info(self, event, **fields):
    ...         print(event, fields["code"], fields["message"])
    >>> ErrorLog(logger=Shown()).write(Occurrence.of(NotFoundError("No such agent.")))
    error_reported NOT_FOUND No such agent.
    True
    """

    def __init__(
        self,
        *,
        service: str | None = None,
        level: Severity = Severity.INFO,
        logger: Any = None,
        redactor: Redactor | None = None,
    ) -> None:
        self._mishaps = Mishaps()
        self._level = _LEVELS[level]
        self._fields = partial(fields_of, service=service, redactor=redactor)
        self._write: Callable[[Severity, Occurrence], object]
        if logger is None:
            self._write = _structlog_writer(service, redactor, self._level)
        elif isinstance(logger, logging.Logger | logging.LoggerAdapter):
            self._write = self._stdlib_writer(logger)  # pyright: ignore[reportUnknownArgumentType]
        else:
            self._write = self._foreign_writer(logger)

    def write(self, occurrence: Occurrence) -> bool:
        """Write one occurrence. Never raises an Exception: what fails is counted.

        Returns:
            Whether the line went out: not where its level is below ours, nor where the logger failed.
        """
        try:
            severity = occurrence.verdict.severity
            if _LEVELS[severity] < self._level:
                return False
            self._write(severity, occurrence)
        except Exception as problem:  # noqa: BLE001 - a log that fails is not the caller's failure
            self._mishaps.note("the error log", problem)
            return False
        return True

    @property
    def failures(self) -> int:
        """How many lines could not be written. The first is said on the logger "errcore"."""
        return self._mishaps.count

    def _stdlib_writer(
        self, logger: logging.Logger | logging.LoggerAdapter[Any]
    ) -> Callable[[Severity, Occurrence], object]:
        def write(severity: Severity, occurrence: Occurrence) -> None:
            level = _LEVELS[severity]
            if logger.isEnabledFor(level):
                fields = self._fields(occurrence)
                logger.log(level, line_of({"event": EVENT, **fields})[:-1], extra={"errcore": fields})

        return write

    def _foreign_writer(self, logger: Any) -> Callable[[Severity, Occurrence], object]:
        def write(severity: Severity, occurrence: Occurrence) -> None:
            getattr(logger, severity)(EVENT, **self._fields(occurrence))

        return write


class _StandardOutput:
    """What structlog writes to. Standard output is looked up each time, because tests and servers replace it."""

    @staticmethod
    def error(line: str) -> None:
        # One call, so that lines of several threads do not mix; flushed, for the next thing may be a crash.
        stream = sys.stdout
        stream.write(line)
        stream.flush()

    debug = info = warning = critical = error


def _structlog_writer(
    service: str | None, redactor: Redactor | None, level: int
) -> Callable[[Severity, Occurrence], object]:
    import structlog  # here, because it is dear and most of those who import errcore never write a line

    def processor(_logger: object, name: str, event: Any) -> str:
        """The whole chain: stamp, fields, JSON."""
        occurrence: Occurrence = event["occurrence"]
        fields: dict[str, object] = {"timestamp": timestamp(occurrence.time), "level": name, "event": EVENT}
        add_fields(fields, occurrence, service, redactor)
        return line_of(fields)

    bound = structlog.wrap_logger(
        _StandardOutput(),
        processors=[processor],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        context_class=dict,
        cache_logger_on_first_use=True,
    ).bind()
    methods: dict[Severity, Callable[..., object]] = {
        severity: getattr(bound, severity) for severity in Severity
    }

    def write(severity: Severity, occurrence: Occurrence) -> None:
        methods[severity](EVENT, occurrence=occurrence)

    return write
