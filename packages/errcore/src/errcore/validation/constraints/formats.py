# SPDX-License-Identifier: MIT
"""Constraints on the form of a text: a pattern of your own, and the forms that everybody needs.

A pattern always means the whole text, a line end at its end included. None of those that come ready takes more than
linear time; `Pattern` refuses what could take exponential time, and bounds the text of what could take polynomial time.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from errcore.validation.constraints.constraint import Constraint, Requirement
from errcore.validation.patterns import grammars
from errcore.validation.patterns.ecma import ecma, means_the_same
from errcore.validation.patterns.growth import longest_text
from errcore.validation.refusals import is_listing, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Date", "DateTime", "Email", "Pattern", "Url", "Uuid"]

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}"
_PORT = (
    r"(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"  # none above 65535
)
_NAME = rf"(?:{_LABEL}\.)*{_LABEL}"
_ADDRESS = r"\[[0-9A-Fa-f:.]{2,45}\]"
_PATH = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
_QUERY = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,31}")


def whole(pattern: str) -> str:
    """The pattern as JSON Schema needs it, where a pattern is searched for: all of the text, a line end included.

    >>> whole("[a-z]+")
    '^(?:[a-z]+)(?![\\\\s\\\\S])'
    """
    return rf"^(?:{pattern})(?![\s\S])"


def _form(
    form: str, broken: str, regex: str, code: str = "INVALID_FORMAT", **names: Any
) -> tuple[Requirement, ...]:
    return (
        Requirement(
            broken, code, {"format": form}, {"match": re.compile(regex).fullmatch, **names}, wording=form
        ),
    )


@attrs.frozen
class Pattern(Constraint):
    """A regular expression that the whole text has to match.

    Args:
        regex: In Python's syntax. Anchors are not needed.
        message: What to tell instead of the expression, such as "Must be a slug."

    Raises:
        errcore.ConfigurationError: If it is no expression, or one that some text would keep busy for ever.

    >>> Pattern("[a-z]+")
    Pattern(regex='[a-z]+', message=None)
    """

    suits: ClassVar[tuple[str, ...]] = ("string",)

    regex: str
    message: str | None = None

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.regex, str):
            raise refusal("Pattern", "the expression is no text", "give the text, and flags inside it: (?i)")
        if self.message is not None and not isinstance(self.message, str):
            raise refusal("Pattern", "its message is no text", "say what is wanted")
        longest_text(self.regex)

    @property
    def longest(self) -> int | None:
        """Characters of the longest text that is looked at, where the expression needs more than linear time."""
        return longest_text(self.regex)

    def requirements(self, kind: str) -> tuple[Requirement, ...]:
        """Whether it matches."""
        names = {"match": re.compile(self.regex).fullmatch}
        params = {"pattern": self.regex}
        test = Requirement("match(v) is None", "PATTERN_MISMATCH", params, names, message=self.message)
        most = self.longest
        if most is None:
            return (test,)
        return (
            Requirement("len(v) > limit", "TOO_LONG", {"max": most}, {"limit": most}, True, "string"),
            test,
        )

    def schema(self, kind: str) -> dict[str, Any]:
        """`pattern`, around all of the text, if JSON Schema's dialect can say it."""
        longest, pattern = self.longest, ecma(self.regex)
        limit = {} if longest is None else {"maxLength": longest}
        return limit if pattern is None else {"pattern": whole(pattern), **limit}

    @property
    def has_exact_schema(self) -> bool:
        """Whether nothing in it means something else in ECMA-262, the dialect of JSON Schema."""
        return means_the_same(self.regex)


@attrs.frozen
class Email(Constraint):
    """An address such as ada@example.org: a dot-string and a domain of at least two labels (RFC 5321, section 4.1.2).

    At most 254 characters. Quoted local parts, address literals and addresses beyond ASCII are refused.

    >>> Email()
    Email()
    """

    suits: ClassVar[tuple[str, ...]] = ("string",)
    regex: ClassVar[str] = _EMAIL

    def requirements(self, kind: str) -> tuple[Requirement, ...]:
        """Whether it is one."""
        return _form("email", "len(v) > 254 or match(v) is None", _EMAIL)

    def schema(self, kind: str) -> dict[str, Any]:
        """`format`, `pattern` and `maxLength`."""
        return {"format": "email", "maxLength": 254, "pattern": whole(_EMAIL)}


