# SPDX-License-Identifier: MIT
"""What a client can rely on about one code, picked from its declaration: the public part and nothing else.

The names of internal and secret fields are facts about the inside, so they are not picked. Neither is a code that
answers as another one: no client ever reads it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from errcore.errors.kinds import KIND_RULES, Kind, Retriable
from errcore.errors.spec import title_of
from errcore.handbook.field_types import json_type, without_null

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from errcore.errors.spec import ErrorSpec

__all__ = ["Entry", "PublicField", "entries", "entry_of", "is_public", "is_stock"]

# Where the prose of a docstring ends: a section of the Google or the Sphinx style, or an example.
_SECTION = re.compile(
    r"^[ \t]*(?:(?:Args|Arguments|Attributes|Example|Examples|Note|Notes|Raises|Returns|See Also|Todo|Warning|Warns|Yields):"
    r"[ \t]*$|>>> |:\w+[^:\n]*:(?:[ \t]|$)|\.\. )",
    re.MULTILINE,
)

_NEVER_TOLD = frozenset({"HTTP_ERROR"})
"""What `errcore.errors.StatusError` declares; it answers with a code for its status instead."""


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


@attrs.frozen
class Entry:
    """One public code.

    Attributes:
        code: The code.
        title: The code as words.
        kind: What sort of failure.
        status: HTTP status of the answer.
        grpc_status: Number of the gRPC code.
        retriable: Whether the same request may succeed later.
        recoverable: Whether the user can do something about it.
        message: The public sentence, with placeholders of public fields; that of the kind where none was declared.
        fields: The public fields, in the order of the class.
        doc: What the class says of itself, up to its first section or example.
    """

    code: str
    title: str
    kind: Kind
    status: int
    grpc_status: int
    retriable: Retriable
    recoverable: bool
    message: str
    fields: tuple[PublicField, ...]
    doc: str


def is_public(spec: ErrorSpec) -> bool:
    """Whether clients read this code; one that answers as another stays with us.

    >>> from errcore import NotFoundError, WorkspaceIsolationError
    >>> is_public(NotFoundError.spec), is_public(WorkspaceIsolationError.spec)
    (True, False)
    """
    return spec.answers_as is None and spec.code not in _NEVER_TOLD


def is_stock(spec: ErrorSpec) -> bool:
    """Whether errcore itself declares the code.

    >>> from errcore import catalog
    >>> is_stock(catalog["NOT_FOUND"])
    True
    """
    return spec.qualname.startswith("errcore.")


def entries(
    specs: Iterable[ErrorSpec], status_of: Callable[[ErrorSpec], int] | None = None
) -> tuple[Entry, ...]:
    """The public codes among these, by code.

    Args:
        specs: What was declared; `errcore.catalog` is all of it.
        status_of: Gives the HTTP status of an error, such as `runtime.status_of`; else that of its declaration.

    >>> from errcore import catalog
    >>> [entry.code for entry in entries(catalog) if entry.code.startswith("WORKSPACE")]
    []
    """
    found = [entry_of(spec, status_of) for spec in specs if is_public(spec)]
    return tuple(sorted(found, key=lambda entry: entry.code))


def entry_of(spec: ErrorSpec, status_of: Callable[[ErrorSpec], int] | None = None) -> Entry:
    """What may be told about one code.

    Args:
        spec: Its declaration.
        status_of: Gives the HTTP status of an error; else that of its declaration.

    >>> from errcore import RateLimitError
    >>> entry_of(RateLimitError.spec).fields[0]
    PublicField(name='limit', json_type='integer', always=False)
    """
    rule = KIND_RULES[spec.kind]
    return Entry(
        code=spec.code,
        title=title_of(spec.code),
        kind=spec.kind,
        status=spec.status if status_of is None else status_of(spec),
        grpc_status=rule.grpc_status,
        retriable=spec.retriable,
        recoverable=spec.recoverable,
        message=rule.sentence if spec.message is None else spec.message,
        fields=tuple(_public_fields(spec)),
        doc=_prose(spec.doc),
    )


def _public_fields(spec: ErrorSpec) -> Iterable[PublicField]:
    for field in spec.fields:
        if field.name in spec.public_names:
            kind = json_type(field.type)
            yield PublicField(
                field.name, without_null(kind) if field.optional else kind, always=not field.optional
            )


def _prose(doc: str) -> str:
    """A docstring for outsiders: its paragraphs, without the sections and examples that speak to programmers."""
    found = _SECTION.search(doc)
    lines = (doc if found is None else doc[: found.start()]).expandtabs().splitlines()
    # The first line stands beside the quotes; the others are indented like the class.
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    text = "\n".join([*lines[:1], *(line[margin:].rstrip() for line in lines[1:])])
    return "".join(sign for sign in text if sign.isprintable() or sign == "\n").strip()
