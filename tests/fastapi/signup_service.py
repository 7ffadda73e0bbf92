# SPDX-License-Identifier: MIT
"""A service whose bodies errcore checks. It is run in a process of its own; see test_validated_bodies_served.py."""

from __future__ import annotations

import os
from typing import Annotated, Any

import attrs
from fastapi import FastAPI

from errcore import Runtime, rule
from errcore.validation import Email, Length, Range, Secret
from errcore_fastapi import body, install


@rule(code="LUCKY", message="must be lucky")
def lucky(value: int) -> bool:
    """Fail for one number, with what was sent in the text."""
    if value == 13:
        raise LookupError(f"no such number: {value} canary-4711")
    return True


@attrs.define
class Item:
    """One line of an order."""

    name: Annotated[str, Length(1, 20)]
    count: Annotated[int, Range(1, 9), lucky]


@attrs.define
class Order:
    """What is ordered."""

    email: Annotated[str, Email()]
    password: Annotated[str, Length(8, 64), Secret()]
    items: list[Item]
    labels: dict[str, int] = attrs.field(factory=dict)
    weight: float = 1.0
    number: Annotated[int, lucky] = 1
    anything: Any = None


app = FastAPI()
install(app, Runtime.production(service="orders", envelope=os.environ.get("ENVELOPE", "problem")))


@app.post("/orders")
async def order(given: Annotated[Order, body(Order)]) -> dict[str, object]:
    """Take an order."""
    return {"items": len(given.items)}
