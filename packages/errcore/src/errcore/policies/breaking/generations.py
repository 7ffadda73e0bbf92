# SPDX-License-Identifier: MIT
"""Which time of a breaker a call belongs to: what it reads when it begins, and shows when it has ended."""

from __future__ import annotations

import math

__all__ = ["Generation"]


class Generation:
    """The time between two changes of state of a breaker.

    Whether it lets calls through never changes, so whoever has read one knows what it said, however the breaker goes
    on. It is the token of a call that a closed breaker let in.

    Args:
        state: closed, open, half_open or isolated.
        until: Up to when nobody is let in, on the monotonic clock.

    Attributes:
        state: closed, open, half_open or isolated.
        alert: Whether it does anything else than let calls through.
        until: Up to when nobody is let in.
        oks: Successes that were not dated yet. Added to without a lock: one that is lost in a race is one success less
            among many.
        group: How many of them to gather before they are dated.
    """

    __slots__ = ("alert", "group", "oks", "state", "until")

    def __init__(self, state: str = "closed", until: float = -math.inf) -> None:
        self.state: str = state
        self.alert: bool = state != "closed"
        self.until: float = until
        self.oks: int = 0
        self.group: int = 1
