# SPDX-License-Identifier: MIT
"""Which exceptions a monitor has counted already: a mark on the exception object itself, for each monitor.

The same object raised again by another request is another failure, and so is a copy: marks stay behind when an exception is
copied or pickled. Marks are made with what C gives alone, so that it takes no room on a stack that is full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore.errors import reading
from errcore.errors.classification import worst_leaf
from errcore.errors.groups import MOST_LEAVES, leaves_of
from errcore.errors.pickling import COUNTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from errcore.context import RequestIds

__all__ = ["Counted", "is_new", "is_new_among"]

_MOST = 16  # monitors that one mark tells apart: an object that is raised for ever meets all that ever were
_NOBODY: tuple[int, RequestIds | None] = (0, None)
# An exception may have a dictionary with ideas of its own.
_get: Callable[[dict[str, Any], str], Any] = vars(dict)["get"]
_set: Callable[[dict[str, Any], str, object], None] = vars(dict)["__setitem__"]


class Counted(dict[str, "tuple[int, RequestIds | None]"]):
    """The mark: by worker, the address of the object that it counted, and the ids of the request."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()


def is_new(exc: BaseException, worker: str, ids: RequestIds | None) -> bool:
    """Whether a worker has not counted this object in this request; it has from now on.

    What was counted without ids, as by a thread that does not know the request, is counted for the first request that asks.

    Args:
        exc: The exception.
        worker: The id of the worker.
        ids: The ids of the request, if there is one.

    >>> error = ValueError("no")
    >>> is_new(error, "w1", None), is_new(error, "w1", None), is_new(error, "w2", None)
    (True, False, True)
    """
    held: dict[str, Any] = reading.attributes(exc)
    found = _get(held, COUNTED)
    if type(found) is Counted:
        owner, before = found.get(worker, _NOBODY)
        if owner == id(exc):
            if ids is None or before is ids:
                return False
            if before is None or before.request_id == ids.request_id:
                _set(held, COUNTED, Counted({**found, worker: (owner, ids)}))
                return False
        # A copy of the exception may share this mark with it.
        others: dict[str, tuple[int, RequestIds | None]] = found if len(found) < _MOST else {}
        _set(held, COUNTED, Counted({**others, worker: (id(exc), ids)}))
    else:
        mark = Counted()  # filled afterwards, which takes less than a second dictionary
        mark[worker] = (id(exc), ids)
        _set(held, COUNTED, mark)
    return True


def is_new_among(
    exc: BaseException, others: Iterable[BaseException], worker: str, ids: RequestIds | None
) -> bool:
    """Whether a worker has counted neither this object nor those that it stands for: if it is a group, all of its members.

    Args:
        exc: The exception.
        others: What was caught in truth, where `exc` was made from it.
        worker: The id of the worker.
        ids: The ids of the request, if there is one.

    >>> error = ValueError("no")
    >>> is_new(error, "w1", None), is_new_among(ExceptionGroup("tasks", [error]), (), "w1", None)
    (True, False)
    """
    several = {id(each): each for each in (exc, *others)}  # the same one may be told twice
    new = [is_new(each, worker, ids) for each in several.values()]
    if issubclass(type(exc), BaseExceptionGroup):
        members = leaves_of(exc)
        if len(members) < MOST_LEAVES and not any(_is_unknown(member, worker, ids) for member in members):
            return False
        is_new(worst_leaf(exc), worker, ids)  # which is what was counted
    return all(new)


def _is_unknown(exc: BaseException, worker: str, ids: RequestIds | None) -> bool:
    found = _get(reading.attributes(exc), COUNTED)
    owner, before = found.get(worker, _NOBODY) if type(found) is Counted else _NOBODY
    same = ids is None or before is None or before.request_id == ids.request_id
    return owner != id(exc) or not same
