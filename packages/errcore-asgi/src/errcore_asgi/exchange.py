# SPDX-License-Identifier: MIT
"""What the guards of one request know of it, kept in its scope under `errcore`.

A ContextVar would not do alone: middleware that runs the application in a task of its own hides what was set inside.
The scope is handed on by everybody, mounts included, so one request has one exchange: one id, one record, one header.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.runtime import reported_as
from errcore_asgi.protocol import with_request_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from errcore import Handled, Runtime
    from errcore.context import RequestIds
    from errcore_asgi.protocol import Message, Scope, Send

__all__ = ["KEY", "Exchange", "Front", "Watch", "exchange_of"]

KEY = "errcore"
"""Where the scope of a request holds its exchange."""

_FILES = frozenset({"http.response.pathsend", "http.response.zerocopysend"})
"""How extensions of ASGI send a file: as a whole, or in parts of which the last one says so."""

_LABELLED = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})


class Exchange:
    """What the guards of one request share.

    It holds no channel of the connection and no exception: both lead back to the scope, and a ring of references would
    outlive every request.

    Attributes:
        ids: The ids of the request.
        broken: A response was started and cannot be finished; nobody may end it as if it were whole.
        handled: What was said in this request, and by whom, by the address of the exception; None if nothing was.
        route: The template of the route that was chosen, where a guard inside of us has seen it, or None.
    """

    __slots__ = ("broken", "handled", "ids", "route")

    def __init__(self, ids: RequestIds) -> None:
        self.ids: RequestIds = ids
        self.broken: bool = False
        self.handled: dict[int, tuple[Runtime, Handled]] | None = None  # made when needed: few requests fail
        self.route: str | None = None

    def handled_before(self, exc: Exception, runtime: Runtime) -> Handled | None:
        """What this runtime said of this very exception object earlier in the request.

        One that is made once and raised by many requests has one mark, that of the latest: it is not to be asked alone.
        """
        if self.handled is None:
            return None
        source, handled = self.handled.get(id(exc), (None, None))
        mark = None if source is not runtime else reported_as(exc)
        # Without a mark it is another exception, where one that was handled has died; a mark of this request the
        # runtime finds by itself.
        if mark is None or mark.context.ids is None or mark.context.ids.request_id == self.ids.request_id:
            return None
        return handled

    def remember(self, handled: Handled, runtime: Runtime, *several: Exception) -> None:
        """Note what was said of these; nothing keeps them alive."""
        if self.handled is None:
            self.handled = {}
        for each in several:
            self.handled[id(each)] = runtime, handled


class Watch:
    """A `send` that remembers how far the response got, as seen from one place in the stack.

    Each guard has its own: a compressing middleware between two of them holds the start back.

    Attributes:
        forward: Where messages go.
        status: Of the response that was started; 0 while there is none.
        complete: Whether all of it was sent.
    """

    __slots__ = ("complete", "forward", "status")

    def __init__(self, forward: Send) -> None:
        self.forward: Send = forward
        self.status: int = 0
        self.complete: bool = False

    # Not a coroutine function: whoever calls awaits what the next one returns, and no frame is added per message.
    def send(self, message: Message) -> Awaitable[None]:
        """Note the message and pass it on."""
        kind = message["type"]
        if kind == "http.response.body":
            if not message.get("more_body", False):
                self.complete = True
        elif kind == "http.response.start":
            self.status = message["status"]
        elif kind in _FILES and not message.get("more_body", False):
            self.complete = True
        return self.forward(message)


class Front(Watch):
    """The outermost `send` of a request: labels the response, and refuses to end a broken one.

    Attributes:
        exchange: What is known of the request.
        monotonic: The clock by which it is timed.
        ended: When the response was complete, if it is; what happens afterwards, nobody waits for.
        gone: Whether the client left before that.
    """

    __slots__ = ("ended", "exchange", "gone", "monotonic")

    def __init__(self, forward: Send, exchange: Exchange, monotonic: Callable[[], float]) -> None:
        # Not through super(): every request pays for this.
        self.forward: Send = forward
        self.status: int = 0
        self.complete: bool = False
        self.exchange: Exchange = exchange
        self.monotonic: Callable[[], float] = monotonic
        self.ended: float = 0.0
        self.gone: bool = False

    def send(self, message: Message) -> Awaitable[None]:
        """Add the request id to the start; drop the end of a response that broke."""
        kind = message["type"]
        if kind == "http.response.body":
            if not message.get("more_body", False):
                if self.exchange.broken:
                    # BaseHTTPMiddleware ends the stream whatever happened: the client would take a part for all.
                    return _nothing()
                self.complete = True
                self.ended = self.monotonic()
        elif kind in _LABELLED:
            exchange = self.exchange
            if kind == "http.response.start":
                self.status = message["status"]
            if exchange.broken and message["status"] >= 400:
                # A middleware held the broken response back and now answers with an error of its own.
                exchange.broken = False
            headers = with_request_id(message.get("headers", ()), exchange.ids.request_id)
            return self.forward({**message, "headers": headers})
        elif kind in _FILES and not message.get("more_body", False):
            self.complete = True
            self.ended = self.monotonic()
        return self.forward(message)


def exchange_of(scope: Scope) -> Exchange | None:
    """The exchange of a request that an outer guard has opened, or None."""
    exchange = scope.get(KEY)
    return exchange if isinstance(exchange, Exchange) else None


async def _nothing() -> None:
    return
