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
from errcore.context import ErrorContext, RequestIds
from errcore.errors import reading
from errcore.errors.catalogue import catalog
from errcore.errors.causes import type_name
from errcore.errors.classification import Classification, classify, verdict_for, worst_leaf
from errcore.errors.internal_view import Raw, capture, redacted
from errcore.errors.kinds import KIND_RULES, Kind, Retriable
from errcore.errors.public_view import bounded_issue, public_view
from errcore.errors.spec import title_of
from errcore.errors.told import DETAILS_BOUNDS, Told
from errcore.jsonsafe import one_line, to_json
from errcore.redaction import default_redactor, is_secret_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from errcore.errors.issues import Issue
    from errcore.redaction import Redactor

__all__ = ["Occurrence", "not_logged"]

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

    @classmethod
    def retold(cls, told: Told, status: int | None = None, *, documented: bool | None = None) -> Occurrence:
        """The occurrence that somebody else's answer tells of: a public side, and nothing behind it.

        For passing an answer on in another format, knowingly; `errcore.from_response` gives what is to be raised. Facts
        whose names say that they are secret are redacted here, too, whoever sent them.

        Args:
            told: What was read back.
            status: The HTTP status of the answer; the one that the document names if None.
            documented: Whether the code is in a catalogue; ours is asked if None.

        >>> from errcore.errors import Told
        >>> Occurrence.retold(Told(code="ORDER_LOCKED", message="It is locked."), 409).message
        'It is locked.'
        """
        from errcore.errors.upstream import kind_of_status  # only who passes an answer on needs it

        now = clock.current()
        number = told.status or 500 if status is None else status
        kind = kind_of_status(number) if told.kind is None else told.kind
        code = told.code or KIND_RULES[kind].code
        known = told.request_id or told.correlation_id
        ids = None if known is None else RequestIds(known, told.correlation_id or known)
        retriable = KIND_RULES[kind].retriable
        if told.retriable is not None:
            retriable = Retriable.YES if told.retriable else Retriable.NO
        made = cls.__new__(cls)
        made.__setstate__(
            {
                "id": known or now.token(16),
                "time": now.wall() if told.time is None else told.time,
                "verdict": verdict_for(kind, code=code, status=number, retriable=retriable),
                "code": code,
                "kind": kind,
                "status": number,
                "message": KIND_RULES[kind].sentence if told.message is None else told.message,
                "details": to_json(told.details, bounds=DETAILS_BOUNDS, hide=is_secret_key),
                "issues": tuple(map(bounded_issue, told.issues)),
                "retry_after": told.retry_after,
                "retriable": retriable,
                "recoverable": number < 500 if told.recoverable is None else told.recoverable,
                "headers": (),
                "documented": code in catalog if documented is None else documented,
                "type_name": type_name(Told),
                "context": ErrorContext(ids),
                "method": None,
                "route": None,
                "phase": "retold",
                "_raw": None,
                "_redacted": {},
            }
        )
        return made

    @property
    def title(self) -> str:
        """The public code as words."""
        return title_of(self.code)

    @property
    def logged(self) -> bool:
        """Whether our own log has its line; where it has not, a server's line must keep the story."""
        return not self.__dict__.get("_unlogged", False)

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


def not_logged(occurrence: Occurrence) -> None:
    """Note that its line could not be written. What happened stays what it was."""
    occurrence.__dict__["_unlogged"] = True


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
