# SPDX-License-Identifier: MIT
"""The finished document: FastAPI's own, with the promised errors in it and without its default for invalid input."""

from __future__ import annotations

import json
import logging
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from errcore import ValidationError
from errcore.runtime import covers
from errcore_fastapi.mounts import templates_of
from errcore_fastapi.openapi.components import Components
from errcore_fastapi.openapi.inputs import describe_body
from errcore_fastapi.openapi.responses import Responses
from errcore_fastapi.openapi.routes import NOTHING, operations, promises_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

    from errcore import Runtime
    from errcore_fastapi.openapi.routes import Key, Promises

__all__ = ["document"]

_log = logging.getLogger("errcore")

_REF = "#/components/schemas/"
_DEFAULTS = ("HTTPValidationError", "ValidationError")
_INVALID = "422"


def document(app: FastAPI, runtime: Runtime, prefixes: Sequence[str] = ()) -> None:
    """Make `app.openapi()` tell the truth about errors.

    Args:
        app: The application.
        runtime: What answers it: in which formats, and with which statuses.
        prefixes: The paths that errcore answers, with all below them; every path if there are none.
    """
    generate = app.openapi
    done: dict[str, Any] | None = None

    def openapi() -> dict[str, Any]:
        nonlocal done
        schema = generate()
        if schema is not done:  # FastAPI keeps what it has made, and makes it anew when routes were added
            try:
                _complete(schema, app, runtime, prefixes)
            except Exception as problem:  # noqa: BLE001 - whatever the application's own `openapi` gives is served
                _log.warning("The OpenAPI document says not all about errors.", exc_info=problem)
            done = schema
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(schema: dict[str, Any], app: FastAPI, runtime: Runtime, prefixes: Sequence[str]) -> None:
    promises = promises_of(app)
    components = Components(schema)
    made = Responses(runtime, components)
    to_anything = cache(made.to_anything)
    for key, operation in operations(schema):
        describe_body(operation, promises.get(key, NOTHING).bodies, components)
        if _is_ours(key, app, prefixes):
            responses: dict[str, Any] = operation.setdefault("responses", {})
            _promise(responses, promises.get(key, NOTHING), made)
            # Webhooks and callbacks are answered by others.
            if key[0] == "paths" and len(key) == 3 and "default" not in responses:
                responses["default"] = dict(to_anything())
    _forget_defaults(schema)


def _is_ours(key: Key, app: FastAPI, prefixes: Sequence[str]) -> bool:
    """Whether errcore answers there. Prefixes are of full paths, and a mounted application knows only the rest."""
    mounts = list(templates_of(app)) or [""]
    return not prefixes or (key[0] == "paths" and any(covers(prefixes, mount + key[1]) for mount in mounts))


def _promise(responses: dict[str, Any], promises: Promises, made: Responses) -> None:
    """Put what one operation promises among its responses."""
    errors = list(promises.errors)
    if _is_default(responses.get(_INVALID)):
        del responses[_INVALID]
        errors.append(ValidationError)
    elif promises.takes_input and _INVALID in promises.placeholders:
        errors.append(ValidationError)  # FastAPI says nothing of its own where something is said
    for status in promises.placeholders:
        if responses.get(status, {}).keys() == {"description"}:
            del responses[status]
    for status, answer in made.to(errors).items():
        _add(responses, status, answer)


def _is_default(response: object) -> bool:
    return response is not None and f'"{_REF}{_DEFAULTS[0]}"' in json.dumps(response)


def _add(responses: dict[str, Any], status: str, answer: dict[str, Any]) -> None:
    """Add an answer to what the application has declared for that status itself, if it has; its words stay."""
    declared = cast("dict[str, Any]", responses.setdefault(status, answer))
    if declared is not answer and "$ref" not in declared:
        for part in ("headers", "content"):
            declared[part] = {**answer[part], **declared.get(part, {})}


def _forget_defaults(schema: dict[str, Any]) -> None:
    schemas = schema.get("components", {}).get("schemas", {})
    for name in _DEFAULTS:
        # The application may have a model of that name, or refer to FastAPI's.
        if name in schemas and f'"{_REF}{name}"' not in json.dumps(schema):
            del schemas[name]
