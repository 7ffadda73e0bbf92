# SPDX-License-Identifier: MIT
"""What an application declares about its health: checks, and features with what they need. Refused where it is written."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NoReturn

import attrs

from errcore.errors import ConfigurationError
from errcore.jsonsafe import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["MOST", "Check", "Feature", "check_of", "feature_of", "is_name", "refuse", "seconds"]

MOST = 256
"""Checks of one service; and features, and marks, and breakers that are listed."""

_LONGEST_NAME = 128  # characters
_LONGEST_ANSWER = 4096  # characters
_LONGEST = 10_000_000  # seconds: a season
_SHORTEST = 0.001  # seconds


@attrs.frozen(eq=False)
class Check:
    """One check of one dependency.

    Attributes:
        name: Of the dependency.
        function: What asks it.
        timeout: Seconds that it may take.
        ttl: Seconds for which its result is good.
        gates_readiness: Whether the service takes no traffic while it fails.
        waits: Whether it is a coroutine function.
    """

    name: str
    function: Callable[[], Any]
    timeout: float
    ttl: float
    gates_readiness: bool
    waits: bool

    @property
    def place(self) -> object:
        """Which function it is, also after its module was loaded again."""
        code: object = getattr(self.function, "__qualname__", None)
        return self.function if code is None else (getattr(self.function, "__module__", None), code)


@attrs.frozen
class Feature:
    """Something that users see, and what it cannot do without.

    Attributes:
        name: What the application calls it.
        needs: Names of checks, of policies with a breaker, or of dependencies that the application marks.
        answer: What to tell a user while it is degraded; None for the general answer.
    """

    name: str
    needs: tuple[str, ...]
    answer: str | None


def refuse(what: str, because: str, instead: str) -> NoReturn:
    """Say what cannot be declared, why, and what can.

    Raises:
        errcore.ConfigurationError: Always.
    """
    raise ConfigurationError(f"Cannot declare {what}, because {because}; {instead}.")


def is_name(name: object) -> bool:
    """Whether this may name something: one short printable line.

    >>> is_name("search_api"), is_name("a\\nb"), is_name("")
    (True, False, False)
    """
    return type(name) is str and 0 < len(name) <= _LONGEST_NAME and name.isprintable()


def _shown(value: object) -> str:
    return one_line(repr(value) if type(value) is str else value, 80)


def _checked_name(what: str, name: object) -> None:
    if not is_name(name):
        refuse(
            f"{what} {_shown(name)}",
            "that is no name",
            f"pass a text of 1 to {_LONGEST_NAME} printable characters, such as 'database'",
        )


def seconds(what: str, setting: str, value: object) -> float:
    """A number of seconds that can be waited.

    Raises:
        errcore.ConfigurationError: If it is none.
    """
    number = type(value) is float or type(value) is int
    if not number or not _SHORTEST <= value <= _LONGEST:  # type: ignore[operator]
        refuse(
            f"{what} with {setting}={_shown(value)}",
            "that cannot be waited",
            f"pass a number of seconds from {_SHORTEST} to {_LONGEST}",
        )
    return float(value)  # type: ignore[arg-type]


def check_of(
    name: str, function: Callable[[], Any], *, timeout: float, ttl: float, gates_readiness: bool
) -> Check:
    """A check from what the user gave.

    Raises:
        errcore.ConfigurationError: If some of it makes no sense.
    """
    _checked_name("a check named", name)
    what = f"the check {name!r}"
    if not callable(function):
        refuse(
            what,
            f"{_shown(function)} cannot be called",
            "pass a function without arguments, or use check as a decorator",
        )
    if type(gates_readiness) is not bool:
        refuse(
            f"{what} with gates_readiness={_shown(gates_readiness)}",
            "it is a yes or a no",
            "pass True or False",
        )
    return Check(
        name=name,
        function=function,
        timeout=seconds(what, "timeout", timeout),
        ttl=seconds(what, "ttl", ttl),
        gates_readiness=gates_readiness,
        waits=inspect.iscoroutinefunction(function)
        or inspect.iscoroutinefunction(getattr(function, "__call__", None)),  # noqa: B004 - not whether: which
    )


def feature_of(name: str, needs: Iterable[str], answer: str | None) -> Feature:
    """A feature from what the user gave.

    Raises:
        errcore.ConfigurationError: If some of it makes no sense.
    """
    _checked_name("a feature named", name)
    what = f"the feature {name!r}"
    if isinstance(needs, str):
        refuse(what, "its needs are one text", f"pass a list of names, such as [{_shown(needs)}]")
    try:
        several = tuple(dict.fromkeys(needs))
    except TypeError:
        refuse(what, "its needs are no list of names", "pass one, such as ['search_api', 'database']")
    for each in several:
        _checked_name(f"{what}, which needs", each)
    if len(several) > MOST:
        refuse(what, f"it needs {len(several)} things", f"name at most {MOST}")
    return Feature(name, several, answer_of(what, answer))


def answer_of(what: str, answer: object) -> str | None:
    """An answer to users, as the author wrote it.

    Raises:
        errcore.ConfigurationError: If it is no text that a user could be shown.
    """
    if answer is None:
        return None
    if type(answer) is not str or not answer.strip() or len(answer) > _LONGEST_ANSWER:
        refuse(
            f"{what} with this answer",
            "nobody could be shown it",
            f"pass a text of at most {_LONGEST_ANSWER} characters",
        )
    return answer
