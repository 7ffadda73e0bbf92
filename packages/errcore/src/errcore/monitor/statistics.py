# SPDX-License-Identifier: MIT
"""What counts say: totals, rates and the problems behind them, as JSON data. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from errcore.monitor.batches import OTHER
from errcore.monitor.latency import quantile
from errcore.monitor.series import Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from errcore.monitor.groups import Group
    from errcore.monitor.records import EventRecord
    from errcore.monitor.telling.teller import View
    from errcore.monitor.windows import Window

__all__ = ["Rates", "Requests", "RouteStats", "Stats", "TopGroup", "outcome_of_status", "stats_of"]

_SHOWN = 100  # names of each sort; the rest are told together
K = TypeVar("K", str, int)
_OUTCOMES = {429: "limited", 499: "cancelled"}


class Rates(TypedDict):
    """Errors per minute of the window, and the share of requests that failed."""

    per_minute: float
    """All errors."""
    by_code: dict[str, float]
    """Errors by code."""
    by_category: dict[str, float]
    """Errors by category."""
    by_severity: dict[str, float]
    """Errors by severity."""
    by_route: dict[str, float]
    """Errors by route."""
    by_service: dict[str, float]
    """Errors by service."""
    error_rate: float | None
    """Answers of 500 and above, of all requests; None where there were no requests."""


class RouteStats(TypedDict):
    """The requests of one route; durations in seconds."""

    total: int
    """How many there were."""
    error_rate: float
    """The share that was answered with 500 or above."""
    p50: float | None
    """Half of them took no longer."""
    p95: float | None
    """95 of 100 took no longer."""
    p99: float | None
    """99 of 100 took no longer."""


class Requests(TypedDict):
    """The requests of the window."""

    total: int
    """How many there were."""
    by_outcome: dict[str, int]
    """"ok", "client_error", "limited", "cancelled", "server_error"."""
    by_route: dict[str, RouteStats]
    """By the template of the route, the busiest first."""


class TopGroup(TypedDict):
    """One problem."""

    id: str
    """What `samples`, `resolve` and `mute` take."""
    code: str
    """The internal code."""
    category: str
    """The internal kind."""
    severity: str
    """How loud."""
    fault: str
    """Whose failure."""
    outcome: str
    """"error", "limited", "rejected" or "cancelled"."""
    type_name: str
    """Dotted name of the class."""
    site: str
    """Where in the application it was raised."""
    service: str | None
    """The service that counted."""
    count: int
    """In the window."""
    total: int
    """Ever."""
    first_seen: float
    """When the first one was counted."""
    last_seen: float
    """When the last one was."""
    state: str
    """"open", "resolved" or "muted"."""
    regressed_at: float | None
    """When it came back after it was resolved."""
    variants: dict[str, int]
    """How many had a message of each template."""
    sample: dict[str, Any] | None
    """The newest failure that was kept, as the log tells it."""


class Stats(TypedDict):
    """What there was in a window. Times are seconds since the epoch."""

    window: int
    """Seconds."""
    as_of: float
    """When it was asked."""
    scope: str
    """Whose counts these are: "worker", "host" or "cluster"."""
    degraded: bool
    """Whether the store could not be asked, so that one process answers for itself."""
    workers_seen: int
    """How many workers told something in the window."""
    total: int
    """How many errors."""
    by_code: dict[str, int]
    """Errors by internal code; of many names the hundred most frequent, the rest as `_other`, as everywhere."""
    by_category: dict[str, int]
    """By internal kind."""
    by_severity: dict[str, int]
    """By severity: "critical" and so on."""
    by_fault: dict[str, int]
    """By whose failure it is: "caller", "self", "dependency", "environment"."""
    by_outcome: dict[str, int]
    """"error"; and what is no bug: "limited", "rejected", "cancelled"."""
    by_service: dict[str, int]
    """By the service that counted."""
    by_route: dict[str, int]
    """By the template of the route; `<unmatched>` outside of any."""
    rates: Rates
    """The same per minute, and the share of requests that failed."""
    requests: Requests
    """What adapters counted of requests."""
    top: list[TopGroup]
    """The most frequent problems, first the first."""
    dropped: dict[str, int]
    """Samples that were lost, by reason. Counts never are."""


def outcome_of_status(status: int) -> str:
    """What is counted of an answer: "ok", "client_error", "limited" (429), "cancelled" (499) or "server_error".

    >>> outcome_of_status(404)
    'client_error'
    """
    if status < 400:
        return "ok"
    if status >= 500:
        return "server_error"
    return _OUTCOMES.get(status, "client_error")


def stats_of(view: View, window: Window, top: int, samples: Callable[[str], Sequence[EventRecord]]) -> Stats:
    """The statistics of a view.

    Args:
        view: What is known.
        window: Of what stretch of time.
        top: How many groups are told.
        samples: The samples of a group, oldest first.
    """
    series = Series.of(view.snapshot.counts)
    seen = [
        (group, count)
        for each, count in series.groups.items()
        if (group := view.snapshot.groups.get(each)) is not None
    ]
    minutes = window.seconds / 60
    total = sum(count for _, count in seen)
    by_code = _summed((group.facts.code, count) for group, count in seen)
    by_category = _summed((group.facts.category, count) for group, count in seen)
    by_severity = _summed((group.facts.severity, count) for group, count in seen)
    by_service = _summed((group.facts.service or "", count) for group, count in seen)
    by_route = _summed(series.routes.items())
    requests = _requests(series)
    failed = requests["by_outcome"].get("server_error", 0)
    seen.sort(key=lambda pair: (-pair[1], -pair[0].last_seen))
    return Stats(
        window=window.seconds,
        as_of=view.as_of,
        scope=view.scope.value,
        degraded=view.degraded,
        workers_seen=sum(told >= view.as_of - window.seconds for told in view.snapshot.workers.values()),
        total=total,
        by_code=by_code,
        by_category=by_category,
        by_severity=by_severity,
        by_fault=_summed((group.facts.fault, count) for group, count in seen),
        by_outcome=_summed((group.facts.outcome, count) for group, count in seen),
        by_service=by_service,
        by_route=by_route,
        rates=Rates(
            per_minute=total / minutes,
            by_code=_per(by_code, minutes),
            by_category=_per(by_category, minutes),
            by_severity=_per(by_severity, minutes),
            by_route=_per(by_route, minutes),
            by_service=_per(by_service, minutes),
            error_rate=failed / requests["total"] if requests["total"] else None,
        ),
        requests=requests,
        top=[_told(group, count, samples(group.facts.id)) for group, count in seen[:top]],
        dropped=series.dropped,
    )


def _summed(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The sums by name, largest first; of many names, the largest, and the rest together."""
    sums: dict[str, int] = {}
    for name, count in pairs:
        _add(sums, name, count)
    ordered = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = dict(ordered[:_SHOWN])
    rest = sum(count for _, count in ordered[_SHOWN:])
    if rest:
        shown[OTHER] = shown.get(OTHER, 0) + rest
    return shown


