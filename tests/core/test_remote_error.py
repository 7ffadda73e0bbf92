# SPDX-License-Identifier: MIT
"""`RemoteError` is a barrier: what another service said is for our code and our log, never for our client."""

from __future__ import annotations

import copy
import json
import logging
import pickle

import pytest

from errcore import (
    AppError,
    DependencyError,
    InternalError,
    NotFoundError,
    Occurrence,
    RateLimitError,
    RemoteError,
    RequestFacts,
    Runtime,
    classify,
    envelopes,
    from_response,
    public,
)
from errcore.context import RequestIds
from errcore.errors import Executed, Fault, Kind, Outcome, Retriable, Told

HOSTILE = "evil <script> postgres://app:hunter2@db/x"
TRACES = ("evil", "script", "hunter2", "req_theirs", "UPSTREAM_CODE", "zone-7", "corr_theirs", "theirs")
DOCUMENT = {
    "type": "https://evil.example/theirs",
    "title": HOSTILE,
    "status": 401,
    "code": "UPSTREAM_CODE",
    "detail": HOSTILE,
    "request_id": "req_theirs",
    "zone": "zone-7",
    "token": "theirs",
    "errors": [{"pointer": "#/evil", "detail": HOSTILE, "code": "theirs"}],
}
HEADERS = {
    "WWW-Authenticate": "theirs",
    "X-Request-ID": "req_theirs",
    "X-Correlation-ID": "corr_theirs",
    "Retry-After": "9",
}
OURS = RequestFacts(ids=RequestIds("req_ours"))


def upstream(status=401, **changes):
    return from_response(status, HEADERS, json.dumps({**DOCUMENT, **changes}), service="orders")


class OrderGone(
    RemoteError, code="T_REMOTE_ORDER_NOT_FOUND", kind="not_found", status=404, message="No order {order}."
):
    """An answer that was turned into an error of our own."""

    order: int = public()


class OrdersFailed(RemoteError, code="T_REMOTE_ORDERS_FAILED", severity="critical", retriable=False):
    """A service of its own name."""


class Teapot(RemoteError, code="T_REMOTE_TEAPOT_UNAVAILABLE", status=418):
    """A status of its own."""


@pytest.mark.parametrize("name", envelopes.NAMES)
@pytest.mark.parametrize("status", [401, 403, 404, 422, 500])
@pytest.mark.parametrize("expose", [False, True])
def test_nothing_of_an_answer_reaches_our_client(name, status, expose):
    """In every format our client reads 502 and our own id, and nothing that was said over there."""
    with Runtime.for_tests(envelope=name, expose_messages=expose) as runtime:
        reply = runtime.reply(upstream(status), OURS)
    sent = reply.body.decode() + repr(reply.headers)

    assert reply.status == 502
    assert not [trace for trace in TRACES if trace in sent]
    assert "req_ours" in sent
    if name != "text":
        assert from_response(reply.status, reply.headers, reply.body).code == "REMOTE_ERROR"


def test_only_a_wait_goes_through():
    """Where waiting helps, our client is told how long: a number, of a valid header."""
    with Runtime.for_tests() as runtime:
        reply = runtime.reply(upstream(503), OURS)
        refused = runtime.reply(upstream(401), OURS)

    assert (reply.status, dict(reply.headers)["Retry-After"]) == (503, "9")
    assert "Retry-After" not in dict(refused.headers)


def test_the_log_has_it_redacted(caplog):
    """What was said is in our line, without its secrets."""
    with Runtime.for_tests() as runtime, caplog.at_level(logging.DEBUG):
        occurrence = Occurrence.of(upstream())
        runtime.handle(upstream(), OURS)
    told = occurrence.internal["details"]["upstream"]

    assert (told["code"], told["request_id"], told["correlation_id"]) == (
        "UPSTREAM_CODE",
        "req_theirs",
        "corr_theirs",
    )
    assert (told["status"], told["kind"], told["details"]["zone"]) == (401, "unauthenticated", "zone-7")
    assert occurrence.internal["details"]["service"] == "orders"
    assert "hunter2" not in json.dumps(occurrence.internal)
    assert told["details"]["token"] == "[redacted]"
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    ("status", "ours", "outcome", "retriable"),
    [
        (400, 502, Outcome.OK, Retriable.NO),
        (401, 502, Outcome.OK, Retriable.NO),
        (403, 502, Outcome.OK, Retriable.NO),
        (404, 502, Outcome.OK, Retriable.NO),
        (408, 504, Outcome.FAILED, Retriable.IF_IDEMPOTENT),
        (409, 502, Outcome.OK, Retriable.NO),
        (422, 502, Outcome.OK, Retriable.NO),
        (429, 503, Outcome.OK, Retriable.YES),
        (500, 502, Outcome.FAILED, Retriable.IF_IDEMPOTENT),
        (502, 502, Outcome.FAILED, Retriable.IF_IDEMPOTENT),
        (503, 503, Outcome.FAILED, Retriable.YES),
        (504, 504, Outcome.FAILED, Retriable.IF_IDEMPOTENT),
    ],
)
def test_verdicts_by_status(status, ours, outcome, retriable):
    """An answered fault of ours is life for a breaker; what the service could not do counts against it."""
    verdict = classify(from_response(status))

    assert (verdict.status, verdict.outcome, verdict.retriable) == (ours, outcome, retriable)
    assert (verdict.code, verdict.fault, verdict.expected) == ("REMOTE_ERROR", Fault.DEPENDENCY, True)


