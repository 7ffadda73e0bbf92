# SPDX-License-Identifier: MIT
"""The short ways that common errors take: each gives what the long way gives, or declines."""

from __future__ import annotations

import json

import attrs
import pytest

from errcore import InternalError, Occurrence
from errcore.errors import classify
from errcore.jsonsafe import REDACTED, Bounds, to_json
from errcore.jsonsafe.encoding import encoder
from errcore.jsonsafe.plain import plain_copy
from errcore.jsonsafe.values import _Walk
from errcore.redaction import Redactor, is_secret_key

BOUNDS = Bounds()


def walked(obj, bounds=BOUNDS, hide=None, text=None):
    """What the walk over any object gives."""
    return _Walk(bounds, hide, text, open_objects=False).value(obj, 0, listed=False)


@pytest.mark.parametrize(
    "obj",
    [
        {},
        {"agent_id": "a1", "tries": 3, "open": True, "until": None},
        {"limits": 2**64 - 1, "low": -(2**63)},
        {f"name_{number}": "x" * 256 for number in range(16)},
    ],
)
@pytest.mark.parametrize("text", [None, Redactor().text], ids=["plain", "masked"])
def test_a_plain_dict_becomes_what_the_walk_makes_of_it(obj, text):
    """The short way is taken, and nobody can tell."""
    assert plain_copy(obj, BOUNDS, is_secret_key, text) == walked(obj, BOUNDS, is_secret_key, text)


@pytest.mark.parametrize(
    "obj",
    [
        {"password": "x"},
        {"name": "password", "value": "x"},
        {"list": []},
        {"rate": 1.5},
        {"count": 2**64},
        {"name": "é"},
        {"é": 1},
        {1: "x"},
        {"k" * 129: 1},
        {"long": "x" * 257},
        {f"name_{number}": 1 for number in range(17)},
        {"jo@example.com": 1},
        {"note": "pin=1234"},
        {"cut": "x...<5 more chars>"},
        {"name...<5 more chars>": 1},
    ],
)
def test_whatever_needs_a_look_is_declined(obj):
    """Secret names, other types, other alphabets, long texts and large dicts go the long way."""
    assert plain_copy(obj, BOUNDS, is_secret_key, Redactor().text) is None
    assert to_json(obj, hide=is_secret_key, text=Redactor().text) == walked(
        obj, BOUNDS, is_secret_key, Redactor().text
    )
    assert to_json(obj, hide=is_secret_key) == walked(obj, hide=is_secret_key)


def test_a_check_that_fails_is_left_to_the_walk():
    """`hide` and `text` may be anybody's code: where one raises, the walk hides what it could not check."""

    def broken(_text):
        raise RuntimeError

    def broken_for_values(text):
        if text == "x":
            raise RuntimeError
        return text

    assert plain_copy({"a": "x"}, BOUNDS, broken) is None
    assert plain_copy({"a": "x"}, BOUNDS, None, broken) is None
    assert plain_copy({"a": "x"}, BOUNDS, None, broken_for_values) is None
    assert to_json({"a": "x"}, text=broken_for_values) == {"a": REDACTED}


@pytest.mark.parametrize(
    "word", ["message", "user_id", "a", "_", "eyJabcdefgh9", "sk_live_1234", "u-77", "-p", "a--b-c"]
)
def test_a_short_word_is_no_secret(word):
    """A word of at most twelve characters is what the whole redactor gives back as well."""
    redactor = Redactor()
    assert len(word) <= 12
    assert redactor.text(word) == redactor._once(word) == word


def test_narrow_bounds_have_no_room_for_the_short_way():
    """Where a bound could have to do with a small dict, the walk counts."""
    for narrow in (Bounds(items=15), Bounds(text=255), Bounds(total=8000)):
        assert plain_copy({"agent": "a1"}, narrow, None) is None
        assert to_json({"agent": "a1"}, bounds=narrow) == {"agent": "a1"}


def test_places_are_remembered_within_a_bound(monkeypatch):
    """A frame is put into words once; when too many places are known, all are forgotten."""
    from errcore.errors import frames

    def fail():
        raise InternalError("broken")

    with pytest.raises(InternalError) as caught:
        fail()
    monkeypatch.setattr(frames, "_KNOWN", 1)
    monkeypatch.setattr(frames, "_places", places := {})
    told = Occurrence.of(caught.value).internal["traceback"]
    assert (len(told), len(places)) == (2, 1)
    assert Occurrence.of(caught.value).internal["traceback"] == told


@pytest.mark.parametrize("fast", [True, False])
def test_the_kept_encoder_writes_what_json_writes(fast):
    """With the interpreter's accelerator and without it; what JSON has not is refused."""
    document = {"a": [1, 1.5, None, True, 'é\u2028"', {"b": []}], "severity": "info"}
    for ascii_only in (True, False):
        encode = encoder(ascii_only=ascii_only, fast=fast)
        assert encode(document) == json.dumps(document, ensure_ascii=ascii_only, separators=(",", ":"))
        with pytest.raises(TypeError):
            encode({"a": object()})
        with pytest.raises(ValueError):
            encode({"a": float("nan")})


def raised(error):
    """The error, with a traceback."""
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def test_frames_are_redacted_once_for_each_redactor():
    """The places of the code are few: the same frame is searched once, and each redactor keeps its own answer."""
    quiet, strict = Redactor(), Redactor(extra_keys=["py"])
    error = raised(InternalError("broken"))
    plain = Occurrence.of(error, redactor=quiet).internal["traceback"]
    assert plain[-1].endswith(" in raised")
    assert Occurrence.of(error, redactor=quiet).internal["traceback"] == plain
    assert REDACTED in Occurrence.of(error, redactor=strict).internal["traceback"][-1]


def test_a_redactor_of_the_users_sees_every_frame_every_time():
    """Only errcore's own redactor is known to answer the same each time."""

    @attrs.define
    class Counting:
        seen: int = 0

        def text(self, text):
            self.seen += " in raised" in text
            return text

    counting, error = Counting(), raised(InternalError("broken"))
    for expected in (1, 2):
        assert Occurrence.of(error, redactor=counting).internal["traceback"][-1].endswith(" in raised")
        assert counting.seen == expected


def test_a_redactor_that_cannot_be_asked_leaves_nothing():
    """Rather no text than a raw one."""

    class Broken:
        @property
        def text(self):
            raise RuntimeError("raw")

    assert Occurrence.of(InternalError("broken"), redactor=Broken()).internal == {
        "message": "<not redacted: RuntimeError>"
    }


def test_the_rule_for_a_class_is_found_once(monkeypatch):
    """Where the object decides, it is asked each time; the search for the rule of its class is not repeated."""
    from errcore.errors import rules

    searched = []
    find = rules.find
    monkeypatch.setattr(rules, "find", lambda cls: searched.append(cls) or find(cls))

    class DiskError(OSError):
        pass

    assert classify(DiskError(28, "full")).kind == "resource_exhausted"
    assert classify(DiskError(13, "denied")).kind == "internal"
    assert searched == [DiskError]
