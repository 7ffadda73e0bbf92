# SPDX-License-Identifier: MIT
"""What another service's answer means for us: its status, its gRPC code, its Retry-After."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import clock
from errcore.errors import Fault, Kind, verdict_on_answer
from errcore.errors.upstream import parse_retry_after, verdict_on_grpc
from errcore.testing import FakeClock

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT

# their status: our status, retriable, outcome, executed, cost
ANSWERS = {
    400: (502, "no", "ok", "no", "plain"),
    401: (502, "no", "ok", "no", "plain"),
    403: (502, "no", "ok", "no", "plain"),
    404: (502, "no", "ok", "no", "plain"),
    302: (502, "no", "ok", "no", "plain"),
    408: (504, "if_idempotent", "failed", "unknown", "slow"),
    429: (503, "yes", "ok", "no", "slow"),
    500: (502, "if_idempotent", "failed", "unknown", "plain"),
    502: (502, "if_idempotent", "failed", "unknown", "plain"),
    503: (503, "yes", "failed", "unknown", "slow"),
    504: (504, "if_idempotent", "failed", "unknown", "slow"),
    599: (502, "if_idempotent", "failed", "unknown", "plain"),
}


@pytest.mark.parametrize("status", ANSWERS)
def test_an_answer_of_another_service(status: int):
    """Its refusal is not ours: our client reads 502 or 503, and a breaker counts it as life."""
    verdict = verdict_on_answer(status)

    assert ANSWERS[status] == (
        verdict.status,
        verdict.retriable,
        verdict.outcome,
        verdict.executed,
        verdict.cost,
    )
    assert verdict.fault is Fault.DEPENDENCY


@given(st.integers(), st.none() | st.text())
def test_any_answer_has_a_verdict(status: int, retry_after: str | None):
    """An upstream may send what it wants; our answer is a server's error."""
    verdict = verdict_on_answer(status, retry_after)

    assert verdict.status in {502, 503, 504}
    assert verdict.retry_after is None or verdict.retriable


def test_a_waiting_time_counts_where_trying_again_does():
    """Retry-After on a refusal says nothing to us."""
    assert verdict_on_answer(503, "7").retry_after == 7.0
    assert verdict_on_answer(429, "0").retry_after == 0.0
    assert verdict_on_answer(404, "7").retry_after is None
    assert verdict_on_answer(503, "soon").retry_after is None


@pytest.mark.parametrize(
    ("name", "status", "retriable", "outcome"),
    [
        ("UNAVAILABLE", 503, "yes", "failed"),
        ("RESOURCE_EXHAUSTED", 503, "yes", "ok"),
        ("DEADLINE_EXCEEDED", 504, "if_idempotent", "failed"),
        ("ABORTED", 502, "yes", "ok"),
        ("NOT_FOUND", 502, "no", "ok"),
        ("UNAUTHENTICATED", 502, "no", "ok"),
        ("CANCELLED", 502, "no", "ok"),
        ("UNIMPLEMENTED", 502, "no", "ok"),
        ("INTERNAL", 502, "if_idempotent", "failed"),
        ("UNKNOWN", 502, "if_idempotent", "failed"),
        ("DATA_LOSS", 502, "if_idempotent", "failed"),
    ],
)
def test_a_grpc_code_of_another_service(name: str, status: int, retriable: str, outcome: str):
    """The same distinctions as for HTTP."""
    verdict = verdict_on_grpc(name)

    assert (verdict.status, verdict.retriable, verdict.outcome) == (status, retriable, outcome)


def test_a_grpc_code_that_is_none():
    """OK is no error, and a name that gRPC does not have says nothing."""
    assert verdict_on_grpc("OK") is None
    assert verdict_on_grpc("") is None
    assert all(verdict_on_grpc(kind.name) is not None for kind in Kind)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 120 ", 120.0),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30.0),
        ("Tue, 14 Nov 2023 23:13:50 +0100", 30.0),
        ("Tue, 14 Nov 2023 22:13:50", 30.0),
        ("Tue, 14 Nov 2023 22:13:50 -0000", 30.0),
        ("Tuesday, 14-Nov-23 22:13:50 GMT", 30.0),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0.0),
        ("", None),
        (" ", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("+5", None),
        ("0x10", None),
        ("\u0661", None),
        ("\uff11", None),
        ("nan", None),
        ("inf", None),
        ("1" * 65, None),
        ("Thu, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Thu, 99 Jan 2023 00:00:00 GMT", None),
        ("Tue, 14 Nov 2023 22:13:50 +99999999", None),
        (b"5", None),
        (5, None),
        (None, None),
        (["5"], None),
    ],
    ids=range(28),
)
def test_retry_after(text: object, seconds: float | None):
    """Seconds or a date, as RFC 9110 has them; everything else is no answer."""
    with clock.using(FakeClock(wall=NOW)):
        assert parse_retry_after(text) == seconds


@given(st.text(max_size=70) | st.text("0123456789 :,+-GMTJanuesdyTNov", max_size=64))
def test_reading_a_waiting_time_is_total(text: str):
    """No header makes it fail; the result is a number of seconds that can be waited."""
    seconds = parse_retry_after(text)

    assert seconds is None or 0 <= seconds < float("inf")
