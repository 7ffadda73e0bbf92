# SPDX-License-Identifier: MIT
"""The catalogue as components of an OpenAPI 3.1 document: for each code a schema, and a response that refers to it.

A document of the service's own may refer to them by file: `errors.json#/components/responses/ORDER_NOT_FOUND`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.handbook.entry import entry_of, is_public

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from errcore.envelopes import Format
    from errcore.errors.spec import ErrorSpec

__all__ = ["as_openapi"]


def as_openapi(
    specs: Iterable[ErrorSpec], form: Format, status_of: Callable[[ErrorSpec], int] | None = None
) -> dict[str, object]:
    """The components, ready to become JSON or YAML.

    Args:
        specs: What was declared; codes that no client reads are left out.
        form: In which format the errors are told.
        status_of: Gives the HTTP status of an error, such as `runtime.status_of`; else that of its declaration.

    >>> from errcore import NotFoundError
    >>> from errcore.envelopes import get
    >>> response = as_openapi([NotFoundError.spec], get("problem"))["components"]["responses"]["NOT_FOUND"]
    >>> response["content"]["application/problem+json"]["example"]["status"]
    404
    """
    public = sorted(filter(is_public, specs), key=lambda spec: spec.code)
    return {
        "components": {
            "schemas": {spec.code: form.schema([spec]) for spec in public},
            "responses": {spec.code: _response(spec, form, status_of) for spec in public},
        }
    }


def _response(
    spec: ErrorSpec, form: Format, status_of: Callable[[ErrorSpec], int] | None
) -> dict[str, object]:
    entry = entry_of(spec, status_of)
    content = {
        "schema": {"$ref": f"#/components/schemas/{spec.code}"},
        "example": form.example(attrs.evolve(spec, status=entry.status)),
    }
    return {"description": entry.doc or entry.message, "content": {form.media_type: content}}
