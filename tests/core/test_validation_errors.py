# SPDX-License-Identifier: MIT
"""Messages by field: what was given by hand, or those of the issues, made anew each time."""

from __future__ import annotations

import copy
import pickle

import pytest

from errcore import InputValidator, Issue, Occurrence, ValidationError, Validator
from errcore.errors.field_messages import FieldErrors, field_name, messages_by_field

ISSUES = (
    Issue("/a~1b", "REQUIRED", "This field is required."),
    Issue("/items/0/qty", "TOO_SMALL", "Must be at least 1."),
    Issue("/items/0/qty", "NOT_A_MULTIPLE", "Must be a multiple of 5."),
    Issue("", "ANY_CODE", "Do not go together."),
)


def test_messages_are_worked_out_from_the_issues() -> None:
    """By the name of a field, or the path to it; of the whole under the empty name."""
    assert ValidationError(issues=ISSUES).field_errors == {
        "a/b": ["This field is required."],
        "items/0/qty": ["Must be at least 1.", "Must be a multiple of 5."],
        "": ["Do not go together."],
    }
    assert messages_by_field(()) == {}


def test_a_nested_path_keeps_its_escapes() -> None:
    """It could not be told from one more step otherwise."""
    assert field_name("/x/a~1b") == "x/a~1b"
    assert field_name("/a~0b") == "a~b"
    assert (field_name("/~01"), field_name("/~10")) == ("~1", "/0")


def test_what_was_given_goes_first() -> None:
    """Also beside issues; and what nobody gave is None."""
    given = {"name": ["Name is required"]}
    assert ValidationError(field_errors=given, issues=ISSUES).field_errors == given
    assert ValidationError("x").field_errors is None
    assert ValidationError("x", field="email").field_errors is None


def test_what_is_done_to_the_messages_changes_nothing() -> None:
    """They are made anew each time they were not given."""
    error = ValidationError(issues=ISSUES)
    messages = error.field_errors
    assert messages is not None
    messages.clear()
    assert error.field_errors


def test_messages_can_be_set_afterwards() -> None:
    """As other fields can; a copy and a pickle keep them."""
    error = ValidationError(issues=ISSUES)
    error.field_errors = {"a": ["b"]}
    assert error.field_errors == {"a": ["b"]}
    for again in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert again.field_errors == {"a": ["b"]}


def test_issues_that_are_none_have_no_messages() -> None:
    """An error by hand may hold anything."""
    assert ValidationError(issues=7).field_errors is None
    assert ValidationError(issues=[7, ISSUES[0]]).field_errors == {"a/b": ["This field is required."]}
    assert isinstance(vars(ValidationError)["field_errors"], FieldErrors)
    assert isinstance(ValidationError.field_errors, FieldErrors)


def test_the_field_of_an_error_is_the_first() -> None:
    """With its name, or the path to it."""
    v = InputValidator()
    v.field("a/b").required()
    v.field("c").required()
    error = v.inspect({}).error
    assert error.field == "a/b"
    assert Validator.of(list[int]).inspect([1, "x"]).error.field == "1"
    assert Validator.of(int).inspect("x").error.field == ""


def test_a_traceback_says_where_and_what() -> None:
    """Whoever sees the error and nothing else knows the first issues; never what was sent."""
    issues = [Issue(f"/f{number}", "REQUIRED", "This field is required.") for number in range(7)]

    assert (
        str(ValidationError(issues=tuple(issues[:2])))
        == "The input is not valid. (/f0 REQUIRED, /f1 REQUIRED)"
    )
    assert str(ValidationError(issues=tuple(issues))).endswith("/f4 REQUIRED and 2 more)")
    assert str(ValidationError(issues=(Issue("", "INVALID", "x"),))) == "The input is not valid. (INVALID)"
    assert str(ValidationError("Email is required", field="email")) == "Email is required"
    assert str(ValidationError(issues=7)) == "The input is not valid."


def test_a_log_line_has_the_issues_once() -> None:
    """As issues, and not as names of types among the internal details."""
    occurrence = Occurrence.of(ValidationError(issues=(Issue("/a", "REQUIRED", "x"),), field="a"))

    assert occurrence.internal["details"] == {"field": "a"}


def test_the_closing_issue_is_told_in_the_words_of_the_validator() -> None:
    """An answer says in its language how much is not listed; what does not count right is said by errcore."""
    v = InputValidator(max_issues=2, messages={"TOO_MANY_ISSUES": "und {omitted} weitere"})
    v.field("n").each(int)
    error = v.inspect({"n": ["x"] * 5}).error

    assert Occurrence.of(error).issues[-1].message == "und 4 weitere"
    lies = ValidationError(issues=(*error.issues[:1], Issue("", "TOO_MANY_ISSUES", "lies", {"omitted": "x"})))
    assert Occurrence.of(lies).issues[-1].params == {"omitted": 1}


class Unequal:
    """Fails when it is compared."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None


def test_a_closing_issue_is_known_by_its_code_alone() -> None:
    """An error by hand may have anything there, which is asked for nothing."""
    error = ValidationError(issues=(ISSUES[0], Issue("/b", Unequal(), "x")))
    assert [issue.pointer for issue in Occurrence.of(error).issues] == ["/a~1b", "/b"]


@pytest.mark.parametrize(
    ("omitted", "told"),
    [(3, 3), (1, 1), (0, 1), (-3, 1), (2**63 - 1, 2**63 - 1), (2**63, 1), (10**5000, 1), (True, 1), (2.0, 1)],
    ids=range(9),
)
def test_how_much_was_left_out_is_a_number_that_can_be_counted(omitted, told) -> None:
    """Anything else is one; what was left out here comes on top, in errcore's words."""
    closing = Issue("", "TOO_MANY_ISSUES", "in my\nwords", {"omitted": omitted})
    shown = Occurrence.of(ValidationError(issues=(ISSUES[0], closing))).issues
    assert [issue.pointer for issue in shown] == ["/a~1b", ""]
    assert (shown[-1].params, shown[-1].message) == ({"omitted": told}, "in my words")

    many = Occurrence.of(ValidationError(issues=(*(ISSUES[0],) * 150, closing))).issues
    assert many[-1].params == {"omitted": 50 + told}
    assert many[-1].message == f"{50 + told} more were left out."
