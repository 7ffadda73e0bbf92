# SPDX-License-Identifier: MIT
"""Strings made safe to keep: no lone surrogates, a bounded length with the cut shown, one visible line, a type's own name.

Every function here takes an exact `str` (or a type) and gives an exact `str`; none runs code of the object it describes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["REDACTED", "clean", "cut", "is_more", "mask_and_cut", "more", "type_mark", "visible"]

REDACTED = "[redacted]"
"""What stands in the place of everything that must not be shown."""

REPLACEMENT = "\ufffd"

#: How far beyond its limit a text is looked at before it is masked, and how much of the end is then dropped: a secret
#: that straddles the end of that window cannot be recognised, so nothing near the end is kept.
MARGIN = 512

_TAIL = " more chars>"
_HEAD = "...<"
#: Characters that a reader expects to separate words become a space; everything else that is invisible is replaced.
_SPACES = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
#: Arabic letter mark, LRM, RLM, embeddings and overrides, isolates (Unicode TR9): they reorder what a reader sees.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: `type.__name__` read past a metaclass, which may answer attribute access itself.
_NAME_OF: Callable[[type], object] = type.__dict__["__name__"].__get__


def clean(text: str) -> str:
    r"""Replace lone surrogates, which no encoder can write, by U+FFFD.

    >>> clean("a\ud800b") == "a\ufffdb"
    True
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(REPLACEMENT if "\ud800" <= char <= "\udfff" else char for char in text)
    return text


def cut(text: str, limit: int, lost: int = 0) -> str:
    """Shorten `text` to at most `limit` characters, the marker included, and say how many characters are missing.

    Args:
        text: any string; only the kept part is copied.
        limit: characters; below 32 there is no room for the count and the marker is three dots.
        lost: characters that were already left out before.

    >>> cut("x" * 100, 32)
    'xxxxxxxxxxxxx...<87 more chars>'
    """
    size = len(text)
    if size <= limit and not lost:
        return text
    if limit < 32:
        return text[: max(limit - 3, 0)] + "..."[:limit]
    room = limit - len(_HEAD) - len(_TAIL) - len(str(size + lost))
    keep = min(size, room)
    start = text.rfind("[", max(keep - len(REDACTED) + 1, 0), keep)
    if start >= 0 and text.startswith(REDACTED, start):
        keep = start  # half a mask reads like an ordinary value, and would be masked again
    return f"{text[:keep]}{_HEAD}{size - keep + lost}{_TAIL}"


def _uncut(text: str) -> tuple[str, int]:
    """Take the marker of `cut` off again: the text before it and the count; (text, 0) where there is none."""
    if text.endswith(_TAIL):
        start = text.rfind(_HEAD, max(len(text) - 32, 0))
        count = text[start + len(_HEAD) : -len(_TAIL)]
        if start >= 0 and len(count) <= 12 and count.isascii() and count.isdigit():
            return text[:start], int(count)
    return text, 0


def mask_and_cut(text: str, limit: int, mask: Callable[[str], str]) -> str:
    """Apply `mask` and the length limit until neither changes anything more: the result is a fixed point of both.

    The part looked at is `limit` plus a margin, and the margin is dropped after masking, so that a secret that straddles
    the limit was seen whole. What does not come to rest within five rounds is dropped altogether.

    Args:
        text: any string, of any length; only the part that is looked at is copied.
        limit: characters, at least 64.
        mask: string to string; should keep what it has masked.

    Raises:
        Exception: whatever `mask` raises.

    >>> mask_and_cut("my secret", 64, lambda text: text.replace("secret", REDACTED))
    'my [redacted]'
    """
    if len(text) <= limit and text.isascii() and not text.endswith(_TAIL) and mask(text) == text:
        return text  # most texts: nothing to cut, nothing to mask
    current = text
    window = limit + MARGIN
    for _ in range(5):
        body, lost = _uncut(current)
        if len(body) > window:
            lost += len(body) - window
            done = clean(mask(clean(body[:window])))
            lost += min(len(done), MARGIN)
            done = done[:-MARGIN]
        else:
            done = clean(mask(clean(body)))
        done = cut(done, limit, lost)
        if done == current:
            return done
        current = done
    return REDACTED


def visible(text: str) -> str:
    r"""Make `text` one line without anything invisible: controls, bidi controls and surrogates cannot forge a log line.

    Line ends and tabs become a space, other control characters (C0, C1, DEL), bidi controls and lone surrogates U+FFFD.

    >>> visible("a\r\nb\x1b[2J") == "a  b\ufffd[2J"
    True
    """
    if text.isprintable():
        return text
    return "".join(map(_visible_char, text))


def _visible_char(char: str) -> str:
    if char in _SPACES:
        return " "
    if char < " " or "\x7f" <= char <= "\x9f" or "\ud800" <= char <= "\udfff" or char in _BIDI:
        return REPLACEMENT
    return char


def more(count: int) -> str:
    """Say that `count` entries of a list or dict are not shown.

    >>> more(3)
    '<3 more items>'
    """
    return f"<{count} more items>"


def is_more(value: object) -> bool:
    """Whether `value` is what `more` gives.

    >>> is_more("<3 more items>"), is_more("<b>")
    (True, False)
    """
    return type(value) is str and len(value) < 32 and value.startswith("<") and value.endswith(" more items>")


def type_mark(kind: type) -> str:
    """`<TypeName>`: what stands for an object that is not shown; bounded, one line, whatever its metaclass says.

    >>> type_mark(ValueError)
    '<ValueError>'
    """
    name = _NAME_OF(kind)
    return f"<{visible(cut(name, 64))}>" if type(name) is str else "<object>"
