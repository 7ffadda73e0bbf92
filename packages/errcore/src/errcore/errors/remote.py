# SPDX-License-Identifier: MIT
"""The error that stands for another service's answer, and the verdict on it.

`RemoteError` is a barrier. Another service's answer is not ours: its 401 says that our call was wrong, so our own
client reads 502, and what was said over there stays in the log. Code on this side can still tell answers apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, overload

import attrs

from errcore.errors.classification import Classification, classify, verdict_for
from errcore.errors.dependencies import DependencyError
from errcore.errors.fields import internal
from errcore.errors.kinds import Executed, Kind, Retriable
from errcore.errors.told import Told

if TYPE_CHECKING:
    from errcore.errors.spec import ErrorSpec

__all__ = ["RemoteError"]


class _UpstreamCode:
    """`code` of a RemoteError: on the class our own code, on an error the upstream's, or None."""

    @overload
    def __get__(self, error: None, owner: type[RemoteError]) -> str: ...
    @overload
    def __get__(self, error: RemoteError, owner: type[RemoteError]) -> str | None: ...
    def __get__(self, error: RemoteError | None, owner: type[RemoteError]) -> str | None:
        return owner.spec.code if error is None else _answer_of(error).code


class RemoteError(DependencyError, code="REMOTE_ERROR", status=502):
    """Another service answered with an error. Its answer is not ours: what it said stays internal.

    `errcore.from_response` makes one of any HTTP answer. `error.code` is the upstream's code, or None; the code that our
    own client reads is that of the class.

    A subclass with `kind=` and `status=` turns one answer into an error of our own: `raise OrderGone(upstream=error.upstream)`.

    Args:
        upstream: What it told; its `status` is the HTTP status of its answer.

    >>> from errcore.errors import Told
    >>> error = RemoteError(upstream=Told(code="ORDER_NOT_FOUND", kind="not_found", status=404))
    >>> error.code, error.is_not_found, classify(error).status, classify(error).code
    ('ORDER_NOT_FOUND', True, 502, 'REMOTE_ERROR')
    """

    code: ClassVar[_UpstreamCode] = _UpstreamCode()  # type: ignore[assignment]

    upstream: Told | None = internal(default=None)

    @property
    def is_not_found(self) -> bool:
        """Whether the upstream said that it has no such thing."""
        return _answer_of(self).kind is Kind.NOT_FOUND

    @property
    def is_permission_denied(self) -> bool:
        """Whether the upstream said that we may not do this."""
        return _answer_of(self).kind is Kind.PERMISSION_DENIED

    @property
    def is_retriable(self) -> bool:
        """Whether the same call may work later."""
        return bool(classify(self).retriable)

    def _errcore_verdict(self) -> Classification | None:
        from errcore.errors.upstream import verdict_on_answer  # only an upstream's failure needs it

        told = _answer_of(self)
        if told.status is None:
            return None
        answer = verdict_on_answer(told.status)
        if told.status < 400:  # it did answer, and may have done what was asked
            answer = attrs.evolve(answer, executed=Executed.UNKNOWN)
        return _mapped(answer, told, type(self).spec)


_NOTHING = Told()


def _answer_of(error: RemoteError) -> Told:
    """What the upstream told; nothing where something else was put in its place."""
    told: object = error.upstream
    return told if type(told) is Told else _NOTHING


def _mapped(answer: Classification, told: Told, spec: ErrorSpec) -> Classification:
    """The verdict on an answer, with what the class declares in its place.

    A class with a kind of its own says what the failure is on this side; whether the dependency is alive, and what it
    may have done, is still the answer's to say.
    """
    own = RemoteError.spec
    changes: dict[str, Any] = {"code": spec.code, "category": spec.category}
    changes |= {name: getattr(spec, name) for name in _DECLARABLE if name in spec.explicit}
    if spec.status != own.status:
        changes["status"] = spec.status
    if spec.kind is own.kind:
        changes.setdefault("retriable", _retriable(answer.retriable, told))
        return attrs.evolve(answer, **changes)
    changes |= {"status": spec.status, "outcome": answer.outcome, "executed": answer.executed}
    return verdict_for(spec.kind, cost=answer.cost, **changes)


_DECLARABLE = ("fault", "severity", "retriable", "recoverable")


_MAY_PASS = frozenset({409, 423, 425})
"""Refusals that may be over in a while: a conflict, a lock, a request that came too early."""


def _retriable(by_status: Retriable, told: Told) -> Retriable:
    """What the status says, unless the service said otherwise.

    A plain "yes" does not make a call repeatable, and turns no refusal of this very request into one that may pass.
    """
    if told.retriable is None or by_status:
        return Retriable.NO if told.retriable is False else by_status
    status = told.status or 0
    believed = told.retriable and (not 400 <= status < 500 or status in _MAY_PASS)
    return Retriable.YES if believed else Retriable.NO