def test_predicates():
    """What callers ask of an answer."""
    assert (upstream(404).is_not_found, upstream(404).is_permission_denied) == (True, False)
    assert (upstream(403).is_not_found, upstream(403).is_permission_denied) == (False, True)
    assert (upstream(503).is_retriable, upstream(400).is_retriable) == (True, False)


def test_code_is_the_upstreams():
    """On an error it is what the upstream said, or None; on a class our own."""
    match upstream():
        case RemoteError(code="UPSTREAM_CODE") as error:
            assert error.code == "UPSTREAM_CODE"
        case _:
            pytest.fail("not matched")
    assert (from_response(500).code, RemoteError("x").code) == (None, None)
    assert (RemoteError.code, OrderGone.code) == ("REMOTE_ERROR", "T_REMOTE_ORDER_NOT_FOUND")
    assert RemoteError.spec.code == "REMOTE_ERROR"


def test_one_that_was_raised_by_hand_is_an_ordinary_dependency_error():
    """Without an answer there is no verdict but that of the class."""
    for error in (RemoteError("x"), RemoteError(upstream=Told(code="X")), RemoteError(upstream="X")):
        verdict = classify(error)

        assert (verdict.status, verdict.kind, verdict.outcome) == (502, Kind.UNAVAILABLE, Outcome.FAILED)
        assert not (error.is_not_found or error.is_permission_denied)
        assert error.is_retriable


def test_repr_and_str_do_not_show_it():
    """Tracebacks and debuggers show our own words."""
    error = upstream()

    assert repr(error) == "<RemoteError REMOTE_ERROR: The service answered 401.>"
    assert str(error) == error.args[0] == "The service answered 401."


@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))],
    ids=["copy", "deepcopy", "pickle"],
)
@pytest.mark.parametrize("make", [RemoteError, OrdersFailed, lambda **fields: OrderGone(order=7, **fields)])
def test_copies_keep_what_was_told(again, make):
    """A worker pool gives back what its worker read."""
    error = make(upstream=upstream(503).upstream, service="orders")
    twin = again(error)

    assert type(twin) is type(error)
    assert (twin.upstream, twin.service, twin.code) == (error.upstream, "orders", "UPSTREAM_CODE")
    assert classify(twin) == classify(error)


def test_a_class_with_a_kind_is_an_error_of_our_own():
    """Public are its own code, status and fields; whether the service is alive is still its answer's to say."""
    error = OrderGone(order=7, upstream=upstream(404).upstream)
    verdict = classify(error)
    with Runtime.for_tests() as runtime:
        reply = runtime.reply(error, OURS)

    assert (verdict.kind, verdict.status, verdict.fault) == (Kind.NOT_FOUND, 404, Fault.CALLER)
    assert (verdict.outcome, verdict.executed, verdict.retriable) == (Outcome.OK, Executed.NO, Retriable.NO)
    assert json.loads(reply.body) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "No order 7.",
        "code": "T_REMOTE_ORDER_NOT_FOUND",
        "request_id": "req_ours",
        "retriable": False,
        "order": 7,
    }
    assert classify(OrderGone(order=7, upstream=upstream(500).upstream)).outcome is Outcome.FAILED


def test_a_class_may_change_parts_of_the_verdict():
    """A code, a status, a severity and a flag of its own; the rest is the answer's."""
    failed = classify(OrdersFailed(upstream=upstream(503).upstream))
    teapot = classify(Teapot(upstream=upstream(503).upstream))

    assert (failed.code, failed.status, failed.severity, failed.retriable) == (
        "T_REMOTE_ORDERS_FAILED",
        503,
        "critical",
        Retriable.NO,
    )
    assert (teapot.status, teapot.retriable, teapot.outcome) == (418, Retriable.YES, Outcome.FAILED)


def test_in_groups():
    """Alone it answers for itself; of several all must be retriable."""
    alone = ExceptionGroup("g", [upstream(503)])
    both = ExceptionGroup("g", [upstream(503), ExceptionGroup("h", [upstream(404)])])

    assert classify(alone) == classify(upstream(503))
    assert (classify(both).retriable, classify(both).outcome) == (Retriable.NO, Outcome.FAILED)
    with Runtime.for_tests() as runtime:
        assert not [trace for trace in TRACES if trace in runtime.reply(both, OURS).body.decode()]


def test_as_a_cause():
    """Raised from it, our own error answers; the chain in the log says where it began."""
    error = NotFoundError("No such order.")
    error.__cause__ = upstream(404)
    occurrence = Occurrence.of(error)

    assert (occurrence.status, occurrence.code) == (404, "NOT_FOUND")
    assert occurrence.internal["causes"] == [
        {"type": "errcore.errors.remote.RemoteError", "message": "The service answered 404."}
    ]
    assert "hunter2" not in json.dumps(occurrence.internal)


