# SPDX-License-Identifier: MIT
"""What a test says about an answer: it is this error, it is a problem by RFC 9457, it gives no secret away.

Each looks at everything before it fails, and then says what was expected, what came and where to look. They raise
AssertionError themselves: nothing has to rewrite them, and they hold under `python -O`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from errcore.envelopes import Problem, from_response, get
from errcore.errors import ConfigurationError, Told
from errcore.testing.answers import answer_of
from errcore.testing.envelope_reading import document_of, media_type_of, missing_members, recognized
from errcore.testing.leaks import MOST_SIGNS, search
from errcore.testing.problem_members import off_errors, off_standard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from errcore.envelopes import Format
    from errcore.testing.answers import Answer

__all__ = ["assert_envelope", "assert_no_secret", "assert_problem_details"]

_SHOWN = 300  # bytes of a body
_SHORTEST = 6  # characters; a shorter word is found by chance


def assert_envelope(
    response: object,
    *,
    code: str | None = None,
    status: int | None = None,
    retriable: bool | None = None,
    message: str | None = None,
    format: str | Format | None = None,  # noqa: A002 - what everybody calls it
) -> Told:
    """The response is an error in one of errcore's formats, in agreement with its own status and headers.

    Args:
        response: Of httpx, requests, Starlette, Werkzeug or Django, a reply of a runtime, an answer of a driver.
        code: The public code.
        status: The HTTP status; any from 400 on if None.
        retriable: What it says about trying again.
        message: The sentence.
        format: The name of the format, or the format itself where it has keys of its own; any of errcore's if None.

    Returns:
        What it tells, by errcore's names whatever the format is.

    Raises:
        AssertionError: If it is none, or another one.
        errcore.ConfigurationError: If no format has that name.
        TypeError: If `response` is no response.

    >>> from errcore import NotFoundError, Runtime
    >>> with Runtime.for_tests() as runtime:
    ...     reply = runtime.reply(NotFoundError("No such agent.", details={"agent_id": "a1"}))
    >>> assert_envelope(reply, code="NOT_FOUND", status=404, retriable=False).details
    {'agent_id': 'a1'}
    >>> assert_envelope(reply, code="AGENT_NOT_FOUND")
    Traceback (most recent call last):
    AssertionError: code: expected 'AGENT_NOT_FOUND', came 'NOT_FOUND'
    ...
    """
    __tracebackhide__ = True
    answer = answer_of(response)
    wanted = get(format) if isinstance(format, str) else format
    form = _form(answer, wanted)
    told = _told(answer, form)
    wrong = [*_off_status(answer, status), *_off_format(answer, form, wanted)]
    wrong += _differing({"code": (code, told.code), "message": (message, told.message)})
    if retriable is not None and told.retriable is None:
        wrong.append(f"retriable: expected {retriable}, but the format {form.name!r} does not say it here")
    else:
        wrong += _differing({"retriable": (retriable, told.retriable)})
    _conclude(wrong, answer)
    return told


def assert_problem_details(
    response: object,
    *,
    code: str | None = None,
    status: int | None = None,
    pointers: Iterable[str] | None = None,
) -> Told:
    """The response is a problem as RFC 9457 has it, whoever wrote it.

    Args:
        response: Of httpx, requests, Starlette, Werkzeug or Django, a reply of a runtime, an answer of a driver.
        code: The member of that name, which is errcore's, and no member of the standard.
        status: The HTTP status; any from 400 on if None.
        pointers: Where its `errors` point, all of them, in any order: as JSON pointers (`/items/0`) or as fragments
            (`#/items/0`).

    Returns:
        What it tells.

    Raises:
        AssertionError: If it is none, or another one.
        TypeError: If `response` is no response.

    >>> from errcore import Runtime, ValidationError
    >>> with Runtime.for_tests() as runtime:
    ...     reply = runtime.reply(ValidationError(field_errors={"name": ["Name is required"]}))
    >>> assert_problem_details(reply, status=422, pointers=["/name"]).issues[0].message
    'Name is required'
    """
    __tracebackhide__ = True
    answer = answer_of(response)
    form = Problem()
    document = document_of(answer)
    told = _told(answer, form)
    wrong = [*_off_status(answer, status), *_off_media_type(answer, form), *off_standard(document)]
    own = answer.status if "status" in document else None
    wrong += _differing({"status in the body": (own, document.get("status"))})
    wrong += _differing({"code": (code, told.code)})
    if pointers is not None:
        expected = {pointer.removeprefix("#") for pointer in pointers}
        wrong += off_errors(document.get("errors", []))
        wrong += _differing(
            {"pointers": (sorted(expected), sorted({issue.pointer for issue in told.issues}))}
        )
    _conclude(wrong, answer)
    return told


def assert_no_secret(*things: object, canary: str) -> int:
    """The canary is in none of these: not as it is, and not percent-encoded, escaped, in hexadecimal or in base64.

    Looked at are responses (status line, headers, body), texts, bytes, exceptions (message, repr, arguments, notes, cause,
    context, members, pickled form), log records, occurrences, other values of attrs and dataclasses, mappings, and
    collections of all these. Of anything else `str` and `repr`: what an object merely holds has not left.

    Args:
        things: Where it must not be.
        canary: What was planted; never shown by the failure, which says where it is.

    Returns:
        How many texts were searched.

    Raises:
        AssertionError: If it is there, or if there is more than can be looked at.
        errcore.ConfigurationError: If nothing was passed, or the canary is shorter than six characters: that would prove
            nothing.

    >>> assert_no_secret({"url": "/login?password=hunter2%2DXy7"}, canary="hunter2-Xy7")
    Traceback (most recent call last):
    AssertionError: the secret is in argument 1 (dict), at ['url']: percent-encoded
    Look at what writes it there, and declare it as internal() or secret().
    """
    __tracebackhide__ = True
    if type(canary) is not str or len(canary) < _SHORTEST:
        raise ConfigurationError(
            f"Cannot look for this canary, because it is no text of at least {_SHORTEST} characters, so that it would be "
            "found by chance; plant a longer one."
        )
    if not things:
        raise ConfigurationError(
            "Cannot find a secret in nothing; pass responses, log records, exceptions or texts."
        )
    named = {f"argument {number} ({type(thing).__name__})": thing for number, thing in enumerate(things, 1)}
    finding = search(named, canary)
    if finding.where is not None:
        raise AssertionError(
            f"the secret is in {finding.where}\n"
            "Look at what writes it there, and declare it as internal() or secret()."
        )
    if finding.cut:
        raise AssertionError(
            f"not all of it was searched, because it is more than {MOST_SIGNS} characters or a multitude of values; pass less."
        )
    return finding.texts


def _form(answer: Answer, wanted: Format | None) -> Format:
    """The format of the answer."""
    __tracebackhide__ = True
    if wanted is not None and _is_sentence(wanted):
        return wanted
    document = document_of(answer)
    form = recognized(document, wanted)
    if form is None:
        names = sorted(document)[:10]
        raise AssertionError(
            f"body: expected an error in a format of errcore, came an object with the members {names!r}\n{_shown(answer)}"
        )
    return form


def _is_sentence(form: Format) -> bool:
    """Whether there is nothing to read in it."""
    return form.media_type.startswith("text/")


def _told(answer: Answer, form: Format) -> Told:
    """What the answer tells: a sentence tells itself."""
    told = from_response(answer.status, answer.headers, answer.body, formats=(form,)).upstream or Told()
    if _is_sentence(form):
        return attrs.evolve(told, message=answer.body.decode("utf-8", "replace"))
    return told


def _off_status(answer: Answer, expected: int | None) -> list[str]:
    if expected is None and answer.status < 400:
        return [
            f"status: expected an error, came {answer.status}; pass status={answer.status} if it is meant"
        ]
    return _differing({"status": (expected, answer.status)})


def _off_format(answer: Answer, form: Format, wanted: Format | None) -> list[str]:
    """What speaks against a document of this format, and against this answer's document."""
    wrong = _off_media_type(answer, form)
    if _is_sentence(form):
        return wrong if answer.body else [*wrong, "body: expected a sentence, came nothing"]
    if wanted is not None and form is not wanted:
        return [*wrong, f"format: expected {wanted.name!r}, came {form.name!r}"]
    document = document_of(answer)
    if wanted is not None and (missing := missing_members(form, document)):
        wrong.append(
            f"members of {form.name!r}: expected {', '.join(missing)}; if the service has other keys, pass its format itself"
        )
    own = form.parse(document) or Told()
    if own.status is not None:
        wrong += _differing({"status in the body": (answer.status, own.status)})
    headers = {name: value for name in ("x-request-id", "retry-after") if len(value := answer.all(name)) == 1}
    if own.request_id is not None and "x-request-id" in headers:
        wrong += _differing({"X-Request-ID": (own.request_id, headers["x-request-id"][0])})
    wait = headers.get("retry-after", ["none"])[0]
    if own.retry_after is not None and wait.isdecimal():
        wrong += _differing({"Retry-After": (own.retry_after, int(wait))})
    return wrong


def _off_media_type(answer: Answer, form: Format) -> list[str]:
    expected = form.media_type.partition(";")[0]
    if media_type_of(answer) == expected:
        return []
    return [f"Content-Type: expected {expected!r} once, came {answer.all('content-type')!r}"]


def _differing(pairs: Mapping[str, tuple[Any, Any]]) -> list[str]:
    """Of each that is expected at all: what came instead."""
    return [
        f"{what}: expected {expected!r}, came {came!r}"
        for what, (expected, came) in pairs.items()
        if expected is not None and expected != came
    ]


def _conclude(wrong: list[str], answer: Answer) -> None:
    __tracebackhide__ = True
    if wrong:
        raise AssertionError("\n".join([*wrong, _shown(answer)]))


def _shown(answer: Answer) -> str:
    """The answer in brief, and what to look at."""
    ids = answer.all("x-request-id")
    look = f"\nThe log and the report of request {ids[0][:128]!r} say why." if len(ids) == 1 else ""
    return f"The answer: {answer.status} {answer.body[:_SHOWN]!r}{look}"
