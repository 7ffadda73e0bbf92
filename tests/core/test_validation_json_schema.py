# SPDX-License-Identifier: MIT
"""What a validator says of itself in JSON Schema: valid by the specification, plain JSON, and true where it says so."""

from __future__ import annotations

import enum
import json
import math
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from errcore import ConfigurationError, InputValidator, Validator, rule
from errcore.validation import (
    Choices,
    Date,
    DateTime,
    Each,
    Email,
    Length,
    MultipleOf,
    Pattern,
    Range,
    Secret,
    Unique,
    Url,
    Uuid,
)


class Role(enum.Enum):
    ADMIN = "admin"
    GUEST = "guest"


class Mixed(enum.Enum):
    ONE = 1
    HALF = "\ud800"


class Unsendable(enum.Enum):
    HALF = "\ud800"


@attrs.define
class Tag:
    name: Annotated[str, Length(1, 5)]


@attrs.define
class Cat:
    kind: Literal["cat"]
    lives: int


@attrs.define
class Dog:
    name: str
    kind: Literal["dog"] = "dog"


@attrs.define
class Node:
    value: int
    children: list[Node] = attrs.field(factory=list)


@attrs.define
class Order:
    number: Annotated[str, Pattern(r"[A-Z]{2}-[0-9]{4}"), Secret()]
    tags: list[Tag]
    scores: dict[Annotated[str, Length(1, 3)], float]
    pair: tuple[int, str]
    id: UUID
    pet: Cat | Dog
    role: Role = Role.GUEST
    note: Annotated[str, Length(0, 9)] | None = None
    either: str | int | None = None
    flags: Annotated[list[bool], Length(0, 2), Unique()] = attrs.field(factory=list)
    user_name: str = attrs.field(default="nobody", metadata={"errcore.name": "userName"})
    age: Annotated[int, Range(18, 120), MultipleOf(2)] = 18


# --- What every export is ---


def plain_of(schema) -> dict[str, Any]:
    """The document, which is valid by the specification and the same once it was written and read."""
    document = schema.document
    Draft202012Validator.check_schema(document)
    written = json.dumps(document, allow_nan=False)
    assert json.loads(written) == document
    assert written.isascii()
    return document


def of(declared: Any) -> tuple[dict[str, Any], bool]:
    """What is said of a type, without the name of the dialect, and whether it is everything."""
    schema = Validator.of(declared).json_schema()
    document = plain_of(schema)
    assert document.pop("$schema") == "https://json-schema.org/draft/2020-12/schema"
    return document, schema.exact


UUID_FORM = {
    "format": "uuid",
    "pattern": r"^(?:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})(?![\s\S])",
}


@pytest.mark.parametrize(
    ("declared", "document", "exact"),
    [
        (Any, {}, True),
        (str, {"type": "string"}, True),
        (int, {"type": "integer"}, True),
        (float, {"type": "number"}, True),
        (bool, {"type": "boolean"}, True),
        (None, {"type": "null"}, True),
        (UUID, {"type": "string", **UUID_FORM}, True),
        (datetime, {"type": "string", "format": "date-time"}, False),
        (time, {"type": "string", "format": "time"}, False),
        (Decimal, {"type": ["string", "number"]}, False),
        (bytes, {"type": "string", "contentEncoding": "base64"}, False),
        (Role, {"enum": ["admin", "guest"]}, True),
        (Mixed, {"const": 1}, True),
        (Unsendable, {"not": {}}, True),
        (Literal["a", 1, True], {"enum": ["a", 1, True]}, True),
        (list[int], {"type": "array", "items": {"type": "integer"}}, True),
        (list[Any], {"type": "array"}, True),
        (
            tuple[int, str],
            {
                "type": "array",
                "prefixItems": [{"type": "integer"}, {"type": "string"}],
                "items": False,
                "minItems": 2,
                "maxItems": 2,
            },
            True,
        ),
        (dict[str, Any], {"type": "object"}, True),
        (
            dict[Annotated[str, Length(1)], int],
            {
                "type": "object",
                "additionalProperties": {"type": "integer"},
                "propertyNames": {"type": "string", "minLength": 1},
            },
            True,
        ),
        (int | None, {"type": ["integer", "null"]}, True),
        (Role | None, {"anyOf": [{"enum": ["admin", "guest"]}, {"type": "null"}]}, True),
        (str | int | None, {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}, True),
        (Any | None, {}, True),
    ],
    ids=str,
)
def test_types(declared, document, exact) -> None:
    """Each type, and whether its schema says everything."""
    assert of(declared) == (document, exact)


