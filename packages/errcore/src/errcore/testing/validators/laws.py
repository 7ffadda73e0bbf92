# SPDX-License-Identifier: MIT
"""The thirteen laws that a validator has to keep, as tests: one for each, with pytest or without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.errors.stock import ConfigurationError
from errcore.testing.validators.declared import validator_of
from errcore.testing.validators.law import Case, Law, LawBroken, NotAsked
from errcore.testing.validators.law_agreement import schema_agrees, sync_is_async
from errcore.testing.validators.law_echo import no_echo
from errcore.testing.validators.law_growth import bounded
from errcore.testing.validators.law_issues import accumulates, codes_known, pointers_resolve, serialisable
from errcore.testing.validators.law_outcomes import (
    accepts_and_rejects,
    deterministic,
    idempotent,
    pure,
    total,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from errcore.testing.validators.declared import Given

__all__ = ["LAWS", "Trial", "check_laws", "trials", "validator_laws"]

_CHECKS = (
    total,
    deterministic,
    pure,
    idempotent,
    accepts_and_rejects,
    pointers_resolve,
    no_echo,
    accumulates,
    serialisable,
    schema_agrees,
    codes_known,
    bounded,
    sync_is_async,
)

LAWS: Mapping[str, Law] = {
    check.__name__: Law(check.__name__, (check.__doc__ or "").strip(), check) for check in _CHECKS
}
"""The laws by name."""


@attrs.frozen
class Trial:
    """One law and one validator.

    Attributes:
        law: The law.
        case: The validator.
        skipped: Why the law need not hold; empty if it has to.
    """

    law: Law
    case: Case
    skipped: str = ""

    def __call__(self) -> str:
        """Look for a document that breaks the law.

        Returns:
            Why it was not asked; empty if it was, and holds.

        Raises:
            LawBroken: If it does not hold.
            errcore.ConfigurationError: If a rule or a check has no examples.
        """
        if self.skipped:
            return self.skipped
        try:
            self.law(self.case)
        except NotAsked as why:
            return str(why)
        return ""


def trials(
    v: Given, skip: Mapping[str, str] | None = None, *, codes: Iterable[str] = (), examples: int = 50
) -> list[Trial]:
    """The thirteen laws, each of which can be called on its own; see `validator_laws`.

    >>> from errcore import InputValidator
    >>> v = InputValidator()
    >>> v.field("age").required().type(int).range(18, 120)
    <field age>
    >>> [trial.law.name for trial in trials(v) if trial.law.name in {"total", "pure"} and not trial()]
    ['total', 'pure']
    """
    skipped = dict(skip or {})
    for name, reason in skipped.items():
        if name not in LAWS:
            raise ConfigurationError(
                f"Cannot skip {name!r}, because there is no such law; use one of {', '.join(LAWS)}."
            )
        if not isinstance(reason, str) or not reason.strip():
            raise ConfigurationError(
                f"Cannot skip {name!r}, because no reason is given; say why it need not hold."
            )
    if type(examples) is not int or examples < 1:
        raise ConfigurationError(
            "Cannot test, because `examples` is no whole number above 0; give one, such as 50."
        )
    case = Case(v, validator_of(v), examples, frozenset(codes))
    return [Trial(law, case, skipped.get(name, "")) for name, law in LAWS.items()]


def validator_laws(
    v: Given, skip: Mapping[str, str] | None = None, *, codes: Iterable[str] = (), examples: int = 50
) -> Callable[[Trial], None]:
    """A test function for pytest with one case for each of the thirteen laws.

    - total: everything has an outcome, and nothing crashes
    - deterministic: the same document has the same outcome, in another process, too
    - pure: the input is not changed
    - idempotent: what passed, passes again and stays what it is
    - accepts_and_rejects: what must pass does, what must not is refused for the one thing that is wrong with it
    - pointers_resolve: each issue points to something in the input
    - no_echo: nothing of the input is told
    - accumulates: two things that are wrong are both told
    - serialisable: issues go through JSON, and errors through pickle
    - schema_agrees: an exact JSON Schema takes the same documents; needs the package jsonschema
    - codes_known: each code is declared
    - bounded: the number of issues has a limit, and the time grows no faster than the input
    - sync_is_async: waiting changes nothing

    Args:
        v: The validator.
        skip: Laws that need not hold, each with the reason.
        codes: Codes that rules give besides their own.
        examples: How many documents are drawn for each law. They are the same ones in every run.

    Raises:
        errcore.ConfigurationError: If a law is not known, or a reason is missing.

    >>> from errcore import InputValidator
    >>> signup = InputValidator()
    >>> signup.field("age").required().type(int).range(18, 120)
    <field age>
    >>> test_signup = validator_laws(signup, skip={"bounded": "measured elsewhere"})
    """
    import pytest  # here, since the laws need no test runner

    known = trials(v, skip, codes=codes, examples=examples)

    @pytest.mark.parametrize("trial", known, ids=lambda trial: trial.law.name)
    def test(trial: Trial) -> None:
        """The validator keeps the law."""
        __tracebackhide__ = True
        why = trial()
        if why:
            pytest.skip(why)

    return test


def check_laws(
    v: Given, skip: Mapping[str, str] | None = None, *, codes: Iterable[str] = (), examples: int = 50
) -> dict[str, str]:
    """All laws at once, without a test runner; see `validator_laws`.

    Args:
        v: The validator.
        skip: Laws that need not hold, each with the reason.
        codes: Codes that rules give besides their own.
        examples: How many documents are drawn for each law.

    Returns:
        Why laws were not asked, by name; empty texts for those that hold.

    Raises:
        AssertionError: If some are broken, with all of them.

    >>> from errcore import InputValidator
    >>> v = InputValidator()
    >>> v.field("age").type(int)
    <field age>
    >>> check_laws(v, examples=5)["total"]
    ''
    """
    found: dict[str, str] = {}
    broken: list[str] = []
    for trial in trials(v, skip, codes=codes, examples=examples):
        try:
            found[trial.law.name] = trial()
        except LawBroken as problem:
            broken.append(str(problem))
    if broken:
        raise LawBroken("\n\n".join(broken))
    return found
