# SPDX-License-Identifier: MIT
"""The OpenAPI document is valid and true in every format that a runtime can have, in one or in several."""

from __future__ import annotations

import json
import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from errcore import InternalError, NotFoundError, RateLimitError, Runtime, ValidationError, public, raises
from errcore.envelopes import NAMES, get
from errcore_fastapi import install

MEDIA_TYPES = {name: get(name).media_type for name in NAMES}


class ShelfEmpty(NotFoundError, code="DEPOT_SHELF_NOT_FOUND", message="There is nothing on {shelf}."):
    shelf: str = public()
    others: list[str] = public(factory=list)
    weight: float | None = public(default=None)


class RowEmpty(NotFoundError, code="DEPOT_ROW_NOT_FOUND"): ...


ERRORS = {
    "shelf": ShelfEmpty(shelf="s1", others=["s2"]),
    "row": RowEmpty(),
    "limit": RateLimitError(limit=3, retry_after=1.5),
    "bug": RuntimeError("secret"),
    "declared": InternalError("secret"),
}


class House:
    """A format of the application's own, whose schema has definitions of its own, too."""

    name, media_type = "the house's", "application/vnd.house+json"

    def render(self, occurrence, debug=False):
        return {"fault": {"sign": occurrence.code}}

    def parse(self, body):
        return None

    def schema(self, specs):
        sign = {"type": "string", "enum": [spec.code for spec in specs]} if specs else {"type": "string"}
        fault = {"type": "object", "required": ["sign"], "properties": {"sign": sign}}
        return {
            "type": "object",
            "properties": {"fault": {"$ref": "#/$defs/Fault"}},
            "$defs": {"Fault": fault},
        }

    def example(self, spec):
        return {"fault": {"sign": spec.code}}


class Broken(House):
    """A format that can tell errors and not describe itself."""

    name, media_type = "broken", "application/vnd.broken+json"

    def schema(self, specs):
        raise LookupError("no schema")

    def example(self, spec):
        return {"value": object()}


def service(runtime):
    """An application that can be answered with several errors in each operation."""
    app = FastAPI()
    install(app, runtime)

    @app.get("/errors/{which}")
    @raises(ShelfEmpty, RowEmpty, RateLimitError, InternalError)
    async def errors(which: str, number: int = 0) -> None:
        raise ERRORS[which]

    @app.get("/rows")
    @raises(RowEmpty, ValidationError)
    async def rows() -> None: ...

    return app


def checked(app):
    """The document, which is valid OpenAPI 3.1."""
    schema = app.openapi()
    assert schema["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(schema).validate()
    return json.loads(json.dumps(schema, allow_nan=False))


def fits(schema, described, document):
    """Whether a document is what one media type of a response says, with the references of the whole."""
    told = {"$defs": {}, **described["schema"], "components": schema["components"]}
    Draft202012Validator(told).validate(document)


def contents(schema):
    """The content of every response for an error."""
    for item in schema["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                if status != "200":
                    name = response.get("$ref", "").rpartition("/")[2]
                    yield (schema["components"]["responses"][name] if name else response)["content"]


@pytest.mark.parametrize("envelope", [[name] for name in NAMES] + [[*NAMES], [House()], ["text", House()]])
def test_document_is_valid_and_true(envelope) -> None:
    """In each format: valid OpenAPI, examples that fit their schema, and real answers that fit it, too."""
    with Runtime.for_tests(envelope=envelope, log_level="critical") as runtime:
        app = service(runtime)
        schema = checked(app)
        assert app.openapi() == schema
        for content in contents(schema):
            assert list(content) == list(dict.fromkeys(form.media_type for form in runtime.settings.formats))
            for described in content.values():
                assert described["examples"]
                for example in described["examples"].values():
                    fits(schema, described, example["value"])

        client = TestClient(app, raise_server_exceptions=False)
        responses = schema["paths"]["/errors/{which}"]["get"]["responses"]
        for media_type in dict.fromkeys(form.media_type for form in runtime.settings.formats):
            for url in [*(f"/errors/{which}" for which in ERRORS), "/errors/row?number=x"]:
                answer = client.get(url, headers={"Accept": media_type})
                described = responses[str(answer.status_code)]["content"][answer.headers["content-type"]]
                fits(schema, described, answer.text if media_type.startswith("text") else answer.json())


def test_several_formats_are_told_apart() -> None:
    """Each media type has its schema; those of the default have the plain names, and one that fits all is there once."""
    with Runtime.for_tests(envelope=["problem", "google", "text"]) as runtime:
        schema = checked(service(runtime))

    content = schema["paths"]["/rows"]["get"]["responses"]["404"]["content"]
    assert {
        media: described["schema"]["$ref"].rpartition("/")[2] for media, described in content.items()
    } == {
        MEDIA_TYPES["problem"]: "ErrcoreDepotRowNotFound",
        MEDIA_TYPES["google"]: "ErrcoreDepotRowNotFoundAsGoogle",
        MEDIA_TYPES["text"]: "ErrcoreErrorAsText",
    }
    texts = [name for name in schema["components"]["schemas"] if name.endswith("AsText")]
    assert texts == ["ErrcoreErrorAsText"]
    assert isinstance(content[MEDIA_TYPES["text"]]["examples"]["DEPOT_ROW_NOT_FOUND"]["value"], str)


def test_formats_with_one_media_type() -> None:
    """The first of them is the one that clients get, so it is the one that is documented."""

    class Other(House):
        name = "other"

        def schema(self, specs):
            return {"type": "null"}

    with Runtime.for_tests(envelope=[House(), Other()]) as runtime:
        schema = checked(service(runtime))

    assert {"type": "null"} not in schema["components"]["schemas"].values()
    assert not [name for name in schema["components"]["schemas"] if "As" in name]


def test_definitions_of_a_format_are_found() -> None:
    """What a schema defines for itself is referred to where it is in the document."""
    with Runtime.for_tests(envelope=["problem", House()]) as runtime:
        schema = checked(service(runtime))

    name = "ErrcoreDepotRowNotFoundAsTheHouseS"
    assert schema["components"]["schemas"][name]["properties"]["fault"] == {
        "$ref": f"#/components/schemas/{name}/$defs/Fault"
    }


def test_format_that_cannot_be_described(caplog) -> None:
    """Its media type is there without a schema, the others are complete, and the log says which format it is."""
    with (
        Runtime.for_tests(envelope=[Broken(), "problem"]) as runtime,
        caplog.at_level(logging.WARNING, "errcore"),
    ):
        schema = checked(service(runtime))

    content = schema["paths"]["/rows"]["get"]["responses"]["404"]["content"]
    assert content[Broken.media_type] == {}
    assert content[MEDIA_TYPES["problem"]]["examples"].keys() == {"DEPOT_ROW_NOT_FOUND"}
    assert {record.getMessage() for record in caplog.records} == {
        "The format broken could not be documented."
    }


def test_links_of_the_runtime_are_in_the_examples() -> None:
    """What a client will be sent is what the example shows, the link to the code's page included."""
    with Runtime.for_tests(docs_url="https://docs.example.com/errors/") as runtime:
        schema = checked(service(runtime))

    content = schema["paths"]["/rows"]["get"]["responses"]["404"]["content"]
    example = content[MEDIA_TYPES["problem"]]["examples"]["DEPOT_ROW_NOT_FOUND"]["value"]
    assert example["type"] == "https://docs.example.com/errors/DEPOT_ROW_NOT_FOUND"
