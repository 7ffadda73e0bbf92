# SPDX-License-Identifier: MIT
"""One field of the fluent front door: every word of it, and what they come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import attrs

from errcore.errors.stock import ConfigurationError
from errcore.validation import shapes
from errcore.validation.constraints.choices import Choices, Secret, Unique
from errcore.validation.constraints.formats import Date, DateTime, Email, Pattern, Url, Uuid
from errcore.validation.constraints.limits import Length, MultipleOf, Range
from errcore.validation.constraints.nesting import Each, Nested
from errcore.validation.declaring.assembling import assembled
from errcore.validation.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from errcore.validation.constraints.constraint import Constraint
    from errcore.validation.declaring.builder import InputValidator
    from errcore.validation.rules import Rule
    from errcore.validation.validator import Validator

__all__ = ["FieldBuilder"]


class FieldBuilder:
    """One field of an `InputValidator`; every method gives the field again, so that they chain.

    A field may be left out unless it is `required`. What is asked of its value is asked in this order, whatever the order
    of the calls: normalisers, type, bounds, constraints, rules.
    """

    __slots__ = (
        "_builder",
        "_coerce",
        "_default",
        "_name",
        "_normalizers",
        "_nullable",
        "_parts",
        "_required",
        "_result",
        "_type",
    )

    def __init__(self, builder: InputValidator, name: str) -> None:
        self._builder = builder
        self._name = name
        self._result = name
        self._required = False
        self._nullable = False
        self._coerce = False
        self._default: Callable[[], Any] | shapes.Missing = shapes.MISSING
        self._normalizers: tuple[Callable[[Any], Any], ...] = ()
        self._type: Any = None
        self._parts: tuple[Any, ...] = ()

    def _add(self, part: Any) -> Self:
        before = self._parts
        with self._builder.changing():
            self._parts = (*before, part)
            try:
                self.built()  # what does not fit is said where it is written
            except ConfigurationError:
                self._parts = before
                raise
        return self

    def required(self) -> Self:
        """The field must be there."""
        with self._builder.changing():
            self._required, self._default = True, shapes.MISSING
        return self

    def optional(self, default: Any = shapes.MISSING, *, factory: Callable[[], Any] | None = None) -> Self:
        """The field may be left out, which it may anyway; then it is this.

        Args:
            default: The value where there is none; without it the field stays out.
            factory: Makes that value, for lists and the like.

        Raises:
            errcore.ConfigurationError: If all inputs would share one list, dict or set.
        """
        if type(default) in {list, dict, set}:
            kind = type(default).__name__
            raise refusal(
                f"the field {self._name!r}", f"all inputs would share one {kind}", f"write factory={kind}"
            )
        with self._builder.changing():
            self._required = False
            if factory is not None:
                self._default = factory
            elif isinstance(default, shapes.Missing):
                self._default = default
            else:
                self._default = shapes.Constant(default)
        return self

    def nullable(self) -> Self:
        """None is taken, too, and no further question is asked."""
        with self._builder.changing():
            self._nullable = True
        return self

    def type(self, declared: Any, *, coerce: bool = False) -> Self:
        """The type: a class such as int, a hint such as list[str], or an attrs class.

        Args:
            declared: The type.
            coerce: Whether texts are taken for numbers and truth values, where nothing is lost: "7" for 7.

        Raises:
            errcore.ConfigurationError: If values of it cannot be checked.
        """
        before = self._type, self._coerce
        with self._builder.changing():
            self._type, self._coerce = declared, coerce
            try:
                self.built()
            except ConfigurationError:
                self._type, self._coerce = before
                raise
        return self

    def range(self, min: Any = None, max: Any = None, *, above: Any = None, below: Any = None) -> Self:  # noqa: A002
        """Limits of a number; see `Range`."""
        return self._add(Range(min, max, above=above, below=below))

    def min(self, least: Any) -> Self:
        """The least that a number may be."""
        return self._add(Range(least))

    def max(self, most: Any) -> Self:
        """The most that a number may be."""
        return self._add(Range(None, most))

    def length(self, min: int = 0, max: int | None = None) -> Self:  # noqa: A002
        """Limits of a length; see `Length`."""
        return self._add(Length(min, max))

    def multiple_of(self, step: float) -> Self:
        """Multiples of a step; see `MultipleOf`."""
        return self._add(MultipleOf(step))

    def pattern(self, regex: str, message: str | None = None) -> Self:
        """A regular expression for the whole text; see `Pattern`."""
        return self._add(Pattern(regex, message))

    def email(self) -> Self:
        """An email address; see `Email`."""
        return self._add(Email())

    def url(self, schemes: Iterable[str] = ("https", "http")) -> Self:
        """An absolute URL; see `Url`."""
        return self._add(Url(schemes))

    def uuid(self) -> Self:
        """A UUID; see `Uuid`."""
        return self._add(Uuid())

    def datetime(self) -> Self:
        """A date and time with its offset; see `DateTime`."""
        return self._add(DateTime())

    def date(self) -> Self:
        """A date; see `Date`."""
        return self._add(Date())

    def choices(self, options: Iterable[Any]) -> Self:
        """A few values; see `Choices`."""
        return self._add(Choices(options))

    def unique(self) -> Self:
        """No item twice; see `Unique`."""
        return self._add(Unique())

    def each(self, *of: Any) -> Self:
        """What every item of a list has to satisfy: constraints, rules, a type, a validator."""
        return self._add(Each(*of))

    def nested(self, by: Validator[Any] | InputValidator) -> Self:
        """An object that another validator checks."""
        return self._add(Nested(by))

    def secret(self) -> Self:
        """The value must never be shown; see `Secret`."""
        return self._add(Secret())

    def rule(self, rule: Rule | Constraint) -> Self:
        """A rule of your own, made with `errcore.rule`; or any constraint."""
        return self._add(rule)

    def normalize(self, *steps: Callable[[Any], Any]) -> Self:
        """What is done to the value before anything is asked of it.

        Args:
            steps: Functions that give the new value. Doing it twice must be the same as doing it once. One that fails on a
                value of the wrong type leaves it to be refused for that. None is no value to them where it is allowed;
                one that gives None there has the last word.

        Raises:
            errcore.ConfigurationError: If one is no function.
        """
        for step in steps:
            if not callable(step):
                raise refusal(
                    f"the field {self._name!r}", f"{type(step).__name__} cannot be called", "give a function"
                )
        with self._builder.changing():
            self._normalizers = (*self._normalizers, *steps)
        return self

    def rename(self, result: str) -> Self:
        """The key in what becomes of the input; issues keep the input's."""
        if not isinstance(result, str):
            raise refusal(f"the field {self._name!r}", "its new name is no text", "give the key")
        with self._builder.changing():
            self._result = result
        return self

    def field(self, name: str) -> FieldBuilder:
        """The next field of the same validator."""
        return self._builder.field(name)

    def __repr__(self) -> str:
        return f"<field {self._name}>"

    def built(self) -> shapes.Field:
        """What is declared so far.

        Raises:
            errcore.ConfigurationError: If its parts do not fit.
        """
        from errcore.validation.declaring.models import value_of

        where = f"the field {self._name!r}"
        start = shapes.Value() if self._type is None else value_of(self._type, where)
        if self._coerce:
            if not isinstance(start.shape, shapes.Whole | shapes.Real | shapes.Truth):
                raise refusal(where, f"{start.shape.kind} cannot be coerced", "leave `coerce` out")
            start = attrs.evolve(start, shape=attrs.evolve(start.shape, coerce=True))
        # Those that say a type go first, so that Length after Each is about a list.
        value = assembled(
            start, sorted(self._parts, key=lambda part: not isinstance(part, Each | Nested)), where
        )
        value = attrs.evolve(
            value,
            nullable=value.nullable or self._nullable,
            normalizers=(*self._normalizers, *value.normalizers),
        )
        return shapes.Field(self._name, value, self._required, self._result, self._default)
