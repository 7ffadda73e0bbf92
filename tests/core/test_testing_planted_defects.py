# SPDX-License-Identifier: MIT
"""A kit is tested by the bugs that it must catch: eleven defects, each caught by the law that is meant for it.

Those that errcore's own front doors would not let through stand in for a validator: they have its surface and its
declaration, and another `validate`.
"""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import pytest
from hypothesis import strategies as st

from errcore import InputValidator, Issue, ValidationError, Validator, rule
from errcore.testing import check_laws
from errcore.testing.validators.law import LawBroken
from errcore.testing.validators.laws import trials
from errcore.validation import Invalid, Valid


def signup() -> InputValidator:
    """What is declared."""
    v = InputValidator()
    v.field("email").required().email()
    v.field("age").required().type(int).range(18, 120)
    v.field("name").required().type(str)
    v.field("slug").pattern("[a-z-]+")
    v.field("tags").type(list[str])
    v.field("a/b~c").type(int)
    return v


@attrs.frozen(eq=False, slots=False, repr=False)
class Planted(Validator[Any]):
    """A validator with the declaration of another one, and a `validate` of its own."""

    changed: Callable[[Validator[Any], Any], Any] = attrs.field(kw_only=True)

    def validate(self, data: object, *, location: str | None = None) -> Any:
        """What the defect makes of it."""
        return self.changed(Validator(self.root, self.messages), data)

    def inspect(self, data: object, *, location: str | None = None) -> Valid[Any] | Invalid:
        """The same."""
        try:
            return Valid(self.validate(data))
        except ValidationError as error:
            return Invalid(error.issues, error)


def planted(changed: Callable[[Validator[Any], Any], Any]) -> Planted:
    """A validator with a defect."""
    return Planted(signup().build().root, changed=changed)


def retold(changed: Callable[[list[Issue], Any], list[Issue]]) -> Planted:
    """A validator that tells something else."""

    def validate(good: Validator[Any], data: Any) -> Any:
        found = good.inspect(data)
        issues = changed(list(found.issues), data)
        if not issues:
            return found.value if isinstance(found, Valid) else {}
        raise ValidationError(issues=tuple(issues))

    return planted(validate)


KNOWN = {"ada": 1}


def key_error(good: Validator[Any], data: Any) -> Any:
    """It looks an id up, and does not expect a stranger."""
    value = good.validate(data)
    return {**value, "id": KNOWN[value["name"]]}


def type_error(good: Validator[Any], data: Any) -> Any:
    """It asks for a length before it asks for a type."""
    if isinstance(data, dict) and "name" in data and len(data["name"]) > 10_000:
        raise ValidationError("Too long.", field="name")
    return good.validate(data)


def random_outcome(good: Validator[Any], data: Any) -> Any:
    """It tosses a coin."""
    value = good.validate(data)
    if random.random() < 0.3:
        raise ValidationError(issues=(Issue("", "INVALID", "Is not valid."),))
    return value


def in_order(tags: list[str]) -> list[str]:
    """It sorts the list that it was given."""
    tags.sort()
    return tags


def mutating() -> InputValidator:
    """A normaliser that changes the input."""
    v = InputValidator()
    v.field("tags").type(list[str]).normalize(in_order)
    return v


def escaping() -> InputValidator:
    """A normaliser that escapes what is escaped."""
    v = InputValidator()
    v.field("name").type(str).normalize(html.escape)
    return v


def echo(issues: list[Issue], data: Any) -> list[Issue]:
    """It says what was wrong in the words of the sender."""
    return [
        attrs.evolve(issue, message=f"{data['name']!r} is not a name.") if issue.pointer == "/name" else issue
        for issue in issues
    ]


def hidden(good: Validator[Any], data: Any) -> Any:
    """What was caught holds what was sent, and goes along."""
    try:
        return int(data["age"]) and good.validate(data)
    except (ValueError, TypeError, KeyError) as caught:
        found = good.inspect(data)
        if isinstance(found, Valid):
            return found.value
        raise ValidationError(issues=found.issues) from (caught if isinstance(caught, KeyError) else None)


