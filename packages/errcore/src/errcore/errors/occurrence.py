# SPDX-License-Identifier: MIT
"""What happened, as a value that cannot leak: the only thing that is rendered, logged, counted, stored or sent.

Its public side is made at once from what was declared public. Its internal side holds raw text only until somebody
reads it, and then only as redacted text: there is no way to the raw one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from errcore import clock
from errcore import context as ambient
from errcore.errors.causes import type_name
from errcore.errors.classification import Classification, classify, worst_leaf
from errcore.errors.internal_view import Raw, capture, redacted
from errcore.errors.public_view import public_view
from errcore.jsonsafe import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from errcore.context import ErrorContext
    from errcore.errors.issues import Issue
    from errcore.errors.kinds import Retriable
    from errcore.redaction import Redactor

__all__ = ["Occurrence"]

_LABEL_LENGTH = 256


@attrs.frozen(eq=False, kw_only=True)
class Occurrence:
    """One failure: immutable, bounded, JSON-safe.

    Attributes:
        id: Its own id: 32 hexadecimal digits.
        time: When, in seconds since the epoch.
        verdict: The classification; `verdict.code` is the internal code.
        code: The public code.
        status: The HTTP status of the answer.
        title: The public code as words.
        message: The public sentence, one line.
        details: The public facts: JSON.
        issues: The defects of rejected input.
        retry_after: Seconds, if the client was told to wait.
        retriable: What the client is told about trying again.
        recoverable: Whether the user can act.
        headers: Extra response headers, not yet checked against HTTP.
        documented: Whether the public code is in the catalogue.
        type_name: Dotted name of the exception's class.
        context: Ids, actor, tenant and operation; the free fields are in `internal`.
        method: HTTP method, if any.
        route: Template of the route, never the path that was asked for.
        phase: Where in the life of a request: handler, stream, background, websocket, lifespan.

    >>> from errcore import NotFoundError
    >>> occurrence = Occurrence.of(NotFoundError("No such agent.", details={"agent_id": "a1"}))
    >>> occurrence.status, occurrence.message, occurrence.details
    (404, 'No such agent.', {'agent_id': 'a1'})
    """

    id: str
    time: float
    verdict: Classification
    code: str
    status: int
    title: str
    message: str
    details: dict[str, Any]
    issues: tuple[Issue, ...]
    retry_after: float | None
    retriable: Retriable
    recoverable: bool
    headers: tuple[tuple[str, str], ...]
    documented: bool
    type_name: str
    context: ErrorContext
    method: str | None
    route: str | None
    phase: str
    _raw: Raw | None = attrs.field(repr=False, alias="raw")
    _redacted: dict[str, Any] | None = attrs.field(default=None, init=False, repr=False)

    @classmethod
    def of(
        cls,
        exc: BaseException,
        context: ErrorContext | None = None,
        *,
        method: str | None = None,
        route: str | None = None,
        phase: str = "handler",
        statuses: Mapping[str, int] | None = None,
        expose_messages: bool = False,
        redactor: Redactor | None = None,
    ) -> Occurrence:
        """The occurrence of an exception. Total: it never raises an Exception, whatever `exc` does.

        Args:
            exc: Any exception; of a group, the most severe member answers.
            context: Where it happened; the current context if None.
            method: HTTP method.
            route: Template of the route.
            phase: Where in the life of a request.
            statuses: Other HTTP statuses, by public code or by kind.
            expose_messages: Whether ad hoc messages of server faults are public, too.
            redactor: What cleans the internal side.
        """
        now = clock.current()
        where = ambient.current() if context is None else context
        leaf = worst_leaf(exc)
        verdict = classify(exc)
        view = public_view(leaf, verdict, statuses, expose_messages=expose_messages)
        return cls(
            id=now.token(16),
            time=now.wall(),
            verdict=verdict,
            code=view.code,
            status=view.status,
            title=view.code.replace("_", " ").capitalize(),
            message=view.message,
            details=view.details,
            issues=view.issues,
            retry_after=view.retry_after,
            retriable=view.retriable,
            recoverable=view.recoverable,
            headers=view.headers,
            documented=view.documented,
            type_name=type_name(type(leaf)),
            context=_labels(where),
            method=_label(method),
            route=_label(route),
            phase=phase,
            raw=capture(exc, leaf, verdict, where.fields, redactor),
        )

    @property
    def internal(self) -> dict[str, Any]:
        """What only we may read, redacted: message, details, context, notes, causes, others, traceback.

        Keys are there only where there is something to say.
        """
        raw = self._raw
        if raw is not None:
            # Two threads may both do this, and both get the same: the one is set before the other is let go of.
            object.__setattr__(self, "_redacted", redacted(raw))
            object.__setattr__(self, "_raw", None)
        return self._redacted or {}

    def __getstate__(self) -> dict[str, Any]:
        internal = self.internal
        state = {name: getattr(self, name) for name in self.__slots__ if name != "__weakref__"}  # type: ignore[attr-defined]
        return {**state, "_raw": None, "_redacted": internal}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)


def _labels(context: ErrorContext) -> ErrorContext:
    """The context without its free fields, which are in `internal`; its labels bounded."""
    if type(context.fields) is dict and not (
        context.fields or context.actor or context.tenant or context.operation
    ):
        return context
    return attrs.evolve(
        context,
        actor=_label(context.actor),
        tenant=_label(context.tenant),
        operation=_label(context.operation),
        fields={},
    )


def _label(text: str | None) -> str | None:
    return None if text is None else one_line(text, _LABEL_LENGTH)
