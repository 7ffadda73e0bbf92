# SPDX-License-Identifier: MIT
"""What a real gunicorn lets out, on the wire and in its log: one line for each error, ids, no secret, a cut stream."""

from __future__ import annotations

import http.client
import json
import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.servers import printing

from errcore.testing.wire import WireDriver

pytest.importorskip("fcntl", reason="gunicorn forks")
HERE = Path(__file__).parent
SECRETS = (
    "correct-horse-battery",
    "Tr0ub4dor-and-3",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "4111 1111 1111 1111",
    "4111111111111111",
)
PATHS = (
    "/fine",
    "/declared",
    "/aborted",
    "/bug",
    "/returned",
    "/stream",
    "/first-chunk",
    "/streamed",
    "/close",
    "/teardown",
    "/nowhere",
)


@contextmanager
def running(worker: str, home: Path, **environment: str):
    """A gunicorn with one worker and the leaky service, and everything that they print."""
    service = ("leaky_flask_service:app", "--chdir", str(HERE), "-b", "127.0.0.1:0", "-k", worker, "-w", "1")
    threads = ("--threads", "4") if worker == "gthread" else ()
    # HOME: where it may leave a socket of its own.
    environment["HOME"] = str(home)
    announced = "Listening at:"
    with printing.running("gunicorn", *service, *threads, announced=announced, **environment) as process:
        assert process.port is not None, "".join(process.lines)
        yield process


def id_of(path: str) -> str:
    return f"req{path.replace('/', '-')}"


def leaked(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def reports(printed: str) -> dict[str, dict[str, object]]:
    """errcore's own lines, by request id; two of one request would be a mistake."""
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    found = {line["request_id"]: line for line in lines}
    assert len(found) == len(lines)
    return found


@pytest.mark.parametrize("development", ["0", "1"], ids=["production", "development"])
@pytest.mark.parametrize("worker", ["sync", "gthread"])
def test_nothing_secret_leaves_the_process(worker, development, tmp_path) -> None:
    """Body, headers, errcore's log and gunicorn's own, for every way in which a request can fail."""
    with running(worker, tmp_path, DEVELOPMENT=development) as process:
        driver = WireDriver(process.port)
        answers = {path: driver.request("GET", path, [("X-Request-ID", id_of(path))]) for path in PATHS}
        printed = process.end()

    assert {path: answer.status for path, answer in answers.items()} == {
        "/fine": 200,
        "/declared": 404,
        "/aborted": 500,
        "/bug": 500,
        "/returned": 500,
        "/stream": 200,
        "/first-chunk": 500,
        "/streamed": 200,
        "/close": 200,
        "/teardown": 500,
        "/nowhere": 404,
    }
    sent = "".join(f"{answer.headers}{answer.body!r}" for answer in answers.values())
    assert leaked(sent) == []
    assert leaked(printed) == []
    assert "Traceback" not in printed  # ours, redacted, is in the line of JSON
    # One line each, and the server's own line leads to it.
    assert {name: line["phase"] for name, line in reports(printed).items()} == {
        "req-declared": "handler",
        "req-aborted": "handler",
        "req-bug": "handler",
        "req-returned": "handler",
        "req-stream": "stream",
        "req-first-chunk": "stream",
        "req-close": "background",
        "req-teardown": "teardown",
        "req-nowhere": "handler",
    }
    for path in ("/bug", "/returned", "/stream", "/first-chunk", "/close", "/teardown"):
        assert re.search(rf"was reported by errcore; error_id=\w+ request_id={id_of(path)}\b", printed)


@pytest.mark.parametrize("worker", ["sync", "gthread"])
def test_stream_that_breaks_is_cut(worker, tmp_path) -> None:
    """The client gets what was sent and no end of it; one that was complete stays complete."""
    with running(worker, tmp_path) as process:
        driver = WireDriver(process.port)
        broken, whole = driver.request("GET", "/stream"), driver.request("GET", "/streamed")
        late = driver.request("GET", "/close")

    assert (broken.status, broken.body, broken.complete) == (200, b"first", False)
    assert broken.one("transfer-encoding") == "chunked"
    assert (whole.status, whole.complete) == (200, True)
    assert (late.body, late.complete) == (b"done", True)


@pytest.mark.parametrize("worker", ["sync", "gthread"])
def test_ids_stay_with_their_requests(worker, tmp_path) -> None:
    """View, body and header have one id, and what a body binds is gone, also where others broke off on the same thread."""
    with running(worker, tmp_path) as process:
        driver = WireDriver(process.port)
        for turn in range(4):
            for path in ("/stream", "/close", "/teardown"):
                driver.request("GET", path, [("X-Request-ID", "broken")])
            streamed = driver.request("GET", "/streamed", [("X-Request-ID", f"turn-{turn}")])
            fine = driver.request("GET", "/fine")

            assert streamed.body == f"turn-{turn} streamer\n".encode() * 3
            assert streamed.one("x-request-id") == f"turn-{turn}"
            assert fine.document() == {"request_id": fine.one("x-request-id"), "actor": None}


def test_deadline_of_one_request_is_none_of_the_next(tmp_path) -> None:
    """On a connection that is kept, by threads that serve many; a request without time costs no connection."""
    seen = []
    with running("gthread", tmp_path) as process:
        connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=10)
        for wait in ("60000", None, "0", None) * 4:
            connection.request("GET", "/left", headers={"X-Request-Timeout-Ms": wait} if wait else {})
            answer = connection.getresponse()
            seen.append((answer.status, json.loads(answer.read()).get("left")))
            assert connection.sock is not None, "the server has closed the connection"
        connection.close()

    assert all(0 < left <= 60 for _, left in seen[::4])
    assert [seen[number::4] for number in (1, 2, 3)] == [
        [(200, None)] * 4,
        [(504, None)] * 4,
        [(200, None)] * 4,
    ]
