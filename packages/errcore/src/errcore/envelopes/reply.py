# SPDX-License-Identifier: MIT
"""An answer as it goes out: status, headers, bytes. The same for every framework.

Headers that an exception brings are checked here: none of them can end a line, frame the body or describe it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.envelopes.codecs import encode
from errcore.envelopes.format import reference, whole_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from errcore.context import RequestIds
    from errcore.envelopes.codecs import Encode
    from errcore.envelopes.format import Format
    from errcore.errors.occurrence import Occurrence


__all__ = ["Reply", "RequestFacts", "make_reply", "safe_headers"]

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_OURS = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-request-id",
    }
)
"""What frames or describes our body, or belongs to the connection (RFC 9110 section 7.6.1)."""

_NO_STORE = ("Cache-Control", "no-store")
_HEADERS = 32
_HEADER_LENGTH = 4096
_BODILESS = frozenset({204, 205, 304})


@attrs.frozen
class RequestFacts:
    """What an adapter knows of the request that failed.

    Attributes:
        method: HTTP method.
        route: Template of the route (`/users/{id}`), never the path with its values.
        accept: The `Accept` header, several joined by commas.
        ids: The ids of the request; those of the context, or new ones, where None.
        phase: Where it failed: "handler", "stream", "background", "lifespan" ...
    """

    method: str = "GET"
    route: str | None = None
    accept: str | None = None
    ids: RequestIds | None = None
    phase: str = "handler"


@attrs.frozen
class Reply:
    """What an adapter sends.

    Attributes:
        status: HTTP status.
        headers: Names and values, each safe to send; every name once, except those that an exception repeats.
        body: The bytes; empty for HEAD and where HTTP allows none.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def make_reply(
    occurrence: Occurrence,
    form: Format,
    *,
    method: str = "GET",
    debug: bool = False,
    encode: Encode = encode,
) -> Reply:
    """Tell an occurrence in a format.

    Args:
        occurrence: What happened.
        form: How to tell it.
        method: HTTP method of the request; HEAD gets the headers without the body.
        debug: Whether the format may show internal facts.
        encode: What makes bytes of the document.

    >>> from errcore import NotFoundError, Occurrence
    >>> from errcore.envelopes import get
    >>> make_reply(Occurrence.of(NotFoundError("gone")), get("text")).headers[:2]
    (('Content-Type', 'text/plain; charset=utf-8'), ('Content-Length', '4'))
    """
    status = occurrence.status
    if status < 200 or status in _BODILESS:
        return Reply(status, tuple(_headers(occurrence, [])), b"")
    body = encode(form.render(occurrence, debug))
    headers = _headers(occurrence, [("Content-Type", form.media_type), ("Content-Length", str(len(body)))])
    return Reply(status, tuple(headers), b"" if method == "HEAD" else body)


def _headers(occurrence: Occurrence, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Ours, then what the exception brings and may."""
    wait = None if occurrence.retry_after is None else whole_seconds(occurrence.retry_after)
    brought = _brought(occurrence.headers, wait) if occurrence.headers else []
    if occurrence.status >= 400 and not (
        brought and "cache-control" in [name.lower() for name, _ in brought]
    ):
        headers.append(_NO_STORE)
    request_id = reference(occurrence)
    if _sendable(request_id):
        headers.append(("X-Request-ID", request_id))
    if wait is not None:
        headers.append(("Retry-After", str(wait)))
    return headers + brought


def _brought(headers: Iterable[tuple[str, str]], wait: int | None) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in safe_headers(headers)
        if (name.lower() != "retry-after" or (wait is None and _is_wait(value)))
        # One that says nothing would still take the place of ours.
        and (name.lower() != "cache-control" or value.strip(" \t,"))
    ]


def _is_wait(value: str) -> bool:
    """Whether a `Retry-After` is whole seconds or a date (RFC 9110 section 10.2.3)."""
    return (value.isascii() and value.isdigit()) or value.endswith(" GMT")


def safe_headers(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    r"""The headers that may be sent: real names, values of one line in latin-1, nothing that is ours to say.

    >>> list(safe_headers([("Allow", "GET"), ("X-A", "1\r\nX-B: 2"), ("Content-Length", "0")]))
    [('Allow', 'GET')]
    """
    for count, (name, value) in enumerate(headers):
        if count == _HEADERS:
            return
        if (
            type(name) is str
            and type(value) is str
            and 0 < len(name) <= 128
            and _TOKEN.issuperset(name)
            and name.lower() not in _OURS
            and _sendable(value)
        ):
            yield name, value.strip(" \t")


def _sendable(value: str) -> bool:
    """Whether a value fits into one header line: RFC 9110 section 5.5, without the control characters of latin-1."""
    if len(value) > _HEADER_LENGTH:
        return False
    if value.isascii() and value.isprintable():
        return True
    return all(" " <= sign <= "~" or "\xa0" <= sign <= "\xff" or sign == "\t" for sign in value)
