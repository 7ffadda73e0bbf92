# SPDX-License-Identifier: MIT
"""The lines for a record: its fields, the keys that are not declared, the checks across fields, and what is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore.errors.reading import class_attribute
from errcore.validation import shapes
from errcore.validation.checking.calls import write_call, write_made
from errcore.validation.checking.findings import step_to
from errcore.validation.checking.source import step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from errcore.validation.checking.findings import Findings, Template
    from errcore.validation.checking.source import Place, Source
    from errcore.validation.shapes import Check, Field, Record

__all__ = ["positions", "present", "unknown", "write_record"]


def write_record(record: Record, source: Source, v: str, place: Place, clean: str) -> None:
    """Write the check of a record.

    Args:
        record: What it is.
        source: Where to.
        v: The variable that holds the dict.
        place: Where it is in the input.
        clean: A condition under which no issue was found inside.
    """
    variables = {field.name: source.fresh("v") for field in record.fields}
    asked = {name for check in record.checks for name in check.fields}
    good: dict[str, str] = {}
    _write_required(record, source, v, variables)
    for field in record.fields:
        name, here = variables[field.name], place.at(step(field.name))
        if field.name in asked:
            good[field.name] = source.fresh("n")
            source.line(f"{good[field.name]} = len(found)")
        if field.required:
            source.value(field.value, name, here, f"{field.name!r} in {v}")
        else:
            source.line(f"{name} = {v}.get({field.name!r}, MISSING)")
            with source.block(f"if {name} is not MISSING:"):
                source.value(field.value, name, here)
        if field.name in asked:
            was = good[field.name]
            there = "" if field.required else f"{name} is not MISSING and "
            source.line(f"{was} = {there}len(found) == {was}")
    if record.extra == "forbid":
        known = source.named("c", frozenset(variables))
        source.known(unknown=unknown)
        template = source.named("T", source.template("UNKNOWN_FIELD"))
        with source.block(f"if not {v}.keys() <= {known}:"):
            source.line(f"unknown({v}, {known}, found, {place.expression}, {template})")
    for check in record.checks:
        if check.fields:
            _write_check(check, source, variables, good, place)
    with source.block(f"if {clean}:"):
        _write_result(record, source, v, variables, place, clean)


def _write_required(record: Record, source: Source, v: str, variables: dict[str, str]) -> None:
    """Write how the fields are fetched that must be there: each at once, or if one is not, those that are."""
    names = [field.name for field in record.fields if field.required]
    if not names:
        return
    with source.block("try:"):
        for name in names:
            source.line(f"{variables[name]} = {v}[{name!r}]")
    source.known(present=present)
    with source.block("except KeyError:"):
        listed = source.named("c", tuple(names))
        source.line(f"[{', '.join(variables[name] for name in names)}] = present({v}, {listed})")


def _write_check(
    check: Check, source: Source, variables: dict[str, str], good: dict[str, str], place: Place
) -> None:
    values = ", ".join(f"{name!r}: {variables[name]}" for name in check.fields)
    with source.block(f"if {' and '.join(good[name] for name in check.fields)}:"):
        _write_said(check, source, f"{{{values}}}", place.at(step(check.fields[0])))


def _write_said(check: Check, source: Source, values: str, place: Place) -> None:
    params = {"fields": list(check.fields)} if check.fields else {}
    template = source.template(check.code, "", params, check.message)
    write_call(source, f"{source.named('r', check.fn)}({values})", place, template, "a check across fields")


def _write_result(
    record: Record, source: Source, v: str, variables: dict[str, str], place: Place, clean: str
) -> None:
    """Write what is made of good fields."""
    overall = [check for check in record.checks if not check.fields]
    if record.into is not None and not overall and record.extra != "keep":
        _write_made(record, source, v, place, *_arguments(record, source, variables))
        return
    kept = ""
    if record.extra == "keep":
        # Neither what was checked nor its other name, by which unchecked values would come in.
        known = source.named("c", frozenset({*variables, *(field.result for field in record.fields)}))
        kept = f"**{{key: {v}[key] for key in {v} if key not in {known}}}"
    result = _write_dict(record.fields, source, variables, kept)
    for check in overall:
        _write_said(check, source, f"dict({result})", place)
    if record.into is None:
        source.line(f"{v} = {result}")
    elif overall:
        with source.block(f"if {clean}:"):
            _write_made(record, source, v, place, f"**{result}")
    else:
        _write_made(record, source, v, place, f"**{result}")


def _write_dict(fields: Sequence[Field], source: Source, variables: dict[str, str], kept: str = "") -> str:
    """Write a dict of good fields: the sure ones at once, those that may be missing one by one. Gives its name."""
    result = source.fresh("m")
    sure = 0
    while sure < len(fields) and fields[sure].required:
        sure += 1
    members = [f"{field.result!r}: {variables[field.name]}" for field in fields[:sure]]
    source.line(f"{result} = {{{', '.join([*([kept] if kept else []), *members])}}}")
    for field in fields[sure:]:
        name = variables[field.name]
        if field.required:
            source.line(f"{result}[{field.result!r}] = {name}")
            continue
        with source.block(f"if {name} is not MISSING:"):
            source.line(f"{result}[{field.result!r}] = {name}")
        if not isinstance(field.default, shapes.Missing):
            with source.block("else:"):
                source.line(f"{result}[{field.result!r}] = {source.named('d', field.default)}()")
    return result


def _arguments(record: Record, source: Source, variables: dict[str, str]) -> Iterator[str]:
    """The arguments of the class: those that it takes by position, which costs least, and the others by name."""
    fields = list(record.fields)
    for name in positions(record.into):
        if not fields or not fields[0].required or fields[0].result != name:
            break
        yield variables[fields.pop(0).name]
    if fields:
        yield f"**{_write_dict(fields, source, variables)}"


def _write_made(record: Record, source: Source, v: str, place: Place, *arguments: str) -> None:
    into = source.named("k", record.into)
    write_made(source, f"{v} = {into}({', '.join(arguments)})", place, "the class of a record")


def positions(into: Any) -> tuple[str, ...]:
    """The names of what a class takes by position, as far as nothing but its `__init__` decides that.

    Args:
        into: A class, or what else makes something of fields.
    """
    if type(into) is not type or class_attribute(into, "__new__") is not object.__new__:
        return ()
    code: Any = getattr(class_attribute(into, "__init__"), "__code__", None)
    return () if code is None else code.co_varnames[1 : code.co_argcount]


def present(data: dict[Any, Any], names: tuple[str, ...]) -> list[Any]:
    """The values of those keys that are there, MISSING for the others.

    Args:
        data: The record.
        names: The keys.
    """
    return [data.get(name, shapes.MISSING) for name in names]


def unknown(data: dict[Any, Any], known: frozenset[str], told: Findings, at: str, template: Template) -> None:
    """Note the keys that nobody declared.

    Args:
        data: The record.
        known: The keys that somebody declared.
        told: The issues so far.
        at: Where the record is.
        template: What to tell.
    """
    for key in data:
        if key not in known:
            told.note(at + step_to(key), template)
