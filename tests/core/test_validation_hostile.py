# SPDX-License-Identifier: MIT
"""Input that was made to hurt: it is refused or taken, in bounded time, and nothing else happens."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import attrs
import pytest

from errcore import InputValidator, ValidationError, Validator
from errcore.validation import Email, Length, Pattern, RuleCrashError, Unique, Url, Uuid


@attrs.define
class Node:
    """A class inside itself."""

    value: int = 0
    kids: list[Node] = attrs.field(factory=list)
    named: dict[str, Node] = attrs.field(factory=dict)


@attrs.define
class Wide:
    """Many types at once."""

    text: str = ""
    count: int = 0
    ratio: float = 0.0
    tags: list[str] = attrs.field(factory=list)
    names: dict[str, int] = attrs.field(factory=dict)
    anything: Any = None


def codes(declared: Any, data: object) -> list[tuple[str, str]]:
    """What is wrong, by place."""
    return [(issue.pointer, issue.code) for issue in Validator.of(declared).inspect(data).issues]


def nested(levels: int) -> dict[str, Any]:
    """Objects in objects."""
    data: dict[str, Any] = {}
    for _ in range(levels):
        data = {"kids": [data]}
    return data


def test_a_hundred_thousand_levels_are_too_deep() -> None:
    """And told of once, at a place that can be shown; what is not too deep is taken."""
    result = Validator.of(Node).inspect(nested(100_000))
    assert [issue.code for issue in result.issues] == ["TOO_DEEP"]
    assert result.issues[0].pointer.count("/kids/0") == 64
    assert Validator.of(Node).inspect(nested(63)).ok


def test_an_object_that_holds_itself_is_too_deep() -> None:
    """At once, in a list or under a key."""
    data: dict[str, Any] = {}
    data["kids"] = [data]
    data["named"] = {"self": data}
    assert codes(Node, data) == [("/kids/0", "TOO_DEEP"), ("/named/self", "TOO_DEEP")]


def test_an_object_with_too_many_ways_through_it_ends() -> None:
    """Sixty levels, each of which holds the next one twice."""
    data: dict[str, Any] = {}
    for _ in range(60):
        data = {"kids": [data, data]}
    before = time.monotonic()
    result = Validator.of(Node).inspect(data)
    assert {issue.code for issue in result.issues} == {"TOO_DEEP"}
    assert time.monotonic() - before < 30


@pytest.mark.parametrize(
    "constraint", [Email(), Url(), Uuid(), Pattern("[a-z]+"), Length(0, 10)], ids=lambda c: type(c).__name__
)
def test_ten_megabytes_of_text_are_refused_quickly(constraint: Any) -> None:
    """And are not part of any answer."""
    for text in ("A" * 10_000_000, "a@" * 5_000_000, "https://" + "a." * 5_000_000):
        before = time.monotonic()
        result = Validator.of(Annotated[str, constraint]).inspect(text)
        assert not result.ok
        assert time.monotonic() - before < 5
        assert len(repr(result)) < 2000


NUMBERS: list[tuple[Any, Any, bool]] = [
    (int, 10**5000, True),
    (float, 10**5000, False),
    (float, math.nan, False),
    (float, math.inf, False),
    (float, -math.inf, False),
    (float, 2**53 + 1, False),
    (int, math.nan, False),
    (str, "\ud800", True),
    (str, "\x00\x1b[2J", True),
]


@pytest.mark.parametrize(("declared", "value", "good"), NUMBERS, ids=range(len(NUMBERS)))
def test_odd_scalars(declared: Any, value: Any, good: bool) -> None:
    """Finite or refused; a text is whatever Python takes for one."""
    assert Validator.of(declared).inspect(value).ok is good


def test_long_texts_of_digits_are_not_read() -> None:
    """Python itself refuses to; so it is no integer."""
    v = InputValidator()
    v.field("x").type(int, coerce=True)
    assert not v.inspect({"x": "9" * 10_000}).ok
    assert v.inspect({"x": "9" * 1000}).ok


def test_keys_of_all_sorts_point_to_something_that_can_be_shown() -> None:
    """Slashes and tildes are escaped; the rest is shown as what holds it."""
    keys = ["a/b", "a~b", "", "~1", "\n", "\x1b[2J", "k" * 10_000_000, "\ud800", "\u202e"]
    result = Validator.of(dict[str, int]).inspect({**dict.fromkeys(keys, "x"), 7: 1, None: 2, (1, 2): 3})
    assert [issue.pointer for issue in result.issues] == ["/a~1b", "/a~0b", "/", "/~01"] + [""] * 8
    assert len(json.dumps([issue.pointer for issue in result.issues])) < 200


class Evil:
    """Every question about it fails."""

    def _fail(self, *_args: object) -> Any:
        raise RuntimeError("do not ask")

    __class__ = property(_fail)
    __eq__ = __len__ = __iter__ = __bool__ = __repr__ = __str__ = _fail
    __getitem__ = __index__ = __float__ = __int__ = __contains__ = __lt__ = _fail
    __hash__ = None


class EvilText(str):
    """A text that says something else about itself."""

    __slots__ = ()

    def __len__(self) -> int:
        return 0

    def __str__(self) -> str:
        raise RuntimeError("do not ask")

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("do not ask")


class EvilInt(int):
    """An integer that is anything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __lt__(self, other: object) -> bool:
        return False

    def __index__(self) -> int:
        return 99

    def __hash__(self) -> int:
        return 0


