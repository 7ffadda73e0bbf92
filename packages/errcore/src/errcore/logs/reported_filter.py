# SPDX-License-Identifier: MIT
"""A filter for loggers that print raw tracebacks: those of web servers, of frameworks, of asyncio.

What errcore has reported is in its own line, redacted, so of such a record one line with the id stays. The traceback
of anything else is replaced by a redacted one: frames without source and locals, texts without secrets.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

from errcore.errors import reading
from errcore.errors.databases.texts import database_text
from errcore.errors.frames import frames_of
from errcore.errors.occurrence import Occurrence
from errcore.errors.reported import in_graph, reported, settled
from errcore.jsonsafe import one_line, safe_text
from errcore.redaction import default_redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from errcore.redaction import Redactor


__all__ = ["ReportedFilter"]

_TEXT = 4096  # characters of a message
_LINE = 512
_TRACEBACK = "Traceback (most recent call last)"
_FRAMES = 30


class ReportedFilter(logging.Filter):
    """Lets every record pass, after taking out of it what must not be printed. Never raises an Exception.

    Args:
        redactor: What cleans texts; errcore's own where None.

    >>> import logging
    >>> record = logging.LogRecord(
    ...     "server", logging.ERROR, "app.py", 1, "failed: %s", (ValueError("password=x"),), None
    ... )
    >>> ReportedFilter().filter(record), record.getMessage()
    (True, 'failed: ValueError: password=[redacted]')
    """

    def __init__(self, redactor: Redactor | None = None) -> None:
        super().__init__()
        self.redactor: Redactor = redactor or default_redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the record, in place; always True."""
        try:
            self._clean(record)
        except Exception as problem:  # noqa: BLE001 - a filter's failure would be the logging code's
            # Rather a line without a story than one with a secret.
            _replace(
                record, f"errcore could not clean this record ({type(problem).__name__}); it was left out."
            )
        return True

    def _clean(self, record: logging.LogRecord) -> None:
        exc = _exception_of(record.exc_info)
        occurrence = None if exc is None else settled(exc)
        # Where our own line was never written, this record is the only one that can tell the story.
        if occurrence is not None and occurrence.logged:
            _replace(record, f"{occurrence.verdict.code} was reported by errcore; {_ids(occurrence)}")
            return
        if exc is not None:
            record.exc_info = None
            record.exc_text = self._traceback(exc)
        elif record.exc_text:
            record.exc_text = self._cleaned(record.exc_text)
        if record.stack_info:
            record.stack_info = self._cleaned(record.stack_info)
        if exc is not None or _suspicious(record.msg) or any(map(_suspicious, _arguments(record.args))):
            record.args = _without_exceptions(record.args, self.redactor)
            if isinstance(record.msg, BaseException):
                record.msg = _as_text(record.msg, self.redactor)
            record.msg, record.args = self._cleaned(record.getMessage()), ()
            # uvicorn prints this instead of the message where the terminal has colours.
            record.__dict__.pop("color_message", None)

    def _cleaned(self, text: object) -> str:
        cleaned: str = self.redactor.text(safe_text(text, _TEXT))
        return cleaned

    def _traceback(self, exc: BaseException) -> str:
        """What an operator needs of an exception that nobody reported; the newest frame last, as Python has it."""
        occurrence = Occurrence.of(exc, redactor=self.redactor)
        internal = occurrence.internal
        lines = ["Traceback (most recent call last, without source, redacted by errcore):"]
        lines += [
            f"  {frame}" for frame in internal.get("traceback") or frames_of(reading.traceback(exc), _FRAMES)
        ]
        # Left out where it is the public sentence, which nobody has redacted.
        said = internal["message"] if "message" in internal else self._cleaned(occurrence.message)
        lines.append(f"{occurrence.type_name}: {one_line(said, _LINE)}")
        for name, word in (("causes", "caused by"), ("others", "together with")):
            for link in internal.get(name, ()):
                lines.append(f"{word} {link['type']}: {one_line(link['message'], _LINE)}")
        lines += [f"note: {one_line(note, _LINE)}" for note in internal.get("notes", ())]
        known = in_graph(exc)
        if known is not None:
            lines.append(f"{known.verdict.code} among these was reported by errcore; {_ids(known)}")
        return "\n".join(lines)


def _exception_of(exc_info: Any) -> BaseException | None:
    """The exception of a record; `logging` stores a tuple, but not everybody makes records with `logging`."""
    exc: object = cast("tuple[object, ...]", exc_info)[1] if isinstance(exc_info, tuple) else exc_info
    return exc if isinstance(exc, BaseException) else None


def _replace(record: logging.LogRecord, message: str) -> None:
    record.msg, record.args = message, ()
    record.exc_info = record.exc_text = record.stack_info = None
    record.__dict__.pop("color_message", None)
    record.__dict__.pop("message", None)


def _ids(occurrence: Occurrence) -> str:
    ids = occurrence.context.ids
    return f"error_id={occurrence.id}" + (
        "" if ids is None else f" request_id={one_line(ids.request_id, 128)}"
    )


def _arguments(args: Any) -> tuple[Any, ...]:
    if isinstance(args, dict):
        return tuple(cast("dict[str, object]", args).values())
    return args or ()


def _suspicious(value: object) -> bool:
    return isinstance(value, BaseException) or (isinstance(value, str) and _TRACEBACK in value)


def _without_exceptions(args: Any, redactor: Redactor) -> tuple[object, ...] | Mapping[str, object]:
    if isinstance(args, dict):
        named = cast("dict[str, object]", args)
        return {name: _as_text(value, redactor) for name, value in named.items()}
    return tuple(_as_text(value, redactor) for value in _arguments(args))


def _as_text(value: object, redactor: Redactor) -> object:
    """An exception as text, or only as its type where errcore has reported it; anything else as it is."""
    if not isinstance(value, BaseException):
        return value
    name = type(value).__name__
    occurrence = reported(value)
    if occurrence is not None:
        return f"{name} ({_ids(occurrence)})"
    words = database_text(value)
    return f"{name}: {redactor.text(one_line(value if words is None else words, _LINE))}"
