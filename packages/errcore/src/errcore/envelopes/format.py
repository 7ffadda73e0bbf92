# SPDX-License-Identifier: MIT
"""What a format is, and the readings of an occurrence that every format shares.

A format is pure: an occurrence in, a document out. It does no I/O, knows no framework and never sees raw text.
"""

from __future__ import annotations

from math import ceil, isfinite
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from errcore.errors.occurrence import Occurrence
    from errcore.errors.spec import ErrorSpec
    from errcore.errors.told import Told


__all__ = ["Format", "reference", "whole_seconds"]

LONGEST_WAIT = 2**31 - 1
"""Seconds; RFC 9111 section 1.2.2 lets a reader stop there."""


class Format(Protocol):
    """One way to tell an error. Any object with these members is a format; nothing needs to be subclassed.

    A format that links to documentation may have a method `documented_at(docs_url)`, too: a runtime that was told a
    `docs_url` uses the format that it returns.

    >>> class Terse:
    ...     name, media_type = "terse", "application/json"
    ...
    ...     def render(self, occurrence, debug=False):
    ...         return {"error": occurrence.code}
    ...
    ...     def parse(self, body):
    ...         return None
    ...
    ...     def schema(self, specs):
    ...         return {"type": "object"}
    ...
    ...     def example(self, spec):
    ...         return {"error": spec.code}
    >>> from errcore import NotFoundError, Runtime
    >>> Runtime(envelope=Terse()).reply(NotFoundError("gone")).body
    b'{"error":"NOT_FOUND"}'
    """

    @property
    def name(self) -> str:
        """How people call it."""
        ...

    @property
    def media_type(self) -> str:
        """What `Content-Type` says."""
        ...

    def render(self, occurrence: Occurrence, debug: bool = False) -> Mapping[str, object] | str:
        """The document: a mapping becomes JSON, a text goes out as it is in UTF-8.

        Args:
            occurrence: What happened. Its public members only, unless `debug`.
            debug: Whether internal facts may be shown; they are redacted.
        """
        ...

    def parse(self, body: Mapping[str, object], /) -> Told | None:
        """What a document of this format tells, or None if it is none.

        The document is a JSON object that a stranger sent. `Told` checks the types; what is raised here counts as None.
        """
        ...

    def schema(self, specs: Iterable[ErrorSpec], /) -> dict[str, object]:
        """JSON Schema (2020-12) of the documents that these errors give."""
        ...

    def example(self, spec: ErrorSpec, /) -> Mapping[str, object] | str:
        """A document as this error would give it, with made-up values."""
        ...


def reference(occurrence: Occurrence) -> str:
    """The id to quote when asking about an answer: the request's, or the error's outside of a request."""
    ids = occurrence.context.ids
    return occurrence.id if ids is None else ids.request_id


def whole_seconds(seconds: float | None) -> int | None:
    """A wait as RFC 9110 section 10.2.3 has it: whole seconds, never less than asked; None if there is none.

    >>> whole_seconds(0.2), whole_seconds(-1), whole_seconds(float("nan"))
    (1, 0, None)
    """
    if seconds is None or not isfinite(seconds):
        return None
    return min(max(0, ceil(seconds)), LONGEST_WAIT)
