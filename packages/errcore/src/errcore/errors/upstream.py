# SPDX-License-Identifier: MIT
"""Verdicts on what another service answered.

An upstream's refusal is not ours: its 401 or 404 says that our call was wrong, so our own client reads 502. It did
answer, though, so a breaker counts its caller faults as life.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore import clock
from errcore.errors.classification import Classification, finite_seconds, verdict_for
from errcore.errors.kinds import KIND_RULES, Cost, Executed, Fault, Kind, Outcome, Retriable

if TYPE_CHECKING:
    from datetime import timezone

__all__ = ["kind_of_status", "parse_retry_after", "verdict_on_answer", "verdict_on_grpc"]

_RETRY_AFTER_LENGTH = 64

_REFUSED = verdict_for(
    Kind.UNAVAILABLE,
    code="REMOTE_ERROR",
    status=502,
    retriable=Retriable.NO,
    outcome=Outcome.OK,
    executed=Executed.NO,
)
_FAILED = verdict_for(Kind.UNAVAILABLE, code="REMOTE_ERROR", status=502, retriable=Retriable.IF_IDEMPOTENT)
_THROTTLED = verdict_for(Kind.UNAVAILABLE, outcome=Outcome.OK, executed=Executed.NO, cost=Cost.SLOW)
_OVERLOADED = verdict_for(Kind.UNAVAILABLE, cost=Cost.SLOW)
_TIMED_OUT = verdict_for(Kind.DEADLINE_EXCEEDED)


def verdict_on_answer(status: int, retry_after: str | None = None) -> Classification:
    """The verdict on an HTTP answer of another service.

    Args:
        status: Its status code.
        retry_after: Its `Retry-After` header, if any.

    >>> verdict_on_answer(401).status, verdict_on_answer(401).outcome
    (502, <Outcome.OK: 'ok'>)
    >>> verdict_on_answer(503, "7").retry_after
    7.0
    """
    if status == 429:
        verdict = _THROTTLED
    elif status == 503:
        verdict = _OVERLOADED
    elif status in {408, 504}:
        verdict = _TIMED_OUT
    else:
        verdict = _FAILED if status >= 500 else _REFUSED
    seconds = parse_retry_after(retry_after)
    return verdict if seconds is None or not verdict.retriable else attrs.evolve(verdict, retry_after=seconds)


def verdict_on_grpc(name: str) -> Classification | None:
    """The verdict on a gRPC status, by the name of its code; None for a name that gRPC does not have."""
    try:
        kind = Kind(name.lower())
    except ValueError:
        return None
    if kind in {Kind.UNAVAILABLE, Kind.RESOURCE_EXHAUSTED}:
        return _OVERLOADED if kind is Kind.UNAVAILABLE else _THROTTLED
    if kind is Kind.DEADLINE_EXCEEDED:
        return _TIMED_OUT
    if kind is Kind.ABORTED:
        return attrs.evolve(_FAILED, retriable=Retriable.YES, outcome=Outcome.OK, executed=Executed.NO)
    return _REFUSED if KIND_RULES[kind].fault is Fault.CALLER or kind is Kind.UNIMPLEMENTED else _FAILED


def parse_retry_after(text: object) -> float | None:
    """Seconds to wait by a `Retry-After` header (RFC 9110 section 10.2.3), or None where it is not valid.

    A date in the past is 0. Fractions and negative numbers are not valid.

    >>> parse_retry_after("120"), parse_retry_after("soon"), parse_retry_after("-1")
    (120.0, None, None)
    """
    if not isinstance(text, str) or len(text) > _RETRY_AFTER_LENGTH:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return finite_seconds(float(text))
    from email.utils import parsedate_to_datetime  # only an answer with a date pays for the mail package

    try:
        moment = parsedate_to_datetime(text)
        # RFC 9110 dates are in GMT; one without a zone is read so rather than in the zone of this host.
        seconds = moment.timestamp() if moment.tzinfo else moment.replace(tzinfo=_utc()).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return max(0.0, seconds - clock.current().wall())


def _utc() -> timezone:
    from datetime import UTC

    return UTC


_KIND_OF_STATUS: dict[int, Kind] = {
    400: Kind.INVALID_ARGUMENT,
    401: Kind.UNAUTHENTICATED,
    403: Kind.PERMISSION_DENIED,
    404: Kind.NOT_FOUND,
    408: Kind.DEADLINE_EXCEEDED,
    409: Kind.ABORTED,
    410: Kind.NOT_FOUND,
    413: Kind.INVALID_ARGUMENT,
    415: Kind.INVALID_ARGUMENT,
    416: Kind.OUT_OF_RANGE,
    422: Kind.INVALID_ARGUMENT,
    429: Kind.RESOURCE_EXHAUSTED,
    499: Kind.CANCELLED,
    501: Kind.UNIMPLEMENTED,
    502: Kind.UNAVAILABLE,
    503: Kind.UNAVAILABLE,
    504: Kind.DEADLINE_EXCEEDED,
    507: Kind.RESOURCE_EXHAUSTED,
}


def kind_of_status(status: int) -> Kind:
    """The kind that an HTTP status stands for, where somebody else chose the status.

    The reverse of the mapping in google.rpc.Code, with the statuses that it does not know added.

    >>> kind_of_status(404), kind_of_status(418), kind_of_status(599)
    (<Kind.NOT_FOUND: 'not_found'>, <Kind.FAILED_PRECONDITION: 'failed_precondition'>, <Kind.INTERNAL: 'internal'>)
    """
    known = _KIND_OF_STATUS.get(status)
    if known is None:
        known = Kind.FAILED_PRECONDITION if 400 <= status < 500 else Kind.INTERNAL
    return known
