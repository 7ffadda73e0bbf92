# SPDX-License-Identifier: MIT
"""The fluent front door: its words, its order, what it refuses, and that the first use freezes it."""

from __future__ import annotations

import copy
import math
import pickle
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import attrs
import pytest

from errcore import ConfigurationError, InputValidator, ValidationError, Validator, rule
from errcore.validation import Choices, Each, FieldBuilder, Length, Range, Secret
from errcore.validation.shapes import MISSING

MOMENT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def codes(validator: InputValidator | Validator[Any], data: object) -> list[tuple[str, str]]:
    """What is wrong, by place."""
    return [(issue.pointer, issue.code) for issue in validator.inspect(data).issues]


def one(describe: Callable[[FieldBuilder], object]) -> InputValidator:
    """A validator of one field, x."""
    v = InputValidator()
    describe(v.field("x"))
    return v


def test_the_custom_validation_of_the_agent_platform() -> None:
    """The lines as they stand in its guide, with errcore's names."""
    validator = InputValidator()

    validator.field("email").required().email()
    validator.field("age").type(int).range(18, 120)
    validator.field("role").choices(["admin", "user", "guest"])

    user_data = {"email": "ada@example.org", "age": 36, "role": "admin"}
    assert validator.validate(user_data) == user_data
    with pytest.raises(ValidationError) as caught:
        validator.validate({"email": "ada", "age": 17, "role": "root"})
    assert caught.value.field_errors == {
        "email": ["Must be an email address."],
        "age": ["Must be at least 18."],
        "role": ["Must be 'admin', 'user' or 'guest'."],
    }
    assert caught.value.field == "email"


def test_a_validation_error_by_hand_has_the_messages_that_it_was_given() -> None:
    """The other example of that guide: messages by field, and no issues."""
    error = ValidationError(
        "Agent creation failed",
        field_errors={
            "name": ["Name is required"],
            "model_provider": ["Must be 'openai' or 'anthropic'"],
        },
    )
    assert error.field_errors == {
        "name": ["Name is required"],
        "model_provider": ["Must be 'openai' or 'anthropic'"],
    }
    assert str(error) == "Agent creation failed"


def test_the_field_of_an_upload_is_named_by_hand() -> None:
    """A third guide: one sentence, one field."""
    error = ValidationError("Email is required", field="email")
    assert (error.field, str(error), error.field_errors, error.issues) == (
        "email",
        "Email is required",
        None,
        (),
    )


def test_the_key_of_a_configuration_has_its_pattern() -> None:
    """A key with spaces is refused, the reason names the pattern, and the key is not repeated."""
    request = InputValidator(messages={"PATTERN_MISMATCH": "Key must match pattern: {pattern}"})
    request.field("key").required().pattern("[a-zA-Z0-9_.-]+").length(1, 255)
    request.field("value").required()

    with pytest.raises(ValidationError) as caught:
        request.validate({"key": "invalid key with spaces", "value": 1}, location="body")
    issue = caught.value.issues[0]
    assert (issue.pointer, issue.code, issue.location) == ("/key", "PATTERN_MISMATCH", "body")
    assert issue.message == "Key must match pattern: [a-zA-Z0-9_.-]+"
    assert "spaces" not in repr((caught.value, caught.value.issues))
    assert request.validate({"key": "database/url".replace("/", "."), "value": 1})