def _per(sums: Mapping[str, int], minutes: float) -> dict[str, float]:
    return {name: count / minutes for name, count in sums.items()}


def _requests(series: Series) -> Requests:
    by_outcome: dict[str, int] = {}
    totals: dict[str, int] = {}
    failed: dict[str, int] = {}
    for (outcome, route), count in series.outcomes.items():
        _add(by_outcome, outcome, count)
        _add(totals, route, count)
        if outcome == "server_error":
            _add(failed, route, count)
    latency: dict[str, dict[int, int]] = {}
    for (bucket, route), count in series.durations.items():
        latency.setdefault(route, {})[bucket] = count
    for route in sorted(totals, key=lambda route: (-totals[route], route))[_SHOWN:]:
        _add(totals, OTHER, totals.pop(route))
        _add(failed, OTHER, failed.pop(route, 0))
        for number, count in latency.pop(route, {}).items():
            _add(latency.setdefault(OTHER, {}), number, count)
    return Requests(
        total=sum(totals.values()),
        by_outcome=by_outcome,
        by_route={
            route: RouteStats(
                total=total,
                error_rate=failed.get(route, 0) / total,
                p50=quantile(latency.get(route, {}), 0.5),
                p95=quantile(latency.get(route, {}), 0.95),
                p99=quantile(latency.get(route, {}), 0.99),
            )
            for route, total in sorted(totals.items(), key=lambda pair: (pair[0] == OTHER, -pair[1], pair[0]))
        },
    )


def _add(counts: dict[K, int], name: K, count: int) -> None:
    counts[name] = counts.get(name, 0) + count


def _told(group: Group, count: int, samples: Sequence[EventRecord]) -> TopGroup:
    facts = group.facts
    return TopGroup(
        id=facts.id,
        code=facts.code,
        category=facts.category,
        severity=facts.severity,
        fault=facts.fault,
        outcome=facts.outcome,
        type_name=facts.type_name,
        site=facts.site,
        service=facts.service,
        count=count,
        total=group.count,
        first_seen=group.first_seen,
        last_seen=group.last_seen,
        state=group.state.value,
        regressed_at=group.regressed_at,
        variants=dict(group.variants),
        sample=samples[-1].log() if samples else None,
    )
