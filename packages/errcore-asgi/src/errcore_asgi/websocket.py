# SPDX-License-Identifier: MIT
"""Errors on a websocket: one close with a code that means something, or a denial while there is still HTTP.

The close code follows from the kind of the error (RFC 6455, section 7.4, and the IANA registry); the reason is the
public message, cut to what a close frame can carry. A client that leaves is how a websocket ends, and no error.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from errcore.errors import KIND_RULES
from errcore_asgi.answers import is_disconnect
from errcore_asgi.protocol import send_reply

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from errcore import Handled, Occurrence
    from errcore_asgi.answers import Answers
    from errcore_asgi.protocol import ASGIApp, Message, Receive, Scope, Send

__all__ = ["close_reason", "closing", "run"]

_REASON = 123  # bytes: a control frame carries 125, the code takes two (RFC 6455, section 5.5)
_DENIAL = "websocket.http.response"


def close_reason(text: str) -> str:
    """The text, or as much of it as fits into a close frame without cutting a character.

    >>> len(close_reason("é" * 100).encode())
    122
    """
    return text.encode("utf-8", "replace")[:_REASON].decode("utf-8", "ignore")


class _Wire:
    """Both channels of one websocket, and the state they are in."""

    __slots__ = ("accepted", "closed", "inward", "outward")

    def __init__(self, inward: Receive, outward: Send) -> None:
        self.inward = inward
        self.outward = outward
        self.accepted = False
        self.closed = False

    async def receive(self) -> Message:
        message = await self.inward()
        if message["type"] == "websocket.disconnect":
            self.closed = True
        return message

    def send(self, message: Message) -> Awaitable[None]:
        kind = message["type"]
        if kind == "websocket.accept":
            self.accepted = True
        elif kind in ("websocket.close", "websocket.http.response.start"):
            self.closed = True
        return self.outward(message)


async def run(app: ASGIApp, answers: Answers, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the application on a websocket; end it properly if the application fails.

    Args:
        app: The application.
        answers: How its exceptions become answers.
        scope: The scope of the websocket.
        receive: What the client sends.
        send: What goes to the client.
    """
    wire = _Wire(receive, send)
    try:
        await app(scope, wire.receive, wire.send)
    except Exception as exc:
        if is_disconnect(answers.meant(exc)):
            return
        handled = answers.handle(exc, scope, "websocket")
        if not wire.closed:
            with suppress(OSError):  # how a server may say that the client has gone (ASGI 2.4)
                await _end(wire, scope, handled)
        if handled.reraise:
            raise


async def _end(wire: _Wire, scope: Scope, handled: Handled) -> None:
    if not wire.accepted and _DENIAL in (scope.get("extensions") or {}):
        await send_reply(wire.send, handled.reply, prefix="websocket.")
    else:
        await wire.send(closing(handled.occurrence))


def closing(occurrence: Occurrence) -> Message:
    """The close that tells a client what happened."""
    return {
        "type": "websocket.close",
        # By the public kind: an error that answers as another must not be told apart by its close code.
        "code": KIND_RULES[occurrence.kind].ws_close,
        "reason": close_reason(occurrence.message),
    }
