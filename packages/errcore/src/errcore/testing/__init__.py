# SPDX-License-Identifier: MIT
"""What errcore is tested with, and what you test your own service with.

`FakeClock` replaces time and chance; `errcore.testing.asgi`, `errcore.testing.wsgi` and `errcore.testing.wire` talk to an
application in this process or behind a socket; `errcore.testing.conformance` is the table that every web adapter must
pass. Nothing here needs pytest or Hypothesis to be imported.

Public names: `FakeClock`.
"""

from __future__ import annotations

from errcore.testing.clock import FakeClock

__all__ = ["FakeClock"]
