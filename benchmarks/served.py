# SPDX-License-Identifier: MIT
"""The process that serves the columns of a server row: `python -m benchmarks.served <module> <function>`.

The function gives applications by name; each has a uvicorn server and a port of its own, all in one event loop: two
processes would differ in their hash seed and in where their memory lies, which is as much as what is to be measured.
Standard input asks, standard output answers, one line each. Where the input ends the process does, too, so it does not
outlive whoever started it.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import sys
import time
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, TextIO

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["main"]


def main(module: str, function: str) -> None:
    """Serve until standard input ends. The first line says the ports, by name."""
    answers, sys.stdout = sys.stdout, io.StringIO()
    apps: Mapping[str, Any] = getattr(import_module(module), function)()
    listening = {name: _listening() for name in apps}
    servers = [uvicorn.Server(_config(app)) for app in apps.values()]

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        Thread(
            target=_answer, args=(answers, lambda: loop.call_soon_threadsafe(_stop, servers)), daemon=True
        ).start()
        _say(answers, {name: one.getsockname()[1] for name, one in listening.items()})
        await asyncio.gather(
            *(server.serve([one]) for server, one in zip(servers, listening.values(), strict=True))
        )

    with asyncio.Runner(loop_factory=servers[0].config.get_loop_factory()) as runner:
        runner.run(serve())


def _listening() -> socket.socket:
    """Bound here, so that the port is known, and nobody else's, before the server starts."""
    return socket.create_server(("127.0.0.1", 0), backlog=128)


def _config(app: Any) -> uvicorn.Config:
    # Columns wait for their turn: a connection that is closed meanwhile would be paid for by one of them.
    return uvicorn.Config(app, access_log=False, log_level="warning", timeout_keep_alive=600)


def _answer(answers: TextIO, stop: Callable[[], object]) -> None:
    """Answer what is asked until nothing more is.

    `used` is the CPU time of this process, `log` what was written to the log since the last `log`; after `forget` the
    log goes where a write is a system call and nothing else.
    """
    try:
        for line in sys.stdin:
            if line == "used\n":
                _say(answers, time.process_time_ns())
            elif line == "log\n":
                log, sys.stdout = sys.stdout, io.StringIO()
                _say(answers, log.getvalue() if isinstance(log, io.StringIO) else "")
            elif line == "forget\n":
                sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as the process
                _say(answers, None)
    finally:
        stop()  # also where this failed: whoever waits for an answer must not wait for ever


def _say(answers: TextIO, value: object) -> None:
    answers.write(f"{json.dumps(value)}\n")
    answers.flush()


def _stop(servers: list[uvicorn.Server]) -> None:
    for server in servers:
        server.should_exit = True


if __name__ == "__main__":
    main(*sys.argv[1:])
