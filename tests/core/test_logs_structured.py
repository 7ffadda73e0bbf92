# SPDX-License-Identifier: MIT
"""The log of agents' errors: as loud as the verdict, with the fields that were named, and each error once."""

from __future__ import annotations

import json

import pytest

from errcore import InternalError, NotFoundError, Occurrence, ToolError, ValidationError, context
from errcore.context import RequestIds
from errcore.errors.reported import mark
from errcore.logs import Sink, StructuredErrorLog
from errcore.redaction import Redactor


class Kept(Sink):
    """A list."""

    def __init__(self):
        super().__init__("a list")
        self.lines = []

    def append(self, line):
        self.lines.append(json.loads(line))


def raised(error):
    try:
        raise error
    except type(error) as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "level", "traced"),
    [
        (ValidationError("no"), "info", False),
        (NotFoundError("no"), "info", False),
        (ToolError("no answer"), "warning", False),
        (InternalError("broken"), "error", True),
        (ZeroDivisionError("division by zero"), "error", True),
    ],
)
def test_level_and_traceback_follow_from_the_verdict(error, level, traced):
    """A rejected input is no alarm, and nobody debugs it."""
    kept = Kept()
    StructuredErrorLog(logger=kept, service="agents").log_error(raised(error), step=3)

    (line,) = kept.lines
    assert (line["level"], line["category"], line["service"]) == (level, "errors", "agents")
    assert ("traceback" in line) == traced
    assert line["fields"] == {"step": 3}


def test_tool_and_conversation_are_fields():
    """With the customer where one is known, and what was bound before."""
    kept = Kept()
    log = StructuredErrorLog(logger=kept, agent="planner")
    with context.bind(job="j7"):
        log.log_tool_error(ToolError("x"), "search", customer_id="c1", params={"q": "shoes", "api_key": "k"})
        log.log_tool_error(ToolError("x"), "search")
        log.log_conversation_error(ToolError("x"), "conv1", customer_id="c1", turn=2)
        log.log_conversation_error(ToolError("x"), "conv1", actor="u1", tenant="t1", operation="answer")

    tool, bare, conversation, labelled = kept.lines
    assert tool["fields"] == {
        "job": "j7",
        "agent": "planner",
        "tool_name": "search",
        "customer_id": "c1",
        "params": {"q": "shoes", "api_key": "[redacted]"},
    }
    assert bare["fields"] == {"job": "j7", "agent": "planner", "tool_name": "search"}
    assert (
        conversation["fields"].items()
        >= {
            "conversation_id": "conv1",
            "customer_id": "c1",
            "turn": 2,
        }.items()
    )
    assert (labelled["actor"], labelled["tenant"], labelled["operation"]) == ("u1", "t1", "answer")


def test_what_is_said_of_one_error_holds_for_it():
    """Rather than what was said of all, and cleaned by the redactor that the log was given."""

    class Loud(Redactor):
        def text(self, text):
            return text.upper()

    kept = Kept()
    StructuredErrorLog(logger=kept, redactor=Loud(), agent="planner").log_error(
        ToolError("x"), agent="critic"
    )

    assert kept.lines[0]["fields"] == {"AGENT": "CRITIC"}


def test_arguments_and_words_of_users_are_not_written():
    """What shall be in a line is named; a frame that held it tells nothing."""
    kept = Kept()

    def tool(query):
        raise ZeroDivisionError

    try:
        tool("my diagnosis")
    except ZeroDivisionError as error:
        StructuredErrorLog(logger=kept).log_tool_error(error, "search")

    assert "diagnosis" not in json.dumps(kept.lines)


def test_what_was_reported_is_not_written_again():
    """In the same request: the line is there already."""
    kept, error, ids = Kept(), ToolError("x"), RequestIds("req_1")
    with context.bind(ids=ids):
        occurrence = Occurrence.of(error)
        mark(error, occurrence)
        assert StructuredErrorLog(logger=kept).log_error(error) is occurrence

    assert kept.lines == []


def test_runtime_reports_and_counts():
    """With one, what is logged here is its report: it is written once however far it travels."""
    seen = []

    class Reporter:
        def report(self, exc, /, **facts):
            seen.append(facts)
            return Occurrence.of(exc)

    occurrence = StructuredErrorLog(Reporter(), agent="a").log_tool_error(ToolError("x"), "search")

    assert occurrence.code == "TOOL_EXECUTION_FAILED"
    assert seen == [{"agent": "a", "tool_name": "search"}]
