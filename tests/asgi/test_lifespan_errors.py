# SPDX-License-Identifier: MIT
"""Failures of start and stop: reported, raised again, and told to the server in one safe line."""

from __future__ import annotations

import asyncio
import traceback

import pytest

from errcore import Runtime
from errcore.redaction import Redactor
from errcore.testing.asgi import AsgiDriver
from errcore_asgi import ErrorMiddleware

STARTUP = {"type": "lifespan.startup"}
SHUTDOWN = {"type": "lifespan.shutdown"}


def failing(phase: str, error: BaseException):
    """Starts and stops the way Starlette does: the traceback goes to the server as text."""

    async def app(scope, receive, send):
        await receive()
        try:
            if phase == "startup":
                raise error
            await send({"type": "lifespan.startup.complete"})
            await receive()
            raise error
        except BaseException:
            await send({"type": f"lifespan.{phase}.failed", "message": traceback.format_exc()})
            raise

    return app


def converse(app, runtime, scope_type="lifespan"):
    return AsgiDriver(ErrorMiddleware(app, runtime)).converse({"type": scope_type}, [STARTUP, SHUTDOWN])


@pytest.mark.parametrize("phase", ["startup", "shutdown"])
def test_failure_is_reported_and_told_safely(phase, runtime, records) -> None:
    """The server prints its line, so the line holds the id and nothing of the exception."""
    error = RuntimeError("postgres://u:hunter2@db")

    seen = converse(failing(phase, error), runtime)

    assert seen.raised is error
    message = seen.sent[-1]
    assert message["type"] == f"lifespan.{phase}.failed"
    assert "hunter2" not in message["message"]
    assert "Traceback" not in message["message"]
    assert [record.phase for record in records.seen] == ["lifespan"]
    assert records.seen[0].id in message["message"]


def test_cancelled_start_is_not_touched(runtime, records) -> None:
    """It is raised again, without a report; the server's line has no traceback either."""
    seen = converse(failing("startup", asyncio.CancelledError("hunter2")), runtime)

    assert isinstance(seen.raised, asyncio.CancelledError)
    assert seen.sent == [{"type": "lifespan.startup.failed", "message": "Application was stopped."}]
    assert records.seen == []


def test_failure_that_an_application_tells_itself_is_cleaned(runtime) -> None:
    """An application may say why it cannot start; what looks like a secret is taken out."""

    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "cannot reach postgres://u:hunter2@db"})

    seen = converse(app, runtime)

    assert seen.raised is None
    assert seen.sent[0]["message"].startswith("cannot reach postgres://")
    assert "hunter2" not in seen.sent[0]["message"]


class Failing:
    """A redactor that somebody wrote."""

    def is_secret_key(self, name):
        return False

    def text(self, text):
        raise ValueError(text)


@pytest.mark.parametrize(
    ("redactor", "told"),
    [
        (Redactor(extra_keys=["colour"]), "cannot start: colour=[redacted]"),
        (Failing(), "Application failed."),
    ],
    ids=["its own", "failing"],
)
def test_the_redactor_of_the_runtime_cleans_it(redactor, told) -> None:
    """What the service calls a secret is one here as well; what could not be checked is not shown."""

    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "cannot start: colour=mauve"})

    with Runtime.for_tests(redactor=redactor) as runtime:
        seen = converse(app, runtime)

    assert seen.sent == [{"type": "lifespan.startup.failed", "message": told}]


def test_failure_without_words_stays_without(runtime) -> None:
    """The message is optional in ASGI."""

    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed"})

    assert converse(app, runtime).sent == [{"type": "lifespan.startup.failed", "message": ""}]


def test_start_and_stop_pass(runtime, records) -> None:
    """Nothing is in the way of an application that works."""

    async def app(scope, receive, send):
        for name in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{name}"
            await send({"type": f"lifespan.{name}.complete"})

    assert converse(app, runtime).types == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert records.seen == []


def test_application_without_a_lifespan_may_say_so(runtime, records) -> None:
    """Raising before anything was received is how ASGI lets an application decline."""

    async def app(scope, receive, send):
        assert scope["type"] == "http"

    assert isinstance(converse(app, runtime).raised, AssertionError)
    assert records.seen == []


def test_unknown_scope_is_reported_and_raised(runtime, records) -> None:
    """A protocol that nobody knows yet gets no answer, but its failures are known."""

    async def app(scope, receive, send):
        raise ValueError

    assert isinstance(converse(app, runtime, "webtransport").raised, ValueError)
    assert [record.phase for record in records.seen] == ["webtransport"]


def waiting(phase: str):
    """The usual loop: it says what failed, and waits for what is next."""

    async def app(scope, receive, send):
        while True:
            kind = (await receive())["type"]
            outcome = "failed" if kind == f"lifespan.{phase}" else "complete"
            message = {"message": "postgres://u:hunter2@db"} if outcome == "failed" else {}
            await send({"type": f"{kind}.{outcome}", **message})

    return app


@pytest.mark.parametrize("phase", ["startup", "shutdown"])
async def test_failure_reaches_the_server_before_the_application_is_heard_again(phase, runtime) -> None:
    """The server waits for the message, and the application for the server: nobody would ever go on."""
    sent, silence = [], asyncio.Event()
    incoming = [STARTUP, SHUTDOWN] if phase == "shutdown" else [STARTUP]

    async def receive():
        if incoming:
            return incoming.pop(0)
        silence.set()
        return await asyncio.Future()

    async def send(message):
        sent.append(message)

    serving = asyncio.ensure_future(
        ErrorMiddleware(waiting(phase), runtime)({"type": "lifespan"}, receive, send)
    )
    await silence.wait()
    told = list(sent)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)

    assert told[-1]["type"] == f"lifespan.{phase}.failed"
    assert "hunter2" not in told[-1]["message"]
    assert sent == told


@pytest.mark.parametrize("error", [RuntimeError("hunter2"), asyncio.CancelledError("hunter2")])
async def test_server_that_refuses_the_failure_does_not_chain_ours(error, runtime) -> None:
    """hypercorn raises an error of its own, and prints it with whatever it was raised during."""
    refusal = LookupError("startup failed")

    async def receive():
        return STARTUP

    async def send(message):
        raise refusal

    with pytest.raises(LookupError) as caught:
        await ErrorMiddleware(failing("startup", error), runtime)({"type": "lifespan"}, receive, send)

    assert caught.value is refusal
    assert refusal.__context__ is None
