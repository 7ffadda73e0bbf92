# SPDX-License-Identifier: MIT
"""A service whose every failure is full of secrets. It is run in a process of its own; see test_leaks.py."""

from __future__ import annotations

import asyncio
import gc
import os
from contextlib import asynccontextmanager

from fastapi import BackgroundTasks, FastAPI, WebSocket
from fastapi.responses import StreamingResponse

from errcore import Runtime
from errcore_fastapi import install

PASSWORD = "correct-horse-battery"
DSN_PASSWORD = "Tr0ub4dor-and-3"
TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
CARD = "4111 1111 1111 1111"
SECRETS = (PASSWORD, DSN_PASSWORD, TOKEN, CARD, CARD.replace(" ", ""))

TEXT = (
    f"login failed: password={PASSWORD} at postgres://app:{DSN_PASSWORD}@db.internal/prod, "
    f"Authorization: Bearer {TOKEN}, card {CARD}"
)


class ClientError(Exception):
    """What some client library raises."""

    def __init__(self) -> None:
        super().__init__(TEXT, {"password": PASSWORD, "card_number": CARD})
        self.headers = {"X-Token": TOKEN}


def fail() -> None:
    """Raise with secrets in the text, the arguments, the cause, a note and the locals."""
    password, token, card = PASSWORD, TOKEN, CARD
    try:
        raise ConnectionError(TEXT)
    except ConnectionError as cause:
        exc = ClientError()
        exc.add_note(f"with password={password} token={token} card {card}")
        raise exc from cause


debug = os.environ.get("DEBUG") == "1"


@asynccontextmanager
async def lifespan(app: FastAPI):
    """Fail at the start or at the end, if told to."""
    if os.environ.get("FAIL") == "startup":
        fail()
    yield
    if os.environ.get("FAIL") == "shutdown":
        fail()


app = FastAPI(debug=debug, lifespan=lifespan)
install(app, Runtime.development() if debug else Runtime.production(service="leaky"))


@app.middleware("http")
async def passing(request, call_next):
    """As most services have one."""
    return await call_next(request)


@app.get("/bug")
async def bug():
    fail()


@app.get("/threaded")
def threaded():
    fail()


@app.get("/stream")
async def stream():
    async def chunks():
        yield b"first"
        fail()

    return StreamingResponse(chunks())


@app.get("/background")
async def background(tasks: BackgroundTasks):
    tasks.add_task(fail)
    return {"ok": True}


@app.get("/task")
async def task():
    async def forgotten():
        fail()

    asyncio.get_running_loop().create_task(forgotten())
    for _ in range(3):
        await asyncio.sleep(0)
    gc.collect()
    return {"ok": True}


@app.get("/response", response_model=int)
async def response():
    return {"password": PASSWORD, "token": TOKEN}


@app.websocket("/ws")
async def ws(websocket: WebSocket):
    await websocket.accept()
    fail()
