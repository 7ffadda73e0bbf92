# SPDX-License-Identifier: MIT
"""How health is served: which path asks for what, who may read the details, and the answer.

Anybody may ask whether the service lives or is ready, and reads one word. The details are there only for those whom the
application lets see them; for all others that page does not exist.
"""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING

from errcore.envelopes import Reply, RequestFacts
from errcore.errors.stock import MethodNotAllowedError, NotFoundError
from errcore.mishaps import Mishaps
from errcore.runtime.choice import runtime_for
from errcore.runtime.mounting import PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from errcore.runtime.wiring import Runtime

    Authorize: TypeAlias = Callable[[Mapping[str, str]], bool]

__all__ = ["HealthPage", "answer_health", "checked_health_path"]

_NO_FACTS = RequestFacts()
_ASKED = {"": "ready", "/": "ready", "/ready": "ready", "/live": "live", "/detail": "detail"}
_mishaps = Mishaps()


def answer_health(
    runtime: Runtime, what: str | None, facts: RequestFacts = _NO_FACTS, *, authorized: bool = False
) -> Reply:
    """The answer about the health of the service. Never waits for a dependency, and never raises an Exception.

    `application/health+json`, with 503 where the status is fail.

    Args:
        runtime: Whose health.
        what: "live", "ready" or "detail"; anything else is answered with 404, in the runtime's envelope.
        facts: What is known of the request: its `method` counts.
        authorized: Whether this client may read the details. For others there are none: 404 again.

    >>> from errcore import Runtime
    >>> runtime = Runtime.for_tests()
    >>> answer_health(runtime, "ready").body, answer_health(runtime, "detail").status
    (b'{"status":"pass"}', 404)
    """
    if what not in ("live", "ready", "detail") or (what == "detail" and authorized is not True):
        return runtime.reply(NotFoundError("There is no such page."), facts)
    if facts.method not in ("GET", "HEAD"):
        return runtime.reply(MethodNotAllowedError(headers={"Allow": "GET, HEAD"}), facts)
    status, document = _told(runtime, what)
    body = json.dumps(document, separators=(",", ":")).encode()
    headers = (
        ("Content-Type", "application/health+json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return Reply(status, headers, b"" if facts.method == "HEAD" else body)


def _told(runtime: Runtime, what: str) -> tuple[int, Mapping[str, object]]:
    try:
        health = runtime.health
        told = health.live() if what == "live" else health.ready() if what == "ready" else health.detail()
        return told.http_status, told.document()
    except Exception as problem:  # noqa: BLE001 - it does not raise; this is for the day it does
        # Our own failure is no reason to restart a service, nor to keep the traffic from it.
        _mishaps.note("telling how a service is", problem)
        return 200, {"status": "warn"}


class HealthPage:
    """What an adapter serves: it hands in what was asked, and sends what comes back.

    Args:
        runtime: Whose health; without one, `Runtime.from_env()`.
        authorize: Says of the headers of a request, with names in lower case, whether that client may read the details.
            Without one nobody may. It says so by True alone, and it should not wait.

    Raises:
        TypeError: If `runtime` is no runtime, or `authorize` no function that can be called here.

    >>> from errcore import Runtime
    >>> page = HealthPage(
    ...     Runtime.for_tests(), authorize=lambda headers: headers.get("authorization") == "Bearer b"
    ... )
    >>> page.answer("/detail", RequestFacts(), lambda: {}) is None
    True
    >>> page.answer("/detail", RequestFacts(), lambda: {"authorization": "Bearer b"}).status
    200
    """

    def __init__(self, runtime: Runtime | None, authorize: Authorize | None) -> None:
        self.runtime: Runtime = runtime_for(runtime)
        if authorize is not None and not callable(authorize):
            raise TypeError(
                f"Cannot use this authorize, because it is of type {type(authorize).__name__}; "
                "pass a function that takes the headers and returns True or False, or leave it out."
            )
        if inspect.iscoroutinefunction(authorize) or inspect.iscoroutinefunction(
            getattr(authorize, "__call__", None)  # noqa: B004 - not whether: which
        ):
            raise TypeError(
                "Cannot use this authorize, because it is a coroutine function and health is answered without waiting; "
                "pass a plain function."
            )
        self._authorize = authorize

    def answer(
        self, path: str, facts: RequestFacts, headers: Callable[[], Mapping[str, str]]
    ) -> Reply | None:
        """The answer to a request; None where health has nothing to say, so that the application answers.

        Args:
            path: What is left of the path below the one at which health is served.
            facts: What is known of the request.
            headers: Gives its headers, with names in lower case; called only where they are asked for.
        """
        what = _ASKED.get(path)
        if what is None:
            return None
        authorized = what == "detail" and self._allows(headers)
        if what == "detail" and not authorized:
            return None
        return answer_health(self.runtime, what, facts, authorized=authorized)

    def unknown(self, facts: RequestFacts) -> Reply:
        """The answer where there is no application behind health: it does not exist."""
        return answer_health(self.runtime, None, facts)

    def _allows(self, headers: Callable[[], Mapping[str, str]]) -> bool:
        if self._authorize is None:
            return False
        try:
            return self._authorize(headers()) is True
        except Exception as problem:  # noqa: BLE001 - who cannot say yes says no
            _mishaps.note("an authorize of health", problem)
            return False


def checked_health_path(path: str) -> str:
    """The path at which to serve health, without a slash at its end.

    Raises:
        ValueError: If `path` is not of the form `/health`.

    >>> checked_health_path("/health/")
    '/health'
    """
    if not PATH.fullmatch(path):
        raise ValueError(
            f"Cannot serve health at {path!r}, because it would take other paths or none; pass one such as '/health'."
        )
    return path.rstrip("/")
