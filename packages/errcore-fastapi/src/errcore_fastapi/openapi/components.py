# SPDX-License-Identifier: MIT
"""The parts that responses share: named after what they are, kept once, and never in the place of the application's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

__all__ = ["Components", "name_for"]

_LISTED = 3


def name_for(codes: Collection[str], suffix: str = "") -> str:
    """The name of what says something of these codes, whatever their order; of any code where there are none.

    >>> name_for(["ORDER_NOT_FOUND", "CONFLICT"]), name_for([], "AsText")
    ('ErrcoreConflictOrOrderNotFound', 'ErrcoreErrorAsText')
    >>> name_for(["AAA", "BBB", "CCC", "DDD"])
    'ErrcoreAaaOr3Others_d43c4f24'
    """
    ordered = sorted(set(codes))
    words = [camel(code) for code in ordered]
    if len(words) > _LISTED:
        return f"Errcore{words[0]}Or{len(words) - 1}Others{suffix}_{crc32(','.join(ordered).encode()):08x}"
    return f"Errcore{'Or'.join(words) or 'Error'}{suffix}"


def camel(name: str) -> str:
    """A name in words, of letters and digits alone, as OpenAPI's keys and the names of classes are."""
    plain = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in name)
    return "".join(word.capitalize() for word in plain.split())


class Components:
    """The `components` of one document.

    >>> document = {"components": {"schemas": {"Error": {"type": "integer"}}}}
    >>> components = Components(document)
    >>> components.place("schemas", "Error", {"type": "string"})
    {'$ref': '#/components/schemas/Error_'}
    >>> sorted(document["components"]["schemas"])
    ['Error', 'Error_']
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def place(self, section: str, name: str, value: dict[str, Any]) -> dict[str, str]:
        """Put a part where it can be referred to, and refer to it. The same part is there once.

        A part of the application's that has the name keeps it, and ours gets a longer one.
        """
        present: dict[str, Any] = self._document.setdefault("components", {}).setdefault(section, {})
        while present.setdefault(name, placed := _at(f"#/components/{section}/{name}", value)) != placed:
            name += "_"
        return {"$ref": f"#/components/{section}/{name}"}

    def place_together(
        self, section: str, parts: Mapping[str, Any], moved: Callable[[Any, Mapping[str, str]], Any]
    ) -> dict[str, str]:
        """Put parts that refer to each other where they can be referred to; gives the name that each has there.

        Args:
            section: Where to.
            parts: They, by the names that they would like.
            moved: Gives a part with references to the names that all of them have there.
        """
        present: dict[str, Any] = self._document.setdefault("components", {}).setdefault(section, {})
        suffix = ""
        while True:
            names = {name: name + suffix for name in parts}
            placed = {names[name]: moved(part, names) for name, part in parts.items()}
            if all(present.get(name, part) == part for name, part in placed.items()):
                present.update(placed)
                return names
            suffix += "_"


def _at(place: str, value: dict[str, Any]) -> dict[str, Any]:
    """A copy for its place: what a schema defines for itself is further down there than in a document of its own."""
    moved: dict[str, Any] = json.loads(json.dumps(value).replace('"#/$defs/', f'"{place}/$defs/'))
    return moved
