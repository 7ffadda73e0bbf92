# SPDX-License-Identifier: MIT
"""The side of an error that only we may read: captured once, bounded, and redacted before anybody sees it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import attrs

from errcore.errors.causes import CHAIN, type_name, walk_causes
from errcore.errors.classification import leaves_of
from errcore.errors.kinds import Severity
from errcore.errors.message import MESSAGE_LENGTH, public_sentence
from errcore.errors.spec import ErrorSpec
from errcore.jsonsafe import Bounds, safe_text, to_json
from errcore.redaction import Redactor, is_secret_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from errcore.errors.classification import Classification

__all__ = ["Raw", "capture", "redacted"]

FRAMES = 30
NOTES = 16
OTHERS = 8
_TEXT_LENGTH = 2048
_LINE_LENGTH = 512
_BOUNDS = Bounds(depth=10, items=64, text=_TEXT_LENGTH, total=32768)
_redactor = Redactor()


@attrs.frozen
class Raw:
    """What was taken from the exception: bounded, not yet redacted, for this module's eyes."""

    facts: dict[str, Any] = attrs.field(repr=False)
    redactor: Redactor = attrs.field(repr=False)


def capture(
    exc: BaseException,
    leaf: BaseException,
    verdict: Classification,
    fields: Mapping[str, object],
    redactor: Redactor | None,
) -> Raw:
    """Take from an exception what the log may need, and let go of the exception itself."""
    spec = getattr(type(leaf), "spec", None)
    facts: dict[str, Any] = {"message": _text(leaf)}
    if isinstance(spec, ErrorSpec) and (details := _details(leaf.__dict__, spec)):
        facts["details"] = details
    if fields:
        facts["context"] = to_json(fields, hide=is_secret_key)
    notes = leaf.__dict__.get("__notes__")
    if type(notes) is list:
        facts["notes"] = [safe_text(note, _LINE_LENGTH) for note in notes[:NOTES]]
    causes = [_summary(cause) for cause in walk_causes(leaf)]
    causes += [{"type": cause.type_name, "message": cause.message} for cause in leaf.__dict__.get(CHAIN, ())]
    if causes:
        facts["causes"] = causes
    if leaf is not exc:
        others = [other for other in leaves_of(exc) if other is not leaf][:OTHERS]  # type: ignore[arg-type]
        if others:
            facts["others"] = [_summary(other) for other in others]
    if not verdict.expected or verdict.severity in {Severity.ERROR, Severity.CRITICAL}:
        facts["traceback"] = _frames(leaf.__traceback__)
    return Raw(facts, redactor or _redactor)


def redacted(raw: Raw) -> dict[str, Any]:
    """The captured facts without secrets."""
    try:
        cleaned: dict[str, Any] = to_json(raw.facts, bounds=_BOUNDS, hide=is_secret_key, text=raw.redactor.text)
    except Exception as problem:  # noqa: BLE001 - a redactor of the user's that fails: rather nothing than raw text
        return {"message": f"<not redacted: {type_name(type(problem))}>"}
    return cleaned


def _text(exc: BaseException) -> str:
    spec = getattr(type(exc), "spec", None)
    if not isinstance(spec, ErrorSpec):
        return safe_text(exc, _TEXT_LENGTH)
    # Not str(): that redacts at once, and most occurrences are never read so closely.
    message = exc.__dict__.get("message")
    return public_sentence(exc, spec) if message is None else safe_text(message, MESSAGE_LENGTH)


def _details(values: dict[str, Any], spec: ErrorSpec) -> dict[str, Any]:
    found: dict[str, Any] = {}
    adhoc = values.get("internal")
    if adhoc is not None:
        cleaned = to_json(adhoc, hide=is_secret_key)
        found = cleaned if type(cleaned) is dict else {"internal": cleaned}
    names = spec.internal_names if spec.answers_as is None else (*spec.public_names, *spec.internal_names)
    declared = {name: values[name] for name in names if values.get(name) not in (None, ())}
    if declared:
        found.update(to_json(declared, hide=is_secret_key))
    return found


def _summary(exc: BaseException) -> dict[str, str]:
    summary = {"type": type_name(type(exc)), "message": safe_text(_text(exc), _LINE_LENGTH)}
    frames = _frames(exc.__traceback__)
    if frames:
        summary["at"] = frames[-1]
    return summary


def _frames(traceback: TracebackType | None) -> list[str]:
    """Where the exception went through, outermost first, the innermost `FRAMES` of them. No locals, no source."""
    frames: deque[str] = deque(maxlen=FRAMES)
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename}:{traceback.tb_lineno} in {code.co_qualname}")
        traceback = traceback.tb_next
    return list(frames)
