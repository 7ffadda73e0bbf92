# SPDX-License-Identifier: MIT
"""`install`: what it refuses, what it warns of, and where it puts the guards."""

from __future__ import annotations

import logging
import warnings

import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from starlette.applications import Starlette
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import StreamingResponse
from starlette.routing import Host, Mount, Route, Router

from errcore import NotFoundError, Runtime, context
from errcore.testing.asgi import AsgiDriver
from errcore_asgi import ErrorMiddleware
from errcore_fastapi import InstallWarning, install


async def unknown(request):
    raise ValueError("postgres://u:hunter2@db")


async def missing(request):
    raise NotFoundError("No such thing.")


ROUTES = [Route("/unknown", unknown), Route("/missing", missing)]


def test_plain_starlette_is_covered(runtime, records) -> None:
    """FastAPI is not needed for anything."""
    app = Starlette(routes=ROUTES)
    install(app, runtime)

    seen = AsgiDriver(app).converse({"type": "http", "method": "GET", "path": "/unknown"})

    assert isinstance(seen.raised, ValueError)
    assert seen.answer.document()["code"] == "INTERNAL_ERROR"
    assert AsgiDriver(app).request("GET", "/missing").status == 404
    assert AsgiDriver(app).request("GET", "/nowhere").document()["code"] == "NOT_FOUND"
    assert len(records.seen) == 3


def test_runtime_comes_from_the_environment(monkeypatch) -> None:
    """`install(app)` is all that a service has to write."""
    monkeypatch.setenv("ERRCORE_SERVICE", "agents")
    app = FastAPI()

    runtime = install(app)

    assert runtime.settings.service == "agents"
    assert app.state.errcore is runtime
    runtime.close()


def test_middleware_and_routes_added_later_are_covered(runtime, records) -> None:
    """An unknown error's answer passes through CORS that was added after install, with the id of the request."""
    app = FastAPI()
    install(app, runtime)
    app.add_middleware(CORSMiddleware, allow_origins=["*"], expose_headers=["X-Request-ID"])
    app.add_api_route("/late", unknown)
    app.router.routes.append(Route("/later", unknown))

    answer = AsgiDriver(app).request(
        "GET", "/later", [("Origin", "https://a.test"), ("X-Request-ID", "req_7f8a9b2c")]
    )

    assert answer.status == 500
    assert answer.one("access-control-allow-origin") == "*"
    assert answer.document()["request_id"] == answer.one("x-request-id") == "req_7f8a9b2c"
    assert b"hunter2" not in answer.body
    assert [record.context.ids.request_id for record in records.seen] == ["req_7f8a9b2c"]


def test_error_of_user_middleware_is_answered(runtime, records) -> None:
    """What middleware raises has the envelope, be it errcore's error or the framework's."""
    app = FastAPI()

    @app.middleware("http")
    async def refuse(request, call_next):
        if request.url.path == "/framework":
            raise HTTPException(403, "Not you.")
        raise NotFoundError("middleware")

    install(app, runtime)

    assert AsgiDriver(app).request("GET", "/").document()["detail"] == "middleware"
    assert AsgiDriver(app).request("GET", "/framework").document()["detail"] == "Not you."
    assert [record.status for record in records.seen] == [404, 403]


def test_users_middleware_list_is_left_as_it_was(runtime) -> None:
    """The guards are in the stack, not in the list that the application owns."""
    app = Starlette(routes=ROUTES, middleware=[Middleware(GZipMiddleware)])
    install(app, runtime)
    AsgiDriver(app).request("GET", "/missing")

    assert [entry.cls for entry in app.user_middleware] == [GZipMiddleware]


def test_handlers_of_the_application_win(runtime) -> None:
    """A handler for a class of the application's own is called, and so is one for the framework's classes."""

    class Teapot(Exception):
        pass

    app = FastAPI()

    async def short_and_stout(request, exc):
        from starlette.responses import PlainTextResponse

        return PlainTextResponse(type(exc).__name__, 418)

    @app.get("/teapot")
    async def teapot():
        raise Teapot

    app.add_exception_handler(StarletteHTTPException, short_and_stout)
    install(app, runtime)
    app.add_exception_handler(Teapot, short_and_stout)

    @app.get("/http")
    async def http():
        raise HTTPException(400)

    assert AsgiDriver(app).request("GET", "/teapot").body == b"Teapot"
    assert AsgiDriver(app).request("GET", "/http").body == b"HTTPException"


