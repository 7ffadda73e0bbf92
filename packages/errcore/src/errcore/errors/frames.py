# SPDX-License-Identifier: MIT
"""Where an exception went through, as places in the code: no locals, no source lines."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType, TracebackType

__all__ = ["frames_of", "innermost"]

_KNOWN = 1024
_places: dict[tuple[int, int], tuple[CodeType, str]] = {}


def frames_of(traceback: TracebackType | None, most: int) -> list[str]:
    """The places, outermost first.

    Args:
        traceback: Where it went through.
        most: How many are kept: the innermost, since these are where it happened.

    >>> frames_of(None, 30)
    []
    """
    frames: deque[str] = deque(maxlen=most)
    while traceback is not None:
        # By address, since to hash a code is dear; the entry keeps the code, so that no other can have its address.
        known = _places.get((id(traceback.tb_frame.f_code), traceback.tb_lasti))
        frames.append(_place(traceback) if known is None else known[1])
        traceback = traceback.tb_next
    return list(frames)


def innermost(traceback: TracebackType) -> str:
    """The place where it was raised."""
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return _place(traceback)


def _place(link: TracebackType) -> str:
    code = link.tb_frame.f_code
    place = f"{code.co_filename}:{link.tb_lineno} in {code.co_qualname}"
    if len(_places) >= _KNOWN:
        _places.clear()
    _places[id(code), link.tb_lasti] = code, place
    return place
