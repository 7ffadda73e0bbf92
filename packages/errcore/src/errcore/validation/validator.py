# SPDX-License-Identifier: MIT
"""A validator: one frozen value that checks, tells what is wrong, describes itself, and can be built upon."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast, overload

import attrs

from errcore.errors.issues import MOST_ISSUES
from errcore.validation import shapes
from errcore.validation.checking.compiling import compiled
from errcore.validation.checking.findings import Findings, findings_of
from errcore.validation.declaring.parts import checked, merged, optional, picked
from errcore.validation.refusals import refusal
from errcore.validation.results import Invalid, Valid, error_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from errcore.validation.asynchronous import AsyncValidator
    from errcore.validation.rules import AsyncRule
    from errcore.validation.schemas.json_schema import JsonSchema

__all__ = ["Validator"]

T = TypeVar("T")
C = TypeVar("C")


def _copied(messages: Mapping[str, str]) -> Mapping[str, str]:
    return dict(messages)


@attrs.frozen(eq=False, slots=False, repr=False)
class Validator(Generic[T]):
    """What an input has to be. Make one with `Validator.of` or `InputValidator`.

    Attributes:
        root: What is declared, as a tree.
        messages: Sentences by code that go before errcore's own.
        max_issues: How many issues are told at most; the last says how many more there were.

    >>> import attrs
    >>> from typing import Annotated
    >>> from errcore import Validator
    >>> from errcore.validation import Email, Range
    >>> @attrs.define
    ... class Signup:
    ...     email: Annotated[str, Email()]
    ...     age: Annotated[int, Range(18, 120)]
    >>> signup = Validator.of(Signup)
    >>> signup.validate({"email": "ada@example.org", "age": 36})
    Signup(email='ada@example.org', age=36)
    >>> [(issue.pointer, issue.code) for issue in signup.inspect({"email": "ada", "age": 7}).issues]
    [('/email', 'INVALID_FORMAT'), ('/age', 'TOO_SMALL')]
    """

    root: shapes.Value
    messages: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_copied)
    max_issues: int = MOST_ISSUES

    def __attrs_post_init__(self) -> None:
        if type(self.max_issues) is not int or self.max_issues < 2:
            raise refusal("a validator", "max_issues is no whole number above 1", "give one")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.name}>"

    def __copy__(self) -> Self:
        return self  # nothing in it changes

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: Any) -> str | tuple[Any, ...]:
        raise TypeError(
            f"Cannot pickle the validator of {self.name}, because it holds functions; "
            "let the other process make its own, or import it."
        )

    @property
    def name(self) -> str:
        """What it is about: the name of a class, or the names of its fields."""
        record = shapes.record_of(self.root.shape)
        if record is None:
            return self.root.shape.kind
        if record.cls is not None:
            return record.cls.__qualname__
        return ", ".join(field.name for field in record.fields) or "an object"

    @overload
    @staticmethod
    def of(
        declared: type[C],
        *,
        extra: str = ...,
        messages: Mapping[str, str] | None = ...,
        max_issues: int = ...,
        converter: object = ...,
    ) -> Validator[C]: ...
    @overload
    @staticmethod
    def of(  # what type checkers do not take for a class, such as Annotated[str, Email()] and int | None
        declared: object,
        *,
        extra: str = ...,
        messages: Mapping[str, str] | None = ...,
        max_issues: int = ...,
        converter: object = ...,
    ) -> Validator[Any]: ...

    @staticmethod
    def of(
        declared: Any,
        *,
        extra: str = "ignore",
        messages: Mapping[str, str] | None = None,
        max_issues: int = MOST_ISSUES,
        converter: object = None,
    ) -> Validator[Any]:
        """The validator of an attrs class, or of any type that its fields could have.

        Args:
            declared: The class.
            extra: What becomes of keys that are not declared: "ignore" or "forbid".
            messages: Sentences by code that go before errcore's own.
            max_issues: How many issues are told at most.
            converter: A cattrs converter, whose hooks read what errcore does not know, and whose names are used.

        Raises:
            errcore.ConfigurationError: If a field has a type that cannot be checked, or a constraint does not suit it.
        """
        from errcore.validation.declaring.models import described

        return Validator(described(declared, extra, converter), messages or {}, max_issues)

    @cached_property
    def _compiled(self) -> tuple[Callable[[Any, Findings], Any], str, type[Findings]]:
        return (*compiled(self.root, self.messages), findings_of(self.messages, self.max_issues))

    @cached_property
    def _run(self) -> tuple[Callable[[Any, Findings], Any], type[Findings]]:
        check, _, found = self._compiled
        return check, found

    @property
    def source(self) -> str:
        """The lines of Python that check, for those who want to see what it costs."""
        return self._compiled[1]

    def validate(self, data: object, *, location: str | None = None) -> T:
        """What becomes of a good input.

        Args:
            data: The input; it is not changed.
            location: The part of a request that it is, for the issues: body, query, path, header or cookie.

        Raises:
            errcore.ValidationError: With everything that is wrong with it, and nothing of what was sent.
            errcore.validation.RuleCrashError: If a rule failed; a `ValidationError` that is our fault.
        """
        check, new = self._run
        found = new()
        try:
            value: T = check(data, found)
        except Exception as problem:  # noqa: BLE001 - hostile objects, or our mistake: closed either way
            self._fell(found, problem)
        else:
            if not found:
                return value
        # Outside of the handler: what was raised may hold what was sent, and would be the context.
        raise error_of(found, location)

    def inspect(self, data: object, *, location: str | None = None) -> Valid[T] | Invalid:
        """Look at an input without raising anything.

        Args:
            data: The input; it is not changed.
            location: The part of a request that it is, for the issues.
        """
        check, new = self._run
        found = new()
        try:
            value = check(data, found)
        except Exception as problem:  # noqa: BLE001 - see above
            self._fell(found, problem)
        else:
            if not found:
                return Valid(value)
        error = error_of(found, location)
        return Invalid(error.issues, error)

    def _fell(self, found: Findings, problem: Exception) -> None:
        if isinstance(problem, RecursionError):
            found.note_code(
                "", "TOO_DEEP"
            )  # a rule's own was caught where it was called: the input is too deep
        else:
            found.crashed("", "the check itself", problem)

    # --- Building upon it ---

    @property
    def _record(self) -> shapes.Record:
        record = shapes.record_of(self.root.shape)
        if record is None:
            kind = self.root.shape.kind
            raise refusal("another validator of it", f"it is about {kind} and has no fields", "build it anew")
        return record

    def check(
        self,
        fn: Callable[[Mapping[str, Any]], Any],
        *,
        code: str,
        message: str = "The fields do not go together.",
        fields: tuple[str, ...] | list[str] = (),
        valid: Callable[[], Any] | None = None,
        invalid: Callable[[], Any] | None = None,
    ) -> Validator[T]:
        """The same, with a rule about several fields.

        Args:
            fn: Gets the accepted values by name; gives True if they go together.
            code: The issue's code.
            message: The issue's message.
            fields: The fields that it is about. It runs if all of them were given and accepted, and its issue is at the
                first. Without any it runs if everything is accepted, and its issue is about the whole.
            valid: For `errcore.testing` only: gives a Hypothesis strategy of dicts with these fields, as they are in the
                input, that go together.
            invalid: The same of such that do not.

        Raises:
            errcore.ConfigurationError: If a field is not declared.
        """
        check = checked(self._record, fn, code, message, fields, valid, invalid)
        record = attrs.evolve(self._record, checks=(*self._record.checks, check))
        return attrs.evolve(self, root=attrs.evolve(self.root, shape=record))

    def pick(self, *names: str) -> Validator[dict[str, Any]]:
        """Only these fields; gives a dict. Checks that are about others go.

        Args:
            names: The fields, by the names that they have in the input.
        """
        return self._part(picked(self._record, names))

    def omit(self, *names: str) -> Validator[dict[str, Any]]:
        """All but these fields; gives a dict. Checks that are about them go.

        Args:
            names: The fields, by the names that they have in the input.
        """
        return self._part(picked(self._record, names, kept=False))

    def partial(self) -> Validator[dict[str, Any]]:
        """Every field may be left out and none has a default, as an update wants it; gives a dict."""
        return self._part(optional(self._record))

    def merge(self, other: Validator[Any]) -> Validator[dict[str, Any]]:
        """The fields and checks of both; of a field that both have, the other's. Gives a dict.

        Args:
            other: The other validator.
        """
        part = self._part(merged(self._record, other._record))
        return attrs.evolve(part, messages={**self.messages, **other.messages})

    def _part(self, record: shapes.Record) -> Validator[dict[str, Any]]:
        """Rules about what was made have nothing to look at, and stay behind."""
        root = attrs.evolve(self.root, shape=record, rules=())
        return cast("Validator[dict[str, Any]]", attrs.evolve(self, root=root))

    def with_async_rules(
        self, rules: Mapping[str, AsyncRule | tuple[AsyncRule, ...]], *, timeout: float | None = None
    ) -> AsyncValidator[T]:
        """The same, followed by rules that wait for something, all at once.

        Args:
            rules: By the name of the field that each is about; "" for the whole value.
            timeout: Seconds for all of them together.

        Raises:
            errcore.ConfigurationError: If a field is not declared.
        """
        from errcore.validation.asynchronous import AsyncValidator

        return AsyncValidator[T].of(self, rules, timeout)

    def json_schema(self) -> JsonSchema:
        """What JSON Schema (2020-12) says about the input, and whether it says all of it."""
        from errcore.validation.schemas.json_schema import schema_of

        return schema_of(self.root)
