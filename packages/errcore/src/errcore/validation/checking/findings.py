# SPDX-License-Identifier: MIT
"""What the generated check calls when something is wrong: nothing here runs for an input that is fine.

Found issues are a list. Beyond the limit an entry is None, so that the list still grows by one for each defect, and
a flood of them costs a pointer each.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Mapping
from itertools import islice
from typing import Any, ClassVar

import attrs

from errcore.errors.issues import TOO_MANY_ISSUES, Issue, issues_left_out
from errcore.errors.reading import kind_of
from errcore.errors.refusals import check_code
from errcore.errors.stock import ValidationError
from errcore.events import stream
from errcore.mishaps import Mishaps
from errcore.validation.messages import sentence

__all__ = ["Crash", "Descent", "Findings", "RuleFailed", "Template", "findings_of", "step_to"]

_LONGEST_KEY = 128  # characters of a key that a pointer names
_MOST_DEPTH = 64
_MOST_RECORDS = 100_000
_MOST_ANSWERS = 10_000  # issues that one rule gives for one value
_LONGEST_POINTER = 1024  # characters of what a rule adds to the pointer of its value
_mishaps = Mishaps()


@attrs.frozen
class RuleFailed:
    """An event: a rule, a normaliser or a hook of the user failed, and the input was rejected for that.

    Attributes:
        what: Which one.
        pointer: What it was looking at.
        error: What it raised; its text may hold what was sent.
    """

    what: str
    pointer: str
    error: BaseException


class Crash(Exception):  # noqa: N818 - a stand-in, never caught by name
    """Stands for what a rule raised: its type, and the traceback, without its text, which may hold what was sent."""


class Template:
    """An issue without its place.

    Attributes:
        code: The issue's code.
        message: The issue's message.
        params: The issue's declared limits.
    """

    __slots__ = ("code", "message", "params")

    def __init__(self, code: str, message: str, params: Mapping[str, Any]) -> None:
        self.code: str = code
        self.message: str = message
        self.params: Mapping[str, Any] = params

    def at(self, pointer: str) -> Issue:
        """The issue at one place."""
        return Issue(pointer, self.code, self.message, self.params)


class Findings(list["Issue | None"]):
    """The issues found so far. Each validator has a subclass with its limit, so that making one costs little.

    Attributes:
        limit: How many are kept.
        messages: Sentences by code that go before errcore's own.
        crash: The first failure of a rule.
        way: How deep inside itself the input is; None where nothing can be.
    """

    limit: ClassVar[int]
    messages: ClassVar[Mapping[str, str]]
    crash: Crash | None = None
    way: Descent | None = None

    def note(self, pointer: str, template: Template) -> None:
        """One more issue."""
        self.append(template.at(pointer) if len(self) < self.limit else None)

    def note_code(self, pointer: str, code: str) -> None:
        """One more issue, which is the same in every validator but for its words."""
        self.note(pointer, Template(code, sentence(code, "", {}, self.messages), {}))

    def crashed(self, pointer: str, what: str, error: Exception) -> None:
        """A function of the user failed: fail closed, and keep the traceback."""
        self.note_code(pointer, "RULE_CRASHED")
        if self.crash is None:
            self.crash = _crash_of(what, error)
        _mishaps.note("a validation rule", error)
        stream.emit(RuleFailed(what, pointer, error))

    def judged(self, pointer: str, said: Any, template: Template, what: str) -> None:
        """What a rule said that was not True."""
        if said is False:
            self.note(pointer, template)
            return
        try:
            found = _issues(said, pointer)
        except Exception as error:  # noqa: BLE001 - it gave something else, or a generator that failed
            self.crashed(pointer, what, error)
            return
        self.place(found)

    def place(self, issues: Iterable[Issue | None]) -> None:
        """Issues that were found elsewhere."""
        for issue in issues:
            self.append(issue if len(self) < self.limit else None)

    def raised(self, pointer: str, what: str, error: Exception) -> None:
        """A class or a hook of the user raised: to refuse a value, or because it failed."""
        if isinstance(error, ValidationError):
            self._refused(pointer, error)
        elif isinstance(error, ValueError | TypeError):
            self.note_code(pointer, "INVALID")
        else:
            self.crashed(pointer, what, error)

    def _refused(self, pointer: str, refusal: ValidationError) -> None:
        """It said itself what is wrong; its sentences are the issues', not its message."""
        try:
            found = _issues(refusal.issues, pointer)
        except Exception:  # noqa: BLE001 - raised by hand, with something else in it
            found = []
        if not found:
            self.note_code(pointer, "INVALID")
        self.place(found)
        if refusal.crashed and self.crash is None:
            self.crash = _crash_of("a validator inside", refusal.__cause__ or refusal)

    def lift(self, since: int, pointer: str) -> None:
        """The last issues are about a key that cannot be shown: they point to what holds it."""
        for index in range(since, len(self)):
            issue = self[index]
            if issue is not None:
                self[index] = attrs.evolve(issue, pointer=pointer)

    def enters(self, record: Any) -> bool:
        """Whether a record that may hold its own kind may be entered."""
        if self.way is None:
            self.way = Descent()
        return self.way.enters(record)

    def trial(self) -> Findings:
        """An empty one, for an option that may fail; the way is the same."""
        other = type(self)()
        if self.way is None:
            self.way = Descent()  # what all trials cost together is bounded
        other.way = self.way
        return other

    def take(self, others: Findings) -> None:
        """The issues of the option that came closest."""
        self.place(others)
        if others.crash is not None and self.crash is None:
            self.crash = others.crash

    def issues(self) -> tuple[Issue, ...]:
        """What is told: at most as many as the limit allows, the last of which says how many more there were."""
        if len(self) <= self.limit:
            found: Any = self  # without a None
            return tuple(found)
        kept = self.limit - 1
        omitted = len(self) - kept
        words = sentence(TOO_MANY_ISSUES, "", {"omitted": omitted}, self.messages)
        return (*filter(None, self[:kept]), issues_left_out(omitted, words))


