# SPDX-License-Identifier: MIT
"""The names under which counts are kept: a word that says the sort, and what it is the count of.

A store need not read them, but for those of groups, which it makes itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Series",
    "dropped_for",
    "errors_of_group",
    "errors_of_route",
    "group_of",
    "requests_in_bucket",
    "requests_with",
]


def errors_of_group(group: str) -> str:
    """Errors of a group, by its id.

    >>> errors_of_group("c0ffee")
    'group:c0ffee'
    """
    return f"group:{group}"


def group_of(series: str) -> str | None:
    """The id of the group whose errors a series has, or None if it has something else.

    >>> group_of("group:c0ffee"), group_of("route:/a")
    ('c0ffee', None)
    """
    sort, colon, group = series.partition(":")
    return group if sort == "group" and colon else None


def errors_of_route(route: str) -> str:
    """Errors of a route, by its template.

    >>> errors_of_route("/orders/{order}")
    'route:/orders/{order}'
    """
    return f"route:{route}"


def requests_with(outcome: str, route: str) -> str:
    """Requests of a route that had an outcome.

    >>> requests_with("ok", "/orders/{order}")
    'request:ok:/orders/{order}'
    """
    return f"request:{outcome}:{route}"


def requests_in_bucket(bucket: int, route: str) -> str:
    """Requests of a route that took as long as a bucket says.

    >>> requests_in_bucket(-16, "/orders/{order}")
    'latency:-16:/orders/{order}'
    """
    return f"latency:{bucket}:{route}"


def dropped_for(reason: str) -> str:
    """Samples that were lost for a reason.

    >>> dropped_for("queue_full")
    'dropped:queue_full'
    """
    return f"dropped:{reason}"


@attrs.frozen
class Series:
    """Counts by the sort of their series. What is of no known sort, as a newer release may write, is left out.

    Attributes:
        groups: Errors by group.
        routes: Errors by route.
        outcomes: Requests by outcome and route.
        durations: Requests by bucket and route.
        dropped: Lost samples by reason.
    """

    groups: dict[str, int] = attrs.field(factory=dict[str, int])
    routes: dict[str, int] = attrs.field(factory=dict[str, int])
    outcomes: dict[tuple[str, str], int] = attrs.field(factory=dict[tuple[str, str], int])
    durations: dict[tuple[int, str], int] = attrs.field(factory=dict[tuple[int, str], int])
    dropped: dict[str, int] = attrs.field(factory=dict[str, int])

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Series:
        """Sort the counts of a snapshot.

        >>> Series.of({"group:c0ffee": 2, "request:ok:/a": 7, "latency:-16:/a": 7}).outcomes
        {('ok', '/a'): 7}
        >>> Series.of({"latency:long:/a": 1, "of a newer release": 1, "group": 1}) == Series()
        True
        """
        series = cls()
        for name, count in counts.items():
            if count:
                series._put(name, count)
        return series

    def _put(self, name: str, count: int) -> None:
        sort, colon, rest = name.partition(":")
        first, _, second = rest.partition(":")
        match sort if colon else None:
            case "group":
                self.groups[rest] = count
            case "route":
                self.routes[rest] = count
            case "request":
                self.outcomes[first, second] = count
            case "latency" if first.removeprefix("-").isdecimal():
                self.durations[int(first), second] = count
            case "dropped":
                self.dropped[rest] = count
            case _:
                pass