def test_dates_have_a_pattern_and_are_not_exact() -> None:
    """A pattern knows no calendar, so the thirtieth of February is only the validator's to refuse."""
    document, exact = of(date)
    assert (document["type"], document["format"], exact) == ("string", "date", False)
    assert Draft202012Validator(document).is_valid("2026-02-30")
    assert not Draft202012Validator(document).is_valid("2026-13-01")


@pytest.mark.parametrize(
    ("declared", "document", "exact"),
    [
        (Annotated[int, Range(1, below=9)], {"type": "integer", "minimum": 1, "exclusiveMaximum": 9}, True),
        (Annotated[date, Range(date(2026, 1, 1))], None, False),
        (Annotated[str, Length(1, 5)], {"type": "string", "minLength": 1, "maxLength": 5}, True),
        (Annotated[list[Any], Length(1, 5)], {"type": "array", "minItems": 1, "maxItems": 5}, True),
        (Annotated[dict[str, Any], Length(1)], {"type": "object", "minProperties": 1}, True),
        (Annotated[bytes, Length(1, 4)], {"type": "string", "contentEncoding": "base64"}, False),
        (Annotated[int, MultipleOf(5)], {"type": "integer", "multipleOf": 5}, True),
        (Annotated[float, MultipleOf(5)], {"type": "number", "multipleOf": 5}, False),
        (Annotated[float, MultipleOf(0.1)], {"type": "number", "multipleOf": 0.1}, False),
        (Annotated[str, Choices(["a", "b"])], {"type": "string", "enum": ["a", "b"]}, True),
        (Annotated[int, Choices([1, 2])], {"type": "integer", "enum": [1, 2]}, True),
        (Annotated[float, Choices([1, 2])], {"type": "number", "enum": [1, 2]}, False),
        (Annotated[str, Choices(["\ud800"])], {"type": "string", "not": {}}, True),
        (Annotated[Any, Choices([1, "a", None])], {"enum": [1, "a", None]}, True),
        (
            Annotated[list[int], Unique()],
            {"type": "array", "items": {"type": "integer"}, "uniqueItems": True},
            True,
        ),
        (Annotated[list[int | str], Unique()], None, True),
        (Annotated[set[int], Unique()], None, False),
        (Annotated[list[Decimal], Unique()], None, False),
        (Annotated[str, Secret()], {"type": "string", "writeOnly": True}, True),
        (Annotated[str, Secret()] | None, {"type": ["string", "null"], "writeOnly": True}, True),
        (
            Annotated[str, Choices(["a"]), Secret()] | None,
            {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}], "writeOnly": True},
            True,
        ),
        (
            Annotated[str, Length(1), Length(2, 4)],
            {"type": "string", "minLength": 1, "allOf": [{"minLength": 2, "maxLength": 4}]},
            True,
        ),
        (
            Annotated[list[Any], Each(int, Range(1))],
            {"type": "array", "items": {"type": "integer", "minimum": 1}},
            True,
        ),
        (Annotated[str, Pattern("[a-z]+")], {"type": "string", "pattern": r"^(?:[a-z]+)(?![\s\S])"}, True),
        (Annotated[str, Pattern(r"(?P<n>\d)")], {"type": "string", "pattern": r"^(?:(\d))(?![\s\S])"}, False),
        (Annotated[str, Pattern("(?i)a")], {"type": "string"}, False),
        (Annotated[str, Email()], None, True),
        (Annotated[str, Url(("svn-ssh",))], None, False),
        (Annotated[str, Uuid()], {"type": "string", **UUID_FORM}, True),
        (Annotated[str, Date()], None, False),
        (Annotated[str, DateTime()], None, False),
    ],
    ids=str,
)
def test_constraints(declared, document, exact) -> None:
    """Each constraint, and whether its schema says everything."""
    found, said = of(declared)
    assert said is exact
    assert document is None or found == document


