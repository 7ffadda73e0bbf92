# SPDX-License-Identifier: MIT
"""Requests that say how long they are waited for: they run under that deadline until they are answered.

Few do, and the others do not come by here. What fails, the refusal of a request that came too late included, goes the way
of all failures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.policies import incoming_deadline

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from errcore_asgi.protocol import ASGIApp, Message, Receive, Scope, Send

__all__ = ["KEY", "lifting", "run"]

KEY = "errcore.deadline"
"""Where the scope of such a request holds its deadline."""

_BODIES = frozenset({"http.response.body", "http.response.pathsend"})


async def run(app: ASGIApp, wait: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the application for one request.

    Args:
        app: The application.
        wait: What the caller said, as text.
        scope: The scope of the request.
        receive: What the client sends.
        send: What goes to the client.

    Raises:
        errcore.DeadlineExceededError: If no time is left.
    """
    with incoming_deadline(wait) as deadline:
        scope[KEY] = deadline
        await app(scope, receive, lifting(send, deadline))


def lifting(send: Send, deadline: incoming_deadline) -> Send:
    """A `send` that lifts the deadline with the end of the response: what follows, nobody waits for.

    It is needed on both sides of middleware that runs the application in a task of its own, which goes on meanwhile.

    Args:
        send: Where messages go.
        deadline: That of the request.
    """

    def told(message: Message) -> Awaitable[None]:
        if message["type"] in _BODIES and not message.get("more_body", False):
            deadline.lift()
        return send(message)

    return told
