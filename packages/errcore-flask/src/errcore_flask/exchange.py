# SPDX-License-Identifier: MIT
"""What is known of one request: its ids, and what it failed of. Kept in its environ.

The environ is handed on by everybody, mounts included, so one request has one exchange: one id, one record, one
header. `failure()` asks the exchange of the present thread or greenlet, because code that tears down an application
context has no request any more.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from errcore.context import ids_from_headers, new_ids

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from errcore import Handled
    from errcore.context import RequestIds
    from errcore.policies import incoming_deadline

__all__ = ["KEY", "Exchange", "current_exchange", "exchange_of", "failure", "ids_of"]

KEY = "errcore.exchange"
"""Where the environ of a request holds its exchange; a name without a dot would have to be a text (PEP 3333)."""


_ID_HEADERS = frozenset({"HTTP_X_REQUEST_ID", "HTTP_X_CORRELATION_ID", "HTTP_TRACEPARENT"})


class Exchange:
    """What the parts of the adapter share about one request.

    Attributes:
        ids: The ids of the request.
        status: The status line of the response that was started, as far as the application is concerned; empty while
            there is none.
        route: The rule that was chosen, as text, noted when the response was started; None where there was none.
        failure: What the request was answered for, or None.
        deadline: That of the caller, where the request says how long it is waited for.
    """

    __slots__ = ("_handled", "_last", "deadline", "failure", "ids", "route", "status")

    def __init__(self, ids: RequestIds) -> None:
        self.ids: RequestIds = ids
        self.status: str = ""
        self.route: str | None = None
        self.failure: Exception | None = None
        self.deadline: incoming_deadline | None = None
        self._last: Exception | None = None
        self._handled: Handled | None = None

    def said_of(self, exc: Exception) -> Handled | None:
        """What was said of this very exception in this request.

        The mark on the exception would not do alone: one that is made once and raised by many requests has one mark,
        that of the latest.
        """
        return self._handled if exc is self._last else None

    def remember(self, exc: Exception, handled: Handled) -> None:
        """Note what was said. An answer below 400, such as 304, is no failure."""
        self._last, self._handled = exc, handled
        if handled.occurrence.status >= 400:
            self.failure = exc

    def forget(self) -> None:
        """Let go of the exceptions: their tracebacks lead back here, and such a ring would outlive the request."""
        self._last = self._handled = self.failure = None


current_exchange: ContextVar[Exchange | None] = ContextVar("errcore_flask_exchange", default=None)
"""That of the request that this thread or greenlet is at."""


def failure() -> Exception | None:
    """The exception that the present request was answered for, or None: what a teardown function asks.

    Flask tells teardown functions of unhandled errors alone. An error that was answered, be it errcore's or
    `abort(409)`, has been handled, and code that commits unless it is told of an error would commit. It sees what
    errcore answered or reported; an error that a handler of your own answers is that handler's to deal with.

    >>> failure() is None
    True
    """
    exchange = current_exchange.get()
    return None if exchange is None else exchange.failure


def ids_of(environ: Mapping[str, Any]) -> RequestIds:
    """The ids of a request, from its headers; what is not acceptable is replaced.

    Servers join headers of one name with commas, and no acceptable id has a comma in it.

    >>> ids_of({"HTTP_X_REQUEST_ID": "req_7f8a9b2c"}).request_id
    'req_7f8a9b2c'
    """
    if _ID_HEADERS.isdisjoint(environ):
        # What `ids_from_headers` says of no headers, without asking: every request pays for this.
        return new_ids()

    def sent(name: str) -> tuple[str, ...]:
        value = environ.get(f"HTTP_{name.upper().replace('-', '_')}")
        return () if value is None else (value,)

    return ids_from_headers(sent)


def exchange_of(environ: MutableMapping[str, Any]) -> Exchange:
    """The exchange of a request; made here where the request did not come through the WSGI application."""
    exchange = environ.get(KEY)
    if not isinstance(exchange, Exchange):
        exchange = environ[KEY] = Exchange(ids_of(environ))
    return exchange
