# SPDX-License-Identifier: MIT
"""A driver for WSGI applications in this process: what they send, what they raise, and where.

Unlike a test client it hides nothing: a body that breaks off, a failure when it is closed or a second start are all
there to be seen. It does what PEP 3333 asks of a server, and nothing more.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import attrs

from errcore.testing.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["Exchanged", "WsgiDriver"]


@attrs.frozen
class Exchanged:
    """What an application did with one request.

    Attributes:
        starts: Status line and headers of each call of `start_response`.
        chunks: The parts of the body that it sent, without empty ones.
        raised: What escaped from the application or its body; the connection would be cut.
        raised_in_close: What escaped when the body was closed, at the end of the request.
        errors: What was printed on `wsgi.errors`.
        environ: The environ as the application left it.
    """

    starts: list[tuple[str, list[tuple[str, str]]]]
    chunks: list[bytes]
    raised: BaseException | None
    raised_in_close: BaseException | None
    errors: str
    environ: dict[str, Any]

    @property
    def answer(self) -> Answer:
        """What a client would get; status 0 if the application failed before anything was sent.

        Nothing is sent before the first part of the body (PEP 3333, "The start_response() Callable").
        """
        if not self.starts or (self.raised is not None and not self.chunks):
            return Answer(0, (), b"", complete=False)
        status, headers = self.starts[-1]
        return Answer(int(status.split(" ")[0]), headers, b"".join(self.chunks), complete=self.raised is None)


class WsgiDriver:
    """Talks to a WSGI application without a server.

    Args:
        app: The application.

    >>> def app(environ, start_response):
    ...     start_response("200 OK", [("Content-Type", "text/plain")])
    ...     return [b"hello"]
    >>> WsgiDriver(app).request("GET", "/").body
    b'hello'
    """

    def __init__(self, app: Callable[[Any, Any], Iterable[bytes]]) -> None:
        self.app: Callable[[Any, Any], Iterable[bytes]] = app

    def request(
        self, method: str, path: str, headers: Sequence[tuple[str, str]] = (), body: bytes = b""
    ) -> Answer:
        """The answer to one request; what the application raises is left out. See `exchange` for all of it."""
        return self.exchange(method, path, headers, body).answer

    def exchange(
        self,
        method: str,
        path: str,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        environ: Mapping[str, Any] | None = None,
    ) -> Exchanged:
        """Everything that happens in one request.

        Args:
            method: HTTP method.
            path: The path, already decoded, and the query.
            headers: Headers of the request; those of one name are joined with commas, as servers do it.
            body: Its body.
            environ: What else differs from a plain environ.
        """
        errors = io.StringIO()
        made = {**_environ(method, path, headers, body, errors), **(environ or {})}
        seen = Exchanged([], [], None, None, "", made)
        raised = closing = None
        sent: Iterable[bytes] = ()
        try:
            sent = self.app(made, _starting(seen))
            for chunk in sent:
                if not seen.starts:
                    raise AssertionError(
                        "a part of the body came before start_response was called (PEP 3333)"
                    )
                seen.chunks.extend([chunk] if chunk else [])
        except BaseException as exc:  # noqa: BLE001 - also what nobody may stop is to be seen
            raised = exc
        try:
            getattr(sent, "close", _nothing)()
        except BaseException as exc:  # noqa: BLE001 - likewise
            closing = exc
        return attrs.evolve(seen, raised=raised, raised_in_close=closing, errors=errors.getvalue())


def _starting(seen: Exchanged) -> Callable[..., Callable[[bytes], object]]:
    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
    ) -> Callable[[bytes], object]:
        if exc_info is not None and seen.chunks:
            raise exc_info[1]  # too late for another status: so PEP 3333
        if exc_info is None and seen.starts:
            raise AssertionError("start_response was called twice (PEP 3333)")
        # A middleware may change the list after it was handed over; a server would have written it.
        seen.starts.append((status, list(headers)))
        return seen.chunks.append

    return start_response


def _environ(
    method: str, path: str, headers: Sequence[tuple[str, str]], body: bytes, errors: io.StringIO
) -> dict[str, Any]:
    path, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": errors,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    for name, value in headers:
        key = name.upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


def _nothing() -> None:
    return
