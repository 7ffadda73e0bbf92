# SPDX-License-Identifier: MIT
"""The words of issues: by code and wording, with limits in them, and in other languages."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import InputValidator, ValidationError, Validator
from errcore.errors import ISSUE_CODES
from errcore.validation import MESSAGES, JsonBody, sentence
from errcore.validation.messages import filled


def test_every_code_is_known():
    """Each code of the table is in the list of codes, and each of the list has words."""
    codes = {name.partition(":")[0] for name in MESSAGES}

    assert codes == ISSUE_CODES.keys()


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({}, "Must have at least 2 items."),
        ({"TOO_SHORT": "Zu kurz."}, "Zu kurz."),
        ({"TOO_SHORT": "Zu kurz.", "TOO_SHORT:array": "Mindestens {min}."}, "Mindestens 2."),
        ({"TOO_SHORT:string": "Zu kurz."}, "Must have at least 2 items."),
    ],
)
def test_own_words_go_first(own, words):
    """A table of one's own is asked for the wording, then for the code; then errcore's own is."""
    assert sentence("TOO_SHORT", "array", {"min": 2}, own) == words


def test_a_code_without_words():
    """It is said to be invalid."""
    assert sentence("NOT_HEARD_OF", "", {}, {}) == "Is not valid."
    assert sentence("TOO_SHORT", "foreign", {}, {}) == "Is too short."


def test_a_sentence_without_its_limits_is_not_told():
    """A more general one is; of a table of one's own it stays as it is written."""
    assert sentence("TOO_LONG", "string", {}) == "Is too long."
    assert sentence("TOO_SMALL", "", {"max": 3}) == "Is not valid."
    assert sentence("TOO_SMALL", "", {}, {"TOO_SMALL": "Mindestens {min}."}) == "Mindestens {min}."


def test_what_is_left_out_is_told_in_the_same_language():
    """The closing issue of a list that was cut has its sentence in the table, too."""
    v = InputValidator(messages={"TOO_MANY_ISSUES": "Noch {omitted}."}, max_issues=2)
    for name in "abcd":
        v.field(name).required()

    assert [issue.message for issue in v.inspect({}).issues] == ["This field is required.", "Noch 3."]


@pytest.mark.parametrize(
    ("body", "ours", "code"),
    [
        (b"", "A JSON document is required.", "REQUIRED"),
        (b"[[[]]]", "Is nested too deeply.", "TOO_DEEP"),
        (b"{", "Must be valid JSON.", "INVALID_FORMAT"),
    ],
)
def test_words_about_bodies_are_of_the_table(body, ours, code):
    """What is wrong with a document before a validator sees it is told from the same table."""
    limits = JsonBody(max_depth=2)
    for messages, words in (({}, ours), ({code: "Nein."}, "Nein.")):
        with pytest.raises(ValidationError) as caught:
            limits.value(body, "application/json", messages)
        assert [(issue.code, issue.message) for issue in caught.value.issues] == [(code, words)]


@pytest.mark.parametrize(
    ("template", "params", "words"),
    [
        ("{a}", {"a": 1}, "1"),
        ("{a}", {"a": ["x"]}, "'x'"),
        ("{a}", {"a": ("x", 1, True, False, None)}, "'x', 1, true, false or null"),
        ("{a}", {"a": []}, "nothing"),
        ("{b}", {"a": 1}, "{b}"),
        ("{", {}, "{"),
        ("{}", {}, "{}"),
        ("{0}", {}, "{0}"),
        ("a{2,3}", {}, "a{2,3}"),
        ("{a.b}", {"a": 1}, "{a.b}"),
        ("{a[0]}", {"a": 1}, "{a[0]}"),
        ("{a:d}", {"a": None}, "{a:d}"),
        ("{a:z}", {"a": 1}, "{a:z}"),
        ("{{a}}", {"a": 1}, "{a}"),
    ],
)
def test_limits_fill_braces(template, params, words):
    """A brace that names no limit stays as it is."""
    assert filled(template, params) == words


@given(
    st.text(alphabet=string.printable + "{}{}:!.[]ab"),
    st.dictionaries(st.sampled_from(["a", "b"]), st.integers()),
)
def test_filling_never_fails(template, params):
    """Whatever the template is."""
    assert isinstance(filled(template, params), str)


def test_a_translation_is_a_table():
    """Each issue of a validator has its words."""
    v = InputValidator(
        messages={"REQUIRED": "Fehlt.", "TOO_SMALL": "Mindestens {min}.", "WRONG_TYPE": "Falsch."}
    )
    v.field("a").required()
    v.field("b").type(int).min(3)
    v.field("c").type(int)

    assert v.inspect({"b": 1, "c": "x"}).field_errors == {
        "a": ["Fehlt."],
        "b": ["Mindestens 3."],
        "c": ["Falsch."],
    }


def test_a_table_is_copied():
    """What is done to it afterwards changes no validator, not even one that was not used yet."""
    table = {"WRONG_TYPE": "Falsch."}
    v = InputValidator(messages=table)
    v.field("a").type(int)
    validators = [Validator.of(int, messages=table), v]
    table["WRONG_TYPE"] = "Wrong."

    assert [
        found.inspect(data).issues[0].message
        for found, data in zip(validators, ("x", {"a": "x"}), strict=True)
    ] == ["Falsch."] * 2
    assert v.build().messages == {"WRONG_TYPE": "Falsch."}
