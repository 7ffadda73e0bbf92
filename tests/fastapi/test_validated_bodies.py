# SPDX-License-Identifier: MIT
"""Request bodies that an errcore validator checks, in FastAPI: what endpoints get, what clients read, what is documented."""

# Without `from __future__ import annotations`: FastAPI would look for names of a test in this module.

import asyncio
import json
from typing import Annotated, Any

import attrs
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel
from starlette.middleware.base import BaseHTTPMiddleware

from errcore import ConfigurationError, InputValidator, Runtime, UnavailableError, Validator, rule
from errcore.testing.asgi import AsgiDriver
from errcore.validation import Email, JsonBody, Length, Range, Secret
from errcore_fastapi import body, install, responses_for

JSON = [("Content-Type", "application/json")]


@attrs.define
class Signup:
    email: Annotated[str, Email()]
    age: Annotated[int, Range(18, 120)] = 18
    password: Annotated[str, Length(8, 64), Secret()] | None = None


@attrs.define
class Node:
    value: int
    children: list["Node"] = attrs.field(factory=list)


@pytest.fixture
def app(runtime):
    app = FastAPI()
    install(app, runtime)
    return app


def post(app, path, document, headers=JSON):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return AsgiDriver(app).request("POST", path, headers, content)


def told(answer):
    return [(each["pointer"], each["code"], each["location"]) for each in answer.document()["errors"]]


# --- What endpoints get, and what clients read ---


def test_endpoint_gets_what_the_class_says(app) -> None:
    """An instance for a good body; for a bad one 422 with everything that is wrong, and where."""
    seen = []

    @app.post("/signups")
    async def sign_up(signup: Annotated[Signup, body(Signup)]) -> int:
        seen.append(signup)
        return signup.age

    assert post(app, "/signups", {"email": "ada@example.org", "age": 36}).body == b"36"
    assert seen == [Signup("ada@example.org", 36)]

    answer = post(app, "/signups", {"age": True, "password": "short"})

    assert answer.status == 422
    assert told(answer) == [
        ("#/email", "REQUIRED", "body"),
        ("#/age", "WRONG_TYPE", "body"),
        ("#/password", "TOO_SHORT", "body"),
    ]
    assert len(seen) == 1


@pytest.mark.parametrize("kind", ["validator", "builder", "in a thread"])
def test_whatever_says_what_is_wanted(app, kind) -> None:
    """A validator, a builder of one, and endpoints that run in a thread."""
    builder = InputValidator()
    builder.field("age").required().type(int).range(18, 120)
    what = builder.build() if kind == "validator" else builder

    if kind == "in a thread":

        @app.post("/")
        def threaded(data: Annotated[dict[str, Any], body(what)]) -> dict[str, Any]:
            return data
    else:

        @app.post("/")
        async def awaited(data: Annotated[dict[str, Any], body(what)]) -> dict[str, Any]:
            return data

    assert post(app, "/", {"age": 36, "more": 1}).document() == {"age": 36}
    assert told(post(app, "/", [])) == [("#", "WRONG_TYPE", "body")]


