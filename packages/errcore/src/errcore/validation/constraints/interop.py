# SPDX-License-Identifier: MIT
"""Constraints as other libraries understand them.

pydantic and Hypothesis ask what stands in `Annotated` for its parts, by the protocol of annotated-types. They get the
parts that they know, a predicate for all else, and, where the testing kit is there, strategies.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar

from errcore.validation.constraints.choices import Secret
from errcore.validation.constraints.limits import Length, MultipleOf, Range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from errcore.validation.constraints.constraint import Constraint
    from errcore.validation.validator import Validator

__all__ = ["parts_of", "strategies"]

ISSUE = "errcore_issue"
"""The type of pydantic's errors that hold an issue: its pointer below the value, code, message and params."""

strategies: list[Callable[[Constraint], Any]] = []
"""What gives a strategy for a constraint; the testing kit adds it when Hypothesis starts."""


class ForPydantic:
    """A constraint inside a pydantic model: the same question, issue, and schema in OpenAPI."""

    __slots__ = ("_constraint", "_predicates")

    # A group inside a group: Hypothesis looks into it, and pydantic, which would ask predicates first and in words of its
    # own, asks the object itself.
    __is_annotated_types_grouped_metadata__: ClassVar[bool] = True

    def __init__(self, constraint: Constraint, predicates: list[Any]) -> None:
        self._constraint = constraint
        self._predicates = predicates

    def __iter__(self) -> Iterator[Any]:
        return iter(self._predicates)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        validator = _validator(self._constraint)

        def check(value: Any) -> Any:
            found = validator.inspect(value)
            if found.ok:
                return value
            from pydantic_core import PydanticCustomError

            # The issue has none of the value, which is pydantic's to show or hide.
            first = found.issues[0]
            told = {name: getattr(first, name) for name in ("pointer", "code", "message")}
            raise PydanticCustomError(ISSUE, "{message}", {**told, "params": dict(first.params)})

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        found = handler(schema)
        found.update(self._constraint.schema(self._constraint.takes[0]))
        return found


def parts_of(constraint: Constraint) -> Iterator[Any]:
    """The parts of a constraint.

    Args:
        constraint: The constraint.
    """
    known = _known(constraint)
    if known is not None:
        yield from known
        return
    if isinstance(constraint, Secret):
        return
    given = [give(constraint) for give in strategies] if "hypothesis" in sys.modules else []
    predicates = [part for part in given if type(part).__module__ == "annotated_types"]
    yield from (part for part in given if part not in predicates)
    yield ForPydantic(constraint, predicates)


def _known(constraint: Constraint) -> list[Any] | None:
    import annotated_types as at

    if isinstance(constraint, Range):
        limits = (
            (at.Ge, constraint.min),
            (at.Le, constraint.max),
            (at.Gt, constraint.above),
            (at.Lt, constraint.below),
        )
        return [part(limit) for part, limit in limits if limit is not None]
    if isinstance(constraint, Length):
        most = [] if constraint.max is None else [at.MaxLen(constraint.max)]
        return [at.MinLen(constraint.min), *most]
    is_known = "hypothesis" not in sys.modules or not strategies  # which knows all but this one
    if isinstance(constraint, MultipleOf) and type(constraint.step) is int and is_known:
        return [at.MultipleOf(constraint.step)]
    return None


def _validator(constraint: Constraint) -> Validator[Any]:
    from errcore.validation.declaring.assembling import assembled
    from errcore.validation.shapes import Value
    from errcore.validation.validator import Validator

    return Validator(assembled(Value(), [constraint], "a constraint"))
