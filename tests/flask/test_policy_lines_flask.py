# SPDX-License-Identifier: MIT
"""A Flask application that has errcore installed writes what its policies say where it writes its errors."""

from __future__ import annotations

import json

from flask import Flask

from errcore import Runtime, policy
from errcore_flask import install


def test_a_breaker_that_changes_has_a_line(capsys) -> None:
    """With the name of the service, from when it is installed until the runtime is closed."""
    payments = policy("policy-lines-flask", breaker=0.5)
    with Runtime.production(service="agents") as runtime:
        install(Flask("doc"), runtime)
        payments.isolate()
    payments.reset()

    (line,) = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert (line["event"], line["service"], line["after"]) == ("breaker_transition", "agents", "isolated")
