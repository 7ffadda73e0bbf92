# SPDX-License-Identifier: MIT
"""Verdicts on exceptions that are not errcore's: which rule speaks for a class.

A rule names a class, or the dotted path of one in a library that need not be installed: the path is looked up in
`sys.modules`, since a class whose module was never imported cannot be the class that was raised. Along the MRO the
nearest class with a rule wins; of two rules for one class, the one added last.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

import attrs

from errcore.errors import reading
from errcore.errors.classification import Classification, forget_verdicts, verdict_for
from errcore.errors.kinds import Cost, Executed, Fault, Kind, Outcome, Retriable, Severity
from errcore.errors.refusals import check_code, is_error_status

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Rule", "find", "map_exception"]


@attrs.frozen
class Rule:
    """The verdict on one class.

    Attributes:
        target: The class, or `module:Qualified.Name`.
        verdict: What follows from the class alone.
        read: Works the verdict out from the object, where the class does not say enough; None means no opinion.
    """

    target: type[BaseException] | str
    verdict: Classification
    read: Callable[[Any], Classification | None] | None = None

    def speaks_for(self, cls: type[BaseException]) -> bool:
        """Whether the target is exactly `cls`."""
        if not isinstance(self.target, str):
            return self.target is cls
        module_name, _, qualname = self.target.partition(":")
        found: object = sys.modules.get(module_name)
        try:
            for part in qualname.split("."):
                # Past `__getattr__` and `__getattribute__`: a lazy module would import something in the middle of an
                # error.
                found = object.__getattribute__(found, "__dict__").get(part)
        except Exception:  # noqa: BLE001 - not imported, or no module or class on the way
            return False
        return found is cls


_lock = threading.Lock()
# Replaced, never changed: `find` reads it without a lock.
_mapped: tuple[Rule, ...] = ()


def map_exception(
    target: type[BaseException] | str,
    *,
    kind: Kind | str,
    code: str | None = None,
    status: int | None = None,
    fault: Fault | str | None = None,
    category: str | None = None,
    severity: Severity | str | None = None,
    retriable: Retriable | str | None = None,
    recoverable: bool | None = None,
    outcome: Outcome | str | None = None,
    executed: Executed | str | None = None,
    cost: Cost | str | None = None,
) -> None:
    """Say what an exception of somebody else's means. Process-wide; the last word on a class counts.

    Args:
        target: The class, or `"module:Name"`, which is looked up without importing the module.
        kind: What sort of failure it is; the rest follows from it unless given.
        code: Its code; without one, the generic code of the kind.
        status: HTTP status of the answer.
        fault: Whose failure it is.
        category: A free tag.
        severity: How loud the log line is.
        retriable: Whether the same request may succeed later.
        recoverable: Whether the user can do something about it.
        outcome: What a policy makes of it.
        executed: Whether the work may have happened.
        cost: What a retry costs the dependency.

    Raises:
        TypeError: If `target` is neither a class nor a dotted path, or is declared, or the code has a wrong shape.
        ValueError: If `kind` or another answer is not one of the known values.

    >>> from errcore import classify, map_exception
    >>> map_exception("zipfile:BadZipFile", kind="invalid_argument", code="ARCHIVE_FILE_INVALID")
    >>> import zipfile
    >>> classify(zipfile.BadZipFile()).code
    'ARCHIVE_FILE_INVALID'
    """
    global _mapped  # noqa: PLW0603 - mappings are the process's
    if isinstance(target, str):
        module_name, colon, qualname = target.partition(":")
        if not (colon and module_name and qualname):
            raise TypeError(f"Cannot map {target!r}, because it names no class; write 'module:ClassName'.")
    elif not (isinstance(target, type) and issubclass(target, BaseException)):
        raise TypeError(
            f"Cannot map {target!r}, because it is no exception class; give a class or 'module:ClassName'."
        )
    elif reading.spec_of(target) is not None:
        raise TypeError(
            f"Cannot map {target.__qualname__}, because it is declared; change its class statement."
        )
    if status is not None and not is_error_status(status):
        raise ValueError(
            f"Cannot map {target!r} with status={status!r}; give an HTTP error status (400 to 599)."
        )
    if code is not None and (problem := check_code(code)):
        raise TypeError(f"Cannot map {target!r}: {problem}; choose a code like ORDER_PAYMENT_DECLINED.")
    answers = {
        "status": status,
        "fault": None if fault is None else Fault(fault),
        "category": category,
        "severity": None if severity is None else Severity(severity),
        "retriable": None if retriable is None else Retriable(retriable),
        "recoverable": recoverable,
        "outcome": None if outcome is None else Outcome(outcome),
        "executed": None if executed is None else Executed(executed),
        "cost": None if cost is None else Cost(cost),
    }
    given: dict[str, Any] = {name: answer for name, answer in answers.items() if answer is not None}
    rule = Rule(target, verdict_for(Kind(kind), code=code, **given))
    with _lock:
        _mapped = (rule, *(present for present in _mapped if present.target != target))
    forget_verdicts()


def find(cls: type[BaseException]) -> Rule:
    """The rule for `cls`; the rule for BaseException speaks for whatever nobody else does."""
    from errcore.errors.builtin_rules import BUILTIN_RULES
    from errcore.errors.library_rules import LIBRARY_RULES

    rules = (*_mapped, *LIBRARY_RULES, *BUILTIN_RULES)
    for base in reading.lineage(cls):
        for rule in rules:
            if rule.speaks_for(base):
                return rule
    raise AssertionError(f"{cls!r} is no exception class")  # pragma: no cover - BaseException has a rule
