# SPDX-License-Identifier: MIT
"""Any object in, bounded JSON out: hostile objects, every bound, and the same bytes from every encoder."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import itertools
import json
import math
import pathlib
import subprocess
import sys
import types
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errcore.jsonsafe import REDACTED, Bounds, mask_and_cut, one_line, safe_text, to_json
from errcore.jsonsafe.texts import type_mark

LAWS = settings(deadline=None, derandomize=True, max_examples=2 * settings.default.max_examples)


def encoded(data: object) -> bytes:
    """The bytes that all three encoders agree on."""
    written = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    assert orjson.dumps(data) == written
    assert msgspec.json.encode(data) == written
    return written


class Colour(enum.Enum):
    RED = "red"
    PAIR = (1, float("nan"))


class Level(enum.IntEnum):
    HIGH = 3


class Name(enum.StrEnum):
    BOB = "bob"


class Bits(enum.Flag):
    A = 1
    B = 2


class Point(tuple):
    """A tuple with manners of its own."""

    __slots__ = ()

    def __iter__(self) -> Iterator[int]:
        raise RuntimeError


class Registered(Mapping[str, int]):
    """A mapping that is no dict."""

    def __init__(self, size: int = 2, claimed: int | None = None) -> None:
        self.size, self.claimed = size, claimed

    def __getitem__(self, key: str) -> int:
        return 1

    def __iter__(self) -> Iterator[str]:
        return (f"k{number}" for number in range(self.size))

    def __len__(self) -> int:
        return self.size if self.claimed is None else self.claimed


# --- single values ---

UTC = dt.UTC
VALUES: list[tuple[object, object]] = [
    (None, None), (True, True), (0, 0), (-5, -5), (1.5, 1.5), (-0.0, -0.0), ("", ""), ("é\u2028\x00\x7f😀", "é\u2028\x00\x7f😀"),
    (math.nan, None), (math.inf, None), (-math.inf, None),
    (2**63 - 1, 2**63 - 1), (2**64 - 1, 2**64 - 1), (-(2**63), -(2**63)), (2**64, str(2**64)), (-(2**63) - 1, str(-(2**63) - 1)),
    (2**70, "1180591620717411303424"), (10**5000, "<int: 16610 bits>"), (-(10**5000), "<int: 16610 bits>"),
    ("a\ud800b\udc00", "a\ufffdb\ufffd"),
    (b"abc", "<bytes: 3>"), (bytearray(b"ab"), "<bytes: 2>"), (memoryview(b"a"), "<bytes: 1>"),
    (dt.datetime(2024, 1, 2, 3, 4, 5, 6, UTC), "2024-01-02T03:04:05.000006+00:00"), (dt.date(2024, 1, 2), "2024-01-02"),
    (dt.time(3, 4), "03:04:00"), (dt.timedelta(minutes=1.5), 90.0),
    (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"), (decimal.Decimal("1.10"), "1.10"), (decimal.Decimal("NaN"), "NaN"),
    (pathlib.PurePosixPath("/a/b"), "/a/b"),
    (Colour.RED, "red"), (Colour.PAIR, [1, None]), (Level.HIGH, 3), (Name.BOB, "bob"), (Bits.A | Bits.B, 3),
    ({"a": 1}, {"a": 1}), (collections.OrderedDict(a=1), {"a": 1}), (collections.Counter("a"), {"a": 1}),
    (collections.defaultdict(list, a=1), {"a": 1}), (types.MappingProxyType({"a": 1}), {"a": 1}),
    (collections.ChainMap({"a": 1}), {"a": 1}), (collections.UserDict({"a": 1}), {"a": 1}), (Registered(), {"k0": 1, "k1": 1}),
    ([1, (2, 3)], [1, [2, 3]]), (collections.deque([1, 2]), [1, 2]), (Point((1, 2)), [1, 2]),
    ({"a": 1}.keys(), ["a"]), ({"a": 1}.values(), [1]), ({"a": 1}.items(), [["a", 1]]),
    ({"b", "a", "c"}, ["a", "b", "c"]), (frozenset({3, 1, 2.5}), [1, 2.5, 3]),
    ({"b", 2, None, (1, "x"), frozenset("ba")}, [2, [1, "x"], "b", None, ["a", "b"]]),
    ({math.nan, 5}, [5, None]), ({math.inf, -math.inf, 0}, [0, None, None]),
    (ValueError("secret"), "<ValueError>"), (ExceptionGroup("g", [ValueError()]), "<ExceptionGroup>"), (KeyboardInterrupt(), "<KeyboardInterrupt>"),
    (object(), "<object>"), (int, "<type>"), (len, "<builtin_function_or_method>"), (iter([1]), "<list_iterator>"), (range(3), "<range>"),
    (types.SimpleNamespace(a=1), "<SimpleNamespace>"), (1j, "<complex>"), (..., "<ellipsis>"),
    ({}, {}), ([], []), ((), []), (set(), []),
]  # fmt: skip


@pytest.mark.parametrize(("obj", "data"), VALUES, ids=range(len(VALUES)))
def test_value(obj: object, data: object) -> None:
    """Each kind of value has one form in JSON, which every encoder writes alike, and which is a fixed point."""
    found = to_json(obj)

    assert repr(found) == repr(data)
    encoded(found)
    assert to_json(found) == found


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (None, "null"), (True, "true"), (False, "false"), (5, "5"), (1.5, "1.5"), (math.nan, "null"), (b"x-id", "x-id"), ("", ""),
        (b"\xff", "\xff"), (("GET", 1, None), "(GET, 1, None)"), (dt.date(2024, 1, 2), "2024-01-02"), (Colour.RED, "red"), (Name.BOB, "bob"),
        (frozenset("a"), "(a)"), ("k\ud800", "k\ufffd"), ("é", "é"), (object(), "<object>"), (10**5000, "<int: 16610 bits>"),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_key(key: object, text: str) -> None:
    """Keys that are no text become text as JSON would write them."""
    found = to_json({key: 1})

    assert found == {text: 1}
    encoded(found)


def test_keys_that_become_equal_are_numbered() -> None:
    """No entry is lost when two keys become the same text; the order decides who keeps the name."""
    assert to_json({1: "a", "1": "b", "1~2": "c"}) == {"1": "a", "1~2": "b", "1~2~2": "c"}
    assert to_json({"1": "b", 1: "a", b"1": "c"}) == {"1": "b", "1~2": "a", "1~3": "c"}


def test_long_keys_are_cut_and_stay_apart() -> None:
    """A key has at most 128 characters, also when it had to be numbered."""
    found = to_json({"k" * 1000 + str(number): number for number in range(12)})

    assert isinstance(found, dict)
    assert len(found) == 12
    assert max(map(len, found)) <= 128
    assert "more chars>" in next(iter(found))
    assert to_json(found) == found


# --- bounds ---


def test_depth_is_bounded() -> None:
    """Containers below the bound become a marker, whether there are a thousand or one."""
    nested: Any = []
    for _ in range(1000):
        nested = [nested]

    assert to_json(nested, bounds=Bounds(depth=3)) == [[["<...>"]]]
    assert to_json([], bounds=Bounds(depth=0)) == "<...>"
    assert encoded(to_json(nested)) == b'[[[[[[[["<...>"]]]]]]]]'


def test_items_are_bounded_and_counted() -> None:
    """What was left out is said; the marker counts as an item, so that a second conversion changes nothing."""
    four = Bounds(items=4)
    assert to_json([1, 2, 3, 4], bounds=four) == [1, 2, 3, 4]
    assert to_json([1, 2, 3, 4, 5], bounds=four) == [1, 2, 3, "<2 more items>"]
    assert to_json(dict.fromkeys("abcde", 1), bounds=four) == {
        "a": 1,
        "b": 1,
        "c": 1,
        "...": "<2 more items>",
    }
    assert to_json({"...": 1, "b": 2}, bounds=Bounds(items=1)) == {"...": "<2 more items>"}
    assert to_json({"...": 1, **dict.fromkeys("abcd", 1)}, bounds=four) == {
        "...": 1, "a": 1, "b": 1, "...~2": "<2 more items>",
    }  # fmt: skip
    assert to_json(collections.deque(range(9)), bounds=four) == [0, 1, 2, "<6 more items>"]
    assert to_json(set(range(9)), bounds=four) == [0, 1, 2, "<6 more items>"]
    assert to_json(Registered(9), bounds=four) == {"k0": 1, "k1": 1, "k2": 1, "...": "<6 more items>"}
    assert to_json([1, 2], bounds=Bounds(items=1)) == ["<2 more items>"]


def test_mapping_may_lie_about_its_size() -> None:
    """What a foreign mapping says about its length only decides about the marker."""
    assert to_json(Registered(2, claimed=0)) == {"k0": 1, "k1": 1}
    assert to_json(Registered(0, claimed=5)) == {"...": "<5 more items>"}
    assert to_json(Registered(2, claimed=-1)) == "<Registered>"


def test_text_is_bounded_and_counted() -> None:
    """A cut text ends with how much is missing."""
    found = to_json("x" * 3000)

    assert isinstance(found, str)
    assert len(found) <= 2048
    assert found.startswith("xxx")
    kept, _, count = found.rpartition("...<")
    assert count == f"{3000 - len(kept)} more chars>"
    assert to_json(found) == found


def test_total_is_bounded() -> None:
    """Large inputs of every shape give a small output, and nothing of them is copied first."""
    for obj in (
        "x" * 10_000_000,
        ["y" * 3000] * 1_000_000,
        {str(number): "z" * 100 for number in range(100_000)},
        [[["w" * 50] * 64] * 64] * 64,
        [[[[[[[]] * 64] * 64] * 64] * 64] * 64] * 64,
        set(map(str, range(100_000))),
        "\ud800" * 1_000_000,
        [10**4000] * 100,
    ):
        found = to_json(obj)
        assert len(encoded(found)) < 3 * 16384
        assert to_json(found) == found


def test_total_says_what_is_missing_at_every_level() -> None:
    """When the total is used up, each open list and dict says how much of it is missing."""
    found = to_json([{"a": "x" * 60, "b": "y", "c": "z"}, 1, 2], bounds=Bounds(total=64))

    assert found == [{"a": "x" * 60, "...": "<2 more items>"}, "<2 more items>"]
    assert to_json(found, bounds=Bounds(total=64)) == found


def test_markers_cost_the_same_again() -> None:
    """A marker is charged like the item that it will be for a second conversion, which so finds the same room."""
    bounds = Bounds(depth=2, items=4, total=65)
    found = to_json(([None, None, -(10**20), None, None], None), bounds=bounds)

    assert to_json(found, bounds=bounds) == found

    pairs = to_json(
        [[("k", None), *[None] * 5], None], bounds=Bounds(items=6, total=65), hide=lambda key: key == "k"
    )
    assert to_json(pairs, bounds=Bounds(items=6, total=65), hide=lambda key: key == "k") == pairs


def test_hidden_marker_stays_hidden() -> None:
    """A marker in the place of a secret is hidden, too, and stays so where its name can no longer be recognised."""

    def convert(obj: object) -> object:
        return to_json(obj, bounds=Bounds(total=64), hide=lambda key: "secret" in key)

    found = convert(((("x" * 100 + "secret"), "value"), 1))

    assert isinstance(found, list)
    assert found[0][1] == REDACTED
    assert convert(found) == found


def test_marker_is_recognised_only_where_it_was_written() -> None:
    """An entry that only has the marker's key is counted like any other."""
    bounds = Bounds(total=64)
    assert to_json({"a": "x" * 64, "...": "y"}, bounds=bounds) == {"a": "x" * 64, "...": "<1 more items>"}
    assert to_json({"a": "x" * 64, "k": "<7 more items>"}, bounds=bounds) == {
        "a": "x" * 64,
        "...": "<1 more items>",
    }
    assert to_json({"a": "x" * 64, 5: "y"}, bounds=bounds) == {"a": "x" * 64, "...": "<1 more items>"}


