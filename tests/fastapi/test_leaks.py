# SPDX-License-Identifier: MIT
"""What a real server process lets out: nothing of an exception's secrets, to the client or to its own output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from errcore.testing.wire import WireDriver

HERE = Path(__file__).parent
SECRETS = (
    "correct-horse-battery",
    "Tr0ub4dor-and-3",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "4111 1111 1111 1111",
    "4111111111111111",
)


class Process:
    """A uvicorn in a process of its own, and everything that it prints."""

    def __init__(self, http: str, **environment: str) -> None:
        arguments = [sys.executable, "-m", "uvicorn", "leaky_service:app", "--app-dir", str(HERE)]
        self.child = subprocess.Popen(
            [*arguments, "--port", "0", "--http", http, "--lifespan", "on"],
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self.lines: list[str] = []
        self.port: int | None = None
        self._known = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.child.stdout:
            self.lines.append(line)
            if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                self._known.set()
        self._known.set()

    def wait_until_known(self) -> None:
        """Return when it listens, or has ended."""
        assert self._known.wait(30)

    def end(self) -> str:
        """Stop it, and say all that it printed."""
        if self.child.poll() is None:
            self.child.terminate()
        try:
            self.child.wait(15)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait(15)
        self._reader.join(15)
        self.child.stdout.close()
        return "".join(self.lines)


@contextmanager
def running(http: str, **environment: str):
    process = Process(http, **environment)
    try:
        process.wait_until_known()
        yield process
    finally:
        process.end()


def leaked(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("debug", ["0", "1"], ids=["production", "debug"])
@pytest.mark.parametrize("http", ["h11", "httptools"])
def test_nothing_secret_leaves_the_process(http, debug) -> None:
    """Body, headers, errcore's log and the server's own log, for every way in which a request can fail."""
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    with running(http, DEBUG=debug) as process:
        driver = WireDriver(process.port)
        answers = {
            path: driver.request("GET", path, [("X-Request-ID", f"req{path.replace('/', '-')}")])
            for path in ("/bug", "/threaded", "/stream", "/background", "/task", "/response")
        }
        with (
            connect(f"ws://127.0.0.1:{process.port}/ws") as websocket,
            pytest.raises(ConnectionClosed) as closed,
        ):
            websocket.recv(10)
        printed = process.end()

    assert {path: answer.status for path, answer in answers.items()} == {
        "/bug": 500,
        "/threaded": 500,
        "/stream": 200,
        "/background": 200,
        "/task": 200,
        "/response": 500,
    }
    assert not answers["/stream"].complete
    assert closed.value.rcvd.code == 1011
    sent = (
        "".join(f"{answer.headers}{answer.body!r}" for answer in answers.values()) + closed.value.rcvd.reason
    )
    assert leaked(sent) == []
    assert leaked(printed) == []
    # It is not silent either: each failure has its line, once, and the server's own line leads to it.
    for path in ("/bug", "/threaded", "/stream", "/background", "/response"):
        assert printed.count(f'"request_id":"req{path.replace("/", "-")}"') == 1, printed
    assert "INTERNAL_ERROR was reported by errcore" in printed
    assert "Task exception was never retrieved" in printed
    assert ('"debug"' in sent) == (debug == "1")


@pytest.mark.parametrize("phase", ["startup", "shutdown"])
@pytest.mark.parametrize("debug", ["0", "1"], ids=["production", "debug"])
def test_failing_start_and_stop_leak_nothing(phase, debug) -> None:
    """Starlette hands the server the traceback as text, and the server prints it: one line with an id instead."""
    with running("h11", FAIL=phase, DEBUG=debug) as process:
        if phase == "shutdown":
            # uvicorn leaves without a shutdown when it is told to while it still starts; an answer says that it has.
            assert WireDriver(process.port).request("GET", "/nowhere").status == 404
        printed = process.end()

    assert leaked(printed) == []
    assert "Application failed; errcore error id" in printed
    assert printed.count('"phase":"lifespan"') == 1
    assert "Traceback" not in printed
