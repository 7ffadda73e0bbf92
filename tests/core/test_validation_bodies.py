# SPDX-License-Identifier: MIT
"""Bytes that somebody sent, read as JSON within limits: what is taken, what is refused, and that nothing of it is told."""

from __future__ import annotations

import json
import pickle
import sys
import traceback

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from errcore import (
    ConfigurationError,
    InputValidator,
    PayloadTooLargeError,
    UnsupportedMediaTypeError,
    ValidationError,
    Validator,
    rule,
)
from errcore.validation import JsonBody, validator_for

JSON = "application/json"
CANARY = "canary-4711"
LIMITS = JsonBody()


def refused(body: bytes, limits: JsonBody = LIMITS) -> str:
    """The code of the one issue, about the whole body."""
    with pytest.raises(ValidationError) as caught:
        limits.value(body, JSON)
    [issue] = caught.value.issues
    assert (issue.pointer, issue.location) == ("", "body")
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__dict__)
    assert CANARY not in told
    assert CANARY.encode() not in pickle.dumps(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None
    return issue.code


@pytest.mark.parametrize(
    "content_type",
    [
        JSON,
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json ;x",
        "application/ld+json",
    ],
)
def test_types_of_json(content_type) -> None:
    """JSON's own type and those that end in +json, whatever their parameters."""
    assert LIMITS.value(b'{"a": [1, 2.5, "x", null, true]}', content_type) == {"a": [1, 2.5, "x", None, True]}


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/json",
        "application/jsonp",
        "application/x-www-form-urlencoded",
        "",
        "application/+json",
        "json",
    ],
)
def test_other_types_are_refused_before_anything_is_read(content_type) -> None:
    """By the headers alone, and with the body as well."""
    with pytest.raises(UnsupportedMediaTypeError):
        LIMITS.announced(content_type, None)
    with pytest.raises(UnsupportedMediaTypeError):
        LIMITS.value(b"{}", content_type)


def test_type_has_to_be_given() -> None:
    """A page of another site can send a body without one, and no browser asks first."""
    LIMITS.announced(None, "2")
    with pytest.raises(UnsupportedMediaTypeError):
        LIMITS.value(b"{}", None)


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\xef\xbb\xbf"])
def test_nothing_was_sent(body) -> None:
    """A body that is missing is required."""
    assert refused(body) == "REQUIRED"


def test_nothing_needs_no_type() -> None:
    """A request without a body has none to say."""
    with pytest.raises(ValidationError) as caught:
        LIMITS.value(b"", None)
    assert [issue.code for issue in caught.value.issues] == ["REQUIRED"]


def test_limits_that_hold_where_none_are_given() -> None:
    """1 MiB, and 64 arrays or objects inside each other."""
    assert LIMITS.value(b"[" * 64 + b"]" * 64, JSON)
    assert refused(b"[" * 65 + b"]" * 65) == "TOO_DEEP"
    assert LIMITS.value(b"1" + b" " * (2**20 - 1), JSON) == 1
    with pytest.raises(PayloadTooLargeError):
        LIMITS.value(b"1" + b" " * 2**20, JSON)


def test_mark_at_the_beginning_is_passed_over() -> None:
    """As RFC 8259 allows."""
    assert LIMITS.value(b"\xef\xbb\xbf[]", JSON) == []


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b"[1,]",
        b"[1] " + CANARY.encode(),
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"[1e999]",
        b"[-1e999]",
        b"1" * 5000,
        b'"' + CANARY.encode(),
        b'"\xff"',
        '"x"'.encode("utf-16"),
        b'"a\x00b"',
        b'"\xed\xa0\x80"',
        b'{"a": 1, "a": 2}',
        b'[{"a": {"b": 1, "c": 2, "\\u0062": 3}}]',
        b'"\\ud800"',
        b'{"\\uDFFF": 1}',
        b'["\\ud800\\u0041"]',
    ],
)
def test_what_readers_would_read_differently_is_refused(body) -> None:
    """Broken JSON, numbers that are none, keys that are there twice, halves of pairs; never with what was sent."""
    assert refused(body) == "INVALID_FORMAT"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"\\\\ud800"', "\\ud800"),
        (b"1" * 4000, int("1" * 4000)),
        (b"1e308", 1e308),
        (b"1e-999", 0.0),
        (b'{"": 1, "a/b~c": 2}', {"": 1, "a/b~c": 2}),
        (b'"[[[[{{{{\\"[["', '[[[[{{{{"[['),
    ],
)
def test_what_looks_odd_and_is_fine(body, value) -> None:
    """Whole pairs, an escaped backslash, long integers, brackets in texts."""
    assert JsonBody(max_depth=1).value(body, JSON) == value


