# SPDX-License-Identifier: MIT
"""From the tree to a function, as attrs makes an `__init__`: the lines that this validator needs, and no others.

For each value: None if that is taken; the normalisers; the type; the bounds; what is inside; the other constraints; the
rules. What fails stops the steps after it, for this value alone.
"""

from __future__ import annotations

import linecache
import math
import weakref
from itertools import count
from typing import TYPE_CHECKING, Any

from errcore.validation import shapes
from errcore.validation.checking import reading
from errcore.validation.checking.calls import write_call, write_crash
from errcore.validation.checking.containers import write_container
from errcore.validation.checking.source import Place, Source
from errcore.validation.checking.type_checks import readable, wrong_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from errcore.validation.checking.findings import Findings
    from errcore.validation.shapes import Value

__all__ = ["compiled", "write_value"]

_numbers = count(1)


def compiled(value: Value, messages: Mapping[str, str]) -> tuple[Callable[[Any, Findings], Any], str]:
    """The function that checks, and its source.

    Args:
        value: What is checked.
        messages: Sentences by code that go before ours.
    """
    source = Source(messages, write_value)
    source.known(
        MISSING=shapes.MISSING,
        WRONG=reading.WRONG,
        INF=math.inf,
        text=reading.text,
        mapping=reading.mapping,
        items=reading.items,
    )
    with source.function("def check(v, found):"):
        source.value(value, "v", Place())
        source.line("return v")
    code = "\n".join([*source.done, ""])
    file = f"<errcore validator {next(_numbers)}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    exec(compile(code, file, "exec"), source.names)  # noqa: S102 - our own words, and declared names as literals
    check = source.names["check"]
    # The lines go with the function, for validators that are made for one request.
    weakref.finalize(check, linecache.cache.pop, file, None).atexit = False
    return check, code


def write_value(source: Source, value: Value, v: str, place: Place, given: str = "") -> None:
    """Write the check of one value; afterwards its variable holds what became of it.

    Args:
        source: Where to.
        value: What stands there.
        v: The variable that holds it, or MISSING.
        place: Where it is in the input.
        given: A condition under which it is there, if it may not be; then that is told.
    """
    if given and (value.normalizers or isinstance(value.shape, _UNREAD)):
        with source.block(f"if {v} is MISSING:"):
            source.note(place, source.template("REQUIRED"))
        with source.block("else:"):
            write_value(source, value, v, place)
    elif value.nullable:
        with source.block(f"if {v} is not None:"):
            _write_value(source, value, v, place, given)
    else:
        _write_value(source, value, v, place, given)


def _write_value(source: Source, value: Value, v: str, place: Place, given: str) -> None:
    failed = _write_normalizers(source, value, v) if value.normalizers else None
    if failed is not None and value.nullable:  # a normaliser may make nothing of it
        with source.block(f"if {v} is not None:"):
            _write_typed(source, value, v, place, given, failed)
    else:
        _write_typed(source, value, v, place, given, failed)


def _write_typed(source: Source, value: Value, v: str, place: Place, given: str, failed: str | None) -> None:
    condition = readable(value.shape, source, v)
    if condition is None:
        _write_accepted(source, value, v, place, failed)
        return
    head = len(source.lines)
    with source.block(f"if {condition}:", if_empty=f"if not ({condition}):"):
        _write_accepted(source, value, v, place, failed)
    with source.block("else:") if len(source.lines) > head + 1 else source.indented():
        source.note(place, wrong_type(source, value.shape), given, source.template("REQUIRED"))


def _write_normalizers(source: Source, value: Value, v: str) -> str:
    failed = source.fresh("e")
    source.line(f"{failed} = None")
    with source.block("try:"):
        for each in value.normalizers:
            source.line(f"{v} = {source.named('n', each)}({v})")
    with source.block("except Exception as error:"):
        source.line(f"{failed} = error")
    return failed