def test_limit_that_cannot_be_written_is_left_out() -> None:
    """An integer of thousands of digits has no text in Python."""
    assert of(Annotated[int, Range(0, 10**4200)]) == ({"type": "integer", "minimum": 0}, False)


def test_record_with_everything() -> None:
    """Names of the input, defaults that JSON has, the class as the title, and no default of what is secret."""
    document, exact = of(Order)
    properties = document["properties"]

    assert document["title"] == "Order"
    assert document["required"] == ["number", "tags", "scores", "pair", "id", "pet"]
    assert properties["userName"] == {"type": "string", "default": "nobody"}
    assert properties["role"] == {"enum": ["admin", "guest"], "default": "guest"}
    assert properties["note"] == {"type": ["string", "null"], "maxLength": 9, "default": None}
    assert properties["age"]["default"] == 18
    assert properties["number"]["writeOnly"] is True
    assert "default" not in properties["flags"]
    assert properties["pet"]["required"] == ["kind"]
    assert [option["properties"]["kind"] for option in properties["pet"]["oneOf"]] == [
        {"const": "cat"},
        {"const": "dog", "default": "dog"},
    ]
    assert exact


def test_defaults_are_shown_and_never_called() -> None:
    """A constant is shown unless it is a secret, no scalar, or null where null is refused; a factory stays alone."""
    v = InputValidator()
    v.field("shown").optional(3).type(int)
    v.field("made").optional(factory=lambda: pytest.fail("called")).type(int)
    v.field("secret").optional("hunter2").secret()
    v.field("null").optional(None).type(int)
    v.field("infinite").optional(math.inf).type(float)
    v.field("tuple").optional(()).type(list[int])
    v.field("missing").type(int)

    properties = plain_of(v.json_schema())["properties"]

    assert {name for name, each in properties.items() if "default" in each} == {"shown"}
    assert properties["shown"]["default"] == 3


@pytest.mark.parametrize("extra", ["ignore", "forbid", "keep"])
def test_unknown_keys(extra) -> None:
    """Only where they are forbidden the schema says so, and no title is made up for what has no name."""
    v = InputValidator(extra=extra)
    v.field("a")

    document = plain_of(v.json_schema())

    assert document.get("additionalProperties") == (False if extra == "forbid" else None)
    assert "title" not in document


