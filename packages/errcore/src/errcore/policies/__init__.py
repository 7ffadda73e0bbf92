# SPDX-License-Identifier: MIT
"""How calls are guarded: retries with a budget, breakers, limits, bulkheads, timeouts, fallbacks, in one wrapper.

`policy(name, ...)` says once how a dependency is called, and guards functions and coroutine functions alike. What each
part does about a failure follows from the one verdict on it. Policies emit events on `errcore.events` and depend on no
other room; names are fetched when they are first asked for, and the engines load when the first policy is made.

Public names: `policy`, `Policy`, `Permit`; the parts `Retry`, `RetryBudget`, `Breaker`, `RateLimit`, `Bulkhead`, `Timeout`,
`Fallback`, `Chaos`; `get` and `states` find policies by name; `remaining`, `deadline`, `deadline_to_header` and
`deadline_from_header` are about time, `incoming_deadline` and `outgoing_headers` about time between processes, by
`DEADLINE_HEADER` and `ATTEMPT_HEADER`; `recovery`, `llm_policy` and `handle_errors` are ready-made; `settings_from` and
`settings_from_toml` read keywords from data; `Decision`, `Limiter` and `Limits` are for what comes in; the events are
`Attempted`, `Retried`, `GaveUp`, `Rejected`, `Transition`, `FellBack` and `Degraded`, with `GaveUpReason`, `RejectedBy` and
`DegradedPart`. `OutOfTimeError` and `ExpiredRequestError` are raised before anything starts, `StrayError` by
`handle_errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.lazily import fetching

if TYPE_CHECKING:
    from errcore.policies.breaking.breaker import Breaker
    from errcore.policies.budget import RetryBudget
    from errcore.policies.bulkhead import Bulkhead
    from errcore.policies.chaos import Chaos
    from errcore.policies.deadlines import (
        DEADLINE_HEADER,
        ExpiredRequestError,
        OutOfTimeError,
        deadline,
        deadline_from_header,
        deadline_to_header,
        incoming_deadline,
        remaining,
    )
    from errcore.policies.declare import policy
    from errcore.policies.fallback import Fallback
    from errcore.policies.guard import Policy
    from errcore.policies.happenings import (
        Attempted,
        Degraded,
        DegradedPart,
        FellBack,
        GaveUp,
        GaveUpReason,
        Rejected,
        RejectedBy,
        Retried,
        Transition,
    )
    from errcore.policies.limiting.keyed_limits import Limits
    from errcore.policies.limiting.limiter import Decision, Limiter
    from errcore.policies.limiting.rate_limit import RateLimit
    from errcore.policies.loading import settings_from, settings_from_toml
    from errcore.policies.outgoing import ATTEMPT_HEADER, outgoing_headers
    from errcore.policies.permit import Permit
    from errcore.policies.presets import StrayError, handle_errors, llm_policy, recovery
    from errcore.policies.registry import get, states
    from errcore.policies.retry import Retry
    from errcore.policies.timeout import Timeout

__all__ = [
    "ATTEMPT_HEADER",
    "DEADLINE_HEADER",
    "Attempted",
    "Breaker",
    "Bulkhead",
    "Chaos",
    "Decision",
    "Degraded",
    "DegradedPart",
    "ExpiredRequestError",
    "Fallback",
    "FellBack",
    "GaveUp",
    "GaveUpReason",
    "Limiter",
    "Limits",
    "OutOfTimeError",
    "Permit",
    "Policy",
    "RateLimit",
    "Rejected",
    "RejectedBy",
    "Retried",
    "Retry",
    "RetryBudget",
    "StrayError",
    "Timeout",
    "Transition",
    "deadline",
    "deadline_from_header",
    "deadline_to_header",
    "get",
    "handle_errors",
    "incoming_deadline",
    "llm_policy",
    "outgoing_headers",
    "policy",
    "recovery",
    "remaining",
    "settings_from",
    "settings_from_toml",
    "states",
]

_HOME = {
    "ATTEMPT_HEADER": "outgoing",
    "Attempted": "happenings",
    "Breaker": "breaking.breaker",
    "Bulkhead": "bulkhead",
    "RejectedBy": "happenings",
    "Chaos": "chaos",
    "DEADLINE_HEADER": "deadlines",
    "Decision": "limiting.limiter",
    "Degraded": "happenings",
    "DegradedPart": "happenings",
    "ExpiredRequestError": "deadlines",
    "OutOfTimeError": "deadlines",
    "Fallback": "fallback",
    "FellBack": "happenings",
    "GaveUp": "happenings",
    "Limiter": "limiting.limiter",
    "Limits": "limiting.keyed_limits",
    "Permit": "permit",
    "Policy": "guard",
    "RateLimit": "limiting.rate_limit",
    "GaveUpReason": "happenings",
    "Rejected": "happenings",
    "Retried": "happenings",
    "Retry": "retry",
    "RetryBudget": "budget",
    "StrayError": "presets",
    "Timeout": "timeout",
    "Transition": "happenings",
    "deadline": "deadlines",
    "deadline_from_header": "deadlines",
    "deadline_to_header": "deadlines",
    "get": "registry",
    "handle_errors": "presets",
    "incoming_deadline": "deadlines",
    "llm_policy": "presets",
    "outgoing_headers": "outgoing",
    "policy": "declare",
    "recovery": "presets",
    "remaining": "deadlines",
    "settings_from": "loading",
    "settings_from_toml": "loading",
    "states": "registry",
}
"""Where each name lives."""


if not TYPE_CHECKING:  # checkers have the imports above, and refuse what is not among them
    __getattr__, __dir__ = fetching(__name__, _HOME)
