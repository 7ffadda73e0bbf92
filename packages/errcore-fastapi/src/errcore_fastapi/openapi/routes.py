# SPDX-License-Identifier: MIT
"""What each operation promises: the errors noted on its function and on its dependencies, and those in `responses=`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

import attrs
from fastapi.routing import APIRoute, iter_route_contexts

from errcore.errors import raised_by
from errcore_fastapi.bodies import schema_read_by
from errcore_fastapi.openapi.promised import Promised

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fastapi import FastAPI
    from fastapi.dependencies.models import Dependant
    from starlette.routing import BaseRoute

    from errcore import AppError
    from errcore.validation import JsonSchema

__all__ = ["NOTHING", "Key", "Promises", "operations", "promises_of"]

Key: TypeAlias = tuple[str, ...]
"""Where an operation is in the document: section, path and method; for a callback its name, path and method follow."""


@attrs.frozen
class Promises:
    """What one operation promises.

    Attributes:
        errors: The errors, each once.
        placeholders: The statuses under which the document has promised errors and nothing else.
        takes_input: Whether input is checked for it, by FastAPI or by a validator.
        bodies: What the validators of its body say.
    """

    errors: tuple[type[AppError], ...] = ()
    placeholders: frozenset[str] = frozenset()
    takes_input: bool = False
    bodies: tuple[JsonSchema, ...] = ()


NOTHING = Promises()

_METHODS = frozenset({"delete", "get", "head", "options", "patch", "post", "put", "trace"})


def promises_of(app: FastAPI) -> dict[Key, Promises]:
    """What every operation of an application promises, those of its webhooks and callbacks included."""
    return {
        **dict(_of_routes(app.routes, ("paths",))),
        **dict(_of_routes(app.webhooks.routes, ("webhooks",))),
    }


def operations(document: Mapping[str, object]) -> Iterator[tuple[Key, dict[str, Any]]]:
    """Every operation in a document, and where it is. What has another shape than OpenAPI's is passed over."""
    for section in ("paths", "webhooks"):
        yield from _below(document.get(section), (section,))


def _below(paths: object, key: Key) -> Iterator[tuple[Key, dict[str, Any]]]:
    for path, item in _members(paths):
        for method, operation in _members(item):
            if method in _METHODS and isinstance(operation, dict):
                here = (*key, path, method)
                yield here, cast("dict[str, Any]", operation)
                for name, callback in _members(cast("dict[str, object]", operation).get("callbacks")):
                    yield from _below(callback, (*here, name))


def _members(node: object) -> list[tuple[str, object]]:
    return list(cast("dict[str, object]", node).items()) if isinstance(node, dict) else []


def _of_routes(
    routes: Sequence[BaseRoute], key: Key, named: str = "path_format"
) -> Iterator[tuple[Key, Promises]]:
    for route in iter_route_contexts(routes):
        if isinstance(route.original_route, APIRoute):
            promises = _of_route(route)
            for method in route.methods or ():
                here = (*key, getattr(route, named), method.lower())
                yield here, promises
                for callback in route.callbacks or ():
                    yield from _of_routes([callback], (*here, callback.name), "path")


def _of_route(route: Any) -> Promises:
    """Of one route, or of one as it is after it was included."""
    parts = list(_dependants(route.dependant))
    noted = [error for part in parts for error in raised_by(part.call)]
    responses: dict[int | str, object] = route.responses
    promised = {status: each for status, each in responses.items() if isinstance(each, Promised)}
    own = {str(status) for status in responses.keys() - promised.keys()}
    bodies = tuple(schema for part in parts if (schema := schema_read_by(part.call)) is not None)
    return Promises(
        errors=tuple(
            dict.fromkeys([*noted, *(error for each in promised.values() for error in each.errors)])
        ),
        placeholders=frozenset(map(str, promised)) - own,
        takes_input=bool(bodies) or route.body_field is not None or any(map(_reads, parts)),
        bodies=bodies,
    )


def _dependants(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for each in dependant.dependencies:
        yield from _dependants(each)


def _reads(part: Dependant) -> bool:
    return bool(part.path_params or part.query_params or part.header_params or part.cookie_params)
