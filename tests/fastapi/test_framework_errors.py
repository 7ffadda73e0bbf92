# SPDX-License-Identifier: MIT
"""What FastAPI raises by itself: rejected requests, chosen statuses, broken models, clients that left."""

from __future__ import annotations

import json
from inspect import signature
from typing import Annotated, Literal, get_args

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Query, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, field_validator
from pydantic_core.core_schema import ErrorType

from errcore import AppError, NotFoundError, Occurrence, RateLimitError
from errcore.errors import ISSUE_CODES, MOST_ISSUES, json_pointer
from errcore.jsonsafe import one_line
from errcore.testing.asgi import AsgiDriver
from errcore_asgi import Answers
from errcore_asgi.pydantic_issues import issues_of
from errcore_fastapi import install
from errcore_fastapi.translation import translate

SECRET = "hunter2-s3cr3t"


class Login(BaseModel):
    user: str
    password: str
    age: int | None = None
    role: Literal["admin", "guest"] = "guest"
    tags: dict[str, int] = {}

    @field_validator("user")
    @classmethod
    def refuse(cls, value: str) -> str:
        if value == "refused":
            raise ValueError(f"text {SECRET}")
        return value


class Shown(BaseModel):
    id: int


@pytest.fixture
def app(runtime):
    app = FastAPI()
    install(app, runtime)

    @app.post("/login")
    async def login(login: Login):
        return {}

    @app.get("/search")
    async def search(limit: Annotated[int, Query(ge=1, le=50)]):
        return {}

    @app.get("/shown", response_model=Shown)
    async def shown():
        return {"id": SECRET}

    @app.get("/bare")
    async def bare():
        Shown.model_validate({"id": SECRET})

    @app.get("/late/{where}")
    async def late(where: str, tasks: BackgroundTasks, after: Annotated[None, Depends(dependency)]):
        if where == "background":
            tasks.add_task(failing)
        return {"ok": True}

    async def failing():
        raise RateLimitError("late")

    @app.websocket("/ws")
    async def ws(websocket: WebSocket, limit: Annotated[int, Query(ge=1)]):
        await websocket.accept()
        raise HTTPException(403, "Not you.") if limit == 1 else ValueError(SECRET)

    return app


async def dependency(request: Request):
    yield
    if request.url.path.endswith("dependency"):
        raise RateLimitError("late")


def post(app, document) -> tuple[int, dict]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    answer = AsgiDriver(app).request("POST", "/login", [("content-type", "application/json")], body)
    assert SECRET not in answer.body.decode()
    return answer.status, answer.document()


def test_missing_field_beside_a_password(app) -> None:
    """The defect is named, the rest of the body is not sent back."""
    status, document = post(app, {"password": SECRET})

    assert status == 422
    assert document["errors"] == [
        {"pointer": "#/user", "detail": "This field is required.", "code": "REQUIRED", "location": "body"}
    ]


def test_validator_that_raises_is_the_callers_fault(app) -> None:
    """It is a 422, and what the validator said stays inside."""
    status, document = post(app, {"user": "refused", "password": SECRET})

    assert (status, document["errors"][0]["code"], document["errors"][0]["detail"]) == (
        422,
        "INVALID",
        "Is not valid.",
    )


@pytest.mark.parametrize(
    "body", [b'{"age": NaN, "user": "u", "password": "p"}', b'{"age": 1e999}', b'{"user": ', b"\xff"]
)
def test_odd_documents_are_the_callers_fault(body, app) -> None:
    """NaN, infinity, half a document, no text at all: never a 500."""
    assert post(app, body)[0] in {400, 422}


def test_choices_and_limits_of_the_schema_are_told(app) -> None:
    """What the schema declares is no secret, and helps."""
    _, document = post(
        app, {"user": "u", "password": "p", "role": SECRET, "tags": {"a/b~c": "x"}, "age": "old"}
    )
    errors = {error["pointer"]: error for error in document["errors"]}

    assert errors["#/role"]["detail"] == "Must be 'admin' or 'guest'."
    assert errors["#/role"]["params"] == {"choices": "'admin' or 'guest'"}
    assert errors["#/tags/a~1b~0c"]["detail"] == errors["#/age"]["detail"] == "Must be an integer."


