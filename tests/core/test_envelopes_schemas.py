# SPDX-License-Identifier: MIT
"""What a format says its documents look like: valid JSON Schemas, and every document and example keeps to them."""

from __future__ import annotations

import gc
import itertools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from errcore import AppError, Issue, Occurrence, ValidationError, catalog, envelopes, internal, public
from errcore.context import ErrorContext, RequestIds
from errcore.envelopes.codecs import encode
from errcore.envelopes.samples import details_schema, sample
from errcore.errors import Kind
from errcore.handbook import entry_of

# Busy machines are slow, and that is no defect.
patient = settings(
    max_examples=settings.default.max_examples * 2 // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

FORMATS = [
    *map(envelopes.get, envelopes.NAMES),
    envelopes.nested(id_key=None, flags=("retriable", "recoverable")),
    envelopes.wrapped(tool=True, flags=("recoverable",)),
    envelopes.flat(id_key="trace"),
    envelopes.Problem("https://docs.example.com/errors"),
]
every_format = pytest.mark.parametrize(
    "form", FORMATS, ids=[f"{form.name}-{n}" for n, form in enumerate(FORMATS)]
)
CONTEXTS = (ErrorContext(), ErrorContext(RequestIds("req_1", "corr_1")))


def validator(form, specs):
    """The schema as a reader has it, once it is seen to be one."""
    schema = json.loads(json.dumps(form.schema(iter(specs))))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def check(form, schema, error):
    for context in CONTEXTS:
        occurrence = Occurrence.of(error, context)
        for debug in (False, True):
            rendered = encode(form.render(occurrence, debug)).decode()
            schema.validate(rendered if form.name == "text" else json.loads(rendered))


def stock():
    return [spec for spec in catalog if spec.qualname.startswith("errcore.")]


@every_format
def test_schemas_of_the_stock_errors(form):
    """One schema for all of them, one for each, and one for any error: each example keeps to all three."""
    everything, anything = validator(form, stock()), validator(form, [])
    for spec in stock():
        example = json.loads(json.dumps(form.example(spec)))
        for schema in (everything, anything, validator(form, [spec])):
            schema.validate(example)


@every_format
def test_schemas_refuse_what_is_none(form):
    """A document without its members is none, and a code that was not declared is another error's."""
    schema = validator(form, [ValidationError.spec])

    assert not schema.is_valid({} if form.name != "text" else 7)
    if form.name not in {"text", "google"}:
        assert not schema.is_valid(form.render(Occurrence.of(AppError("x"))))


@every_format
def test_documents_keep_to_the_schema(form):
    """With issues, a wait, ad hoc facts, an id and without."""
    issues = [Issue("/a", "X", "Wrong.", {"min": 1}, "body"), Issue("", "Y", "All wrong.")]
    error = ValidationError("No.", issues=issues, details={"any": [1, {"thing": None}]}, retry_after=0.5)
    check(form, validator(form, [ValidationError.spec]), error)
    check(form, validator(form, []), error)


TYPES = {
    "str": st.text(max_size=9),
    "int": st.integers(-(2**63), 2**64 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "bool": st.booleans(),
    "list[str]": st.lists(st.text(max_size=3), max_size=3),
    "list[int] | None": st.none() | st.lists(st.integers(0, 9), max_size=70),
    "tuple[list[bool | None], ...]": st.lists(st.lists(st.none() | st.booleans(), max_size=3), max_size=3),
    "dict[str, int]": st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=3),
    "str | None": st.none() | st.text(max_size=9),
    "Any": st.none() | st.integers(0, 9) | st.text(max_size=9),
}
NAMES = [
    "order",
    "period",
    "token",
    "page_count",
    "title",
    "type",
    "timestamp",
    "success",
    "errors",
    "debug_info",
    "field",
]
numbers = itertools.count()


@st.composite
def declared(draw):
    """A class as an application may declare it, and an error of it."""
    fields = draw(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(sorted(TYPES)), max_size=4))
    kind = draw(st.sampled_from(list(Kind)))
    body = {name: draw(st.sampled_from([public, public, internal]))() for name in fields}
    cls = type(
        f"Declared{next(numbers)}",
        (AppError,),
        {**body, "__annotations__": fields, "__module__": __name__},
        code=f"T_SCHEMAS_{next(numbers)}_FAILED",
        kind=kind.value,
        status=draw(st.integers(400, 599)),
    )
    values = {name: draw(TYPES[kind_of_field]) for name, kind_of_field in fields.items()}
    return cls, cls(**values)


@patient
@given(st.lists(declared(), min_size=1, max_size=3))
def test_documents_of_any_classes_keep_to_their_schemas(pairs):
    """Whatever fields of whatever types a class declares, and however many share one schema."""
    specs = [cls.spec for cls, _ in pairs]
    for form in FORMATS:
        schema = validator(form, specs)
        for cls, error in pairs:
            check(form, schema, error)
            schema.validate(json.loads(json.dumps(form.example(cls.spec))))


class Shelf(AppError, code="T_SCHEMAS_SHELF_FULL", kind="aborted"):
    """Fields of the shapes that two readers of an annotation could tell differently."""

    note: str | None = public()
    hint: str | None = public(default=None)
    rows: list[int] = public(factory=list)
    mixed: list[str] | int | None = public(default=0)
    token_list: list[str] = public(factory=list)
    colour: Kind = public(default=Kind.INTERNAL)


def test_a_schema_says_what_the_catalogue_says():
    """One reading of a declaration; a fact whose name is that of a secret is a text, for it is redacted."""
    assert details_schema([Shelf.spec]) == {
        "note": {"type": ["string", "null"]},
        "hint": {"type": "string"},
        "rows": {"type": "array", "items": {"type": ["integer", "string"]}},
        "mixed": {"type": ["array", "integer", "null"], "items": {"type": "string"}},
        "token_list": {"type": "string"},
        "colour": {},
    }
    assert {field.name: field.json_type for field in entry_of(Shelf.spec).fields} == {
        "note": "string | null",
        "hint": "string",
        "rows": "list[integer]",
        "mixed": "list[string] | integer | null",
        "token_list": "string",
        "colour": "any",
    }
    assert sample(Shelf.spec).details == {
        "note": "note",
        "hint": "hint",
        "rows": [],
        "mixed": [],
        "token_list": "[redacted]",
        "colour": "colour",
    }


@every_format
def test_a_long_list_keeps_to_its_schema(form):
    """Of a long list the end is left out, and a text says so."""
    error = Shelf(note=None, rows=list(range(100)), token_list=["a"])

    assert Occurrence.of(error).details["rows"][-1] == "<37 more items>"
    check(form, validator(form, [Shelf.spec]), error)


def teardown_module():
    """The classes that were made up are forgotten."""
    gc.collect()
