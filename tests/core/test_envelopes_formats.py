# SPDX-License-Identifier: MIT
"""Formats by name, the sentence for a chat, and formats of one's own."""

from __future__ import annotations

import pytest

from errcore import (
    ConfigurationError,
    InternalError,
    NotFoundError,
    Occurrence,
    RateLimitError,
    Runtime,
    UnavailableError,
    WorkspaceIsolationError,
    envelopes,
    public,
)
from errcore.context import ErrorContext, RequestIds

REQUEST = ErrorContext(RequestIds("req_1"))
TEXT = envelopes.get("text")


class Gone(NotFoundError, code="T_FORMATS_THING_NOT_FOUND", message="{thing} is gone."):
    """Gone."""

    thing: str = public()


def said(error: BaseException, *, debug: bool = False) -> object:
    return TEXT.render(Occurrence.of(error, REQUEST), debug)


@pytest.mark.parametrize(("name", "kind"), [("problem", envelopes.Problem), ("text", envelopes.Text)])
def test_get_finds_formats_by_name(name, kind):
    """The name of a format finds it, and it says the same name."""
    form = envelopes.get(name)

    assert type(form) is kind
    assert form.name == name


@pytest.mark.parametrize("name", ["xml", "", None, ["problem"], 7])
def test_unknown_name_says_what_there_is(name):
    """The error names the formats that exist."""
    with pytest.raises(ConfigurationError, match=r"'problem', 'text'"):
        envelopes.get(name)


def test_text_is_the_public_sentence():
    """Of a caller's fault the chat says what the error says, and no id."""
    assert said(Gone(thing="The file")) == "The file is gone."


def test_text_of_a_server_fault_has_the_reference():
    """The reader gets something to quote, and nothing of what really happened."""
    assert said(InternalError("password=hunter2")) == "An internal error occurred. Reference: req_1."


@pytest.mark.parametrize(("wait", "words"), [(0.2, "1 second"), (30, "30 seconds")])
def test_text_says_when_to_try_again(wait, words):
    """A known wait is said in whole seconds."""
    assert said(RateLimitError("Slow down.", retry_after=wait)) == f"Slow down. You can try again in {words}."


def test_text_of_an_unavailable_service_has_wait_and_reference():
    """Both are said where both are known."""
    assert said(UnavailableError(retry_after=5)) == (
        "The service is temporarily unavailable; try again later. You can try again in 5 seconds. Reference: req_1."
    )


def test_text_is_the_same_in_debug_mode():
    """The reader of a chat is a customer."""
    error = InternalError("x", internal={"shard": 3})

    assert said(error, debug=True) == said(error)


def test_text_of_an_isolation_error_is_that_of_a_missing_id():
    """Not even the sentence tells them apart."""
    assert said(WorkspaceIsolationError("other workspace")) == said(NotFoundError())


def test_text_describes_itself():
    """Schema and example are those of a sentence; nothing is read back."""
    assert TEXT.schema([Gone.spec]) == {"type": "string"}
    assert (
        TEXT.example(Gone.spec) == envelopes.get("problem").example(Gone.spec)["detail"] == "thing is gone."
    )
    assert TEXT.example(WorkspaceIsolationError.spec) == "The requested resource was not found."
    assert TEXT.parse({}) is None


class House:
    """A format of somebody's own, as small as it can be."""

    name = "house"
    media_type = "application/vnd.house+json"

    def render(self, occurrence, debug=False):
        return {"error": {"code": occurrence.code, "debug": debug}}

    def parse(self, body):
        return None

    def schema(self, specs):
        return {"type": "object"}

    def example(self, spec):
        return {}


def test_a_house_format_needs_no_base_class():
    """Any object with the members is a format."""
    reply = Runtime(envelope=House()).reply(NotFoundError("x"))

    assert reply.body == b'{"error":{"code":"NOT_FOUND","debug":false}}'
    assert reply.headers[0] == ("Content-Type", "application/vnd.house+json")
