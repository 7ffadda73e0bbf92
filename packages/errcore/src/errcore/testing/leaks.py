# SPDX-License-Identifier: MIT
"""Where in responses, exceptions, log records and data a word is to be found.

What is walked is what leaves: bytes and texts as they go out, what an exception prints and what its pickle carries.
Nothing is followed into objects that merely hold something, since holding is no leak.
"""

from __future__ import annotations

import io
import logging
import pickle
from array import array
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import attrs

from errcore.errors import Occurrence, reading
from errcore.testing.answers import answer_of, is_response
from errcore.testing.disguises import Disguises

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Part: TypeAlias = tuple[str, object]

__all__ = ["MOST_SIGNS", "Finding", "search"]

MOST_SIGNS: int = 32 * 2**20
"""Characters and bytes that one search looks at."""

_MOST_VALUES = 100_000
_SHOWN = 60  # characters of a name
_LISTS = (list, tuple, set, frozenset, deque)
_HOLDERS = ("records", "seen")
"""Where recorders keep what they recorded: errcore's, and those of pytest and unittest."""


@attrs.frozen
class Finding:
    """What a search came to.

    Attributes:
        where: The way to the first text that has the word, and how it is written there; None if there is none.
        texts: How many texts were searched.
        cut: Whether there was more than a search looks at.
    """

    where: str | None
    texts: int
    cut: bool = False


def search(things: Mapping[str, object], word: str) -> Finding:
    """Look for a word.

    Args:
        things: Where to look, each with what it is called.
        word: What to look for.

    >>> search({"the log": ["x", {"a": "hunter2-Xy7"}]}, "hunter2-Xy7").where
    "the log, at [1], at ['a']: as it is"
    """
    disguises = Disguises(word)
    waiting: list[tuple[tuple[str, ...], object]] = [((name,), thing) for name, thing in things.items()]
    waiting.reverse()
    seen: dict[int, object] = {}  # and keeps each alive, so that no other one gets its id
    texts = signs = 0
    while waiting:
        way, thing = waiting.pop()
        if isinstance(thing, (str, bytes, bytearray)):
            texts, signs = texts + 1, signs + len(thing)
            if signs > MOST_SIGNS:
                return Finding(None, texts, cut=True)
            how = disguises.in_text(thing) if isinstance(thing, str) else disguises.in_bytes(bytes(thing))
            if how is not None:
                return Finding(f"{', '.join(_harmless(step, disguises) for step in way)}: {how}", texts)
        elif id(thing) not in seen:
            seen[id(thing)] = thing
            if len(seen) + len(waiting) > _MOST_VALUES:
                return Finding(None, texts, cut=True)
            waiting += reversed([((*way, step), part) for step, part in _parts(thing)])
    return Finding(None, texts)


def _harmless(step: str, disguises: Disguises) -> str:
    """A step of the way, unless it says what must not be said."""
    return step if disguises.in_text(step) is None else "under a name that has it, too"


def _parts(thing: Any) -> Iterator[Part]:
    """What there is to see of a thing, each with the step that leads there."""
    if thing is None or isinstance(thing, bool):
        return
    if isinstance(thing, BaseException):
        yield from _of_exception(thing)
    elif isinstance(thing, logging.LogRecord):
        yield from _said("message", thing.getMessage)
        yield from ((f"{name} of the record", value) for name, value in vars(thing).items())
    elif isinstance(thing, (io.StringIO, io.BytesIO)):
        yield "what was written", thing.getvalue()
    elif isinstance(thing, (memoryview, array)):
        yield "bytes", thing.tobytes()
    elif isinstance(thing, Iterator) and not isinstance(thing, io.IOBase):
        yield from _of_list(list(islice(cast("Iterator[object]", thing), _MOST_VALUES)))
    elif isinstance(thing, Mapping):
        yield from _of_mapping(cast("Mapping[object, object]", thing))
    elif isinstance(thing, _LISTS):
        yield from _of_list(cast("Collection[object]", thing))
    elif is_response(thing):
        yield from _of_response(thing)
    elif (fields := _fields(thing)) is not None:
        yield from ((name, getattr(thing, name, None)) for name in fields)
        if isinstance(thing, Occurrence):
            yield "internal", thing.internal
        yield from _said("repr", lambda: repr(thing))
    else:
        yield from ((name, found) for name in _HOLDERS if type(found := getattr(thing, name, None)) is list)
        yield from _said("str", lambda: str(thing))
        yield from _said("repr", lambda: repr(thing))


def _of_exception(exc: BaseException) -> Iterator[Part]:
    yield from _said("message", lambda: str(exc))
    yield from _said("repr", lambda: repr(exc))
    yield "args", reading.arguments(exc)
    yield "notes", reading.attributes(exc).get("__notes__")
    yield "cause", reading.cause(exc)
    yield "context", reading.context(exc)
    if issubclass(type(exc), BaseExceptionGroup):
        yield "members", reading.members(exc)
    yield from _said("pickled form", lambda: pickle.dumps(exc))


def _of_response(response: Any) -> Iterator[Part]:
    """Status line, headers, body; of a driver also what the application printed, of a client the redirects."""
    answer = answer_of(response)
    for name in ("reason_phrase", "reason", "status"):
        yield "status line", str(getattr(response, name, ""))
    for name, value in answer.headers:
        yield f"header {_short(name)}", f"{name}: {value}"
    yield "body", answer.body
    yield "errors", getattr(response, "errors", None)
    yield "history", getattr(response, "history", None)


def _of_mapping(mapping: Mapping[object, object]) -> Iterator[Part]:
    for key, value in mapping.items():
        yield "a key", key
        yield f"at [{_short(key)}]", value


def _of_list(several: Collection[object]) -> Iterator[Part]:
    """Its members, and all in one if they may be parts of one text."""
    for place, value in enumerate(several):
        yield f"at [{place}]", value
    if len(several) > 1:
        for kind in (bytes, str):
            if all(isinstance(value, kind) for value in several):
                yield "joined", kind().join(cast("Iterable[Any]", several))


def _fields(thing: Any) -> list[str] | None:
    """The public fields of a value of attrs or a dataclass; None of anything else."""
    kind = reading.kind_of(thing)
    if attrs.has(kind):
        names = [field.name for field in attrs.fields(kind)]
    elif is_dataclass(kind):
        names = list(kind.__dataclass_fields__)
    else:
        return None
    return [name for name in names if not name.startswith("_")]


def _said(step: str, say: Callable[[], object]) -> Iterator[Part]:
    """What a thing says of itself; nothing if it fails at that."""
    try:
        yield step, say()
    except Exception:  # noqa: BLE001 - what cannot be said or pickled does not leave that way
        return


def _short(name: object) -> str:
    text = name if isinstance(name, str) else type(name).__name__
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
