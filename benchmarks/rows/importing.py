# SPDX-License-Identifier: MIT
"""What importing errcore adds to a process that does nothing else, and what the first policy or validator adds to it.

The engines load with the first policy: tenacity, pybreaker, and what they import. pybreaker imports redis wherever it is
installed, which is more than all the rest. That is not charged to the row, as if it were not installed; a line of its
own says what it takes here.
"""

from __future__ import annotations

from benchmarks.peers import available
from benchmarks.processes import ImportCase

__all__ = ["first_policy", "first_validator", "importing"]

_FULL = """
from errcore import policy
full = policy("bench", retry=3, breaker=0.5, limit="100/second", bulkhead=10, timeout=2.0, fallback=lambda: None)
@full
async def call():
    pass
"""
_VALIDATOR = """
from errcore import InputValidator
v = InputValidator()
v.field("email").required().email()
v.field("age").type(int).range(18, 120)
v.validate({"email": "ada@example.org", "age": 36})
"""
_MODEL = """
from typing import Annotated
from pydantic import BaseModel, Field
class Account(BaseModel):
    email: Annotated[str, Field(pattern="^[a-z.]+@[a-z.]+$")]
    age: Annotated[int, Field(ge=18, le=120)]
Account.model_validate({"email": "ada@example.org", "age": 36})
"""
_ALONE = "import sys; sys.modules['redis'] = None\n"


def importing() -> ImportCase:
    """The rows: time, memory, and the wall time for information."""
    return ImportCase(
        "import errcore",
        "from errcore import AppError, NotFoundError, policy",
        milliseconds=60,
        megabytes=10,
        peers=(
            ("import attrs alone", "import attrs"),
            ("without policy", "from errcore import AppError, NotFoundError"),
            ("from errcore import Runtime", "from errcore import AppError, NotFoundError, Runtime"),
            ("Runtime.production() made", "from errcore import Runtime; Runtime.production()"),
        ),
    )


def first_policy() -> ImportCase:
    """The rows of all parts in one policy, and a coroutine function that it guards: over bare Python, with the import."""
    return ImportCase(
        "policy first",
        _ALONE + _FULL,
        milliseconds=120,
        megabytes=None,
        peers=(
            ("with redis, if it is here", _FULL),
            ("the three engines alone", _ALONE + "import limits, pybreaker, tenacity"),
        ),
    )


def first_validator() -> ImportCase:
    """The rows of a validator of two fields and its first use: over bare Python, with the import; no gate."""
    peers = [("from errcore import InputValidator", "from errcore import InputValidator")]
    if available("pydantic"):
        peers.append(("pydantic, a model", _MODEL))
    return ImportCase("validation first", _VALIDATOR, milliseconds=None, megabytes=None, peers=tuple(peers))
