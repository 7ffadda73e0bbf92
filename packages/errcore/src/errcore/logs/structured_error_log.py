# SPDX-License-Identifier: MIT
"""Errors of agents, written down with what they were about: the tool that failed, the conversation it failed in.

How loud a line is follows from the verdict, and so does whether it has a traceback: a rejected input has none, a bug has.
Arguments of tools and words of users are not looked for; what shall be in a line is named, and redacted like all fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from errcore import context as ambient
from errcore.errors.kinds import Severity
from errcore.errors.occurrence import Occurrence
from errcore.errors.reported import reported_in
from errcore.logs.error_log import ErrorLog

if TYPE_CHECKING:
    from errcore.redaction import Redactor

__all__ = ["Reports", "StructuredErrorLog"]


class Reports(Protocol):
    """Whatever reports an exception once and counts it; a `Runtime` does."""

    def report(self, exc: BaseException, /, **context: Any) -> Occurrence:
        """Write an exception down, with facts."""
        ...


class StructuredErrorLog:
    """Writes errors with fields of your own.

    An exception that was reported already, by a runtime or by an adapter, is not written again.

    Args:
        runtime: Reports what is logged here, so that it is counted and not written twice when it travels on. None for a
            log that stands alone.
        service: The name in the `service` field; that of the runtime if there is one.
        level: What is less severe is not written.
        logger: Where to write: a sink or a logger; where `configure` says if None.
        redactor: What cleans the fields.
        fields: Facts for every line.

    >>> from errcore import ToolError
    >>> class Shown:
    ...     def warning(self, event, **fields):
    ...         print(fields["code"], fields["fields"])
    >>> log = StructuredErrorLog(logger=Shown(), agent="planner")
    >>> occurrence = log.log_tool_error(ToolError("no answer"), "search", customer_id="c1")
    TOOL_EXECUTION_FAILED {'agent': 'planner', 'tool_name': 'search', 'customer_id': 'c1'}
    """

    def __init__(
        self,
        runtime: Reports | None = None,
        /,
        *,
        service: str | None = None,
        level: Severity = Severity.INFO,
        logger: Any = None,
        redactor: Redactor | None = None,
        **fields: object,
    ) -> None:
        self._fields = fields
        self._reports: Reports
        if runtime is None:
            log = ErrorLog(service=service, level=level, logger=logger, redactor=redactor)
            self._reports = _Alone(log, redactor)
        else:
            self._reports = runtime

    def log_error(self, exc: BaseException, /, **fields: object) -> Occurrence:
        """Write an error. Never raises an Exception.

        Args:
            exc: What was caught.
            fields: Facts for the line; `actor`, `tenant` and `operation` have places of their own.

        Returns:
            What happened; what is shown of it to users is `occurrence.message`.
        """
        return self._reports.report(exc, **{**self._fields, **fields})

    def log_tool_error(
        self, exc: BaseException, tool_name: str, /, *, customer_id: str | None = None, **fields: object
    ) -> Occurrence:
        """Write the failure of a tool. Never raises an Exception.

        Args:
            exc: What was caught.
            tool_name: Of the tool.
            customer_id: For whom it worked.
            fields: More facts. The arguments of the tool are none of them unless you pass them.
        """
        return self.log_error(exc, tool_name=tool_name, **_known(customer_id=customer_id), **fields)

    def log_conversation_error(
        self, exc: BaseException, conversation_id: str, /, *, customer_id: str | None = None, **fields: object
    ) -> Occurrence:
        """Write an error in a conversation. Never raises an Exception.

        Args:
            exc: What was caught.
            conversation_id: Of the conversation.
            customer_id: With whom.
            fields: More facts. What the user said is none of them unless you pass it.
        """
        return self.log_error(
            exc, conversation_id=conversation_id, **_known(customer_id=customer_id), **fields
        )


class _Alone:
    """Reports to a log of its own, for who has no runtime."""

    def __init__(self, log: ErrorLog, redactor: Redactor | None) -> None:
        self._log = log
        self._redactor = redactor

    def report(self, exc: BaseException, /, **context: Any) -> Occurrence:
        here = ambient.current()
        known = reported_in(exc, here.ids)
        if known is not None:
            return known
        occurrence = Occurrence.of(exc, here.with_facts(context), phase="report", redactor=self._redactor)
        self._log.write(occurrence)
        return occurrence


def _known(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}
