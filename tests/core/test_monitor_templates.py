# SPDX-License-Identifier: MIT
"""What messages have in common, without values and without secrets, in time that grows with the text and no faster."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redaction_corpus import LOOK_ALIKES, SECRETS

from errcore import NotFoundError, Occurrence
from errcore.context import ErrorContext
from errcore.jsonsafe import one_line
from errcore.monitor.records import record_of
from errcore.monitor.telling.templates import template_of


@pytest.mark.parametrize(
    ("message", "template"),
    [
        ("", ""),
        ("No such agent.", "No such agent."),
        ("Order 4711 was not found", "Order <*> was not found"),
        ("No 'big red ball' in (\"stock\")", "No <*> in <*>"),
        ('No ("big red ball") left', "No <*> left"),
        ("missing `it's`, again", "missing <*> again"),
        ('He said "it is over and left', "He said <*>"),
        ("a 'quoted part', and more", "a <*> and more"),
        ("only ' a mark", "only <*>"),
        ("ids 1, 2, 3 and 4", "ids <*> and <*>"),
        ("mail ann@example.com or /etc/passwd or C:\\x", "mail <*> or <*> or <*>"),
        ("a[0] x=1 100% {}", "<*> {}"),
        ("x" * 25 + " " + "y" * 24, "<*> " + "y" * 24),
        ("one\ttwo\nthree\u2028four", "one two three four"),
        ("password=hunter2 refused", "<*> refused"),
        (" ".join("abcdefghijklmnopqrstuvwxyz"), "a b c d e f g h i j k l m n o p ..."),
        (" ".join("abcdefghijklmnop"), "a b c d e f g h i j k l m n o p"),
        ("word " * 100, "word " * 16 + "..."),
        ("1 " * 100 + "seen", "<*> seen"),
        ("1 " * 200 + "unseen", "<*> ..."),
        ("x" * 10_000, "..."),
        ("[a] <b> {c}", "<*> <b> {c}"),
    ],
)
def test_templates(message: str, template: str):
    """Words that look like values are one sign, however many there are in a row."""
    assert template_of(message) == template


@given(st.text())
def test_bounded(message: str):
    """At most sixteen words, one line, without controls, and the same again."""
    template = template_of(message)

    assert len(template.split()) <= 17
    assert len(template) <= 17 * 25
    assert template == one_line(template, 500)
    assert template == template_of(message)


def test_secret_that_is_cut():
    """Only the first 256 characters are read: half of a secret, which has not its form any more, is not told either."""
    filler = "1 " * 128
    for text, secrets, _ in SECRETS:
        places = [(text.find(secret), secret) for secret in secrets if secret in text]
        for seen in range(4, len(text), 3):
            template = template_of((filler[(seen % 2) : 256 - seen] + text)[:256])
            for start, secret in places:
                half = text[start : min(start + len(secret), seen)]
                # Of four characters; fewer are in any sentence.
                assert len(half) < 4 or half not in template or half in text.replace(secret, ""), text


def test_look_alikes_that_are_words():
    """What only looks like a secret is told, unless it looks like a value, too."""
    words = [text for text in LOOK_ALIKES if text.replace(" ", "").isalpha()]

    assert len(words) > 10
    assert [template_of(text) for text in words] == words


FAMILIES = [
    "a",
    "a.",
    "a@",
    "'",
    "' ",
    "\\",
    "password=",
    '{"password": ',
    "://",
    "%25",
    "4111 ",
    "eyJ",
    "-----BEGIN ",
]
FAMILIES += ["<", "([{", "\n", "\U0001f600\u2028"]


def hostile(unit: str, size: int) -> str:
    """A text of so many characters."""
    return unit * (size // len(unit))


def cost(call: Callable[[], object]) -> float:
    """Seconds of the processor, the least of several runs."""
    took: list[float] = []
    for _ in range(3):
        begun = time.process_time()
        call()
        took.append(time.process_time() - begun)
    return min(took)


@pytest.mark.parametrize("unit", FAMILIES, ids=ascii)
def test_templates_are_linear(unit: str):
    """However long a message is, no more of it is read: eight times the text takes not even twice the time."""
    small, large = hostile(unit, 4_000), hostile(unit, 32_000)
    template_of(small)

    assert (
        cost(lambda: [template_of(large) for _ in range(20)])
        < 4 * cost(lambda: [template_of(small) for _ in range(20)]) + 0.005
    )


@pytest.mark.parametrize("unit", FAMILIES, ids=ascii)
def test_records_are_linear(unit: str):
    """A record of hostile texts takes time with their length, and beyond its bounds no more."""

    def record(size: int) -> None:
        text = hostile(unit, size)
        error = NotFoundError(text, internal={"a": text, "b": [text]})
        error.__cause__ = KeyError(text)
        error.add_note(text)
        record_of(Occurrence.of(error, ErrorContext(fields={"c": text})), "g1")

    record(1_000)
    once, twice, more = cost(lambda: record(4_000)), cost(lambda: record(8_000)), cost(lambda: record(64_000))

    assert twice < 4 * once + 0.005
    assert more < 4 * twice + 0.005
