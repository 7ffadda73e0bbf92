# SPDX-License-Identifier: MIT
"""One object that answers exceptions and writes them down once, whatever they, or the parts it is made of, do."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Any, Self, Unpack

import attrs

from errcore import context as ambient
from errcore.closing import Closing
from errcore.context import ErrorContext, new_ids
from errcore.envelopes import Problem, Reply, RequestFacts, make_reply, negotiate
from errcore.errors.occurrence import Occurrence, not_logged
from errcore.errors.public_view import public_status
from errcore.errors.reported import ErrorReported, mark, reported_in
from errcore.errors.stock import InternalError
from errcore.events import stream
from errcore.logs import guard_loggers
from errcore.mishaps import Mishaps
from errcore.runtime.environment import settings_from
from errcore.runtime.given import exceptions_of, is_answerable, reported_among, taken
from errcore.runtime.last_resort import fixed_reply
from errcore.runtime.parts import error_log_of, health_of, log_setup_of, monitor_of, policy_log_of
from errcore.runtime.request import context_of, ids_of
from errcore.runtime.settings import Settings

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

    from errcore.errors.spec import ErrorSpec
    from errcore.logs import Guard, PolicyLog
    from errcore.monitor import Monitor
    from errcore.monitor.health import Health
    from errcore.runtime.settings import SettingsKeywords


__all__ = ["Handled", "Runtime"]

_NO_FACTS = RequestFacts()


@attrs.frozen
class Handled:
    """What an adapter does with an exception.

    Attributes:
        reply: The answer to send.
        reraise: Whether to raise the exception again after it was answered: nobody foresaw it, so servers, debuggers
            and error trackers have to see it too.
        occurrence: What happened.
    """

    reply: Reply
    reraise: bool
    occurrence: Occurrence


class Runtime(Closing):
    """The wiring of one service. Several in one process are fine.

    Takes the settings that `errcore.runtime.Settings` describes, as keywords; `production`, `development`, `for_tests`
    and `from_env` take the same. Nothing has to be closed, but a `with` block, or `close()`, undoes what was set up.

    Raises:
        errcore.ConfigurationError: If a setting is wrong.

    >>> from errcore import NotFoundError, RequestFacts, Runtime
    >>> runtime = Runtime.for_tests(service="agents")
    >>> handled = runtime.handle(
    ...     NotFoundError("No such agent."), RequestFacts(method="GET", route="/agents/{id}")
    ... )
    >>> handled.reply.status, handled.reraise
    (404, False)
    """

    def __init__(self, **settings: Unpack[SettingsKeywords]) -> None:
        self.settings: Settings = Settings(**settings)
        """What it was told."""
        self._formats = self.settings.formats
        self.monitor: Monitor = monitor_of(self.settings)
        """What counts, and answers what is failing."""
        self.health: Health = health_of(self.settings, self.monitor)
        """What says how the service is."""
        self._log = error_log_of(self.settings)
        self._log_setup = log_setup_of(self.settings, self)
        self._guards: list[Guard] = []
        self._policy_log: PolicyLog | None = None
        self._mishaps = Mishaps()

    @classmethod
    def production(cls, **settings: Unpack[SettingsKeywords]) -> Self:
        """The defaults: public facts only, every expected error in the log from severity info on."""
        return cls(**settings)

    @classmethod
    def development(cls, **settings: Unpack[SettingsKeywords]) -> Self:
        """Answers show internal facts too, redacted, and everything is logged.

        >>> from errcore import InternalError
        >>> b'"debug":{"message":"no such table"' in Runtime.development().reply(
        ...     InternalError("no such table")
        ... ).body
        True
        """
        settings.setdefault("debug", True)
        settings.setdefault("log_level", "debug")
        return cls(**settings)

    @classmethod
    def for_tests(cls, **settings: Unpack[SettingsKeywords]) -> Self:
        """Answers are those of production, so that tests see what clients will; logged from severity error on.

        So the failures that tests provoke on purpose print nothing, and a bug is printed beside the test it breaks. Nothing
        happens in the background.
        """
        settings.setdefault("log_level", "error")
        settings.setdefault("background", False)
        return cls(**settings)

    @classmethod
    def from_env(
        cls, environ: Mapping[str, str] | None = None, /, **settings: Unpack[SettingsKeywords]
    ) -> Self:
        """The preset and the settings that `ERRCORE_...` variables name; keywords given here win.

        `ERRCORE_ENV` is production (also where unset), development or test. `ERRCORE_SERVICE`, `ERRCORE_ENVELOPE` (names
        with commas between), `ERRCORE_DOCS_URL`, `ERRCORE_LOG_LEVEL`, `ERRCORE_STORE` and `ERRCORE_RELEASE` are settings.

        Args:
            environ: Where to look instead of `os.environ`.
            settings: Settings that win over the variables.

        Warns:
            RuntimeWarning: Of an `ERRCORE_` variable that errcore does not read; names the nearest that it does.

        >>> Runtime.from_env({"ERRCORE_ENV": "development"}).settings.debug
        True
        """
        preset, found = settings_from(os.environ if environ is None else environ)
        found.update(settings)
        made: Self = getattr(cls, preset)(**found)
        return made

    def handle(
        self,
        exc: BaseException,
        facts: RequestFacts = _NO_FACTS,
        *,
        stands_for: tuple[BaseException, ...] = (),
    ) -> Handled:
        """Report an exception, once, and say how it is answered. Never raises an Exception.

        It should be told Exceptions only, and groups of them. A cancellation, KeyboardInterrupt or SystemExit is nobody's
        answer: it is neither logged nor marked, and `reraise` is True; the caller has to raise it again.

        Args:
            exc: What was caught.
            facts: What is known of the request.
            stands_for: What was caught in truth, where `exc` was made from it: it is the same error. A report on one of
                these is a report on `exc`, and they are marked as reported, too.
        """
        exc, facts = taken(exc, facts)
        ids = ids_of(facts)
        originals = exceptions_of(stands_for) if stands_for else ()
        occurrence = reported_in(exc, ids) or reported_among(originals, ids)
        if occurrence is not None:
            reply = self._answer(occurrence, facts)
        else:
            occurrence = self._occurrence(exc, context_of(ids or new_ids()), facts)
            # The answer first, since a listener or a logger may edit the facts that it is handed. Written down it is
            # even where a format ends in what is no Exception.
            try:
                reply = self._answer(occurrence, facts)
            finally:
                self._record(exc, occurrence, originals)
        if originals and is_answerable(exc):
            for each in (exc, *originals):
                mark(each, occurrence)
        reraise = not (occurrence.verdict.expected and is_answerable(exc))
        return Handled(reply, reraise, occurrence)

    def reply(self, exc: BaseException, facts: RequestFacts = _NO_FACTS) -> Reply:
        """The answer to an exception and nothing else: no log line, no mark, no event. Never raises an Exception."""
        exc, facts = taken(exc, facts)
        ids = ids_of(facts)
        known = reported_in(exc, ids)
        return self._answer(known or self._occurrence(exc, context_of(ids or new_ids()), facts), facts)

    def report(self, exc: BaseException, /, **context: Any) -> Occurrence:
        """Write an exception down without answering it: one log line and one event. Never raises an Exception.

        The same exception object is reported once for each request, so `handle` does not repeat it. Of a cancellation,
        KeyboardInterrupt or SystemExit the occurrence is all there is: it is neither logged nor marked.

        Args:
            exc: What was caught.
            context: Facts for the log; `actor`, `tenant` and `operation` have fields of their own.

        >>> runtime = Runtime.for_tests()
        >>> from errcore import ConflictError
        >>> error = ConflictError("The job is running already.")
        >>> runtime.report(error, queue="mail") is runtime.report(error)
        True
        """
        exc, _ = taken(exc, _NO_FACTS)
        here = ambient.current()
        known = reported_in(exc, here.ids)
        if known is not None:
            return known
        occurrence = self._occurrence(exc, here.with_facts(context), None)
        self._record(exc, occurrence)
        return occurrence

    def status_of(self, spec: ErrorSpec) -> int:
        """The HTTP status with which an error of this class is answered here.

        >>> from errcore import ValidationError
        >>> Runtime.for_tests(statuses={"VALIDATION_ERROR": 400}).status_of(ValidationError.spec)
        400
        """
        return public_status(spec.shown, self.settings.statuses)

    def guard_loggers(self, *loggers: str | logging.Logger) -> None:
        """Keep raw tracebacks out of what these loggers print, until this runtime is closed.

        >>> with Runtime.for_tests() as runtime:
        ...     runtime.guard_loggers("uvicorn.error")
        """
        self._guards.append(guard_loggers(*loggers, redactor=self.settings.redactor))

    def log_policies(self) -> None:
        """Write what policies say where errors are written, until this runtime is closed: retries, breakers, fallbacks.

        Adapters call it when they are installed; a worker calls it itself. Calling twice is fine. Policies belong to the
        process, so of two runtimes that write to one place the first speaks for both.

        >>> with Runtime.for_tests() as runtime:
        ...     runtime.log_policies()
        """
        if self._policy_log is None:
            self._policy_log = policy_log_of(self.settings)
            # The stream would keep the log of an application that was forgotten, as tests make them by the hundred.
            weakref.finalize(self, self._policy_log.close).atexit = False

    @property
    def failures(self) -> int:
        """How often a part of errcore, or one that it was given, failed. The first of each sort was logged."""
        policies = 0 if self._policy_log is None else self._policy_log.failures
        return (
            self._mishaps.count + self._log.failures + policies + self.monitor.failures + self.health.failures
        )

    def flush(self) -> None:
        """Return when everything reported is written: lines are at once, and the monitor tells its store what it counted."""
        self.monitor.flush()

    def close(self) -> None:
        """Tell what is left, and undo what was set up: guards on loggers, the log of policies, the monitor's thread.

        Closing twice is fine; answers and counts go on working.
        """
        self.monitor.close()
        if self._policy_log is not None:
            self._policy_log.close()
        if self._log_setup is not None:
            self._log_setup.close()
        while self._guards:
            self._guards.pop().close()
        self.health.close()

    def _record(
        self, exc: BaseException, occurrence: Occurrence, originals: tuple[BaseException, ...] = ()
    ) -> None:
        """Write it down; but a cancellation is nobody's failure, whoever brought it here."""
        if not is_answerable(exc):
            return
        mark(exc, occurrence)
        self.monitor.record(exc, occurrence, originals)
        if not self._log.write(occurrence):
            not_logged(occurrence)
        if stream.listens(ErrorReported):
            stream.emit(ErrorReported(occurrence, self))

    def _occurrence(
        self, exc: BaseException, context: ErrorContext, facts: RequestFacts | None
    ) -> Occurrence:
        settings = self.settings
        try:
            return Occurrence.of(
                exc,
                context,
                method=None if facts is None else facts.method,
                route=None if facts is None else facts.route,
                phase="report" if facts is None else facts.phase,
                statuses=settings.statuses,
                expose_messages=settings.expose_messages,
                redactor=settings.redactor,
            )
        except Exception as problem:  # noqa: BLE001 - reading is total; this is for the day it is not
            self._mishaps.note("reading an exception", problem)
            return Occurrence.of(InternalError(), ErrorContext(context.ids))

    def _answer(self, occurrence: Occurrence, facts: RequestFacts) -> Reply:
        formats = self._formats
        try:
            form = formats[0] if len(formats) == 1 else negotiate(facts.accept, formats, formats[0])
            settings = self.settings
            return make_reply(
                occurrence, form, method=facts.method, debug=settings.debug, encode=settings.json
            )
        except Exception as problem:  # noqa: BLE001 - a format of the user's may do anything
            self._mishaps.note("a format", problem)
        try:
            # The same answer in the format that errcore vouches for: a client must not lose a 404 to our formatter.
            return make_reply(occurrence, Problem(), method=facts.method)
        except Exception as problem:  # noqa: BLE001 - no answer would be worse than a poor one
            self._mishaps.note("the format of last resort", problem)
            return fixed_reply(occurrence)
