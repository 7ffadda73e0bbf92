# SPDX-License-Identifier: MIT
"""The forms of texts: what is one and what is none, for each of them, whatever the length."""

from __future__ import annotations

import re
import time

import pytest

from errcore import ConfigurationError, InputValidator
from errcore.testing.validators.corpora import PARSED
from errcore.validation import Date, DateTime, Email, Pattern, Url, Uuid
from errcore.validation.checking.reading import PARSERS, WRONG
from errcore.validation.constraints.formats import whole

GOOD = {
    Email: [
        "a@b.co",
        "ada.lovelace+notes@mail.example.org",
        "!#$%&'*+/=?^_`{|}~-@example.com",
        "a@xn--bcher-kva.example",
        "a@1.2",
        "a" * 64 + "@b.co",
        "a@" + "b" * 63 + ".co",
    ],
    Url: [
        "https://example.org",
        "http://localhost:8080/",
        "https://a.b/c/d.html?e=f&g=h",
        "http://127.0.0.1:65535/?#",
        "http://[::1]:80/",
        "http://[2001:db8::7.8.9.10]",
        "https://a.b/%20;x=y?q=/?#f/?",
        "https://xn--bcher-kva.example/",
    ],
    Uuid: [
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
        "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
    ],
    DateTime: [
        "2026-01-31T12:00:00Z",
        "2026-01-31t12:00:00z",
        "2024-02-29T23:59:59.123456789+23:59",
        "0001-01-01T00:00:00-00:00",
        "9999-12-31T23:59:59Z",
    ],
    Date: ["2026-01-31", "2024-02-29", "0001-01-01", "9999-12-31"],
}
BAD = {
    Email: [
        "",
        "a",
        "a@b",
        "@b.co",
        "a@",
        "a@@b.co",
        ".a@b.co",
        "a.@b.co",
        "a..b@c.co",
        "a@-b.co",
        "a@b-.co",
        "a@b..co",
        "a@.b.co",
        "a@b.co.",
        "a b@c.co",
        '"a"@b.co',
        "a@[127.0.0.1]",
        "ä@b.co",
        "a@bü.co",
        "a" * 65 + "@b.co",
        "a@" + "b" * 64 + ".co",
        "a@" + "b." * 126 + "co",
        "a@b.co,c@d.co",
        "a@b.co\r\nBcc: c@d.co",
        "a@b.c\u0660",
    ],
    Url: [
        "",
        "https://",
        "https:///path",
        "example.org",
        "//example.org",
        "ftp://example.org",
        "javascript:alert(1)",
        "HTTPS://example.org",
        "https://user@example.org",
        "https://user:secret@example.org",
        "https://a b.c",
        "https://a.b/c d",
        "https://a.b/%2",
        "https://a.b/<c>",
        "https://a.b:65536",
        "https://a.b:",
        "https://a.b:\u0668\u0660",
        "https://a_b.c",
        "https://-a.b",
        "https://[::1",
        "https://[::g]",
        "https://[:::]",
        "https://[1.2.3.4]",
        "https://bü.example",
        "https://a.b#c#d",
        "https://a.b/\\c",
        "https://a.b/" + "c" * 2048,
    ],
    Uuid: [
        "",
        "6ba7b8109dad11d180b400c04fd430c8",
        "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c",
        "6ba7b810-9dad-11d1-80b4-00c04fd430cg",
        "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c\u0668",
    ],
    DateTime: [
        "",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-01-31 12:00:00Z",
        "2026-02-29T12:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T12:60:00Z",
        "2026-06-30T23:59:60Z",
        "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00+0100",
        "2026-01-31T12:00Z",
        "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00.1234567890Z",
        "2026-W05-6T12:00:00Z",
        "20260131T120000Z",
        "0000-01-01T00:00:00Z",
        "\uff12026-01-31T12:00:00Z",
    ],
    Date: [
        "",
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-1-1",
        "20260131",
        "2026-W05-6",
        "0000-01-01",
        "2026-01-3\u0661",
        "+2026-01-31",
    ],
}
FORMS = [Email, Url, Uuid, DateTime, Date]


def accepts(constraint, text):
    """Whether a field with this constraint takes the text."""
    v = InputValidator()
    v.field("x").rule(constraint)
    return v.inspect({"x": text}).ok


@pytest.mark.parametrize("form", FORMS)
def test_good_ones_are_taken(form):
    """Every text of the corpus is one."""
    assert [text for text in GOOD[form] if not accepts(form(), text)] == []


@pytest.mark.parametrize("form", FORMS)
def test_bad_ones_are_refused(form):
    """Every text of the corpus is none, and neither is a good one with something around it."""
    around = [
        wrapped
        for text in GOOD[form]
        for wrapped in (f"{text}\n", f"\n{text}", f" {text}", f"{text}\0", f"{text}\ud800", f"{text}\u2028")
    ]

    assert [text for text in [*BAD[form], *around] if accepts(form(), text)] == []


@pytest.mark.parametrize("form", FORMS)
def test_schemas_say_the_form(form):
    """The pattern takes the good ones, and refuses a line end; where it is exact, it refuses all bad ones."""
    schema = form().schema("string")
    search = re.compile(schema["pattern"]).search

    assert schema["format"] in {"email", "uri", "uuid", "date-time", "date"}
    assert all(search(text) for text in GOOD[form])
    assert not any(search(text + "\n") for text in GOOD[form])
    if form().has_exact_schema:
        most = schema.get("maxLength", 10**9)
        assert not any(search(text) and len(text) <= most for text in BAD[form])


