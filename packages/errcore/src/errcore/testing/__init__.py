# SPDX-License-Identifier: MIT
"""What errcore is tested with, and what you test your own service with.

`FakeClock` replaces time and chance; `policies` switches guarded calls off, or their waits; `Chaos` breaks calls on
purpose, and `BreakerMachine` looks for what your breaker does unexpectedly. `errcore.testing.asgi`,
`errcore.testing.wsgi` and `errcore.testing.wire` talk to an application in this process or behind a socket;
`errcore.testing.conformance` is the table that every web adapter must pass. Nothing here needs pytest, and only
`BreakerMachine` needs Hypothesis.

Public names: `BreakerMachine`, `Chaos`, `FakeClock`, `policies`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.policies.chaos import Chaos
from errcore.testing.clock import FakeClock
from errcore.testing.policy_mode import policies

if TYPE_CHECKING:
    from errcore.testing.breaker_machine import BreakerMachine

__all__ = ["BreakerMachine", "Chaos", "FakeClock", "policies"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name != "BreakerMachine":
            raise AttributeError(f"module 'errcore.testing' has no attribute {name!r}", name=name)
        from errcore.testing.breaker_machine import BreakerMachine

        globals()[name] = BreakerMachine
        return BreakerMachine


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
