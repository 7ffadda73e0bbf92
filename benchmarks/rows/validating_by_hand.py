# SPDX-License-Identifier: MIT
"""A document of six fields, checked with ifs: what one writes without errcore, and the fastest way to write it.

It finds every defect, says where and why, and raises one error with all of it. It knows its six fields: each issue is a
constant, a type is looked at before the key is, and nothing is called but the match of the one pattern. It believes the
document to be what `json.loads` gives; errcore takes subclasses, mappings and objects that lie, too.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["EMAIL", "ROLES", "Defect", "InvalidByHand", "checker"]

EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,63}"
ROLES = ("admin", "editor", "viewer")


@attrs.frozen
class Defect:
    """One issue."""

    pointer: str
    code: str
    message: str
    params: Mapping[str, Any]
    location: str | None = None


class InvalidByHand(Exception):  # noqa: N818
    """One error for all of them, with the settings that an error of errcore can be given."""

    code = "VALIDATION_ERROR"
    status = 422

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Mapping[str, object] | None = None,
        internal: Mapping[str, object] | None = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        issues: Sequence[Defect] = (),
        field: str | None = None,
    ) -> None:
        self.message = message
        self.details = details
        self.internal = internal
        self.retry_after = retry_after
        self.headers = headers
        self.issues = issues
        self.field = field

    def __str__(self) -> str:
        said = self.message if self.message is not None else "The input is not valid."
        shown = ", ".join(f"{issue.pointer} {issue.code}" for issue in self.issues[:5])
        more = f" and {len(self.issues) - 5} more" if len(self.issues) > 5 else ""
        return f"{said} ({shown}{more})" if shown else said

    @property
    def field_errors(self) -> dict[str, list[str]]:
        """The messages by field."""
        found: dict[str, list[str]] = {}
        for issue in self.issues:
            found.setdefault(issue.pointer[1:], []).append(issue.message)
        return found


def _required(name: str) -> Defect:
    return Defect(f"/{name}", "REQUIRED", "This field is required.", {})


def _wrong(name: str, kind: str, words: str) -> Defect:
    return Defect(f"/{name}", "WRONG_TYPE", words, {"type": kind})


_NO_OBJECT = Defect("", "WRONG_TYPE", "Must be an object.", {"type": "object"})
_EMAIL_MISSING = _required("email")
_EMAIL_TYPE = _wrong("email", "string", "Must be a text.")
_EMAIL_FORM = Defect("/email", "PATTERN_MISMATCH", f"Must match the pattern {EMAIL}.", {"pattern": EMAIL})
_NAME_MISSING = _required("name")
_NAME_TYPE = _wrong("name", "string", "Must be a text.")
_NAME_SHORT = Defect("/name", "TOO_SHORT", "Must have at least 1 characters.", {"min": 1})
_NAME_LONG = Defect("/name", "TOO_LONG", "Must have at most 80 characters.", {"max": 80})
_AGE_MISSING = _required("age")
_AGE_TYPE = _wrong("age", "integer", "Must be an integer.")
_AGE_SMALL = Defect("/age", "TOO_SMALL", "Must be at least 18.", {"min": 18})
_AGE_LARGE = Defect("/age", "TOO_LARGE", "Must be at most 120.", {"max": 120})
_ROLE_MISSING = _required("role")
_ROLE_TYPE = _wrong("role", "string", "Must be a text.")
_ROLE_OTHER = Defect(
    "/role", "INVALID_CHOICE", "Must be 'admin', 'editor' or 'viewer'.", {"choices": list(ROLES)}
)
_SCORE_MISSING = _required("score")
_SCORE_TYPE = _wrong("score", "number", "Must be a finite number.")
_SCORE_SMALL = Defect("/score", "TOO_SMALL", "Must be at least 0.0.", {"min": 0.0})
_SCORE_LARGE = Defect("/score", "TOO_LARGE", "Must be at most 1.0.", {"max": 1.0})
_ACTIVE_MISSING = _required("active")
_ACTIVE_TYPE = _wrong("active", "boolean", "Must be true or false.")


def checker(make: Callable[..., Any] | None = None) -> Callable[[Any], Any]:
    """The function that checks a document, and gives a dict, or what a class makes of the six values."""
    match, roles = re.compile(EMAIL).fullmatch, frozenset(ROLES)
    least, most = -math.inf, math.inf

    def check(data: Any) -> Any:
        if type(data) is not dict:
            raise InvalidByHand(issues=(_NO_OBJECT,), field="")
        found: list[Defect] = []
        get = data.get
        email = get("email")
        if type(email) is not str:
            found.append(_EMAIL_TYPE if "email" in data else _EMAIL_MISSING)
        elif match(email) is None:
            found.append(_EMAIL_FORM)
        name = get("name")
        if type(name) is not str:
            found.append(_NAME_TYPE if "name" in data else _NAME_MISSING)
        elif not name:
            found.append(_NAME_SHORT)
        elif len(name) > 80:
            found.append(_NAME_LONG)
        age = get("age")
        if type(age) is not int:
            found.append(_AGE_TYPE if "age" in data else _AGE_MISSING)
        elif age < 18:
            found.append(_AGE_SMALL)
        elif age > 120:
            found.append(_AGE_LARGE)
        role = get("role")
        if type(role) is not str:
            found.append(_ROLE_TYPE if "role" in data else _ROLE_MISSING)
        elif role not in roles:
            found.append(_ROLE_OTHER)
        score = get("score")
        if type(score) is int:
            score = float(score)
        if type(score) is not float or not least < score < most:
            found.append(_SCORE_TYPE if "score" in data else _SCORE_MISSING)
        elif score < 0.0:
            found.append(_SCORE_SMALL)
        elif score > 1.0:
            found.append(_SCORE_LARGE)
        active = get("active")
        if active is not True and active is not False:
            found.append(_ACTIVE_TYPE if "active" in data else _ACTIVE_MISSING)
        if found:
            raise InvalidByHand(issues=tuple(found), field=found[0].pointer[1:])
        if make is not None:
            return make(email, name, age, role, score, active)
        return {"email": email, "name": name, "age": age, "role": role, "score": score, "active": active}

    return check
