# SPDX-License-Identifier: MIT
"""What tests of the monitor share: exceptions that were raised, counts, a clock that is set, stores that keep or fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from errcore import NotFoundError
from errcore.monitor import Batch, GroupChanged, GroupState, MemoryStore, Monitor
from errcore.testing import FakeClock


def raised(exc: BaseException) -> BaseException:
    """The exception, after it was raised here."""
    try:
        raise exc
    except BaseException as caught:  # noqa: BLE001 - whatever it is
        return caught


def capture(monitor: Monitor, many: int = 1) -> None:
    """Count the same failure so many times, and a request with it."""
    for _ in range(many):
        monitor.capture(raised(NotFoundError("x")), route="/a")
        monitor.count_request("/a", 404, 0.1)


def total(monitor: Monitor) -> tuple[int, int]:
    """How many errors and requests there were."""
    stats = monitor.stats()
    return stats["total"], stats["requests"]["total"]


class SetClock(FakeClock):
    """A clock whose wall time somebody sets, forward or back; the other goes on as ever."""

    def set(self, seconds: float) -> None:
        """Move the hands by so many seconds."""
        self._wall += seconds


class KeptStore(MemoryStore):
    """A store that also keeps each batch that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[Batch] = []

    def apply(self, batch: Batch) -> Sequence[GroupChanged]:
        """Keep it, and add it."""
        self.batches.append(batch)
        return super().apply(batch)


class FailingStore(MemoryStore):
    """A store of which some methods fail while they are named in `failing`: before, or with "after " after the work."""

    def __init__(self, *failing: str) -> None:
        super().__init__()
        self.failing = set(failing)
        self.calls: list[str] = []

    def _did(self, name: str, work: Any) -> Any:
        self.calls.append(name)
        if name in self.failing:
            raise OSError("the store is away")
        done = work()
        if f"after {name}" in self.failing:
            raise OSError("the answer was lost")
        return done

    def apply(self, batch: Batch) -> Sequence[GroupChanged]:
        """Add it, or fail."""
        return self._did("apply", lambda: super(FailingStore, self).apply(batch))

    def read(self, width: int, first: int) -> Any:
        """Read, or fail."""
        return self._did("read", lambda: super(FailingStore, self).read(width, first))

    def samples(self, group: str) -> Any:
        """Read, or fail."""
        return self._did("samples", lambda: super(FailingStore, self).samples(group))

    def set_state(self, group: str, state: GroupState, now: float) -> Any:
        """Set it, or fail."""
        return self._did("set_state", lambda: super(FailingStore, self).set_state(group, state, now))

    def purge(self, now: float) -> None:
        """Forget, or fail."""
        self._did("purge", lambda: super(FailingStore, self).purge(now))

    def renew(self) -> None:
        """Begin anew, or fail."""
        self._did("renew", super().renew)

    def close(self) -> None:
        """Let go, or fail."""
        self._did("close", super().close)
