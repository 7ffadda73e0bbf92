# SPDX-License-Identifier: MIT
"""What a validator says, as frozen values: the one tree from which everything else is made.

Both front doors end here. The generated check, the JSON Schema and the test data are read from this tree and from
nothing else, so they cannot disagree about what was declared.

Shape
+-- Anything                whatever it is
+-- Text Whole Real Truth Null       the scalars of JSON
+-- Parsed                  a text that stands for a value: UUID, datetime, date, time, Decimal, bytes
+-- Member                  a value of an enum
+-- Exactly                 one of a few literals
+-- Items                   a list, or what is made of one
+-- Row                     a list of fixed length, each place with a value of its own
+-- Entries                 an object whose keys are data
+-- Record                  an object whose keys are declared
+-- Again                   a record inside itself
+-- Either                  one of several
+-- Foreign                 what a hook of the user reads
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from errcore.validation.defaults import MISSING, Constant, Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from errcore.validation.constraints.constraint import Constraint
    from errcore.validation.rules import Rule

__all__ = [
    "MISSING",
    "Again",
    "Anything",
    "Check",
    "Constant",
    "Either",
    "Entries",
    "Exactly",
    "Field",
    "Foreign",
    "Items",
    "Member",
    "Missing",
    "Null",
    "Parsed",
    "Real",
    "Record",
    "Row",
    "Shape",
    "Text",
    "Truth",
    "Value",
    "Whole",
    "parts_of",
    "record_of",
]


@attrs.frozen
class Shape:
    """The root: what a value has to be before any constraint looks at it.

    Attributes:
        kind: The name by which constraints and messages know it.
    """

    kind: ClassVar[str] = "any"


@attrs.frozen
class Anything(Shape):
    """Whatever it is, as it is."""


@attrs.frozen
class Text(Shape):
    """A string."""

    kind: ClassVar[str] = "string"


@attrs.frozen
class Whole(Shape):
    """An integer; True is none, and neither is 2.0.

    Attributes:
        coerce: Whether "7" and 7.0 are taken for 7.
    """

    kind: ClassVar[str] = "integer"
    coerce: bool = False


@attrs.frozen
class Real(Shape):
    """A finite number; an integer becomes a float where none of it is lost.

    Attributes:
        coerce: Whether "7.5" is taken for 7.5.
        as_given: Whether an integer stays one, where no type was declared and only a limit says that it is a number.
    """

    kind: ClassVar[str] = "number"
    coerce: bool = False
    as_given: bool = False


@attrs.frozen
class Truth(Shape):
    """True or False.

    Attributes:
        coerce: Whether "true" and "false" are taken for them.
    """

    kind: ClassVar[str] = "boolean"
    coerce: bool = False


@attrs.frozen
class Null(Shape):
    """None."""

    kind: ClassVar[str] = "null"


@attrs.frozen
class Parsed(Shape):
    """A text that stands for a value of another type; a value of that type is taken as it is.

    Attributes:
        kind: "uuid", "datetime", "date", "time", "decimal" or "bytes".
        type: What it becomes.
    """

    kind: str  # type: ignore[misc]  # of the instance here, since one class reads several
    type: type[Any]


@attrs.frozen
class Member(Shape):
    """The value of a member of an enum; it becomes that member."""

    kind: ClassVar[str] = "enum"
    enum: type[Any]


@attrs.frozen
class Exactly(Shape):
    """One of a few literals, types included: 1 is not True."""

    kind: ClassVar[str] = "literal"
    values: tuple[Any, ...]


@attrs.frozen
class Items(Shape):
    """A list.

    Attributes:
        item: What each item is.
        into: What it becomes: list, tuple, set or frozenset.
    """

    kind: ClassVar[str] = "array"
    item: Value
    into: type[Any] = list


@attrs.frozen
class Row(Shape):
    """A list of fixed length; becomes a tuple."""

    kind: ClassVar[str] = "array"
    items: tuple[Value, ...]


@attrs.frozen
class Entries(Shape):
    """An object whose keys are data.

    Attributes:
        key: What each key is; a text.
        item: What each value is.
    """

    kind: ClassVar[str] = "object"
    key: Value
    item: Value


@attrs.frozen
class Check:
    """A rule about several fields.

    Attributes:
        fn: Gets the accepted values by name, and says whether they go together.
        code: The issue's code.
        message: The issue's message.
        fields: The names it is about: it runs if each of them is there and accepted. Without any it runs if
            everything is accepted.
        valid: Gives examples that go together, for `errcore.testing` only.
        invalid: Gives examples that do not.
    """

    fn: Callable[[Mapping[str, Any]], Any]
    code: str
    message: str
    fields: tuple[str, ...] = ()
    valid: Callable[[], Any] | None = None
    invalid: Callable[[], Any] | None = None


@attrs.frozen
class Field:
    """One declared key of a record.

    Attributes:
        name: The key in the input.
        value: What stands there.
        required: Whether it must be there.
        result: The key, or the argument of the class, in what is made of it.
        default: Makes the value where there is none; `MISSING` where it is left out.
    """

    name: str
    value: Value
    required: bool
    result: str
    default: Callable[[], Any] | Missing = MISSING


@attrs.frozen
class Record(Shape):
    """An object whose keys are declared.

    Attributes:
        fields: They, in the order in which they are checked.
        extra: What becomes of other keys: "ignore", "forbid" or "keep".
        checks: Rules about several fields.
        into: What it becomes, called with the fields by name; a dict without it.
        cls: The class whose instances are taken, too.
        attributes: Of such a class, the attribute that holds each field.
    """

    kind: ClassVar[str] = "object"
    fields: tuple[Field, ...] = ()
    extra: str = "ignore"
    checks: tuple[Check, ...] = ()
    into: Callable[..., Any] | None = None
    cls: type[Any] | None = None
    attributes: Mapping[str, str] = attrs.field(factory=dict[str, str])


@attrs.frozen
class Again(Shape):
    """The record of a class that can hold itself, wherever it stands.

    Attributes:
        cls: The class.
        records: The records of all such classes, which are complete when the description is.
    """

    kind: ClassVar[str] = "object"
    cls: type[Any]
    records: dict[type[Any], Record] = attrs.field(eq=False, repr=False)

    @property
    def record(self) -> Record:
        """What it is."""
        return self.records[self.cls]


@attrs.frozen
class Either(Shape):
    """One of several.

    Attributes:
        options: They; the first that accepts wins.
    """

    kind: ClassVar[str] = "union"
    options: tuple[Value, ...]

    @property
    def tag(self) -> str | None:
        """Of records, the key whose literal tells them apart. Known when records inside themselves are complete."""
        from errcore.validation.tags import common_tag

        return common_tag(self.options)


@attrs.frozen
class Foreign(Shape):
    """A type that a hook of the user reads.

    Attributes:
        name: The type's name.
        read: From the input to the value; raises where it cannot.
    """

    kind: ClassVar[str] = "foreign"
    name: str
    read: Callable[[Any], Any]


@attrs.frozen
class Value:
    """What stands at one place of the input.

    Attributes:
        shape: What it is.
        nullable: Whether None is taken, too.
        normalizers: What is applied before anything is looked at.
        constraints: What the value has to satisfy.
        rules: What it has to satisfy besides, by functions of the user.
        secret: Whether it must never be shown.
    """

    shape: Shape = Anything()
    nullable: bool = False
    normalizers: tuple[Callable[[Any], Any], ...] = ()
    constraints: tuple[Constraint, ...] = ()
    rules: tuple[Rule, ...] = ()
    secret: bool = False


def record_of(shape: Shape) -> Record | None:
    """The record that a shape is, or stands for; None if it is no record."""
    known = shape.record if isinstance(shape, Again) else shape
    return known if isinstance(known, Record) else None


def parts_of(shape: Shape) -> tuple[Value, ...]:
    """What is declared right inside of a shape."""
    if isinstance(shape, Items):
        return (shape.item,)
    if isinstance(shape, Entries):
        return (shape.key, shape.item)
    if isinstance(shape, Row | Either):
        return shape.items if isinstance(shape, Row) else shape.options
    record = record_of(shape)
    return () if record is None else tuple(field.value for field in record.fields)
