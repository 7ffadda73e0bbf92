# SPDX-License-Identifier: MIT
"""An answer of another service, whatever it is, as the error that its caller raises.

The status decides: it is what HTTP says, and no body can talk a 404 into a 200. A body that is an envelope tells the
rest. Everything else about it is a stranger's text: at most 64 KiB of it are looked at, and none of it is public.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import attrs

from errcore.envelopes.bare_error import field_map, flat
from errcore.envelopes.codecs import decoder_named
from errcore.envelopes.google_status import Google
from errcore.envelopes.json_api import JsonApi
from errcore.envelopes.nested_error import Nested
from errcore.envelopes.problem import Problem
from errcore.envelopes.wrapped_result import Wrapped, wrapped
from errcore.errors.kinds import KIND_RULES
from errcore.errors.stock import RemoteError
from errcore.errors.told import Told
from errcore.errors.upstream import kind_of_status, parse_retry_after
from errcore.jsonsafe import safe_text, to_json
from errcore.redaction import is_secret_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from errcore.envelopes.codecs import Decode
    from errcore.envelopes.format import Format
    from errcore.errors.kinds import Kind


__all__ = ["from_response"]

_LONGEST = 65_536  # bytes, or characters; a list of a hundred defects needs a third of it
_LONGEST_WAIT = 86_400.0
"""Seconds that a stranger may make our own clients wait."""

_ECHOES = frozenset({"input", "value"})
"""Where services put what they have rejected."""

_EXCERPT = 2_048  # characters of a body that is no envelope
_HEADERS = 256
_WORD = 256  # characters
_WANTED = frozenset({"content-type", "retry-after", "x-request-id", "x-correlation-id"})

_PROBLEM, _JSON_API = Problem(), JsonApi()
# Those with a media type of their own are asked first about documents of it. Among the others, a code that stands by
# itself comes before one inside of something, which may be a fact; a problem needs no more than a title.
_BY_MEDIA_TYPE: dict[str, Format] = {form.media_type: form for form in (_PROBLEM, _JSON_API)}
_READERS: tuple[Format, ...] = (
    wrapped(tool=True),
    field_map(),
    flat(),
    Wrapped(),
    Google(),
    Nested(),
    _PROBLEM,
    _JSON_API,
)


def from_response(
    status: int,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    body: bytes | str | None = None,
    *,
    service: str | None = None,
    formats: Iterable[Format] = (),
    json: str = "stdlib",
) -> RemoteError:
    """The error that an answer of another service stands for. Never raises, whatever the bytes.

    Args:
        status: HTTP status of the answer.
        headers: Its headers: a mapping, or pairs.
        body: Its body; beyond 64 KiB it is not looked at.
        service: Who answered; for the log.
        formats: Formats of the house, asked before errcore's own.
        json: What reads the body: "stdlib", or "orjson" where it is installed. Both say the same of every body.

    Raises:
        errcore.ConfigurationError: If `json` is neither of these, or not installed.

    >>> error = from_response(
    ...     404, {"Retry-After": "7"}, b'{"error": {"code": "ORDER_GONE", "message": "It is gone."}}'
    ... )
    >>> error.code, error.is_not_found, error.upstream.message
    ('ORDER_GONE', True, 'It is gone.')
    """
    number = _number(status)
    found = _headers_of(headers)
    text = _text_of(body)
    document = _document(text, decoder_named(json))
    told = None if document is None else _told(document, found.get("content-type", ""), formats)
    upstream = _completed(Told() if told is None else told, number, found)
    error = RemoteError(
        f"The service answered {number}.",
        upstream=upstream,
        service=service if type(service) is str else None,
        internal={"body": _excerpt(text, document)} if told is None and text else None,
    )
    if error.is_retriable:
        error.retry_after = upstream.retry_after
    return error


def _number(status: Any) -> int:
    """The status as a plain number; 502 where it is none that an answer can have."""
    if not issubclass(type(status), int) or type(status) is bool:
        return 502
    number = int.__index__(status)
    return number if 100 <= number <= 599 else 502


def _completed(told: Told, answered: int, headers: Mapping[str, str]) -> Told:
    """What was told, as far as the status lets it stand, and what the headers say."""
    # An answer below 400 says nothing of a failure: it is the document that does.
    status = answered if answered >= 400 else told.status or answered
    wait = parse_retry_after(headers.get("retry-after"))
    wait = told.retry_after if wait is None else wait
    return attrs.evolve(
        told,
        kind=_kind(told.kind, status),
        status=status,
        request_id=told.request_id or headers.get("x-request-id"),
        correlation_id=told.correlation_id or headers.get("x-correlation-id"),
        retry_after=None if wait is None else min(wait, _LONGEST_WAIT),
    )


def _kind(told: Kind | None, status: int) -> Kind | None:
    """The kind of a status, or the told one where it is one of several that have this status."""
    if status < 400:
        return told
    kind = kind_of_status(status)
    return told if told is not None and KIND_RULES[told].status == KIND_RULES[kind].status else kind


def _text_of(body: Any) -> str:
    """As much of the body as is looked at, as text: UTF-8 as RFC 8259 has it, with a mark where it is not."""
    text = ""
    if issubclass(type(body), bytes):
        text = bytes.__getitem__(body, slice(_LONGEST)).decode("utf-8", "replace")
    elif issubclass(type(body), bytearray):
        text = bytearray.__getitem__(body, slice(_LONGEST)).decode("utf-8", "replace")
    elif issubclass(type(body), str):
        text = str.__getitem__(body, slice(_LONGEST))
    return text.removeprefix("\ufeff")  # RFC 8259 section 8.1 lets a reader ignore it


def _document(text: str, decode: Decode) -> dict[str, object] | None:
    """The body as a JSON object, if it is one."""
    if not text or text.lstrip()[:1] != "{":
        return None
    try:
        return cast("dict[str, object]", decode(text))
    # RecursionError of many brackets; ValueError of what is no JSON, or of a number with thousands of digits.
    except (ValueError, RecursionError):
        return None


def _excerpt(text: str, document: dict[str, object] | None) -> object:
    """What our log keeps of a body that is no envelope. Rejected input, which some services send back, is not kept."""
    if document is None:
        return safe_text(text, _EXCERPT)
    return to_json(document, hide=lambda name: name in _ECHOES or is_secret_key(name))


def _told(body: dict[str, object], content_type: str, formats: Iterable[Format]) -> Told | None:
    own = _BY_MEDIA_TYPE.get(content_type.partition(";")[0].strip().lower())
    readers = _READERS if own is None else (own, *_READERS)
    try:
        readers = (*formats, *readers)
    except Exception:  # noqa: BLE001 - what was given as formats is none
        pass
    for reader in readers:
        try:
            told = reader.parse(body)
        except Exception:  # noqa: BLE001 - a format of the house that did not expect this
            continue
        if type(told) is Told:
            return told
    return None


def _headers_of(headers: Any) -> dict[str, str]:
    """The few headers that are of use, by lower-case name; of several, the first."""
    found: dict[str, str] = {}
    try:
        for name, value in _pairs(headers):
            key = _word(name).lower()
            if key in _WANTED:
                found.setdefault(key, _word(value))
    except Exception:  # noqa: BLE001 - somebody else's mapping; the answer counts without it
        pass
    return found


def _pairs(headers: Any) -> Iterator[tuple[object, object]]:
    entries: Iterable[tuple[object, object]] = headers.items() if hasattr(headers, "items") else headers or ()
    for count, (name, value) in enumerate(entries):
        if count == _HEADERS:
            return
        yield name, value


def _word(value: object) -> str:
    # Of a subclass, too: some libraries have names of their own kind of text.
    if issubclass(type(value), bytes):
        return bytes.__getitem__(cast("bytes", value), slice(_WORD)).decode("latin-1")
    return str.__getitem__(cast("str", value), slice(_WORD)) if issubclass(type(value), str) else ""
