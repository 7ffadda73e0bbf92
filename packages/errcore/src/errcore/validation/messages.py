# SPDX-License-Identifier: MIT
"""The words of issues, by code: those of validators, and of what frameworks find. A translation is another table.

Where one code needs several sentences, a wording follows it after a colon: "TOO_SHORT:array". A table that has only
"TOO_SHORT" is used for all of them.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from errcore.errors.issues import LEFT_OUT, TOO_MANY_ISSUES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["MESSAGES", "sentence"]

MESSAGES: Mapping[str, str] = {
    "REQUIRED": "This field is required.",
    "REQUIRED:document": "A JSON document is required.",
    "REQUIRED:tag": "The field that tells the variants apart is required.",
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
    "WRONG_TYPE:octets": "Must be bytes.",
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
    "TOO_DEEP:document": "Is nested too deeply.",
    "NOT_A_MULTIPLE": "Must be a multiple of {multiple_of}.",
    "NOT_UNIQUE": "Must not have an item twice.",
    "PATTERN_MISMATCH": "Must match the pattern {pattern}.",
    "PATTERN_MISMATCH:untold": "Must match its pattern.",
    "INVALID_CHOICE": "Must be {choices}.",
    "INVALID_CHOICE:tag": "Must be one of {choices}.",
    "INVALID_CHOICE:untold": "Must be one of the values that are allowed.",
    "INVALID_FORMAT": "Is not in the right form.",
    "INVALID_FORMAT:email": "Must be an email address.",
    "INVALID_FORMAT:url": "Must be a URL.",
    "INVALID_FORMAT:scheme": "Must be a URL with the scheme {choices}.",
    "INVALID_FORMAT:uuid": "Must be a UUID.",
    "INVALID_FORMAT:json": "Must be valid JSON.",
    "INVALID_FORMAT:document": "Must be well-formed.",
    "INVALID_FORMAT:digits": "Must have at most {max_digits} digits.",
    "INVALID_FORMAT:places": "Must have at most {decimal_places} decimal places.",
    "INVALID_FORMAT:whole-digits": "Must have at most {whole_digits} digits before the point.",
    "INVALID_DATE": "Must be a date or time.",
    "INVALID_DATE:date-time": "Must be a date and time with its offset, such as 2026-01-31T12:00:00Z.",
    "INVALID_DATE:date": "Must be a date, such as 2026-01-31.",
    "INVALID_DATE:time": "Must be a time, such as 12:00:00.",
    "INVALID_DATE:datetime": "Must be a date and time.",
    "INVALID_DATE:timezone": "Must be a date and time with the right time zone.",
    "INVALID_DATE:duration": "Must be a duration.",
    "INVALID_DATE:past": "Must be in the past.",
    "INVALID_DATE:future": "Must be in the future.",
    "INVALID": "Is not valid.",
    "RULE_CRASHED": "Could not be checked.",
    TOO_MANY_ISSUES: LEFT_OUT,
}
"""The sentence for each code, and for each of its wordings."""


_NO_OTHERS: Mapping[str, str] = MappingProxyType({})


def sentence(
    code: str,
    wording: str,
    params: Mapping[str, Any],
    own: Mapping[str, str] = _NO_OTHERS,
    message: str | None = None,
) -> str:
    """The words of one issue: of `MESSAGES` the best one whose limits are there, or "Is not valid."

    Args:
        code: The issue's code.
        wording: Which of its sentences fits best; "" for the one that it has for all.
        params: Declared limits, for `{name}` in the sentence.
        own: Sentences by code that go before all others.
        message: The sentence of whoever declared the rule, which goes before those of `MESSAGES`.

    >>> sentence("TOO_SMALL", "", {"min": 18}, {"TOO_SMALL": "Mindestens {min}."})
    'Mindestens 18.'
    """
    names = (f"{code}:{wording}", code)
    for name in names:
        if name in own:
            return filled(own[name], params)
    if message is not None:
        return filled(message, params)
    told = (_told(MESSAGES[name], params) for name in names if name in MESSAGES)
    return next((words for words in told if words is not None), MESSAGES["INVALID"])


def filled(template: str, params: Mapping[str, Any]) -> str:
    """A sentence with its limits in it; lists as "a, b or c".

    Args:
        template: The sentence. A brace that names no limit stays as it is.
        params: The limits.

    >>> filled("Must be {choices}.", {"choices": ["a", "b", None]})
    "Must be 'a', 'b' or null."
    """
    told = _told(template, params)
    return template if told is None else told  # a brace that is only a brace


def _told(template: str, params: Mapping[str, Any]) -> str | None:
    shown = {name: _shown(value) for name, value in params.items()}
    try:
        return template.format_map(shown)
    except (KeyError, ValueError, IndexError, AttributeError, TypeError):
        return None


def _shown(value: Any) -> Any:
    values: Any = value
    return _listed(values) if isinstance(value, list | tuple) else value


def _listed(values: Sequence[Any]) -> str:
    *most, last = [_JSON.get(repr(value), repr(value)) for value in values] or ["nothing"]
    return f"{', '.join(most)} or {last}" if most else last


_JSON = {"None": "null", "True": "true", "False": "false"}  # as the sender writes them
