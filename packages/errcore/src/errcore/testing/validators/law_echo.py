# SPDX-License-Identifier: MIT
"""The law that nothing of what was sent is told: not in the issues, not in the error or behind it, not in a log."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs

from errcore.runtime import Runtime
from errcore.testing.leaks import search
from errcore.testing.validators.json_values import copied, is_array, is_object
from errcore.testing.validators.law import Case, Outcome, outcome
from errcore.testing.validators.places import at, put
from errcore.validation.messages import MESSAGES
from errcore.validation.shapes import MISSING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from errcore.testing.validators.marked import Broken

__all__ = ["CANARY", "no_echo"]

CANARY: str = "canary" + "Qx7Zj4Wk9Vp2" * 14
"""What is planted: longer than any key that a pointer shows, and by chance nowhere."""

_DIGITS = 314159265358979323846264338327950288419716939937510582097494459
_SHORTEST = 6


def no_echo(case: Case) -> None:
    """Nothing of the input is in what is told about it."""
    with _logs() as records, Runtime.for_tests(log_level="critical") as runtime:
        for document, word in _planted(case):
            records.clear()
            found = outcome(case, copied(document))
            if found.error is None:
                continue
            handled = runtime.handle(found.error)
            told = {
                "the error": found.error,
                "its issues as JSON": _as_json(found),
                "the answer": handled.reply.body,
                "the occurrence": handled.occurrence,
                "the log": records.copy(),
            }
            where = search(told, word).where
            if where is not None:
                raise case.broken(
                    dict.fromkeys(document, "...") if is_object(document) else "<planted>",
                    f"What was sent is told again: in {where}.",
                    "Tell what is wanted, never what was sent; and raise outside of `except`, or what was caught goes along.",
                )
    words = _declared_words(case)
    case.search(case.invalid, lambda broken: _not_repeated(case, broken, words))


def _as_json(found: Outcome) -> str:
    return json.dumps([attrs.asdict(issue) for issue in found.issues], default=repr)


def _planted(case: Case) -> Iterator[tuple[Any, str]]:
    """Documents in which the canary stands, once at each declared place, in several forms."""
    start = case.start
    places: dict[str, Any] = {"": start}
    for border in case.boundaries:
        if at(border.document, border.pointer) is not MISSING:
            places.setdefault(border.pointer, border.document)
    for pointer, document in places.items():
        here = at(document, pointer)
        near = f"{here[:8]}{CANARY}" if isinstance(here, str) else CANARY
        for form in (CANARY, near, f"{CANARY}@example.org", [CANARY], {CANARY: CANARY}, f"\n{CANARY}"):
            yield put(document, pointer, form), CANARY
        for number in (_DIGITS, -_DIGITS):
            yield put(document, pointer, number), str(_DIGITS)
        if is_object(here):
            yield put(document, pointer, {**here, CANARY: CANARY}), CANARY
    yield _everywhere(start), CANARY


def _everywhere(document: Any) -> Any:
    if is_object(document):
        return {key: _everywhere(each) for key, each in document.items()}
    return list(map(_everywhere, document)) if is_array(document) else CANARY


def _declared_words(case: Case) -> str:
    """All that may be told: what is declared, and the sentences."""
    said = [repr(case.validator.root), *MESSAGES.values(), *case.validator.messages.values()]
    return "\n".join(said)


def _not_repeated(case: Case, broken: Broken, words: str) -> None:
    """What a rule is asked about cannot be a canary, if others refuse that first; so its own examples are looked for."""
    sent = at(broken.document, broken.pointer)
    if not isinstance(sent, str) or len(sent) < _SHORTEST or sent in words or repr(sent)[1:-1] in words:
        return
    found = outcome(case, copied(broken.document))
    told = [f"{issue.message} {dict(issue.params)}" for issue in found.issues] + [
        str(found.error),
        repr(found.error),
    ]
    if any(sent in each for each in told):
        raise case.broken(
            broken.document,
            f"What was sent at {broken.pointer!r} is told again by {broken.code}.",
            "Tell what is wanted, never what was sent.",
        )


class _Keeper(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.DEBUG)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@contextmanager
def _logs() -> Generator[list[logging.LogRecord]]:
    """What anybody logs meanwhile."""
    records: list[logging.LogRecord] = []
    keeper, root = _Keeper(records), logging.getLogger()
    root.addHandler(keeper)
    try:
        yield records
    finally:
        root.removeHandler(keeper)
