# SPDX-License-Identifier: MIT
"""The rows themselves: every one can be built, and compares equal jobs. Nothing is timed."""

from __future__ import annotations

import pytest
from benchmarks import cli
from benchmarks.case import Case
from benchmarks.outcomes import check
from benchmarks.populations import Population
from benchmarks.processes import ImportCase
from benchmarks.rows import ROWS


@pytest.mark.parametrize("name", ROWS)
def test_row_compares_equal_jobs(name):
    """The limit, errcore and every peer that claims no exception have one outcome; a server row asks real servers."""
    case = ROWS[name]()
    if isinstance(case, ImportCase | Population):  # whose columns run in processes
        return
    assert isinstance(case, Case)
    with case.around():  # which ends what was started
        check(case)
    # Known misses and `--only` go by the name under which a row is listed.
    assert case.name == name or name == "raise"


def test_row_without_its_library_is_left_out(capsys):
    """A row that cannot be measured here says what is missing; the others go on, and the run does not fail for it."""

    def missing():
        raise ModuleNotFoundError("No module named 'flask'", name="flask")

    assert cli.main([], {"flask domain error": missing}) == 0
    assert "left out: flask is not installed" in capsys.readouterr().out


def test_broken_row_is_not_left_out():
    """A row that imports something of ours that is not there is a mistake, and ends the run."""

    def broken():
        raise ModuleNotFoundError("No module named 'benchmarks.rows.x'", name="benchmarks.rows.x")

    with pytest.raises(ModuleNotFoundError):
        cli.main([], {"x": broken})
