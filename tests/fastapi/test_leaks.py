# SPDX-License-Identifier: MIT
"""What a real server process lets out: nothing of an exception's secrets, to the client or to its own output."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.servers import printing

from errcore.testing.wire import WireDriver

HERE = Path(__file__).parent
SECRETS = (
    "correct-horse-battery",
    "Tr0ub4dor-and-3",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "4111 1111 1111 1111",
    "4111111111111111",
)


def running(http: str, **environment: str):
    """A uvicorn with the leaky service, and everything that it prints."""
    service = ("leaky_service:app", "--app-dir", str(HERE), "--port", "0", "--http", http, "--lifespan", "on")
    return printing.running("uvicorn", *service, announced="running on", **environment)


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
