# SPDX-License-Identifier: MIT
"""The OpenAPI schema says what invalid input is really answered with.

FastAPI documents its own 422 for every operation that takes input. It is replaced in the finished schema, so it does
not matter when a route was added; what the application declared itself stays.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import attrs

from errcore import ValidationError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from errcore import Runtime

__all__ = ["document"]

COMPONENT = "ErrcoreValidationError"
_REF = "#/components/schemas/"
_DEFAULTS = ("HTTPValidationError", "ValidationError")


def document(app: FastAPI, runtime: Runtime) -> None:
    """Make `app.openapi()` tell the truth about invalid input.

    Args:
        app: The application.
        runtime: What answers it: in which format, and with which status.
    """
    generate = app.openapi
    done: dict[str, Any] | None = None

    def openapi() -> dict[str, Any]:
        nonlocal done
        schema = generate()
        if schema is not done:  # FastAPI keeps what it has made, and makes it anew when routes were added
            _correct(schema, runtime)
            done = schema
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _correct(schema: dict[str, Any], runtime: Runtime) -> None:
    form = runtime.settings.formats[0]
    status = runtime.status_of(ValidationError.spec)
    answer = {
        "description": "Validation Error",
        "content": {
            form.media_type: {
                "schema": {"$ref": _REF + COMPONENT},
                "example": form.example(attrs.evolve(ValidationError.spec, status=status)),
            }
        },
    }
    if not _replaced(schema, str(status), answer):
        return
    schemas = schema["components"]["schemas"]
    schemas[COMPONENT] = form.schema([ValidationError.spec])
    for name in _DEFAULTS:
        # The application may have a model of that name, or refer to FastAPI's.
        if f'"{_REF}{name}"' not in json.dumps(schema):
            schemas.pop(name, None)


def _replaced(node: object, status: str, answer: dict[str, Any]) -> bool:
    """Put `answer`, under its status, in the place of every default 422 below `node`; whether there was one."""
    found = False
    members: list[tuple[str, object]] = []
    if isinstance(node, dict):
        mapping = cast("dict[str, object]", node)
        members = list(mapping.items())
        for key, value in members:
            if key == "422" and f'"{_REF}{_DEFAULTS[0]}"' in json.dumps(value):
                del mapping[key]
                _add(mapping, status, answer)
                found = True
    elif isinstance(node, list):
        members = [("", value) for value in cast("list[object]", node)]
    for _, value in members:
        found = _replaced(value, status, answer) or found
    return found


def _add(responses: dict[str, Any], status: str, answer: dict[str, Any]) -> None:
    """Add the answer to what the application has declared for that status itself, if it has; its words stay."""
    declared = responses.setdefault(status, answer)
    if declared is not answer and "$ref" not in declared:
        declared["content"] = {**answer["content"], **declared.get("content", {})}
