# SPDX-License-Identifier: MIT
"""The service as a process of its own, under uvicorn, on a free port of the loopback interface."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent
LOOPBACK = "127.0.0.1"
_READY = 30.0  # seconds
_STOP = 10.0  # seconds
_ATTEMPTS = 3


class StartError(Exception):
    """The server did not come up; the text says what it said."""


@contextmanager
def serving(output: IO[bytes] | None = None, port: int = 0) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the server; gives its URL and its process, and ends it whatever happens.

    Args:
        output: Where its standard output and error go; ours if None.
        port: Which port; a free one if 0.

    Raises:
        StartError: If it does not answer within half a minute.
    """
    process, chosen = _start(output, port)
    try:
        yield f"http://{LOOPBACK}:{chosen}", process
    finally:
        _stop(process)


def _start(output: IO[bytes] | None, port: int) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(_ATTEMPTS):
        chosen = port or _free_port()
        command = [
            "uvicorn",
            "service:app",
            "--app-dir",
            str(HERE),
            "--host",
            LOOPBACK,
            "--port",
            str(chosen),
        ]
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own arguments
            [sys.executable, "-m", *command, "--timeout-graceful-shutdown", "5", "--no-use-colors"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
        )
        try:
            if _is_ready(process, chosen):
                return process, chosen
        except BaseException:
            _stop(process)
            raise
        _stop(process)  # somebody took the port in between, or the service is broken
    raise StartError("The server did not start.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_ready(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether the process listens before the deadline; False as soon as it has ended."""
    deadline = time.monotonic() + _READY
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return process.poll() is None
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_STOP)
