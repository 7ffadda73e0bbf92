# SPDX-License-Identifier: MIT
"""errcore in a Litestar application: what the conformance table cannot ask of every framework."""

from __future__ import annotations

import logging
from typing import Annotated

import msgspec
import pytest
import structlog.testing
from litestar import Litestar, Request, Response, Router, WebSocket, get, post, websocket
from litestar.exceptions import (
    HTTPException,
    ValidationException,
    WebSocketException,
)
from litestar.logging import LoggingConfig
from litestar.middleware import DefineMiddleware
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.plugins.pydantic import PydanticDTO
from litestar.response import Stream
from litestar.testing import TestClient
from pydantic import BaseModel, field_validator

from errcore import NotFoundError, Runtime, UnavailableError, map_exception
from errcore.errors import MOST_ISSUES
from errcore.testing.asgi import AsgiDriver
from errcore_asgi.litestar import install, translate
from errcore_asgi.litestar_issues import issues_of_messages, rejected_by_litestar

SECRET = "hunter2-s3cr3t"
CONNECT = {"type": "websocket.connect"}


@get("/bug")
async def bug() -> None:
    raise ValueError(SECRET)


@get("/lost/{thing:str}")
async def lost(thing: FromPath[str]) -> None:
    raise NotFoundError("No such thing.")


def build(runtime, *handlers, prefixes=(), **keywords) -> Litestar:
    keywords.setdefault("logging_config", None)
    app = Litestar([bug, lost, *handlers], openapi_config=None, **keywords)
    install(app, runtime, prefixes=prefixes)
    return app


def ask(app, path, method="GET", body=b""):
    headers = [("content-type", "application/json")] if body else []
    return AsgiDriver(app).request(method, path, headers, body)


def told(request: Request, exc: Exception) -> Response[str]:
    return Response(f"theirs: {type(exc).__name__}", media_type="text/plain", status_code=418)


def test_wrong_litestar_is_refused(runtime) -> None:
    """The messages say what is wrong and what to do."""
    app = build(runtime)
    with pytest.raises(RuntimeError, match="installed in this application already"):
        install(app, runtime)
    with pytest.raises(TypeError, match="`app` is of type ErrorMiddleware, no Litestar application"):
        install(app.asgi_handler, runtime)


def test_runtime_of_litestar_comes_from_the_environment(monkeypatch) -> None:
    """Without one, the environment says which; either way the application knows it."""
    monkeypatch.setenv("ERRCORE_ENV", "development")
    app = Litestar(openapi_config=None, logging_config=None)

    assert install(app) is app.state.errcore
    assert app.state.errcore.settings.debug is True
    app.state.errcore.close()


def test_litestar_raises_nothing_again(runtime, records) -> None:
    """As without errcore: a test client sees the answer. The record has the bug, and the template of the route."""
    with TestClient(build(runtime)) as client:
        assert client.get("/bug").json()["code"] == "INTERNAL_ERROR"
        assert client.get("/lost/7").status_code == 404

    assert [(record.type_name, record.route) for record in records.seen] == [
        ("ValueError", "/bug"),
        ("errcore.errors.stock.NotFoundError", "/lost/{thing}"),
    ]


