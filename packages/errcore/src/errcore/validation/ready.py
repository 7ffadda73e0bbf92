# SPDX-License-Identifier: MIT
"""Validators that many services need, each put together from what anybody can use.

Take one as it is, take a part of it (`agent_creation.partial()`, `configuration_entry.pick("key")`), or read how it is
made and write your own. The rules say beside themselves which values they take and which they refuse, so that
`errcore.testing.validator_laws` can prove all of it.

>>> from errcore.validation import ready
>>> ready.email.validate("ada@example.org")
'ada@example.org'
>>> ready.agent_creation.partial().inspect({"model_provider": "other"}).field_errors
{'model_provider': ["Must be 'openai' or 'anthropic'."]}
>>> entry = {"namespace": "prod/../api", "key": "the key", "value": 30}
>>> [(issue.pointer, issue.code) for issue in ready.configuration_entry.inspect(entry).issues]
[('/namespace', 'INVALID_NAMESPACE'), ('/key', 'INVALID_KEY')]
>>> song = {"filename": "song.mp3", "content_type": "audio/mpeg", "size": 52_428_801}
>>> ready.file_upload.inspect(song).field_errors
{'size': ['Must be at most 52428800.']}
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from errcore.errors import ConfigurationError
from errcore.validation import Email, InputValidator, Length, Pattern, Range, Validator, rule

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "agent_creation",
    "configuration_entry",
    "configuration_key",
    "configuration_namespace",
    "email",
    "file_upload",
    "file_upload_of",
    "plain_text",
    "single_line",
]

_JOINERS = "\u200c\u200d"  # which Persian, Hindi and composed emoji are written with
_LINES = "\n\t"
_KEY = "[a-zA-Z0-9_.-]+"
_PART = rf"(?!\.\.?(?:/|$)){_KEY}"  # "." and ".." lead elsewhere
_NAMESPACE = rf"{_PART}(?:/{_PART})*"
_is_key = re.compile(_KEY).fullmatch
_is_extension = re.compile(r"(?:\.[a-z0-9]+)+").fullmatch
_is_namespace = re.compile(_NAMESPACE).fullmatch

email: Validator[str] = Validator.of(Annotated[str, Email()])
"""An email address."""


# --- An agent that somebody wants to create ---


def _is_shown(text: str, besides: str = _JOINERS) -> bool:
    """Whether a text has no control characters, no half characters, and none that turn the order of the others."""
    return all(character.isprintable() or character in besides for character in text)


@rule(code="NOT_A_LINE", message="Must be a line of printable text, without space around it.")
def single_line(value: str) -> bool:
    """One line for people to read, such as a name."""
    return value != "" and value == value.strip() and _is_shown(value)


@single_line.valid
def _lines() -> list[str]:
    return ["a", "Z 7", "My Agent", "a.b-c", "äß漢", "x" * 100]


@single_line.invalid
def _no_lines() -> list[str]:
    return [" ", " a", "a ", "a\nb", "a\n", "a\x00b", "a\u202eb", "\ud800"]


@single_line.boundary
def _almost_lines() -> list[tuple[str, bool]]:
    return [("a b", True), ("a\u200db", True), ("a\tb", False), ("\u00a0", False)]


def _agent_creation() -> Validator[dict[str, Any]]:
    agent = InputValidator()
    agent.field("name").required().length(1, 100).rule(single_line)
    agent.field("model_provider").required().choices(["openai", "anthropic"])
    agent.field("model_name").required().pattern(
        "[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}", "Must be the name of a model, such as gpt-4."
    )
    agent.field("workspace_id").required().pattern(
        "[A-Za-z0-9][A-Za-z0-9_-]{0,63}", "Must be an identifier, such as ws_123."
    )
    agent.field("temperature").type(int).range(0, 100)
    return agent.build()


agent_creation: Validator[dict[str, Any]] = _agent_creation()
"""What is asked of somebody who creates an agent; the temperature is in percent, and may be left out."""


# --- One entry of a configuration ---


@rule(
    code="INVALID_NAMESPACE",
    message="Must be keys with slashes between them, such as prod/api.",
    schema=Pattern(_NAMESPACE).schema("string"),
)
def configuration_namespace(value: str) -> bool:
    """Where an entry stands: a path of keys, none of which leads somewhere else."""
    return _is_namespace(value) is not None


@configuration_namespace.valid
def _namespaces() -> list[str]:
    return ["a", "prod/api", "a/b/c/d", "Z_7-/x", "aa/-/_/7"]


@configuration_namespace.invalid
def _no_namespaces() -> list[str]:
    return ["/", "a/", "/a", "a//b", "..", "a/../b", "a/.", "a b", "a\n", "ä", "a\\b"]


@configuration_namespace.boundary
def _almost_namespaces() -> list[tuple[str, bool]]:
    return [("a", True), ("a/b", True), ("a/...", True), ("a/..", False), ("a/b/", False)]


@rule(
    code="INVALID_KEY",
    message=f"Key must match pattern: {_KEY}",
    schema=Pattern(_KEY).schema("string"),
)
def configuration_key(value: str) -> bool:
    """The name of an entry."""
    return _is_key(value) is not None


@configuration_key.valid
def _keys() -> list[str]:
    return ["a", "timeout", "a.b-c_1", "Z7", "_", "x" * 128]


@configuration_key.invalid
def _no_keys() -> list[str]:
    return [" ", "a b", "a/b", "a\n", "ä", "a\x00"]


@configuration_key.boundary
def _almost_keys() -> list[tuple[str, bool]]:
    return [(".", True), ("a.b-c_1", True), ("a.b\n", False)]


@rule(code="INVALID_VALUE", message="Must be text without control characters.")
def plain_text(value: str) -> bool:
    """Text of several lines."""
    return _is_shown(value, _JOINERS + _LINES)


@plain_text.valid
def _texts() -> list[str]:
    return ["", "a", "Z 7", "a\n\tb\n", " \n", "x" * 64]


@plain_text.invalid
def _no_texts() -> list[str]:
    return ["\x00", "a\x1b[2J", "\x7f", "\u202e", "\udfff"]


@plain_text.boundary
def _almost_texts() -> list[tuple[str, bool]]:
    return [("", True), ("a\n", True), ("a\r", False)]


def _configuration_entry() -> Validator[dict[str, Any]]:
    entry = InputValidator(extra="forbid")
    entry.field("namespace").required().length(1, 255).rule(configuration_namespace)
    entry.field("key").required().length(1, 128).rule(configuration_key)
    entry.field("value").required().type(Annotated[str, Length(0, 4096), plain_text] | bool | int | float)
    return entry.build()


configuration_entry: Validator[dict[str, Any]] = _configuration_entry()
"""One entry of a configuration: a text, a truth value or a number under a key in a namespace."""


# --- What is said of a file before it is taken ---


def file_upload_of(
    extensions: Iterable[str], content_types: Iterable[str], max_size: int
) -> Validator[dict[str, Any]]:
    """The validator of what is said of a file: its name, its type and its size.

    The name is one of a file, and never of a way to one. Of the file itself this says nothing: look at its bytes, too.

    Args:
        extensions: Those that are allowed, such as ".png"; upper and lower case are the same.
        content_types: The media types that are allowed.
        max_size: The most bytes that it may have.

    Raises:
        errcore.ConfigurationError: If an extension is none, a list is empty, or no size is allowed.

    >>> image = file_upload_of([".png", ".jpg"], ["image/png", "image/jpeg"], 2_000_000)
    >>> image.validate({"filename": "Cat.PNG", "content_type": "image/png", "size": 812})["filename"]
    'Cat.PNG'
    >>> [issue.code for issue in image.inspect({"filename": "../cat.gif", "size": 0}).issues]
    ['UNSAFE_FILENAME', 'FILE_TYPE_NOT_ALLOWED', 'REQUIRED', 'TOO_SMALL']
    """
    endings = tuple(extension.lower() for extension in extensions)
    if not endings or not all(map(_is_extension, endings)):
        raise ConfigurationError(
            "Cannot make a validator of files, because an extension is none; give a list such as ['.png']."
        )

    @rule(code="UNSAFE_FILENAME", message="Must be the plain name of a file.")
    def safe(value: str) -> bool:
        return value == value.strip(" .") and not set(value) & set('/\\:*?"<>|') and _is_shown(value)

    @rule(
        code="FILE_TYPE_NOT_ALLOWED",
        message="Must end with {extensions}.",
        params={"extensions": list(endings)},
    )
    def typed(value: str) -> bool:
        return value.lower().endswith(endings)

    @safe.valid
    @typed.valid
    def _() -> list[str]:
        return [f"{name}{ending}" for name in ("a", "Cat", "a_b ä", "7" * 64) for ending in endings]

    @safe.invalid
    def _() -> list[str]:
        names = ["../a", "..\\a", "/etc/a", "C:a", "a\x00", "a\n", ".a", " a", "a\u202eb"]
        return [f"{name}{ending}" for name in names for ending in endings]

    @typed.invalid
    def _() -> list[str]:
        return ["a", "a.exe", *(f"a{ending}.exe" for ending in endings)]

    @safe.boundary
    def _() -> list[tuple[str, bool]]:
        return [(f"a..b{endings[0]}", True), (f"..a{endings[0]}", False), (f"a/b{endings[0]}", False)]

    @typed.boundary
    def _() -> list[tuple[str, bool]]:
        return [(f"a{endings[0].upper()}", True), (f"a{endings[0]}_", False)]

    upload = InputValidator()
    upload.field("filename").required().length(1, 255).rule(safe).rule(typed)
    upload.field("content_type").required().choices(content_types)
    upload.field("size").required().type(Annotated[int, Range(1, max_size)])
    return upload.build()


file_upload: Validator[dict[str, Any]] = file_upload_of(
    [".mp3", ".wav", ".png", ".jpg", ".jpeg", ".mp4"],
    ["audio/mpeg", "audio/wav", "image/png", "image/jpeg", "video/mp4"],
    50 * 1024 * 1024,
)
"""Sound, pictures and films of up to 50 MiB; `file_upload_of` makes others."""
