# SPDX-License-Identifier: MIT
"""Policies from plain data and from TOML: the same parts as in code, and a clear word about everything else."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_ways import fresh

from errcore import ConfigurationError, UnavailableError
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.budget import RetryBudget
from errcore.policies.bulkhead import Bulkhead
from errcore.policies.declare import policy
from errcore.policies.fallback import Fallback
from errcore.policies.loading import settings_from, settings_from_toml
from errcore.policies.retry import Retry
from errcore.policies.timeout import Timeout

DOCUMENT = """
[service]
name = "shop"

[policies.stripe]
retry = { attempts = 4, initial = 0.5, on = ["unavailable", "ORDER_LOCKED"] }
breaker = 0.3
limit = "100/second"
timeout = { total = 2.0, sync = "thread" }
idempotent = false

[policies."a cache"]
retry = 1
budget = false
bulkhead = { limit = 5, queue = 2 }
fallback = { value = [] }
"""


def test_a_document_gives_the_keywords_of_each_policy():
    """Short forms and tables, and other tables are not ours."""
    found = settings_from_toml(DOCUMENT)

    assert list(found) == ["stripe", "a cache"]
    stripe, cache = found["stripe"], found["a cache"]
    assert stripe["retry"] == Retry(4, initial=0.5, on=("unavailable", "ORDER_LOCKED"))
    assert stripe["breaker"] == Breaker(0.3)
    assert stripe["timeout"] == Timeout(2.0, sync="thread")
    assert stripe["idempotent"] is False
    assert cache["budget"] is None
    assert cache["bulkhead"] == Bulkhead(5, queue=2)
    assert cache["fallback"] == Fallback(value=[])
    assert settings_from_toml("[other]\nx = 1") == {}


def test_they_make_a_policy():
    """What was loaded is handed to `policy` as it is."""
    made = policy(
        fresh("loaded"), **settings_from({"retry": 2, "budget": {"ratio": 0.2}, "fallback": {"value": 5}})
    )

    def down() -> int:
        raise UnavailableError

    assert made.call(down) == 5
    assert made.settings.budget == RetryBudget(0.2)


def test_nothing_is_no_policy_less():
    """An empty table is a policy without parts."""
    assert settings_from({}) == {}


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"colour": 1}, r"policy\.colour: there is no such keyword"),
        ({"key": "shard"}, r"policy\.key: there is no such keyword in a file"),
        ({"chaos": {"rate": 1}}, r"policy\.chaos: there is no such keyword"),
        ({"x\x1b[31m\n" * 100: 1}, "there is no such keyword"),
        ({5: 1}, "there is no such keyword"),
        ({"retry": {"atempts": 3}}, r"policy\.retry: cannot use atempts, because Retry has attempts, "),
        ({"retry": {"attempts": "3"}}, r"policy\.retry: Cannot use Retry\(attempts='3'\)"),
        ({"retry": {"attempts": True}}, r"Retry\(attempts=True\)"),
        ({"retry": {"attempts": 2.5}}, r"Retry\(attempts=2.5\)"),
        ({"retry": {"wait": 5}}, "cannot use wait, because it is a function"),
        ({"retry": {"stop": "never"}}, "cannot use stop, because it is a function"),
        ({"retry": [3]}, "as Retry"),
        ({"retry": "3"}, "as Retry"),
        ({"breaker": {"failure_rate": 7}}, r"policy\.breaker: Cannot use Breaker\(failure_rate=7"),
        ({"breaker": {"open_for": 100, "open_cap": 1}}, "open_cap"),
        ({"limit": "soon"}, "RateLimit"),
        ({"limit": {}}, r"policy\.limit: cannot make RateLimit, because a setting is missing"),
        ({"limit": {"algorithm": "gcra"}}, "a setting is missing"),
        ({"limit": {"rate": "1/second", "algorithm": "magic"}}, "algorithm"),
        ({"bulkhead": {"limit": 0}}, r"Bulkhead\(limit=0\)"),
        ({"timeout": {}}, r"policy\.timeout: Cannot use Timeout"),
        ({"timeout": {"total": "2s"}}, r"Timeout\(total='2s'\)"),
        ({"budget": True}, "as RetryBudget"),
        ({"budget": {"ratio": 2}}, "RetryBudget"),
        ({"fallback": "len"}, "functions stand in code"),
        ({"fallback": {"value": 1, "chain": []}}, "functions stand in code"),
        ({"idempotent": "no"}, "idempotent"),
        ([], "a policy is a table"),
        ("retry", "a policy is a table"),
        (None, "a policy is a table"),
    ],
    ids=itertools.count(),
)
def test_nonsense_is_refused_with_its_place(mapping: Any, said: str):
    """What is wrong, why, and what to write."""
    with pytest.raises(ConfigurationError, match=said) as caught:
        settings_from(mapping)

    text = str(caught.value)
    assert text.startswith("policy")
    assert text.isprintable()
    assert len(text) < 500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[policies", "no TOML"),
        ("policies = 5", "`policies` is no table"),
        ("[policies]\nstripe = 5", r"policies\.stripe: cannot use 5"),
        ("[policies.stripe]\nretry = 0", r"policies\.stripe: Cannot use Retry"),
        ("[policies.stripe.retry]\ncolour = 1", r"policies\.stripe\.retry: cannot use colour"),
    ],
    ids=itertools.count(),
)
def test_a_document_is_refused_with_the_place(text: str, said: str):
    """By the name of the policy."""
    with pytest.raises(ConfigurationError, match=said):
        settings_from_toml(text)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["retry", "budget", "breaker", "limit", "bulkhead", "timeout", "fallback", "idempotent", "x"]
)
fields = st.sampled_from(
    ["attempts", "initial", "on", "ratio", "window", "rate", "limit", "total", "value", "sync", "y"]
)


@given(st.dictionaries(names, plain | st.dictionaries(fields, plain, max_size=3), max_size=4) | plain)
def test_any_data_is_a_policy_or_refused(mapping: Any):
    """No other exception comes out."""
    try:
        found = settings_from(mapping)
    except ConfigurationError:
        return
    policy(fresh("loaded"), **found)