@pytest.mark.parametrize(
    ("key", "theirs"),
    [
        (ValueError, ["/bug"]),
        (Exception, ["/bug"]),
        (500, ["/bug"]),
        (404, ["/nowhere"]),
        (HTTPException, ["/nowhere"]),
        (NotFoundError, ["/lost/7"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("layer", ["app", "router"])
def test_handlers_of_litestar_keep_their_classes(key, theirs, layer, runtime, records) -> None:
    """Who has a handler for a class or a status goes on answering it; nothing of that is reported."""
    if layer == "app":
        app = build(runtime, exception_handlers={key: told})
    else:
        routed = Router("/", route_handlers=[bug, lost], exception_handlers={key: told})
        app = Litestar([routed], openapi_config=None, logging_config=None)
        install(app, runtime)
        theirs = [path for path in theirs if path != "/nowhere"]  # no route, no layer

    answers = {path: ask(app, path) for path in ("/bug", "/lost/7", "/nowhere")}

    assert [path for path, answer in answers.items() if answer.status == 418] == theirs
    assert all(len(answer.all("x-request-id")) == 1 for answer in answers.values())
    assert len(records.seen) == 3 - len(theirs)


@pytest.mark.parametrize("debug", [False, True])
def test_litestar_logs_what_others_answer(debug, runtime, caplog) -> None:
    """Of what errcore answers there is errcore's line; Litestar's log keeps the rest, in debug mode as in any."""
    quiet = LoggingConfig(log_exceptions="always", configure_root_logger=False)
    quiet.loggers["litestar"] = {"level": "INFO", "handlers": [], "propagate": True}
    app = build(runtime, debug=debug, logging_config=quiet, exception_handlers={NotFoundError: told})

    with caplog.at_level(logging.INFO):
        answer = ask(app, "/bug")
        ask(app, "/lost/7")

    assert SECRET.encode() not in answer.body
    assert answer.document()["code"] == "INTERNAL_ERROR"
    lines = [record.getMessage() for record in caplog.records if record.name == "litestar"]
    assert len(lines) == 1
    assert "/lost/7" in lines[0]
    assert SECRET not in caplog.text


def test_late_failure_behind_middleware_has_its_own_code(runtime, records) -> None:
    """Litestar hides what fails after the start behind an exception of its own, once for each layer."""

    class Passing:
        def __init__(self, app) -> None:
            self.app = app

        async def __call__(self, scope, receive, send) -> None:
            await self.app(scope, receive, send)

    @get("/stream")
    async def stream() -> Stream:
        async def chunks():
            yield b"part"
            raise UnavailableError("late")

        return Stream(chunks())

    app = build(runtime, stream, middleware=[DefineMiddleware(Passing)])
    assert not ask(app, "/stream").complete
    assert [record.code for record in records.seen] == ["SERVICE_UNAVAILABLE"]


def test_server_of_a_broken_litestar_stream_prints_one_line(records, caplog) -> None:
    """The exception gets out, for only that cuts the connection; its text does not, nor that of what hides it."""

    @get("/stream")
    async def stream() -> Stream:
        async def chunks():
            yield b"part"
            raise ValueError(SECRET)

        return Stream(chunks())

    with Runtime.for_tests(log_level="debug", logger=structlog.testing.CapturingLogger()) as telling:
        seen = AsgiDriver(build(telling, stream)).converse(
            {"type": "http", "method": "GET", "path": "/stream"}
        )
        logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=seen.raised)

    assert not seen.answer.complete
    assert records.seen[0].id in caplog.text
    assert records.seen[0].route == "/stream"
    assert SECRET not in caplog.text


def test_client_of_litestar_that_leaves_is_no_error(runtime, records) -> None:
    """Litestar calls it an internal error; it is none, and the answer that nobody reads says so, too."""

    @post("/upload")
    async def upload(request: Request) -> None:
        await request.body()

    app = build(runtime, upload)
    seen = AsgiDriver(app).converse(
        {"type": "http", "method": "POST", "path": "/upload"}, [{"type": "http.disconnect"}]
    )

    assert seen.raised is None
    assert seen.sent[0]["status"] == 499
    assert [(record.code, record.phase) for record in records.seen] == [("CLIENT_DISCONNECTED", "disconnect")]


class GoneError(Exception):
    """What something that the application uses calls a client that has left."""


map_exception(GoneError, kind="cancelled", code="CLIENT_DISCONNECTED")


def test_nobody_is_answered_where_somebody_says_that_the_client_left(runtime, records) -> None:
    """What is mapped to the code goes to the guard, which sends nothing."""

    @get("/gone")
    async def gone() -> None:
        raise GoneError

    seen = AsgiDriver(build(runtime, gone)).converse({"type": "http", "method": "GET", "path": "/gone"})

    assert (seen.sent, seen.raised) == ([], None)
    assert [(record.status, record.phase) for record in records.seen] == [(499, "disconnect")]


class Item(msgspec.Struct, forbid_unknown_fields=True):
    amount: Annotated[int, msgspec.Meta(ge=1)]


class Order(msgspec.Struct):
    items: list[Item]
    code: Annotated[str, msgspec.Meta(min_length=3)] = "abc"

    def __post_init__(self) -> None:
        if self.code == "refused":
            raise ValueError(SECRET)


class Person(BaseModel):
    age: int

    @field_validator("age")
    @classmethod
    def refuse(cls, value: int) -> int:
        raise ValueError(SECRET)


class PersonDTO(PydanticDTO[Person]): ...


@post("/orders")
async def order(data: JSONBody[Order], page: FromQuery[int]) -> None: ...


@post("/people", dto=PersonDTO, return_dto=None)
async def person(data: JSONBody[Person]) -> None: ...


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/orders?page=1", b"{}", [("/items", "REQUIRED", "body")]),
        ("/orders?page=1", b'{"items": [{"amount": 0}]}', [("/items/0/amount", "TOO_SMALL", "body")]),
        ("/orders?page=1", b'{"items": [{"amount": "x"}]}', [("/items/0/amount", "WRONG_TYPE", "body")]),
        (
            "/orders?page=1",
            b'{"items": [{"amount": 1, "more": 2}]}',
            [("/items/0/more", "UNKNOWN_FIELD", "body")],
        ),
        ("/orders?page=1", b'{"items": [], "code": "refused"}', [("", "INVALID", "body")]),
        ("/orders?page=1", b"3", [("", "WRONG_TYPE", "body")]),
        ("/orders?page=1", b'{"items": ' + SECRET.encode(), [("", "INVALID_FORMAT", "body")]),
        ("/orders?page=1", b"", [("", "REQUIRED", "body")]),
        ("/orders?page=" + SECRET, b'{"items": []}', [("/page", "WRONG_TYPE", "query")]),
        ("/orders?token=" + SECRET, b'{"items": []}', [("/page", "REQUIRED", "query")]),
        ("/people", b'{"age": "hunter2-s3cr3t"}', [("/age", "WRONG_TYPE", "body")]),
        ("/people", b'{"age": 3}', [("/age", "INVALID", "body")]),
        ("/people", b"3", [("", "WRONG_TYPE", "body")]),
        ("/people", b'{"age": ' + SECRET.encode(), [("", "INVALID_FORMAT", "body")]),
    ],
)
def test_rejected_requests_of_litestar(path, body, expected, runtime) -> None:
    """Where and which rule, never what was sent; whichever library found it."""
    answer = ask(build(runtime, order, person), path, "POST", body)

    assert answer.status == 422
    assert SECRET.encode() not in answer.body
    found = answer.document()["errors"]
    assert [(each["pointer"][1:], each["code"], each["location"]) for each in found] == expected


@pytest.mark.parametrize(
    ("message", "code", "params"),
    [
        ("Expected `int` >= 18", "TOO_SMALL", {"min": 18}),
        ("Expected `float` > 1.5", "TOO_SMALL", {"exclusive_min": 1.5}),
        ("Expected `float` <= 18.0", "TOO_LARGE", {"max": 18}),
        ("Expected `float` < 1e+22", "TOO_LARGE", {"exclusive_max": 10**22}),
        ("Expected `int` that's a multiple of 5", "NOT_A_MULTIPLE", {"multiple_of": 5}),
        ("Expected `str` of length >= 3", "TOO_SHORT", {"min": 3}),
        ("Expected `array` of length <= 3", "TOO_LONG", {"max": 3}),
        ("Expected `str` matching regex '^a$'", "PATTERN_MISMATCH", {}),
        (f"Invalid enum value {SECRET!r}", "INVALID_CHOICE", {}),
        ("Invalid RFC3339 encoded datetime", "INVALID_DATE", {}),
        ("Invalid ISO8601 duration", "INVALID_DATE", {}),
        ("Invalid UUID", "INVALID_FORMAT", {}),
        ("Expected `int` >= 1.2.3", "INVALID", {}),
        (f"{SECRET} is not what we want", "INVALID", {}),
    ],
)
def test_sentences_become_issues(message, code, params) -> None:
    """A sentence is recognised and never repeated."""
    (issue,) = issues_of_messages([{"message": message}])

    assert (issue.code, dict(issue.params), issue.location) == (code, params, None)
    assert SECRET not in issue.message


def test_place_in_a_sentence_is_the_last() -> None:
    """What a validator wrote may look like one."""
    (issue,) = issues_of_messages(
        [{"message": "no", "key": f"data.{SECRET}` - at `$.a[...].b", "source": "body"}]
    )

    assert issue.pointer == "/a/b"


def test_many_messages_are_counted() -> None:
    """The answer is bounded."""

    class ValidationError(Exception):
        """As msgspec's."""

    exc = ValidationException()
    exc.__cause__ = ValidationError()
    error = rejected_by_litestar(exc, "", [{"message": "no", "key": str(n)} for n in range(MOST_ISSUES + 5)])

    assert len(error.issues) == MOST_ISSUES + 1
    assert error.issues[-1].params == {"omitted": 5}
    assert rejected_by_litestar(exc, "", None).issues == ()


def test_what_goes_with_a_status_of_litestar() -> None:
    """Below 500 it is public, from 500 on it is about us."""
    public = translate(ValidationException("Not so.", extra={"field": "a"}))
    listed = translate(HTTPException("Not so.", status_code=409, extra=["a"]))
    inner = translate(HTTPException("Not so.", extra={"field": SECRET}))

    assert (public.code, str(public), public.details) == ("INVALID_REQUEST", "Not so.", {"field": "a"})
    assert listed.details == {"extra": ["a"]}
    assert (inner.details, inner.internal) == (None, {"field": SECRET})


@websocket("/ws/{name:str}")
async def ws(socket: WebSocket, name: FromPath[str]) -> None:
    if name != "early":
        await socket.accept()
    if name == "leaves":
        await socket.receive_text()
    if name == "chosen":
        raise WebSocketException(detail="Chosen.", code=4321)
    if name == "rejected":
        raise ValidationException("Not so.")
    if name == "bug":
        raise ValueError(SECRET)
    raise NotFoundError("No such thing.")


@pytest.mark.parametrize("middleware", [[], [DefineMiddleware(lambda app: app)]], ids=["bare", "middleware"])
@pytest.mark.parametrize(
    ("name", "code", "reason", "codes"),
    [
        ("accepted", 1008, "No such thing.", ["NOT_FOUND"]),
        ("early", 1008, "No such thing.", ["NOT_FOUND"]),
        ("rejected", 1008, "Not so.", ["INVALID_REQUEST"]),
        ("bug", 1011, "", ["INTERNAL_ERROR"]),
        ("chosen", 4321, "Chosen.", []),
        ("leaves", None, None, []),
    ],
)
def test_websocket_of_litestar_is_closed_properly(
    name, code, reason, codes, middleware, runtime, records
) -> None:
    """With the code of the error, not with Litestar's 4500; what the handler has chosen stays."""
    seen = AsgiDriver(build(runtime, ws, middleware=middleware)).converse(
        {"type": "websocket", "path": f"/ws/{name}"},
        [CONNECT, {"type": "websocket.disconnect", "code": 1001}],
    )

    closes = [message for message in seen.sent if message["type"] == "websocket.close"]
    assert [message["code"] for message in closes] == ([] if code is None else [code])
    assert SECRET not in str(seen.sent)
    assert not reason or closes[0]["reason"] == reason
    assert [record.code for record in records.seen] == codes


def test_rejected_handshake_of_litestar_is_denied(runtime) -> None:
    """While there is still HTTP, the answer is one."""
    seen = AsgiDriver(build(runtime)).converse(
        {"type": "websocket", "path": "/nowhere", "extensions": {"websocket.http.response": {}}}, [CONNECT]
    )

    assert [message.get("status") for message in seen.sent] == [404, None]


@pytest.mark.parametrize("phase", ["startup", "shutdown"])
def test_lifespan_of_litestar(phase, runtime, records) -> None:
    """A failing start or stop is reported, and the server gets one line without the traceback."""

    async def fail() -> None:
        raise ValueError(SECRET)

    app = build(runtime, **{f"on_{phase}": [fail]})
    seen = AsgiDriver(app).converse(
        {"type": "lifespan"}, [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    )

    assert seen.types[-1] == f"lifespan.{phase}.failed"
    assert SECRET not in seen.sent[-1]["message"]
    assert [record.phase for record in records.seen] == ["lifespan"]
    assert app.route_handler_method_view  # the router is Litestar's own for everything else


@pytest.mark.parametrize("debug", [False, True])
def test_rest_of_a_litestar_is_left_alone(debug, runtime, records) -> None:
    """Outside of the prefixes each answer is what it was before."""

    @get("/v2/lost", name="new")
    async def new() -> None:
        raise NotFoundError("No such thing.")

    keywords = {"debug": debug, "exception_handlers": {KeyError: told}}
    app = build(runtime, new, ws, prefixes=["/v2"], **keywords)
    plain = Litestar([bug, lost, new, ws], openapi_config=None, logging_config=None, **keywords)

    for path in ("/lost/7", "/nowhere", "/v2beta"):
        ours, theirs = ask(app, path), ask(plain, path)
        assert (ours.status, ours.headers) == (theirs.status, theirs.headers)
        assert debug or ours.body == theirs.body
    assert ask(app, "/bug").body.startswith(b"Traceback" if debug else b'{"status_code":500')
    closed = AsgiDriver(app).converse({"type": "websocket", "path": "/ws/accepted"}, [CONNECT])
    assert closed.sent[-1]["code"] == 4500
    assert records.seen == []

    answer = ask(app, "/v2/nowhere")
    assert (answer.document()["code"], len(answer.all("x-request-id"))) == ("NOT_FOUND", 1)
    assert ask(app, "/v2/lost").document()["code"] == "NOT_FOUND"
    assert len(records.seen) == 2


def test_catch_all_of_litestar_answers_outside_of_the_prefixes(runtime) -> None:
    """Who answered everything still does, but for what errcore was given."""
    app = build(runtime, prefixes=["/v2"], exception_handlers={Exception: told, 403: told})

    assert [ask(app, path).status for path in ("/bug", "/lost/7", "/nowhere", "/v2/nowhere")] == [
        418,
        418,
        418,
        404,
    ]


def test_litestar_that_logs_nothing_is_left_so(runtime) -> None:
    """Unless it is told to, Litestar logs no exception; then there is nothing to take its place."""
    app = build(runtime, logging_config=LoggingConfig(log_exceptions="never", configure_root_logger=False))

    assert app.logging_config.exception_logging_handler is None
