# SPDX-License-Identifier: MIT
"""The security log and the performance log: what their lines say, and what they never say."""

from __future__ import annotations

import json
import logging

import pytest

from errcore import ConfigurationError, Severity, clock, context
from errcore.context import RequestIds
from errcore.logs import (
    LogSinks,
    Sink,
    configure,
    log_performance_metric,
    log_security_event,
    performance,
    security,
)
from errcore.logs.addresses import address_fields
from errcore.logs.line import LONGEST
from errcore.redaction import Redactor
from errcore.testing import FakeClock

KEY = "0123456789abcdef"
IDS = RequestIds("req_1", "corr_1", "a" * 32, "b" * 16)


class Kept(Sink):
    """A list."""

    def __init__(self):
        super().__init__("a list")
        self.lines = []

    def append(self, line):
        self.lines.append(line)

    @property
    def told(self):
        """The fields of the only line."""
        (line,) = self.lines
        assert line.endswith("\n")
        assert line.isascii()
        assert len(line) <= LONGEST
        return json.loads(line)


@pytest.fixture
def kept():
    """What goes to the security log and to the performance log."""
    return Kept()


def test_event_says_when_where_who_and_what(kept):
    """Everything that an investigation asks for, in a fixed order."""
    with (
        clock.using(FakeClock()),
        configure(LogSinks(security=kept), service="shop", ip_key=KEY, store_ip=True),
        context.bind(ids=IDS, actor="u0", tenant="t1", operation="login"),
    ):
        assert log_security_event(
            "login_failed",
            "Wrong password.",
            severity="error",
            actor="u1",
            ip="192.0.2.7",
            outcome="denied",
            attempts=3,
        )

    told = kept.told
    assert list(told) == [
        *("timestamp", "level", "category", "event", "service", "kind", "message", "event_id"),
        *("request_id", "correlation_id", "trace_id", "span_id"),
        *("outcome", "actor", "tenant", "operation", "ip", "ip_hash", "extra"),
    ]
    assert told["timestamp"] == "2023-11-14T22:13:20.000Z"
    assert (told["level"], told["category"], told["event"]) == ("error", "security", "security_event")
    assert (told["kind"], told["message"], told["outcome"]) == ("login_failed", "Wrong password.", "denied")
    assert (told["actor"], told["tenant"], told["operation"]) == ("u1", "t1", "login")
    assert (told["request_id"], told["extra"]) == ("req_1", {"attempts": 3})


def test_event_alone_is_short(kept):
    """What is not known is left out; the actor of the context is there."""
    with configure(LogSinks(security=kept)), context.bind(actor="u0"):
        log_security_event("probe", "Somebody knocked.")

    assert list(kept.told) == [
        *("timestamp", "level", "category", "event", "kind", "message", "event_id", "actor"),
    ]
    assert kept.told["level"] == "warning"


@pytest.mark.parametrize("severity", ["loud", 7, None, "DEBUG", Severity.DEBUG])
def test_severity_is_read_kindly(kept, severity):
    """Who mistypes a level meant to say something; no level is too low to be written."""
    with configure(LogSinks(security=kept)):
        assert log_security_event("probe", "x", severity=severity)

    assert kept.told["level"] == ("debug" if str(severity).lower() == "debug" else "warning")


def test_secrets_are_redacted_in_every_field(kept):
    """Whatever the field: by name and by form."""
    secret = "hunter2-hunter2"
    with (
        configure(LogSinks(security=kept, performance=kept)),
        context.bind(operation=f"password={secret}", tenant=f"password={secret}"),
    ):
        log_security_event(
            f"password={secret}",
            f"password={secret}",
            actor=f"postgres://u:{secret}@db",
            outcome=f"token={secret}",
            password=secret,
            nested={"Authorization": secret, "list": [("api_key", secret)]},
            text=f"Bearer {secret}",
        )
        log_performance_metric(f"password={secret}", 1, api_key=secret)

    assert len(kept.lines) == 2
    assert secret not in "".join(kept.lines)


def test_redactor_that_adds_to_texts_is_bounded(kept):
    """What it makes of a text is one short line still."""

    class Wordy(Redactor):
        def text(self, text):
            return f"{text}\n" + "y" * 9000

    with configure(LogSinks(security=kept), redactor=Wordy()):
        assert log_security_event("probe", "x", actor="u1")
    told = kept.told
    assert [len(told[name]) for name in ("kind", "message", "actor")] == [64, 512, 128]
    assert "\n" not in told["message"]


def test_redactor_of_ours_is_asked_and_may_fail(kept):
    """The event is worth more than its words."""

    class Broken(Redactor):
        def text(self, text):
            raise RuntimeError(text)

    class Loud(Redactor):
        def text(self, text):
            return text.upper()

    with configure(LogSinks(security=kept), redactor=Broken()):
        assert log_security_event("probe", "x", note="y")
    assert (kept.told["kind"], kept.told["message"], kept.told["extra"]) == (
        "[redacted]",
        "[redacted]",
        {"[redacted]": "[redacted]"},
    )
    kept.lines.clear()
    with (
        configure(LogSinks(performance=kept), service="video", redactor=Broken()),
        context.bind(operation="render"),
    ):
        assert log_performance_metric("render_time", 1.5, note="y")
    assert {name: kept.told[name] for name in ("service", "name", "value", "operation", "extra")} == {
        "service": "video",
        "name": "[redacted]",
        "value": 1.5,
        "operation": "[redacted]",
        "extra": {"[redacted]": "[redacted]"},
    }
    kept.lines.clear()
    with configure(LogSinks(security=kept), redactor=Loud()):
        log_security_event("probe", "x", note="y")
    assert kept.told["kind"] == "PROBE"


# --- addresses ---


