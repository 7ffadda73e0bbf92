# SPDX-License-Identifier: MIT
"""What a law is: a sentence about every validator, and a search for a document that breaks it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import attrs
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import Flaky, Unsatisfiable

from errcore.errors.stock import ConfigurationError, ValidationError
from errcore.testing.validators.anything import anything_for
from errcore.testing.validators.boundaries import boundaries_for
from errcore.testing.validators.broken import breaks
from errcore.testing.validators.drawing import repeatable
from errcore.testing.validators.json_values import copied, is_object, is_row
from errcore.testing.validators.valid import valid_for
from errcore.validation import shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from errcore.errors.issues import Issue
    from errcore.testing.validators.declared import Given
    from errcore.testing.validators.marked import Boundary, Broken
    from errcore.validation.validator import Validator

__all__ = ["Case", "Law", "LawBroken", "NotAsked", "Outcome", "outcome", "same", "shown"]

_SHOWN = 1500  # characters of a document in a message
_DEEP = 60  # levels of a document in a message


class LawBroken(AssertionError):  # noqa: N818 - it says what happened; pytest shows it as a failed assertion
    """A validator breaks a law. The message says which, with what document, and what to do."""


class NotAsked(Exception):  # noqa: N818 - not an error: it says why a law says nothing here
    """A law says nothing about this validator; the text says why."""


@attrs.frozen
class Outcome:
    """What became of a document.

    Attributes:
        value: What it became, if it passed.
        error: The error, if it did not.
    """

    value: Any = None
    error: ValidationError | None = None

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What is wrong with it."""
        return () if self.error is None else tuple(self.error.issues)

    @property
    def told(self) -> list[tuple[str, str]]:
        """The pointer and the code of each issue."""
        return [(issue.pointer, issue.code) for issue in self.issues]

    def __str__(self) -> str:
        return "it passed" if self.error is None else f"it was refused with {self.told}"


@attrs.frozen(eq=False, slots=False)
class Case:
    """A validator under test.

    Attributes:
        given: What was given.
        validator: The validator that waits for nothing.
        examples: How many documents are drawn for each law.
        codes: Codes of issues that are known besides.
    """

    given: Given
    validator: Validator[Any]
    examples: int = 50
    codes: frozenset[str] = frozenset()

    @cached_property
    def boundaries(self) -> list[Boundary]:
        """The documents at borders."""
        return boundaries_for(self.validator)

    @property
    def start(self) -> Any:
        """A simple good document."""
        return self.boundaries[0].document

    @cached_property
    def anything(self) -> SearchStrategy[Any]:
        """Everything that may come in."""
        return anything_for(self.validator)

    @cached_property
    def valid(self) -> SearchStrategy[Any]:
        """Documents that must pass."""
        return valid_for(self.validator)

    @cached_property
    def invalid(self) -> SearchStrategy[Broken] | None:
        """Documents with one thing wrong; None where everything is good."""
        found = list(breaks(self.validator.root, 0))
        return st.one_of(found) if found else None

    def each(self, check: Callable[[Any], None]) -> None:
        """Ask something of every document: of those at borders, then of drawn ones.

        Args:
            check: Raises `LawBroken` for a document that breaks the law.
        """
        for border in self.boundaries:
            check(copied(border.document))
        self.search(self.anything, check)

    def search(self, strategy: SearchStrategy[Any] | None, check: Callable[[Any], None]) -> None:
        """Draw documents until one breaks the law, and make that one small.

        Args:
            strategy: What to draw; None where there is nothing.
            check: Raises `LawBroken` for what breaks the law.
        """
        if strategy is None:
            return
        found: list[LawBroken] = []

        @repeatable(self.examples)
        @given(strategy)
        def run(drawn: Any) -> None:
            try:
                check(drawn)
            except LawBroken as broken:
                found.append(broken)
                raise

        try:
            run()
        except (LawBroken, Flaky):
            # Anew, for what Hypothesis adds to it shows the whole document, secrets and all.
            raise LawBroken(*found[-1].args) from None
        except Unsatisfiable:
            raise ConfigurationError(
                "Cannot make test data, because next to nothing satisfies what is declared; give the rule examples that "
                "suit the constraints beside it, or look for one that excludes the others."
            ) from None

    def broken(self, document: Any, what: str, remedy: str) -> LawBroken:
        """The failure, in words.

        Args:
            document: The document; secret fields are not shown.
            what: What happened.
            remedy: What to do.
        """
        return LawBroken(f"{what}\ndocument: {shown(document, self.validator.root)}\n{remedy}")


