# SPDX-License-Identifier: MIT
"""Declarations as they will look on the wire, for schemas and examples: which facts, of which types, with which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.errors.kinds import KIND_RULES
from errcore.errors.occurrence import Occurrence
from errcore.errors.told import Told
from errcore.redaction import is_secret_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from errcore.errors.spec import ErrorSpec


__all__ = ["code_schema", "details_schema", "public_fields", "sample", "shown"]

_JSON_TYPES = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
}

_SAMPLES: dict[str, object] = {"integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}}

_REQUEST = "7f8a9b2c4d5e4f60a1b2c3d4e5f60718"
_MOMENT = 1705314600.0  # 2024-01-15T10:30:00Z


def shown(specs: Iterable[ErrorSpec]) -> list[ErrorSpec]:
    """What a client sees of these errors: of one that answers as another, the other; each once, by code."""
    seen = {spec.code: spec for spec in (spec.answers_as or spec for spec in specs)}
    return [seen[code] for code in sorted(seen)]


def public_fields(spec: ErrorSpec) -> Iterable[tuple[str, str]]:
    """Name and JSON type of each field that a client sees; empty where the annotation does not say."""
    for field in spec.fields:
        if field.name in spec.public_names:
            kind = _JSON_TYPES.get(field.type.partition("[")[0].strip(), "")
            # The value of a field with such a name is redacted.
            yield field.name, "string" if is_secret_key(field.name) else kind


def details_schema(specs: Iterable[ErrorSpec]) -> dict[str, object]:
    """JSON Schema of each public field by name; where two errors differ about one, nothing is promised of it.

    >>> from errcore import catalog
    >>> details_schema([catalog["NOT_FOUND"]])
    {}
    """
    described: dict[str, object] = {}
    for spec in shown(specs):
        for name, kind in public_fields(spec):
            schema: dict[str, object] = {"type": kind} if kind else {}
            described[name] = schema if described.get(name, schema) == schema else {}
    return described


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
    spec = spec.answers_as or spec
    fields = {name: _SAMPLES.get(kind, name) for name, kind in public_fields(spec)}
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
        return KIND_RULES[spec.kind].sentence
    return "".join(text if name is None else f"{text}{fields.get(name, name)}" for text, name in spec.parts)
