# SPDX-License-Identifier: MIT
"""orjson instead of the standard library: the same bytes and the same meaning, whatever the document holds."""

from __future__ import annotations

import datetime as dt
import json
import sys
import uuid

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from errcore import ConfigurationError, Issue, RequestFacts, Runtime, ValidationError, from_response
from errcore.clock import using
from errcore.context import RequestIds
from errcore.envelopes import NAMES
from errcore.envelopes.codecs import decode as read_plainly
from errcore.envelopes.codecs import decoder_named, encoder_named
from errcore.envelopes.codecs import encode as plainly
from errcore.extras.orjson import decode, encode
from errcore.testing import FakeClock

numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters())
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=4 * settings.default.max_examples)
@given(st.dictionaries(texts, values, max_size=6))
@example({"a": 1e-5})
@example({"a": 1e-7, "b": "an e-mail"})
@example({"a": "7e-4", "b": 1e16})
@example({"\ud800": "\udfff"})
@example({"e-": 1})
def test_bytes_are_those_of_the_standard_library(document):
    """Any JSON data, numbers of every size and texts of every character included."""
    assert encode(document) == plainly(document)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_written_alike(number):
    """A float is where two encoders differ most easily."""
    assert encode({"n": number}) == plainly({"n": number})


@pytest.mark.parametrize(
    "document", ["a text \ud800", "", {1: "a number as a key"}, attrs.make_class("M", [])]
)
def test_what_orjson_does_not_take_goes_the_other_way(document):
    """Texts, keys that are no texts: the standard library decides, be it by refusing."""
    try:
        wanted = plainly(document)
    except TypeError:
        with pytest.raises(TypeError):
            encode(document)
    else:
        assert encode(document) == wanted


@pytest.mark.parametrize(
    "value", [dt.datetime(2026, 1, 1, tzinfo=dt.UTC), attrs.make_class("V", ["x"])(1), 2**70, object()]
)
def test_what_is_no_json_is_none_here(value):
    """orjson has ideas about dates that the standard library does not share."""
    try:
        wanted = plainly({"value": value})
    except TypeError:
        with pytest.raises(TypeError):
            encode({"value": value})
    else:
        assert encode({"value": value}) == wanted


@pytest.mark.parametrize("envelope", NAMES)
def test_answers_are_the_same_in_every_format(envelope):
    """A runtime with orjson sends what one without it sends: status, headers and bytes."""
    error = ValidationError(
        "Zoé's e-mail is wrong.",
        issues=(Issue("/a/0", "RANGE", "Too small.", {"min": 1e-05, "max": 2.5}, "body"),),
        details={"ratio": 1e-7, "big": 1e22, "id": uuid.UUID(int=7), "text": "\u2028\x7f\x00"},
        retry_after=3,
    )
    facts = RequestFacts(ids=RequestIds("req_1", "req_1"))
    with using(FakeClock()):
        one, other = (
            Runtime.for_tests(envelope=envelope, json=json).reply(error, facts)
            for json in ("stdlib", "orjson")
        )

    assert one == other


@pytest.mark.parametrize("name", ["ujson", None, ["orjson"], ""])
def test_unknown_encoder_is_refused(name):
    """The message says which there are."""
    with pytest.raises(ConfigurationError, match="because errcore encodes with stdlib or orjson"):
        Runtime.for_tests(json=name)


def test_missing_library_is_said(monkeypatch):
    """Whoever asks for orjson and has not installed it hears it at the start, and how to get it."""
    monkeypatch.setitem(sys.modules, "orjson", None)
    monkeypatch.delitem(sys.modules, "errcore.extras.orjson")

    with pytest.raises(
        ConfigurationError, match=r"because orjson is not installed; pip install 'errcore\[orjson\]'"
    ):
        encoder_named("orjson")


def outcome_of(read, text):
    """What a decoder says of a text; the type of each value included, since 1 == 1.0 == True."""
    try:
        return repr(read(text))
    except (ValueError, RecursionError) as refusal:
        return isinstance(refusal, RecursionError)


