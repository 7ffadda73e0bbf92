# SPDX-License-Identifier: MIT
"""The OpenAPI document: each operation says which declared errors it can be answered with."""

from __future__ import annotations

import copy
import json
import logging
from types import SimpleNamespace
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Security
from fastapi.openapi.utils import get_openapi
from fastapi.testclient import TestClient
from openapi_spec_validator import validate
from pydantic import BaseModel

from errcore import (
    AppError,
    AuthenticationError,
    ConflictError,
    InternalError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    Runtime,
    UnavailableError,
    ValidationError,
    internal,
    public,
    raises,
)
from errcore_fastapi import InstallWarning, install, responses_for
from errcore_fastapi.openapi import document

PROBLEM = "application/problem+json"


class OrderMissing(NotFoundError, code="SHOP_ORDER_NOT_FOUND", message="There is no order {order}."):
    order: str = public()


class ItemMissing(NotFoundError, code="SHOP_ITEM_NOT_FOUND", message="There is no such item."):
    shelf: str = internal(default="")


class NotYours(PermissionDeniedError, code="SHOP_ORDER_OF_OTHERS", answers_as=ItemMissing):
    owner: str = public(default="")


class Model(BaseModel):
    id: int


@raises(AuthenticationError)
async def user() -> None: ...


class Quota:
    @raises(RateLimitError, AuthenticationError)
    def __call__(self, user: Annotated[None, Depends(user)]) -> None: ...


class Order:
    @raises(OrderMissing)
    def __init__(self, quota: Annotated[None, Depends(Quota())]) -> None: ...


@raises(UnavailableError)
async def store():
    yield


def documented(app: FastAPI) -> dict:
    """The document, which is valid and the same when it is asked for again."""
    schema = app.openapi()
    validate(schema)
    before = json.dumps(schema)
    assert app.openapi() is schema
    assert json.dumps(schema) == before
    return schema


def answers_at(schema: dict, path: str, method: str = "get") -> dict:
    return schema["paths"][path][method]["responses"]


def codes_of(response: dict) -> set[str]:
    """The codes of one response: those of its examples, which are those of its description."""
    codes = set(response["content"][PROBLEM]["examples"])
    assert all(f"`{code}`" in response["description"] for code in codes)
    return codes


def errors_at(schema: dict, path: str, method: str = "get") -> dict[str, set[str]]:
    """The errors of an operation, by status: each with a description, headers and a schema."""
    answers = answers_at(schema, path, method).items()
    return {status: codes_of(answer) for status, answer in answers if status.isdigit() and status >= "400"}


def component(schema: dict, reference: dict) -> dict:
    _, _, section, name = reference["$ref"].split("/")
    return schema["components"][section][name]


@pytest.fixture
def app(runtime):
    app = FastAPI()
    install(app, runtime)
    return app


def test_errors_of_an_endpoint(app) -> None:
    """Under its status each, with a schema of its own that is named after the code, and an example."""

    @app.get("/orders")
    @raises(OrderMissing, RateLimitError)
    async def orders() -> None: ...

    schema = documented(app)

    assert errors_at(schema, "/orders") == {
        "404": {"SHOP_ORDER_NOT_FOUND"},
        "429": {"RATE_LIMIT_EXCEEDED"},
    }
    answer = answers_at(schema, "/orders")["404"]
    assert answer["description"] == "`SHOP_ORDER_NOT_FOUND`: There is no order {order}."
    told = answer["content"][PROBLEM]
    assert told["schema"] == {"$ref": "#/components/schemas/ErrcoreShopOrderNotFound"}
    assert component(schema, told["schema"])["properties"]["code"] == {
        "type": "string",
        "enum": ["SHOP_ORDER_NOT_FOUND"],
    }
    example = told["examples"]["SHOP_ORDER_NOT_FOUND"]
    assert example["summary"] == "There is no order {order}."
    assert (example["value"]["status"], example["value"]["order"]) == (404, "order")


def test_errors_with_one_status_share_a_response(app) -> None:
    """One schema of these codes, whatever their order, and one named example each."""
    for path, errors in (("/a", (OrderMissing, ItemMissing)), ("/b", (ItemMissing, OrderMissing))):
        app.add_api_route(path, raises(*errors)(lambda: None))

    schema = documented(app)

    for path in ("/a", "/b"):
        assert errors_at(schema, path) == {"404": {"SHOP_ORDER_NOT_FOUND", "SHOP_ITEM_NOT_FOUND"}}
        assert answers_at(schema, path)["404"]["content"][PROBLEM]["schema"] == {
            "$ref": "#/components/schemas/ErrcoreShopItemNotFoundOrShopOrderNotFound"
        }
    assert set(schema["components"]["schemas"]) == {
        "ErrcoreShopItemNotFoundOrShopOrderNotFound",
        "ErrcoreError",
    }


