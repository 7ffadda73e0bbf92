# SPDX-License-Identifier: MIT
"""The side of an error that may leave the process: what was declared public, bounded, and nothing else.

No pattern is searched here: visibility, the rule of secret key names, and bounds decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import attrs

from errcore.errors import reading
from errcore.errors.catalogue import catalog
from errcore.errors.issues import Issue
from errcore.errors.kinds import KIND_RULES, Fault, Kind, Retriable
from errcore.errors.message import MESSAGE_LENGTH, public_sentence
from errcore.jsonsafe import one_line, safe_text, to_json
from errcore.redaction import is_secret_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from errcore.errors.classification import Classification
    from errcore.errors.spec import ErrorSpec

__all__ = ["ISSUES", "PublicView", "json_facts", "public_view"]

ISSUES = 100
"""Issues that one answer lists at most; the rest is counted."""

_HEADERS = 32
_HEADER_LENGTH = 4096
_NAME_LENGTH = 256
_ENTRIES = 1024
# Unbound, so that a subclass is read past its own methods.
_copy_of_dict: Callable[[Any], dict[Any, Any]] = dict[Any, Any].copy
_copy_of_list: Callable[[Any], list[Any]] = list[Any].copy
_iterate_tuple: Callable[[Any], Iterator[Any]] = tuple[Any, ...].__iter__


@attrs.frozen
class PublicView:
    """What a client may read of an error."""

    code: str
    status: int
    message: str
    retriable: Retriable
    recoverable: bool
    retry_after: float | None = None
    details: dict[str, Any] = attrs.field(factory=dict[str, Any])
    issues: tuple[Issue, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    documented: bool = True


def public_view(
    exc: BaseException, verdict: Classification, statuses: Mapping[str, int] | None, *, expose_messages: bool
) -> PublicView:
    """The public side of `exc`.

    Args:
        exc: An exception that is no group.
        verdict: The verdict on it, or on the group for which it answers.
        statuses: Other HTTP statuses, by public code or by kind.
        expose_messages: Whether ad hoc messages of server faults are public, too.
    """
    spec = reading.spec_of(type(exc))
    if spec is None:
        return PublicView(
            code=verdict.code,
            status=_status(statuses, verdict.code, verdict.kind, verdict.status),
            message=KIND_RULES[verdict.kind].sentence,
            retriable=verdict.retriable,
            recoverable=verdict.recoverable,
            retry_after=verdict.retry_after,
            documented=verdict.code in catalog,
        )
    shown = spec.answers_as
    if shown is not None:
        # Nothing of the error itself: its answer must be that of the other class, to the byte.
        return PublicView(
            code=shown.code,
            status=_status(statuses, shown.code, shown.kind, shown.status),
            message=public_sentence(None, shown),
            retriable=shown.retriable,
            recoverable=shown.recoverable,
        )
    values = reading.attributes(exc)
    adhoc = values.get("message") if expose_messages or verdict.fault is Fault.CALLER else None
    return PublicView(
        code=verdict.code,
        status=_status(statuses, verdict.code, verdict.kind, verdict.status),
        message=public_sentence(exc, spec, verdict.kind) if adhoc is None else _line(adhoc),
        retriable=verdict.retriable,
        recoverable=verdict.recoverable,
        retry_after=verdict.retry_after,
        details=_details(values, spec),
        issues=_issues(values),
        headers=_headers(values.get("headers")),
        documented=verdict.code in catalog,
    )


def _status(statuses: Mapping[str, int] | None, code: str, kind: Kind, status: int) -> int:
    if not statuses:
        return status
    return statuses.get(code) or statuses.get(kind) or status


def _line(text: object) -> str:
    return one_line(safe_text(text, MESSAGE_LENGTH), MESSAGE_LENGTH)


def _details(values: dict[str, Any], spec: ErrorSpec) -> dict[str, Any]:
    adhoc = values.get("details")
    if adhoc is None and not spec.public_names:
        return {}
    found = {} if adhoc is None else json_facts(adhoc, "details")
    declared = {
        name: values.get(name)
        for name in spec.public_names
        if values.get(name) is not None or name not in spec.optional_names
    }
    if declared:
        # Two calls, so that a flood of ad hoc details cannot push out what the class promises.
        found.update(json_facts(declared, "details"))
    return found


def json_facts(facts: object, name: str) -> dict[str, Any]:
    """Facts as a JSON object without values of secret names; what is no mapping becomes the one value `name`."""
    cleaned = to_json(facts, hide=is_secret_key)
    return cleaned if type(cleaned) is dict else {name: cleaned}


def _issues(values: dict[str, Any]) -> tuple[Issue, ...]:
    if values.get("issues") is None and values.get("field_errors") is None and values.get("field") is None:
        return ()
    listed = [issue for issue in _as_list(values.get("issues")) or () if type(issue) is Issue]
    found = [_bounded(issue) for issue in listed[:ISSUES]]
    total = len(listed)
    for name, messages in _as_dict(values.get("field_errors")).items():
        several = _as_list(messages)
        each = [messages] if several is None else several
        total += len(each)
        found += [
            Issue(f"/{_escaped(name)}", "INVALID", _line(message))
            for message in each[: max(0, ISSUES - len(found))]
        ]
    field = values.get("field")
    if not found and type(field) is str and type(values.get("message")) is str:
        return (Issue(f"/{_escaped(field)}", "INVALID", _line(values["message"])),)
    if total > len(found):
        left_out = total - len(found)
        found.append(Issue("", "TOO_MANY_ISSUES", f"{left_out} more were left out.", {"omitted": left_out}))
    return tuple(found)


def _bounded(issue: Issue) -> Issue:
    return Issue(
        pointer=_name(issue.pointer),
        code=_name(issue.code),
        message=_line(issue.message),
        params=json_facts(issue.params, "params"),
        location=None if issue.location is None else _name(issue.location),
    )


def _name(text: object) -> str:
    return one_line(safe_text(text, _NAME_LENGTH), _NAME_LENGTH)


def _escaped(name: object) -> str:
    """One step of a JSON pointer (RFC 6901 section 3)."""
    return _name(name).replace("~", "~0").replace("/", "~1")


def _headers(headers: object) -> tuple[tuple[str, str], ...]:
    if headers is None:
        return ()
    return tuple(
        (safe_text(name, _NAME_LENGTH), safe_text(value, _HEADER_LENGTH))
        for name, value in list(_as_dict(headers).items())[:_HEADERS]
    )


def _as_dict(value: Any) -> dict[Any, Any]:
    """The entries of any mapping, or of a list of pairs; nothing of anything else."""
    if value is None:
        return {}
    try:
        if issubclass(type(value), dict):
            return _copy_of_dict(value)
        if issubclass(type(value), Mapping):
            return {key: value[key] for key in islice(iter(value), _ENTRIES)}
        return dict(islice(value, _ENTRIES))
    except Exception:  # noqa: BLE001 - neither; the error is told without it
        return {}


def _as_list(value: Any) -> list[Any] | None:
    """The members of a list or tuple; None for anything else, a string least of all."""
    if issubclass(type(value), list):
        return _copy_of_list(value)
    return list(_iterate_tuple(value)) if issubclass(type(value), tuple) else None
