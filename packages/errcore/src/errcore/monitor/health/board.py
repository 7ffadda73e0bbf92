# SPDX-License-Identifier: MIT
"""All that is known about the health of a service, under one lock: checks, marks, features. Nobody waits here.

What is due is handed out at most once, to one of those who ask; so a thousand probes make one run of a check.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import attrs

from errcore import clock
from errcore.events import stream
from errcore.forks import renew_in_children
from errcore.monitor.health.declaring import MOST, refuse
from errcore.monitor.health.happenings import HealthChanged
from errcore.monitor.health.status import Part, Status
from errcore.monitor.health.watching import Watched

if TYPE_CHECKING:
    from collections.abc import Iterable

    from errcore.monitor.health.declaring import Check, Feature
    from errcore.monitor.health.findings import Finding
    from errcore.monitor.health.watching import Run

__all__ = ["Board", "Mark"]

_NOT_SOON = float("inf")


@attrs.define
class Mark:
    """A dependency that the application has seen in trouble.

    Attributes:
        since: Since when, on the wall clock.
        due: From when on a good check takes the mark away, on the monotonic clock.
    """

    since: float
    due: float


class Board:
    """The state of `Health`.

    Args:
        recheck: Seconds from a mark to the check that may take it away, and between two of those.
    """

    def __init__(self, recheck: float) -> None:
        self.recheck: float = recheck
        self.watched: dict[str, Watched] = {}
        self.features: dict[str, Feature] = {}
        self.marks: dict[str, Mark] = {}
        self._degraded: set[str] = set()  # features, as they were last told
        self._next = 0.0  # nothing is due before; may be read without the lock
        self.lock: Any = threading.RLock()
        renew_in_children(self)

    def renew(self) -> None:
        """Begin anew in a forked child: what its parent's connections were worth says nothing about its own."""
        self.lock = threading.RLock()
        for watched in self.watched.values():
            watched.forget()
        self._next = 0.0

    # --- what is declared

    def add_check(self, check: Check) -> None:
        """Watch one more; the same function again replaces itself, as when a module is loaded again."""
        with self.lock:
            present = self.watched.get(check.name)
            if present is not None and present.check.place != check.place:
                refuse(
                    f"the check {check.name!r}",
                    "another function has that name",
                    "choose one that is not taken",
                )
            if present is None and len(self.watched) >= MOST:
                refuse(
                    f"the check {check.name!r}",
                    f"there are {MOST} already",
                    "join some that ask one dependency",
                )
            self.watched[check.name] = Watched(check)
            self._next = 0.0
            if present is not None and present.run is not None:
                self.drop(present.run)

    def add_feature(self, feature: Feature) -> None:
        """Know one more feature."""
        with self.lock:
            present = self.features.get(feature.name)
            if present is not None and present != feature:
                refuse(
                    f"the feature {feature.name!r}",
                    "it is declared with other needs or another answer",
                    "choose a name that is not taken",
                )
            if present is None and len(self.features) >= MOST:
                refuse(f"the feature {feature.name!r}", f"there are {MOST} already", "join some")
            self.features[feature.name] = feature

    # --- runs of checks

    def claim(self) -> list[Run]:
        """What is due, for the caller to run: each is handed out once."""
        now = clock.current().monotonic()
        if now < self._next:
            return []
        runs: list[Run] = []
        with self.lock:
            for watched in self.watched.values():
                recheck = self.recheck if watched.check.name in self.marks else None
                if watched.run is None and now >= watched.due(recheck):
                    runs.append(watched.claim(clock.current(), now))
            self._next = min(map(self._look_at, self.watched.values()), default=_NOT_SOON)
        return runs

    def _look_at(self, watched: Watched) -> float:
        """When there may be something to do for it."""
        run = watched.run
        if run is None:
            return watched.due(self.recheck if watched.check.name in self.marks else None)
        return run.wanted if run.begun is None else run.begun + watched.check.timeout

    def settle(self) -> None:
        """Count what hangs as failed, and forget what can never end."""
        now, wall = clock.current().monotonic(), clock.current().wall()
        if now < self._next:
            return
        changes: list[HealthChanged | None] = []
        lost: list[Run] = []
        with self.lock:
            for watched in self.watched.values():
                run = watched.run
                if run is None or not (watched.is_late(now) or watched.is_starved(now)):
                    continue
                if run.loop is not None and not run.loop.is_running():
                    lost.append(run)  # nobody turns that loop any more
                elif run.begun is not None:
                    changes.append(watched.count_late(now, wall))
                    self._judge_mark(run, Status.FAIL, now)
        for run in lost:
            self.drop(run)
        self.tell(changes)

    def begin(self, run: Run) -> bool:
        """Note that a run begins; says whether anybody still wants it."""
        with self.lock:
            self._next = 0.0
            return run.watched.begin(run, clock.current().monotonic())

    def record(self, run: Run, finding: Finding) -> None:
        """Note what a run found."""
        now, wall = clock.current().monotonic(), clock.current().wall()
        changes: list[HealthChanged | None] = []
        with self.lock:
            watched = run.watched
            if watched.run is not run:
                return  # it was given up, or belongs to the process that we were forked from
            changes.append(watched.record(run, finding, now, wall))
            self._next = 0.0
            changes.append(self._judge_mark(run, (watched.finding or finding).status, now))
        self.tell(changes)  # before whoever waits for it goes on
        run.done.set_result(None)

    def drop(self, run: Run) -> None:
        """Note that a run ended and found nothing, as when the event loop of whoever asked has gone."""
        with self.lock:
            watched = run.watched
            if watched.run is not run:
                return
            watched.run = None
            watched.homeless = True
            self._next = 0.0
        run.done.set_result(None)

    def come_home(self) -> None:
        """The application has an event loop that stays: coroutine checks go there again."""
        with self.lock:
            for watched in self.watched.values():
                watched.homeless = False

    def pending(self) -> list[Run]:
        """The runs that are under way."""
        with self.lock:
            return [watched.run for watched in self.watched.values() if watched.run is not None]

    # --- marks

    def mark(self, name: str) -> HealthChanged | None:
        """Note that a dependency is in trouble. A mark that is there already stays as old as it is.

        Raises:
            OverflowError: If there are too many.
        """
        now = clock.current()
        with self.lock:
            if name in self.marks:
                return None
            if len(self.marks) >= MOST:
                raise OverflowError
            self.marks[name] = Mark(now.wall(), now.monotonic() + self.recheck)
            self._next = 0.0
        return HealthChanged(Part.DEPENDENCY, name, Status.PASS, Status.WARN)

    def unmark(self, name: str) -> HealthChanged | None:
        """Note that it is well again."""
        with self.lock:
            gone = self.marks.pop(name, None)
        return None if gone is None else HealthChanged(Part.DEPENDENCY, name, Status.WARN, Status.PASS)

    def _judge_mark(self, run: Run, status: Status, now: float) -> HealthChanged | None:
        """A check that began when the mark was due takes it away, or puts it off."""
        name = run.check.name
        mark = self.marks.get(name)
        if mark is None or run.begun is None or run.begun < mark.due:
            return None
        if status is not Status.FAIL:
            return self.unmark(name)
        mark.due = now + self.recheck
        return None

    # --- news

    def note_feature(self, name: str, *, degraded: bool) -> HealthChanged | None:
        """Note how a feature is; says what changed since it was last noted."""
        with self.lock:
            if degraded is (name in self._degraded):
                return None
            if degraded:
                self._degraded.add(name)
                return HealthChanged(Part.FEATURE, name, Status.PASS, Status.WARN)
            self._degraded.discard(name)
        return HealthChanged(Part.FEATURE, name, Status.WARN, Status.PASS)

    @staticmethod
    def tell(changes: Iterable[HealthChanged | None]) -> None:
        """Emit what changed; not under the lock, for a listener may ask back."""
        for change in changes:
            if change is not None:
                stream.emit(change)
