# SPDX-License-Identifier: MIT
"""The probes of a half-open breaker: a few calls at a time that find out whether the dependency is well again.

A probe holds a lease, not a slot, so one that hangs for ever blocks nobody for longer than that. Once somebody else has
taken its place its result is of no interest, except that it tells how long a probe may take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from errcore.policies.breaking.breaker import Breaker
    from errcore.policies.breaking.generations import Generation

__all__ = ["Lease", "Probes"]


class Lease:
    """The place of one probe, and the token of its call.

    Args:
        generation: In which it was given.
        began: When, on the monotonic clock.
        ends: From when on another probe may take the place.

    Attributes:
        generation: In which it was given.
        began: When.
        ends: From when on another probe may take the place.
    """

    __slots__ = ("began", "ends", "generation")

    def __init__(self, generation: Generation, began: float, ends: float) -> None:
        self.generation: Generation = generation
        self.began: float = began
        self.ends: float = ends


class Probes:
    """Who probes now, and how many have found the dependency well. Whoever asks holds the lock of the breaker.

    Args:
        settings: How many at a time, and for how long.
    """

    __slots__ = ("_good", "_leases", "_patience", "_settings")

    def __init__(self, settings: Breaker) -> None:
        self._settings = settings
        self._leases: list[Lease] = []
        self._good = 0
        self._patience: float = settings.open_for

    def begin(self) -> None:
        """Forget the probes of another generation."""
        self._leases.clear()
        self._good = 0

    def lease(self, generation: Generation, now: float) -> Lease | float:
        """A place, or the seconds until there is one at the latest.

        Args:
            generation: The one of now.
            now: On the monotonic clock.
        """
        if len(self._leases) >= self._settings.probes:
            # Whose time is over makes room only where room is wanted; until then its result is as good as any.
            first = min(self._leases, key=lambda lease: lease.ends)
            if now < first.ends:
                return first.ends - now
            self._leases.remove(first)
        lease = Lease(generation, now, now + self._patience)
        self._leases.append(lease)
        return lease

    def give_back(self, lease: Lease, now: float) -> bool:
        """Whether the place was still its own; then it is free again.

        Args:
            lease: The place.
            now: On the monotonic clock.
        """
        if lease in self._leases:
            self._leases.remove(lease)
            return True
        # Where all probes take longer than their leases none would ever count, so the next ones get more time.
        self._patience = max(self._patience, min(2 * (now - lease.began), self._settings.open_cap))
        return False

    def suffice(self) -> bool:
        """Whether this good one, with those before it, is enough to close the breaker."""
        self._good += 1
        return self._good >= self._settings.successes
