# SPDX-License-Identifier: MIT
"""`body`: the JSON body of the present request, read within limits and checked by an errcore validator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from flask import request

from errcore import ConfigurationError
from errcore.validation import AsyncValidator, JsonBody, validator_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from errcore import InputValidator, Validator

__all__ = ["abody", "body"]

T = TypeVar("T")

_LIMITS = JsonBody()
_PIECE = 65_536  # bytes
_KEPT = "_cached_data"  # where `request.get_data()` keeps it, and others look for it


@overload
def body(what: Validator[T] | type[T], *, limits: JsonBody = ...) -> T: ...
@overload
def body(what: InputValidator, *, limits: JsonBody = ...) -> dict[str, Any]: ...


def body(what: type[Any] | Validator[Any] | InputValidator, *, limits: JsonBody = _LIMITS) -> Any:
    """What becomes of the JSON body of the present request.

    Args:
        what: An attrs class, a validator, or a builder of one.
        limits: How much is read: by default 1 MiB, nested 64 deep.

    Raises:
        errcore.ValidationError: With all issues, each with its pointer and the location "body".
        errcore.PayloadTooLargeError: If it is too long; the rest is not read.
        errcore.UnsupportedMediaTypeError: If it is no JSON.

    >>> import attrs
    >>> from typing import Annotated
    >>> from errcore.validation import Range
    >>> from flask import Flask
    >>> @attrs.define
    ... class Signup:
    ...     age: Annotated[int, Range(18, 120)]
    >>> with Flask("signups").test_request_context(method="POST", json={"age": 36}):
    ...     body(Signup)
    Signup(age=36)
    """
    validator: Any = validator_for(what)
    if isinstance(validator, AsyncValidator):
        raise ConfigurationError(
            "Cannot check the body here, because the validator has rules that wait; use `await errcore_flask.abody(...)`."
        )
    return validator.validate(_document(limits, validator.messages), location="body")


async def abody(what: AsyncValidator[T], *, limits: JsonBody = _LIMITS) -> T:
    """What becomes of the JSON body, by a validator whose last rules wait for something; for `async` views.

    Args:
        what: The validator.
        limits: How much is read.

    Raises:
        errcore.AppError: What `body` raises, and what `AsyncValidator.avalidate` does.
    """
    return await what.avalidate(_document(limits, what.messages), location="body")


def _document(limits: JsonBody, messages: Mapping[str, str]) -> Any:
    content_type = request.headers.get("Content-Type")
    length = request.headers.get("Content-Length")
    limits.announced(content_type, length)
    whole = request.get_data() if length is not None or _KEPT in vars(request) else _in_pieces(limits)
    return limits.value(whole, content_type, messages)


def _in_pieces(limits: JsonBody) -> bytes:
    """A body whose length was not announced."""
    pieces = limits.pieces()
    while piece := request.stream.read(_PIECE):
        pieces.add(piece)
    vars(request)[_KEPT] = whole = pieces.whole()
    return whole
