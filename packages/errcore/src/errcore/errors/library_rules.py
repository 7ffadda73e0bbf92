# SPDX-License-Identifier: MIT
"""Verdicts on the exceptions of well-known libraries, by dotted name: none of them is imported.

Rules that read the object touch documented attributes only; what is not as documented counts as no opinion.
"""

from __future__ import annotations

from typing import Any

from errcore.errors.builtin_rules import UNEXPECTED
from errcore.errors.classification import Classification, verdict_for
from errcore.errors.databases.rules import DATABASE_RULES
from errcore.errors.kinds import Cost, Executed, Kind, Outcome, Retriable
from errcore.errors.rules import Rule
from errcore.errors.upstream import verdict_on_answer, verdict_on_grpc

__all__ = ["LIBRARY_RULES"]

_TIMED_OUT = verdict_for(Kind.DEADLINE_EXCEEDED)
_NEVER_SENT_IN_TIME = verdict_for(Kind.DEADLINE_EXCEEDED, retriable=Retriable.YES, executed=Executed.NO)
_NEVER_SENT = verdict_for(Kind.UNAVAILABLE, executed=Executed.NO)
_BROKEN_OFF = verdict_for(Kind.UNAVAILABLE, retriable=Retriable.IF_IDEMPOTENT)
_GARBLED = verdict_for(Kind.UNAVAILABLE, code="REMOTE_ERROR", status=502, retriable=Retriable.NO)
_POOL_EMPTY = verdict_for(Kind.UNAVAILABLE, executed=Executed.NO, cost=Cost.SLOW)
_LOST_RACE = verdict_for(Kind.ABORTED, outcome=Outcome.OK)
_MISCONFIGURED = verdict_for(Kind.INTERNAL, code="CONFIGURATION_INVALID", expected=False)
_DEPENDENCY_FULL = verdict_for(Kind.UNAVAILABLE, retriable=Retriable.NO, executed=Executed.NO)
# By this code adapters know that nobody is there any more to be answered.
_DISCONNECTED = verdict_for(Kind.CANCELLED, code="CLIENT_DISCONNECTED")


def _http_response(exc: Any) -> Classification | None:
    response = exc.response
    return verdict_on_answer(int(response.status_code), response.headers.get("retry-after"))


_AWS_THROTTLING = frozenset(
    {
        *(
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottled",
            "TooManyRequestsException",
        ),
        *("RequestThrottledException", "RequestLimitExceeded", "BandwidthLimitExceeded", "SlowDown"),
        *("ProvisionedThroughputExceededException", "LimitExceededException", "PriorRequestNotComplete"),
    }
)


def _aws(exc: Any) -> Classification | None:
    if exc.response["Error"]["Code"] in _AWS_THROTTLING:
        return verdict_on_answer(429)
    return verdict_on_answer(int(exc.response["ResponseMetadata"]["HTTPStatusCode"]))


def _grpc(exc: Any) -> Classification | None:
    return verdict_on_grpc(exc.code().name)


def _rules(module: str, table: dict[str, Classification]) -> tuple[Rule, ...]:
    return tuple(Rule(f"{module}:{name}", verdict) for name, verdict in table.items())


_HTTPX = {
    "ConnectTimeout": _NEVER_SENT_IN_TIME,
    "PoolTimeout": _POOL_EMPTY,
    "TimeoutException": _TIMED_OUT,
    "ConnectError": _NEVER_SENT,
    "UnsupportedProtocol": UNEXPECTED,
    "LocalProtocolError": UNEXPECTED,
    "DecodingError": _GARBLED,
    "TransportError": _BROKEN_OFF,
}

LIBRARY_RULES: tuple[Rule, ...] = (
    *_rules("httpx", _HTTPX),
    Rule("httpx:HTTPStatusError", _GARBLED, _http_response),
    *_rules("httpx2", _HTTPX),
    Rule("httpx2:HTTPStatusError", _GARBLED, _http_response),
    *_rules(
        "requests.exceptions",
        {
            "ConnectTimeout": _NEVER_SENT_IN_TIME,
            "Timeout": _TIMED_OUT,
            "ConnectionError": _BROKEN_OFF,
            "ChunkedEncodingError": _BROKEN_OFF,
            "ContentDecodingError": _GARBLED,
            "JSONDecodeError": _GARBLED,
            "RetryError": _BROKEN_OFF,
        },
    ),
    Rule("requests.exceptions:HTTPError", _GARBLED, _http_response),
    *DATABASE_RULES,
    *_rules(
        "redis.exceptions",
        {
            "AuthenticationError": _MISCONFIGURED,
            "TimeoutError": _TIMED_OUT,
            "ConnectionError": _BROKEN_OFF,
            "BusyLoadingError": _NEVER_SENT,
            "ReadOnlyError": _NEVER_SENT,
            "TryAgainError": _NEVER_SENT,
            "ClusterDownError": _NEVER_SENT,
            "OutOfMemoryError": _DEPENDENCY_FULL,
            "WatchError": _LOST_RACE,
        },
    ),
    # A model that does not fit inside our own code is our bug, whoever's data it was; pydantic re-exports the class.
    Rule("pydantic:ValidationError", UNEXPECTED),
    Rule("pydantic_core:ValidationError", UNEXPECTED),
    *_rules(
        "botocore.exceptions",
        {
            "ConnectTimeoutError": _NEVER_SENT_IN_TIME,
            "ReadTimeoutError": _TIMED_OUT,
            "EndpointConnectionError": _NEVER_SENT,
            "ConnectionClosedError": _BROKEN_OFF,
            "HTTPClientError": _BROKEN_OFF,
            "NoCredentialsError": _MISCONFIGURED,
            "PartialCredentialsError": _MISCONFIGURED,
        },
    ),
    Rule("botocore.exceptions:ClientError", _GARBLED, _aws),
    Rule("grpc:RpcError", _BROKEN_OFF, _grpc),
    Rule("starlette.requests:ClientDisconnect", _DISCONNECTED),
    Rule("starlette.websockets:WebSocketDisconnect", _DISCONNECTED),
    Rule("litestar.exceptions.websocket_exceptions:WebSocketDisconnect", _DISCONNECTED),
    Rule("uvicorn.protocols.utils:ClientDisconnected", _DISCONNECTED),
)
