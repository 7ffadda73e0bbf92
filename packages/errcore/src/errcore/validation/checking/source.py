# SPDX-License-Identifier: MIT
"""Lines of Python that are being written, what their names mean, and the place in the input that they look at."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs

from errcore.validation.checking.findings import Template, step_to
from errcore.validation.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from errcore.validation.constraints.constraint import Requirement
    from errcore.validation.shapes import Value

__all__ = ["Place", "Source", "step"]

_MOST_DEPTH = 20  # of blocks; Python takes 100, and 20 of those that loop or try


def _is_literal(value: Any) -> bool:
    """Whether a value can be written into the source; infinities and very long integers cannot."""
    return type(value) in {str, bool} or (type(value) in {int, float} and -(2**63) < value < 2**63)


def step(name: str) -> str:
    """One step of a pointer to a declared key (RFC 6901, section 3).

    >>> step("a/b~c")
    '/a~1b~0c'
    """
    return "/" + name.replace("~", "~0").replace("/", "~1")


@attrs.frozen
class Place:
    """Where in the input: known when the lines are written, or put together when something is wrong there.

    Attributes:
        known: The pointer, as far as it is known.
        before: An expression for what stands before it; empty if nothing does.

    >>> Place().at("/items").below("str(i1)").at("/qty").expression
    "'/items/' + str(i1) + '/qty'"
    """

    known: str = ""
    before: str = ""

    def at(self, pointer: str) -> Place:
        """A place below, by a pointer that is known."""
        return Place(self.known + pointer, self.before)

    def below(self, expression: str, slash: str = "/") -> Place:
        """A place below, by an expression for the next step."""
        start = [self.before] if self.before else []
        known = self.known + slash
        return Place("", " + ".join([*start, *([repr(known)] if known else []), expression]))

    @property
    def expression(self) -> str:
        """What gives the pointer."""
        if not self.before:
            return repr(self.known)
        return f"{self.before} + {self.known!r}" if self.known else self.before


class Source:
    """Functions that are being written, one inside the other.

    Attributes:
        done: The lines of those that are written.
        lines: The lines of the innermost one so far.
        names: What their names mean.
        functions: Names of functions by what they check, for what is checked in several places.
        written: The records that are written, by identity: they live as long as the tree.
    """

    __slots__ = ("_count", "_depth", "_messages", "_write", "done", "functions", "lines", "names", "written")

    def __init__(self, messages: Mapping[str, str], write: Callable[..., None]) -> None:
        self.done: list[str] = []
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"step_to": step_to}
        self.functions: dict[Any, str] = {}
        self.written: set[int] = set()
        self._messages = messages
        self._write = write  # of one value, whose parts are written by others, which come back here
        self._depth = 0
        self._count = 0

    def value(self, value: Value, v: str, place: Place, given: str = "") -> None:
        """Write the check of one value; see `compiling.write_value`."""
        self._write(self, value, v, place, given)

    def line(self, text: str) -> None:
        """Write a line."""
        self.lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, head: str, if_empty: str = "") -> Generator[None]:
        """Write a head, and what follows below it; if nothing does, another head without anything, or `pass`."""
        self.line(head)
        written = len(self.lines)
        with self.indented():
            yield
        if len(self.lines) > written:
            return
        if if_empty:
            self.lines.pop()
            self.line(if_empty)
        else:
            self.line("    pass")

    @contextmanager
    def indented(self) -> Generator[None]:
        """Write below the last head."""
        self._depth += 1
        yield
        self._depth -= 1

    @contextmanager
    def function(self, head: str) -> Generator[None]:
        """Write a function, whatever is being written."""
        outer, depth = self.lines, self._depth
        self.lines, self._depth = [], 0
        with self.block(head):
            yield
        self.done += self.lines
        self.lines, self._depth = outer, depth

    @property
    def is_deep(self) -> bool:
        """Whether what is inside should be a function of its own: Python limits how deep blocks may stand in another."""
        return self._depth > _MOST_DEPTH

    def fresh(self, start: str) -> str:
        """A name that nothing has yet."""
        self._count += 1
        return f"{start}{self._count}"

    def named(self, start: str, value: object) -> str:
        """A name for a value."""
        name = self.fresh(start)
        self.names[name] = value
        return name

    def known(self, **values: object) -> None:
        """Names that always mean the same."""
        self.names.update(values)

    def template(
        self,
        code: str,
        wording: str = "",
        params: Mapping[str, Any] | None = None,
        message: str | None = None,
    ) -> Template:
        """An issue, in the words of this validator."""
        limits = dict(params or {})
        return Template(code, sentence(code, wording, limits, self._messages, message), limits)

    def note(
        self, place: Place, template: Template, given: str = "", otherwise: Template | None = None
    ) -> None:
        """Write what notes an issue. Where the place is known, so is the issue.

        Args:
            place: Where.
            template: What to tell.
            given: A condition without which something else is told.
            otherwise: That.
        """
        told = [template] if otherwise is None or not given else [template, otherwise]
        if place.before:
            names = [self.named("T", each) for each in told]
        else:
            names = [self.named("I", each.at(place.known)) for each in told]
        which = names[0] if len(names) == 1 else f"{names[0]} if {given} else {names[1]}"
        self.line(f"found.note({place.expression}, {which})" if place.before else f"found.append({which})")

    def condition(self, test: Requirement, v: str) -> str:
        """The expression of a test, about the variable `v`."""
        meaning = {"v": v}
        for name, value in test.names.items():
            meaning[name] = repr(value) if _is_literal(value) else self.named("c", value)
        return re.sub(r"\b[a-z_]+\b", lambda word: meaning.get(word[0], word[0]), test.broken)
