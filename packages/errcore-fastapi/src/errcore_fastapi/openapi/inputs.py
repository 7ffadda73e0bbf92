# SPDX-License-Identifier: MIT
"""The schemas of request bodies among the components of a document, so that each is there once, by its name."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from errcore.validation import JsonSchema
    from errcore_fastapi.openapi.components import Components

__all__ = ["describe_body"]

_DEFS = "#/$defs/"


def describe_body(operation: dict[str, Any], schemas: Sequence[JsonSchema], components: Components) -> None:
    """Say in an operation which body it takes, unless the application says so itself.

    Args:
        operation: It.
        schemas: What its body has to be.
        components: Where named schemas go.
    """
    if not schemas or "requestBody" in operation:
        return
    placed = [_placed(schema.document, components) for schema in schemas]
    schema = placed[0] if len(placed) == 1 else {"allOf": placed}
    operation["requestBody"] = {"content": {"application/json": {"schema": schema}}, "required": True}


def _placed(document: Mapping[str, Any], components: Components) -> dict[str, Any]:
    """A reference to the schema, or, where it has no name, itself; what it refers to is a component in any case."""
    given: dict[str, Any] = json.loads(json.dumps(document))
    parts: dict[str, Any] = given.pop("$defs", {})
    given.pop("$schema")
    name = re.sub(r"[^A-Za-z0-9_]", "_", given.get("title", ""))
    if given.keys() == {"title", "$ref"}:
        name, given = "", {"$ref": given["$ref"]}
    elif name:
        while name in parts:
            name += "_"
        parts[name], given = given, {"$ref": _DEFS + name}
    names = components.place_together("schemas", parts, _moved)
    moved: dict[str, Any] = _moved(given, names)
    return moved


def _moved(node: object, names: Mapping[str, str]) -> Any:
    """A part with its references to where the others are now."""
    if isinstance(node, list):
        return [_moved(each, names) for each in cast("list[object]", node)]
    if not isinstance(node, dict):
        return node
    return {
        key: f"#/components/schemas/{names[each.removeprefix(_DEFS)]}"
        if key == "$ref" and isinstance(each, str) and each.removeprefix(_DEFS) in names
        else _moved(each, names)
        for key, each in cast("dict[str, object]", node).items()
    }
