# SPDX-License-Identifier: MIT
"""Declared errors beside what else a class may be: attrs, generic, hand-written, abstract, mixed with builtins."""

from __future__ import annotations

import abc
from typing import ClassVar, Generic, TypeVar

import attrs
import pytest

from errcore import NotFoundError, classify, internal, public
from errcore.errors import InternalError, Occurrence

T = TypeVar("T")


def test_attrs_features_work_on_fields():
    """Validators, converters, private names, class variables and post-init are attrs' own."""

    class Checked(InternalError):
        LIMIT: ClassVar[int] = 3
        count: int = attrs.field(converter=int, validator=attrs.validators.lt(10))
        _hidden: str = internal(default="h")

        def __attrs_post_init__(self) -> None:
            self.double = self.count * 2

    error = Checked(count="4", hidden="x")
    assert (error.count, error.double, error._hidden, Checked.LIMIT) == (4, 8, "x", 3)
    assert [f.name for f in Checked.spec.fields] == ["count", "_hidden"]
    with pytest.raises(ValueError, match="count"):
        Checked(count=11)


def test_generic_errors():
    """An error may be generic, and a class may be declared below one of its specialisations."""

    class Wrapping(InternalError, Generic[T], code="T_WRAPPING_FAILED"):
        value: T = internal()

    class OfInt(Wrapping[int]):
        more: int = public(default=0)

    assert Wrapping[str](value="x").value == "x"
    assert OfInt(value=1, more=2).value == 1
    assert classify(OfInt(value=1)).code == "T_WRAPPING_FAILED"


def test_an_own_init_is_kept():
    """A hand-written constructor is the class's business, whether it calls ours or not."""

    class Calls(NotFoundError):
        period: str = public()

        def __init__(self, month: int) -> None:
            super().__init__(f"No data for {month}.")
            self.period = str(month)

    class Silent(NotFoundError):
        def __init__(self, what: str) -> None:
            self.what = what

    class Below(Silent): ...

    assert (str(Calls(6)), Calls(6).period) == ("No data for 6.", "6")
    assert str(Silent("x")) == str(Below("y")) == "The requested resource was not found."
    assert (Silent("x").message, Silent("x").retry_after, Silent("x").args) == (None, None, ())
    assert Occurrence.of(Calls(6)).details == {"period": "6"}


def test_an_init_of_a_mixin_is_kept():
    """Its arguments stay out of `args`, too."""

    class Tokened:
        def __init__(self, token: str) -> None:
            self.token = token
            super().__init__()

    class Expired(Tokened, NotFoundError): ...

    error = Expired("hunter2")
    assert (error.token, error.args) == ("hunter2", ())


def test_an_init_subclass_of_the_user_is_called():
    """Intermediate classes may take class keywords of their own; the place is still that of the class statement."""
    seen: list[str] = []

    class Tabled(NotFoundError):
        def __init_subclass__(cls, *, table: str, **keywords: object) -> None:
            super().__init_subclass__(**keywords)
            seen.append(table)

    class Row(Tabled, table="rows", code="T_ROW_NOT_FOUND"): ...

    assert seen == ["rows"]
    assert Row.code == "T_ROW_NOT_FOUND"
    assert Row.spec.place.startswith(__file__)


def test_a_metaclass_of_the_user_is_used():
    """Declared errors may be abstract, or made by any metaclass that makes classes."""

    class Abstract(InternalError, metaclass=abc.ABCMeta):
        @abc.abstractmethod
        def hint(self) -> str: ...

    class Concrete(Abstract, code="T_CONCRETE_FAILED"):
        def hint(self) -> str:
            return "h"

    assert Concrete().hint() == "h"
    assert Concrete.spec.place.startswith(__file__)


@pytest.mark.parametrize(
    "builtin", [KeyError, OSError, UnicodeDecodeError, StopIteration, TimeoutError, MemoryError]
)
def test_builtin_exceptions_are_mixed_in(builtin: type[Exception]):
    """Whoever catches the builtin catches the error; it still is ours in every other respect."""
    mixed = type(NotFoundError)(
        "Mixed", (NotFoundError, builtin), {"__annotations__": {"x": "int"}, "x": public()}
    )
    error = mixed(x=1)

    assert isinstance(error, builtin)
    assert str(error) == "The requested resource was not found."
    assert classify(error).status == 404
    assert Occurrence.of(error).details == {"x": 1}
    with pytest.raises(TypeError):
        mixed("utf-8", b"", 0, 1, "x")


@pytest.mark.parametrize("container", [list, dict, set])
def test_a_default_that_all_errors_would_share_is_refused(container):
    """As with dataclasses; the message says what to write."""
    with pytest.raises(
        TypeError, match=f"{__name__.rpartition('.')[2]}.py:.*write factory={container.__name__}"
    ):
        public(default=container())


def test_a_marker_without_its_parentheses_is_refused():
    """It would make an internal field whose default is a function."""
    with pytest.raises(TypeError, match="field 'seat' has a marker that was not called"):

        class Forgotten(NotFoundError):
            seat: str = public
