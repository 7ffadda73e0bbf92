# SPDX-License-Identifier: MIT
"""From an exception that a guard caught to what the runtime says about it.

Nothing is decided here: what a framework's exception means is asked of the adapter's `translate`, and what is
answered, logged and raised again of the runtime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore import Runtime, classify, map_exception
from errcore.envelopes import RequestFacts
from errcore.errors.reported import mark, reported
from errcore_asgi.exchange import exchange_of
from errcore_asgi.protocol import accept_of, ids_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore import Handled
    from errcore_asgi.protocol import Scope

__all__ = ["Answers", "is_disconnect", "is_signal", "route_of", "runtime_for", "unchanged"]

DISCONNECTED = "CLIENT_DISCONNECTED"
_DISCONNECTS = (
    "starlette.requests:ClientDisconnect",
    "starlette.websockets:WebSocketDisconnect",
    "litestar.exceptions.websocket_exceptions:WebSocketDisconnect",
    "uvicorn.protocols.utils:ClientDisconnected",
)
# What Starlette says instead of the error itself when a handler for it exists but the response has started.
_MASK = ("Caught handled exception, but response already started.",)

# Raised through `send` by Starlette's limit on bodies, for itself alone: it has answered 413 already.
_SIGNAL = ("starlette.middleware.body_limit", "_RequestBodyLimitResponseSent")

for _target in _DISCONNECTS:
    map_exception(_target, kind="cancelled", code=DISCONNECTED)


def is_disconnect(exc: BaseException) -> bool:
    """Whether the exception only says that the client has gone.

    Those of Starlette, Litestar and uvicorn are known; `errcore.map_exception` with the code CLIENT_DISCONNECTED
    adds more.
    """
    return classify(exc).code == DISCONNECTED


def is_signal(exc: BaseException) -> bool:
    """Whether the exception is no failure but a message from one part of the framework to another.

    >>> is_signal(ValueError())
    False
    """
    return (type(exc).__module__, type(exc).__qualname__) == _SIGNAL


def route_of(scope: Scope) -> str | None:
    """The template of the route that was chosen, where the router leaves it in the scope; never the path itself.

    >>> route_of({}) is None
    True
    """
    path: object = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else None


def runtime_for(runtime: Runtime | None) -> Runtime:
    """The runtime to use: the one given, or one made from the environment.

    Raises:
        TypeError: If what was given is no runtime.
    """
    if runtime is None:
        return Runtime.from_env()
    if not isinstance(runtime, Runtime):  # pyright: ignore[reportUnnecessaryIsInstance] - users do not all type-check
        raise TypeError(
            f"Cannot install errcore, because `runtime` is a {type(runtime).__name__}; "
            'give an errcore.Runtime, such as Runtime.production(service="..."), or leave it out.'
        )
    return runtime


def unchanged(exc: Exception) -> Exception:
    """What an application without a framework needs as `translate`."""
    return exc


@attrs.frozen
class Answers:
    """How the exceptions of one application become answers.

    Attributes:
        runtime: What classifies, reports and renders.
        translate: Turns an exception of the framework into errcore's; anything else comes back as it is.
        template: The template of the chosen route, from the scope.
    """

    runtime: Runtime
    translate: Callable[[Exception], Exception] = unchanged
    template: Callable[[Scope], str | None] = route_of

    def handle(self, exc: Exception, scope: Scope, phase: str) -> Handled:
        """Report the exception, once, and say how it is answered.

        Args:
            exc: What was caught.
            scope: The scope of the request.
            phase: Where in the request: handler, stream, background, websocket or disconnect.
        """
        exchange = exchange_of(scope)
        ids = ids_of(scope) if exchange is None else exchange.ids
        original = _unmasked(exc)
        known = reported(original)
        # Met again further out, the framework's exception is the same error: its mark says so.
        error = original if known is not None and known.context.ids is ids else self.meant(original)
        facts = RequestFacts(
            method=scope.get("method", "GET"),
            route=self._route(scope),
            accept=accept_of(scope),
            ids=ids,
            path=scope.get("path"),
            phase=phase,
        )
        handled = self.runtime.handle(error, facts)
        for other in (exc, original):
            if other is not error:
                # The server may yet see this one, and its log is not to tell the story again.
                mark(other, handled.occurrence)
        return handled

    def _route(self, scope: Scope) -> str | None:
        try:
            return self.template(scope)
        except Exception:  # noqa: BLE001 - a label is not worth an error
            return None

    def meant(self, exc: Exception) -> Exception:
        """The error that `exc` stands for."""
        original = _unmasked(exc)
        try:
            return self.translate(original)
        except Exception:  # noqa: BLE001 - then it is answered as what it is; it must not be lost through us
            return original


def _unmasked(exc: Exception) -> Exception:
    cause = exc.__cause__
    masked = isinstance(exc, RuntimeError) and exc.args == _MASK and isinstance(cause, Exception)
    return cause if masked else exc  # type: ignore[return-value]
