# SPDX-License-Identifier: MIT
"""What was told is typed, bounded and one line each, whoever made it."""

from __future__ import annotations

import json
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import Issue, Kind, envelopes
from errcore.envelopes.moments import seconds_of, utc
from errcore.errors import Told
from errcore.errors.told import DETAILS_BOUNDS
from errcore.jsonsafe import to_json


@pytest.mark.parametrize(
    "details",
    [
        None,
        7,
        "x",
        [("a", 1)],
        {},
    ],
    ids=repr,
)
def test_no_details(details):
    """What is no mapping, or an empty one, tells nothing."""
    assert Told(details=details).details == {}


@pytest.mark.parametrize(
    ("details", "kept"),
    [
        ({"a": [1, "x"]}, {"a": [1, "x"]}),
        ({"a": ["x", "é"], "b": None, "c": True, "d": -1}, {"a": ["x", "é"], "b": None, "c": True, "d": -1}),
        ({"a": 1.5, "b": {"c": []}}, {"a": 1.5, "b": {"c": []}}),
        ({"a": 2**64}, {"a": str(2**64)}),
        ({7: "x"}, {"7": "x"}),
        ({"a": "\ud800"}, {"a": "\ufffd"}),
        ({"a": b"raw"}, {"a": "<bytes: 3>"}),
        (MappingProxyType({"a": 1}), {"a": 1}),
    ],
    ids=range(8),
)
def test_details_are_json(details, kept):
    """Whatever a reader of the house puts there."""
    assert Told(details=details).details == kept


facts = st.dictionaries(
    st.text(max_size=3) | st.just("k" * 200),
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.just("x" * 3000)
    | st.lists(st.text(max_size=3) | st.integers(), max_size=20),
    max_size=20,
)


@given(facts)
def test_the_short_way_gives_the_same(details):
    """Details so small that they are kept as they are would not be changed by the long way."""
    assert Told(details=details).details == to_json(details, bounds=DETAILS_BOUNDS)
    json.dumps(Told(details=details).details).encode()


def test_texts_are_cut_and_one_line():
    """Names at 256 characters, sentences at 2048; what is invisible is replaced."""
    told = Told(code="C" * 999, message="m" * 9999, title="a\nb\x1b", request_id="r\u202e", type_uri="t\x00")

    assert (len(told.code), len(told.message)) == (256, 2048)
    assert (told.title, told.request_id, told.type_uri) == ("a b\ufffd", "r\ufffd", "t\ufffd")


@pytest.mark.parametrize(
    "name", ["code", "kind", "status", "title", "message", "request_id", "correlation_id", "type_uri"]
)
@pytest.mark.parametrize("value", [7.5, True, [], {}, b"x", 99, 600])
def test_wrong_types_are_not_told(name, value):
    """Nothing is coerced."""
    assert Told(**{name: value}) == Told()


@pytest.mark.parametrize("value", [True, "7", -1, -0.5, float("nan"), float("inf"), 2**53, 10**400, []])
def test_no_seconds(value):
    """Numbers that can be waited for, and no others."""
    assert Told(retry_after=value, time=value) == Told()


def test_kinds_by_name_or_member():
    """As a format has them at hand."""
    assert Told(kind="not_found") == Told(kind=Kind.NOT_FOUND)
    assert Told(kind="NOT_FOUND").kind is None


@pytest.mark.parametrize("issues", [None, (), [], 7, "x", [7, {"pointer": "/a"}]])
def test_no_issues(issues):
    """What is none is left out."""
    assert Told(issues=issues).issues == ()


def test_issues_are_bounded():
    """A hundred, and one that says how many more."""
    assert len(Told(issues=[Issue("/a", "X", "y")] * 200).issues) == 101


def test_facts_are_what_was_told():
    """By name, issues as mappings; nothing for what was not."""
    told = Told(code="X", recoverable=False, issues=[Issue("/a", "X", "y")])

    assert told.facts() == {
        "code": "X",
        "recoverable": False,
        "issues": [{"pointer": "/a", "code": "X", "message": "y", "params": {}, "location": None}],
    }


@pytest.mark.parametrize(
    "text", [None, 7, "", "soon", "2024-01-15", "2024-01-15T10:30:00", "9" * 50, "2024-13-01T00:00:00Z"]
)
def test_no_moment(text):
    """A text that names no moment, or one of a zone that is not said."""
    assert seconds_of(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2024-01-15T10:30:00Z", 1705314600),
        ("2024-01-15T11:30:00+01:00", 1705314600),
        ("2024-01-15T10:30:00.250000+00:00", 1705314600.25),
    ],
)
def test_moments(text, seconds):
    """RFC 3339, with fractions and other zones, since others write them."""
    assert seconds_of(text) == seconds
    assert utc(seconds) == "2024-01-15T10:30:00Z"


def test_a_map_of_fields_from_a_stranger():
    """Lists and single messages count; what is no text, and what is beyond a hundred, does not."""
    form = envelopes.get("field-map")
    base = {"error_code": "X", "message": "y"}
    read = form.parse({**base, "field_errors": {"a": ["1", 2], "b": "3", "": ["4"], "c": [], "d": {}}})
    flood = form.parse({**base, "field_errors": {f"f{n}": ["x"] * 9 for n in range(99)}})

    assert [(issue.pointer, issue.message) for issue in read.issues] == [("/a", "1"), ("/b", "3"), ("", "4")]
    assert len(flood.issues) == 101


def test_a_list_of_google_details_from_a_stranger():
    """Of unknown ones no more than 64 are kept."""
    details = [{"@type": "acme"}] * 200 + [
        {"@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": "r"}
    ]
    read = envelopes.get("google").parse({"error": {"code": 500, "status": "INTERNAL", "details": details}})

    assert (len(read.details["@details"]), read.request_id) == (64, "r")


@pytest.mark.parametrize(
    ("status", "read"), [("404", 404), ("4x4", None), ("٤٠٤", None), ("40", None), (404, None), ("999", None)]
)
def test_a_status_that_is_a_text(status, read):
    """As JSON:API has it: three digits, and one that there is."""
    assert envelopes.get("jsonapi").parse({"errors": [{"code": "X", "status": status}]}).status == read


def test_names_that_facts_cannot_have():
    """The lint of the catalogue can be asked about them."""
    assert {"error_type", "message", "timestamp", "debug"} <= envelopes.flat().members
    assert "timestamp" not in envelopes.field_map().members
