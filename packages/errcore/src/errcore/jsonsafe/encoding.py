# SPDX-License-Identifier: MIT
"""JSON text with an encoder that is kept.

`json.JSONEncoder.encode` makes the encoder in C anew for each document, which takes a third of the time of a short one.
"""

from __future__ import annotations

import json
from json import encoder as accelerated
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["encoder"]


def encoder(*, ascii_only: bool, fast: bool = True) -> Callable[[Any], str]:
    r"""Make a function from JSON data to compact JSON text (RFC 8259).

    It raises TypeError for what JSON does not have and ValueError for NaN and infinities. Data are trees: no cycle is
    looked for.

    Args:
        ascii_only: whether all other characters are escaped.
        fast: whether the interpreter's own accelerator may be used; one without it does as without asking.

    >>> encoder(ascii_only=True)({"a": [1, "é"]}), encoder(ascii_only=False)({"a": [1, "é"]})
    ('{"a":[1,"\\u00e9"]}', '{"a":[1,"é"]}')
    """
    make: Any = getattr(accelerated, "c_make_encoder", None)
    if make is None or not fast:
        return json.JSONEncoder(
            ensure_ascii=ascii_only, allow_nan=False, check_circular=False, separators=(",", ":")
        ).encode
    text = accelerated.encode_basestring_ascii if ascii_only else accelerated.encode_basestring
    parts: Callable[[object, int], tuple[str, ...]] = make(
        None, _refuse, text, None, ":", ",", False, False, False
    )

    def encode(data: object) -> str:
        return "".join(parts(data, 0))

    return encode


def _refuse(value: object) -> NoReturn:
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
