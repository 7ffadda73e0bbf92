# SPDX-License-Identifier: MIT
"""The catalogue as JSON: sorted, versioned, the same bytes for the same catalogue; and one of them read back.

A document that is read back comes from another release, another tool or a stranger: each member counts only if it has
its proper type, and everything else is refused with a sentence.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn, cast

from errcore.errors.kinds import KIND_RULES, Kind, Retriable
from errcore.errors.refusals import check_code, is_error_status
from errcore.errors.spec import title_of
from errcore.errors.stock import ConfigurationError
from errcore.handbook.entry import Entry, PublicField, placeholders_of
from errcore.jsonsafe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MOST_BYTES", "VERSION", "as_document", "read_document"]

VERSION = 1
"""The version of the document, as its member `errcore_catalog` says it."""

MOST_BYTES = 16 * 1024 * 1024
"""Bytes of a document at most; ten thousand codes take about four million."""

_SHOWN = 80  # characters of somebody else's text in a message of ours


def as_document(several: Iterable[Entry]) -> dict[str, object]:
    """The document, ready to become JSON.

    >>> from errcore import NotFoundError
    >>> from errcore.handbook import entry_of
    >>> as_document([entry_of(NotFoundError.spec)])["codes"]["NOT_FOUND"]["status"]
    404
    """
    ordered = sorted(several, key=lambda entry: entry.code)
    return {"errcore_catalog": VERSION, "codes": {entry.code: _as_object(entry) for entry in ordered}}


def _as_object(entry: Entry) -> dict[str, object]:
    return {
        "title": entry.title,
        "kind": entry.kind.value,
        "status": entry.status,
        "grpc_status": entry.grpc_status,
        "retriable": entry.retriable.value,
        "recoverable": entry.recoverable,
        "message": entry.message,
        "fields": {
            field.name: {"type": field.json_type, "always": field.always}
            for field in sorted(entry.fields, key=lambda field: field.name)
        },
        "doc": entry.doc,
    }


def read_document(text: bytes) -> tuple[Entry, ...]:
    """The entries of a document that `as_document` made, in this version of errcore or an earlier one.

    Args:
        text: The JSON, in UTF-8.

    Raises:
        errcore.ConfigurationError: If it is no such document, whatever it is instead; the message says why.

    >>> read_document(b'{"errcore_catalog": 1, "codes": {}}')
    ()
    >>> read_document(b"[]")
    Traceback (most recent call last):
    errcore.errors.stock.ConfigurationError: Cannot read the catalogue, because it is no JSON object; write it anew \
with `errcore catalog --format json`.
    """
    if len(text) > MOST_BYTES:
        _refuse(f"it has more than {MOST_BYTES} bytes")
    try:
        document: object = json.loads(text.decode("utf-8-sig"), object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as problem:
        _refuse(f"it is no JSON ({one_line(problem, _SHOWN)})")
    members = _object(document, "it")
    version = members.get("errcore_catalog")
    if type(version) is int and version > VERSION:
        raise ConfigurationError(
            f"Cannot read the catalogue, because it has version {one_line(version, 20)} and this errcore reads up to "
            f"{VERSION}; use the errcore that wrote it, or a newer one."
        )
    if type(version) is not int or version != VERSION:
        _refuse(f"its member `errcore_catalog` is not {VERSION}")
    codes = _object(members.get("codes"), "its member `codes`")
    return tuple(
        _entry(code, _object(members, f"the code {_shown(code)}")) for code, members in codes.items()
    )


def _entry(code: str, members: dict[str, Any]) -> Entry:
    if check_code(code):
        _refuse(f"{_shown(code)} is no code")
    if members.get("kind") not in tuple(Kind):
        _refuse(f"{code} has no kind that errcore knows")
    if members.get("retriable") not in tuple(Retriable):
        _refuse(f"{code} does not say whether it is retriable")
    if not is_error_status(members.get("status")):
        _refuse(f"{code} has no HTTP error status")
    message = members.get("message")
    if type(message) is not str or placeholders_of(message) is None:
        _refuse(f"{code} has no message, or a broken one")
    kind = Kind(members["kind"])
    fields = _object(members.get("fields"), f"`fields` of {code}")
    doc = members.get("doc")
    return Entry(
        code=code,
        title=title_of(code),
        kind=kind,
        status=members["status"],
        grpc_status=KIND_RULES[kind].grpc_status,
        retriable=Retriable(members["retriable"]),
        recoverable=members.get("recoverable") is True,
        message=message,
        fields=tuple(_field(code, name, described) for name, described in fields.items()),
        doc=doc if type(doc) is str else "",
    )


def _field(code: str, name: str, described: object) -> PublicField:
    members = _object(described, f"field {_shown(name)} of {code}")
    kind, always = members.get("type"), members.get("always")
    if not name.isidentifier() or type(kind) is not str or len(kind) > 500 or type(always) is not bool:
        _refuse(f"field {_shown(name)} of {code} has no type, or does not say whether it is always there")
    return PublicField(name, kind, always)


def _object(value: object, what: str) -> dict[str, Any]:
    if type(value) is not dict:
        _refuse(f"{what} is no JSON object")
    return cast("dict[str, Any]", value)


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object; two members of one name would hide each other (RFC 8259 section 4)."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has two members of one name")
    return found


def _shown(name: str) -> str:
    return one_line(repr(name), _SHOWN)


def _refuse(why: str) -> NoReturn:
    raise ConfigurationError(
        f"Cannot read the catalogue, because {why}; write it anew with `errcore catalog --format json`."
    )