def test_many_errors_get_a_short_name(app) -> None:
    """A name stays readable, and is the same whatever the order."""
    errors = [
        type(f"Error{n}", (NotFoundError,), {}, code=f"SHOP_MANY_{n}_NOT_FOUND", message="Not there.")
        for n in range(5)
    ]
    app.add_api_route("/a", raises(*errors)(lambda: None))
    app.add_api_route("/b", raises(*reversed(errors))(lambda: None))

    names = set(documented(app)["components"]["schemas"]) - {"ErrcoreError"}

    assert len(names) == 1
    assert names.pop().startswith("ErrcoreShopMany0NotFoundOr4Others_")


def test_errors_of_dependencies(app) -> None:
    """However deep, whatever is called, for one route, a router or the whole application; each error once."""
    router = APIRouter(dependencies=[Depends(store)])

    @router.get("/orders")
    @raises(ItemMissing)
    async def orders(order: Annotated[Order, Depends()], again: Annotated[None, Security(user)]) -> None: ...

    app.include_router(router, prefix="/shop", dependencies=[Depends(raises(ConflictError)(lambda: None))])

    assert errors_at(documented(app), "/shop/orders") == {
        "401": {"AUTHENTICATION_REQUIRED"},
        "404": {"SHOP_ITEM_NOT_FOUND", "SHOP_ORDER_NOT_FOUND"},
        "409": {"CONFLICT"},
        "429": {"RATE_LIMIT_EXCEEDED"},
        "503": {"SERVICE_UNAVAILABLE"},
    }


def test_responses_add_up(runtime) -> None:
    """What an application, a router, its inclusion and a route list under one status is all there."""
    app = FastAPI(responses=responses_for(NotFoundError))
    router = APIRouter(responses=responses_for(ItemMissing))
    router.add_api_route(
        "/orders", lambda: None, responses=responses_for(OrderMissing) | responses_for(ConflictError)
    )
    app.include_router(router, prefix="/shop", responses=responses_for(NotFoundError, RateLimitError))
    install(app, runtime)
    app.add_api_route("/plain", lambda: None)

    schema = documented(app)

    assert errors_at(schema, "/plain") == {"404": {"NOT_FOUND"}}
    assert errors_at(schema, "/shop/orders") == {
        "404": {"NOT_FOUND", "SHOP_ITEM_NOT_FOUND", "SHOP_ORDER_NOT_FOUND"},
        "409": {"CONFLICT"},
        "429": {"RATE_LIMIT_EXCEEDED"},
    }


def test_responses_without_errcore() -> None:
    """Plain responses, looked up by their status, of which FastAPI makes a valid document by itself."""
    responses = responses_for(OrderMissing, ItemMissing, ConflictError)
    app = FastAPI(responses=responses)
    app.add_api_route("/orders", lambda: None, responses=responses_for(NotFoundError))

    schema = documented(app)

    assert responses.keys() == {404, 409}
    assert 410 not in responses
    assert responses[409] == {
        "description": "`CONFLICT`: The request conflicted with another one; try again."
    }
    assert responses[404]["description"].splitlines() == [
        "- `SHOP_ORDER_NOT_FOUND`: There is no order {order}.",
        "- `SHOP_ITEM_NOT_FOUND`: There is no such item.",
    ]
    assert answers_at(schema, "/orders").keys() == {"200", "404", "409"}
    assert "components" not in schema


@pytest.mark.parametrize("wrong", [ValueError, "NOT_FOUND", NotFoundError(), None])
def test_only_declared_errors_can_be_listed(wrong) -> None:
    """A slip is told where it is made."""
    with pytest.raises(TypeError, match=r"because it is no class below errcore.AppError; pass the classes"):
        responses_for(NotFoundError, wrong)


