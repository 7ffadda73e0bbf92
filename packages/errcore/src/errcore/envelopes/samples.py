# SPDX-License-Identifier: MIT
"""Declarations as they will look on the wire, for schemas and examples: which facts, of which types, with which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.errors.field_types import ANY, alternatives, public_fields
from errcore.errors.occurrence import Occurrence
from errcore.errors.told import Told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from errcore.errors.spec import ErrorSpec


__all__ = ["code_schema", "details_schema", "sample", "shown"]

_SAMPLES: dict[str, object] = {"integer": 1, "number": 1.5, "boolean": True, "list": [], "object": {}}

_REQUEST = "7f8a9b2c4d5e4f60a1b2c3d4e5f60718"
_MOMENT = 1705314600.0  # 2024-01-15T10:30:00Z


def shown(specs: Iterable[ErrorSpec]) -> list[ErrorSpec]:
    """What a client sees of these errors: of one that answers as another, the other; each once, by code."""
    seen = {spec.code: spec for spec in (spec.shown for spec in specs)}
    return [seen[code] for code in sorted(seen)]


def details_schema(specs: Iterable[ErrorSpec]) -> dict[str, object]:
    """JSON Schema of each public field by name; where two errors differ about one, nothing is promised of it.

    >>> from errcore import catalog
    >>> details_schema([catalog["NOT_FOUND"]])
    {}
    """
    described: dict[str, object] = {}
    for spec in shown(specs):
        for field in public_fields(spec):
            schema = _schema_of(field.json_type)
            described[field.name] = schema if described.get(field.name, schema) == schema else {}
    return described


def _schema_of(kind: str) -> dict[str, object]:
    """JSON Schema of a type as `json_type` says it."""
    parts = alternatives(kind)
    if ANY in parts:
        return {}
    names = list(dict.fromkeys("array" if part.startswith("list") else part for part in parts))
    schema: dict[str, object] = {"type": names[0] if len(names) == 1 else names}
    lists = [part for part in parts if part.startswith("list")]
    if len(lists) == 1 and lists[0] != "list":
        # A text at the end of a long list says how many more there were.
        schema["items"] = _schema_of(f"{lists[0][5:-1]} | string")
    return schema


def code_schema(specs: Iterable[ErrorSpec], *, lower: bool = False) -> dict[str, object]:
    """JSON Schema of the code: one of those of these errors, or any where there are none.

    >>> from errcore import catalog
    >>> code_schema([catalog["NOT_FOUND"]])
    {'type': 'string', 'enum': ['NOT_FOUND']}
    """
    codes = [spec.code.lower() if lower else spec.code for spec in shown(specs)]
    return {"type": "string", "enum": codes} if codes else {"type": "string"}


def sample(spec: ErrorSpec) -> Occurrence:
    """An error of this class as a client would see it; a text field's sample value is its own name.

    >>> from errcore import catalog
    >>> sample(catalog["NOT_FOUND"]).message
    'The requested resource was not found.'
    """
    spec = spec.shown
    fields = {field.name: _value(field.name, field.json_type) for field in public_fields(spec)}
    told = Told(
        code=spec.code,
        kind=spec.kind,
        message=_sentence(spec, fields),
        details=fields,
        request_id=_REQUEST,
        time=_MOMENT,
        retriable=bool(spec.retriable),
        recoverable=spec.recoverable,
    )
    return Occurrence.retold(told, spec.status, documented=True)


def _sentence(spec: ErrorSpec, fields: dict[str, object]) -> str:
    if spec.message is None:
        return spec.sentence
    return "".join(text if name is None else f"{text}{fields.get(name, name)}" for text, name in spec.parts)


def _value(name: str, kind: str) -> object:
    """A value of the first of the types that it may have."""
    return _SAMPLES.get(alternatives(kind)[0].partition("[")[0], name)
