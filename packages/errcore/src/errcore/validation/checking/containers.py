# SPDX-License-Identifier: MIT
"""The lines for what is inside a value: items, members, fields, options, and what hooks read."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from errcore.validation import shapes
from errcore.validation.checking.calls import write_made
from errcore.validation.checking.options import alternatives, choose
from errcore.validation.checking.records import write_record
from errcore.validation.checking.source import (  # at run time, too: singledispatch reads the hints
    Place,
    Source,
)

__all__ = ["write_container"]


@singledispatch
def write_container(shape: Any, source: Source, v: str, place: Place, clean: str) -> None:
    """Write the check of what is inside, and of what becomes of it.

    Args:
        shape: What it is.
        source: Where to.
        v: The variable that holds it.
        place: Where it is in the input.
        clean: A condition under which no issue was found inside.
    """
    raise NotImplementedError(type(shape).__name__)


@write_container.register
def _(shape: shapes.Items, source: Source, v: str, place: Place, clean: str) -> None:
    if isinstance(shape.item.shape, shapes.Anything) and shape.item == shapes.Value():
        source.line(f"{v} = {_made(source, shape.into, v)}" if shape.into is not list else f"{v} = {v}[:]")
        return
    item, made = source.fresh("v"), source.fresh("m")
    source.line(f"{made} = []")
    with source.block(f"for {item} in {v}:"):
        source.value(shape.item, item, place.below(f"str(len({made}))"))
        source.line(f"{made}.append({item})")
    if shape.into is list:
        source.line(f"{v} = {made}")
    else:  # a set cannot hold all that may be wrong
        with source.block(f"if {clean}:"):
            source.line(f"{v} = {_made(source, shape.into, made)}")


def _made(source: Source, into: type[Any], made: str) -> str:
    return made if into is list else f"{source.named('k', into)}({made})"


@write_container.register
def _(shape: shapes.Row, source: Source, v: str, place: Place, clean: str) -> None:
    names = [source.fresh("v") for _ in shape.items]
    for index, (name, value) in enumerate(zip(names, shape.items, strict=True)):
        source.line(f"{name} = {v}[{index}]")
        source.value(value, name, place.at(f"/{index}"))
    source.line(f"{v} = ({''.join(f'{name}, ' for name in names)})")


@write_container.register
def _(shape: shapes.Entries, source: Source, v: str, place: Place, clean: str) -> None:
    key, item, made, before = source.fresh("k"), source.fresh("v"), source.fresh("m"), source.fresh("n")
    name = source.fresh("k")
    source.line(f"{made} = {{}}")
    with source.block(f"for {key}, {item} in {v}.items():"):
        with source.block(f"if type({key}) is not str:"):
            source.note(place, source.template("WRONG_TYPE", "keys", {"type": "object"}))
            source.line("continue")
        source.line(f"{before}, {name} = len(found), {key}")
        here = place.below(f"step_to({key})", "")
        source.value(shape.key, name, here)
        source.value(shape.item, item, here)
        with source.block(f"if len(found) == {before}:"):
            source.line(f"{made}[{name}] = {item}")
        with source.block(f"elif not step_to({key}):"):
            source.line(f"found.lift({before}, {place.expression})")
    source.line(f"{v} = {made}")


@write_container.register
def _(shape: shapes.Again, source: Source, v: str, place: Place, clean: str) -> None:
    # One class may be declared twice, with unknown keys in one and without in the other.
    key = shape.cls, id(shape.records)
    function = source.functions.get(key)
    if function is None:
        function = source.functions[key] = source.fresh("record_")
        with source.function(f"def {function}(v, found, at):"):
            here = Place("", "at")
            with source.block("if not found.enters(v):"):
                source.note(here, source.template("TOO_DEEP"))
                source.line("return v")
            with source.block("try:"):
                source.value(shapes.Value(shape.record), "v", here)
            with source.block("finally:"):
                source.line("found.way.leaves()")
            source.line("return v")
    source.line(f"{v} = {function}({v}, found, {place.expression})")


@write_container.register
def _(shape: shapes.Foreign, source: Source, v: str, place: Place, clean: str) -> None:
    write_made(source, f"{v} = {source.named('h', shape.read)}({v})", place, "a structure hook")


@write_container.register
def _(shape: shapes.Either, source: Source, v: str, place: Place, clean: str) -> None:
    functions = [source.fresh("option_") for _ in shape.options]
    for function, option in zip(functions, shape.options, strict=True):
        with source.function(f"def {function}(v, found, at):"):
            source.value(option, "v", Place("", "at"))
            source.line("return v")
    options = source.named("o", alternatives(shape, source.template))
    source.known(choose=choose)
    source.line(
        f"{v} = choose({v}, found, {place.expression}, {options}, ({''.join(f'{f}, ' for f in functions)}))"
    )


@write_container.register
def _(shape: shapes.Record, source: Source, v: str, place: Place, clean: str) -> None:
    source.written.add(id(shape))
    write_record(shape, source, v, place, clean)
