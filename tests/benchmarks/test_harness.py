# SPDX-License-Identifier: MIT
"""The benchmark harness: arithmetic, refusals and verdicts, with a clock that does what it is told."""

from __future__ import annotations

import json

import attrs
import pytest
from benchmarks import cli, report, verdicts
from benchmarks.case import Case, Column
from benchmarks.misses import KNOWN_MISSES, Miss, excused
from benchmarks.outcomes import UnequalJobsError, check, difference
from benchmarks.processes import Cost, ImportCase, judge_imports
from benchmarks.rows import ROWS
from benchmarks.sampling import FULL, QUICK, Plan, sample
from benchmarks.verdicts import Row, Spread, Verdict, judge, spread_of, verdict_on

SHORT = Plan(rounds=3, batch=10_000)


@attrs.define
class FakeTimer:
    """A clock in nanoseconds that only moves when a job says so."""

    now: int = 0

    def __call__(self):
        return self.now

    def job(self, nanoseconds, result="done"):
        def run():
            self.now += nanoseconds
            return result

        return run

    def async_job(self, nanoseconds, result="done"):
        async def run():
            self.now += nanoseconds
            return result

        return run


def case_of(limit, ours, *peers, **options):
    """A case of bare callables."""
    return Case(
        "a job",
        Column("limit", limit),
        Column("errcore", ours),
        peers=tuple(Column(f"peer {number}", call) for number, call in enumerate(peers)),
        **options,
    )


def returns(value):
    """A job that does nothing but have an outcome."""
    return lambda: value


def sampler_of(*runs):
    """A sampler that gives prepared rounds: one list of times per run, and remembers the plans it was given."""
    left = list(runs)
    plans = []

    def sampler(_case, plan):
        plans.append(plan)
        return left.pop(0)

    sampler.plans = plans
    return sampler


def test_times_are_per_call_in_the_order_of_the_columns():
    """Each round has one time per column, in nanoseconds per call, whoever had the first turn."""
    timer = FakeTimer()
    case = case_of(timer.job(100), timer.job(150), timer.job(420))
    assert sample(case, SHORT, timer) == [[100, 150, 420]] * 3


def test_coroutine_functions_are_awaited():
    """A case of coroutine functions is timed inside an event loop, with the same arithmetic."""
    timer = FakeTimer()
    case = case_of(timer.async_job(200), timer.async_job(300))
    assert case.asynchronous
    assert sample(case, SHORT, timer) == [[200, 300]] * 3


def test_an_argument_is_handed_to_the_call():
    """A column with an argument is called with it, and nothing stands between."""
    timer, seen = FakeTimer(), []

    def job(value):
        seen.append(value)
        timer.now += 10

    case = Case("a job", Column("limit", job, "left"), Column("errcore", job, "right"))
    sample(case, SHORT, timer)
    assert set(seen) == {"left", "right"}


def test_columns_take_turns_and_begin_in_turn():
    """Batches alternate, and each round begins with the next column, so none always comes after the same one."""
    timer, order = FakeTimer(), []

    def job(name):
        def run():
            if not order or order[-1] != name:
                order.append(name)
            timer.now += 1_000

        return run

    sample(case_of(job("a"), job("b"), job("c")), Plan(rounds=3, batch=10_000, warmup=0), timer)
    assert "".join(order).endswith("abcbcacab")


def test_the_collector_is_off_while_timing_and_as_before_afterwards():
    """No garbage collection falls into a batch; the setting of the process is restored."""
    import gc

    timer, states = FakeTimer(), set()

    def job():
        states.add(gc.isenabled())
        timer.now += 1_000

    sample(case_of(job, job), SHORT, timer)
    assert states == {False}
    assert gc.isenabled()