def test_input_is_documented_beside_other_422s(app) -> None:
    """FastAPI keeps silent where a 422 is declared; an operation with input is answered with ours all the same."""

    class Unprocessable(AppError, code="SHOP_ORDER_INVALID", kind="failed_precondition", status=422): ...

    app.add_api_route("/noted/{key}", raises(Unprocessable)(lambda key: None))
    app.add_api_route("/listed/{key}", lambda key: None, responses=responses_for(Unprocessable))
    app.add_api_route("/plain", lambda: None, responses=responses_for(Unprocessable))

    @app.post("/body", responses=responses_for(Unprocessable))
    async def body(model: Model) -> None: ...

    schema = documented(app)
    both = {"422": {"SHOP_ORDER_INVALID", "VALIDATION_ERROR"}}

    assert errors_at(schema, "/noted/{key}") == errors_at(schema, "/listed/{key}") == both
    assert errors_at(schema, "/body", "post") == both
    assert errors_at(schema, "/plain") == {"422": {"SHOP_ORDER_INVALID"}}


def test_error_that_answers_as_another_one(app) -> None:
    """It is documented as that other one, once; its own code, fields and status are nowhere."""
    app.add_api_route("/a", raises(NotYours)(lambda: None))
    app.add_api_route("/b", raises(NotYours, ItemMissing)(lambda: None))
    app.add_api_route("/c", lambda: None, responses=responses_for(NotYours))

    schema = documented(app)

    same = answers_at(schema, "/a")["404"]
    assert same == answers_at(schema, "/b")["404"] == answers_at(schema, "/c")["404"]
    assert codes_of(same) == {"SHOP_ITEM_NOT_FOUND"}
    assert not [
        word for word in ("SHOP_ORDER_OF_OTHERS", "owner", "shelf", "403") if word in json.dumps(schema)
    ]


def test_status_in_use_is_documented() -> None:
    """The runtime's status counts, in examples and for what FastAPI was told before there was a runtime."""
    app = FastAPI()
    app.add_api_route("/noted", raises(OrderMissing)(lambda: None))
    app.add_api_route("/listed", lambda: None, responses=responses_for(OrderMissing, RateLimitError))
    with Runtime.for_tests(statuses={"SHOP_ORDER_NOT_FOUND": 410, "resource_exhausted": 503}) as runtime:
        install(app, runtime)
        schema = documented(app)

    assert errors_at(schema, "/noted") == {"410": {"SHOP_ORDER_NOT_FOUND"}}
    assert errors_at(schema, "/listed") == {
        "410": {"SHOP_ORDER_NOT_FOUND"},
        "503": {"RATE_LIMIT_EXCEEDED"},
    }
    value = answers_at(schema, "/listed")["410"]["content"][PROBLEM]["examples"]["SHOP_ORDER_NOT_FOUND"][
        "value"
    ]
    assert (value["status"], value["title"]) == (410, "Gone")


def test_headers_are_documented(app) -> None:
    """The request id on every error, the wait where one may be told."""
    app.add_api_route("/x", raises(OrderMissing, RateLimitError, UnavailableError)(lambda: None))

    schema = documented(app)
    answers = answers_at(schema, "/x")

    assert answers["404"]["headers"].keys() == {"X-Request-ID"}
    assert answers["429"]["headers"] == answers["503"]["headers"]
    assert answers["429"]["headers"].keys() == {"X-Request-ID", "Retry-After"}
    assert component(schema, answers["404"]["headers"]["X-Request-ID"])["required"] is True
    assert component(schema, answers["429"]["headers"]["Retry-After"])["schema"]["type"] == "integer"


def test_every_operation_says_what_else_may_come(app) -> None:
    """One line each, which refers to one answer: any code, with that of a bug as the example."""
    app.add_api_route("/a", lambda: None)
    app.add_api_route("/b", lambda: None, methods=["PUT"])
    app.add_api_route("/b", lambda: None, methods=["DELETE"])

    schema = documented(app)
    others = [answers_at(schema, "/a"), answers_at(schema, "/b", "put"), answers_at(schema, "/b", "delete")]

    assert [answers["default"] for answers in others] == [
        {"$ref": "#/components/responses/ErrcoreOtherError"}
    ] * 3
    answer = component(schema, others[0]["default"])
    assert answer["content"][PROBLEM]["schema"] == {"$ref": "#/components/schemas/ErrcoreError"}
    assert answer["content"][PROBLEM]["examples"].keys() == {"INTERNAL_ERROR"}
    assert answer["headers"].keys() == {"X-Request-ID", "Retry-After"}