@pytest.mark.parametrize("wrong", [{"depth": -1}, {"depth": 65}, {"items": 0}, {"text": 63}, {"total": 63}])
def test_bounds_leave_room_for_a_marker(wrong: dict[str, int]) -> None:
    """A bound that could not be said is refused."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Bounds(**wrong)


def test_cycles_are_marked() -> None:
    """An object inside itself is a marker; the same object twice beside itself is shown twice."""
    ring: list[object] = [1]
    ring.append(ring)
    table: dict[str, object] = {}
    table["self"] = [table]
    shared = [1]

    assert to_json(ring) == [1, "<cycle>"]
    assert to_json(table) == {"self": ["<cycle>"]}
    assert to_json([shared, shared]) == [[1], [1]]


def test_sets_are_ordered_by_their_values() -> None:
    """The order does not depend on the hash seed of the process, and costs no exponential time when sets share members."""
    code = "from errcore.jsonsafe import to_json; print(to_json({'b', 'a', ('x', 1), ('x', 2), frozenset({'q', 'p'}), frozenset('s')}))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3", "4")
    }
    tower: frozenset[object] = frozenset()
    for number in range(200):
        tower = frozenset({tower, frozenset({tower, number})})

    assert outputs == {"[['x', 1], ['x', 2], 'a', 'b', ['p', 'q'], ['s']]\n"}
    encoded(to_json(tower))


# --- hostile objects ---


class Liar:
    """Claims to be a str, fails at everything else."""

    @property
    def __class__(self) -> type:
        return str

    def _fail(self, *args: object) -> Any:
        raise RuntimeError

    __str__ = __repr__ = __iter__ = __len__ = __getattr__ = __format__ = __bool__ = _fail
    __int__ = __float__ = __index__ = __getitem__ = __eq__ = __lt__ = __fspath__ = _fail

    def __hash__(self) -> int:
        return 1


class LyingMeta(type):
    """A metaclass that fails at whatever is asked of its classes."""

    @property
    def __name__(cls) -> str:
        raise RuntimeError

    def __getattr__(cls, name: str) -> Any:
        raise RuntimeError

    def __instancecheck__(cls, instance: object) -> bool:
        raise RuntimeError

    def __subclasscheck__(cls, subclass: type) -> bool:
        raise RuntimeError


class Lied(metaclass=LyingMeta):
    pass


def hostile(base: type) -> type:
    """A subclass of a builtin type on which every method of its own fails."""

    def fail(*args: object) -> Any:
        raise RuntimeError

    names = [
        "__str__",
        "__repr__",
        "__iter__",
        "__len__",
        "__getitem__",
        "__eq__",
        "__lt__",
        "__int__",
        "__float__",
        "__contains__",
    ]
    names += [
        "__getattribute__",
        "items",
        "keys",
        "values",
        "isoformat",
        "encode",
        "__add__",
        "__sub__",
        "__bool__",
        "isascii",
    ]
    return type("Hostile", (base,), {**dict.fromkeys(names, fail), "__hash__": base.__hash__})


HOSTILE: list[tuple[object, object]] = [
    (Liar(), "<Liar>"),
    (Lied(), "<Lied>"),
    (hostile(str)("abc"), "abc"),
    (hostile(int)(5), 5),
    (hostile(float)(1.5), 1.5),
    (hostile(float)("nan"), None),
    (hostile(bytes)(b"ab"), "<bytes: 2>"),
    (hostile(bytearray)(b"ab"), "<bytes: 2>"),
    (hostile(list)([1]), [1]),
    (hostile(tuple)([1]), [1]),
    (hostile(dict)(a=1), {"a": 1}),
    (hostile(set)([1]), [1]),
    (hostile(frozenset)([1]), [1]),
    (hostile(collections.deque)([1]), [1]),
    (hostile(dt.date)(2024, 1, 2), "2024-01-02"),
    (hostile(Exception)("x"), "<Hostile>"),
    (hostile(object)(), "<Hostile>"),
    (hostile(uuid.UUID), "<type>"),
]


@pytest.mark.parametrize(("obj", "data"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_object(obj: object, data: object) -> None:
    """Objects that lie or fail are read past their own methods, alone, inside others, as keys and when opened."""
    assert to_json(obj) == data
    assert to_json([obj], open_objects=True) == [data]
    encoded(to_json({"k": (obj,)}, hide=lambda key: False, text=str.upper))
    assert isinstance(safe_text(obj, 100), str)
    assert isinstance(one_line(obj, 100), str)
    if type(obj).__hash__ is not None:
        encoded(to_json({obj: 1}))
        encoded(to_json({obj}))


def test_object_that_fails_while_it_is_read() -> None:
    """Where foreign code must run (a time zone, a mapping), its failure gives the type's name."""

    class Zone(dt.tzinfo):
        def utcoffset(self, when: object) -> dt.timedelta:
            raise RuntimeError

    class Broken(Registered):
        def __getitem__(self, key: str) -> int:
            raise KeyError(key)

    view = memoryview(b"abc")
    view.release()

    assert to_json([dt.datetime(2024, 1, 2, tzinfo=Zone()), Broken(), view]) == [
        "<datetime>",
        "<Broken>",
        "<memoryview>",
    ]


