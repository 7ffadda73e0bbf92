# SPDX-License-Identifier: MIT
"""The stock errors of what a service needs and does not have: dependencies that fail, and calls that were not made.

What another service answered is in `errcore.errors.remote`.
"""

from __future__ import annotations

from typing import ClassVar

from errcore.errors.app_error import AppError
from errcore.errors.fields import internal
from errcore.errors.kinds import Executed, Outcome

__all__ = [
    "BulkheadFullError",
    "CacheError",
    "CallLimitedError",
    "CircuitOpenError",
    "ConnectivityError",
    "DatabaseError",
    "DependencyError",
    "EmailError",
    "RejectedError",
    "StorageError",
    "ToolError",
    "UnavailableError",
]


class UnavailableError(AppError, code="SERVICE_UNAVAILABLE", kind="unavailable"):
    """This service, or one behind it, cannot answer now."""


class DependencyError(UnavailableError, code="DEPENDENCY_FAILED"):
    """Something that this service needs failed.

    Args:
        service: Which one; for the log.
    """

    service: str | None = internal(default=None)


class ConnectivityError(DependencyError, code="CONNECTION_FAILED"):
    """It could not be reached."""


class DatabaseError(DependencyError, code="DATABASE_ERROR"):
    """The database failed."""


class StorageError(DependencyError, code="STORAGE_ERROR"):
    """The file or object storage failed."""


class CacheError(DependencyError, code="CACHE_ERROR"):
    """The cache failed."""


class EmailError(DependencyError, code="EMAIL_ERROR"):
    """The mail could not be handed over."""


class ToolError(DependencyError, code="TOOL_EXECUTION_FAILED"):
    """A tool that an agent called failed."""


class RejectedError(UnavailableError, code="CALL_REJECTED"):
    """A policy on this side refused the call; nothing was sent, so it says nothing about the dependency.

    Args:
        policy: Which one; for the log.
    """

    _errcore_outcome: ClassVar[Outcome] = Outcome.DROPPED
    _errcore_executed: ClassVar[Executed] = Executed.NO

    policy: str | None = internal(default=None)


class CircuitOpenError(RejectedError, code="CIRCUIT_OPEN"):
    """The breaker is open: the dependency has been failing."""


class BulkheadFullError(RejectedError, code="BULKHEAD_FULL"):
    """Too many calls are under way."""


class CallLimitedError(RejectedError, code="CALL_LIMITED"):
    """Our own limit on outbound calls is used up; never the client's 429."""
