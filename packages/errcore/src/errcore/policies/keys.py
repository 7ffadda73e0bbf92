# SPDX-License-Identifier: MIT
"""Keys come from outside, may be anything and of any size: the one rule that makes short texts of them."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from errcore.jsonsafe import one_line
from errcore.redaction import default_redactor

__all__ = ["LONGEST_KEY", "key_of"]

LONGEST_KEY = 128
"""Characters of a key."""

_LOOKED_INTO = 4096
_DIGEST = 16  # bytes
_WHOLE_NUMBERS = 1 << 64  # below that, the digits are a short text
_HIDDEN = "\N{REPLACEMENT CHARACTER}"  # for what could forge a line


def key_of(value: object, *, longest: int = LONGEST_KEY, looked_into: int = _LOOKED_INTO) -> str:
    r"""A key as a text: short, one line, the same for the same value, and for values that look alike.

    A short text on which everything is visible stays as it is, and so does a key. Of another text the beginning is
    followed by a digest of all of it, so that two which begin alike (tokens do) stay apart; what is secret in it is left
    out. Bytes are read as Latin-1.

    Args:
        value: Anything.
        longest: Characters of the key; a digest has 33 of them.
        looked_into: Characters of what is neither a text nor bytes; what differs after them is not seen.

    >>> key_of("shard-3"), key_of(7), key_of(b"shard-3")
    ('shard-3', '7', 'shard-3')
    >>> len(key_of("x" * 10_000)), key_of("x" * 10_000) == key_of("x" * 10_001)
    (128, False)
    >>> key_of("a\nb") == key_of("a b")
    False
    """
    given: Any = value
    kind: type[object] = type(value)
    if kind is str:
        text = str(given)
    elif kind is int and -_WHOLE_NUMBERS < given < _WHOLE_NUMBERS:
        return str(given)
    else:
        text = given.decode("latin-1") if kind is bytes else one_line(given, looked_into)
    if len(text) <= longest and text.isprintable():
        return text
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).hexdigest()
    # Redacted before it is cut: a cut password has no end by which anybody would know it later.
    shown = default_redactor.text(text)[: longest - len(digest) - 1]
    if not shown.isprintable():
        shown = "".join(each if each.isprintable() else _HIDDEN for each in shown)
    return f"{shown}~{digest}"
