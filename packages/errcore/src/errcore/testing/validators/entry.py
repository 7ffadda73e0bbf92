# SPDX-License-Identifier: MIT
"""What Hypothesis calls when it starts, so that `st.from_type` and `st.builds` heed errcore's constraints in `Annotated`.

It runs in every process that has both, so it only leaves a function behind. Nothing of Hypothesis is imported before a
constraint is met: it is still being imported itself.

Hypothesis takes one strategy for a field and leaves the constraints beside it out of account: of `Pattern` and `Length`
on one field, it heeds the pattern. To have all of them, register the class:
`st.register_type_strategy(Signup, valid_for(signup).map(signup.validate))`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from errcore.validation.constraints.constraint import Constraint

__all__ = ["part_for", "register"]


def register() -> None:
    """Leave `part_for` where constraints look for it. Doing it twice is the same as doing it once.

    >>> from errcore.validation.constraints import interop
    >>> register()
    >>> interop.strategies.count(part_for)
    1
    """
    from errcore.validation.constraints.interop import strategies

    if part_for not in strategies:
        strategies.append(part_for)


def part_for(constraint: Constraint) -> Any:
    """What Hypothesis gets for a constraint that it does not know: a strategy, or a predicate where the type matters.

    Args:
        constraint: The constraint.

    >>> from errcore.validation import Uuid
    >>> from hypothesis import find
    >>> len(find(part_for(Uuid()), lambda text: True))
    36
    """
    import annotated_types as at

    from errcore.testing.validators.judging import faults
    from errcore.testing.validators.valid import documents
    from errcore.validation.constraints.choices import Unique
    from errcore.validation.constraints.limits import MultipleOf
    from errcore.validation.constraints.nesting import Each
    from errcore.validation.declaring.assembling import assembled
    from errcore.validation.shapes import Value
    from errcore.validation.validator import Validator

    value = assembled(Value(), [constraint], "a constraint")
    if isinstance(constraint, MultipleOf | Unique):
        return at.Predicate(lambda made: not faults(constraint, made, value.shape))
    if isinstance(constraint, Each):
        validator: Validator[Any] = Validator(value)
        return at.Predicate(lambda made: validator.inspect(made).ok)
    return documents(value, 0)
