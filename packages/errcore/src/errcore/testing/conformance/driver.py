# SPDX-License-Identifier: MIT
"""How a case talks to the application under test, be it in this process or behind a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from errcore.testing.answers import Answer

__all__ = ["Driver"]


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
