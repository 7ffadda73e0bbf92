# SPDX-License-Identifier: MIT
"""How a case talks to the application under test, be it in this process or behind a socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol, cast

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Answer", "Driver"]


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


class Driver(Protocol):
    """Sends one request to the application under test and waits for its answer.

    It sends what it is given and nothing that would get in the way: headers go out as they are, duplicates included;
    no request id, no compression and no retry are added.
    """

    def request(
        self, method: str, path: str, headers: Sequence[tuple[str, str]] = (), body: bytes = b""
    ) -> Answer:
        """The answer to one request. The application's exceptions must not escape from here."""
        ...