def test_rules_that_wait(app) -> None:
    """Are awaited; what they refuse is told with the location, and what they raise is answered as it is."""

    @rule(code="EMAIL_TAKEN", message="Is taken.")
    async def free(email: str) -> bool:
        await asyncio.sleep(0)
        if email.startswith("down"):
            raise UnavailableError
        return not email.startswith("ada")

    what = Validator.of(Signup).with_async_rules({"email": free})

    @app.post("/")
    async def sign_up(signup: Annotated[Signup, body(what)]) -> str:
        return signup.email

    assert post(app, "/", {"email": "bob@example.org"}).body == b'"bob@example.org"'
    assert told(post(app, "/", {"email": "ada@example.org"})) == [("#/email", "EMAIL_TAKEN", "body")]
    assert post(app, "/", {"email": "down@example.org"}).status == 503
    operation = app.openapi()["paths"]["/"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Signup"
    }


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{}", [("Content-Type", "text/plain")], 415, "MEDIA_TYPE_UNSUPPORTED"),
        (b"{}", [], 415, "MEDIA_TYPE_UNSUPPORTED"),
        (b"{}", [*JSON, ("Content-Length", "65")], 413, "PAYLOAD_TOO_LARGE"),
        (b" " * 65, JSON, 413, "PAYLOAD_TOO_LARGE"),
        (b"", [], 422, "VALIDATION_ERROR"),
        (b"{", JSON, 422, "VALIDATION_ERROR"),
        (b'{"a": NaN}', JSON, 422, "VALIDATION_ERROR"),
        (b"[[[[[[]]]]]]", JSON, 422, "VALIDATION_ERROR"),
    ],
)
def test_what_is_no_body(app, content, headers, status, code) -> None:
    """Another type, too long by its header or in fact, missing, broken, too deep."""

    @app.post("/")
    async def sign_up(
        signup: Annotated[Signup, body(Signup, limits=JsonBody(max_bytes=64, max_depth=5))],
    ) -> None: ...

    answer = post(app, "/", content, headers)

    assert (answer.status, answer.document()["code"]) == (status, code)
    if status == 422:
        assert [(pointer, location) for pointer, _, location in told(answer)] == [("#", "body")]


def test_body_that_is_too_long_is_not_read_to_its_end(app) -> None:
    """Reading stops with the part that is too much."""

    @app.post("/")
    async def sign_up(signup: Annotated[Signup, body(Signup, limits=JsonBody(max_bytes=10))]) -> None: ...

    parts = [{"type": "http.request", "body": b"x" * 6, "more_body": True} for _ in range(5)]
    conversation = AsgiDriver(app).converse({"type": "http", "method": "POST", "path": "/"}, parts, JSON)

    assert conversation.answer.status == 413


def test_client_that_goes_away_is_no_failure(app, records) -> None:
    """As everywhere: noted, and not answered."""

    @app.post("/")
    async def sign_up(signup: Annotated[Signup, body(Signup)]) -> None: ...

    parts = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    conversation = AsgiDriver(app).converse({"type": "http", "method": "POST", "path": "/"}, parts, JSON)

    assert conversation.sent == []
    assert conversation.raised is None
    assert [record.code for record in records.seen] == ["CLIENT_DISCONNECTED"]


