# SPDX-License-Identifier: MIT
"""The three markers of an error's fields: who may see this value?

A field without a marker is internal: what leaves the process was declared public.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, TypeVar, overload

import attrs

from errcore.errors import reading

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Visibility", "internal", "is_marker", "public", "secret", "setting", "visibility_of"]

T = TypeVar("T")
# `factory=list` says nothing of what the list holds; the annotation does. Without a case of its own, strict checkers
# would call the field partly unknown.
Container: TypeAlias = "type[list[Any] | dict[Any, Any] | set[Any]]"

_VISIBILITY = "errcore.visibility"
_MARKER = reading.kind_of(attrs.field())


class Visibility(StrEnum):
    """Who may see the value of a field."""

    PUBLIC = "public"
    INTERNAL = "internal"
    SECRET = "secret"  # noqa: S105 - a name, not a credential
    SETTING = "setting"


def _refuse(why: str) -> NoReturn:
    # Up to whoever wrote the marker; the public inspect module would be imported for this alone.
    frame = sys._getframe(3)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    raise TypeError(f"Cannot declare a field at {frame.f_code.co_filename}:{frame.f_lineno}: {why}.")


def _marker(visibility: Visibility, default: Any, factory: Callable[[], Any] | None, **options: Any) -> Any:
    if factory is not None:
        if default is not attrs.NOTHING:
            _refuse("it has both a default and a factory; give one of them")
        return attrs.field(factory=factory, metadata={_VISIBILITY: visibility}, **options)
    if type(default) in {list, dict, set}:
        kind = type(default).__name__
        _refuse(f"all its errors would share one {kind}; write factory={kind}")
    return attrs.field(default=default, metadata={_VISIBILITY: visibility}, **options)


@overload
def public() -> Any: ...
@overload
def public(*, default: T) -> T: ...
@overload
def public(*, factory: Container) -> Any: ...
@overload
def public(*, factory: Callable[[], T]) -> T: ...
def public(*, default: Any = attrs.NOTHING, factory: Callable[[], Any] | None = None) -> Any:
    """Mark a field that the client may see: in the message, in the envelope, in the documentation.

    Args:
        default: The value where none is given; without it the field is required.
        factory: Makes the default, for lists and the like.

    >>> from errcore import NotFoundError
    >>> class AgentNotFound(NotFoundError, code="DOC_AGENT_NOT_FOUND", message="No agent {agent_id}."):
    ...     agent_id: str = public()
    >>> str(AgentNotFound(agent_id="a1"))
    'No agent a1.'
    """
    return _marker(Visibility.PUBLIC, default, factory)


@overload
def internal() -> Any: ...
@overload
def internal(*, default: T) -> T: ...
@overload
def internal(*, factory: Container) -> Any: ...
@overload
def internal(*, factory: Callable[[], T]) -> T: ...
def internal(*, default: Any = attrs.NOTHING, factory: Callable[[], Any] | None = None) -> Any:
    """Mark a field that reaches the log, redacted, and never a client. Fields without a marker are internal too.

    Args:
        default: The value where none is given; without it the field is required.
        factory: Makes the default, for lists and the like.

    >>> from errcore import InternalError
    >>> class LedgerBroken(InternalError, code="DOC_LEDGER_CORRUPTED"):
    ...     shard: int = internal(default=0)
    >>> LedgerBroken(shard=3).shard
    3
    """
    return _marker(Visibility.INTERNAL, default, factory)


@overload
def secret() -> Any: ...
@overload
def secret(*, default: T) -> T: ...
@overload
def secret(*, factory: Container) -> Any: ...
@overload
def secret(*, factory: Callable[[], T]) -> T: ...
def secret(*, default: Any = attrs.NOTHING, factory: Callable[[], Any] | None = None) -> Any:
    """Mark a field that only code may read: it appears in no text, log, envelope, debug output or pickle.

    Args:
        default: The value where none is given; without it the field is required.
        factory: Makes the default.

    >>> from errcore import AuthenticationError
    >>> class BadToken(AuthenticationError, code="DOC_TOKEN_INVALID"):
    ...     token: str = secret()
    >>> "hunter2" in repr(BadToken(token="hunter2"))
    False
    """
    return _marker(Visibility.SECRET, default, factory)


def setting(*, default: T, kw_only: bool = True) -> T:
    """A field of the base class that steers how the error is told."""
    return _marker(Visibility.SETTING, default, None, kw_only=kw_only)  # type: ignore[no-any-return]


def visibility_of(attribute: attrs.Attribute[Any]) -> Visibility:
    """Who may see a field; internal where nothing was said."""
    return attribute.metadata.get(_VISIBILITY, Visibility.INTERNAL)  # type: ignore[no-any-return]


def is_marker(value: object) -> bool:
    """Whether a class attribute is a field marker."""
    return reading.exactly(_MARKER, value)
