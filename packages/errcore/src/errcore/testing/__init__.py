# SPDX-License-Identifier: MIT
"""What errcore is tested with, and what you test your own service with.

`assert_envelope`, `assert_problem_details` and `assert_no_secret` look at answers, whichever client they came through;
`Records` has the errors that were reported meanwhile, `RecordedEvents` what policies and breakers did. `FakeClock`
replaces time and chance; `policies` switches guarded calls off, or their waits; `Chaos` breaks calls on purpose, and
`BreakerMachine` looks for what your breaker does unexpectedly. `errcore.testing.asgi`, `errcore.testing.wsgi` and
`errcore.testing.wire` talk to an application in this process or behind a socket; `errcore.testing.conformance` is the
table that every web adapter must pass.

`validator_laws` and `check_laws` test a validator of yours with documents that are made of its declaration: `valid_for`,
`invalid_for` (each a `Broken`), `boundaries_for` (each a `Boundary`), `anything_for`. A law that does not hold raises
`LawBroken`.

Nothing here needs pytest, and only `BreakerMachine` and the laws need Hypothesis; for pytest there are the fixtures `errcore_clock`, `errcore_events` and `errcore_reports`.

Public names: `Boundary`, `BreakerMachine`, `Broken`, `Chaos`, `FakeClock`, `LawBroken`, `RecordedEvents`, `Records`,
`anything_for`, `assert_envelope`, `assert_no_secret`, `assert_problem_details`, `boundaries_for`, `check_laws`,
`invalid_for`, `policies`, `valid_for`, `validator_laws`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.lazily import fetching

if TYPE_CHECKING:
    from errcore.policies.chaos import Chaos
    from errcore.testing.assertions import assert_envelope, assert_no_secret, assert_problem_details
    from errcore.testing.breaker_machine import BreakerMachine
    from errcore.testing.clock import FakeClock
    from errcore.testing.policy_mode import policies
    from errcore.testing.recorded_events import RecordedEvents
    from errcore.testing.records import Records
    from errcore.testing.validators.anything import anything_for
    from errcore.testing.validators.boundaries import boundaries_for
    from errcore.testing.validators.broken import invalid_for
    from errcore.testing.validators.law import LawBroken
    from errcore.testing.validators.laws import check_laws, validator_laws
    from errcore.testing.validators.marked import Boundary, Broken
    from errcore.testing.validators.valid import valid_for

__all__ = [
    "Boundary",
    "BreakerMachine",
    "Broken",
    "Chaos",
    "FakeClock",
    "LawBroken",
    "RecordedEvents",
    "Records",
    "anything_for",
    "assert_envelope",
    "assert_no_secret",
    "assert_problem_details",
    "boundaries_for",
    "check_laws",
    "invalid_for",
    "policies",
    "valid_for",
    "validator_laws",
]

_HOME = {
    "Boundary": "validators.marked",
    "BreakerMachine": "breaker_machine",
    "Broken": "validators.marked",
    "Chaos": "errcore.policies.chaos",
    "FakeClock": "clock",
    "LawBroken": "validators.law",
    "RecordedEvents": "recorded_events",
    "Records": "records",
    "anything_for": "validators.anything",
    "assert_envelope": "assertions",
    "assert_no_secret": "assertions",
    "assert_problem_details": "assertions",
    "boundaries_for": "validators.boundaries",
    "check_laws": "validators.laws",
    "invalid_for": "validators.broken",
    "policies": "policy_mode",
    "valid_for": "validators.valid",
    "validator_laws": "validators.laws",
}

if not TYPE_CHECKING:  # checkers have the imports above, and refuse what is not among them
    __getattr__, __dir__ = fetching(__name__, _HOME)
