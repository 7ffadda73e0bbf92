# SPDX-License-Identifier: MIT
"""The error log: one line for each reported error, written through structlog or a logger of yours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore.errors.kinds import Severity
from errcore.logs.categories import Category
from errcore.logs.destination import Destination
from errcore.logs.record import EVENT, add_fields
from errcore.mishaps import Mishaps

if TYPE_CHECKING:
    from errcore.errors.occurrence import Occurrence
    from errcore.redaction import Redactor


__all__ = ["ErrorLog"]


class ErrorLog:
    """Writes occurrences.

    Without a `logger` each becomes one line of JSON where `configure` says, which is standard output until somebody calls
    it. A `Sink` gets the same line. A logger of `logging` gets it as its message, and the fields as `record.errcore`. Any
    other logger gets `logger.<level>("error_reported", **fields)`, as structlog's loggers take it.

    Args:
        service: The name in the `service` field.
        level: Occurrences of less severity are not written.
        logger: Where to write: a sink or a logger; where `configure` says if None.
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
        self._destination = Destination(logger, level, Category.ERRORS)
        self._service = service
        self._redactor = redactor

    def write(self, occurrence: Occurrence) -> bool:
        """Write one occurrence. Never raises an Exception: what fails is counted.

        Returns:
            Whether the line went out: not where its level is below ours, nor where the logger failed.
        """
        try:
            severity = occurrence.verdict.severity
            if not self._destination.takes(severity):
                return False
            self._destination.write(
                severity,
                EVENT,
                occurrence.time,
                lambda fields: add_fields(fields, occurrence, self._service, self._redactor),
            )
        except Exception as problem:  # noqa: BLE001 - a log that fails is not the caller's failure
            self._mishaps.note("the error log", problem)
            return False
        return True

    @property
    def failures(self) -> int:
        """How many lines could not be written. The first is said on the logger "errcore"."""
        return self._mishaps.count
