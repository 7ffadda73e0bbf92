# SPDX-License-Identifier: MIT
"""The demo's service keeps the promises of its OpenAPI document: schemathesis reads it and asks over real HTTP."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

DEMO = Path(__file__).parents[2] / "examples" / "demo"
DEADLINE = 10.0  # seconds for one request
EXAMPLES = 20  # requests for each operation and way of making them up
BREAKS_OFF = "/exports/{agent_id}"  # its response ends in the middle, which is not HTTP
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
# What a made-up value would hardly be: with these every answer that is promised can be had.
KNOWN: dict[str, list[str]] = {
    "agent_id": ["a1", "a9", "nobody"],
    "period": ["last_30_days", "last_century"],
    "bug": ["driver", "lookup", "declared", "gateway"],
    "name": ["Ada"],
}


@pytest.fixture(scope="module")
def server_module() -> Iterator[Any]:
    """The demo's own way to start its service; its folder is on the path no longer than needed."""
    sys.path.insert(0, str(DEMO))
    try:
        yield import_module("server")
    finally:
        sys.path.remove(str(DEMO))
        sys.modules.pop("server", None)


@pytest.fixture(scope="module")
def url(server_module: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service, as a process of its own on a free port."""
    with (
        (tmp_path_factory.mktemp("demo") / "server.log").open("wb") as output,
        server_module.serving(output) as (address, _),
    ):
        yield address


def in_words(operation: Any) -> set[str]:
    """The statuses that an operation's document names one by one."""
    return {status for status in operation.definition.raw["responses"] if status.isdigit()}


def written(value: Any) -> Any:
    """The same document with integers as integers: JSON Schema takes 18.0 for one, and the service does not."""
    if isinstance(value, dict):
        return {name: written(each) for name, each in value.items()}
    if isinstance(value, list):
        return [written(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def answered(operation: Any, mode: GenerationMode = GenerationMode.POSITIVE) -> set[str]:
    """Send requests that fit the document, or on purpose do not; every answer must be as promised.

    Gives the statuses that came.
    """
    seen = set[str]()
    known = st.fixed_dictionaries({name: st.none() | st.sampled_from(some) for name, some in KNOWN.items()})

    @seed(20_260)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(mode), known=known)
    def promise_is_kept(case: Any, known: dict[str, str | None]) -> None:
        for place in (case.path_parameters, case.query, case.body):
            if mode.is_positive and isinstance(place, dict):
                place.update({name: known[name] for name in place.keys() & KNOWN.keys() if known[name]})
        if mode.is_positive and isinstance(case.body, dict):
            case.body = written(case.body)
        response = case.call(timeout=DEADLINE)
        status = str(response.status_code)
        seen.add(status)
        case.validate_response(response, checks=CHECKS)
        # Without taking `default` for an answer, unless the request is none that the document allows.
        assert status < ("400" if mode.is_positive else "500") or status in in_words(operation)

    promise_is_kept()
    return seen


@pytest.mark.parametrize("document", ["/openapi.json", "/admin/openapi.json"])
def test_service_answers_as_its_document_says(url: str, document: str) -> None:
    """Whatever comes in: status, media type, headers and body are as documented, and each error is by its status.

    And the other way round: every error that a route declares is had, but for rejected input: a route whose parameters
    may be any text never has it, and nothing made up here is too long or no JSON.
    """
    schema = schemathesis.openapi.from_url(url + document)
    operations = [found.ok() for found in schema.get_all_operations()]
    never_had = {}
    for operation in operations:
        if operation.path == BREAKS_OFF:
            continue
        errors = {status for status in in_words(operation) if status >= "400"} - {"413", "415", "422"}
        never_had[operation.label] = errors - answered(operation)

    assert operations
    assert {label: statuses for label, statuses in never_had.items() if statuses} == {}


def test_rejected_input_is_as_documented(url: str) -> None:
    """Documents that break the schema of the body get the 422 that is documented, and reach it."""
    schema = schemathesis.openapi.from_url(url + "/openapi.json")

    assert "422" in answered(schema["/agents"]["POST"], GenerationMode.NEGATIVE)
