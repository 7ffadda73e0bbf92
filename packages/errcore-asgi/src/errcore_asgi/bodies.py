# SPDX-License-Identifier: MIT
"""The body of a request in plain ASGI: read within limits, checked by a validator, told in errcore's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from errcore import AppError
from errcore.validation import AsyncValidator, JsonBody, validator_for

if TYPE_CHECKING:
    from errcore import InputValidator, Validator
    from errcore_asgi.protocol import Receive, Scope

__all__ = ["body", "header_of", "validated"]

T = TypeVar("T")

_LIMITS = JsonBody()


class ClientGoneError(AppError, code="CLIENT_DISCONNECTED", kind="cancelled"):
    """The client went away before its request was complete."""


@overload
async def body(scope: Scope, receive: Receive, what: AsyncValidator[T], *, limits: JsonBody = ...) -> T: ...
@overload
async def body(
    scope: Scope, receive: Receive, what: Validator[T] | type[T], *, limits: JsonBody = ...
) -> T: ...
@overload
async def body(
    scope: Scope, receive: Receive, what: InputValidator, *, limits: JsonBody = ...
) -> dict[str, Any]: ...


async def body(
    scope: Scope,
    receive: Receive,
    what: type[Any] | Validator[Any] | AsyncValidator[Any] | InputValidator,
    *,
    limits: JsonBody = _LIMITS,
) -> Any:
    """What becomes of the JSON body of the present request. It is read, so nobody can read it again.

    Args:
        scope: The request.
        receive: Where its body comes from.
        what: An attrs class, a validator, or a builder of one.
        limits: How much is read: by default 1 MiB, nested 64 deep.

    Raises:
        errcore.ValidationError: With all issues, each with the location "body".
        errcore.PayloadTooLargeError: If it is too long; the rest is not read.
        errcore.UnsupportedMediaTypeError: If it is no JSON.

    >>> import asyncio
    >>> from errcore import InputValidator
    >>> signup = InputValidator()
    >>> signup.field("email").required().email()
    <field email>
    >>> async def receive():
    ...     return {"type": "http.request", "body": b'{"email": "ada@example.org"}'}
    >>> scope = {"type": "http", "headers": [(b"content-type", b"application/json")]}
    >>> asyncio.run(body(scope, receive, signup))
    {'email': 'ada@example.org'}
    """
    content_type = header_of(scope, b"content-type")
    limits.announced(content_type, header_of(scope, b"content-length"))
    pieces, more = limits.pieces(), True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGoneError
        pieces.add(message.get("body", b""))
        more = message.get("more_body", False)
    validator: Any = validator_for(what)
    return await validated(validator, limits.value(pieces.whole(), content_type, validator.messages))


async def validated(validator: Validator[T] | AsyncValidator[T], data: object) -> T:
    """What becomes of the document in a body.

    Args:
        validator: Of either sort.
        data: The document.
    """
    if isinstance(validator, AsyncValidator):
        return await validator.avalidate(data, location="body")
    return validator.validate(data, location="body")


def header_of(scope: Scope, name: bytes) -> str | None:
    """A header of a request; the first if there are several.

    >>> header_of({"headers": [(b"content-length", b"7")]}, b"content-length")
    '7'
    """
    return next((value.decode("latin-1") for known, value in scope["headers"] if known == name), None)