def test_endless_mapping_is_read_to_its_bound() -> None:
    """A mapping that never ends costs as much as one of the bound."""

    class Endless(Registered):
        def __iter__(self) -> Iterator[str]:
            return map(str, itertools.count())

    found = to_json(Endless(2), bounds=Bounds(items=3))
    assert found == {"0": 1, "1": 1, "2": 1}


def test_enum_that_contains_itself() -> None:
    """A value that was bent into a ring ends at the depth bound."""
    Ring = enum.Enum("Ring", {"ONE": 1})
    Ring.ONE._value_ = Ring.ONE

    assert to_json(Ring.ONE) == "<...>"


def test_interrupts_pass() -> None:
    """What is no ordinary exception is not swallowed."""

    class Stop(Registered):
        def __len__(self) -> int:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        to_json(Stop())


def test_recursion_limit_is_survived() -> None:
    """Called with hardly any stack left, the conversion still gives something valid."""
    found: list[object] = []

    def dig() -> None:
        try:
            dig()
        except RecursionError:
            if not found:
                found.append(to_json([[[1]]]))
            raise

    with pytest.raises(RecursionError):
        dig()
    encoded(found[0])


def test_failure_of_the_whole_is_a_marker() -> None:
    """If the conversion itself fails, a marker stands for the whole."""
    assert to_json([1], bounds=None) == "<unreadable>"


