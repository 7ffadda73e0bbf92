# SPDX-License-Identifier: MIT
"""One group as Redis keeps it: a JSON object that is written by us and read as if it were by anybody.

What is no such object is as good as none: the group begins anew. Members that this version does not know are left out, so
that workers of two versions can share a server while one replaces the other.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, cast

import attrs

from errcore.jsonsafe.encoding import encoder
from errcore.monitor.groups import Group

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Entry", "decoded"]

_encode = encoder(ascii_only=True)


@attrs.frozen(kw_only=True)
class Entry:
    """A group and what belongs to it.

    Attributes:
        group: The group.
        seat: Which of its stays this is. Counts are filed under the group and its seat, so that those of an earlier stay,
            which are among the others' since it left, are not taken for those of this one.
        offered: How many samples of it were offered.
        slots: When the sample in each slot was, in seconds since the epoch.
    """

    group: Group
    seat: int
    offered: int = 0
    slots: Mapping[int, float] = attrs.field(factory=dict[int, float])

    def encoded(self) -> str:
        """The entry as JSON."""
        return _encode(
            {
                "group": self.group.to_dict(),
                "seat": self.seat,
                "offered": self.offered,
                "slots": {str(slot): time for slot, time in self.slots.items()},
            }
        )


def decoded(text: bytes | str | None) -> Entry | None:
    """The entry that `Entry.encoded` wrote; None if it is nothing of the sort.

    >>> decoded(b'{"group": "of people"}') is None
    True
    """
    try:
        found: Any = json.loads(text or "")
        entry = Entry(
            group=Group.from_dict(found["group"]),
            seat=found["seat"],
            offered=found["offered"],
            slots={int(slot): time for slot, time in found["slots"].items()},
        )
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
    return entry if _is_sound(entry) else None


def _is_sound(entry: Entry) -> bool:
    """Whether each member is what the pure functions of the monitor may rely on."""
    group = entry.group
    variants: Any = group.variants
    facts = attrs.astuple(group.facts)
    moments = [group.first_seen, group.last_seen, *entry.slots.values()]
    moments += [moment for moment in (group.state_since, group.regressed_at) if moment is not None]
    return (
        all(type(fact) is str for fact in facts[:-1])
        and (facts[-1] is None or type(facts[-1]) is str)
        and all(type(count) is int for count in (group.count, entry.seat, entry.offered))
        and all(
            (type(moment) is float or type(moment) is int) and math.isfinite(moment) for moment in moments
        )
        and type(variants) is dict
        and all(type(count) is int for count in cast("dict[str, Any]", variants).values())
        and all(type(release) is str for release in group.releases)
    )
