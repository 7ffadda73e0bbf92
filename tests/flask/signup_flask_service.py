# SPDX-License-Identifier: MIT
"""A service whose bodies errcore checks. It is run in a process of its own; see test_validated_bodies_gunicorn.py."""

from __future__ import annotations

from typing import Annotated, Any

import attrs
from flask import Flask

from errcore import Runtime, rule
from errcore.validation import Email, Range
from errcore_flask import body, install


@rule(code="LUCKY", message="must be lucky")
def lucky(value: int) -> bool:
    """Fail for one number, with what was sent in the text."""
    if value == 13:
        raise LookupError(f"no such number: {value} canary-4711")
    return True


@attrs.define
class Order:
    """What is ordered."""

    email: Annotated[str, Email()]
    counts: list[Annotated[int, Range(1, 9)]]
    labels: dict[str, int] = attrs.field(factory=dict)
    number: Annotated[int, lucky] = 1
    anything: Any = None


app = Flask("orders")
install(app, Runtime.production(service="orders"))


@app.post("/orders")
def order() -> dict[str, int]:
    """Take an order."""
    return {"counts": len(body(Order).counts)}
