# SPDX-License-Identifier: MIT
"""The side of an error that only we may read: captured once, bounded, and redacted before anybody sees it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from errcore.errors import reading
from errcore.errors.causes import CHAIN, CHAIN_LENGTH, kept_causes, type_name, walk_causes
from errcore.errors.databases.texts import database_text
from errcore.errors.frames import frames_of, innermost
from errcore.errors.groups import leaves_of
from errcore.errors.issues import Issue
from errcore.errors.kinds import Severity
from errcore.errors.message import MESSAGE_LENGTH, public_sentence
from errcore.errors.public_view import json_facts
from errcore.errors.told import Told
from errcore.jsonsafe import Bounds, mask_and_cut, safe_text, to_json
from errcore.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from errcore.errors.classification import Classification
    from errcore.errors.spec import ErrorSpec

__all__ = ["Raw", "capture", "redacted"]

FRAMES = 30
NOTES = 16
OTHERS = 8
_TEXT_LENGTH = 2048
_LINE_LENGTH = 512
_KNOWN_FRAMES = 1024
_KNOWN_TRACEBACKS = 128
_BOUNDS = Bounds(depth=10, items=64, text=_TEXT_LENGTH)
_LOUD = frozenset({Severity.ERROR, Severity.CRITICAL})


class Raw:
    """What was taken from the exception: bounded, not yet redacted, for this module's eyes.

    No attrs class: whatever walks an occurrence field by field (`attrs.asdict`, a converter) stops here.
    """

    __slots__ = ("facts", "hide", "redactor")

    def __init__(self, facts: dict[str, Any], redactor: Redactor, hide: Callable[[str], bool]) -> None:
        self.facts: dict[str, Any] = facts
        self.redactor: Redactor = redactor
        self.hide: Callable[[str], bool] = hide


def capture(
    exc: BaseException,
    leaf: BaseException,
    spec: ErrorSpec | None,
    verdict: Classification,
    message: str,
    fields: Mapping[str, object],
    redactor: Redactor,
    hide: Callable[[str], bool],
) -> Raw | None:
    """Take from an exception what the log may need, and let go of the exception itself.

    Args:
        exc: What was raised.
        leaf: The exception that answers for it.
        spec: What the class of `leaf` declared, if it did.
        verdict: The verdict on `exc`.
        message: The public sentence; it is not said twice.
        fields: The free fields of the context.
        redactor: What will clean it.
        hide: Says of a key whether its value is a secret.

    Returns:
        None where the public side says all there is.
    """
    attributes = reading.attributes(leaf)
    # Each fact is bounded by itself: a flood of details cannot push out what we wrote ourselves.
    facts: dict[str, Any] = {}
    # Where only the class speaks, and for itself, its sentence is the public one.
    if spec is None or spec.answers_as is not None or attributes.get("message") is not None:
        text = _text(leaf, spec, attributes)
        if text != message:
            facts["message"] = text
    if reading.context(leaf) is not None or reading.cause(leaf) is not None or CHAIN in attributes:
        causes = _causes([leaf, *walk_causes(leaf)])
        if causes:
            facts["causes"] = causes
    if not verdict.expected or verdict.severity in _LOUD:
        frames = frames_of(reading.traceback(leaf), FRAMES)
        if frames:
            facts["traceback"] = frames
    notes: Any = attributes.get("__notes__")
    if notes is not None and reading.exactly(list, notes):
        facts["notes"] = [safe_text(note, _LINE_LENGTH) for note in notes[:NOTES]]
    if leaf is not exc:
        others = [other for other in leaves_of(exc) if other is not leaf][:OTHERS]
        if others:
            facts["others"] = [_summary(other) for other in others]
    if spec is not None and (details := _details(attributes, spec, hide)):
        facts["details"] = details
    if fields:
        facts["context"] = to_json(fields, hide=hide)
    return Raw(facts, redactor, hide) if facts else None


def redacted(raw: Raw) -> dict[str, Any]:
    """The captured facts without secrets."""
    try:
        # The names of the facts are ours.
        return {name: _cleaned(name, fact, raw) for name, fact in raw.facts.items()}
    except Exception as problem:  # noqa: BLE001 - a redactor of the user's that fails: rather nothing than raw text
        return {"message": f"<not redacted: {type_name(type(problem))}>"}


def _cleaned(name: str, fact: Any, raw: Raw) -> Any:
    if name == "traceback" and type(raw.redactor) is Redactor:
        return list(_known_frames(tuple(fact), raw.redactor))
    return to_json(fact, bounds=_BOUNDS, hide=raw.hide, text=raw.redactor.text)


@lru_cache(maxsize=_KNOWN_TRACEBACKS)
def _known_frames(frames: tuple[str, ...], redactor: Redactor) -> list[str]:
    """A traceback without secrets; one bug gives the same one each time."""
    return [_known_frame(frame, redactor) for frame in frames]


@lru_cache(maxsize=_KNOWN_FRAMES)
def _known_frame(frame: str, redactor: Redactor) -> str:
    """A frame without secrets. The same few places of the code come again and again, and to search them is dear."""
    return mask_and_cut(frame, _LINE_LENGTH, redactor.text)


def _text(exc: BaseException, spec: ErrorSpec | None, attributes: dict[str, Any]) -> str:
    if spec is None:
        words = database_text(exc)
        return safe_text(exc if words is None else words, _TEXT_LENGTH)
    # Not str(): that redacts at once, and most occurrences are never read so closely.
    message = attributes.get("message")
    return public_sentence(exc, spec) if message is None else safe_text(message, MESSAGE_LENGTH)


def _causes(links: list[BaseException]) -> list[dict[str, str]]:
    living = [_summary(cause) for cause in links[1:]]
    kept = [{"type": cause.type_name, "message": cause.message} for cause in kept_causes(links)]
    return [*living, *kept][:CHAIN_LENGTH]


def _details(values: dict[str, Any], spec: ErrorSpec, hide: Callable[[str], bool]) -> dict[str, Any]:
    adhoc = values.get("internal")
    found = {} if adhoc is None else json_facts(adhoc, "internal", hide)
    names = spec.internal_names if spec.answers_as is None else (*spec.public_names, *spec.internal_names)
    declared: dict[str, Any] = {}
    for name in names:
        value = values.get(name)
        if _are_issues(value):
            continue  # the line has them already
        # Not by equality, of which a value may have its own idea: an array has one answer for each item.
        if value is not None and (type(value) is not tuple or value):
            declared[name] = _opened(value)
    if declared:
        found.update(json_facts(declared, "internal", hide))
    return found


def _are_issues(value: Any) -> bool:
    return bool(reading.exactly(tuple, value) and value and reading.exactly(Issue, value[0]))


def _opened(value: Any) -> object:
    """What another service told member by member, since an object is shown as the name of its type."""
    return value.facts() if reading.exactly(Told, value) else value


def _summary(exc: BaseException) -> dict[str, str]:
    text = _text(exc, reading.spec_of(type(exc)), reading.attributes(exc))
    summary = {"type": type_name(type(exc)), "message": safe_text(text, _LINE_LENGTH)}
    traceback = reading.traceback(exc)
    if traceback is not None:
        summary["at"] = innermost(traceback)
    return summary
