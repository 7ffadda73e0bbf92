# SPDX-License-Identifier: MIT
"""What `policy(...)` was told: every keyword as the part that it stands for, checked when it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, cast

import attrs

from errcore.errors.stock import ConfigurationError
from errcore.jsonsafe import one_line
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.budget import RetryBudget
from errcore.policies.bulkhead import Bulkhead
from errcore.policies.chaos import Chaos
from errcore.policies.fallback import Fallback
from errcore.policies.guardable import is_asynchronous
from errcore.policies.limiting.rate_limit import RateLimit
from errcore.policies.refusals import shown
from errcore.policies.retry import Retry
from errcore.policies.timeout import Timeout

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["Keywords", "PolicySettings", "refuse_unknown"]

T = TypeVar("T")


class Keywords(TypedDict, total=False):
    """The keywords of `policy` and `Policy.variant`."""

    retry: Retry | int | None
    budget: RetryBudget | float | None
    breaker: Breaker | float | None
    limit: RateLimit | str | None
    bulkhead: Bulkhead | int | None
    timeout: Timeout | float | None
    fallback: Fallback | Callable[..., object] | None
    chaos: Chaos | None
    key: Callable[..., Hashable] | None
    idempotent: bool


def _part(cls: type[T], value: Any, *, short: bool, forms: str) -> T | None:
    """The part itself, None, or what its short form stands for."""
    if value is None or type(value) is cls:
        same: T | None = value
        return same
    if short:
        return cast("Callable[[Any], T]", cls)(value)
    raise _no_part(cls.__name__, value, forms)


def _no_part(name: str, value: object, forms: str) -> ConfigurationError:
    return ConfigurationError(
        f"Cannot use {shown(value)} as {name}, because it is no {name}; pass {name}(...) or {forms}."
    )


def _is_number(value: object) -> bool:
    return type(value) in {int, float}


def _retry(value: Retry | int | None) -> Retry | None:
    return _part(Retry, value, short=type(value) is int, forms="a number of attempts")


def _budget(value: RetryBudget | float | None) -> RetryBudget | None:
    return _part(RetryBudget, value, short=_is_number(value), forms="a ratio")


def _breaker(value: Breaker | float | None) -> Breaker | None:
    return _part(Breaker, value, short=_is_number(value), forms="a failure rate")


def _limit(value: RateLimit | str | None) -> RateLimit | None:
    return _part(RateLimit, value, short=type(value) is str, forms="a rate such as '100/second'")


def _bulkhead(value: Bulkhead | int | None) -> Bulkhead | None:
    return _part(Bulkhead, value, short=type(value) is int, forms="a number of calls")


def _timeout(value: Timeout | float | None) -> Timeout | None:
    return _part(Timeout, value, short=_is_number(value), forms="seconds")


def _fallback(value: Fallback | Callable[..., object] | None) -> Fallback | None:
    return _part(Fallback, value, short=callable(value), forms="a function")


def _chaos(value: Chaos | None) -> Chaos | None:
    # No short form: nobody should have it by a slip.
    if value is None or type(value) is Chaos:
        return value
    raise _no_part("Chaos", value, "None")


def _key(value: Any) -> Any:
    if value is None or (callable(value) and not is_asynchronous(value)):
        return value
    raise ConfigurationError(
        f"Cannot use key={shown(value)}, because it is no function; pass one, and no coroutine function, that takes the "
        "arguments of the call."
    )


def _flag(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise ConfigurationError(
        f"Cannot use idempotent={shown(value)}, because it is a switch; pass True or False."
    )


@attrs.frozen(kw_only=True)
class PolicySettings:
    """The parts of a policy; None where it has none.

    Attributes:
        retry: How often to try again.
        budget: What pays for it; None only where there is nothing to pay, or nobody should.
        breaker: When to stop calling.
        limit: How often to call.
        bulkhead: How many calls at once.
        timeout: How long a call may take.
        fallback: What answers in its place.
        chaos: What goes wrong on purpose.
        key: From the arguments of a call to the instance of the policy that it belongs to.
        idempotent: Whether a call may be repeated although it may have been carried out.

    Raises:
        errcore.ConfigurationError: If a keyword is no part and no short form of one.
    """

    retry: Retry | None = attrs.field(default=None, converter=_retry)
    budget: RetryBudget | None = attrs.field(factory=RetryBudget, converter=_budget)
    breaker: Breaker | None = attrs.field(default=None, converter=_breaker)
    limit: RateLimit | None = attrs.field(default=None, converter=_limit)
    bulkhead: Bulkhead | None = attrs.field(default=None, converter=_bulkhead)
    timeout: Timeout | None = attrs.field(default=None, converter=_timeout)
    fallback: Fallback | None = attrs.field(default=None, converter=_fallback)
    chaos: Chaos | None = attrs.field(default=None, converter=_chaos)
    key: Callable[..., Hashable] | None = attrs.field(default=None, converter=_key)
    idempotent: bool = attrs.field(default=True, converter=_flag)


def refuse_unknown(name: str, keywords: Keywords) -> None:
    """Refuse what is no part of a policy.

    Args:
        name: The name of the policy.
        keywords: What was passed.

    Raises:
        errcore.ConfigurationError: If a keyword is unknown; the message names those there are.
    """
    known = PolicySettings.__annotations__
    unknown = [keyword for keyword in keywords if keyword not in known]
    if unknown:
        raise ConfigurationError(
            f"Cannot make the policy {name!r} with {one_line(', '.join(unknown), 200)}, because a policy has "
            f"{', '.join(known)}; use these."
        )
