# SPDX-License-Identifier: MIT
"""A whole validator: its issues and their places, limits and sentences, and other validators made of it."""

from __future__ import annotations

import copy
import json
import linecache
import pickle
from typing import Annotated, Any

import attrs
import pytest

from errcore import ConfigurationError, InputValidator, Issue, ValidationError, Validator, rule
from errcore.errors.issues import TOO_MANY_ISSUES
from errcore.validation import Choices, Invalid, Length, Range, Secret, Valid


@attrs.define
class Node:
    """A class inside itself."""

    value: int
    next: Node | None = None


@attrs.define
class User:
    """A class of several fields."""

    name: Annotated[str, Length(1, 10)]
    age: Annotated[int, Range(0, 150)] = 18
    home_town: str = attrs.field(default="Ulm", metadata={"errcore.name": "home/town"})


def said(validator: Validator[Any], data: object) -> list[tuple[str, str]]:
    """What is wrong, by place."""
    return [(issue.pointer, issue.code) for issue in validator.inspect(data).issues]


def resolve(document: Any, pointer: str) -> Any:
    """What a JSON pointer points to (RFC 6901, section 4)."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document


def test_every_pointer_resolves_in_the_input() -> None:
    """Lists, keys that are data, renamed fields, unions, tuples; also of keys that cannot be shown."""

    @attrs.define
    class Everything:
        items: list[dict[str, tuple[int, str]]]
        town: int = attrs.field(default=0, metadata={"errcore.name": "home~town/x"})
        either: int | list[int] = 0

    long, odd = "k" * 500, "line\nbreak"
    data: dict[str, Any] = {
        "items": [{"a/b": [1, "a"]}, {"": [1, 2], long: ["x", 1], odd: 7, "\ud800": 8, "a~b": [1]}],
        "home~town/x": "canary",
        "either": [1, "canary"],
    }
    result = Validator.of(Everything).inspect(data)
    assert [issue.pointer for issue in result.issues] == [
        "/items/1//1",
        "/items/1",
        "/items/1",
        "/items/1",
        "/items/1",
        "/items/1/a~0b",
        "/home~0town~1x",
        "/either/1",
    ]
    for issue in result.issues:
        resolve(data, issue.pointer)
        assert json.dumps(issue.pointer).isascii()


def test_inspect_gives_the_value_or_the_issues() -> None:
    """And never raises; the two are told apart by `ok` or by their type."""
    validator = Validator.of(User)
    good, bad = validator.inspect({"name": "a"}), validator.inspect({"name": ""}, location="query")
    assert isinstance(good, Valid)
    assert (good.ok, good.value, good.issues) == (True, User("a"), ())
    assert isinstance(bad, Invalid)
    assert (bad.ok, bad.crashed) == (False, False)
    assert bad.field_errors == {"name": ["Must have at least 1 characters."]}
    assert [issue.location for issue in bad.issues] == ["query"]
    assert bad.error.issues is bad.issues
    assert isinstance(bad.error, ValidationError)
    assert "a" not in repr(good).replace("Valid", "")


def test_results_and_issues_are_pickled() -> None:
    """With everything they tell."""
    bad = Validator.of(User).inspect({})
    again = pickle.loads(pickle.dumps(bad))
    assert again == bad
    assert again.error.issues == bad.issues


def test_issues_beyond_the_limit_are_counted() -> None:
    """The last of those that are listed says how many more there were."""
    validator = Validator.of(list[int], max_issues=3)
    issues = validator.inspect(["a"] * 10_000).issues
    assert [issue.pointer for issue in issues] == ["/0", "/1", ""]
    assert (issues[-1].code, issues[-1].params) == (TOO_MANY_ISSUES, {"omitted": 9_998})
    assert len(validator.inspect(["a"] * 3).issues) == 3
    assert len(Validator.of(list[int]).inspect(["a"] * 10_000).issues) == 100
    for limit in (1, 0, 2.5, True):
        with pytest.raises(ConfigurationError, match="max_issues"):
            Validator.of(list[int], max_issues=limit)


def test_sentences_are_found_by_code() -> None:
    """Own ones go before ours, also before that of a rule; limits are filled in."""

    @rule(code="SLUG_FORMAT", message="must be a slug of {most}", params={"most": 5})
    def slug(value: str) -> bool:
        return False

    german = {"TOO_SMALL": "Mindestens {min}.", "REQUIRED": "Fehlt.", "WRONG_TYPE:integer": "Keine Zahl."}
    v = InputValidator(messages=german)
    v.field("a").required().range(18)
    v.field("b").required()
    v.field("c").type(int)
    v.field("d").type(str)
    v.field("e").rule(slug)
    assert v.inspect({"a": 7, "c": "x", "d": 1, "e": "x"}).error.field_errors == {
        "a": ["Mindestens 18."],
        "b": ["Fehlt."],
        "c": ["Keine Zahl."],
        "d": ["Must be a text."],
        "e": ["must be a slug of 5"],
    }
    own = Validator.of(Annotated[str, slug], messages={"SLUG_FORMAT": "Kein Kürzel."})
    assert own.inspect("x").issues[0].message == "Kein Kürzel."


def test_parts_of_a_class_give_dicts() -> None:
    """Some fields, all others, or all of them without need."""
    validator = Validator.of(User)
    assert validator.pick("name", "home/town").validate({"name": "a", "age": "x", "home/town": "b"}) == {
        "name": "a",
        "home_town": "b",
    }
    assert validator.omit("age").validate({"name": "a", "age": "x"}) == {"name": "a"}
    assert validator.partial().validate({"age": 7}) == {"age": 7}
    assert said(validator.partial(), {"age": -1}) == [("/age", "TOO_SMALL")]
    assert said(validator.omit("age"), {}) == [("/name", "REQUIRED")]
    for part in (validator.pick, validator.omit):
        with pytest.raises(ConfigurationError, match="no field 'town'; use name, age, home/town"):
            part("town")


def test_parts_of_a_builder_keep_what_stays() -> None:
    """Defaults, policies, checks about fields that are all there."""
    v = InputValidator(extra="forbid")
    v.field("a").type(int).optional(1)
    v.field("b").required().type(int)
    v.field("c").type(int)
    v.check(lambda x: x["a"] < x["b"], code="A_BEFORE_B", fields=["a", "b"])
    v.check(lambda x: len(x) > 1, code="TOO_LITTLE")
    whole = v.build()

    assert whole.pick("a").validate({}) == {"a": 1}
    assert said(whole.pick("a"), {"b": 1}) == [("/b", "UNKNOWN_FIELD")]
    assert said(whole.pick("a", "b"), {"a": 2, "b": 1}) == [("/a", "A_BEFORE_B")]
    assert said(whole.omit(), {"b": 1, "a": 0}) == []
    assert said(whole.partial(), {"a": 2, "b": 1}) == [("/a", "A_BEFORE_B")]
    assert whole.partial().validate({}) == {}
    assert said(whole, {"b": 2}) == []


def test_two_validators_become_one() -> None:
    """Of a field that both have, the second's; sentences likewise."""
    first = InputValidator(messages={"REQUIRED": "first", "TOO_LARGE": "first"})
    first.field("a").type(int)
    first.field("b").required()
    second = InputValidator(messages={"REQUIRED": "second"})
    second.field("a").required().type(str)
    second.check(lambda x: False, code="NEVER")
    both = first.build().merge(second.build())
    assert isinstance(both, Validator)
    assert [(i.pointer, i.code, i.message) for i in both.inspect({}).issues] == [
        ("/a", "REQUIRED", "second"),
        ("/b", "REQUIRED", "second"),
    ]
    assert said(both, {"a": "x", "b": 1}) == [("", "NEVER")]
    assert Validator.of(User).merge(first.build()).validate({"name": "n", "a": 1, "b": 2}) == {
        "name": "n",
        "a": 1,
        "b": 2,
    }
    renamed = InputValidator()
    renamed.field("z").rename("a")
    with pytest.raises(ConfigurationError, match="becomes 'a', too"):
        first.build().merge(renamed.build())