@pytest.mark.parametrize("pair", ["[]", "{}"])
def test_depth(pair) -> None:
    """The limit itself is fine, one more is not, and neither is what would end the stack of a parser."""
    limits = JsonBody(max_depth=5)

    def nested(depth: int) -> bytes:
        inside = '{"a":' if pair == "{}" else "["
        return (inside * depth + "1" + pair[1] * depth).encode()

    assert limits.value(nested(5), JSON)
    assert refused(nested(6), limits) == "TOO_DEEP"
    assert refused(nested(150_000)) == "TOO_DEEP"
    assert refused(pair[0].encode() * 150_000) == "TOO_DEEP"
    assert len(limits.value(f"[{','.join([pair] * 100)}]".encode(), JSON)) == 100


def test_deepest_limit_is_one_that_the_parser_can_keep() -> None:
    """Far below what Python's stack holds."""
    assert JsonBody(max_depth=256).value(b"[" * 256 + b"]" * 256, JSON)


def test_stack_that_is_nearly_full(monkeypatch) -> None:
    """A parser that has no stack left says so, and that is the same refusal."""

    def full(*_given: object) -> None:
        raise RecursionError

    monkeypatch.setattr(json.JSONDecoder, "decode", full)

    assert refused(b"[]") == "TOO_DEEP"


def test_stack_that_is_half_full() -> None:
    """Wherever a request is read, a body is read or refused; before Python 3.12 a parser shares the stack of Python."""
    frame, used = sys._getframe(), 0
    while frame is not None:
        frame, used = frame.f_back, used + 1

    def below(frames: int) -> str:
        if frames:
            return below(frames - 1)
        try:
            JsonBody(max_depth=256).value(b"[" * 250 + b"]" * 250, JSON)
        except ValidationError as error:
            return error.issues[0].code
        return "read"

    told = below(sys.getrecursionlimit() - used - 120)
    assert told == ("TOO_DEEP" if sys.version_info < (3, 12) else "read")


def test_texts_that_never_end_are_looked_at_once() -> None:
    """Half a million escaped quotes, and more brackets than the limit: read in one go."""
    assert refused(b"[" * 10 + b'"' + b'\\"' * 250_000, JsonBody(max_depth=5)) == "TOO_DEEP"
    assert refused(b"[[" + b'"' + b'\\"[[[[[[' * 100_000, JsonBody(max_depth=5)) == "INVALID_FORMAT"


def test_length() -> None:
    """By what the header says, by what has come, and by the whole."""
    limits = JsonBody(max_bytes=4)
    limits.announced(JSON, "4")
    pieces = limits.pieces()
    pieces.add(b"12")
    pieces.add(b"34")
    assert limits.value(pieces.whole(), JSON) == 1234
    for said in ("5", "0005", "9" * 400):
        with pytest.raises(PayloadTooLargeError):
            limits.announced(JSON, said)
    for said in ("nonsense", "-1", "", "0", "0004", "\u0665"):
        limits.announced(JSON, said)
    with pytest.raises(PayloadTooLargeError):
        pieces.add(b"5")
    with pytest.raises(PayloadTooLargeError):
        limits.value(b"12345", JSON)


@pytest.mark.parametrize(
    "limits",
    [{"max_bytes": 0}, {"max_bytes": True}, {"max_depth": 0}, {"max_depth": 257}, {"max_depth": "1"}],
)
def test_limits_that_are_none(limits) -> None:
    """Said where they are written."""
    with pytest.raises(ConfigurationError, match="no whole number above 0"):
        JsonBody(**limits)


@given(st.binary(max_size=200))
@example(b"[[[")
@example(b'"\\')
def test_whatever_comes_is_read_or_refused(body) -> None:
    """Nothing else ever happens."""
    try:
        value = JsonBody(max_depth=3).value(body, JSON)
    except ValidationError:
        return
    json.dumps(value, allow_nan=False).encode()


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=10,
    )
)
def test_what_was_written_is_read(value) -> None:
    """Every value that JSON has comes back, escaped or not."""
    for ascii_only in (True, False):
        written = json.dumps(value, ensure_ascii=ascii_only).encode()
        assert JsonBody(max_depth=256).value(written, JSON) == value


def test_validator_for_whatever_says_what_is_wanted() -> None:
    """A class has one validator, which is made once; what is a validator already is itself."""

    @attrs.define
    class Signup:
        age: int

    @rule(code="KNOWN", message="known")
    async def known(value: int) -> bool:
        return True

    builder = InputValidator()
    builder.field("age").type(int)
    v = Validator.of(Signup)
    later = v.with_async_rules({"age": known})

    assert validator_for(v) is v
    assert validator_for(later) is later
    assert validator_for(builder) is builder.build()
    assert validator_for(Signup) is validator_for(Signup)
    assert validator_for(Signup).validate({"age": 1}) == Signup(1)
    assert validator_for(list[int]).validate([1]) == [1]
