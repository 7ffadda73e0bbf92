# SPDX-License-Identifier: MIT
"""Handlers for what was raised on purpose: werkzeug's HTTPException, errcore's own errors, and groups of them.

There is none for `Exception`: with it, Flask would neither log an unexpected error nor send its signal, tell the
teardown functions or raise it in tests. Without it, all this happens, and the error arrives in the handler for
HTTPException, inside an InternalServerError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, got_request_exception, request
from werkzeug.exceptions import HTTPException

from errcore import AppError, classify
from errcore.errors import only_leaf
from errcore_flask.exchange import exchange_of
from errcore_flask.translation import is_chosen_response, is_without_status, original_of

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ErrorHandlerCallable

    from errcore_flask.answers import Answers

__all__ = ["add_handlers"]


def add_handlers(app: Flask, answers: Answers) -> None:
    """Register the handlers, except where the application has one of its own for the very same class.

    Args:
        app: The application.
        answers: How its exceptions become answers.
    """

    def answer_http(exc: HTTPException) -> Any:
        environ = request.environ
        if not answers.covers(environ):
            return _without_us(exc, ours)
        if original_of(exc) is exc and is_chosen_response(exc):
            return exc
        return answers.answer(exc, environ)

    def answer_error(exc: Exception) -> Any:
        environ = request.environ
        if not answers.covers(environ):
            return _without_us(exc, ours)
        leaf = only_leaf(exc)
        if isinstance(leaf, HTTPException):
            return current_app.handle_http_exception(leaf)
        if not classify(exc).expected:
            raise exc  # a group with a bug in it: on to what Flask does with bugs
        return answers.answer(exc, environ)

    ours: tuple[ErrorHandlerCallable, ...] = (answer_http, answer_error)
    registered = app.error_handler_spec[None][None]
    for cls, handler in (
        (HTTPException, answer_http),
        (AppError, answer_error),
        (ExceptionGroup, answer_error),
    ):
        if cls not in registered:
            app.register_error_handler(cls, handler)
    _watch_http_exceptions(app, answers)
    got_request_exception.connect(answers.note, app)


def _without_us(exc: Exception, ours: tuple[ErrorHandlerCallable, ...]) -> Any:
    """What Flask would have done with an exception for which it found us: the next handler, or none."""
    registered = current_app.error_handler_spec[None][None]
    for cls in type(exc).__mro__:
        handler = registered.get(cls)
        if handler is not None and handler not in ours:
            return current_app.ensure_sync(handler)(exc)
    if isinstance(exc, HTTPException) and (
        original_of(exc) is not exc or not current_app.trap_http_exception(exc)
    ):
        return exc
    raise exc


def _watch_http_exceptions(app: Flask, answers: Answers) -> None:
    """See the HTTPExceptions for which Flask asks no handler: those without a `code`.

    One with a response was chosen, and may be a failure all the same. One without is the bug that it looks like; Flask
    would answer 200.
    """
    handle = app.handle_http_exception

    def watched(e: HTTPException) -> Any:
        environ = request.environ
        if answers.covers(environ):
            if is_without_status(e):
                raise e
            if getattr(e.response, "status_code", 0) >= 400:
                exchange_of(environ).failure = e
        return handle(e)

    app.handle_http_exception = watched  # type: ignore[method-assign]
