# SPDX-License-Identifier: MIT
"""What a runtime is told, checked at once: a wrong setting fails where it is written, not in the first incident."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, cast

import attrs

from errcore import envelopes
from errcore.envelopes.codecs import encode, encoder_named
from errcore.errors.kinds import Kind, Severity
from errcore.errors.refusals import check_code, is_error_status
from errcore.errors.stock import ConfigurationError
from errcore.jsonsafe import one_line
from errcore.logs import LogSinks, Sink

if TYPE_CHECKING:
    from errcore.envelopes import Format
    from errcore.envelopes.codecs import Encode
    from errcore.redaction import Redactor


__all__ = ["Settings", "SettingsKeywords"]

_KINDS = frozenset(Kind)
_MEMBERS = ("name", "media_type", "render", "parse", "schema", "example")
_METHODS = ("debug", "info", "warning", "error", "critical")


class SettingsKeywords(TypedDict, total=False):
    """The keywords that `Runtime` and its presets take; `Settings` says what they mean."""

    service: str | None
    envelope: str | Format | Iterable[str | Format]
    debug: bool
    docs_url: str | None
    expose_messages: bool
    statuses: Mapping[str, int] | None
    redactor: Redactor | None
    log_level: str
    logger: Any
    logs: LogSinks | None
    json: str
    deadlines: bool
    store: Any
    release: str | None
    background: bool


def _refused(setting: str, value: object, because: str, instead: str) -> ConfigurationError:
    return ConfigurationError(
        f"Cannot use {setting}={one_line(repr(value) if type(value) is str else value, 80)}, because {because}; {instead}."
    )


def _service(value: Any) -> str | None:
    if value is None or (type(value) is str and 0 < len(value) <= 64 and value.isprintable()):
        return value
    raise _refused(
        "service", value, "it is the name in every log line", "pass 1 to 64 printable characters, or None"
    )


def _release(value: Any) -> str | None:
    if value is None or (type(value) is str and 0 < len(value) <= 128 and value.isprintable()):
        return value
    raise _refused(
        "release",
        value,
        "it is the name of a version",
        "pass 1 to 128 printable characters, such as a version or a commit, or None",
    )


def _docs_url(value: Any) -> str | None:
    if value is None:
        return None
    if type(value) is not str or not re.fullmatch(r"(?:[A-Za-z][A-Za-z0-9+.-]*:|/)[!-~]{0,500}", value):
        raise _refused(
            "docs_url",
            value,
            "it is what comes before a code in a URI",
            'pass one such as "https://example.com/errors/"',
        )
    return value


def _is_flag(_settings: Settings, field: attrs.Attribute[bool], value: object) -> None:
    if type(value) is not bool:
        raise _refused(field.name, value, "it is a switch", "pass True or False")


def _statuses(value: object) -> dict[str, int]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _refused(
            "statuses",
            value,
            "it gives a status to a code or a kind",
            'pass a dict such as {"VALIDATION_ERROR": 400}',
        )
    found: dict[str, int] = {}
    for key, status in cast("Mapping[object, object]", value).items():
        if not isinstance(key, str) or (key not in _KINDS and check_code(key)):
            raise _refused(
                "statuses",
                key,
                "its keys are codes and kinds",
                f"name a code such as NOT_FOUND, or one of {_list(Kind)}",
            )
        if not is_error_status(status):
            raise _refused(
                "statuses", {key: status}, "an error has a status of 400 to 599", "pass such a number"
            )
        found[str(key)] = status
    return found


def _redactor(value: Any) -> Any:
    if value is not None and not (
        callable(getattr(value, "text", None)) and callable(getattr(value, "is_secret_key", None))
    ):
        raise _refused(
            "redactor",
            value,
            "it has to have the methods text and is_secret_key",
            "pass an errcore.redaction.Redactor",
        )
    return value


def _level(value: Any) -> Severity:
    if isinstance(value, str) and value.lower() in set(Severity):
        return Severity(value.lower())
    raise _refused("log_level", value, "levels are names", f"pass one of {_list(Severity)}")


def _logs(value: Any) -> LogSinks | None:
    if value is None or isinstance(value, LogSinks):
        return value
    raise _refused(
        "logs",
        value,
        "it says where each sort of line goes",
        "pass errcore.logs.LogSinks or log_directory(...)",
    )


def _logger(value: Any) -> Any:
    if isinstance(value, Sink):
        return value
    missing = [] if value is None else [name for name in _METHODS if not callable(getattr(value, name, None))]
    if missing:
        raise _refused(
            "logger",
            value,
            f"it has no method {missing[0]}",
            "pass a logger of structlog or logging, or one like theirs, or a sink",
        )
    return value


def _encode(value: object) -> Encode:
    # A runtime may be made of another one's settings, which hold the encoder itself.
    return cast("Encode", value) if callable(value) else encoder_named(value)


def _envelope(value: object) -> tuple[Format, ...]:
    several = isinstance(value, Iterable) and not isinstance(value, str)
    each: list[object] = list(cast("Iterable[object]", value)) if several else [value]
    if not each:
        raise _refused("envelope", each, "an error needs at least one format", 'pass "problem"')
    return tuple(envelopes.get(form) if isinstance(form, str) else _format(form) for form in each)


def _format(value: Any) -> Format:
    if isinstance(value, type):
        raise _refused("envelope", value, "it is the class of a format", f"pass {value.__name__}()")
    for member in _MEMBERS:
        if not hasattr(value, member):
            raise _refused(
                "envelope",
                value,
                f"a format has the members {_list(_MEMBERS)}, and this has no {member}",
                "add it",
            )
    media_type = value.media_type
    if type(media_type) is not str or not re.fullmatch(r"[!-.0-~]+/[ -.0-~]+", media_type):
        raise _refused(
            "envelope", value, f"its media_type is {media_type!r}", 'use one such as "application/json"'
        )
    form: Format = value
    return form


def _documented(form: Format, docs_url: str | None) -> Format:
    documented_at = None if docs_url is None else getattr(form, "documented_at", None)
    return _format(documented_at(docs_url)) if callable(documented_at) else form


def _list(names: Iterable[str]) -> str:
    return ", ".join(str(name) for name in names)


@attrs.frozen(kw_only=True)
class Settings:
    """The settings of a runtime.

    Attributes:
        service: The name of the service, in every log line.
        envelope: The enabled formats; the first is for clients that do not say what they like. A name, a format or
            several of both.
        debug: Whether answers show internal facts, redacted. Not for production.
        docs_url: Where the codes are documented: what comes before a code.
        expose_messages: Whether messages given where a server fault was raised are public, too.
        statuses: Other HTTP statuses, by code or by kind.
        redactor: What cleans what only we read, and hides keys everywhere, public details included; errcore's own where
            None. Any object with the methods `text(str) -> str` and `is_secret_key(str) -> bool` serves.
        log_level: Occurrences of less severity are not logged.
        logger: Where lines of errors and of policies go; JSON on standard output where None.
        logs: Where each sort of line goes, security events and metrics included; a `logger` is asked first.
        json: What makes bytes of documents: "stdlib", or "orjson" for the same bytes in less time.
        deadlines: Whether adapters run a request under the time for which it says that it is waited
            (`X-Request-Timeout-Ms`), and refuse it if there is none left.
        store: Where the monitor keeps its counts: an address such as "sqlite:///errors.db" or "redis://host:6379/0", or an
            `errcore.monitor.Store`; in the memory of this process where None.
        release: Which release of the service this is, such as a version or a commit.
        background: Whether the monitor and the health checks have threads of their own; without them counts are told and
            components checked when somebody asks.

    Raises:
        errcore.ConfigurationError: If a setting is wrong; the message says which, why, and what to pass.

    >>> Settings(log_level="loud")
    Traceback (most recent call last):
    errcore.errors.stock.ConfigurationError: Cannot use log_level='loud', because levels are names; pass one of debug, \
