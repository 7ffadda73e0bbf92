# SPDX-License-Identifier: MIT
"""A group of errors with its history, and what happens to it when more are counted: pure functions, for every store.

There is room for a bounded number of groups. A newcomer that finds none takes the place of one that was seen once and not
again for a minute, or not at all for an hour; else it is counted among the others. So neither a flood of classes made on
the fly nor a busy day pushes out what has a history.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import attrs

from errcore.monitor.batches import OTHER, OVERFLOW, GroupFacts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from errcore.monitor.batches import GroupCounts

__all__ = [
    "MOST_GROUPS",
    "MOST_RELEASES",
    "MOST_VARIANTS",
    "Change",
    "Group",
    "GroupState",
    "Standing",
    "among_others",
    "fold",
    "in_state",
    "merged",
    "places",
]

MOST_GROUPS = 512
MOST_VARIANTS = 8
MOST_RELEASES = 8
_PROBATION = 60.0  # seconds
_IDLE = 3600.0


class GroupState(StrEnum):
    """What somebody said of a group."""

    OPEN = "open"
    RESOLVED = "resolved"
    MUTED = "muted"


@attrs.frozen(kw_only=True)
class Group:
    """Errors that are one problem.

    Attributes:
        facts: What they have in common.
        count: How many there were, ever.
        first_seen: Seconds since the epoch.
        last_seen: Likewise.
        variants: How many had a message of each template; those beyond eight templates are "_other".
        releases: The releases that it was seen in, latest last; at most eight.
        state: What somebody said of it.
        state_since: When they did, in seconds since the epoch.
        regressed_at: When it came back after it had been resolved, or None.
    """

    facts: GroupFacts
    count: int
    first_seen: float
    last_seen: float
    variants: Mapping[str, int] = attrs.field(factory=dict[str, int])
    releases: tuple[str, ...] = ()
    state: GroupState = attrs.field(default=GroupState.OPEN, converter=GroupState)
    state_since: float | None = None
    regressed_at: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The group as JSON data."""
        data = {name: getattr(self, name) for name in _GROUP}
        facts = {name: getattr(self.facts, name) for name in _FACTS}
        return {
            **data,
            "facts": facts,
            "variants": dict(self.variants),
            "releases": list(self.releases),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Group:
        """The group that `to_dict` wrote; members that this version does not know are left out."""
        known: dict[str, Any] = {name: value for name, value in data.items() if name in _GROUP}
        facts = {name: value for name, value in known["facts"].items() if name in _FACTS}
        known["facts"] = GroupFacts(**facts)
        known["releases"] = tuple(known["releases"])
        return cls(**known)


_GROUP = attrs.fields_dict(Group)
_FACTS = attrs.fields_dict(GroupFacts)


class Change(StrEnum):
    """What is worth telling about a group that was counted."""

    APPEARED = "appeared"
    REGRESSED = "regressed"


def fold(group: Group | None, counts: GroupCounts, release: str | None) -> tuple[Group, Change | None]:
    """A group with more errors counted.

    A resolved one that is seen again is open again. It has regressed, but for errors of a release that had them before it
    was resolved, as a worker that was not yet replaced has them.

    Args:
        group: What was known; None of a new one.
        counts: What was counted since.
        release: Which release counted.
    """
    if group is None:
        releases = () if release is None else (release,)
        made = Group(
            facts=counts.facts,
            count=counts.total,
            first_seen=counts.first,
            last_seen=counts.last,
            variants=merged({}, counts.variants),
            releases=releases,
        )
        return made, Change.APPEARED
    known = release is not None and release in group.releases
    grown = attrs.evolve(
        group,
        count=group.count + counts.total,
        first_seen=min(group.first_seen, counts.first),
        last_seen=max(group.last_seen, counts.last),
        variants=merged(group.variants, counts.variants),
        releases=group.releases if known or release is None else (*group.releases, release)[-MOST_RELEASES:],
    )
    if group.state is not GroupState.RESOLVED or known or counts.last < (group.state_since or 0.0):
        return grown, None
    open_again = attrs.evolve(grown, state=GroupState.OPEN, state_since=counts.last, regressed_at=counts.last)
    return open_again, Change.REGRESSED


def in_state(group: Group, state: GroupState, now: float) -> Group:
    """A group of which somebody has said something.

    Args:
        group: The group.
        state: What they said.
        now: Seconds since the epoch.
    """
    return attrs.evolve(group, state=state, state_since=now, regressed_at=None)


def among_others(others: Group | None, leaving: Group) -> Group:
    """The overflow, with a group that lost its place counted in it.

    Args:
        others: What the overflow was; None where there was none.
        leaving: The group.
    """
    if others is None:
        return Group(
            facts=OVERFLOW, count=leaving.count, first_seen=leaving.first_seen, last_seen=leaving.last_seen
        )
    return attrs.evolve(
        others,
        count=others.count + leaving.count,
        first_seen=min(others.first_seen, leaving.first_seen),
        last_seen=max(others.last_seen, leaving.last_seen),
    )


def merged(known: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """The variants of both; those beyond eight are counted together.

    >>> merged({"a": 1, "b": 2}, {"b": 3})
    {'a': 1, 'b': 5}
    """
    sums = dict(known)
    for template, count in more.items():
        told_apart = len(sums) - (OTHER in sums)
        name = template if template in sums or told_apart < MOST_VARIANTS else OTHER
        sums[name] = sums.get(name, 0) + count
    return sums


@attrs.frozen
class Standing:
    """What a group's place depends on.

    Attributes:
        last_seen: Seconds since the epoch.
        count: How many errors it has.
    """

    last_seen: float
    count: int


def places(
    newcomers: Iterable[str], present: Mapping[str, Standing], now: float, most: int = MOST_GROUPS
) -> tuple[set[str], list[str]]:
    """Which new groups get a place, and which old ones have to give theirs.

    Args:
        newcomers: The ids of new groups, which are none of those present.
        present: The groups that have a place; the overflow is none of them.
        now: Seconds since the epoch.
        most: How many places there are.

    Returns:
        The newcomers that are taken in, and the groups that are to be counted among the others from now on.

    >>> places(["new", "newer"], {"old": Standing(0.0, 7)}, now=7200.0, most=1)
    ({'new'}, ['old'])
    """
    taken: set[str] = set()
    given_up: list[str] = []
    free = most - len(present)
    leaving = iter(
        sorted(
            (each for each in present if _may_go(present[each], now)),
            key=lambda each: (present[each].last_seen, each),  # the same ones in every store
        )
    )
    for newcomer in newcomers:
        if free > 0:
            free -= 1
        elif (victim := next(leaving, None)) is not None:
            given_up.append(victim)
        else:
            continue
        taken.add(newcomer)
    return taken, given_up


def _may_go(standing: Standing, now: float) -> bool:
    idle = now - standing.last_seen
    return idle > _IDLE or (standing.count == 1 and idle > _PROBATION)
