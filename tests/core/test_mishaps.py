# SPDX-License-Identifier: MIT
"""What was survived: counted, said once for each sort, in silence where even that fails."""

from __future__ import annotations

import logging
import threading

import pytest

from errcore.mishaps import Mishaps


def test_each_sort_is_said_once(caplog: pytest.LogCaptureFixture):
    """All are counted; the first of each sort is a warning with the name of the type, never with the text."""
    mishaps = Mishaps()
    with caplog.at_level(logging.WARNING, logger="errcore"):
        for _ in range(3):
            mishaps.note("a format", ValueError("password=hunter2"))
            mishaps.note("a listener", OSError("hunter2"))

    assert mishaps.count == 6
    assert [record.getMessage() for record in caplog.records] == [
        "errcore survived a failure of a format (ValueError); further ones are counted, not logged.",
        "errcore survived a failure of a listener (OSError); further ones are counted, not logged.",
    ]
    assert {record.exc_info for record in caplog.records} == {None}


@pytest.mark.parametrize("place", ["addHandler", "addFilter"])
def test_a_complaint_that_fails_is_counted_in_silence(place: str):
    """A handler or a filter that raises is not the caller's failure."""

    class Broken(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            raise OSError("disk full")

        filter = handle

    log, broken, mishaps = logging.getLogger("errcore"), Broken(), Mishaps()
    getattr(log, place)(broken)
    try:
        mishaps.note("a format", ValueError())
        mishaps.note("a format", ValueError())
    finally:
        log.removeHandler(broken)
        log.removeFilter(broken)

    assert mishaps.count == 2


def test_a_complaint_that_is_a_mishap_itself_ends(monkeypatch: pytest.MonkeyPatch):
    """A handler that reports its failure here meets a sort that was said already: no circle."""
    mishaps = Mishaps()

    class Circle(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            mishaps.note("a format", OSError())

    monkeypatch.setattr(logging.getLogger("errcore"), "handlers", [Circle()])
    mishaps.note("a format", ValueError())

    assert mishaps.count == 2


def test_no_mishap_is_lost_among_threads():
    """Eight threads at once are counted one by one."""
    mishaps, start = Mishaps(), threading.Barrier(8)

    def works() -> None:
        start.wait()
        for _ in range(500):
            mishaps.note("a format", ValueError())

    threads = [threading.Thread(target=works) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert mishaps.count == 4000
