# SPDX-License-Identifier: MIT
"""From an exception that a guard caught to what the runtime says about it.

Nothing is decided here: what a framework's exception means is asked of the adapter's `translate`, and what is
answered, logged and raised again of the runtime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore import classify
from errcore.envelopes import RequestFacts
from errcore.errors import StatusError, only_leaf
from errcore.runtime import checked_prefixes, covers, runtime_for
from errcore_asgi.exchange import exchange_of
from errcore_asgi.protocol import accept_of, ids_of, path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from errcore import Handled, Runtime
    from errcore_asgi.protocol import Scope

__all__ = ["WRAP_LATER", "Answers", "answers_for", "is_disconnect", "is_signal", "route_of", "unchanged"]

DISCONNECTED = "CLIENT_DISCONNECTED"

WRAP_LATER = "install it before wrapping the application, or wrap it in errcore_asgi.ErrorMiddleware."
"""What to do with an application that `install` does not know."""

# What Starlette says instead of the error itself when a handler for it exists but the response has started.
_MASK = ("Caught handled exception, but response already started.",)

# Raised through `send` by Starlette's limit on bodies, for itself alone: it has answered 413 already.
_SIGNAL = ("starlette.middleware.body_limit", "_RequestBodyLimitResponseSent")


def is_disconnect(exc: BaseException) -> bool:
    """Whether the exception only says that the client has gone.

    Those of Starlette, Litestar and uvicorn are known; `errcore.map_exception` with the code CLIENT_DISCONNECTED
    adds more. Who chose the status 499 has the same code, and is answered: a proxy may pass on what it was told.

    >>> from errcore.errors import error_for_status
    >>> is_disconnect(error_for_status(499))
    False
    """
    return classify(exc).code == DISCONNECTED and not (
        isinstance(exc, Exception) and isinstance(only_leaf(exc), StatusError)
    )


def is_signal(exc: BaseException) -> bool:
    """Whether the exception is no failure but a message from one part of the framework to another.

    >>> is_signal(ValueError())
    False
    """
    return type(exc).__qualname__ == _SIGNAL[1] and type(exc).__module__ == _SIGNAL[0]


def route_of(scope: Scope) -> str | None:
    """The template of the route that was chosen, where the router leaves it in the scope; never the path itself.

    >>> route_of({}) is None
    True
    """
    path: object = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else None


def unchanged(exc: Exception) -> Exception:
    """What an application without a framework needs as `translate`."""
    return exc


def _has_a_choice(answers: Answers) -> bool:
    return len(answers.runtime.settings.formats) > 1


@attrs.frozen
class Answers:
    """How the exceptions of one application become answers.

    Attributes:
        runtime: What classifies, reports and renders.
        translate: Turns an exception of the framework into errcore's; anything else comes back as it is. Of a group
            with a single member it is shown the member.
        template: The template of the chosen route, from the scope.
        prefixes: The paths that are errcore's, with all that is below them; without any, everything is.
        negotiates: Whether there are several formats to choose from.
    """

    runtime: Runtime
    translate: Callable[[Exception], Exception] = unchanged
    template: Callable[[Scope], str | None] = route_of
    prefixes: tuple[str, ...] = attrs.field(default=(), converter=checked_prefixes)
    negotiates: bool = attrs.field(init=False, default=attrs.Factory(_has_a_choice, takes_self=True))

    def covers(self, scope: Scope) -> bool:
        """Whether the request is errcore's.

        >>> from errcore import Runtime
        >>> Answers(Runtime.for_tests(), prefixes=["/v2"]).covers({"path": "/v1/agents"})
        False
        """
        return not self.prefixes or covers(self.prefixes, path_of(scope))

    def handle(self, exc: Exception, scope: Scope, phase: str, meant: Exception | None = None) -> Handled:
        """Report the exception, once, and say how it is answered.

        Args:
            exc: What was caught.
            scope: The scope of the request.
            phase: Where in the request: handler, stream, background, websocket or disconnect.
            meant: What `meant(exc)` said, if it was asked already.
        """
        exchange = exchange_of(scope)
        if exchange is not None and (before := exchange.handled_before(exc, self.runtime)) is not None:
            return before
        ids = ids_of(scope) if exchange is None else exchange.ids
        original = _unmasked(exc)
        error = self.meant(exc) if meant is None else meant
        facts = RequestFacts(
            method=scope.get("method", "GET"),
            route=self.route_in(scope),
            accept=accept_of(scope) if self.negotiates else None,
            ids=ids,
            phase=phase,
        )
        # Met again further out, the framework's exception is the same error; and the server may yet see it.
        handled = self.runtime.handle(error, facts, stands_for=() if exc is error else (exc, original))
        if exchange is not None:
            exchange.remember(handled, self.runtime, exc, original, error)
        return handled

    def route_in(self, scope: Scope) -> str | None:
        """The template of the route that was chosen, or None. Never raises an Exception."""
        try:
            return self.template(scope)
        except Exception:  # noqa: BLE001 - a label is not worth an error
            return None

    def meant(self, exc: Exception) -> Exception:
        """The error that `exc` stands for."""
        original = _unmasked(exc)
        try:
            leaf = only_leaf(original)
            meant = self.translate(leaf)
        except Exception:  # noqa: BLE001 - then it is answered as what it is; it must not be lost through us
            return original
        # What nobody translates stays in its group: the record tells where it came from.
        return original if meant is leaf else meant


def _unmasked(exc: Exception) -> Exception:
    if isinstance(exc, RuntimeError) and exc.args == _MASK and isinstance(exc.__cause__, Exception):
        return exc.__cause__
    return exc


def answers_for(given: Answers | Runtime | None, prefixes: Sequence[str]) -> Answers:
    """What a guard answers with: what an adapter has made for it, or what a runtime alone can say.

    Args:
        given: The answers, or the runtime; without one, `Runtime.from_env()`.
        prefixes: The paths that are errcore's, if the guard was told.

    Raises:
        TypeError: If `given` is neither, or the prefixes are no texts.
        ValueError: If one of the prefixes is no path.

    >>> from errcore import Runtime
    >>> answers_for(Runtime.for_tests(), ["/v2"]).prefixes
    ('/v2',)
    """
    if not isinstance(given, Answers):
        return Answers(runtime_for(given), prefixes=prefixes)
    return attrs.evolve(given, prefixes=prefixes) if prefixes else given