WORDS: list[tuple[str, Callable[[FieldBuilder], object], object, object, str]] = [
    ("type", lambda f: f.type(str), "a", 1, "WRONG_TYPE"),
    ("integer", lambda f: f.type(int), 1, True, "WRONG_TYPE"),
    ("whole", lambda f: f.type(int), 2, 2.0, "WRONG_TYPE"),
    ("float", lambda f: f.type(float), 2, True, "WRONG_TYPE"),
    ("list", lambda f: f.type(list[int]), [1], [True], "WRONG_TYPE"),
    ("moment", lambda f: f.type(datetime), MOMENT, "2026-01-31", "INVALID_DATE"),
    ("coerced integer", lambda f: f.type(int, coerce=True), "7", "7.5", "WRONG_TYPE"),
    ("coerced number", lambda f: f.type(float, coerce=True), "7.5", "seven", "WRONG_TYPE"),
    ("coerced truth", lambda f: f.type(bool, coerce=True), "true", "yes", "WRONG_TYPE"),
    ("range", lambda f: f.range(1, 3), 3, 4, "TOO_LARGE"),
    ("above", lambda f: f.range(above=1), 1.5, 1, "TOO_SMALL"),
    ("below", lambda f: f.range(below=1), 0, 1, "TOO_LARGE"),
    ("min", lambda f: f.min(1), 1, 0, "TOO_SMALL"),
    ("max", lambda f: f.max(1), 1, 2, "TOO_LARGE"),
    ("length", lambda f: f.length(2, 3), "ab", "a", "TOO_SHORT"),
    ("items", lambda f: f.type(list).length(0, 1), [1], [1, 2], "TOO_LONG"),
    ("multiple", lambda f: f.multiple_of(0.1), 0.3, 0.35, "NOT_A_MULTIPLE"),
    ("pattern", lambda f: f.pattern("[a-z]+"), "ab", "ab\n", "PATTERN_MISMATCH"),
    ("email", lambda f: f.email(), "a@b.co", "a@b", "INVALID_FORMAT"),
    ("url", lambda f: f.url(), "https://example.org/", "ftp://example.org/", "INVALID_FORMAT"),
    ("ftp", lambda f: f.url(["ftp"]), "ftp://example.org/", "https://example.org/", "INVALID_FORMAT"),
    ("uuid", lambda f: f.uuid(), str(UUID(int=7)), "7", "INVALID_FORMAT"),
    ("datetime", lambda f: f.datetime(), "2026-01-31T12:00:00Z", "2026-02-31T12:00:00Z", "INVALID_DATE"),
    ("date", lambda f: f.date(), "2026-01-31", "2026-02-31", "INVALID_DATE"),
    ("choices", lambda f: f.choices([1, "a", None]), None, True, "INVALID_CHOICE"),
    ("unique", lambda f: f.unique(), [1, 2], [1, 1], "NOT_UNIQUE"),
    ("each", lambda f: f.each(Length(1)), ["a"], ["a", ""], "TOO_SHORT"),
    ("nullable", lambda f: f.type(int).nullable(), None, "a", "WRONG_TYPE"),
    ("secret", lambda f: f.secret().length(8), "long enough", "short", "TOO_SHORT"),
]


@pytest.mark.parametrize(
    ("describe", "good", "bad", "code"), [case[1:] for case in WORDS], ids=[case[0] for case in WORDS]
)
def test_each_word_takes_a_good_value_and_refuses_a_bad_one(
    describe: Callable[[FieldBuilder], object], good: object, bad: object, code: str
) -> None:
    """And says which rule was broken."""
    v = one(describe)
    assert v.inspect({"x": good}).ok
    assert {said for _, said in codes(v, {"x": bad})} == {code}


def test_a_field_may_be_left_out_unless_it_is_required() -> None:
    """The last word about it counts."""
    v = InputValidator()
    v.field("a").type(int)
    v.field("b").required().optional(7)
    v.field("c").optional(7).required()
    v.field("d").optional(factory=list)
    v.field("e").optional(None)
    v.field("f").optional()

    assert codes(v, {}) == [("/c", "REQUIRED")]
    assert v.validate({"c": 1}) == {"b": 7, "c": 1, "d": [], "e": None}
    assert v.validate({"c": 1})["d"] is not v.validate({"c": 1})["d"]


def test_a_shared_list_is_no_default() -> None:
    """All inputs would have the same one."""
    with pytest.raises(ConfigurationError, match="factory=list"):
        InputValidator().field("tags").optional([])


def test_none_is_refused_where_it_was_not_allowed() -> None:
    """Null is not the same as left out."""
    assert codes(one(lambda f: f.type(int)), {"x": None}) == [("/x", "WRONG_TYPE")]


def test_normalisers_come_first_and_in_their_order() -> None:
    """Before the type and all else, whatever the order of the calls."""
    v = one(lambda f: f.length(1, 3).normalize(str.strip, str.lower))
    assert v.validate({"x": "  ABC  "}) == {"x": "abc"}
    assert codes(v, {"x": "    "}) == [("/x", "TOO_SHORT")]


