# SPDX-License-Identifier: MIT
"""Where lines go: standard output, structlog, logging, and what happens when those fail."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys

import pytest
import structlog

from errcore import (
    NotFoundError,
    Occurrence,
    UnavailableError,
)
from errcore.context import ErrorContext, RequestIds
from errcore.logs import ErrorLog, configure

IDS = RequestIds("req_1", "corr_1", "a" * 32, "b" * 16, "theirs")
FULL = ErrorContext(IDS, actor="u1", tenant="t1", operation="pay", fields={"order": 7, "password": "hunter2"})


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    out = capsys.readouterr().out
    assert out == "" or out.endswith("\n")
    return [json.loads(line) for line in out.splitlines()]


def written(capsys: pytest.CaptureFixture[str], error: BaseException, **how: object) -> dict[str, object]:
    ErrorLog(**how).write(Occurrence.of(error, FULL, method="GET", route="/orders/{id}"))
    (line,) = lines(capsys)
    return line


def test_global_configuration_of_structlog_does_not_matter(capsys):
    """What the application configures is the application's."""
    structlog.configure(processors=[lambda *_: pytest.fail("not ours")])
    try:
        written(capsys, NotFoundError("x"))

        assert structlog.get_config()["processors"] != []
    finally:
        structlog.reset_defaults()


def test_structlog_is_not_configured_by_us(capsys):
    """Writing leaves structlog as it was."""
    written(capsys, NotFoundError("x"))

    assert not structlog.is_configured()


def test_structlog_is_imported_only_to_write():
    """Importing the log, and a log with a logger of its own, load no structlog."""
    code = (
        "import sys, logging, errcore, errcore.logs\n"
        "errcore.logs.ErrorLog(logger=logging.getLogger('x'))\n"
        "assert 'structlog' not in sys.modules\n"
        "errcore.logs.ErrorLog()\n"
        "assert 'structlog' in sys.modules\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_standard_output_is_looked_up_each_time(monkeypatch):
    """Whoever replaces standard output gets the lines, in one write each."""
    log = ErrorLog()

    class Counting(io.StringIO):
        calls = 0

        def write(self, text: str) -> int:
            Counting.calls += 1
            return super().write(text)

    monkeypatch.setattr(sys, "stdout", stream := Counting())
    log.write(Occurrence.of(NotFoundError("x")))

    assert Counting.calls == 1
    assert json.loads(stream.getvalue())["code"] == "NOT_FOUND"


class Broken:
    """A logger, and a stream, that fail."""

    def write(self, _line: str) -> None:
        raise OSError("disk full at /srv/secret")

    def warning(self, *_args: object, **_fields: object) -> None:
        raise OSError("disk full at /srv/secret")

    debug = info = error = critical = warning


@pytest.mark.parametrize("where", ["stdout", "none", "logger"])
def test_failing_sink_is_counted_and_said_once(monkeypatch, caplog, where):
    """The caller never notices; operators read it once, without the text of the failure."""
    log = ErrorLog(logger=Broken() if where == "logger" else None)
    monkeypatch.setattr(sys, "stdout", None if where == "none" else Broken())

    with configure():
        for _ in range(3):
            log.write(Occurrence.of(NotFoundError("x")))

    assert log.failures == 3
    assert len(caplog.records) == 1
    assert "/srv/secret" not in caplog.text


def test_logger_of_structlog_gets_fields():
    """A logger that takes keywords gets event and fields, at the level of the error."""
    with structlog.testing.capture_logs() as entries:
        ErrorLog(logger=structlog.get_logger(), service="shop").write(Occurrence.of(UnavailableError("x")))

    (entry,) = entries
    assert (entry["event"], entry["log_level"], entry["service"]) == ("error_reported", "warning", "shop")
    assert entry["code"] == UnavailableError.code


@pytest.mark.parametrize("adapted", [False, True])
def test_logger_of_logging_gets_the_line(caplog, adapted):
    """The message is the JSON line, whatever percent signs are in it; a plain logger's record has the fields too."""
    caplog.set_level(logging.INFO, "t_logs")
    logger = logging.getLogger("t_logs")

    ErrorLog(logger=logging.LoggerAdapter(logger) if adapted else logger).write(
        Occurrence.of(NotFoundError("100 %s"))
    )

    (record,) = caplog.records
    assert json.loads(record.getMessage())["message"] == "100 %s"
    assert (record.levelname, record.name) == ("INFO", "t_logs")
    assert adapted or record.errcore["code"] == "NOT_FOUND"


def test_logger_of_logging_decides_its_level(caplog):
    """A logger that is not interested costs nothing."""
    logger = logging.getLogger("t_logs")
    logger.setLevel(logging.ERROR)
    try:
        ErrorLog(logger=logger).write(Occurrence.of(NotFoundError("x")))
    finally:
        logger.setLevel(logging.NOTSET)

    assert caplog.records == []
