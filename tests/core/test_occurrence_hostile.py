# SPDX-License-Identifier: MIT
"""`Occurrence.of` is total: whatever an exception holds, there is a bounded, JSON-safe answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import NotFoundError, classify, internal, public, secret
from errcore.context import ErrorContext
from errcore.errors import (
    AppError,
    Classification,
    InternalError,
    Issue,
    Occurrence,
    RateLimitError,
    ValidationError,
)
from errcore.errors.reading import attributes

SECRET = "hunter2-Zx81"


class Raising(type):
    """A metaclass that cannot be hashed or compared."""

    __hash__ = None

    def __eq__(cls, other: object) -> bool:
        raise ZeroDivisionError


class Hostile:
    """Every question about it is an error."""

    def _refuse(self, *arguments: object) -> object:
        raise ZeroDivisionError

    __str__ = __repr__ = __bool__ = __len__ = __iter__ = __eq__ = __lt__ = _refuse
    __hash__ = __getitem__ = __getattr__ = __index__ = __float__ = __format__ = _refuse


class HostileClass(metaclass=Raising):
    """So is every question about its class."""


class HostileDict(dict):
    """A dict whose methods fail."""

    items = keys = values = get = __iter__ = __len__ = __getitem__ = Hostile._refuse


class HostileList(list):
    """A list whose methods fail."""

    __iter__ = __len__ = __getitem__ = Hostile._refuse


class HostileTuple(tuple):  # noqa: SLOT001
    """A tuple whose methods fail."""

    __iter__ = __len__ = __getitem__ = Hostile._refuse


class HostileStr(str):  # noqa: SLOT000
    """A text whose methods fail."""

    __str__ = __repr__ = __len__ = __iter__ = encode = isascii = replace = Hostile._refuse


class Endless(Mapping):
    """A mapping without end."""

    def __getitem__(self, key: object) -> object:
        return "x"

    def __iter__(self) -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    def __len__(self) -> int:
        return 10**9


class Anything(ValidationError, code="T_ANY_INPUT_INVALID", message="Not {shown}."):
    """May hold anything."""

    shown: object = public(default=None)
    known: object = internal(default=None)
    token: object = secret(default=SECRET)


def circle() -> list[object]:
    """A list in itself."""
    value: list[object] = []
    value.append(value)
    return value


HOSTILE = [
    Hostile(),
    HostileClass(),
    Hostile,
    HostileClass,
    HostileDict(a=1),
    HostileList([1]),
    HostileTuple((1,)),
    HostileStr("x"),
    Endless(),
    circle(),
    float("nan"),
    10**5000,
    b"\xff",
    "\ud800\x1b[2J\r\n\u202e",
    lambda: 1,
    NotFoundError("x"),
    Issue(Hostile(), Hostile(), Hostile(), Hostile(), Hostile()),
    (Issue(None, None, None, None), "no issue", Hostile()),
]


class Mark:
    """Stands for a hostile object until the test runs: hypothesis itself would not survive one."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __repr__(self) -> str:
        return f"Mark({self.number})"


def real(value: object) -> object:
    """The drawn value with the hostile objects in it."""
    if isinstance(value, Mark):
        return HOSTILE[value.number]
    if isinstance(value, dict):
        return {key: real(entry) for key, entry in value.items()}
    return type(value)(map(real, value)) if isinstance(value, list | tuple) else value


