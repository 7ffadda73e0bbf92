# SPDX-License-Identifier: MIT
"""Errors between processes and copies of them, whatever their fields hold.

Each field pickles alone, so that one lock or one broken `__reduce__` costs its own value and never the error: an error
that does not unpickle would break the whole worker pool (https://bugs.python.org/issue37208 shows the shape).
Rebuilding never calls `__init__`, whose signature belongs to the user. A secret does not travel.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from errcore.errors.causes import CHAIN, chain_of, type_name

if TYPE_CHECKING:
    from errcore.errors.app_error import AppError

__all__ = ["MARK", "duplicate", "rebuild", "reduce"]

MARK = "_errcore_reported"
"""Where an exception that was reported carries its occurrence; it stays behind in copies and pickles."""

_NOTES = "__notes__"
_ENTRIES = 64
# Errors that this thread is pickling: one whose field leads back to itself would never end.
_reducing = threading.local()


def reduce(error: AppError) -> tuple[Any, ...]:
    """What `pickle` stores of an error."""
    active: set[int] = _reducing.__dict__.setdefault("active", set())
    if id(error) in active:
        return str, (_placeholder(error),)
    active.add(id(error))
    try:
        return _reduce(error)
    finally:
        active.discard(id(error))


def _reduce(error: AppError) -> tuple[Any, ...]:
    from errcore.redaction import REDACTED

    secrets = type(error).spec.secret_names
    fields = {
        name: _packed(REDACTED if name in secrets else value)
        for name, value in error.__dict__.items()
        if name not in {MARK, CHAIN}
    }
    lineage = tuple((cls.__module__, cls.__qualname__) for cls in type(error).__mro__ if hasattr(cls, "spec"))
    return rebuild, (lineage, fields, _packed(error.args), _packed(chain_of(error)))


def rebuild(
    lineage: tuple[tuple[str, str], ...], fields: dict[str, bytes | dict[Any, bytes]], args: bytes, chain: bytes
) -> BaseException:
    """The error again, of the nearest class that this process can import."""
    cls = next(found for found in map(_found, lineage) if found is not None)
    error: BaseException = cls.__new__(cls)
    if (cls.__module__, cls.__qualname__) != lineage[0]:
        error.add_note(f"This was a {'.'.join(lineage[0])}, which cannot be imported here.")
    for name, packed in fields.items():
        error.__dict__[name] = _unpacked(packed)
    arguments = _unpacked(args)
    error.args = arguments if isinstance(arguments, tuple) else ()
    error.__dict__[CHAIN] = _unpacked(chain)
    return error


def _found(name: tuple[str, str]) -> type[BaseException] | None:
    module, qualname = name
    try:
        __import__(module)
        found: Any = sys.modules[module]
        for part in qualname.split("."):
            found = getattr(found, part)
    except Exception:  # noqa: BLE001 - any failure to import means: not here
        return None
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def _packed(value: object) -> Any:
    try:
        return _dumps(value)
    except Exception:  # noqa: BLE001 - whatever a field's own pickling raises
        if type(value) is dict and len(value) <= _ENTRIES:
            return {key: _packed_or_placeholder(entry) for key, entry in value.items() if type(key) is str}
        return _dumps(_placeholder(value))


def _packed_or_placeholder(value: object) -> bytes:
    try:
        return _dumps(value)
    except Exception:  # noqa: BLE001
        return _dumps(_placeholder(value))


def _dumps(value: object) -> bytes:
    import pickle

    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def _unpacked(packed: bytes | dict[Any, bytes]) -> Any:
    if type(packed) is dict:
        return {key: _unpacked(entry) for key, entry in packed.items()}
    import pickle

    try:
        return pickle.loads(packed)  # type: ignore[arg-type]  # noqa: S301 - unpickled inside an unpickling
    except Exception as problem:  # noqa: BLE001 - a value that cannot be rebuilt costs itself, not the error
        return f"<not unpickled: {type(problem).__name__}>"


def _placeholder(value: object) -> str:
    return f"<{type_name(type(value))}: not pickled>"


def duplicate(error: AppError, memo: dict[int, Any] | None = None) -> Any:
    """A copy: same class, fields, notes, arguments and living causes; secrets stay.

    Args:
        error: What to copy.
        memo: The memo of a deep copy; without it the copy is shallow.
    """
    cls = type(error)
    other: BaseException = cls.__new__(cls)
    if memo is not None:
        memo[id(error)] = other
    for name, value in error.__dict__.items():
        if name == _NOTES:
            other.__dict__[name] = list(value)
        elif name != MARK:
            other.__dict__[name] = value if memo is None else _deep(value, memo)
    other.args = error.args
    other.__cause__ = error.__cause__
    other.__context__ = error.__context__
    other.__suppress_context__ = error.__suppress_context__
    return other


def _deep(value: Any, memo: dict[int, Any]) -> Any:
    """A deep copy, or the original where it cannot be copied (a lock, a connection)."""
    import copy

    try:
        return copy.deepcopy(value, memo)
    except Exception:  # noqa: BLE001 - whatever a field's own copying raises
        return value
