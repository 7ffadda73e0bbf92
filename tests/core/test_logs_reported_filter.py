# SPDX-License-Identifier: MIT
"""What servers may print: no raw traceback, no secret, one line for what errcore has reported."""

from __future__ import annotations

import asyncio
import logging
import sqlite3

import pytest

from errcore import NotFoundError, Occurrence, Runtime
from errcore.context import ErrorContext, RequestIds
from errcore.errors.reported import mark
from errcore.logs import ReportedFilter
from errcore.redaction import Redactor

DSN = "postgres://u:hunter2@db/x"
FORMATTER = logging.Formatter("%(message)s")


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    password = "hunter2"  # a local that must not be seen
    try:
        raise error from cause
    except BaseException as caught:  # noqa: BLE001 - whatever was given
        del password
        return caught


def reported(error: BaseException) -> Occurrence:
    occurrence = Occurrence.of(error, ErrorContext(RequestIds("req_1")))
    mark(error, occurrence)
    return occurrence


def record(msg: object, *args: object, exc: object = None, **extra: object) -> logging.LogRecord:
    info = (type(exc), exc, exc.__traceback__) if isinstance(exc, BaseException) else exc
    made = logging.LogRecord("server", logging.ERROR, "app.py", 1, msg, args, info)
    made.__dict__.update(extra)
    return made


def printed(made: logging.LogRecord, redactor: Redactor | None = None) -> str:
    """What a handler would print after the filter."""
    assert ReportedFilter(redactor).filter(made) is True
    return FORMATTER.format(made)


def test_reported_exception_is_one_line_with_its_id():
    """Traceback, stack and message go; the id leads to errcore's own line."""
    error = raised(ValueError(DSN))
    occurrence = reported(error)
    made = record(
        "Exception on /pay?token=abc [%s]\n", DSN, exc=error, stack_info="Stack:\n x", color_message=DSN
    )
    made.message = made.getMessage()  # as a handler of a queue leaves it
    ReportedFilter().filter(made)
    assert "hunter2" not in str(vars(made))

    text = printed(made)

    assert text == f"INTERNAL_ERROR was reported by errcore; error_id={occurrence.id} request_id=req_1"
    assert (made.exc_info, made.exc_text, made.stack_info) == (None, None, None)
    assert "color_message" not in made.__dict__


def test_group_of_reported_exceptions_is_one_line():
    """A group says nothing new where all its members are in the log."""
    error = raised(ValueError(DSN))
    reported(error)

    assert "\n" not in printed(record("x", exc=raised(ExceptionGroup("g", [error]))))


def test_report_outside_of_a_request_has_the_error_id():
    """Without a request there is still an id."""
    error = raised(ValueError("x"))
    occurrence = Occurrence.of(error, ErrorContext())
    mark(error, occurrence)

    assert printed(record("x", exc=error)).endswith(f"error_id={occurrence.id}")


def test_unreported_exception_keeps_a_redacted_traceback():
    """Frames, types and clean texts stay; source, locals and secrets do not."""
    error = raised(ValueError(f"cannot reach {DSN}"), OSError("password=hunter2"))
    error.add_note("token=abc123secret")

    text = printed(record("failed", exc=error))

    assert text.startswith("failed\nTraceback")
    assert "in raised" in text
    assert "ValueError: cannot reach postgres://" in text
    assert "caused by OSError: password=[redacted]" in text
    assert "note: token=[redacted]" in text
    assert "hunter2" not in text
    assert "abc123secret" not in text
    assert "raise error" not in text


def test_unreported_exception_is_not_printed_in_colours():
    """Where a server has its message a second time, there is no secret in it."""
    made = record("failed %s", DSN, exc=raised(ValueError("x")), color_message=f"failed {DSN}")

    assert "hunter2" not in printed(made)
    assert "color_message" not in vars(made)


def test_public_sentence_of_an_unreported_error_is_redacted():
    """Nobody has looked at it before."""
    text = printed(record("failed", exc=raised(NotFoundError(DSN))))

    assert "NotFoundError: postgres://" in text
    assert "hunter2" not in text


def test_ids_are_on_the_line_of_a_report():
    """Whatever somebody takes for an id."""
    error = raised(ValueError("x"))
    mark(error, Occurrence.of(error, ErrorContext(RequestIds("r\n" * 999))))

    text = printed(record("x", exc=error))
    assert "\n" not in text
    assert len(text) < 300


def test_members_of_an_unreported_group_are_named():
    """A group shows its worst member and the others."""
    text = printed(record("failed", exc=raised(ExceptionGroup("g", [ValueError("a"), NotFoundError(DSN)]))))

    assert "ValueError: a" in text
    assert "together with errcore.errors.stock.NotFoundError" in text
    assert "hunter2" not in text


def test_exception_around_a_reported_one_points_to_it():
    """What wraps a reported exception is new; its traceback is redacted and names the report."""
    inner = raised(NotFoundError("x"))
    occurrence = reported(inner)

    text = printed(record("failed", exc=raised(RuntimeError("outer"), inner)))

    assert "RuntimeError: outer" in text
    assert f"NOT_FOUND among these was reported by errcore; error_id={occurrence.id}" in text


@pytest.mark.parametrize("error", [TimeoutError("x"), asyncio.CancelledError()], ids=["quiet", "cancelled"])
def test_quiet_exceptions_keep_their_frames(error):
    """What would be a short line of errcore's still has a place when only the server saw it."""
    assert "in raised" in printed(record("Task exception was never retrieved", exc=raised(error)))


