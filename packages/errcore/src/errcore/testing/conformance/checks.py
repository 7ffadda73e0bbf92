# SPDX-License-Identifier: MIT
"""The conversations behind the cases.

Each sends a request id of its own, so that what was reported can be told apart from what others cause. They raise
AssertionError themselves: the statement would say nothing outside of pytest's reach, and nothing under `python -O`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from errcore.testing.conformance.behaviours import SECRET, behaviour

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from errcore.testing.answers import Answer
    from errcore.testing.conformance.driver import Driver
    from errcore.testing.records import Records

    Check: TypeAlias = Callable[[Driver, Records], None]

__all__ = [
    "afterwards",
    "answered",
    "broken_json",
    "cut",
    "empty",
    "head",
    "headed",
    "hostile_details",
    "isolation",
    "label",
    "negotiated",
    "no_echo",
    "no_text_of_a_stranger",
    "not_a_number",
    "nothing_copied",
    "public_details",
    "server_words",
    "unrouted",
    "wrong_method",
]


def same(actual: object, expected: object, what: str) -> None:
    """Raise unless the two are equal.

    >>> same(404, 200, "status")
    Traceback (most recent call last):
    AssertionError: status: 404 instead of 200
    """
    if actual != expected:
        raise AssertionError(f"{what}: {actual!r} instead of {expected!r}")


def holds(true: object, what: str) -> None:
    """Raise unless it is true.

    >>> holds(False, "the body is empty")
    Traceback (most recent call last):
    AssertionError: not so: the body is empty
    """
    if not true:
        raise AssertionError(f"not so: {what}")


def _ask(
    driver: Driver, name: str, request_id: str, method: str | None = None, body: object = None
) -> Answer:
    asked = behaviour(name)
    headers = [("X-Request-ID", request_id)]
    content = b""
    if body is not None:
        headers.append(("Content-Type", "application/json"))
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return driver.request(method or asked.method, asked.path, headers, content)


def _said(answer: Answer) -> bytes:
    return answer.body + repr(answer.headers).encode()


def envelope(answer: Answer, request_id: str, status: int, code: str) -> None:
    """One envelope: the right status and code, and one id in body and header."""
    document = answer.document()
    same(
        (answer.status, document.get("status"), document.get("code")),
        (status, status, code),
        "status and code",
    )
    same(answer.one("content-type"), "application/problem+json", "content type")
    same(answer.one("cache-control"), "no-store", "caching")
    same(
        (document.get("request_id"), answer.one("x-request-id")),
        (request_id, request_id),
        "id in body and header",
    )
    holds(SECRET.encode() not in _said(answer), "the secret stays inside")
    holds(answer.complete, "the answer is complete")


def answered(name: str, status: int, code: str) -> Check:
    """The behaviour is answered with this status and code, and recorded once under the same."""

    def check(driver: Driver, records: Records) -> None:
        request_id = f"cf-{name}"
        envelope(_ask(driver, name, request_id), request_id, status, code)
        record = records.the_one(request_id)
        same((record.verdict.code, record.status), (code, status), "what was recorded")

    return check


def headed(name: str, header: str, value: str, status: int, code: str) -> Check:
    """The answer has this header, once."""

    def check(driver: Driver, _records: Records) -> None:
        request_id = f"cf-{name}"
        answer = _ask(driver, name, request_id)
        envelope(answer, request_id, status, code)
        same(answer.one(header), value, header)

    return check


def no_text_of_a_stranger(driver: Driver, records: Records) -> None:
    """Nothing of an unknown exception is sent: not its text, not its class, not where it was raised."""
    answer = _ask(driver, "unknown", "cf-leak")
    envelope(answer, "cf-leak", 500, "INTERNAL_ERROR")
    for word in (b"postgres", b"admin", b"ValueError", b"Traceback", b".py"):
        holds(word not in _said(answer), f"{word!r} stays inside")
    same(records.the_one("cf-leak").verdict.expected, False, "expected")


def nothing_copied(driver: Driver, _records: Records) -> None:
    """What looks like headers or a status on a foreign exception is not taken for ours."""
    answer = _ask(driver, "headered", "cf-copied")
    envelope(answer, "cf-copied", 500, "INTERNAL_ERROR")
    same(answer.all("set-cookie") + answer.all("x-leak"), [], "headers of a stranger")


def public_details(driver: Driver, _records: Records) -> None:
    """Public facts are in the answer, internal ones are not."""
    document = _ask(driver, "domain", "cf-details").document()
    same((document.get("detail"), document.get("agent_id")), ("No such agent.", "a1"), "public facts")
    holds("user" not in document, "internal facts stay inside")


def isolation(driver: Driver, records: Records) -> None:
    """A thing that may not be seen is answered exactly like one that does not exist; the record knows better."""
    hidden, missing = (_ask(driver, name, f"cf-{name}") for name in ("isolated", "missing"))
    same(hidden.status, missing.status, "status")
    # The two requests have ids of different length, and so have the bodies.
    same(hidden.body.replace(b"cf-isolated", b"cf-missing"), missing.body, "body")
    same([name for name, _ in hidden.headers], [name for name, _ in missing.headers], "headers")
    same(records.the_one("cf-isolated").verdict.code, "WORKSPACE_ACCESS_DENIED", "what was recorded")


def hostile_details(driver: Driver, records: Records) -> None:
    """Details that try to break the encoder, the envelope or the headers do none of it."""
    answer = _ask(driver, "hostile", "cf-hostile")
    envelope(answer, "cf-hostile", 404, "NOT_FOUND")
    holds(len(answer.body) < 65_536, "the answer is bounded")
    holds(answer.document().get("type") != "evil", "no detail forges a member of the envelope")
    same(answer.all("x-leak") + answer.all("set-cookie"), [], "headers that end a line")
    records.the_one("cf-hostile")


def empty(name: str, status: int) -> Check:
    """The status is answered without a body and without a content type."""

    def check(driver: Driver, _records: Records) -> None:
        answer = _ask(driver, name, f"cf-{name}")
        same((answer.status, answer.body, answer.complete), (status, b"", True), "status and body")
        same(answer.all("content-type"), [], "content type")
        same(answer.one("x-request-id"), f"cf-{name}", "id")

    return check


def head(driver: Driver, _records: Records) -> None:
    """The answer to HEAD has the headers and no body."""
    answer = driver.request("HEAD", "/no/such/path", [("X-Request-ID", "cf-head")])
    same((answer.status, answer.body), (404, b""), "status and body")
    same(answer.one("x-request-id"), "cf-head", "id")


def unrouted(driver: Driver, records: Records) -> None:
    """What the router does not know is answered in the envelope; the path is no label of the record."""
    answer = driver.request("GET", "/no/such/path", [("X-Request-ID", "cf-unrouted")])
    envelope(answer, "cf-unrouted", 404, "NOT_FOUND")
    same(records.the_one("cf-unrouted").route, None, "route: the path is no label")


def wrong_method(driver: Driver, _records: Records) -> None:
    """A method that is not served is answered with what is."""
    answer = _ask(driver, "fine", "cf-method", method="DELETE")
    envelope(answer, "cf-method", 405, "METHOD_NOT_ALLOWED")
    holds("GET" in answer.one("allow"), "Allow names GET")


def server_words(driver: Driver, _records: Records) -> None:
    """What a framework's 5xx says was written by us about us: it stays inside."""
    envelope(_ask(driver, "framework-500", "cf-words"), "cf-words", 500, "INTERNAL_ERROR")


