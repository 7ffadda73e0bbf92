# SPDX-License-Identifier: MIT
"""A policy at work: guards functions, makes guarded calls, and says how its dependency is doing."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, Unpack, cast

import attrs

from errcore import clock
from errcore.errors.reading import kind_of
from errcore.errors.stock import ConfigurationError
from errcore.mishaps import Mishaps
from errcore.policies._tenacity import Strategies
from errcore.policies.breaking.breaker_state import BreakerState
from errcore.policies.budget import Purse
from errcore.policies.bulkhead import Slots
from errcore.policies.fused import source_of, woven
from errcore.policies.guardable import METHODS, check, is_asynchronous, label
from errcore.policies.keys import key_of
from errcore.policies.matching import matcher
from errcore.policies.mode import current_mode
from errcore.policies.permit import Permit
from errcore.policies.plan import Plan
from errcore.policies.retry import Retry
from errcore.policies.runner import arun, run
from errcore.policies.settings import refuse_unknown
from errcore.policies.unit import Unit
from errcore.policies.units import Units

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from errcore.policies.settings import Keywords, PolicySettings

__all__ = ["Policy"]

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound="Callable[..., Any]")

ORDER = ("fallback", "timeout", "retry", "budget", "breaker", "limit", "bulkhead", "chaos")
"""From the outermost part to the innermost; a timeout of each attempt stands before chaos."""

_WORST = ("closed", "half_open", "open", "isolated")
_SHARED = ("breaker", "limit", "bulkhead", "budget", "key")


class Policy:
    """How the calls of one dependency are guarded. Made by `errcore.policy`.

    Attributes:
        name: Its name.
        settings: What it was told.
        place: File and line of the statement that made it.
    """

    def __init__(self, name: str, settings: PolicySettings, place: str, units: Units | None = None) -> None:
        self.name: str = name
        self.settings: PolicySettings = settings
        self.place: str = place
        self._plan = _plan_of(settings)
        self._born = clock.current().monotonic()
        self._units = Units(self._make) if units is None else units
        # A variant may have more attempts, or the only ones, and what is shared has to do for all.
        self._units.widen(Retry().attempts if settings.retry is None else settings.retry.attempts)
        self._mishaps = Mishaps()
        # The one that most policies have; made now, since engines load when a policy is built.
        self._own = self._units.of(None)

    def __repr__(self) -> str:
        return (
            f"<Policy {self.name!r}>"
            if self.settings.breaker is None
            else f"<Policy {self.name!r}: {self.state}>"
        )

    def _make(self, key: str | None) -> Unit:
        settings = self.settings
        breaker = None if settings.breaker is None else BreakerState(settings.breaker, self.name, key)
        if breaker is not None and key is not None and self._units.isolated:
            breaker.isolate()
        return Unit(
            self.name,
            key,
            breaker=breaker,
            limiter=None if settings.limit is None else settings.limit.limiter(),
            bulkhead=None if settings.bulkhead is None else Slots(settings.bulkhead, self.name),
            purse=self._purse(),
        )

    def _purse(self) -> Purse | None:
        budget = self.settings.budget
        if budget is None:
            return None
        attempts = self._units.attempts
        if self.settings.key is None:
            return budget.purse(attempts)
        # A key is no newborn process: a gift for each would be as many as there are keys, in the middle of an outage.
        return Purse(budget, attempts, self._born)

    def __call__(self, fn: F) -> F:
        """Guard a function, a method or a coroutine function; its signature and its types stay.

        Raises:
            errcore.ConfigurationError: If it cannot be guarded: a generator, a class, or a function whose timeout does not
                say how to stop it.
        """
        method: Any = fn
        if kind_of(fn) in METHODS:
            return cast("F", kind_of(method)(self(method.__func__)))
        check(fn, self.settings, self.name)
        if self.settings.key is None:
            return woven(self._plan, self._own, fn)  # type: ignore[return-value]
        return self._keyed(fn)  # type: ignore[return-value]

    def _keyed(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        if is_asynchronous(fn):

            @functools.wraps(fn)
            async def aguarded(*args: Any, **kwargs: Any) -> Any:
                return await arun(self._plan, self._unit(args, kwargs), fn, args, kwargs)

            return aguarded

        @functools.wraps(fn)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            return run(self._plan, self._unit(args, kwargs), fn, args, kwargs)

        return guarded

    def _unit(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Unit:
        key = self.settings.key
        if key is None:
            return self._own
        try:
            found = key_of(key(*args, **kwargs))
        except Exception as problem:  # noqa: BLE001 - a function of the user's; the call is worth more than its key
            self._mishaps.note(f"the key of the policy {self.name}", problem)
            return self._own
        return self._units.of(found)

    def call(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function guarded.

        Raises:
            errcore.ConfigurationError: If it cannot be guarded; a coroutine function needs `acall`.
            errcore.RejectedError: If a part refuses it, and no fallback answers.
            errcore.DeadlineExceededError: If its time is up; `OutOfTimeError` if it was before it began.
            Exception: What the function raised last, where nothing helped.
        """
        check(fn, self.settings, self.name)
        if is_asynchronous(fn):
            raise ConfigurationError(
                f"Cannot call {label(fn)} through {self.name!r}.call, because it is a coroutine function; use acall."
            )
        result: R = run(self._plan, self._unit(args, kwargs), fn, args, kwargs)
        return result

    async def acall(self, fn: Callable[P, Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a coroutine function, or a function that gives a coroutine, guarded.

        Raises:
            errcore.ConfigurationError: If it cannot be guarded.
            errcore.RejectedError: If a part refuses it, and no fallback answers.
            errcore.DeadlineExceededError: If its time is up; `OutOfTimeError` if it was before it began.
            Exception: What the function raised last, where nothing helped.
        """
        check(fn, self.settings, self.name, awaited=True)
        result: R = await arun(self._plan, self._unit(args, kwargs), fn, args, kwargs)
        return result

    def acquire(self, *args: Any, **kwargs: Any) -> Permit:
        """Leave to make one attempt by hand, for streams and protocols; the permit has to be told how it ended.

        Args:
            args: The arguments of the call that it is for, where the policy has a `key=`, which is a function of them.
            kwargs: Its keyword arguments, likewise.

        Raises:
            errcore.RejectedError: If a part refuses it, as a call would be refused.
            errcore.DeadlineExceededError: If there is no time left: `OutOfTimeError`.
        """
        if current_mode().off:
            return Permit(Unit(self.name), None, 0.0)  # for nobody to be told
        return self._unit(args, kwargs).enter().handed_over()

    @property
    def state(self) -> str:
        """What the breaker does, which is closed, open, half_open or isolated; with `key=`, the worst of its breakers.

        An open one becomes half_open with the first call that it lets through, and not by itself.
        """
        return max((unit.state for _, unit in self._units), key=_WORST.index)

    @property
    def states(self) -> dict[str, str]:
        """What the breaker of each key does that is kept."""
        return {key: unit.state for key, unit in self._units if key is not None}

    def isolate(self) -> None:
        """Refuse every call until `reset`, whatever the dependency does.

        Raises:
            errcore.ConfigurationError: If the policy has no breaker.
        """
        for breaker in self._breakers("isolate", isolated=True):
            breaker.isolate()

    def reset(self) -> None:
        """Close the breaker and forget what it has counted; ends `isolate`.

        Raises:
            errcore.ConfigurationError: If the policy has no breaker.
        """
        for breaker in self._breakers("reset", isolated=False):
            breaker.reset()

    def _breakers(self, wanted: str, *, isolated: bool) -> list[BreakerState]:
        if self.settings.breaker is None:
            raise ConfigurationError(
                f"Cannot {wanted} the policy {self.name!r}, because it has no breaker; make it with breaker=."
            )
        self._units.isolated = isolated  # before those there are: none is made in between
        return [unit.breaker for _, unit in self._units if unit.breaker is not None]

    def variant(self, **changes: Unpack[Keywords]) -> Policy:
        """The same dependency with other settings: breaker, limit, bulkhead and budget are shared.

        Raises:
            errcore.ConfigurationError: If a shared part is to be changed, or a setting makes no sense.
        """
        refused = [name for name in changes if name in _SHARED]
        if refused:
            raise ConfigurationError(
                f"Cannot change {', '.join(refused)} in a variant of {self.name!r}, because variants share it; make a "
                "policy with a name of its own."
            )
        refuse_unknown(self.name, changes)
        return Policy(self.name, attrs.evolve(self.settings, **changes), self.place, self._units)

    def describe(self) -> dict[str, Any]:
        """The parts in their order with all their settings, the name, the place, and what a successful call executes.

        Of `keys` it says how many are kept, and how often one had to share what is kept for all others.
        """
        settings = self.settings
        parts = {
            part: getattr(settings, part) for part in ORDER if part != "budget" or settings.retry is not None
        }
        return {
            "name": self.name,
            "place": self.place,
            "idempotent": self.settings.idempotent,
            "parts": {
                name: attrs.asdict(part, recurse=False, filter=_is_setting)
                for name, part in parts.items()
                if part is not None
            },
            "keys": {"kept": len(self._units) - 1, "overflowed": self._units.overflowed},
            "wrapper": source_of(self._plan, self._own, asynchronous=False),
        }


def _is_setting(field: attrs.Attribute[Any], _value: object) -> bool:
    return not field.name.startswith("_")


def _plan_of(settings: PolicySettings) -> Plan:
    retry = settings.retry
    return Plan(
        strategies=None if retry is None else Strategies(retry),
        matches=None if retry is None or retry.on is None else matcher(retry.on),
        idempotent=settings.idempotent,
        timeout=settings.timeout,
        fallback=settings.fallback,
        chaos=settings.chaos,
    )
