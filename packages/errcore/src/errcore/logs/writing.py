# SPDX-License-Identifier: MIT
"""How a line reaches one place: a sink through structlog, or a logger that somebody passed.

structlog is set up here for ourselves alone: a logger with its own processors ignores `structlog.configure`. One
processor does all the work and the encoder is kept, which costs a third of the usual chain. The fields of a line are
made when it is certain that it is written.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeAlias

from errcore.errors.kinds import Severity
from errcore.logs.categories import Category
from errcore.logs.line import line_of, timestamp
from errcore.logs.sinks.sink import LineLostError, Sink

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LEVELS", "AddFields", "Write", "write_to"]

AddFields: TypeAlias = "Callable[[dict[str, object]], object]"
"""Adds the fields of one line to those that are there."""

Write: TypeAlias = "Callable[[Severity, str, float, AddFields], object]"
"""Writes a line: its severity, its event, seconds since the epoch, and what adds its fields. Raises if it is lost."""

LEVELS = {
    Severity.DEBUG: logging.DEBUG,
    Severity.INFO: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.ERROR: logging.ERROR,
    Severity.CRITICAL: logging.CRITICAL,
}
"""The levels of `logging`."""


def write_to(place: Any, category: Category) -> Write:
    """What writes lines of one sort to a place.

    Args:
        place: A sink; a logger of `logging`, which gets the line as its message and the fields as `record.errcore`; any
            other one, which gets `logger.<level>(event, **fields)` as structlog's loggers take it.
        category: What each line says that it is.
    """
    if isinstance(place, Sink):
        return _to_sink(place, category)
    if isinstance(place, logging.Logger | logging.LoggerAdapter):
        return _to_logging(place, category)  # pyright: ignore[reportUnknownArgumentType]
    return _to_another(place, category)


def _to_logging(logger: logging.Logger | logging.LoggerAdapter[Any], category: Category) -> Write:
    def write(severity: Severity, event: str, _moment: float, add: AddFields) -> None:
        level = LEVELS[severity]
        if not always and not logger.isEnabledFor(level):
            return
        fields: dict[str, object] = {"category": category}
        add(fields)
        line, extra = line_of({"event": event, **fields})[:-1], {"errcore": fields}
        if not always:
            logger.log(level, line, extra=extra)
            return
        # Past the levels of the logger, not past its filters and handlers.
        plain = _unwrapped(logger)
        plain.handle(plain.makeRecord(plain.name, level, __file__, 0, line, (), None, extra=extra))

    always = category is Category.SECURITY
    return write


def _unwrapped(logger: Any) -> logging.Logger:
    inner: Any = logger
    while not isinstance(inner, logging.Logger):
        inner = inner.logger
    return inner


def _to_another(logger: Any, category: Category) -> Write:
    def write(severity: Severity, event: str, _moment: float, add: AddFields) -> None:
        fields: dict[str, object] = {"category": category}
        add(fields)
        getattr(logger, severity)(event, **fields)

    return write


class _Lines:
    """What structlog takes for a logger: a sink. Every line passes here, so nothing is between."""

    def __init__(self, sink: Sink) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = sink.write


def _to_sink(sink: Sink, category: Category) -> Write:
    def processor(_logger: object, name: str, told: Any) -> str:
        """The whole chain: stamp, fields, JSON."""
        fields: dict[str, object] = {
            "timestamp": timestamp(told["moment"]),
            "level": name,
            "category": category,
            "event": told["event"],
        }
        told["add"](fields)
        return line_of(fields)

    def without_structlog(severity: Severity, event: str, moment: float, add: AddFields) -> None:
        if not sink.write(processor(None, severity, {"event": event, "moment": moment, "add": add})):
            raise LineLostError

    try:
        import structlog  # here, because it is dear and most of those who import errcore never write a line
    except (
        ValueError
    ):  # it asks standard output whether it has colours, also where that is closed, as in a daemon
        return without_structlog
    bound = structlog.wrap_logger(
        _Lines(sink),
        processors=[processor],
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
        context_class=dict,
        cache_logger_on_first_use=True,
    ).bind()
    methods: dict[Severity, Callable[..., object]] = {
        severity: getattr(bound, severity) for severity in Severity
    }

    def write(severity: Severity, event: str, moment: float, add: AddFields) -> None:
        if not methods[severity](event, moment=moment, add=add):
            raise LineLostError  # for whoever counts it

    return write
