# SPDX-License-Identifier: MIT
"""The error as text: one safe line for everybody who prints it, and secrets in none of them."""

from __future__ import annotations

import io
import logging
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import AppError, NotFoundError, internal, public, secret
from errcore.errors import (
    AuthenticationError,
    Cause,
    DeadlineExceededError,
    InternalError,
    Occurrence,
    ValidationError,
    stock,
)

SECRET = "hunter2-Zx81"


class BadToken(AuthenticationError, code="T_BAD_TOKEN_INVALID", message="The token of {owner} is not valid."):
    """The token is not valid."""

    owner: str = public()
    token: str = secret()
    parts: list[str] = secret(factory=list)
    note: str = internal(default="n")


class HandWritten(AuthenticationError, code="T_HAND_TOKEN_INVALID"):
    """A constructor of the user's, with a secret by position."""

    token: str = secret(default="")

    def __init__(self, token: str, owner: str = "o") -> None:
        self.__attrs_init__("No.", token=token)
        self.owner = owner


def everything_printed(error: BaseException) -> str:
    """All texts that tools make of an exception without being told more than it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    log = logging.Logger("test")  # noqa: LOG001 - one that nobody else hears
    log.addHandler(handler)
    try:
        raise error
    except BaseException as caught:
        log.exception("failed: %s %r", caught, caught)
        texts = [
            str(caught),
            repr(caught),
            f"{caught}",
            f"{caught!r}",
            repr(caught.args),
            "".join(traceback.format_exception(caught)),
            "".join(traceback.TracebackException.from_exception(caught).format()),
            stream.getvalue(),
            repr([caught]),
            repr(ExceptionGroup("g", [caught]) if isinstance(caught, Exception) else caught),
        ]
    return "\n".join(texts)


@pytest.mark.parametrize(
    "error",
    [
        BadToken(owner="u1", token=SECRET, parts=[SECRET]),
        HandWritten(SECRET),
        HandWritten(token=SECRET),
        HandWritten(SECRET, owner="x"),
        type("Below", (HandWritten,), {})(SECRET),
        type("Mixed", (HandWritten, KeyError), {})(SECRET),
        type("System", (HandWritten, OSError), {})(SECRET),
    ],
    ids=["declared", "by position", "by keyword", "both", "below", "with KeyError", "with OSError"],
)
def test_a_secret_is_in_no_text(error: AppError):
    """Not in str, repr, args, tracebacks, log records, occurrences, nor in any of their representations."""
    occurrence = Occurrence.of(error, expose_messages=True)

    assert SECRET not in everything_printed(error)
    assert SECRET not in f"{occurrence!r} {occurrence.internal} {occurrence.details} {occurrence.message}"
    assert error.token == SECRET


def test_a_message_that_looks_like_a_secret_is_redacted():
    """What an ad hoc message carries by accident does not reach whoever prints the error."""
    error = InternalError(f"cannot reach postgres://app:{SECRET}@db/x")

    assert str(error) == "cannot reach postgres://[redacted]@db/x"
    assert SECRET not in repr(error)


def test_the_texts_of_an_error():
    """str is the message, or the class's sentence, or the kind's; repr adds class and code."""
    declared = BadToken(owner="u1", token="t")
    assert str(declared) == "The token of u1 is not valid."
    assert repr(declared) == "<BadToken T_BAD_TOKEN_INVALID: The token of u1 is not valid.>"
    assert str(NotFoundError("No such agent.")) == "No such agent."
    assert str(NotFoundError()) == "The requested resource was not found."
    assert str(ValidationError()) == "The input is not valid."
    assert str(NotFoundError("")) == ""


@given(st.text(max_size=3000))
def test_any_message_is_one_bounded_printable_line(message: str):
    """No message forges a second line, hides a part of itself, or floods a log."""
    for text in (str(NotFoundError(message)), str(BadToken(owner=message, token=""))):
        assert len(text) <= 1024
        assert not set(text) & set("\n\r\t\x00\x1b\x85\u2028\u2029\u202e\ud800")


@pytest.mark.parametrize("message", [42, b"x", ["a"], {"password": SECRET}, object(), NotFoundError("inner")])
def test_a_message_of_another_type_is_shown_safely(message: object):
    """Callers without a type checker get a text, too."""
    assert SECRET not in str(NotFoundError(message))


def test_a_value_that_cannot_be_shown_does_not_break_the_text():
    """A broken `__str__` costs its own value."""

    class Broken:
        def __str__(self) -> str:
            raise ZeroDivisionError

    assert str(BadToken(owner=Broken(), token="")) == "The token of <Broken> is not valid."
    assert str(NotFoundError(Broken())) == "<Broken>"


def test_a_long_value_does_not_flood_the_sentence():
    """Values in a sentence are cut, the sentence is kept."""
    text = str(BadToken(owner="x" * 10_000, token=""))

    assert len(text) < 300
    assert text.endswith("is not valid.")


def test_a_field_that_was_never_set_is_told_as_none():
    """A constructor that forgets a field leaves a readable error."""

    class Forgets(BadToken):
        def __init__(self) -> None: ...

    assert str(Forgets()) == "The token of None is not valid."


def test_settings_by_keyword():
    """Details, internal facts, field errors, waiting time and headers are stored as they are."""
    error = NotFoundError(
        "m",
        details={"a": 1},
        internal={"b": 2},
        field_errors={"c": ["d"]},
        retry_after=1.5,
        headers={"e": "f"},
    )

    assert (
        error.message,
        error.details,
        error.internal,
        error.field_errors,
        error.retry_after,
        error.headers,
    ) == (
        "m",
        {"a": 1},
        {"b": 2},
        {"c": ["d"]},
        1.5,
        {"e": "f"},
    )


def test_only_the_message_goes_by_position():
    """Everything else has a name."""
    with pytest.raises(TypeError):
        NotFoundError("m", {"a": 1})
    with pytest.raises(TypeError):
        AppError("m", nothing=1)


def test_errors_are_exceptions_like_others():
    """They are raised, caught, chained, noted and grouped, and are equal to themselves only."""
    with pytest.raises(TimeoutError) as caught:
        raise DeadlineExceededError("slow") from KeyError("x")
    error = caught.value
    error.add_note("n")

    assert isinstance(error.__cause__, KeyError)
    assert error.__notes__ == ["n"]
    assert len({error, error}) == 1
    assert error != DeadlineExceededError("slow")
    with pytest.raises(ExceptionGroup) as group:
        raise ExceptionGroup("g", [error])
    assert group.value.subgroup(DeadlineExceededError) is not None


def test_the_cause_chain_is_text():
    """Nearest first, declared codes named, secrets redacted, one line each."""
    try:
        try:
            try:
                raise OSError("postgres://u:pw@db\nrefused")
            except OSError as system:
                raise BadToken(owner="u1", token=SECRET) from system
        except BadToken:
            raise InternalError("outer")
    except InternalError as error:
        assert error.cause_chain == (
            Cause(f"{__name__}.BadToken", "T_BAD_TOKEN_INVALID", "The token of u1 is not valid."),
            Cause("OSError", None, "postgres://[redacted]@db refused"),
        )


def test_from_none_hides_the_context():
    """What was suppressed on purpose stays hidden."""
    try:
        try:
            raise KeyError("x")
        except KeyError:
            raise InternalError("outer") from None
    except InternalError as error:
        assert error.cause_chain == ()


def test_a_circle_of_causes_ends():
    """Causes that lead back to themselves are listed once; long chains are cut."""
    first, second = InternalError("1"), InternalError("2")
    first.__cause__, second.__cause__ = second, first
    assert len(first.cause_chain) == 1

    deep: BaseException = ValueError("0")
    for number in range(1, 100):
        outer = InternalError(str(number))
        outer.__cause__ = deep
        deep = outer
    assert [cause.message for cause in deep.cause_chain] == [str(number) for number in range(98, 90, -1)]


def test_a_cause_with_a_code_of_its_own_is_not_ours():
    """A foreign class may have an attribute `code`; only a declared one counts."""
    error = InternalError("x")
    error.__cause__ = SystemExit(3)

    assert error.cause_chain == (Cause("SystemExit", None, "3"),)


@pytest.mark.parametrize("name", stock.__all__)
def test_every_stock_error_says_something(name: str):
    """Raised without a message, each is one readable sentence."""
    text = str(getattr(stock, name)())

    assert text.endswith(".")
    assert text.isprintable()
