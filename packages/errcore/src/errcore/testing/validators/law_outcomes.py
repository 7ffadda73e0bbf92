# SPDX-License-Identifier: MIT
"""Laws about what becomes of a document: always something, always the same, what was declared, and nothing to the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore.testing.validators.anything import nested_deeply
from errcore.testing.validators.declared import values_in
from errcore.testing.validators.elsewhere import outcomes_elsewhere
from errcore.testing.validators.json_values import copied, is_object
from errcore.testing.validators.law import NotAsked, Outcome, outcome, same
from errcore.validation import shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from errcore.testing.validators.law import Case
    from errcore.testing.validators.marked import Broken

__all__ = ["accepts_and_rejects", "deterministic", "idempotent", "pure", "total"]

_REPEATS = 3


def total(case: Case) -> None:
    """Everything has an outcome: a value, or a `ValidationError` without a crash."""

    def check(document: Any) -> None:
        found = outcome(case, document)
        if "RULE_CRASHED" in [issue.code for issue in found.issues]:
            where = next(issue.pointer for issue in found.issues if issue.code == "RULE_CRASHED")
            cause = found.error.__cause__ if found.error is not None else None
            raise case.broken(
                document,
                f"A rule or a normaliser crashed at {where!r}: {cause}.",
                "Make it take every value of its type, or raise nothing.",
            )
        _agrees(case, document, found)

    for document in _monsters(case):
        check(document)
    case.each(check)


def _agrees(case: Case, document: Any, found: Outcome) -> None:
    try:
        looked = case.validator.inspect(document)
    except Exception as error:  # noqa: BLE001 - whatever it lets out
        kind = type(error).__name__
        raise case.broken(
            document, f"`inspect` raised {kind}; it must not raise.", "Give what is wrong."
        ) from None
    if bool(looked.ok) != (found.error is None):
        raise case.broken(
            document,
            f"`inspect` gave ok={looked.ok}, but {found}.",
            "Make both do the same; or look at what is random.",
        )


def _monsters(case: Case) -> Iterator[Any]:
    """What is too large to be drawn: nesting without an end, numbers of thousands of digits, endless texts."""
    start = case.start
    names = list(start) if is_object(start) else []
    for monster in (
        nested_deeply(100_000),
        nested_deeply(100_000, "dict"),
        10**6000,
        -(10**6000),
        "x" * 1_000_000,
        "\ud800" * 1000,
        {1: 2, None: 3, (): 4},
    ):
        yield monster
        for name in names:
            yield {**start, name: monster}


def deterministic(case: Case) -> None:
    """The same document has the same outcome: the same value, or the same issues in the same order."""

    def check(document: Any) -> None:
        first = outcome(case, copied(document))
        for _ in range(_REPEATS - 1):
            again = outcome(case, copied(document))
            if not same(list(first.issues), list(again.issues)) or not same(first.value, again.value):
                raise case.broken(
                    document,
                    f"At first {first}, then {again}.",
                    "Look for chance, clocks, counters, and for the order of sets.",
                )

    case.each(check)
    documents = [border.document for border in case.boundaries]
    here = [[list(pair) for pair in outcome(case, copied(document)).told] for document in documents]
    for elsewhere in outcomes_elsewhere(case.validator, documents):
        for document, first, other in zip(documents, here, elsewhere, strict=True):
            if first != other:
                raise case.broken(
                    document,
                    f"Here it was told {first}, in a process with another PYTHONHASHSEED {other}.",
                    "Look for the order of sets.",
                )


def pure(case: Case) -> None:
    """The input is not changed."""

    def check(document: Any) -> None:
        before = copied(document)
        outcome(case, document)
        if not same(document, before):
            raise case.broken(
                before,
                "The input was changed.",
                "Make normalisers and rules work on a copy, such as `sorted(items)`.",
            )

    case.each(check)


def idempotent(case: Case) -> None:
    """What passed, passes again, and stays what it is."""
    back = _way_back(case.validator.root)

    def check(document: Any) -> None:
        first = outcome(case, copied(document))
        if first.error is not None:
            return
        again = outcome(case, back(copied(first.value)))
        if again.error is not None:
            raise case.broken(
                document,
                f"It passed, but what became of it was refused with {again.told}.",
                "Look at normalisers and defaults: what they give has to satisfy what is declared.",
            )
        if not same(again.value, first.value):
            raise case.broken(
                document,
                "It passed twice, and became something else each time.",
                "Make normalisers such that twice is the same as once.",
            )

    case.each(check)


def _way_back(root: shapes.Value) -> Any:
    """From what became of a document to a document."""
    for value in values_in(root):
        record = shapes.record_of(value.shape)
        if isinstance(value.shape, shapes.Foreign):
            raise NotAsked(f"a hook reads {value.shape.name}, and need not take what it gave")
        if record is not None and record.into is not None and record.cls is None:
            raise NotAsked("what `into` makes is no input")
        if record is not None and record.cls is None and value is not root and _renames(record):
            raise NotAsked("nested fields have other names in what becomes of them")
    record = shapes.record_of(root.shape)
    if record is None or record.cls is not None or not _renames(record):
        return _unchanged
    names = {field.result: field.name for field in record.fields}

    def back(made: dict[str, Any]) -> Any:
        return {names.get(key, key): each for key, each in made.items()}

    return back


def _unchanged(made: Any) -> Any:
    return made


def _renames(record: shapes.Record) -> bool:
    return any(field.name != field.result for field in record.fields)


def accepts_and_rejects(case: Case) -> None:
    """What must pass, passes; what must not, is refused for the one thing that is wrong with it, and there."""
    for border in case.boundaries:
        found = outcome(case, copied(border.document))
        if border.valid and found.error is not None:
            raise _refused(case, border.document, found)
        if not border.valid and (border.pointer, border.code) != next(iter(found.told), None):
            raise _otherwise(case, border.document, found, f"{border.code} at {border.pointer!r} first")

    def accepts(document: Any) -> None:
        found = outcome(case, document)
        if found.error is not None:
            raise _refused(case, document, found)

    def rejects(broken: Broken) -> None:
        found = outcome(case, broken.document)
        if found.told != [(broken.pointer, broken.code)]:
            raise _otherwise(
                case, broken.document, found, f"{broken.code} at {broken.pointer!r} and nothing else"
            )

    case.search(case.valid, accepts)
    case.search(case.invalid, rejects)


def _refused(case: Case, document: Any, found: Outcome) -> Exception:
    return case.broken(
        document,
        f"It is good, but {found}.",
        "Look at the check, or at the examples of the rule with that code.",
    )


def _otherwise(case: Case, document: Any, found: Outcome, wanted: str) -> Exception:
    return case.broken(
        document,
        f"It must be refused with {wanted}, but {found}.",
        "Look at the check of that place, or at the examples of the rule with that code.",
    )
