# SPDX-License-Identifier: MIT
"""Bad bodies over real sockets to a real server: each is refused with a pointer, and nothing of them is told or logged."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from tests.servers import printing

from errcore.testing.wire import WireDriver, parse_response

CANARY = "canary-4711"
JSON = [("Content-Type", "application/json")]
GOOD = {"email": "ada@example.org", "password": "long enough", "items": [{"name": "x", "count": 1}]}


@pytest.fixture(scope="module")
def served():
    """A uvicorn with the service."""
    arguments = ("signup_service:app", "--app-dir", str(Path(__file__).parent), "--port", "0")
    with printing.running("uvicorn", *arguments, announced="running on") as process:
        yield process


@pytest.fixture(scope="module")
def driver(served):
    return WireDriver(served.port)


def post(driver, document, headers=JSON):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return driver.request("POST", "/orders", headers, content)


def told(answer):
    return {(each["pointer"], each["code"]) for each in answer.document()["errors"]}


BAD = {
    "several at once": (
        {**GOOD, "email": CANARY, "password": "x", "items": [{"name": CANARY * 9, "count": True}]},
        {
            ("#/email", "INVALID_FORMAT"),
            ("#/password", "TOO_SHORT"),
            ("#/items/0/name", "TOO_LONG"),
            ("#/items/0/count", "WRONG_TYPE"),
        },
    ),
    "deep nesting": (b'{"anything": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", {("#", "TOO_DEEP")}),
    "lone surrogate": (b'{"email": "\\ud800canary-4711"}', {("#", "INVALID_FORMAT")}),
    "NaN": (b'{"weight": NaN, "x": "canary-4711"}', {("#", "INVALID_FORMAT")}),
    "infinity": (b'{"weight": 1e999, "x": "canary-4711"}', {("#", "INVALID_FORMAT")}),
    "huge integer": ({**GOOD, "weight": 10**4000}, {("#/weight", "WRONG_TYPE")}),
    "endless integer": (b'{"weight": ' + b"9" * 100_000 + b"}", {("#", "INVALID_FORMAT")}),
    "odd keys": (
        {**GOOD, "labels": {"a/b": CANARY, "c~d": None, "e" * 200: CANARY, "line\nend": 1.5, "": "x"}},
        {
            ("#/labels/a~1b", "WRONG_TYPE"),
            ("#/labels/c~0d", "WRONG_TYPE"),
            ("#/labels", "WRONG_TYPE"),
            ("#/labels/", "WRONG_TYPE"),
        },
    ),
    "key twice": (b'{"email": "canary-4711", "email": "x"}', {("#", "INVALID_FORMAT")}),
    "no object": (CANARY, {("#", "WRONG_TYPE")}),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_and_not_repeated(driver, name) -> None:
    """422, the pointers, and no canary."""
    document, expected = BAD[name]

    answer = post(driver, document)

    assert answer.status == 422, answer
    assert told(answer) >= expected
    assert CANARY.encode() not in answer.body


def test_ten_thousand_defects_are_capped_and_counted(driver) -> None:
    """A hundred are listed, the last of which says how many more there were."""
    answer = post(driver, {**GOOD, "items": [{"name": "x", "count": 0}] * 10_000})

    errors = answer.document()["errors"]
    assert len(errors) == 100
    assert errors[-1]["params"] == {"omitted": 9901}
    assert errors[0]["pointer"] == "#/items/0/count"


def test_ten_megabytes_are_refused_by_their_header(served) -> None:
    """Before they are sent: the answer is there while the client has only begun."""
    head = "POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), 10) as connection:
        connection.sendall(head.encode() + b'"canary-4711')
        received = bytearray()
        while chunk := connection.recv(65_536):
            received += chunk
            if b"}" in received:
                break
    assert parse_response(bytes(received)).status == 413


def test_long_bodies_in_chunks_are_refused_on_the_way(served) -> None:
    """Nobody has said how long it would be."""
    head = "POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    part = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    with socket.create_connection(("127.0.0.1", served.port), 10) as connection:
        connection.sendall(head.encode() + part * 17)
        received = connection.recv(65_536)
    assert received.startswith(b"HTTP/1.1 413")


def test_good_and_long_is_taken(driver) -> None:
    """Up to the limit."""
    assert post(driver, {**GOOD, "anything": "x" * 1_000_000}).document() == {"items": 1}


def test_crashed_rule_is_500_with_its_traceback_in_the_log(served, driver) -> None:
    """Without the text of what it raised, in the answer and in everything that the server has printed."""
    answer = post(driver, {**GOOD, "number": 13})

    assert (answer.status, answer.document()["code"]) == (500, "VALIDATION_RULE_CRASHED")
    assert b"LookupError" not in answer.body
    printed = served.end()
    assert CANARY not in printed
    assert "LookupError in the rule lucky" in printed
    assert "in lucky" in printed or "signup_service.py" in printed
    assert printed.count('"code":"VALIDATION_RULE_CRASHED"') == 1
