# SPDX-License-Identifier: MIT
"""Real servers for the conformance table: uvicorn or hypercorn in a thread, on a free port of this host."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from contextlib import ExitStack, contextmanager

import hypercorn
import pytest
import uvicorn
from hypercorn.asyncio import serve as serve_by_hypercorn

from errcore.testing.asgi import AsgiDriver
from errcore.testing.conformance import BEHAVIOURS, Records
from errcore.testing.wire import WireDriver


class Announced(uvicorn.Server):
    """A uvicorn that says when it is ready, so that nobody has to poll."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def by_uvicorn(app: object, http: str):
    """A driver for an application behind uvicorn; the server is gone afterwards, whatever happens."""
    listener = socket.create_server(("127.0.0.1", 0))
    # `log_config=None`: the process's logging belongs to the tests.
    config = uvicorn.Config(
        app, http=http, loop="asyncio", log_config=None, access_log=False, lifespan="on", ws="none"
    )
    server = Announced(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        assert server.ready.wait(10)
        yield WireDriver(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        assert not thread.is_alive()


@contextmanager
def by_hypercorn(app: object):
    """A driver for an application behind hypercorn; the server is gone afterwards, whatever happens."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = hypercorn.Config()
    config.bind = [f"fd://{listener.detach()}"]  # hypercorn's from here on, which closes it
    config.errorlog = logging.getLogger("hypercorn.error")  # no handler of its own: see above
    ready = threading.Event()
    stop = None

    async def main() -> None:
        nonlocal stop
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()

        async def until_stopped() -> None:
            ready.set()  # it is asked once the sockets are open
            await stopped.wait()

        def stop_soon() -> None:
            loop.call_soon_threadsafe(stopped.set)

        stop = stop_soon
        await serve_by_hypercorn(app, config, shutdown_trigger=until_stopped)

    thread = threading.Thread(target=asyncio.run, args=(main(),), daemon=True)
    thread.start()
    try:
        assert ready.wait(10)
        yield WireDriver(port)
    finally:
        if stop is not None:
            stop()
        thread.join(10)
        assert not thread.is_alive()


def served(app: object, server: str):
    """A driver for an application behind "hypercorn", or behind uvicorn with that parser."""
    return by_hypercorn(app) if server == "hypercorn" else by_uvicorn(app, server)


@pytest.fixture(scope="session")
def serve():
    """A context manager that serves an application: it takes the application and the name of a server or a parser."""
    return served


@pytest.fixture(scope="module")
def drivers():
    """One driver for each way to reach an application, made when first asked for.

    It takes what builds the application, with the arguments for it, and the name of a server or a parser; "none" is in
    process. Applications of WSGI bring both ways themselves.
    """
    with ExitStack() as stack:
        made = {}

        def driver(build, server: str, *, serve=served, directly=AsgiDriver, **arguments):
            key = (build, server, *sorted(arguments.items()))
            if key not in made:
                app = build(**arguments)
                made[key] = directly(app) if server == "none" else stack.enter_context(serve(app, server))
            return made[key]

        yield driver


def check_that_all_are_served(driver, capabilities) -> None:
    """Each behaviour has a route: a 404 of one is not that of a path that has none, which is recorded without a route."""
    headers, nowhere = [("content-type", "application/json")], "/no/such/route"
    assert asked(driver, "GET", nowhere, headers, b"") == (404, [None])
    for behaviour in BEHAVIOURS:
        if behaviour.needs in {None, *capabilities}:
            body = b"{}" if behaviour.method == "POST" else b""
            status, routes = asked(driver, behaviour.method, behaviour.path, headers, body)
            assert status not in (404, 405) or routes == [behaviour.path], behaviour.name


def asked(driver, method, path, headers, body):
    """The status of an answer, and the templates of the routes of what was reported."""
    with Records() as records:
        status = driver.request(method, path, headers, body).status
    return status, [record.route for record in records.seen]


@pytest.fixture(scope="session")
def all_are_served():
    """Fails unless an application serves each behaviour; takes a driver and what the framework is capable of."""
    return check_that_all_are_served
