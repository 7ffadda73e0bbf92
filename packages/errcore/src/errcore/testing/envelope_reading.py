# SPDX-License-Identifier: MIT
"""Which format an answer is told in, and what is wrong with it as one of that format.

What a document of a format looks like is the format's own to say: it reads the document, and its JSON Schema names the
members that are always there. Where several can read one, it is of the format that has the most of its members in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from errcore.envelopes import NAMES, get
from errcore.errors import Told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from errcore.envelopes import Format
    from errcore.testing.answers import Answer

__all__ = ["document_of", "media_type_of", "missing_members", "recognized"]

_SHOWN = 200  # bytes of a body
_DEEPEST = 4  # levels of a schema; those of errcore's formats have two


def document_of(answer: Answer) -> Mapping[str, object]:
    """The body as a JSON object.

    Raises:
        AssertionError: If it is none; it says what it is instead.

    >>> from errcore.testing.answers import Answer
    >>> document_of(Answer(500, [("Content-Type", "text/html")], b"<h1>Oops</h1>"))
    Traceback (most recent call last):
    AssertionError: body: expected a JSON object, came text/html of 13 bytes: b'<h1>Oops</h1>'
    """
    try:
        return answer.document()
    # RecursionError of many brackets; ValueError of what is no JSON or no UTF-8.
    except (AssertionError, ValueError, RecursionError):
        shown = answer.body[:_SHOWN]
    if not shown:
        raise AssertionError("body: expected a JSON object, came nothing; was it an answer to HEAD?")
    kind = media_type_of(answer) or "something without a Content-Type"
    raise AssertionError(f"body: expected a JSON object, came {kind} of {len(answer.body)} bytes: {shown!r}")


def media_type_of(answer: Answer) -> str:
    """The media type in lower case, without parameters; empty if there is none, or more than one.

    >>> from errcore.testing.answers import Answer
    >>> media_type_of(Answer(200, [("content-type", "Text/Plain; charset=utf-8")], b""))
    'text/plain'
    """
    several = answer.all("content-type")
    return several[0].partition(";")[0].strip().lower() if len(several) == 1 else ""


def recognized(document: Mapping[str, object], wanted: Format | None = None) -> Format | None:
    """The format of a document: that which is wanted, or one of errcore's; None if nobody reads it.

    >>> recognized({"error": {"code": "ORDER_GONE", "message": "It is gone."}}).name
    'nested'
    """
    forms = [get(name) for name in NAMES if wanted is None or name != wanted.name]
    if wanted is not None:
        forms.insert(0, wanted)  # of equals the first is taken
    readers = [form for form in forms if type(form.parse(document)) is Told]
    return max(readers, key=lambda form: _likeness(form, document), default=None)


def missing_members(form: Format, document: Mapping[str, object]) -> list[str]:
    """Pointers to what a document of this format always has, and this one has not.

    >>> from errcore.envelopes import get
    >>> missing_members(get("wrapped"), {"success": False, "error": {}})[:2]
    ['/data', '/error/code']
    """
    return [pointer for pointer, there in _members(form.schema(()), document) if not there]


def _likeness(form: Format, document: Mapping[str, object]) -> tuple[bool, int]:
    """Whether all members are there, and how many are."""
    there = [found for _, found in _members(form.schema(()), document)]
    return all(there), sum(there)


def _members(
    schema: Mapping[str, Any], document: Mapping[str, object], pointer: str = "", depth: int = 0
) -> Iterator[tuple[str, bool]]:
    """Every member that has to be there, and whether it is."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    for name in schema.get("required", ()):
        yield f"{pointer}/{name}", name in document
        inner = document.get(name)
        if isinstance(inner, dict) and depth < _DEEPEST:
            known = cast("Mapping[str, object]", inner)
            yield from _members(properties.get(name, {}), known, f"{pointer}/{name}", depth + 1)
