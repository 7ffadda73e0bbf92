# SPDX-License-Identifier: MIT
"""The words of issues, by code. A translation is another table.

Where one code needs several sentences, a wording follows it after a colon: "TOO_SHORT:array". A table that has only
"TOO_SHORT" is used for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["MESSAGES", "sentence"]

MESSAGES: Mapping[str, str] = {
    "REQUIRED": "This field is required.",
    "UNKNOWN_FIELD": "This field is not known.",
    "WRONG_TYPE": "Is of the wrong type.",
    "WRONG_TYPE:string": "Must be a text.",
    "WRONG_TYPE:integer": "Must be an integer.",
    "WRONG_TYPE:number": "Must be a finite number.",
    "WRONG_TYPE:boolean": "Must be true or false.",
    "WRONG_TYPE:null": "Must be null.",
    "WRONG_TYPE:array": "Must be a list.",
    "WRONG_TYPE:row": "Must be a list of {items} items.",
    "WRONG_TYPE:object": "Must be an object.",
    "WRONG_TYPE:keys": "Must be an object whose keys are texts.",
    "WRONG_TYPE:bytes": "Must be base64 (RFC 4648).",
    "WRONG_TYPE:decimal": "Must be a decimal number.",
    "WRONG_TYPE:union": "Must be {kinds}.",
    "TOO_SHORT": "Is too short.",
    "TOO_SHORT:string": "Must have at least {min} characters.",
    "TOO_SHORT:array": "Must have at least {min} items.",
    "TOO_SHORT:object": "Must have at least {min} members.",
    "TOO_SHORT:bytes": "Must have at least {min} bytes.",
    "TOO_LONG": "Is too long.",
    "TOO_LONG:string": "Must have at most {max} characters.",
    "TOO_LONG:array": "Must have at most {max} items.",
    "TOO_LONG:object": "Must have at most {max} members.",
    "TOO_LONG:bytes": "Must have at most {max} bytes.",
    "TOO_SMALL": "Must be at least {min}.",
    "TOO_SMALL:above": "Must be greater than {exclusive_min}.",
    "TOO_LARGE": "Must be at most {max}.",
    "TOO_LARGE:below": "Must be less than {exclusive_max}.",
    "TOO_DEEP": "Is nested too deeply, or has too many parts.",
    "NOT_A_MULTIPLE": "Must be a multiple of {multiple_of}.",
    "NOT_UNIQUE": "Must not have an item twice.",
    "PATTERN_MISMATCH": "Must match the pattern {pattern}.",
    "INVALID_CHOICE": "Must be {choices}.",
    "INVALID_FORMAT": "Is not in the right form.",
    "INVALID_FORMAT:email": "Must be an email address.",
    "INVALID_FORMAT:url": "Must be a URL.",
    "INVALID_FORMAT:uuid": "Must be a UUID.",
    "INVALID_DATE": "Must be a date or time.",
    "INVALID_DATE:date-time": "Must be a date and time with its offset, such as 2026-01-31T12:00:00Z.",
    "INVALID_DATE:date": "Must be a date, such as 2026-01-31.",
    "INVALID_DATE:time": "Must be a time, such as 12:00:00.",
    "INVALID": "Is not valid.",
    "RULE_CRASHED": "Could not be checked.",
}
"""The sentence for each code, and for each of its wordings."""


def sentence(code: str, wording: str, params: Mapping[str, Any], own: Mapping[str, str]) -> str:
    """The words of one issue.

    Args:
        code: The issue's code.
        wording: Which of its sentences fits best.
        params: Declared limits, for `{name}` in the sentence.
        own: Sentences by code that go before ours.

    >>> sentence("TOO_SMALL", "", {"min": 18}, {"TOO_SMALL": "Mindestens {min}."})
    'Mindestens 18.'
    """
    for table in (own, MESSAGES):
        for name in (f"{code}:{wording}", code):
            if name in table:
                return filled(table[name], params)
    return filled(MESSAGES["INVALID"], params)


def filled(template: str, params: Mapping[str, Any]) -> str:
    """A sentence with its limits in it; lists as "a, b or c".

    Args:
        template: The sentence. A brace that names no limit stays as it is.
        params: The limits.

    >>> filled("Must be {choices}.", {"choices": ["a", "b", None]})
    "Must be 'a', 'b' or null."
    """
    shown = {name: _shown(value) for name, value in params.items()}
    try:
        return template.format_map(shown)
    except (KeyError, ValueError, IndexError, AttributeError, TypeError):
        return template  # a brace that is only a brace


def _shown(value: Any) -> Any:
    values: Any = value
    return _listed(values) if isinstance(value, list | tuple) else value


def _listed(values: Sequence[Any]) -> str:
    *most, last = [_JSON.get(repr(value), repr(value)) for value in values] or ["nothing"]
    return f"{', '.join(most)} or {last}" if most else last


_JSON = {"None": "null", "True": "true", "False": "false"}  # as the sender writes them
