# SPDX-License-Identifier: MIT
"""The tree as JSON Schema 2020-12, which OpenAPI 3.1 uses: what the input has to be, as far as a schema can say it."""

from __future__ import annotations

import re
from functools import singledispatch
from typing import TYPE_CHECKING, Any, cast

import attrs

from errcore.validation import shapes
from errcore.validation.constraints.formats import Date, Uuid
from errcore.validation.schemas.schema_parts import (
    NOTHING,
    defaults_of,
    fragment_of,
    is_plain,
    joined,
    or_null,
    plain,
    repeated,
    rule_fragment,
)
from errcore.validation.tags import literals_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import Enum

__all__ = ["JsonSchema", "schema_of"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REF = "#/$defs/"


@attrs.frozen
class JsonSchema:
    """A JSON Schema, and whether it says everything.

    Where input is changed before it is looked at, by normalisers or `coerce`, it describes what they give.

    Attributes:
        document: The schema, as plain JSON; classes that stand in several places, or inside themselves, are in its
            `$defs`.
        exact: Whether it takes the very same JSON documents as the validator. How a number is written does not count:
            JSON Schema takes 2.0 for an integer, and for a number an integer that no float holds. A rule's own schema is
            taken at its author's word.
    """

    document: dict[str, Any]
    exact: bool


class _Writer:
    """Collects definitions, and whether anything could not be said.

    Attributes:
        exact: Whether everything was said so far.
        definitions: Schemas of records that stand in several places, or inside themselves, by name.
    """

    __slots__ = ("_names", "_several", "definitions", "exact")

    def __init__(self, root: shapes.Value) -> None:
        self.exact: bool = True
        self.definitions: dict[str, dict[str, Any]] = {}
        self._names: dict[int, str] = {}
        self._several = repeated(root)

    def defined(self, cls: type[Any], record: shapes.Record) -> dict[str, Any]:
        """A reference to the record of a class."""
        # By identity: one class may be declared twice, with unknown keys in one and without in the other.
        name = self._names.get(id(record))
        if name is None:
            name = re.sub(r"[^A-Za-z0-9_]", "_", cls.__name__)
            while name in self.definitions:
                name += "_"
            self._names[id(record)] = name
            self.definitions[name] = {}
            self.definitions[name] = schema_of_shape(record, self)
        return {"$ref": _REF + name}

    def of(self, value: shapes.Value) -> dict[str, Any]:
        """The schema of one value."""
        shape = value.shape
        if isinstance(shape, shapes.Record) and shape.cls is not None and id(shape) in self._several:
            found = self.defined(shape.cls, shape)
        else:
            found = schema_of_shape(shape, self)
        for said, exact in (
            *(fragment_of(constraint, value) for constraint in value.constraints),
            *map(rule_fragment, value.rules),
        ):
            found = joined(found, said)
            self.exact = self.exact and exact
        if value.normalizers or getattr(value.shape, "coerce", False):
            self.exact = False
        return or_null(found) if value.nullable else found


def schema_of(root: shapes.Value) -> JsonSchema:
    """The schema of a whole input. What is made of a class has its name as the title.

    Args:
        root: What is declared.
    """
    writer = _Writer(root)
    document: dict[str, Any] = {"$schema": DIALECT}
    cls = getattr(root.shape, "cls", None)
    if cls is not None:
        document["title"] = cls.__name__
    document.update(writer.of(root))
    if writer.definitions:
        document["$defs"] = writer.definitions
    return JsonSchema(document, writer.exact)


@singledispatch
def schema_of_shape(shape: Any, writer: _Writer) -> dict[str, Any]:
    """The schema of a shape; anything that is not known here takes anything."""
    writer.exact = writer.exact and type(shape) is shapes.Anything
    return {}


@schema_of_shape.register
def _(
    shape: shapes.Text | shapes.Truth | shapes.Null | shapes.Whole | shapes.Real, writer: _Writer
) -> dict[str, Any]:
    return {"type": shape.kind}


_FORMATS: dict[str, dict[str, Any]] = {
    "uuid": {"type": "string", **Uuid().schema("string")},
    "datetime": {"type": "string", "format": "date-time"},
    "date": {"type": "string", **Date().schema("string")},
    "time": {"type": "string", "format": "time"},
    "decimal": {"type": ["string", "number"]},
    "bytes": {"type": "string", "contentEncoding": "base64"},
}


@schema_of_shape.register
def _(shape: shapes.Parsed, writer: _Writer) -> dict[str, Any]:
    writer.exact = writer.exact and shape.kind == "uuid"
    return dict(_FORMATS[shape.kind])


@schema_of_shape.register
def _(shape: shapes.Member, writer: _Writer) -> dict[str, Any]:
    return _literal([member.value for member in cast("Iterable[Enum]", shape.enum)])


@schema_of_shape.register
def _(shape: shapes.Exactly, writer: _Writer) -> dict[str, Any]:
    return _literal(list(shape.values))


def _literal(values: list[Any]) -> dict[str, Any]:
    """Those that can be sent; the others nobody can send."""
    sent = [plain(value) for value in values if is_plain(value)]
    if len(sent) == 1:
        return {"const": sent[0]}
    return {"enum": sent} if sent else dict(NOTHING)


@schema_of_shape.register
def _(shape: shapes.Items, writer: _Writer) -> dict[str, Any]:
    items = writer.of(shape.item)
    writer.exact = writer.exact and shape.into in {list, tuple}  # what is there twice is once in a set
    return {"type": "array", "items": items} if items else {"type": "array"}


@schema_of_shape.register
def _(shape: shapes.Row, writer: _Writer) -> dict[str, Any]:
    count = len(shape.items)
    items = [writer.of(item) for item in shape.items]
    found: dict[str, Any] = {"type": "array", "items": False, "minItems": count, "maxItems": count}
    return {**found, "prefixItems": items} if items else found


@schema_of_shape.register
def _(shape: shapes.Entries, writer: _Writer) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object"}
    items, names = writer.of(shape.item), writer.of(shape.key)
    if items:
        found["additionalProperties"] = items
    if names != {"type": "string"}:
        found["propertyNames"] = names
    return found


@schema_of_shape.register
def _(shape: shapes.Record, writer: _Writer) -> dict[str, Any]:
    properties = {field.name: writer.of(field.value) for field in shape.fields}
    for name, default in defaults_of(shape).items():
        properties[name] = {**properties[name], "default": default}
    found: dict[str, Any] = {"type": "object", "properties": properties}
    required = [field.name for field in shape.fields if field.required]
    if required:
        found["required"] = required
    if shape.extra == "forbid":
        found["additionalProperties"] = False
    if shape.checks or _may_refuse(shape):
        writer.exact = False
    return found


_HOOKS = ("__attrs_pre_init__", "__attrs_post_init__", "__attrs_init__")


def _may_refuse(shape: shapes.Record) -> bool:
    """Whether what is made of the fields has a say of its own in what is good."""
    if shape.cls is None:
        return shape.into is not None
    return any(hasattr(shape.cls, hook) for hook in _HOOKS) or any(
        attribute.converter is not None or attribute.validator is not None
        for attribute in attrs.fields(shape.cls)
    )


@schema_of_shape.register
def _(shape: shapes.Again, writer: _Writer) -> dict[str, Any]:
    writer.exact = False  # how deep it may go has a limit here, and none in a schema
    return writer.defined(shape.cls, shape.record)


@schema_of_shape.register
def _(shape: shapes.Either, writer: _Writer) -> dict[str, Any]:
    options = [writer.of(option) for option in shape.options]
    tag = shape.tag
    if tag is None or not all(literals_of(option, tag) for option in shape.options):
        return {"anyOf": options}
    if any(option.nullable for option in shape.options):
        writer.exact = False  # null has no tag
    return {"oneOf": options, "required": [tag]}
