# SPDX-License-Identifier: MIT
"""The validators that come ready: what the services they were made for send, and what nobody should."""

from __future__ import annotations

from typing import Any

import pytest

from errcore import ConfigurationError, Runtime, ValidationError, Validator
from errcore.testing import validator_laws
from errcore.validation import Rule, ready

AGENT = {
    "name": "My Agent",
    "model_provider": "openai",
    "model_name": "gpt-4",
    "workspace_id": "ws_123",
    "temperature": 70,
}
ENTRY = {"namespace": "prod/api", "key": "endpoint", "value": "https://example.org"}
FILE = {"filename": "song.mp3", "content_type": "audio/mpeg", "size": 1}
test_email_laws = validator_laws(ready.email, examples=20)
test_agent_creation_laws = validator_laws(ready.agent_creation, examples=20)
test_configuration_entry_laws = validator_laws(ready.configuration_entry, examples=20)
test_file_upload_laws = validator_laws(ready.file_upload, examples=20)


class AgentValidator:
    """A class with a function for each operation, as some services have them."""

    validate_agent_creation = staticmethod(ready.agent_creation.validate)


def codes(validator: Validator[Any], data: object) -> list[tuple[str, str]]:
    """What is wrong, and where."""
    return [(issue.pointer, issue.code) for issue in validator.inspect(data).issues]


# --- Agents ---


def test_agent_is_taken_behind_a_class() -> None:
    """A function of a class is the validator's, and what is good comes back as it is."""
    assert AgentValidator.validate_agent_creation(AGENT) == AGENT


def test_agent_needs_no_temperature() -> None:
    """Only the temperature may be left out, and then it is not there."""
    without = {name: value for name, value in AGENT.items() if name != "temperature"}

    assert ready.agent_creation.validate(without) == without
    assert codes(ready.agent_creation, {}) == [
        (f"/{name}", "REQUIRED") for name in ("name", "model_provider", "model_name", "workspace_id")
    ]


def test_agent_errors_by_field() -> None:
    """The error tells all of it by field, in words."""
    with pytest.raises(ValidationError) as caught:
        AgentValidator.validate_agent_creation({**AGENT, "name": "", "model_provider": "other"})

    assert caught.value.field_errors == {
        "name": ["Must have at least 1 characters."],
        "model_provider": ["Must be 'openai' or 'anthropic'."],
    }


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "a" * 101, "TOO_LONG"),
        ("name", " a", "NOT_A_LINE"),
        ("name", "a\nb", "NOT_A_LINE"),
        ("name", "a\u202eb", "NOT_A_LINE"),
        ("name", "\ud800", "NOT_A_LINE"),
        ("model_name", "../gpt", "PATTERN_MISMATCH"),
        ("model_name", "gpt-4\n", "PATTERN_MISMATCH"),
        ("workspace_id", "ws/123", "PATTERN_MISMATCH"),
        ("workspace_id", "w" * 65, "PATTERN_MISMATCH"),
        ("temperature", 101, "TOO_LARGE"),
        ("temperature", -1, "TOO_SMALL"),
        ("temperature", 0.7, "WRONG_TYPE"),
        ("temperature", True, "WRONG_TYPE"),
    ],
)
def test_agent_refusals(field: str, value: object, code: str) -> None:
    """One bad field is told, and nothing else."""
    assert codes(ready.agent_creation, {**AGENT, field: value}) == [(f"/{field}", code)]


@pytest.mark.parametrize("name", ["a", "Ågent 7", "नमस्ते\u200d", "👩\u200d💻", "a" * 100])
def test_agent_names_of_the_world(name: str) -> None:
    """Names are in any script, with the joiners that some are written with."""
    assert ready.agent_creation.validate({**AGENT, "name": name})["name"] == name


# --- Email ---


def test_email_is_a_text() -> None:
    """The validator is about the address itself, so that it can stand inside others."""
    assert ready.email.validate("ada@example.org") == "ada@example.org"
    assert codes(ready.email, "ada@example") == [("", "INVALID_FORMAT")]
    assert codes(ready.email, {"email": "ada@example.org"}) == [("", "WRONG_TYPE")]


# --- Configuration ---


