# SPDX-License-Identifier: MIT
"""What holds for the process: configured, taken back, and followed by every log that was given no place of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from errcore import ConfigurationError, NotFoundError, Occurrence, Runtime
from errcore.events import stream
from errcore.logs import (
    Category,
    ErrorLog,
    LogSinks,
    PolicyLog,
    Sink,
    configure,
    log_directory,
    log_performance_metric,
    log_security_event,
)
from errcore.logs.configured import configured
from errcore.policies import Transition
from errcore.redaction import Redactor, default_redactor


class Kept(Sink):
    """A list."""

    def __init__(self):
        super().__init__("a list")
        self.lines = []
        self.closed = 0

    def append(self, line):
        self.lines.append(json.loads(line))

    def close(self):
        self.closed += 1


def write_one_of_each():
    """A line of each category."""
    with PolicyLog(service="shop"):
        stream.emit(Transition("stripe", None, "closed", "open"))
    assert ErrorLog().write(Occurrence.of(NotFoundError("x")))
    assert log_security_event("probe", "x")
    assert log_performance_metric("m", 1)


def test_all_go_to_standard_output_unless_somebody_says_otherwise(capsys):
    """One line of JSON each, with its category."""
    write_one_of_each()

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["category"] for line in lines] == ["app", "errors", "security", "performance"]


def test_each_category_has_its_file(tmp_path, capsys):
    """As `log_directory` has them."""
    with configure(log_directory(tmp_path)):
        write_one_of_each()

    assert {path.name: json.loads(path.read_text())["category"] for path in tmp_path.iterdir()} == {
        f"{category}.log": category for category in Category
    }
    assert capsys.readouterr().out == ""


def test_category_without_a_place_stays_on_standard_output(capsys):
    """Only what was named moves."""
    kept = Kept()
    with configure(LogSinks(errors=kept)):
        write_one_of_each()

    assert [line["category"] for line in kept.lines] == ["errors"]
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_latest_holds_and_each_can_be_taken_back():
    """In any order, more than once; a log that was made before follows."""
    first, second = Kept(), Kept()
    log = ErrorLog()
    outer = configure(LogSinks(errors=first))
    log.write(Occurrence.of(NotFoundError("1")))
    inner = configure(LogSinks(errors=second))
    log.write(Occurrence.of(NotFoundError("2")))
    outer.close()
    log.write(Occurrence.of(NotFoundError("3")))
    inner.close()
    inner.close()
    outer.close()

    assert [line["message"] for line in first.lines] == ["1"]
    assert [line["message"] for line in second.lines] == ["2", "3"]
    assert (first.closed, second.closed) == (1, 1)


def test_log_with_a_place_of_its_own_keeps_it():
    """Who names a place knows better."""
    own, other = Kept(), Kept()
    with configure(LogSinks(errors=other)):
        ErrorLog(logger=own).write(Occurrence.of(NotFoundError("x")))

    assert (len(own.lines), len(other.lines)) == (1, 0)


@pytest.mark.parametrize("sinks", ["/var/log", 7, {"app": None}])
def test_wrong_sinks_are_refused(sinks):
    """Where they are given."""
    with pytest.raises(ConfigurationError, match="pass a LogSinks, or what log_directory gives"):
        configure(sinks)


def test_lines_are_written_without_structlog_where_it_cannot_be_imported(monkeypatch):
    """The same lines; and one that is lost is counted."""
    kept = Kept()

    class Closed:
        def find_spec(self, name, _path=None, _target=None):
            if name == "structlog":
                raise ValueError("I/O operation on closed file")

    monkeypatch.delitem(sys.modules, "structlog", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Closed(), *sys.meta_path])
    log = ErrorLog(logger=kept)
    assert log.write(Occurrence.of(NotFoundError("x")))
    monkeypatch.setattr(kept, "append", None)
    assert not log.write(Occurrence.of(NotFoundError("x")))

    assert kept.lines[0]["code"] == "NOT_FOUND"
    assert log.failures == 1


def test_closed_standard_output_is_no_reason_not_to_start():
    """structlog cannot be imported then; the lines are written without it."""
    program = (
        "import sys; from errcore.logs import *; sys.stdout.close(); log = ErrorLog(); import io\n"
        "sys.stdout = io.StringIO(); assert log_security_event('probe', 'x'); out = sys.stdout.getvalue()\n"
        "sys.stdout = None; assert not log_security_event('probe', 'x')\n"
        "import json; print(json.loads(out)['category'], 'structlog' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_what_is_not_given_is_taken_over():
    """From the setup that holds, as a runtime in an application does that has configured its logs; each can be changed."""

    class Loud(Redactor):
        def text(self, text):
            return text.upper()

    key, loud = b"k" * 16, Loud()
    with configure(LogSinks(), service="shop", redactor=loud, ip_key=key, store_ip=True) as outer:
        with Runtime.for_tests(logs=LogSinks()):
            inner = configured()
            assert (inner.service, inner.redactor, inner.ip_key, inner.store_ip) == ("shop", loud, key, True)
            assert inner.sinks is not outer.sinks
        with configure(service="video", redactor=default_redactor, ip_key=b"l" * 16, store_ip=False) as inner:
            assert (inner.service, inner.redactor, inner.ip_key) == ("video", default_redactor, b"l" * 16)
            assert (inner.store_ip, inner.sinks) == (False, outer.sinks)
        assert configured() is outer


@pytest.mark.parametrize("first", [0, 1])
def test_sinks_that_are_taken_over_are_closed_with_the_last(first):
    """Whichever of the setups that is."""
    kept = Kept()
    outer = configure(LogSinks(errors=kept))
    both = [outer, configure()]
    both.pop(first).close()
    assert ErrorLog().write(Occurrence.of(NotFoundError("x")))
    assert (len(kept.lines), kept.closed) == (1, 0)
    both.pop().close()

    assert kept.closed == 1
