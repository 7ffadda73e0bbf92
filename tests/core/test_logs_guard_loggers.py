# SPDX-License-Identifier: MIT
"""Guards on loggers: shared, counted, undone."""

from __future__ import annotations

import logging
import sys

from errcore.logs import Guard, guard_loggers
from errcore.redaction import Redactor

DSN = "postgres://u:hunter2@db/x"


def test_guarded_logger_prints_no_raw_traceback(caplog):
    """`logger.exception` on a guarded logger is clean at every handler."""
    logger = logging.getLogger("t_guards.a")

    with guard_loggers("t_guards.a"):
        try:
            raise ValueError(DSN)
        except ValueError:
            logger.exception("failed")

    assert "hunter2" not in caplog.text
    assert "ValueError: postgres://" in caplog.text


def test_guards_are_shared_and_undone():
    """However often it is asked for, a logger has one filter until the last user is done."""
    logger = logging.getLogger("t_guards.b")

    first, second = guard_loggers("t_guards.b"), guard_loggers(logger, "t_guards.b")
    third = guard_loggers(logger)
    found = [len(logger.filters)]
    for guard in (first, first, second, second, third, third):
        guard.close()
        found.append(len(logger.filters))

    assert found == [1, 1, 1, 1, 1, 0, 0]


def test_another_redactor_is_another_filter():
    """Who brings a redactor gets it, beside what others wanted."""
    logger, mine = logging.getLogger("t_guards.c"), Redactor()
    logger.addFilter(own := logging.Filter())

    with (
        guard_loggers(logger),
        guard_loggers(logger, redactor=mine) as guard,
        guard_loggers(logger, redactor=mine),
    ):
        assert type(guard) is Guard
        assert len(logger.filters) == 3
        assert logger.filters[-1].redactor is mine

    assert logger.filters == [own]
    logger.removeFilter(own)


def test_stderr_stays_quiet(capsys):
    """Nothing that the filter does ends in logging's own error report."""
    logger = logging.getLogger("t_guards.d")
    handler = logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)
    try:
        with guard_loggers(logger):
            logger.error("failed %s %s", ValueError(DSN))  # noqa: PLE1206 - the mistake this is about
    finally:
        logger.removeHandler(handler)

    assert "Logging error" not in capsys.readouterr().err
