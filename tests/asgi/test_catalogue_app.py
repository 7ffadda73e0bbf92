# SPDX-License-Identifier: MIT
"""The pages of the catalogue as an ASGI application, alone, mounted, and behind the guard."""

from __future__ import annotations

import json

import pytest

from errcore import NotFoundError, Runtime
from errcore.runtime import reported_as
from errcore_asgi import ErrorMiddleware, catalogue_app


async def call(app, path="/", method="GET", root_path=None, headers=()):
    """Status, headers and body of the answer to one request."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    if root_path is not None:
        scope["root_path"] = root_path
    await app(scope, None, send)
    start, body = sent
    named = {name.decode(): value.decode() for name, value in start["headers"]}
    assert len(named) == len(start["headers"])
    return start["status"], named, body["body"].decode()


@pytest.mark.parametrize(
    ("path", "root_path"),
    [
        ("/NOT_FOUND", None),
        ("/NOT_FOUND", ""),
        ("/errors/NOT_FOUND", "/errors"),
        ("/api/v1/errors/NOT_FOUND", "/api/v1/errors/"),
        ("/NOT_FOUND", "/behind/a/proxy"),
    ],
)
async def test_a_page_is_found_wherever_it_is_mounted(runtime, path, root_path) -> None:
    """Whether or not the server's path includes the place of the mount."""
    status, headers, body = await call(catalogue_app(runtime), path, root_path=root_path)

    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "<code>NOT_FOUND</code>" in body


@pytest.mark.parametrize(("path", "root_path"), [("/", ""), ("/errors/", "/errors"), ("", "")])
async def test_the_index_is_at_the_root(runtime, path, root_path) -> None:
    """With relative links to the pages."""
    status, _, body = await call(catalogue_app(runtime), path, root_path=root_path)

    assert status == 200
    assert '<a href="RATE_LIMIT_EXCEEDED">' in body


@pytest.mark.parametrize(
    ("path", "target"),
    [("/api/errors", "./errors/"), ("/api/a:b\r\nx", "./a%3Ab%0D%0Ax/"), ("/é", "./%C3%A9/")],
)
async def test_without_its_slash_the_index_is_elsewhere(runtime, path, target) -> None:
    """Relative links would lead past it; the way there is relative, too, and one line whatever the path is."""
    status, headers, body = await call(catalogue_app(runtime), path, root_path=path)

    assert (status, headers["location"], body) == (307, target, "")


@pytest.mark.parametrize(
    "path",
    [
        "/<script>",
        "/" + "A" * 10_000,
        "/../NOT_FOUND",
        "/NOT_FOUND/",
        "//NOT_FOUND",
        "/\x00",
        "/WORKSPACE_ACCESS_DENIED",
    ],
)
async def test_unknown_codes_are_not_found(runtime, path) -> None:
    """In the runtime's envelope."""
    status, headers, body = await call(catalogue_app(runtime), path)

    assert status == 404
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["code"] == "NOT_FOUND"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "get", "BREW"])
async def test_other_methods_are_refused(runtime, method) -> None:
    """With the ones that are allowed (RFC 9110 section 15.5.6)."""
    status, headers, body = await call(catalogue_app(runtime), "/NOT_FOUND", method)

    assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert json.loads(body)["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize("path", ["/", "/NOT_FOUND", "/NO_SUCH_CODE"])
async def test_head_has_the_headers_of_get(runtime, path) -> None:
    """And no body."""
    app = catalogue_app(runtime)
    got = await call(app, path, headers=[("x-request-id", "r1")])
    headed = await call(app, path, "HEAD", headers=[("x-request-id", "r1")])

    assert headed[:2] == got[:2]
    assert headed[2] == ""


async def test_json_for_those_who_like_it(runtime) -> None:
    """Several Accept headers are one list."""
    _, headers, body = await call(
        catalogue_app(runtime),
        "/NOT_FOUND",
        headers=[("accept", "text/html;q=0.5"), ("accept", "application/json")],
    )

    assert headers["content-type"] == "application/json"
    assert list(json.loads(body)["codes"]) == ["NOT_FOUND"]


async def test_behind_the_guard_a_request_has_one_id(runtime, records) -> None:
    """The exchange's; and looking up what does not exist is nothing to write down."""
    app = ErrorMiddleware(catalogue_app(runtime), runtime)
    _, headers, body = await call(app, "/NO_SUCH_CODE")
    page = await call(app, "/NOT_FOUND", headers=[("x-request-id", "r1")])

    assert json.loads(body)["request_id"] == headers["x-request-id"]
    assert page[1]["x-request-id"] == "r1"
    assert records.seen == []


async def test_a_websocket_is_refused(runtime) -> None:
    """There is nothing to talk about."""
    sent = []

    async def send(message):
        sent.append(message)

    await catalogue_app(runtime)({"type": "websocket", "path": "/", "headers": []}, None, send)

    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_it_can_be_served_by_itself(runtime) -> None:
    """A server that asks whether it is ready gets its answer; scopes of the future are passed over."""
    sent, messages = [], [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message["type"])

    await catalogue_app(runtime)({"type": "lifespan"}, receive, send)
    await catalogue_app(runtime)({"type": "webtransport"}, receive, send)

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_what_is_no_runtime_is_refused() -> None:
    """Where it is written, not when the first reader comes."""
    with pytest.raises(TypeError, match="because it is a str"):
        catalogue_app("production")


async def test_statuses_are_those_of_the_runtime() -> None:
    """A page says what its clients see."""
    _, _, body = await call(catalogue_app(Runtime.for_tests(statuses={"NOT_FOUND": 410})), "/NOT_FOUND")

    assert "410 Gone" in body
    assert reported_as(NotFoundError()) is None
