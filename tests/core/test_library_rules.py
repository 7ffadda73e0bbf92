# SPDX-License-Identifier: MIT
"""Verdicts on the exceptions of HTTP libraries, raised for real on the loopback interface."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import requests

from errcore import classify
from errcore.errors import Cost, Executed, Occurrence, Outcome, Retriable
from errcore.errors.library_rules import LIBRARY_RULES

ANSWERS = {
    "/404": (404, {}, b"no"),
    "/401": (401, {}, b"no"),
    "/429": (429, {"Retry-After": "7"}, b"slow down"),
    "/500": (500, {}, b"oops"),
    "/503": (503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"later"),
    "/zipped": (200, {"Content-Encoding": "gzip"}, b"this is not gzip"),
    "/text": (200, {}, b"this is not json"),
}


class Handler(BaseHTTPRequestHandler):
    """Answers by the table; anything else is cut off in the middle."""

    def do_GET(self) -> None:
        status, headers, body = ANSWERS.get(self.path, (200, {"Content-Length": "100"}, b"cut off"))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server on a free port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture
def closed() -> str:
    """An address at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that accepts and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def with_httpx(url: str, **options: object) -> None:
    """One request with httpx that should fail."""
    with httpx.Client(trust_env=False, **options) as client:
        response = client.get(url)
        response.raise_for_status()
        response.json()


def with_requests(url: str, **options: object) -> None:
    """One request with requests that should fail."""
    with requests.Session() as session:
        session.trust_env = False
        response = session.get(url, **options)
        response.raise_for_status()
        response.json()


both = pytest.mark.parametrize("get", [with_httpx, with_requests])


def raised(get: object, *arguments: object, **options: object) -> Exception:
    """What a call raised."""
    with pytest.raises(Exception) as caught:
        get(*arguments, **options)
    return caught.value


def test_httpx_connection_refused(closed: str):
    """Nothing was sent: any request may be tried again."""
    verdict = classify(raised(with_httpx, closed))

    assert (verdict.status, verdict.retriable, verdict.executed) == (503, Retriable.YES, Executed.NO)


def test_requests_connection_refused(closed: str):
    """requests does not tell refused from broken off, so only idempotent requests may be tried again."""
    verdict = classify(raised(with_requests, closed))

    assert (verdict.status, verdict.retriable, verdict.executed) == (
        503,
        Retriable.IF_IDEMPOTENT,
        Executed.UNKNOWN,
    )


@both
def test_a_server_that_never_answers(get: object, silent: str):
    """It took too long, and the work may have happened."""
    verdict = classify(raised(get, silent, timeout=0.05))

    assert (verdict.status, verdict.retriable, verdict.executed, verdict.cost) == (
        504,
        Retriable.IF_IDEMPOTENT,
        Executed.UNKNOWN,
        Cost.SLOW,
    )


@both
def test_a_connection_that_takes_too_long(get: object):
    """Not even connected, so nothing was sent."""
    library = httpx if get is with_httpx else requests
    verdict = classify(library.ConnectTimeout("x"))

    assert (verdict.status, verdict.retriable, verdict.executed) == (504, Retriable.YES, Executed.NO)


@both
@pytest.mark.parametrize("path", ["/404", "/401"])
def test_a_refusal_is_not_ours(get: object, server: str, path: str):
    """Our client reads 502; the dependency is alive."""
    verdict = classify(raised(get, server + path))

    assert (verdict.status, verdict.code, verdict.retriable, verdict.outcome) == (
        502,
        "REMOTE_ERROR",
        Retriable.NO,
        Outcome.OK,
    )


@both
def test_being_throttled(get: object, server: str):
    """The upstream's 429 is not our client's; its waiting time is kept."""
    verdict = classify(raised(get, server + "/429"))

    assert (verdict.status, verdict.retriable, verdict.retry_after, verdict.outcome) == (
        503,
        Retriable.YES,
        7.0,
        Outcome.OK,
    )


@both
def test_a_failing_server(get: object, server: str):
    """Its failure counts; a date in the past means now."""
    assert classify(raised(get, server + "/500")).outcome is Outcome.FAILED
    assert classify(raised(get, server + "/503")).retry_after == 0.0


@both
def test_an_answer_that_cannot_be_decoded(get: object, server: str):
    """Rubbish from a dependency is the dependency's fault."""
    verdict = classify(raised(get, server + "/zipped"))

    assert (verdict.status, verdict.code, verdict.retriable) == (502, "REMOTE_ERROR", Retriable.NO)


def test_requests_json_that_is_none(server: str):
    """requests has an exception of its own for that; httpx has json's."""
    assert classify(raised(with_requests, server + "/text")).status == 502
    assert classify(raised(with_httpx, server + "/text")).status == 500


@both
def test_an_answer_that_is_cut_off(get: object, server: str):
    """The connection broke in the middle."""
    verdict = classify(raised(get, server + "/cut"))

    assert (verdict.status, verdict.retriable, verdict.executed) == (
        503,
        Retriable.IF_IDEMPOTENT,
        Executed.UNKNOWN,
    )


@both
def test_a_url_that_is_none_is_our_bug(get: object):
    """Nothing of it reached anybody."""
    assert classify(raised(get, "ftp://127.0.0.1/x")).expected is False


def test_httpx_pool_timeout():
    """All connections are taken: our own queue, nothing was sent."""
    verdict = classify(httpx.PoolTimeout("x"))

    assert (verdict.status, verdict.executed, verdict.cost) == (503, Executed.NO, Cost.SLOW)


@pytest.mark.parametrize("response", [None, object()], ids=["none", "another object"])
def test_a_status_error_without_a_response(response: object):
    """What is not as documented says only that the dependency answered rubbish."""
    assert classify(httpx.HTTPStatusError("x", request=None, response=response)).status == 502


@both
def test_no_text_of_a_library_reaches_the_client(get: object, closed: str):
    """URLs with credentials are in these texts; they are not public, and redacted in the log."""
    occurrence = Occurrence.of(raised(get, closed.replace("//", "//user:hunter2@") + "/?api_key=hunter2"))

    assert "hunter2" not in f"{occurrence!r} {occurrence.internal}"
    assert occurrence.message == "The service is temporarily unavailable; try again later."


LIBRARIES = [
    "httpx",
    "requests",
    "sqlalchemy",
    "redis",
    "pydantic",
    "botocore",
    "grpc",
    "starlette",
    "fastapi",
    "flask",
]


def test_errcore_imports_none_of_the_libraries():
    """Not on import, not when an error is classified or told."""
    program = f"""
import sys, errcore
from errcore import classify, Occurrence
classify(ValueError()); classify(OSError()); Occurrence.of(errcore.NotFoundError()).internal
print([name for name in {LIBRARIES} if name in sys.modules])
import httpx
print(classify(httpx.ConnectError("x")).status)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.stdout, done.stderr) == ("[]\n503\n", "")


def test_the_names_in_the_rules_exist():
    """For the libraries that are installed here, each rule finds its class."""
    missing = []
    for rule in LIBRARY_RULES:
        module_name, _, qualname = str(rule.target).partition(":")
        try:
            __import__(module_name)
        except ImportError:
            continue
        found = getattr(sys.modules[module_name], qualname, None)
        if not (isinstance(found, type) and issubclass(found, BaseException) and rule.speaks_for(found)):
            missing.append(rule.target)

    assert missing == []