def _schemes(given: Iterable[str]) -> tuple[str, ...]:
    if not is_listing(given):
        raise refusal("Url", "the schemes are no list", 'give a list such as ["https"]')
    schemes: tuple[Any, ...] = tuple(given)
    if not schemes or not all(isinstance(each, str) and _SCHEME.fullmatch(each) for each in schemes):
        raise refusal("Url", "there are no schemes, or one is none", 'give names such as "https"')
    return schemes


@attrs.frozen
class Url(Constraint):
    """An absolute URL with a host, without user name and password (RFC 3986). At most 2048 characters.

    Args:
        schemes: Those that are allowed.

    >>> Url()
    Url(schemes=('https', 'http'))
    """

    suits: ClassVar[tuple[str, ...]] = ("string",)

    schemes: tuple[str, ...] = attrs.field(default=("https", "http"), converter=_schemes)

    @property
    def regex(self) -> str:
        """The pattern."""
        schemes = "|".join(re.sub(r"[.+]", r"\\\g<0>", scheme) for scheme in self.schemes)
        return (
            rf"(?:{schemes})://(?:{_NAME}|{_ADDRESS})(?::{_PORT})?(?:/{_PATH})?(?:\?{_QUERY})?(?:#{_QUERY})?"
        )

    def requirements(self, kind: str) -> tuple[Requirement, ...]:
        """Whether it is one."""
        broken = "len(v) > 2048 or match(v) is None or not has_address(v)"
        return _form("url", broken, self.regex, has_address=has_address)

    def schema(self, kind: str) -> dict[str, Any]:
        """`format`, `pattern` and `maxLength`."""
        return {"format": "uri", "maxLength": 2048, "pattern": whole(self.regex)}

    @property
    def has_exact_schema(self) -> bool:
        """No: the pattern does not tell what is no IPv6 address."""
        return False


def has_address(url: str) -> bool:
    """Whether what a URL has in brackets, if anything, is an IPv6 address (RFC 3986, section 3.2.2).

    >>> has_address("http://[::1]/"), has_address("http://[:::]/"), has_address("http://a/")
    (True, False, True)
    """
    host = url.partition("://")[2]
    if not host.startswith("["):
        return True
    try:
        IPv6Address(host[1:].partition("]")[0])
    except ValueError:
        return False
    return True


@attrs.frozen
class Uuid(Constraint):
    """A UUID in its usual form, of any version (RFC 9562, section 4).

    >>> Uuid()
    Uuid()
    """

    suits: ClassVar[tuple[str, ...]] = ("string",)
    regex: ClassVar[str] = grammars.UUID

    def requirements(self, kind: str) -> tuple[Requirement, ...]:
        """Whether it is one."""
        return _form("uuid", "match(v) is None", grammars.UUID)

    def schema(self, kind: str) -> dict[str, Any]:
        """`format` and `pattern`."""
        return {"format": "uuid", "pattern": whole(grammars.UUID)}


class _Calendar(Constraint):
    """A text in a form that the calendar must have, too."""

    suits: ClassVar[tuple[str, ...]] = ("string",)
    form: ClassVar[str]
    regex: ClassVar[str]
    reader: ClassVar[type[date]]

    def _exists(self, text: str) -> bool:
        try:
            self.reader.fromisoformat(text.upper())
        except ValueError:
            return False
        return True

    def requirements(self, kind: str) -> tuple[Requirement, ...]:
        """Whether it is one."""
        broken = "match(v) is None or not exists(v)"
        return _form(self.form, broken, self.regex, "INVALID_DATE", exists=self._exists)

    def schema(self, kind: str) -> dict[str, Any]:
        """`format` and `pattern`."""
        return {"format": self.form, "pattern": whole(self.regex)}

    @property
    def has_exact_schema(self) -> bool:
        """No: a pattern knows no calendar."""
        return False


@attrs.frozen
class DateTime(_Calendar):
    """A date and time with its offset, such as 2026-01-31T12:00:00Z (RFC 3339, section 5.6). No leap seconds.

    >>> DateTime()
    DateTime()
    """

    form: ClassVar[str] = "date-time"
    regex: ClassVar[str] = grammars.MOMENT
    reader: ClassVar[type[date]] = datetime


@attrs.frozen
class Date(_Calendar):
    """A date, such as 2026-01-31 (RFC 3339, section 5.6).

    >>> Date()
    Date()
    """

    form: ClassVar[str] = "date"
    regex: ClassVar[str] = grammars.DATE
    reader: ClassVar[type[date]] = date
