# SPDX-License-Identifier: MIT
"""Places in a document, by RFC 6901 JSON pointer.

Steps are written and read a second time here, as values are in `second_reading`: were they those of the check, a
mistake in its pointers would be expected of it.
"""

from __future__ import annotations

from typing import Any

from errcore.testing.validators.json_values import copied, is_object, is_row
from errcore.validation.shapes import MISSING

__all__ = ["at", "named", "parent", "put", "step", "steps"]


def step(name: str) -> str:
    """One step of a pointer (RFC 6901, section 3).

    >>> step("a/b~c")
    '/a~1b~0c'
    """
    return "/" + name.replace("~", "~0").replace("/", "~1")


def named(key: Any) -> str:
    """The step to a key that the sender chose; empty where it is not shown, and what holds it is pointed at.

    >>> named("a"), named("a\\n")
    ('/a', '')
    """
    return step(key) if type(key) is str and len(key) <= 128 and key.isprintable() else ""


def steps(pointer: str) -> list[str]:
    """The steps of a pointer (RFC 6901, sections 3 and 4).

    >>> steps("/a~1b/0")
    ['a/b', '0']
    """
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def at(document: Any, pointer: str) -> Any:
    """What stands there; `MISSING` where nothing does, or the pointer is none.

    >>> at({"a/b": [1, 2]}, "/a~1b/1"), at({}, "/a")
    (2, MISSING)
    """
    if pointer and not pointer.startswith("/"):
        return MISSING
    for step in steps(pointer):
        document = _below(document, step)
        if document is MISSING:
            return MISSING
    return document


def _below(document: Any, step: str) -> Any:
    if is_object(document):
        return document.get(step, MISSING)
    if is_row(document) and step.isascii() and step.isdigit() and (step == "0" or step[0] != "0"):
        index = int(step)
        return document[index] if index < len(document) else MISSING
    return MISSING


def parent(pointer: str) -> str:
    """The pointer to what holds it.

    >>> parent("/a/0")
    '/a'
    """
    return pointer.rpartition("/")[0]


def put(document: Any, pointer: str, value: Any) -> Any:
    """A copy of a document with something else at a place.

    >>> put({"a": [1]}, "/a/0", 2)
    {'a': [2]}
    """
    if not pointer:
        return value
    made = copied(document)
    holder = at(made, parent(pointer))
    step = steps(pointer)[-1]
    if is_object(holder):
        holder[step] = value
    elif at(made, pointer) is not MISSING:
        holder[int(step)] = value
    return made
