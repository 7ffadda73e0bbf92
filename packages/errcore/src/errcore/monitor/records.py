# SPDX-License-Identifier: MIT
"""One failure as it is kept: what an occurrence says, bounded, redacted, and each fact with the audience that it is for.

Who may see a fact is said where the fact is declared, and a fact for which nothing is said is the admin's alone. Neither the
actor nor the tenant is kept: the log has them under the same request id, and a store is read by more people.
"""

from __future__ import annotations

import json
from enum import IntEnum
from typing import TYPE_CHECKING, Any, cast

import attrs

from errcore.jsonsafe import Bounds, one_line, to_json
from errcore.jsonsafe.encoding import encoder
from errcore.redaction import default_redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from errcore.errors.occurrence import Occurrence
    from errcore.redaction import Redactor

__all__ = ["LARGEST", "Audience", "EventRecord", "is_related", "record_of"]

LARGEST = 4096
"""Bytes of a record as JSON at most."""

_MESSAGE = 1000  # characters
_LABEL = 200
_FRAMES = 30
_NAMES = ("id", "group")  # by which others are found, and which are ours
_CAUSES = 3
_EXTRA = Bounds(depth=4, items=20, text=200)
_encode = encoder(ascii_only=True)


class Audience(IntEnum):
    """Who may read a fact; whoever may read more may read less, too."""

    PUBLIC = 1
    LOG = 2
    ADMIN = 3


def _fact(audience: Audience, **options: Any) -> Any:
    return attrs.field(metadata={"audience": audience}, **options)


@attrs.frozen(kw_only=True)
class EventRecord:
    """A sample of a group.

    Attributes:
        id: The id of the occurrence.
        time: Seconds since the epoch.
        group: The id of its group.
        code: The public code.
        status: The HTTP status of the answer.
        public_message: The public sentence.
        request_id: The id of the request; echoed in its answer.
        message: What was really said, redacted.
        template: Its message without the values.
        type_name: Dotted name of the exception's class.
        category: The internal kind.
        severity: How loud.
        retriable: Whether the same request may work later.
        expected: Whether somebody foresaw it.
        phase: Where in the life of a request.
        method: HTTP method.
        route: Template of the route.
        correlation_id: The id of the whole conversation.
        trace_id: That of the W3C trace.
        span_id: That of the caller's span.
        client_request_id: What the caller sent, where it was not taken for ours.
        service: The name of the service.
        release: Which release of it.
        causes: Types of what it was raised from, nearest first; at most three.
        root_cause: Type and place of the last one, or None.
        frames: Where it went through, outermost first; no source, no local variables.
        extra: Internal details and the fields of the context, redacted.
    """

    id: str = _fact(Audience.PUBLIC)
    time: float = _fact(Audience.PUBLIC)
    code: str = _fact(Audience.PUBLIC)
    status: int = _fact(Audience.PUBLIC)
    public_message: str = _fact(Audience.PUBLIC)
    request_id: str | None = _fact(Audience.PUBLIC, default=None)
    group: str = _fact(Audience.LOG)
    template: str = _fact(Audience.LOG, default="")
    message: str = _fact(Audience.LOG, default="")
    type_name: str = _fact(Audience.LOG, default="")
    category: str = _fact(Audience.LOG, default="unknown")
    severity: str = _fact(Audience.LOG, default="error")
    retriable: str = _fact(Audience.LOG, default="no")
    expected: bool = _fact(Audience.LOG, default=True)
    phase: str = _fact(Audience.LOG, default="report")
    method: str | None = _fact(Audience.LOG, default=None)
    route: str | None = _fact(Audience.LOG, default=None)
    correlation_id: str | None = _fact(Audience.LOG, default=None)
    trace_id: str | None = _fact(Audience.LOG, default=None)
    span_id: str | None = _fact(Audience.LOG, default=None)
    client_request_id: str | None = _fact(Audience.LOG, default=None)
    service: str | None = _fact(Audience.LOG, default=None)
    release: str | None = _fact(Audience.LOG, default=None)
    causes: tuple[str, ...] = _fact(Audience.LOG, default=())
    root_cause: str | None = _fact(Audience.LOG, default=None)
    frames: tuple[str, ...] = _fact(Audience.ADMIN, default=())
    extra: Mapping[str, Any] = _fact(Audience.ADMIN, factory=dict[str, Any])

    def public(self) -> dict[str, Any]:
        """What the client was told anyway."""
        return self._view(Audience.PUBLIC)

    def log(self) -> dict[str, Any]:
        """What is in the log as well: no frames, no extra facts."""
        return self._view(Audience.LOG)

    def admin(self) -> dict[str, Any]:
        """All there is."""
        return self._view(Audience.ADMIN)

    def _view(self, audience: Audience) -> dict[str, Any]:
        view: dict[str, Any] = {}
        for field in attrs.fields(EventRecord):
            if field.metadata.get("audience", Audience.ADMIN) > audience:
                continue
            value: Any = getattr(self, field.name)
            if value not in (None, (), {}):
                view[field.name] = list(cast("tuple[str, ...]", value)) if type(value) is tuple else value
        return view

    def to_json(self) -> str:
        """The record as JSON of at most 4096 bytes: what is too long loses its extra facts, then frames, then its message.

        >>> record = EventRecord(
        ...     id="e1", time=0.0, group="g1", code="NOT_FOUND", status=404, public_message="No."
        ... )
        >>> EventRecord.from_json(record.to_json()) == record
        True
        """
        text = _encode(self.admin())
        for less in (_without_extra, _without_frames, _with_short_texts, _with_shortest_texts):
            if len(text) <= LARGEST:
                break
            text = _encode(less(self).admin())
        return text

    @classmethod
    def from_json(cls, text: str) -> EventRecord:
        """The record that `to_json` wrote; members that this version does not know are left out.

        Raises:
            ValueError: If the text is no JSON object.
            TypeError: If a member is missing.
        """
        found: Any = json.loads(text)
        if type(found) is not dict:
            raise ValueError("A record is a JSON object.")
        read = cast("dict[str, Any]", found)
        known = {field.name for field in attrs.fields(cls)}
        members = {name: value for name, value in read.items() if name in known}
        for name in ("causes", "frames"):
            members[name] = tuple(members.get(name, ()))
        return cls(**members)


