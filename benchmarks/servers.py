# SPDX-License-Identifier: MIT
"""A real server in a process of its own, requests over the loopback, and the CPU time that it took for them.

The process is started when the first request is made, and ends with the `with` block in which the columns are timed.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from benchmarks.rows.one_request import SENT_ID, seen_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["JOBS", "Host"]

_CONNECTIONS = 8
_TURNS = 4
JOBS = _CONNECTIONS * _TURNS
"""Requests of one volley: a server that is never asked twice at once would wait more than it works."""

_ROOT = Path(__file__).parent.parent  # where `-m` finds the benchmarks, wherever we were started
_SECONDS = 30.0  # for whatever takes too long
_GET = "GET {path} HTTP/1.1\r\nHost: agents.example.com\r\nUser-Agent: benchmark/1.0\r\nAccept: */*\r\n{more}\r\n"


@attrs.define
class Host:
    """The process, and the connections to its servers.

    Args:
        module: Where its applications are.
        function: What gives them, by name.
        path: What is asked for.
    """

    module: str
    function: str
    path: str
    _process: subprocess.Popen[str] | None = attrs.field(default=None, init=False)
    _connections: dict[str, list[Connection]] = attrs.field(factory=dict, init=False)
    _open: ExitStack = attrs.field(factory=ExitStack, init=False)

    def used(self) -> int:
        """Nanoseconds of CPU time of the process, all its threads and the kernel's work for it included."""
        return int(self._ask("used"))

    def volley(self, name: str) -> None:
        """Some requests to one application, several under way at a time."""
        request = _request(self.path)
        connections = self._to(name)
        for _ in range(_TURNS):
            for connection in connections:
                connection.send(request)
            for connection in connections:
                connection.receive()

    def seen(self, name: str) -> list[dict[str, Any]]:
        """The outcome of two requests, one without an id and one with."""
        return [
            self._seen(name, _request(self.path)),
            self._seen(name, _request(self.path, f"X-Request-ID: {SENT_ID}\r\n")),
        ]

    @contextmanager
    def serving(self) -> Iterator[None]:
        """While the columns are timed; afterwards no process and no connection is left."""
        try:
            self._ask("forget")
            yield
        finally:
            self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        self._connections.clear()
        self._open.close()
        process, self._process = self._process, None
        if process is not None:
            try:
                process.communicate(timeout=_SECONDS)  # its input ends, and so does it
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()

    def _seen(self, name: str, request: bytes) -> dict[str, Any]:
        self._ask("log")
        connection = self._to(name)[0]
        connection.send(request)
        status, headers, body = connection.receive()
        told = [(header, value) for header, value in headers if header not in {"date", "server"}]
        seen = attrs.asdict(seen_of(status, told, body.decode(), self._ask("log")))
        return {**seen, "echoed": SENT_ID in dict(headers).values()}

    def _ask(self, word: str) -> Any:
        process = self._running()
        assert process.stdin is not None
        process.stdin.write(f"{word}\n")
        process.stdin.flush()
        return _line_of(process)

    def _to(self, name: str) -> list[Connection]:
        self._running()
        return self._connections[name]

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.served", self.module, self.function],
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            ports: dict[str, int] = _line_of(self._process)
            self._connections = {
                name: [self._connected(port) for _ in range(_CONNECTIONS)] for name, port in ports.items()
            }
        return self._process

    def _connected(self, port: int) -> Connection:
        opened = self._open.enter_context(socket.create_connection(("127.0.0.1", port), _SECONDS))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Connection(opened)


@attrs.define
class Connection:
    """One keep-alive connection, as simple as a client can be: its work is not what is measured."""

    _socket: socket.socket

    def send(self, request: bytes) -> None:
        """Ask."""
        self._socket.sendall(request)

    def receive(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers with names in lower case, and body of one answer."""
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        first, *lines = data[:end].decode("latin-1").split("\r\n")
        headers = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
        body = data[end + 4 :]
        length = int(dict(headers)["content-length"])
        while len(body) < length:
            body += self._more()
        return int(first.split(" ")[1]), headers, body

    def _more(self) -> bytes:
        data = self._socket.recv(65_536)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


def _request(path: str, more: str = "") -> bytes:
    return _GET.format(path=path, more=more).encode()


def _line_of(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise ConnectionError("the server ended; what it said stands above")
    return json.loads(line)