def test_a_normaliser_that_cannot_take_a_wrong_type_leaves_it_to_be_refused() -> None:
    """It is the sender's mistake, and no crash."""
    result = one(lambda f: f.type(str).normalize(str.strip)).inspect({"x": 7})
    assert [issue.code for issue in result.issues] == ["WRONG_TYPE"]
    assert not result.ok and not result.crashed


def test_a_normaliser_that_cannot_take_the_right_type_crashed() -> None:
    """It is our mistake."""
    result = one(lambda f: f.type(str).normalize(lambda text: text[99])).inspect({"x": "a"})
    assert [issue.code for issue in result.issues] == ["RULE_CRASHED"]
    assert not result.ok and result.crashed


def test_a_normaliser_may_change_the_type() -> None:
    """The type is asked of what it gives; one that fails half way leaves what the one before gave."""
    v = one(lambda f: f.type(int).normalize(str.strip, int))
    assert v.validate({"x": " 7 "}) == {"x": 7}
    assert codes(v, {"x": " seven "}) == [("/x", "WRONG_TYPE")]


def test_a_normaliser_may_make_nothing_of_a_value_that_may_be_nothing() -> None:
    """Blank texts as None; where None is not allowed, it is refused."""

    def blank_is_none(text: str) -> str | None:
        return text or None

    assert one(lambda f: f.type(str).normalize(blank_is_none).nullable()).validate({"x": ""}) == {"x": None}
    assert codes(one(lambda f: f.type(str).normalize(blank_is_none)), {"x": ""}) == [("/x", "WRONG_TYPE")]


def test_a_renamed_field_keeps_its_name_in_issues() -> None:
    """The sender knows only the name that was sent."""
    v = one(lambda f: f.type(int).rename("y"))
    assert v.validate({"x": 1}) == {"y": 1}
    assert codes(v, {"x": "a"}) == [("/x", "WRONG_TYPE")]


def test_two_fields_cannot_become_one() -> None:
    """One would be lost without a word."""
    v = InputValidator()
    v.field("a").rename("b")
    v.field("b")
    with pytest.raises(ConfigurationError, match="becomes 'b', too"):
        v.build()


def test_other_keys_are_dropped_refused_or_kept() -> None:
    """And a key that nobody can show points to the object that holds it."""
    data = {"x": 1, "y": 2, "a/b": 3}
    assert one(lambda f: f.type(int)).validate(data) == {"x": 1}
    forbids, keeps = InputValidator(extra="forbid"), InputValidator().extra("keep")
    forbids.field("x").type(int)
    keeps.field("x").type(int)
    assert codes(forbids, {**data, 7: 4, "z" * 200: 5}) == [
        ("/y", "UNKNOWN_FIELD"),
        ("/a~1b", "UNKNOWN_FIELD"),
        ("", "UNKNOWN_FIELD"),
        ("", "UNKNOWN_FIELD"),
    ]
    assert keeps.validate(data) == data


def test_a_kept_key_cannot_stand_in_for_a_checked_field() -> None:
    """What the checked field is called in the result is nobody's to send."""
    v = InputValidator(extra="keep")
    v.field("userId").type(int).rename("user_id")
    assert v.validate({"user_id": "unchecked", "other": 1}) == {"other": 1}
    assert v.validate({"user_id": "unchecked", "userId": 7}) == {"user_id": 7}


def test_only_known_policies_for_other_keys() -> None:
    """A word that is none is refused where it is written."""
    with pytest.raises(ConfigurationError, match="ignore, forbid or keep"):
        InputValidator(extra="drop")


def test_an_object_inside_is_checked_by_its_own_validator() -> None:
    """A builder, a validator or an attrs class; the pointer goes on."""

    @attrs.define
    class Point:
        x: int

    address = InputValidator(extra="forbid")
    address.field("city").required().length(1)
    v = InputValidator()
    v.field("home").nested(address)
    v.field("office").type(dict).nested(address.build()).nullable()
    v.field("all").each(address)
    v.field("points").each(Point)
    v.field("point").nested(Point)

    good = {"home": {"city": "Ulm"}, "office": None, "all": [{"city": "Ulm"}], "points": [{"x": 1}]}
    assert v.validate({**good, "point": {"x": 2}}) == {**good, "points": [Point(1)], "point": Point(2)}
    assert codes(
        v, {"home": {}, "office": {"city": ""}, "all": [{"city": 1}, 2], "points": [{"x": True}]}
    ) == [
        ("/home/city", "REQUIRED"),
        ("/office/city", "TOO_SHORT"),
        ("/all/0/city", "WRONG_TYPE"),
        ("/all/1", "WRONG_TYPE"),
        ("/points/0/x", "WRONG_TYPE"),
    ]


