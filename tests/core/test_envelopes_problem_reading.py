# SPDX-License-Identifier: MIT
"""Problems read back, and problems described: a schema and an example from declarations."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import (
    AppError,
    ConflictError,
    Issue,
    NotFoundError,
    Occurrence,
    ValidationError,
    WorkspaceIsolationError,
    catalog,
    internal,
    public,
    secret,
)
from errcore.context import ErrorContext, RequestIds
from errcore.envelopes import Problem
from errcore.envelopes.codecs import encode
from errcore.errors import Told

REQUEST = ErrorContext(RequestIds("req_1"))


class ReportMissing(NotFoundError, code="T_READING_REPORT_NOT_FOUND", message="No report for {period}."):
    """No report. Remedy: choose one of `available`."""

    period: str = public()
    available: list[str] = public(factory=list)
    pages: int = public(default=1)
    odd: dict[str, int] | None = public(default=None)
    user_id: str = internal(default="u1")
    token: str = secret(default="")


class ReportMoved(ConflictError, code="T_READING_REPORT_CONFLICT"):
    """Moved."""

    period: int = public()


def problem(error: BaseException, *, debug: bool = False, docs_url: str | None = None) -> dict[str, object]:
    return Problem(docs_url).render(Occurrence.of(error, REQUEST), debug)


def test_parse_reads_back_what_render_wrote():
    """Code, status, message, ids, details, issues and the wait survive."""
    error = ValidationError(
        "Nope.",
        issues=[Issue("/b c/0", "RANGE", "Too small.", {"min": 1}, "body"), Issue("", "X", "Y.")],
        details={"hint": "é"},
        retry_after=2,
    )
    occurrence = Occurrence.of(error, REQUEST)

    read = Problem().parse(json.loads(encode(Problem().render(occurrence))))

    assert read == Told(
        type_uri="about:blank",
        title="Unprocessable Content",
        status=422,
        message="Nope.",
        code=occurrence.code,
        request_id="req_1",
        retriable=False,
        retry_after=2,
        issues=occurrence.issues,
        details={"hint": "é"},
    )


@pytest.mark.parametrize(
    "body",
    [{}, {"detail": "Not Found"}, {"type": 1, "title": None}],
)
def test_parse_gives_none_for_what_is_no_problem(body):
    """A body without a type and a title is somebody else's format."""
    assert Problem().parse(body) is None


def test_parse_coerces_nothing():
    """A member of the wrong type is as if it were not there."""
    forged = {
        "type": "about:blank",
        "status": True,
        "retriable": "false",
        "retry_after": "soon",
        "code": ["X"],
        "errors": [
            7,
            {"pointer": "/a", "detail": "x"},
            {"pointer": "#/a", "detail": 1},
            {"pointer": "#/ok", "detail": "fine", "code": 3, "location": 4, "params": []},
        ],
        3: "three",
    }

    assert Problem().parse(forged) == Told(
        type_uri="about:blank", issues=(Issue("/ok", "", "fine"),), details={"3": "three"}
    )


@pytest.mark.parametrize("errors", [7, [], [7]])
def test_parse_without_readable_issues_has_none(errors):
    """No issues where none can be read."""
    forged = {"title": "x", "status": 99, "retry_after": -1, "errors": errors}

    assert Problem().parse(forged) == Told(title="x")


words = st.text("aB0#/~% é\ud800", max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda children: st.lists(children) | st.dictionaries(words, children),
    max_leaves=8,
)
members = st.sampled_from(
    ["type", "title", "status", "errors", "code", "retriable", "retry_after", "pointer", "x"]
)


@given(st.dictionaries(members, json_values))
def test_parse_never_raises(body):
    """Whatever the document, reading gives what was told or None."""
    read = Problem().parse(body)

    assert read is None or type(read) is Told


def test_schema_names_codes_and_public_fields():
    """The schema of some errors has their codes and public fields, and nothing internal or secret."""
    schema = Problem().schema([ReportMissing.spec, WorkspaceIsolationError.spec])
    properties = schema["properties"]

    assert properties["code"] == {"type": "string", "enum": ["NOT_FOUND", "T_READING_REPORT_NOT_FOUND"]}
    assert properties["available"] == {"type": "array", "items": {"type": "string"}}
    assert properties["pages"] == {"type": "integer"}
    assert "user_id" not in properties
    assert "token" not in properties


def test_schema_promises_no_type_where_errors_disagree():
    """One name with two types is described as anything."""
    schema = Problem().schema([ReportMissing.spec, ReportMoved.spec])

    assert schema["properties"]["period"] == {}


def test_schema_without_errors_is_that_of_any_problem():
    """The members of every problem are required; codes are open."""
    schema = Problem().schema([])

    assert schema["properties"]["code"] == {"type": "string"}
    assert set(schema["required"]) <= set(schema["properties"])


def test_example_has_the_shape_of_the_real_thing():
    """An example has every member that the error itself has, with sample values."""
    example = Problem("https://d/").example(ReportMissing.spec)

    real = problem(ReportMissing(period="period", odd={}), docs_url="https://d/")

    assert set(example) == set(real)
    assert {name: example[name] for name in ("type", "title", "status", "detail", "code", "retriable")} == {
        name: real[name] for name in ("type", "title", "status", "detail", "code", "retriable")
    }


def test_example_of_an_isolation_error_gives_nothing_away():
    """The example of an error that answers as another is the other's."""
    assert Problem().example(WorkspaceIsolationError.spec) == Problem().example(NotFoundError.spec)


def test_every_stock_error_has_an_example():
    """All that the catalogue holds can be shown."""
    examples = [Problem().example(spec) for spec in catalog]

    assert all(encode(example) for example in examples)
    assert len(examples) > 20
    assert AppError.spec in list(catalog)
