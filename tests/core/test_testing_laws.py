# SPDX-License-Identifier: MIT
"""Thirteen laws hold for validators of every kind, and say what is wrong where they do not."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import attrs
import pytest
from hypothesis import strategies as st

from errcore import ConfigurationError, InputValidator, Issue, ValidationError, Validator, rule
from errcore.testing import LawBroken, check_laws, validator_laws
from errcore.testing.validators import elsewhere
from errcore.testing.validators.law import Case, same, shown
from errcore.testing.validators.laws import LAWS, trials
from errcore.validation import Email, Invalid, Length, Pattern, Range, Unique, Valid, ready, shapes

# What the laws say of one validator after another.
signup = InputValidator()
signup.field("email").required().email()
signup.field("age").required().type(int).range(18, 120)
signup.field("role").required().choices(["admin", "user", "guest"])

account = InputValidator(extra="forbid")
account.field("email").required().normalize(str.strip, str.lower).email()
account.field("age").type(int).range(18, 120).optional(18)
account.field("password").required().secret().length(8, 64)
account.field("newsletter").type(bool)
account.field("a/b~c").type(int)
account.field("nick").rename("alias").type(str)


@attrs.define
class Tag:
    """A part."""

    name: Annotated[str, Length(1, 5)]


@attrs.define
class Node:
    """What holds itself."""

    value: int
    tags: list[Tag] = attrs.field(factory=list)
    kids: list[Node] = attrs.field(factory=list)


@attrs.define
class Cat:
    """One option."""

    kind: Literal["cat"]
    lives: Annotated[int, Range(1, 9)]


@attrs.define
class Dog:
    """Another option."""

    kind: Literal["dog"]
    name: str


@attrs.define
class Owner:
    """Unions, and keys that are data."""

    pet: Cat | Dog
    scores: dict[str, float]
    mail: Annotated[str, Email()] | None = None
    either: int | list[str] = 0


@attrs.define
class Kinds:
    """Every kind of text that stands for a value."""

    moment: datetime
    day: date
    hour: time
    number: UUID
    amount: Decimal
    data: bytes
    later: datetime | None = None
    days: list[date] = attrs.field(factory=list)
    prices: dict[str, Annotated[Decimal, Range(Decimal("0.01"), 1000)]] = attrs.field(factory=dict)
    short: Annotated[bytes, Length(0, 4)] = b""


test_kinds = validator_laws(Validator.of(Kinds), examples=25)
test_signup = validator_laws(signup)
test_account = validator_laws(account, examples=25)
test_node = validator_laws(Validator.of(Node), examples=25)
test_owner = validator_laws(Validator.of(Owner), examples=25)
test_texts = validator_laws(Validator.of(dict[Annotated[str, Pattern("[a-z]+")], str]), examples=25)
test_list = validator_laws(Validator.of(list[Annotated[str, Length(1, 9)]]), examples=25)
test_everything = validator_laws(Validator.of(Any), examples=10)

READY = [name for name in ready.__all__ if isinstance(getattr(ready, name), Validator | InputValidator)]


@pytest.mark.parametrize("name", READY)
def test_ready_validators_keep_all_laws(name: str) -> None:
    """They are examples of composition, so they had better."""
    assert set(check_laws(getattr(ready, name), examples=15)) == set(LAWS)


def test_there_are_thirteen_with_a_sentence_each() -> None:
    """As the documentation counts them; the sentence is what a failure begins with."""
    assert len(LAWS) == 13
    assert all(law.statement.endswith(".") for law in LAWS.values())


def test_the_list_of_laws_names_them_all() -> None:
    """By the same names, and in the same order."""
    listed = re.findall(r"^ *- (\w+): \S", validator_laws.__doc__ or "", re.MULTILINE)

    assert listed == list(LAWS)


def test_each_law_is_a_case_of_pytest(pytester_dir: Any) -> None:
    """Named after the law; a skip says why."""
    (pytester_dir / "test_it.py").write_text(
        "from errcore import InputValidator\n"
        "from errcore.testing import validator_laws\n"
        "v = InputValidator()\n"
        "v.field('age').type(int)\n"
        "test_v = validator_laws(v, skip={'bounded': 'measured elsewhere'}, examples=2)\n"
    )
    said = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-rs", "-p", "no:cacheprovider", str(pytester_dir)],
        capture_output=True,
        text=True,
        cwd=pytester_dir,
    ).stdout

    for name in LAWS:
        assert f"test_v[{name}]" in said
    assert "measured elsewhere" in said
    assert "failed" not in said


@pytest.fixture
def pytester_dir(tmp_path: Any) -> Any:
    """A folder with settings of its own."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