def test_parts_of_a_class_inside_itself() -> None:
    """What is inside stays whole."""
    validator = Validator.of(Node)
    assert said(validator.partial(), {"next": {}}) == [("/next/value", "REQUIRED")]
    assert validator.pick("next").validate({"next": {"value": 1}}) == {"next": Node(1)}
    assert validator.merge(Validator.of(User)).validate({"value": 1, "name": "a"}) == {
        "value": 1,
        "name": "a",
    }
    checked = validator.check(lambda x: x["value"] > 0, code="NOT_ABOVE_ZERO", fields=["value"])
    assert said(checked, {"value": 0}) == [("/value", "NOT_ABOVE_ZERO")]
    assert checked.validate({"value": 1}) == Node(1)


def test_rules_about_the_object_do_not_see_its_parts() -> None:
    """They would get a dict, for which they were not made."""

    @rule(code="TOO_YOUNG", message="must be of age")
    def of_age(user: User) -> bool:
        return user.age >= 18

    validator: Validator[User] = Validator.of(Annotated[User, of_age])
    assert said(validator, {"name": "a", "age": 7}) == [("", "TOO_YOUNG")]
    assert said(validator.pick("age"), {"age": 7}) == []
    assert said(validator.partial(), {"age": 7}) == []
    assert said(validator.merge(Validator.of(Node)), {"name": "a", "age": 7, "value": 1}) == []