BRACKETS = [
    "[" * 100 + "]" * 100,
    "[" * 2_000 + "]" * 2_000,
    '{"a":' * 2_000 + "1" + "}" * 2_000,
    json.dumps([[] for _ in range(700)]),  # many brackets, none of them deep
    "[" + " " * 2_000 + "]",  # long, and few brackets
    "[" * 30_000,
]


TEXTS = [
    "NaN",
    "[-Infinity, 1e400, -1e-400, 1.7976931348623159e308]",
    "[18446744073709551615, 18446744073709551616, -9223372036854775809, 1" + "0" * 40 + "]",
    "[9999999999999999999, 123456789012345678.5, -0, -0.0, 1E5]",
    '"the number 12345678901234567890 in a text"',
    "1" * 5_000,
    '{"a": 1, "b": 2, "a": {"a": 3, "a": 4}}',
    r'["\ud800", "\ude00\ud83d", "\ud83d\ude00", "\u0000"]',
    '["\ud800"]',
    '"a\tb"',
    "\ufeff{}",
    "\x0b{}",
    '{"a":1}\x00',
    "[1,]",
    "{'a': 1}",
    "",
    "nul",
    "\u00a0{}",
    *BRACKETS,
]


@pytest.mark.parametrize("text", TEXTS, ids=map(str, range(len(TEXTS))))
def test_meaning_is_that_of_the_standard_library(text):
    """NaN, infinities, integers beyond 64 bits, names that come twice, lone surrogates, nesting, and what is no JSON."""
    assert outcome_of(decode, text) == outcome_of(read_plainly, text)


@settings(max_examples=2 * settings.default.max_examples)
@given(st.recursive(values, lambda inner: st.lists(inner, max_size=3)), st.booleans())
def test_every_document_is_read_alike(document, ascii_only):
    """Any JSON data as any writer may write them."""
    text = json.dumps(document, ensure_ascii=ascii_only)
    assert outcome_of(decode, text) == outcome_of(read_plainly, text)


@given(st.text(alphabet='[]{}:,"\\ u0d8f19eE+-.aN\n', max_size=40))
def test_every_text_is_read_alike(text):
    """Texts that look like JSON, most of which are none."""
    assert outcome_of(decode, text) == outcome_of(read_plainly, text)


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"about:blank","status":404,"code":"GONE","n":18446744073709551616,"n2":NaN}',
        b'{"title":"Gone","detail":"\\ud800 \xff","code":"A","code":"B"}',
        b'{"error":{"code":"ORDER_GONE","message":"Zo\xc3\xa9"}}',
        b'{"title":' + b"[" * 50_000,
        b"<html>",
        b"",
    ],
    ids=["numbers", "surrogates", "nested", "deep", "page", "nothing"],
)
def test_answers_of_others_are_the_same_errors(body):
    """Which library reads an answer changes nothing about the error that comes of it."""
    one, other = (
        from_response(404, {"X-Request-ID": "req_1"}, body, json=json) for json in ("stdlib", "orjson")
    )

    assert (one.upstream, one.internal, one.retry_after, str(one)) == (
        other.upstream,
        other.internal,
        other.retry_after,
        str(other),
    )


@pytest.mark.parametrize("name", ["ujson", None, ["orjson"], ""])
def test_unknown_decoder_is_refused(name):
    """The message says which there are, and does not blame the answer."""
    with pytest.raises(ConfigurationError, match="because errcore decodes with stdlib or orjson"):
        from_response(404, json=name)


def test_missing_library_is_said_to_readers(monkeypatch):
    """Whoever reads answers with orjson and has not installed it hears how to get it."""
    monkeypatch.setitem(sys.modules, "orjson", None)
    monkeypatch.delitem(sys.modules, "errcore.extras.orjson")

    with pytest.raises(
        ConfigurationError, match=r"because orjson is not installed; pip install 'errcore\[orjson\]'"
    ):
        decoder_named("orjson")
