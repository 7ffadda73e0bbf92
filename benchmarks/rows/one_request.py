# SPDX-License-Identifier: MIT
"""One request to an application, without a network, and what a client and the log see of it."""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

__all__ = [
    "SENT_ID",
    "Seen",
    "log_to_nowhere",
    "observer",
    "requester",
    "seen_of",
    "wsgi_observer",
    "wsgi_requester",
]

SENT_ID = "req_7f8a9b2c"
"""The id that a request brings along where one does."""

_HEADERS = [
    (b"host", b"agents.example.com"),
    (b"user-agent", b"benchmark/1.0"),
    (b"accept", b"*/*"),
    (b"accept-encoding", b"gzip, deflate"),
    (b"connection", b"keep-alive"),
]
# Made for each request: the length is compared, the content is not.
_MADE = ("timestamp", "error_id", "request_id", "correlation_id")


@attrs.frozen
class Seen:
    """What is left of one request: the answer, and the lines that were logged."""

    status: int
    headers: list[tuple[str, str]]
    body: str
    lines: list[dict[str, Any]]
    raised: str


def _scope(path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": list(_HEADERS),
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _drop(_message: Any) -> None:
    return


def requester(
    app: Any, path: str, raised: type[Exception] = ConnectionAbortedError
) -> Callable[[], Awaitable[None]]:
    """What is timed: one request, as a server would hand it over.

    Args:
        app: The application.
        path: Where the request goes.
        raised: What a server would catch and log after the answer was sent.
    """

    async def request() -> None:
        try:
            await app(_scope(path), _receive, _drop)
        except raised:
            pass

    return request


def observer(
    app: Any, path: str, raised: type[Exception] = ConnectionAbortedError, *, headers: bool = True
) -> Callable[[], Coroutine[Any, Any, dict[str, Any]]]:
    """The outcome of such a request, without what is made anew for each.

    Args:
        app: The application.
        path: Where the request goes.
        raised: What a server would catch.
        headers: Whether the headers of the answer belong to the job.
    """

    async def observe() -> dict[str, Any]:
        messages: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        caught = ""
        with redirect_stdout(io.StringIO()) as log:
            try:
                await app(_scope(path), _receive, send)
            except raised as exc:
                caught = repr(exc)
        seen = _seen(messages, log.getvalue(), caught)
        return attrs.asdict(seen if headers else attrs.evolve(seen, headers=[]))

    return observe


def _seen(messages: list[dict[str, Any]], log: str, caught: str) -> Seen:
    start, *bodies = messages
    headers = [(name.decode(), value.decode()) for name, value in start["headers"]]
    body = b"".join(message.get("body", b"") for message in bodies).decode()
    return seen_of(start["status"], headers, body, log, caught)


def seen_of(status: int, headers: list[tuple[str, str]], body: str, log: str, caught: str = "") -> Seen:
    """What is left of one request, without the id that it was given."""
    headers = sorted((name.lower(), value) for name, value in headers)
    request_id = dict(headers).get("x-request-id", "")
    if request_id:
        body = body.replace(request_id, "<id>")
        headers = [(name, value.replace(request_id, "<id>")) for name, value in headers]
    return Seen(status, headers, body, [_line(line) for line in log.splitlines()], caught)


def wsgi_requester(app: Any, path: str) -> Callable[[], None]:
    """What is timed: one request to a WSGI application, its body read to the end and closed."""

    def request() -> None:
        body = app(_environ(path), _begin)
        for _ in body:
            pass
        body.close()

    return request


def wsgi_observer(app: Any, path: str) -> Callable[[], list[dict[str, Any]]]:
    """The outcome of two such requests, one without an id and one with."""

    def observe() -> list[dict[str, Any]]:
        return [_observed(app, path, {}), _observed(app, path, {"HTTP_X_REQUEST_ID": SENT_ID})]

    return observe


def _observed(app: Any, path: str, more: dict[str, str]) -> dict[str, Any]:
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
        begun.append((status, headers))

    with redirect_stdout(io.StringIO()) as log:
        body = app(_environ(path) | more, start_response)
        text = b"".join(body).decode()
        body.close()
    status, headers = begun[-1]
    seen = attrs.asdict(seen_of(int(status[:3]), headers, text, log.getvalue()))
    return {**seen, "echoed": SENT_ID in dict(headers).values()}


def _begin(_status: str, _headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
    return


def _environ(path: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "agents.example.com",
        "HTTP_USER_AGENT": "benchmark/1.0",
        "HTTP_ACCEPT": "*/*",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _line(text: str) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(text)
    for name in _MADE:
        if name in line:
            line[name] = f"<{len(line[name])} characters>"
    line.pop("type", None)  # the two classes have different names
    if "traceback" in line:
        # The outermost frame is that of whoever caught it.
        line["traceback"] = ["<who caught it>", *line["traceback"][1:]]
    return line


@contextmanager
def log_to_nowhere() -> Iterator[None]:
    """Standard output goes where a write costs a system call and nothing else."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield
