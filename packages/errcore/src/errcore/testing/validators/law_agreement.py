# SPDX-License-Identifier: MIT
"""Laws about two who must say the same: the JSON Schema and the validator, waiting and not waiting."""

from __future__ import annotations

import asyncio
import math
from importlib import import_module
from typing import Any

from errcore.errors.stock import ValidationError
from errcore.testing.validators.json_values import copied, is_array, is_object
from errcore.testing.validators.law import Case, NotAsked, Outcome, outcome, same

__all__ = ["schema_agrees", "sync_is_async"]


def schema_agrees(case: Case) -> None:
    """Where the JSON Schema is exact, it takes the same documents as the validator."""
    schema = case.validator.json_schema()
    if not schema.exact:
        raise NotAsked("its JSON Schema cannot say all of it")
    try:
        jsonschema: Any = import_module("jsonschema")
    except ImportError:
        raise NotAsked("the package jsonschema is not installed") from None
    asked = jsonschema.Draft202012Validator(schema.document)

    def check(document: Any) -> None:
        if not _is_plain_json(document):
            return
        says = asked.is_valid(document)
        found = outcome(case, copied(document))
        if says != (found.error is None):
            raise case.broken(
                document,
                f"The schema {'takes' if says else 'refuses'} it, but {found}.",
                "Correct the `schema` of the constraint or rule, or say that it is not exact.",
            )

    case.each(check)


def _is_plain_json(value: Any) -> bool:
    """Whether JSON has it, and in one way only: 2.0 and 2 are one number there, and 1e400 is none."""
    if isinstance(value, float):
        return math.isfinite(value) and not value.is_integer()
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= 2**53
    if isinstance(value, str):
        return not any("\ud800" <= sign <= "\udfff" for sign in value)
    if is_object(value):
        return all(
            isinstance(key, str) and _is_plain_json(key) and _is_plain_json(each)
            for key, each in value.items()
        )
    if is_array(value):
        return all(map(_is_plain_json, value))
    return value is None or isinstance(value, bool)


def sync_is_async(case: Case) -> None:
    """With no rule that waits, waiting changes nothing."""
    waiting = case.validator.with_async_rules({})

    async def all_of_them() -> None:
        for border in case.boundaries:
            await one(border.document)

    async def one(document: Any) -> None:
        found = outcome(case, copied(document))
        try:
            other = Outcome(value=await waiting.avalidate(copied(document)))
        except ValidationError as error:
            other = Outcome(error=error)
        looked = await waiting.ainspect(copied(document))
        if (
            not same(list(found.issues), list(other.issues))
            or not same(found.value, other.value)
            or bool(looked.ok) != (found.error is None)
        ):
            raise case.broken(
                document,
                f"Without waiting {found}, with waiting {other}.",
                "Look at what differs between the two.",
            )

    asyncio.run(all_of_them())
    case.search(case.anything, lambda document: asyncio.run(one(document)))
