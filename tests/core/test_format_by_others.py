# SPDX-License-Identifier: MIT
"""A format by somebody else: one class, no base, and it works wherever one of ours does."""

from __future__ import annotations

import json

import fastapi
import pytest
from fastapi.testclient import TestClient

import errcore_fastapi
from errcore import NotFoundError, RequestFacts, Runtime, from_response, public
from errcore.errors import Told


class Acme:
    """`{"fault": {"id": "order-locked", "text": "...", "with": {...}}}`."""

    name = "acme"
    media_type = "application/vnd.acme+json"

    def render(self, occurrence, debug=False):
        fault = {"id": occurrence.code.lower().replace("_", "-"), "text": occurrence.message}
        return {"fault": {**fault, "with": occurrence.details}}

    def parse(self, body):
        fault = body["fault"]
        code = fault["id"].upper().replace("-", "_")
        return Told(code=code, message=fault["text"], details=fault.get("with"))

    def schema(self, specs):
        return {"title": "Acme", "type": "object", "required": ["fault"]}

    def example(self, spec):
        return {"fault": {"id": spec.code.lower().replace("_", "-"), "text": "...", "with": {}}}


class OrderLocked(NotFoundError, code="T_BY_OTHERS_ORDER_LOCKED", message="Order {order} is locked."):
    """An error."""

    order: int = public()


def test_in_a_runtime():
    """It renders, and its media type is sent."""
    with Runtime.for_tests(envelope=Acme()) as runtime:
        reply = runtime.reply(OrderLocked(order=7))

    assert json.loads(reply.body) == {
        "fault": {"id": "t-by-others-order-locked", "text": "Order 7 is locked.", "with": {"order": 7}}
    }
    assert dict(reply.headers)["Content-Type"] == "application/vnd.acme+json"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "problem"),
        ("application/vnd.acme+json", "acme"),
        ("application/json", "problem"),
        ("text/html", "problem"),
    ],
)
def test_in_negotiation(accept, chosen):
    """Whoever asks for it gets it; everybody else the default."""
    with Runtime.for_tests(envelope=["problem", Acme()]) as runtime:
        body = json.loads(runtime.reply(OrderLocked(order=7), RequestFacts(accept=accept)).body)

    assert ("fault" in body) is (chosen == "acme")


def test_read_back():
    """A client that knows the format reads it; one that does not has the status, and nothing breaks."""
    with Runtime.for_tests(envelope=Acme()) as runtime:
        reply = runtime.reply(OrderLocked(order=7))
    known = from_response(reply.status, reply.headers, reply.body, formats=[Acme()])
    unknown = from_response(reply.status, reply.headers, reply.body)

    assert (known.code, known.upstream.details) == ("T_BY_OTHERS_ORDER_LOCKED", {"order": 7})
    assert (unknown.code, unknown.is_not_found) == (None, True)
    assert from_response(500, None, b'{"fault": 7}', formats=[Acme()]).code is None


def test_in_openapi():
    """The documentation of an API shows its schema and its example."""
    app = fastapi.FastAPI()

    @app.get("/orders")
    def orders() -> None:
        raise OrderLocked(order=7)

    with Runtime.for_tests(envelope=Acme()) as runtime:
        errcore_fastapi.install(app, runtime)
        described = json.dumps(app.openapi())
        with TestClient(app) as client:
            answer = client.get("/orders")

    assert "application/vnd.acme+json" in described
    assert answer.json()["fault"]["with"] == {"order": 7}