def test_type_mark_is_bounded_and_one_line() -> None:
    """A class may have any name."""
    assert type_mark(type("a\nb" + "x" * 500, (), {})).startswith("<a bxxx")
    assert len(type_mark(type("x" * 500, (), {}))) <= 66
    assert "\n" not in str(to_json(type("a\nb", (), {})()))


# --- hide and text ---


def test_hide_replaces_values() -> None:
    """`hide` sees each key as text, the long ones by their two ends."""
    seen: list[str] = []

    def hide(key: str) -> bool:
        seen.append(key)
        return key.endswith("s3")

    found = to_json({"s3": object(), "a": {b"s3": 1}, 5: 2, "k" * 500 + "s3": 3}, hide=hide)

    assert isinstance(found, dict)
    assert found["s3"] == REDACTED
    assert found["a"] == {"s3": REDACTED}
    assert [value for key, value in found.items() if key.startswith("kk")] == [REDACTED]
    assert max(map(len, seen)) <= 257


def test_hide_sees_the_key_before_and_after_masking() -> None:
    """A key that becomes secret by masking, or was one before, hides its value."""
    found = to_json({"abc": 1, "xyz": 2, "n": 3}, hide=lambda key: key in {"abc", "XYZ"}, text=str.upper)

    assert found == {"ABC": REDACTED, "XYZ": REDACTED, "N": 3}