def test_two_hops():
    """C fails, B answers, A reads: A's log has B's code, sentence and id; neither B's nor A's client sees more."""
    with (
        Runtime.for_tests(service="c") as c,
        Runtime.for_tests(service="b") as b,
        Runtime.for_tests(service="a") as a,
    ):
        from_c = c.reply(InternalError("disk of C"), RequestFacts(ids=RequestIds("req_c")))
        in_b = from_response(from_c.status, from_c.headers, from_c.body, service="c")
        from_b = b.reply(in_b, RequestFacts(ids=RequestIds("req_b")))
        in_a = from_response(from_b.status, from_b.headers, from_b.body, service="b")
        from_a = a.reply(in_a, RequestFacts(ids=RequestIds("req_a")))
    told = Occurrence.of(in_a).internal["details"]["upstream"]

    assert Occurrence.of(in_b).internal["details"]["upstream"]["request_id"] == "req_c"
    assert (told["code"], told["request_id"], told["status"]) == ("REMOTE_ERROR", "req_b", 502)
    assert told["message"] == "The service is temporarily unavailable; try again later."
    assert "req_c" not in json.dumps(Occurrence.of(in_a).internal)
    assert b"req_b" not in from_a.body
    assert b"disk" not in from_c.body + from_b.body + from_a.body


def test_passing_on_is_a_decision():
    """Whoever wants the upstream's answer as its own makes an occurrence of it; secrets stay behind all the same."""
    told = upstream(409, token="theirs").upstream
    occurrence = Occurrence.retold(told, 409)
    body = envelopes.get("nested").render(occurrence)["error"]

    assert (occurrence.status, occurrence.kind, occurrence.verdict.code) == (
        409,
        Kind.ABORTED,
        "UPSTREAM_CODE",
    )
    assert (body["code"], body["request_id"]) == ("UPSTREAM_CODE", "req_theirs")
    assert body["details"] == {"zone": "zone-7", "token": "[redacted]"}
    assert occurrence.internal == {}
    assert pickle.loads(pickle.dumps(occurrence)).code == "UPSTREAM_CODE"


def test_retold_with_next_to_nothing():
    """What was not told follows from the status."""
    occurrence = Occurrence.retold(Told())

    assert (occurrence.status, occurrence.code, occurrence.kind) == (500, "INTERNAL_ERROR", Kind.INTERNAL)
    assert occurrence.message == "An internal error occurred."
    assert (occurrence.recoverable, occurrence.retriable, occurrence.context.ids) == (
        False,
        Retriable.NO,
        None,
    )
    assert Occurrence.retold(Told(status=429, retriable=False)).retriable is Retriable.NO
    assert Occurrence.retold(Told(correlation_id="c")).context.ids == RequestIds("c", "c")


def test_what_was_told_is_a_value():
    """Frozen, comparable, and without what the sender may change afterwards."""
    details = {"a": 1}
    told = Told(details=details, issues=[7])
    details["a"] = 2

    assert told == Told(details={"a": 1})
    assert told.facts() == {"details": {"a": 1}}
    with pytest.raises(AttributeError):
        told.code = "X"


def test_it_is_a_dependency_error():
    """Whoever catches failures of dependencies catches it."""
    assert issubclass(RemoteError, DependencyError)
    assert issubclass(RemoteError, AppError)
    assert not issubclass(RemoteError, RateLimitError)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
def test_refusal_of_this_very_request_is_not_tried_again(status):
    """However the body claims that it may work later: the request is what was refused."""
    body = b'{"error":{"code":"ORDER_GONE","message":"m","retriable":true,"retry_after":7}}'
    error = from_response(status, {"Retry-After": "100"}, body)

    assert not error.is_retriable
    assert classify(error).retry_after is None


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "99999999999999999999"}])
def test_strangers_wait_is_capped(headers):
    """Nobody makes our own clients wait for longer than a day."""
    error = from_response(503, headers, b'{"error":{"code":"BUSY","message":"m","retry_after":1e300}}')

    assert classify(error).retry_after in {None, 86_400.0}
    assert dict(Runtime.for_tests().reply(error).headers).get("Retry-After") in {None, "86400"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"detail":[{"loc":["body","password"],"msg":"too short","input":"hunter2"}]}',
        b'{"pass\\u0077ord":"hunter2"}',
        b'{"title":"t","errors":[{"pointer":"#/password","detail":"hunter2?","params":{"input":"hunter2"}}]}',
        b'{"error_code":"X","message":"m","field_errors":{"password":["\'hunter2\' is too short"]}}',
    ],
    ids=["framework", "escaped", "problem", "field-map"],
)
def test_rejected_secrets_that_come_back_are_not_logged(body):
    """Services quote what they have rejected; our log does not keep it where it is about a secret."""
    occurrence = Occurrence.of(from_response(422, {}, body))

    assert "hunter2" not in str(occurrence.internal)
