# SPDX-License-Identifier: MIT
"""From what is known of each part to what is said of the whole.

A check has a say in readiness only if it was declared so. Breakers and the store warn: traffic that is kept away from a
service because one dependency is down helps nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore import clock
from errcore.jsonsafe import one_line
from errcore.monitor.health.answers import Component, ProbeAnswer
from errcore.monitor.health.declaring import MOST
from errcore.monitor.health.status import Part, Status, worst

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from errcore.mishaps import Mishaps
    from errcore.monitor.health.board import Board
    from errcore.monitor.health.watching import Watched

__all__ = ["Seen", "Surroundings", "because", "components", "gate"]

_REFUSING = frozenset({"open", "isolated"})


@attrs.frozen
class Seen:
    """How the parts are that others look after.

    Attributes:
        breakers: Their components.
        refusing: Names of policies whose breaker lets nothing through, of whatever key.
        store: That of the store, if there is one.
        left_out: Breakers that are not listed, because there are too many.
    """

    breakers: tuple[Component, ...] = ()
    refusing: frozenset[str] = frozenset()
    store: Component | None = None
    left_out: int = 0

    @property
    def status(self) -> Status:
        """The worst of them."""
        return worst(each.status for each in (*self.breakers, self.store) if each is not None)


class Surroundings:
    """Asks those who look after breakers and the store. Whatever they do, they are no reason to fail.

    Args:
        breakers: Gives the state of each breaker, by the name of its policy, or by key.
        store: Says whether the store is well.
        mishaps: Where it is noted that they failed.
        breakers_gate_readiness: Whether an open breaker fails.
    """

    def __init__(
        self,
        breakers: Callable[[], Mapping[str, str | Mapping[str, str]]] | None,
        store: Callable[[], bool] | None,
        mishaps: Mishaps,
        *,
        breakers_gate_readiness: bool,
    ) -> None:
        self._breakers = breakers
        self._store = store
        self._mishaps = mishaps
        self._open = Status.FAIL if breakers_gate_readiness else Status.WARN

    def read(self) -> Seen:
        """How they are now."""
        states = self._states()
        listed = tuple(self._component(name, state) for name, (state, _) in _first(states))
        return Seen(listed, _refusing(states), self._read_store(), max(0, len(states) - MOST))

    def refusing(self) -> frozenset[str]:
        """Names of policies whose breaker lets nothing through: the part of `read` that requests ask for."""
        return _refusing(self._states())

    def _states(self) -> dict[str, tuple[str, bool]]:
        if self._breakers is None:
            return {}
        try:
            return {name: _state_of(told) for name, told in self._breakers().items()}
        except Exception as problem:  # noqa: BLE001 - then nothing is known of them
            self._mishaps.note("the states of breakers", problem)
            return {}

    def _component(self, name: str, state: str) -> Component:
        status = self._open if state in _REFUSING else Status.PASS
        return Component(name=one_line(name, 128), part=Part.BREAKER, status=status, state=state)

    def _read_store(self) -> Component | None:
        if self._store is None:
            return None
        try:
            well = self._store() is True
        except Exception as problem:  # noqa: BLE001 - a store that cannot say how it is is not well
            self._mishaps.note("the state of the store", problem)
            well = False
        return Component(
            name="monitor",
            part=Part.STORE,
            status=Status.PASS if well else Status.WARN,
            state="well" if well else "degraded",
        )


def _refusing(states: Mapping[str, tuple[str, bool]]) -> frozenset[str]:
    return frozenset(name for name, (_, refuses) in states.items() if refuses)


def _first(states: Mapping[str, tuple[str, bool]]) -> list[tuple[str, tuple[str, bool]]]:
    """As many as are listed; those in trouble first."""
    return sorted(states.items(), key=lambda item: item[1][0] not in _REFUSING)[:MOST]


def _state_of(told: object) -> tuple[str, bool]:
    """The state of the breaker of a policy, the worst if it has several, and whether none of them lets anything through.

    Keys come from arguments of calls, so they are nobody's to read; and one key that is refused, one tenant perhaps, is
    no outage of the feature.
    """
    if isinstance(told, str):
        state = one_line(told, 32)
        return state, state in _REFUSING
    states = [one_line(state, 32) for state in dict[object, object](told).values()]  # type: ignore[call-overload]
    refused = [state for state in states if state in _REFUSING]
    others = [state for state in states if state not in _REFUSING]
    return min(refused) if refused else max(others, default="closed"), bool(refused) and not others


def gate(board: Board, seen: Seen, *, draining: bool) -> ProbeAnswer:
    """Whether the service should get traffic."""
    if draining:
        return ProbeAnswer(Status.FAIL, "shutting down")
    now = clock.current().monotonic()
    with board.lock:
        gating = [each.status(now) for each in board.watched.values() if each.check.gates_readiness]
    known = [status for status in gating if status is not None]
    status = worst([*known, seen.status])
    if len(known) < len(gating):
        return ProbeAnswer(Status.FAIL, None if status is Status.FAIL else "starting")
    return ProbeAnswer(status)


def because(board: Board, feature: str, refusing: frozenset[str]) -> tuple[str, ...]:
    """What of the needs of a feature is in trouble, itself included."""
    now = clock.current().monotonic()
    declared = board.features.get(feature)
    names = (feature,) if declared is None else dict.fromkeys((*declared.needs, feature))
    with board.lock:
        return tuple(
            name
            for name in names
            if name in board.marks
            or name in refusing
            or ((watched := board.watched.get(name)) is not None and watched.status(now) is Status.FAIL)
        )


def components(board: Board, seen: Seen) -> tuple[Component, ...]:
    """Everything there is, checks first."""
    now = clock.current().monotonic()
    with board.lock:
        checks = [_component_of(each, now) for each in board.watched.values()]
        marks = [
            Component(name=name, part=Part.DEPENDENCY, status=Status.WARN, state="degraded", since=mark.since)
            for name, mark in board.marks.items()
        ]
    return (*checks, *seen.breakers, *_present(seen.store), *marks)


def _present(component: Component | None) -> Iterator[Component]:
    if component is not None:
        yield component


def _component_of(watched: Watched, now: float) -> Component:
    check, finding = watched.check, watched.finding
    status = watched.status(now)
    return Component(
        name=check.name,
        part=Part.CHECK,
        status=Status.WARN if status is None else status,
        state="starting" if status is None else None,
        code=None if finding is None else finding.code,
        kind=None if finding is None else finding.kind,
        latency_ms=None if watched.latency is None else round(watched.latency * 1000, 3),
        age=None if finding is None else max(0.0, now - watched.ended),
        stale=watched.is_stale(now) or watched.is_starved(now),
        since=watched.since,
        checked_at=watched.checked_at,
        failures=watched.failures,
        consecutive_failures=watched.consecutive_failures,
        hanging=watched.is_late(now),
        gates_readiness=check.gates_readiness,
    )
