# SPDX-License-Identifier: MIT
"""What the example of every format is made of: sample values for the fields that a client sees, and the sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.errors.kinds import KIND_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from errcore.errors.spec import ErrorSpec


__all__ = ["public_fields", "sample_fields", "sample_sentence"]

_JSON_TYPES = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
}

_SAMPLES: dict[str, object] = {"integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}}


def public_fields(spec: ErrorSpec) -> Iterable[tuple[str, str]]:
    """Name and JSON type of each field that a client sees; empty where the annotation does not say."""
    for field in spec.fields:
        if field.name in spec.public_names:
            yield field.name, _JSON_TYPES.get(field.type.partition("[")[0].strip(), "")


def sample_fields(spec: ErrorSpec) -> dict[str, object]:
    """A value for each public field: its own name where it is a text."""
    return {name: _SAMPLES.get(kind, name) for name, kind in public_fields(spec)}


def sample_sentence(spec: ErrorSpec) -> str:
    """The public sentence with sample values at its placeholders, or that of the kind.

    >>> from errcore import NotFoundError, public
    >>> class OrderNotFound(NotFoundError, code="DOC_SAMPLE_ORDER_NOT_FOUND", message="No order {order}."):
    ...     order: str = public()
    >>> sample_sentence(OrderNotFound.spec)
    'No order order.'
    """
    if spec.message is None:
        return KIND_RULES[spec.kind].sentence
    fields = sample_fields(spec)
    return "".join(text if name is None else f"{text}{fields.get(name, name)}" for text, name in spec.parts)
