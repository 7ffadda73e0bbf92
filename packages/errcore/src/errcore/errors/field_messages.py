# SPDX-License-Identifier: MIT
"""Messages by field, as forms want them: what was given by hand, or those of the issues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore.errors import reading
from errcore.errors.issues import Issue
from errcore.jsonsafe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FieldErrors", "briefly", "field_name", "messages_by_field"]

_NAME = "field_errors"
_SHOWN = 5
_LINE = 500  # characters


def field_name(pointer: str) -> str:
    """The name of the field that a pointer is about: itself, or the path to it where it is nested.

    >>> field_name("/a~1b"), field_name("/items/0/qty"), field_name("")
    ('a/b', 'items/0/qty', '')
    """
    name = pointer.removeprefix("/")
    return name if "/" in name else name.replace("~1", "/").replace("~0", "~")


def messages_by_field(issues: Iterable[Issue]) -> dict[str, list[str]]:
    """The messages of issues by the name of the field.

    >>> messages_by_field([Issue("/age", "TOO_SMALL", "Must be at least 18.")])
    {'age': ['Must be at least 18.']}
    """
    found: dict[str, list[str]] = {}
    for issue in issues:
        if type(issue) is not Issue:
            continue  # an error that was made by hand may hold anything
        name = issue.pointer.removeprefix("/")
        if "~" in name:
            name = field_name(issue.pointer)
        if name in found:
            found[name].append(issue.message)
        else:
            found[name] = [issue.message]
    return found


def briefly(issues: object) -> str:
    """Where the first issues are and what they are, for people who read a traceback.

    >>> briefly([Issue("/age", "TOO_SMALL", "Must be at least 18.")])
    '(/age TOO_SMALL)'
    """
    listed: Any = issues if type(issues) in {list, tuple} else ()
    found = [issue for issue in listed if type(issue) is Issue]
    shown = ", ".join(f"{issue.pointer} {issue.code}".strip() for issue in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"({one_line(shown + more, _LINE)})" if found else ""


class FieldErrors:
    """The attribute `ValidationError.field_errors`: what was given, or else the messages of the issues.

    What is given is kept where all fields are, in the error's own `__dict__`. What is worked out is made anew each time,
    so that what is done to it changes nothing in the error.
    """

    __slots__ = ()

    def __get__(self, error: BaseException | None, owner: type[BaseException]) -> Any:
        if error is None:
            return self
        values = reading.attributes(error)
        given = values.get(_NAME)
        if given is not None:
            return given
        issues: Any = values.get("issues")
        if not (reading.exactly(tuple, issues) or reading.exactly(list, issues)):
            return None
        return messages_by_field(issues or ()) or None

    def __set__(self, error: BaseException, given: object) -> None:
        error.__dict__[_NAME] = given
