# SPDX-License-Identifier: MIT
"""What a service writes by hand to know what fails: exact counts by place, in bounded memory.

A place is a class, a function of the application, a code and a route. An exception counts once in each request. It knows
the codes of the classes that it expects, keeps the first three failures of each place and one a minute after that, and is
never its caller's failure. One lock makes it exact under threads.
"""

from __future__ import annotations

import json
import os
import threading
import time
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType, TracebackType

    Key = tuple[int, int, str | None]

__all__ = ["MonitorByHand", "Place", "request_id"]

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that is being answered."""

_PLACES, _VARIANTS, _TOLD, _SAMPLES = 512, 64, 8, 3
_READ = 256  # characters of a message
_KNOWN = 4096  # classes, and files
_QUIET = 60.0  # seconds
_COUNTED = "_by_hand_counted"
_NEVER = object()
_LIBRARIES = (f"{os.sep}site-packages{os.sep}", str(Path(json.__file__).parents[1]) + os.sep)
_foreign: dict[str, bool] = {}


class Place:
    """What was counted of one place."""

    __slots__ = (
        "alive",
        "code",
        "first",
        "kept",
        "last",
        "minutes",
        "name",
        "quiet_until",
        "route",
        "variants",
    )

    def __init__(self, name: str, code: str, route: str | None, *alive: object) -> None:
        self.name, self.code, self.route = name, code, route
        self.alive = alive  # or something else could get the addresses that are in its key
        self.kept: list[tuple[float, str]] = []
        self.quiet_until = 0.0
        self.reset()

    def reset(self) -> None:
        """Begin anew; what was kept stays."""
        self.minutes: dict[int, int] = {}
        self.variants: dict[str, int] = {}
        self.first = self.last = 0.0

    def keep(self, now: float, text: str) -> None:
        """Keep a failure: one of the first, or the newest."""
        del self.kept[_SAMPLES:]
        self.kept.append((now, text))
        if len(self.kept) >= _SAMPLES:
            self.quiet_until = now + _QUIET


class MonitorByHand:
    """Counts exceptions.

    Args:
        codes: The codes of the classes that are expected; any other has that of a bug.
        now: Seconds since the epoch.
    """

    def __init__(
        self, codes: Mapping[type[BaseException], str], now: Callable[[], float] = time.time
    ) -> None:
        self.codes = {**codes}
        self.now = now
        self.lock = threading.Lock()
        self.failures = 0
        self.places: dict[Key, Place] = {}
        self.others = Place("", "OTHER", None)

    def capture(self, exc: BaseException, route: str | None = None) -> None:
        """Count an exception."""
        try:
            held = exc.__dict__
            request = request_id.get()
            counted = held.get(_COUNTED, _NEVER)
            if counted is not _NEVER and (counted == request or counted is None or request is None):
                return
            held[_COUNTED] = request
            cls = type(exc)
            code = self.codes.get(cls) or self.learn(cls)
            function = _spot(exc.__traceback__)
            arguments = exc.args
            message = arguments[0] if arguments and type(arguments[0]) is str else ""
            if len(message) > _READ:
                message = message[:_READ]
            key = (id(cls), id(function), route)
            now = self.now()
            minute = int(now // 60)
            with self.lock:
                place = self.places.get(key) or self.enter(key, cls, code, function)
                minutes = place.minutes
                if minute in minutes:
                    minutes[minute] += 1
                else:
                    place.first = place.first or now
                    minutes[minute] = 1
                place.last = now
                variants = place.variants
                if message in variants:
                    variants[message] += 1
                elif len(variants) < _VARIANTS:
                    variants[message] = 1
                else:
                    variants["_other"] = variants.get("_other", 0) + 1
                if now >= place.quiet_until:
                    place.keep(now, f"{cls.__qualname__}: {message}")
        except Exception:  # noqa: BLE001 - to count is never the caller's failure
            self.failures += 1

    def learn(self, cls: type[BaseException]) -> str:
        """The code of a class that is new: that of the nearest class that it inherits from."""
        code = next((self.codes[each] for each in cls.__mro__ if each in self.codes), "INTERNAL_ERROR")
        if len(self.codes) < _KNOWN:
            self.codes[cls] = code
        return code

    def enter(self, key: Key, cls: type[BaseException], code: str, function: CodeType | None) -> Place:
        """A place that is new; the one that all share where there is no room."""
        if len(self.places) >= _PLACES:
            return self.others
        where = "nowhere" if function is None else function.co_name
        self.places[key] = place = Place(f"{cls.__name__} in {where}", code, key[2], cls, function)
        return place

    def take(self) -> list[tuple[Place, dict[int, int], dict[str, int], float, float]]:
        """What was counted, with the first and the last time; counting begins anew."""
        with self.lock:
            hit = [place for place in (*self.places.values(), self.others) if place.minutes]
            taken = [(place, place.minutes, _few(place.variants), place.first, place.last) for place in hit]
            for place in hit:
                place.reset()
            return taken


def _spot(traceback: TracebackType | None) -> CodeType | None:
    """The innermost function of the application, which nearly always is the innermost of all."""
    if traceback is None:
        return None
    last = traceback
    while (inner := last.tb_next) is not None:
        last = inner
    innermost = found = last.tb_frame.f_code
    if _is_foreign(innermost):
        link: TracebackType | None = traceback
        while link is not None:
            code = link.tb_frame.f_code
            if not _is_foreign(code):
                found = code
            link = link.tb_next
    return found


def _is_foreign(code: CodeType) -> bool:
    filename = code.co_filename
    foreign = _foreign.get(filename)
    if foreign is None:
        if len(_foreign) >= _KNOWN:
            _foreign.clear()
        foreign = _foreign[filename] = any(part in filename for part in _LIBRARIES)
    return foreign


def _few(variants: dict[str, int]) -> dict[str, int]:
    """Eight of them, and the rest together."""
    kept = {message: variants[message] for message in list(variants)[:_TOLD] if message != "_other"}
    rest = sum(variants.values()) - sum(kept.values())
    return {**kept, "_other": rest} if rest else kept
