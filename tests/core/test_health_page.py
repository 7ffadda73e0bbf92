# SPDX-License-Identifier: MIT
"""The answers about health as adapters send them: headers, methods, and details that are not there for everybody."""

from __future__ import annotations

import json

import pytest

from errcore import RequestFacts, Runtime
from errcore.mishaps import Mishaps
from errcore.runtime import HealthPage, answer_health, checked_health_path, health_page

pytestmark = pytest.mark.usefixtures("no_policies")

SECRET = "postgres://admin:hunter2@db-1.internal:5432/agents"


@pytest.fixture
def burning(runtime):
    """A service whose database tells secrets when it fails."""

    @runtime.health.check("database", gates_readiness=True)
    def ask():
        raise ConnectionRefusedError(SECRET)

    runtime.health.refresh()
    return runtime


@pytest.mark.parametrize(("what", "status", "body"), [("live", 200, "pass"), ("ready", 503, "fail")])
def test_what_anybody_reads(burning, what, status, body) -> None:
    """One word, for whoever asks, and not from a cache."""
    reply = answer_health(burning, what)

    assert (reply.status, json.loads(reply.body)) == (status, {"status": body})
    assert dict(reply.headers) == {
        "Content-Type": "application/health+json",
        "Content-Length": str(len(reply.body)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }


def test_no_byte_tells_the_text_of_an_exception(burning) -> None:
    """Not even to those who may read the details."""
    for what in ("live", "ready", "detail"):
        told = repr(answer_health(burning, what, authorized=True))
        assert not any(part in told for part in ("hunter2", "db-1", "5432", "admin"))
    assert b"SERVICE_UNAVAILABLE" in answer_health(burning, "detail", authorized=True).body


@pytest.mark.parametrize("what", [None, "", "details", "../live", "LIVE"])
def test_what_is_not_there(runtime, what) -> None:
    """Is answered in the runtime's envelope; and the detail is not there for those who may not read it."""
    facts = RequestFacts(ids=None)
    reply = answer_health(runtime, what, facts)
    hidden = answer_health(runtime, "detail", facts)

    def told(reply):
        body = json.loads(reply.body)
        body.pop("request_id")
        return reply.status, body

    assert told(reply) == told(hidden)
    assert reply.status == 404


@pytest.mark.parametrize("authorized", [None, 1, "yes", False])
def test_only_true_is_a_yes(runtime, authorized) -> None:
    """Whatever else is true in some way."""
    assert answer_health(runtime, "detail", authorized=authorized).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "BREW", "get"])
def test_other_methods_are_refused(runtime, method) -> None:
    """With the ones that are allowed (RFC 9110 section 15.5.6)."""
    reply = answer_health(runtime, "ready", RequestFacts(method=method))

    assert (reply.status, dict(reply.headers)["Allow"]) == (405, "GET, HEAD")


def test_head_has_the_headers_of_get(runtime) -> None:
    """And no body."""
    got, headed = (answer_health(runtime, "live", RequestFacts(method=method)) for method in ("GET", "HEAD"))

    assert (headed.status, headed.headers, headed.body) == (got.status, got.headers, b"")


def test_a_failure_of_ours_keeps_no_traffic_away(runtime, monkeypatch) -> None:
    """Should health itself ever fail, the service is neither restarted nor avoided."""
    with monkeypatch.context() as broken:
        broken.setattr(runtime, "health", None)
        replies = [answer_health(runtime, "live"), answer_health(runtime, "ready")]

    assert {(reply.status, reply.body) for reply in replies} == {(200, b'{"status":"warn"}')}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("", 200),
        ("/", 200),
        ("/ready", 200),
        ("/live", 200),
        ("/detail", None),
        ("/data", None),
        ("y", None),
        ("//live", None),
        ("/live/", None),
        ("/LIVE", None),
    ],
)
def test_which_path_asks_for_what(runtime, path, status) -> None:
    """All others are the application's."""
    reply = HealthPage(runtime, None).answer(path, RequestFacts(), dict)

    assert (reply and reply.status) == status


def say(answer):
    """An authorize that says so, or raises it."""

    def authorize(headers):
        assert headers == {"authorization": "Bearer b"}
        if isinstance(answer, Exception):
            raise answer
        return answer

    return authorize


@pytest.mark.parametrize(
    ("answer", "there"), [(True, True), (False, False), (1, False), (None, False), (OSError("no"), False)]
)
def test_who_may_read_the_details(runtime, answer, there) -> None:
    """Those of whom `authorize` says True; one that fails says no."""
    page = HealthPage(runtime, say(answer))

    assert (
        page.answer("/detail", RequestFacts(), lambda: {"authorization": "Bearer b"}) is not None
    ) is there


def test_a_failure_of_ours_or_of_an_authorize_is_said(runtime, monkeypatch, caplog) -> None:
    """Once, without its text; else nobody would know why the details are there for nobody."""
    monkeypatch.setattr(health_page, "_mishaps", Mishaps())
    page = HealthPage(runtime, say(OSError(SECRET)))
    for _ in range(2):
        page.answer("/detail", RequestFacts(), lambda: {"authorization": "Bearer b"})
    monkeypatch.setattr(runtime, "health", None)
    for _ in range(2):
        answer_health(runtime, "live")
    monkeypatch.undo()

    authorize, telling = (record.getMessage() for record in caplog.records)
    assert "an authorize of health" in authorize
    assert "telling how a service is" in telling
    assert "hunter2" not in caplog.text


def test_headers_are_read_where_they_are_asked_for(runtime) -> None:
    """A probe costs none."""

    def headers():
        raise AssertionError

    page = HealthPage(runtime, say(True))
    assert page.answer("/live", RequestFacts(), headers) is not None
    assert page.answer("/detail", RequestFacts(), headers) is None
    assert page.unknown(RequestFacts()).status == 404


def test_an_authorize_that_cannot_be_asked_is_refused(runtime) -> None:
    """A coroutine is true, so what would have to be awaited would let everybody in."""

    async def authorize(headers):
        return False

    class Authorizer:
        async def __call__(self, headers):
            return False

    for wrong in (authorize, Authorizer()):
        with pytest.raises(
            TypeError, match="it is a coroutine function and health is answered without waiting"
        ):
            HealthPage(runtime, wrong)
    with pytest.raises(TypeError, match="because it is of type str; pass a function that takes the headers"):
        HealthPage(runtime, "Bearer b")
    with pytest.raises(TypeError, match="because it is a str"):
        HealthPage("production", None)


@pytest.mark.parametrize("path", ["", "/", "health", "/{x}", "/a//b", "/a?b", "/é"])
def test_a_path_that_is_none_is_refused(path) -> None:
    """It would take other paths, or none."""
    with pytest.raises(ValueError, match="Cannot serve health at"):
        checked_health_path(path)


def test_a_runtime_knows_its_health() -> None:
    """With its names, and the breakers of this process."""
    with Runtime.for_tests(service="agents", release="1.2.3") as runtime:
        document = json.loads(answer_health(runtime, "detail", authorized=True).body)

    assert (document["serviceId"], document["releaseId"]) == ("agents", "1.2.3")
