# SPDX-License-Identifier: MIT
"""The WSGI application in front of Flask's: ids, context, and what fails where Flask is not looking.

Labels every response with the request's id and binds `errcore.context`, also while the body is sent: bodies are
iterated after the application has returned, by whichever thread the server likes, so each step of one enters the
context and leaves it again. So it does with the deadline of a request that says how long it is waited for; one that is
waited for no longer is answered here. What escapes from Flask, from a body or from what runs when it is closed is reported and
goes on to the server: only a server that sees the exception cuts the connection, and only a cut tells the client.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from werkzeug.http import HTTP_STATUS_CODES

from errcore import DeadlineExceededError, clock, context
from errcore.policies import DEADLINE_HEADER, incoming_deadline
from errcore_flask.exchange import KEY, Exchange, current_exchange, ids_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType
    from typing import TypeAlias
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask

    from errcore.context import ErrorContext
    from errcore_flask.answers import Answers

    ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

T = TypeVar("T")

__all__ = ["SERVER_LOGGERS", "Front", "labelled"]

_END = object()

_GONE = 499
"""What is counted where the client went away before it had the whole answer."""

_WAIT = f"HTTP_{DEADLINE_HEADER.upper().replace('-', '_')}"

SERVER_LOGGERS = ("gunicorn.error", "waitress", "werkzeug")
"""Who else would print the traceback of an error that went on to the server."""


class Front:
    """Stands where `app.wsgi_app` stood.

    Args:
        app: The application.
        answers: How its exceptions are reported.
    """

    def __init__(self, app: Flask, answers: Answers) -> None:
        self.app: Flask = app
        self.answers: Answers = answers
        self.wsgi_app: WSGIApplication = app.wsgi_app
        self._unguarded: bool = True
        self._timed: bool = answers.runtime.settings.deadlines
        self.count: Callable[[str | None, int, float], None] = answers.runtime.monitor.count_request

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Run the application for one request."""
        if KEY in environ or not self.answers.covers(environ):
            # Mounted in an application that is guarded itself: one id, one record, one header. Or not ours.
            return self.wsgi_app(environ, start_response)
        if self._unguarded:
            self._guard_loggers()
        exchange = environ[KEY] = Exchange(ids_of(environ))
        monotonic = clock.current().monotonic
        begun = monotonic()
        entered = context.enter(exchange.ids)
        token = current_exchange.set(exchange)
        try:
            start = _labelling(environ, exchange, start_response)
            if _WAIT in environ and self._timed:
                body = self._in_time(environ, exchange, start)
            else:
                body = self.wsgi_app(environ, start)
            if _is_file(body, environ):
                self.count(exchange.route, _number(exchange.status), monotonic() - begun)
                end(environ, exchange)
                return body  # the server sends it its own way
            return Body(self, environ, exchange, body, monotonic, begun)
        except BaseException as exc:
            if isinstance(exc, Exception):
                self.report(exc, environ, "teardown" if exchange.status else "handler")
            # The server's answer: nothing was sent yet.
            self.count(exchange.route or self._route(environ), 500, monotonic() - begun)
            end(environ, exchange)
            raise
        finally:
            current_exchange.reset(token)
            context.leave(entered)

    def _in_time(self, environ: WSGIEnvironment, exchange: Exchange, start: StartResponse) -> Iterable[bytes]:
        """Run the application under the caller's deadline, or answer that there is no time left to run it."""
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            return self.wsgi_app(environ, start)  # a conversation: nobody waits for its end
        try:
            exchange.deadline = deadline = incoming_deadline(environ[_WAIT])
        except DeadlineExceededError as late:
            reply = self.answers.handle(late, environ, "handler", None).reply
            start(f"{reply.status} {HTTP_STATUS_CODES.get(reply.status, 'Unknown')}", list(reply.headers))
            return [reply.body]
        token = deadline.enter()
        try:
            return self.wsgi_app(environ, start)
        finally:
            deadline.leave(token)

    def report(self, exc: Exception, environ: WSGIEnvironment, phase: str) -> None:
        """Report what goes on to the server."""
        self.answers.handle(exc, environ, phase, self._route(environ))

    def _route(self, environ: WSGIEnvironment) -> str | None:
        """The template of the route, found again: Flask has forgotten the request, and few requests get here."""
        try:
            adapter = self.app.create_url_adapter(self.app.request_class(environ))
            return None if adapter is None else adapter.match(return_rule=True)[0].rule
        except Exception:  # noqa: BLE001 - a label is not worth an error
            return None

    def _guard_loggers(self) -> None:
        # Not in `install`: a logger that exists before logging is set up may be switched off by that.
        self._unguarded = False
        self.answers.runtime.guard_loggers(self.app.name, *SERVER_LOGGERS)


