# SPDX-License-Identifier: MIT
"""The error log: one line each, fields in order, bounded, never in the way."""

from __future__ import annotations

import json

import pytest

from errcore import (
    InternalError,
    Issue,
    NotFoundError,
    Occurrence,
    Severity,
    UnavailableError,
    ValidationError,
    WorkspaceIsolationError,
    internal,
    public,
)
from errcore.context import ErrorContext, RequestIds
from errcore.logs import ErrorLog
from errcore.redaction import Redactor

IDS = RequestIds("req_1", "corr_1", "a" * 32, "b" * 16, "theirs")
FULL = ErrorContext(IDS, actor="u1", tenant="t1", operation="pay", fields={"order": 7, "password": "hunter2"})


class OrderLost(
    InternalError, code="T_LOGS_ORDER_LOST", message="The order cannot be read.", severity="critical"
):
    """Lost."""

    order: str = public()
    shard: int = internal(default=3)


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:  # noqa: BLE001 - whatever was given
        return caught


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    out = capsys.readouterr().out
    assert out == "" or out.endswith("\n")
    return [json.loads(line) for line in out.splitlines()]


def written(capsys: pytest.CaptureFixture[str], error: BaseException, **how: object) -> dict[str, object]:
    ErrorLog(**how).write(Occurrence.of(error, FULL, method="GET", route="/orders/{id}"))
    (line,) = lines(capsys)
    return line


def test_line_has_everything_in_order(capsys):
    """A loud error has every field, in the order in which people read."""
    error = raised(OrderLost("row 7 is torn", order="o7"), OSError("disk"))
    error.add_note("while reading the ledger")

    line = written(capsys, error, service="shop")

    assert list(line) == [
        *("timestamp", "level", "category", "event", "service"),
        *("code", "kind", "fault", "status", "message", "error_id"),
        *(
            "request_id",
            "correlation_id",
            "trace_id",
            "span_id",
            "client_request_id",
            "method",
            "route",
            "phase",
        ),
        *(
            "type",
            "retriable",
            "details",
            "actor",
            "tenant",
            "operation",
            "fields",
            "internal",
            "causes",
            "traceback",
        ),
    ]
    assert (line["level"], line["category"]) == ("critical", "errors")
    assert line["message"] == "The order cannot be read."
    assert line["internal"] == {
        "message": "row 7 is torn",
        "details": {"shard": 3},
        "notes": ["while reading the ledger"],
    }
    assert line["fields"] == {"order": 7, "password": "[redacted]"}
    assert line["causes"][0]["type"] == "OSError"
    assert line["traceback"][-1].endswith("in raised")


def test_line_of_a_callers_fault_is_short(capsys):
    """Nobody debugs a 404: no frames, no causes, and the message once."""
    line = written(capsys, raised(NotFoundError("No order 7."), KeyError("7")))

    assert line["level"] == "info"
    assert not {"traceback", "causes", "internal"} & set(line)


def test_line_of_a_warning_has_the_internal_message(capsys):
    """A dependency's fault says what it was, without frames."""
    line = written(capsys, raised(UnavailableError("ledger is down"), ConnectionError("refused")))

    assert line["internal"] == {"message": "ledger is down"}
    assert not {"traceback", "causes"} & set(line)


def test_line_of_an_error_without_words_has_none(capsys):
    """An empty message tells nothing."""
    line = written(capsys, raised(ValueError()))

    assert line["type"] == "ValueError"
    assert "internal" not in line


def test_line_without_context_is_short(capsys):
    """What is not known is left out."""
    ErrorLog().write(Occurrence.of(NotFoundError("x"), ErrorContext(RequestIds("r"))))
    ErrorLog().write(Occurrence.of(NotFoundError("x"), ErrorContext()))

    with_ids, without = lines(capsys)

    assert with_ids.keys() - without.keys() == {"request_id"}
    assert not {"service", "trace_id", "method", "route", "actor", "fields"} & with_ids.keys()


def test_isolation_is_told_apart_in_the_log_only(capsys):
    """The log has the internal code, and the public one beside it."""
    line = written(capsys, WorkspaceIsolationError())

    assert (line["code"], line["public_code"], line["status"]) == (
        "WORKSPACE_ACCESS_DENIED",
        "NOT_FOUND",
        404,
    )


def test_issues_are_listed_without_messages(capsys):
    """Where and which rule: enough to count."""
    line = written(capsys, ValidationError(issues=[Issue("/a", "REQUIRED", "Required.")]))

    assert line["issues"] == [{"pointer": "/a", "code": "REQUIRED"}]


def test_members_of_a_group_are_listed(capsys):
    """The most severe member answers, the others are named."""
    line = written(capsys, ExceptionGroup("g", [ValueError("a"), NotFoundError("b")]))

    assert line["type"] == "ValueError"
    assert [other["type"] for other in line["others"]] == ["errcore.errors.stock.NotFoundError"]


def test_locals_are_never_written(capsys):
    """What a frame held stays in the frame."""

    def fails() -> None:
        password = "hunter2-in-a-local"
        raise ValueError(len(password))

    try:
        fails()
    except ValueError as caught:
        error = caught

    assert "hunter2" not in json.dumps(written(capsys, error))


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "\u2028", "\x85", "\x00\x1b[2J", "ü€😀", '"\\'])
def test_any_message_is_one_line_of_ascii(capsys, text):
    """No message ends the line."""
    ErrorLog().write(Occurrence.of(NotFoundError(text)))

    out = capsys.readouterr().out
    assert out.isascii()
    assert out.count("\n") == 1
    assert "\r" not in out


def test_actor_passes_the_redactor(capsys):
    """Even what the application names itself is cleaned, by the redactor that the log was given."""

    class Loud(Redactor):
        def text(self, text: str) -> str:
            return text.upper()

    ErrorLog(redactor=Loud()).write(Occurrence.of(NotFoundError("x"), ErrorContext(actor="u1")))
    ErrorLog().write(Occurrence.of(NotFoundError("x"), ErrorContext(actor="postgres://u:hunter2@db/x")))

    first, second = lines(capsys)
    assert first["actor"] == "U1"
    assert "hunter2" not in second["actor"]


@pytest.mark.parametrize(
    ("level", "expected"),
    [(Severity.DEBUG, 3), (Severity.INFO, 3), (Severity.ERROR, 1), (Severity.CRITICAL, 0)],
)
def test_level_says_what_is_written(capsys, level, expected):
    """Less severe occurrences are left out, and cost nothing."""
    log = ErrorLog(level=level)
    for error in (NotFoundError("x"), UnavailableError("x"), ValueError("x")):
        log.write(Occurrence.of(error))

    assert len(lines(capsys)) == expected