def test_masked_late_error_has_its_own_code(runtime, records) -> None:
    """A late error with a handler is hidden by the framework; the record shows the error."""
    from starlette.responses import StreamingResponse

    app = FastAPI()
    install(app, runtime)

    async def handler(request, exc): ...

    app.add_exception_handler(NotFoundError, handler)

    @app.get("/{kind}")
    async def stream(kind: str):
        async def chunks():
            yield b"first"
            raise NotFoundError("late") if kind == "ours" else HTTPException(503)

        return StreamingResponse(chunks())

    for kind in ("ours", "framework"):
        seen = AsgiDriver(app).converse({"type": "http", "method": "GET", "path": f"/{kind}"})

        assert isinstance(seen.raised, RuntimeError)
        assert not seen.answer.complete
    assert [(record.code, record.phase) for record in records.seen] == [
        ("NOT_FOUND", "stream"),
        ("SERVICE_UNAVAILABLE", "stream"),
    ]


def test_second_install_is_refused(runtime) -> None:
    """Two guards of one kind would be a mistake that nobody sees."""
    app = FastAPI()
    install(app, runtime)

    with pytest.raises(RuntimeError, match="installed in this application already; remove one"):
        install(app, runtime)


def test_install_after_the_first_request_is_refused(runtime) -> None:
    """The middleware is built by then, and handlers would be ignored silently."""
    app = FastAPI()
    AsgiDriver(app).request("GET", "/")

    with pytest.raises(RuntimeError, match="has started and its middleware is built; call install"):
        install(app, runtime)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((FastAPI(), "production"), "because it is a str; give an errcore.Runtime"),
        (
            (CORSMiddleware(FastAPI()),),
            "`app` is of type CORSMiddleware, no FastAPI or Starlette application",
        ),
    ],
    ids=["runtime", "app"],
)
def test_wrong_arguments_are_refused(arguments, words) -> None:
    """The message says what was given and what to do."""
    with pytest.raises(TypeError, match=words):
        install(*arguments)


def started(app) -> list[str]:
    """What an application warns of when it starts."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        AsgiDriver(app).request("GET", "/")
    return [str(warning.message) for warning in caught if warning.category is InstallWarning]


def test_mounted_application_without_install_is_warned_of(runtime) -> None:
    """Its errors would have another shape; wherever it is mounted and however it is wrapped."""
    app = FastAPI()
    app.mount("/plain", FastAPI())
    app.mount("/wrapped", CORSMiddleware(Starlette()))
    app.router.routes.append(
        Mount("/deep", routes=[Mount("/er", app=Starlette(), middleware=[Middleware(GZipMiddleware)])])
    )
    app.router.routes.append(Host("api.test", app=Starlette()))
    install(app, runtime)

    assert [message.partition(" answers")[0] for message in started(app)] == [
        "The application mounted at '/plain'",
        "The application mounted at '/wrapped'",
        "The application mounted at '/deep/er'",
        "The application mounted at '//api.test'",
    ]


def test_guarded_mounts_are_not_warned_of(runtime) -> None:
    """Installed, wrapped, or no application at all."""
    app, installed = FastAPI(), FastAPI()
    install(app, runtime)
    install(installed, runtime)
    app.mount("/installed", installed)
    app.mount("/wrapped", ErrorMiddleware(FastAPI(), runtime))
    app.mount("/router", Router(routes=ROUTES))
    app.mount("/bare", lambda scope, receive, send: None)

    assert started(app) == []


@pytest.mark.parametrize("key", [Exception, 500])
def test_handler_that_errcore_precedes_is_warned_of(key, runtime) -> None:
    """It runs, but what it answers is not sent."""
    app = FastAPI()
    install(app, runtime)

    async def handler(request, exc): ...

    app.add_exception_handler(key, handler)

    (message,) = started(app)
    assert "its response is not sent, because errcore answers first" in message


@pytest.mark.parametrize(
    ("debug", "preset", "lines"),
    [(True, "production", 1), (True, "development", 0), (False, "production", 0)],
)
def test_debug_in_production_is_logged(debug, preset, lines, caplog) -> None:
    """It is a matter of deployment, so operators read of it in the log."""
    app = FastAPI(debug=debug)
    install(app, getattr(Runtime, preset)(log_level="critical"))
    with caplog.at_level(logging.WARNING, "errcore"):
        AsgiDriver(app).request("GET", "/")

    assert len([record for record in caplog.records if "debug=True" in record.getMessage()]) == lines


def test_debug_page_of_the_framework_is_not_sent(runtime) -> None:
    """With debug on, Starlette would send the traceback; errcore has answered before."""
    app = FastAPI(debug=True, routes=ROUTES)
    install(app, runtime)

    answer = AsgiDriver(app).request("GET", "/unknown")

    assert answer.document()["code"] == "INTERNAL_ERROR"
    assert b"hunter2" not in answer.body


def test_error_in_a_mounted_application(runtime, records) -> None:
    """Both are installed: one envelope, one record with the route of both, one id."""
    app, mounted = FastAPI(), FastAPI()
    install(app, runtime)
    install(mounted, runtime)
    app.mount("/v1/{tenant}", mounted)

    @mounted.get("/agents/{agent}")
    async def agent(agent: str):
        raise ValueError("hunter2")

    seen = AsgiDriver(app).converse(
        {"type": "http", "method": "GET", "path": "/v1/acme/agents/7"}, headers=[("x-request-id", "req_1")]
    )
    lost = AsgiDriver(app).request("GET", "/v1/acme/nowhere")

    assert isinstance(seen.raised, ValueError)
    assert seen.answer.document()["request_id"] == seen.answer.one("x-request-id") == "req_1"
    assert lost.document()["code"] == "NOT_FOUND"
    assert [record.route for record in records.seen] == ["/v1/{tenant}/agents/{agent}", "/v1/{tenant}"]


def test_routes_of_starlette_have_their_mounts(runtime, records) -> None:
    """However deep; what is below a mount but nowhere has the mount as its label."""
    inner = Starlette(routes=ROUTES)
    outer = Starlette(routes=[Mount("/inner", app=inner)])
    app = Starlette(routes=[Mount("/outer", app=outer), *ROUTES])
    for each in (app, outer, inner):
        install(each, runtime)
    for path in ("/missing", "/outer/inner/missing", "/outer/inner/nowhere", "/outer/nowhere", "/nowhere"):
        AsgiDriver(app).request("GET", path)

    assert [record.route for record in records.seen] == [
        "/missing",
        "/outer/inner/missing",
        "/outer/inner",
        "/outer",
        None,
    ]


def test_route_has_the_prefix_of_its_router(runtime, records) -> None:
    """An included router's routes are labelled with the whole template."""
    from fastapi import APIRouter

    app, router = FastAPI(), APIRouter()
    install(app, runtime)

    @router.get("/{agent}")
    async def agent(agent: str):
        raise NotFoundError

    app.include_router(router, prefix="/agents")
    AsgiDriver(app).request("GET", "/agents/7")

    assert [record.route for record in records.seen] == ["/agents/{agent}"]