def test_what_surrounds_a_case_surrounds_the_timing():
    """`around` is entered before the first batch and left after the last."""
    from contextlib import contextmanager

    timer, story = FakeTimer(), []

    @contextmanager
    def around():
        story.append("in")
        yield
        story.append("out")

    def job():
        story.append("job")
        timer.now += 1_000

    sample(case_of(job, job, around=around), SHORT, timer)
    assert story[0] == "in"
    assert story[-1] == "out"
    assert set(story[1:-1]) == {"job"}


def test_median_and_range():
    """The range is that of the middle 80 %, interpolated."""
    assert spread_of([float(value) for value in range(11)]) == Spread(5.0, 1.0, 9.0)
    assert spread_of([1.0, 2.0]) == Spread(1.5, 1.1, 1.9)
    assert spread_of([3.0]) == Spread(3.0, 3.0, 3.0)


def test_the_ratio_is_of_the_same_round():
    """A slow round slows both columns and leaves the ratio alone; the limit's time is its own median."""
    rounds = [[100.0, 110.0, 300.0], [1000.0, 1100.0, 3000.0], [200.0, 220.0, 600.0]]
    row = judge(case_of(returns(1), returns(1), returns(1), gate=1.3), SHORT, sampler_of(rounds))
    assert row.value.median == pytest.approx(1.1)
    assert row.value.high - row.value.low == pytest.approx(0)
    assert row.peers[0].value.median == pytest.approx(3)
    assert row.limit == 200
    assert row.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("median", "gate", "verdict"),
    [
        (1.29, 1.3, Verdict.PASS),
        (1.3, 1.3, Verdict.PASS),
        (1.31, 1.3, Verdict.FAIL),
        (9.0, None, Verdict.INFO),
    ],
)
def test_gate(median, gate, verdict):
    """A median at its gate passes, one above it fails; without a gate a row only informs."""
    assert verdict_on(median, gate) is verdict


def test_a_row_within_its_gate_is_measured_once():
    """Nothing is measured twice to look better."""
    sampler = sampler_of([[100.0, 120.0]] * 3)
    row = judge(case_of(returns(1), returns(1), gate=1.3), SHORT, sampler)
    assert (row.verdict, row.first, row.rounds) == (Verdict.PASS, None, 3)


@pytest.mark.parametrize(("second", "verdict"), [(120.0, Verdict.PASS), (140.0, Verdict.FAIL)])
def test_a_row_over_its_gate_is_measured_again_and_longer(second, verdict):
    """The longer run has the last word, whatever it says, and the first figure stays visible."""
    sampler = sampler_of([[100.0, 150.0]] * 3, [[100.0, second]] * 9)
    row = judge(case_of(returns(1), returns(1), gate=1.3), SHORT, sampler)
    assert (row.verdict, row.first, row.rounds) == (verdict, 1.5, 9)
    assert [plan.rounds for plan in sampler.plans] == [3, 9]


def test_columns_that_do_another_job_are_refused():
    """A row whose errcore column has another outcome than the limit is not timed, and says where they differ."""
    row = judge(case_of(returns({"status": 404}), returns({"status": 500}), gate=1.3), SHORT, sampler_of())
    assert row.verdict is Verdict.REFUSED
    assert row.why == "a job: errcore is not equal to the limit: outcome['status'] is 500, not 404"


def test_a_peer_that_does_another_job_has_to_say_so():
    """An unequal peer is refused, unless it names what it leaves out; then it is shown with these words."""
    with pytest.raises(UnequalJobsError, match="peer 0 is not equal"):
        check(case_of(returns(1), returns(1), returns(2)))
    peer = Column("peer", returns(2), differs="no log line")
    case = Case("a job", Column("limit", returns(1)), Column("errcore", returns(1)), peers=(peer,))
    check(case)
    row = judge(case, SHORT, sampler_of([[1.0, 1.0, 2.0]]))
    assert "(no log line)" in "\n".join(report.lines_of(row))


