# SPDX-License-Identifier: MIT
"""One path prefix at a time: what is errcore's, and how everything else stays as it was."""

from __future__ import annotations

import logging

import pytest

from errcore import NotFoundError, context
from errcore.runtime import covers
from errcore.testing.asgi import AsgiDriver
from errcore_asgi import Answers, ErrorMiddleware, InnerGuard


def failing(error):
    async def app(scope, receive, send):
        raise error

    return app


def get(app, path, root_path=""):
    return AsgiDriver(app).converse({"type": "http", "method": "GET", "path": path, "root_path": root_path})


@pytest.mark.parametrize(
    ("prefixes", "path", "covered"),
    [
        ([], "/v1", True),
        (["/v2"], "/v2", True),
        (["/v2"], "/v2/", True),
        (["/v2"], "/v2/agents/{id}", True),
        (["/v2/"], "/v2", True),
        (["/v2/"], "/v2/agents", True),
        (["/v2"], "/v2beta", False),
        (["/v2"], "/V2", False),
        (["/v2"], "/", False),
        (["/v2"], "", False),
        (["/v2"], "//v2", True),
        (["/v2/agents"], "/v2", False),
        (["/v2", "/v3"], "/v3/agents", True),
        (["/"], "/anything", True),
        (["/"], "", True),
    ],
)
def test_prefix_ends_with_a_segment(prefixes, path, covered) -> None:
    """A prefix covers itself and what is below it; none covers everything."""
    assert covers(prefixes, path) is covered


@pytest.mark.parametrize(
    ("path", "root_path", "covered"),
    [
        ("/api/v2/agents", "/api", True),  # the root path within the path, as uvicorn has it
        ("/v2/agents", "/api", True),  # without, as hypercorn has it
        ("/v2/agents", "/api/", True),
        ("/v1/agents", "/api", False),
        ("/apiary/v2", "/api", False),
        ("/api/v2", "", True),
        ("/v2", None, False),
    ],
)
def test_prefix_is_of_the_full_path(path, root_path, covered, runtime) -> None:
    """Mounts are part of it, however the server tells them."""
    answers = Answers(runtime, prefixes=["/api/v2"])

    assert answers.covers({"path": path, "root_path": root_path}) is covered


@pytest.mark.parametrize("error", [NotFoundError("no"), ValueError("text")])
@pytest.mark.parametrize("layout", ["outer", "inner", "both"])
def test_rest_passes_as_if_nothing_were_there(error, layout, runtime, records) -> None:
    """No id, no envelope, no report: the exception goes its way."""
    app = failing(error)
    if layout != "outer":
        app = InnerGuard(app, runtime, prefixes=["/v2"])
    if layout != "inner":
        app = ErrorMiddleware(app, runtime, prefixes=["/v2"])

    seen = get(app, "/v1/agents")

    assert seen.raised is error
    assert (seen.sent, records.seen) == ([], [])
    assert "errcore" not in seen.scope
    assert get(app, "/v2/agents").answer.document()["code"] in {"NOT_FOUND", "INTERNAL_ERROR"}
    assert len(records.seen) == 1


def test_successes_of_the_rest_are_not_labelled(runtime) -> None:
    """An id on every response is a thing of the prefix, too; so is the context."""
    bound = []

    async def app(scope, receive, send):
        bound.append(context.current().ids)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"fine"})

    guarded = ErrorMiddleware(app, runtime, prefixes=["/v2"])

    assert get(guarded, "/v1").answer.headers == []
    assert [name for name, _ in get(guarded, "/v2").answer.headers] == ["x-request-id"]
    assert bound[0] is None
    assert bound[1] is not None


def test_websockets_have_prefixes_too(runtime, records) -> None:
    """Outside of them an error is the server's."""
    bug = ValueError()
    app = ErrorMiddleware(InnerGuard(failing(bug), runtime, prefixes=["/v2"]), runtime, prefixes=["/v2"])

    outside, inside = (
        AsgiDriver(app).converse({"type": "websocket", "path": path}, [{"type": "websocket.connect"}])
        for path in ("/v1/ws", "/v2/ws")
    )

    assert (outside.raised, outside.sent) == (bug, [])
    assert inside.types == ["websocket.close"]
    assert len(records.seen) == 1


def test_lifespan_is_always_covered(runtime, records) -> None:
    """It has no path."""

    async def app(scope, receive, send):
        await receive()
        raise ValueError

    AsgiDriver(ErrorMiddleware(app, runtime, prefixes=["/v2"])).converse(
        {"type": "lifespan"}, [{"type": "lifespan.startup"}]
    )

    assert [record.phase for record in records.seen] == ["lifespan"]


def test_limited_guard_within_a_guard(runtime, records) -> None:
    """What the inner one does not cover is the outer one's."""
    inner = ErrorMiddleware(failing(NotFoundError("no")), runtime, prefixes=["/v2"])

    assert get(ErrorMiddleware(inner, runtime), "/v1").answer.document()["code"] == "NOT_FOUND"
    assert len(records.seen) == 1


def test_prefixes_of_an_adapter_may_be_narrowed(runtime) -> None:
    """What a guard is told itself comes before what its answers say."""
    answers = Answers(runtime, prefixes=["/v2"])

    assert InnerGuard(failing(ValueError()), answers).answers is answers
    assert InnerGuard(failing(ValueError()), answers, prefixes=["/v3"]).answers.prefixes == ("/v3",)


@pytest.mark.parametrize(
    ("prefixes", "error", "words"),
    [
        ("/v2", TypeError, r"prefixes='/v2', because that is a str; give a list of paths, such as \['/v2'\]"),
        (2, TypeError, r"prefixes=2, because that is a int; give a list"),
        ([b"/v2"], TypeError, r"the prefix b'/v2', because it is a bytes; give the path as a text"),
        (["v2"], ValueError, r"the prefix 'v2', because no path starts so; write '/v2'"),
        ([""], ValueError, r"the prefix '', because no path starts so; write '/'"),
        (["/v2/*"], ValueError, r"the prefix '/v2/\*', because it is a pattern; write a path as it is sent"),
        (["/{tenant}"], ValueError, r"because it is a pattern"),
    ],
)
@pytest.mark.parametrize(
    "guard",
    [ErrorMiddleware, InnerGuard, lambda app, runtime, prefixes: Answers(runtime, prefixes=prefixes)],
    ids=["outer", "inner", "answers"],
)
def test_wrong_prefixes_are_refused(guard, prefixes, error, words, runtime) -> None:
    """One that would silently cover nothing is no prefix."""
    with pytest.raises(error, match=words):
        guard(failing(ValueError()), runtime, prefixes=prefixes)


def test_filter_of_the_server_loggers_is_there_for_all(runtime) -> None:
    """It belongs to the process, and an exception that nobody has reported is printed all the same, redacted."""
    ErrorMiddleware(failing(ValueError()), runtime, prefixes=["/v2"])

    assert len(logging.getLogger("uvicorn.error").filters) == 1