def _write_accepted(source: Source, value: Value, v: str, place: Place, failed: str | None) -> None:
    """Write what follows once the type is right."""
    if failed is None:
        _write_constraints(source, value, v, place)
        return
    with source.block(f"if {failed} is not None:"):  # of the right type, and the normaliser could not take it
        write_crash(source, place, "a normaliser", failed)
    with source.block("else:"):
        _write_constraints(source, value, v, place)


def _write_constraints(source: Source, value: Value, v: str, place: Place) -> None:
    kind = value.shape.kind
    asked = [each for constraint in value.constraints for each in constraint.requirements(kind)]
    # What a hook reads is no value before it is read, and what a set holds is not known before it is made.
    shape = value.shape
    is_set = isinstance(shape, shapes.Items) and shape.into not in {list, tuple}
    early = not is_set and not isinstance(shape, shapes.Foreign)
    bounds = [each for each in asked if each.is_bound and early]
    others = [each for each in asked if not (each.is_bound and early)]
    word = "if"
    for test in bounds:
        with source.block(f"{word} {source.condition(test, v)}:"):
            source.note(place, source.template(test.code, test.wording, test.params, test.message))
        word = "elif"
    if not bounds:
        _write_inside(source, value, v, place, others)
    elif others or value.rules or isinstance(value.shape, _CONTAINERS):
        with source.block("else:"):
            _write_inside(source, value, v, place, others)


_UNREAD = (shapes.Anything, shapes.Again, shapes.Either, shapes.Foreign)
"""They have no type of their own that could be asked for first; the reader of no other shape minds MISSING."""
_CONTAINERS = (
    shapes.Items,
    shapes.Row,
    shapes.Entries,
    shapes.Record,
    shapes.Again,
    shapes.Either,
    shapes.Foreign,
)


def _write_inside(source: Source, value: Value, v: str, place: Place, others: list[Any]) -> None:
    if not isinstance(value.shape, _CONTAINERS):
        _write_others(source, value, v, place, others)
        return
    clean = "not found"  # as it is when the whole input is looked at
    if place != Place() and (others or value.rules or _asks(value.shape)):
        mark = source.fresh("n")
        source.line(f"{mark} = len(found)")
        clean = f"len(found) == {mark}"
    if source.is_deep or id(value.shape) in source.written:
        _write_apart(value.shape, source, v, place)
    else:
        write_container(value.shape, source, v, place, clean)
    if others or value.rules:
        with source.block(f"if {clean}:"):
            _write_others(source, value, v, place, others)


def _asks(shape: shapes.Shape) -> bool:
    """Whether what is made of it depends on what was found inside."""
    return isinstance(shape, shapes.Record) or (isinstance(shape, shapes.Items) and shape.into is not list)


def _write_apart(shape: shapes.Shape, source: Source, v: str, place: Place) -> None:
    """Write what is inside as a function of its own, once: so nothing stands too deep, or again and again."""
    function = source.functions.get(id(shape))
    if function is None:
        function = source.functions[id(shape)] = source.fresh("inside_")
        with source.function(f"def {function}(v, found, at):"):
            source.line("before = len(found)")
            write_container(shape, source, "v", Place("", "at"), "len(found) == before")
            source.line("return v")
    source.line(f"{v} = {function}({v}, found, {place.expression})")


def _write_others(source: Source, value: Value, v: str, place: Place, others: list[Any]) -> None:
    mark = None
    if others and value.rules:
        mark = source.fresh("n")
        source.line(f"{mark} = len(found)")
    for test in others:
        with source.block(f"if {source.condition(test, v)}:"):
            source.note(place, source.template(test.code, test.wording, test.params, test.message))
    if mark is None:
        _write_rules(source, value, v, place)
    else:
        with source.block(f"if len(found) == {mark}:"):
            _write_rules(source, value, v, place)


def _write_rules(source: Source, value: Value, v: str, place: Place) -> None:
    for rule in value.rules:
        template = source.template(rule.code, "", rule.params, rule.message)
        write_call(source, f"{source.named('r', rule.fn)}({v})", place, template, f"the rule {rule.name}")
