# SPDX-License-Identifier: MIT
"""A driver for servers behind a socket: HTTP/1.1 byte by byte, so that nothing is tidied up on the way.

Clients refuse to send what attackers send, and hide how a response ended. This one sends what it is given and says
whether the response was whole (RFC 9112, sections 6 and 8).
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from errcore.testing.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["WireDriver", "parse_response"]


class WireDriver:
    """Talks to a server over a connection of its own for each request.

    Args:
        port: Where it listens.
        host: On which address.
        patience: Seconds to wait for the server.
    """

    def __init__(self, port: int, host: str = "127.0.0.1", patience: float = 10.0) -> None:
        self._address = (host, port)
        self._patience = patience

    def request(
        self, method: str, path: str, headers: Sequence[tuple[str, str]] = (), body: bytes = b""
    ) -> Answer:
        """The answer to one request."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._address[0]}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers]
        if body or method not in {"GET", "HEAD", "DELETE"}:
            lines.append(f"Content-Length: {len(body)}")
        with socket.create_connection(self._address, self._patience) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
            received = bytearray()
            while chunk := connection.recv(65_536):
                received += chunk
        return parse_response(bytes(received), bodiless=method == "HEAD")


def parse_response(received: bytes, *, bodiless: bool = False) -> Answer:
    """What a closed connection has left behind, as an answer.

    Args:
        received: All bytes of one response.
        bodiless: Whether it answers a HEAD.

    >>> parse_response(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhel").complete
    False
    """
    head, separator, rest = received.partition(b"\r\n\r\n")
    if not separator:
        return Answer(0, (), b"", complete=False)
    first, *lines = head.decode("latin-1").split("\r\n")
    status = int(first.split(" ")[1])
    headers = [(name, value.strip(" \t")) for name, _, value in (line.partition(":") for line in lines)]
    named = {name.lower(): value for name, value in headers}
    if named.get("transfer-encoding", "").lower() == "chunked":
        body, complete = _unchunked(rest)
    elif "content-length" in named and not bodiless and status != 304:
        body, complete = rest, len(rest) == int(named["content-length"])
    else:
        body, complete = rest, True  # ended by the end of the connection, as far as anybody can tell
    return Answer(status, headers, body, complete)


def _unchunked(rest: bytes) -> tuple[bytes, bool]:
    body = bytearray()
    while True:
        size, separator, rest = rest.partition(b"\r\n")
        if not separator:
            return bytes(body), False
        length = int(size.split(b";")[0], 16)
        if length == 0:
            return bytes(body), True
        if len(rest) < length + 2:
            return bytes(body + rest[:length]), False
        body += rest[:length]
        rest = rest[length + 2 :]
