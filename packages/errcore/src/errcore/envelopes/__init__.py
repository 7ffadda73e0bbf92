# SPDX-License-Identifier: MIT
"""How an error is told.

A format turns an `Occurrence` into a document, negotiation picks a format by what the client accepts, and a reply is
the status, the headers and the bytes that go out. Formats are small, pure and see public facts only; the internal
ones appear in debug mode alone.

Public names: `Format`, `Problem` and `Text` are the formats, `get` finds one by name, `negotiate` picks one,
`Reply` and `RequestFacts` are what adapters exchange with a runtime, `make_reply` joins them.
"""

from __future__ import annotations

from importlib import import_module

from errcore.envelopes.format import Format
from errcore.envelopes.negotiation import negotiate
from errcore.envelopes.problem import Problem
from errcore.envelopes.reply import Reply, RequestFacts, make_reply
from errcore.envelopes.text import Text
from errcore.errors.stock import ConfigurationError

__all__ = ["Format", "Problem", "Reply", "RequestFacts", "Text", "get", "make_reply", "negotiate"]

_FORMATS = {
    "problem": "errcore.envelopes.problem:Problem",
    "text": "errcore.envelopes.text:Text",
}
"""Where each format is found, once somebody asks for it."""


def get(name: str) -> Format:
    """The format of that name, with its own defaults.

    Args:
        name: "problem" (RFC 9457) or "text" (one sentence for a chat).

    Raises:
        errcore.ConfigurationError: If no format has that name; the message names those there are.

    >>> get("problem").media_type
    'application/problem+json'
    """
    # A name may come from an environment variable; a list is not hashable and must not end in a TypeError.
    place = _FORMATS.get(name) if type(name) is str else None
    if place is None:
        raise ConfigurationError(
            f"There is no envelope named {name!r}, because errcore has {', '.join(map(repr, sorted(_FORMATS)))}; "
            f"use one of these names, or pass an object of your own with the members of errcore.envelopes.Format."
        )
    module, _, made = place.partition(":")
    form: Format = getattr(import_module(module), made)()
    return form