def test_what_has_no_fields_has_no_parts() -> None:
    """The message says so."""
    for change in ("partial", "pick", "omit"):
        with pytest.raises(ConfigurationError, match="has no fields"):
            getattr(Validator.of(int), change)()


def test_a_validator_says_what_it_is_about() -> None:
    """The class, the fields, or the kind."""
    v = InputValidator()
    assert repr(v.build()) == "<Validator of an object>"
    assert repr(Validator.of(User)) == "<Validator of User>"
    assert repr(Validator.of(Node)) == "<Validator of Node>"
    assert repr(Validator.of(User).pick("name", "age")) == "<Validator of name, age>"
    assert repr(Validator.of(int)) == "<Validator of integer>"


def test_a_validator_is_copied_as_itself_and_not_pickled() -> None:
    """It never changes; and it holds functions, for which it says what to do."""
    validator = Validator.of(User)
    assert copy.copy(validator) is validator
    assert copy.deepcopy([validator])[0] is validator
    with pytest.raises(TypeError, match="let the other process make its own"):
        pickle.dumps(validator)


def test_the_lines_of_a_validator_go_with_it() -> None:
    """Validators made for each request leave nothing behind."""
    import gc

    validator: Validator[Any] | None = Validator.of(list[int])
    assert validator is not None
    assert validator.source is validator.source
    validator.validate([1])
    gc.collect()
    before = len([name for name in linecache.cache if name.startswith("<errcore validator")])
    for _ in range(10):
        Validator.of(list[int]).validate([1])
    gc.collect()
    assert len([name for name in linecache.cache if name.startswith("<errcore validator")]) <= before


def test_the_input_is_not_changed() -> None:
    """Even by a rule that changes what it gets: lists and records are made anew."""

    @rule(code="SORTED", message="m")
    def sorts(value: list[int]) -> bool:
        value.sort()
        return True

    data = {"a": [2, 1], "b": {"c": [1]}, "d": " x "}
    before = copy.deepcopy(data)
    v = InputValidator()
    v.field("a").type(list[int]).rule(sorts)
    v.field("b").type(dict)
    v.field("d").normalize(str.strip)
    assert v.validate(data) == {"a": [1, 2], "b": {"c": [1]}, "d": "x"}
    assert data == before
    for declared in (list, list[Any], Annotated[list[Any], sorts]):
        given = [2, 1]
        assert Validator.of(declared).validate(given) is not given
        assert given == [2, 1]


def test_a_secret_is_only_a_word_for_others() -> None:
    """It asks nothing itself."""
    validator = Validator.of(Annotated[str, Secret(), Choices(["a"])])
    assert validator.root.secret
    assert said(validator, "b") == [("", "INVALID_CHOICE")]


def test_issues_of_a_rule_are_placed_below_its_value() -> None:
    """With their own codes and sentences."""

    @rule(code="ANY", message="m")
    def pairs(value: dict) -> Any:
        return [Issue("/a", "TAKEN", "Is taken.", {"max": 1}, "body"), Issue("", "WHOLE_PAIR", "Is odd.")]

    validator = Validator.of(list[Annotated[dict[str, int], pairs]])
    assert [(i.pointer, i.code, i.message, i.params, i.location) for i in validator.inspect([{}]).issues] == [
        ("/0/a", "TAKEN", "Is taken.", {"max": 1}, "body"),
        ("/0", "WHOLE_PAIR", "Is odd.", {}, None),
    ]


def test_a_rule_that_gives_no_issues_accepts() -> None:
    """As one that says True."""
    empty = rule(code="ANY", message="m")(lambda value: [])
    assert said(Validator.of(Annotated[int, empty]), 7) == []