@pytest.mark.parametrize(
    ("skip", "message"),
    [
        ({"idempotence": "tokens are single-use"}, "there is no such law; use one of total, deterministic"),
        ({"idempotent": " "}, "no reason is given"),
        ({"idempotent": None}, "no reason is given"),
    ],
)
def test_skips_need_a_known_name_and_a_reason(skip: Any, message: str) -> None:
    """A law that is left out by mistake would be worse than none."""
    with pytest.raises(ConfigurationError, match=message):
        validator_laws(signup, skip=skip)


@pytest.mark.parametrize("examples", [0, 2.5, True])
def test_examples_are_a_number(examples: Any) -> None:
    """None at all would prove nothing."""
    with pytest.raises(ConfigurationError, match="no whole number above 0"):
        trials(signup, examples=examples)


def test_all_laws_are_told_at_once_without_a_test_runner() -> None:
    """`check_laws` gives why laws were not asked, or raises with all that are broken."""
    said = check_laws(signup, {"bounded": "measured elsewhere"}, examples=5)

    assert said["bounded"] == "measured elsewhere"
    assert said["total"] == ""
    v = InputValidator()
    v.field("tags").type(list[str]).normalize(backwards)
    with pytest.raises(LawBroken) as caught:
        check_laws(v, examples=20)
    assert "`pure`" in str(caught.value)
    assert "`idempotent`" in str(caught.value)


def backwards(tags: list[str]) -> list[str]:
    """It changes the input, and twice is not the same as once."""
    tags.reverse()
    return tags


@attrs.frozen(eq=False, slots=False, repr=False)
class Standing(Validator[Any]):
    """A validator with the declaration of another one, and a way of its own."""

    way: Any = attrs.field(kw_only=True)

    def validate(self, data: object, *, location: str | None = None) -> Any:
        """That way."""
        return self.way(Validator(self.root, self.messages, self.max_issues), data)

    def inspect(self, data: object, *, location: str | None = None) -> Valid[Any] | Invalid:
        """The same."""
        try:
            return Valid(self.validate(data))
        except ValidationError as error:
            return Invalid(error.issues, error)


def breaks_law(law: str, v: Any, **more: Any) -> str:
    """What the law says of a validator that breaks it."""
    trial = next(trial for trial in trials(v, examples=25, **more) if trial.law.name == law)
    with pytest.raises(LawBroken) as caught:
        trial()
    assert f"breaks the law `{law}`" in str(caught.value)
    return str(caught.value)


def keeps_law(law: str, v: Any, **more: Any) -> str:
    """Why it was not asked, if it was not."""
    return next(trial for trial in trials(v, examples=25, **more) if trial.law.name == law)()


def refusing(issue: Issue, **more: Any) -> Standing:
    """A validator that refuses everything in one way."""

    def way(good: Validator[Any], data: Any) -> Any:
        raise ValidationError(issues=(issue,), **more)

    return Standing(signup.build().root, way=way)


