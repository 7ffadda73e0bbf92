# SPDX-License-Identifier: MIT
"""One check over time: what is known, what is under way, and when it is due again.

Nobody waits with a stopwatch for a check that hangs. That its time is over is seen by whoever looks next, so it is a
matter of two numbers and no thread.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from errcore.monitor.health.findings import TOO_LATE
from errcore.monitor.health.happenings import HealthChanged
from errcore.monitor.health.status import Part, Status

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from errcore.clock import Clock
    from errcore.monitor.health.declaring import Check
    from errcore.monitor.health.findings import Finding

__all__ = ["Run", "Watched"]

_PATIENCE = 3  # how many times its TTL and its time limit a finding is believed while no run finds anything


class Run:
    """One run of a check, from the moment at which somebody wants it.

    Attributes:
        watched: What it belongs to.
        clock: The clock by which it is measured.
        wanted: When it was wanted.
        begun: When it was begun, on the monotonic clock; None while it waits for a thread.
        counted: Whether it was counted as too late, though it has not ended.
        loop: The event loop in which it runs, if it does.
        task: Its task there; a loop alone would let go of it.
        handed: Set when it is handed to an event loop.
        done: Set when it is over, or nobody waits for it any more.
    """

    __slots__ = ("begun", "clock", "counted", "done", "handed", "loop", "task", "wanted", "watched")

    def __init__(self, watched: Watched, clock: Clock, wanted: float) -> None:
        self.watched: Watched = watched
        self.clock: Clock = clock
        self.wanted: float = wanted
        self.begun: float | None = None
        self.counted: bool = False
        self.loop: AbstractEventLoop | None = None
        self.task: Any = None
        self.handed: Future[None] = Future()
        self.done: Future[None] = Future()

    @property
    def check(self) -> Check:
        """What is run."""
        return self.watched.check

    def elapsed(self, now: float) -> float:
        """Seconds since it began; none if it has not."""
        return 0.0 if self.begun is None else now - self.begun


class Watched:
    """What is known about one check. Whoever calls holds the lock of the board.

    Attributes:
        check: Which.
        finding: What its last run found; None before the first.
        run: The run that is under way, or None.
        ended: When the last finding was made, on the monotonic clock.
        since: Since when it is like that, on the wall clock.
        checked_at: When the last finding was made, on the wall clock.
        latency: Seconds that the last run took that was in time.
        failures: How many runs failed.
        consecutive_failures: How many of them since the last good one.
        homeless: Its last run was lost with the event loop of whoever asked, so that the next one gets a loop of ours.
    """

    __slots__ = (
        "_asked",
        "_begun",
        "check",
        "checked_at",
        "consecutive_failures",
        "ended",
        "failures",
        "finding",
        "homeless",
        "latency",
        "run",
        "since",
    )

    def __init__(self, check: Check) -> None:
        self.check: Check = check
        self.failures: int = 0
        self.forget()

    def forget(self) -> None:
        """Begin anew, as if nothing had ever been found."""
        self.finding: Finding | None = None
        self.run: Run | None = None
        self.ended: float = 0.0
        self.since: float | None = None
        self.checked_at: float | None = None
        self.latency: float | None = None
        self.consecutive_failures: int = 0
        self.homeless: bool = False
        self._begun: float | None = None
        self._asked: float | None = None  # when a run was wanted first that should have made the next finding

    def due(self, recheck: float | None) -> float:
        """From when on it may be run again.

        Args:
            recheck: Seconds after which the application wants to know whether a dependency that it marked is back.
        """
        if self._begun is None:
            return 0.0
        ttl = self.check.ttl
        return self._begun + (ttl if recheck is None else min(ttl, recheck))

    def claim(self, clock: Clock, now: float) -> Run:
        """Note that it is about to be run."""
        self.run = run = Run(self, clock, now)
        if self._asked is None:
            self._asked = now
        return run

    def begin(self, run: Run, now: float) -> bool:
        """Note that a run begins now; says whether it is still wanted."""
        if self.run is not run:
            return False
        run.begun = self._begun = now
        return True

    def is_late(self, now: float) -> bool:
        """Whether the run that is under way has used up its time."""
        run = self.run
        return run is not None and run.begun is not None and now - run.begun >= self.check.timeout

    def is_starved(self, now: float) -> bool:
        """Whether a run has waited for a thread for so long that what is known should not be relied on."""
        run = self.run
        return run is not None and run.begun is None and now - run.wanted >= self.check.timeout

    def is_stale(self, now: float) -> bool:
        """Whether what is known is older than it should ever get while somebody asks."""
        return self.finding is not None and now - self.ended > self.check.ttl + self.check.timeout

    def is_unanswered(self, now: float) -> bool:
        """Whether runs have been wanted for so long without any finding that what was known is worth nothing.

        Not a matter of age alone: where nobody asked for an hour, the last finding is old and there is nothing amiss.
        """
        return self._asked is not None and now - self._asked > _PATIENCE * (
            self.check.ttl + self.check.timeout
        )

    def status(self, now: float) -> Status | None:
        """How well it is, as far as is known; None before the first finding."""
        if self.finding is None:
            return None
        if self.is_unanswered(now):
            return Status.FAIL
        if self.finding.status is Status.PASS and self.is_starved(now):
            return Status.WARN
        return self.finding.status

    def count_late(self, now: float, wall: float) -> HealthChanged | None:
        """Note that the run under way is too late, without waiting for its end. Once for each run."""
        run = self.run
        if run is None or run.counted or not self.is_late(now):
            return None
        run.counted = True
        return self._note(TOO_LATE, now, wall)

    def record(self, run: Run, finding: Finding, now: float, wall: float) -> HealthChanged | None:
        """Note what a run found. What comes too late is a failure, whatever it says."""
        late = self.is_late(now)
        self.run = None
        if late:
            return None if run.counted else self._note(TOO_LATE, now, wall)
        self.latency = run.elapsed(now)
        return self._note(finding, now, wall)

    def _note(self, finding: Finding, now: float, wall: float) -> HealthChanged | None:
        before = None if self.finding is None else self.finding.status
        self.finding, self.ended, self.checked_at = finding, now, wall
        self._asked = None
        if finding.status is Status.FAIL:
            self.failures += 1
            self.consecutive_failures += 1
        else:
            self.consecutive_failures = 0
        if before is finding.status:
            return None
        self.since = wall
        # That something is well from the beginning is no news.
        if before is None and finding.status is Status.PASS:
            return None
        return HealthChanged(Part.CHECK, self.check.name, before, finding.status, finding.code)
