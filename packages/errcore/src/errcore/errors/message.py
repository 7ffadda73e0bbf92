# SPDX-License-Identifier: MIT
"""The sentences of an error: the public one from its class, and any text as one safe line."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from errcore.errors import reading
from errcore.errors.kinds import KIND_RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore.errors.kinds import Kind
    from errcore.errors.spec import ErrorSpec
    from errcore.redaction import Redactor

# Redaction and bounds are imported where a text is made: declaring and raising errors does not pay for them.

__all__ = ["MESSAGE_LENGTH", "public_sentence", "safe_line"]

MESSAGE_LENGTH = 1024
"""Characters of a message at most."""

_VALUE_LENGTH = 200


@cache
def _redactor() -> Redactor:
    from errcore.redaction import Redactor

    return Redactor()


@cache
def _bounding() -> tuple[Callable[[object, int], str], Callable[[object, int], str]]:
    from errcore.jsonsafe import one_line, safe_text

    return one_line, safe_text


def safe_line(text: object) -> str:
    """`text` redacted, bounded and on one line: what `str(error)` shows to whoever prints it."""
    one_line, safe_text = _bounding()
    return one_line(_redactor().text(safe_text(text, MESSAGE_LENGTH)), MESSAGE_LENGTH)


def public_sentence(error: BaseException | None, spec: ErrorSpec, kind: Kind | None = None) -> str:
    """The sentence that the class declared, with its public fields, or else that of the kind.

    Args:
        error: The error; None where the sentence has no placeholders.
        spec: What its class declared.
        kind: The kind in the verdict on this very error, where that is not its class's.
    """
    if spec.message is None:
        return KIND_RULES[kind or spec.kind].sentence
    if len(spec.parts) == 1 and spec.parts[0][1] is None:
        return spec.parts[0][0]
    one_line, safe_text = _bounding()
    values = {} if error is None else reading.attributes(error)
    text = ""
    for literal, name in spec.parts:
        text += literal
        if name is not None:
            value = values.get(name)
            text += value if type(value) is str and len(value) <= 64 else safe_text(value, _VALUE_LENGTH)
    return one_line(text, MESSAGE_LENGTH)