NASTY = [
    "a",
    "a.",
    "a@",
    "@",
    "-",
    "0",
    "2026-",
    "https://a",
    "https://[",
    "/",
    "%20",
    "a@a.",
    "\ud800",
    "\u0660",
]


@pytest.mark.parametrize(
    "constraint",
    [*(form() for form in FORMS), Pattern("[a-z]+"), Pattern("a*a*")],
    ids=lambda each: repr(each)[:20],
)
def test_a_text_of_ten_megabytes_takes_no_time(constraint):
    """Whatever it repeats."""
    v = InputValidator()
    v.field("x").rule(constraint)
    v.build()
    for seed in NASTY:
        text = seed * (10_000_000 // len(seed)) + "\n"
        before = time.process_time()
        assert not v.inspect({"x": text}).ok
        assert time.process_time() - before < 1


@pytest.mark.parametrize("schemes", ["https", (), ["no scheme"], [5], 5, ["HTTPS"], [""], ["a" * 40]])
def test_schemes_that_are_none_are_refused(schemes):
    """One text is no list of schemes: its letters would be."""
    with pytest.raises(ConfigurationError, match="Cannot make Url, because "):
        Url(schemes)


def test_other_schemes():
    """Those that are named are taken, and no others."""
    form = Url(["s3", "svn+ssh", "a.b-c"])

    assert accepts(form, "s3://bucket/key")
    assert accepts(form, "svn+ssh://a/b")
    assert accepts(form, "a.b-c://a")
    assert not accepts(form, "axb-c://a")
    assert not accepts(form, "https://a")


def test_a_pattern_is_about_all_of_the_text():
    """Anchors are not needed; a line end at the end is a character like others."""
    form = Pattern("[a-z]+|[0-9]+$")

    assert [accepts(form, text) for text in ("abc", "123", "abc\n", "123\n", "abc123", "")] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
    assert whole("a|b") == r"^(?:a|b)(?![\s\S])"


def test_a_pattern_has_a_message_of_its_own():
    """It is told instead of the expression."""
    v = InputValidator()
    v.field("x").pattern("[a-z]+", "Must be a slug.")
    v.field("y").pattern("[a-z]{1,3}")

    found = v.inspect({"x": "A", "y": "B"})
    assert found.field_errors == {"x": ["Must be a slug."], "y": ["Must match the pattern [a-z]{1,3}."]}
    assert [issue.params for issue in found.issues] == [{"pattern": "[a-z]+"}, {"pattern": "[a-z]{1,3}"}]


@pytest.mark.parametrize(
    ("settings", "why"),
    [((5,), "no text"), ((b"a",), "no text"), ((None,), "no text"), (("a", 5), "message is no text")],
)
def test_settings_of_a_pattern_are_checked(settings, why):
    """The expression and the message are texts."""
    with pytest.raises(ConfigurationError, match=why):
        Pattern(*settings)


def test_the_schema_of_a_pattern():
    """It stands around all of the text, and is left out where the dialect of JSON Schema has no such thing."""
    assert Pattern("[a-z]+").schema("string") == {"pattern": r"^(?:[a-z]+)(?![\s\S])"}
    assert Pattern("[a-z]+").has_exact_schema
    assert Pattern("(?i)[a-z]+").schema("string") == {}
    assert not Pattern("(?i)[a-z]+").has_exact_schema
    assert Pattern("(?i)a*a*").schema("string") == {"maxLength": 445}


AGREEING = [(DateTime, "datetime"), (Date, "date"), (Uuid, "uuid")]


@pytest.mark.parametrize(("form", "kind"), AGREEING)
def test_fields_of_a_type_and_constraints_on_a_text_take_the_same(form, kind):
    """There is one grammar of each; what passes as a text is a value, and the other way round."""
    texts = [*GOOD[form], *BAD[form], *PARSED[kind]]
    taken = {text for text in texts if isinstance(text, str) and accepts(form(), text)}

    assert taken == {text for text in texts if isinstance(text, str) and PARSERS[kind](text) is not WRONG}
    assert set(GOOD[form]) <= taken


@pytest.mark.parametrize("text", ["2026-01-31T12:00:00+00:99", "2026-01-31T12:00:00-24:00"])
def test_an_offset_has_hours_and_minutes_as_a_clock_has(text):
    """Of a field and of a text, though Python reads more."""
    assert not accepts(DateTime(), text)
    assert PARSERS["datetime"](text) is WRONG


@pytest.mark.parametrize(
    ("form", "start", "end"),
    [(Email(), "a@", ".example"), (Url(), "https://a/", "")],
    ids=["email", "url"],
)
def test_the_longest_is_as_long_as_the_schema_says(form, start, end):
    """One character more is refused by both."""
    most = form.schema("string")["maxLength"]
    room = most - len(start) - len(end)
    filling = ".".join(["b" * 49] * 10)[:room].rstrip(".").ljust(room, "b") if "@" in start else "b" * room

    assert most in {254, 2048}
    assert accepts(form, start + filling + end)
    assert not accepts(form, start + filling + "b" + end)
