# SPDX-License-Identifier: MIT
"""The services as processes of their own, each under a real server, on free ports of the loopback interface."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import attrs

HERE = Path(__file__).parent
LOOPBACK = "127.0.0.1"
_READY = 30.0  # seconds
_STOP = 10.0  # seconds
_ATTEMPTS = 3


class StartError(Exception):
    """A server did not come up; the text says which."""


@attrs.frozen
class Program:
    """A service, and what runs it.

    Attributes:
        name: How the report calls it.
        app: Where its application is.
        server: The module of the server.
        probe: A path that it answers with 200 as soon as it is up.
    """

    name: str
    app: str
    server: str
    probe: str = "/agents/a1"

    def command(self, port: int) -> list[str]:
        """What starts it."""
        at = {
            "uvicorn": ["--app-dir", str(HERE), "--host", LOOPBACK, "--port", str(port), "--no-use-colors"],
            "gunicorn": ["--chdir", str(HERE), "--bind", f"{LOOPBACK}:{port}", "--no-control-socket"],
        }
        how = {
            "uvicorn": ["--timeout-graceful-shutdown", "5"],
            "gunicorn": ["--worker-class", "gthread", "--threads", "16", "--graceful-timeout", "5"],
        }
        return [sys.executable, "-m", self.server, self.app, *at[self.server], *how[self.server]]


FASTAPI = Program("FastAPI", "service:app", "uvicorn")
FLASK = Program("Flask", "flask_service:app", "gunicorn")
ASGI = Program("ASGI", "asgi_service:app", "uvicorn")
GATEWAY = Program("gateway", "gateway:app", "uvicorn", probe="/known/a1")
RESULTS = Program("results", "results_service:app", "uvicorn", probe="/policies")

SIDE_BY_SIDE = (FASTAPI, ASGI) if sys.platform == "win32" else (FASTAPI, FLASK, ASGI)
"""Those that serve the same; gunicorn does not run on Windows."""


class Server:
    """A program that was started, and may not be ready yet.

    Args:
        program: What to start.
        output: Where its standard output and error go; ours if None.
        port: Which port; a free one if 0.
        environment: Variables that it is told besides ours; asked for whenever it is started.
    """

    def __init__(
        self, program: Program, output: IO[bytes] | None, port: int, **environment: Callable[[], str]
    ) -> None:
        self.program = program
        self.output = output
        self.wanted = port
        self.environment = environment
        self.port, self.process = self._start()

    def _start(self) -> tuple[int, subprocess.Popen[bytes]]:
        port = self.wanted or _free_port()
        told = {name: value() for name, value in self.environment.items()}
        return port, subprocess.Popen(  # noqa: S603 - our own interpreter, our own arguments
            self.program.command(port),
            env={**os.environ, **told},
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=None if self.output is None else subprocess.STDOUT,
        )

    @property
    def address(self) -> str:
        """Where it answers, as soon as it does."""
        return f"http://{LOOPBACK}:{self.port}"

    def url(self) -> str:
        """Where it answers; waits until it does.

        Raises:
            StartError: If it does not answer within half a minute.
        """
        for attempt in range(_ATTEMPTS):
            if attempt:
                self.port, self.process = self._start()
            if self._is_ready():
                return self.address
            self.stop()  # somebody took the port in between, or the service is broken
        raise StartError(f"The server of {self.program.name} did not start.")

    def _is_ready(self) -> bool:
        """Whether it answers before the deadline; False as soon as it has ended."""
        deadline = time.monotonic() + _READY
        while time.monotonic() < deadline and self.process.poll() is None:
            client = http.client.HTTPConnection(LOOPBACK, self.port, timeout=_READY)
            try:
                client.request("GET", self.program.probe)
                return client.getresponse().status == http.HTTPStatus.OK and self.process.poll() is None
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
            finally:
                client.close()
        return False

    def stop(self) -> None:
        """End it, whatever it is doing."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(_STOP)


@contextmanager
def serving(
    output: IO[bytes] | None = None, program: Program = FASTAPI, **environment: Callable[[], str]
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run one service; gives its URL and its process, and ends it whatever happens."""
    server = Server(program, output, 0, **environment)
    try:
        yield server.url(), server.process
    finally:
        server.stop()


@contextmanager
def all_serving(
    logs: Path | None = None, port: int = 0, lab: str | None = None, store: str | None = None
) -> Iterator[dict[str, tuple[str, subprocess.Popen[bytes]]]]:
    """Run the services that serve the same, and the one in front of the first; gives what `serving` gives, by name.

    Args:
        logs: A folder for what they print, each in a file of its name; our own output if None.
        port: The port of the first; the others get the next ones. Free ones if 0.
        lab: Where the lab is; without one there is no service of its results either.
        store: Where all of them count what fails; each in its memory if None.
    """
    shared = {} if store is None else {"ERRCORE_STORE": lambda: store}
    with ExitStack() as stack:

        def output(program: Program) -> IO[bytes] | None:
            return None if logs is None else stack.enter_context((logs / f"{program.name}.log").open("wb"))

        begun: list[Server] = []

        def begin(program: Program, **environment: Callable[[], str]) -> None:
            begun.append(
                Server(program, output(program), port and port + len(begun), **environment, **shared)
            )
            stack.callback(begun[-1].stop)

        for program in SIDE_BY_SIDE:  # all at once: most of it is waiting for imports
            begin(program)
        begin(GATEWAY, AGENTS_URL=lambda: begun[0].address)
        if lab is not None:
            begin(RESULTS, LAB_URL=lambda: lab)
        # In this order: the gateway is up when the one behind it is.
        yield {server.program.name: (server.url(), server.process) for server in begun}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
