# SPDX-License-Identifier: MIT
"""What the log says of an error, as fields in a fixed order.

Who reads it is the operator, so internal facts are in, redacted by the occurrence. Causes and frames are in only
where somebody has to act (severity error and above): nobody debugs a 404. Local variables are never in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore.errors.kinds import Severity
from errcore.jsonsafe import safe_text
from errcore.redaction import default_redactor

if TYPE_CHECKING:
    from errcore.context import ErrorContext, RequestIds
    from errcore.errors.occurrence import Occurrence
    from errcore.redaction import Redactor


__all__ = ["EVENT", "add_fields", "add_ids"]

EVENT = "error_reported"
"""The `event` of every line."""

_LOUD = frozenset({Severity.ERROR, Severity.CRITICAL})
_LABEL = 256  # characters
_PRIVATE = ("message", "details", "notes")
_PLACES = ("causes", "others", "traceback")


def add_fields(
    fields: dict[str, object],
    occurrence: Occurrence,
    service: str | None = None,
    redactor: Redactor | None = None,
) -> None:
    """Add the fields of an occurrence to those that are there: a line is one dictionary. What is not known is left out.

    Args:
        fields: The time, the level and the event, where they are fields.
        occurrence: What happened.
        service: The name of the service.
        redactor: What cleans actor, tenant and operation; errcore's own where None.

    >>> from errcore import NotFoundError, Occurrence
    >>> fields = {}
    >>> add_fields(fields, Occurrence.of(NotFoundError("No such agent.", internal={"shard": 3})), "agents")
    >>> fields["service"], fields["code"], fields["message"], fields["internal"]["details"]
    ('agents', 'NOT_FOUND', 'No such agent.', {'shard': 3})
    """
    verdict, context = occurrence.verdict, occurrence.context
    ids = context.ids
    if service is not None:
        fields["service"] = service
    fields["code"] = verdict.code
    if occurrence.code != verdict.code:
        fields["public_code"] = occurrence.code
    fields["kind"] = verdict.kind
    fields["fault"] = verdict.fault
    fields["status"] = occurrence.status
    fields["message"] = occurrence.message
    fields["error_id"] = occurrence.id
    if ids is not None:
        add_ids(fields, ids)
    if occurrence.method is not None:
        fields["method"] = occurrence.method
    if occurrence.route is not None:
        fields["route"] = occurrence.route
    fields["phase"] = occurrence.phase
    fields["type"] = occurrence.type_name
    fields["retriable"] = verdict.retriable
    if occurrence.details:
        fields["details"] = occurrence.details
    if occurrence.issues:
        fields["issues"] = [{"pointer": issue.pointer, "code": issue.code} for issue in occurrence.issues]
    if context.actor is not None or context.tenant is not None or context.operation is not None:
        _add_labels(fields, context, redactor or default_redactor)
    internal = occurrence.internal
    if internal:
        _add_internal(fields, internal, loud=verdict.severity in _LOUD)


def add_ids(fields: dict[str, object], ids: RequestIds) -> None:
    """Add the ids of a request.

    >>> from errcore.context import RequestIds
    >>> fields = {}
    >>> add_ids(fields, RequestIds("req_1"))
    >>> fields
    {'request_id': 'req_1'}
    """
    fields["request_id"] = ids.request_id
    if ids.correlation_id is not None:
        fields["correlation_id"] = ids.correlation_id
    if ids.trace_id is not None:
        fields["trace_id"] = ids.trace_id
        fields["span_id"] = ids.span_id
    if ids.client_request_id is not None:
        fields["client_request_id"] = ids.client_request_id


def _add_labels(fields: dict[str, object], context: ErrorContext, redactor: Redactor) -> None:
    for name in ("actor", "tenant", "operation"):
        label = getattr(context, name)
        if label is not None:
            fields[name] = redactor.text(safe_text(label, _LABEL))


def _add_internal(fields: dict[str, object], internal: dict[str, Any], *, loud: bool) -> None:
    if "context" in internal:
        fields["fields"] = internal["context"]
    private = {name: internal[name] for name in _PRIVATE if name in internal and internal[name] != ""}
    if private:
        fields["internal"] = private
    if loud:
        for name in _PLACES:
            if name in internal:
                fields[name] = internal[name]