def test_query_parameters_have_their_place(app) -> None:
    """A pointer is relative to the part of the request that it is about."""
    answer = AsgiDriver(app).request("GET", "/search?limit=500")

    assert answer.document()["errors"] == [
        {
            "pointer": "#/limit",
            "detail": "Must be at most 50.",
            "code": "TOO_LARGE",
            "location": "query",
            "params": {"max": 50},
        }
    ]


def test_many_defects_are_counted(runtime) -> None:
    """A hostile document does not make an endless answer; what is left out is counted."""
    error = translate(RequestValidationError([{"type": "missing", "loc": ("body", n)} for n in range(1000)]))

    listed = Occurrence.of(error).issues

    assert [issue.code for issue in listed] == ["REQUIRED"] * MOST_ISSUES + ["TOO_MANY_ISSUES"]
    assert listed[-1].params == {"omitted": 900}
    assert error.details is None


def test_every_type_of_pydantic_has_a_code_of_ours() -> None:
    """Clients learn one vocabulary, whatever validates."""
    codes = {kind: next(issues_of([{"type": kind}])).code for kind in get_args(ErrorType)}

    assert set(codes.values()) <= ISSUE_CODES.keys()
    assert codes["missing"] == codes["union_tag_not_found"] == "REQUIRED"
    assert codes["enum"] == codes["literal_error"] == "INVALID_CHOICE"
    assert codes["int_parsing"] == codes["int_type"] == "WRONG_TYPE"
    assert codes["uuid_parsing"] == "INVALID_FORMAT"
    assert codes["time_delta_parsing"] == "INVALID_DATE"
    assert codes["value_error"] == "INVALID"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({}, (None, "", "INVALID", "Is not valid.", {})),
        ({"type": "ordner", "loc": ("elsewhere", 0)}, (None, "/elsewhere/0", "INVALID", "Is not valid.", {})),
        ({"type": "my rule!", "loc": ("query", "q")}, ("query", "/q", "INVALID", "Is not valid.", {})),
        ({"type": "7", "loc": ("path", "p")}, ("path", "/p", "INVALID", "Is not valid.", {})),
        ({"type": "too_long", "loc": ("body",)}, ("body", "", "TOO_LONG", "Is too long.", {})),
        (
            {"type": "less_than", "loc": ("header", "x"), "ctx": {"lt": {1}, "error": SECRET}},
            ("header", "/x", "TOO_LARGE", "Must be less than {1}.", {"exclusive_max": "{1}"}),
        ),
        (
            {"type": "json_invalid", "loc": ("body", 17)},
            ("body", "", "INVALID_FORMAT", "Must be valid JSON.", {}),
        ),
        ({"type": "multiple_of", "ctx": {}}, (None, "", "NOT_A_MULTIPLE", "Is not valid.", {})),
        (
            {
                "type": "errcore_issue",
                "loc": ("body", "a"),
                "ctx": {"code": "X_1", "message": "a\nb", "pointer": "/0", "params": {"min": {2}}},
            },
            ("body", "/a/0", "X_1", "a b", {"min": [2]}),
        ),
        (
            {
                "type": "errcore_issue",
                "ctx": {"code": "X_1", "message": "m" * 5000, "pointer": "no", "params": 7},
            },
            (None, "", "X_1", one_line("m" * 5000, 1024), {}),
        ),
        (
            {"type": "errcore_issue", "ctx": {"code": "X_1", "message": "m", "pointer": "/" + "p" * 5000}},
            (None, "", "X_1", "m", {}),
        ),
        (
            {"type": "errcore_issue", "ctx": {"code": "no code", "message": SECRET}},
            (None, "", "INVALID", "Is not valid.", {}),
        ),
        (
            {"type": "errcore_issue", "ctx": {"code": "X_1", "message": {1}}},
            (None, "", "INVALID", "Is not valid.", {}),
        ),
        ({"type": "errcore_issue", "ctx": SECRET}, (None, "", "INVALID", "Is not valid.", {})),
        (
            {"type": "missing", "loc": ("body", "k" * 999)},
            ("body", json_pointer("k" * 999), "REQUIRED", "This field is required.", {}),
        ),
    ],
)
def test_any_entry_becomes_an_issue(entry, expected) -> None:
    """Whatever pydantic, or a validator of somebody's own, puts into an entry."""
    (issue,) = issues_of([entry])

    assert (issue.location, issue.pointer, issue.code, issue.message, dict(issue.params)) == expected


