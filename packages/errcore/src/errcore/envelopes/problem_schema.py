# SPDX-License-Identifier: MIT
"""What problems look like, for OpenAPI and for people: a JSON Schema and an example, both from declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.envelopes.samples import public_fields, sample_fields, sample_sentence
from errcore.envelopes.status_phrases import phrase
from errcore.errors.kinds import Retriable
from errcore.errors.spec import title_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from errcore.errors.spec import ErrorSpec


__all__ = ["example_of", "schema_of"]

_ISSUE: dict[str, object] = {
    "type": "object",
    "required": ["pointer", "detail", "code"],
    "properties": {
        "pointer": {"type": "string", "description": "RFC 6901 pointer as a fragment: #/items/0/qty"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "location": {"type": "string", "enum": ["body", "query", "path", "header", "cookie"]},
        "params": {"type": "object"},
    },
}


def schema_of(specs: Iterable[ErrorSpec]) -> dict[str, object]:
    """JSON Schema (2020-12) of the problems of these errors.

    >>> from errcore import catalog
    >>> schema_of([catalog["NOT_FOUND"]])["properties"]["code"]
    {'type': 'string', 'enum': ['NOT_FOUND']}
    """
    shown = [spec.answers_as or spec for spec in specs]
    code: dict[str, object] = {"type": "string"}
    if shown:
        code["enum"] = sorted({spec.code for spec in shown})
    members: dict[str, object] = {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 100, "maximum": 599},
        "detail": {"type": "string"},
        "code": code,
        "request_id": {"type": "string"},
        "retriable": {"type": "boolean"},
        "retry_after": {"type": "integer", "minimum": 0},
        "errors": {"type": "array", "items": _ISSUE},
    }
    extensions: dict[str, object] = {}
    for spec in shown:
        for name, kind in public_fields(spec):
            described: dict[str, object] = {"type": kind} if kind else {}
            # Two errors may use one name for two types: then nothing is promised.
            extensions[name] = described if extensions.get(name, described) == described else {}
    return {
        "title": "Problem",
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "request_id", "retriable"],
        "properties": extensions | members,
        "additionalProperties": True,
    }


def example_of(spec: ErrorSpec, docs_url: str | None) -> dict[str, object]:
    """A problem as an error of this class would give it; a field's sample value is its own name.

    >>> from errcore import catalog
    >>> example_of(catalog["NOT_FOUND"], None)["detail"]
    'The requested resource was not found.'
    """
    shown = spec.answers_as or spec
    return sample_fields(shown) | {
        "type": "about:blank" if docs_url is None else f"{docs_url}{shown.code}",
        "title": phrase(shown.status) if docs_url is None else title_of(shown.code),
        "status": shown.status,
        "detail": sample_sentence(shown),
        "code": shown.code,
        "request_id": "7f8a9b2c4d5e4f60a1b2c3d4e5f60718",
        "retriable": shown.retriable is not Retriable.NO,
    }
