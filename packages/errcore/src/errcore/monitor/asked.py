# SPDX-License-Identifier: MIT
"""What a monitor answers, and what it is told of problems; all of it from its store."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from errcore.monitor.groups import GroupState
from errcore.monitor.records import is_related
from errcore.monitor.statistics import stats_of
from errcore.monitor.windows import MINUTE, Window, window_of

if TYPE_CHECKING:
    from errcore.monitor.groups import Group
    from errcore.monitor.records import EventRecord
    from errcore.monitor.statistics import Stats
    from errcore.monitor.telling import StoreStatus, Teller

__all__ = ["Asked"]

_MOST_TOLD = 100
_ANY = Window(MINUTE, MINUTE)  # for what is asked of groups, whenever they were seen


class Asked:
    """The half of a monitor that answers.

    Args:
        teller: What tells the store, and asks it.
    """

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    def stats(self, window: str | float = "1h", *, top: int = 10) -> Stats:
        """What there was lately: totals, rates, and the problems behind them.

        Args:
            window: How long back: "5m", "1h", "7d", or seconds; up to two hours in minutes, beyond that in hours, each of
                which counts as a whole. At most 35 days.
            top: How many groups are told, the most frequent first; at most 100.

        Raises:
            errcore.ConfigurationError: If the window is none.

        >>> from errcore.monitor import Monitor
        >>> Monitor(background=False).stats("5m")["total"]
        0
        """
        chosen = window_of(window)
        view = self._teller.view(chosen)
        return stats_of(
            view, chosen, min(max(top, 0), _MOST_TOLD), partial(self._teller.samples, view.source)
        )

    def groups(self) -> list[Group]:
        """Every problem, the latest first."""
        found = self._teller.view(_ANY).snapshot.groups.values()
        return sorted(found, key=lambda group: group.last_seen, reverse=True)

    def samples(self, group: str) -> list[EventRecord]:
        """Failures of a group to look at, oldest first.

        Args:
            group: Its id.
        """
        return list(self._teller.samples(self._teller.view(_ANY).source, group))

    def related(
        self, *, request_id: str | None = None, trace_id: str | None = None, cause: str | None = None
    ) -> list[EventRecord]:
        """Samples that have all of these in common, oldest first: the failures of one request, of one trace, of one cause.

        Only what was kept as a sample is found. The log has every failure with the same ids.

        Args:
            request_id: The id of the request or of the whole conversation.
            trace_id: That of the W3C trace.
            cause: What the root cause begins with, such as "sqlite3.OperationalError".
        """
        view = self._teller.view(_ANY)
        found = [
            record
            for group in view.snapshot.groups
            for record in self._teller.samples(view.source, group)
            if is_related(record, request_id=request_id, trace_id=trace_id, cause=cause)
        ]
        return sorted(found, key=lambda record: record.time)

    def resolve(self, group: str) -> bool:
        """Say that a problem is solved. It is open again, and has regressed, when it comes back in another release.

        Args:
            group: Its id.

        Returns:
            Whether there is such a group.
        """
        return self._say(group, GroupState.RESOLVED)

    def mute(self, group: str) -> bool:
        """Say that a problem is known: it is counted, and nobody is told of it. What `resolve` takes and returns."""
        return self._say(group, GroupState.MUTED)

    def reopen(self, group: str) -> bool:
        """Take back what was said of a problem. What `resolve` takes and returns."""
        return self._say(group, GroupState.OPEN)

    def _say(self, group: str, state: GroupState) -> bool:
        return self._teller.set_state(group, state)

    @property
    def store_status(self) -> StoreStatus:
        """How the store does, for health checks; asks nobody."""
        return self._teller.store_status
