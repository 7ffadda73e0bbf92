# SPDX-License-Identifier: MIT
"""Sinks: what fails in writing costs lines, which are counted and told, and nothing else."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from contextlib import suppress

import pytest

from errcore import NotFoundError, Occurrence, clock, forks
from errcore.logs import ErrorLog, Sink, StandardOutput
from errcore.testing import FakeClock


class Kept(Sink):
    """A list, which fails with whatever `problem` holds."""

    def __init__(self, name="a list"):
        super().__init__(name)
        self.lines = []
        self.problem = None
        self.attempts = 0

    def append(self, line):
        self.attempts += 1
        if self.problem is not None:
            raise self.problem
        self.lines.append(line)


def full():
    return OSError(errno.ENOSPC, "No space left on /srv/secret")


def test_lost_lines_are_counted_by_reason_and_told(fake):
    """The first line that gets through is preceded by one that says how many did not, why, and since when."""
    sink = Kept()
    sink.problem = full()
    assert [sink.write("1\n"), sink.write("2\n")] == [False, False]
    fake.advance(5)
    sink.problem = BrokenPipeError(errno.EPIPE, "gone")
    assert not sink.write("3\n")
    fake.advance(5)
    sink.problem = None

    assert [sink.write("4\n"), sink.write("5\n")] == [True, True]
    notice, *rest = sink.lines
    assert rest == ["4\n", "5\n"]
    assert json.loads(notice) == {
        "timestamp": "2023-11-14T22:13:30.000Z",
        "level": "warning",
        "category": "app",
        "event": "log_lines_lost",
        "sink": "a list",
        "lost": {"ENOSPC": 2, "EPIPE": 1},
        "since": "2023-11-14T22:13:20.000Z",
    }
    assert sink.lost == 3


def test_nobody_writes_for_five_seconds_after_a_failure(fake):
    """A disk that is full is not asked for every line."""
    sink = Kept()
    sink.problem = full()
    for _ in range(100):
        sink.write("x\n")
    assert sink.attempts == 1
    fake.advance(4.9)
    sink.write("x\n")
    assert sink.attempts == 1
    fake.advance(0.1)
    sink.write("x\n")

    assert sink.attempts == 2
    assert sink.lost == 102


def test_standard_error_hears_once_a_minute(fake, capsys):
    """What cannot be written, why, and how much was lost; never the text of the failure."""
    sink = Kept("/var/log/a\n\x1b[31m.log")
    sink.problem = full()
    for _ in range(130):
        sink.write("x\n")
        fake.advance(1)

    said = capsys.readouterr().err
    assert said.splitlines()[0] == (
        "errcore cannot write to /var/log/a \ufffd[31m.log (ENOSPC); lines lost so far: 1. "
        "It is tried again every 5 seconds."
    )
    assert [line.split("so far: ")[1].split(".")[0] for line in said.splitlines()] == ["1", "61", "121"]
    assert "secret" not in said


def test_broken_standard_error_is_borne(fake, monkeypatch):
    """Then there is nobody left to tell."""
    monkeypatch.setattr(sys, "stderr", None)
    sink = Kept()
    sink.problem = full()

    assert not sink.write("x\n")


def test_what_could_not_be_told_is_told_later(fake):
    """A notice that fails as well loses no count."""
    sink = Kept()
    sink.problem = full()
    sink.write("1\n")
    fake.advance(5)
    sink.write("2\n")
    fake.advance(5)
    sink.problem = None
    sink.write("3\n")

    assert json.loads(sink.lines[0])["lost"] == {"ENOSPC": 2}


def test_reasons_are_bounded(fake):
    """A sink that fails in ever new ways fills no memory."""
    sink = Kept()
    for number in range(40):
        sink.problem = type(f"Problem{number}", (Exception,), {})()
        sink.write("x\n")
        fake.advance(5)
    sink.problem = type("Problem0", (Exception,), {})()
    sink.write("x\n")
    fake.advance(5)
    sink.problem = None
    sink.write("x\n")

    lost = json.loads(sink.lines[0])["lost"]
    assert len(lost) == 17
    assert (lost["Problem0"], lost["other"]) == (2, 24)


def test_a_clock_that_was_replaced_does_not_stop_lines():
    """A failure noted on another clock, ahead of this one, is waited for by nobody."""
    sink = Kept()
    sink.problem = full()
    with clock.using(FakeClock(monotonic=1e9)):
        sink.write("1\n")
    sink.problem = None
    with clock.using(FakeClock()):
        assert sink.write("2\n")


def test_a_clock_that_was_replaced_does_not_stop_complaints(capsys):
    """What was said on another clock, ahead of this one, was not said in this minute."""
    sink = Kept()
    sink.problem = full()
    for ahead in (1e9, 0.0):
        with clock.using(FakeClock(monotonic=ahead)):
            sink.write("x\n")

    assert capsys.readouterr().err.count("errcore cannot write to a list") == 2


def test_lines_of_two_threads_are_told_once(fake):
    """Who comes second, while the first one says it, has nothing to say."""
    sink = Kept()
    sink.problem = full()
    sink.write("1\n")
    fake.advance(5)

    class Late(dict):
        def __bool__(self):
            sink._untold = {}  # the other thread has just taken what there was
            return True

    sink._untold = Late()
    sink.problem = None
    assert sink.write("2\n")
    assert sink.lines == ["2\n"]


def test_forked_child_does_not_tell_what_the_parent_lost(fake):
    """Or it would be told by both."""
    sink = Kept()
    sink.problem = full()
    sink.write("1\n")
    forks._renew_all()
    sink.problem = None
    fake.advance(5)
    assert sink.write("2\n")

    assert sink.lines == ["2\n"]


def test_interrupt_is_not_swallowed():
    """Ctrl-C in the middle of a line ends the program."""
    sink = Kept()
    sink.problem = KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt):
        sink.write("x\n")


def test_sink_closes_with_its_block():
    """Closing one that has nothing open is fine, too."""
    with Kept() as sink:
        assert sink.write("x\n")
    sink.close()

    assert sink.write("y\n")


def test_sink_can_be_the_logger_of_a_log(fake):
    """It gets lines of the category; what it does not take is a failure of the log, and the occurrence is not logged."""
    sink = Kept()
    log = ErrorLog(logger=sink, service="shop")
    assert log.write(Occurrence.of(NotFoundError("x")))
    sink.problem = full()
    assert not log.write(Occurrence.of(NotFoundError("x")))

    assert log.failures == 1
    line = json.loads(sink.lines[0])
    assert (line["category"], line["service"], line["event"]) == ("errors", "shop", "error_reported")


# --- standard output ---


class Raw(io.RawIOBase):
    """What a stream writes to: it takes what it has room for, and then it is full."""

    def __init__(self, room):
        super().__init__()
        self.room = room
        self.data = bytearray()

    def writable(self):
        return True

    def write(self, data):
        if not self.room:
            raise full()
        taken = bytes(data[: self.room])
        self.room -= len(taken)
        self.data += taken
        return len(taken)


def test_torn_line_on_standard_output_swallows_no_other(fake, monkeypatch):
    """A part of a long line may be out before the stream fails: what comes next begins a line of its own."""
    raw = Raw(10_000)
    stream = io.TextIOWrapper(io.BufferedWriter(raw), write_through=True)
    monkeypatch.setattr(sys, "stdout", stream)
    sink = StandardOutput()
    assert not sink.write(json.dumps({"long": "x" * 12_000}) + "\n")
    raw.room = 10**6
    fake.advance(5)
    assert sink.write('{"next": 1}\n')
    assert sink.write('{"after": 1}\n')

    lines = [line for line in raw.data.decode().split("\n") if line]
    assert raw.data.endswith(b'\n{"next": 1}\n{"after": 1}\n')
    assert json.loads(lines[-3])["lost"] == {"ENOSPC": 1}


def test_another_standard_output_is_not_waited_for(fake, monkeypatch):
    """A stream that failed says nothing about the one that has taken its place."""
    broken = io.StringIO()
    broken.close()
    monkeypatch.setattr(sys, "stdout", broken)
    sink = StandardOutput()
    assert not sink.write("1\n")
    monkeypatch.setattr(sys, "stdout", working := io.StringIO())
    assert sink.write("2\n")

    notice, line = working.getvalue().splitlines()
    assert json.loads(notice)["lost"] == {"ValueError": 1}
    assert json.loads(notice)["sink"] == "standard output"
    assert line == "2"


def test_broken_pipe_and_full_disk_behind_standard_output(fake, monkeypatch):
    """Neither reaches the caller; both have their names."""
    reader, writer = os.pipe()
    os.close(reader)
    sink = StandardOutput()
    with open(writer, "w") as pipe, suppress(OSError):
        monkeypatch.setattr(sys, "stdout", pipe)
        assert not sink.write("1\n")
        with open("/dev/full", "w") as device, suppress(OSError):
            monkeypatch.setattr(sys, "stdout", device)
            assert not sink.write("2\n")
            device.close()
        pipe.close()
    monkeypatch.setattr(sys, "stdout", working := io.StringIO())
    sink.write("3\n")

    assert json.loads(working.getvalue().splitlines()[0])["lost"] == {"EPIPE": 1, "ENOSPC": 1}
