# SPDX-License-Identifier: MIT
"""The law that nothing grows without bound: not what is told, and not the time that it takes.

Growth is measured as a ratio, of the processor's time for an input and for one that is four times as long, the best of
several tries of each. The inputs grow slowly, so that what takes exponential time is found before it takes for ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from errcore.testing.validators.boundaries import example
from errcore.testing.validators.json_values import is_array, is_object
from errcore.testing.validators.law import Case, outcome
from errcore.testing.validators.places import at, put, step
from errcore.testing.validators.valid import documents
from errcore.validation import shapes

__all__ = ["bounded"]

_LONGEST = 65_536
_TRIES = 5
_ROUNDS = 3
_MOST = 9.0  # times the time for four times the input: linear is 4, quadratic is 16
_NOTHING = 0.002  # seconds below which a ratio says nothing
_SHORT = 48  # characters up to which inputs grow slowly, since time may double with each


Sizes: TypeAlias = Callable[[int], Any]


def bounded(case: Case) -> None:
    """At most `max_issues` issues, and time that grows no faster than the input."""
    for document in _many_defects(case):
        count = len(outcome(case, document).issues)
        if count > case.validator.max_issues:
            raise case.broken(
                type(document)(),
                f"It told {count} issues, and max_issues is {case.validator.max_issues}.",
                "Stop at the limit, and say how many more there were.",
            )
    for what, make in _growing(case):
        _grows(case, what, make)


def _many_defects(case: Case) -> Iterator[Any]:
    """Inputs with ten thousand things wrong, as far as the declaration has places for them."""
    start = case.start
    many = 10_000
    yield [None] * many
    yield {f"undeclared {number}": number for number in range(many)}
    for pointer in _places(case):
        crowds: list[Any] = [[None] * many, [{}] * many, {f"k{number}": None for number in range(many)}]
        yield from (put(start, pointer, crowd) for crowd in crowds)
    if is_object(start):
        yield {**start, **{f"undeclared {number}": number for number in range(many)}}


def _places(case: Case) -> list[str]:
    return list(dict.fromkeys(border.pointer for border in case.boundaries if border.pointer))


def _growing(case: Case) -> Iterator[tuple[str, Sizes]]:
    """Inputs of a given size: texts in every declared place, lists and objects."""
    start = case.start
    pointers = [*_places(case), *([] if is_object(start) else [""])]
    for pointer in pointers:
        for name, text in _texts(case, pointer):
            yield f"a text ({name}) at {pointer!r}", _placed(start, pointer, text)
    for pointer in ["", *_places(case)]:
        for name, crowd in _crowds(at(start, pointer)):
            yield f"{name} at {pointer!r}", _placed(start, pointer, crowd)
    record = shapes.record_of(case.validator.root.shape)
    for field in () if record is None else record.fields:
        item = field.value.shape.item if isinstance(field.value.shape, shapes.Items) else None
        if item is not None and documents(item, 0) is not None:
            pointer = step(field.name)
            yield f"items at {pointer!r}", _placed(start, pointer, _times(example(item, 0)))


def _placed(start: Any, pointer: str, make: Sizes) -> Sizes:
    return lambda size: put(start, pointer, make(size))


def _times(item: Any) -> Sizes:
    return lambda size: [item] * size


def _texts(case: Case, pointer: str) -> Iterator[tuple[str, Sizes]]:
    """Texts that keep expressions busy: nearly a match, many times over."""
    samples = [
        at(border.document, pointer)
        for border in case.boundaries
        if border.pointer == pointer and border.valid
    ]
    short = [sample for sample in samples if isinstance(sample, str) and 0 < len(sample) <= _SHORT]
    for seed in dict.fromkeys(["a", "0", " ", "a.", "-", "a@", *short[:4]]):
        for end in ("", "!", "\n"):
            yield f"{seed!r} many times, then {end!r}", _repeated(seed, end)


def _repeated(seed: str, end: str) -> Sizes:
    return lambda size: (seed * size)[:size] + end


def _crowds(here: Any) -> Iterator[tuple[str, Sizes]]:
    if is_array(here):
        yield "a list of None", _times(None)
    if is_object(here):
        yield "an object", lambda size: {**here, **{f"k{number}": number for number in range(size)}}


def _grows(case: Case, what: str, make: Sizes) -> None:
    size = 8
    while size <= _LONGEST:
        spent = _time(case, make(size), 1)
        if spent > 4 * _NOTHING:
            break
        size = size + 2 if size < _SHORT else size * 2
    large = min(size, _LONGEST)
    # A busy machine may spoil all tries of one size; it does not do so again and again, as a validator does.
    times = _ratio(case, make, large)
    for _ in range(_ROUNDS - 1):
        if times > _MOST:
            times = min(times, _ratio(case, make, large))
    if times > _MOST:
        raise _too_slow(case, what, f"{large} took {times:.1f} times as long as {large // 4}")


def _ratio(case: Case, make: Sizes, large: int) -> float:
    """How many times as long it takes as a quarter of it; 0 for what takes no time at all."""
    after = _time(case, make(large), _TRIES)
    return after / _time(case, make(large // 4), _TRIES) if after > _NOTHING else 0.0


def _too_slow(case: Case, what: str, how: str) -> Exception:
    return case.broken(
        "...",
        f"The time grows faster than the input, with {what}: {how}.",
        "Bound the length before it (Length), or write an expression without nested or neighbouring repetitions.",
    )


def _time(case: Case, document: Any, tries: int) -> float:
    """Seconds of this thread's processor time, at best. Not the clock of the application, which a test may have stopped."""
    best = float("inf")
    for _ in range(tries):
        before = time.thread_time()
        outcome(case, document)
        best = min(best, time.thread_time() - before)
    return best
