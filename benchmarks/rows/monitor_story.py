# SPDX-License-Identifier: MIT
"""What happens to two monitors before they are timed, and what they say of it: errors of several sorts, and the bounds.

The clock is told what to show. What is compared: the places with their codes, counts, times and messages, and how many
failures were kept of each.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.rows.monitor_by_hand import MonitorByHand, request_id
from errcore import clock
from errcore.context import RequestIds, bind
from errcore.monitor import Monitor
from errcore.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

__all__ = ["CODES", "first", "seen_by_errcore", "seen_by_hand"]

CODES: dict[type[BaseException], str] = {
    TimeoutError: "DEADLINE_EXCEEDED",
    ConnectionError: "SERVICE_UNAVAILABLE",
}
"""What the monitor by hand knows of classes."""

_NOW = 1_800_000_030.0
_MADE = 600
_COLOURS = ("red", "green", "blue", "white", "black", "brown", "grey", "pink", "teal", "gold")
_OTHERS = "the others"


class Late(TimeoutError):  # noqa: N818
    """Of which only the class that it inherits from is known."""


def first(text: str) -> None:
    """Fail three frames deep."""
    _second(text)


def _second(text: str) -> None:
    _third(text)


def _third(text: str) -> None:
    raise ValueError(text)


def seen_by_hand() -> dict[str, Any]:
    """What the monitor by hand says."""
    with clock.using(FakeClock(wall=_NOW)) as time:
        monitor = MonitorByHand(CODES, time.wall)
        _tell(time, monitor.capture, _within)
        places: dict[str, Any] = {}
        for place, minutes, variants, begun, ended in monitor.take():
            total = sum(minutes.values())
            if place is monitor.others:
                places[_OTHERS] = total
            else:
                places[place.name] = _seen(place.code, total, begun, ended, variants, len(place.kept))
        return {"places": places, "failures": monitor.failures}


def seen_by_errcore() -> dict[str, Any]:
    """What errcore's says."""
    with clock.using(FakeClock(wall=_NOW)) as time, Monitor(background=False) as monitor:
        _tell(time, monitor.capture, lambda name: bind(ids=RequestIds(name)))
        places: dict[str, Any] = {}
        for group in monitor.groups():
            facts, total = group.facts, group.count
            begun, ended, kept = group.first_seen, group.last_seen, len(monitor.samples(facts.id))
            if facts.id == "_overflow":
                places[_OTHERS] = total
            else:
                name = f"{facts.type_name.rpartition('.')[2]} in {facts.site.rpartition(':')[2]}"
                places[name] = _seen(facts.code, total, begun, ended, group.variants, kept)
        return {"places": places, "failures": monitor.failures}


def _seen(
    code: str, count: int, begun: float, ended: float, variants: Mapping[str, int], kept: int
) -> dict[str, Any]:
    return {
        "code": code,
        "count": count,
        "begun": begun,
        "ended": ended,
        "variants": {**variants},
        "kept": kept,
    }


@contextmanager
def _within(name: str) -> Iterator[None]:
    token = request_id.set(name)
    try:
        yield
    finally:
        request_id.reset(token)


def _tell(
    time: FakeClock,
    capture: Callable[..., object],
    request: Callable[[str], AbstractContextManager[object]],
) -> None:
    one = _caught(first, "No such region.")
    for name in ("r1", "r2"):
        with request(name):
            capture(one, route="/regions")
            capture(one, route="/regions")
    capture(one)
    for colour in _COLOURS:
        time.advance(0.5)
        capture(_caught(_colour, colour))
    capture(_caught(json.dumps, object()))  # where Python's own code is the innermost
    time.advance(90.0)
    capture(_caught(_colour, "red"))
    capture(_caught(_colour, "red"))
    for cls in (
        Late,
        ConnectionResetError,
        *(type(f"Made{number}", (Exception,), {}) for number in range(_MADE)),
    ):
        capture(_caught(_fail, cls))


def _colour(name: str) -> None:
    raise ValueError(f"There is no {name} one.")


def _fail(cls: type[Exception]) -> None:
    raise cls("Again.")


def _caught(call: Callable[..., object], argument: object) -> Exception:
    try:
        call(argument)
    except Exception as exc:  # noqa: BLE001 - of any sort
        return exc
    raise AssertionError
