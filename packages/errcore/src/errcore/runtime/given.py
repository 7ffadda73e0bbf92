# SPDX-License-Identifier: MIT
"""What a runtime is handed, made sound: not everybody runs a type checker, and what handles errors must not raise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.envelopes import RequestFacts
from errcore.errors.groups import MOST_LEAVES, leaves_of
from errcore.errors.reported import reported_in

if TYPE_CHECKING:
    from errcore.context import RequestIds
    from errcore.errors import Occurrence

__all__ = ["exceptions_of", "is_answerable", "reported_among", "taken"]

_NO_FACTS = RequestFacts()


def taken(exc: BaseException, facts: RequestFacts) -> tuple[BaseException, RequestFacts]:
    """What was given, or a stand-in where it is of another type."""
    if not issubclass(type(exc), BaseException):
        exc = TypeError("errcore was given something that is no exception")
    return exc, facts if type(facts) is RequestFacts else _NO_FACTS


def exceptions_of(several: tuple[BaseException, ...]) -> tuple[BaseException, ...]:
    """Those that are exceptions; none of what is no tuple.

    >>> exceptions_of((KeyError("k"), "no exception"))
    (KeyError('k'),)
    """
    if type(several) is not tuple:
        return ()
    return tuple(each for each in several if issubclass(type(each), BaseException))


def reported_among(several: tuple[BaseException, ...], ids: RequestIds | None) -> Occurrence | None:
    """What the first of them that was reported in this request was reported as."""
    return next((known for each in several if (known := reported_in(each, ids)) is not None), None)


def is_answerable(exc: BaseException) -> bool:
    """Whether it is an Exception, or a group of nothing else: of a cancellation nobody is told.

    >>> is_answerable(ValueError()), is_answerable(KeyboardInterrupt())
    (True, False)
    """
    if not issubclass(type(exc), BaseExceptionGroup) or type(exc) is ExceptionGroup:
        return issubclass(type(exc), Exception)
    members = leaves_of(exc)
    # Among those at which nobody looked there may be a cancellation.
    return len(members) < MOST_LEAVES and all(issubclass(type(leaf), Exception) for leaf in members)