def test_inspect_has_to_agree_and_must_not_raise() -> None:
    """Both ways in have one meaning."""

    @attrs.frozen(eq=False, slots=False, repr=False)
    class Loose(Standing):
        def inspect(self, data: object, *, location: str | None = None) -> Valid[Any] | Invalid:
            if isinstance(data, dict):
                return Valid({})
            raise KeyError("no dict")

    good = Loose(signup.build().root, way=lambda good, data: good.validate(data))
    assert "`inspect` raised KeyError" in breaks_law("total", good)

    @attrs.frozen(eq=False, slots=False, repr=False)
    class Content(Standing):
        def inspect(self, data: object, *, location: str | None = None) -> Valid[Any] | Invalid:
            return Valid({})

    both = Content(signup.build().root, way=lambda good, data: good.validate(data))
    assert "`inspect` gave ok=True, but it was refused" in breaks_law("total", both)


def test_secrets_are_not_shown() -> None:
    """The document of a failure says where a secret was, and not which; everything else is shown."""
    v = InputValidator()
    v.field("password").required().secret().type(str)
    v.field("pets").type(list[Owner])
    v.field("pair").type(tuple[int, str])
    root = v.build().root

    said = breaks_law("accepts_and_rejects", Standing(root, way=lambda good, data: good.validate(None)))

    assert "'password': <secret>" in said
    assert shown({"password": {"a": "hunter2"}}, root) == "{'password': <secret>}"
    assert shown([{"password": 1}], root) == "[{'password': 1}]"
    nested = {"pets": [{"scores": {"a": 1}, "pet": {"lives": 1}}], "pair": [1, "b", 3]}
    assert shown(nested, root) == repr(nested)
    assert shown("x" * 5000, root).endswith("... (5002 characters)")
    assert shown(10**5000, root) == "<an integer of 16610 bits>"
    deep: Any = []
    for _ in range(1000):
        deep = [deep]
    assert "..." in shown(deep, root)
    assert not same(1, True)


def test_what_passed_has_to_pass_again() -> None:
    """A default that is no good value is found."""
    v = InputValidator()
    v.field("age").type(int).optional("none")

    assert "was refused with [('/age', 'WRONG_TYPE')]" in breaks_law("idempotent", v)


def test_some_outcomes_are_no_input() -> None:
    """What `into` makes, what hooks give, nested fields with other names: the law says why it does not ask."""
    made = InputValidator()
    made.field("a").type(int)
    made.into(lambda **fields: sorted(fields))
    inner = InputValidator()
    inner.field("b").rename("c").type(int)
    outer = InputValidator()
    outer.field("a").nested(inner)
    hooked: Validator[Any] = Validator(shapes.Value(shapes.Foreign("Money", str)))

    assert "`into`" in keeps_law("idempotent", made)
    assert "other names" in keeps_law("idempotent", outer)
    assert "Money" in keeps_law("idempotent", hooked)


def test_good_documents_are_drawn_besides_those_at_borders() -> None:
    """A hole in the middle is found, too."""

    def way(good: Validator[Any], data: Any) -> Any:
        value = good.validate(data)
        if 40 < value["age"] < 100:
            raise ValidationError(issues=(Issue("/age", "INVALID", "x"),))
        return value

    assert "It is good, but" in breaks_law("accepts_and_rejects", Standing(signup.build().root, way=way))


def test_pointers_have_to_lead_somewhere() -> None:
    """To what is there, or to the parent of what is missing."""
    for issue in (
        Issue("/nowhere/at/all", "INVALID", "x"),
        Issue("email", "INVALID", "x"),
        Issue("", "REQUIRED", "x"),
    ):
        assert "leads nowhere" in breaks_law("pointers_resolve", refusing(issue))


