# SPDX-License-Identifier: MIT
"""The fluent front door: say of each field what it has to be; the first use freezes it.

A builder may be read and written by several threads: what is declared before it is frozen counts, and what comes after is
refused.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import attrs

from errcore.errors.issues import MOST_ISSUES
from errcore.forks import ForkSafeLock
from errcore.validation import shapes
from errcore.validation.declaring.field_builder import FieldBuilder
from errcore.validation.declaring.parts import checked, distinct
from errcore.validation.refusals import refusal
from errcore.validation.validator import Validator

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from errcore.validation.results import Invalid, Valid
    from errcore.validation.schemas.json_schema import JsonSchema

__all__ = ["FieldBuilder", "InputValidator", "root_of"]


def root_of(validator: Validator[Any] | InputValidator | type[Any]) -> shapes.Value:
    """What a validator, a builder of one, or an attrs class declares."""
    if isinstance(validator, InputValidator):
        return validator.build().root
    if isinstance(validator, Validator):
        return validator.root
    from errcore.validation.declaring.models import value_of

    return value_of(validator, "a nested value")


class InputValidator:
    """A validator of dicts, built field by field. The first use freezes it.

    Args:
        extra: What becomes of keys that are not declared: "ignore", "forbid" or "keep".
        messages: Sentences by code that go before errcore's own.
        max_issues: How many issues are told at most.

    Raises:
        errcore.ConfigurationError: If `extra` is something else.

    >>> from errcore import InputValidator
    >>> v = InputValidator()
    >>> v.field("email").required().email()
    <field email>
    >>> v.field("age").type(int).range(18, 120)
    <field age>
    >>> v.validate({"email": "ada@example.org", "age": 36})
    {'email': 'ada@example.org', 'age': 36}
    >>> v.inspect({"age": True}).field_errors
    {'email': ['This field is required.'], 'age': ['Must be an integer.']}
    """

    __slots__ = (
        "_building",
        "_built",
        "_checks",
        "_extra",
        "_fields",
        "_into",
        "_lock",
        "_max_issues",
        "_messages",
    )

    def __init__(
        self,
        *,
        extra: str = "ignore",
        messages: Mapping[str, str] | None = None,
        max_issues: int = MOST_ISSUES,
    ) -> None:
        self._lock = ForkSafeLock()
        self._building = False
        self._built: Validator[dict[str, Any]] | None = None
        self._fields: dict[str, FieldBuilder] = {}
        self._checks: list[tuple[Any, ...]] = []
        self._into: Callable[..., Any] | None = None
        self._messages = dict(messages or {})
        self._max_issues = max_issues
        self._extra = "ignore"
        self.extra(extra)

    @contextmanager
    def changing(self) -> Generator[None, None, None]:
        """Around a change, which waits for those of other threads.

        Raises:
            errcore.ConfigurationError: If the validator is in use.
        """
        with self._lock:
            if self._built is not None:
                raise refusal(
                    "a change of the validator", "it is in use", "declare everything before the first use"
                )
            yield

    def field(self, name: str) -> FieldBuilder:
        """One field, to be described; the same name gives the same field again.

        Args:
            name: The key in the input.

        Raises:
            errcore.ConfigurationError: If the validator is in use, or the name is no text.
        """
        if not isinstance(name, str):
            raise refusal("a field", "its name is no text", "give the key")
        with self.changing():
            if name not in self._fields:
                self._fields[name] = FieldBuilder(self, name)
            return self._fields[name]

    def check(
        self,
        fn: Callable[[Mapping[str, Any]], Any],
        *,
        code: str,
        message: str = "The fields do not go together.",
        fields: Iterable[str] = (),
        valid: Callable[[], Any] | None = None,
        invalid: Callable[[], Any] | None = None,
    ) -> Self:
        """A rule about several fields; see `Validator.check`."""
        with self.changing():
            self._checks.append((fn, code, message, tuple(fields), valid, invalid))
        return self

    def extra(self, policy: str) -> Self:
        """What becomes of keys that are not declared: "ignore", "forbid" or "keep"."""
        if policy not in {"ignore", "forbid", "keep"}:
            raise refusal("the validator", f"extra={policy!r} is not known", "use ignore, forbid or keep")
        with self.changing():
            self._extra = policy
        return self

    def into(self, make: Callable[..., Any]) -> Self:
        """What is made of the fields, such as a class, called with them by name."""
        if not callable(make):
            raise refusal(
                "the validator", f"{type(make).__name__} cannot be called", "give a class or a function"
            )
        with self.changing():
            self._into = make
        return self

    def build(self) -> Validator[dict[str, Any]]:
        """The frozen validator.

        Raises:
            errcore.ConfigurationError: If a check is about a field that is not declared, two fields become one, or the
                validator holds itself.
        """
        with self._lock:
            if self._built is None:
                if self._building:
                    raise refusal("the validator", "it holds itself", "use an attrs class, which may")
                self._building = True
                try:
                    self._built = self._frozen()
                finally:
                    self._building = False
            return self._built

    def _frozen(self) -> Validator[dict[str, Any]]:
        fields = tuple(field.built() for field in self._fields.values())
        record = shapes.Record(distinct(fields), self._extra, (), self._into)
        checks = tuple(checked(record, *check) for check in self._checks)
        root = shapes.Value(attrs.evolve(record, checks=checks))
        return Validator(root, self._messages, self._max_issues)

    def validate(self, data: object, *, location: str | None = None) -> dict[str, Any]:
        """What becomes of a good input; see `Validator.validate`."""
        return (self._built or self.build()).validate(data, location=location)

    def inspect(self, data: object, *, location: str | None = None) -> Valid[dict[str, Any]] | Invalid:
        """Look at an input without raising anything; see `Validator.inspect`."""
        return (self._built or self.build()).inspect(data, location=location)

    def json_schema(self) -> JsonSchema:
        """What JSON Schema says about the input; see `Validator.json_schema`."""
        return self.build().json_schema()

    def __reduce_ex__(self, protocol: Any) -> str | tuple[Any, ...]:
        raise TypeError(
            "Cannot copy or pickle an InputValidator, because it holds functions; declare it anew."
        )

    def __repr__(self) -> str:
        return f"<InputValidator of {', '.join(self._fields) or 'nothing yet'}>"