class Body:
    """The body of a response, each step of which runs in the context of its request."""

    __slots__ = (
        "_begun",
        "_body",
        "_counted",
        "_environ",
        "_exchange",
        "_exhausted",
        "_front",
        "_here",
        "_monotonic",
        "_next",
        "_sent",
    )

    def __init__(
        self,
        front: Front,
        environ: WSGIEnvironment,
        exchange: Exchange,
        body: Iterable[bytes],
        monotonic: Callable[[], float],
        begun: float,
    ) -> None:
        self._front = front
        self._environ = environ
        self._exchange = exchange
        self._body = body
        self._exhausted = False
        self._sent = False
        self._counted = False
        self._monotonic = monotonic
        self._begun = begun
        self._here: ErrorContext = context.current()
        try:
            # The end of the body is a mark of our own: a part that is None is a fault of the application's.
            self._next: Callable[[], object] = partial(next, iter(body), _END)
        except BaseException:
            getattr(body, "close", _nothing)()
            raise

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self._in_context(self._next)
        if chunk is _END:
            self._exhausted = True
            # What runs when the body is closed, nobody waits for.
            self._count(_number(self._exchange.status))
            raise StopIteration
        if not isinstance(chunk, bytes):
            return self._in_context(partial(_refuse, chunk))
        self._sent = True
        return chunk

    def close(self) -> None:
        """Close the body, which is also when Flask runs what was to happen after the response."""
        close: Callable[[], None] | None = getattr(self._body, "close", None)
        if self._exchange.deadline is not None:
            self._exchange.deadline.lift()
        # A server that has not asked for the end has nobody to send it to.
        self._count(_GONE)
        try:
            if close is not None:
                self._in_context(close)
        finally:
            end(self._environ, self._exchange)

    def _in_context(self, step: Callable[[], T]) -> T:
        entered = context.resume(self._here)
        token = current_exchange.set(self._exchange)
        deadline = self._exchange.deadline
        timed = None if deadline is None else deadline.enter()
        try:
            return step()
        except Exception as exc:
            self._front.report(exc, self._environ, "background" if self._exhausted else "stream")
            # With the first part the start is sent; before that the server still answers by itself.
            self._count(_number(self._exchange.status) if self._sent else 500)
            raise
        finally:
            # What a generator binds around its `yield` holds until it ends.
            self._here = context.current()
            if deadline is not None and timed is not None:
                deadline.leave(timed)
            current_exchange.reset(token)
            context.leave(entered)

    def _count(self, status: int) -> None:
        if not self._counted:
            self._counted = True
            self._front.count(self._exchange.route, status, self._monotonic() - self._begun)


def _number(status: str) -> int:
    """The number of a status line; 500 where there is none: the server answers then."""
    try:
        return int(status[:3])
    except (TypeError, ValueError):
        return 500


def _nothing() -> None:
    """How a body is closed that has no `close`."""


def _refuse(chunk: object) -> NoReturn:
    """Where a server would find out later, and the client would take what it has for all."""
    raise TypeError(f"A part of the response's body is of type {type(chunk).__name__}, not bytes.")


def end(environ: WSGIEnvironment, exchange: Exchange) -> None:
    """The request is over."""
    if exchange.deadline is not None:
        exchange.deadline.lift()
    exchange.forget()
    environ.pop(KEY, None)


def _is_file(body: Iterable[bytes], environ: WSGIEnvironment) -> bool:
    wrapper: Any = environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(body, wrapper)


def _labelling(environ: WSGIEnvironment, exchange: Exchange, start_response: StartResponse) -> StartResponse:
    """A `start_response` that notes that it was called and adds the id."""

    def start(
        status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        exchange.status = status
        # Flask's own request, for as long as it is there.
        rule = getattr(environ.get("werkzeug.request"), "url_rule", None)
        if rule is not None:
            exchange.route = rule.rule
        ours = labelled(headers, exchange.ids.request_id)
        return start_response(status, ours) if exc_info is None else start_response(status, ours, exc_info)

    return start


def labelled(headers: Iterable[tuple[str, str]], request_id: str) -> list[tuple[str, str]]:
    """The headers with exactly one X-Request-ID: the application's own, else ours; of several, ours.

    >>> labelled([("X-Request-Id", "mine")], "ours")
    [('X-Request-Id', 'mine')]
    """
    copied = list(headers)
    present = [value for name, value in copied if name.lower() == "x-request-id"]
    if len(present) == 1:
        return copied
    others = [(name, value) for name, value in copied if name.lower() != "x-request-id"]
    value = request_id if not present or request_id in present else present[0]
    return [*others, ("X-Request-ID", value)]
