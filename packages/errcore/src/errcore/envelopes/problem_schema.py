# SPDX-License-Identifier: MIT
"""What problems look like, for OpenAPI: a JSON Schema from declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.envelopes.samples import code_schema, details_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from errcore.errors.spec import ErrorSpec


__all__ = ["schema_of"]

_ISSUE: dict[str, object] = {
    "type": "object",
    "required": ["pointer", "detail", "code"],
    "properties": {
        "pointer": {"type": "string", "description": "RFC 6901 pointer as a fragment: #/items/0/qty"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "location": {"type": "string"},
        "params": {"type": "object"},
    },
}


def schema_of(specs: Sequence[ErrorSpec]) -> dict[str, object]:
    """JSON Schema (2020-12) of the problems of these errors.

    >>> from errcore import catalog
    >>> schema_of([catalog["NOT_FOUND"]])["properties"]["code"]
    {'type': 'string', 'enum': ['NOT_FOUND']}
    """
    members: dict[str, object] = {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 100, "maximum": 599},
        "detail": {"type": "string"},
        "code": code_schema(specs),
        "request_id": {"type": "string"},
        "retriable": {"type": "boolean"},
        "retry_after": {"type": "integer", "minimum": 0},
        "errors": {"type": "array", "items": _ISSUE},
    }
    return {
        "title": "Problem",
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "request_id", "retriable"],
        "properties": details_schema(specs) | members,
        "additionalProperties": True,
    }