def test_own_default_stays(runtime) -> None:
    """An application that said what else may come is believed, and nothing is added that nobody refers to."""
    app = FastAPI(responses={"default": {"description": "Mine", "model": Model}})
    install(app, runtime)
    app.add_api_route("/x/{key}", lambda key: None)

    schema = documented(app)

    assert answers_at(schema, "/x/{key}")["default"]["description"] == "Mine"
    assert schema["components"].keys() == {"schemas"}
    assert schema["components"]["schemas"].keys() == {"Model"}


def test_own_words_stay(app) -> None:
    """A response that the application describes itself keeps its words, its media type and its headers."""
    own = {
        "description": "Mine",
        "model": Model,
        "headers": {"X-Request-ID": {"description": "My id", "schema": {"type": "string"}}},
    }
    app.add_api_route("/joined", raises(OrderMissing)(lambda: None), responses={404: own})
    app.add_api_route(
        "/listed", lambda: None, responses={404: {"description": "Mine"}, **responses_for(ItemMissing)}
    )
    app.add_api_route(
        "/over", lambda: None, responses={**responses_for(ItemMissing), 404: {"description": "Mine"}}
    )

    schema = documented(app)
    joined = answers_at(schema, "/joined")["404"]

    assert joined["description"] == "Mine"
    assert joined["content"].keys() == {"application/json", PROBLEM}
    assert joined["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Model"}
    assert joined["headers"]["X-Request-ID"]["description"] == "My id"
    assert errors_at(schema, "/listed") == {"404": {"SHOP_ITEM_NOT_FOUND"}}
    assert answers_at(schema, "/over")["404"] == {"description": "Mine"}


def test_success_with_the_status_of_an_error(app) -> None:
    """What a route answers with that status itself is not lost."""
    app.add_api_route("/x", lambda: None, status_code=404, responses=responses_for(OrderMissing))

    answer = answers_at(documented(app), "/x")["404"]

    assert answer["content"].keys() == {"application/json", PROBLEM}


def test_own_models_keep_their_names(app) -> None:
    """A model that is called like a component of ours stays what it is; ours gets another name."""

    class ErrcoreError(BaseModel):
        own: int

    class ErrcoreShopItemNotFound(BaseModel):
        own: str

    models = tuple[ErrcoreError, ErrcoreShopItemNotFound]
    app.add_api_route("/x", raises(ItemMissing)(lambda: None), response_model=models)

    schema = documented(app)
    schemas = schema["components"]["schemas"]

    assert (
        schemas["ErrcoreError"]["properties"].keys()
        == schemas["ErrcoreShopItemNotFound"]["properties"].keys()
    )
    told = answers_at(schema, "/x")["404"]["content"][PROBLEM]["schema"]
    assert told == {"$ref": "#/components/schemas/ErrcoreShopItemNotFound_"}
    assert component(schema, told)["title"] == "Problem"


def test_routes_before_and_after_install_and_new_ones(runtime) -> None:
    """It does not matter when a route was added, even to a document that was made already."""
    app = FastAPI()
    app.add_api_route("/before", raises(OrderMissing)(lambda: None))
    install(app, runtime)
    app.add_api_route("/after", raises(OrderMissing)(lambda: None))
    first = documented(app)
    app.add_api_route("/late", raises(ItemMissing)(lambda: None))
    app.openapi_schema = None  # new versions of FastAPI see by themselves that it is out of date

    schema = documented(app)

    assert errors_at(first, "/before") == errors_at(first, "/after") == {"404": {"SHOP_ORDER_NOT_FOUND"}}
    assert errors_at(schema, "/before") == errors_at(first, "/before")
    assert errors_at(schema, "/late") == {"404": {"SHOP_ITEM_NOT_FOUND"}}


def test_hidden_routes_stay_hidden(app) -> None:
    """Nothing of them is in the document, not even a component."""
    app.add_api_route("/hidden", raises(OrderMissing)(lambda: None), include_in_schema=False)

    schema = documented(app)

    assert schema["paths"] == {}
    assert "components" not in schema


def test_application_without_a_document(runtime) -> None:
    """With `openapi_url=None` nobody is served one, and asking for it in code still works."""
    app = FastAPI(openapi_url=None)
    install(app, runtime)
    app.add_api_route("/x", raises(OrderMissing)(lambda: None))

    assert errors_at(documented(app), "/x") == {"404": {"SHOP_ORDER_NOT_FOUND"}}