def test_broken_hide_hides_and_broken_text_hides() -> None:
    """What could not be checked is not shown."""

    def fail(text: str) -> Any:
        raise RuntimeError

    assert to_json({"a": 1}, hide=fail) == {"a": REDACTED}
    assert to_json({"a": "b", "n": 1}, text=fail) == {REDACTED: REDACTED, f"{REDACTED}~2": 1}
    assert to_json([4111111111111111], text=fail) == [REDACTED]
    assert to_json("a", text=lambda text: 5) == REDACTED


def test_text_that_never_settles_is_hidden() -> None:
    """A mask that changes its own output again and again gives the fixed mask."""
    assert mask_and_cut("a", 64, lambda text: text + "a") == REDACTED


@attrs.define
class Open:
    name: str
    _private: int = 1
    hidden: str = attrs.field(default="x", repr=False)
    masked: str = attrs.field(default="x", repr=lambda value: "***")


@attrs.define
class Empty:
    pass


@dataclasses.dataclass
class Data:
    name: str
    inner: object = None


def test_objects_are_opened_only_when_asked() -> None:
    """Instances of attrs classes and dataclasses are a type name, or their fields; a field kept out of the repr is hidden."""
    obj = Data("d", Open("o"))

    assert to_json(obj) == "<Data>"
    assert to_json(obj, open_objects=True) == {
        "name": "d",
        "inner": {"name": "o", "_private": 1, "hidden": REDACTED, "masked": REDACTED},
    }
    assert to_json([Empty(), Data, Open], open_objects=True) == ["<Empty>", "<type>", "<type>"]
    assert to_json(obj, open_objects=True, bounds=Bounds(items=1)) == {"...": "<2 more items>"}


