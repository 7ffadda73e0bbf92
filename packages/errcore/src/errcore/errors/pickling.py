# SPDX-License-Identifier: MIT
"""Errors between processes and copies of them, whatever their fields hold.

Each field pickles alone, so that one lock or one broken `__reduce__` costs its own value and never the error: an error
that does not unpickle would break the whole worker pool (https://bugs.python.org/issue37208 shows the shape).
Rebuilding never calls `__init__`, whose signature belongs to the user. A secret does not travel.
"""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

from errcore.errors import reading
from errcore.errors.causes import CHAIN, chain_of, type_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from errcore.errors.app_error import AppError

__all__ = ["COUNTED", "MARK", "duplicate", "rebuild", "reduce"]

MARK = "_errcore_reported"
"""Where an exception that was reported carries its occurrence; it stays behind in copies and pickles."""

COUNTED = "_errcore_counted"
"""Where an exception that was counted says by which monitors, and in which request; likewise."""

_NOTES = "__notes__"
_ENTRIES = 64
_BUILTIN = type(object.__new__)
_set = BaseException.__setattr__  # a class may have a `__setattr__` of its own
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
        for name, value in (*reading.attributes(error).items(), *_slots(error))
        if name not in {MARK, COUNTED, CHAIN}
    }
    lineage = tuple(
        (c.__module__, c.__qualname__) for c in type(error).__mro__ if reading.spec_of(c) is not None
    )
    return rebuild, (lineage, fields, _packed(reading.arguments(error)), _packed(chain_of(error)))


def rebuild(
    lineage: tuple[tuple[str, str], ...],
    fields: dict[str, bytes | dict[Any, bytes]],
    args: bytes,
    chain: bytes,
) -> BaseException:
    """The error again, of the nearest class that this process can import."""
    cls = next(found for found in map(_found, lineage) if found is not None)
    error = _blank(cls)
    values: dict[str, Any] = {name: _unpacked(packed) for name, packed in fields.items()}
    kept: Any = values.pop(_NOTES, None)
    for name, value in values.items():
        _put(error, name, value)
    arguments = _unpacked(args)
    _set(error, "args", arguments if isinstance(arguments, tuple) else ())
    notes: list[Any] = kept if reading.exactly(list, kept) else []
    if (cls.__module__, cls.__qualname__) != lineage[0]:
        notes.append(f"This was a {'.'.join(lineage[0])}, which cannot be imported here.")
    attributes = reading.attributes(error)
    attributes[CHAIN] = _unpacked(chain)
    if notes:
        attributes[_NOTES] = notes
    return error


def _blank(cls: type[BaseException]) -> BaseException:
    """A new object of a class, without its `__init__`; nor its `__new__`, where that wants arguments."""
    makers: list[Any] = [type.__getattribute__(cls, "__new__")]
    makers += [new for base in reading.lineage(cls) if type(new := vars(base).get("__new__")) is _BUILTIN]
    for make in makers:
        try:
            made = make(cls)
        except Exception:  # noqa: BLE001 - the user's own code, or a builtin base that is not the one with the layout
            continue
        if type(made) is cls:
            return made
    raise TypeError(
        f"Cannot make a {type_name(cls)} without arguments."
    )  # pragma: no cover - one builtin base fits


def _slots(error: BaseException) -> Iterator[tuple[str, Any]]:
    """What builtin bases and `__slots__` hold outside of the `__dict__`, such as the errno of an OSError."""
    for base in reading.lineage(type(error)):
        for name, slot in () if base is BaseException else tuple(vars(base).items()):
            if type(slot) is MemberDescriptorType:
                try:
                    value = slot.__get__(error)
                except AttributeError:  # never set
                    continue
                if value is not None:
                    yield name, value


def _put(error: BaseException, name: str, value: object) -> None:
    """Set an attribute where it belongs: in the slot of that name, or else in the `__dict__`."""
    for base in reading.lineage(type(error)):
        slot = vars(base).get(name)
        if type(slot) is MemberDescriptorType:
            with suppress(Exception):  # a slot of C that takes numbers only does not take a placeholder
                slot.__set__(error, value)
            return
    reading.attributes(error)[name] = value


def _found(name: tuple[str, str]) -> type[BaseException] | None:
    module, qualname = name
    try:
        __import__(module)
        found: Any = sys.modules[module]
        for part in qualname.split("."):
            found = getattr(found, part)
    except (Exception, SystemExit):  # noqa: BLE001 - any failure to import means: not here; a script may even exit
        return None
    return found if isinstance(found, type) and reading.spec_of(found) is not None else None


def _packed(value: Any) -> Any:
    try:
        return _dumps(value)
    except Exception:  # noqa: BLE001 - whatever a field's own pickling raises
        if reading.exactly(dict, value) and len(value) <= _ENTRIES:
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
    other = _blank(cls)
    if memo is not None:
        memo[id(error)] = other
    for name, value in (*reading.attributes(error).items(), *_slots(error)):
        if name == _NOTES and type(value) is list:
            reading.attributes(other)[name] = [*value]
        elif name not in {MARK, COUNTED}:
            _put(other, name, value if memo is None else _deep(value, memo))
    _set(other, "args", reading.arguments(error))
    _set(other, "__cause__", reading.cause(error))
    _set(other, "__context__", reading.context(error))
    _set(other, "__suppress_context__", reading.suppresses_context(error))
    return other


def _deep(value: Any, memo: dict[int, Any]) -> Any:
    """A deep copy, or the original where it cannot be copied (a lock, a connection)."""
    import copy

    try:
        return copy.deepcopy(value, memo)
    except Exception:  # noqa: BLE001 - whatever a field's own copying raises
        return value