def test_mounted_application_has_its_own_document(app) -> None:
    """Each application tells its own errors, with its own runtime's statuses."""
    inner = FastAPI()
    inner.add_api_route("/x", raises(OrderMissing)(lambda: None))
    app.add_api_route("/y", raises(OrderMissing)(lambda: None))
    app.mount("/inner", inner)
    with Runtime.for_tests(statuses={"not_found": 410}) as runtime:
        install(inner, runtime)
        served = TestClient(app).get("/inner/openapi.json").json()

    validate(served)
    assert errors_at(served, "/x") == {"410": {"SHOP_ORDER_NOT_FOUND"}}
    assert documented(app)["paths"].keys() == {"/y"}


def test_webhooks_and_callbacks(app) -> None:
    """Their promises are told like any; what else they answer is not ours to say."""
    callbacks = APIRouter()

    @callbacks.post("{$request.body#/url}/{key:path}")
    @raises(OrderMissing)
    async def called_back(key: str) -> None: ...

    @app.post("/order", callbacks=callbacks.routes)
    @raises(ConflictError)
    async def order(url: str) -> None: ...

    @app.webhooks.post("shipped")
    @raises(ItemMissing)
    async def shipped(model: Model) -> None: ...

    schema = documented(app)

    operation = schema["paths"]["/order"]["post"]
    ((path, callback),) = operation["callbacks"]["called_back"].items()
    assert path == "{$request.body#/url}/{key:path}"
    assert set(operation["responses"]) == {"200", "409", "422", "default"}
    assert set(callback["post"]["responses"]) == {"200", "404", "422"}
    assert set(schema["webhooks"]["shipped"]["post"]["responses"]) == {"200", "404", "422"}


def custom(app: FastAPI, **changes):
    """An `openapi` of the application's own, as FastAPI's documentation shows one."""

    def openapi():
        if not app.openapi_schema:
            app.openapi_schema = get_openapi(title="Mine", version="1", routes=app.routes) | changes
        return app.openapi_schema

    return openapi


def test_own_openapi_function(runtime) -> None:
    """One that was put in the place of FastAPI's before install is asked, and completed."""
    app = FastAPI()
    app.openapi = custom(app)
    install(app, runtime)
    app.add_api_route("/x/{key}", raises(OrderMissing)(lambda key: None))

    schema = documented(app)

    assert schema["info"]["title"] == "Mine"
    assert errors_at(schema, "/x/{key}") == {"404": {"SHOP_ORDER_NOT_FOUND"}, "422": {"VALIDATION_ERROR"}}


def test_own_openapi_function_that_gives_copies(runtime) -> None:
    """A document that was completed before is not completed into another one."""
    app = FastAPI()
    made = custom(app)
    app.openapi = lambda: dict(made())
    install(app, runtime)
    app.add_api_route("/x/{key}", raises(OrderMissing)(lambda key: None))

    first = copy.deepcopy(app.openapi())

    assert app.openapi() == first


def test_own_openapi_function_with_other_paths(runtime) -> None:
    """Operations that are nowhere in the application get the general answers; what is no operation is left alone."""
    app = FastAPI()
    paths = {"/elsewhere": {"summary": "x", "x-get": {"a": 1}, "parameters": [], "get": {}}, "/odd": None}
    app.openapi = custom(app, paths=paths, webhooks=None)
    install(app, runtime)

    schema = app.openapi()

    assert schema["paths"]["/elsewhere"].keys() == {"summary", "x-get", "parameters", "get"}
    assert schema["paths"]["/elsewhere"]["x-get"] == {"a": 1}
    assert answers_at(schema, "/elsewhere").keys() == {"default"}


def test_document_that_cannot_be_completed_is_served(runtime, caplog) -> None:
    """errcore's difficulty with somebody's document is a line in the log, once, and no 500."""
    app = FastAPI()
    app.openapi = custom(app, components=None)
    install(app, runtime)
    app.add_api_route("/x", raises(OrderMissing)(lambda: None))

    with caplog.at_level(logging.WARNING, "errcore"):
        answer = TestClient(app).get("/openapi.json")
        app.openapi()

    assert answer.status_code == 200
    assert [record.getMessage() for record in caplog.records] == [
        "The OpenAPI document says not all about errors."
    ]


def test_reference_of_the_application_is_kept(runtime) -> None:
    """A response that refers to a component says what that says, and nothing beside it."""
    app = FastAPI()
    own = {"/x": {"get": {"responses": {"404": {"$ref": "#/components/responses/Mine"}}}}}
    app.openapi = custom(app, paths=own)
    install(app, runtime)
    app.add_api_route("/x", raises(OrderMissing)(lambda: None))

    assert answers_at(app.openapi(), "/x")["404"] == {"$ref": "#/components/responses/Mine"}


