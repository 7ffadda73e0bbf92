# SPDX-License-Identifier: MIT
"""errcore in a Quart application: what the conformance table cannot ask of every framework."""

from __future__ import annotations

import gc
import json
import logging
import weakref

import pytest
import structlog.testing
from quart import Blueprint, Quart, Response, abort, request, websocket
from quart.signals import got_request_exception
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound, Unauthorized

from errcore import NotFoundError, Runtime
from errcore.testing.asgi import AsgiDriver
from errcore_asgi.quart import install, translate

SECRET = "hunter2-s3cr3t"
CONNECT = {"type": "websocket.connect"}
DENIABLE = {"websocket.http.response": {}}


def build(runtime, *, prefixes=()) -> Quart:
    app = Quart("errcore.tests.quart")
    if runtime is not None:
        install(app, runtime, prefixes=prefixes)

    @app.get("/bug")
    async def bug():
        raise ValueError(SECRET)

    @app.get("/lost/<thing>")
    @app.get("/v2/lost/<thing>", endpoint="new")
    async def lost(thing):
        raise NotFoundError("No such thing.")

    @app.websocket("/ws/<name>")
    async def ws(name):
        if name != "early":
            await websocket.accept()
        if name == "bug":
            raise ValueError(SECRET)
        if name == "aborted":
            abort(404, "No such thing.")
        raise NotFoundError("No such thing.")

    return app


def ask(app, path, method="GET", body=b""):
    headers = [("content-type", "application/json")] if body else []
    return AsgiDriver(app).request(method, path, headers, body)


def converse(app, path, **scope):
    return AsgiDriver(app).converse(
        {"type": "websocket", "path": path, "scheme": "ws", "subprotocols": [], **scope}, [CONNECT]
    )


@pytest.fixture
def telling():
    """A runtime that writes its lines, so that others need not tell the story."""
    with Runtime.for_tests(log_level="debug", logger=structlog.testing.CapturingLogger()) as runtime:
        yield runtime


async def told(exc):
    return Response(f"theirs: {type(exc).__name__}", 418)


def test_wrong_quart_is_refused(runtime) -> None:
    """The messages say what is wrong and what to do."""
    app = build(runtime)
    with pytest.raises(RuntimeError, match="installed in this application already"):
        install(app, runtime)
    with pytest.raises(TypeError, match="`app` is of type ErrorMiddleware, no Quart application"):
        install(app.asgi_app, runtime)


def test_runtime_of_quart_comes_from_the_environment(monkeypatch) -> None:
    """Without one, the environment says which; either way the application knows it."""
    monkeypatch.setenv("ERRCORE_ENV", "development")
    app = Quart("errcore.tests.quart")

    assert install(app) is app.extensions["errcore"]
    assert app.extensions["errcore"].settings.debug is True
    app.extensions["errcore"].close()


async def test_what_quart_does_beside_answering_goes_on(telling, records, caplog) -> None:
    """The signal, the hooks and the log line are Quart's; the line has the id of the report instead of the traceback."""
    app = build(telling)
    signalled, torn = [], []

    async def receive(sender, exception, **extra):
        signalled.append(exception)

    @app.after_request
    async def after(response):
        response.headers["X-After"] = "1"
        return response

    @app.teardown_request
    async def teardown(exc):
        torn.append(exc)

    with got_request_exception.connected_to(receive, app), caplog.at_level(logging.ERROR):
        answer = await app.test_client().get("/bug")

    assert (answer.status_code, answer.headers["X-After"]) == (500, "1")
    assert json.loads(await answer.get_data())["code"] == "INTERNAL_ERROR"
    assert [type(exc) for exc in signalled] == [ValueError]
    assert len(torn) == 1
    assert [(record.code, record.route) for record in records.seen] == [("INTERNAL_ERROR", "/bug")]
    lines = [record.getMessage() for record in caplog.records if record.name == app.name]
    assert len(lines) == 1
    assert records.seen[0].id in lines[0]
    assert SECRET not in caplog.text


@pytest.mark.parametrize("mode", ["debug", "testing"])
def test_debug_page_of_quart_is_not_sent(mode, runtime, records) -> None:
    """It shows source lines and values to whoever asks. The envelope is sent instead, on websockets a close."""
    app = build(runtime)
    setattr(app, mode, True)

    @app.after_request
    async def after(response):
        response.headers["X-After"] = "1"
        return response

    answer = ask(app, "/bug")
    seen = converse(app, "/ws/bug")

    assert (answer.document()["code"], answer.one("x-after")) == ("INTERNAL_ERROR", "1")
    assert seen.sent[-1]["code"] == 1011
    assert SECRET not in f"{answer} {seen.sent}"
    assert [record.phase for record in records.seen] == ["handler", "websocket"]


