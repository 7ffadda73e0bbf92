# SPDX-License-Identifier: MIT
"""One frozen verdict for any exception; status, log level, retry, breaker, alert and envelope all read it.

A verdict belongs to the class of the exception wherever it can, so asking again is one dictionary lookup. Where it
depends on the object (an errno, an upstream's status, the members of a group) it is worked out each time.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from errcore.errors import reading
from errcore.errors.catalogue import catalog
from errcore.errors.groups import MOST_LEAVES, leaves_of
from errcore.errors.kinds import (
    KIND_RULES,
    Cost,
    Executed,
    Fault,
    Kind,
    Outcome,
    Retriable,
    Severity,
    outcome_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore.errors.rules import Rule
    from errcore.errors.spec import ErrorSpec

__all__ = ["Classification", "classify", "forget_verdicts", "verdict_for"]

_CACHED_CLASSES = 4096

T = TypeVar("T")


@attrs.frozen(slots=True)
class Classification:
    """The verdict on an exception.

    Attributes:
        kind: What sort of failure.
        code: The internal code; what the client sees may differ (`answers_as`).
        status: HTTP status of the answer.
        grpc_status: Number of the gRPC code.
        category: A free tag.
        fault: Whose failure: who is paged, what a breaker counts.
        severity: How loud the log line is.
        retriable: Whether the same request may succeed later.
        retry_after: Seconds to wait before that, if known.
        recoverable: Whether the user can do something about it.
        expected: Whether somebody foresaw it; an unexpected one is a bug and is re-raised after it was answered.
        outcome: What a policy makes of it.
        executed: Whether the work may have happened.
        cost: What a retry costs the dependency.
    """

    kind: Kind
    code: str
    status: int
    grpc_status: int
    category: str | None
    fault: Fault
    severity: Severity
    retriable: Retriable
    retry_after: float | None
    recoverable: bool
    expected: bool
    outcome: Outcome
    executed: Executed
    cost: Cost
    # An errcore error may carry its own retry_after; the flag keeps the lookup of all others free of that question.
    _declared: bool = attrs.field(default=False, repr=False, eq=False, alias="declared")


_verdicts: dict[type[BaseException], Classification] = {}
# Where the object decides, the search for the rule is what can be saved.
_rules: dict[type[BaseException], Rule] = {}
# Reentrant, since a finalizer that runs inside may classify, too. Readers do without.
_lock = threading.RLock()
_generation = 0


def classify(exc: BaseException) -> Classification:
    """The verdict on `exc`. Total: any exception has one.

    >>> classify(TimeoutError()).kind, classify(TimeoutError()).retriable
    (<Kind.DEADLINE_EXCEEDED: 'deadline_exceeded'>, <Retriable.IF_IDEMPOTENT: 'if_idempotent'>)
    >>> classify(ValueError("no")).expected
    False
    """
    # A subscript, since `get` is a call and costs twice as much; an exception is dear only where a class is new.
    try:
        verdict = _verdicts[type(exc)]
        if not verdict._declared or exc.retry_after is None:  # type: ignore[attr-defined]  # noqa: SLF001
            return verdict
    except Exception:  # noqa: BLE001 - a class not seen before, or one whose own code fails when it is looked at
        pass
    return _work_out(exc)


def _work_out(exc: BaseException) -> Classification:
    cls = type(exc)
    spec = reading.spec_of(cls)
    try:
        if issubclass(cls, BaseExceptionGroup):
            return _of_group(exc)
        return _of_foreign(exc, cls) if spec is None else _of_declared(exc, cls, spec)
    except Exception:  # noqa: BLE001 - a metaclass that refuses to be hashed or compared
        return verdict_for(Kind.INTERNAL, expected=False) if spec is None else _of_spec(spec)


def _of_foreign(exc: BaseException, cls: type[BaseException]) -> Classification:
    from errcore.errors import rules  # the rules need the verdicts' vocabulary, so they come after it

    rule = _rules.get(cls)
    if rule is None:
        generation = _generation
        rule = rules.find(cls)
        if rule.read is None:
            return _remember(_verdicts, cls, rule.verdict, generation)
        _remember(_rules, cls, rule, generation)
    return rule.verdict if rule.read is None else _read(rule.read, exc) or rule.verdict


def _read(read: Callable[[Any], Classification | None], exc: BaseException) -> Classification | None:
    try:
        return read(exc)
    except KeyboardInterrupt:
        raise
    # A foreign object that is not what its library promised; it may even raise SystemExit or a cancellation.
    except BaseException:  # noqa: BLE001
        return None


def _of_declared(exc: BaseException, cls: type[BaseException], spec: ErrorSpec) -> Classification:
    own: Callable[[Any], Classification | None] | None = reading.class_attribute(cls, "_errcore_verdict")
    if own is not None:
        verdict = _read(own, exc) or _of_spec(spec)
    else:
        verdict = _verdicts.get(cls) or _remember(_verdicts, cls, _of_spec(spec), _generation)
    seconds = finite_seconds(reading.attributes(exc).get("retry_after"))
    return verdict if seconds is None else attrs.evolve(verdict, retry_after=seconds)


def finite_seconds(value: object) -> float | None:
    """`value` as seconds if it is a finite number that is not negative, else None."""
    # Not by `in`, which would ask the metaclass of a stranger whether it is equal.
    if type(value) is not int and type(value) is not float:
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _of_spec(spec: ErrorSpec) -> Classification:
    rule = KIND_RULES[spec.kind]
    shown = spec.shown
    return Classification(
        kind=spec.kind,
        code=spec.code,
        status=shown.status,
        grpc_status=KIND_RULES[shown.kind].grpc_status,
        category=spec.category,
        fault=spec.fault,
        severity=spec.severity,
        retriable=spec.retriable,
        retry_after=None,
        recoverable=spec.recoverable,
        expected=True,
        outcome=spec.outcome,
        executed=spec.executed,
        cost=rule.cost,
        declared=True,
    )


def verdict_for(
    kind: Kind, *, code: str | None = None, expected: bool = True, **changes: Any
) -> Classification:
    """The verdict that follows from a kind, with some answers changed."""
    rule = KIND_RULES[kind]
    fault: Fault = changes.get("fault", rule.fault)
    verdict = Classification(
        kind=kind,
        code=code or rule.code,
        status=rule.status,
        grpc_status=rule.grpc_status,
        category=None,
        fault=fault,
        severity=rule.severity,
        retriable=rule.retriable,
        retry_after=None,
        recoverable=fault is Fault.CALLER,
        expected=expected,
        outcome=outcome_of(fault),
        executed=rule.executed,
        cost=rule.cost,
    )
    return attrs.evolve(verdict, **changes) if changes else verdict


def _of_group(group: BaseException) -> Classification:
    """One leaf answers for itself; of several, the most severe answers and all must be retriable."""
    leaves = leaves_of(group)
    if len(leaves) == MOST_LEAVES:  # there may be others, at which nobody looked, and a bug among them
        return verdict_for(Kind.INTERNAL, expected=False)
    verdicts = [classify(leaf) for leaf in leaves]
    worst, _ = max(zip(verdicts, leaves, strict=True), key=_weight)
    if len(verdicts) == 1:
        return worst
    answers = {verdict.retriable for verdict in verdicts}
    if Retriable.NO in answers:
        retriable = Retriable.NO
    else:
        retriable = Retriable.IF_IDEMPOTENT if Retriable.IF_IDEMPOTENT in answers else Retriable.YES
    executed = {verdict.executed for verdict in verdicts}
    waits = [verdict.retry_after for verdict in verdicts if verdict.retry_after is not None]
    return attrs.evolve(
        worst,
        # Who answers is the client's business, how loud it is ours: the two need not be the same member's.
        severity=max((verdict.severity for verdict in verdicts), key=_SEVERITIES.index),
        retriable=retriable,
        retry_after=max(waits, default=None),
        outcome=Outcome.FAILED if any(v.outcome is Outcome.FAILED for v in verdicts) else worst.outcome,
        executed=executed.pop() if len(executed) == 1 else Executed.UNKNOWN,
    )


_SEVERITIES = list(Severity)


def _weight(member: tuple[Classification, BaseException]) -> tuple[bool, bool, int, int]:
    verdict, leaf = member
    spec = reading.spec_of(type(leaf))
    # One that answers as another ranks as that other: who answers must not tell the client which of them it was.
    shown = verdict if spec is None or spec.answers_as is None else spec.answers_as
    # What was cancelled with the others says nothing: it answers only where there is nothing else.
    cancelled = shown.kind is Kind.CANCELLED
    return not verdict.expected, not cancelled, _SEVERITIES.index(shown.severity), shown.status


def worst_leaf(exc: BaseException) -> BaseException:
    """The exception that answers for `exc`: itself, or the most severe member of a group."""
    if not issubclass(type(exc), BaseExceptionGroup):
        return exc
    return max(leaves_of(exc), key=lambda leaf: _weight((classify(leaf), leaf)))


def _remember(cache: dict[type[BaseException], T], cls: type[BaseException], found: T, generation: int) -> T:
    with _lock:
        if generation == _generation:  # or else a rule was added while this one was looked for
            if len(cache) >= _CACHED_CLASSES:
                cache.clear()
            cache[cls] = found
    return found


def forget_verdicts() -> None:
    """Empty the caches: a rule was added, or classes must be let go of."""
    global _generation  # noqa: PLW0603 - the caches are the process's, and so is their age
    with _lock:
        _generation += 1
        _verdicts.clear()
        _rules.clear()


catalog.on_conflict(forget_verdicts)
