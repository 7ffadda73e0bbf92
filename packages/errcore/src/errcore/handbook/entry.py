# SPDX-License-Identifier: MIT
"""What a client can rely on about one code, picked from its declaration: the public part and nothing else.

The names of internal and secret fields are facts about the inside, so they are not picked. Neither is a code that
answers as another one: no client ever reads it.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

import attrs

from errcore.errors.field_types import PublicField, public_fields
from errcore.errors.kinds import KIND_RULES, Kind, Retriable
from errcore.errors.spec import title_of
from errcore.errors.statuses import StatusError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from errcore.errors.spec import ErrorSpec

__all__ = ["Entry", "PublicField", "entries", "entry_of", "is_public", "is_stock", "placeholders_of"]

# Where the prose of a docstring ends: a section of the Google or the Sphinx style, or an example.
_SECTION = re.compile(
    r"^[ \t]*(?:(?:Args|Arguments|Attributes|Example|Examples|Note|Notes|Raises|Returns|See Also|Todo|Warning|Warns|Yields):"
    r"[ \t]*$|>>> |:\w+[^:\n]*:(?:[ \t]|$)|\.\. )",
    re.MULTILINE,
)

# What each answer to "may the same request work later?" means to a client.
_RETRYING = {
    Retriable.NO: "No. The same request will fail again.",
    Retriable.YES: "Yes, after a while; where the answer has a Retry-After, after that many seconds.",
    Retriable.IF_IDEMPOTENT: "Only if the request may be carried out twice: the work may have happened.",
}


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

    @property
    def summary(self) -> str:
        """What happened, in one line: the first paragraph of the docstring, or else the sentence."""
        return " ".join((self.doc.split("\n\n")[0] or self.message).split())

    @property
    def retrying(self) -> str:
        """The answer to "can the same request work later?"."""
        return _RETRYING[self.retriable]

    @property
    def acting(self) -> str:
        """The answer to "can the user do something about it?"."""
        return "Yes." if self.recoverable else "No. Only those who run the service can."

    @property
    def placeholders(self) -> frozenset[str]:
        """The names of the facts in the sentence."""
        return placeholders_of(self.message) or frozenset()


def placeholders_of(message: str) -> frozenset[str] | None:
    """The names of the facts in a sentence, or None where its braces are broken.

    >>> sorted(placeholders_of("No {thing} in {place}.")), placeholders_of("{")
    (['place', 'thing'], None)
    """
    try:
        return frozenset(name for _, name, _, _ in string.Formatter().parse(message) if name)
    except ValueError:
        return None


def is_public(spec: ErrorSpec) -> bool:
    """Whether clients read this code.

    One that answers as another stays with us, and a `StatusError` answers with a code for its status.

    >>> from errcore import NotFoundError, WorkspaceIsolationError
    >>> is_public(NotFoundError.spec), is_public(WorkspaceIsolationError.spec)
    (True, False)
    """
    return spec.answers_as is None and spec.code != StatusError.spec.code


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
    return Entry(
        code=spec.code,
        title=title_of(spec.code),
        kind=spec.kind,
        status=spec.status if status_of is None else status_of(spec),
        grpc_status=KIND_RULES[spec.kind].grpc_status,
        retriable=spec.retriable,
        recoverable=spec.recoverable,
        message=spec.sentence,
        fields=tuple(public_fields(spec)),
        doc=_prose(spec.doc),
    )


def _prose(doc: str) -> str:
    """A docstring for outsiders: its paragraphs, without the sections and examples that speak to programmers."""
    found = _SECTION.search(doc)
    lines = (doc if found is None else doc[: found.start()]).expandtabs().splitlines()
    # The first line stands beside the quotes; the others are indented like the class.
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    text = "\n".join([*lines[:1], *(line[margin:].rstrip() for line in lines[1:])])
    return "".join(sign for sign in text if sign.isprintable() or sign == "\n").strip()
