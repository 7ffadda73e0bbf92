# SPDX-License-Identifier: MIT
"""A line to a Redis server that can swallow what is sent, or cut who sends, as networks do."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

_CUT = struct.pack("ii", 1, 0)  # closed with a reset (RST), which the other side hears of at once


class Relay:
    """Takes connections on a port of its own and passes on what is sent, both ways, until it is told otherwise.

    Args:
        port: Of the server, on the loopback.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._swallows = self._cuts = self._over = False
        self._start(self._accept)

    def swallow(self) -> None:
        """Take everything and pass nothing on."""
        self._swallows = True

    def cut(self) -> None:
        """Reset every connection, now and as soon as it is made."""
        self._cuts = True
        self._reset()

    def mend(self) -> None:
        """Pass on again what is sent."""
        self._swallows = self._cuts = False

    def close(self) -> None:
        """Take no more connections, and cut those that there are."""
        self._over = True
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits for one
        self._threads[0].join()
        self._listener.close()
        self._reset()
        for thread in self._threads:
            thread.join()

    def _start(self, target: Callable[..., None], *args: socket.socket) -> None:
        self._threads.append(threading.Thread(target=target, args=args))
        self._threads[-1].start()

    def _reset(self) -> None:
        while self._ends:
            end = self._ends.pop()
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CUT)
                end.shutdown(socket.SHUT_RD)  # wakes who reads
            end.close()

    def _accept(self) -> None:
        while not self._over:
            with suppress(OSError):  # nobody is there, or we are closed
                near, _ = self._listener.accept()
                self._ends.append(near)
                far = socket.create_connection(("127.0.0.1", self._server))
                self._ends.append(far)
                self._start(self._pass_on, near, far)
                self._start(self._pass_on, far, near)
            if self._cuts:
                self._reset()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not self._swallows:
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