def test_what_is_nested_keeps_all_that_it_asks() -> None:
    """Rules, None, and that it is a secret."""

    @rule(code="NOT_ONE", message="must not be one")
    def not_one(value: object) -> bool:
        return value != 1

    def empty(value: object) -> bool:
        return not value

    never = rule(code="NEVER", message="must be empty")(empty)
    inner = Validator.of(dict)
    v = one(lambda f: f.nested(inner).rule(never))
    assert codes(v, {"x": {"a": 1}}) == [("/x", "NEVER")]
    items = one(lambda f: f.each(not_one, Validator.of(int | None)))
    with pytest.raises(ConfigurationError, match="Nested suits an object"):
        one(lambda f: f.type(int).nested(inner))
    assert codes(items, {"x": [None, 1, "a"]}) == [("/x/1", "NOT_ONE"), ("/x/2", "WRONG_TYPE")]
    hidden = Validator.of(Annotated[dict[str, int], Secret()])
    for inside, shown in ((inner, {"default": None}), (hidden, {})):
        schema = one(lambda f, inside=inside: f.nested(inside).nullable().optional(None)).json_schema()
        field = schema.document["properties"]["x"]
        assert {name: field[name] for name in field if name == "default"} == shown


def test_rules_are_asked_last_and_all_of_them() -> None:
    """Only of a value that satisfies everything else."""
    asked: list[object] = []

    @rule(code="FIRST", message="must be first")
    def first(value: str) -> bool:
        asked.append(value)
        return False

    @rule(code="SECOND", message="must be second")
    def second(value: str) -> bool:
        return False

    v = one(lambda f: f.rule(first).rule(second).length(1, 3).pattern("[a-z]+").choices(["abc"]))
    assert codes(v, {"x": "abcd"}) == [("/x", "TOO_LONG")]
    assert codes(v, {"x": "1"}) == [("/x", "PATTERN_MISMATCH"), ("/x", "INVALID_CHOICE")]
    assert asked == []
    assert codes(v, {"x": "abc"}) == [("/x", "FIRST"), ("/x", "SECOND")]


def test_checks_across_fields_run_if_what_they_name_was_given_and_accepted() -> None:
    """Others do not matter; those that name nothing need everything."""
    v = InputValidator()
    v.field("start").required().type(int)
    v.field("end").type(int)
    v.field("note").type(str)
    v.check(
        lambda x: x["start"] <= x["end"],
        code="END_BEFORE_START",
        message="The end must not be before {fields}.",
        fields=["end", "start"],
    )
    v.check(lambda x: len(x) > 1, code="TOO_LITTLE")

    assert codes(v, {"start": 2, "end": 1, "note": 7}) == [
        ("/note", "WRONG_TYPE"),
        ("/end", "END_BEFORE_START"),
    ]
    assert codes(v, {"start": 2, "note": "a"}) == []
    assert codes(v, {"start": "a", "end": 1}) == [("/start", "WRONG_TYPE")]
    assert codes(v, {"start": 1}) == [("", "TOO_LITTLE")]
    assert v.inspect({"start": 1}).issues[0].message == "The fields do not go together."


def test_a_check_that_makes_no_sense_is_refused() -> None:
    """A code that is none, a field that is not there, what cannot be called."""
    v = InputValidator()
    v.field("a")
    v.check(lambda _: True, code="x")
    with pytest.raises(ConfigurationError, match="Cannot make a check"):
        v.build()
    validator = one(lambda f: f.type(int)).build()
    with pytest.raises(ConfigurationError, match="no field 'y'"):
        validator.check(lambda _: True, code="SOME_CODE", fields=["y"])
    with pytest.raises(ConfigurationError, match="cannot be called"):
        validator.check(None, code="SOME_CODE")
    with pytest.raises(ConfigurationError, match="message is no text"):
        validator.check(lambda _: True, code="SOME_CODE", message=7)


