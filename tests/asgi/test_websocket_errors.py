# SPDX-License-Identifier: MIT
"""Errors on websockets: one proper end, whatever the state of the handshake."""

from __future__ import annotations

import asyncio

import pytest

from errcore import (
    AuthenticationError,
    DeadlineExceededError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    WorkspaceIsolationError,
)
from errcore.testing.asgi import AsgiDriver
from errcore_asgi import ErrorMiddleware, InnerGuard

ACCEPT = {"type": "websocket.accept"}
CONNECT = {"type": "websocket.connect"}
DENIABLE = {"websocket.http.response": {}}


class WebSocketDisconnect(Exception):
    """Stands in for a framework's."""


def app_of(*steps, receives=0):
    async def app(scope, receive, send):
        for _ in range(receives):
            await receive()
        for step in steps:
            if isinstance(step, BaseException):
                raise step
            await send(step)

    return app


def converse(app, runtime, *, extensions=None, incoming=(CONNECT,)):
    guarded = ErrorMiddleware(InnerGuard(app, runtime), runtime)
    return AsgiDriver(guarded).converse(
        {"type": "websocket", "path": "/ws", "extensions": extensions or {}},
        incoming,
        [("x-request-id", "req_1")],
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFoundError("no"), 1008),
        (AuthenticationError(), 3000),
        (PermissionDeniedError(), 3003),
        (RateLimitError(), 1013),
        (DeadlineExceededError(), 3008),
        (ValueError("postgres://u:hunter2@db"), 1011),
        (WorkspaceIsolationError("hunter2"), 1008),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_accepted_websocket_is_closed_once(error, code, runtime, records) -> None:
    """The close code follows from the kind that the client may know; the reason is public and a string."""
    seen = converse(app_of(ACCEPT, error), runtime)

    assert seen.types == ["websocket.accept", "websocket.close"]
    close = seen.sent[-1]
    assert close["code"] == code
    assert isinstance(close["reason"], str)
    assert "hunter2" not in close["reason"]
    assert [record.phase for record in records.seen] == ["websocket"]
    assert (seen.raised is error) == isinstance(error, ValueError)


def test_reason_fits_into_a_close_frame(runtime) -> None:
    """At most 123 bytes, and no character cut in two."""
    close = converse(app_of(ACCEPT, NotFoundError("é" * 200)), runtime).sent[-1]

    assert close["reason"] == "é" * 61


def test_handshake_is_denied_with_the_envelope(runtime) -> None:
    """Before the websocket is accepted there is still HTTP, if the server lets us."""
    seen = converse(app_of(NotFoundError("no")), runtime, extensions=DENIABLE)

    assert seen.types == ["websocket.http.response.start", "websocket.http.response.body"]
    assert seen.sent[0]["status"] == 404
    assert [value for name, value in seen.sent[0]["headers"] if name == b"x-request-id"] == [b"req_1"]
    assert b'"code":"NOT_FOUND"' in seen.sent[1]["body"]
    assert seen.raised is None


def test_accepted_websocket_is_never_denied(runtime) -> None:
    """The handshake is over; the extension does not help any more."""
    seen = converse(app_of(ACCEPT, NotFoundError()), runtime, extensions=DENIABLE)

    assert seen.types == ["websocket.accept", "websocket.close"]


def test_handshake_is_closed_without_the_extension(runtime) -> None:
    """Where the server cannot deny, closing is all there is."""
    assert converse(app_of(NotFoundError("no")), runtime).types == ["websocket.close"]
    assert AsgiDriver(ErrorMiddleware(app_of(NotFoundError()), runtime)).converse(
        {"type": "websocket", "path": "/ws"}
    ).types == ["websocket.close"]


def test_accepted_websocket_carries_the_id(runtime) -> None:
    """The handshake's answer is a response like any other."""
    seen = converse(app_of(ACCEPT), runtime)

    assert seen.sent == [{**ACCEPT, "headers": [(b"x-request-id", b"req_1")]}]


@pytest.mark.parametrize(
    "ended",
    [{"type": "websocket.close", "code": 1000}, {"type": "websocket.http.response.start", "status": 403}],
)
def test_ended_websocket_is_not_ended_again(ended, runtime, records) -> None:
    """An error after the end is recorded, and that is all."""
    seen = converse(app_of(ACCEPT, ended, NotFoundError()), runtime)

    assert len(seen.sent) == 2
    assert len(records.seen) == 1


def test_error_after_the_client_left_sends_nothing(runtime, records) -> None:
    """Servers take a message after the disconnect for a mistake."""
    seen = converse(
        app_of(ValueError("bug"), receives=2),
        runtime,
        incoming=(CONNECT, {"type": "websocket.disconnect", "code": 1001}),
    )

    assert seen.sent == []
    assert isinstance(seen.raised, ValueError)
    assert len(records.seen) == 1


def test_client_that_leaves_is_no_error(runtime, records) -> None:
    """Leaving is how a websocket ends: nothing is sent, raised or recorded."""
    from starlette.websockets import WebSocketDisconnect as Left

    seen = converse(app_of(ACCEPT, Left(1001)), runtime)

    assert (seen.types, seen.raised, records.seen) == (["websocket.accept"], None, [])


def test_server_that_refuses_the_close_is_survived(runtime, records) -> None:
    """A server may raise OSError when the client has gone."""

    async def send(message):
        raise OSError

    asyncio.run(
        ErrorMiddleware(app_of(NotFoundError()), runtime)(
            {"type": "websocket", "path": "/", "headers": []}, None, send
        )
    )

    assert [record.code for record in records.seen] == ["NOT_FOUND"]


def test_inner_guard_alone_ends_a_websocket(runtime) -> None:
    """It does not need the outer one."""
    guarded = InnerGuard(app_of(ACCEPT, NotFoundError()), runtime)

    assert AsgiDriver(guarded).converse({"type": "websocket", "path": "/"}).types[-1] == "websocket.close"


def test_cancelled_websocket_is_not_touched(runtime, records) -> None:
    """Cancellation belongs to the server."""
    seen = converse(app_of(ACCEPT, asyncio.CancelledError()), runtime)

    assert isinstance(seen.raised, asyncio.CancelledError)
    assert records.seen == []