def test_test_client_sees_the_bug_and_the_answer(runtime) -> None:
    """Starlette's own client raises what the application raised, or shows the answer, as one asks it to."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it prefers another HTTP library
        from starlette.testclient import TestClient

        app = Starlette(routes=ROUTES)
        install(app, runtime)
        with pytest.raises(ValueError, match="hunter2"):
            TestClient(app).get("/unknown")
        answer = TestClient(app, raise_server_exceptions=False).get("/unknown")

    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")


async def test_httpx_transport_sees_the_bug_and_the_answer(runtime) -> None:
    """So does httpx."""
    import httpx

    app = Starlette(routes=ROUTES)
    install(app, runtime)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a.test") as client:
        with pytest.raises(ValueError, match="hunter2"):
            await client.get("/unknown")
    quiet = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=quiet, base_url="http://a.test") as client:
        answer = await client.get("/unknown")

    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")


def test_application_mounted_twice_has_the_mount_of_the_request(runtime, records) -> None:
    """The label is that of the way a request came, however deep, and wherever the whole is served."""
    inner = Starlette(routes=ROUTES)
    shared = Starlette(routes=[*ROUTES, Mount("/{name}", app=inner)])
    app = Starlette(
        routes=[
            Mount("/v1", app=shared),
            Mount("/v2/{name}", app=shared),
            Mount("/files/{rest:path}/end", app=shared),
            Host("api.test", app=Router(routes=[Mount("/v3", app=shared)])),
        ]
    )
    for each in (app, shared, inner):
        install(each, runtime)
    paths = ["/v1/missing", "/v2/acme/missing", "/v1/a/missing", "/v2/a/b/missing", "/files/a/b/end/missing"]
    for path in paths:
        AsgiDriver(app).request("GET", path)
    AsgiDriver(app).converse(
        {"type": "http", "method": "GET", "path": "/api/v1/missing", "root_path": "/api"}
    )
    AsgiDriver(app).request("GET", "/v3/missing", headers=[("host", "api.test")])
    AsgiDriver(shared).request("GET", "/missing")

    assert [record.route for record in records.seen] == [
        "/v1/missing",
        "/v2/{name}/missing",
        "/v1/{name}/missing",
        "/v2/{name}/{name}/missing",
        "/files/{rest:path}/end/missing",
        "/v1/missing",
        "//api.test/v3/missing",
        "/missing",
    ]


def test_synchronous_dependency_and_body_may_bind(runtime, records) -> None:
    """Their steps run in contexts of their own: the answers are whole, and what they bind does not reach the endpoint."""
    app, seen = FastAPI(), []
    install(app, runtime)

    def dependency():
        with context.bind(actor="u1"):
            yield

    def body():
        with context.bind(actor="u1"):
            yield b"a"
            yield b"b"

    @app.get("/dependency", dependencies=[Depends(dependency)])
    async def endpoint():
        seen.append(context.current().actor)

    @app.get("/stream")
    def stream():
        return StreamingResponse(body())

    assert AsgiDriver(app).request("GET", "/dependency").status == 200
    assert AsgiDriver(app).request("GET", "/stream").body == b"ab"
    assert seen == [None]
    assert records.seen == []
