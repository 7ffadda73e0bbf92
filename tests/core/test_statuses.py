# SPDX-License-Identifier: MIT
"""Errors for the statuses that a framework chose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import classify
from errcore.errors import (
    InternalError,
    NotFoundError,
    Occurrence,
    RateLimitError,
    Severity,
    StatusError,
    ValidationError,
    chosen_status,
    error_for_status,
)


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (404, NotFoundError),
        (422, ValidationError),
        (429, RateLimitError),
        (500, InternalError),
        (418, StatusError),
    ],
)
def test_a_status_has_its_class(status: int, cls: type[Exception]):
    """The stock class where there is one."""
    assert type(error_for_status(status)) is cls


@given(st.integers(200, 599), st.none() | st.text(max_size=20))
def test_every_status_is_kept(status: int, message: str | None):
    """What the framework chose is answered, whatever it is."""
    occurrence = Occurrence.of(error_for_status(status, message))

    assert occurrence.status == status
    assert classify(error_for_status(status)).status == status
    assert (occurrence.message == "An internal error occurred.") <= (status >= 500 or not message)


@pytest.mark.parametrize("status", [0, 99, 600, -1, 10**9])
def test_what_is_no_status_is_500(status: int):
    """HTTP has three digits."""
    assert Occurrence.of(error_for_status(status)).status == 500


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (414, "URI_TOO_LONG"),
        (416, "RANGE_NOT_SATISFIABLE"),
        (418, "IM_A_TEAPOT"),
        (431, "REQUEST_HEADER_FIELDS_TOO_LARGE"),
        (505, "HTTP_VERSION_NOT_SUPPORTED"),
        (304, "NOT_MODIFIED"),
        (477, "HTTP_477"),
    ],
)
def test_a_code_is_the_same_on_every_python(status: int, code: str):
    """It follows from RFC 9110; the names in `http` were changed from one version to the next."""
    assert classify(error_for_status(status)).code == code


def test_message_details_and_headers_are_public_below_500():
    """A framework's own words, such as `abort(410, "moved")`."""
    occurrence = Occurrence.of(
        error_for_status(410, "It was moved.", details={"to": "x"}, headers={"Link": "y"})
    )

    assert (occurrence.message, occurrence.details, occurrence.headers, occurrence.code) == (
        "It was moved.",
        {"to": "x"},
        (("Link", "y"),),
        "GONE",
    )


def test_messages_of_server_errors_are_not():
    """What a framework says about our own failure stays with us."""
    assert (
        Occurrence.of(error_for_status(502, "upstream db-1 refused")).message == "An internal error occurred."
    )
    assert Occurrence.of(error_for_status(503, "db-1")).message != "db-1"


def test_a_caller_s_status_is_not_told_as_our_failure():
    """Without a message, the sentence fits the status."""
    assert (
        Occurrence.of(error_for_status(418)).message
        == "The request cannot be carried out in the current state."
    )
    assert Occurrence.of(error_for_status(499)).message == "The request was cancelled."


def test_what_is_no_error_is_quiet():
    """A redirect that a framework raises is not worth a log line."""
    assert classify(error_for_status(304)).severity is Severity.DEBUG
    assert classify(error_for_status(418)).severity is Severity.INFO


@pytest.mark.parametrize("status", [-1, 0, 99, 100, 101, 103, 199, 600, 1000])
def test_what_ends_no_request_is_a_server_error(status: int):
    """An interim response is no answer, and neither is what is no status."""
    assert type(error_for_status(status)) is InternalError


def test_a_phrase_is_no_message():
    """Frameworks put the status's own phrase where nobody wrote a text; a text for another status is one."""
    assert chosen_status(Exception(), 404, "Not Found").message == NotFoundError().message
    assert chosen_status(Exception(), 404, "No such agent.").message == "No such agent."
    assert chosen_status(Exception(), 409, "Not Found").message == "Not Found"
