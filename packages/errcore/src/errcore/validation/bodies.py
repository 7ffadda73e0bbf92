# SPDX-License-Identifier: MIT
"""The body of a request as JSON, within limits; every framework reads it this way before a validator looks at it.

What is read is JSON (RFC 8259) as I-JSON (RFC 7493) has it: UTF-8, no key twice in one object, no half of a surrogate
pair, no fraction that no float holds. What one reader takes and another one reads otherwise is refused.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, overload

import attrs

from errcore.errors.issues import Issue
from errcore.errors.stock import PayloadTooLargeError, UnsupportedMediaTypeError, ValidationError
from errcore.validation.asynchronous import AsyncValidator
from errcore.validation.declaring.builder import InputValidator
from errcore.validation.messages import sentence
from errcore.validation.refusals import refusal
from errcore.validation.validator import Validator

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BodyPieces", "JsonBody", "validator_for"]

T = TypeVar("T")

_IS_JSON = re.compile(r"application/(?:[a-z0-9!#$&^_.-]+\+)?json[ \t]*(?:;|$)", re.IGNORECASE).match
# A text that is not ended is one, too: so nothing is looked at twice.
_TEXTS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKETS = re.compile(r"[^\[\]{}]+")
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
_HALF = re.compile(r"\\u[dD][89a-fA-F]").search
_BLANK = " \t\r\n"
_WORDINGS = {"INVALID_FORMAT": "json"}  # of the others: "document"
_OURS: Mapping[str, str] = MappingProxyType({})


class BodyPieces:
    """A body that arrives in pieces. Made by `JsonBody.pieces`.

    >>> pieces = JsonBody().pieces()
    >>> pieces.add(b'{"age":')
    >>> pieces.add(b" 36}")
    >>> pieces.whole()
    b'{"age": 36}'
    """

    __slots__ = ("_left", "_pieces")

    def __init__(self, most: int) -> None:
        self._left = most
        self._pieces: list[bytes] = []

    def add(self, piece: bytes) -> None:
        """Keep one more.

        Args:
            piece: It.

        Raises:
            errcore.PayloadTooLargeError: If that is too much; the rest need not be read.
        """
        self._left -= len(piece)
        if self._left < 0:
            raise PayloadTooLargeError
        self._pieces.append(piece)

    def whole(self) -> bytes:
        """All that has come."""
        return b"".join(self._pieces)


@attrs.frozen
class JsonBody:
    """How much of a body is read, and how.

    Args:
        max_bytes: How long it may be, in bytes; one that is longer is not read.
        max_depth: How many arrays and objects may be inside each other.

    Raises:
        errcore.ConfigurationError: If a limit is no whole number above 0, or the depth is more than 256.

    >>> JsonBody().value(b'{"age": 36}', "application/json")
    {'age': 36}
    """

    max_bytes: int = 1_048_576
    max_depth: int = 64

    def __attrs_post_init__(self) -> None:
        for name, limit, most in (("max_bytes", self.max_bytes, None), ("max_depth", self.max_depth, 256)):
            if type(limit) is not int or limit < 1 or (most is not None and limit > most):
                above = "" if most is None else f" and at most {most}"
                raise refusal("JsonBody", f"{name} is no whole number above 0{above}", "give one")

    def announced(self, content_type: str | None, content_length: str | None) -> None:
        """Look at the headers of a request, before its body is read.

        Args:
            content_type: Its Content-Type, if it has one.
            content_length: Its Content-Length, if it has one.

        Raises:
            errcore.UnsupportedMediaTypeError: If the body is no JSON.
            errcore.PayloadTooLargeError: If it is too long.
        """
        if content_type is not None and not _IS_JSON(content_type):
            raise UnsupportedMediaTypeError
        if content_length is not None and content_length.isascii() and content_length.isdigit():
            digits = content_length.lstrip("0")
            if len(digits) > 18 or int(digits or "0") > self.max_bytes:
                raise PayloadTooLargeError

    def pieces(self) -> BodyPieces:
        """What to put the body together of, as it arrives."""
        return BodyPieces(self.max_bytes)

    def value(self, body: bytes, content_type: str | None, messages: Mapping[str, str] = _OURS) -> Any:
        """What a whole body says.

        Args:
            body: It.
            content_type: Its Content-Type.
            messages: Sentences by code that go before errcore's own, such as those of a validator.

        Raises:
            errcore.PayloadTooLargeError: If it is too long.
            errcore.UnsupportedMediaTypeError: If its type is not JSON's, or is not given.
            errcore.ValidationError: If there is none, it is no JSON, or is nested too deeply.
        """
        if len(body) > self.max_bytes:
            raise PayloadTooLargeError
        if body and (content_type is None or not _IS_JSON(content_type)):
            # Without a type a page of another site may send it, and no browser asks whether it may.
            raise UnsupportedMediaTypeError
        found, code = self._read(body)
        if code:
            params = {"format": "json"} if code == "INVALID_FORMAT" else {}
            words = sentence(code, _WORDINGS.get(code, "document"), params, messages)
            raise ValidationError(issues=(Issue("", code, words, params, "body"),))
        return found

    def _read(self, body: bytes) -> tuple[Any, str]:
        """The value, and the code of what is wrong. Nothing is raised, for errors of decoders hold what they read."""
        try:
            text = body.decode("utf-8-sig")  # a mark at the beginning may be ignored (RFC 8259, section 8.1)
            if not text.strip(_BLANK):
                return None, "REQUIRED"
            if _is_deeper(text, self.max_depth):
                return None, "TOO_DEEP"
            found = _DECODER.decode(text)
            if _HALF(text) is not None:
                json.dumps(found, ensure_ascii=False).encode()
        except RecursionError:
            return None, "TOO_DEEP"
        except ValueError:
            return None, "INVALID_FORMAT"
        return found, ""


def _is_deeper(text: str, depth: int) -> bool:
    if text.count("[") + text.count("{") <= depth:
        return False
    brackets = _NOT_BRACKETS.sub("", _TEXTS.sub("", text))
    return any(level > depth for level in accumulate(map(_STEPS.__getitem__, brackets)))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _number(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise ValueError
    return found


def _constant(_name: str) -> float:
    raise ValueError


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_constant)


@overload
def validator_for(what: AsyncValidator[T]) -> AsyncValidator[T]: ...
@overload
def validator_for(what: Validator[T] | type[T]) -> Validator[T]: ...
@overload
def validator_for(what: InputValidator) -> Validator[dict[str, Any]]: ...
@overload
def validator_for(
    what: type[Any] | Validator[Any] | AsyncValidator[Any] | InputValidator,
) -> Validator[Any] | AsyncValidator[Any]: ...
@overload  # what type checkers do not take for a class
def validator_for(what: object) -> Any: ...


def validator_for(what: Any) -> Any:
    """The validator of whatever says what an input has to be; of one class it is made once.

    Args:
        what: An attrs class or another type, a validator, or a builder of one.

    Raises:
        errcore.ConfigurationError: If values of the type cannot be checked.

    >>> from errcore import InputValidator
    >>> v = InputValidator()
    >>> v.field("name").required().field("age").type(int)
    <field age>
    >>> validator_for(v)
    <Validator of name, age>
    """
    if isinstance(what, InputValidator):
        return what.build()
    return what if issubclass(type(what), (Validator, AsyncValidator)) else _of(what)


@lru_cache(maxsize=1024)
def _of(cls: type[Any]) -> Validator[Any]:
    return Validator.of(cls)
