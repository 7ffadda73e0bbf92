# SPDX-License-Identifier: MIT
"""Recovery in one line: a decorator for each operation of a service, which all share the service's breaker and budget.

`recovery` asks for the policy of a service by name and makes it if there is none. `llm_policy` is the same idea for
language models, which are slow and dear. `handle_errors` is for code that lets strangers out.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs

from errcore.errors.annotation import doing
from errcore.errors.classification import classify, verdict_for
from errcore.errors.fields import internal
from errcore.errors.kinds import Kind, Outcome
from errcore.errors.reading import kind_of
from errcore.errors.stock import ConfigurationError, InternalError
from errcore.forks import ForkSafeLock
from errcore.policies import registry
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.declare import calling_place, declared
from errcore.policies.guardable import METHODS, is_asynchronous, is_generator, label
from errcore.policies.refusals import shown
from errcore.policies.retry import Retry
from errcore.policies.timeout import Timeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore.errors.classification import Classification
    from errcore.policies.fallback import Fallback
    from errcore.policies.guard import Policy
    from errcore.policies.settings import Keywords

__all__ = ["StrayError", "handle_errors", "llm_policy", "recovery"]

F = TypeVar("F", bound="Callable[..., Any]")

_making = ForkSafeLock()


def _policy_of(name: str, place: str) -> Policy:
    with _making:
        found = registry.find(name)
        return declared(name, {"breaker": Breaker()}, place) if found is None else found


def recovery(
    name: str,
    operation: str,
    *,
    max_retries: int = 3,
    fallback: Fallback | Callable[..., object] | None = None,
    idempotent: bool = True,
) -> Callable[[F], F]:
    """Guard one operation of a service: it is tried again, and the service's breaker is shared with its other operations.

    The policy of that name is made with a breaker and a budget if nobody has made it; else it is taken as it is. What the
    operation raises in the end says which operation it was.

    Args:
        name: Of the service.
        operation: What is done there, as the end of a sentence that starts with "while".
        max_retries: Attempts after the first one; 0 for none.
        fallback: What answers if they all fail.
        idempotent: Whether it may be repeated although it may have been carried out.

    Raises:
        errcore.ConfigurationError: If a setting makes no sense.

    >>> @recovery("doc-storage", "upload", max_retries=2, fallback=lambda path: "kept " + path)
    ... def upload(path: str) -> str:
    ...     raise PermissionError(path)
    >>> upload("a.txt")
    'kept a.txt'
    """
    if type(max_retries) is not int or max_retries < 0:
        raise ConfigurationError(
            f"Cannot use max_retries={shown(max_retries)}, because it is a count; pass 0 or more."
        )
    retry = Retry(max_retries + 1) if max_retries else None
    varied = _policy_of(name, calling_place()).variant(retry=retry, fallback=fallback, idempotent=idempotent)
    said = doing(operation, service=name)

    def decorate(fn: F) -> F:
        method: Any = fn
        if kind_of(fn) in METHODS:
            return cast("F", kind_of(method)(decorate(method.__func__)))
        return said(varied(fn))  # type: ignore[return-value]

    return decorate


def llm_policy(
    name: str, *, total: float = 60.0, fallback: Fallback | Callable[..., object] | None = None
) -> Policy:
    """A policy for calls of a language model: few and slow, often throttled, and paid for each.

    One more attempt after a second or so, within `total`. The breaker opens sooner than others: when half of the calls of
    two minutes failed, and there were 3; it stays open for a minute at first. A function that is no coroutine function runs
    in a thread of the policy, which is not waited for when the time is up. If the policy is there already, it is that one
    with this total and fallback.

    Args:
        name: Of the model or its provider.
        total: Seconds for everything.
        fallback: What answers if that fails, such as a smaller model.

    >>> llm_policy("doc-model").settings.retry.attempts
    2
    """
    place = calling_place()
    with _making:
        found = registry.find(name)
        if found is not None:
            return found.variant(timeout=Timeout(total, sync="thread"), fallback=fallback)
        keywords: Keywords = {
            "retry": Retry(2, initial=1.0, cap=10.0),
            "breaker": Breaker(0.5, minimum=3, window=120, open_for=60, open_cap=300),
            "timeout": Timeout(total, sync="thread"),
            "fallback": fallback,
        }
        return declared(name, keywords, place)


class StrayError(InternalError):
    """An exception that nobody foresaw came out of code that declares its errors.

    Args:
        area: The category that `handle_errors` gave; it is that of the verdict.
        dropped: Whether it is a bug of ours, which says nothing about a dependency.
    """

    area: str | None = internal(default=None)
    dropped: bool = internal(default=False)

    def _errcore_verdict(self) -> Classification:
        outcome = Outcome.DROPPED if self.dropped else Outcome.FAILED
        return attrs.evolve(verdict_for(Kind.INTERNAL), category=self.area, outcome=outcome)


def handle_errors(*, category: str | None = None) -> Callable[[F], F]:
    """Turn exceptions that nobody foresaw into an `InternalError` of a category, raised from them.

    Declared errors, and exceptions that are mapped, pass as they are; so do cancellations and Ctrl-C.

    Args:
        category: The tag under which they are counted and logged.

    Raises:
        errcore.ConfigurationError: For a generator function.

    >>> @handle_errors(category="billing")
    ... def charge(amount: str) -> int:
    ...     return int(amount)
    >>> try:
    ...     charge("ten")
    ... except InternalError as error:
    ...     classify(error).category, type(error.__cause__)
    ('billing', <class 'ValueError'>)
    """

    def decorate(fn: F) -> F:
        method: Any = fn
        if kind_of(fn) in METHODS:
            return cast("F", kind_of(method)(decorate(method.__func__)))
        if is_generator(fn):
            raise ConfigurationError(
                f"Cannot handle the errors of {label(fn)}, because it is a generator, which has not run when it returns; "
                "decorate what it calls."
            )
        if is_asynchronous(fn):

            @functools.wraps(fn)
            async def awatched(*args: Any, **kwargs: Any) -> Any:
                try:
                    return await fn(*args, **kwargs)
                except Exception as problem:
                    _raise_stray(problem, category)
                    raise

            return awatched  # type: ignore[return-value]

        @functools.wraps(fn)
        def watched(*args: Any, **kwargs: Any) -> Any:
            try:
                return fn(*args, **kwargs)
            except Exception as problem:
                _raise_stray(problem, category)
                raise

        return watched  # type: ignore[return-value]

    return decorate


def _raise_stray(problem: Exception, category: str | None) -> None:
    verdict = classify(problem)
    if not verdict.expected:
        raise StrayError(area=category, dropped=verdict.outcome is Outcome.DROPPED) from problem