def _without_extra(record: EventRecord) -> EventRecord:
    return attrs.evolve(record, extra={}, frames=record.frames[-8:])


def _without_frames(record: EventRecord) -> EventRecord:
    return attrs.evolve(
        _without_extra(record),
        frames=(),
        causes=(),
        message=record.message[:_LABEL],
        public_message=record.public_message[:_LABEL],
    )


def _with_short_texts(record: EventRecord, most: int = 64) -> EventRecord:
    """With all texts cut: a character that is not of ASCII takes up to twelve bytes."""
    texts: dict[str, Any] = {
        name: value[: max(most, 32) if name in _NAMES else most]
        for name, value in attrs.asdict(record, recurse=False).items()
        if isinstance(value, str)
    }
    return attrs.evolve(_without_frames(record), **texts)


def _with_shortest_texts(record: EventRecord) -> EventRecord:
    return _with_short_texts(record, 8)


def record_of(
    occurrence: Occurrence,
    group: str,
    template: str = "",
    *,
    service: str | None = None,
    release: str | None = None,
    redactor: Redactor | None = None,
) -> EventRecord:
    """The record of an occurrence; redacts what only we may read, so it is not for the path of a request.

    Args:
        occurrence: What happened.
        group: The id of its group.
        template: The template of its message.
        service: The name of the service.
        release: Which release of it.
        redactor: What cleans the public sentence and the route, too; errcore's own where None. All else is clean already.

    >>> from errcore import NotFoundError, Occurrence
    >>> record = record_of(Occurrence.of(NotFoundError("No such agent.", internal={"shard": 3})), "g1")
    >>> record.message, record.extra, "extra" in record.log()
    ('No such agent.', {'details': {'shard': 3}}, False)
    """
    internal = occurrence.internal
    cleaner = redactor or default_redactor
    sentence = cleaner.text(one_line(occurrence.message, _MESSAGE))
    route = occurrence.route
    verdict, ids = occurrence.verdict, occurrence.context.ids
    causes: list[dict[str, str]] = internal.get("causes", [])
    extra = {name: internal[name] for name in ("details", "context", "notes") if name in internal}
    return EventRecord(
        id=one_line(occurrence.id, _LABEL),
        time=occurrence.time,
        code=one_line(occurrence.code, _LABEL),
        status=occurrence.status,
        public_message=sentence,
        request_id=_label(None if ids is None else ids.request_id),
        group=group,
        template=template,
        message=one_line(internal.get("message", sentence), _MESSAGE),
        type_name=one_line(occurrence.type_name, _LABEL),
        category=verdict.kind.value,
        severity=verdict.severity.value,
        retriable=verdict.retriable.value,
        expected=verdict.expected,
        phase=one_line(occurrence.phase, _LABEL),
        method=_label(occurrence.method),
        route=None if route is None else one_line(cleaner.text(one_line(route, _LABEL)), _LABEL),
        correlation_id=_label(None if ids is None else ids.correlation_id),
        trace_id=_label(None if ids is None else ids.trace_id),
        span_id=_label(None if ids is None else ids.span_id),
        client_request_id=_label(None if ids is None else ids.client_request_id),
        service=_label(service),
        release=_label(release),
        causes=tuple(one_line(cause["type"], _LABEL) for cause in causes[:_CAUSES]),
        root_cause=_root(causes),
        frames=tuple(one_line(frame, _LABEL) for frame in internal.get("traceback", ())[-_FRAMES:]),
        extra=_object(to_json(extra, bounds=_EXTRA)),
    )


def is_related(
    record: EventRecord,
    *,
    request_id: str | None = None,
    trace_id: str | None = None,
    cause: str | None = None,
) -> bool:
    """Whether a record has all of these that are given; `errcore.monitor.Monitor.related` says what they are."""
    return (
        (request_id is None or request_id in (record.request_id, record.correlation_id))
        and (trace_id is None or trace_id == record.trace_id)
        and (cause is None or (record.root_cause or record.type_name).startswith(cause))
    )


def _label(value: object) -> str | None:
    return None if value is None else one_line(value, _LABEL)


def _root(causes: list[dict[str, str]]) -> str | None:
    if not causes:
        return None
    last = causes[-1]
    return one_line(f"{last['type']} at {last['at']}" if "at" in last else last["type"], 2 * _LABEL)


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if type(value) is dict else {}