def test_propagated_exception_reaches_the_server(runtime, records) -> None:
    """Where the configuration asks for it; the client has its answer, and the server one line."""
    app = build(runtime)
    app.config["PROPAGATE_EXCEPTIONS"] = True

    seen = AsgiDriver(app).converse(
        {"type": "http", "method": "GET", "path": "/bug"}, [{"type": "http.request", "body": b""}]
    )

    assert isinstance(seen.raised, ValueError)
    assert seen.answer.document()["code"] == "INTERNAL_ERROR"
    assert len(records.seen) == 1


@pytest.mark.parametrize(
    ("key", "theirs", "reported"),
    [
        (ValueError, ["/bug"], 2),
        (Exception, ["/bug"], 2),
        (500, ["/bug"], 3),  # nobody has handled the bug, which is what is reported; the page is theirs
        (404, ["/nowhere"], 2),
        (HTTPException, ["/bug", "/nowhere"], 2),
        (NotFoundError, ["/lost/7"], 2),
    ],
    ids=str,
)
def test_handlers_of_quart_keep_their_classes(key, theirs, reported, runtime, records) -> None:
    """Who has a handler for a class or a status goes on answering it."""
    app = build(None)
    app.register_error_handler(key, told)
    install(app, runtime)

    answers = {path: ask(app, path) for path in ("/bug", "/lost/7", "/nowhere")}

    assert [path for path, answer in answers.items() if answer.status == 418] == theirs
    assert all(len(answer.all("x-request-id")) == 1 for answer in answers.values())
    assert len(records.seen) == reported


def test_handlers_of_a_blueprint_keep_their_classes(runtime) -> None:
    """They are nearer."""
    routes = Blueprint("routes", __name__)
    routes.register_error_handler(NotFoundError, told)

    @routes.get("/blue/<int:n>")
    async def blue(n):
        raise NotFoundError("No such thing.")

    app = build(runtime)
    app.register_blueprint(routes)

    assert ask(app, "/blue/7").status == 418


def test_response_that_somebody_chose_is_sent(runtime, records) -> None:
    """`abort` takes a whole response, and a redirect of the router is no error."""
    app = build(runtime)

    @app.get("/chosen")
    async def chosen():
        abort(Response("mine", 409))

    @app.get("/chosen/too")
    async def chosen_too():
        raise NotFound(response=Response("mine", 409))

    @app.get("/slash/")
    async def slash():
        return "slash"

    for path in ("/chosen", "/chosen/too"):
        assert (ask(app, path).status, ask(app, path).body) == (409, b"mine")
    assert ask(app, "/slash").status == 308
    assert records.seen == []


def test_broken_json_of_quart_is_not_quoted(runtime) -> None:
    """Quart's 400 is in the envelope; the description is said only where somebody wrote one."""
    app = build(runtime)

    @app.post("/json")
    async def read():
        return await request.get_json()

    @app.post("/form")
    async def form():
        return (await request.form)[SECRET]

    broken, missing = ask(app, "/json", "POST", SECRET.encode()), ask(app, "/form", "POST", b"{}")

    assert (broken.status, missing.status) == (400, 400)
    assert SECRET.encode() not in broken.body + missing.body


def test_exceptions_of_werkzeug_are_translated() -> None:
    """What was written is the message; headers come along, a list of challenges as one."""
    challenged = translate(Unauthorized("Who are you?", www_authenticate=["Basic", "Bearer"]))
    detailed = translate(NotFound({"thing": "7"}))
    bug = ValueError()
    nameless = HTTPException()

    assert (str(challenged), challenged.headers) == ("Who are you?", {"WWW-Authenticate": "Basic, Bearer"})
    assert detailed.details == {"thing": "7"}
    assert translate(InternalServerError(original_exception=bug)) is bug
    assert translate(nameless) is nameless


@pytest.mark.parametrize(
    ("name", "extensions", "expected"),
    [
        ("accepted", {}, [("websocket.accept", None), ("websocket.close", 1008)]),
        ("accepted", DENIABLE, [("websocket.accept", None), ("websocket.close", 1008)]),
        ("aborted", {}, [("websocket.accept", None), ("websocket.close", 1008)]),
        ("bug", {}, [("websocket.accept", None), ("websocket.close", 1011)]),
        ("early", {}, [("websocket.close", 1008)]),
    ],
)
def test_websocket_of_quart_is_closed_properly(name, extensions, expected, runtime, records) -> None:
    """With the code of the error, not with Quart's 1000."""
    seen = converse(build(runtime), f"/ws/{name}", extensions=extensions)

    assert [(message["type"], message.get("code")) for message in seen.sent] == expected
    assert SECRET not in str(seen.sent)
    assert [(record.phase, record.route) for record in records.seen] == [("websocket", "/ws/<name>")]