@attrs.frozen
class Law:
    """One law.

    Attributes:
        name: Its name.
        statement: What it says.
        check: Looks for a document that breaks it.

    >>> Law("total", "Everything has an outcome.", print)("a validator")
    a validator
    """

    name: str
    statement: str
    check: Callable[[Case], None]

    def __call__(self, case: Case) -> None:
        """Look for a document that breaks it.

        Args:
            case: The validator under test.

        Raises:
            LawBroken: If there is one.
            NotAsked: If the law says nothing about this validator.
        """
        try:
            self.check(case)
        except LawBroken as broken:
            words = f"{case.validator!r} breaks the law `{self.name}`: {self.statement}\n{broken}"
        else:
            return
        raise LawBroken(words)  # outside of the handler: one message is enough


def outcome(case: Case, document: Any) -> Outcome:
    """What `validate` makes of a document.

    Args:
        case: The validator.
        document: The document; the validator gets it as it is.

    Raises:
        LawBroken: If it raises anything else than a `ValidationError`.
    """
    try:
        return Outcome(value=case.validator.validate(document))
    except ValidationError as error:
        return Outcome(error=error)
    except Exception as error:  # noqa: BLE001 - whatever the validator lets out
        kind = type(error).__name__
    raise case.broken(
        document,
        f"`validate` raised {kind}, which is no ValidationError.",
        "Look at the rule or the normaliser that meets a value that it does not expect.",
    )


def same(first: Any, second: Any) -> bool:
    """Whether two values are the same, types included; a number that is none is the same as itself.

    >>> same([1, float("nan")], [1, float("nan")]), same([1], [True])
    (True, False)
    """
    if type(first) is not type(second):
        return False
    if is_row(first):
        return len(first) == len(second) and all(map(same, first, second))
    if is_object(first):
        return list(first) == list(second) and all(same(first[key], second[key]) for key in first)
    if attrs.has(type(first)):  # pyright: ignore[reportUnknownArgumentType]
        names = [attribute.name for attribute in attrs.fields(cast("Any", type(first)))]
        return all(same(getattr(first, name, None), getattr(second, name, None)) for name in names)
    return bool(first == second) or bool(first != first and second != second)  # noqa: PLR0124 - that is NaN


def shown(document: Any, root: shapes.Value) -> str:
    """A document in a message: without secrets, and not without end.

    >>> from errcore import InputValidator
    >>> v = InputValidator()
    >>> v.field("password").secret()
    <field password>
    >>> shown({"password": "hunter2", "more": [1]}, v.build().root)
    "{'password': <secret>, 'more': [1]}"
    """
    text = repr(_masked(document, (root,), 0))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


class _Words:
    def __init__(self, words: str) -> None:
        self.words = words

    def __repr__(self) -> str:
        return self.words


def _masked(document: Any, declared: tuple[shapes.Value, ...], depth: int) -> Any:
    if any(value.secret for value in declared):
        return _Words("<secret>")
    if depth > _DEEP:
        return _Words("...")
    if is_object(document):
        return {key: _masked(each, _below(declared, key), depth + 1) for key, each in document.items()}
    if is_row(document):
        return [_masked(each, _below(declared, place), depth + 1) for place, each in enumerate(document)]
    if type(document) is int and abs(document) > 10**100:
        return _Words(f"<an integer of {document.bit_length()} bits>")
    return document


def _below(declared: tuple[shapes.Value, ...], key: Any) -> tuple[shapes.Value, ...]:
    """What is declared below: all that may be meant, where several may."""
    found: list[shapes.Value] = []
    waiting = list(declared)
    while waiting:
        shape = waiting.pop().shape
        record = shapes.record_of(shape)
        if record is not None:
            found += [field.value for field in record.fields if field.name == key]
        elif isinstance(shape, shapes.Either):
            waiting += shape.options
        elif isinstance(shape, shapes.Items | shapes.Entries):
            found.append(shape.item)
        elif isinstance(shape, shapes.Row) and type(key) is int and key < len(shape.items):
            found.append(shape.items[key])
    return tuple(found)