def test_classes_inside_themselves() -> None:
    """Once in `$defs`, referred to from everywhere; how deep it goes no schema says."""
    document, exact = of(Node)

    assert document["$ref"] == "#/$defs/Node"
    assert document["title"] == "Node"
    assert document["$defs"]["Node"]["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    assert not exact
    check = Draft202012Validator(document)
    assert check.is_valid({"value": 1, "children": [{"value": 2}]})
    assert not check.is_valid({"value": 1, "children": [{"value": "2"}]})


def test_one_name_for_two_classes() -> None:
    """Two classes of one name, and one class that is declared in two ways, are different definitions."""

    def other() -> type[Any]:
        @attrs.define
        class Node:
            text: str
            inner: Node | None = None

        Node.__annotations__["inner"] = Node | None
        Node.__annotations__["text"] = str
        return Node

    v = InputValidator()
    v.field("loose").nested(Validator.of(Node))
    v.field("strict").nested(Validator.of(Node, extra="forbid"))
    v.field("other").nested(Validator.of(other()))

    document = plain_of(v.json_schema())

    assert document["$defs"].keys() == {"Node", "Node_", "Node__"}
    assert "additionalProperties" not in document["$defs"]["Node"]
    assert document["$defs"]["Node_"]["additionalProperties"] is False
    assert document["$defs"]["Node_"]["properties"]["children"]["items"] == {"$ref": "#/$defs/Node_"}
    assert "text" in document["$defs"]["Node__"]["properties"]
    assert [
        issue.pointer
        for issue in v.inspect({"loose": {"value": 1, "x": 1}, "strict": {"value": 1, "x": 1}}).issues
    ] == ["/strict/x"]


# --- Rules ---


@rule(code="SLUG_FORMAT", message="must be a slug", schema={"pattern": "^[a-z0-9-]+$"})
def slug(value: str) -> bool:
    return bool(value) and all(sign in "abcdefghijklmnopqrstuvwxyz0123456789-" for sign in value)


@rule(code="OPAQUE", message="must be something")
def opaque(value: Any) -> bool:
    return True


def test_rules_are_taken_at_their_word() -> None:
    """A rule with a schema says everything with it, one without leaves something out."""
    assert of(Annotated[str, slug]) == ({"type": "string", "pattern": "^[a-z0-9-]+$"}, True)
    assert of(Annotated[str, opaque]) == ({"type": "string"}, False)


def test_schema_of_a_rule_stands_alone_where_it_would_change_its_meaning() -> None:
    """What says something about its neighbours is not put beside the neighbours of somebody else."""

    @rule(code="ONLY_A", message="only a", schema={"additionalProperties": {"type": "integer"}})
    def only(value: dict[str, Any]) -> bool:
        return True

    document, _ = of(Annotated[Tag, only])

    assert document["allOf"] == [{"additionalProperties": {"type": "integer"}}]
    assert not Draft202012Validator(document).is_valid({"name": "x"})


def test_schema_of_a_rule_may_exclude_null() -> None:
    """A nullable value takes null, whatever the schema of a rule says about values."""

    @rule(code="NOT_EMPTY", message="not empty", schema={"not": {"enum": [None, ""]}})
    def not_empty(value: str) -> bool:
        return value != ""

    v = InputValidator()
    v.field("a").type(str).rule(not_empty).nullable()
    document = plain_of(v.json_schema())

    assert Draft202012Validator(document).is_valid({"a": None})
    assert not Draft202012Validator(document).is_valid({"a": ""})


@pytest.mark.parametrize(
    "schema", [{"enum": {1, 2}}, {"minimum": math.nan}, {"const": object()}, {1: 2}, {"const": "\ud800"}]
)
def test_schema_of_a_rule_must_be_json(schema) -> None:
    """What has no place in JSON is refused, with the name of the rule."""
    wrong = Annotated[str, rule(code="WRONG", message="x", schema=schema)(lambda value: True)]

    with pytest.raises(ConfigurationError, match=r"the schema of the rule <lambda>, because it is no JSON"):
        Validator.of(wrong).json_schema()


def test_what_no_schema_can_say() -> None:
    """Checks across fields, normalisers, coercion, classes that refuse by themselves, and foreign types."""

    @attrs.define
    class Careful:
        a: int

        def __attrs_post_init__(self) -> None:
            raise ValueError

    @attrs.define
    class Converting:
        a: int = attrs.field(converter=int)

    def built(change) -> bool:
        v = InputValidator()
        change(v, v.field("a").type(int))
        return Validator.json_schema(v.build()).exact

    assert built(lambda v, field: None)
    assert not built(lambda v, field: field.normalize(abs))
    assert not built(lambda v, field: field.type(int, coerce=True))
    assert not built(lambda v, field: v.into(Tag))
    assert not built(lambda v, field: v.check(lambda values: True, code="ALWAYS"))
    assert not Validator.of(Careful).json_schema().exact
    assert not Validator.of(Converting).json_schema().exact


def test_types_that_a_hook_reads() -> None:
    """A hook may read anything, and constraints are about what it gives."""
    from cattrs import Converter

    class Celsius:
        pass

    converter = Converter()
    converter.register_structure_hook(Celsius, lambda value, _: Celsius())

    schema = Validator.of(Annotated[Celsius, Length(3)], converter=converter).json_schema()

    assert plain_of(schema).keys() == {"$schema"}
    assert not schema.exact


def test_null_has_no_tag() -> None:
    """An option that takes null cannot be told apart by a key."""
    nullable = InputValidator()
    nullable.field("pet").type(Annotated[Cat | None, Secret()] | Dog)

    schema = nullable.json_schema()

    assert not schema.exact
    assert not nullable.inspect({"pet": None}).ok


def test_description_is_anew_each_time() -> None:
    """Whoever changes a document changes nobody else's."""
    v = Validator.of(Order)
    v.json_schema().document["properties"].clear()

    assert v.json_schema().document["properties"]


# --- Where it says that it says everything, it does ---


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 130),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: not value.is_integer()),
    st.text(max_size=6),
    st.sampled_from(
        [
            "admin",
            "cat",
            "dog",
            "a",
            "AB-1234",
            "AB-1234\n",
            "ada@example.org",
            "https://a.b/?x#y",
            "2026-01-31",
        ]
    ),
    st.uuids().map(str),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "kind", "lives", "a", "abcd"]), inner, max_size=3)
    ),
    max_leaves=6,
)
ORDERS = st.fixed_dictionaries(
    {
        "number": st.sampled_from(["AB-1234", "AB-1234\n", "ab-1234", ""]) | JSON,
        "tags": st.lists(st.fixed_dictionaries({"name": st.text(max_size=6)}), max_size=2) | JSON,
        "scores": st.dictionaries(st.text(max_size=4), st.integers(-9, 9), max_size=2) | JSON,
        "pair": st.tuples(st.integers(), st.text(max_size=2)).map(list) | JSON,
        "id": st.uuids().map(str) | JSON,
        "pet": st.sampled_from([{"kind": "cat", "lives": 9}, {"kind": "dog", "name": "x"}, {"name": "x"}])
        | JSON,
    },
    optional={
        "role": SCALARS,
        "note": SCALARS,
        "either": SCALARS,
        "flags": st.lists(st.booleans(), max_size=3),
        "userName": SCALARS,
        "age": SCALARS,
        "unknown": SCALARS,
    },
)
DECLARED = [
    int,
    float,
    bool,
    UUID,
    Role,
    Literal["a", 1],
    tuple[int, str],
    str | bool | None,
    Cat | Dog,
    Annotated[str, Email()],
    Annotated[str, Uuid()],
    Annotated[int, Range(0, below=9), MultipleOf(3)],
    Annotated[Any, Choices([1, "a", True])],
    Annotated[list[Any], Unique(), Length(1)],
    dict[Annotated[str, Length(1, 3)], bool],
]


