# SPDX-License-Identifier: MIT
"""What is simulated: one dependency, a fleet of processes that call it, and what goes wrong."""

from __future__ import annotations

import attrs

__all__ = ["NEVER", "Failure", "Scenario"]

NEVER = 1e9
"""Seconds: the begin of a spell that does not come."""


@attrs.frozen
class Failure:
    """What a client hears of an attempt that failed.

    Attributes:
        kind: "timed out", "error" (the dependency worked and answered with an error), "refused" (there was no
            connection) or "overloaded" (a 503).
        retry_after: Seconds, from the header of the answer.
    """

    kind: str
    retry_after: float | None = None


@attrs.frozen
class Scenario:
    """What is simulated.

    Attributes:
        clients: Processes that share the load evenly.
        rate: Calls a second of all of them together.
        servers: How many requests are served at once, over all shards.
        service: Seconds of one request on average, spread by half of it.
        patience: Seconds after which a client gives up on an attempt.
        slow_from: When the spell begins, in seconds.
        slow_to: When it ends.
        slowness: How many times as long a request takes in it.
        down: Whether everything is refused in it, with a 503, instead of being slow.
        until: When the last call begins. What has begun is followed to its end.
        failing: The share of requests that fail, at any time.
        failing_slowly: Whether those are lost on the way and time out; else they are served, and answered with an error.
        history: Seconds of healthy traffic before 0; the clients are born where it begins.
        busier: How many times as much traffic there was until 150 seconds before 0.
        attempts: Attempts of one call, where an arm has no number of its own.
        replaced_at: When every process is replaced by a new one.
        one_shot: Whether each call is made by a process of its own.
        shards: How many parts the dependency has, each with a queue and its share of the servers.
        keys: How many values the `key=` of a policy has; as many as shards, if there are fewer.
        dead: Whether the first shard "hangs" or "refuses", from `slow_from` to the end.
        queue: How many requests may wait; further ones are refused with a 503.
        plainly: Whether the clients cannot tell that 503 from any other error.
        retry_after: Seconds that a 503 asks for.
        until_well: Whether it asks for the seconds to the end of the spell instead.
    """

    clients: int = 50
    rate: float = 80.0
    servers: int = 4
    service: float = 0.04
    patience: float = 1.0
    slow_from: float = 30.0
    slow_to: float = 45.0
    slowness: float = 5.0
    down: bool = False
    until: float = 195.0
    failing: float = 0.0
    failing_slowly: bool = False
    history: float = 0.0
    busier: float = 1.0
    attempts: int = 3
    replaced_at: float | None = None
    one_shot: bool = False
    shards: int = 1
    keys: int = 1
    dead: str | None = None
    queue: int | None = None
    plainly: bool = False
    retry_after: float | None = None
    until_well: bool = False
