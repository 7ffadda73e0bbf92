# SPDX-License-Identifier: MIT
"""A service whose every failure is full of secrets. gunicorn runs it in processes of its own; see test_gunicorn.py."""

from __future__ import annotations

import os

from flask import Flask, Response, abort

from errcore import NotFoundError, Runtime, context, remaining, secret
from errcore_flask import install

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


class AgentNotFound(NotFoundError, code="LEAKY_AGENT_NOT_FOUND", message="No such agent."):
    """A declared error with something to hide."""

    session: str = secret()


def fail() -> None:
    """Raise with secrets in the text, the arguments, the cause, a note and the locals."""
    password, token, card = PASSWORD, TOKEN, CARD
    try:
        raise ConnectionError(TEXT)
    except ConnectionError as cause:
        exc = ClientError()
        exc.add_note(f"with password={password} token={token} card {card}")
        raise exc from cause


app = Flask(__name__)
install(app, Runtime.development() if os.environ.get("DEVELOPMENT") == "1" else Runtime.production())


@app.get("/fine")
def fine():
    return {"request_id": context.current().ids.request_id, "actor": context.current().actor}


@app.get("/left")
def left():
    return {"left": remaining()}


@app.get("/declared")
def declared():
    raise AgentNotFound(session=TOKEN)


@app.get("/aborted")
def aborted():
    abort(500, TEXT)


@app.get("/bug")
def bug():
    fail()


@app.get("/returned")
def returned():
    return AgentNotFound(session=TOKEN)


@app.get("/stream")
def stream():
    def chunks():
        yield b"first"
        fail()

    return Response(chunks())


@app.get("/first-chunk")
def first_chunk():
    def chunks():
        fail()
        yield b""

    return Response(chunks())


@app.get("/streamed")
def streamed():
    def chunks():
        with context.bind(actor="streamer"):
            for _ in range(3):
                yield f"{context.current().ids.request_id} {context.current().actor}\n"

    return Response(chunks())


@app.get("/close")
def close():
    response = Response(b"done")
    response.call_on_close(fail)
    return response


@app.get("/teardown")
def teardown():
    return "torn"


@app.teardown_request
def tear_down(_exc):
    from flask import request

    if request.path == "/teardown":
        fail()