def test_no_address_is_written_unless_asked_for(kept):
    """Under no name: a hash without a key would hide nothing."""
    with configure(LogSinks(security=kept)):
        log_security_event("probe", "x", ip="192.0.2.7", ip_address="192.0.2.7", remote_addr="192.0.2.7")

    assert "192.0.2.7" not in kept.lines[0]
    assert not {"ip", "ip_hash", "extra"} & kept.told.keys()


@pytest.mark.parametrize(
    "name", ["ip", "ip_address", "ip_addr", "client_ip", "source_ip", "remote_ip", "remote_addr"]
)
def test_hash_of_an_address_is_the_same_under_any_name(kept, name):
    """With a key it tells that two events came from one client, and not from which."""
    with configure(LogSinks(security=kept), ip_key=KEY):
        log_security_event("probe", "x", **{name: "192.0.2.7"})

    assert kept.told["ip_hash"] == "9fbed8536e880124770a33603f35e906"
    assert "192.0.2.7" not in kept.lines[0]


def test_hash_follows_the_client_and_the_key():
    """IPv6 clients are networks, mapped IPv4 is IPv4, another key is another hash, garbage is one thing."""

    def hashed(address, key=b"0123456789abcdef"):
        return address_fields(address, key, store=False)["ip_hash"]

    assert hashed("2001:db8::1") == hashed("2001:db8::ffff:2") == hashed("2001:db8::1%eth0 forged")
    assert hashed("2001:db8::1") != hashed("2001:db8:0:1::1")
    assert hashed("::ffff:192.0.2.7") == hashed("192.0.2.7") != hashed("192.0.2.8")
    assert hashed("192.0.2.7") != hashed("192.0.2.7", b"another key of 16 bytes")
    assert hashed("nonsense") == hashed("x" * 10**6) == hashed("192.0.2.7\n") != hashed("192.0.2.7")


def test_address_is_stored_in_its_one_spelling():
    """Nothing but an address gets there."""

    def stored(address):
        return address_fields(address, None, store=True)["ip"]

    assert stored("2001:DB8:0:0::1%evil") == "2001:db8::1"
    assert stored("::ffff:192.0.2.7") == "192.0.2.7"
    assert stored('192.0.2.7", "admin": true') == "[unreadable]"


@pytest.mark.parametrize("key", ["short", b"too short", 17, ["x" * 20]])
def test_key_that_can_be_guessed_is_refused(key):
    """Where it is written; and it is not repeated."""
    with pytest.raises(ConfigurationError, match="Cannot use this ip_key"):
        configure(ip_key=key)


# --- how it is written ---


@pytest.mark.parametrize("adapted", [False, True])
def test_no_level_of_a_logger_switches_events_off(caplog, adapted):
    """Security events pass levels, and `logging.disable`; metrics do not."""
    logger = logging.getLogger("t_security")
    logger.setLevel(logging.CRITICAL)
    logger.addHandler(caplog.handler)
    place = logging.LoggerAdapter(logging.LoggerAdapter(logger)) if adapted else logger
    logging.disable(logging.CRITICAL)
    try:
        with configure(LogSinks(security=place, performance=place)):
            log_security_event("probe", "x", severity="info")
            log_performance_metric("m", 1)
    finally:
        logging.disable(logging.NOTSET)
        logger.removeHandler(caplog.handler)
        logger.setLevel(logging.NOTSET)

    (record,) = {id(record): record for record in caplog.records}.values()
    assert json.loads(record.getMessage())["kind"] == "probe"
    assert (record.levelname, record.errcore["category"]) == ("INFO", "security")


class Broken:
    """A logger that fails."""

    def warning(self, *_args, **_fields):
        raise OSError("disk full")

    info = warning


def test_failures_are_counted_and_said_once(caplog):
    """The caller hears of it by the answer only."""
    before = security._mishaps.count, performance._mishaps.count
    security._mishaps._said.clear()
    with configure(LogSinks(security=Broken(), performance=Broken())):
        assert [log_security_event("probe", "x") for _ in range(3)] == [False] * 3
        assert not log_performance_metric("m", 1)

    assert (security._mishaps.count, performance._mishaps.count) == (before[0] + 3, before[1] + 1)
    assert caplog.text.count("errcore survived a failure of the security log (OSError)") == 1


# --- performance ---


def test_metric_says_what_was_measured(kept):
    """A number with a name and a unit, and where."""
    with (
        clock.using(FakeClock()),
        configure(LogSinks(performance=kept), service="video"),
        context.bind(ids=IDS, operation="render"),
    ):
        assert log_performance_metric("render_time", 12.5, unit="s", frames=300)

    assert kept.told == {
        "timestamp": "2023-11-14T22:13:20.000Z",
        "level": "info",
        "category": "performance",
        "event": "performance_metric",
        "service": "video",
        "name": "render_time",
        "value": 12.5,
        "unit": "s",
        "request_id": "req_1",
        "correlation_id": "corr_1",
        "trace_id": "a" * 32,
        "span_id": "b" * 16,
        "operation": "render",
        "extra": {"frames": 300},
    }


@pytest.mark.parametrize(
    ("value", "told"),
    [(7, 7), (True, True), (0.5, 0.5), (float("nan"), None), (float("inf"), None), ("7", None), (None, None)],
)
def test_value_is_a_number_or_nothing(kept, value, told):
    """JSON has no others."""
    with configure(LogSinks(performance=kept)):
        assert log_performance_metric("m", value)

    assert kept.told["value"] == told
    assert "extra" not in kept.told


def test_unit_is_short(kept):
    """And no line of its own."""
    with configure(LogSinks(performance=kept)):
        assert log_performance_metric("m", 1, unit="s\n" * 99)

    assert len(kept.told["unit"]) == 32
    assert "\n" not in kept.told["unit"]