info, warning, error, critical.
    """

    service: str | None = attrs.field(default=None, converter=_service)
    envelope: tuple[Format, ...] = attrs.field(
        factory=lambda: (envelopes.get("problem"),), converter=_envelope
    )
    debug: bool = attrs.field(default=False, validator=_is_flag)
    docs_url: str | None = attrs.field(default=None, converter=_docs_url)
    expose_messages: bool = attrs.field(default=False, validator=_is_flag)
    statuses: Mapping[str, int] = attrs.field(factory=dict[str, int], converter=_statuses)
    redactor: Redactor | None = attrs.field(default=None, converter=_redactor)
    log_level: Severity = attrs.field(default=Severity.INFO, converter=_level)
    logger: object = attrs.field(default=None, converter=_logger, repr=False)
    logs: LogSinks | None = attrs.field(default=None, converter=_logs, repr=False)
    json: Encode = attrs.field(default=encode, converter=_encode)
    deadlines: bool = attrs.field(default=True, validator=_is_flag)
    store: Any = attrs.field(default=None, repr=False)  # an address may hold a password
    release: str | None = attrs.field(default=None, converter=_release)
    background: bool = attrs.field(default=True, validator=_is_flag)

    @property
    def formats(self) -> tuple[Format, ...]:
        """The enabled formats; those that can and do not yet link to documentation link to `docs_url`."""
        return tuple(_documented(form, self.docs_url) for form in self.envelope)