def test_others_may_read_the_body_too(app) -> None:
    """A middleware before, another dependency, the endpoint itself after it, and a second validator."""
    seen = []

    async def middleware(request: Request, call_next):
        seen.append(await request.body())
        return await call_next(request)

    app.add_middleware(BaseHTTPMiddleware, dispatch=middleware)

    async def audit(request: Request) -> None:
        seen.append(await request.body())

    @app.post("/", dependencies=[Depends(audit)])
    async def both(
        signup: Annotated[Signup, body(Signup)],
        email: Annotated[dict[str, Any], body(Validator.of(Signup).pick("email"))],
        request: Request,
    ) -> list[Any]:
        return [signup.age, email, await request.json()]

    sent = {"email": "ada@example.org"}

    assert json.loads(post(app, "/", sent).body) == [18, sent, sent]
    assert seen == [json.dumps(sent).encode()] * 2
    schema = app.openapi()["paths"]["/"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["allOf"][0] == {"$ref": "#/components/schemas/Signup"}
    assert schema["allOf"][1]["properties"].keys() == {"email"}


def test_class_that_cannot_be_checked_is_refused_where_it_is_written() -> None:
    """When the module is loaded, and not by the first client."""

    @attrs.define
    class Odd:
        lock: complex

    with pytest.raises(ConfigurationError, match=r"Odd\.lock"):
        body(Odd)


def test_crashed_rule_is_our_fault(app, records) -> None:
    """500 without a word about it, and the traceback in the log without its text."""

    @rule(code="SLUG_FORMAT", message="must be a slug")
    def slug(value: str) -> bool:
        return {"known": True}[value]

    v = InputValidator()
    v.field("slug").required().rule(slug)

    @app.post("/")
    async def take(data: Annotated[dict[str, Any], body(v)]) -> None: ...

    answer = post(app, "/", {"slug": "canary-4711"})

    assert (answer.status, answer.document()["code"]) == (500, "VALIDATION_RULE_CRASHED")
    assert b"canary" not in answer.body
    record = records.the_one()
    assert "canary" not in repr(record.internal)
    [cause] = record.internal["causes"]
    assert cause["message"] == "KeyError in the rule slug"
    assert cause["at"].endswith(".slug")


# --- Envelopes ---


@pytest.mark.parametrize(
    "envelope", ["problem", "text", "nested", "wrapped", "flat", "field-map", "google", "jsonapi"]
)
def test_every_envelope_says_where(envelope) -> None:
    """Odd keys included; of what was sent nothing but names of fields."""

    @attrs.define
    class Odd:
        scores: dict[str, dict[str, int]]

    with Runtime.for_tests(envelope=envelope, log_level="critical") as runtime:
        app = FastAPI()
        install(app, runtime)

        @app.post("/")
        async def take(odd: Annotated[Odd, body(Odd)]) -> None: ...

        answer = post(app, "/", {"scores": {"a/b": {"c~d": "canary-4711"}}})

    assert answer.status == 422
    assert b"canary" not in answer.body
    if envelope != "text":
        from errcore import from_response

        issue = from_response(answer.status, dict(answer.headers), answer.body).upstream.issues[0]
        assert issue.pointer == ("/scores/a~1b/c~0d")


def test_long_pointers_arrive_whole(app) -> None:
    """Up to 1024 characters."""
    v = Validator.of(dict[str, dict[str, dict[str, dict[str, int]]]])

    @app.post("/")
    async def take(data: Annotated[Any, body(v)]) -> None: ...

    keys = [letter * 128 for letter in "abcd"]
    answer = post(app, "/", {keys[0]: {keys[1]: {keys[2]: {keys[3]: None}}}})

    assert told(answer) == [("#/" + "/".join(keys), "WRONG_TYPE", "body")]


# --- The document ---


def test_document_says_what_is_taken(app) -> None:
    """Valid by the specification: the schema once among the components, and the answers to what is not taken."""
    router = APIRouter()

    @app.post("/signups")
    async def sign_up(signup: Annotated[Signup, body(Signup)]) -> None: ...

    @router.put("/signups")
    def put(signup: Annotated[Signup, body(Signup)]) -> None: ...

    app.include_router(router, prefix="/included")
    document = app.openapi()

    OpenAPIV31SpecValidator(document).validate()
    for path, method in (("/signups", "post"), ("/included/signups", "put")):
        operation = document["paths"][path][method]
        assert operation["requestBody"] == {
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Signup"}}},
            "required": True,
        }
        assert list(operation["responses"]) == ["200", "413", "415", "422", "default"]
    schema = document["components"]["schemas"]["Signup"]
    assert schema["required"] == ["email"]
    assert schema["properties"]["password"]["writeOnly"] is True
    assert "$schema" not in schema


def test_mounted_application_documents_its_own(app, runtime) -> None:
    """As everything of it."""
    inner = FastAPI()
    install(inner, runtime)

    @inner.post("/signups")
    async def sign_up(signup: Annotated[Signup, body(Signup)]) -> int:
        return signup.age

    app.mount("/inner", inner)

    assert post(app, "/inner/signups", {"email": "ada@example.org"}).body == b"18"
    assert told(post(app, "/inner/signups", {})) == [("#/email", "REQUIRED", "body")]
    assert "Signup" in inner.openapi()["components"]["schemas"]
    assert "components" not in app.openapi()


def test_classes_inside_themselves_are_components(app) -> None:
    """What they refer to is there, and the document still says what the validator says."""

    @attrs.define
    class Tree:
        root: Node
        other: Node | None = None

    @app.post("/node")
    async def node(node: Annotated[Node, body(Node)]) -> None: ...

    @app.post("/tree")
    async def tree(tree: Annotated[Tree, body(Tree)]) -> None: ...

    @app.post("/strict")
    async def strict(tree: Annotated[Node, body(Validator.of(Node, extra="forbid"))]) -> None: ...

    document = app.openapi()
    OpenAPIV31SpecValidator(document).validate()
    schemas = document["components"]["schemas"]

    def of(path):
        return document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert of("/node") == {"$ref": "#/components/schemas/Node"}
    assert of("/strict") == {"$ref": "#/components/schemas/Node_"}
    assert schemas["Node"]["properties"]["children"]["items"] == {"$ref": "#/components/schemas/Node"}
    assert schemas["Node_"]["properties"]["children"]["items"] == {"$ref": "#/components/schemas/Node_"}
    assert of("/tree") == {"$ref": "#/components/schemas/Tree"}
    assert schemas["Tree"]["properties"]["root"] == {"$ref": "#/components/schemas/Node"}
    check = Draft202012Validator({**of("/tree"), "components": document["components"]})
    assert check.is_valid({"root": {"value": 1, "children": [{"value": 2}]}})
    assert not check.is_valid({"root": {"value": 1, "children": [{"value": "2"}]}})


def test_class_that_is_called_like_one_inside_of_it(app) -> None:
    """Two classes of one name are two components."""

    def outer():
        class Node_:
            inner: Node

        Node_.__name__ = "Node"
        Node_.__annotations__ = {"inner": Node}
        return attrs.define(Node_)

    made = outer()

    @app.post("/")
    async def take(data: Annotated[Any, body(made)]) -> None: ...

    schemas = app.openapi()["components"]["schemas"]

    assert schemas["Node_"]["properties"]["inner"] == {"$ref": "#/components/schemas/Node"}


def test_model_of_the_application_keeps_its_name(app) -> None:
    """Ours gets a longer one, also with what refers to it; twice the same is there once."""

    class Node(BaseModel):
        name: str

    recursive = globals()["Node"]

    @app.post("/theirs")
    async def theirs(node: Node) -> None: ...

    @app.post("/ours")
    async def ours(node: Annotated[Any, body(recursive)]) -> None: ...

    schemas = app.openapi()["components"]["schemas"]

    assert schemas["Node"]["properties"].keys() == {"name"}
    assert schemas["Node_"]["properties"]["children"]["items"] == {"$ref": "#/components/schemas/Node_"}


def test_what_the_application_says_itself_stays(app) -> None:
    """Its own request body, and its own words for a status."""
    own = {"content": {"application/json": {"schema": {"type": "string"}}}}

    @app.post("/", openapi_extra={"requestBody": own}, responses={413: {"description": "Mine"}})
    async def sign_up(signup: Annotated[Signup, body(Signup)]) -> None: ...

    @app.post("/promised", responses=responses_for(UnavailableError))
    async def promised(signup: Annotated[Signup, body(Signup)]) -> None: ...

    paths = app.openapi()["paths"]

    assert paths["/"]["post"]["requestBody"] == own
    assert paths["/"]["post"]["responses"]["413"]["description"] == "Mine"
    assert list(paths["/promised"]["post"]["responses"]) == ["200", "413", "415", "422", "503", "default"]


def test_body_is_documented_beyond_the_prefixes(runtime) -> None:
    """What is taken is a matter of the endpoint, whoever answers its errors."""
    app = FastAPI()
    install(app, runtime, prefixes=["/v2"])

    @app.post("/v1")
    async def sign_up(signup: Annotated[Signup, body(Signup)]) -> None: ...

    operation = app.openapi()["paths"]["/v1"]["post"]

    assert "requestBody" in operation
    assert list(operation["responses"]) == ["200"]


def test_rule_whose_schema_refers_elsewhere_is_left_alone(app) -> None:
    """Only references to what the validator defines are moved, in lists as well."""

    @rule(code="ODD", message="x", schema={"anyOf": [{"$ref": "https://example.org/x"}, {"const": "$ref"}]})
    def odd(value: str) -> bool:
        return True

    v = InputValidator()
    v.field("$ref").type(str).rule(odd)

    @app.post("/")
    async def take(data: Annotated[Any, body(v)]) -> None: ...

    schema = app.openapi()["paths"]["/"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert schema["properties"]["$ref"]["anyOf"] == [{"$ref": "https://example.org/x"}, {"const": "$ref"}]
