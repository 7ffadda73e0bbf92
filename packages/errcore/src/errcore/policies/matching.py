# SPDX-License-Identifier: MIT
"""`on=`: which failures a part is about, where a user does not leave that to the verdict.

Classes of exceptions, kinds, codes, a function of the exception, or one of tenacity's retry strategies; several of the
first three mean any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from errcore.errors import reading
from errcore.errors.kinds import Kind
from errcore.errors.refusals import check_code
from errcore.errors.stock import ConfigurationError
from errcore.policies.guardable import is_asynchronous
from errcore.policies.refusals import shown

if TYPE_CHECKING:
    from errcore.errors.classification import Classification

__all__ = ["Matcher", "On", "matcher"]

On: TypeAlias = "type[BaseException] | str | Callable[[Any], object] | Iterable[type[BaseException] | str]"
Matcher: TypeAlias = "Callable[[Exception, Classification], bool]"


def matcher(on: On) -> Matcher:
    """A function that says whether a failure is meant.

    Args:
        on: A class of exceptions, a kind ("unavailable"), a code ("ORDER_LOCKED"), several of these; a function of the
            exception, or one of tenacity's `retry_...` objects.

    Raises:
        errcore.ConfigurationError: If it is none of these.

    >>> from errcore import classify
    >>> meant = matcher((TimeoutError, "aborted"))
    >>> error = TimeoutError()
    >>> meant(error, classify(error))
    True
    """
    if isinstance(on, type | str):
        return _one(on)
    if is_asynchronous(on):
        raise _refused(on)  # nobody awaits it, and what it gives is always true
    if callable(on):
        asked = _of_tenacity(on) if _is_tenacitys(on) else on
        return lambda exc, _verdict: bool(asked(exc))
    several = [_one(each) for each in on] if isinstance(on, Iterable) else []
    if not several:
        raise _refused(on)
    return lambda exc, verdict: any(each(exc, verdict) for each in several)


def _is_tenacitys(on: object) -> bool:
    # Also a class of the user's that inherits from one of tenacity's.
    return any(str(each.__module__).startswith("tenacity.") for each in reading.lineage(type(on)))


def _of_tenacity(on: Any) -> Callable[[Exception], object]:
    from errcore.policies._tenacity import predicate  # loaded by whoever made the object

    return predicate(on)


def _one(on: Any) -> Matcher:
    # By the type of `on` and not by what it says of itself: a metaclass may make a class look like anything.
    if isinstance(on, type):
        meant: type[Any] = on
        if not any(each is BaseException for each in reading.lineage(meant)):
            raise _refused(meant)
        # As an `except` clause sees it, and not as a metaclass would have it.
        return lambda exc, _verdict: any(each is meant for each in reading.lineage(type(exc)))
    if isinstance(on, str) and on in set(Kind):
        kind = Kind(on)
        return lambda _exc, verdict: verdict.kind is kind
    if isinstance(on, str) and not check_code(on):
        code = str(on)
        return lambda _exc, verdict: verdict.code == code
    raise _refused(on)


def _refused(on: object) -> ConfigurationError:
    return ConfigurationError(
        f"Cannot use on={shown(on)}, because it names no failures; pass classes of exceptions, kinds such as "
        "'unavailable', codes, or a function of the exception."
    )
