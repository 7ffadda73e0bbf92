# SPDX-License-Identifier: MIT
"""A server with workers, whose output goes into a file and is shown where a test fails; and a client that is in a hurry."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from unmeasured import unmeasured

HERE = Path(__file__).parent
_SECONDS = 30.0


@contextmanager
def serving(arguments, output: Path, announced: str, **environment: str):
    """The port and the process of a server that is up; it is gone afterwards, with its workers.

    Args:
        arguments: What Python runs.
        output: The file that takes what it prints.
        announced: What it says before its address when it is up.
        environment: Variables of its own.
    """
    with output.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=unmeasured(PYTHONUNBUFFERED="1", HOME=str(output.parent), **environment),
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=HERE,
            start_new_session=True,  # so that workers whose master is gone can be found
        )
    try:
        yield _port_of(process, output, announced), process
    except BaseException:
        sys.stderr.write(output.read_text(encoding="utf-8", errors="replace")[-20_000:])
        raise
    finally:
        stop(process)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def stop(process) -> None:
    """End a server as its operator would, or by force if it does not."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(15)


def _port_of(process, output: Path, announced: str) -> int:
    address = re.compile(announced + r" http://127\.0\.0\.1:(\d+)")
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := address.search(output.read_text(encoding="utf-8", errors="replace")):
            return int(found[1])
        time.sleep(0.02)
    raise AssertionError("the server did not come up")


class Client:
    """One connection to a server, which is opened again where the server has closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.headers: dict[str, str] = {}
        self._socket: socket.socket | None = None

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of one answer.

        Raises:
            OSError: If the server went away without a whole one.
        """
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), _SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            return self._answer()
        except OSError:
            self.close()
            raise

    def json(self, path: str):
        """The document of one answer."""
        status, body = self.get(path)
        assert status == 200, body
        return json.loads(body)

    def close(self) -> None:
        """Let go of the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _answer(self) -> tuple[int, bytes]:
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        first, *lines = data[:end].decode("latin-1").split("\r\n")
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = data[end + 4 :]
        while len(body) < int(self.headers["content-length"]):
            body += self._more()
        if self.headers.get("connection") == "close":
            self.close()
        return int(first.split(" ")[1]), body

    def _more(self) -> bytes:
        assert self._socket is not None
        data = self._socket.recv(65_536)
        if not data:
            raise ConnectionResetError("the server closed the connection")
        return data
