# SPDX-License-Identifier: MIT
"""Documents to bytes and back by orjson: what the standard library does, in a fraction of the time.

`Runtime(json="orjson")` and `from_response(..., json="orjson")` use it; `pip install 'errcore[orjson]'` brings the
library. Where the two would write or read something in different ways (numbers below 0.0001, integers beyond 64 bits),
or orjson refuses what the other takes (lone surrogates, keys that are no texts, NaN), the standard library has the say.
"""

from __future__ import annotations

import orjson

from errcore.envelopes.codecs import decode as decode_plainly
from errcore.envelopes.codecs import encode as encode_plainly

__all__ = ["decode", "encode"]

# Dates and the like are no JSON for the standard library, so they are none here.
_OPTIONS = (
    orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
)

_DIGITS_AS_ZERO = bytes.maketrans(b"123456789", b"0" * 9)
_LONG_NUMBER = b"0" * 19  # an integer of as many digits may be beyond 64 bits
_SHORT = 1024  # bytes; what is shorter cannot be nested too deeply for the standard library
_BRACKETS = 256  # nor can what has fewer of them


def encode(document: object) -> bytes:
    """A rendered document as bytes: JSON (RFC 8259), or the text itself.

    Raises:
        TypeError: If the document is neither a mapping nor a text, or holds what JSON has not.
        ValueError: If it holds NaN or an infinity, as far as orjson tells.

    >>> encode({"a": [1, "é", 0.00001]}).decode()
    '{"a":[1,"é",1e-05]}'
    """
    if type(document) is not dict:
        return encode_plainly(document)
    try:
        body = orjson.dumps(document, None, _OPTIONS)
    except TypeError:
        return encode_plainly(document)  # pyright: ignore[reportUnknownArgumentType]
    if _has_small_number(body):
        return encode_plainly(document)  # pyright: ignore[reportUnknownArgumentType]
    return body


def _has_small_number(body: bytes) -> bool:
    """Whether there may be a number that the two write in different ways; in a text it only costs time."""
    return b"0e-0" in body.translate(_DIGITS_AS_ZERO) or b"0.0000" in body


def decode(text: str) -> object:
    """What a text of JSON says, as `json.loads` has it.

    Raises:
        ValueError: If it is no JSON, or has a number of thousands of digits.
        RecursionError: If it is nested too deeply.

    >>> decode('{"a": 36893488147419103232, "b": 1.5}')
    {'a': 36893488147419103232, 'b': 1.5}
    """
    try:
        body = text.encode()
        # What orjson reads in another way: a large integer becomes a float, and it goes deeper.
        if _LONG_NUMBER in body.translate(_DIGITS_AS_ZERO) or (
            len(body) > _SHORT and body.count(b"[") + body.count(b"{") > _BRACKETS
        ):
            return decode_plainly(text)
        return orjson.loads(body)
    except ValueError:  # a lone surrogate, NaN, 1e400, or no JSON at all: the standard library says which
        return decode_plainly(text)
