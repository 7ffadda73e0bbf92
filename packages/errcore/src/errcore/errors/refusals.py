# SPDX-License-Identifier: MIT
"""What is refused in a declaration: everything that can be wrong with it is said when the class is made.

Each refusal names the class and the place, so that nothing is left to find out when the error is raised.
"""

from __future__ import annotations

import string
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard, TypeVar

import attrs

from errcore.errors import reading
from errcore.errors.field_messages import FieldErrors
from errcore.errors.fields import internal, is_marker, public, secret
from errcore.errors.spec import ErrorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Check", "check_code", "is_error_status", "own_annotations"]

E = TypeVar("E", bound=StrEnum)

CODE_LENGTH = 63
_CODE_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_RESERVED = frozenset(
    {
        *(
            "args",
            "category",
            "cause_chain",
            "code",
            "details",
            "fault",
            "field_errors",
            "headers",
            "internal",
        ),
        *("kind", "message", "recoverable", "retriable", "retry_after", "severity", "spec", "status"),
        *("add_note", "with_traceback"),
    }
)
_OURS = ("__", "_errcore")
# What belongs into the brackets of the class statement, or into a raise: as a class attribute it would do nothing.
_NOT_IN_THE_BODY = frozenset(
    {
        *(
            "answers_as",
            "category",
            "code",
            "fault",
            "kind",
            "message",
            "recoverable",
            "retriable",
            "severity",
        ),
        *("details", "field_errors", "headers", "internal", "retry_after", "spec", "status"),
    }
)


def check_code(code: object) -> str | None:
    """What is wrong with a code, or None.

    The shape is that of google.rpc.ErrorInfo.reason (AIP-193).
    """
    if not isinstance(code, str):
        return f"the code is no string but of type {type(code).__name__}"
    if not 3 <= len(code) <= CODE_LENGTH:
        return f"the code has {len(code)} characters; 3 to {CODE_LENGTH} are allowed"
    if not _CODE_CHARACTERS.issuperset(code) or not code[0].isalpha() or code[-1] == "_":
        return f"the code {code!r} is not of the form [A-Z][A-Z0-9_]+[A-Z0-9]"
    return None


def is_error_status(value: object) -> TypeGuard[int]:
    """Whether a value is an HTTP status that says that something went wrong (RFC 9110, sections 15.5 and 15.6)."""
    return type(value) is int and 400 <= value <= 599


def own_annotations(cls: type[Any]) -> Mapping[str, object]:
    """The annotations of the class body alone; since Python 3.14 they are made when they are asked for."""
    if sys.version_info >= (3, 14):  # pragma: no cover - coverage is measured on the oldest
        return cls.__annotations__
    return cls.__dict__.get("__annotations__", {})  # type: ignore[no-any-return]  # noqa: RUF063 - without a copy


def _has(value: Any, method: str) -> bool:
    return hasattr(reading.kind_of(value), method)


@attrs.frozen
class Check:
    """What may be wrong with one declaration."""

    qualname: str
    place: str

    def refuse(self, why: str) -> NoReturn:
        """Say what is wrong, where, and with which class."""
        raise TypeError(f"Cannot declare {self.qualname} at {self.place}: {why}.")

    def bases(self, cls: type[BaseException], parent: ErrorSpec | None) -> None:
        """What the class may inherit from."""
        if issubclass(cls, BaseExceptionGroup):
            self.refuse(
                "an exception group cannot be an error of its own; raise its members, errcore unwraps them"
            )
        if parent is None:
            return
        first = next(base for base in cls.__bases__ if issubclass(base, BaseException))
        if reading.spec_of(first) is None:
            self.refuse(
                f"{first.__name__} comes before the errcore class in its bases; put the errcore class first"
            )

    def names(self, cls: type[BaseException], parent: ErrorSpec | None) -> None:
        """What may stand in the class body."""
        annotated = own_annotations(cls)
        for name, value in cls.__dict__.items():
            if is_marker(value) and name not in annotated:
                self.refuse(f"field {name!r} has a marker but no annotation; write `{name}: <type> = ...`")
            if any(value is marker for marker in (public, internal, secret)):
                self.refuse(f"field {name!r} has a marker that was not called; write its parentheses")
        if parent is None:
            return
        if "__attrs_attrs__" in cls.__dict__ or type(cls.__dict__.get("spec")) is ErrorSpec:
            self.refuse("the class statement is the declaration; take the decorator (attrs, dataclass) off")
        for name in annotated:
            if (name in _RESERVED or name.startswith(_OURS)) and "ClassVar" not in str(annotated[name]):
                self.refuse(f"{name!r} is reserved by errcore; choose another field name")
        for name, value in cls.__dict__.items():
            if name in _NOT_IN_THE_BODY and not _has(value, "__get__"):
                self.refuse(
                    f"`{name} = ...` in the class body does nothing; write it in the brackets, or where you raise"
                )

    def fields(self, cls: type[BaseException]) -> None:
        """Refuse a field whose value would not land in the error's own `__dict__`, where it is looked for."""
        for attribute in attrs.fields(cls):  # type: ignore[arg-type]
            name = attribute.name
            owner = next((base for base in cls.__mro__ if name in base.__dict__), None)
            found = None if owner is None else owner.__dict__[name]
            if owner is not None and _has(found, "__set__") and not reading.exactly(FieldErrors, found):
                self.refuse(
                    f"field {name!r} would be hidden by {owner.__name__}.{name}; choose another field name"
                )

    def enum(self, name: str, value: Any, enum: type[E]) -> E:
        """The member of `enum` that a class keyword names."""
        try:
            return enum(value)
        except ValueError:
            known = ", ".join(enum)
            self.refuse(f"{name}={value!r} is not one of {known}")

    def boolean(self, name: str, value: object) -> bool:
        """True or False, and nothing that merely counts as one of them: "no" counts as True."""
        if not isinstance(value, bool):
            self.refuse(f"{name}={value!r} is neither True nor False")
        return value

    def status(self, value: object) -> int:
        """An HTTP status that says that something went wrong."""
        if not is_error_status(value):
            self.refuse(f"status={value!r} is not an HTTP error status (400 to 599)")
        return value

    def message(self, template: object, public: frozenset[str]) -> tuple[tuple[str, str | None], ...]:
        """The public sentence, cut at its placeholders."""
        if not isinstance(template, str) or not template.strip():
            self.refuse(f"message={template!r} is not a sentence")
        try:
            parsed = list(string.Formatter().parse(template))
        except ValueError as problem:
            self.refuse(f"message={template!r} has a broken placeholder ({problem})")
        for _, name, spec, conversion in parsed:
            if name is None:
                continue
            if spec or conversion or not name.isidentifier():
                self.refuse(f"message={template!r}: only plain placeholders such as {{period}} are allowed")
            if name not in public:
                self.refuse(f"message={template!r} shows {name!r}, which is not a public field of the class")
        parts: list[tuple[str, str | None]] = [("", None)]
        for literal, name, _, _ in parsed:  # an escaped brace ends a part without naming a field
            before = "" if parts[-1][1] else parts.pop()[0]
            parts.append((before + literal, name))
        return tuple(parts)
