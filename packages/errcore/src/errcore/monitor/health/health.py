# SPDX-License-Identifier: MIT
"""`Health`: what is declared, and what is asked. The answer is what is known: nobody waits; what is due is begun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from errcore.jsonsafe import one_line
from errcore.mishaps import Mishaps
from errcore.monitor.health.answers import Detail, FeatureState, ProbeAnswer
from errcore.monitor.health.board import Board
from errcore.monitor.health.declaring import check_of, feature_of, seconds
from errcore.monitor.health.features import Features
from errcore.monitor.health.loops import running_loop
from errcore.monitor.health.running import Runner, wait_for
from errcore.monitor.health.status import Status
from errcore.monitor.health.summing_up import Surroundings, components, gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from errcore.monitor.health.watching import Run

__all__ = ["Health"]

F = TypeVar("F", bound="Callable[[], Any]")


class Health:
    """The health of one service.

    Args:
        service: Its name, for `detail`.
        release: Which release of it runs, for `detail`.
        breakers: Gives the state of each breaker by the name of its policy, or by key where there is one for each key:
            `errcore.policies.states`. It must not wait.
        store_is_well: Says whether the store of the monitor takes what it is given. It must not wait.
        breakers_gate_readiness: Whether the service takes no traffic while a breaker is open. That hides an outage of one
            dependency behind an outage of everything, so it is off.
        background: Whether checks run behind those who ask. Without it, who asks waits for what is due, as tests like it;
            in an event loop for plain functions only.
        recheck: Seconds after which a dependency that was marked is believed to be well again if its check says so.
        answer: What to tell users while a feature without an answer of its own is degraded; a general sentence where None.

    Raises:
        errcore.ConfigurationError: If a setting makes no sense.

    >>> health = Health()
    >>> @health.check("database", gates_readiness=True)
    ... def ask_database():
    ...     return True
    >>> health.refresh()
    >>> health.ready().status
    <Status.PASS: 'pass'>
    """

    def __init__(
        self,
        *,
        service: str | None = None,
        release: str | None = None,
        breakers: Callable[[], Mapping[str, str | Mapping[str, str]]] | None = None,
        store_is_well: Callable[[], bool] | None = None,
        breakers_gate_readiness: bool = False,
        background: bool = True,
        recheck: float = 300.0,
        answer: str | None = None,
    ) -> None:
        self.service: str | None = None if service is None else one_line(service, 200)
        self.release: str | None = None if release is None else one_line(release, 200)
        self._mishaps = Mishaps()
        self._surroundings = Surroundings(
            breakers, store_is_well, self._mishaps, breakers_gate_readiness=breakers_gate_readiness
        )
        self._board = Board(seconds("Health", "recheck", recheck))
        self._runner = Runner(self._board, self._mishaps)
        self._features = Features(self._board, self._surroundings, answer, self._mishaps)
        self._background = background
        self._draining = False

    # --- what is declared

    @overload
    def check(
        self,
        name: str,
        function: None = None,
        *,
        timeout: float = 1.0,
        ttl: float = 5.0,
        gates_readiness: bool = False,
    ) -> Callable[[F], F]: ...
    @overload
    def check(
        self,
        name: str,
        function: F,
        *,
        timeout: float = 1.0,
        ttl: float = 5.0,
        gates_readiness: bool = False,
    ) -> F: ...
    def check(
        self,
        name: str,
        function: F | None = None,
        *,
        timeout: float = 1.0,
        ttl: float = 5.0,
        gates_readiness: bool = False,
    ) -> F | Callable[[F], F]:
        """Declare how to ask whether a dependency is well: called with a function, or as a decorator.

        The function is well if it returns None or True, and not if it raises or returns False; a `Status` says it
        exactly. A plain function runs in a thread, a coroutine function in the application's event loop.

        Args:
            name: Of the dependency.
            function: What asks it, without arguments.
            timeout: Seconds that it may take.
            ttl: Seconds for which its result is good: it runs at most once in them, however many probes come.
            gates_readiness: Whether the service takes no traffic while it fails. Only for what nothing works without.

        Raises:
            errcore.ConfigurationError: If another function has that name, or a setting makes no sense.
        """

        def declare(function: F) -> F:
            made = check_of(name, function, timeout=timeout, ttl=ttl, gates_readiness=gates_readiness)
            self._board.add_check(made)
            return function

        return declare if function is None else declare(function)

    def feature(self, name: str, needs: Iterable[str], *, answer: str | None = None) -> None:
        """Declare what a feature cannot do without.

        Args:
            name: Of the feature.
            needs: Names of checks, of policies with a breaker, or of dependencies that are marked by `degrade`.
            answer: What to tell users while it is degraded; without one, the general answer.

        Raises:
            errcore.ConfigurationError: If it is declared already, in other words, or makes no sense.

        >>> health = Health()
        >>> health.feature(
        ...     "search", needs=["search_api"], answer="Search is down. Shall I connect you with a person?"
        ... )
        >>> health.degrade("search_api")
        >>> health.is_degraded("search"), health.answer_for("search")
        (True, 'Search is down. Shall I connect you with a person?')
        """
        self._board.add_feature(feature_of(name, needs, answer))

    # --- what the application sees

    def degrade(self, dependency: str) -> None:
        """Mark a dependency, or a feature, as being in trouble. Never raises an Exception.

        After `recheck` seconds the check of that name may take the mark away, once somebody asks; without such a check
        `recover` does. What is no name, or one mark too many, is ignored and counted.
        """
        self._features.mark(dependency, degraded=True)

    def recover(self, dependency: str) -> None:
        """Take the mark away. Never raises an Exception."""
        self._features.mark(dependency, degraded=False)

    # --- what is asked

    def live(self) -> ProbeAnswer:
        """Whether the process lives, which it does if it answers. No dependency has a say: a restart would not mend it."""
        return ProbeAnswer(Status.PASS, "shutting down" if self._draining else None)

    def ready(self) -> ProbeAnswer:
        """Whether the service should get traffic: started, not shutting down, and no check that gates readiness fails.

        An open breaker, or a store that takes nothing, is a warning. Never waits, and never raises an Exception.
        """
        self._look()
        return gate(self._board, self._surroundings.read(), draining=self._draining)

    def detail(self) -> Detail:
        """Everything that is known, for those who may know it. Never waits, and never raises an Exception."""
        self._look()
        seen = self._surroundings.read()
        probe = gate(self._board, seen, draining=self._draining)
        several = components(self._board, seen)
        features = self.features()
        unwell = any(each.status is not Status.PASS for each in several) or any(
            state.degraded for state in features.values()
        )
        return Detail(
            status=Status.WARN if unwell and probe.status is Status.PASS else probe.status,
            note=probe.note,
            service=self.service,
            release=self.release,
            components=several,
            features=features,
            left_out=seen.left_out,
        )

    def is_degraded(self, feature: str) -> bool:
        """Whether something that a feature needs is in trouble. Never waits, and never raises an Exception.

        It is for the words that a user reads, not for the decision whether to call: an open breaker closes again by the
        calls that it lets through. Of a name that was not declared it says whether that itself is in trouble.
        """
        self._look()
        return self._features.is_degraded(feature)

    def answer_for(self, feature: str) -> str:
        """What to tell a user while a feature is degraded; the general answer for one without its own."""
        return self._features.answer_for(feature)

    def features(self) -> dict[str, FeatureState]:
        """How each declared feature is, and because of what. Never waits, and never raises an Exception."""
        self._look()
        return self._features.states()

    # --- what is done

    def start(self) -> None:
        """Begin the checks, and take traffic. For where the application has started; the first probe begins them, too.

        Called inside an event loop, it is the one in which coroutine functions run from then on.
        """
        self._draining = False
        loop = running_loop()
        if loop is not None:
            self._runner.loops.settle_in(loop)
            self._board.come_home()
        self._look()

    def drain(self) -> None:
        """Take no more traffic: the service is shutting down. `ready` fails from now on, `live` does not."""
        self._draining = True

    def refresh(self) -> None:
        """Run the checks that are due, and wait until they are done or their time is over.

        For tests, scripts, and before a service says that it is there. Where an event loop runs, use `arefresh`.

        Raises:
            RuntimeError: If an event loop runs in this thread, which would have to wait for itself.
        """
        if running_loop() is not None:
            raise RuntimeError(
                "Cannot refresh, because an event loop runs in this thread and would wait for itself; "
                "use `await health.arefresh()`."
            )
        self._look()
        self._wait(self._board.pending())

    async def arefresh(self) -> None:
        """Run the checks that are due, and wait until they are done or their time is over."""
        from asyncio import to_thread

        self._look()
        # In a thread, which can wait for both: for threads, and for what this loop does meanwhile.
        await to_thread(wait_for, self._board.pending())
        self._board.settle()

    def _look(self) -> None:
        try:
            self._board.settle()
            runs = self._board.claim()
            if runs:
                self._runner.begin(runs)
                if not self._background:
                    self._wait(runs)
        except Exception as problem:  # noqa: BLE001 - who asks how we are must get an answer
            self._mishaps.note("a look at the health checks", problem)

    def _wait(self, runs: list[Run]) -> None:
        # What this thread's own event loop has to do would wait for the one who waits for it.
        wait_for(runs, in_loops=running_loop() is None)
        self._board.settle()

    @property
    def failures(self) -> int:
        """How often a part of errcore failed here, or one that it was given; a check that fails is no such thing."""
        return self._mishaps.count

    def close(self) -> None:
        """Let go of the event loop that checks may have got. Closing twice is fine; questions are answered still."""
        self._runner.loops.close()