@pytest.mark.parametrize("path", ["/shown", "/bare"])
def test_model_that_does_not_fit_is_our_bug(path, app, records) -> None:
    """A response, or a model used inside, that fails its own rules is a 500, without the value."""
    seen = AsgiDriver(app).converse({"type": "http", "method": "GET", "path": path})

    assert seen.answer.status == 500
    assert SECRET not in seen.answer.body.decode()
    assert seen.raised is not None
    assert [record.code for record in records.seen] == ["INTERNAL_ERROR"]


@pytest.mark.parametrize("where", ["background", "dependency"])
def test_failure_after_the_answer(where, app, records) -> None:
    """The answer is intact, and there is one record with the right code."""
    seen = AsgiDriver(app).converse({"type": "http", "method": "GET", "path": f"/late/{where}"})

    assert (seen.answer.status, seen.answer.document(), seen.answer.complete) == (200, {"ok": True}, True)
    assert seen.raised is None
    assert [(record.code, record.phase) for record in records.seen] == [("RATE_LIMIT_EXCEEDED", "background")]


@pytest.mark.parametrize("middleware", [False, True], ids=["bare", "middleware"])
@pytest.mark.parametrize("path", ["/login", "/stream"])
def test_client_that_leaves_while_it_sends(path, middleware, app, records) -> None:
    """Nothing is sent, nothing at or above 500 is recorded."""

    @app.post("/stream")
    async def stream(request: Request):
        await request.body()

    if middleware:

        @app.middleware("http")
        async def passing(request, call_next):
            return await call_next(request)

    seen = AsgiDriver(app).converse(
        {"type": "http", "method": "POST", "path": path},
        [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}],
        [("content-type", "application/json")],
    )

    assert (seen.sent, seen.raised) == ([], None)
    assert [record.status for record in records.seen] == [499]


@pytest.mark.skipif(
    "max_body_size" not in signature(FastAPI).parameters, reason="this FastAPI has no limit on bodies"
)
@pytest.mark.parametrize("middleware", [False, True], ids=["bare", "middleware"])
@pytest.mark.parametrize("announced", [False, True], ids=["counted", "announced"])
def test_body_over_the_limit_is_the_callers_fault(announced, middleware, runtime, records) -> None:
    """413 and one record of it, however the framework's limit comes to know; never a 500 beside it."""
    app = FastAPI(max_body_size=10)
    install(app, runtime)
    if middleware:

        @app.middleware("http")
        async def reading(request, call_next):
            await request.body()
            return await call_next(request)

    @app.post("/body")
    async def take(document: dict): ...

    @app.post("/ignored")
    async def ignore(): ...

    body = [{"type": "http.request", "body": b"x" * 100}]
    headers = [("content-type", "application/json"), *([("content-length", "100")] if announced else [])]
    seen = AsgiDriver(app).converse({"type": "http", "method": "POST", "path": "/body"}, body, headers)

    assert (seen.answer.status, seen.raised) == (413, None)
    assert [record.code for record in records.seen] == ["PAYLOAD_TOO_LARGE"]

    seen = AsgiDriver(app).converse({"type": "http", "method": "POST", "path": "/ignored"}, body, headers)

    assert seen.answer.status == (413 if announced or middleware else 200)
    assert all(record.status == 413 for record in records.seen)


