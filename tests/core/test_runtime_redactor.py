# SPDX-License-Identifier: MIT
"""A redactor of the user's own cleans everything: what only we read, and the keys that everybody reads."""

from __future__ import annotations

import logging

import pytest

from errcore import InternalError, NotFoundError, Occurrence, RequestFacts, Runtime, context, public
from errcore.logs import LogSinks, StandardOutput, log_security_event
from errcore.redaction import Redactor, default_redactor

HIDDEN = "zq8391xk"
FACTS = RequestFacts()


class Own:
    """As little as a redactor can be."""

    def text(self, text):
        return text.replace("codename", "[redacted]")

    def is_secret_key(self, name):
        return name == "internal_ref"


class Refused(NotFoundError, code="T_REDACTOR_ORDER_NOT_FOUND"):
    """No such order."""

    internal_ref: str = public()


@pytest.mark.parametrize("redactor", [Redactor(extra_keys=["internal ref"]), Own()], ids=["errcore's", "own"])
@pytest.mark.parametrize(
    "error",
    [
        lambda: InternalError("x", internal={"internal_ref": HIDDEN, "order": {"internal_ref": HIDDEN}}),
        lambda: NotFoundError("x", details={"internal_ref": HIDDEN, "order": [{"internal_ref": HIDDEN}]}),
        lambda: Refused(internal_ref=HIDDEN),
    ],
    ids=["internal", "details", "declared"],
)
def test_its_keys_are_hidden_everywhere(error, redactor, capsys):
    """In answers, in debug mode, in the line: of internal facts, of public ones and of the context's."""
    runtime = Runtime(redactor=redactor, debug=True)

    with context.bind(internal_ref=HIDDEN):
        handled = runtime.handle(error(), FACTS)

    told = (handled.reply.body.decode(), str(handled.occurrence.internal), capsys.readouterr().out)
    assert not [text for text in told if HIDDEN in text]
    assert all("internal_ref" in text for text in told)


def test_its_texts_are_cleaned(capsys):
    """What only we read has passed its `text`."""
    handled = Runtime(redactor=Own()).handle(InternalError("the codename"), FACTS)

    assert handled.occurrence.internal["message"] == "the [redacted]"
    assert "codename" not in capsys.readouterr().out


def test_it_cleans_what_others_write(capsys, caplog):
    """Security events, and what the loggers of servers print."""
    server = logging.getLogger("t_redactor.server")
    with Runtime(redactor=Own(), logs=LogSinks(security=StandardOutput())) as runtime:
        runtime.guard_loggers(server)
        assert log_security_event("probe", "Somebody asked for the codename.")
        server.error("failed: %s", ValueError("the codename"))

    told = capsys.readouterr().out + caplog.text
    assert "codename" not in told
    assert "the [redacted]" in caplog.text


def test_without_one_the_default_serves():
    """There is one default for everybody."""
    occurrence = Occurrence.of(InternalError("password=hunter2"))

    assert occurrence.internal["message"] == default_redactor.text("password=hunter2")
