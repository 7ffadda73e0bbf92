# SPDX-License-Identifier: MIT
"""RFC 9457 problems: their members, what cannot be forged, what is read back."""

from __future__ import annotations

import json
import math

import pytest

from errcore import (
    ConflictError,
    InternalError,
    Issue,
    NotFoundError,
    Occurrence,
    RateLimitError,
    ValidationError,
    WorkspaceIsolationError,
    internal,
    public,
    secret,
)
from errcore.context import ErrorContext, RequestIds
from errcore.envelopes import Problem
from errcore.envelopes.codecs import encode
from errcore.errors import error_for_status
from errcore.errors.status_phrases import phrase

REQUEST = ErrorContext(RequestIds("req_1"))


class ReportMissing(NotFoundError, code="T_PROBLEM_REPORT_NOT_FOUND", message="No report for {period}."):
    """No report. Remedy: choose one of `available`."""

    period: str = public()
    available: list[str] = public(factory=list)
    pages: int = public(default=1)
    odd: dict[str, int] | None = public(default=None)
    user_id: str = internal(default="u1")
    token: str = secret(default="")


class ReportMoved(ConflictError, code="T_PROBLEM_REPORT_CONFLICT"):
    """Moved."""

    period: int = public()


def problem(error: BaseException, *, debug: bool = False, docs_url: str | None = None) -> dict[str, object]:
    return Problem(docs_url).render(Occurrence.of(error, REQUEST), debug)


def test_problem_has_the_members_of_rfc_9457_and_ours():
    """A declared error gives type, title, status and detail, and beside them code, request id and retriable."""
    assert problem(ReportMissing(period="May", available=["June"])) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "No report for May.",
        "code": "T_PROBLEM_REPORT_NOT_FOUND",
        "request_id": "req_1",
        "retriable": False,
        "period": "May",
        "available": ["June"],
        "pages": 1,
    }


@pytest.mark.parametrize(
    ("docs_url", "expected"),
    [
        ("https://d.example/errors/", "https://d.example/errors/NOT_FOUND"),
        ("https://d.example/errors", "https://d.example/errors/NOT_FOUND"),
        ("https://d.example/errors#", "https://d.example/errors#NOT_FOUND"),
        ("", "about:blank"),
        (None, "about:blank"),
    ],
)
def test_type_is_the_base_and_the_code(docs_url, expected):
    """A base that ends in a letter gets a slash; without a base the type is about:blank."""
    assert problem(NotFoundError("x"), docs_url=docs_url)["type"] == expected


def test_title_follows_the_type():
    """With a type of its own a problem has the code as words; with about:blank, the phrase of the status."""
    with_docs = problem(RateLimitError("x"), docs_url="https://d.example/")
    without = problem(RateLimitError("x"))

    assert (with_docs["title"], without["title"]) == ("Rate limit exceeded", "Too Many Requests")


def test_code_outside_the_catalogue_is_about_blank():
    """A code that nobody documents links nowhere."""
    document = problem(error_for_status(418), docs_url="https://d.example/")

    assert (document["type"], document["title"], document["status"]) == (
        "about:blank",
        "I'm a Teapot",
        418,
    )


def test_phrases_are_those_of_rfc_9110():
    """The phrase does not depend on the version of Python; an unknown status has that of its class."""
    assert [phrase(status) for status in (413, 422, 475, 599, 302)] == [
        "Content Too Large",
        "Unprocessable Content",
        "Client Error",
        "Server Error",
        "Unexpected Answer",
    ]


def test_details_cannot_forge_a_member():
    """Details named like members of the envelope are left out, even of members that are not there this time."""
    forged = {
        "status": 200,
        "type": "evil",
        "instance": "/x",
        "debug": 1,
        "errors": [],
        "retry_after": 9,
        "mine": 1,
    }

    document = problem(NotFoundError("x", details=forged))

    assert document["status"] == 404
    assert document["type"] == "about:blank"
    assert document["mine"] == 1
    assert not {"instance", "debug", "errors", "retry_after"} & set(document)