def test_the_fields_become_what_was_asked_for() -> None:
    """A class that refuses them with a ValueError refuses the input; in another way it crashes."""

    class Pair:
        def __init__(self, x: int) -> None:
            if x < 0:
                raise ValueError("the text of it is not told: canary")
            self.half = 1 // x

    v = one(lambda f: f.required().type(int))
    v.into(Pair)
    made: Any = v.validate({"x": 1})
    assert made.half == 1
    assert codes(v, {"x": -1}) == [("", "INVALID")]
    assert codes(v, {"x": 0}) == [("", "RULE_CRASHED")]
    assert "canary" not in repr(v.inspect({"x": -1}).issues)
    with pytest.raises(ConfigurationError, match="cannot be called"):
        InputValidator().into(7)


REFUSED: list[tuple[str, Callable[[FieldBuilder], object], str]] = [
    ("length of a number", lambda f: f.type(int).length(1), "Length suits"),
    ("number of a text", lambda f: f.type(str).range(1), "Range suits"),
    ("each of a number", lambda f: f.type(int).each(Length(1)), "Each suits a list"),
    ("no type", lambda f: f.type(complex), "cannot be checked"),
    ("a text for a type", lambda f: f.type("int"), "cannot be checked"),
    ("coercion of a text", lambda f: f.type(str, coerce=True), "cannot be coerced"),
    ("a function as a rule", lambda f: f.rule(len), "no constraint and no rule"),
    ("no normaliser", lambda f: f.normalize(None), "cannot be called"),
    ("no name", lambda f: f.rename(7), "new name is no text"),
    ("nothing of each", lambda f: f.each(), "nothing is asked"),
    ("a text for a limit", lambda f: f.type(datetime).range(1), "Range suits"),
    ("a naive limit", lambda f: f.type(datetime).range(datetime(2026, 1, 1)), "datetime with its offset"),  # noqa: DTZ001 - that is the point
    ("a moment for a day", lambda f: f.type(date).range(MOMENT), "Range suits datetime"),
    ("a day for a number", lambda f: f.type(int).range(date(2026, 1, 1)), "Range suits date"),
]