hostile = st.integers(0, len(HOSTILE) - 1).map(Mark)
plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=5)
values = st.recursive(
    hostile | plain,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = [
    *("message", "details", "internal", "field_errors", "retry_after", "headers", "issues", "field"),
    *("shown", "known", "__notes__", "_errcore_chain", "_errcore_reported", "unknown"),
]


def check(occurrence: Occurrence) -> None:
    """An occurrence is complete, bounded and JSON."""
    assert 400 <= occurrence.status <= 599
    assert type(occurrence.code) is str
    assert type(occurrence.message) is str
    assert len(occurrence.message) <= 1024
    assert occurrence.message.isprintable() or not set(occurrence.message) & set("\r\n\x1b\u202e\ud800")
    assert len(occurrence.issues) <= 101
    assert len(occurrence.headers) <= 32
    assert all(type(part) is str for header in occurrence.headers for part in header)
    issues = [[i.pointer, i.code, i.message, i.params, i.location] for i in occurrence.issues]
    text = json.dumps([occurrence.details, issues, occurrence.internal], allow_nan=False)
    assert len(text) < 300_000
    assert SECRET not in text


@given(st.dictionaries(st.sampled_from(NAMES), values, max_size=6), st.booleans())
def test_any_declared_error_can_be_told(held: dict[str, object], expose: bool):
    """Whatever ends up in its attributes: by the constructor, by assignment, or past both."""
    error = Anything()
    attributes(error).update(real(held))
    occurrence = Occurrence.of(error, expose_messages=expose)

    check(occurrence)
    assert occurrence.code == "T_ANY_INPUT_INVALID"
    assert isinstance(str(error), str)
    assert isinstance(error.cause_chain, tuple)
    assert isinstance(classify(error), Classification)


@given(st.lists(values, max_size=3), st.dictionaries(st.sampled_from(NAMES), values, max_size=3))
def test_any_foreign_exception_can_be_told(arguments: list[object], held: dict[str, object]):
    """Arguments and attributes of strangers are read with care, and never public."""
    exc = ValueError(*real(arguments))
    attributes(exc).update(real(held))
    occurrence = Occurrence.of(exc, expose_messages=True)

    check(occurrence)
    assert (occurrence.message, occurrence.details, occurrence.issues) == (
        "An internal error occurred.",
        {},
        (),
    )


@given(values, values)
def test_any_context_can_be_told(value: object, actor: object):
    """What was bound is the application's, and may be anything."""
    occurrence = Occurrence.of(
        InternalError(), ErrorContext(actor=real(actor), fields={"value": real(value)})
    )

    check(occurrence)
    assert occurrence.context.actor is None or type(occurrence.context.actor) is str


@given(st.lists(values, min_size=1, max_size=4))
def test_any_chain_of_causes_can_be_told(held: list[object]):
    """Causes are strangers, too."""
    error: BaseException = Anything()
    for value in real(held):
        outer = Anything()
        inner = RuntimeError(value)
        inner.__context__ = error
        outer.__cause__ = inner
        error = outer

    check(Occurrence.of(error))


@pytest.mark.parametrize(
    "last",
    [
        Issue("", Hostile(), "", {}),
        Issue("", "TOO_MANY_ISSUES", "", {"omitted": 10**5000}),
        Issue("", "TOO_MANY_ISSUES", "", {"omitted": -5}),
        Issue("", "TOO_MANY_ISSUES", "", {"omitted": Hostile()}),
        Issue("", "TOO_MANY_ISSUES", "", Hostile()),
        Issue("", HostileStr("TOO_MANY_ISSUES"), "", HostileDict(omitted=1)),
    ],
    ids=range(6),
)
def test_an_issue_that_says_how_many_are_missing(last: Issue):
    """It is believed only where it makes sense."""
    check(Occurrence.of(ValidationError(issues=[Issue("/a", "INVALID", "x"), last])))


def test_a_cause_that_is_told_at_any_price():
    """A `__str__` that ends the process is not hidden; every Exception is."""

    class Ends(Exception):
        def __str__(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Occurrence.of(Ends())


@pytest.mark.parametrize(
    "headers",
    [
        Endless(),
        HostileDict(a=1),
        [("A", "b")],
        [("only one",)],
        "text",
        5,
        {"X\r\nSet-Cookie": "a\r\nb", 5: None, "L" * 10_000: "v" * 100_000},
        {f"X-{n}": "v" for n in range(1000)},
    ],
    ids=range(8),
)
def test_hostile_headers_are_bounded_texts(headers: object):
    """What HTTP allows is checked where the response is made; here they are few, short and text."""
    found = Occurrence.of(RateLimitError(headers=headers)).headers

    assert len(found) <= 32
    assert all(type(name) is str and len(name) <= 256 for name, _ in found)
    assert all(type(value) is str and len(value) <= 4096 for _, value in found)


def test_deep_and_wide_details_are_bounded():
    """A thousand levels, ten megabytes, a circle."""
    deep: object = "x"
    for _ in range(1000):
        deep = [deep]
    details = {"deep": deep, "long": "x" * 10_000_000, "circle": circle(), "wide": list(range(100_000))}
    occurrence = Occurrence.of(NotFoundError(details=details, internal=details))

    check(occurrence)
    assert len(json.dumps(occurrence.details)) < 20_000


class Odd(AppError):
    """Its class is gone from its module by the time it is told."""


def test_a_class_with_an_odd_name():
    """Names of classes are bounded and safe, too."""
    made = type("N" * 10_000, (Odd,), {"__module__": "m" * 10_000})
    nameless = type("Nameless", (ValueError,), {"__module__": None})
    lying = type("Lying", (ValueError,), {"__module__": HostileStr("x")})
    exec(
        "made = type('Nowhere', (base,), {})", space := {"__builtins__": {}, "type": type, "base": ValueError}
    )

    assert len(Occurrence.of(made()).type_name) < 500
    assert Occurrence.of(nameless()).type_name == "None.Nameless"
    assert Occurrence.of(lying()).type_name.endswith("Lying")
    assert Occurrence.of(space["made"]()).type_name == "Nowhere"


@pytest.mark.parametrize("name", ["field_errors", "headers", "details"])
def test_list_of_what_has_no_end_is_no_list_of_pairs(name: str):
    """A mapping without end among the pairs is not read to its end."""
    error = Anything()
    attributes(error)[name] = [("a", "b"), Endless()]

    check(Occurrence.of(error))
