# SPDX-License-Identifier: MIT
"""A service as a user would write it, served and asked over loopback. What came back goes to a file, as JSON.

It runs in an environment that holds the built wheels and nothing of the workspace.
"""

import json
import socket
import sys
import threading
from http.client import HTTPConnection
from pathlib import Path

import uvicorn
from fastapi import FastAPI

import errcore
import errcore_fastapi
from errcore import NotFoundError, internal, public


class HealthDataNotFound(NotFoundError, code="HEALTH_DATA_NOT_FOUND", message="No health data for {period}."):
    """No records exist for the requested period."""

    period: str = public()
    user_id: str = internal()


app = FastAPI()
errcore_fastapi.install(app)


@app.get("/reports/{period}")
async def report(period: str) -> None:
    """Always fails, as declared."""
    raise HealthDataNotFound(period=period, user_id="u-7391")


@app.get("/crash")
async def crash() -> None:
    """Always fails, as nobody expected."""
    raise RuntimeError("dsn=postgres://root:hunter2@db")


def ask(port: int, path: str) -> dict[str, object]:
    """One request over a real socket."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    response = connection.getresponse()
    return {
        "status": response.status,
        "headers": {name.lower(): value for name, value in response.getheaders()},
        "body": response.read().decode(),
    }


def main() -> None:
    """Serve on a free port, ask twice, stop, write the answers to the file named on the command line."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        port = listener.getsockname()[1]
        answers = [ask(port, "/reports/july"), ask(port, "/crash")]
        server.should_exit = True
        thread.join(20)
    Path(sys.argv[1]).write_text(json.dumps({"answers": answers, "from": errcore.__file__}), encoding="utf-8")


main()
