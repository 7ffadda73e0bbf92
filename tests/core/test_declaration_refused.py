# SPDX-License-Identifier: MIT
"""What a class statement must not say, and that each refusal names the class and the place."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import attrs
import pytest

from errcore import NotFoundError, internal, public
from errcore.errors import AppError, InternalError


class Propertied:
    """A mixin with a property."""

    @property
    def period(self) -> str:
        return "p"


def _bodies() -> dict[str, tuple[Callable[[], object], str]]:
    """Wrong class statements, by what is wrong with them."""

    def lower_case():
        class E(NotFoundError, code="not_found"): ...

    def too_short():
        class E(NotFoundError, code="AB"): ...

    def too_long():
        class E(NotFoundError, code="A" * 64): ...

    def digit_first():
        class E(NotFoundError, code="1AB"): ...

    def underscore_last():
        class E(NotFoundError, code="ABC_"): ...

    def other_alphabet():
        class E(NotFoundError, code="ÄBC"): ...

    def no_string():
        class E(NotFoundError, code=404): ...

    def wrong_kind():
        class E(NotFoundError, kind="gone"): ...

    def unhashable_kind():
        class E(NotFoundError, kind=["gone"]): ...

    def wrong_fault():
        class E(NotFoundError, fault="nobody"): ...

    def wrong_severity():
        class E(NotFoundError, severity="loud"): ...

    def wrong_retriable():
        class E(NotFoundError, retriable="maybe"): ...

    def numeric_retriable():
        class E(NotFoundError, retriable=1): ...

    def success_status():
        class E(NotFoundError, status=200): ...

    def boolean_status():
        class E(NotFoundError, status=True): ...

    def text_status():
        class E(NotFoundError, status="404"): ...

    def numeric_category():
        class E(NotFoundError, category=1): ...

    def empty_message():
        class E(NotFoundError, message=" "): ...

    def numeric_message():
        class E(NotFoundError, message=1): ...

    def unbalanced_message():
        class E(NotFoundError, message="No {period"): ...

    def positional_placeholder():
        class E(NotFoundError, message="No {}"): ...

    def attribute_placeholder():
        class E(NotFoundError, message="No {period.__class__}"):
            period: str = public()

    def formatted_placeholder():
        class E(NotFoundError, message="No {period:>1000000000}"):
            period: str = public()

    def converted_placeholder():
        class E(NotFoundError, message="No {period!r}"):
            period: str = public()

    def unknown_placeholder():
        class E(NotFoundError, message="No {period}"): ...

    def internal_placeholder():
        class E(NotFoundError, message="No {period}"):
            period: str = internal()

    def hidden_below():
        class Parent(NotFoundError, message="No {period}"):
            period: str = public()

        class E(Parent):
            period: str = internal()

    def reserved_field():
        class E(NotFoundError):
            status: int = public()

    def reserved_args():
        class E(NotFoundError):
            args: tuple = public()

    def reserved_details():
        class E(NotFoundError):
            details: dict = public()

    def own_prefix():
        class E(NotFoundError):
            _errcore_chain: str = public()

    def dunder_field():
        class E(NotFoundError):
            __notes__: list = public()

    def marker_without_annotation():
        class E(NotFoundError):
            period = public()

    def code_in_the_body():
        class E(NotFoundError):
            code = "ABC"

    def retry_after_in_the_body():
        class E(NotFoundError):
            retry_after = 5

    def two_with_one_argument():
        class E(NotFoundError):
            _message: str = public()

    def field_called_self():
        class E(NotFoundError):
            self: str = public()

    def slot_of_a_builtin():
        class E(NotFoundError, UnicodeDecodeError):
            reason: str = public()

    def slot_of_a_parent():
        class Parent(NotFoundError):
            __slots__ = ("period",)

        class E(Parent):
            period: str = public()

    def property_of_a_mixin():
        class E(NotFoundError, Propertied):
            period: str = public()

    def property_over_a_field():
        class Parent(NotFoundError):
            period: str = public()

        class E(Parent):
            @property
            def period(self) -> str:
                return "p"

    def property_over_a_setting():
        class E(NotFoundError):
            @property
            def message(self) -> str:
                return "m"

    def exception_group():
        class E(NotFoundError, ExceptionGroup): ...

    def builtin_first():
        class E(KeyError, NotFoundError): ...

    def attrs_decorator():
        @attrs.define(kw_only=True)
        class E(NotFoundError):
            period: str = public()

    def dataclass_decorator():
        @dataclass(slots=True)
        class E(NotFoundError):
            period: str

    def answers_as_a_stranger():
        class E(NotFoundError, answers_as=KeyError): ...

    def answers_as_with_placeholders():
        class Other(NotFoundError, message="No {period}."):
            period: str = public()

        class E(NotFoundError, answers_as=Other): ...

    wrong = {name: body for name, body in locals().items() if callable(body)}
    return wrong


WRONG = _bodies()


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_declaration_is_refused_when_the_class_is_made(name: str):
    """A TypeError at the class statement names the class, the file and the line: nothing waits for the raise."""
    with pytest.raises(TypeError) as caught:
        WRONG[name]()

    text = str(caught.value)
    line = int(text.partition(f"{__file__}:")[2].partition(":")[0])
    with open(__file__, encoding="utf-8") as source:
        lines = source.read().splitlines()
    assert f".E at {__file__}:" in text
    assert lines[line - 1].lstrip().startswith(("class E(", "@"))
    assert "\n" not in text


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("lower_case", "'not_found' is not of the form [A-Z][A-Z0-9_]+[A-Z0-9]"),
        ("too_long", "the code has 64 characters; 3 to 63 are allowed"),
        ("no_string", "the code is no string but of type int"),
        ("wrong_kind", "kind='gone' is not one of cancelled, unknown, invalid_argument"),
        ("internal_placeholder", "shows 'period', which is not a public field"),
        ("reserved_field", "'status' is reserved"),
        ("marker_without_annotation", "write `period: <type> = ...`"),
        ("code_in_the_body", "`code = ...` in the class body does nothing"),
        ("slot_of_a_builtin", "field 'reason' would be hidden by UnicodeDecodeError.reason"),
        ("builtin_first", "KeyError comes before the errcore class"),
        ("attrs_decorator", "take the decorator"),
        ("exception_group", "raise its members"),
    ],
)
def test_a_refusal_says_what_to_do(name: str, part: str):
    """The reader learns what is wrong and what would be right."""
    with pytest.raises(TypeError) as caught:
        WRONG[name]()

    assert part in str(caught.value)


def test_an_unknown_class_keyword_is_a_type_error():
    """A misspelled keyword does not pass silently."""
    with pytest.raises(TypeError, match="colour"):

        class E(NotFoundError, colour="red"): ...


def test_a_refused_class_is_not_in_the_catalogue():
    """What could not be declared leaves nothing behind."""
    from errcore import catalog

    with pytest.raises(TypeError):

        class E(NotFoundError, code="T_REFUSED_NOT_FOUND", status=200): ...

    assert "T_REFUSED_NOT_FOUND" not in catalog


@pytest.mark.parametrize("code", ["ABC", "A1C", "A_C", "A" * 63, "T_A__B"])
def test_codes_of_the_right_shape_pass(code: str):
    """Three to 63 capital letters, digits and underscores, as AIP-193 has them."""
    made = type(AppError)("Made", (InternalError,), {}, code=code)

    assert made.code == code


def test_a_class_made_by_a_function_is_refused_with_its_place():
    """Dynamic classes have a place, too: where they are made."""
    line = sys._getframe().f_lineno + 2
    with pytest.raises(TypeError) as caught:
        type("Made", (NotFoundError,), {}, status=1)

    assert f"{__file__}:{line}" in str(caught.value)


def test_a_class_without_a_module_is_declared_all_the_same():
    """Code that runs without a `__name__` makes classes without a module."""
    space: dict[str, object] = {"__builtins__": {}, "make": type, "base": NotFoundError}
    exec("made = make('Nowhere', (base,), {})", space)

    assert space["made"].spec.qualname.endswith("Nowhere")
