# SPDX-License-Identifier: MIT
"""Any object in, a short text of one line out: the same for the same, and as good as itself."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore.policies.keys import LONGEST_KEY, key_of


class Shouting:
    """An object that has no text."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


@given(st.text(max_size=300) | st.binary(max_size=300) | st.integers() | st.floats() | st.lists(st.text()))
def test_keys_are_short_lines(value: object):
    """Everything on them is visible, and a key of a key is that key."""
    key = key_of(value)

    assert len(key) <= LONGEST_KEY
    assert key.isprintable()
    assert key_of(value) == key_of(key) == key


@given(st.text(max_size=300), st.text(max_size=300))
def test_texts_that_differ_have_keys_that_differ(one: str, other: str):
    """However long, and whatever cannot be seen in them."""
    assert (key_of(one) == key_of(other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(7, "7"), (b"shard-3", "shard-3"), (1.5, "1.5"), (b"x" * 1000, "x" * 1000), (1 << 70, str(1 << 70))],
    ids="int bytes float long-bytes long-int".split(),
)
def test_values_that_look_alike_are_one_key(one: object, other: object):
    """An id from a path and one from a database are the same client."""
    assert key_of(one) == key_of(other)


def test_both_bounds_can_be_named():
    """How long a key is, and how far a strange value is looked into."""
    assert len(key_of("x" * 100, longest=40)) == 40
    assert key_of("x" * 100, longest=100) == "x" * 100
    numbers = list(range(16))
    assert key_of([*numbers, 1], looked_into=8) == key_of([*numbers, 2], looked_into=8)


@pytest.mark.parametrize(
    "value",
    [Shouting(), None, 1 << 100_000, {"a": {1}}, "\ud800" * 1000, "x" * 5_000_000],
    ids="object none number dict surrogates megabytes".split(),
)
def test_nothing_is_too_strange_to_be_a_key(value: object):
    """Objects without a text, numbers with too many digits, megabytes."""
    assert sys.getsizeof(key_of(value)) < 600


@pytest.mark.parametrize("password", ["S3cr3t" * 20, "S3cr3t" * 5000], ids=len)
def test_a_long_key_shows_no_secret(password: str):
    """It is redacted before it is cut: what marks the end of a password may be in what is cut off."""
    key = key_of(f"postgresql://svc:{password}@db/app")

    assert "S3cr3t" not in key
    assert key != key_of(f"postgresql://svc:{password}@db/other")
