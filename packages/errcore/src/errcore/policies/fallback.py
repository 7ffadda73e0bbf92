# SPDX-License-Identifier: MIT
"""What answers when the call cannot: other functions in turn, and a value at the end.

A chain such as `Fallback(replica, cache, value=None)` is failover, cache bypass and recovery of state in one. A fallback
that fails, too, hands over to the next one; when all have failed, the caller sees the error of the call itself.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import attrs

from errcore.errors.classification import classify
from errcore.errors.kinds import Outcome
from errcore.errors.reading import kind_of
from errcore.errors.stock import DeadlineExceededError
from errcore.events import stream
from errcore.jsonsafe import one_line
from errcore.policies import nesting
from errcore.policies.guardable import is_asynchronous
from errcore.policies.happenings import Degraded, DegradedPart, FellBack
from errcore.policies.matching import matcher
from errcore.policies.refusals import refuse
from errcore.policies.rejections import rejection_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from errcore.errors.classification import Classification
    from errcore.policies.call import Call
    from errcore.policies.matching import Matcher, On

__all__ = ["Fallback"]

_COPIED: frozenset[object] = frozenset({dict, list, set})


@attrs.frozen
class _Step:
    """One member of a chain, and when it is asked."""

    fn: Callable[..., Any]
    meant: tuple[Matcher, ...]
    with_error: bool
    sync_back: Callable[..., object] | None

    def is_meant(self, error: Exception, verdict: Classification) -> bool:
        try:
            return all(meant(error, verdict) for meant in self.meant)
        except Exception:  # noqa: BLE001 - a function of the user's; then it is not asked
            return False

    def ask(self, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.fn(error, *args, **kwargs) if self.with_error else self.fn(*args, **kwargs)


@attrs.frozen(init=False)
class Fallback:
    """What answers in the place of a call that failed.

    By default it answers for what the breaker counts as a failure, for what a policy refused, and for a deadline; not for
    mistakes of the caller, nor for programming errors such as a TypeError, which it would hide.

    Args:
        chain: Functions, asked in turn until one gives an answer; they get the arguments of the call. A coroutine
            function may have both sorts. A `Fallback` inside has its own `on`, `value` and so on.
        on: Which failures it answers for, in place of the above: classes, kinds, codes, or a function of the exception.
        with_error: Whether the functions get the exception before the arguments.
        value: What answers in the end. A list, dict or set is copied each time; of others, everybody gets the same.
        sync_back: A function of the answer that a function gave and of the arguments of the call, such as the one that
            saves it where the call had not found it. If it fails, that is an event (`Degraded`) and nothing else.

    Raises:
        errcore.ConfigurationError: If a member of the chain is no function, or there is nothing to answer with.

    >>> from errcore.policies.declare import policy
    >>> @policy("doc-fallback", fallback=Fallback(value=[]))
    ... def orders(customer: str) -> list[str]:
    ...     raise ConnectionError("database is down")
    >>> orders("c1")
    []
    """

    chain: tuple[Callable[..., Any] | Fallback, ...]
    on: On | None
    with_error: bool
    value: Any
    sync_back: Callable[..., object] | None
    _steps: tuple[_Step, ...] = attrs.field(eq=False, repr=False)

    def __init__(
        self,
        *chain: Callable[..., Any] | Fallback,
        on: On | None = None,
        with_error: bool = False,
        value: Any = attrs.NOTHING,
        sync_back: Callable[..., object] | None = None,
    ) -> None:
        if not chain and value is attrs.NOTHING:
            refuse("Fallback", "value", None, "there is nothing to answer with", "pass functions, or value=")
        for member in chain:
            if not callable(member) and type(member) is not Fallback:
                refuse("Fallback", "chain", member, "it is no function", "pass a fixed answer as value=")
        if type(with_error) is not bool:
            refuse("Fallback", "with_error", with_error, "it is a switch", "pass True or False")
        if sync_back is not None and not callable(sync_back):
            refuse("Fallback", "sync_back", sync_back, "it is no function", "pass one that takes the answer")
        meant = () if on is None else (matcher(on),)
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
            chain=chain, on=on, with_error=with_error, value=value, sync_back=sync_back, steps=()
        )
        object.__setattr__(self, "_steps", tuple(self._in_turn(meant)))

    def _in_turn(self, meant: tuple[Matcher, ...]) -> Iterator[_Step]:
        for member in self.chain:
            if isinstance(member, Fallback):
                for step in member._steps:  # noqa: SLF001 - of the same class
                    yield attrs.evolve(step, meant=(*meant, *step.meant))
            else:
                yield _Step(member, meant, self.with_error, self.sync_back)
        if self.value is not attrs.NOTHING:
            yield _Step(self._give, meant, with_error=False, sync_back=None)

    def _give(self, *_args: object, **_kwargs: object) -> Any:
        kind = kind_of(self.value)
        return kind(self.value) if kind in _COPIED else self.value

    @property
    def is_asynchronous(self) -> bool:
        """Whether only a coroutine function can use it, because a member of the chain is one."""
        asked = [fn for step in self._steps for fn in (step.fn, step.sync_back)]
        return any(is_asynchronous(fn) for fn in asked)

    def answer(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The answer to a call that failed.

        Raises:
            Exception: What the call raised, if nothing answers.
        """
        for place, step in self._asked(call):
            try:
                found = _not_awaitable(step.ask(_error_of(call), args, kwargs))
            except Exception as problem:  # noqa: BLE001 - then the next one is asked
                _failed(call, problem)
                continue
            _answered(call, place)
            if step.sync_back is not None:
                try:
                    _not_awaitable(step.sync_back(found, *args, **kwargs))
                except Exception:  # noqa: BLE001 - the caller has an answer
                    _degraded(call, DegradedPart.SYNC_BACK)
            return found
        raise _error_of(call)  # bound to no name here, or else it would hold the frame that holds it

    async def aanswer(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The same for a coroutine function; what a function gives is awaited if it can be."""
        for place, step in self._asked(call):
            try:
                found = step.ask(_error_of(call), args, kwargs)
                if inspect.isawaitable(found):
                    found = await found
            except Exception as problem:  # noqa: BLE001 - then the next one is asked
                _failed(call, problem)
                continue
            _answered(call, place)
            if step.sync_back is not None:
                try:
                    saved = step.sync_back(found, *args, **kwargs)
                    if inspect.isawaitable(saved):
                        await saved
                except Exception:  # noqa: BLE001 - the caller has an answer
                    _degraded(call, DegradedPart.SYNC_BACK)
            return found
        raise _error_of(call)  # bound to no name here, or else it would hold the frame that holds it

    def _asked(self, call: Call) -> Iterator[tuple[int, _Step]]:
        error, verdict = _error_of(call), classify(_error_of(call))
        for place, step in enumerate(self._steps):
            if step.is_meant(error, verdict) if step.meant else _is_failure(error, verdict):
                yield place, step


def _error_of(call: Call) -> Exception:
    assert call.error is not None  # noqa: S101 - nothing falls back before something failed
    return call.error


def _is_failure(error: Exception, verdict: Classification) -> bool:
    if verdict.outcome is Outcome.FAILED:
        return True
    return issubclass(type(error), DeadlineExceededError) or rejection_in(error) is not None


def _not_awaitable(found: Any) -> Any:
    if inspect.iscoroutine(found):
        found.close()
        raise TypeError("a function cannot await what its fallback gave")
    return found


def _answered(call: Call, place: int) -> None:
    if stream.listens(FellBack):
        error = _error_of(call)
        stream.emit(FellBack(call.unit.policy, call.unit.key, classify(error).code, place))


def _failed(call: Call, problem: Exception) -> None:
    call.note(f"a fallback failed, too: {one_line(type(problem).__name__, 80)}")
    _degraded(call, DegradedPart.FALLBACK)


def _degraded(call: Call, part: DegradedPart) -> None:
    if stream.listens(Degraded):
        stream.emit(Degraded(call.unit.policy, call.unit.key, part))


nesting.FALLING_BACK[Fallback.answer.__code__.co_filename] = frozenset({"answer", "aanswer"})
