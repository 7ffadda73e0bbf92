# SPDX-License-Identifier: MIT
"""The object that several formats have at their heart: code, message, details, then a time, an id and flags.

What differs from house to house are names, so names are what can be set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from errcore.envelopes.format import reference, whole_seconds
from errcore.envelopes.issue_lists import LISTED, IssueStyle
from errcore.envelopes.moments import seconds_of, utc
from errcore.envelopes.samples import code_schema, details_schema
from errcore.errors.stock import ConfigurationError
from errcore.errors.told import Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from errcore.errors.occurrence import Occurrence
    from errcore.errors.spec import ErrorSpec


__all__ = ["FLAGS", "ErrorObject"]

FLAGS = ("retriable", "recoverable")
"""What a flag may be: whether the same request may work later, and whether the user can act."""

_CORRELATION = "correlation_id"

# By these a reader tells the formats apart: a fact beside the code must not make one document look like another.
_TELLING = frozenset({"error_code", "error_type", "success"})


def _checked_flags(flags: str | Iterable[str]) -> tuple[str, ...]:
    several = (flags,) if isinstance(flags, str) else tuple(flags)
    for flag in several:
        if flag not in FLAGS:
            raise ConfigurationError(
                f"Cannot use the flag {flag!r}, because an error has {' and '.join(FLAGS)}; pass these."
            )
    return several


def _check_key(error: ErrorObject, _: attrs.Attribute[Any], key: Any) -> None:
    if key is None or (type(key) is str and key and key not in _names(error) | {"details", "timestamp"}):
        return
    raise ConfigurationError(
        f"Cannot use id_key={key!r}, because it is no free name of a member; pass one such as 'request_id', or None."
    )


def _names(error: ErrorObject) -> frozenset[str]:
    names = {error.code_key, "message", error.wait_key, error.issues.key, "debug", *FLAGS, *_TELLING}
    return frozenset(names | {"timestamp"} if error.timed else names)


def _members(error: ErrorObject) -> frozenset[str]:
    key: object = error.id_key  # not checked yet
    return _names(error) | {key} if type(key) is str else _names(error)


@attrs.frozen
class ErrorObject:
    """How the object is written and read.

    Attributes:
        id_key: The member that holds an id; None for none. `correlation_id` holds the one that several requests share,
            any other name that of the request.
        flags: Those of `FLAGS` that it has.
        code_key: The member that holds the code.
        lower: Whether the code is written in lower case.
        timed: Whether it has a timestamp.
        spread: Whether the details stand beside the other members, which win, instead of under `details`.
        sparse: Whether details without facts, and an id outside of a request, are left out.
        wait_key: The member that holds the seconds to wait.
        issues: How the defects of rejected input are shown.
        members: The names that a detail cannot have where details are spread.

    Raises:
        errcore.ConfigurationError: If a key or a flag cannot be used.

    >>> from errcore import NotFoundError, Occurrence
    >>> list(ErrorObject(id_key=None).write(Occurrence.of(NotFoundError("No such key.")), debug=False))
    ['code', 'message', 'details', 'timestamp']
    """

    id_key: str | None = attrs.field(default="request_id", validator=_check_key)
    flags: tuple[str, ...] = attrs.field(default=(), converter=_checked_flags)
    code_key: str = "code"
    lower: bool = False
    timed: bool = True
    spread: bool = False
    sparse: bool = False
    wait_key: str = "retry_after"
    issues: IssueStyle = LISTED
    members: frozenset[str] = attrs.field(
        init=False, repr=False, default=attrs.Factory(_members, takes_self=True)
    )

    @property
    def carries(self) -> frozenset[str]:
        """What can be read back."""
        more = {
            self._id_name: self.id_key is not None,
            "time": self.timed,
            "issues": self.issues.exact,
        }
        some = (name for name, carried in more.items() if carried)
        return frozenset({"code", "details", "message", "retry_after", *some, *self.flags})

    @property
    def _id_name(self) -> str:
        return _CORRELATION if self.id_key == _CORRELATION else "request_id"

    def write(self, occurrence: Occurrence, debug: bool) -> dict[str, object]:
        """The object; with `debug` the member of that name has the internal facts, redacted."""
        error: dict[str, object] = {
            self.code_key: _lowered(occurrence.code) if self.lower else occurrence.code,
            "message": occurrence.message,
        }
        details = occurrence.details
        if self.spread:
            error |= {name: value for name, value in details.items() if name not in self.members}
        elif details or not self.sparse:
            error["details"] = details
        if self.timed:
            error["timestamp"] = utc(occurrence.time)
        if self.id_key is not None and (occurrence.context.ids is not None or not self.sparse):
            error[self.id_key] = self._id(occurrence)
        for flag in self.flags:
            error[flag] = bool(occurrence.retriable) if flag == "retriable" else occurrence.recoverable
        wait = whole_seconds(occurrence.retry_after)
        if wait is not None:
            error[self.wait_key] = wait
        if occurrence.issues:
            error[self.issues.key] = self.issues.write(occurrence.issues)
        if debug:
            error["debug"] = occurrence.internal
        return error

    def _id(self, occurrence: Occurrence) -> str:
        ids = occurrence.context.ids
        shared = ids.correlation_id if ids is not None and self.id_key == _CORRELATION else None
        return reference(occurrence) if shared is None else shared

    def read(self, found: Mapping[str, object]) -> Told | None:
        """What the object tells; None if it has no code."""
        code = found.get(self.code_key)
        if type(code) is not str:
            return None
        ids = {} if self.id_key is None else {self._id_name: found.get(self.id_key)}
        details = found.get("details")
        if self.spread:
            details = {name: value for name, value in found.items() if name not in self.members}
        return Told(
            code=code.upper() if self.lower and code.isascii() else code,
            message=found.get("message"),
            details=details,
            issues=self.issues.read(found.get(self.issues.key)),
            time=seconds_of(found.get("timestamp")) if self.timed else None,
            retriable=found.get("retriable"),
            recoverable=found.get("recoverable"),
            retry_after=found.get(self.wait_key),
            **ids,
        )

    def schema(self, specs: Sequence[ErrorSpec]) -> dict[str, object]:
        """JSON Schema of the object for these errors; for any where there are none."""
        always: dict[str, object] = {
            self.code_key: code_schema(specs, lower=self.lower),
            "message": {"type": "string"},
        }
        facts: dict[str, object] = details_schema(specs)
        beside = {name: facts[name] for name in facts if name not in self.members} if self.spread else {}
        sometimes: dict[str, object] = {}
        (sometimes if self.sparse else always).update(self._optional_members(facts))
        if self.timed:
            always["timestamp"] = {"type": "string", "format": "date-time"}
        always |= {flag: {"type": "boolean"} for flag in self.flags}
        sometimes |= {self.wait_key: {"type": "integer", "minimum": 0}, self.issues.key: self.issues.schema}
        return {"type": "object", "required": list(always), "properties": beside | always | sometimes}

    def _optional_members(self, facts: dict[str, object]) -> dict[str, object]:
        members: dict[str, object] = {}
        if not self.spread:
            members["details"] = {"type": "object", "properties": facts}
        if self.id_key is not None:
            members[self.id_key] = {"type": "string"}
        return members


def _lowered(code: str) -> str:
    """A code in lower case, if the upper case can be had back: not every sign of the world has one of each."""
    return code.lower() if code.isascii() else code
