# SPDX-License-Identifier: MIT
"""No text from outside forges, hides or stretches a line, wherever it stands: each event is one line of JSON under 16 kB."""

from __future__ import annotations

import json

import pytest

from errcore import InternalError, Occurrence, context
from errcore.context import ErrorContext, RequestIds
from errcore.logs import (
    StructuredErrorLog,
    configure,
    log_directory,
    log_performance_metric,
    log_security_event,
)
from errcore.logs.line import LONGEST

FORGED = 'x\n{"level":"critical","event":"forged"}\n'
HOSTILE = [
    FORGED,
    FORGED.replace("\n", "\r\n"),
    FORGED.replace("\n", "\u2028"),
    FORGED.replace("\n", "\x85"),
    "\x1b[2J\x1b[1;31mfine\x00\x07\x9b",
    "\u202egol.exe\u2066\u200f\ud800",
    '"}\\u000a{"',
    "x" * 10**6,
    "\n" * 10**6,
    "\U0001f600" * 10**6,
    "\x1b" * 20_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_every_event_is_one_line(tmp_path, text):
    """In message, kind, path, header, the names of fields and their values, of every category."""
    with configure(log_directory(tmp_path), service="shop"):
        log_security_event(
            text,
            text,
            actor=text,
            ip=text,
            outcome=text,
            severity=text,
            **{text: text, "header": {text: [text]}},
        )
        log_performance_metric(text, 1.5, unit=text, **{text: text})
        StructuredErrorLog(**{text: text}).log_tool_error(ZeroDivisionError(text), text, path=text)
        error = InternalError(text, details={text: text}, internal={text: text})
        with context.bind(ids=RequestIds("req_1"), actor=text, tenant=text, operation=text):
            StructuredErrorLog().log_conversation_error(error, text, user_input=text)

    told = {}
    for path in sorted(tmp_path.iterdir()):
        raw = path.read_bytes()
        assert raw.isascii()
        assert raw.endswith(b"\n")
        assert not any(byte < 32 for byte in raw.replace(b"\n", b""))
        lines = raw[:-1].split(b"\n")
        assert all(len(line) < LONGEST for line in lines)
        told[path.stem] = [json.loads(line) for line in lines]
    assert {name: len(lines) for name, lines in told.items()} == {
        "errors": 2,
        "security": 1,
        "performance": 1,
    }
    assert all(line["category"] == name for name, lines in told.items() for line in lines)
    assert told["errors"][1]["request_id"] == "req_1"


def test_flood_of_fields_costs_an_event_nothing_else(tmp_path):
    """Whoever can add facts cannot push out who, what and from where."""
    fields = {f"\U0001f600{number}": "\U0001f600" * 10**5 for number in range(200)}
    with (
        configure(log_directory(tmp_path), ip_key="0123456789abcdef"),
        context.bind(ids=RequestIds("r" * 128, "c" * 128, "a" * 32, "b" * 16, "t" * 128)),
    ):
        log_security_event(
            "login_failed", "\U0001f600" * 9999, actor="u1", ip="192.0.2.7", outcome="denied", **fields
        )

    told = json.loads((tmp_path / "security.log").read_text())
    assert (told["kind"], told["actor"], told["outcome"]) == ("login_failed", "u1", "denied")
    assert told.keys() >= {"message", "ip_hash", "request_id", "trace_id", "extra"}
    assert "truncated" not in told


def test_hostile_objects_are_borne(tmp_path):
    """An object whose text, truth and length all fail is a name of a type."""

    class Hostile:
        def __str__(self):
            raise RuntimeError

        __repr__ = __bool__ = __len__ = __eq__ = __hash__ = __str__

    with configure(log_directory(tmp_path)):
        assert log_security_event(
            Hostile(), Hostile(), actor=Hostile(), ip=Hostile(), severity=Hostile(), x=Hostile()
        )
        assert log_performance_metric(Hostile(), Hostile(), unit=Hostile(), x=Hostile())
        StructuredErrorLog(x=Hostile()).log_tool_error(ToolFailed(), Hostile(), customer_id=Hostile())

    told = json.loads((tmp_path / "security.log").read_text())
    assert (told["kind"], told["extra"]) == ("<Hostile>", {"x": "<Hostile>"})
    assert json.loads((tmp_path / "errors.log").read_text())["fields"]["tool_name"] == "<Hostile>"


class ToolFailed(Exception):
    """Whose text fails, too."""

    def __str__(self):
        raise RuntimeError


def test_context_is_read_as_it_is():
    """The context that a line is made of is left alone."""
    with context.bind(actor="u1", job="j1"):
        before = context.current()
        StructuredErrorLog(logger=_Nowhere()).log_error(ZeroDivisionError(), actor="u2", job="j2")
        assert context.current() is before
        assert before == ErrorContext(actor="u1", fields={"job": "j1"})
    assert Occurrence.of(ZeroDivisionError()).context.actor is None


class _Nowhere:
    def error(self, *_args, **_fields):
        """Take it and forget it."""
