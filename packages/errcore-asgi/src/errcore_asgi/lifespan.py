# SPDX-License-Identifier: MIT
"""Failures outside of requests: when the application starts or stops.

Frameworks hand the server the whole traceback as text and the server prints it. The failure is reported like any
other, and the server gets one line with the id of the report.
"""

from __future__ import annotations

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
        message = await receive()
        begun = True
        return message

    async def tell(message: Message) -> None:
        if message["type"] in _FAILED:
            held.append(message)  # until the exception itself comes by, and with it an id
        else:
            await send(message)

    redactor = answers.runtime.settings.redactor or default_redactor
    try:
        await app(scope, told, tell)
    except Exception as exc:
        if not begun and scope["type"] == "lifespan":
            raise  # how an application says that it has no lifespan (ASGI specification)
        handled = answers.runtime.handle(exc, RequestFacts(phase=scope["type"]))
        await _tell_failure(held, send, f"Application failed; errcore error id {handled.occurrence.id}.")
        raise
    except BaseException:
        await _tell_failure(held, send, "Application was stopped.")
        raise
    await _tell_failure(held, send, None, redactor)


async def _tell_failure(
    held: list[Message], send: Send, line: str | None, redactor: Redactor = default_redactor
) -> None:
    for message in held:
        text = line or _cleaned(message.get("message", ""), redactor)
        await send({**message, "message": text})


def _cleaned(text: str, redactor: Redactor) -> str:
    try:
        return one_line(redactor.text(text), 500)
    except Exception:  # noqa: BLE001 - it may be anybody's; what could not be checked is not shown
        return "Application failed."