@pytest.mark.parametrize("declared", DECLARED, ids=str)
@given(document=JSON)
@settings(max_examples=60)
def test_schema_and_validator_agree(declared, document) -> None:
    """On whatever JSON there is, where the schema is exact."""
    v = Validator.of(declared)
    schema = v.json_schema()
    assert schema.exact

    assert Draft202012Validator(schema.document).is_valid(document) is v.inspect(document).ok


@given(document=ORDERS)
@settings(max_examples=300)
def test_schema_and_validator_agree_on_records(document) -> None:
    """On documents that are nearly right."""
    v = Validator.of(Order)

    assert Draft202012Validator(v.json_schema().document).is_valid(document) is v.inspect(document).ok


@given(document=ORDERS)
@settings(max_examples=100)
def test_unknown_keys_are_refused_by_both(document) -> None:
    """With `extra="forbid"`, at whatever depth."""
    v = Validator.of(Order, extra="forbid")

    assert Draft202012Validator(v.json_schema().document).is_valid(document) is v.inspect(document).ok


def test_classes_that_are_used_again_and_again_are_defined_once():
    """What a schema costs grows with its classes, and not with the ways through them."""
    cls: Any = int
    for depth in range(14):
        fields = {name: attrs.field(type=cls) for name in ("a", "b", "c")}
        cls = attrs.make_class(f"Level{depth}", fields)
    schema = Validator.of(cls).json_schema()

    Draft202012Validator.check_schema(schema.document)
    assert sorted(schema.document["$defs"]) == sorted(f"Level{depth}" for depth in range(13))
    assert schema.exact
