# SPDX-License-Identifier: MIT
"""The facts that a caller adds to a line: without secrets, and small enough that they never cost the line anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.jsonsafe import JSON, Bounds, to_json
from errcore.jsonsafe.encoding import encoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from errcore.redaction import Redactor

__all__ = ["bounded"]

_LONGEST = 5120  # bytes
_USUAL = Bounds(depth=4, items=20, text=2048, total=4096)
_SMALL = Bounds(depth=4, items=20, text=128, total=256)

_encode = encoder(ascii_only=True)


def bounded(fields: Mapping[str, object], redactor: Redactor) -> JSON:
    """Facts as JSON data of about 4096 bytes at most; far fewer where characters are long ones, as emoji are.

    Args:
        fields: Anything under any names.
        redactor: What hides secrets, by name and by form.

    >>> from errcore.redaction import default_redactor
    >>> bounded({"token": "x", "tries": 3}, default_redactor)
    {'token': '[redacted]', 'tries': 3}
    """
    shown = _shown(fields, redactor, _USUAL)
    # A character may take twelve bytes; and the bounds are approximate.
    return shown if len(_encode(shown)) <= _LONGEST else _shown(fields, redactor, _SMALL)


def _shown(fields: Mapping[str, object], redactor: Redactor, bounds: Bounds) -> JSON:
    return to_json(fields, bounds=bounds, hide=redactor.is_secret_key, text=redactor.text, open_objects=True)
