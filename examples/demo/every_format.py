# SPDX-License-Identifier: MIT
"""One error in each format, and what a second service makes of each."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
from agents import PERIODS
from failures import HealthDataNotFound
from planted import INTERNALS, SECRETS, SESSION, USER

from errcore import Occurrence, RemoteError, Reply, from_response
from errcore.context import ErrorContext, RequestIds
from errcore.envelopes import NAMES, get, make_reply

_ERROR = HealthDataNotFound(period="last_year", available=PERIODS, user_id=USER, session=SESSION)
_MEMBERS = ("code", "message", "details", "request_id", "retriable")


@attrs.frozen
class Telling:
    """An error as one format tells it.

    Attributes:
        name: The name of the format.
        reply: What goes out.
        back: What is made of it over there.
    """

    name: str
    reply: Reply
    back: RemoteError

    @property
    def body(self) -> str:
        """The document."""
        return self.reply.body.decode()

    @property
    def lost(self) -> list[str]:
        """What the format does not carry."""
        facts = {} if self.back.upstream is None else self.back.upstream.facts()
        return [name for name in _MEMBERS if name not in facts]


def tellings() -> list[Telling]:
    """The same occurrence in every format that errcore has, and read back."""
    occurrence = Occurrence.of(_ERROR, ErrorContext(RequestIds("demo-format", "demo-format")))
    told = []
    for name in NAMES:
        reply = make_reply(occurrence, get(name))
        told.append(Telling(name, reply, from_response(reply.status, reply.headers, reply.body)))
    return told


def read_back(_evidence: object) -> Iterator[str]:
    """Whatever the format, nothing is told that is not public; and what is told is understood."""
    for telling in tellings():
        for word in (*SECRETS, *INTERNALS):
            if word in telling.body:
                yield f"{telling.name}: {word!r} was told"
        if not telling.back.is_not_found:
            yield f"{telling.name}: not read back as a 404"
        if telling.name != "text" and telling.back.code != _ERROR.code:  # a sentence names no code
            yield f"{telling.name}: the code was read back as {telling.back.code}"
