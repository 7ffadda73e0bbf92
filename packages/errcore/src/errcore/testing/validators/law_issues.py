# SPDX-License-Identifier: MIT
"""Laws about what is told: where, how much, with which codes, and that it can be sent."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import attrs
from hypothesis import strategies as st

from errcore.errors.issues import ISSUE_CODES, Issue
from errcore.testing.validators.broken import breaks
from errcore.testing.validators.declared import values_in
from errcore.testing.validators.json_values import copied, is_object, is_row, without
from errcore.testing.validators.law import Case, NotAsked, Outcome, outcome, same
from errcore.testing.validators.marked import Broken
from errcore.testing.validators.places import at, parent, step
from errcore.testing.validators.scalars import shaped, sizes
from errcore.testing.validators.valid import documents
from errcore.validation import shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

__all__ = ["accumulates", "codes_known", "pointers_resolve", "serialisable"]


def pointers_resolve(case: Case) -> None:
    """Every pointer leads to something in the input; of what is missing, to what should hold it."""

    def check(document: Any) -> None:
        for issue in outcome(case, copied(document)).issues:
            found = at(document, issue.pointer)
            if issue.code == "REQUIRED":
                held = at(document, parent(issue.pointer))
                good = found is shapes.MISSING and held is not shapes.MISSING and issue.pointer != ""
            else:
                good = found is not shapes.MISSING
            if not good:
                raise case.broken(
                    document,
                    f"The pointer of {issue.code} leads nowhere: {issue.pointer!r}.",
                    "Write `~0` for `~` and `~1` for `/` in each key, and use the keys of the input.",
                )

    case.each(check)


def codes_known(case: Case) -> None:
    """Every code is one of errcore's, or declared by a rule, a check, or the test."""
    declared = _declared(case)

    def check(document: Any) -> None:
        for issue in outcome(case, copied(document)).issues:
            if issue.code not in declared:
                raise case.broken(
                    document,
                    f"The code {issue.code!r} is not declared anywhere.",
                    "Correct it, or name it: `codes={...}`.",
                )

    case.each(check)


def _declared(case: Case) -> frozenset[str]:
    found = {*ISSUE_CODES, *case.codes}
    for value in values_in(case.validator.root):
        record = shapes.record_of(value.shape)
        found |= {rule.code for rule in value.rules}
        found |= {check.code for check in record.checks} if record is not None else set()
    rules = getattr(case.given, "rules", ())
    return frozenset(found | {rule.code for _, rule in rules})


def serialisable(case: Case) -> None:
    """Issues go through JSON, and the error through pickle, and come out as they were."""

    def check(document: Any) -> None:
        found = outcome(case, copied(document))
        for issue in found.issues:
            if not _through_json(issue):
                raise case.broken(
                    document,
                    f"The issue {issue.code} at {issue.pointer!r} does not come out of JSON as it was.",
                    "Put nothing but texts, numbers, truth values and lists of them into `params`.",
                )
        if found.error is not None and not _through_pickle(found):
            raise case.broken(
                document,
                "The error does not come out of pickle as it was.",
                "Put nothing into it that cannot be pickled, such as a function or a lock.",
            )

    case.each(check)


def _through_json(issue: Issue) -> bool:
    try:
        again = Issue(**json.loads(json.dumps(attrs.asdict(issue), allow_nan=False)))
    except (TypeError, ValueError):
        return False
    return same(attrs.evolve(again, params={}), attrs.evolve(issue, params={})) and again.params == _listed(
        issue.params
    )


def _listed(value: Any) -> Any:
    """Tuples are lists in JSON."""
    if is_object(value):
        return {key: _listed(each) for key, each in value.items()}
    return list(map(_listed, value)) if is_row(value) else value


def _through_pickle(found: Outcome) -> bool:
    error = found.error
    try:
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - whatever somebody put into it
        return False
    told: list[Any] = [
        (type(each), str(each), getattr(each, "issues", None), getattr(each, "field_errors", None))
        for each in (error, again)
    ]
    return bool(told[0] == told[1])


@attrs.frozen
class _Two:
    document: Any
    first: Broken
    second: Broken
    mended: Any


def accumulates(case: Case) -> None:
    """Two things that are wrong are both told, and mending one tells nothing new."""

    def check(two: _Two) -> None:
        both = outcome(case, copied(two.document))
        wanted = [(each.pointer, each.code) for each in (two.first, two.second)]
        if sorted(both.told) != sorted(wanted):
            raise case.broken(
                two.document, f"Two things are wrong, {wanted}, but {both}.", "Go on after the first issue."
            )
        one = outcome(case, copied(two.mended))
        if one.told != wanted[:1]:
            raise case.broken(
                two.mended,
                f"Two things were wrong, {wanted}, and the second was mended; now {one}.",
                "Make what is told about a field depend on that field alone.",
            )

    case.search(_two(case.validator.root), check)


def _two(root: shapes.Value) -> SearchStrategy[_Two]:
    """Documents with two things wrong that do not touch each other."""
    record = shapes.record_of(root.shape)
    if record is not None:
        return _two_fields(root, record)
    if isinstance(root.shape, shapes.Items) and sizes(root)[1] not in {0, 1}:
        found = list(breaks(root.shape.item, 0))
        good = documents(root.shape.item, 0)
        if found and good is not None:
            return st.tuples(st.one_of(found), st.one_of(found), good).map(_two_items)
    raise NotAsked("it has no two parts that can be broken apart")


def _two_items(parts: tuple[Broken, Broken, Any]) -> _Two:
    first, second, good = parts
    one, two = [
        attrs.evolve(each, pointer=f"/{place}{each.pointer}") for place, each in enumerate((first, second))
    ]
    return _Two([first.document, second.document], one, two, [first.document, good])


def _two_fields(root: shapes.Value, record: shapes.Record) -> SearchStrategy[_Two]:
    ways: dict[str, SearchStrategy[Broken]] = {}
    for field in record.fields:
        found = list(breaks(field.value, 0))
        found += [st.just(Broken(shapes.MISSING, "", "REQUIRED"))] if field.required else []
        if found:
            ways[field.name] = st.one_of(found)
    good = shaped(root.shape, root, 0)
    if len(ways) < 2 or good is None:
        raise NotAsked("it has no two fields that can be broken apart")

    names = st.permutations(sorted(ways)).map(lambda order: order[:2])
    return names.flatmap(lambda pair: st.tuples(good, *(ways[name] for name in pair)).map(_two_of(pair)))


def _two_of(names: list[str]) -> Callable[[tuple[Any, ...]], _Two]:
    def made(parts: tuple[Any, ...]) -> _Two:
        start, first, second = parts
        one = _with(start, names[0], first)
        placed = [
            attrs.evolve(each, pointer=step(name) + each.pointer)
            for name, each in zip(names, (first, second), strict=True)
        ]
        return _Two(_with(one, names[1], second), placed[0], placed[1], one)

    return made


def _with(document: dict[str, Any], name: str, bad: Broken) -> dict[str, Any]:
    others = without(document, name)
    return others if bad.document is shapes.MISSING else {**others, name: bad.document}
