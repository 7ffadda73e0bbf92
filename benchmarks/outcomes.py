# SPDX-License-Identifier: MIT
"""The same job, or no comparison: every column shows what it does before it is timed."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from benchmarks.case import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.case import Case, Column

__all__ = ["UnequalJobsError", "check", "difference"]


class UnequalJobsError(Exception):
    """A column does not do what the limit does, so a ratio of the two would mean nothing."""


def check(case: Case) -> None:
    """Run every column once and compare.

    Raises:
        UnequalJobsError: If an outcome is not that of the limit, or the limit or errcore claims an exception.
    """
    if case.limit.differs or case.ours.differs:
        raise UnequalJobsError(f"{case.name}: only a peer may leave a part of the job out")
    expected = _outcome(case.limit)
    for column in (case.ours, *case.peers):
        if inspect.iscoroutinefunction(column.call) != case.asynchronous:
            raise UnequalJobsError(f"{case.name}: {column.name} is not awaited like the limit")
        outcome = _outcome(column)  # one that differs runs, too: a peer that crashes is not timed
        if column.differs:
            continue
        found = difference(expected, outcome)
        if found:
            raise UnequalJobsError(f"{case.name}: {column.name} is not equal to the limit: {found}")


def difference(expected: Any, found: Any, place: str = "outcome") -> str:
    """The first place where two outcomes differ, or an empty text.

    >>> difference({"status": 404}, {"status": 500})
    "outcome['status'] is 500, not 404"
    """
    if isinstance(expected, dict) and isinstance(found, dict):
        return _difference_of_mappings(expected, found, place)
    if isinstance(expected, list | tuple) and isinstance(found, list | tuple):
        if len(expected) != len(found):
            return f"{place} has {len(found)} entries, not {len(expected)}"
        pairs = zip(expected, found, strict=True)
        differences = (difference(a, b, f"{place}[{index}]") for index, (a, b) in enumerate(pairs))
        return next(filter(None, differences), "")
    return (
        ""
        if type(expected) is type(found) and expected == found
        else f"{place} is {found!r}, not {expected!r}"
    )


def _difference_of_mappings(expected: Mapping[Any, Any], found: Mapping[Any, Any], place: str) -> str:
    if expected.keys() != found.keys():
        missing, more = sorted(map(str, expected.keys() - found)), sorted(map(str, found.keys() - expected))
        return f"{place} lacks {missing} and has {more} besides"
    differences = (difference(value, found[name], f"{place}[{name!r}]") for name, value in expected.items())
    return next(filter(None, differences), "")


def _outcome(column: Column) -> Any:
    call = column.outcome or column.call
    arguments = () if column.outcome is not None or column.argument is NOTHING else (column.argument,)
    outcome = call(*arguments)
    return asyncio.run(outcome) if inspect.isawaitable(outcome) else outcome  # type: ignore[arg-type]
