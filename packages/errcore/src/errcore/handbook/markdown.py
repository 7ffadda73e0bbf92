# SPDX-License-Identifier: MIT
"""The catalogue as Markdown: one table of all codes, then a section for each code that has more to say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from errcore.errors.status_phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from errcore.handbook.entry import Entry

__all__ = ["as_markdown", "table"]

# What would begin a tag, a link or emphasis in a sentence that is not written for Markdown; backticks are meant.
_SPECIAL = re.compile(r"([\\<>\[\]*|])")
_TICKS = re.compile(r"(`+.+?`+)", re.DOTALL)


def as_markdown(several: Iterable[Entry], general: Iterable[Entry] = ()) -> str:
    """The catalogue as a page.

    Args:
        several: The errors of the service.
        general: Those that any service may answer with: a table is enough for them.

    >>> from errcore import NotFoundError
    >>> from errcore.handbook import entry_of
    >>> print(as_markdown([entry_of(NotFoundError.spec)]).splitlines()[4])
    | `NOT_FOUND` | 404 | no | The thing that was asked for does not exist, for this caller. |
    """
    ours, theirs = list(several), list(general)
    parts = ["# Errors"]
    if ours:
        parts += [table(ours), *(_section(entry) for entry in ours)]
    if theirs:
        parts += ["## General errors", "Any operation may answer with one of these.", table(theirs)]
    return "\n\n".join(parts) + "\n"


def table(several: Iterable[Entry]) -> str:
    """The codes as a table: status, whether the same request may work later, what happened.

    >>> print(table([]))
    | Code | Status | Retry | What happened |
    | --- | --- | --- | --- |
    """
    rows = [
        f"| `{entry.code}` | {entry.status} | {entry.retriable.value.replace('_', ' ')} | {_text(entry.summary)} |"
        for entry in several
    ]
    return "\n".join(["| Code | Status | Retry | What happened |", "| --- | --- | --- | --- |", *rows])


def _section(entry: Entry) -> str:
    told = [
        f"- HTTP status: {entry.status} {phrase(entry.status)}",
        f"- gRPC status: {entry.grpc_status} `{entry.kind.upper()}`",
        f"- Message: {_text(entry.message)}",
        f"- Can the same request work later? {entry.retrying}",
        f"- Can the user do something about it? {entry.acting}",
    ]
    parts = [f"## `{entry.code}`", *([_text(entry.doc)] if entry.doc else []), "\n".join(told)]
    return "\n\n".join([*parts, *_facts(entry)])


def _facts(entry: Entry) -> Iterator[str]:
    if entry.fields:
        rows = [
            f"| `{field.name}` | `{field.json_type.replace('|', 'or')}` | {'always' if field.always else 'where it is known'} |"
            for field in entry.fields
        ]
        yield "\n".join(["| Fact | Type | There |", "| --- | --- | --- |", *rows])


def _text(text: str) -> str:
    """Prose with Markdown's own signs made harmless; what stands between backticks stays code."""
    return "".join(
        part.replace("|", r"\|") if place % 2 else _SPECIAL.sub(r"\\\1", part)
        for place, part in enumerate(_TICKS.split(text))
    )
