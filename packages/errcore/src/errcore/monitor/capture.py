# SPDX-License-Identifier: MIT
"""`Monitor`: counts what fails and what works, and tells what that says.

To count touches no disk, no network, no pattern and nobody's `repr`: it finds the entry of the place and adds one. A thread
hands what was counted to a store about once a second. A store that fails costs nothing but news: the batch is kept and
applied later, once, and meanwhile the monitor answers for its own process and says so.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from errcore import clock
from errcore import context as ambient
from errcore.closing import Closing
from errcore.errors import reading
from errcore.errors.classification import classify, worst_leaf
from errcore.errors.occurrence import Occurrence
from errcore.forks import renew_in_children
from errcore.mishaps import Mishaps
from errcore.monitor.counting.counted import is_new, is_new_among
from errcore.monitor.counting.requests import MOST_NOTED
from errcore.monitor.counting.sites import spot
from errcore.monitor.counting.tally import Tally
from errcore.monitor.groups import GroupState
from errcore.monitor.records import is_related
from errcore.monitor.statistics import stats_of
from errcore.monitor.stores import open_store
from errcore.monitor.stores.memory import MemoryStore
from errcore.monitor.telling.exits import ask_children, tell_at_exit
from errcore.monitor.telling.flushing import Flusher
from errcore.monitor.telling.harvesting import Packer
from errcore.monitor.telling.teller import Teller
from errcore.monitor.windows import MINUTE, Window, window_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore.monitor.groups import Group
    from errcore.monitor.records import EventRecord
    from errcore.monitor.statistics import Stats
    from errcore.monitor.stores.protocol import Store
    from errcore.monitor.telling.teller import StoreStatus
    from errcore.redaction import Redactor

__all__ = ["Monitor"]

_READ = 256  # characters of a message
_MOST_TOLD = 100
_ANY = Window(MINUTE, MINUTE)  # for what is asked of groups, whenever they were seen
# An exception may have a dictionary with ideas of its own.
_get: Callable[[dict[str, Any], str], Any] = vars(dict)["get"]


class Monitor(Closing):
    """Exact counts in bounded memory, and what they say.

    Usable alone; a `Runtime` has one. Nothing has to be set up or closed.

    Args:
        store: Where counts are kept: an address such as "sqlite:///errors.db" or "redis://host/0", or a store; in the memory
            of this process where None.
        service: The name of the service.
        release: Which release of it, such as a version or a commit: a resolved problem that comes back in another one has
            regressed.
        flush_every: Seconds between counting and telling the store.
        background: Whether a thread tells the store; without one, `flush` and what reads do.
        redactor: What cleans texts; errcore's own where None.

    Raises:
        errcore.ConfigurationError: If there is no such store.

    >>> from errcore import NotFoundError
    >>> with Monitor(background=False) as monitor:
    ...     monitor.capture(NotFoundError("No such agent."))
    ...     monitor.stats()["by_code"]
    {'NOT_FOUND': 1}
    """

    def __init__(
        self,
        store: str | Store | None = None,
        *,
        service: str | None = None,
        release: str | None = None,
        flush_every: float = 1.0,
        background: bool = True,
        redactor: Redactor | None = None,
    ) -> None:
        self._redactor = redactor
        self._mishaps = Mishaps()
        self._tally = Tally(service)
        self._teller = Teller(
            MemoryStore() if store is None else open_store(store),
            self._tally,
            Packer(service=service, release=release, redactor=redactor),
            self._mishaps,
        )
        self._flusher = Flusher(self._flush_again, flush_every, self._teller.tell) if background else None
        self._worker = self._teller.worker
        # What it imports when it is first asked: a child that is forked while a thread imports would wait for it forever.
        classify(Exception())
        renew_in_children(self)
        tell_at_exit(self._teller)

    def renew(self) -> None:
        """In a forked child: be a worker of its own. errcore calls it."""
        self._teller.renew()
        self._worker = self._teller.worker
        if self._flusher is not None:
            self._flusher.renew()

    def capture(self, exc: BaseException, /, **context: Any) -> None:
        """Count an exception. Never raises an Exception, and does nothing that a request would wait for.

        The same exception object counts once in each request, however often it is captured, reported or handled.

        Args:
            exc: What was caught.
            context: Facts for the sample, if this failure becomes one; `actor`, `tenant` and `operation` have fields of
                their own, and `route` is the template of a route.
        """
        try:
            route: object = context.pop("route", None) if context else None
            self._count(exc, None, route[:_READ] if type(route) is str else None, context)
        except Exception as problem:  # noqa: BLE001 - to count is never the caller's failure
            self._mishaps.note("the monitor", problem)

    def record(
        self, exc: BaseException, occurrence: Occurrence, stands_for: tuple[BaseException, ...] = ()
    ) -> None:
        """Count an exception of which an occurrence was made already: what `Runtime` calls. Never raises an Exception.

        Args:
            exc: What was caught.
            occurrence: What it is.
            stands_for: What was caught in truth, where `exc` was made from it: it is the same error.
        """
        try:
            self._count(exc, occurrence, occurrence.route, None, stands_for)
        except Exception as problem:  # noqa: BLE001 - to count is never the caller's failure
            self._mishaps.note("the monitor", problem)

    def _count(
        self,
        exc: BaseException,
        occurrence: Occurrence | None,
        route: str | None,
        context: dict[str, Any] | None,
        stands_for: tuple[BaseException, ...] = (),
    ) -> None:
        ids = ambient.current().ids if occurrence is None else occurrence.context.ids
        leaf = worst_leaf(exc) if issubclass(type(exc), BaseExceptionGroup) else exc
        cls = type(leaf)
        verdict = classify(leaf) if occurrence is None else occurrence.verdict
        code = spot(reading.traceback(leaf))
        cancelled = occurrence is not None and occurrence.phase == "disconnect"
        key = (id(cls), id(code), verdict.code, route, cancelled)
        message = _get(reading.attributes(leaf), "message")
        if type(message) is not str:
            arguments = reading.arguments(leaf)
            message = arguments[0] if arguments and type(arguments[0]) is str else ""
        if len(message) > _READ:
            message = message[:_READ]
        now = clock.current().wall()
        tally = self._tally
        with tally.lock:
            entry = tally.entries.get(key) or tally.enter(key, cls, verdict, code)
            # Not before: what fails here, as on a full stack, may be counted further up.
            if leaf is exc and not stands_for:
                new = is_new(exc, self._worker, ids)
            else:
                new = is_new_among(exc, stands_for, self._worker, ids)
            if not new:
                return
            wanted = tally.add(key, entry, now, message)
            asked, tally.waiting = tally.waiting, True
        try:
            if wanted:
                asked = tally.keep(occurrence or self._occurrence(exc, route, context), entry) and asked
        except Exception:
            tally.drop("unreadable")
            raise
        finally:
            if not asked:
                self._ask()

    def _ask(self) -> None:
        """Have somebody tell the store; if nobody can, the next that is counted asks again."""
        ask_children()
        if self._flusher is not None and not self._flusher.wake():
            self._tally.leave()

    def _occurrence(
        self, exc: BaseException, route: str | None, context: dict[str, Any] | None
    ) -> Occurrence:
        here = ambient.current().with_facts(context or {})
        return Occurrence.of(exc, here, route=route, phase="report", redactor=self._redactor)

    def count_request(self, route: str | None, status: int, seconds: float) -> None:
        """Count a request that is over. Never raises an Exception. What adapters call.

        Args:
            route: The template of its route; None if it matched none.
            status: The HTTP status of the answer; 499 if the client went away before its end.
            seconds: How long it took.
        """
        try:
            tally = self._tally
            now = clock.current().wall()
            entry = tally.requests.get((route, status))
            if entry is None or not entry.since <= now < entry.until:
                entry = tally.enter_request(route, status, now)
            durations = entry.durations
            durations.append(seconds)
            if len(durations) >= MOST_NOTED:
                tally.add_up()
            # Never set where it is set already: the batch that has it just now might be the one that takes it back.
            if not tally.waiting:
                tally.waiting = True
                self._ask()
        except Exception as problem:  # noqa: BLE001 - to count is never the caller's failure
            self._mishaps.note("the monitor", problem)

    def flush(self) -> bool:
        """Tell the store what was counted. Never raises an Exception.

        Returns:
            Whether it knows all of it now; what it does not is kept, and told later.
        """
        return self._teller.tell()

    def _flush_again(self) -> None:
        if not self.flush():
            self._ask()

    def stats(self, window: str | float = "1h", *, top: int = 10) -> Stats:
        """What there was lately: totals, rates, and the problems behind them.

        Args:
            window: How long back: "5m", "1h", "7d", or seconds; up to two hours in minutes, beyond that in hours, each of
                which counts as a whole. At most 35 days.
            top: How many groups are told, the most frequent first; at most 100.

        Raises:
            errcore.ConfigurationError: If the window is none.

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
            Whether the store has noted it: there is such a group, and the store could be asked.
        """
        return self._teller.set_state(group, GroupState.RESOLVED)

    def mute(self, group: str) -> bool:
        """Say that a problem is known: it is counted, and nobody is told of it. What `resolve` takes and returns."""
        return self._teller.set_state(group, GroupState.MUTED)

    def reopen(self, group: str) -> bool:
        """Take back what was said of a problem. What `resolve` takes and returns."""
        return self._teller.set_state(group, GroupState.OPEN)

    @property
    def failures(self) -> int:
        """How often counting, or the store, failed. The first of each sort was said on the logger "errcore"."""
        return self._mishaps.count

    @property
    def store_status(self) -> StoreStatus:
        """How the store does, for health checks; asks nobody."""
        return self._teller.store_status

    def close(self) -> None:
        """Tell the store what is left and let go of it. Closing twice is fine; counting goes on, and opens it again."""
        if self._flusher is not None:
            self._flusher.stop()
        self._teller.close()
