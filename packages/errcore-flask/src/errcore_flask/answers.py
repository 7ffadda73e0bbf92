# SPDX-License-Identifier: MIT
"""From an exception to what the runtime says about it, and from there to a response of the application.

Nothing is decided here: what werkzeug's exceptions mean is asked of `translation`, and what is answered and logged of
the runtime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, request

from errcore.envelopes import RequestFacts
from errcore.runtime import checked_prefixes, covers
from errcore_flask.exchange import exchange_of
from errcore_flask.translation import original_of, translate

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from flask import Flask, Response

    from errcore import Handled, Reply, Runtime

__all__ = ["Answers", "response_of"]


class Answers:
    """How the exceptions of one application become answers.

    It does not know the application: what knows it and is known to a signal would keep it alive for ever.

    Args:
        runtime: What classifies, reports and renders.
        prefixes: The paths that are errcore's, with all that is below them; without any, everything is.

    Raises:
        TypeError: If the prefixes are no texts.
        ValueError: If one of them is no path.
    """

    def __init__(self, runtime: Runtime, prefixes: Sequence[str] = ()) -> None:
        self.runtime: Runtime = runtime
        # As servers spell paths (PEP 3333).
        self.prefixes: tuple[str, ...] = tuple(
            prefix.encode("utf-8", "replace").decode("latin-1") for prefix in checked_prefixes(prefixes)
        )

    def covers(self, environ: MutableMapping[str, Any]) -> bool:
        """Whether a request is errcore's, by its path inside of the application, as the routes have it.

        Where the application is mounted, and what a proxy has in front of it, is a matter of deployment.
        """
        return not self.prefixes or covers(self.prefixes, environ.get("PATH_INFO", ""))

    def handle(
        self, exc: Exception, environ: MutableMapping[str, Any], phase: str, route: str | None
    ) -> Handled:
        """Report the exception, once, and say how it is answered.

        Args:
            exc: What was caught.
            environ: The request.
            phase: Where in the request: handler, stream, background or teardown.
            route: The template of the route, if there is one.
        """
        exchange = exchange_of(environ)
        original = original_of(exc)
        if (before := exchange.said_of(original)) is not None:
            return before
        error = self._meant(original, environ)
        facts = RequestFacts(
            method=environ.get("REQUEST_METHOD", "GET"),
            route=route,
            accept=environ.get("HTTP_ACCEPT"),
            ids=exchange.ids,
            phase=phase,
        )
        # Met again further out, by Flask or by the server, these are the same error.
        others = tuple(each for each in (exc, original) if each is not error)
        handled = self.runtime.handle(error, facts, stands_for=others)
        exchange.remember(original, handled)
        return handled

    def answer(self, exc: Exception, environ: MutableMapping[str, Any]) -> Response:
        """The response to an exception of the present request."""
        return response_of(self.handle(exc, environ, "handler", _route()).reply)

    def note(self, _sender: Flask, exception: Exception, **_: Any) -> None:
        """Report an error that nobody handles: Flask says so before it logs it, and its line need not tell it again."""
        environ = request.environ
        if self.covers(environ):
            self.handle(exception, environ, "handler", _route())

    @staticmethod
    def _meant(exc: Exception, environ: MutableMapping[str, Any]) -> Exception:
        try:
            return translate(exc, environ)
        except Exception:  # noqa: BLE001 - then it is answered as what it is; it must not be lost through us
            return exc


def response_of(reply: Reply) -> Response:
    """The reply as a response of the present application, with the headers of the reply and no others."""
    response: Response = current_app.response_class(reply.body or None, reply.status, list(reply.headers))
    if all(name != "Content-Type" for name, _ in reply.headers):
        response.headers.remove("Content-Type")  # a response without a body has one by default
    return response


def _route() -> str | None:
    """The template of the route that was chosen; never the path itself."""
    rule = request.url_rule
    return None if rule is None else rule.rule
