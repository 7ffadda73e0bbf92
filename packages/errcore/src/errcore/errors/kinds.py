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
    "outcome_of",
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
        code: The generic code, where nobody declared one.
        status: HTTP status (RFC 9110; 499 is the common private code for a client that went away).
        grpc_status: Number of the gRPC code.
        fault: Whose failure it is.
        retriable: Whether the same request may succeed later.
        severity: How loud the log line is.
        executed: Whether the work may have happened.
        cost: What a retry costs the dependency.
        ws_close: Close code of a websocket (RFC 6455 section 7.4 and the IANA registry).
        sentence: What the client reads where nothing was declared public.
    """

    code: str
    status: int
    grpc_status: int
    fault: Fault
    retriable: Retriable
    severity: Severity
    executed: Executed
    cost: Cost
    ws_close: int
    sentence: str


def outcome_of(fault: Fault) -> Outcome:
    """What a policy makes of a failure raised on this side of the wire, by whose failure it is.

    A caller's fault says nothing about a dependency; every other failure counts.

    >>> outcome_of(Fault.CALLER), outcome_of(Fault.DEPENDENCY)
    (<Outcome.DROPPED: 'dropped'>, <Outcome.FAILED: 'failed'>)
    """
    return Outcome.DROPPED if fault is Fault.CALLER else Outcome.FAILED


_CALLER = KindRule(
    code="INVALID_REQUEST",
    status=400,
    grpc_status=3,
    fault=Fault.CALLER,
    retriable=Retriable.NO,
    severity=Severity.INFO,
    executed=Executed.NO,
    cost=Cost.PLAIN,
    ws_close=1008,
    sentence="The request is not valid.",
)
_DEPENDENCY = KindRule(
    code="SERVICE_UNAVAILABLE",
    status=503,
    grpc_status=14,
    fault=Fault.DEPENDENCY,
    retriable=Retriable.YES,
    severity=Severity.WARNING,
    executed=Executed.UNKNOWN,
    cost=Cost.PLAIN,
    ws_close=1013,
    sentence="The service is temporarily unavailable; try again later.",
)
_SELF = KindRule(
    code="INTERNAL_ERROR",
    status=500,
    grpc_status=13,
    fault=Fault.SELF,
    retriable=Retriable.NO,
    severity=Severity.ERROR,
    executed=Executed.UNKNOWN,
    cost=Cost.PLAIN,
    ws_close=1011,
    sentence="An internal error occurred.",
)

# Each kind says what sets it apart from the kinds of the same fault.
KIND_RULES: dict[Kind, KindRule] = {
    Kind.INVALID_ARGUMENT: _CALLER,
    Kind.OUT_OF_RANGE: attrs.evolve(
        _CALLER, grpc_status=11, sentence="The request is out of the valid range."
    ),
    Kind.FAILED_PRECONDITION: attrs.evolve(
        _CALLER, grpc_status=9, sentence="The request cannot be carried out in the current state."
    ),
    Kind.UNAUTHENTICATED: attrs.evolve(
        _CALLER,
        code="AUTHENTICATION_REQUIRED",
        status=401,
        grpc_status=16,
        ws_close=3000,
        sentence="Authentication is required.",
    ),
    Kind.PERMISSION_DENIED: attrs.evolve(
        _CALLER,
        code="PERMISSION_DENIED",
        status=403,
        grpc_status=7,
        ws_close=3003,
        sentence="You are not allowed to do this.",
    ),
    Kind.NOT_FOUND: attrs.evolve(
        _CALLER,
        code="NOT_FOUND",
        status=404,
        grpc_status=5,
        sentence="The requested resource was not found.",
    ),
    Kind.ALREADY_EXISTS: attrs.evolve(
        _CALLER, code="ALREADY_EXISTS", status=409, grpc_status=6, sentence="The resource already exists."
    ),
    Kind.ABORTED: attrs.evolve(
        _CALLER,
        code="CONFLICT",
        status=409,
        grpc_status=10,
        retriable=Retriable.YES,
        ws_close=1013,
        sentence="The request conflicted with another one; try again.",
    ),
    Kind.RESOURCE_EXHAUSTED: attrs.evolve(
        _CALLER,
        code="RATE_LIMIT_EXCEEDED",
        status=429,
        grpc_status=8,
        retriable=Retriable.YES,
        cost=Cost.SLOW,
        ws_close=1013,
        sentence="A limit was reached, or a resource is used up.",
    ),
    Kind.CANCELLED: attrs.evolve(
        _CALLER,
        code="REQUEST_CANCELLED",
        status=499,
        grpc_status=1,
        executed=Executed.UNKNOWN,
        ws_close=1001,
        sentence="The request was cancelled.",
    ),
    Kind.UNAVAILABLE: _DEPENDENCY,
    Kind.DEADLINE_EXCEEDED: attrs.evolve(
        _DEPENDENCY,
        code="DEADLINE_EXCEEDED",
        status=504,
        grpc_status=4,
        retriable=Retriable.IF_IDEMPOTENT,
        cost=Cost.SLOW,
        ws_close=3008,
        sentence="The service did not answer in time.",
    ),
    Kind.INTERNAL: _SELF,
    Kind.UNKNOWN: attrs.evolve(_SELF, grpc_status=2),
    Kind.UNIMPLEMENTED: attrs.evolve(
        _SELF,
        code="OPERATION_UNSUPPORTED",
        status=501,
        grpc_status=12,
        sentence="This operation is not supported.",
    ),
    Kind.DATA_LOSS: attrs.evolve(
        _SELF,
        code="DATA_INTEGRITY_ERROR",
        grpc_status=15,
        sentence="The requested data cannot be read.",
    ),
}
