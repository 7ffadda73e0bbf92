# SPDX-License-Identifier: MIT
"""The rows of many keys: their arithmetic, and a process that really has some."""

from __future__ import annotations

from benchmarks import cli
from benchmarks.populations import Load, Population, judge_population
from benchmarks.sampling import Plan
from benchmarks.verdicts import Verdict

MODULE = "benchmarks.rows.policy_keys"


def population(**changes):
    """Few keys."""
    settings = {"keys": 2000, "times_the_bytes": 2.0, "points": 2.0, "peers": (("limits", 1000),), **changes}
    return Population("some keys", MODULE, **settings)


def test_rows_are_differences_from_the_limit():
    """Bytes may be as many again as the ratio says, CPU some points more, and a thread is one too many."""
    loads = {
        "limit": Load(100.0, [3.0, 4.0, 5.0], 1),
        "ours": Load(190.0, [5.0, 6.5, 9.0], 2),
        "limits": Load(300.0, [40.0], 2),
    }

    rows = judge_population(population(), Plan(rounds=3, batch=1), lambda name, _keys, _looks: loads[name])

    assert [(row.name, row.limit, row.value.median, row.gate, row.verdict) for row in rows] == [
        ("some keys, bytes", 100.0, 90.0, 100.0, Verdict.PASS),
        ("some keys, idle cpu", 4.0, 2.5, 2.0, Verdict.FAIL),
        ("some keys, threads", 1.0, 1.0, 0.0, Verdict.FAIL),
    ]
    assert [(peer.name, peer.value.median) for row in rows for peer in row.peers] == [
        ("limits, 1000 keys", 200.0),
        ("limits, 1000 keys", 36.0),
        ("limits, 1000 keys", 1.0),
    ]


def test_each_column_has_a_process_of_its_own(capsys):
    """It is filled, looked at, and tells; what does not fit into a gate fails the run like any other row."""
    case = population(keys=20_000, times_the_bytes=1000.0, points=1000.0, peers=())

    assert cli.main(["--quick"], {"some keys": lambda: case}) == 0
    shown = capsys.readouterr().out
    assert "some keys, bytes" in shown
    assert "some keys, threads" in shown
