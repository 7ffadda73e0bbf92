# SPDX-License-Identifier: MIT
"""Everything that may come in: arbitrary JSON and what is worse, good documents, broken ones, and what lies between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from errcore.testing.validators.broken import breaks
from errcore.testing.validators.declared import root_of, validator_of
from errcore.testing.validators.json_values import copied, is_array, is_object
from errcore.testing.validators.valid import valid_for
from errcore.testing.validators.wrong_types import WRONG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

    from errcore.testing.validators.declared import Given

__all__ = ["anything_for", "nested_deeply"]

_TEXTS = (
    "a/b~c",
    "~1",
    " x ",
    "ÀÉß",
    "ﬁ",
    "e\u0301",
    "a&b<c>\"'",
    "\ud800",
    "x\ud800y",
    "\x00",
    "\n",
    "\u2028",
    "x" * 5000,
    "%s{0}{}%(a)s",
    "__proto__",
    "٣",
)
_NUMBERS = (-0.0, 1e308, 5e-324, 2**63, -(2**64), 10**400, 2**53 + 1)
_KEYS = ("a/b~c", "~0", "/", "", "x" * 300, "line\nend", "\ud800", "__class__", "0")


def _leaves() -> SearchStrategy[Any]:
    known = st.sampled_from((*WRONG, *_TEXTS, *_NUMBERS)).map(copied)
    return known | st.integers() | st.floats() | st.text(max_size=10)


def arbitrary() -> SearchStrategy[Any]:
    """JSON, and values next to it: numbers that are none or huge, lone surrogates, keys with `/` and `~`, nesting.

    >>> from hypothesis import find
    >>> find(arbitrary(), lambda value: isinstance(value, dict) and "a/b~c" in value)
    {'a/b~c': None}
    """
    keys = st.sampled_from(_KEYS) | st.text(max_size=5)
    inner = st.recursive(
        _leaves(),
        lambda each: st.lists(each, max_size=4) | st.dictionaries(keys, each, max_size=4),
        max_leaves=12,
    )
    deep = st.builds(nested_deeply, st.integers(1, 150), st.sampled_from(("list", "dict")))
    return inner | deep


def nested_deeply(levels: int, kind: str = "list") -> Any:
    """A list in a list in a list, or objects.

    Args:
        levels: How many.
        kind: "list" or "dict".

    >>> nested_deeply(2), nested_deeply(2, "dict")
    ([[]], {'a': {}})
    """
    found: Any = [] if kind == "list" else {}
    for _ in range(levels - 1):
        found = [found] if kind == "list" else {"a": found}
    return found


def anything_for(v: Given) -> SearchStrategy[Any]:
    """Arbitrary documents, good ones, broken ones, and good ones with something else somewhere in them.

    Args:
        v: The validator.

    Raises:
        errcore.ConfigurationError: If a rule or a check has no examples.

    >>> from errcore import InputValidator
    >>> from hypothesis import given
    >>> v = InputValidator()
    >>> v.field("age").required().type(int).range(18, 120)
    <field age>
    >>> @given(anything_for(v))
    ... def test_total(document):
    ...     v.inspect(document)
    >>> test_total()
    """
    good = valid_for(validator_of(v))
    bad = [each.map(lambda one: one.document) for each in breaks(root_of(v), 0)]
    near = _nearly(good)
    kinds = [arbitrary(), good, near, near, st.one_of(bad) if bad else near]
    # Chosen first, for `one_of` would make one choice of all the ways in which something can be broken.
    return st.integers(0, len(kinds) - 1).flatmap(kinds.__getitem__)


def _nearly(good: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Good documents in which one place, at any depth, holds something else, more, or nothing."""
    changes = st.sampled_from(("replace", "replace", "drop", "wrap", "more"))
    return st.tuples(good, st.integers(0, 10**6), changes, arbitrary()).map(_changed)


def _changed(parts: tuple[Any, int, str, Any]) -> Any:
    good, chance, change, other = parts
    document: Any = copied(good)
    ways = list(_ways(document))
    if not ways:
        return other
    *way, key = ways[chance % len(ways)]
    holder = document
    for each in way:
        holder = holder[each]
    if change == "drop":
        del holder[key]
    elif change == "wrap":
        holder[key] = [holder[key]]
    elif change == "more" and is_object(holder):
        holder[_KEYS[chance % len(_KEYS)]] = other
    else:
        holder[key] = other
    return document


def _ways(document: Any) -> Iterator[tuple[Any, ...]]:
    """The way to each place but the root."""
    below: list[tuple[Any, Any]] = []
    if is_object(document):
        below += document.items()
    elif is_array(document):
        below += enumerate(document)
    for key, value in below:
        yield (key,)
        yield from ((key, *rest) for rest in _ways(value))
