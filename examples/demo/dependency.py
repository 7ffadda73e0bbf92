# SPDX-License-Identifier: MIT
"""A service that other services would rather not depend on: it hangs, breaks off, or has no time for anybody."""

from __future__ import annotations

import socket
import socketserver
from contextlib import suppress
from threading import Thread

LOOPBACK = "127.0.0.1"
PATIENCE = 0.2  # seconds that its callers give it where it hangs; otherwise it is quick

_OVERLOADED = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with suppress(OSError):
            request = self.rfile.readline()
            if b"/hangs" in request:
                self.rfile.read()  # until the client has had enough
            elif b"/overloaded" in request:
                self.wfile.write(_OVERLOADED)
            # "/breaks": without a word


class _Dependency(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Conversation)
        # Bound, so that nobody else gets the port; not listening, so it refuses.
        self.silent = socket.socket()
        self.silent.bind((LOOPBACK, 0))


def start() -> dict[str, str]:
    """Run it until this process ends. Gives the address for each way to fail; at `refuses` nobody listens."""
    server = _Dependency()
    Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://{LOOPBACK}:{server.server_address[1]}"
    return {
        "refuses": f"http://{LOOPBACK}:{server.silent.getsockname()[1]}/",
        **{way: f"{base}/{way}" for way in ("hangs", "breaks", "overloaded")},
    }
