# SPDX-License-Identifier: MIT
"""Laws of the board, whatever probes, checks and clocks do: searched by Hypothesis, with the machine as the runner.

A check never runs twice at once, nor more than once in its TTL; what has used up its time has failed; readiness is what
a plain model says it is.
"""

from __future__ import annotations

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from errcore import clock
from errcore.mishaps import Mishaps
from errcore.monitor.health.board import Board
from errcore.monitor.health.declaring import check_of
from errcore.monitor.health.findings import read
from errcore.monitor.health.status import Status, worst
from errcore.monitor.health.summing_up import Seen, gate
from errcore.testing import FakeClock

TTL, TIMEOUT, RECHECK = 5.0, 1.0, 60.0
NAMES = ("gating", "other")


@attrs.define
class Expected:
    """What the model knows of a check."""

    asked: float | None = None
    begun: float | None = None
    known: Status | None = None
    running: bool = False
    overdue: bool = False
    marked_until: float | None = None


class HealthMachine(RuleBasedStateMachine):
    """One board, two checks, and a plain model of them."""

    def __init__(self) -> None:
        super().__init__()
        self.time = FakeClock()
        self.board = Board(RECHECK)
        for name in NAMES:
            self.board.add_check(
                check_of(name, print, timeout=TIMEOUT, ttl=TTL, gates_readiness=name == "gating")
            )
        self.model = {name: Expected() for name in NAMES}
        self.queued: list = []
        self.begun: list = []

    @rule()
    def probe(self) -> None:
        """What is due is handed out, once."""
        with clock.using(self.time):
            self.board.settle()
            runs = self.board.claim()
        for run in runs:
            model = self.model[run.check.name]
            assert not model.running
            assert model.begun is None or self.time.monotonic() - model.begun >= TTL
            model.running = True
            model.asked = self.time.monotonic() if model.asked is None else model.asked
        due = [
            name
            for name, model in self.model.items()
            if not model.running and (model.begun is None or self.time.monotonic() - model.begun >= TTL)
        ]
        assert due == []
        self.queued += runs

    @precondition(lambda self: self.queued)
    @rule(data=st.data())
    def begin(self, data) -> None:
        """A thread has come to it."""
        run = self.queued.pop(data.draw(st.integers(0, len(self.queued) - 1)))
        with clock.using(self.time):
            assert self.board.begin(run)
        self.model[run.check.name].begun = self.time.monotonic()
        self.begun.append(run)

    @precondition(lambda self: self.begun)
    @rule(data=st.data(), result=st.sampled_from([True, False, Status.WARN]))
    def end(self, data, result) -> None:
        """It has an answer, which counts if it is in time."""
        run = self.begun.pop(data.draw(st.integers(0, len(self.begun) - 1)))
        model, now = self.model[run.check.name], self.time.monotonic()
        with clock.using(self.time):
            self.board.record(run, read(result, Mishaps()))
            self.board.record(run, read(not result, Mishaps()))  # twice is once
        late = now - model.begun >= TIMEOUT
        model.known = Status.FAIL if late else read(result, Mishaps()).status
        model.running = model.overdue = False
        model.asked = None
        if model.marked_until is not None and model.begun >= model.marked_until:
            model.marked_until = now + RECHECK if model.known is Status.FAIL else None

    @precondition(lambda self: self.queued or self.begun)
    @rule()
    def lose(self) -> None:
        """The loop in which it ran has gone."""
        run = (self.begun or self.queued).pop()
        with clock.using(self.time):
            self.board.drop(run)
        self.model[run.check.name].running = False

    @rule(seconds=st.sampled_from([0.25, 1.0, 5.0, 60.0]))
    def advance(self, seconds) -> None:
        """Time passes, and somebody looks."""
        self.time.advance(seconds)
        now = self.time.monotonic()
        with clock.using(self.time):
            self.board.settle()
        for run in self.begun:
            model = self.model[run.check.name]
            if now - model.begun >= TIMEOUT:
                model.known = Status.FAIL
                model.asked = None
                if model.marked_until is not None and model.begun >= model.marked_until:
                    model.marked_until = now + RECHECK

    @rule(name=st.sampled_from(NAMES), marked=st.booleans())
    def mark(self, name, marked) -> None:
        """The application has seen it in trouble, or well."""
        model = self.model[name]
        with clock.using(self.time):
            change = self.board.mark(name) if marked else self.board.unmark(name)
        assert (change is None) is (marked is (model.marked_until is not None))
        if marked is (model.marked_until is None):
            model.marked_until = self.time.monotonic() + RECHECK if marked else None

    @rule()
    def fork(self) -> None:
        """A child knows what is marked, and nothing of what was found."""
        self.board.renew()
        for model in self.model.values():
            model.asked, model.begun, model.known, model.running = None, None, None, False
        self.queued, self.begun = [], []

    @invariant()
    def readiness_is_as_marked(self) -> None:
        """Only the gating check decides; a starved one is no better than a warning, one without answers fails."""
        with clock.using(self.time):
            ready = gate(self.board, Seen(), draining=False)
            starved = self.board.watched["gating"].is_starved(self.time.monotonic())
        known, asked = self.model["gating"].known, self.model["gating"].asked
        if known is None:
            assert (ready.status, ready.note) == (Status.FAIL, "starting")
        elif asked is not None and self.time.monotonic() - asked > 3 * (TTL + TIMEOUT):
            assert (ready.status, ready.note) == (Status.FAIL, None)
        else:
            assert ready.status is worst([known, Status.WARN if starved else Status.PASS])

    @invariant()
    def marks_are_as_modelled(self) -> None:
        """No mark is lost, and none stays that a good check has taken away."""
        marked = {name for name, model in self.model.items() if model.marked_until is not None}
        assert set(self.board.marks) == marked


HealthMachine.TestCase.settings = settings(stateful_step_count=40)


class TestHealthMachine(HealthMachine.TestCase):
    """The machine as a test."""