def unescaped(issues: list[Issue], _data: Any) -> list[Issue]:
    """It joins keys with slashes, whatever is in them."""
    return [
        attrs.evolve(issue, pointer=issue.pointer.replace("~1", "/").replace("~0", "~")) for issue in issues
    ]


def first_only(issues: list[Issue], _data: Any) -> list[Issue]:
    """It stops at the first."""
    return issues[:1]


def off_by_one(issues: list[Issue], data: Any) -> list[Issue]:
    """Its upper limit is one too low."""
    if isinstance(data, dict) and type(data.get("age")) is int and data["age"] == 120:
        return [*issues, Issue("/age", "TOO_LARGE", "Must be at most 120.", {"max": 120})]
    return issues


def dollar(issues: list[Issue], data: Any) -> list[Issue]:
    """Its pattern ends in `$`, before which a line may end."""
    slug = data.get("slug") if isinstance(data, dict) else None
    if isinstance(slug, str) and re.match("[a-z-]+$", slug):
        return [issue for issue in issues if issue.pointer != "/slug"]
    return issues


DEFECTS: Mapping[str, tuple[str, Callable[[], Any]]] = {
    "KeyError on unknown id": ("total", lambda: planted(key_error)),
    "TypeError before type check": ("total", lambda: planted(type_error)),
    "random outcome": ("deterministic", lambda: planted(random_outcome)),
    "mutating normaliser": ("pure", mutating),
    "double-escaping normaliser": ("idempotent", escaping),
    "echoing message": ("no_echo", lambda: retold(echo)),
    "value hidden in __context__": ("no_echo", lambda: planted(hidden)),
    "unescaped pointer": ("pointers_resolve", lambda: retold(unescaped)),
    "first issue only": ("accumulates", lambda: retold(first_only)),
    "off by one": ("accepts_and_rejects", lambda: retold(off_by_one)),
    "newline before $": ("accepts_and_rejects", lambda: retold(dollar)),
}


def asked(v: Any, law: str) -> str:
    """What one law says."""
    trial = next(trial for trial in trials(v) if trial.law.name == law)
    return trial()


@pytest.mark.parametrize("defect", DEFECTS)
def test_defect_is_caught_by_the_law_meant_for_it(defect: str) -> None:
    """With the default profile; and the message says which law, with which document, and what to do."""
    law, make = DEFECTS[defect]

    with pytest.raises(LawBroken, match=f"breaks the law `{law}`") as caught:
        asked(make(), law)

    assert "\ndocument: " in str(caught.value)
    assert getattr(caught.value, "__notes__", []) == []
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_what_the_defects_were_planted_in_keeps_all_laws() -> None:
    """So it is the defects that the laws see, and nothing else."""
    assert check_laws(signup(), examples=10)["total"] == ""
    for law in {law for law, _ in DEFECTS.values()}:
        assert asked(retold(lambda issues, _: issues), law) == ""


def test_rules_that_crash_are_caught_in_rules_and_normalisers_too() -> None:
    """The same defects, made through the front door: errcore fails closed, and the law says so."""

    @rule(code="UNKNOWN", message="Must be known.")
    def known(value: str) -> bool:
        return KNOWN[value] > 0

    known.valid(lambda: st.sampled_from(["ada"]))
    known.invalid(lambda: st.sampled_from(["grace", "alan"]))
    v = InputValidator()
    v.field("id").rule(known)

    with pytest.raises(LawBroken, match=r"crashed at '/id': KeyError in the rule known"):
        asked(v, "total")


def test_echo_of_a_rule_is_caught_behind_other_constraints() -> None:
    """No canary passes a short length; then the examples of the rule are looked for."""

    def says(value: str) -> list[Issue]:
        return [] if value == "harmless" else [Issue("", "UNKNOWN", f"Not {value}.")]

    known = rule(code="UNKNOWN", message="Must be known.")(says)
    known.valid(lambda: st.just("harmless"))
    known.invalid(lambda: st.sampled_from(["something", "otherwise"]))
    v = InputValidator()
    v.field("id").rule(known).length(1, 12)

    with pytest.raises(LawBroken, match="is told again by UNKNOWN"):
        asked(v, "no_echo")
