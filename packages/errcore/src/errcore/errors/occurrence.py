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
from errcore.errors import reading
from errcore.errors.causes import type_name
from errcore.errors.classification import Classification, classify, worst_leaf
from errcore.errors.internal_view import Raw, capture, redacted
from errcore.errors.public_view import public_view
from errcore.errors.spec import title_of
from errcore.jsonsafe import one_line
from errcore.redaction import default_redactor, is_secret_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from errcore.context import ErrorContext
    from errcore.errors.issues import Issue
    from errcore.errors.kinds import Kind, Retriable
    from errcore.redaction import Redactor

__all__ = ["Occurrence"]

_LABEL_LENGTH = 256


# No `__init__`: `of` is the only maker, and setting twenty attributes one by one is a good part of what it costs.
@attrs.frozen(eq=False, slots=False, init=False)
class Occurrence:
    """One failure: immutable, bounded, JSON-safe.

    Attributes:
        id: Its own id: 32 hexadecimal digits.
        time: When, in seconds since the epoch.
        verdict: The classification; `verdict.code` is the internal code.
        code: The public code.
        kind: The public kind; `verdict.kind` is the internal one.
        status: The HTTP status of the answer.
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
    kind: Kind
    status: int
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
    _raw: Raw | None = attrs.field(repr=False)
    _redacted: dict[str, Any] = attrs.field(repr=False)

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
            redactor: What cleans the internal side, and says which keys of either side are secret.
        """
        now = clock.current()
        where = ambient.current() if context is None else context
        leaf = worst_leaf(exc)
        spec = reading.spec_of(type(leaf))
        verdict = classify(exc)
        cleaner = default_redactor if redactor is None else redactor
        # A redactor that has no rule for keys is mistaken, which is no reason to lose the error.
        hide = getattr(cleaner, "is_secret_key", is_secret_key)
        view = public_view(leaf, spec, verdict, statuses, expose_messages=expose_messages, hide=hide)
        made = cls.__new__(cls)
        made.__setstate__(
            {
                "id": now.token(16),
                "time": now.wall(),
                "verdict": verdict,
                "type_name": type_name(type(leaf)) if spec is None else _label(spec.qualname),
                "context": _labels(where),
                "method": _label(method),
                "route": _label(route),
                "phase": phase,
                "_raw": capture(exc, leaf, spec, verdict, view["message"], where.fields, cleaner, hide),
                "_redacted": {},
                **view,
            }
        )
        return made

    @property
    def title(self) -> str:
        """The public code as words."""
        return title_of(self.code)

    @property
    def told(self) -> bool:
        """Whether our own log has its line; where it has not, a server's line must keep the story."""
        return not self.__dict__.get("_untold", False)

    def untold(self) -> None:
        """Note that the line could not be written. What happened stays what it was."""
        self.__dict__["_untold"] = True

    @property
    def internal(self) -> dict[str, Any]:
        """What only we may read, redacted: message, details, context, notes, causes, others, traceback.

        Keys are there only where there is something to say: no message where it is the public one.
        """
        raw = self._raw
        if raw is not None:
            # Two threads may both do this, and both get the same: the one is set before the other is let go of.
            self.__dict__["_redacted"] = redacted(raw)
            self.__dict__["_raw"] = None
        return self._redacted

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_redacted": self.internal, "_raw": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def _labels(context: ErrorContext) -> ErrorContext:
    """The context without its free fields, which are in `internal`; its labels bounded."""
    # By identity: a label may be anything, and have its own idea of whether it is true.
    bare = context.actor is None and context.tenant is None and context.operation is None
    if bare and reading.exactly(dict, context.fields) and not context.fields:
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
