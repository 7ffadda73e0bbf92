# SPDX-License-Identifier: MIT
"""From an occurrence to the bytes of a problem: seven members, five details, three field errors.

The limit writes the dictionary out by hand from the same object and keeps its encoder. It knows its error: no detail
is named like a member, every pointer is plain, and there is a request id. Both rows have this limit, which is the
standard library's: that of orjson says what a service gains which asks for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks.case import Case, Column
from benchmarks.peers import available
from errcore import Issue, Occurrence, ValidationError, public
from errcore.context import ErrorContext, RequestIds
from errcore.envelopes import get
from errcore.envelopes.codecs import encode, encoder_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore.envelopes.codecs import Encode

__all__ = ["encoding", "encoding_with_orjson", "occurrence_of_three_issues"]

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode


class SignupRejected(  # noqa: N818
    ValidationError, code="BENCH_SIGNUP_REJECTED", message="The sign-up of {name} was rejected."
):
    """What an application declares."""

    name: str = public()
    attempt: int = public()
    plan: str = public()
    allowed: list[str] = public(factory=list)
    open: bool = public()


def occurrence_of_three_issues() -> Occurrence:
    """What is told: a rejected sign-up."""
    error = SignupRejected(
        name="Zoé",
        attempt=3,
        plan="team",
        allowed=["free", "pro"],
        open=True,
        issues=(
            Issue("/email", "PATTERN_MISMATCH", "Must be an e-mail address."),
            Issue("/age", "OUT_OF_RANGE", "Must be at least 18."),
            Issue("/address/zip", "MISSING", "This field is required."),
        ),
    )
    return Occurrence.of(error, ErrorContext(ids=RequestIds("req_7f8a9b2c")))


def _document(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": occurrence.status,
        "detail": occurrence.message,
        "code": occurrence.code,
        "request_id": occurrence.context.ids.request_id,  # type: ignore[union-attr]
        "retriable": bool(occurrence.retriable),
        "errors": [
            {"pointer": f"#{issue.pointer}", "detail": issue.message, "code": issue.code}
            for issue in occurrence.issues
        ],
        **occurrence.details,
    }


def _by_hand(occurrence: Occurrence) -> bytes:
    return _encode(_document(occurrence)).encode()


def _with_json_dumps(occurrence: Occurrence) -> bytes:
    return json.dumps(
        _document(occurrence), ensure_ascii=False, allow_nan=False, separators=(",", ":")
    ).encode()


def _with_errcore(encode: Encode) -> Callable[[Occurrence], bytes]:
    render = get("problem").render
    return lambda occurrence: encode(render(occurrence))


def encoding() -> Case:
    """The row for the standard library."""
    occurrence = occurrence_of_three_issues()
    return Case(
        "encode problem",
        limit=Column("dictionary by hand, kept encoder", _by_hand, occurrence),
        ours=Column("errcore", _with_errcore(encode), occurrence),
        gate=1.25,
        peers=(Column("json.dumps per call", _with_json_dumps, occurrence), *_peers(occurrence)),
    )


def encoding_with_orjson() -> Case:
    """The row for orjson."""
    import orjson  # noqa: F401 - without it the row is left out

    occurrence = occurrence_of_three_issues()
    return Case(
        "encode problem with orjson",
        limit=Column("dictionary by hand, kept encoder", _by_hand, occurrence),
        ours=Column("errcore", _with_errcore(encoder_named("orjson")), occurrence),
        gate=0.6,
        peers=_peers(occurrence),
    )


def _peers(occurrence: Occurrence) -> tuple[Column, ...]:
    if not available("orjson"):
        return ()
    import orjson

    return (Column("orjson, dictionary by hand", lambda value: orjson.dumps(_document(value)), occurrence),)