def test_field_without_a_value() -> None:
    """An object caught half built shows what it has."""
    obj = Open.__new__(Open)

    assert to_json(obj, open_objects=True) == {
        "name": "<missing>", "_private": "<missing>", "hidden": REDACTED, "masked": REDACTED,
    }  # fmt: skip


# --- text of an object ---


@pytest.mark.parametrize(
    ("obj", "text"),
    [
        ("abc", "abc"), (5, "5"), (1.5, "1.5"), (math.nan, "nan"), (None, "None"), (True, "True"), (10**5000, "<int: 16610 bits>"),
        (b"abc", "<bytes: 3>"), (["a", b"x"], "['a', '<bytes: 1>']"), ({"a": object()}, "{'a': '<object>'}"), (("a",), "('a',)"),
        (ValueError(), ""), (ValueError("a\ud800"), "a\ufffd"), (ValueError("a", 1), "('a', 1)"), (ValueError(["a"]), "['a']"),
        (ValueError(("a", object())), "('a', '<object>')"), (KeyError("a"), "'a'"), (ValueError(ValueError("deep")), "deep"),
        (ValueError(10**5000), "<int: 16610 bits>"), (OSError(2, "No such file"), "[Errno 2] No such file"), (Level.HIGH, "3"),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"), (Colour.RED, "Colour.RED"), (tuple(range(40)), None),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_text_of_an_object(obj: object, text: str | None) -> None:
    """Text comes from `str()` only where no builtin says it better; containers never call a member's repr."""
    found = safe_text(obj, 200)

    assert len(found) <= 200
    assert text is None or found == text


def test_text_of_a_deep_tuple() -> None:
    """A tuple that cannot be shown as one is still text."""
    ring: list[object] = []
    ring.append((ring,))
    assert safe_text((ring,), 100) == "([['<cycle>']],)"


def test_own_text_of_a_container_is_used() -> None:
    """A subclass that says how it reads is asked."""

    class Named(dict):
        def __str__(self) -> str:
            return "named"

    class Failing(dict):
        def __str__(self) -> str:
            raise RuntimeError

    assert safe_text(Named(), 100) == "named"
    assert safe_text(Failing(), 100) == "<Failing>"


def test_text_is_an_exact_str() -> None:
    """Text of a subclass loses the subclass: whatever it overrides cannot act later."""

    class Text(str):
        __slots__ = ()

    class Gives:
        def __str__(self) -> str:
            return Text("given")

    assert type(safe_text(Text("a"), 10)) is str
    assert type(safe_text(Gives(), 10)) is str


@pytest.mark.parametrize("limit", [0, 1, 3, 10, 31, 32, 50])
def test_text_keeps_to_its_limit(limit: int) -> None:
    """However small the limit, it holds."""
    for obj in ("x" * 100, Liar(), "\ud800" * 100, "[redacted]" * 10):
        assert len(safe_text(obj, limit)) <= limit
        assert len(one_line(obj, limit)) <= limit


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"), ("a\nb\r\nc\td", "a b  c d"), ("a\x0b\x0c\x85\u2028\u2029b", "a     b"), ("é日本😀", "é日本😀"), ("a\xa0b", "a\xa0b"),
        ("\x1b[31m\x00\x7f\x9f", "\ufffd[31m\ufffd\ufffd\ufffd"), ("a\u202eb\u2066c\u200fd\u061ce", "a\ufffdb\ufffdc\ufffdd\ufffde"),
        ("\ud800", "\ufffd"), ("", ""),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_one_line(text: str, line: str) -> None:
    """Line ends are blanks, and what cannot be seen can be seen to have been there."""
    assert one_line(text, 100) == line
    assert one_line(line, 100) == line


# --- laws ---

SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats().filter(lambda number: "e" not in repr(number)),
    st.text(st.characters(exclude_categories=[]), max_size=100),
    st.binary(max_size=8),
    st.datetimes(timezones=st.just(UTC)),
    st.decimals(),
    st.sampled_from(
        [
            2**70,
            "x" * 5000,
            ValueError("x"),
            Colour.RED,
            object(),
            "<3 more items>",
            "...",
            "...<5 more chars>",
        ]
    ),
)
HASHABLE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.sampled_from(["...", "x" * 300]),
)
OBJECTS: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=10),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(HASHABLE, st.tuples(HASHABLE)), inner, max_size=10),
        st.frozensets(HASHABLE, max_size=5),
    ),
    max_leaves=50,
)


