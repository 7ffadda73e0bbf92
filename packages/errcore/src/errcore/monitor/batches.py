# SPDX-License-Identifier: MIT
"""What one worker has counted since it last told the store: frozen, bounded, and to be applied once.

Everything in it is a sum or an extreme, so batches of several workers may be applied in any order.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from errcore.monitor.records import EventRecord

__all__ = ["OTHER", "OVERFLOW", "Batch", "GroupCounts", "GroupFacts", "added", "group_id"]

OTHER = "_other"
"""Stands for every name beyond those that are told apart: of messages, of routes, of groups."""


@attrs.frozen(kw_only=True)
class GroupFacts:
    """What all errors of a group have in common; none of it is a request's to choose.

    Attributes:
        id: 16 hexadecimal digits.
        code: The internal code.
        category: The internal kind.
        severity: How loud.
        fault: Whose failure.
        outcome: "error"; or "limited", "rejected", "cancelled": a caller over a limit, a call that a policy refused, a client
            that went away, which are no bugs.
        type_name: Dotted name of the exception's class.
        site: Where in the application it was raised.
        service: The name of the service.
    """

    id: str
    code: str
    category: str
    severity: str
    fault: str
    outcome: str
    type_name: str
    site: str
    service: str | None = None


OVERFLOW = GroupFacts(
    id="_overflow",
    code=OTHER,
    category=OTHER,
    severity=OTHER,
    fault=OTHER,
    outcome="error",
    type_name=OTHER,
    site=OTHER,
)
"""The group of all errors for which there was no room: counts stay exact, only their names are lost."""


@attrs.frozen(kw_only=True)
class GroupCounts:
    """What was counted of a group.

    Attributes:
        facts: The group.
        minutes: How many errors in each minute, by the number of the minute since the epoch.
        first: When the first one was, in seconds since the epoch.
        last: When the last one was.
        variants: How many had a message of each template; together as many as there are errors.
    """

    facts: GroupFacts
    minutes: Mapping[int, int]
    first: float
    last: float
    variants: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many errors."""
        return sum(self.minutes.values())


@attrs.frozen(kw_only=True)
class Batch:
    """What one worker counted.

    Attributes:
        worker: The id of the worker, new in each process.
        number: The worker's batches are numbered from 1. A store applies a number once.
        time: When it was made, in seconds since the epoch.
        release: Which release of the service counted.
        groups: What was counted of each group.
        counters: How many of what in each minute: `(series, minute) -> count`. `errcore.monitor.series` makes the series.
        samples: Failures to look at.
    """

    worker: str
    number: int
    time: float
    release: str | None = None
    groups: tuple[GroupCounts, ...] = ()
    counters: Mapping[tuple[str, int], int] = attrs.field(factory=dict[tuple[str, int], int])
    samples: tuple[EventRecord, ...] = ()


def added(several: Sequence[GroupCounts], facts: GroupFacts, variants: Mapping[str, int]) -> GroupCounts:
    """All of these as errors of one group.

    Args:
        several: What was counted; at least one.
        facts: The group.
        variants: How many had a message of each template.
    """
    minutes: dict[int, int] = {}
    for counts in several:
        for minute, count in counts.minutes.items():
            minutes[minute] = minutes.get(minute, 0) + count
    return GroupCounts(
        facts=facts,
        minutes=minutes,
        first=min(counts.first for counts in several),
        last=max(counts.last for counts in several),
        variants=variants,
    )


def group_id(*parts: str | None) -> str:
    """The id of a group: the same in every worker, on every host and after every edit that leaves these alone.

    >>> group_id("NOT_FOUND", "app.Gone", "app.py:find", None)
    'ee6c42bd76cacd65'
    """
    text = "\0".join(part or "" for part in parts)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
