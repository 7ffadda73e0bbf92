# SPDX-License-Identifier: MIT
"""What a new agent has to be: said once, checked by every service, and in FastAPI's OpenAPI document."""

from __future__ import annotations

from typing import Annotated

import attrs

from errcore.validation import Length, Range, Secret


@attrs.frozen
class Tool:
    """Something that an agent may use, and how often in an hour."""

    name: Annotated[str, Length(1, 20)]
    limit: Annotated[int, Range(1, 1000)] = 60


@attrs.frozen
class NewAgent:
    """What is needed to make an agent."""

    name: Annotated[str, Length(2, 40)]
    age: Annotated[int, Range(18, 120)]
    password: Annotated[str, Length(8, 64), Secret()]
    tools: Annotated[list[Tool], Length(0, 10)] = attrs.field(factory=list)
    labels: dict[str, Annotated[str, Length(1, 20)]] = attrs.field(factory=dict)
