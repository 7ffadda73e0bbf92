# SPDX-License-Identifier: MIT
"""What an answer says about an error, once it was read back: by errcore's names, whatever the format was.

Whoever sent it is a stranger. Each member counts only if it has its proper type, and nothing is coerced:
`"retriable": "false"` is no truth, and `"status": true` is no number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import attrs

from errcore.errors.issues import MOST_ISSUES, Issue
from errcore.errors.kinds import Kind
from errcore.errors.reading import kind_of
from errcore.jsonsafe import REDACTED, Bounds, one_line, to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DETAILS_BOUNDS", "Told"]

_NAME = 256  # characters
_TEXT = 2048
_SHORT = 128
_FEW = 16  # members
_LEAST, _MOST = -(2**63), 2**64

# The details of an error of ours are those of its class and those of the moment, each within the usual bounds.
DETAILS_BOUNDS = Bounds(items=128, total=32768)
"""How much of them is kept."""


def _name(value: object) -> str | None:
    if type(value) is not str or not value:
        return None
    return value if len(value) <= _NAME and value.isprintable() else one_line(value, _NAME)


def _text(value: object) -> str | None:
    if type(value) is not str:
        return None
    return value if len(value) <= _TEXT and value.isprintable() else one_line(value, _TEXT)


def _flag(value: object) -> bool | None:
    return value if value is True or value is False else None


def _status(value: object) -> int | None:
    return value if type(value) is int and 100 <= value <= 599 else None


def _seconds(value: object) -> float | None:
    if type(value) is int:
        return value if 0 <= value < 2**53 else None
    return value if type(value) is float and 0 <= value < math.inf else None


def _kind(value: object) -> Kind | None:
    return _KINDS.get(value) if isinstance(value, str) else None


def _details(value: object) -> Mapping[str, Any]:
    if type(value) is dict and _is_small(value):  # pyright: ignore[reportUnknownArgumentType]
        return cast("dict[str, Any]", value).copy()
    facts = to_json(cast("object", value), bounds=DETAILS_BOUNDS) if isinstance(value, Mapping) else None
    return facts if type(facts) is dict else {}


def _is_small(facts: dict[Any, Any]) -> bool:
    """Whether these are JSON data so few, short and flat that no bound has to do with them, as most are."""
    if not 0 < len(facts) <= _FEW:
        return not facts
    texts = list(facts)
    for value in facts.values():
        kind: type[Any] = kind_of(value)
        if kind is str:
            texts.append(value)
        elif kind is list and len(value) <= _FEW:
            texts += value
        elif value is not None and kind is not bool and not (kind is int and _LEAST <= value < _MOST):
            return False
    try:
        text = "".join(texts)
    except TypeError:  # a name or a member of a list that is no text
        return False
    # What is printable has no lone surrogates.
    return len(text) <= _TEXT and (text.isprintable() or text.isascii()) and max(map(len, facts)) <= _SHORT


def _issues(value: object) -> tuple[Issue, ...]:
    if not isinstance(value, (list, tuple)):
        return ()
    several = cast("Sequence[object]", value)
    # One more than an answer of ours lists, whose last one may count those that are not listed.
    return tuple(issue for issue in several[: MOST_ISSUES + 1] if type(issue) is Issue)


_KINDS = {kind.value: kind for kind in Kind}


# Most answers tell half of it, and a reader makes one for each: what was not told must cost next to nothing.
@attrs.frozen(slots=False, init=False)
class Told:
    """What another service told. A member of a wrong type counts as not told.

    Attributes:
        code: Its code; any text, whether it is known here or not.
        kind: What sort of failure it said it was.
        status: The HTTP status that the document names.
        title: The title of the error.
        message: Its sentence.
        details: Its facts.
        issues: What it found wrong with the input.
        request_id: The id of the request over there.
        correlation_id: The id that several requests share.
        time: When, in seconds since the epoch.
        retriable: Whether the same request may work later.
        recoverable: Whether the user can act.
        retry_after: Seconds to wait before that.
        type_uri: The URI of a problem's type.

    >>> Told(code="ORDER_LOCKED", retriable="yes").retriable is None
    True
    """

    code: str | None = None
    kind: Kind | None = None
    status: int | None = None
    title: str | None = None
    message: str | None = None
    details: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    issues: tuple[Issue, ...] = ()
    request_id: str | None = None
    correlation_id: str | None = None
    time: float | None = None
    retriable: bool | None = None
    recoverable: bool | None = None
    retry_after: float | None = None
    type_uri: str | None = None

    def __init__(
        self,
        *,
        code: object = None,
        kind: object = None,
        status: object = None,
        title: object = None,
        message: object = None,
        details: object = None,
        issues: object = None,
        request_id: object = None,
        correlation_id: object = None,
        time: object = None,
        retriable: object = None,
        recoverable: object = None,
        retry_after: object = None,
        type_uri: object = None,
    ) -> None:
        told: dict[str, object] = {
            "code": None if code is None else _name(code),
            "kind": None if kind is None else _kind(kind),
            "status": None if status is None else _status(status),
            "title": None if title is None else _text(title),
            "message": None if message is None else _text(message),
            "details": {} if details is None else _details(details),
            "issues": () if issues is None else _issues(issues),
            "request_id": None if request_id is None else _name(request_id),
            "correlation_id": None if correlation_id is None else _name(correlation_id),
            "time": None if time is None else _seconds(time),
            "retriable": None if retriable is None else _flag(retriable),
            "recoverable": None if recoverable is None else _flag(recoverable),
            "retry_after": None if retry_after is None else _seconds(retry_after),
            "type_uri": None if type_uri is None else _text(type_uri),
        }
        object.__setattr__(self, "__dict__", told)

    def facts(self) -> dict[str, Any]:
        """The members that were told, by name, as a log may have them: issues as mappings, secrets hidden.

        >>> Told(code="ORDER_LOCKED", status=409).facts()
        {'code': 'ORDER_LOCKED', 'status': 409}
        """
        told = {name: getattr(self, name) for name in _MEMBERS}
        told["issues"] = [_logged(issue) for issue in self.issues]
        return {name: value for name, value in told.items() if value is not None and value not in ({}, [])}


def _logged(issue: Issue) -> dict[str, Any]:
    """An issue without its words and limits where it is about a secret: services quote what they have rejected."""
    # Here, because whatever raises an error loads this module, and needs no redaction.
    from errcore.redaction import is_secret_key

    facts = attrs.asdict(issue)
    if any(map(is_secret_key, issue.pointer.split("/"))):
        facts |= {"message": REDACTED, "params": {}}
    return facts


_MEMBERS = tuple(field.name for field in attrs.fields(Told))