@pytest.mark.parametrize("value", ["", "a\n\tb", True, 3, 2.5, "x" * 4096])
def test_configuration_values(value: object) -> None:
    """A value is a text, a truth value or a number, and stays what it is."""
    taken = ready.configuration_entry.validate({**ENTRY, "value": value})["value"]

    assert (type(taken), taken) == (type(value), value)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("namespace", "prod/../api", "INVALID_NAMESPACE"),
        ("namespace", "/prod", "INVALID_NAMESPACE"),
        ("namespace", "a" * 256, "TOO_LONG"),
        ("key", "the key", "INVALID_KEY"),
        ("key", "a\n", "INVALID_KEY"),
        ("key", "", "TOO_SHORT"),
        ("value", None, "WRONG_TYPE"),
        ("value", ["a"], "WRONG_TYPE"),
        ("value", "\x1b[2J", "INVALID_VALUE"),
        ("value", "x" * 4097, "TOO_LONG"),
        ("vaule", 1, "UNKNOWN_FIELD"),
    ],
)
def test_configuration_refusals(field: str, value: object, code: str) -> None:
    """Each part has a code of its own, and a misspelt one is told."""
    assert codes(ready.configuration_entry, {**ENTRY, field: value}) == [(f"/{field}", code)]


def test_configuration_key_in_the_answer() -> None:
    """The answer names the field, and says the pattern of keys."""
    with (
        Runtime.for_tests(envelope="nested", log_level="critical") as runtime,
        pytest.raises(ValidationError) as caught,
    ):
        ready.configuration_entry.validate({**ENTRY, "key": "the key"})
    issue = caught.value.issues[0]
    assert (caught.value.field, issue.message) == ("key", "Key must match pattern: [a-zA-Z0-9_.-]+")
    assert runtime.reply(caught.value).status == 422


# --- Files ---


@pytest.mark.parametrize("name", ["song.mp3", "SONG.MP3", "a..b.wav", "größer.png", "archive.tar.mp4"])
def test_file_names(name: str) -> None:
    """Plain names with a known extension are taken, whatever their case."""
    assert ready.file_upload.validate({**FILE, "filename": name})["filename"] == name


@pytest.mark.parametrize(
    "name",
    [
        "../a.mp3", "..\\a.mp3", "/etc/a.mp3", "C:a.mp3", "a.mp3:b.mp3", ".mp3", " a.mp3", "a\x00.mp3", "a\n.mp3",
        "a\u202e3pm.mp3", "\ud800.mp3",
    ],
)  # fmt: skip
def test_file_ways_to_elsewhere(name: str) -> None:
    """A name that leads out of a folder, hides, or shows as another one is refused."""
    assert codes(ready.file_upload, {**FILE, "filename": name}) == [("/filename", "UNSAFE_FILENAME")]


def test_file_of_another_type() -> None:
    """The extension and the media type are told apart, and both are told."""
    other = {**FILE, "filename": "song.mp3.exe", "content_type": "text/html"}

    assert codes(ready.file_upload, other) == [
        ("/filename", "FILE_TYPE_NOT_ALLOWED"),
        ("/content_type", "INVALID_CHOICE"),
    ]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (1, []),
        (50 * 1024 * 1024, []),
        (0, ["TOO_SMALL"]),
        (50 * 1024 * 1024 + 1, ["TOO_LARGE"]),
        ("1", ["WRONG_TYPE"]),
    ],
)
def test_file_sizes(size: object, expected: list[str]) -> None:
    """The most bytes are allowed, and one more is not."""
    assert [code for _, code in codes(ready.file_upload, {**FILE, "size": size})] == expected


@pytest.mark.parametrize("extensions", [[], ["png"], ".png", ["."], ["*.png"]])
def test_file_extensions_that_are_none(extensions: list[str]) -> None:
    """What is no extension is refused where it is written, a text instead of a list, too."""
    with pytest.raises(ConfigurationError, match=r"because an extension is none"):
        ready.file_upload_of(extensions, ["image/png"], 1)


# --- All of them ---


def rules_of(validator: Validator[Any], name: str) -> tuple[Rule, ...]:
    """The rules of one field, as whoever reads the declaration finds them."""
    record: Any = validator.root.shape
    return next(field.value.rules for field in record.fields if field.name == name)


RULES = [
    ready.single_line,
    ready.plain_text,
    ready.configuration_namespace,
    ready.configuration_key,
    *rules_of(ready.file_upload, "filename"),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rules_agree_with_their_examples(rule: Rule) -> None:
    """A rule takes the values that are said to be good beside it, and refuses the others."""
    good, bad = rule.examples["valid"](), rule.examples["invalid"]()
    assert good
    assert bad
    assert [rule(value) for value in good] == [True] * len(good)
    assert [rule(value) for value in bad] == [False] * len(bad)
    assert [(value, rule(value)) for value, _ in rule.examples["boundary"]()] == rule.examples["boundary"]()
