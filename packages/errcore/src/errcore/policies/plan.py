# SPDX-License-Identifier: MIT
"""What a policy says, ready to be used: settings that were checked, strategies that were made. Frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.errors.kinds import Cost

if TYPE_CHECKING:
    from errcore.errors.classification import Classification
    from errcore.policies._tenacity import Strategies
    from errcore.policies.chaos import Chaos
    from errcore.policies.fallback import Fallback
    from errcore.policies.matching import Matcher
    from errcore.policies.timeout import Timeout

__all__ = ["Plan"]

_MOST = 0.8  # of the attempt's timeout: a failure that took that long was slow, whatever it says


@attrs.frozen
class Plan:
    """What a policy, or a variant of it, says about a call.

    Attributes:
        strategies: How to try again; None for never.
        matches: Which failures are tried again, where that is not left to the verdict.
        idempotent: Whether a call may be repeated although it may have been carried out.
        timeout: How long it may take.
        fallback: What answers in its place.
        chaos: What goes wrong on purpose.
        is_plain: Whether a call that works needs nothing beyond what the shared state asks for.
        is_timed: Whether a strategy may ask when a call began; then the happy path notes it.
    """

    strategies: Strategies | None = None
    matches: Matcher | None = None
    idempotent: bool = True
    timeout: Timeout | None = None
    fallback: Fallback | None = None
    chaos: Chaos | None = None

    is_plain: bool = attrs.field(
        init=False,
        default=attrs.Factory(lambda own: own.timeout is None and own.chaos is None, takes_self=True),
    )
    is_timed: bool = attrs.field(
        init=False,
        default=attrs.Factory(
            lambda own: own.strategies is not None and own.strategies.is_timed, takes_self=True
        ),
    )

    def is_meant(self, exc: Exception, verdict: Classification) -> bool:
        """Whether `on=` names this failure. A function of the user's that fails means no."""
        try:
            return self.matches is not None and self.matches(exc, verdict)
        except Exception:  # noqa: BLE001 - the failure of the call is what counts
            return False

    def cost_of(self, verdict: Classification, seconds: float) -> Cost:
        """What a failure cost the dependency.

        Args:
            verdict: The verdict on it.
            seconds: How long the attempt has taken.
        """
        limit = None if self.timeout is None else self.timeout.attempt
        return Cost.SLOW if limit is not None and seconds >= _MOST * limit else verdict.cost