def test_subclass_with_the_code_of_its_parent(app) -> None:
    """Two classes with one code are one example, and a schema with the fields of both."""

    class OrderArchived(OrderMissing):
        since: int = public(default=0)

    app.add_api_route("/x", raises(OrderMissing, OrderArchived)(lambda: None))
    app.add_api_route("/y", raises(OrderArchived)(lambda: None))
    app.add_api_route("/z", raises(OrderMissing)(lambda: None))

    schema = documented(app)

    assert errors_at(schema, "/x") == {"404": {"SHOP_ORDER_NOT_FOUND"}}
    members = [
        component(schema, answers_at(schema, path)["404"]["content"][PROBLEM]["schema"])["properties"]
        for path in ("/x", "/y", "/z")
    ]
    assert ["since" in each for each in members] == [True, True, False]


def test_nothing_of_ours_can_be_changed_through_a_document(app) -> None:
    """A document belongs to the application, which may edit it; the next one is not affected."""
    app.add_api_route("/x/{key}", raises(ValidationError)(lambda key: None))
    before = copy.deepcopy(documented(app))

    def spoil(node):
        for member in list(node.values() if isinstance(node, dict) else node):
            if isinstance(member, dict | list):
                spoil(member)
        node.clear()

    spoil(app.openapi()["components"])
    app.openapi_schema = None

    assert documented(app) == before


def test_what_is_documented_is_answered(app) -> None:
    """A declared error, invalid input and a bug: status and code as the document says."""

    @app.get("/x/{key}")
    @raises(OrderMissing, InternalError)
    async def x(key: int) -> None:
        raise OrderMissing(order="7") if key else RuntimeError("secret")

    @app.get("/y")
    async def y() -> None:
        raise HTTPException(503, headers={"Retry-After": "3"})

    schema = documented(app)
    client = TestClient(app, raise_server_exceptions=False)

    for key in ("1", "0", "x"):
        answer = client.get(f"/x/{key}")
        told = answers_at(schema, "/x/{key}")[str(answer.status_code)]
        assert answer.json()["code"] in codes_of(told)
        assert answer.headers["content-type"] in told["content"]
        assert all(name in answer.headers for name in told["headers"])
    assert client.get("/y").headers["retry-after"] == "3"


@pytest.mark.parametrize(
    ("prefix", "covered"),
    [
        ("/new", {"/new", "/new/a"}),
        ("/new/", {"/new", "/new/a"}),
        ("/", {"/new", "/new/a", "/newer"}),
        ("/none", set()),
    ],
)
def test_only_what_errcore_answers(runtime, prefix, covered) -> None:
    """Where errcore answers below some paths only, the others are documented as without it."""
    app, plain = FastAPI(), FastAPI()
    for each in (app, plain):
        for path in ("/new", "/new/a", "/newer"):
            each.add_api_route(path, raises(OrderMissing)(lambda key: None))
        each.webhooks.add_api_route("shipped", lambda key: None)
    document(app, runtime, prefixes=[prefix])

    schema = documented(app)

    assert {path for path in schema["paths"] if "404" in answers_at(schema, path)} == covered
    for path in schema["paths"].keys() - covered:
        assert schema["paths"][path] == plain.openapi()["paths"][path]
    assert "HTTPValidationError" in schema["components"]["schemas"]


def test_prefixes_are_of_full_paths(runtime) -> None:
    """Where an application is mounted belongs to the paths that errcore answers."""
    inner, outer = FastAPI(), FastAPI()
    inner.add_api_route("/x", raises(OrderMissing)(lambda: None))
    document(inner, runtime, prefixes=["/api/x"])
    outer.mount("/api", inner)
    install(outer, runtime)
    with pytest.warns(InstallWarning, match="mounted at '/api'"):
        TestClient(outer).get("/openapi.json")

    assert errors_at(documented(inner), "/x") == {"404": {"SHOP_ORDER_NOT_FOUND"}}


def test_raised_errors_may_be_anything(runtime) -> None:
    """An attribute that somebody else wrote spoils nothing."""
    app = FastAPI()
    install(app, runtime)
    endpoint = lambda: None
    endpoint.__errcore_raises__ = (SimpleNamespace(spec=None), OrderMissing)
    app.add_api_route("/x", endpoint)

    assert errors_at(documented(app), "/x") == {"404": {"SHOP_ORDER_NOT_FOUND"}}
