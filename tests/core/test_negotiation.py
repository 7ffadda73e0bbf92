# SPDX-License-Identifier: MIT
"""Content negotiation: quality, specificity, and never a 406."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore.envelopes import Problem, Text, negotiate

PROBLEM, TEXT = Problem(), Text()
VENDOR = SimpleNamespace(name="vendor", media_type="application/vnd.shop+json")


def chosen(accept: str | None, default=PROBLEM) -> str:
    return negotiate(accept, [PROBLEM, TEXT, VENDOR], default).name


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        (None, "problem"),
        ("", "problem"),
        ("*/*", "problem"),
        ("text/plain", "text"),
        ("TEXT/PLAIN", "text"),
        ("text/*", "text"),
        ("text/plain;q=0.5, application/json", "problem"),
        ("text/plain, application/json;q=0.5", "text"),
        ("application/json", "problem"),
        ("application/problem+json", "problem"),
        ("application/vnd.shop+json", "vendor"),
        ("application/vnd.other+json", "problem"),
        ("application/vnd.other+json, text/plain;q=0.1", "problem"),
        ("application/vnd.shop+json;q=0.9, application/json;q=0.1", "vendor"),
        ("application/json, text/plain, */*", "problem"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "problem"),
        ("text/plain;charset=utf-8", "text"),
        ('text/plain;x="a,b"', "text"),
        ("text/plain;format=flowed;q=1.0", "text"),
        ("*/*;q=0.1, text/plain;q=0", "problem"),
        ("*/*, application/json;q=0, application/problem+json;q=0", "text"),
        ("application/*;q=0.2, text/plain;q=0.1", "problem"),
        ("text/plain;q=0.1, text/plain;q=0.7, application/json;q=0.5", "text"),
    ],
)
def test_the_best_liked_format_wins(accept, name):
    """Quality decides, the most specific range speaks for a type, and ties go to the default."""
    assert chosen(accept) == name


@pytest.mark.parametrize(
    "accept",
    [
        "image/png",
        "text/html",
        "nonsense",
        "/",
        "*/json",
        ",;,=",
        "text/plain;q=",
        "text/plain;q=.",
        "text/plain;q=nan",
        "text/plain;q=1e0",
        "text/plain;q=1.5",
        "text/plain;q=-1",
        "text/plain;q=1_0",
        "text/plain;q=0.12345",
        "text/plain;q=1.1.1",
        "text/plain;q=\uff11",
        "text/plain;q=0",
    ],
)
def test_nothing_that_fits_gives_the_default(accept):
    """Never a 406: no match, no sense and no quality all mean the default."""
    assert chosen(accept) == "problem"
    assert chosen(accept, TEXT if "text/plain" not in accept else VENDOR) in {"text", "vendor"}


def test_among_equals_the_default_comes_first():
    """With equal liking the default is kept, wherever it is enabled."""
    assert chosen("*/*", TEXT) == "text"


class Plain:
    """A house format of the plain JSON type."""

    name, media_type = "plain", "application/json"


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        ("application/json", "plain"),
        ("application/json, text/plain, */*", "plain"),
        ("application/problem+json, application/json", "problem"),
        ("*/*", "problem"),
        ("application/*", "problem"),
        ("application/json;q=0", "problem"),
    ],
)
def test_among_json_formats_the_one_that_was_named_comes_first(accept, name):
    """Every JSON format answers `application/json`, but one of exactly that type answers it better."""
    assert negotiate(accept, [PROBLEM, TEXT, Plain()], PROBLEM).name == name


def test_one_format_needs_no_negotiation():
    """With one enabled format the header is not even read."""
    assert negotiate("text/plain", [PROBLEM], PROBLEM) is PROBLEM


@pytest.mark.parametrize(
    "header",
    ["text/plain," * 10_000, ";" * 100_000, "q=" * 50_000, "text/plain;" + "q=1;" * 25_000, "," * 100_000],
)
def test_huge_headers_cost_nothing(header):
    """100 kB of header is the default, in no time."""
    before = time.perf_counter()

    assert chosen(header) == "problem"
    assert time.perf_counter() - before < 0.05


def test_ranges_beyond_the_bound_are_not_read():
    """The first 64 ranges count."""
    assert chosen("a/b," * 64 + "text/plain") == "problem"
    assert chosen("a/b," * 63 + "text/plain") == "text"


@given(st.text(max_size=200))
def test_any_header_gives_an_enabled_format(accept):
    """No header raises."""
    assert negotiate(accept, [PROBLEM, TEXT], PROBLEM) in {PROBLEM, TEXT}