def findings_of(messages: Mapping[str, str], limit: int) -> type[Findings]:
    """What one validator collects its issues in.

    Args:
        messages: Sentences by code that go before errcore's own.
        limit: How many issues are kept.
    """
    return type("Found", (Findings,), {"limit": limit, "messages": messages})


def _issues(said: Any, pointer: str) -> list[Issue]:
    """The issues that somebody gave for the value at a pointer."""
    _close(said)
    kind = kind_of(said)
    if not issubclass(kind, Iterable) or issubclass(kind, str | bytes | Mapping):
        raise TypeError(f"a rule gave {kind.__name__}; it must give True, False or issues")
    found = [_placed(issue, pointer) for issue in islice(said, _MOST_ANSWERS + 1)]
    if len(found) > _MOST_ANSWERS:
        raise TypeError("a rule gave issues without end")
    return found


def _close(said: object) -> None:
    """A coroutine says on stderr that nobody waited for it, otherwise."""
    if isinstance(said, Coroutine):
        said.close()


def _placed(issue: Any, pointer: str) -> Issue:
    if type(issue) is not Issue:
        raise TypeError("a rule gave something else than issues")
    if not (type(issue.pointer) is type(issue.message) is str) or issue.pointer[:1] not in {"", "/"}:
        raise TypeError("a rule gave an issue whose pointer or message is none")
    if check_code(issue.code) is not None or not isinstance(issue.params, Mapping):
        raise TypeError("a rule gave an issue whose code or params are none")
    shown = issue.pointer.isprintable() and len(issue.pointer) <= _LONGEST_POINTER
    return attrs.evolve(issue, pointer=pointer + issue.pointer if shown else pointer)


def _crash_of(what: str, error: BaseException) -> Crash:
    """The stand-in for what somebody's function raised, with its traceback."""
    return Crash(f"{type(error).__name__} in {what}").with_traceback(error.__traceback__)


def step_to(key: Any) -> str:
    """One step of a pointer to a key that the sender chose; empty where it cannot be shown as it is.

    >>> step_to("a/b~c"), step_to("x" * 1000), step_to(7)
    ('/a~1b~0c', '', '')
    """
    if type(key) is not str or len(key) > _LONGEST_KEY or not key.isprintable():
        return ""
    return "/" + key.replace("~", "~0").replace("/", "~1")


class Descent:
    """The way down into records that hold records of their own class.

    >>> way = Descent()
    >>> node = {}
    >>> way.enters(node), way.enters(node)
    (True, False)
    """

    __slots__ = ("_inside", "_records")

    def __init__(self) -> None:
        self._inside: list[int] = []
        self._records = 0

    def enters(self, record: Any) -> bool:
        """Whether a record may be entered: not too deep, not too many, and not inside itself."""
        self._records += 1
        if len(self._inside) >= _MOST_DEPTH or self._records > _MOST_RECORDS or id(record) in self._inside:
            return False
        self._inside.append(id(record))
        return True

    def leaves(self) -> None:
        """Back from the record that was entered last."""
        self._inside.pop()
