# SPDX-License-Identifier: MIT
"""A driver for ASGI applications in this process: every message that they send, and what they raise.

Unlike a test client it hides nothing: an exception that escapes after the answer, a second start or a missing end
are all there to be seen.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import attrs

from errcore.testing.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

__all__ = ["AsgiDriver", "Conversation"]


@attrs.frozen
class Conversation:
    """What an application did with one connection.

    Attributes:
        sent: The messages that it sent.
        raised: What escaped from it.
        scope: The scope as the application left it.
    """

    sent: list[dict[str, Any]]
    raised: BaseException | None
    scope: dict[str, Any]

    @property
    def types(self) -> list[str]:
        """The types of the messages."""
        return [message["type"] for message in self.sent]

    @property
    def answer(self) -> Answer:
        """The messages as an answer; status 0 if there was none."""
        starts = [message for message in self.sent if message["type"] == "http.response.start"]
        bodies = [message for message in self.sent if message["type"] == "http.response.body"]
        if not starts:
            return Answer(0, (), b"", complete=False)
        return Answer(
            starts[0]["status"],
            [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in starts[0].get("headers", ())
            ],
            b"".join(message.get("body", b"") for message in bodies),
            complete=bool(bodies) and not bodies[-1].get("more_body", False),
        )


_LAST = frozenset({"http.response.body", "websocket.close", "websocket.http.response.body"})
"""After which the client leaves, unless more of a body follows."""


class AsgiDriver:
    """Talks to an ASGI application without a server.

    Args:
        app: The application.

    >>> async def app(scope, receive, send):
    ...     await send({"type": "http.response.start", "status": 200, "headers": []})
    ...     await send({"type": "http.response.body", "body": b"hello"})
    >>> AsgiDriver(app).request("GET", "/").body
    b'hello'
    """

    def __init__(self, app: Callable[[Any, Any, Any], Coroutine[Any, Any, None]]) -> None:
        self.app: Callable[[Any, Any, Any], Any] = app

    def request(
        self, method: str, path: str, headers: Sequence[tuple[str, str]] = (), body: bytes = b""
    ) -> Answer:
        """The answer to one request; what the application raises is left out. See `converse` for all of it."""
        conversation = self.converse(
            {"type": "http", "method": method, "path": path},
            [{"type": "http.request", "body": body, "more_body": False}],
            headers,
        )
        return conversation.answer

    def converse(
        self,
        scope: Mapping[str, Any],
        incoming: Sequence[Mapping[str, Any]] = (),
        headers: Sequence[tuple[str, str]] = (),
    ) -> Conversation:
        """Everything that happens on one connection.

        Args:
            scope: What differs from a plain scope; the type at least.
            incoming: The messages that the application receives, in order; afterwards the client is silent until the
                application is done.
            headers: Headers of the request.
        """
        return asyncio.run(self._converse(dict(scope), list(incoming), headers))

    async def _converse(
        self, given: dict[str, Any], incoming: list[Mapping[str, Any]], headers: Sequence[tuple[str, str]]
    ) -> Conversation:
        query = given.get("path", "/").partition("?")
        scope: dict[str, Any] = {
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": "http",
            "root_path": "",
            "server": ("testserver", 80),
            "client": ("testclient", 50000),
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            "state": {},
            **given,
            "path": query[0],
            "raw_path": query[0].encode(),
            "query_string": query[2].encode(),
        }
        sent: list[dict[str, Any]] = []
        over = asyncio.Event()

        async def receive() -> Mapping[str, Any]:
            if incoming:
                return incoming.pop(0)
            await over.wait()
            return {"type": f"{scope['type']}.disconnect", "code": 1006}

        async def send(message: Mapping[str, Any]) -> None:
            # A middleware may change a message after it was sent; a server would have written it.
            sent.append(dict(message))
            if message["type"] in _LAST and not message.get("more_body", False):
                over.set()

        raised: BaseException | None = None
        try:
            await self.app(scope, receive, send)
        except BaseException as exc:  # noqa: BLE001 - also what no guard may touch is to be seen
            raised = exc
        return Conversation(sent, raised, scope)
