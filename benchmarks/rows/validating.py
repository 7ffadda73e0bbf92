# SPDX-License-Identifier: MIT
"""A document of six fields that is good, and one in which all six are wrong.

The limit is ifs by hand that do the same observable job: the same dict or instance of an attrs class, the same issues in
one error, whose messages by field are read. The rows beside pydantic are the exception to what a limit is: theirs is
pydantic, which has other words for what is wrong, so that only the places of the defects are compared. Its model is what
most people use; its TypedDict, which makes no instance, is shown besides: it is faster than ifs in Python can be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import attrs

from benchmarks.case import Case, Column
from benchmarks.rows import validating_peers
from benchmarks.rows.validating_by_hand import EMAIL, ROLES, InvalidByHand, checker
from errcore import InputValidator, ValidationError, Validator
from errcore.validation import Choices, Length, Pattern, Range

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "BAD",
    "GOOD",
    "account",
    "beside_pydantic_invalid",
    "beside_pydantic_valid",
    "building",
    "invalid",
    "valid",
    "valid_class",
]

GOOD = {
    "email": "ada.lovelace@example.org",
    "name": "Ada Lovelace",
    "age": 36,
    "role": "editor",
    "score": 0.75,
    "active": True,
}
BAD = {"email": "ada.lovelace", "name": "", "age": 7, "role": "owner", "score": 1.5, "active": "yes"}


@attrs.define
class Account:
    """What the document becomes."""

    email: Annotated[str, Pattern(EMAIL)]
    name: Annotated[str, Length(1, 80)]
    age: Annotated[int, Range(18, 120)]
    role: Annotated[str, Choices(ROLES)]
    score: Annotated[float, Range(0.0, 1.0)]
    active: bool


@attrs.define
class AccountByHand:
    """The same without anything to check."""

    email: str
    name: str
    age: int
    role: str
    score: float
    active: bool


def account() -> InputValidator:
    """The validator, from the builder."""
    made = InputValidator()
    made.field("email").required().pattern(EMAIL)
    made.field("name").required().length(1, 80)
    made.field("age").required().type(int).range(18, 120)
    made.field("role").required().choices(ROLES)
    made.field("score").required().type(float).range(0.0, 1.0)
    made.field("active").required().type(bool)
    return made


def valid() -> Case:
    """The row of a good document that becomes a dict."""
    return Case(
        "validation valid",
        limit=Column("ifs by hand", checker(), GOOD),
        ours=Column("errcore", account().build().validate, GOOD),
        gate=1.5,
        peers=(
            Column("errcore, InputValidator", account().validate, GOOD),
            *validating_peers.valid(GOOD),
        ),
    )


def valid_class() -> Case:
    """The row of a good document that becomes an instance of an attrs class."""
    return Case(
        "validation valid, class",
        limit=_made("ifs by hand", checker(AccountByHand)),
        ours=_made("errcore", Validator.of(Account).validate),
        gate=1.5,
        peers=tuple(validating_peers.valid_class(GOOD)),
    )


def _made(name: str, make: Callable[[Any], Any]) -> Column:
    return Column(name, make, GOOD, outcome=lambda: attrs.asdict(make(GOOD)))


def invalid() -> Case:
    """The row of a document with six defects, which are all read, as are the messages by field."""
    by_hand = _caught(checker(), InvalidByHand)
    ours = _caught(account().build().validate, ValidationError)
    return Case(
        "validation invalid",
        limit=Column("ifs by hand", by_hand, BAD, outcome=lambda: _told(by_hand(BAD))),
        ours=Column("errcore", ours, BAD, outcome=lambda: _told(ours(BAD))),
        gate=1.5,
        peers=(
            Column("errcore, inspect", _inspected(account().build()), BAD, differs="raises nothing"),
            *validating_peers.invalid(BAD),
        ),
    )


def _caught(validate: Callable[[Any], Any], kind: type[Any]) -> Callable[[Any], Any]:
    def caught(document: Any) -> Any:
        try:
            return validate(document)
        except kind as error:
            return error, error.issues, error.field_errors

    return caught


def _inspected(validator: Validator[Any]) -> Callable[[Any], Any]:
    inspect = validator.inspect

    def inspected(document: Any) -> Any:
        result = inspect(document)
        return result.error, result.issues, result.field_errors

    return inspected


def _told(caught: Any) -> dict[str, Any]:
    """What a caller reads."""
    error, issues, field_errors = caught
    return {
        "text": str(error),
        "code": error.code,
        "field": error.field,
        "issues": [attrs.asdict(issue) for issue in issues],
        "field_errors": field_errors,
    }


def beside_pydantic_valid() -> Case:
    """The row of a good document that becomes an instance of a class: of attrs here, a model there."""
    import pydantic  # noqa: F401 - without it the row is left out

    theirs = validating_peers.valid_pydantic_model()
    ours = Validator.of(Account).validate
    return Case(
        "validation beside pydantic, valid",
        limit=Column("pydantic, BaseModel", theirs, GOOD, outcome=lambda: theirs(GOOD).model_dump()),
        ours=_made("errcore", ours),
        gate=1.0,
        peers=(
            Column("errcore, dict", account().build().validate, GOOD),
            Column("pydantic, TypedDict", validating_peers.valid_pydantic(), GOOD),
        ),
    )


def beside_pydantic_invalid() -> Case:
    """The row of a document with six defects, which are all read."""
    import pydantic  # noqa: F401 - without it the row is left out

    theirs = validating_peers.invalid_pydantic()
    ours = _caught(Validator.of(Account).validate, ValidationError)
    return Case(
        "validation beside pydantic, invalid",
        limit=Column(
            "pydantic, TypedDict, errors()",
            theirs,
            BAD,
            outcome=lambda: [f"/{each['loc'][0]}" for each in theirs(BAD)],
        ),
        ours=Column("errcore", ours, BAD, outcome=lambda: [issue.pointer for issue in ours(BAD)[1]]),
        gate=1.0,
    )


def building() -> Case:
    """The row of a validator that is made and used once, beside the class that attrs makes and uses once; no gate."""
    return Case(
        "validation built",
        limit=Column("attrs class, nothing checked", _class_built),
        ours=Column("errcore", _built),
        peers=tuple(validating_peers.built(GOOD)),
    )


def _class_built() -> Any:
    hints = AccountByHand.__annotations__
    made = attrs.make_class("Account", {name: attrs.field(type=hint) for name, hint in hints.items()})
    return attrs.asdict(made(**GOOD))


def _built() -> Any:
    return account().validate(GOOD)
