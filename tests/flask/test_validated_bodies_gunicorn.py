# SPDX-License-Identifier: MIT
"""Bad bodies over real sockets to gunicorn: refused with pointers, and nothing of them is told or logged."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from tests.servers import printing

from errcore.testing.wire import WireDriver

pytest.importorskip("fcntl", reason="gunicorn forks")
CANARY = "canary-4711"
JSON = [("Content-Type", "application/json")]
GOOD = {"email": "ada@example.org", "counts": [1]}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A gunicorn with the service."""
    service = (
        "signup_flask_service:app",
        "--chdir",
        str(Path(__file__).parent),
        "-b",
        "127.0.0.1:0",
        "-w",
        "1",
    )
    home = str(tmp_path_factory.mktemp("home"))
    with printing.running("gunicorn", *service, announced="Listening at:", HOME=home) as process:
        assert process.port is not None, "".join(process.lines)
        yield process


def post(served, document):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return WireDriver(served.port).request("POST", "/orders", JSON, content)


BAD = {
    "several at once": (
        {"email": CANARY, "counts": [1, True, CANARY]},
        {("#/email", "INVALID_FORMAT"), ("#/counts/1", "WRONG_TYPE"), ("#/counts/2", "WRONG_TYPE")},
    ),
    "deep nesting": (b"[" * 100_000, {("#", "TOO_DEEP")}),
    "lone surrogate": (b'{"email": "\\ud800canary-4711"}', {("#", "INVALID_FORMAT")}),
    "NaN": (b'{"counts": [NaN]}', {("#", "INVALID_FORMAT")}),
    "huge integer": ({**GOOD, "counts": [10**4000]}, {("#/counts/0", "TOO_LARGE")}),
    "odd keys": ({**GOOD, "labels": {"a/b~c": CANARY}}, {("#/labels/a~1b~0c", "WRONG_TYPE")}),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_and_not_repeated(served, name) -> None:
    """422, the pointers, and no canary."""
    document, expected = BAD[name]

    answer = post(served, document)

    assert answer.status == 422, answer
    assert {(each["pointer"], each["code"]) for each in answer.document()["errors"]} == expected
    assert CANARY.encode() not in answer.body


def test_good_bodies_are_taken_whatever_their_framing(served) -> None:
    """Long ones, and those in chunks."""
    assert post(served, {**GOOD, "anything": "x" * 1_000_000}).document() == {"counts": 1}
    written = json.dumps(GOOD).encode()
    head = "POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), 10) as connection:
        connection.sendall(head.encode() + f"{len(written):x}\r\n".encode() + written + b"\r\n0\r\n\r\n")
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 200")


def test_ten_megabytes_are_refused_by_their_header(served) -> None:
    """Before they are sent."""
    head = "POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), 10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(65_536).startswith(b"HTTP/1.1 413")


def test_crashed_rule_is_500_with_its_traceback_in_the_log(served) -> None:
    """Without the text of what it raised, in the answer and in everything that the server has printed."""
    answer = post(served, {**GOOD, "number": 13})

    assert (answer.status, answer.document()["code"]) == (500, "VALIDATION_RULE_CRASHED")
    printed = served.end()
    assert CANARY not in printed
    assert "LookupError in the rule lucky" in printed
    assert printed.count('"code":"VALIDATION_RULE_CRASHED"') == 1
