# SPDX-License-Identifier: MIT
"""Which groups of a batch a store has room for; what it has none for is counted among the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.monitor.batches import OVERFLOW, added
from errcore.monitor.groups import places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from errcore.monitor.batches import Batch, GroupCounts
    from errcore.monitor.groups import Standing

__all__ = ["Seated", "seat"]


@attrs.frozen
class Seated:
    """A batch, as far as there is room.

    Attributes:
        groups: What is to be counted; what has no place of its own is in one more, the overflow.
        leaving: The ids of groups whose place was needed: to be counted among the others, with their whole history.
    """

    groups: tuple[GroupCounts, ...]
    leaving: tuple[str, ...]


def seat(batch: Batch, present: Mapping[str, Standing], most: int) -> Seated:
    """Find places for the groups of a batch.

    Args:
        batch: What was counted.
        present: The groups that have a place, without the overflow.
        most: How many places there are.
    """
    # First come, first served, so that every store serves the same ones.
    ours = dict.fromkeys(counts.facts.id for counts in batch.groups)
    newcomers = [each for each in ours if each not in present and each != OVERFLOW.id]
    # Those that are counted right now are not the ones to go.
    others = {each: present[each] for each in present if each not in ours}
    taken, leaving = places(newcomers, others, batch.time, most - (len(present) - len(others)))
    staying: list[GroupCounts] = []
    homeless: list[GroupCounts] = []
    for counts in batch.groups:
        (staying if counts.facts.id in present or counts.facts.id in taken else homeless).append(counts)
    if homeless:
        staying.append(added(homeless, OVERFLOW, {}))
    return Seated(tuple(staying), tuple(leaving))
