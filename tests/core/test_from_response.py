# SPDX-License-Identifier: MIT
"""`from_response` makes one error of any answer: the status decides, and no body can forge, break or flood."""

from __future__ import annotations

import codecs
import email.message
import json
import tracemalloc
from http import HTTPStatus
from types import SimpleNamespace

import httpx
import pytest
import requests.structures
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errcore import (
    Issue,
    Kind,
    NotFoundError,
    Occurrence,
    RemoteError,
    Retriable,
    Runtime,
    ValidationError,
    classify,
    clock,
    envelopes,
    from_response,
)
from errcore.context import ErrorContext, RequestIds
from errcore.envelopes.codecs import encode
from errcore.errors import Executed, Outcome, Told
from errcore.testing import FakeClock

# Busy machines are slow, and that is no defect.
patient = settings(
    max_examples=3 * settings.default.max_examples,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

NESTED = b'{"error": {"code": "ORDER_GONE", "message": "It is gone.", "retriable": false}}'


def facts(error):
    """The whole upstream side, as the log has it."""
    return Occurrence.of(error).internal["details"]


@pytest.mark.parametrize(
    ("status", "kind", "retriable"),
    [
        (400, Kind.INVALID_ARGUMENT, "no"),
        (401, Kind.UNAUTHENTICATED, "no"),
        (403, Kind.PERMISSION_DENIED, "no"),
        (404, Kind.NOT_FOUND, "no"),
        (409, Kind.ABORTED, "no"),
        (410, Kind.NOT_FOUND, "no"),
        (418, Kind.FAILED_PRECONDITION, "no"),
        (422, Kind.INVALID_ARGUMENT, "no"),
        (429, Kind.RESOURCE_EXHAUSTED, "yes"),
        (500, Kind.INTERNAL, "if_idempotent"),
        (501, Kind.UNIMPLEMENTED, "if_idempotent"),
        (502, Kind.UNAVAILABLE, "if_idempotent"),
        (503, Kind.UNAVAILABLE, "yes"),
        (504, Kind.DEADLINE_EXCEEDED, "if_idempotent"),
        (599, Kind.INTERNAL, "if_idempotent"),
    ],
)
def test_a_status_alone_says_enough(status, kind, retriable):
    """Without a body there are a kind and a verdict all the same."""
    error = from_response(status)

    assert (error.upstream.status, error.upstream.kind) == (status, kind)
    assert classify(error).retriable == retriable
    assert error.code is None


HOSTILE = [
    None,
    b"",
    "",
    b"null",
    b"[]",
    b'[{"error": {"code": "X", "message": "y"}}]',
    b'{"error": "invalid_grant"}',
    b'{"error": null}',
    b'{"error": {"code": {"a": 1}}}',
    b'{"errors": []}',
    b'{"errors": [7]}',
    b'{"success": false, "error": 7}',
    b"<html><body><h1>502 Bad Gateway</h1></body></html>",
    b"[" * 200_000,
    b'{"a":' * 200_000,
    b'{"error": {"code": "X", "n": ' + b"9" * 10_000 + b"}}",
    '{"error": {"code": "X"}}'.encode("utf-16"),
    '{"error": {"code": "X"}}'.encode("utf-32-le"),
    b"\xff\xfe\x00",
    b"{",
    b"{}",
    b" " * 100_000 + b'{"error": {"code": "X"}}',
    7,
    object(),
    ["x"],
    {"error": {"code": "X"}},
    SimpleNamespace(decode=lambda *_: 1 / 0),
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_envelope_tells_nothing(body):
    """The status stands, no code is invented, and at most an excerpt is kept for the log."""
    error = from_response(502, {}, body)

    assert type(error) is RemoteError
    assert (error.upstream, error.code) == (Told(status=502, kind=Kind.UNAVAILABLE), None)
    assert len(facts(error).get("body", "")) <= 2048


def test_what_is_lost_of_numbers_and_equal_names():
    """NaN and infinities are null, the last of equal names counts, integers beyond 64 bits are text."""
    body = (
        b'{"error": {"code": "A", "code": "B", "message": "x", "details": {"a": NaN, "b": 1e999, "c": %d}}}'
    )
    told = from_response(500, None, body % 2**70).upstream

    assert told.code == "B"
    assert told.details == {"a": None, "b": None, "c": str(2**70)}


@pytest.mark.parametrize(
    "body",
    [NESTED, bytearray(NESTED), NESTED.decode(), codecs.BOM_UTF8 + NESTED, b"\n \t" + NESTED],
    ids=["bytes", "bytearray", "text", "mark", "space"],
)
def test_bodies_of_all_sorts_are_read(body):
    """Bytes, texts, a byte order mark, space before the document."""
    error = from_response(410, None, body)

    assert (error.code, error.is_not_found, error.upstream.message) == ("ORDER_GONE", True, "It is gone.")


def test_a_wrong_charset_is_read_as_far_as_it_goes():
    """What is no UTF-8 gets a mark; the members around it count."""
    error = from_response(404, None, '{"error": {"code": "X", "message": "Müller"}}'.encode("latin-1"))

    assert (error.code, error.upstream.message) == ("X", "M\ufffdller")


@pytest.mark.parametrize("kind", [bytes, bytearray, str])
def test_a_flood_is_not_looked_at(kind):
    """Of 100 MB at most 64 KiB are ever copied."""
    text = '{"error": {"code": "X", "message": "' + "x" * 100_000_000
    body = text if kind is str else kind(text.encode())
    tracemalloc.start()
    try:
        error = from_response(503, None, body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert error.upstream.status == 503
    assert peak < 2_000_000


def test_what_is_told_is_bounded():
    """However a document uses its 64 KiB: many members, long texts, many issues, deep nesting."""
    deep = '{"a":' * 500 + "1" + "}" * 500
    many = ", ".join(f'"k{n}": {n}' for n in range(3000))
    issues = ", ".join(['{"pointer": "/a", "message": "x", "code": "c", "params": {"n": 1}}'] * 900)
    for details in (deep, "{" + many + "}"):
        told = from_response(400, None, f'{{"error": {{"code": "X", "details": {details}}}}}').upstream
        assert told.code == "X"
        assert len(json.dumps(told.details)) < 40_000
    told = from_response(400, None, f'{{"error": {{"code": "X", "issues": [{issues}]}}}}').upstream
    assert len(told.issues) == 101
    told = from_response(
        400, None, json.dumps({"error": {"code": "X" * 9000, "message": "y" * 9000}})
    ).upstream
    assert (len(told.code), len(told.message)) == (256, 2048)


@pytest.mark.parametrize("form", [name for name in envelopes.NAMES if name != "text"])
def test_members_of_the_wrong_type_are_not_told(form):
    """A forged flag, number, text or list is as if it were not there, in every format."""
    document = envelopes.get(form).example(NotFoundError.spec)
    forged = {"retriable": "false", "recoverable": 1, "retry_after": "7", "timestamp": 7, "message": "x"}
    forged |= {
        "request_id": ["x"],
        "correlation_id": {},
        "retry_after_seconds": True,
        "type": 7,
        "title": "x",
    }
    holder = document.get("error", document)
    if form == "jsonapi":
        holder = document["errors"][0]
        holder["meta"] |= forged
    holder |= {**forged, "field_errors": 7, "issues": 7, "errors": 7, "details": 7}
    if form == "google":
        holder["details"] = [
            {"@type": []},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": 7},
        ]
    told = envelopes.get(form).parse(json.loads(encode(document)))

    assert (told.retriable, told.recoverable, told.retry_after, told.time) == (None, None, None, None)
    assert (told.issues, told.correlation_id) == ((), None)


@pytest.mark.parametrize(
    ("status", "claim", "retriable"),
    [
        (404, {"retriable": "false"}, Retriable.NO),
        (503, {"retriable": "false"}, Retriable.YES),
        (503, {"retriable": 0}, Retriable.YES),
        (400, {"retriable": 1}, Retriable.NO),
        (503, {"retriable": False}, Retriable.NO),
        (409, {"retriable": True}, Retriable.YES),
        (500, {"retriable": True}, Retriable.IF_IDEMPOTENT),
    ],
)
def test_only_a_real_flag_changes_whether_to_try_again(status, claim, retriable):
    """A told no stops retries; a yes adds them, and never makes a call repeatable that is not."""
    error = from_response(status, None, json.dumps({"error": {"code": "X", **claim}}))

    assert classify(error).retriable is retriable
    assert error.is_retriable is bool(retriable)


@pytest.mark.parametrize(
    ("status", "claimed", "kind"),
    [
        (404, (200, "OK"), Kind.NOT_FOUND),
        (404, (403, "PERMISSION_DENIED"), Kind.NOT_FOUND),
        (401, (503, "UNAVAILABLE"), Kind.UNAUTHENTICATED),
        (503, (404, "NOT_FOUND"), Kind.UNAVAILABLE),
        (409, (409, "ALREADY_EXISTS"), Kind.ALREADY_EXISTS),
        (422, (400, "FAILED_PRECONDITION"), Kind.FAILED_PRECONDITION),
        (500, (500, "DATA_LOSS"), Kind.DATA_LOSS),
        (200, (404, "NOT_FOUND"), Kind.NOT_FOUND),
    ],
)
def test_a_body_cannot_claim_another_status_or_kind(status, claimed, kind):
    """The kind counts where it has the answer's status; only an answer that is no error lets the document speak."""
    number, name = claimed
    error = from_response(
        status, None, json.dumps({"error": {"code": number, "status": name, "message": "x"}})
    )

    assert error.upstream.kind is kind
    assert error.upstream.status == (status if status >= 400 else number)
    assert error.is_not_found is (kind is Kind.NOT_FOUND)
    assert error.is_permission_denied is False


def test_an_answer_that_is_no_error_may_have_done_the_work():
    """Whoever calls it an error gets one that is not retried on a guess."""
    error = from_response(200, None, b'{"success": false, "error_code": "TOOL_FAILED", "message": "x"}')
    verdict = classify(error)

    assert (error.code, error.upstream.kind) == ("TOOL_FAILED", None)
    assert (verdict.status, verdict.retriable, verdict.executed) == (502, Retriable.NO, Executed.UNKNOWN)


@pytest.mark.parametrize("claim", [-1, "7", True, "soon", [7], None, 2**60])
def test_a_claimed_wait_that_is_none_is_none(claim):
    """Negative, textual or absurd waits are not told."""
    body = json.dumps({"error": {"code": "X", "retry_after": claim}})

    assert from_response(503, None, body).retry_after is None
    assert from_response(503, None, body.replace(json.dumps(claim), "1e999")).retry_after is None


@pytest.mark.parametrize(
    ("header", "wait"),
    [("7", 7), ("Tue, 14 Nov 2023 22:13:25 GMT", 5), ("-1", 3), ("0.5", 3), ("x" * 9999, 3)],
)
def test_the_header_says_how_long_to_wait(header, wait):
    """A valid header wins over the body; whether to wait at all is the verdict's business."""
    body = b'{"error": {"code": "X", "retry_after": 3}}'
    with clock.using(FakeClock(wall=1_700_000_000.0)):
        error = from_response(503, {"Retry-After": header}, body)
        refused = from_response(403, {"Retry-After": header}, body)

    assert error.retry_after == classify(error).retry_after == wait
    assert (refused.retry_after, refused.upstream.retry_after) == (None, wait)


class Broken:
    """Headers that fail in the middle."""

    def items(self):
        yield "X-Request-ID", "req_1"
        raise RuntimeError("no")


class Lying:
    """Headers that are nothing at all."""

    def __getattr__(self, name):
        raise RuntimeError(name)


class Name(str):
    """A text of one's own, as some libraries have for names."""

    __slots__ = ()


def message(**headers):
    made = email.message.Message()
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    return made


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Request-ID": "req_1"},
        [("x-request-id", "req_1"), ("x-request-id", "second")],
        [(b"X-REQUEST-ID", b"req_1")],
        httpx.Headers({"x-request-id": "req_1"}),
        requests.structures.CaseInsensitiveDict({"X-Request-Id": "req_1"}),
        message(X_Request_ID="req_1"),
        {Name("X-Request-ID"): Name("req_1")},
        Broken(),
        {7: 8, None: [], "X-Request-ID": "req_1"},
    ],
    ids=range(9),
)
def test_headers_of_every_library(headers):
    """Mappings, pairs, bytes; what fails in the middle counts as far as it went."""
    assert from_response(500, headers).upstream.request_id == "req_1"


@pytest.mark.parametrize(
    "headers",
    [None, 7, "abc", [1, 2], [("a",)], Lying(), [("x-request-id", 7)], {"x-request-id": None}],
    ids=range(8),
)
def test_headers_that_are_none(headers):
    """An answer without headers that can be read is an answer."""
    assert from_response(500, headers).upstream == Told(status=500, kind=Kind.INTERNAL)


def test_headers_without_end():
    """No more than 256 of them are looked at, and no more than 256 characters of one."""
    seen = []

    def flood():
        while True:
            seen.append(1)
            yield "x-nothing", "1"

    from_response(500, flood())

    assert len(seen) == 257
    assert len(from_response(500, {"X-Request-ID": "r" * 10**6}).upstream.request_id) == 256


def test_ids_of_the_body_win():
    """They are nearer to the failure than what a proxy may have put in front of it."""
    body = b'{"success": false, "error": {"code": "X", "message": "", "correlation_id": "c1"}}'
    told = from_response(500, {"X-Request-ID": "r2", "X-Correlation-ID": "c2"}, body).upstream

    assert (told.request_id, told.correlation_id) == ("r2", "c1")


@pytest.mark.parametrize("status", [0, 99, 600, -1, 10**400, True, False, "404", None, 404.0, object()])
def test_a_status_that_is_none_is_a_bad_gateway(status):
    """It cannot be retried more freely than any other failure, nor taken for a verdict."""
    error = from_response(status, None, NESTED)

    assert error.upstream.status == 502
    assert error.code == "ORDER_GONE"


def test_an_enum_is_a_status():
    """As the standard library has it."""
    told = from_response(HTTPStatus.NOT_FOUND).upstream

    assert (told.status, type(told.status)) == (404, int)


class House:
    """A format of the house."""

    name = media_type = "house"

    def __init__(self, told):
        self.told = told

    def parse(self, body):
        return self.told() if callable(self.told) else self.told


def test_formats_of_the_house_are_asked_first():
    """And those that fail, or tell something else, are passed over."""
    formats = [House(lambda: 1 / 0), House("told"), House({"code": "X"}), object(), House(Told(code="OURS"))]

    assert from_response(404, None, NESTED, formats=formats).code == "OURS"
    assert from_response(404, None, NESTED, formats=formats[:4]).code == "ORDER_GONE"
    assert from_response(404, None, NESTED, formats=7).code == "ORDER_GONE"


@pytest.mark.parametrize("name", [name for name in envelopes.NAMES if name != "text"])
@pytest.mark.parametrize(
    "facts", [{}, {"error_code": "F", "error_type": "f", "success": False}, {"error": {"code": "F"}}]
)
def test_every_answer_of_ours_is_recognised(name, facts):
    """By its media type, or by how it looks; no fact makes it look like another."""
    error = ValidationError("No.", details=facts, issues=[Issue("/a", "X", "Wrong.")])
    with Runtime.for_tests(envelope=name) as runtime:
        reply = runtime.reply(error)
    read = from_response(reply.status, reply.headers, reply.body)

    assert (read.code, read.upstream.message, len(read.upstream.issues)) == ("VALIDATION_ERROR", "No.", 1)


def test_a_problem_as_plain_json_is_recognised():
    """Many send problems under the wrong media type, or a client has lost the headers."""
    body = b'{"type": "about:blank", "title": "Conflict", "status": 409, "code": "LOCKED", "detail": "x"}'

    assert from_response(409, {"Content-Type": "application/json"}, body).code == "LOCKED"
    assert from_response(409, None, body).code == "LOCKED"
    assert (
        from_response(409, {"Content-Type": "application/problem+json; charset=utf-8"}, body).code == "LOCKED"
    )


def test_an_unknown_decoder_is_a_mistake_of_ours():
    """Not of the answer's: it is said."""
    with pytest.raises(Exception, match="stdlib"):
        from_response(500, None, b"{}", json="simplejson")


keys = st.sampled_from(
    [
        *(
            "error",
            "errors",
            "code",
            "message",
            "details",
            "success",
            "data",
            "error_code",
            "error_type",
            "status",
        ),
        *(
            "type",
            "title",
            "detail",
            "retriable",
            "recoverable",
            "retry_after",
            "issues",
            "field_errors",
            "meta",
        ),
        *(
            "request_id",
            "correlation_id",
            "timestamp",
            "pointer",
            "source",
            "params",
            "@type",
            "reason",
            "metadata",
        ),
        *("fieldViolations", "field", "description", "retryDelay", "value"),
    ]
) | st.text(max_size=3)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
scalars |= st.sampled_from(
    ["NOT_FOUND", "404", 404, "type.googleapis.com/google.rpc.BadRequest", "#/a", "/a", "3s"]
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=25,
)
statuses = st.integers(100, 599)


def check(error, status):
    """What holds of every error of an answer."""
    assert type(error) is RemoteError
    assert error.upstream.status == status or (status < 400 and error.upstream.status is not None)
    verdict = classify(error)
    assert verdict.status in {502, 503, 504}
    assert verdict.fault != "caller"
    if status >= 400:
        assert verdict.outcome is (Outcome.FAILED if status >= 500 or status == 408 else Outcome.OK)
    json.dumps(facts(error), allow_nan=False)
    assert len(encode(envelopes.Problem().render(Occurrence.of(error)))) < 400


@patient
@given(statuses, documents)
def test_any_json_is_an_answer(status, document):
    """Whatever the document says."""
    text = json.dumps(document)

    check(from_response(status, None, text), status)
    for form in map(envelopes.get, envelopes.NAMES):
        if isinstance(document, dict):
            assert type(form.parse(document)) in {Told, type(None)}


@patient
@given(statuses, st.binary(max_size=200), st.dictionaries(st.text(), st.text()))
def test_any_bytes_are_an_answer(status, body, headers):
    """Whatever the bytes."""
    check(from_response(status, headers, body), status)


def test_the_service_is_for_the_log():
    """A name, or nothing."""
    assert facts(from_response(500, service="orders"))["service"] == "orders"
    assert "service" not in facts(from_response(500, service=7))


def test_issues_are_read_back():
    """What was wrong with our input over there is there for our code."""
    error = ValidationError("No.", issues=[Issue("/a b/0", "X", "Wrong.", {"min": 1}, "body")])
    occurrence = Occurrence.of(error, ErrorContext(RequestIds("r")))
    body = encode(envelopes.get("problem").render(occurrence))

    assert from_response(422, None, body).upstream.issues == occurrence.issues
