# SPDX-License-Identifier: MIT
"""The text of any object: guarded, bounded, and on request one line on which everything is visible."""

from __future__ import annotations

from collections import deque
from typing import Any

from errcore.jsonsafe import reading
from errcore.jsonsafe.bounds import Bounds
from errcore.jsonsafe.texts import clean, cut, type_mark, visible
from errcore.jsonsafe.values import to_json

__all__ = ["one_line", "safe_text"]

_BOUNDS = Bounds(depth=4, items=16, text=512, total=4096)
_SHOWN_AS_DATA: tuple[type[Any], ...] = (dict, list, set, frozenset, deque, bytes, bytearray, memoryview, int)
_PLAIN_STR: tuple[object, ...] = (
    object.__str__,
    bytes.__str__,
)  # what these have, unless a subclass has its own


def safe_text(obj: object, limit: int) -> str:
    """Give the text of any object, of at most `limit` characters.

    No foreign `repr` runs where that can be helped: containers, and the arguments of an exception that has no text of its
    own, are shown as `to_json` has them. Other objects are asked for `str()`; one that fails gives its type name.

    Args:
        obj: anything.
        limit: characters; a longer text is cut and says how much is missing.

    >>> safe_text(KeyError("name"), 100), safe_text(ValueError("a", 1), 100), safe_text(["a", object()], 100)
    ("'name'", "('a', 1)", "['a', '<object>']")
    """
    if type(obj) is str and len(obj) <= limit and obj.isascii():
        return obj
    try:
        return clean(cut(_text_of(obj), limit))
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - a broken __str__ is an ordinary event here
        # Also where it raises SystemExit, GeneratorExit or a cancellation: a cancellation is thrown in where code waits,
        # and none does here, so it is of the object's own making and is meant for nobody.
        return cut(type_mark(type(obj)), limit)


def one_line(obj: object, limit: int) -> str:
    r"""Give the text of any object as one line on which everything is visible, of at most `limit` characters.

    Line ends and tabs become a space; other control characters, bidi controls and lone surrogates U+FFFD: no text can
    forge a second log line or hide a part of itself.

    Args:
        obj: anything.
        limit: characters; a longer text is cut and says how much is missing.

    >>> one_line("bad\nlevel=info \x1b[31mfine", 100) == "bad level=info \ufffd[31mfine"
    True
    """
    if type(obj) is str and len(obj) <= limit and obj.isascii() and obj.isprintable():
        return obj
    return visible(safe_text(obj, limit))


def _text_of(obj: Any) -> str:
    kind = reading.kind_of(obj)
    if issubclass(kind, BaseException) and kind.__str__ is BaseException.__str__:
        args: tuple[Any, ...] = BaseException.__getattribute__(obj, "args")
        if not args:
            return ""
        obj = args[0] if len(args) == 1 else args
        kind = reading.kind_of(obj)
    if issubclass(kind, str):
        return str.__str__(obj)
    if issubclass(kind, tuple):
        shown = to_json(obj, bounds=_BOUNDS)
        return repr(tuple(shown) if isinstance(shown, list) else shown)
    if issubclass(kind, _SHOWN_AS_DATA) and kind.__str__ in _PLAIN_STR:
        return str(to_json(obj, bounds=_BOUNDS))
    return str.__str__(str(obj))