def test_issues_are_rendered_as_fragments():
    """`errors` has pointer, detail and code, and location and params where they are known."""
    error = ValidationError(
        issues=[
            Issue("/a/0", "REQUIRED", "This field is required.", location="body"),
            Issue("/b c/ä%", "RANGE", "Must be at least 18.", {"min": 18}),
            Issue("", "SHAPE", "Must be an object."),
        ]
    )

    assert problem(error)["errors"] == [
        {"pointer": "#/a/0", "detail": "This field is required.", "code": "REQUIRED", "location": "body"},
        {
            "pointer": "#/b%20c/%C3%A4%25",
            "detail": "Must be at least 18.",
            "code": "RANGE",
            "params": {"min": 18},
        },
        {"pointer": "#", "detail": "Must be an object.", "code": "SHAPE"},
    ]


@pytest.mark.parametrize(("seconds", "expected"), [(0.2, 1), (30, 30), (2.5, 3), (0, 0), (1e300, 2**31 - 1)])
def test_retry_after_is_whole_seconds(seconds, expected):
    """A wait is rounded up, bounded, and a whole number."""
    document = problem(RateLimitError("x", retry_after=seconds))

    assert (document["retry_after"], document["retriable"]) == (expected, True)


@pytest.mark.parametrize("seconds", [None, math.nan, math.inf, -1])
def test_no_wait_no_member(seconds):
    """Without a wait that makes sense there is no `retry_after`."""
    assert "retry_after" not in problem(RateLimitError("x", retry_after=seconds))


def test_debug_shows_the_internal_side_only_on_request():
    """The reserved member is there in debug mode alone, and holds no secret."""
    error = ReportMissing(period="May", user_id="u7", token="t0p-s3cret")

    shown = problem(error, debug=True)["debug"]

    assert shown["details"] == {"user_id": "u7"}
    assert "t0p-s3cret" not in repr(shown)
    assert "debug" not in problem(error)


def test_server_fault_shows_the_fixed_sentence():
    """What was said where a server fault was raised stays inside."""
    document = problem(InternalError("table users is gone"))

    assert document["detail"] == "An internal error occurred."
    assert "users" not in json.dumps(document)


def test_isolation_is_a_missing_id_to_the_byte():
    """An error that answers as another class gives the other's bytes."""
    isolation = WorkspaceIsolationError(details={"workspace": "w2"}, headers={"X-W": "1"}, retry_after=3)

    assert encode(problem(isolation, docs_url="https://d/")) == encode(
        problem(NotFoundError(), docs_url="https://d/")
    )


def test_outside_of_a_request_the_error_id_is_the_reference():
    """There is always something to quote."""
    occurrence = Occurrence.of(NotFoundError("x"), ErrorContext())

    assert Problem().render(occurrence)["request_id"] == occurrence.id


class Hostile:
    """A detail that fights back."""

    def __repr__(self) -> str:
        raise RuntimeError("no")

    __str__ = __repr__


def test_any_details_give_valid_bounded_json():
    """NaN, bytes, sets, huge numbers, cycles, depth, 10 MB of text: the problem is small and valid JSON."""
    cycle: list[object] = []
    cycle.append(cycle)
    deep: list[object] = []
    for _ in range(1000):
        deep = [deep]
    details = {
        "nan": math.nan,
        "inf": -math.inf,
        "bytes": b"\xff\x00",
        "set": {1, 2},
        "big": 2**70,
        "exc": ValueError("x"),
        "cycle": cycle,
        "deep": deep,
        "text": "x" * 10_000_000,
        "surrogate": "\ud800",
        "object": Hostile(),
        7: "number as key",
    }

    raw = encode(problem(NotFoundError("x", details=details)))

    read = json.loads(raw, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert len(raw) < 65_536
    assert read["status"] == 404
    assert {"nan", "cycle", "deep", "object"} <= set(read)
