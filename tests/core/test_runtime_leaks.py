# SPDX-License-Identifier: MIT
"""No secret of an exception gets out: not in an answer, not in a log line, not through a server's logger."""

from __future__ import annotations

import io
import itertools
import logging
import traceback

import pytest

from errcore import (
    AppError,
    InternalError,
    NotFoundError,
    RequestFacts,
    Runtime,
    events,
    internal,
    public,
    secret,
)
from errcore.context import ErrorContext, RequestIds
from errcore.errors import ErrorReported
from errcore.logs import guard_loggers

PASSWORD, TOKEN, CARD = "hunter2-Xy7", "ghp_0123456789abcdefghijABCDEFGHIJ012345", "4111 1111 1111 1111"
DSN = f"postgresql://app:{PASSWORD}@db.internal:5432/pay"
BEARER = "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXZhbHVl"
SECRETS = (PASSWORD, TOKEN, CARD, CARD.replace(" ", ""), "eyJzdWIiOiIxIn0", "c2lnbmF0dXJl")
FACTS = RequestFacts(method="POST", route="/pay", ids=RequestIds("req_1"))


class DriverError(Exception):
    """A foreign error like those of drivers: everything in the text, and more in attributes."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.connection = DSN
        self.request = {"authorization": BEARER}


class PaymentLost(
    InternalError, code="T_LEAKS_PAYMENT_LOST", message="The payment {reference} cannot be read."
):
    """A declared error with all three kinds of field."""

    reference: str = public()
    dsn: str = internal()
    card: str = secret()


def foreign() -> BaseException:
    """An exception with secrets in its text, arguments, cause, context, notes, attributes and locals."""
    password, card = PASSWORD, CARD
    headers = {"authorization": BEARER, "cookie": f"session={TOKEN}"}
    try:
        try:
            try:
                raise ConnectionError(f"cannot log in to {DSN}")
            except ConnectionError as refused:
                raise KeyError(f"token={TOKEN}") from refused
        except KeyError:
            raise DriverError(f"card {CARD} refused, password={PASSWORD}", {"password": PASSWORD}, headers)
    except DriverError as error:
        error.add_note(f"request had Authorization: {BEARER}")
        error.add_note(f"dsn was {DSN}")
        assert password
        assert card
        return error


def declared() -> BaseException:
    """A declared error around the foreign one."""
    try:
        raise PaymentLost(
            f"reading {DSN}",
            reference="p7",
            dsn=DSN,
            card=CARD,
            internal={"password": PASSWORD, "text": f"api_key={TOKEN}"},
            details={"reference": "p7", "password": PASSWORD},
        ) from foreign()
    except AppError as error:
        return error


def grouped() -> BaseException:
    """A task group of both."""
    try:
        raise ExceptionGroup(f"tasks with {DSN}", [NotFoundError("x"), foreign(), declared()])
    except ExceptionGroup as error:
        return error


def chained() -> BaseException:
    """A new error around one that was reported."""
    inner = foreign()
    Runtime(log_level="critical").report(inner)
    try:
        raise RuntimeError(f"while paying with {CARD}") from inner
    except RuntimeError as error:
        return error


MAKERS = (foreign, declared, grouped, chained)
CONTEXT = ErrorContext(RequestIds("req_1"), actor="u1", fields={"password": PASSWORD, "url": DSN})


def found(text: str) -> list[str]:
    return [secret_ for secret_ in SECRETS if secret_ in text]


def test_the_exceptions_are_full_of_secrets():
    """Printed the ordinary way, they give everything away: the other tests have something to hide."""
    text = "".join(traceback.TracebackException.from_exception(foreign(), capture_locals=True).format())

    assert set(found(text)) >= {PASSWORD, TOKEN, CARD, "c2lnbmF0dXJl"}


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("accept", ["application/json", "text/plain"])
def test_answers_and_lines_hold_no_secret(make, debug, accept, capsys):
    """Body, headers, log line, event and occurrence are clean, with debug and without."""
    facts = RequestFacts(method="POST", route="/pay", ids=FACTS.ids, accept=accept)
    runtime = Runtime(debug=debug, envelope=["problem", "text"], log_level="debug")
    seen: list[ErrorReported] = []

    with events.stream.subscribe(ErrorReported, seen.append):
        handled = runtime.handle(make(), facts)

    captured = capsys.readouterr()
    shown = {
        "body": handled.reply.body.decode(),
        "headers": repr(handled.reply.headers),
        "line": captured.out + captured.err,
        "occurrence": repr(handled.occurrence) + repr(handled.occurrence.internal),
        "event": repr(seen),
        "reply": repr(runtime.reply(make(), facts)),
        "failures": str(runtime.failures),
    }
    assert {where: found(text) for where, text in shown.items() if found(text)} == {}
    assert shown["failures"] == "0"
    assert len(captured.out.splitlines()) == 1


@pytest.mark.parametrize("make", MAKERS)
def test_without_debug_nothing_internal_leaves(make):
    """Not only secrets: no text, type, file or field of the inside is in an answer."""
    reply = Runtime(log_level="critical").handle(make(), FACTS).reply

    shown = reply.body.decode() + repr(reply.headers)
    for inside in (
        "db.internal",
        "refused",
        "DriverError",
        "test_runtime_leaks",
        "debug",
        "dsn",
        "RuntimeError",
    ):
        assert inside not in shown


@pytest.mark.parametrize("make", [foreign, chained])
def test_exposed_messages_are_those_of_declared_errors(make):
    """A runtime that makes messages public does so for what was declared; foreign texts stay inside."""
    reply = Runtime(log_level="critical", expose_messages=True).handle(make(), FACTS).reply

    assert found(reply.body.decode()) == []
    assert b"An internal error occurred." in reply.body


@pytest.mark.parametrize(("make", "handled"), list(itertools.product(MAKERS, [False, True])))
def test_server_loggers_hold_no_secret(make, handled, capsys):
    """A server that logs the exception again, in any of the usual ways, prints nothing raw."""
    logger = logging.getLogger("t_leaks.server")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
    error = make()
    if handled:
        Runtime(log_level="critical").handle(error, FACTS)
    try:
        with guard_loggers(logger):
            logger.error("Exception in ASGI application\n", exc_info=error)
            logger.error("Task exception was never retrieved\nfuture: exception=%r", error, exc_info=error)
            logger.error("failed: %s", error)
            logger.error(error)
            logger.error("Error: %s", "".join(traceback.format_exception(error)))
    finally:
        logger.removeHandler(handler)

    text = stream.getvalue()
    assert found(text) == []
    assert found(capsys.readouterr().err) == []
    assert "Traceback (most recent call last):\n  File" not in text.partition("Error: ")[0]
    assert ("error_id=" in text) is (handled or make is chained)
