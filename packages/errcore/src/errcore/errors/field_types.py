# SPDX-License-Identifier: MIT
"""What the fields of an error look like in an answer: from the annotations in the class to the types of JSON.

`list[str] | None` is `list[string] | null`. A name that says nothing about JSON is `any`: a client learns nothing from
the names of our classes.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

import attrs

from errcore.redaction import is_secret_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from errcore.errors.spec import ErrorSpec

__all__ = ["ANY", "PublicField", "alternatives", "json_type", "public_fields", "still_fits", "without_null"]

ANY = "any"
"""The type of what may be anything."""

_LONGEST = 500  # characters of an annotation; what is longer is no help to a reader
_DEEP = 16

_NAMES = {
    "None": "null",
    "bool": "boolean",
    "bytes": "string",
    "date": "string",
    "datetime": "string",
    "Decimal": "string",
    "dict": "object",
    "Dict": "object",
    "float": "number",
    "int": "integer",
    "Mapping": "object",
    "MutableMapping": "object",
    "Path": "string",
    "str": "string",
    "time": "string",
    "timedelta": "number",
    "UUID": "string",
}
_LISTS = frozenset(
    "AbstractSet Collection FrozenSet Iterable List Sequence Set Tuple deque frozenset list set tuple".split()
)
_WRAPPERS = frozenset("Annotated Final Required NotRequired".split())


@attrs.frozen
class PublicField:
    """One fact of an answer.

    Attributes:
        name: The member's name.
        json_type: Such as `list[string] | null`; `any` where the declaration does not say.
        always: Whether it is in every answer with this code; if not, it is left out where it has no value.
    """

    name: str
    json_type: str
    always: bool


def public_fields(spec: ErrorSpec) -> Iterator[PublicField]:
    """What a client sees of the fields that an error declares, in the order of the class.

    >>> from errcore import RateLimitError
    >>> next(public_fields(RateLimitError.spec))
    PublicField(name='limit', json_type='integer', always=False)
    """
    for field in spec.fields:
        if field.name not in spec.public_names:
            continue
        # The value of a field with such a name is redacted, whatever it is.
        kind = "string" if is_secret_key(field.name) else json_type(field.type)
        yield PublicField(
            field.name, without_null(kind) if field.optional else kind, always=not field.optional
        )


@lru_cache(maxsize=1024)
def json_type(annotation: str) -> str:
    """The JSON type of what is annotated so, in words that read like an annotation.

    >>> (
    ...     json_type("list[str]"),
    ...     json_type("Optional[uuid.UUID]"),
    ...     json_type("dict[str, int]"),
    ...     json_type("Colour"),
    ... )
    ('list[string]', 'string | null', 'object', 'any')
    """
    if len(annotation) > _LONGEST:
        return ANY
    try:
        return " | ".join(_alternatives(ast.parse(annotation.strip(), mode="eval").body, 0))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ANY


def without_null(kind: str) -> str:
    """The type of a field that is left out of the answer where it would be null.

    >>> without_null("string | null"), without_null("null")
    ('string', 'null')
    """
    return " | ".join(part for part in alternatives(kind) if part != "null") or kind


def _alternatives(node: ast.expr, depth: int) -> list[str]:
    """The types that a value may have, each once, null last; only `any` where one of them may be anything."""
    if depth > _DEEP:
        return [ANY]
    found = list(dict.fromkeys(_each(node, depth + 1)))
    return [ANY] if ANY in found else sorted(found, key=lambda name: name == "null")


def _each(node: ast.expr, depth: int) -> list[str]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _alternatives(node.left, depth) + _alternatives(node.right, depth)
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):  # the name of a class that is declared later
            return _alternatives(ast.parse(node.value.strip(), mode="eval").body, depth)
        return ["null"] if node.value is None else [ANY]
    if isinstance(node, ast.Subscript):
        return _subscript(_name(node.value), node.slice, depth)
    name = _name(node)
    return ["list" if name in _LISTS else _NAMES.get(name, ANY)]


def _subscript(name: str, inside: ast.expr, depth: int) -> list[str]:
    arguments = inside.elts if isinstance(inside, ast.Tuple) else [inside]
    if name == "Optional":
        return [*_alternatives(inside, depth), "null"]
    if name == "Union":
        return [found for each in arguments for found in _alternatives(each, depth)]
    if name == "Literal":
        return [
            _NAMES.get(type(each.value).__name__, "null") if isinstance(each, ast.Constant) else ANY
            for each in arguments
        ]
    if name in _WRAPPERS and arguments:
        return _alternatives(arguments[0], depth)
    if name in _LISTS:
        same = [each for each in arguments if not (isinstance(each, ast.Constant) and each.value is ...)]
        kind = " | ".join(_alternatives(same[0], depth)) if len(same) == 1 else ANY
        return ["list" if kind == ANY else f"list[{kind}]"]
    return [_NAMES.get(name, ANY)]


def _name(node: ast.expr) -> str:
    """The last part of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def still_fits(old: str, new: str) -> bool:
    """Whether a reader that was written for the old type can read what the new one allows.

    Where one of them does not say, the answer is yes: a finding has to be one.

    >>> (
    ...     still_fits("string | null", "string"),
    ...     still_fits("string", "string | null"),
    ...     still_fits("list", "list[string]"),
    ... )
    (True, False, True)
    """
    allowed = alternatives(old)
    return all(any(_is_a(kind, known) for known in allowed) for kind in alternatives(new))


def _is_a(kind: str, known: str) -> bool:
    if kind == known or ANY in (kind, known) or (kind, known) == ("integer", "number"):
        return True
    if kind == "list" or known == "list":
        return kind.startswith("list") and known.startswith("list")
    if kind.startswith("list[") and known.startswith("list["):
        return still_fits(known[5:-1], kind[5:-1])
    return False


def alternatives(kind: str) -> list[str]:
    """The alternatives of a type, those inside of brackets left together.

    >>> alternatives("list[string | null] | null")
    ['list[string | null]', 'null']
    """
    parts, depth = [""], 0
    for sign in kind:
        depth += (sign == "[") - (sign == "]")
        if sign == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]