def test_codes_have_to_be_declared() -> None:
    """By errcore, by a rule, a check, a rule that waits, or the test."""
    bad = refusing(Issue("", "NOBODY_KNOWS", "x"))

    assert "'NOBODY_KNOWS' is not declared" in breaks_law("codes_known", bad)
    assert keeps_law("codes_known", bad, codes=["NOBODY_KNOWS"]) == ""

    @rule(code="TAKEN", message="Is taken.")
    async def is_free(value: str) -> bool:
        return True

    waiting = refusing(Issue("", "TAKEN", "x")).with_async_rules({"": is_free})
    assert keeps_law("codes_known", waiting) == ""


class Stuck(ValidationError, code="STUCK_INVALID"):
    """It cannot be pickled."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        """No."""
        raise TypeError("a lock")


def test_issues_have_to_go_through_json_and_errors_through_pickle() -> None:
    """Sets and NaN do not, and neither do functions; tuples come out as lists."""
    assert "does not come out of JSON" in breaks_law(
        "serialisable", refusing(Issue("", "INVALID", "x", {"a": {1}}))
    )
    assert "does not come out of JSON" in breaks_law(
        "serialisable", refusing(Issue("", "INVALID", "x", {"a": float("nan")}))
    )
    assert keeps_law("serialisable", refusing(Issue("", "INVALID", "x", {"a": (1, (2,))}))) == ""

    def way(good: Validator[Any], data: Any) -> Any:
        class Local(ValidationError, code="LOCAL_INVALID"):
            pass

        raise Local(issues=(Issue("", "INVALID", "x"),))

    def stuck(good: Validator[Any], data: Any) -> Any:
        raise Stuck(issues=(Issue("", "INVALID", "x"),))

    for broken in (way, stuck):
        standing = Standing(signup.build().root, way=broken)
        assert "does not come out of pickle" in breaks_law("serialisable", standing)


def test_mending_one_thing_must_not_tell_another() -> None:
    """What is told about a field depends on that field."""

    def way(good: Validator[Any], data: Any) -> Any:
        found = good.inspect(data)
        if len(found.issues) == 1:
            raise ValidationError(issues=(*found.issues, Issue("", "INVALID", "Something else.")))
        return good.validate(data)

    assert "and the second was mended" in breaks_law("accumulates", Standing(signup.build().root, way=way))


def test_accumulation_needs_two_parts() -> None:
    """One field is not enough; two items of a list are."""
    one = InputValidator()
    one.field("a").type(int)
    one.field("b").type(Any)
    single: Validator[Any] = Validator.of(Annotated[list[int], Length(0, 1)])

    assert "no two fields" in keeps_law("accumulates", one)
    assert "no two parts" in keeps_law("accumulates", single)
    assert "no two parts" in keeps_law("accumulates", Validator.of(list[Any]))
    assert keeps_law("accumulates", Validator.of(list[int])) == ""


def test_schema_is_compared_where_it_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """And where the package is there that reads schemas."""

    @attrs.frozen(eq=False, slots=False, repr=False)
    class Other(Validator[Any]):
        def json_schema(self) -> Any:
            return attrs.evolve(super().json_schema(), document={"type": "object"}, exact=True)

    assert keeps_law("schema_agrees", Validator.of(Tag)) == ""
    assert "The schema takes it, but it was refused" in breaks_law(
        "schema_agrees", Other(Validator.of(Tag).root)
    )
    assert "cannot say all of it" in keeps_law("schema_agrees", Validator.of(Node))
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    assert "is not installed" in keeps_law("schema_agrees", Validator.of(Tag))


def test_number_of_issues_has_to_have_a_limit() -> None:
    """Ten thousand things are wrong, and not all of them are told."""

    def way(good: Validator[Any], data: Any) -> Any:
        size = len(data) if isinstance(data, list | dict) else 1
        raise ValidationError(issues=tuple(Issue("", "INVALID", "x") for _ in range(size)))

    assert "max_issues is 100" in breaks_law("bounded", Standing(Validator.of(list[int]).root, way=way))


def slow_rule(predicate: Any) -> InputValidator:
    """A rule with examples that takes its time."""
    slow = rule(code="SLOW", message="Must be quick.")(predicate)
    slow.valid(lambda: ["a"])
    slow.invalid(lambda: ["b"])
    v = InputValidator()
    v.field("a").type(str).rule(slow)
    return v


def test_time_must_not_explode() -> None:
    """An expression that goes back and forth is found on a short text, before it takes for ever."""
    catastrophic = re.compile(r"(a|a)+b?")

    def says(value: str) -> bool:
        return catastrophic.fullmatch(value) is not None and value != "b"

    assert "The time grows faster than the input" in breaks_law("bounded", slow_rule(says))


def test_time_must_not_grow_with_the_square() -> None:
    """A loop in a loop is found on a long text."""

    def says(value: str) -> bool:
        return sum(value.count(value[:1], 0, end) for end in range(len(value))) >= 0 and value != "b"

    assert "times as long as" in breaks_law("bounded", slow_rule(says))


def test_waiting_has_to_change_nothing() -> None:
    """The validator that waits is built upon the other one, which here answers by turns."""
    turns: list[int] = []

    def way(good: Validator[Any], data: Any) -> Any:
        turns.append(1)
        raise ValidationError(issues=(Issue("", "INVALID", str(len(turns) % 2)),))

    assert "with waiting" in breaks_law("sync_is_async", Standing(signup.build().root, way=way))


def test_logs_are_searched_for_what_was_sent() -> None:
    """A rule that logs its value is found."""

    def way(good: Validator[Any], data: Any) -> Any:
        logging.getLogger("somebody").warning("got %s", data)
        return good.validate(data)

    assert "in the log, at [0], message" in breaks_law("no_echo", Standing(signup.build().root, way=way))


def test_order_of_sets_is_found_in_another_process() -> None:
    """The validator is found where it can be imported from, and asked there under other hash seeds."""
    said = breaks_law("deterministic", unordered)

    assert "PYTHONHASHSEED" in said


def _by_set(good: Validator[Any], data: Any) -> Any:
    found = [
        Issue("", code, "x")
        for code in frozenset({"REQUIRED", "INVALID", "TOO_LONG", "TOO_SHORT", "NOT_UNIQUE"})
    ]
    raise ValidationError(issues=tuple(found))


unordered = Standing(Validator.of(Tag).root, way=_by_set)


def test_what_cannot_be_taken_to_another_process_stays_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambdas cannot be pickled; a process that fails or takes too long says nothing."""
    local = Validator.of(Tag).check(lambda _: True, code="FINE")
    assert elsewhere.outcomes_elsewhere(local, []) == []
    assert elsewhere.outcomes_elsewhere(Standing(Validator.of(Tag).root, way=lambda *_: None), []) == []
    assert len(elsewhere.outcomes_elsewhere(Validator.of(Tag), [{}])) == 2
    monkeypatch.setattr(elsewhere, "_PROGRAM", "raise SystemExit(1)")
    assert elsewhere.outcomes_elsewhere(Validator.of(Tag), [{}]) == []
    monkeypatch.setattr(
        elsewhere,
        "_PROGRAM",
        "import sys; sys.stdin.buffer.read(); import threading; threading.Event().wait()",
    )
    monkeypatch.setattr(elsewhere, "_SECONDS", 0.1)
    assert elsewhere.outcomes_elsewhere(Validator.of(Tag), [{}]) == []


def test_next_to_nothing_that_satisfies_is_told() -> None:
    """Examples that a constraint excludes are nobody's data."""
    case = Case(signup, signup.build(), 5)

    with pytest.raises(ConfigurationError, match="next to nothing satisfies"):
        case.search(st.integers().filter(lambda _: False), print)


def test_unique_items_are_looked_at() -> None:
    """One more kind of constraint, with all laws."""
    v: Validator[Any] = Validator.of(Annotated[list[int], Unique(), Length(1, 4)])

    assert check_laws(v, examples=20)["accepts_and_rejects"] == ""
