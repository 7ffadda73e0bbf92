# SPDX-License-Identifier: MIT
"""The `rule` decorator: what it takes, what it finds out, and what it refuses."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any, Optional

import pytest

from errcore import ConfigurationError, InputValidator, Issue, rule
from errcore.validation import AsyncRule, Each, Rule

if TYPE_CHECKING:
    from nowhere import Unknown


class Limit:
    """A predicate that is an object, with an annotation that is not its argument's."""

    most: int

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, value: str) -> bool:
        return len(value) <= self.most

    def below(self, value: int) -> bool:
        """Whether a number is below."""
        return value < self.most

    @staticmethod
    def even(value: int) -> bool:
        """Whether a number is even."""
        return value % 2 == 0


class Waiting:
    """A predicate whose call waits."""

    async def __call__(self, value: Any) -> bool:
        return bool(value)


def make(**more: Any):
    """The decorator, with a code and a message."""
    return rule(code="GOOD", message="Must be good.", **more)


def longer(least: int, value: str) -> bool:
    """Whether a text has so many characters."""
    return len(value) >= least


def plain(value: str) -> bool:
    """Takes a text."""
    return bool(value)


def unknown_return(value: str) -> Unknown:
    """Its result has a type that is not known at run time."""


def unknown_argument(value: Unknown) -> bool:
    """Its argument has a type that is not known at run time."""
    return True


def second_known(value, limit: int = 3) -> bool:
    """Only its second argument has a type."""
    return True


def optional(value: Optional[str]) -> bool:  # noqa: UP045 - the old way of saying it
    """Takes two types."""
    return True


def anything(value: Any) -> bool:
    """Takes anything."""
    return True


def annotated(value: Annotated[int, "metres"]) -> bool:
    """Takes a number, and says more about it."""
    return True


def keyed(value, *, limit: int = 3) -> bool:
    """Has a setting besides."""
    return True


@pytest.mark.parametrize(
    ("fn", "type_", "name"),
    [
        (plain, str, "plain"),
        (lambda value: True, None, "<lambda>"),
        (functools.partial(longer, 3), str, "partial"),
        (Limit(3), str, "Limit"),
        (Limit(3).below, int, "below"),
        (Limit.even, int, "even"),
        (str.isidentifier, None, "isidentifier"),
        (bool, None, "bool"),
        (unknown_return, str, "unknown_return"),
        (unknown_argument, None, "unknown_argument"),
        (second_known, None, "second_known"),
        (keyed, None, "keyed"),
        (optional, None, "optional"),
        (anything, None, "anything"),
        (annotated, int, "annotated"),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_the_type_of_the_argument_is_found(fn, type_, name):
    """A rule knows which type its predicate takes, where that says so of its first argument."""
    made = make()(fn)

    assert isinstance(made, Rule)
    assert (made.type, made.name, made.fn) == (type_, name, fn)


async def waits(value: str) -> bool:
    """A coroutine function."""
    return bool(value)


@pytest.mark.parametrize("fn", [waits, functools.partial(waits), Waiting(), Waiting().__call__])
async def test_coroutine_functions_are_rules_of_their_own(fn):
    """What waits is an `AsyncRule`, however it is written; its message has its limits in it."""
    made = rule(code="GOOD", message="Must be {what}.", params={"what": "good"})(fn)

    assert isinstance(made, AsyncRule)
    assert await made("x") is True
    assert made.message == "Must be good."
    assert made.name in {"waits", "partial", "Waiting", "__call__"}
    with pytest.raises(ConfigurationError, match="with_async_rules"):
        InputValidator().field("x").rule(made)


async def generates(value: str) -> AsyncIterator[Issue]:
    """An asynchronous generator."""
    yield Issue("", "BAD", "Bad.")


def none() -> bool:
    """Takes nothing."""
    return True


def two(one: int, other: int) -> bool:
    """Takes two."""
    return True


@pytest.mark.parametrize(
    ("fn", "why"),
    [
        (5, "int cannot be called"),
        (none, "cannot be called with one value"),
        (two, "cannot be called with one value"),
        (Limit.below, "cannot be called with one value"),
        (generates, "asynchronous generator"),
        (make()(plain), "is one already"),
    ],
)
def test_what_could_never_work_is_refused(fn, why):
    """A predicate that would crash at each input is an error where it is declared."""
    with pytest.raises(ConfigurationError, match=why) as caught:
        make()(fn)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"code": "no code"}, "SLUG_FORMAT"),
        ({"code": 5}, "no string"),
        ({"message": 5}, "message is no text"),
        ({"schema": "x"}, "schema is no mapping"),
        ({"params": ["x"]}, "params is no mapping"),
    ],
)
def test_settings_are_checked(settings, why):
    """Each setting of the wrong type is refused with a reason."""
    with pytest.raises(ConfigurationError, match=why):
        rule(**{"code": "GOOD", "message": "Good.", **settings})


def test_limits_are_in_the_message_and_in_the_issue():
    """Params fill the message, and go to programs as they are; later changes of the dict change nothing."""
    params = {"least": 3}
    v = InputValidator()
    v.field("x").rule(rule(code="LONG", message="At least {least}.", params=params)(lambda value: False))
    params["least"] = 5

    issue = v.inspect({"x": "a"}).issues[0]
    assert (issue.code, issue.message, issue.params) == ("LONG", "At least 3.", {"least": 3})


def test_examples_are_kept_by_role():
    """What shows that a rule works stands beside it, and the functions stay what they are."""
    made = make()(plain)

    @made.valid
    def good():
        return ["a"]

    @made.invalid
    def bad():
        return [""]

    @made.boundary
    def border():
        return [("", False), ("a", True)]

    assert made.examples == {"valid": good, "invalid": bad, "boundary": border}
    assert border()[1] == ("a", True)
    assert made("a") is True


def test_a_rule_may_give_issues():
    """Their pointers are below the value's own; none at all is a yes."""

    def places(value):
        if value == "two":
            yield Issue("/0", "FIRST", "One.")
            yield Issue("/1", "SECOND", "Two.")

    v = InputValidator()
    v.field("x").type(list).each(make()(places))

    assert v.inspect({"x": ["one"]}).ok
    assert [issue.pointer for issue in v.inspect({"x": ["two"]}).issues] == ["/x/0/0", "/x/0/1"]


def test_each_needs_something():
    """An empty `Each` asks nothing."""
    with pytest.raises(ConfigurationError, match="nothing is asked"):
        Each()
