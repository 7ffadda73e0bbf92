# SPDX-License-Identifier: MIT
"""Health as an ASGI application and as the outermost middleware, called as a server would."""

from __future__ import annotations

import json

import pytest

from errcore import Runtime, context
from errcore_asgi import ErrorMiddleware, HealthMiddleware, health_app

pytestmark = pytest.mark.usefixtures("no_policies")

BEARER = ("Authorization", "Bearer b")


def bearer(headers):
    """Who may read the details."""
    return headers.get("authorization") == "Bearer b"


async def call(app, path, method="GET", headers=(), root_path=""):
    """Status, headers and body of the answer to one request."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "root_path": root_path,
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
    }
    await app(scope, None, send)
    start, body = sent
    return start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, body["body"]


async def burns(scope, receive, send):
    """An application that nothing else would be left of."""
    raise OSError("everything burns")


async def own(scope, receive, send):
    """An application that has a page at every path."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def test_the_application_alone_and_mounted(runtime) -> None:
    """At its root wherever that is; other paths do not exist, in the runtime's envelope."""
    app = health_app(runtime)
    for path, root in (("/", ""), ("", ""), ("/health", "/health"), ("/api/health/ready", "/api/health")):
        assert (await call(app, path, root_path=root))[::2] == (200, b'{"status":"pass"}')

    status, headers, body = await call(app, "/nowhere")
    assert (status, headers["content-type"]) == (404, "application/problem+json")
    assert json.loads(body)["code"] == "NOT_FOUND"


async def test_details_are_there_for_some(runtime) -> None:
    """For others they are exactly what is not there."""
    app = health_app(runtime, authorize=bearer)
    same = [("X-Request-ID", "r1")]

    assert (await call(app, "/detail", headers=[BEARER]))[0] == 200
    assert await call(app, "/detail", headers=same) == await call(app, "/nowhere", headers=same)
    assert await call(app, "/detail", "POST", headers=same) == await call(
        app, "/nowhere", "POST", headers=same
    )
    assert await call(health_app(runtime), "/detail", headers=[BEARER, *same]) == await call(
        app, "/nowhere", headers=same
    )


async def test_headers_of_one_name_are_one_list(runtime) -> None:
    """As RFC 9110 section 5.3 has it: two tokens are none."""
    seen = []
    app = health_app(runtime, authorize=lambda headers: seen.append(headers["authorization"]))
    await call(app, "/detail", headers=[BEARER, ("Authorization", "x")])

    assert seen == ["Bearer b, x"]


async def test_methods(runtime) -> None:
    """GET and HEAD; the id of the request is in the envelope of a refusal, and is that of the guard."""
    seen, health = [], health_app(runtime)

    async def noting(scope, receive, send):
        seen.append(context.current().ids.request_id)
        await health(scope, receive, send)

    app = ErrorMiddleware(noting, runtime)
    status, headers, body = await call(app, "/ready", "POST")

    assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert [json.loads(body)["request_id"], headers["x-request-id"]] == seen * 2
    assert (await call(app, "/ready", "HEAD"))[2] == b""


async def test_refusals_are_negotiated() -> None:
    """In the format that the client would rather have."""
    with Runtime.for_tests(envelope=["problem", "text"]) as runtime:
        _, headers, _ = await call(health_app(runtime), "/ready", "POST", [("Accept", "text/plain")])

    assert headers["content-type"].startswith("text/plain")


async def test_in_front_of_an_application_that_burns(runtime, records) -> None:
    """Probes are answered, and nothing is reported of them."""
    app = HealthMiddleware(ErrorMiddleware(burns, runtime), runtime)

    assert (await call(app, "/health/live"))[::2] == (200, b'{"status":"pass"}')
    assert (await call(app, "/api/health", root_path="/api"))[0] == 200
    assert records.seen == []


@pytest.mark.parametrize(
    "path",
    ["/", "/healthy", "/health/data", "/health/detail", "/health/live/", "/other/health", "/health/livex"],
)
async def test_all_else_is_the_applications(runtime, path) -> None:
    """Also what is below the path, and the details for those who may not read them."""
    app = HealthMiddleware(own, runtime, authorize=bearer)

    assert (await call(app, path))[::2] == (418, path.encode())


async def test_another_path(runtime) -> None:
    """The usual one is free then."""
    app = HealthMiddleware(own, runtime, path="/-/health/", authorize=bearer)

    assert (await call(app, "/-/health/detail", headers=[BEARER]))[0] == 200
    assert (await call(app, "/health"))[0] == 418
    assert (await call(HealthMiddleware(own, runtime, path="/ready"), "/admin/ready"))[0] == 418


async def lifespan(app):
    """What is said while an application starts and stops, and what is asked between the two."""
    said, between = [], []
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive():
        if len(messages) == 1:
            between.append((await call(app, "/health"))[0])
        return messages.pop(0)

    async def send(message):
        said.append(message["type"])

    await app({"type": "lifespan", "state": {}}, receive, send)
    return said, between


async def starts(scope, receive, send):
    """An application that can start and stop."""
    for _ in range(2):
        await send({"type": f"{(await receive())['type']}.complete"})


@pytest.mark.parametrize("alone", [True, False])
async def test_checks_begin_when_the_application_has_started(alone) -> None:
    """And the service is not ready any more when it shuts down, if somebody is in front to tell it."""
    runtime = Runtime.for_tests()
    ran = []
    runtime.health.check("database", lambda: ran.append(1), gates_readiness=True)
    app = health_app(runtime) if alone else HealthMiddleware(starts, runtime)

    said, _ = await lifespan(app)

    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert len(ran) == 1
    assert runtime.health.live().note == "shutting down"
    runtime.close()


async def test_other_scopes(runtime) -> None:
    """A websocket is refused by the application alone, and is the other's behind the middleware."""
    sent, seen = [], []

    async def send(message):
        sent.append(message)

    async def other(scope, receive, send):
        seen.append(scope["type"])

    await health_app(runtime)({"type": "websocket", "path": "/", "headers": []}, None, send)
    await health_app(runtime)({"type": "webtransport"}, None, send)
    await HealthMiddleware(other, runtime)(
        {"type": "websocket", "path": "/health", "headers": []}, None, send
    )

    assert sent == [{"type": "websocket.close", "code": 1008}]
    assert seen == ["websocket"]


def test_what_makes_no_sense_is_refused(runtime) -> None:
    """Where it is written."""
    with pytest.raises(TypeError, match="because it is a str"):
        health_app("production")
    with pytest.raises(ValueError, match="Cannot serve health at '/'"):
        HealthMiddleware(own, runtime, path="/")