def no_echo(driver: Driver, records: Records) -> None:
    """Every defect is found, and no value that was sent comes back."""
    sent = {"password": SECRET, "age": 3, "nickname": "nick"}
    answer = _ask(driver, "validated", "cf-echo", body=sent)
    envelope(answer, "cf-echo", 422, "VALIDATION_ERROR")
    found = {error["pointer"] for error in answer.document().get("errors", ())}
    same(found, {"#/user", "#/password", "#/age", "#/nickname"}, "what was found")
    holds(b"nick" not in answer.body.replace(b"#/nickname", b""), "no value is sent back")
    same(records.the_one("cf-echo").verdict.code, "VALIDATION_ERROR", "what was recorded")


def not_a_number(driver: Driver, _records: Records) -> None:
    """NaN, which Python's parser takes for JSON, makes nobody's answer a 500."""
    answer = _ask(
        driver, "validated", "cf-nan", body=b'{"user": "u", "password": "0123456789abcdef", "age": NaN}'
    )
    envelope(answer, "cf-nan", answer.status, str(answer.document().get("code")))
    holds(answer.status in {400, 422}, "it is the caller's fault")


def broken_json(driver: Driver, _records: Records) -> None:
    """What is no JSON is the caller's fault, and is not quoted."""
    answer = _ask(driver, "validated", "cf-json", body=b'{"user": ' + SECRET.encode())
    envelope(answer, "cf-json", answer.status, str(answer.document().get("code")))
    holds(answer.status in {400, 422}, "it is the caller's fault")


def cut(driver: Driver, records: Records) -> None:
    """A stream that breaks is cut off, never ended; the record has the code of what broke it."""
    answer = _ask(driver, "stream", "cf-stream")
    same((answer.status, answer.body, answer.complete), (200, b"first", False), "what arrived")
    record = records.the_one("cf-stream")
    same((record.verdict.code, record.phase), ("CONFORMANCE_STREAM_FAILED", "stream"), "what was recorded")


def afterwards(driver: Driver, records: Records) -> None:
    """What fails after the answer leaves the answer alone, and is recorded."""
    answer = _ask(driver, "background", "cf-background")
    same((answer.status, answer.body, answer.complete), (200, b"done", True), "what arrived")
    record = records.the_one("cf-background")
    same(
        (record.verdict.code, record.phase), ("CONFORMANCE_STREAM_FAILED", "background"), "what was recorded"
    )


def label(sent: list[str], kept: str | None, path: str = "/fine") -> Check:
    """The id of the answer is the caller's if it is acceptable, and a new one if it is not."""

    def check(driver: Driver, _records: Records) -> None:
        answer = driver.request("GET", path, [("X-Request-ID", value) for value in sent])
        if answer.status == 400 and not answer.all("x-request-id"):
            return  # the server itself refused such a header
        given = answer.one("x-request-id")
        holds(given == kept if kept else given not in sent, f"{given[:200]!r} is the id to give")
        holds(
            0 < len(given) <= 128 and given.isascii() and given.isprintable(), "the id is short and harmless"
        )

    return check


def negotiated(accept: str | None) -> Check:
    """Whatever the client accepts, it gets the error in a format that is enabled."""

    def check(driver: Driver, _records: Records) -> None:
        headers = [("X-Request-ID", "cf-accept"), *([("Accept", accept)] if accept else [])]
        answer = driver.request("GET", "/domain", headers)
        same((answer.status, answer.document().get("code")), (404, "NOT_FOUND"), "status and code")

    return check