def converse(app, path, *, extensions=None):
    return AsgiDriver(app).converse(
        {"type": "websocket", "path": path, "extensions": extensions or {}},
        [{"type": "websocket.connect"}],
    )


@pytest.mark.parametrize("extensions", [{}, {"websocket.http.response": {}}], ids=["plain", "deniable"])
def test_rejected_websocket_is_closed_with_a_string(extensions, app, records) -> None:
    """1008 and a reason in words; FastAPI's own handler sends a list."""
    seen = converse(app, f"/ws?limit={SECRET}", extensions=extensions)

    assert seen.sent == [{"type": "websocket.close", "code": 1008, "reason": "The input is not valid."}]
    assert [record.code for record in records.seen] == ["VALIDATION_ERROR"]


def test_status_on_a_websocket_is_a_close(app, records) -> None:
    """An HTTPException on an accepted websocket is closed with the code of its kind."""
    seen = converse(app, "/ws?limit=1")

    assert seen.types == ["websocket.accept", "websocket.close"]
    assert (seen.sent[1]["code"], seen.sent[1]["reason"]) == (3003, "Not you.")
    assert [record.code for record in records.seen] == ["PERMISSION_DENIED"]


def test_bug_on_a_websocket_is_1011(app, records) -> None:
    """And says nothing of itself."""
    seen = converse(app, "/ws?limit=2")

    assert (seen.sent[1]["code"], seen.sent[1]["reason"]) == (1011, "An internal error occurred.")
    assert isinstance(seen.raised, ValueError)
    assert len(records.seen) == 1


def test_unrouted_websocket_is_closed(app, records) -> None:
    """The router closes it by itself; that is no error of ours."""
    assert converse(app, "/nowhere").types == ["websocket.close"]
    assert records.seen == []


def raised_by(status, detail=None, **keywords) -> AppError:
    error = translate(HTTPException(status, detail, **keywords))
    assert isinstance(error, AppError)
    return error


def test_detail_of_a_caller_fault_is_public() -> None:
    """A text is the message, a mapping is the details, anything else the one detail `details`, which a problem shows."""
    assert raised_by(404, "No agent.").message == "No agent."
    assert raised_by(404, {"agent": "a1"}).details == {"agent": "a1"}
    assert raised_by(404, ["a", "b"]).details == {"details": ["a", "b"]}
    assert raised_by(404, {"agent": "a1"}).internal is None


def test_detail_of_a_server_fault_is_internal() -> None:
    """It was written by us, about us."""
    error = raised_by(502, {"upstream": SECRET})

    assert (error.details, error.internal) == (None, {"upstream": SECRET})


def test_status_that_is_none_is_our_bug(runtime, records) -> None:
    """An exception of the framework that makes no sense is answered like any other bug."""
    app = FastAPI()
    install(app, runtime)

    @app.get("/")
    async def odd():
        raise HTTPException("404")

    answer = AsgiDriver(app).request("GET", "/")

    assert (answer.status, answer.document()["code"]) == (500, "INTERNAL_ERROR")
    assert len(records.seen) == 1


def test_cause_of_a_status_is_kept() -> None:
    """The record shows what led to it."""
    cause = KeyError("k")
    exc = HTTPException(404)
    exc.__cause__ = cause

    assert translate(exc).__cause__ is cause


def test_group_with_one_framework_error_is_that_error(runtime) -> None:
    """Task groups wrap what is raised in them, as often as they are nested; what is no framework's stays as it is."""
    group = ExceptionGroup("outer", [ExceptionGroup("inner", [HTTPException(404)])])
    ours = ExceptionGroup("outer", [ValueError()])
    two = ExceptionGroup("outer", [HTTPException(404), HTTPException(404)])

    meant = Answers(runtime, translate).meant
    assert isinstance(meant(group), NotFoundError)
    assert meant(ours) is ours
    assert meant(two) is two
