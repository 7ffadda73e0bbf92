# SPDX-License-Identifier: MIT
"""The generated code: whatever a field is called and however deep it lies, it compiles, and points where the defect is."""

from __future__ import annotations

import gc
import linecache
import traceback
from typing import Any

import attrs
import pytest

from errcore import InputValidator, Validator, rule
from errcore.validation import RuleCrashError
from errcore.validation.checking.containers import write_container
from errcore.validation.checking.source import Place, Source

DEPTHS = [1, 4, 9, 10, 11, 21, 50]
ODD = [
    *(
        "a'b",
        'a"b',
        "a\nb",
        "{x}",
        "%s",
        "",
        "class",
        "None",
        "\0",
        "a/b",
        "a~b",
        "~1",
        "\\",
        "'''",
        "#",
        "ﬁ",
    ),
    *(
        "v",
        "v1",
        "found",
        "at",
        "error",
        "before",
        "check",
        "type",
        "len",
        "present",
        "MISSING",
        "WRONG",
        "I1",
    ),
    *("__builtins__", "\ud800", "\u2028", "\r", "\x1b[0m", "x" * 5000),
]


def read(document, pointer):
    """What a pointer points to (RFC 6901, section 4)."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


@pytest.mark.parametrize("depth", DEPTHS)
def test_lists_in_lists(depth):
    """Deeper than Python lets loops stand in one another."""
    declared, good, bad = int, 1, "one"
    for _ in range(depth):
        declared, good, bad = list[declared], [good], [bad]
    validator = Validator.of(declared)

    assert validator.validate(good) == good
    assert [issue.pointer for issue in validator.inspect(bad).issues] == ["/0" * depth]


@pytest.mark.parametrize("depth", DEPTHS)
def test_objects_in_objects(depth):
    """Defects on every level are told, and each pointer resolves."""
    inner, good, bad = InputValidator(), {"x": 3}, {"x": 9}
    inner.field("x").required().type(int).range(1, 5)
    for _ in range(depth):
        outer = InputValidator()
        outer.field("in").required().nested(inner)
        outer.field("tags").each(str)
        inner, good, bad = outer, {"in": good, "tags": ["a"]}, {"in": bad, "tags": ["a", 1]}

    assert inner.validate(good) == good
    issues = inner.inspect(bad).issues
    assert sorted(read(bad, issue.pointer) for issue in issues) == [*[1] * depth, 9]


@pytest.mark.parametrize("depth", DEPTHS)
def test_sets_and_tuples_in_lists(depth):
    """What cannot be hashed is not put into a set, however deep."""
    declared, good, bad, made = frozenset[int], [1, 1], [[], 1], frozenset({1})
    for _ in range(depth):
        declared, good, bad, made = tuple[declared, ...], [good], [bad], (made,)
    validator = Validator.of(declared)

    assert validator.validate(good) == made
    assert [issue.pointer for issue in validator.inspect(bad).issues] == ["/0" * depth + "/0"]


@pytest.mark.parametrize("required", [True, False])
def test_names_are_data(required):
    """Quotes, line ends, braces, keywords, names of the generated code: a field may be called anything."""
    builder = InputValidator(extra="forbid")
    for name in ODD:
        field = builder.field(name).type(int).range(1, 9)
        if required:
            field.required()
    validator = builder.build()
    bad = dict.fromkeys(ODD, 0)

    assert validator.validate(dict.fromkeys(ODD, 5)) == dict.fromkeys(ODD, 5)
    pointers = [issue.pointer for issue in validator.inspect(bad).issues]
    assert [pointer[1:].replace("~1", "/").replace("~0", "~") for pointer in pointers] == ODD
    assert all(read(bad, pointer) == 0 for pointer in pointers)
    assert len(validator.inspect({}).issues) == (len(ODD) if required else 0)


def test_six_hundred_fields():
    """They are one function, and each of them is told apart."""
    builder = InputValidator(max_issues=1000)
    for number in range(600):
        builder.field(f"field {number}").required().type(int)

    assert builder.validate({f"field {number}": number for number in range(600)})["field 599"] == 599
    assert len(builder.inspect({}).issues) == 600


def test_one_field_missing():
    """The others are looked at as if it were there."""
    builder = InputValidator()
    builder.field("a").required().type(int)
    builder.field("b").required().type(int)
    builder.field("c").required().nested(InputValidator())
    builder.field("d").required().normalize(str.strip)
    builder.field("e").required().type(str).normalize(str)  # which makes a text of everything

    told = {issue.pointer: issue.code for issue in builder.inspect({"a": "x"}).issues}
    assert told == {"/a": "WRONG_TYPE", **dict.fromkeys(("/b", "/c", "/d", "/e"), "REQUIRED")}
    assert builder.inspect({"a": 1, "b": None, "c": {}, "d": "", "e": ""}).issues[0].code == "WRONG_TYPE"


class Key:
    """A key that is taken for a field, and says something else when it is asked."""

    def __init__(self, problem):
        self.problem = problem

    def __hash__(self):
        return hash("a")

    def __eq__(self, other):
        raise self.problem


@pytest.mark.parametrize("problem", [RuntimeError("canary"), KeyError("canary")], ids=["crash", "key error"])
def test_keys_that_fail_are_rejected(problem):
    """Whatever they raise, even what says that a field is not there."""
    builder = InputValidator()
    builder.field("a").required()
    data = {Key(problem): 1}

    with pytest.raises(RuleCrashError) as caught:
        builder.validate(data)

    assert "canary" not in repr(caught.value) + repr(caught.value.__cause__)
    assert [issue.code for issue in builder.inspect(data).issues] == ["RULE_CRASHED"]


def test_defects_below_a_key_that_cannot_be_shown_are_counted():
    """They point to what holds it, as far as they are told; the rest is a number."""
    validator = Validator.of(dict[str, list[int]], max_issues=3)

    told = validator.inspect({"\n": ["x"] * 10}).issues
    assert [(issue.pointer, issue.code) for issue in told[:2]] == [("", "WRONG_TYPE")] * 2
    assert told[2].params == {"omitted": 8}


def test_shapes_of_others_are_refused():
    """Who adds one is told what it lacks."""
    with pytest.raises(NotImplementedError, match="object"):
        write_container(object(), Source({}, print), "v", Place(), "not found")


def test_limits_without_a_literal():
    """Of a number of five thousand digits Python makes no text."""
    builder = InputValidator()
    builder.field("y").type(int).range(-(10**5000), 10**5000)

    assert builder.validate({"y": 10**4999}) == {"y": 10**4999}
    assert builder.inspect({"y": 10**5001}).issues[0].code == "TOO_LARGE"


@attrs.define
class Mixed:
    """Arguments of every kind."""

    type: int
    found: int = attrs.field(kw_only=True)
    v: int = 3
    len: list[int] = attrs.field(factory=list)


@attrs.define(init=False)
class Turned:
    """An `__init__` by hand, in another order than the fields."""

    a: int
    b: int

    def __init__(self, b: int, a: int) -> None:
        self.a, self.b = a, b


@attrs.define(init=False)
class Open:
    """An `__init__` by hand that names nothing."""

    a: int

    def __init__(self, *arguments: int, **named: int) -> None:
        assert not arguments
        self.a = named["a"]


class Counting(type):
    """A metaclass that looks at the arguments."""

    def __call__(cls, **named):
        return super().__call__(**named)


@attrs.define
class Counted(metaclass=Counting):
    """A class of it."""

    a: int


@pytest.mark.parametrize(
    ("cls", "given", "made"),
    [
        (Mixed, {"type": 1, "found": 2}, "Mixed(type=1, found=2, v=3, len=[])"),
        (Mixed, {"type": 1, "found": 2, "v": 4, "len": [5]}, "Mixed(type=1, found=2, v=4, len=[5])"),
        (Turned, {"a": 1, "b": 2}, "Turned(a=1, b=2)"),
        (Open, {"a": 1}, "Open(a=1)"),
        (Counted, {"a": 1}, "Counted(a=1)"),
    ],
)
def test_classes_get_each_value_where_it_belongs(cls, given, made):
    """By position where the class takes it so, by name otherwise."""
    assert repr(Validator.of(cls).validate(given)) == made


def test_class_is_not_made_of_what_a_check_refused():
    """Its own code need not be ready for that."""
    made = []
    builder = InputValidator().into(lambda **fields: made.append(fields))
    builder.field("a").required().type(int)
    builder.check(lambda fields: fields["a"] > 3, code="TOO_LITTLE")

    assert [issue.code for issue in builder.inspect({"a": 1}).issues] == ["TOO_LITTLE"]
    assert made == []
    builder.validate({"a": 4})
    assert made == [{"a": 4}]


@pytest.mark.parametrize("extra", ["ignore", "keep"])
def test_results_need_no_identifiers(extra):
    """What is made of the fields gets them by any name."""
    builder = InputValidator(extra=extra).into(lambda **fields: fields)
    builder.field("a").required().rename("a-b")
    builder.field("c").optional(7).rename("class")

    assert builder.validate({"a": 1}) == {"a-b": 1, "class": 7}


def test_traceback_of_a_crash_shows_the_line():
    """The generated lines are where tracebacks look for them, as long as the validator lives; `source` gives them."""

    @rule(code="ODD_VALUE", message="must be odd")
    def odd(value):
        return value / 0

    builder = InputValidator()
    builder.field("a").type(int).rule(odd)
    with pytest.raises(RuleCrashError) as caught:
        builder.validate({"a": 1})

    shown = "".join(traceback.format_exception(caught.value.__cause__))
    assert 'File "<errcore validator ' in shown
    assert "return value / 0" in shown
    [file] = {
        frame.filename
        for frame in traceback.extract_tb(caught.value.__cause__.__traceback__)
        if frame.filename.startswith("<errcore validator ")
    }
    assert "".join(linecache.getlines(file)) == builder.build().source


def test_lines_go_with_the_validator():
    """One that is made for each request leaves no source behind."""
    before = {name for name in linecache.cache if "errcore validator" in name}
    for _ in range(5):
        builder = InputValidator()
        builder.field("a").type(int)
        builder.validate({"a": 1})
    del builder
    gc.collect()

    assert {name for name in linecache.cache if "errcore validator" in name} <= before


def test_classes_that_are_used_again_and_again_are_written_once() -> None:
    """What a declaration costs grows with its classes, and not with the ways through them."""
    cls: Any = int
    for depth in range(14):
        fields = {name: attrs.field(type=cls) for name in ("a", "b", "c")}
        cls = attrs.make_class(f"Level{depth}", fields)
    validator = Validator.of(cls)

    assert len(validator.source.splitlines()) < 2000


@attrs.define
class Rising:
    """Refuses fields that are good each for itself."""

    low: int
    high: int

    def __attrs_post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError


@attrs.define
class Several:
    """Has one class in several places."""

    first: Rising
    second: Rising
    third: list[Rising]


def test_a_class_in_several_places_is_made_wherever_its_own_fields_are_good():
    """What is wrong elsewhere, before it, changes nothing for it."""
    falling = {"low": 2, "high": 1}
    data = {"first": {"low": "x", "high": 1}, "second": falling, "third": [{"low": 1, "high": 2}, falling]}

    told = [(issue.pointer, issue.code) for issue in Validator.of(Several).inspect(data).issues]
    assert told == [("/first/low", "WRONG_TYPE"), ("/second", "INVALID"), ("/third/1", "INVALID")]
