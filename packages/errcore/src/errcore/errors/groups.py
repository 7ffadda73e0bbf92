# SPDX-License-Identifier: MIT
"""What is in an exception group, and in the groups in it: each exception once, and a bounded number of them."""

from __future__ import annotations

from errcore.errors import reading

__all__ = ["MOST_LEAVES", "leaves_of", "only_leaf"]

MOST_LEAVES = 4096
"""Members of a group that are looked at."""


def leaves_of(exc: BaseException) -> list[BaseException]:
    """The exceptions in a group, groups left out; of any other exception, itself.

    >>> nested = ExceptionGroup("a", [KeyError(), ExceptionGroup("b", [OSError()])])
    >>> [type(leaf).__name__ for leaf in leaves_of(nested)]
    ['KeyError', 'OSError']
    """
    leaves: list[BaseException] = []
    waiting = [exc]
    seen: set[int] = set()  # a group that is in two groups would be walked twice, and so on
    while waiting and len(leaves) < MOST_LEAVES:
        link = waiting.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        if issubclass(type(link), BaseExceptionGroup):
            waiting.extend(reversed(reading.members(link)))
        else:
            leaves.append(link)
    return leaves


def only_leaf(exc: Exception) -> Exception:
    """The one exception in a group, however deep; a group of several, or any other exception, as it is.

    >>> only_leaf(ExceptionGroup("tasks", [ExceptionGroup("more", [KeyError("k")])]))
    KeyError('k')
    """
    if not issubclass(type(exc), ExceptionGroup):
        return exc
    leaves = leaves_of(exc)
    only = leaves[0] if len(leaves) == 1 else exc
    return only if isinstance(only, Exception) else exc
