# SPDX-License-Identifier: MIT
"""What users still get while a dependency is in trouble: features, what they need, and what to say meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.monitor.health.answers import FeatureState
from errcore.monitor.health.declaring import answer_of, is_name
from errcore.monitor.health.summing_up import because

if TYPE_CHECKING:
    from errcore.mishaps import Mishaps
    from errcore.monitor.health.board import Board
    from errcore.monitor.health.summing_up import Surroundings

__all__ = ["Features"]

_ANSWER = "Some of our services are unavailable at the moment. Please try again later."


class Features:
    """The features of one `Health`. Whoever asks how one is makes it known if that has changed.

    Args:
        board: What is known.
        surroundings: Who knows of breakers.
        answer: What to say of a feature without an answer of its own.
        mishaps: Where marks that cannot be set are noted.

    Raises:
        errcore.ConfigurationError: If that is no text.
    """

    def __init__(
        self, board: Board, surroundings: Surroundings, answer: str | None, mishaps: Mishaps
    ) -> None:
        self._board = board
        self._surroundings = surroundings
        self._mishaps = mishaps
        self._answer = answer_of("Health", answer) or _ANSWER

    def mark(self, dependency: str, *, degraded: bool) -> None:
        """Mark a dependency as being in trouble, or take the mark away; what cannot be marked is counted."""
        if not is_name(dependency):
            self._mishaps.note("marking a dependency, whose name was none", ValueError())
            return
        board = self._board
        try:
            board.tell([board.mark(dependency) if degraded else board.unmark(dependency)])
        except OverflowError as problem:
            self._mishaps.note("marking a dependency, since there are too many marks", problem)
            return
        self.states()

    def states(self) -> dict[str, FeatureState]:
        """How each declared feature is."""
        declared = list(self._board.features)
        refusing = self._surroundings.refusing() if declared else frozenset[str]()
        return {name: self._state(name, refusing) for name in declared}

    def is_degraded(self, feature: str) -> bool:
        """How one is, declared or not."""
        return is_name(feature) and self._state(feature, self._surroundings.refusing()).degraded

    def answer_for(self, feature: str) -> str:
        """What to say of one."""
        declared = self._board.features.get(feature) if is_name(feature) else None
        return (None if declared is None else declared.answer) or self._answer

    def _state(self, name: str, refusing: frozenset[str]) -> FeatureState:
        causes = because(self._board, name, refusing)
        if name in self._board.features:
            self._board.tell([self._board.note_feature(name, degraded=bool(causes))])
        return FeatureState(name, bool(causes), causes, self.answer_for(name))