def test_traceback_is_bounded():
    """A deep recursion is thirty frames, and megabytes of text are a line."""

    def deep(n: int) -> None:
        if n == 0:
            raise ValueError("x" * 10**6)
        deep(n - 1)

    try:
        deep(200)
    except ValueError as error:
        text = printed(record("failed", exc=error))

    assert text.count("in test_traceback_is_bounded.<locals>.deep") == 30
    assert len(text) < 10_000


@pytest.mark.parametrize(
    ("msg", "args"),
    [
        ("failed: %s", (ValueError(DSN),)),
        ("failed: %(why)s %(n)d", ({"why": ValueError(DSN), "n": 1},)),
        (ValueError(DSN), ()),
        ("failed: %s", (f"Traceback (most recent call last)\n  x\nValueError: {DSN}",)),
        (f"Traceback (most recent call last):\nValueError: {DSN}", ()),
        ("%d failed: %r", (3, KeyError(DSN))),
    ],
    ids=["argument", "mapping", "message", "text argument", "text", "repr"],
)
def test_exceptions_in_messages_are_redacted(msg, args):
    """Exceptions and tracebacks are cleaned wherever they hide in a record."""
    text = printed(record(msg, *args))

    assert "hunter2" not in text
    assert "Error" in text


def test_reported_exception_in_a_message_is_its_id():
    """Of an exception that has its own line, type and id are enough."""
    error = ValueError("very private")
    occurrence = reported(error)

    assert printed(record("failed: %s", error)) == (
        f"failed: ValueError (error_id={occurrence.id} request_id=req_1)"
    )


def test_texts_that_were_formatted_before_are_redacted():
    """A record from a queue brings its traceback as text."""
    made = record("x", exc_text=f"Traceback\nValueError: {DSN}", stack_info=f"Stack\n{DSN}")

    assert "hunter2" not in printed(made)


def test_ordinary_records_are_left_alone():
    """An access line is the same object with the same arguments."""
    made = record('%s - "%s %s" %d', "127.0.0.1", "GET", "/x?token=abc", 200)
    args = made.args

    assert printed(made) == '127.0.0.1 - "GET /x?token=abc" 200'
    assert made.args is args


@pytest.mark.parametrize("exc", [(None, None, None), True, "x"])
def test_records_with_odd_exc_info_pass(exc):
    """`exc_info` without an exception is no exception."""
    made = record("fine", exc=exc)

    assert ReportedFilter().filter(made) is True
    assert made.msg == "fine"


def test_exception_alone_as_exc_info_is_understood():
    """Not everybody makes records with logging."""
    made = record("failed")
    made.exc_info = ValueError(DSN)

    assert "hunter2" not in printed(made)


class Angry(Redactor):
    """A redactor that fails."""

    def text(self, text: str) -> str:
        raise RuntimeError(text)


@pytest.mark.parametrize(
    ("made", "redactor"),
    [
        (record("failed %s %s", 1, exc=ValueError(DSN)), None),
        (record("failed %d", ValueError(DSN)), None),
        (record("failed", ValueError(DSN)), Angry()),
        (record("failed", exc=ValueError(DSN)), Angry()),
    ],
    ids=["too few arguments", "wrong argument", "redactor", "redactor and traceback"],
)
def test_what_cannot_be_cleaned_is_left_out(made, redactor):
    """The filter fails closed, and never raises into the code that logs."""
    text = printed(made, redactor)

    assert "hunter2" not in text
    assert "errcore could not clean this record" in text


def test_filtering_twice_changes_nothing():
    """The filter is idempotent."""
    made = record("failed: %s", ValueError(DSN), exc=raised(ValueError(DSN)))

    assert printed(made) == printed(made)


def test_filter_survives_hostile_exceptions():
    """An exception that fails at everything is still only an exception."""

    class Hostile(Exception):
        def __str__(self) -> str:
            raise RuntimeError(DSN)

        __repr__ = __str__

    text = printed(record("failed: %s", Hostile(), exc=raised(Hostile())))

    assert "hunter2" not in text


class Unwritable:
    """A logger that lost its file."""

    def error(self, *_args, **_fields):
        raise BrokenPipeError

    debug = info = warning = critical = error


@pytest.mark.parametrize(
    "settings", [{"logger": Unwritable()}, {"log_level": "critical"}], ids=["broken", "quiet"]
)
def test_a_report_that_was_not_written_leaves_the_story_to_the_server(settings, caplog):
    """The server's record keeps a redacted traceback where our own line never went out."""
    server = logging.getLogger("tests.server.unwritten")
    with Runtime(**settings) as runtime:
        runtime.guard_loggers(server)
        try:
            raise ValueError("password=hunter2")
        except ValueError as error:
            handled = runtime.handle(error)
            server.error("Exception in ASGI application", exc_info=error)

    said = caplog.records[-1].exc_text or ""
    assert not handled.occurrence.logged
    assert "ValueError: password=[redacted]" in said
    assert handled.occurrence.id in said
    assert "hunter2" not in caplog.text


def test_statements_of_a_database_are_not_printed():
    """An error of a database that is logged as an argument has its statement and its values in its text."""
    text = printed(record("failed: %s", sqlite3.OperationalError('near "hunter2": syntax error')))

    assert "failed: OperationalError" in text
    assert "hunter2" not in text
