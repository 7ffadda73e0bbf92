# SPDX-License-Identifier: MIT
"""One story for each error: errcore's line has the traceback, redacted, and Flask's line leads to it."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import threading

import pytest
from flask import Flask, Response
from werkzeug.serving import make_server

from errcore import Runtime, UnavailableError
from errcore.testing.wire import WireDriver
from errcore.testing.wsgi import WsgiDriver
from errcore_flask import install

DSN = "postgres://app:hunter2@db.internal/prod"


@pytest.fixture
def service(capsys):
    """An application with a production runtime, whose own logger writes to a text."""
    app = Flask("errcore_tests_flask_logs")
    app.printed = io.StringIO()
    handler = logging.StreamHandler(app.printed)
    app.logger.addHandler(handler)
    app.logger.propagate = False
    with Runtime.production() as runtime:
        install(app, runtime)

        @app.get("/bug")
        def bug():
            raise ValueError(DSN)

        yield app
    app.logger.removeHandler(handler)


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_unexpected_error_is_told_once(service, capsys) -> None:
    """Flask's own line has the ids and no traceback; errcore's has it, without the secret."""
    WsgiDriver(service).request("GET", "/bug", [("X-Request-ID", "req_1")])

    (line,) = lines(capsys)
    assert (line["request_id"], line["type"], line["route"]) == ("req_1", "ValueError", "/bug")
    assert any("in service.<locals>.bug" in frame for frame in line["traceback"])
    printed = service.printed.getvalue()
    assert (
        printed == f"INTERNAL_ERROR was reported by errcore; error_id={line['error_id']} request_id=req_1\n"
    )
    assert "hunter2" not in printed + json.dumps(line)


def test_expected_error_is_no_line_of_flasks(service, capsys) -> None:
    """Only errcore tells of it."""
    WsgiDriver(service).request("GET", "/nowhere")

    assert [line["code"] for line in lines(capsys)] == ["NOT_FOUND"]
    assert service.printed.getvalue() == ""


def test_what_the_application_logs_itself_is_cleaned(service) -> None:
    """Tracebacks that it writes with its own logger lose their secrets, too."""

    @service.get("/caught")
    def caught():
        try:
            raise ValueError(DSN)
        except ValueError:
            service.logger.exception("It failed.")
        service.logger.info("hunter2 stays: this is no traceback")
        return "fine"

    service.logger.setLevel(logging.INFO)
    WsgiDriver(service).request("GET", "/caught")

    printed = service.printed.getvalue()
    assert "It failed." in printed
    assert "ValueError: postgres://[redacted]@db.internal/prod" in printed
    assert printed.count("hunter2") == 1


def test_logging_that_is_set_up_after_install_is_not_touched() -> None:
    """No logger is made before the first request: one that exists would be switched off by `dictConfig`."""
    app = Flask("errcore_tests_flask_late")
    with install(app, Runtime.for_tests(log_level="critical")):
        assert app.name not in logging.Logger.manager.loggerDict
        WsgiDriver(app).request("GET", "/")
        assert len(logging.getLogger(app.name).filters) == 1
        WsgiDriver(app).request("GET", "/")
        assert len(logging.getLogger(app.name).filters) == 1
    assert logging.getLogger(app.name).filters == []


def test_loggers_are_guarded_once() -> None:
    """Not by each request, or what a runtime has to undo would grow with them."""
    told = []

    class Noting(Runtime):
        """A runtime that says whose loggers it guards."""

        def guard_loggers(self, *loggers):
            told.append(loggers)
            super().guard_loggers(*loggers)

    app = Flask("errcore_tests_guarded_once")
    with Noting.for_tests() as runtime:
        install(app, runtime)
        for _ in range(3):
            WsgiDriver(app).request("GET", "/nowhere")

    assert [each[0] for each in told] == [app.name]


def test_development_server_prints_no_secret(service, capsys, caplog) -> None:
    """It is handed what a body raised, and logs the traceback as text."""

    @service.get("/stream")
    def stream():
        def chunks():
            yield "first"
            try:
                raise ValueError(DSN)
            except ValueError as exc:
                raise UnavailableError(DSN) from exc

        return Response(chunks())

    server = make_server("127.0.0.1", 0, service)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        with caplog.at_level(logging.INFO, "werkzeug"):
            WireDriver(server.port).request("GET", "/stream", [("X-Request-ID", "req_1")])
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)

    (line,) = lines(capsys)
    assert (line["code"], line["phase"], line["request_id"]) == ("SERVICE_UNAVAILABLE", "stream", "req_1")
    assert "Error on request" in caplog.text
    assert "hunter2" not in caplog.text + json.dumps(line)
