# SPDX-License-Identifier: MIT
"""What this process has counted since it last told the store: one entry for each place that fails, under one lock.

To count is a few dictionary operations. What costs more happens once for each new place (its group and its name) or when the
batch is made (templates of messages, records of samples), which no request waits for. Nothing here grows with what requests
send: places beyond the bound share one entry, and what nobody hit lately is forgotten.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from errcore.errors.causes import type_name
from errcore.errors.kinds import Kind
from errcore.errors.stock import RejectedError
from errcore.forks import renew_in_children
from errcore.jsonsafe import one_line
from errcore.monitor.batches import OTHER, OVERFLOW, GroupFacts, group_id
from errcore.monitor.counting.entries import Entry
from errcore.monitor.counting.requests import RouteEntry
from errcore.monitor.counting.sites import site_of
from errcore.monitor.groups import MOST_GROUPS
from errcore.monitor.samples import Allowance
from errcore.monitor.statistics import outcome_of_status
from errcore.monitor.windows import MINUTES_KEPT, by_the_hour
from errcore.redaction import default_redactor

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import CodeType

    from errcore.errors.classification import Classification
    from errcore.errors.occurrence import Occurrence
    from errcore.monitor.counting.entries import Taken

__all__ = ["UNMATCHED", "Harvest", "Key", "Tally"]

Key: TypeAlias = tuple[int, int, str, str | None, bool]
"""Address of the class, address of the code, code of the verdict, route, and whether the client had gone away."""

UNMATCHED = "<unmatched>"
"""The route of a request that matched none: what was asked for is a stranger's choice."""

_MOST_SAMPLES = 1024
_MOST_ENTRIES = 2 * MOST_GROUPS
_MOST_ROUTES = 256
_MOST_REQUESTS = 16 * _MOST_ROUTES
_MOST_MINUTES = 3 * MINUTES_KEPT
_LABEL = 200  # characters


@attrs.frozen
class Harvest:
    """What was counted, taken out: nobody adds to it any more.

    Attributes:
        entries: What failed.
        requests: What was counted of requests, by route and outcome.
        samples: Failures to be kept, with the ids of their groups.
        dropped: How many samples were lost, by reason.
    """

    entries: list[Taken]
    requests: dict[tuple[str, str], RouteEntry]
    samples: list[tuple[Occurrence, str]]
    dropped: dict[str, int]


