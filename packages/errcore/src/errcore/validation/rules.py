# SPDX-License-Identifier: MIT
"""Rules: predicates of the user, with a code and a message.

A rule says whether a value is good; it never changes it. One that crashes, or says something else than yes or no,
rejects the input and is our fault, not the sender's. What shows that a rule works, values that it takes and values that
it refuses, is declared beside it and used by `errcore.testing` only.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeAlias, overload

import attrs

from errcore.errors.refusals import check_code
from errcore.validation.messages import filled
from errcore.validation.refusals import refusal

if typing.TYPE_CHECKING:
    from errcore.errors.issues import Issue

__all__ = ["AsyncRule", "Rule", "rule"]

Said: TypeAlias = "bool | Iterable[Issue]"
Examples: TypeAlias = Callable[[], Any]


@attrs.frozen(eq=False)
class Rule:
    """A predicate on one value. Made by `rule`.

    Attributes:
        fn: Gets the value; True if it is good, or the issues it has, with pointers below the value's own.
        code: The issue's code.
        message: The issue's message.
        schema: What JSON Schema says for it.
        type: The type of value that it takes; others never reach it. None for any.
        params: Declared limits, for programs and for the message.
        examples: By "valid", "invalid" and "boundary": functions that give strategies or values.
    """

    fn: Callable[[Any], Said]
    code: str
    message: str
    schema: Mapping[str, Any] | None = None
    type: type[Any] | None = None
    params: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    examples: dict[str, Examples] = attrs.field(factory=dict[str, Examples], init=False, repr=False)

    def __call__(self, value: Any) -> Said:
        """What the predicate says."""
        return self.fn(value)

    @property
    def name(self) -> str:
        """What messages call it."""
        return getattr(self.fn, "__name__", type(self.fn).__name__)

    def valid(self, examples: Examples) -> Examples:
        """Say which values are good: the function gives a Hypothesis strategy, or a list.

        >>> from errcore import rule
        >>> @rule(code="EVEN", message="Must be even.")
        ... def even(value: int) -> bool:
        ...     return value % 2 == 0
        >>> @even.valid
        ... def _():
        ...     from hypothesis import strategies as st
        ...
        ...     return st.integers().map(lambda half: 2 * half)
        """
        return self._examples("valid", examples)

    def invalid(self, examples: Examples) -> Examples:
        """Say which values are bad: the function gives a Hypothesis strategy, or a list."""
        return self._examples("invalid", examples)

    def boundary(self, examples: Examples) -> Examples:
        """Name the values at the border: the function gives a list of pairs, a value and whether it is good."""
        return self._examples("boundary", examples)

    def _examples(self, role: str, examples: Examples) -> Examples:
        self.examples[role] = examples
        return examples


@attrs.frozen(eq=False)
class AsyncRule:
    """A predicate that waits for something. Made by `rule` of a coroutine function; see `Validator.with_async_rules`.

    Attributes:
        fn: Gets the value, or all accepted values; gives True if it is good.
        code: The issue's code.
        message: The issue's message.
    """

    fn: Callable[[Any], Awaitable[bool]]
    code: str
    message: str

    @property
    def name(self) -> str:
        """What messages call it."""
        return getattr(self.fn, "__name__", type(self.fn).__name__)

    def __call__(self, value: Any) -> Awaitable[bool]:
        """What the predicate says."""
        return self.fn(value)


class _Decorator(typing.Protocol):
    @overload
    def __call__(self, fn: Callable[[Any], Said], /) -> Rule: ...
    @overload
    def __call__(self, fn: Callable[[Any], Awaitable[bool]], /) -> AsyncRule: ...


def rule(
    *,
    code: str,
    message: str,
    schema: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
) -> _Decorator:
    """Make a rule of a predicate.

    Args:
        code: The issue's code, such as "SLUG_FORMAT".
        message: What is wanted, for people; limits among `params` fill `{name}`. Never the value.
        schema: What JSON Schema says for it, if it can.
        params: Declared limits.

    Raises:
        errcore.ConfigurationError: If the code is none, or the predicate cannot be called with one value.

    >>> @rule(code="SLUG_FORMAT", message="must be a slug")
    ... def slug(value: str) -> bool:
    ...     return value.replace("-", "").isalnum()
    >>> slug("a-b"), slug("a b")
    (True, False)
    """
    problem = check_code(code)
    if problem is not None:
        raise refusal("a rule", problem, "give a code such as SLUG_FORMAT")
    if not isinstance(message, str):
        raise refusal("a rule", "its message is no text", "say what is wanted")
    for name, given in (("schema", schema), ("params", params)):
        if given is not None and not isinstance(given, Mapping):
            raise refusal("a rule", f"its {name} is no mapping", "give a dict")

    def decorate(fn: Callable[[Any], Any]) -> Any:
        _check_predicate(fn)
        limits = dict(params or {})
        if _waits(fn):
            return AsyncRule(fn, code, filled(message, limits))
        return Rule(fn, code, message, None if schema is None else dict(schema), _type_of(fn), limits)

    return decorate


def _waits(fn: Callable[..., Any]) -> bool:
    """Whether it is a coroutine function, or an object whose call is one."""
    return inspect.iscoroutinefunction(fn) or inspect.iscoroutinefunction(type(fn).__call__)


def _check_predicate(fn: Any) -> None:
    """Refuse what could not be called with one value: it would crash at each input."""
    if isinstance(fn, Rule | AsyncRule):
        raise refusal("a rule", f"{fn.name} is one already", "use it as it is")
    if not callable(fn):
        raise refusal("a rule", f"{type(fn).__name__} cannot be called", "give a function of one value")
    if inspect.isasyncgenfunction(fn):
        raise refusal(
            "a rule", "it is an asynchronous generator", "give a coroutine function that returns a bool"
        )
    try:
        signature = inspect.signature(fn)
    except (ValueError, TypeError):
        return  # of a builtin; it says nothing
    try:
        signature.bind(None)
    except TypeError:
        raise refusal(
            "a rule",
            f"{getattr(fn, '__name__', type(fn).__name__)}{signature} cannot be called with one value alone",
            "give a function of one value; use functools.partial for more, and a static or bound method",
        ) from None


def _type_of(fn: Callable[..., Any]) -> type[Any] | None:
    """The type of a predicate's argument, where it says one."""
    try:
        first = next(iter(inspect.signature(fn).parameters.values()))
        said = first.annotation
        if isinstance(
            said, str
        ):  # as `from __future__ import annotations` leaves it; others may not be known here
            known = getattr(inspect.unwrap(_function(fn)), "__globals__", {})
            said = typing.get_type_hints(_stand_in(said), known)["value"]
    except Exception:  # noqa: BLE001 - a builtin, no argument, or a name that only type checkers know
        return None
    return said if isinstance(said, type) and said not in {Any, object, inspect.Parameter.empty} else None


def _function(fn: Any) -> Any:
    """What holds the globals: the function of a partial, or the call of an object."""
    if isinstance(fn, partial):
        return _function(fn.func)
    return fn if hasattr(fn, "__globals__") or inspect.ismethod(fn) else type(fn).__call__


def _stand_in(annotation: str) -> Callable[..., Any]:
    def empty(value: Any) -> None:
        """Has one annotation, which can be read although others cannot."""

    empty.__annotations__ = {"value": annotation}
    return empty
