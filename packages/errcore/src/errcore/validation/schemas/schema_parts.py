# SPDX-License-Identifier: MIT
"""Pieces of a JSON Schema: what a constraint or a rule says, and how pieces become one.

Only plain JSON gets in: a limit that is infinite or a default that is an object of Python's stays out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

import attrs

from errcore.validation import shapes
from errcore.validation.constraints.choices import Choices, Unique
from errcore.validation.constraints.limits import MultipleOf
from errcore.validation.refusals import refusal

if TYPE_CHECKING:
    from errcore.validation.constraints.constraint import Constraint
    from errcore.validation.rules import Rule

__all__ = [
    "NOTHING",
    "SENT",
    "defaults_of",
    "fragment_of",
    "is_plain",
    "joined",
    "or_null",
    "plain",
    "repeated",
    "rule_fragment",
]

NOTHING: Mapping[str, Any] = {"not": {}}
"""The schema that takes nothing."""

SENT = frozenset({str, int, float, bool, type(None)})
"""The types of the scalars that JSON gives."""

_MOST_BITS = 10_000  # an integer with more has no text in Python, so no JSON
_NOTES = frozenset(
    {"writeOnly", "readOnly", "deprecated", "title", "description", "default", "examples", "$comment"}
)
_OF_ONE_TYPE = _NOTES | {
    "format", "contentEncoding", "pattern", "minLength", "maxLength",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "items", "prefixItems", "minItems", "maxItems", "uniqueItems",
    "properties", "required", "additionalProperties", "propertyNames", "minProperties", "maxProperties",
}  # fmt: skip
# What these say depends on what stands beside them, and what they refer to on where they stand.
_ALONE = frozenset({
    "additionalProperties", "unevaluatedProperties", "items", "unevaluatedItems",
    "contains", "minContains", "maxContains", "if", "then", "else", "allOf", "$ref", "$dynamicRef", "$id", "$defs",
})  # fmt: skip


def plain(value: object) -> Any:
    """A value as JSON has it.

    Raises:
        TypeError: If it has no place in JSON.

    >>> plain((1, {"a": None}))
    [1, {'a': None}]
    >>> plain(float("inf"))
    Traceback (most recent call last):
    ...
    TypeError: float is no JSON
    """
    kind = type(value).__name__
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = str.__str__(value)
        if text.isascii() or text == text.encode("utf-8", "replace").decode():
            return text
    elif isinstance(value, int):
        if value.bit_length() <= _MOST_BITS:
            return int.__int__(value)
    elif isinstance(value, float):
        if math.isfinite(value):
            return float.__float__(value)
    elif isinstance(value, list | tuple):
        return [plain(each) for each in cast("list[object]", value)]
    elif isinstance(value, Mapping):
        given = cast("Mapping[object, object]", value)
        if all(isinstance(name, str) for name in given):
            return {plain(name): plain(each) for name, each in given.items()}
    raise TypeError(f"{kind} is no JSON")


def is_plain(value: object) -> bool:
    """Whether a value has a place in JSON.

    >>> is_plain([1, "a"]), is_plain({1, 2})
    (True, False)
    """
    try:
        plain(value)
    except (TypeError, RecursionError):
        return False
    return True


def fragment_of(constraint: Constraint, value: shapes.Value) -> tuple[dict[str, Any], bool]:
    """What a constraint says, and whether that is all.

    Args:
        constraint: It.
        value: On what it stands.
    """
    kind = value.shape.kind
    if kind == "foreign":
        return {}, False  # it is about what the hook makes of the input
    said = constraint.schema(kind)
    if isinstance(constraint, Choices):
        said = {"enum": [option for option in constraint.options if is_plain(option)]}
        if not said["enum"]:
            said = dict(NOTHING)
    sure = {word: plain(each) for word, each in said.items() if is_plain(each)}
    return sure, len(sure) == len(said) and _is_all(constraint, value)


def _is_all(constraint: Constraint, value: shapes.Value) -> bool:
    """Whether the schema asks of the JSON what the constraint asks of the value."""
    kind = value.shape.kind
    if isinstance(constraint, Choices):
        # Types included, but for how a number is written.
        other = {"integer": "number", "number": "integer"}.get(kind)
        return _is_as_sent(value) and other not in constraint.kinds
    if isinstance(constraint, MultipleOf) and kind != "integer":
        return False
    return constraint.has_exact_schema and (not isinstance(constraint, Unique) or _is_as_sent(value))


_AS_SENT = (
    shapes.Anything,
    shapes.Text,
    shapes.Whole,
    shapes.Real,
    shapes.Truth,
    shapes.Null,
    shapes.Exactly,
)


def _is_as_sent(value: shapes.Value) -> bool:
    """Whether what becomes of the input is what was sent, so that equal is equal in both."""
    shape = value.shape
    if isinstance(shape, shapes.Items):
        return shape.into is list and _is_as_sent(shape.item)
    if isinstance(shape, shapes.Either):
        return all(map(_is_as_sent, shape.options))
    return isinstance(shape, _AS_SENT)


def rule_fragment(rule: Rule) -> tuple[dict[str, Any], bool]:
    """What the author of a rule says about it, at their word; nothing if they say nothing.

    Args:
        rule: It.

    Raises:
        errcore.ConfigurationError: If that is no JSON.
    """
    if rule.schema is None:
        return {}, False
    if not is_plain(rule.schema):
        raise refusal(
            f"the schema of the rule {rule.name}", "it is no JSON", "use dicts, lists, texts and numbers"
        )
    return plain(rule.schema), True


def joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Both. What would be said twice, or would mean something else beside the first, goes below `allOf`.

    >>> joined({"type": "string"}, {"minLength": 1})
    {'type': 'string', 'minLength': 1}
    >>> joined({"type": "string", "minLength": 1}, {"minLength": 3})
    {'type': 'string', 'minLength': 1, 'allOf': [{'minLength': 3}]}
    """
    if not first.keys() & second.keys() and not _ALONE & second.keys():
        return {**first, **second}
    return {**first, "allOf": [*first.get("allOf", []), second]}


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, or null.

    >>> or_null({"type": "string", "minLength": 1})
    {'type': ['string', 'null'], 'minLength': 1}
    >>> or_null({"const": 1, "writeOnly": True})
    {'anyOf': [{'const': 1}, {'type': 'null'}], 'writeOnly': True}
    """
    kind = schema.get("type")
    if kind == "null" or not schema.keys() - _NOTES:
        return schema
    if isinstance(kind, str) and schema.keys() - {"type"} <= _OF_ONE_TYPE:
        return {**schema, "type": [kind, "null"]}
    notes = {word: schema[word] for word in schema if word in _NOTES}
    rest = {word: schema[word] for word in schema if word not in _NOTES}
    several = rest["anyOf"] if rest.keys() == {"anyOf"} else [rest]
    return {"anyOf": [*several, {"type": "null"}], **notes}


def defaults_of(record: shapes.Record) -> dict[str, Any]:
    """The defaults that can be shown, by the names of their fields: constants that JSON has, and no secrets.

    Args:
        record: It; nothing is called to find them.
    """
    cls = record.cls
    of_class = {} if cls is None else {each.name: each.default for each in attrs.fields(cls)}
    found: dict[str, Any] = {}
    for field in record.fields:
        if field.required or field.value.secret:
            continue
        value: object = of_class.get(record.attributes.get(field.name, ""), field.default)
        if isinstance(value, shapes.Constant):
            value = value.value
        if isinstance(value, Enum):
            value = value.value
        if type(value) in SENT and is_plain(value) and (value is not None or field.value.nullable):
            found[field.name] = value
    return found


def repeated(root: shapes.Value) -> set[int]:
    """The records of classes that stand in more than one place, by identity.

    Args:
        root: What is declared.
    """
    seen: set[int] = set()
    several: set[int] = set()
    waiting = [root.shape]
    while waiting:
        shape = waiting.pop()
        record = shapes.record_of(shape)
        shape = record or shape  # the same one, wherever it stands inside itself
        if id(shape) in seen:
            if record is not None and record.cls is not None:
                several.add(id(shape))
            continue
        seen.add(id(shape))
        waiting += [value.shape for value in shapes.parts_of(shape)]
    return several