class Tally:
    """The counts of one process.

    Args:
        service: The name of the service, which its groups belong to.
    """

    def __init__(self, service: str | None) -> None:
        self._service = service
        self.renew()
        renew_in_children(self)

    def renew(self) -> None:
        """Count from nothing: in a child that was forked, what the parent has not told yet is the parent's to tell."""
        self.lock: Any = threading.RLock()  # a finalizer that runs inside may count, too
        self.entries: dict[Key, Entry] = {}
        self.requests: dict[tuple[str | None, int], RouteEntry] = {}  # by route and status as they are given
        # By route and outcome as they are told: the same entries. They stay, for somebody may be about to add to one.
        self._named: dict[tuple[str, str], RouteEntry] = {}
        self.waiting: bool = False  # whether somebody was asked to tell
        self._left = False
        self._busy = False
        self._later: list[tuple[Key, Entry, float, str]] = []
        self._samples: list[tuple[Occurrence, str]] = []
        self._dropped: dict[str, int] = {}
        self._groups: dict[str, tuple[GroupFacts, Allowance]] = {}
        self._anywhere: dict[str, Entry] = {}  # by group, of all routes for which there is no room
        self._overflow = Entry(OVERFLOW, OTHER, Allowance(0))
        self._routes: dict[str | None, str] = {}

    def enter(
        self, key: Key, cls: type[BaseException], verdict: Classification, code: CodeType | None
    ) -> Entry:
        """The entry of a place that is new. Where there is no room it is the group's for all its routes, or the one of all.

        Args:
            key: By what the place is found again.
            cls: The class of what failed there.
            verdict: The verdict on it.
            code: Where it was raised.
        """
        cancelled = key[4]
        name, site, outcome = type_name(cls), site_of(code), _outcome(cls, verdict, cancelled=cancelled)
        ident = group_id(verdict.code, name, site, self._service, outcome if outcome == "cancelled" else None)
        with self.lock:
            if ident not in self._groups:
                if len(self._groups) >= MOST_GROUPS:
                    return self._overflow
                facts = GroupFacts(
                    id=ident,
                    code=one_line(verdict.code, _LABEL),
                    category=verdict.kind.value,
                    severity=verdict.severity.value,
                    fault=verdict.fault.value,
                    outcome=outcome,
                    type_name=one_line(name, _LABEL),
                    site=one_line(site, _LABEL),
                    service=self._service,
                )
                self._groups[ident] = facts, Allowance()
            facts, allowance = self._groups[ident]
            route = self._route(key[3])
            full = len(self.entries) >= _MOST_ENTRIES
            if route == OTHER or full:
                entry = self._anywhere.get(ident)
                if entry is None:
                    entry = self._anywhere[ident] = Entry(facts, OTHER, allowance, cls, code)
            else:
                entry = Entry(facts, route, allowance, cls, code)
            if not full and entry.keeps(cls, code):
                self.entries[key] = entry
            return entry

    def add(self, key: Key, entry: Entry, now: float, message: str) -> bool:
        """Count one; whether it is to be kept as a sample. The lock is held.

        What comes in the middle of another one of this thread, as from a handler of a signal, waits for its end.
        """
        if self._busy:
            self._later.append((key, entry, now, message))
            return False
        self._busy = True
        try:
            wanted = entry.add(now, message)
            self._catch_up()
        finally:
            self._busy = False
        return wanted

    def _catch_up(self) -> None:
        while self._later:
            key, entry, now, message = self._later.pop()
            if entry is not self._overflow:
                entry = self.entries.setdefault(key, entry)  # it may have been forgotten meanwhile
            entry.add(now, message)

    def keep(self, occurrence: Occurrence, entry: Entry) -> bool:
        """Keep a failure to be looked at, if there is room; whether somebody was asked to tell of it already."""
        with self.lock:
            asked, self.waiting = self.waiting, True
            if len(self._samples) < _MOST_SAMPLES:
                self._samples.append((occurrence, entry.facts.id))
            else:
                self._dropped["queue_full"] = self._dropped.get("queue_full", 0) + 1
            return asked

    def leave(self) -> None:
        """Note that nobody could be asked to tell of what was counted: who counts next asks again."""
        with self.lock:
            self.waiting, self._left = False, True

    @property
    def is_interrupted(self) -> bool:
        """Whether this very thread is in the middle of a count: we are in a handler of a signal, or in a finalizer."""
        return bool(self.lock._is_owned())  # noqa: SLF001 - which threading.Condition asks of every lock

    @property
    def has_news(self) -> bool:
        """Whether anything was counted since the last harvest."""
        return self.waiting or self._left

    def drop(self, reason: str) -> None:
        """Note that a sample was lost."""
        with self.lock:
            self._dropped[reason] = self._dropped.get(reason, 0) + 1

    def enter_request(self, route: str | None, status: int, now: float) -> RouteEntry:
        """What is counted of requests to a route that ended so, in the present minute.

        Args:
            route: The template of the route, or None.
            status: The HTTP status of the answer.
            now: Seconds since the epoch.
        """
        outcome = outcome_of_status(status)
        with self.lock:
            name = self._route(route)
            entry = self._named.get((name, outcome))
            if entry is None:
                entry = self._named[name, outcome] = RouteEntry()
            if name != OTHER and len(self.requests) < _MOST_REQUESTS:
                self.requests[route, status] = entry
            if not entry.since <= now < entry.until:
                entry.begin(now)
            return entry

    def add_up(self) -> None:
        """Count the requests that were noted."""
        with self.lock:
            for entry in [*self._named.values()]:
                entry.add_up()

    @contextmanager
    def _undisturbed(self) -> Generator[None]:
        """Have the lock; what this thread counts meanwhile, as in a handler of a signal, is added at the end."""
        with self.lock:
            outer, self._busy = self._busy, True
            try:
                yield
            finally:
                if not outer:
                    self._catch_up()
                self._busy = outer

    def peek(self) -> Harvest:
        """What is there, which stays."""
        with self._undisturbed():
            self.add_up()
            taken = [entry.copy() for entry in self._counted()]
            named = {key: entry.copy() for key, entry in [*self._named.items()] if entry.minutes}
            return Harvest(taken, named, [*self._samples], {**self._dropped})

    def harvest(self) -> Harvest:
        """Take everything out. Places that were not hit since the last time are forgotten where many are known."""
        with self._undisturbed():
            self.waiting = self._left = False  # first: who notes a request from now on asks to be told again
            self._catch_up()
            return self._taken()

    def _taken(self) -> Harvest:
        self.add_up()
        every = self._counted()
        named = {key: entry.taken() for key, entry in [*self._named.items()] if entry.minutes}
        if len(self._groups) > MOST_GROUPS // 2 or len(self.entries) > _MOST_ENTRIES // 2:
            known = {entry.facts.id for entry in every}
            self.entries = {key: entry for key, entry in [*self.entries.items()] if entry.minutes}
            self._groups = {each: group for each, group in [*self._groups.items()] if each in known}
            self._anywhere = {}
        harvest = Harvest([entry.taken() for entry in every], named, self._samples, self._dropped)
        self._samples, self._dropped = [], {}
        return harvest

    def _counted(self) -> list[Entry]:
        """The entries to which anything was added since the last harvest."""
        every = dict.fromkeys((*self.entries.values(), *self._anywhere.values(), self._overflow))
        return [entry for entry in every if entry.minutes]

    def compact(self) -> None:
        """Make room where nothing could be told for hours: what is older than two is kept by the hour, as a store has it."""
        with self._undisturbed():
            self.add_up()
            every: list[Entry | RouteEntry] = [*self._counted(), *self._named.values()]
            for each in every:
                if len(each.minutes) > _MOST_MINUTES:
                    each.minutes = by_the_hour(each.minutes, MINUTES_KEPT)

    def _route(self, route: str | None) -> str:
        name = self._routes.get(route)
        if name is None:
            if len(self._routes) >= _MOST_ROUTES:
                return OTHER
            name = UNMATCHED if route is None else default_redactor.text(one_line(route, _LABEL))
            self._routes[route] = name
        return name


def _outcome(cls: type[BaseException], verdict: Classification, *, cancelled: bool) -> str:
    if cancelled or verdict.kind is Kind.CANCELLED:
        return "cancelled"
    if issubclass(cls, RejectedError):
        return "rejected"
    return "limited" if verdict.status == 429 else "error"
