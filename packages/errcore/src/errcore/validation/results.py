# SPDX-License-Identifier: MIT
"""What looking at an input gives: a value, or what is wrong with it. Neither shows what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, Literal, TypeVar

import attrs

from errcore.errors.field_messages import field_name, messages_by_field
from errcore.errors.fields import internal
from errcore.errors.stock import ValidationError

if TYPE_CHECKING:
    from errcore.errors.issues import Issue
    from errcore.validation.checking.findings import Findings

__all__ = ["Invalid", "RuleCrashError", "Valid", "error_of"]

T_co = TypeVar("T_co", covariant=True)


class RuleCrashError(
    ValidationError,
    code="VALIDATION_RULE_CRASHED",
    kind="internal",
    status=500,
    message="The input could not be checked.",
):
    """A rule, a normaliser or a hook failed while it looked at an input, which is rejected for that: it is our fault.

    Its cause carries the traceback of what failed, and the name of its type; its text is left out, since it may hold
    what was sent. It is a `ValidationError`, so that whoever rejects input for one does not accept it for the other.

    Args:
        what: Which function failed.
    """

    what: str = internal(default="")
    crashed: ClassVar[bool] = True


def error_of(found: Findings, location: str | None) -> ValidationError:
    """The error for what was found.

    Args:
        found: At least one issue.
        location: The part of a request that the input is.
    """
    issues = found.issues()
    if location is not None:
        issues = tuple(attrs.evolve(issue, location=location) for issue in issues)
    field = field_name(issues[0].pointer)
    if found.crash is None:
        return ValidationError(issues=issues, field=field)
    error = RuleCrashError(issues=issues, field=field, what=str(found.crash))
    error.__cause__ = found.crash
    return error


@attrs.frozen
class Valid(Generic[T_co]):
    """The input is good.

    Attributes:
        value: What became of it.
    """

    value: T_co = attrs.field(repr=False)
    ok: Literal[True] = attrs.field(default=True, init=False, repr=False)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """None."""
        return ()


@attrs.frozen
class Invalid:
    """The input is not good.

    Attributes:
        issues: What is wrong with it, in the order in which it was declared.
        error: The error that `validate` raises.
    """

    issues: tuple[Issue, ...]
    error: ValidationError = attrs.field(eq=False, repr=False)
    ok: Literal[False] = attrs.field(default=False, init=False, repr=False)

    @property
    def crashed(self) -> bool:
        """Whether a rule failed, so that it is our fault and not the sender's."""
        return self.error.crashed

    @property
    def field_errors(self) -> dict[str, list[str]]:
        """Messages by the name of the field; of nested fields by their path, such as "items/0/qty"."""
        return messages_by_field(self.issues)
