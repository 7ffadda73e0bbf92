# SPDX-License-Identifier: MIT
"""What messages have in common: a text with `<*>` for each word that looks like a value.

One pass and no pattern that could take long. Numbers, quoted parts, addresses and long words are values, and so are words
that hold a secret by their form; what is left is the sentence that somebody wrote into the code, or nearly so. A template is
a label and never a key: groups are found by the code that raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.jsonsafe import one_line
from errcore.redaction import default_redactor

if TYPE_CHECKING:
    from errcore.redaction import Redactor

__all__ = ["template_of"]

_READ = 256  # characters of a message
_CLEANED = 8 * _READ  # what stands for a secret may be longer than it
_WORDS = 16
_LONGEST = 24  # characters of a word that is not a value
_VALUE = "<*>"
_QUOTES = "'\"`"
_EDGES = ".,:;!?()[]{}<>"


def template_of(message: str, redactor: Redactor | None = None) -> str:
    """The template of a message: at most 16 words.

    Args:
        message: Its first 256 characters are read.
        redactor: What cleans it first; errcore's own where None.

    Raises:
        Exception: Whatever the redactor raises.

    >>> template_of("Order 4711 of 'ann@example.com' was not found in shard eu-7")
    'Order <*> of <*> was not found in shard <*>'
    """
    cleaner = default_redactor if redactor is None else redactor
    words = one_line(cleaner.text(_whole_words(message)), _CLEANED).split()
    found: list[str] = []
    quoted = ""
    for word in words:
        if quoted:  # inside of quotes that hold several words
            quoted = "" if word.rstrip(_EDGES).endswith(quoted) else quoted
            continue
        bare = word.lstrip(_EDGES)
        if bare[:1] in _QUOTES and bare[:1]:
            quoted = "" if bare.rstrip(_EDGES).endswith(bare[0]) and len(bare) > 1 else bare[0]
            _add(found, _VALUE)
        else:
            _add(found, _VALUE if _is_value(word) else word)
        if len(found) > _WORDS:
            return " ".join(found[:_WORDS]) + " ..."
    return " ".join(found)


def _whole_words(message: str) -> str:
    """What is read of a message, without a word that was cut: half of a secret has not the form by which it is known."""
    return message if len(message) < _READ else message[:_READ].rpartition(" ")[0] + " ..."


def _add(found: list[str], word: str) -> None:
    # However many values there are in a row, as in a list, they are one.
    if word != _VALUE or not found or found[-1] != _VALUE:
        found.append(word)


def _is_value(word: str) -> bool:
    return (
        len(word) > _LONGEST
        or any(character.isdigit() for character in word)
        or any(sign in word for sign in "@/\\=[&%'\"`")
    )
