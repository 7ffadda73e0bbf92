# SPDX-License-Identifier: MIT
"""From a rendered document to bytes, and from a text to a document.

Several libraries can do it; which one is a matter of speed, never of bytes or meaning.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, TypeAlias, cast

from errcore.errors.stock import ConfigurationError
from errcore.jsonsafe.encoding import encoder

__all__ = ["CODECS", "Decode", "Encode", "decode", "decoder_named", "encode", "encoder_named"]

Encode: TypeAlias = Callable[[object], bytes]
Decode: TypeAlias = Callable[[str], object]

_encode = encoder(ascii_only=False)

CODECS = {
    "stdlib": "errcore.envelopes.codecs",
    "orjson": "errcore.extras.orjson",
}
"""The module of each library, imported when it is asked for: it has `encode` and `decode`."""


def encode(document: object) -> bytes:
    """A rendered document as bytes: JSON (RFC 8259), or the text itself.

    Raises:
        TypeError: If the document is neither a mapping nor a text, or holds what JSON has not.
        ValueError: If it holds NaN or an infinity.

    >>> encode({"a": [1, "é"]}).decode()
    '{"a":[1,"é"]}'
    """
    # A lone surrogate has no UTF-8: "replace" turns it into "?" and is free where there is none.
    if type(document) is str:
        return document.encode("utf-8", "replace")
    if not isinstance(document, dict):
        if not isinstance(document, Mapping):
            raise TypeError(f"a document is a mapping or a text, not a {type(document).__name__}")
        document = dict(cast("Mapping[object, object]", document))
    return _encode(document).encode("utf-8", "replace")


def decode(text: str) -> object:
    """What a text of JSON says, as `json.loads` has it: the last of several equal names, integers of any size, NaN.

    Raises:
        ValueError: If it is no JSON, or has a number of thousands of digits.
        RecursionError: If it is nested too deeply.

    >>> decode('{"a": [1, 1e400]}')
    {'a': [1, inf]}
    """
    return json.loads(text)


def encoder_named(name: object) -> Encode:
    """The encoder of that name.

    Args:
        name: "stdlib", or "orjson" where it is installed.

    Raises:
        errcore.ConfigurationError: If there is no such encoder, or its library is not installed.

    >>> encoder_named("stdlib") is encode
    True
    """
    found: Encode = _library(name, "encodes").encode
    return found


def decoder_named(name: object) -> Decode:
    """The decoder of that name; what it says of a text is what the standard library says.

    Args:
        name: "stdlib", or "orjson" where it is installed.

    Raises:
        errcore.ConfigurationError: If there is no such decoder, or its library is not installed.

    >>> decoder_named("stdlib") is decode
    True
    """
    if name == "stdlib":  # what nearly everybody wants, for each answer that is read
        return decode
    found: Decode = _library(name, "decodes").decode
    return found


def _library(name: object, does: str) -> Any:
    module = CODECS.get(name) if type(name) is str else None
    if module is None:
        raise ConfigurationError(
            f"Cannot use json={name!r}, because errcore {does} with {' or '.join(CODECS)}; pass one of these names."
        )
    try:
        return import_module(module)
    except ImportError as missing:
        raise ConfigurationError(
            f"Cannot use json={name!r}, because {missing.name} is not installed; pip install 'errcore[{name}]'."
        ) from missing
