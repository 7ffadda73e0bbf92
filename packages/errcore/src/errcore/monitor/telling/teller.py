# SPDX-License-Identifier: MIT
"""What was counted goes to the store, each batch once, whatever the store does.

A batch that could not be applied is kept, with its number, and goes first the next time: the store knows the numbers that it
has applied, so it may be told twice. While one is kept, counting goes on in the process, where it is bounded. A store that
has failed is left alone for some seconds, so that nobody waits for it again and again.

A handler of a signal, or a finalizer, may ask in the middle of a count of its own thread. Whoever tells has our lock and wants
that of the count; so such a question is not answered by the store, or both would wait for each other.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from errcore import clock
from errcore.errors.app_error import AppError
from errcore.events import stream
from errcore.forks import Turn
from errcore.jsonsafe import one_line
from errcore.monitor.stores.memory import MemoryStore
from errcore.monitor.stores.protocol import Scope
from errcore.monitor.telling.trusted_time import TrustedTime
from errcore.monitor.windows import MINUTE

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from errcore.mishaps import Mishaps
    from errcore.monitor.batches import Batch
    from errcore.monitor.counting.tally import Harvest, Tally
    from errcore.monitor.groups import GroupState
    from errcore.monitor.records import EventRecord
    from errcore.monitor.stores.protocol import GroupChanged, Snapshot, Store
    from errcore.monitor.telling.harvesting import Packer
    from errcore.monitor.windows import Window

__all__ = ["StoreStatus", "Teller", "View"]

_PAUSE = 5.0  # seconds
_WORDS = 500  # characters
_PURGES = 600.0  # seconds between two
_NEVER = 2**40  # the number of a minute that nobody will see


@attrs.frozen(kw_only=True)
class StoreStatus:
    """How a store does.

    Attributes:
        scope: Whose counts it has.
        degraded: Whether it failed the last time that it was asked.
        last_write: When it last took a batch, in seconds since the epoch, or None.
        problem: Why it is degraded, in errcore's words or as the name of an exception's type, or None.
    """

    scope: Scope
    degraded: bool
    last_write: float | None
    problem: str | None = None


@attrs.frozen(kw_only=True)
class View:
    """What is known of a window.

    Attributes:
        snapshot: The counts.
        scope: Whose they are.
        as_of: Seconds since the epoch.
        degraded: Whether the store could not be asked, so that this process answers for itself, with what the store was not
            told yet.
        source: Who answered.
    """

    snapshot: Snapshot
    scope: Scope
    as_of: float
    degraded: bool
    source: Store


class Teller:
    """Tells a store, and asks it.

    Args:
        store: Where counts are kept.
        tally: What this process counted.
        packer: What makes batches of that.
        mishaps: Where failures of the store are noted.
    """

    def __init__(self, store: Store, tally: Tally, packer: Packer, mishaps: Mishaps) -> None:
        self._store = store
        self._tally = tally
        self._packer = packer
        self._mishaps = mishaps
        self._lock = Turn()
        self._begin()

    def _begin(self) -> None:
        self.worker: str = clock.current().token(8)
        self._number = 0
        self._taken: Harvest | None = None  # of the tally, and not yet a batch
        self._kept: Batch | None = None
        self._paused_until: float | None = None
        self._problem: str | None = None
        self._last_write: float | None = None
        self._next_purge = 0.0
        self._time: TrustedTime | None = None

    def renew(self) -> None:
        """In a forked child: be another worker, with connections of its own."""
        self._begin()
        try:
            self._store.renew()
        except Exception as problem:  # noqa: BLE001 - a child that cannot keep counts works all the same
            self._fail(problem)

    @contextmanager
    def _turn(self) -> Generator[bool]:
        """Wait until nobody else tells or asks; gives whether it is our turn.

        It is not in the middle of a count, of telling or of asking of this very thread, as in a handler of a signal; nor
        when somebody else has kept the store for too long.
        """
        if self._tally.is_interrupted:
            yield False
            return
        with self._lock as ours:
            yield ours

    @contextmanager
    def _told(self, *, urgent: bool = False) -> Generator[tuple[bool, bool]]:
        """Begin a turn with telling; gives whether it is ours, and whether the store knows everything that was counted."""
        changes: list[GroupChanged] = []
        with self._turn() as ours:
            yield ours, ours and (urgent or not self._is_paused()) and self._tell(changes)
        # Not under the lock: a listener may wait for somebody who asks us.
        for change in changes:
            stream.emit(change)

    def tell(self, *, urgent: bool = False) -> bool:
        """Tell what was counted. Never raises an Exception.

        Args:
            urgent: Whether to ask a store that failed only just now.

        Returns:
            Whether the store knows everything that was counted before.
        """
        with self._told(urgent=urgent) as (_, told):
            return told

    def _tell(self, changes: list[GroupChanged]) -> bool:
        try:
            if self._kept is not None:
                self._apply(self._kept, changes)
            if self._taken is not None:
                self._hand_over(self._taken, changes)
            # Once, and not until there is nothing more: what is counted meanwhile is the next one's to tell.
            if self._tally.has_news:
                self._taken = self._tally.harvest()
                self._hand_over(self._taken, changes)
            self._purge()
        except Exception as problem:  # noqa: BLE001 - a store's failure is news, and nothing else
            self._fail(problem)
            self._tally.compact()
            return False
        self._paused_until = self._problem = None
        return True

    def _hand_over(self, harvest: Harvest, changes: list[GroupChanged]) -> None:
        self._kept = self._batch(harvest, self._number + 1)
        self._taken = None
        self._number += 1
        self._apply(self._kept, changes)

    def _apply(self, batch: Batch, changes: list[GroupChanged]) -> None:
        found = self._store.apply(batch)
        self._kept = None
        self._last_write = clock.current().wall()
        changes += found

    def view(self, window: Window) -> View:
        """What is known of a window; of this process alone where the store cannot be asked. Never raises an Exception."""
        now = clock.current().wall()
        first = window.first(now)
        with self._told() as (_, told):
            if told:
                try:
                    snapshot = self._store.read(window.width, first)
                    return View(
                        snapshot=snapshot,
                        scope=self._store.scope,
                        as_of=now,
                        degraded=False,
                        source=self._store,
                    )
                except Exception as problem:  # noqa: BLE001 - as above
                    self._fail(problem)
            own = self._own()
            return View(
                snapshot=own.read(window.width, first),
                scope=Scope.WORKER,
                as_of=now,
                degraded=True,
                source=own,
            )

    def samples(self, source: Store, group: str) -> Sequence[EventRecord]:
        """The samples of a group, oldest first; none where they cannot be read. Never raises an Exception."""
        if source is not self._store:  # made for whoever asks, who waits for nobody
            return source.samples(group)
        with self._turn() as ours:
            try:
                return source.samples(group) if ours else ()
            except Exception as problem:  # noqa: BLE001 - as above
                self._fail(problem)
                return ()

    def set_state(self, group: str, state: GroupState) -> bool:
        """Say something of a group; whether the store has taken it. Never raises an Exception."""
        with self._told() as (ours, _):
            try:
                return ours and self._store.set_state(group, state, clock.current().wall()) is not None
            except Exception as problem:  # noqa: BLE001 - as above
                self._fail(problem)
                return False

    @property
    def store_status(self) -> StoreStatus:
        """How the store does; asks nobody."""
        return StoreStatus(
            scope=self._store.scope,
            degraded=self._paused_until is not None,
            last_write=self._last_write,
            problem=self._problem,
        )

    def close(self) -> None:
        """Tell what is left, and let go of the store."""
        self.tell(urgent=True)  # whose listeners may ask the store
        with self._turn() as ours:
            try:
                if ours:
                    self._store.close()
            except Exception as problem:  # noqa: BLE001 - as above
                self._fail(problem)

    def _is_paused(self) -> bool:
        return self._paused_until is not None and clock.current().monotonic() < self._paused_until

    def _fail(self, problem: Exception) -> None:
        # What errcore itself raises says what to do; what a library raises may say anything.
        why = one_line(problem, _WORDS) if isinstance(problem, AppError) else None
        self._mishaps.note("the store of the monitor", problem, why)
        self._problem = why or type(problem).__name__
        self._paused_until = clock.current().monotonic() + _PAUSE

    def _batch(self, harvest: Harvest, number: int) -> Batch:
        return self._packer.batch(harvest, self.worker, number, clock.current().wall())

    def _own(self) -> MemoryStore:
        """What the store was not told, as a store."""
        own = MemoryStore()
        # Each is read once: whoever is at the store may have done with it meanwhile.
        kept, taken, number = self._kept, self._taken, self._number
        if kept is not None:
            own.apply(kept)
            number = max(number, kept.number)
        untold = [] if taken is None else [taken]
        for harvest in (*untold, self._tally.peek()):
            number += 1
            own.apply(self._batch(harvest, number))
        return own

    def _purge(self) -> None:
        now = clock.current()
        wall, ticks = now.wall(), now.monotonic()
        if self._time is None:
            told = self._store.read(MINUTE, _NEVER).workers
            self._time = TrustedTime(
                wall, ticks, (when for worker, when in told.items() if worker != self.worker)
            )
        elif ticks < self._next_purge:
            return
        self._next_purge = ticks + _PURGES
        self._store.purge(self._time.now(wall, ticks))
