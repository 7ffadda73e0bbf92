# SPDX-License-Identifier: MIT
"""An application that has errcore installed writes what its policies say where it writes its errors."""

from __future__ import annotations

import json

from errcore import Runtime, policy
from errcore_asgi import ErrorMiddleware


async def nothing(scope, receive, send) -> None:
    """An application that is never called."""


def test_a_breaker_that_changes_has_a_line(capsys) -> None:
    """With the name of the service, from when the middleware is made until the runtime is closed."""
    payments = policy("policy-lines-asgi", breaker=0.5)
    with Runtime.production(service="agents") as runtime:
        ErrorMiddleware(nothing, runtime)
        payments.isolate()
    payments.reset()

    (line,) = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert (line["event"], line["service"], line["after"]) == ("breaker_transition", "agents", "isolated")
