# SPDX-License-Identifier: MIT
"""The side of an error that may leave the process: what was declared public, bounded, and nothing else.

No pattern is searched here: visibility, the rule of secret key names, and bounds decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, TypedDict

import attrs

from errcore.errors import reading
from errcore.errors.catalogue import catalog
from errcore.errors.issues import MOST_ISSUES, TOO_MANY_ISSUES, Issue, issues_left_out, json_pointer
from errcore.errors.kinds import KIND_RULES, Fault
from errcore.errors.message import MESSAGE_LENGTH, public_sentence
from errcore.jsonsafe import one_line, safe_text, to_json
from errcore.redaction import is_secret_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from errcore.errors.classification import Classification
    from errcore.errors.kinds import Kind, Retriable
    from errcore.errors.spec import ErrorSpec

__all__ = ["PublicView", "bounded_issue", "json_facts", "public_status", "public_view"]

_HEADERS = 32
_HEADER_LENGTH = 4096
_NAME_LENGTH = 256
_POINTER_LENGTH = 1024
_ENTRIES = 1024
# Unbound, so that a subclass is read past its own methods.
_copy_of_dict: Callable[[Any], dict[Any, Any]] = dict[Any, Any].copy
_copy_of_list: Callable[[Any], list[Any]] = list[Any].copy
_iterate_tuple: Callable[[Any], Iterator[Any]] = tuple[Any, ...].__iter__


class PublicView(TypedDict):
    """What a client may read of an error: these members of its occurrence."""

    code: str
    kind: Kind
    status: int
    message: str
    retriable: Retriable
    recoverable: bool
    retry_after: float | None
    details: dict[str, Any]
    issues: tuple[Issue, ...]
    headers: tuple[tuple[str, str], ...]
    documented: bool


def public_view(
    exc: BaseException,
    spec: ErrorSpec | None,
    verdict: Classification,
    statuses: Mapping[str, int] | None,
    *,
    expose_messages: bool,
    hide: Callable[[str], bool] = is_secret_key,
) -> PublicView:
    """The public side of `exc`.

    Args:
        exc: An exception that is no group.
        spec: What its class declared, if it did.
        verdict: The verdict on it, or on the group for which it answers.
        statuses: Other HTTP statuses, by public code or by kind.
        expose_messages: Whether ad hoc messages of server faults are public, too.
        hide: Says of a key whether its value is a secret.
    """
    # Nothing of the error itself where it answers as another: the answer must be that of the other class, to the byte.
    shown = verdict if spec is None or spec.answers_as is None else spec.answers_as
    view: PublicView = {
        "code": shown.code,
        "kind": shown.kind,
        "status": shown.status,
        "message": "",
        "retriable": shown.retriable,
        "recoverable": shown.recoverable,
        "retry_after": None,
        "details": {},
        "issues": (),
        "headers": (),
        "documented": True,
    }
    if statuses:
        view["status"] = public_status(shown, statuses)
    if spec is None:
        view["message"] = KIND_RULES[verdict.kind].sentence
        view["retry_after"] = verdict.retry_after
        view["documented"] = verdict.code in catalog
    elif spec.answers_as is not None:
        view["message"] = public_sentence(None, spec.answers_as)
    else:
        _add_declared(view, exc, spec, verdict, expose_messages, hide)
    return view


def public_status(shown: ErrorSpec | Classification, statuses: Mapping[str, int]) -> int:
    """The HTTP status of an answer; a code wins over a kind.

    Args:
        shown: What the client is shown.
        statuses: Other HTTP statuses, by public code or by kind.
    """
    return statuses.get(shown.code) or statuses.get(shown.kind) or shown.status


def _add_declared(
    view: PublicView,
    exc: BaseException,
    spec: ErrorSpec,
    verdict: Classification,
    expose_messages: bool,
    hide: Callable[[str], bool],
) -> None:
    values = reading.attributes(exc)
    adhoc = values.get("message") if expose_messages or verdict.fault is Fault.CALLER else None
    view["message"] = (
        public_sentence(exc, spec, verdict.kind) if adhoc is None else one_line(adhoc, MESSAGE_LENGTH)
    )
    view["retry_after"] = verdict.retry_after
    # The code of a living class is in the catalogue; only a verdict of its own may bring another one.
    view["documented"] = verdict.code is spec.code or verdict.code in catalog
    if spec.public_names or values.get("details") is not None:
        view["details"] = _details(values, spec, hide)
    if (
        values.get("field_errors") is not None
        or values.get("issues") is not None
        or values.get("field") is not None
    ):
        view["issues"] = _issues(values)
    if values.get("headers") is not None:
        view["headers"] = _headers(values["headers"])


def _details(values: dict[str, Any], spec: ErrorSpec, hide: Callable[[str], bool]) -> dict[str, Any]:
    adhoc = values.get("details")
    optional = spec.optional_names
    declared: dict[str, Any] = {}
    for name in spec.public_names:
        value = values.get(name)
        if value is not None or name not in optional:
            declared[name] = value
    if adhoc is None:
        return json_facts(declared, "details", hide)
    # Two calls, so that a flood of ad hoc details cannot push out what the class promises.
    return {**json_facts(adhoc, "details", hide), **json_facts(declared, "details", hide)}


def json_facts(facts: object, name: str, hide: Callable[[str], bool] = is_secret_key) -> dict[str, Any]:
    """Facts as a JSON object without values of secret names; what is no mapping becomes the one value `name`."""
    cleaned = to_json(facts, hide=hide)
    return cleaned if type(cleaned) is dict else {name: cleaned}


def _issues(values: dict[str, Any]) -> tuple[Issue, ...]:
    listed = [issue for issue in _as_list(values.get("issues")) or () if type(issue) is Issue]
    # Whoever made the list may have cut it already, and said so at its end.
    closing = listed.pop() if listed and _says_more(listed[-1]) else None
    total = 0 if closing is None else _omitted(closing)
    found = [bounded_issue(issue) for issue in listed[:MOST_ISSUES]]
    total += len(listed)
    for name, messages in _as_dict(values.get("field_errors")).items():
        several = _as_list(messages)
        each = [messages] if several is None else several
        total += len(each)
        found += [
            Issue(json_pointer(name), "INVALID", one_line(message, MESSAGE_LENGTH))
            for message in each[: max(0, MOST_ISSUES - len(found))]
        ]
    field = values.get("field")
    if not found and type(field) is str and type(values.get("message")) is str:
        return (Issue(json_pointer(field), "INVALID", one_line(values["message"], MESSAGE_LENGTH)),)
    if total > len(found):
        left_out = issues_left_out(total - len(found))
        if closing is not None and _omitted(closing) == total - len(found):
            # In the words of whoever cut it, who may speak another language.
            left_out = attrs.evolve(left_out, message=one_line(closing.message, MESSAGE_LENGTH))
        found.append(left_out)
    return tuple(found)


def _says_more(last: Issue) -> bool:
    # The type first: whoever made the issue may have put anything in its place.
    return type(last.code) is str and last.code == TOO_MANY_ISSUES


def _omitted(last: Issue) -> int:
    params: Any = last.params
    omitted: Any = params.get("omitted") if reading.exactly(dict, params) else None
    # Not more than a counter could count: an integer of thousands of digits has no text.
    return omitted if type(omitted) is int and 0 < omitted < 2**63 else 1


def bounded_issue(issue: Issue) -> Issue:
    """The issue as it may leave: whoever made it may have put anything in it.

    >>> bounded_issue(Issue("/a", "X", "one\\ntwo", {"of": {3}})).message
    'one two'
    """
    return Issue(
        pointer=one_line(issue.pointer, _POINTER_LENGTH),
        code=_name(issue.code),
        message=one_line(issue.message, MESSAGE_LENGTH),
        params=json_facts(issue.params, "params"),
        location=None if issue.location is None else _name(issue.location),
    )


def _name(text: object) -> str:
    return one_line(text, _NAME_LENGTH)


def _headers(headers: object) -> tuple[tuple[str, str], ...]:
    """Those that are headers, whole: one that was cut, or is the text of some object, would be another header."""
    return tuple(
        (safe_text(name, _NAME_LENGTH), safe_text(value, _HEADER_LENGTH))
        for name, value in list(_as_dict(headers).items())[:_HEADERS]
        if _fits(name, _NAME_LENGTH) and (type(value) is int or _fits(value, _HEADER_LENGTH))
    )


def _fits(text: Any, limit: int) -> bool:
    return issubclass(type(text), str) and str.__len__(text) <= limit


def _as_dict(value: Any) -> dict[Any, Any]:
    """The entries of any mapping, or of a list of pairs; nothing of anything else."""
    if value is None:
        return {}
    try:
        if issubclass(type(value), dict):
            return _copy_of_dict(value)
        if issubclass(type(value), Mapping):
            return {key: value[key] for key in islice(iter(value), _ENTRIES)}
        return dict(_pair(entry) for entry in islice(value, _ENTRIES))
    except KeyboardInterrupt:
        raise
    # Neither, or a mapping whose code fails, be it with SystemExit or a cancellation of its own making.
    except BaseException:  # noqa: BLE001 - the error is told without it
        return {}


def _pair(entry: object) -> tuple[Any, Any]:
    """A name and a value out of a list of pairs. Not by unpacking: what is no pair may have no end."""
    members = _as_list(entry) or []
    if len(members) != 2:
        raise ValueError
    return members[0], members[1]


def _as_list(value: Any) -> list[Any] | None:
    """The members of a list or tuple; None for anything else, a string least of all."""
    if issubclass(type(value), list):
        return _copy_of_list(value)
    return list(_iterate_tuple(value)) if issubclass(type(value), tuple) else None
