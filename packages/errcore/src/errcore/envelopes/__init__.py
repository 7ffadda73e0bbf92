# SPDX-License-Identifier: MIT
"""How an error is told, and how one that somebody else told is read back.

A format turns an `Occurrence` into a document, negotiation picks a format by what the client accepts, and a reply is
the status, the headers and the bytes that go out. Formats are small, pure and see public facts only; the internal
ones appear in debug mode alone. `from_response` goes the other way: any answer of another service becomes a
`RemoteError`.

Public names: `Format` is what a format is; `Problem`, `Nested`, `Wrapped`, `Bare` ("flat" and "field-map"), `Google`,
`JsonApi` and `Text` are those of errcore. `get` finds one by name; `nested`, `wrapped`, `flat` and `field_map` make one
with other keys, and for all other keys there is `ErrorObject`, which shows issues in an `IssueStyle`: `LISTED` or
`FIELD_MAP`. `negotiate` picks one, `Reply` and `RequestFacts` are what adapters exchange with a runtime, `make_reply`
joins them. `ok` is a success in the wrapped shape. `reference` and `whole_seconds` read the id to quote and the wait,
for formats of one's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.envelopes.bare_error import Bare, field_map, flat
from errcore.envelopes.error_object import ErrorObject
from errcore.envelopes.format import Format, reference, whole_seconds
from errcore.envelopes.google_status import Google
from errcore.envelopes.issue_lists import FIELD_MAP, LISTED, IssueStyle
from errcore.envelopes.json_api import JsonApi
from errcore.envelopes.negotiation import negotiate
from errcore.envelopes.nested_error import Nested, nested
from errcore.envelopes.problem import Problem
from errcore.envelopes.reply import Reply, RequestFacts, make_reply
from errcore.envelopes.response import from_response
from errcore.envelopes.text import Text
from errcore.envelopes.wrapped_result import Wrapped, ok, wrapped
from errcore.errors.stock import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "FIELD_MAP",
    "LISTED",
    "NAMES",
    "Bare",
    "ErrorObject",
    "Format",
    "Google",
    "IssueStyle",
    "JsonApi",
    "Nested",
    "Problem",
    "Reply",
    "RequestFacts",
    "Text",
    "Wrapped",
    "field_map",
    "flat",
    "from_response",
    "get",
    "make_reply",
    "negotiate",
    "nested",
    "ok",
    "reference",
    "whole_seconds",
    "wrapped",
]

_FORMATS: dict[str, Callable[[], Format]] = {
    "problem": Problem,
    "nested": Nested,
    "wrapped": Wrapped,
    "flat": flat,
    "field-map": field_map,
    "google": Google,
    "jsonapi": JsonApi,
    "text": Text,
}

NAMES: tuple[str, ...] = tuple(_FORMATS)
"""What `get` knows."""


def get(name: str) -> Format:
    """The format of that name, with its own defaults.

    Args:
        name: "problem" (RFC 9457), "nested", "wrapped", "flat", "field-map", "google" (google.rpc.Status), "jsonapi", or
            "text" (one sentence for a chat).

    Raises:
        errcore.ConfigurationError: If no format has that name; the message names those there are.

    >>> get("problem").media_type
    'application/problem+json'
    """
    # A name may come from an environment variable; a list is not hashable and must not end in a TypeError.
    make = _FORMATS.get(name) if type(name) is str else None
    if make is None:
        raise ConfigurationError(
            f"There is no envelope named {name!r}, because errcore has {', '.join(map(repr, sorted(_FORMATS)))}; "
            f"use one of these names, or pass an object of your own with the members of errcore.envelopes.Format."
        )
    return make()
