# SPDX-License-Identifier: MIT
"""What is counted of requests: how many, and how long they took. Noted one by one, added up many at a time.

Every request of a service pays for being counted, so all it does is append its duration to a list, which takes no lock. To
find the bucket of a duration, and to add to what is known of it, is done once a second, or when the list is long.
"""

from __future__ import annotations

from errcore.monitor.latency import bucket_of
from errcore.monitor.windows import MINUTE

__all__ = ["MOST_NOTED", "RouteEntry"]

MOST_NOTED = 256
"""How many durations wait to be added up, at most."""


class RouteEntry:
    """What was counted of the requests of one route with one outcome. `Tally` has the lock for all but `durations.append`.

    Attributes:
        durations: Seconds, of the requests that were not added up yet. Append only; nobody puts another list here.
        since: When the present minute began, in seconds since the epoch; requests that end in another one ask for it.
        until: When it ends.
        minutes: How many in each minute.
        latency: How many in each bucket of durations.
    """

    __slots__ = ("durations", "latency", "minutes", "since", "until")

    def __init__(self) -> None:
        self.durations: list[float] = []
        self.since: float = 0.0
        self.until: float = 0.0
        self.minutes: dict[int, int] = {}
        self.latency: dict[int, int] = {}

    def begin(self, now: float) -> None:
        """Go on to another minute.

        Args:
            now: Seconds since the epoch.
        """
        self.add_up()
        self.since = now // MINUTE * MINUTE
        self.until = self.since + MINUTE

    def add_up(self) -> None:
        """Count what was noted."""
        durations = self.durations
        # Others append meanwhile, which moves nothing that is taken here.
        taken = durations[:]
        if not taken:
            return
        del durations[: len(taken)]
        minute = int(self.since // MINUTE)
        self.minutes[minute] = self.minutes.get(minute, 0) + len(taken)
        latency = self.latency
        for seconds in taken:
            try:
                bucket = bucket_of(seconds)
            except TypeError:  # what somebody's own adapter took for a duration
                continue
            latency[bucket] = latency.get(bucket, 0) + 1

    def taken(self) -> RouteEntry:
        """All that was counted, taken out."""
        other = RouteEntry()
        other.minutes, self.minutes = self.minutes, {}
        other.latency, self.latency = self.latency, {}
        return other

    def copy(self) -> RouteEntry:
        """The same counts, to which nobody adds."""
        other = RouteEntry()
        other.minutes, other.latency = {**self.minutes}, {**self.latency}
        return other