@pytest.mark.parametrize("guilty", ["limit", "ours"])
def test_neither_the_limit_nor_errcore_may_leave_something_out(guilty):
    """The exception is for peers alone: a gate compares equal jobs or nothing."""
    case = attrs.evolve(
        case_of(returns(1), returns(1)), **{guilty: Column(guilty, returns(1), differs="no log line")}
    )
    with pytest.raises(UnequalJobsError, match="only a peer"):
        check(case)


def test_awaited_and_plain_columns_are_not_compared():
    """A coroutine function beside a plain one is refused: the event loop would be half of the ratio."""
    with pytest.raises(UnequalJobsError, match="not awaited like the limit"):
        check(case_of(FakeTimer().async_job(1), returns("done")))


def test_outcomes_may_be_told_apart_from_what_is_timed():
    """`outcome` is what is compared where it is given, awaited if need be."""

    async def seen():
        return b"{}"

    timer = FakeTimer()
    case = Case(
        "a job",
        Column("limit", timer.async_job(1, "x"), outcome=seen),
        Column("errcore", timer.async_job(1, "y"), outcome=seen),
    )
    check(case)
    assert timer.now == 0


@pytest.mark.parametrize(
    ("expected", "found", "text"),
    [
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}, ""),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "outcome['a'][1]['b'] is 3, not 2"),
        ({"a": 1}, {"b": 1}, "outcome lacks ['a'] and has ['b'] besides"),
        ([1, 2], [1], "outcome has 1 entries, not 2"),
        (1, True, "outcome is True, not 1"),
        (b"a", b"b", "outcome is b'b', not b'a'"),
    ],
)
def test_differences_are_named_by_their_place(expected, found, text):
    """The first difference is said with the way to it; values of another type differ even if they compare equal."""
    assert difference(expected, found) == text


def test_imports_are_differences_from_bare_python():
    """The figures of an import are medians of differences to a bare process of the same round; the wall time informs."""
    costs = {"pass": Cost(10, 12, 8), "import x": Cost(50, 90, 14), "import y": Cost(30, 40, 9)}
    case = ImportCase("x", "import x", milliseconds=60, megabytes=5, peers=(("y", "import y"),))
    time, wall, memory = judge_imports(case, SHORT, costs.__getitem__)
    assert (time.name, time.value.median, time.limit, time.verdict) == ("x, time", 40, 10, Verdict.PASS)
    assert (memory.name, memory.value.median, memory.limit, memory.verdict) == (
        "x, memory",
        6,
        8,
        Verdict.FAIL,
    )
    assert (wall.name, wall.value.median, wall.verdict) == ("x, wall", 78, Verdict.INFO)
    assert (time.peers[0].value.median, memory.peers[0].value.median) == (20, 1)
    assert (memory.rounds, memory.first) == (9, 6)


def run(tmp_path, rows, *arguments):
    """Run the command line over prepared rows; its exit code and its JSON."""
    path = tmp_path / "figures.json"
    code = cli.main(
        [*arguments, "--json", str(path)], {name: lambda row=row: row for name, row in rows.items()}
    )
    return code, json.loads(path.read_text()) if path.exists() else None


@pytest.fixture
def prepared(monkeypatch):
    """Cases that are rows already: the command line is tested without a clock."""
    monkeypatch.setattr(cli, "judge", lambda row, plan: attrs.evolve(row, rounds=plan.rounds))
    return {
        "good": Row("good", limit=50.0, value=Spread(1.1, 1.0, 1.2), gate=1.3, verdict=Verdict.PASS),
        "bad": Row("bad", limit=50.0, value=Spread(1.4, 1.3, 1.5), gate=1.3, verdict=Verdict.FAIL, first=1.5),
        "unequal": Row("unequal", verdict=Verdict.REFUSED, why="unequal: outcome is 2, not 1"),
    }


