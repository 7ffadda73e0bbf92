# SPDX-License-Identifier: MIT
"""The stock errors of what a service needs and does not have: dependencies that fail, and calls that were not made.

`RemoteError` is a barrier. Another service's answer is not ours: its 401 says that our call was wrong, so our own
client reads 502, and what was said over there stays in the log. Code on this side can still tell answers apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, overload

import attrs

from errcore.errors.app_error import AppError
from errcore.errors.classification import Classification, classify, verdict_for
from errcore.errors.fields import internal
from errcore.errors.kinds import Executed, Kind, Outcome, Retriable
from errcore.errors.told import Told

if TYPE_CHECKING:
    from errcore.errors.spec import ErrorSpec

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
    "RemoteError",
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


class _UpstreamCode:
    """`code` of a RemoteError: on the class our own code, on an error the upstream's, or None."""

    @overload
    def __get__(self, error: None, owner: type[RemoteError]) -> str: ...
    @overload
    def __get__(self, error: RemoteError, owner: type[RemoteError]) -> str | None: ...
    def __get__(self, error: RemoteError | None, owner: type[RemoteError]) -> str | None:
        return owner.spec.code if error is None else _told(error).code


class RemoteError(DependencyError, code="REMOTE_ERROR", status=502):
    """Another service answered with an error. Its answer is not ours: what it said stays internal.

    `errcore.from_response` makes one of any HTTP answer. `error.code` is the upstream's code, or None; the code that our
    own client reads is that of the class.

    A subclass with `kind=` and `status=` turns one answer into an error of our own: `raise OrderGone(upstream=error.upstream)`.

    Args:
        upstream: What it told; its `status` is the HTTP status of its answer.

    >>> from errcore.errors import Told
    >>> error = RemoteError(upstream=Told(code="ORDER_NOT_FOUND", kind="not_found", status=404))
    >>> error.code, error.is_not_found, classify(error).status, classify(error).code
    ('ORDER_NOT_FOUND', True, 502, 'REMOTE_ERROR')
    """

    code: ClassVar[_UpstreamCode] = _UpstreamCode()  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride]

    upstream: Told | None = internal(default=None)

    @property
    def is_not_found(self) -> bool:
        """Whether the upstream said that it has no such thing."""
        return _told(self).kind is Kind.NOT_FOUND

    @property
    def is_permission_denied(self) -> bool:
        """Whether the upstream said that we may not do this."""
        return _told(self).kind is Kind.PERMISSION_DENIED

    @property
    def is_retriable(self) -> bool:
        """Whether the same call may work later."""
        return bool(classify(self).retriable)

    def _errcore_verdict(self) -> Classification | None:
        from errcore.errors.upstream import verdict_on_answer  # only an upstream's failure needs it

        told = _told(self)
        if told.status is None:
            return None
        answer = verdict_on_answer(told.status)
        if told.status < 400:  # it did answer, and may have done what was asked
            answer = attrs.evolve(answer, executed=Executed.UNKNOWN)
        return _mapped(answer, told, type(self).spec)


_NOTHING = Told()


def _told(error: RemoteError) -> Told:
    """What the upstream told; nothing where something else was put in its place."""
    told: object = error.upstream
    return told if type(told) is Told else _NOTHING


def _mapped(answer: Classification, told: Told, spec: ErrorSpec) -> Classification:
    """The verdict on an answer, with what the class declares in its place.

    A class with a kind of its own says what the failure is on this side; whether the dependency is alive, and what it
    may have done, is still the answer's to say.
    """
    own = RemoteError.spec
    changes: dict[str, Any] = {"code": spec.code, "category": spec.category}
    changes |= {name: getattr(spec, name) for name in _DECLARABLE if name in spec.explicit}
    if spec.status != own.status:
        changes["status"] = spec.status
    if spec.kind is own.kind:
        changes.setdefault("retriable", _retriable(answer.retriable, told.retriable))
        return attrs.evolve(answer, **changes)
    changes |= {"status": spec.status, "outcome": answer.outcome, "executed": answer.executed}
    return verdict_for(spec.kind, cost=answer.cost, **changes)


_DECLARABLE = ("fault", "severity", "retriable", "recoverable")


def _retriable(by_status: Retriable, told: bool | None) -> Retriable:
    """What the status says, unless the service said otherwise; a plain "yes" does not make a call repeatable."""
    if told is None:
        return by_status
    if not told:
        return Retriable.NO
    return by_status or Retriable.YES


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
