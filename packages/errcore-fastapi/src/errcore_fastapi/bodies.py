# SPDX-License-Identifier: MIT
"""`body`: a parameter that is the JSON body, read within limits and checked by an errcore validator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Depends, Request

from errcore import PayloadTooLargeError, UnsupportedMediaTypeError, ValidationError, raises
from errcore.validation import AsyncValidator, JsonBody, validator_for
from errcore_asgi import validated

if TYPE_CHECKING:
    from errcore import InputValidator, Validator
    from errcore.validation import JsonSchema

__all__ = ["body", "schema_read_by"]

_MARK = "__errcore_body__"
_LIMITS = JsonBody()


def body(
    what: type[Any] | Validator[Any] | AsyncValidator[Any] | InputValidator,
    *,
    limits: JsonBody = _LIMITS,
) -> Any:
    """What to write beside the type of a parameter that is the JSON body, in `Annotated`.

    The body is rejected with 422 and all that is wrong with it, each issue with its pointer and the location "body";
    with 413 if it is too long, and with 415 if it is no JSON. Where errcore is installed, all this is in the OpenAPI
    document, with the schema of the validator.

    Args:
        what: An attrs class, a validator of either sort, or a builder of one.
        limits: How much is read: by default 1 MiB, nested 64 deep.

    Raises:
        errcore.ConfigurationError: If values of the class cannot be checked.

    >>> import attrs
    >>> from typing import Annotated
    >>> from errcore.validation import Range
    >>> from fastapi import FastAPI
    >>> @attrs.define
    ... class Signup:
    ...     age: Annotated[int, Range(18, 120)]
    >>> app = FastAPI()
    >>> @app.post("/signups")
    ... async def sign_up(signup: Annotated[Signup, body(Signup)]) -> int:
    ...     return signup.age
    """
    validator = validator_for(what)

    @raises(ValidationError, PayloadTooLargeError, UnsupportedMediaTypeError)
    async def read(request: Request) -> Any:
        content_type = request.headers.get("content-type")
        limits.announced(content_type, request.headers.get("content-length"))
        return await validated(
            validator, limits.value(await _read(request, limits), content_type, validator.messages)
        )

    first = validator.first if isinstance(validator, AsyncValidator) else validator
    setattr(read, _MARK, first.json_schema())
    return Depends(read)


async def _read(request: Request, limits: JsonBody) -> bytes:
    pieces = limits.pieces()
    async for piece in request.stream():
        pieces.add(piece)
    # Where `request.body()` keeps it: others may ask for it, too.
    vars(request)["_body"] = whole = pieces.whole()
    return whole


def schema_read_by(call: object) -> JsonSchema | None:
    """The schema of the body that a dependency reads; None for any other.

    >>> schema_read_by(print) is None
    True
    """
    schema: JsonSchema | None = getattr(call, _MARK, None)
    return schema
