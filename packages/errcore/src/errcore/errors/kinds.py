# SPDX-License-Identifier: MIT
"""The vocabulary of verdicts: sixteen kinds of failure, and what each implies until somebody says otherwise.

The kinds are the error codes of gRPC (https://grpc.io/docs/guides/status-codes/). `KIND_RULES` is the one table from
which status, fault, retriability, severity and websocket close code follow.
"""

from __future__ import annotations

from enum import StrEnum

import attrs

__all__ = [
    "KIND_RULES",
    "Cost",
    "Executed",
    "Fault",
    "Kind",
    "KindRule",
    "Outcome",
    "Retriable",
    "Severity",
]


class Kind(StrEnum):
    """What sort of failure it is, in the vocabulary of gRPC."""

    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    INVALID_ARGUMENT = "invalid_argument"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    NOT_FOUND = "not_found"
    ALREADY_EXISTS = "already_exists"
    PERMISSION_DENIED = "permission_denied"
    RESOURCE_EXHAUSTED = "resource_exhausted"
    FAILED_PRECONDITION = "failed_precondition"
    ABORTED = "aborted"
    OUT_OF_RANGE = "out_of_range"
    UNIMPLEMENTED = "unimplemented"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"
    DATA_LOSS = "data_loss"
    UNAUTHENTICATED = "unauthenticated"


class Fault(StrEnum):
    """Whose failure it is: who is paged, and whether a breaker counts it."""

    CALLER = "caller"
    SELF = "self"
    DEPENDENCY = "dependency"
    ENVIRONMENT = "environment"


class Severity(StrEnum):
    """How loud the log line is; the values are the names of log levels."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class Retriable(StrEnum):
    """Whether the same request may succeed later. NO is falsy.

    >>> bool(Retriable.NO), bool(Retriable.IF_IDEMPOTENT)
    (False, True)
    """

    NO = "no"
    YES = "yes"
    IF_IDEMPOTENT = "if_idempotent"

    def __bool__(self) -> bool:
        return self is not Retriable.NO


class Outcome(StrEnum):
    """What a policy makes of a call: it worked, it failed, or it says nothing about the dependency."""

    OK = "ok"
    FAILED = "failed"
    DROPPED = "dropped"


class Executed(StrEnum):
    """Whether the work may have happened although an error came back."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Cost(StrEnum):
    """What a retry of this failure costs the dependency: a slow failure held its resources for the whole wait."""

    PLAIN = "plain"
    SLOW = "slow"


@attrs.frozen
class KindRule:
    """What a kind implies.

    Attributes:
        status: HTTP status (RFC 9110; 499 is the common private code for a client that went away).
        grpc_status: Number of the gRPC code.
        fault: Whose failure it is.
        retriable: Whether the same request may succeed later.
        severity: How loud the log line is.
        outcome: What a policy makes of it when it was raised on this side of the wire.
        executed: Whether the work may have happened.
        cost: What a retry costs the dependency.
        ws_close: Close code of a websocket (RFC 6455 section 7.4 and the IANA registry).
        sentence: What the client reads where nothing was declared public.
    """

    status: int
    grpc_status: int
    fault: Fault
    retriable: Retriable
    severity: Severity
    outcome: Outcome
    executed: Executed
    cost: Cost
    ws_close: int
    sentence: str


def _caller(
    status: int,
    grpc: int,
    ws: int,
    sentence: str,
    *,
    retriable: Retriable = Retriable.NO,
    cost: Cost = Cost.PLAIN,
) -> KindRule:
    return KindRule(
        status, grpc, Fault.CALLER, retriable, Severity.INFO, Outcome.DROPPED, Executed.NO, cost, ws, sentence
    )


def _ours(status: int, grpc: int, sentence: str) -> KindRule:
    return KindRule(
        status,
        grpc,
        Fault.SELF,
        Retriable.NO,
        Severity.ERROR,
        Outcome.FAILED,
        Executed.UNKNOWN,
        Cost.PLAIN,
        1011,
        sentence,
    )


def _dependency(
    status: int, grpc: int, ws: int, sentence: str, *, retriable: Retriable, cost: Cost
) -> KindRule:
    return KindRule(
        status,
        grpc,
        Fault.DEPENDENCY,
        retriable,
        Severity.WARNING,
        Outcome.FAILED,
        Executed.UNKNOWN,
        cost,
        ws,
        sentence,
    )


KIND_RULES: dict[Kind, KindRule] = {
    Kind.INVALID_ARGUMENT: _caller(400, 3, 1008, "The request is not valid."),
    Kind.OUT_OF_RANGE: _caller(400, 11, 1008, "The request is out of the valid range."),
    Kind.FAILED_PRECONDITION: _caller(
        400, 9, 1008, "The request cannot be carried out in the current state."
    ),
    Kind.UNAUTHENTICATED: _caller(401, 16, 3000, "Authentication is required."),
    Kind.PERMISSION_DENIED: _caller(403, 7, 3003, "You are not allowed to do this."),
    Kind.NOT_FOUND: _caller(404, 5, 1008, "The requested resource was not found."),
    Kind.ALREADY_EXISTS: _caller(409, 6, 1008, "The resource already exists."),
    Kind.ABORTED: _caller(
        409, 10, 1013, "The request conflicted with another one; try again.", retriable=Retriable.YES
    ),
    Kind.RESOURCE_EXHAUSTED: _caller(
        429,
        8,
        1013,
        "A limit was reached, or a resource is used up.",
        retriable=Retriable.YES,
        cost=Cost.SLOW,
    ),
    Kind.CANCELLED: attrs.evolve(
        _caller(499, 1, 1001, "The request was cancelled."), severity=Severity.INFO, executed=Executed.UNKNOWN
    ),
    Kind.UNAVAILABLE: _dependency(
        503,
        14,
        1013,
        "The service is temporarily unavailable; try again later.",
        retriable=Retriable.YES,
        cost=Cost.PLAIN,
    ),
    Kind.DEADLINE_EXCEEDED: _dependency(
        504,
        4,
        3008,
        "The service did not answer in time.",
        retriable=Retriable.IF_IDEMPOTENT,
        cost=Cost.SLOW,
    ),
    Kind.INTERNAL: _ours(500, 13, "An internal error occurred."),
    Kind.UNKNOWN: _ours(500, 2, "An internal error occurred."),
    Kind.UNIMPLEMENTED: _ours(501, 12, "This operation is not supported."),
    Kind.DATA_LOSS: _ours(500, 15, "The requested data cannot be read."),
}
