# SPDX-License-Identifier: MIT
"""The table that every store of a monitor must pass.

Give each `StoreCase` a function that makes stores, and run it. Stores that are made within one case share one place, which is
empty at first, as the workers of a service would; those of a store whose scope is `Scope.WORKER` have nothing in common.
A case closes what it made.

>>> from errcore.monitor.stores import MemoryStore
>>> for case in STORE_CASES:
...     case.check(MemoryStore)

With pytest, for stores in files::

    @pytest.mark.parametrize("case", STORE_CASES, ids=str)
    def test_store(case, tmp_path):
        case.check(lambda most_groups=512: MyStore(tmp_path / "errors", most_groups))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.testing.stores import counting, grouping, keeping, sharing

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore.monitor.stores import Store
    from errcore.testing.stores.material import MakeStore

__all__ = ["STORE_CASES", "StoreCase"]


@attrs.frozen
class StoreCase:
    """One row of the table.

    Attributes:
        name: For reports.
        proves: What a store that passes has got right.
        conversation: What is said to stores, and what they have to say.
    """

    name: str
    proves: str
    conversation: Callable[[MakeStore], None]

    def check(self, make: MakeStore) -> None:
        """Run the conversation.

        Args:
            make: Makes a store with room for so many groups, which is its one argument; 512 where none is given.

        Raises:
            AssertionError: If the store says something else.
        """
        made: list[Store] = []

        def remembered(most_groups: int = 512) -> Store:
            made.append(make(most_groups))
            return made[-1]

        try:
            self.conversation(remembered)
        finally:
            for store in made:
                store.close()

    def __str__(self) -> str:
        return self.name


STORE_CASES: tuple[StoreCase, ...] = (
    StoreCase("empty", "a store that was told nothing has nothing", counting.empty),
    StoreCase("sums", "counts of a window are exact", counting.sums),
    StoreCase("hours", "hours have what their minutes have", counting.hours),
    StoreCase("future", "what a clock put into the future is there", counting.future),
    StoreCase("once", "a number of a worker is applied once", counting.once),
    StoreCase("order", "batches of several workers may come in any order", counting.order),
    StoreCase("odd-names", "names may hold anything, also SQL and halves of characters", counting.odd_names),
    StoreCase("large", "counts may be large", counting.large),
    StoreCase("workers", "who told something is known", counting.workers),
    StoreCase("appears", "a new group is told once, with all that is known of it", grouping.appears),
    StoreCase("grows", "more errors make its history longer", grouping.grows),
    StoreCase("variants", "eight templates are told apart", grouping.variants),
    StoreCase("releases", "eight releases are remembered", grouping.releases),
    StoreCase("regresses", "a resolved group that comes back has regressed", grouping.regresses),
    StoreCase("known-release", "not in a release that had it before", grouping.known_release),
    StoreCase("muted", "a muted group stays so", grouping.muted),
    StoreCase("no-such-group", "nothing can be said of what there is not", grouping.no_such_group),
    StoreCase("no-room", "what has no place is counted among the others", grouping.no_room),
    StoreCase("gives-way", "who is idle gives way, and is counted among the others", grouping.gives_way),
    StoreCase("newcomers", "a newcomer gives way to another after a minute", grouping.newcomers),
    StoreCase("overflow", "the others may be told of, too, and take no place", grouping.overflow),
    StoreCase("samples", "the first three are kept, the newest, and two of those between", keeping.samples),
    StoreCase("whole-sample", "a sample comes back as it was", keeping.whole_sample),
    StoreCase("homeless-sample", "samples of groups without a place are not kept", keeping.homeless_sample),
    StoreCase("sample-leaves", "nor those of a group that gave way", keeping.sample_leaves),
    StoreCase("purge", "what is old is forgotten", keeping.purge),
    StoreCase("purge-minutes", "hours stay when their minutes are forgotten", keeping.purge_minutes),
    StoreCase("purge-nothing", "what is not old is not", keeping.purge_nothing),
    StoreCase("once-after-purge", "nor is the number of a worker", keeping.once_after_purge),
    StoreCase("closed", "closing twice is fine, and so is telling more", sharing.closed),
    StoreCase("threads", "threads may take turns", sharing.threads),
    StoreCase("workers-share", "workers see what all of them counted", sharing.workers_share),
    StoreCase("told-once", "of several workers, one is told that a group is new", sharing.told_once),
    StoreCase("forked", "a child counts, and so does its parent", sharing.forked),
)
"""Every row, in the order in which they are best read."""
