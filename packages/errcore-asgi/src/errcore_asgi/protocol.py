# SPDX-License-Identifier: MIT
"""The shapes of ASGI, and the header work that it asks for.

ASGI 3 (https://asgi.readthedocs.io/en/latest/specs/main.html): an application is called with a scope and two
channels. Header names and values are bytes, names in lower case.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, TypeAlias

from errcore import Reply
from errcore.context import ids_from_headers, new_ids
from errcore.policies import DEADLINE_HEADER
from errcore.runtime import covers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from errcore.context import RequestIds

__all__ = [
    "ASGIApp",
    "Message",
    "Receive",
    "Scope",
    "Send",
    "accept_of",
    "encoded",
    "ids_of",
    "last_of_connection",
    "path_of",
    "said_by",
    "send_reply",
    "with_request_id",
]

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_REQUEST_ID = b"x-request-id"
_NAMES = {
    name: name.lower().encode()
    for name in ("Content-Type", "Content-Length", "Cache-Control", "X-Request-ID")
}
_WAIT = DEADLINE_HEADER.lower()
_READ = frozenset({_REQUEST_ID, b"x-correlation-id", b"traceparent", _WAIT.encode()})


def ids_of(scope: Scope) -> RequestIds:
    """The ids of a request, from the headers in its scope; what is not acceptable is replaced.

    Args:
        scope: The scope of a request or of a websocket.

    >>> ids_of({"headers": [(b"x-request-id", b"req_7f8a9b2c")]}).request_id
    'req_7f8a9b2c'
    """
    return said_by(scope)[0]


def said_by(scope: Scope) -> tuple[RequestIds, str | None]:
    """The ids of a request, and what it says about how long it is waited for, if it does.

    Args:
        scope: The scope of a request or of a websocket.

    >>> said_by({"headers": [(b"x-request-timeout-ms", b"1500"), (b"x-request-timeout-ms", b"1")]})[1]
    '1500,1'
    """
    headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
    for name, _ in headers:
        if name in _READ:
            break
    else:
        # What `ids_from_headers` says of no headers, without asking: every request pays for this.
        return new_ids(), None
    found: dict[str, list[str]] = {}
    for name, value in headers:
        if name in _READ:
            found.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    waits = found.get(_WAIT)
    # Several are one list (RFC 9110, section 5.3).
    return ids_from_headers(lambda name: found.get(name, ())), ",".join(waits) if waits else None


def accept_of(scope: Scope) -> str | None:
    """The Accept header; several are one list (RFC 9110, section 5.3).

    >>> accept_of({"headers": [(b"accept", b"text/html"), (b"accept", b"*/*")]})
    'text/html, */*'
    """
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"]
    return ", ".join(values) if values else None


def encoded(reply: Reply) -> list[tuple[bytes, bytes]]:
    """The headers of a reply as ASGI wants them."""
    return [
        (_NAMES.get(name) or name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in reply.headers
    ]


def last_of_connection(reply: Reply, scope: Scope) -> Reply:
    """The reply, saying that the connection ends with it, where a server ends it because the application raised.

    Servers for HTTP/1 do that, and a client that has not been told (RFC 9112, section 9.6) loses its next request.
    HTTP/2 has no such header (RFC 9113, section 8.2.2), nor any need of it.

    >>> from errcore import Reply
    >>> last_of_connection(Reply(500, (), b""), {"http_version": "1.1"}).headers
    (('Connection', 'close'),)
    """
    if not str(scope.get("http_version", "")).startswith("1"):
        return reply
    return Reply(reply.status, (*reply.headers, ("Connection", "close")), reply.body)


async def send_reply(send: Send, reply: Reply, *, prefix: str = "") -> None:
    """Send a whole response.

    Args:
        send: Where it goes.
        reply: What to send.
        prefix: `websocket.` for the denial of a handshake.
    """
    await send({"type": f"{prefix}http.response.start", "status": reply.status, "headers": encoded(reply)})
    await send({"type": f"{prefix}http.response.body", "body": reply.body})


def with_request_id(headers: Iterable[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    """The headers with exactly one X-Request-ID: the application's own, else ours; of several, ours.

    A new list: some responses are sent many times, and theirs must not grow.

    >>> with_request_id([(b"X-Request-Id", b"mine")], "ours")
    [(b'X-Request-Id', b'mine')]
    """
    ours = (_REQUEST_ID, request_id.encode("latin-1"))
    copied = list(headers)
    for name, _ in copied:
        if len(name) == 12 and name.lower() == _REQUEST_ID:
            break
    else:
        copied.append(ours)
        return copied
    present = [value for name, value in copied if name.lower() == _REQUEST_ID]
    if len(present) == 1:
        return copied
    others = [(name, value) for name, value in copied if name.lower() != _REQUEST_ID]
    return [*others, ours if ours[1] in present else (_REQUEST_ID, present[0])]


def path_of(scope: Scope) -> str:
    """The full path of a request, mounts included.

    Servers differ: some have the root path within the path, others leave it out. A path that does not start with it is
    taken to be without.

    >>> path_of({"path": "/api/x", "root_path": "/api"}), path_of({"path": "/x", "root_path": "/api"})
    ('/api/x', '/api/x')
    """
    path: str = scope["path"]
    root: str = scope.get("root_path") or ""
    root = root.rstrip("/")
    return path if not root or covers((root,), path) else root + path
