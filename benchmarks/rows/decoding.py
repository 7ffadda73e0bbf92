# SPDX-License-Identifier: MIT
"""From the bytes of a problem to what it tells: seven members, five details, three field errors, one of each type.

The limit is a strict reader by hand: it checks the type of every member, drops what has another one, keeps what it does
not know as details, and returns frozen attrs values. It believes the sender otherwise. errcore does not: it bounds
every text and every detail, and takes out what could forge a line of a log.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import attrs

from benchmarks.case import Case, Column
from benchmarks.peers import available
from benchmarks.rows.encoding import occurrence_of_three_issues
from errcore import from_response
from errcore.envelopes import get
from errcore.envelopes.codecs import decoder_named, encode

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["decoding", "decoding_with_orjson"]

_HEADERS = {"Content-Type": "application/problem+json", "X-Request-ID": "req_7f8a9b2c"}


@attrs.frozen
class Defect:
    """One field error, by hand."""

    pointer: str
    code: str
    message: str
    params: dict[str, Any]
    location: str | None


@attrs.frozen
class Answer:
    """A problem, by hand."""

    type_uri: str | None
    title: str | None
    status: int | None
    message: str | None
    code: str | None
    request_id: str | None
    retriable: bool | None
    retry_after: float | None
    issues: tuple[Defect, ...]
    details: dict[str, Any]


_MEMBERS = frozenset(
    {
        "type",
        "title",
        "status",
        "detail",
        "instance",
        "code",
        "request_id",
        "retriable",
        "retry_after",
        "errors",
        "debug",
    }
)


def _text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    return value if type(value) is str else None


def _defect(entry: Any) -> Defect | None:
    if type(entry) is not dict:
        return None
    pointer, message = entry.get("pointer"), entry.get("detail")
    if type(pointer) is not str or type(message) is not str or pointer[:1] != "#":
        return None
    params = entry.get("params")
    return Defect(
        unquote(pointer[1:]),
        _text(entry, "code") or "",
        message,
        params if type(params) is dict else {},
        _text(entry, "location"),
    )


def _read(body: Any) -> Answer | None:
    if type(body) is not dict:
        return None
    kind, title = _text(body, "type"), _text(body, "title")
    if kind is None and title is None:
        return None
    status, retriable, wait = body.get("status"), body.get("retriable"), body.get("retry_after")
    errors = body.get("errors")
    return Answer(
        kind,
        title,
        status if type(status) is int and 100 <= status <= 599 else None,
        _text(body, "detail"),
        _text(body, "code"),
        _text(body, "request_id"),
        retriable if type(retriable) is bool else None,
        wait if type(wait) in (int, float) and wait >= 0 else None,
        tuple(defect for defect in map(_defect, errors) if defect is not None)
        if type(errors) is list
        else (),
        {name: value for name, value in body.items() if name not in _MEMBERS},
    )


def _by_hand(body: bytes) -> Answer | None:
    return _read(json.loads(body.decode()))


def _with_errcore(decode: Callable[[str], object]) -> Callable[[bytes], Any]:
    parse: Callable[[Any], Any] = get("problem").parse
    return lambda body: parse(decode(body.decode("utf-8", "replace")))


def _seen(answer: Any) -> dict[str, Any]:
    """What a caller can read; a Told has members that a problem does not tell."""
    found = {field.name: getattr(answer, field.name) for field in attrs.fields(Answer)}
    return {**found, "issues": [attrs.asdict(issue) for issue in answer.issues]}


def _column(name: str, call: Callable[[bytes], Any], body: bytes, **options: Any) -> Column:
    return Column(name, call, body, outcome=lambda: _seen(call(body)), **options)


def decoding() -> Case:
    """The row for the standard library."""
    return _case("decode problem", "stdlib", 1.4)


def decoding_with_orjson() -> Case:
    """The row for orjson; the limit is the same."""
    import orjson  # noqa: F401 - without it the row is left out

    return _case("decode problem with orjson", "orjson", 0.9)


def _case(name: str, library: str, gate: float) -> Case:
    body = encode(get("problem").render(occurrence_of_three_issues()))
    return Case(
        name,
        limit=_column("strict reader by hand, json.loads", _by_hand, body),
        ours=_column("errcore", _with_errcore(decoder_named(library)), body),
        gate=gate,
        peers=(
            Column(
                "from_response",
                lambda body: from_response(422, _HEADERS, body, json=library),
                body,
                differs="the whole: headers, status, format, an error to raise",
            ),
            *(_peers(body) if library == "stdlib" else _orjson_by_hand(body)),
        ),
    )


def _orjson_by_hand(body: bytes) -> tuple[Column, ...]:
    import orjson

    return (_column("orjson, strict reader by hand", lambda body: _read(orjson.loads(body)), body),)


def _peers(body: bytes) -> tuple[Column, ...]:
    return (*_cattrs(body), *_msgspec(body))


def _cattrs(body: bytes) -> tuple[Column, ...]:
    if not available("cattrs"):
        return ()
    from cattrs.preconf.json import make_converter

    loads = make_converter().loads
    return (
        Column(
            "cattrs, json",
            lambda body: loads(body, _Declared),
            body,
            differs="members it knows, coerced; no unknown details",
        ),
    )


def _msgspec(body: bytes) -> tuple[Column, ...]:
    if not available("msgspec"):
        return ()
    import msgspec

    decode = msgspec.json.Decoder(_Declared).decode
    return (Column("msgspec, typed", decode, body, differs="members it knows; no unknown details"),)


@attrs.frozen
class _DeclaredDefect:
    pointer: str
    detail: str
    code: str = ""


@attrs.frozen
class _Declared:
    """The same problem for those who want to know all members beforehand."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    retriable: bool
    errors: list[_DeclaredDefect]
    name: str
    attempt: int
    plan: str
    allowed: list[str]
    open: bool