@pytest.mark.parametrize(
    ("describe", "why"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_does_not_fit_is_refused_where_it_is_written(
    describe: Callable[[FieldBuilder], object], why: str
) -> None:
    """And the field is as it was before."""
    v = InputValidator()
    field = v.field("x")
    with pytest.raises(ConfigurationError, match=why):
        describe(field)


def test_a_part_that_was_refused_is_not_kept() -> None:
    """The builder is good for use afterwards."""
    v = InputValidator()
    field = v.field("x").type(int)
    with pytest.raises(ConfigurationError):
        field.length(1)
    with pytest.raises(ConfigurationError):
        field.range(1).type(str)
    assert v.validate({"x": 7}) == {"x": 7}
    assert codes(v, {"x": 0}) == [("/x", "TOO_SMALL")]


def test_limits_that_fit_are_kept() -> None:
    """Moments with their zone, decimals, and integers too long to write down."""
    moment = one(lambda f: f.type(datetime).range(MOMENT))
    assert codes(moment, {"x": "2026-01-31T11:59:59Z"}) == [("/x", "TOO_SMALL")]
    assert codes(one(lambda f: f.type(Decimal).range(Decimal("0.1"), 2)), {"x": "0.05"}) == [
        ("/x", "TOO_SMALL")
    ]
    assert codes(one(lambda f: f.type(int).range(-(10**5000), 10**5000)), {"x": 10**5000 + 1}) == [
        ("/x", "TOO_LARGE")
    ]


def test_a_rule_that_takes_another_type_is_refused() -> None:
    """It would fail at each value."""

    @rule(code="SHORT", message="must be short")
    def short(value: str) -> bool:
        return len(value) < 3

    with pytest.raises(ConfigurationError, match="takes string, and the value is integer"):
        one(lambda f: f.type(int).rule(short))
    with pytest.raises(ConfigurationError, match="becomes a UUID"):
        one(lambda f: f.type(UUID).rule(short))
    assert codes(one(lambda f: f.rule(short)), {"x": 7}) == [("/x", "WRONG_TYPE")]


def test_the_first_use_freezes_the_builder() -> None:
    """A change afterwards would be lost, so it is refused; so it is after `build`."""
    v = InputValidator()
    field = v.field("x").type(int)
    v.validate({})
    changes: list[Callable[[], object]] = [
        lambda: v.field("y"),
        lambda: v.extra("forbid"),
        lambda: v.into(dict),
        lambda: v.check(lambda _: True, code="SOME_CODE"),
        field.required,
        field.optional,
        field.nullable,
        field.secret,
        lambda: field.type(str),
        lambda: field.normalize(abs),
        lambda: field.rename("z"),
        lambda: field.range(1),
        lambda: field.field("y"),
    ]
    for change in changes:
        with pytest.raises(ConfigurationError, match="it is in use"):
            change()
    assert v.build() is v.build()


def test_a_builder_that_holds_itself_is_refused() -> None:
    """It would never end; attrs classes may do so."""
    v = InputValidator()
    with pytest.raises(ConfigurationError, match="holds itself"):
        v.field("x").nested(v)


def test_threads_that_declare_and_use_at_once_agree() -> None:
    """What is not refused is in the validator that everybody gets."""
    for _ in range(20):
        v = InputValidator(extra="forbid")
        v.field("start")
        refused: list[str] = []
        built: list[Validator[Any]] = []
        barrier = threading.Barrier(4)

        def declare(
            name: str,
            v: InputValidator = v,
            refused: list[str] = refused,
            barrier: threading.Barrier = barrier,
        ) -> None:
            barrier.wait()
            for number in range(20):
                try:
                    v.field(f"{name}{number}")
                except ConfigurationError:
                    refused.append(f"{name}{number}")

        def use(
            v: InputValidator = v,
            built: list[Validator[Any]] = built,
            barrier: threading.Barrier = barrier,
        ) -> None:
            barrier.wait()
            v.validate({})
            built.append(v.build())

        threads = [threading.Thread(target=declare, args=(name,)) for name in "ab"]
        threads += [threading.Thread(target=use) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wanted = {"start"} | {f"{name}{number}" for name in "ab" for number in range(20)}
        fields = {field.name for field in built[0].root.shape.fields}
        assert built[0] is built[1]
        assert fields == wanted - set(refused)


def test_a_builder_is_neither_copied_nor_pickled() -> None:
    """Two builders would share their fields, and functions cannot be pickled: it says what to do."""
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="declare it anew"):
            attempt(InputValidator())


def test_a_builder_says_what_it_is_about() -> None:
    """For messages and shells."""
    v = InputValidator()
    assert repr(v) == "<InputValidator of nothing yet>"
    assert repr(v.field("x")) == "<field x>"
    assert v.field("x") is v.field("x")
    assert repr(MISSING) == "MISSING"
    assert repr(v) == "<InputValidator of x>"
    with pytest.raises(ConfigurationError, match="name is no text"):
        v.field(7)


def test_the_schema_of_a_builder_is_that_of_its_validator() -> None:
    """It is frozen by that, too."""
    v = one(lambda f: f.required().type(int))
    assert v.json_schema() == v.build().json_schema()
    assert v.json_schema().document["required"] == ["x"]


def test_constraints_are_given_as_values_as_well() -> None:
    """The words are only another way to write them."""
    v = one(lambda f: f.rule(Each(Range(1))))
    assert codes(v, {"x": [1, 0]}) == [("/x/1", "TOO_SMALL")]
    assert codes(one(lambda f: f.rule(Choices(["a"]))), {"x": "b"}) == [("/x", "INVALID_CHOICE")]


def test_a_limit_alone_means_a_number_that_stays_what_it_is() -> None:
    """Where no type was declared: an integer is not made a float, however large it is."""
    v = InputValidator()
    v.field("x").min(0)
    for value in (2, 2.5, 2**53 + 1, 10**400):
        assert type(v.validate({"x": value})["x"]) is type(value)
        assert v.validate({"x": value}) == {"x": value}
    for value in (True, "2", math.nan, math.inf, None):
        assert v.inspect({"x": value}).field_errors == {"x": ["Must be a finite number."]}


def test_one_scheme_is_refused_as_a_list_of_its_letters() -> None:
    """As `Url` does itself."""
    with pytest.raises(ConfigurationError, match="Cannot make Url"):
        InputValidator().field("home").url("https")
