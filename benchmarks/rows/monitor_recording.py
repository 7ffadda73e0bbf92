# SPDX-License-Identifier: MIT
"""Raise an error three frames deep and count it.

The limit counts what errcore counts, in the same bounds; all columns raise the same exception in the same place. What is
less than that, a number in a dictionary or nothing, stands besides. The other rows are about errors each of which has a
message of its own: after many of them one costs what the first ones did (the limit there is errcore, too), and a hundred
thousand leave nothing behind.
"""

from __future__ import annotations

import sys
from itertools import count, islice
from typing import TYPE_CHECKING

from benchmarks.case import Case, Column
from benchmarks.peers import available
from benchmarks.populations import Population
from benchmarks.rows.monitor_by_hand import MonitorByHand
from benchmarks.rows.monitor_story import CODES, first, seen_by_errcore, seen_by_hand
from benchmarks.rows.one_request import log_to_nowhere
from errcore.errors import Occurrence
from errcore.monitor import Monitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    Capture = Callable[[Exception], object]

__all__ = ["after", "columns", "distinct", "growth", "record"]

_MANY = 300_000
_BATCH = 10_000  # errors between two batches
_JOBS = 100
_TEXT = "No such region."
_BARE = "a number by type and code"


def record() -> Case:
    """The row of one error, again and again."""
    return Case(
        "monitor record",
        limit=Column("counted by hand", _failing(MonitorByHand(CODES).capture), outcome=seen_by_hand),
        ours=Column("errcore", _failing(_monitor().capture), outcome=seen_by_errcore),
        gate=2.6,
        peers=tuple(_peers()),
        around=log_to_nowhere,
    )


def distinct() -> Case:
    """The row of time."""

    def column(name: str, before: int) -> Column:
        return Column(name, after(_monitor(), before), outcome=seen_by_errcore)

    return Case(
        "monitor after 3e5 messages",
        limit=column("the first ones", 0),
        ours=column("after many", _MANY),
        gate=1.2,
        jobs=_JOBS,
    )


def growth() -> Population:
    """The row of bytes, in a process with the thread that takes the counts away."""
    return Population("monitor 1e5 messages", __name__, keys=100_000, bytes_in_all=1_000_000)


def columns(_keys: int) -> dict[str, Callable[[], Callable[[str], object]]]:
    """What a process of a population fills: how an error with a message is counted, by the name of the column."""
    return {
        "limit": lambda: _failing_with(MonitorByHand(CODES).capture),
        "ours": lambda: _failing_with(Monitor(service="agents").capture),
    }


def _monitor() -> Monitor:
    return Monitor(background=False, service="agents")


def _failing(capture: Capture) -> Callable[[], None]:
    def fail() -> None:
        try:
            first(_TEXT)
        except ValueError as exc:
            capture(exc)

    return fail


def _failing_with(capture: Capture) -> Callable[[str], None]:
    def fail(text: str) -> None:
        try:
            first(text)
        except ValueError as exc:
            capture(exc)

    return fail


def after(monitor: Monitor, before: int) -> Callable[[], None]:
    """What counts a hundred errors; none is raised, which would be half of it, but has the traceback of one that was.

    Args:
        monitor: What counts.
        before: How many others the first call counts before, with a batch now and then.
    """
    capture, traceback = monitor.capture, _traceback()
    texts = map("No such region as {}.".format, count())
    left = before

    def some() -> None:
        nonlocal left
        while left > 0:
            for text in islice(texts, _BATCH):
                capture(ValueError(text).with_traceback(traceback))
            monitor.flush()
            left -= _BATCH
        for text in islice(texts, _JOBS):
            capture(ValueError(text).with_traceback(traceback))

    return some


def _traceback() -> TracebackType | None:
    try:
        first(_TEXT)
    except ValueError as exc:
        return exc.__traceback__


def _peers() -> Iterator[Column]:
    yield Column("raised, not counted", _failing(lambda _: None), differs="nothing is counted")
    yield Column("a dictionary", _failing(_in_a_dictionary()), differs=_BARE)
    yield Column("errcore, in a Runtime", _failing(_in_a_runtime()), differs="has the verdict already")
    if available("prometheus_client"):
        yield Column("prometheus labels().inc()", _failing(_with_prometheus()), differs=_BARE)
    if available("structlog"):
        call = _failing(_with_structlog())
        yield Column("structlog", call, outcome=lambda: None, differs="a line, nothing is counted")


def _in_a_dictionary() -> Capture:
    counts: dict[tuple[str, str], int] = {}

    def capture(exc: Exception) -> None:
        key = (type(exc).__name__, "INTERNAL_ERROR")
        counts[key] = counts.get(key, 0) + 1

    return capture


def _in_a_runtime() -> Capture:
    monitor, occurrence = _monitor(), Occurrence.of(ValueError(_TEXT))
    return lambda exc: monitor.record(exc, occurrence)


def _with_prometheus() -> Capture:
    from prometheus_client import CollectorRegistry, Counter

    errors = Counter("errors", "What failed.", ["type", "code"], registry=CollectorRegistry())
    return lambda exc: errors.labels(type(exc).__name__, "INTERNAL_ERROR").inc()


def _with_structlog() -> Capture:
    import structlog

    processors = [structlog.processors.TimeStamper("iso"), structlog.processors.JSONRenderer()]
    logger = structlog.wrap_logger(_Output(), processors=processors).bind()
    return lambda exc: logger.error("failed", type=type(exc).__name__, message=exc.args[0])


class _Output:
    """Standard output, wherever it goes."""

    def error(self, line: str) -> None:
        """Write a line."""
        stream = sys.stdout
        stream.write(line + "\n")
        stream.flush()
