# SPDX-License-Identifier: MIT
"""What goes wrong on purpose, to see whether the other parts hold.

It stands right before the call, so every other part takes it for a failure of the dependency. Chance comes from
`errcore.clock`, so a test that fails fails again.
"""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Any

import attrs

from errcore import clock
from errcore.errors.stock import ConfigurationError
from errcore.policies.guardable import is_asynchronous
from errcore.policies.mode import NORMAL, current_mode
from errcore.policies.refusals import refuse, seconds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["ALLOWED", "Chaos"]

ALLOWED = "ERRCORE_CHAOS"
"""The environment variable that says the second time that production is meant; "production" is its only value."""

_STAGE = "ERRCORE_ENV"
_PRODUCTION = "production"
_SAFE = frozenset({"development", "test"})  # whatever else somebody wrote there might mean production


def _is_fault(value: object) -> bool:
    if isinstance(value, type):
        return issubclass(value, Exception)
    return isinstance(value, Exception) or (callable(value) and not is_asynchronous(value))


def _fault(_part: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and not _is_fault(value):
        refuse(
            "Chaos",
            field.name,
            value,
            "it cannot be raised",
            "pass an exception, or a function that makes one",
        )


def _behaviour(_part: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and not callable(value):
        refuse(
            "Chaos", field.name, value, "it is no function", "pass one that takes the arguments of the call"
        )


def _rate(_part: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if type(value) not in {int, float} or not 0 <= value <= 1:
        refuse("Chaos", field.name, value, "it is the share of calls that it hits", "pass 0 to 1")


@attrs.frozen(kw_only=True)
class Chaos:
    """What goes wrong on purpose, in some of the calls: late first, then `behaviour`, then `fault` or `outcome`.

    In production it is refused when it is made, unless that was said twice: by `production=True`, and by the environment
    variable `ERRCORE_CHAOS=production`. Production is where `ERRCORE_ENV` is neither development nor test; inside of
    `errcore.testing.policies(...)` it is a test.

    Args:
        fault: An exception, its class, or a function that makes one.
        latency: Seconds before anything else happens.
        outcome: What the call seems to have given; it is not made.
        behaviour: A function that gets the arguments of the call before it is made.
        rate: The share of calls that are hit, from 0 to 1.
        production: Whether production is meant.

    Raises:
        errcore.ConfigurationError: If a setting makes no sense, or this is production.

    >>> from errcore.policies.declare import policy
    >>> from errcore.testing import policies
    >>> with policies():
    ...     flaky = policy("doc-chaos", chaos=Chaos(fault=ConnectionError, rate=1))
    >>> flaky.call(len, "text")
    Traceback (most recent call last):
        ...
    ConnectionError
    """

    fault: Exception | type[Exception] | Callable[[], Exception] | None = attrs.field(
        default=None, validator=_fault
    )
    latency: float | None = attrs.field(default=None, validator=seconds(optional=True, zero=True))
    outcome: Any = attrs.field(
        factory=lambda: attrs.NOTHING
    )  # as a plain default it would mean that there is none
    behaviour: Callable[..., object] | None = attrs.field(default=None, validator=_behaviour)
    rate: float = attrs.field(default=0.1, validator=_rate)
    production: bool = False

    def __attrs_post_init__(self) -> None:
        if self.fault is not None and self.outcome is not attrs.NOTHING:
            refuse("Chaos", "outcome", self.outcome, "a call that fails has none", "pass fault= or outcome=")
        if os.environ.get(_STAGE) in _SAFE or current_mode() is not NORMAL:
            return
        if self.production is not True or os.environ.get(ALLOWED) != _PRODUCTION:
            raise ConfigurationError(
                f"Cannot use Chaos, because this may be production ({_STAGE} does not say otherwise); set {_STAGE}=development "
                f"or {_STAGE}=test. If production is meant, pass production=True and set {ALLOWED}={_PRODUCTION}."
            )

    @property
    def is_asynchronous(self) -> bool:
        """Whether only a coroutine function can use it, because `behaviour` is one."""
        return self.behaviour is not None and is_asynchronous(self.behaviour)

    def run(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Make a call, or what seems to be one."""
        now = clock.current()
        if now.random() >= self.rate:
            return fn(*args, **kwargs)
        if self.latency and not current_mode().instant:
            now.sleep(self.latency)
        if self.behaviour is not None:
            self.behaviour(*args, **kwargs)
        self._strike()
        return fn(*args, **kwargs) if self.outcome is attrs.NOTHING else self.outcome

    async def arun(self, fn: Callable[..., Awaitable[Any]], /, *args: Any, **kwargs: Any) -> Any:
        """The same for a coroutine function; `behaviour` may be one, too."""
        now = clock.current()
        if now.random() >= self.rate:
            return await fn(*args, **kwargs)
        if self.latency and not current_mode().instant:
            await now.asleep(self.latency)
        if self.behaviour is not None:
            done = self.behaviour(*args, **kwargs)
            if inspect.isawaitable(done):
                await done
        self._strike()
        return await fn(*args, **kwargs) if self.outcome is attrs.NOTHING else self.outcome

    def _strike(self) -> None:
        fault = self.fault
        if fault is None:
            return
        if isinstance(fault, Exception):
            # Or else one that is raised again and again would keep every frame that it went through.
            raise fault.with_traceback(None)
        raise fault()