def test_rejected_handshake_of_quart_is_denied(runtime) -> None:
    """While there is still HTTP, the answer is one."""
    seen = converse(build(runtime), "/ws/early", extensions=DENIABLE)

    assert [message.get("status") for message in seen.sent] == [404, None, None]
    assert json.loads(seen.sent[1]["body"])["code"] == "NOT_FOUND"


@pytest.mark.parametrize("phase", ["startup", "shutdown"])
def test_lifespan_of_quart(phase, runtime, records, caplog) -> None:
    """A failing start or stop is reported, and neither the server nor Quart's log gets its text."""
    app = build(runtime)
    add = app.before_serving if phase == "startup" else app.after_serving

    @add
    async def fail():
        raise ValueError(f"postgres://u:{SECRET}@db")

    with caplog.at_level(logging.ERROR):
        seen = AsgiDriver(app).converse(
            {"type": "lifespan"}, [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        )

    assert f"lifespan.{phase}.failed" in seen.types
    assert [record.phase for record in records.seen] == ["lifespan"]
    assert SECRET not in f"{seen.sent} {caplog.text}"


def test_rest_of_a_quart_is_left_alone(runtime, records) -> None:
    """Outside of the prefixes each answer is what it was before."""
    app, plain = build(runtime, prefixes=["/v2"]), build(None)
    for each in (app, plain):
        each.register_error_handler(KeyError, told)

    for path in ("/bug", "/lost/7", "/nowhere", "/v2beta"):
        ours, theirs = ask(app, path), ask(plain, path)
        assert (ours.status, ours.headers, ours.body) == (theirs.status, theirs.headers, theirs.body)
    assert converse(app, "/ws/accepted").sent == converse(plain, "/ws/accepted").sent
    assert records.seen == []

    answer = ask(app, "/v2/nowhere")
    assert (answer.document()["code"], len(answer.all("x-request-id"))) == ("NOT_FOUND", 1)
    assert ask(app, "/v2/lost/7").document()["code"] == "NOT_FOUND"
    assert len(records.seen) == 2

    app.debug = True
    assert SECRET.encode() in ask(app, "/bug").body  # the page that developers know


def test_catch_all_of_quart_answers_outside_of_the_prefixes(runtime) -> None:
    """Who answered everything still does, but for what errcore was given."""
    app = build(runtime, prefixes=["/v2"])
    app.register_error_handler(Exception, told)

    assert [ask(app, path).status for path in ("/bug", "/lost/7", "/nowhere", "/v2/nowhere")] == [
        418,
        418,
        418,
        404,
    ]


def test_background_task_without_a_request_is_reported(telling, records, caplog) -> None:
    """Tasks may be begun when the application starts, where there is no request and no prefix."""
    app = build(telling, prefixes=["/v2"])

    @app.before_serving
    async def begin():
        async def fail():
            raise ValueError(SECRET)

        app.add_background_task(fail)

    with caplog.at_level(logging.ERROR):
        AsgiDriver(app).converse(
            {"type": "lifespan"}, [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        )

    assert [record.phase for record in records.seen] == ["background"]
    assert SECRET not in caplog.text


def test_server_of_a_broken_stream_prints_one_line(telling, records, caplog) -> None:
    """The exception gets out, for only that cuts the connection; its text does not."""
    app = build(telling)

    @app.get("/stream")
    async def stream():
        async def chunks():
            yield b"part"
            raise ValueError(SECRET)

        return chunks()

    seen = AsgiDriver(app).converse({"type": "http", "method": "GET", "path": "/stream"})
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=seen.raised)

    assert not seen.answer.complete
    assert records.seen[0].id in caplog.text
    assert records.seen[0].route == "/stream"
    assert SECRET not in caplog.text


def test_application_of_quart_can_be_forgotten() -> None:
    """The signals are process-wide; they hold on to no application that is gone."""
    with Runtime.for_tests(log_level="critical") as runtime:
        app = build(runtime)
        ask(app, "/bug")
        gone = weakref.ref(app)
        del app
        gc.collect()

    assert gone() is None
