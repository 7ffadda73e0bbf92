# SPDX-License-Identifier: MIT
"""Which exceptions were reported already: a mark on the exception object itself.

Nothing else can tell: two equal exceptions are two failures, and one exception that passes three layers is one. The
mark stays behind when an exception is copied or pickled, for the copy was not reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from errcore.errors import reading
from errcore.errors.groups import MOST_LEAVES, leaves_of
from errcore.errors.pickling import MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from errcore.context import RequestIds
    from errcore.errors.occurrence import Occurrence


__all__ = ["ErrorReported", "in_graph", "mark", "reported", "reported_in", "settled"]

# An exception may have a dictionary with ideas of its own.
_get: Callable[[dict[str, Any], str], Any] = vars(dict)["get"]
_set: Callable[[dict[str, Any], str, object], None] = vars(dict)["__setitem__"]

_WALK = 256
"""Exceptions that one walk looks at; a graph may be larger, and may be a circle."""


@attrs.frozen
class ErrorReported:
    """Emitted on `errcore.events.stream` once per reported error.

    Attributes:
        occurrence: What happened.
        source: The `errcore.Runtime` that reported it, to be compared by identity: every runtime of the process emits on
            the one stream, and two may serve under one name.

    >>> from errcore import NotFoundError, Runtime, events
    >>> from errcore.errors import ErrorReported
    >>> seen = []
    >>> with events.stream.subscribe(ErrorReported, seen.append), Runtime.for_tests() as runtime:
    ...     handled = runtime.handle(NotFoundError("No such agent."))
    >>> [event.occurrence for event in seen] == [handled.occurrence], seen[0].source is runtime
    (True, True)
    """

    occurrence: Occurrence
    source: object = None


class _Mark:
    """The mark: what was reported, and of which object. Copies of the object carry a mark that does not fit them."""

    __slots__ = ("_owner", "occurrence")

    def __init__(self, owner: BaseException, occurrence: Occurrence) -> None:
        # The address, not the object: a reference would keep the exception and its frames in a cycle.
        self._owner = id(owner)
        self.occurrence = occurrence

    def fits(self, exc: BaseException) -> bool:
        return self._owner == id(exc)

    def __repr__(self) -> str:
        return f"<reported as {self.occurrence.id}>"

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()


def mark(exc: BaseException, occurrence: Occurrence) -> None:
    """Remember on `exc` that it was reported as `occurrence`; the latest report counts. Never raises.

    >>> from errcore import Occurrence
    >>> error = ValueError("no")
    >>> mark(error, Occurrence.of(error))
    >>> reported(error).type_name
    'ValueError'
    """
    _set(reading.attributes(exc), MARK, _Mark(exc, occurrence))


def reported(exc: BaseException) -> Occurrence | None:
    """What this very exception object was reported as, or None. Never raises.

    >>> reported(ValueError("no")) is None
    True
    """
    found = _get(reading.attributes(exc), MARK)
    return found.occurrence if type(found) is _Mark and found.fits(exc) else None


def reported_in(exc: BaseException, ids: RequestIds | None) -> Occurrence | None:
    """What `exc` was reported as in the request of these ids; of a group with one member, that member's report.

    One object may be raised again by another request, and that is another failure. Without ids any report counts. A
    report that was made without ids, as by a thread that does not know the request, counts for the first request that
    asks: from then on it has the ids of that one.

    >>> from errcore import Occurrence
    >>> from errcore.context import ErrorContext, RequestIds
    >>> error, first = ValueError("no"), RequestIds("req_1")
    >>> mark(error, Occurrence.of(error, ErrorContext(first)))
    >>> reported_in(error, first) is None, reported_in(error, RequestIds("req_2")) is None
    (False, True)
    """
    owner, known = exc, reported(exc)
    if known is None and issubclass(type(exc), BaseExceptionGroup):
        members = leaves_of(exc)
        if len(members) == 1:
            owner, known = members[0], reported(members[0])
    if known is None or ids is None or known.context.ids is ids:
        return known
    if known.context.ids is None:
        adopted = _with_ids(known, ids)
        mark(owner, adopted)
        return adopted
    return known if known.context.ids.request_id == ids.request_id else None


def _with_ids(occurrence: Occurrence, ids: RequestIds) -> Occurrence:
    """The same occurrence, id included, in the request of these ids."""
    other = object.__new__(type(occurrence))
    # Past `__init__`, which an occurrence has not, and its frozen `__setattr__`.
    other.__dict__.update(occurrence.__dict__, context=attrs.evolve(occurrence.context, ids=ids))
    return other


def settled(exc: BaseException) -> Occurrence | None:
    """What `exc` was reported as: itself, or if it is a group, every member of it. Never raises.

    >>> from errcore import Occurrence
    >>> error = ValueError("no")
    >>> mark(error, Occurrence.of(error))
    >>> settled(ExceptionGroup("tasks", [error])) is reported(error)
    True
    >>> settled(ExceptionGroup("tasks", [error, KeyError("k")])) is None
    True
    """
    own = reported(exc)
    if own is not None or not issubclass(type(exc), BaseExceptionGroup):
        return own
    members = leaves_of(exc)
    if len(members) >= MOST_LEAVES:
        return None  # not all of it was looked at
    found = [reported(leaf) for leaf in members]
    return found[0] if all(occurrence is not None for occurrence in found) else None


def in_graph(exc: BaseException) -> Occurrence | None:
    """The first report found on `exc`, its causes, its contexts and the members of groups. Never raises.

    >>> from errcore import Occurrence
    >>> error, wrapper = ValueError("no"), RuntimeError("outer")
    >>> wrapper.__cause__ = error
    >>> mark(error, Occurrence.of(error))
    >>> in_graph(wrapper) is reported(error)
    True
    """
    for link in _walk(exc):
        occurrence = reported(link)
        if occurrence is not None:
            return occurrence
    return None


def _walk(exc: BaseException) -> Iterator[BaseException]:
    """`exc`, its causes and contexts, and the members of groups: nearest first, each once."""
    queue, seen = [exc], {id(exc)}
    for link in queue:
        yield link
        if len(queue) >= _WALK:
            continue
        following: list[BaseException | None] = [reading.cause(link), reading.context(link)]
        if issubclass(type(link), BaseExceptionGroup):
            following = [*reading.members(link)[: _WALK - len(queue)], *following]
        for other in following:
            if other is not None and id(other) not in seen:
                seen.add(id(other))
                queue.append(other)