def test_figures_as_json(tmp_path, prepared):
    """`--json` writes every row with its figures, and what they were measured on."""
    code, document = run(tmp_path, prepared)
    assert code == 1
    assert {"python", "implementation", "machine", "cpus", "rows"} == document.keys()
    assert [row["verdict"] for row in document["rows"]] == ["pass", "FAIL", "REFUSED"]
    assert document["rows"][0] == {
        "name": "good",
        "unit": "x",
        "limit": 50.0,
        "value": {"median": 1.1, "low": 1.0, "high": 1.2},
        "gate": 1.3,
        "verdict": "pass",
        "rounds": FULL.rounds,
        "peers": [],
        "first": None,
        "why": "",
    }


def test_exit_code_and_choice_of_rows(tmp_path, prepared, capsys):
    """0 if every chosen row holds, 1 if one fails or is refused, 2 if nothing is named like that."""
    assert run(tmp_path, prepared, "--only", "goo")[0] == 0
    assert run(tmp_path, prepared, "--only", "bad")[0] == 1
    assert run(tmp_path, prepared, "--only", "unequal")[0] == 1
    assert "REFUSED: unequal: outcome is 2, not 1" in capsys.readouterr().out
    assert cli.main(["--only", "nothing"], {}) == 2
    assert "No row is named like nothing" in capsys.readouterr().err


def test_quick_is_shorter(tmp_path, prepared):
    """`--quick` takes the shorter plan."""
    _, document = run(tmp_path, {"good": prepared["good"]}, "--quick")
    assert document["rows"][0]["rounds"] == QUICK.rounds
    assert QUICK.rounds * QUICK.batch < FULL.rounds * FULL.batch


def test_list_of_rows(capsys):
    """`--list` names the rows and measures nothing."""
    assert cli.main(["--list"]) == 0
    assert capsys.readouterr().out.split("\n")[:-1] == list(ROWS)


def test_table_shows_a_second_look(prepared):
    """A row that was measured again says so, with the first figure."""
    lines = "\n".join(report.lines_of(attrs.evolve(prepared["bad"], rounds=9)))
    assert "1.40x" in lines
    assert "measured again over 9 rounds, because it was 1.50x at first" in lines


def test_figures_have_their_unit(prepared):
    """A difference is shown with its sign and its unit, a ratio with an x."""
    memory = Row("import x, memory", "MB", 8.0, Spread(6.0, 5.5, 6.5), 10, Verdict.PASS)
    assert "+6.0 MB" in next(iter(report.lines_of(memory)))
    assert "1.10x" in next(iter(report.lines_of(prepared["good"])))


def test_verdicts_that_fail_a_run():
    """Only a missed gate and a refusal are bad."""
    assert [verdict for verdict in verdicts.Verdict if verdict.bad] == [Verdict.FAIL, Verdict.REFUSED]


def test_a_known_miss_does_not_stop_a_build_until_it_grows(monkeypatch):
    """A failed row within its ceiling is shown as missed, with the reason; beyond it, it fails like any other."""
    monkeypatch.setitem(KNOWN_MISSES, "slow", Miss(2.0, "the law of the land"))
    within = Row("slow", value=Spread(1.9, 1.8, 2.1), gate=1.1, verdict=Verdict.FAIL)

    missed = excused(within)

    assert missed.verdict is Verdict.MISSED
    assert not missed.verdict.bad
    assert "    a known miss: the law of the land" in report.lines_of(missed)
    assert excused(attrs.evolve(within, value=Spread(2.1, 2.0, 2.2))).verdict is Verdict.FAIL
    assert excused(attrs.evolve(within, name="other")).verdict is Verdict.FAIL
    assert excused(attrs.evolve(within, verdict=Verdict.PASS)).verdict is Verdict.PASS


def test_every_known_miss_names_a_row():
    """A miss for a row that does not exist would excuse nobody, and mislead its reader."""
    names = {*ROWS, *(f"{name}{what}, time" for name in ROWS for what in ("", " errcore"))}

    assert set(KNOWN_MISSES) <= names