@LAWS
@given(
    OBJECTS,
    st.builds(Bounds, st.integers(0, 5), st.integers(1, 6), st.integers(64, 200), st.integers(64, 500)),
)
def test_conversion_is_total_bounded_and_idempotent(obj: object, bounds: Bounds) -> None:
    """Any object and any bounds give bytes that all encoders agree on, near the total, and a fixed point."""
    found = to_json(obj, bounds=bounds)

    encoded(found)
    assert size(found) <= bounds.total + 300 * (bounds.depth + 1)
    assert to_json(found, bounds=bounds) == found
    assert to_json(found, bounds=bounds, hide=lambda key: False, text=lambda text: text) == found


def size(data: Any) -> int:
    """Characters in the keys and strings of JSON data."""
    if isinstance(data, dict):
        return sum(len(key) + size(value) for key, value in data.items())
    return sum(map(size, data)) if isinstance(data, list) else len(data) if isinstance(data, str) else 0


@LAWS
@given(st.text(st.characters(exclude_categories=[]), max_size=200), st.integers(0, 150))
def test_line_is_visible_and_bounded(text: str, limit: int) -> None:
    """No text gives more than one line, a control character, or more than its limit."""
    line = one_line(text, limit)

    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert not any(char < " " or "\x7f" <= char <= "\x9f" for char in line)
    line.encode()
