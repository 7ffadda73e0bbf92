# SPDX-License-Identifier: MIT
"""From times to a verdict: ratios of the same round, their median and spread, the gate."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import attrs

from benchmarks.outcomes import UnequalJobsError, check
from benchmarks.sampling import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.case import Case
    from benchmarks.sampling import Plan

    Sampler = Callable[[Case, Plan], list[list[float]]]

__all__ = ["Peer", "Row", "Spread", "Verdict", "judge", "spread_of", "verdict_on"]


class Verdict(StrEnum):
    """What came out of a row."""

    PASS = "pass"
    FAIL = "FAIL"
    MISSED = "MISSED"
    REFUSED = "REFUSED"
    INFO = "info"

    @property
    def bad(self) -> bool:
        """Whether the run as a whole has failed."""
        return self in {Verdict.FAIL, Verdict.REFUSED}


@attrs.frozen
class Spread:
    """A median and how far the middle 80 % of the rounds lie apart."""

    median: float
    low: float
    high: float


@attrs.frozen
class Peer:
    """A column that informs."""

    name: str
    value: Spread
    differs: str = ""


@attrs.frozen
class Row:
    """One line of the table.

    Attributes:
        name: Of the row.
        unit: Of `value` and `gate`: "x" is a ratio to the limit, anything else a difference from it.
        limit: What the limit took: nanoseconds for a ratio, otherwise in the unit.
        value: errcore against the limit.
        gate: Above it, the row fails; None where it informs.
        verdict: What came out.
        rounds: How many rounds the verdict rests on.
        peers: The other columns.
        first: The median before the second look, if there was one.
        why: Why the row was refused, or why a known miss is one.
    """

    name: str
    unit: str = "x"
    limit: float = 0.0
    value: Spread = Spread(0.0, 0.0, 0.0)
    gate: float | None = None
    verdict: Verdict = Verdict.INFO
    rounds: int = 0
    peers: tuple[Peer, ...] = ()
    first: float | None = None
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """The row as plain data."""
        return attrs.asdict(self)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie, interpolated.

    >>> quantile([1, 2, 3, 4], 0.5)
    2.5
    """
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def spread_of(values: Sequence[float]) -> Spread:
    """Median, 10th and 90th percentile."""
    return Spread(quantile(values, 0.5), quantile(values, 0.1), quantile(values, 0.9))


def verdict_on(median: float, gate: float | None) -> Verdict:
    """What a gate says; a row exactly at its gate passes."""
    if gate is None:
        return Verdict.INFO
    return Verdict.PASS if median <= gate else Verdict.FAIL


def judge(case: Case, plan: Plan, sampler: Sampler = sample) -> Row:
    """Check, measure and judge one case.

    A row over its gate is measured once more, with more rounds; the longer run has the last word, whatever it says.
    """
    try:
        check(case)
    except UnequalJobsError as problem:
        return Row(case.name, gate=case.gate, verdict=Verdict.REFUSED, why=str(problem))
    row = _row(case, sampler(case, plan))
    if row.verdict is not Verdict.FAIL:
        return row
    return attrs.evolve(_row(case, sampler(case, plan.longer())), first=row.value.median)


def _row(case: Case, rounds: list[list[float]]) -> Row:
    ratios = [spread_of([times[index] / times[0] for times in rounds]) for index in range(len(case.columns))]
    return Row(
        case.name,
        limit=quantile([times[0] for times in rounds], 0.5),
        value=ratios[1],
        gate=case.gate,
        verdict=verdict_on(ratios[1].median, case.gate),
        rounds=len(rounds),
        peers=tuple(
            Peer(column.name, ratio, column.differs)
            for column, ratio in zip(case.peers, ratios[2:], strict=True)
        ),
    )
