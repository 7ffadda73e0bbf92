# SPDX-License-Identifier: MIT
"""An answer as tests look at it, whichever client or driver it came through.

Responses are known by what they have, not by their class: those of httpx, requests, Starlette, Werkzeug, Django and
errcore's own drivers are read, and none of these libraries is imported.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Answer", "answer_of", "is_response"]


@attrs.frozen
class Answer:
    """What came back.

    Attributes:
        status: HTTP status; 0 if there was no answer at all.
        headers: Names and values as received, duplicates included.
        body: The bytes of the body, decoded from chunks.
        complete: Whether the response ended as HTTP says a response ends; False if the connection was cut.
    """

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    complete: bool = True

    def all(self, name: str) -> list[str]:
        """Every value of a header.

        >>> Answer(200, [("Vary", "A"), ("vary", "B")], b"").all("Vary")
        ['A', 'B']
        """
        return [value for present, value in self.headers if present.lower() == name.lower()]

    def one(self, name: str) -> str:
        """The value of a header that must be there exactly once."""
        values = self.all(name)
        if len(values) != 1:
            raise AssertionError(f"{name} is there {len(values)} times: {values!r}")
        return values[0]

    def document(self) -> dict[str, Any]:
        """The body as strict JSON: no NaN, no infinity."""
        document: Any = json.loads(self.body, parse_constant=_refuse)
        if type(document) is not dict:
            raise AssertionError(f"The body is no JSON object: {self.body[:200]!r}")
        return cast("dict[str, Any]", document)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def is_response(thing: object) -> bool:
    """Whether `answer_of` reads it.

    >>> is_response(Answer(200, [], b"")), is_response(b"HTTP/1.1 200 OK")
    (True, False)
    """
    return _answer(thing) is not None


def answer_of(response: object) -> Answer:
    """The status, the headers and the body of a response.

    Args:
        response: What a test client, a driver or a runtime gave.

    Raises:
        TypeError: If it is none that is known here.

    >>> from errcore import NotFoundError, Runtime
    >>> with Runtime.for_tests() as runtime:
    ...     answer_of(runtime.reply(NotFoundError("No such agent."))).status
    404
    """
    answer = _answer(response)
    if answer is None:
        raise TypeError(
            f"Cannot read a {type(response).__name__} as a response, because it has not a status, headers and a body "
            "in bytes; pass what the client returned, after its body was read."
        )
    return answer


def _answer(response: object) -> Answer | None:
    """As above, or None."""
    if isinstance(response, Answer):
        return response
    inner: object = getattr(response, "answer", None)  # what errcore's drivers tell of a whole connection
    if isinstance(inner, Answer):
        return inner
    status = _first(response, ("status_code", "status"), int)
    headers: object = getattr(response, "headers", None)
    # Werkzeug has `data`, which is more than the attribute of Starlette's own responses: `body`.
    body = _first(response, ("content", "body", "data"), bytes)
    if status is None or headers is None or body is None:
        return None
    return Answer(int(status), _pairs(headers), body)


def _first(response: object, names: Sequence[str], kind: type[Any]) -> Any:
    """The first of these attributes that is of the kind."""
    return next((value for name in names if isinstance(value := getattr(response, name, None), kind)), None)


def _pairs(headers: Any) -> list[tuple[str, str]]:
    """Names and values, duplicates included where the library keeps them apart."""
    # httpx would join equal names in `items`.
    items = getattr(headers, "multi_items", None) or getattr(headers, "items", None)
    pairs = cast("Iterable[tuple[object, object]]", items() if items is not None else headers)
    return [(_text(name), _text(value)) for name, value in pairs]


def _text(word: object) -> str:
    return word.decode("latin-1") if isinstance(word, bytes) else str(word)
