# SPDX-License-Identifier: MIT
"""The verdict on an exception whose class was seen before.

The limit is one function with one lookup by type. It is total like `classify`: a class that is not in the table goes
to the slow way (`try` costs nothing where nothing is raised). For declared errors it also honours the wait that the
raised object brings.
"""

from __future__ import annotations

from functools import singledispatch

import attrs

from benchmarks.case import Case, Column
from errcore import Classification, NotFoundError, classify

__all__ = ["declared", "foreign"]

_FOREIGN = (TimeoutError, ConnectionRefusedError, ValueError, KeyError, TypeError, MemoryError)
_table: dict[type[BaseException], Classification] = {cls: classify(cls()) for cls in _FOREIGN}


class AgentMissing(NotFoundError, code="BENCH_AGENT_UNKNOWN"):  # noqa: N818
    """What an application declares."""


_table[AgentMissing] = classify(AgentMissing())


def _along_the_mro(exc: BaseException) -> Classification:
    return next(_table[cls] for cls in type(exc).__mro__ if cls in _table)


def _lookup(exc: BaseException) -> Classification:
    try:
        return _table[type(exc)]
    except KeyError:
        return _along_the_mro(exc)


def _lookup_with_get(exc: BaseException) -> Classification:
    verdict = _table.get(type(exc))
    return _along_the_mro(exc) if verdict is None else verdict


def _lookup_with_wait(exc: NotFoundError) -> Classification:
    try:
        verdict = _table[type(exc)]
    except KeyError:
        verdict = _along_the_mro(exc)
    return verdict if exc.retry_after is None else attrs.evolve(verdict, retry_after=exc.retry_after)


@singledispatch
def _dispatched(exc: BaseException) -> Classification:
    return _along_the_mro(exc)


@_dispatched.register
def _(_exc: TimeoutError) -> Classification:
    return _table[TimeoutError]


def _isinstance_chain(exc: BaseException) -> Classification:
    for cls in (KeyError, TypeError, ValueError, MemoryError, ConnectionRefusedError, TimeoutError):
        if isinstance(exc, cls):
            return _table[cls]
    return _along_the_mro(exc)


def foreign() -> Case:
    """The row for somebody else's exception."""
    exc = TimeoutError()
    return Case(
        "classify foreign",
        limit=Column("one lookup", _lookup, exc),
        ours=Column("errcore", classify, exc),
        gate=1.3,
        peers=(
            Column("one lookup with dict.get", _lookup_with_get, exc),
            Column("walk of the MRO", _along_the_mro, exc),
            Column("functools.singledispatch", _dispatched, exc),
            Column("isinstance, sixth of six", _isinstance_chain, exc),
        ),
    )


def declared() -> Case:
    """The row for an error of ours, which may bring its own wait."""
    plain, waiting = AgentMissing(), AgentMissing(retry_after=2.0)
    return Case(
        "classify declared",
        limit=Column(
            "one lookup and the wait",
            _lookup_with_wait,
            plain,
            outcome=lambda: [_lookup_with_wait(plain), _lookup_with_wait(waiting)],
        ),
        ours=Column("errcore", classify, plain, outcome=lambda: [classify(plain), classify(waiting)]),
        gate=1.3,
    )
