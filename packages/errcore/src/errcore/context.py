# SPDX-License-Identifier: MIT
"""What was going on: the ids and facts of the current request or job.

An `ErrorContext` lives in a ContextVar, so threads and tasks see their own. Ids that arrive from outside are
accepted only in a narrow shape and are labels, never keys.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any

import attrs

from errcore import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

__all__ = [
    "ErrorContext",
    "RequestIds",
    "accept_request_id",
    "bind",
    "current",
    "enter",
    "ids_from_headers",
    "leave",
    "new_ids",
    "parse_traceparent",
    "resume",
]

_ID_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_ID_LENGTH = 128
_HEX = frozenset("0123456789abcdef")


# Without slots, because a frozen class sets its fields a quarter faster then, and every request makes these two.
@attrs.frozen(slots=False)
class RequestIds:
    """The ids under which one request is known.

    Attributes:
        request_id: Ours, or the caller's where it was acceptable; echoed as `X-Request-ID`.
        correlation_id: The id of the whole conversation; the request id where none was sent.
        trace_id: 32 hexadecimal digits of a W3C trace, or None.
        span_id: The caller's span, 16 hexadecimal digits, or None.
        client_request_id: What the caller sent, where policy keeps it apart from ours.
    """

    request_id: str
    correlation_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    client_request_id: str | None = None


@attrs.frozen(slots=False)
class ErrorContext:
    """What an error inherits from the place where it happened.

    Attributes:
        ids: The ids of the request, or None outside of one.
        actor: Who asked, as the application names them. Internal: it reaches the log, never a response.
        tenant: On whose behalf. Internal.
        operation: What was being done.
        fields: Free internal fields; later bindings win.
    """

    ids: RequestIds | None = None
    actor: str | None = None
    tenant: str | None = None
    operation: str | None = None
    fields: Mapping[str, object] = attrs.field(factory=dict[str, object])

    def with_facts(self, facts: Mapping[str, Any]) -> ErrorContext:
        """This one, with more facts: what `bind` takes, where they come in a mapping. It and the mapping stay as they are.

        Args:
            facts: `actor`, `tenant` and `operation` have places of their own, the rest are fields. They win, None too.

        >>> found = ErrorContext(actor="u1").with_facts({"tenant": "t1", "order": "o7"})
        >>> found.actor, found.tenant, found.fields
        ('u1', 't1', {'order': 'o7'})
        """
        if not facts:
            return self
        fields = dict(facts)
        return ErrorContext(
            ids=self.ids,
            actor=fields.pop("actor", self.actor),
            tenant=fields.pop("tenant", self.tenant),
            operation=fields.pop("operation", self.operation),
            fields={**self.fields, **fields},
        )


_NOWHERE = ErrorContext()
_current: ContextVar[ErrorContext] = ContextVar("errcore_context", default=_NOWHERE)

current: Callable[[], ErrorContext] = _current.get
"""The context of this thread or task."""


def enter(ids: RequestIds) -> tuple[Token[ErrorContext], ErrorContext]:
    """Begin a request: its ids become those of the context. What `bind(ids=ids)` does, for code that every request pays for.

    Returns:
        What `leave` takes.

    >>> token = enter(RequestIds("req_1"))
    >>> current().ids.request_id
    'req_1'
    >>> leave(token)
    """
    outer = _current.get()
    ours = ErrorContext(ids, outer.actor, outer.tenant, outer.operation, outer.fields)
    return _current.set(ours), ours


def resume(context: ErrorContext) -> tuple[Token[ErrorContext], ErrorContext]:
    """Go on in a context that was left, as it was: for what is done in steps, such as the body of a response.

    Args:
        context: What `current()` said there.

    Returns:
        What `leave` takes.

    >>> with bind(actor="u1"):
    ...     here = current()
    >>> token = resume(here)
    >>> current().actor
    'u1'
    >>> leave(token)
    """
    return _current.set(context), context


def leave(entered: tuple[Token[ErrorContext], ErrorContext]) -> None:
    """End what `enter` or `resume` began. In another thread or task, where it is not in effect, there is nothing to end.

    Args:
        entered: What that one returned.
    """
    try:
        _current.reset(entered[0])
    except ValueError:
        _leave_elsewhere(*entered)


def _leave_elsewhere(token: Token[ErrorContext], ours: ErrorContext) -> None:
    """Of a binding made in another context: end it if a copy of that one is what we are in, else leave all as it is."""
    if _current.get() is ours:
        outer: ErrorContext = token.old_value
        _current.set(_NOWHERE if outer is Token.MISSING else outer)


class bind:  # noqa: N801 - a verb to those who use it: `with bind(actor="u1"): ...`
    """Add facts to the context while the block runs; what is not named stays as it was.

    What is bound is seen in the block's own thread or task, and in what is started from there. Frameworks run each step
    of a synchronous generator in a copy of the context: what a synchronous dependency binds around its `yield` does not
    reach the endpoint (an asynchronous one does), and leaving such a block elsewhere changes nothing there.

    >>> with bind(actor="u1", order="o7"), bind(order="o8") as context:
    ...     context.actor, dict(context.fields)
    ('u1', {'order': 'o8'})
    """

    # A class and not a generator, which would take twice as long: every request enters one.
    __slots__ = ("_actor", "_bound", "_fields", "_ids", "_operation", "_tenant", "_token")
    _bound: ErrorContext
    _token: Token[ErrorContext]

    def __init__(
        self,
        /,
        *,
        ids: RequestIds | None = None,
        actor: str | None = None,
        tenant: str | None = None,
        operation: str | None = None,
        **fields: object,
    ) -> None:
        self._ids = ids
        self._actor = actor
        self._tenant = tenant
        self._operation = operation
        self._fields = fields

    def __enter__(self) -> ErrorContext:
        outer = _current.get()
        if outer is _NOWHERE:  # as for every request
            context = ErrorContext(self._ids, self._actor, self._tenant, self._operation, self._fields)
        else:
            context = ErrorContext(
                ids=outer.ids if self._ids is None else self._ids,
                actor=outer.actor if self._actor is None else self._actor,
                tenant=outer.tenant if self._tenant is None else self._tenant,
                operation=outer.operation if self._operation is None else self._operation,
                fields={**outer.fields, **self._fields} if self._fields else outer.fields,
            )
        self._bound = context
        self._token = _current.set(context)
        return context

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            _current.reset(self._token)
        except ValueError:
            _leave_elsewhere(self._token, self._bound)


def accept_request_id(values: Sequence[str]) -> str | None:
    """The caller's id if exactly one was sent and it is `[A-Za-z0-9._-]{1,128}`, else None.

    >>> accept_request_id(["req_7f8a9b2c"])
    'req_7f8a9b2c'
    >>> accept_request_id(["a", "b"]) is None
    True
    """
    if len(values) != 1:
        return None
    value = values[0]
    # `isalnum` and patterns with \\w would let other alphabets in; a set says what is meant.
    if 0 < len(value) <= _ID_LENGTH and _ID_CHARACTERS.issuperset(value):
        return value
    return None


def parse_traceparent(text: str) -> tuple[str, str] | None:
    """Trace and span id of a W3C `traceparent` header, or None where it is not valid.

    Follows W3C Trace Context level 1, section 3.2.2: version 00 has exactly four parts, a later version may have
    more, version ff and ids of zeros are invalid.

    >>> parse_traceparent("00-" + "a" * 32 + "-" + "b" * 16 + "-01")[1]
    'bbbbbbbbbbbbbbbb'
    """
    if not 55 <= len(text) <= 512:
        return None
    version, trace_id, span_id, flags = (*text.split("-", 4), "", "", "")[:4]
    if (
        [len(version), len(trace_id), len(span_id), len(flags)] != [2, 32, 16, 2]
        or not _HEX.issuperset(version + trace_id + span_id + flags)
        or version == "ff"
        or (version == "00" and len(text) != 55)
        or not (trace_id.strip("0") and span_id.strip("0"))
    ):
        return None
    return trace_id, span_id


def new_ids() -> RequestIds:
    """The ids of a request that brought none, and of an error outside of any request.

    >>> ids = new_ids()
    >>> ids.request_id == ids.correlation_id, len(ids.request_id)
    (True, 32)
    """
    request_id = clock.current().token(16)
    return RequestIds(request_id, request_id)


def ids_from_headers(get_all: Callable[[str], Sequence[str]], *, trust: bool = True) -> RequestIds:
    """The ids of a request from its headers; a request id is made where none was acceptable.

    Args:
        get_all: Every value of a header, by its lower-case name.
        trust: Whether the caller's id becomes ours. Without it, ours is new and theirs is `client_request_id`.

    >>> ids_from_headers(
    ...     {"x-request-id": ["req_1"], "traceparent": [], "x-correlation-id": []}.__getitem__
    ... ).request_id
    'req_1'
    """
    sent = accept_request_id(get_all("x-request-id"))
    traceparent = get_all("traceparent")
    trace_id, span_id = (len(traceparent) == 1 and parse_traceparent(traceparent[0])) or (None, None)
    ours = sent if trust else None
    request_id = ours or (trust and trace_id) or clock.current().token(16)
    return RequestIds(
        request_id=request_id,
        correlation_id=accept_request_id(get_all("x-correlation-id")) or request_id,
        trace_id=trace_id,
        span_id=span_id,
        client_request_id=None if trust else sent,
    )
