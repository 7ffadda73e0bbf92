# SPDX-License-Identifier: MIT
"""Failures outside of requests: when the application starts or stops.

Frameworks hand the server the whole traceback as text and the server prints it. The failure is reported like any
other, and the server gets one line with the id of the report.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from errcore.envelopes import RequestFacts
from errcore.jsonsafe import one_line
from errcore.redaction import default_redactor

if TYPE_CHECKING:
    from errcore.redaction import Redactor
    from errcore_asgi.answers import Answers
    from errcore_asgi.protocol import ASGIApp, Message, Receive, Scope, Send

__all__ = ["run"]

_FAILED = ("lifespan.startup.failed", "lifespan.shutdown.failed")


async def run(app: ASGIApp, answers: Answers, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the application for a scope that is no request.

    Args:
        app: The application.
        answers: How its exceptions are reported.
        scope: The scope; its type is the phase of what is reported.
        receive: What the server says.
        send: What the server is told.
    """
    begun = False
    held: list[Message] = []

    async def told() -> Message:
        nonlocal begun
        # An application that waits for what is next has said all it will say: the server must not wait for us.
        await _tell_failure(held, send, None, redactor)
        message = await receive()
        begun = True
        return message

    async def tell(message: Message) -> None:
        if message["type"] in _FAILED:
            held.append(message)  # until the exception itself comes by, and with it an id, or nothing does
        else:
            if message["type"] == "lifespan.shutdown.complete":
                _flush(answers)
            await send(message)

    redactor = answers.runtime.settings.redactor or default_redactor
    failure: BaseException | None = None
    line: str | None = None
    try:
        await app(scope, told, tell)
    except Exception as exc:
        if not begun and scope["type"] == "lifespan":
            raise  # how an application says that it has no lifespan (ASGI specification)
        handled = answers.runtime.handle(exc, RequestFacts(phase=scope["type"]))
        _flush(answers)
        failure, line = exc, f"Application failed; errcore error id {handled.occurrence.id}."
    except BaseException as exc:  # noqa: BLE001 - it is raised again below
        failure, line = exc, "Application was stopped."
    try:
        # Not while the exception is handled: a server that raises one of its own here (hypercorn does) would print
        # ours with it, as its context.
        await _tell_failure(held, send, line, redactor)
        if failure is not None:
            raise failure
    finally:
        del failure  # its traceback leads back to this frame


def _flush(answers: Answers) -> None:
    """Tell what was counted while there is time: who was told that we are done may end the process in any way."""
    with suppress(Exception):
        answers.runtime.flush()


async def _tell_failure(held: list[Message], send: Send, line: str | None, redactor: Redactor) -> None:
    while held:
        message = held.pop(0)
        text = line or _cleaned(message.get("message", ""), redactor)
        await send({**message, "message": text})


def _cleaned(text: str, redactor: Redactor) -> str:
    try:
        return one_line(redactor.text(text), 500)
    except Exception:  # noqa: BLE001 - it may be anybody's; what could not be checked is not shown
        return "Application failed."
