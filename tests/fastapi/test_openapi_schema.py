# SPDX-License-Identifier: MIT
"""The OpenAPI schema: invalid input is documented as it is answered."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

from errcore import Runtime
from errcore_fastapi import install

REF = {"$ref": "#/components/schemas/ErrcoreValidationError"}


class ValidationError(BaseModel):
    """A model of the application's that happens to be called like FastAPI's."""

    reason: str


class Item(BaseModel):
    id: int


def answer_of(schema, path, method="get"):
    return schema["paths"][path][method]["responses"].get("422")


def test_every_route_is_documented_wherever_it_was_added(runtime) -> None:
    """Before install, after it, and through a router; an operation without input has no 422."""
    app, router = FastAPI(), APIRouter()
    app.add_api_route("/before/{key}", lambda key: None)
    install(app, runtime)
    app.add_api_route("/after/{key}", lambda key: None)
    app.add_api_route("/plain", lambda: None)
    router.add_api_route("/{key}", lambda key: None)
    app.include_router(router, prefix="/included")

    schema = app.openapi()

    for path in ("/before/{key}", "/after/{key}", "/included/{key}"):
        content = answer_of(schema, path)["content"]
        assert content.keys() == {"application/problem+json"}
        assert content["application/problem+json"]["schema"] == REF
        assert content["application/problem+json"]["examples"].keys() == {"VALIDATION_ERROR"}
    assert answer_of(schema, "/plain") is None
    assert schema["components"]["schemas"].keys() == {"ErrcoreValidationError", "ErrcoreError"}


def test_schema_is_stable_and_follows_new_routes(runtime) -> None:
    """Asked twice it is the same; after a new route it is made anew, and is right again."""
    app = FastAPI()
    install(app, runtime)
    app.add_api_route("/one/{key}", lambda key: None)
    first = app.openapi()
    text = repr(first)

    assert app.openapi() is first
    assert repr(first) == text

    app.add_api_route("/two/{key}", lambda key: None)
    app.openapi_schema = None  # new versions of FastAPI see by themselves that it is out of date

    assert answer_of(app.openapi(), "/two/{key}")["content"]["application/problem+json"]["schema"] == REF


def test_declared_answers_stay(runtime) -> None:
    """What the application says of its 422 itself is what it says."""
    app = FastAPI()
    install(app, runtime)
    app.add_api_route("/own/{key}", lambda key: None, responses={422: {"description": "Mine", "model": Item}})

    schema = app.openapi()

    assert answer_of(schema, "/own/{key}")["description"] == "Mine"
    assert schema["components"]["schemas"].keys() == {"Item", "ErrcoreError"}


def test_model_that_is_in_use_stays(runtime) -> None:
    """A component is only taken out when nobody refers to it."""
    app = FastAPI()
    install(app, runtime)

    @app.post("/items/{key}")
    async def create(key: int, item: Item) -> ValidationError: ...

    schemas = app.openapi()["components"]["schemas"]

    assert {"Item", "ValidationError", "ErrcoreValidationError", "ErrcoreError"} == schemas.keys()


def test_callbacks_and_webhooks_are_documented(runtime) -> None:
    """They take input, too."""
    app, callbacks = FastAPI(), APIRouter()
    install(app, runtime)

    @callbacks.post("{$callback_url}")
    async def called_back(item: Item): ...

    @app.post("/order", callbacks=callbacks.routes)
    async def order(item: Item): ...

    @app.webhooks.post("shipped")
    async def shipped(item: Item): ...

    assert "HTTPValidationError" not in repr(app.openapi())


def test_application_without_schema(runtime) -> None:
    """Nothing to say about nothing."""
    app = FastAPI(openapi_url=None)
    install(app, runtime)

    assert app.openapi()["paths"] == {}


def test_status_of_the_runtime_is_documented() -> None:
    """Where invalid input is a 400, the schema says 400, in the example too, and nothing says 422."""
    app = FastAPI()
    with Runtime.for_tests(statuses={"VALIDATION_ERROR": 400}) as runtime:
        install(app, runtime)
        app.add_api_route("/things/{key}", lambda key: None)

        responses = app.openapi()["paths"]["/things/{key}"]["get"]["responses"]

    example = responses["400"]["content"]["application/problem+json"]["examples"]["VALIDATION_ERROR"]["value"]
    assert (example["status"], example["title"]) == (400, "Bad Request")
    assert responses.keys() == {"200", "400", "default"}


@pytest.mark.parametrize(
    ("declared", "kinds"),
    [
        ({"description": "Mine", "model": Item}, {"application/json", "application/problem+json"}),
        ({"description": "Mine"}, {"application/problem+json"}),
    ],
    ids=["model", "words"],
)
def test_declared_answer_of_that_status_is_joined(declared, kinds) -> None:
    """An application that declared a 400 of its own keeps it, beside ours."""
    app = FastAPI()
    with Runtime.for_tests(statuses={"VALIDATION_ERROR": 400}) as runtime:
        install(app, runtime)
        app.add_api_route("/things/{key}", lambda key: None, responses={400: declared})

        responses = app.openapi()["paths"]["/things/{key}"]["get"]["responses"]

    assert (responses["400"]["description"], responses["400"]["content"].keys()) == ("Mine", kinds)
    assert "422" not in responses
