# SPDX-License-Identifier: MIT
"""Where lines go: standard output through structlog, or a logger that somebody passed.

structlog is set up here for ourselves alone: a logger with its own processors ignores `structlog.configure`. One
processor does all the work and the encoder is kept, which costs a third of the usual chain. The fields of a line are
made when it is certain that it is written.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

from errcore.errors.kinds import Severity
from errcore.logs.line import line_of, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["AddFields", "Destination"]

AddFields: TypeAlias = "Callable[[dict[str, object]], object]"
"""Adds the fields of one line to those that are there."""

_LEVELS = {
    Severity.DEBUG: logging.DEBUG,
    Severity.INFO: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.ERROR: logging.ERROR,
    Severity.CRITICAL: logging.CRITICAL,
}


class Destination:
    """One place for lines.

    Args:
        logger: A logger of `logging`, which gets the line as its message and the fields as `record.errcore`; any other
            one, which gets `logger.<level>(event, **fields)` as structlog's loggers take it; None for standard output.
        level: Lines of less severity are not for it.
    """

    def __init__(self, logger: Any, level: Severity) -> None:
        self._level = _LEVELS[level]
        self.write: Callable[[Severity, str, float, AddFields], object]
        """Write a line: its severity, its event, seconds since the epoch, and what adds its fields."""
        if logger is None:
            self.write = _to_standard_output(self._level)
        elif isinstance(logger, logging.Logger | logging.LoggerAdapter):
            self.write = _to_logging(logger)  # pyright: ignore[reportUnknownArgumentType]
        else:
            self.write = _to_another(logger)

    def takes(self, severity: Severity) -> bool:
        """Whether lines of this severity are for it.

        >>> Destination(None, Severity.INFO).takes(Severity.DEBUG)
        False
        """
        return _LEVELS[severity] >= self._level


def _to_logging(
    logger: logging.Logger | logging.LoggerAdapter[Any],
) -> Callable[[Severity, str, float, AddFields], object]:
    def write(severity: Severity, event: str, _moment: float, add: AddFields) -> None:
        level = _LEVELS[severity]
        if logger.isEnabledFor(level):
            fields: dict[str, object] = {}
            add(fields)
            logger.log(level, line_of({"event": event, **fields})[:-1], extra={"errcore": fields})

    return write


def _to_another(logger: Any) -> Callable[[Severity, str, float, AddFields], object]:
    def write(severity: Severity, event: str, _moment: float, add: AddFields) -> None:
        fields: dict[str, object] = {}
        add(fields)
        getattr(logger, severity)(event, **fields)

    return write


class _StandardOutput:
    """What structlog writes to. Standard output is looked up each time, because tests and servers replace it."""

    @staticmethod
    def error(line: str) -> None:
        # One call, so that lines of several threads do not mix; flushed, for the next thing may be a crash.
        stream = sys.stdout
        stream.write(line)
        stream.flush()

    debug = info = warning = critical = error


def _to_standard_output(level: int) -> Callable[[Severity, str, float, AddFields], object]:
    import structlog  # here, because it is dear and most of those who import errcore never write a line

    def processor(_logger: object, name: str, told: Any) -> str:
        """The whole chain: stamp, fields, JSON."""
        fields: dict[str, object] = {
            "timestamp": timestamp(told["moment"]),
            "level": name,
            "event": told["event"],
        }
        told["add"](fields)
        return line_of(fields)

    bound = structlog.wrap_logger(
        _StandardOutput(),
        processors=[processor],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        context_class=dict,
        cache_logger_on_first_use=True,
    ).bind()
    methods: dict[Severity, Callable[..., object]] = {
        severity: getattr(bound, severity) for severity in Severity
    }

    def write(severity: Severity, event: str, moment: float, add: AddFields) -> None:
        methods[severity](event, moment=moment, add=add)

    return write
