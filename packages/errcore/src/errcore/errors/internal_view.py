# SPDX-License-Identifier: MIT
"""The side of an error that only we may read: captured once, bounded, and redacted before anybody sees it."""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from errcore.errors import reading
from errcore.errors.causes import CHAIN_LENGTH, kept_causes, type_name, walk_causes
from errcore.errors.classification import leaves_of
from errcore.errors.kinds import Severity
from errcore.errors.message import MESSAGE_LENGTH, public_sentence
from errcore.errors.public_view import json_facts
from errcore.jsonsafe import Bounds, mask_and_cut, safe_text, to_json
from errcore.redaction import Redactor, is_secret_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from errcore.errors.classification import Classification
    from errcore.errors.spec import ErrorSpec

__all__ = ["Raw", "capture", "redacted"]

FRAMES = 30
NOTES = 16
OTHERS = 8
_TEXT_LENGTH = 2048
_LINE_LENGTH = 512
_KNOWN_FRAMES = 1024
_BOUNDS = Bounds(depth=10, items=64, text=_TEXT_LENGTH)
_redactor = Redactor()


class Raw:
    """What was taken from the exception: bounded, not yet redacted, for this module's eyes.

    No attrs class: whatever walks an occurrence field by field (`attrs.asdict`, a converter) stops here.
    """

    __slots__ = ("facts", "redactor")

    def __init__(self, facts: dict[str, Any], redactor: Redactor) -> None:
        self.facts = facts
        self.redactor = redactor


def capture(
    exc: BaseException,
    leaf: BaseException,
    verdict: Classification,
    fields: Mapping[str, object],
    redactor: Redactor | None,
) -> Raw:
    """Take from an exception what the log may need, and let go of the exception itself."""
    spec = reading.spec_of(type(leaf))
    attributes = reading.attributes(leaf)
    # Each fact is bounded by itself: a flood of details cannot push out what we wrote ourselves.
    facts: dict[str, Any] = {"message": _text(leaf)}
    links = [leaf, *walk_causes(leaf)]
    causes = [_summary(cause) for cause in links[1:]]
    causes += [{"type": cause.type_name, "message": cause.message} for cause in kept_causes(links)]
    if causes:
        facts["causes"] = causes[:CHAIN_LENGTH]
    if not verdict.expected or verdict.severity in {Severity.ERROR, Severity.CRITICAL}:
        frames = _frames(reading.traceback(leaf))
        if frames:
            facts["traceback"] = frames
    notes: Any = attributes.get("__notes__")
    if reading.exactly(list, notes):
        facts["notes"] = [safe_text(note, _LINE_LENGTH) for note in notes[:NOTES]]
    if leaf is not exc:
        others = [other for other in leaves_of(exc) if other is not leaf][:OTHERS]
        if others:
            facts["others"] = [_summary(other) for other in others]
    if spec is not None and (details := _details(attributes, spec)):
        facts["details"] = details
    if fields:
        facts["context"] = to_json(fields, hide=is_secret_key)
    return Raw(facts, redactor or _redactor)


def redacted(raw: Raw) -> dict[str, Any]:
    """The captured facts without secrets."""
    try:
        # The names of the facts are ours.
        return {name: _cleaned(name, fact, raw.redactor) for name, fact in raw.facts.items()}
    except Exception as problem:  # noqa: BLE001 - a redactor of the user's that fails: rather nothing than raw text
        return {"message": f"<not redacted: {type_name(type(problem))}>"}


def _cleaned(name: str, fact: Any, redactor: Redactor) -> Any:
    if name == "traceback" and type(redactor) is Redactor:
        return [_known_frame(frame, redactor) for frame in fact]
    return to_json(fact, bounds=_BOUNDS, hide=is_secret_key, text=redactor.text)


@lru_cache(maxsize=_KNOWN_FRAMES)
def _known_frame(frame: str, redactor: Redactor) -> str:
    """A frame without secrets. The same few places of the code come again and again, and to search them is dear."""
    return mask_and_cut(frame, _LINE_LENGTH, redactor.text)


def _text(exc: BaseException) -> str:
    spec = reading.spec_of(type(exc))
    if spec is None:
        return safe_text(exc, _TEXT_LENGTH)
    # Not str(): that redacts at once, and most occurrences are never read so closely.
    message = reading.attributes(exc).get("message")
    return public_sentence(exc, spec) if message is None else safe_text(message, MESSAGE_LENGTH)


def _details(values: dict[str, Any], spec: ErrorSpec) -> dict[str, Any]:
    found: dict[str, Any] = {}
    adhoc = values.get("internal")
    if adhoc is not None:
        found = json_facts(adhoc, "internal")
    names = spec.internal_names if spec.answers_as is None else (*spec.public_names, *spec.internal_names)
    declared = {name: values[name] for name in names if not _says_nothing(values.get(name))}
    return {**found, **json_facts(declared, "internal")} if declared else found


def _says_nothing(value: object) -> bool:
    # Not by equality, of which a value may have its own idea: an array has one answer for each item.
    return value is None or (type(value) is tuple and not value)


def _summary(exc: BaseException) -> dict[str, str]:
    summary = {"type": type_name(type(exc)), "message": safe_text(_text(exc), _LINE_LENGTH)}
    innermost = reading.traceback(exc)
    if innermost is not None:
        while innermost.tb_next is not None:
            innermost = innermost.tb_next
        summary["at"] = _frame(innermost)
    return summary


def _frames(traceback: TracebackType | None) -> list[str]:
    """Where the exception went through, outermost first, the innermost `FRAMES` of them. No locals, no source."""
    frames: deque[str] = deque(maxlen=FRAMES)
    while traceback is not None:
        frames.append(_frame(traceback))
        traceback = traceback.tb_next
    return list(frames)


def _frame(link: TracebackType) -> str:
    code = link.tb_frame.f_code
    return f"{code.co_filename}:{link.tb_lineno} in {code.co_qualname}"
