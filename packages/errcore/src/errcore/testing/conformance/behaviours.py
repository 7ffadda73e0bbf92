# SPDX-License-Identifier: MIT
"""What the application under test must serve.

Most behaviours are the same in every framework: the handler calls `act`, which raises. The others are described in
words, because only the framework can do them; `needs` names the capability, so that an adapter whose framework has
none of it can leave them out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn

import attrs

from errcore import (
    AppError,
    AuthenticationError,
    NotFoundError,
    RateLimitError,
    UnavailableError,
    WorkspaceIsolationError,
    remaining,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BEHAVIOURS", "SECRET", "Behaviour", "LateError", "behaviour", "time_left"]

SECRET = "hunter2-s3cr3t"  # noqa: S105 - the bait
"""Must appear in no answer."""


class LateError(AppError, code="CONFORMANCE_STREAM_FAILED", kind="unavailable"):
    """What is raised after a response has started. It must be recorded under this code."""


@attrs.frozen
class Behaviour:
    """One thing that the application under test does.

    Attributes:
        name: How cases call it.
        method: The method it is served under.
        path: Where it is served.
        serves: What the handler does, in words.
        act: Raises, where raising is all that the handler does; else None, and `serves` says what to write.
        needs: The capability of the framework that it takes.
    """

    name: str
    method: str
    path: str
    serves: str
    act: Callable[[], NoReturn] | None = None
    needs: str | None = None


class _Hostile:
    """An object that fails at whatever is asked of it."""

    def __str__(self) -> str:
        raise RuntimeError(SECRET)

    __repr__ = __str__

    def __len__(self) -> int:
        raise RuntimeError(SECRET)


class _UnreadableError(Exception):
    """An exception that cannot be put into words."""

    def __str__(self) -> str:
        raise RuntimeError(SECRET)

    __repr__ = __str__


class _HeaderedError(Exception):
    """A foreign exception that happens to have what an answer has."""

    def __init__(self) -> None:
        super().__init__(SECRET)
        self.headers = {"Set-Cookie": SECRET, "X-Leak": SECRET}
        self.status_code = 200
        self.detail = SECRET


def _unknown() -> NoReturn:
    raise ValueError(f"postgres://admin:{SECRET}@db.internal/prod")


def _unreadable() -> NoReturn:
    raise _UnreadableError


def _headered() -> NoReturn:
    raise _HeaderedError


def _domain() -> NoReturn:
    raise NotFoundError("No such agent.", details={"agent_id": "a1"}, internal={"user": SECRET})


def _isolated() -> NoReturn:
    raise WorkspaceIsolationError(SECRET)


def _missing() -> NoReturn:
    raise NotFoundError


def _unauthenticated() -> NoReturn:
    raise AuthenticationError(headers={"WWW-Authenticate": 'Bearer realm="api"'})


def _limited() -> NoReturn:
    raise RateLimitError(retry_after=0.2)


def _caused() -> NoReturn:
    try:
        _unknown()
    except ValueError as exc:
        raise UnavailableError(f"The ledger said {SECRET}.") from exc


def _grouped() -> NoReturn:
    raise ExceptionGroup("tasks", [ExceptionGroup("more tasks", [NotFoundError("No such agent.")])])


def _mixed() -> NoReturn:
    raise ExceptionGroup("tasks", [NotFoundError("No such agent."), ValueError(SECRET)])


def _hostile() -> NoReturn:
    cycle: dict[Any, object] = {"status": 200, "type": "evil", "nan": math.nan, "inf": -math.inf}
    cycle |= {"bytes": b"\xff\x00", "set": {1, 2}, "big": 2**70, "object": _Hostile(), "surrogate": "\ud800"}
    cycle |= {"long": "x" * 10_000_000, "many": list(range(100_000)), "self": cycle, 7: "a number as a key"}
    raise NotFoundError(
        "No such agent.\r\nX-Leak: 1", details=cycle, headers={"X-Leak": "a\r\nSet-Cookie: b"}
    )


_RAISING = (
    Behaviour(
        "unknown", "GET", "/unknown", "raises a foreign exception whose text holds a password", _unknown
    ),
    Behaviour(
        "unreadable", "GET", "/unreadable", "raises an exception whose text cannot be had", _unreadable
    ),
    Behaviour(
        "headered", "GET", "/headered", "raises a foreign exception with headers and a status", _headered
    ),
    Behaviour("domain", "GET", "/domain", "raises a declared error", _domain),
    Behaviour("isolated", "GET", "/isolated", "raises an error that answers as NotFoundError", _isolated),
    Behaviour("missing", "GET", "/missing", "raises a bare NotFoundError", _missing),
    Behaviour(
        "unauthenticated", "GET", "/unauthenticated", "raises an error with a header", _unauthenticated
    ),
    Behaviour("limited", "GET", "/limited", "raises an error with retry_after=0.2", _limited),
    Behaviour("caused", "GET", "/caused", "raises a declared server error from a foreign one", _caused),
    Behaviour("grouped", "GET", "/grouped", "raises a group with one declared error in it", _grouped),
    Behaviour("mixed", "GET", "/mixed", "raises a group of a declared error and a bug", _mixed),
    Behaviour(
        "hostile", "GET", "/hostile", "raises a declared error with hostile details and headers", _hostile
    ),
)

_DESCRIBED = (
    Behaviour("fine", "GET", "/fine", 'answers 200 with the JSON {"ok": true}'),
    Behaviour("stream", "GET", "/stream", 'sends the chunk b"first" and raises LateError', needs="stream"),
    Behaviour(
        "background", "GET", "/background", 'answers 200 b"done", then raises LateError', needs="background"
    ),
    Behaviour(
        "framework-404",
        "GET",
        "/framework/404",
        'raises the framework\'s 404 with "No agent a1."',
        needs="abort",
    ),
    Behaviour(
        "framework-401",
        "GET",
        "/framework/401",
        'raises the framework\'s 401 with WWW-Authenticate: Basic realm="x"',
        needs="abort",
    ),
    Behaviour(
        "framework-429",
        "GET",
        "/framework/429",
        "raises the framework's 429 with Retry-After: 30",
        needs="abort",
    ),
    Behaviour(
        "framework-204", "GET", "/framework/204", "raises the framework's exception for 204", needs="abort"
    ),
    Behaviour(
        "framework-304", "GET", "/framework/304", "raises the framework's exception for 304", needs="abort"
    ),
    Behaviour(
        "framework-499", "GET", "/framework/499", "raises the framework's exception for 499", needs="abort"
    ),
    Behaviour(
        "framework-500",
        "GET",
        "/framework/500",
        "raises the framework's exception for 500 with SECRET as its text",
        needs="abort",
    ),
    Behaviour(
        "validated",
        "POST",
        "/validated",
        "takes a JSON object with a text `user`, a text `password` of at least 16 characters, an integer `age` of at "
        "least 18, and optionally a text `nickname`, whose validator raises ValueError with SECRET as its text",
        needs="validation",
    ),
    Behaviour(
        "timed", "GET", "/timed", "answers 200 with what `time_left()` returns, as JSON", needs="deadline"
    ),
)


def time_left() -> dict[str, float | None]:
    """What the behaviour "timed" answers: the seconds to the deadline that the handler sees.

    >>> time_left()
    {'remaining': None}
    """
    return {"remaining": remaining()}


BEHAVIOURS = (*_RAISING, *_DESCRIBED)
"""All of them."""


def behaviour(name: str) -> Behaviour:
    """The behaviour of that name.

    >>> behaviour("unknown").path
    '/unknown'
    """
    return next(found for found in BEHAVIOURS if found.name == name)
