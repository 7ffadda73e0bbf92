# SPDX-License-Identifier: MIT
"""Replies: headers that are safe, bodies where HTTP has one, the same bytes every time."""

from __future__ import annotations

from types import MappingProxyType

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import InternalError, NotFoundError, Occurrence, RateLimitError, Reply
from errcore.context import ErrorContext, RequestIds
from errcore.envelopes import get, make_reply
from errcore.envelopes.codecs import encode
from errcore.envelopes.reply import safe_headers
from errcore.errors import error_for_status

REQUEST = ErrorContext(RequestIds("req_1"))
PROBLEM = get("problem")


def reply(error: BaseException, *, ids: str = "req_1", method: str = "GET", form: str = "problem") -> Reply:
    return make_reply(Occurrence.of(error, ErrorContext(RequestIds(ids))), get(form), method=method)


def headers(error: BaseException, **how: str) -> dict[str, str]:
    return {name.lower(): value for name, value in reply(error, **how).headers}


def test_reply_has_type_length_and_id():
    """Every answer says what it is, how long, and under which id; no cache keeps it."""
    answer = reply(NotFoundError("x"))

    assert answer.status == 404
    assert answer.headers == (
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(answer.body))),
        ("Cache-Control", "no-store"),
        ("X-Request-ID", "req_1"),
    )


def test_text_goes_out_as_it_is():
    """A format that gives text is not put into JSON."""
    answer = reply(NotFoundError("Größe fehlt."), form="text")

    assert answer.body.decode() == "Größe fehlt."
    assert answer.headers[0] == ("Content-Type", "text/plain; charset=utf-8")
    assert answer.headers[1] == ("Content-Length", str(len(answer.body)))


def test_head_has_the_headers_without_the_body():
    """The length is that of the body which GET would have got."""
    head, get_ = reply(NotFoundError("x"), method="HEAD"), reply(NotFoundError("x"))

    assert head.body == b""
    assert head.headers == get_.headers


@pytest.mark.parametrize("status", [204, 205, 304])
def test_statuses_without_a_body_have_none(status):
    """No body, no type, no length; the other headers stay."""
    answer = reply(error_for_status(status, headers={"ETag": '"1"'}))

    assert (answer.status, answer.body) == (status, b"")
    assert {name.lower() for name, _ in answer.headers} == {"x-request-id", "etag"}


@pytest.mark.parametrize(("seconds", "value"), [(0.2, "1"), (1, "1"), (1.01, "2"), (0, "0"), (90, "90")])
def test_retry_after_is_whole_seconds_rounded_up(seconds, value):
    """RFC 9110 knows whole seconds only."""
    assert headers(RateLimitError("x", retry_after=seconds))["retry-after"] == value


@pytest.mark.parametrize(
    ("value", "kept"),
    [("120", True), ("Fri, 31 Dec 1999 23:59:59 GMT", True), ("0.5", False), ("soon", False)],
)
def test_retry_after_of_a_framework_is_kept_if_it_is_one(value, kept):
    """Seconds and dates pass; anything else is dropped."""
    found = headers(NotFoundError("x", headers={"Retry-After": value}))

    assert found.get("retry-after") == (value if kept else None)


def test_the_wait_of_the_error_beats_its_header():
    """One `Retry-After`, the one that the body has too."""
    answer = reply(RateLimitError("x", retry_after=7, headers={"retry-after": "99"}))

    assert [value for name, value in answer.headers if name.lower() == "retry-after"] == ["7"]


def test_useful_headers_of_an_exception_are_kept():
    """What a client needs to go on is passed through."""
    brought = {"Allow": "GET, HEAD", "WWW-Authenticate": 'Bearer realm="x"', "X-Tab": "a\tb", "X-Latin": "é"}

    found = headers(NotFoundError("x", headers=brought))

    assert {name.lower(): value for name, value in brought.items()}.items() <= found.items()


@pytest.mark.parametrize(
    "name",
    [
        "Content-Type",
        "content-length",
        "Transfer-Encoding",
        "CONNECTION",
        "Content-Encoding",
        "X-Request-ID",
        "TE",
    ],
)
def test_headers_that_are_ours_cannot_be_brought(name):
    """An exception neither frames nor describes the body."""
    plain = reply(NotFoundError("x"))

    assert reply(NotFoundError("x", headers={name: "evil"})).headers == plain.headers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "1\r\nX-B: 2"),
        ("X-A", "1\n"),
        ("X-A", "\x00"),
        ("X-A", "\x1b[2J"),
        ("X-A", "\x7f"),
        ("X-A", "\x85"),
        ("X-A", "€"),
        ("X-A", "x" * 4097),
        ("X A", "1"),
        ("X-A:", "1"),
        ("", "1"),
        ("X-Ä", "1"),
        ("X" * 129, "1"),
        ("X-A\r\nX-B", "1"),
        (7, "1"),
        ("X-A", 7),
    ],
)
def test_unsafe_headers_are_dropped(name, value):
    """Nothing ends a line, and nothing is sent that HTTP cannot carry."""
    assert list(safe_headers([(name, value), ("X-Ok", " fine\t")])) == [("X-Ok", "fine")]