class EvilFloat(float):
    """A float that is anything."""

    def __float__(self) -> float:
        return math.nan


class EvilList(list[Any]):
    """A list that has no end and no members."""

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield 1

    def __len__(self) -> int:
        return -1  # noqa: PLE0303 - that is what is wrong with it

    def __getitem__(self, index: Any) -> Any:
        raise RuntimeError("do not ask")


class EvilDict(dict[str, Any]):
    """A dict that fails."""

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("do not ask")

    def get(self, *_args: object) -> Any:
        raise RuntimeError("do not ask")


class Endless(Mapping[str, Any]):
    """A mapping that never ends."""

    def __getitem__(self, key: str) -> Any:
        return 1

    def __iter__(self) -> Iterator[str]:
        number = 0
        while True:
            number += 1
            yield str(number)

    def __len__(self) -> int:
        return 1


def test_subclasses_are_read_as_what_they_are() -> None:
    """Whatever their methods say; the result is of the exact type."""
    validator = Validator.of(Wide)
    value = validator.validate(
        {"text": EvilText("ab"), "count": EvilInt(7), "ratio": EvilFloat(0.5), "tags": EvilList(["a"])}
    )
    assert (type(value.text), value.text) == (str, "ab")
    assert (type(value.count), value.count) == (int, 7)
    assert (type(value.ratio), value.ratio) == (float, 0.5)
    assert (type(value.tags), value.tags) == (list, ["a"])


def test_what_fails_when_it_is_asked_is_of_the_wrong_type() -> None:
    """A mapping that raises is none; one without an end is none either."""
    for data in (Evil(), Endless(), EvilText("a"), iter([1]), object()):
        assert codes(Wide, data) == [("", "WRONG_TYPE")]
    assert codes(Wide, {name: Evil() for name in ("text", "count", "ratio", "tags", "names")}) == [
        ("/text", "WRONG_TYPE"),
        ("/count", "WRONG_TYPE"),
        ("/ratio", "WRONG_TYPE"),
        ("/tags", "WRONG_TYPE"),
        ("/names", "WRONG_TYPE"),
    ]
    assert Validator.of(Wide).validate(EvilDict(count=7)) == Wide(count=7)
    assert codes(int | str, Evil()) == [("", "WRONG_TYPE")]


class EvilKey:
    """Says that it is every key."""

    def __init__(self, like: str, raises: type[Exception] = RuntimeError) -> None:
        self._hash = hash(like)
        self._raises = raises

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        raise self._raises("do not ask")


def test_keys_that_fail_when_compared_reject() -> None:
    """They can come from code only, so it is a failure, and closed."""
    v = InputValidator(extra="forbid")
    v.field("x").required()
    for data in ({EvilKey("x"): 1}, {EvilKey("y"): 1}):
        assert not v.inspect(data).ok
    with pytest.raises(RuleCrashError):
        v.validate({EvilKey("x"): 1})
    with pytest.raises(ValidationError) as caught:
        v.validate({EvilKey("x", RecursionError): 1})
    assert [issue.code for issue in caught.value.issues] == ["TOO_DEEP"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_what_no_handler_may_catch_passes(stop: type[BaseException]) -> None:
    """Also out of the input itself."""

    class Stops(Mapping[str, Any]):
        def __getitem__(self, key: str) -> Any:
            raise stop

        def __iter__(self) -> Iterator[str]:
            return iter("a")

        def __len__(self) -> int:
            return 1

    with pytest.raises(stop):
        Validator.of(Wide).inspect(Stops())


def test_deep_values_in_unique_lists_are_too_deep() -> None:
    """Deeper than Python goes: the sender's doing, and no crash."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    result = Validator.of(Annotated[list[Any], Unique()]).inspect([deep, deep])
    assert not result.ok and not result.crashed
    assert {issue.code for issue in result.issues} <= {"TOO_DEEP", "NOT_UNIQUE"}


def test_ten_thousand_defects_are_counted() -> None:
    """In lists, under keys, and keys that nobody knows."""
    forbids = InputValidator(extra="forbid")
    lifted = {str(number): "x" for number in range(200)} | {"k" * 1000: "x"}
    assert Validator.of(dict[str, int]).inspect(lifted).issues[-1].params == {"omitted": 102}
    for validator, data in (
        (Validator.of(list[int]), ["x"] * 10_000),
        (Validator.of(dict[str, int]), {str(number): "x" for number in range(10_000)}),
        (Validator.of(list[int | str]), [None] * 10_000),
        (forbids, {str(number): "x" for number in range(10_000)}),
    ):
        issues = validator.inspect(data).issues
        assert len(issues) == 100
        assert issues[-1].params == {"omitted": 9_901}