def test_headers_are_bounded():
    """32 headers are plenty."""
    assert len(list(safe_headers((f"X-{n}", "1") for n in range(1000)))) == 32


@given(st.text(max_size=50), st.text(max_size=50))
def test_whatever_is_brought_fits_into_one_line(name, value):
    """Every header that is sent is ASCII name, colon, latin-1 value, on one line."""
    for sent_name, sent_value in safe_headers([(name, value)]):
        line = f"{sent_name}: {sent_value}".encode("latin-1")

        assert b"\r" not in line
        assert b"\n" not in line
        assert b"\x00" not in line
        assert sent_name.isascii()


def test_an_id_that_cannot_be_sent_is_not_sent():
    """An id made by hand may hold anything; the body escapes it and the header is left out."""
    answer = reply(NotFoundError("x"), ids="a\r\nSet-Cookie: b")

    assert "x-request-id" not in {name.lower() for name, _ in answer.headers}
    assert rb'"request_id":"a\r\nSet-Cookie: b"' in answer.body


def test_cache_control_of_an_error_wins():
    """Who says how an error is cached means it."""
    found = reply(NotFoundError("x", headers={"cache-control": "max-age=60"}))

    assert [value for name, value in found.headers if name.lower() == "cache-control"] == ["max-age=60"]


def test_a_redirect_is_no_error():
    """Below 400 nothing is said about caches."""
    found = headers(error_for_status(307, headers={"Location": "/there"}))

    assert found["location"] == "/there"
    assert "cache-control" not in found


def test_same_occurrence_same_bytes():
    """Rendering is a function of the occurrence."""
    occurrence = Occurrence.of(NotFoundError("x", details={"b": 1, "a": 2}), REQUEST)

    assert make_reply(occurrence, PROBLEM) == make_reply(occurrence, PROBLEM)


def test_debug_reaches_the_format():
    """Only with debug is the internal side rendered."""
    occurrence = Occurrence.of(InternalError("boom"), REQUEST)

    assert b"boom" in make_reply(occurrence, PROBLEM, debug=True).body
    assert b"boom" not in make_reply(occurrence, PROBLEM).body


@pytest.mark.parametrize("document", [None, 7, ["a"], [1, 2]])
def test_a_document_is_a_mapping_or_a_text(document):
    """Anything else is a mistake of the format."""
    with pytest.raises((TypeError, ValueError)):
        encode(document)


def test_encode_takes_any_mapping():
    """A read-only mapping is a document too; surrogates do not end in an error."""
    assert encode(attrs.asdict(RequestIds("\ud800")))[:19] == b'{"request_id":"?","'
    assert encode(MappingProxyType({"é": 1})) == '{"é":1}'.encode()


def test_nan_is_refused():
    """NaN is no JSON, so it is not written."""
    with pytest.raises(ValueError, match="JSON"):
        encode({"x": float("nan")})


@pytest.mark.parametrize("value", ["a" * 4097, b"abc", None, 1.5, True, ("a",), object()])
def test_a_header_that_is_none_is_dropped(value):
    """Neither cut nor shown as the text of an object: that would be another header, which nobody wrote."""
    assert "link" not in headers(NotFoundError(headers={"Link": value}))
    assert "link" not in headers(NotFoundError(headers={value: "Link"}))


def test_a_header_may_be_a_number():
    """A count or a number of seconds need not be turned into text by whoever raises."""
    assert headers(RateLimitError(headers={"X-Limit": 60, "X-Long": "a" * 4096})).items() >= {
        ("x-limit", "60"),
        ("x-long", "a" * 4096),
    }


@pytest.mark.parametrize("value", ["", " \t", ",", None])
def test_an_empty_cache_control_does_not_replace_ours(value):
    """An error is stored only where somebody says so."""
    assert headers(NotFoundError(headers={"Cache-Control": value}))["cache-control"] == "no-store"
    assert headers(NotFoundError(headers={"Cache-Control": "max-age=5"}))["cache-control"] == "max-age=5"
