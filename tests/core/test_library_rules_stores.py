# SPDX-License-Identifier: MIT
"""Verdicts on the exceptions of caches, clouds and validators, raised for real where that is easy."""

from __future__ import annotations

import socket

import botocore.exceptions
import pydantic
import pytest
import redis
from starlette import requests

from errcore import classify
from errcore.errors import Fault, Kind, Occurrence
from errcore.errors.library_rules import LIBRARY_RULES


@pytest.fixture
def port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        number: int = found.getsockname()[1]
    return number


class TestRedis:
    """redis-py, without a server."""

    def test_connection_refused(self, port: int):
        """Nobody is there."""
        with redis.Redis(port=port, retry=None) as client, pytest.raises(redis.ConnectionError) as caught:
            client.get("x")

        assert (classify(caught.value).status, classify(caught.value).retriable) == (503, "if_idempotent")

    def test_a_server_that_never_answers(self):
        """It took too long."""
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            number = listening.getsockname()[1]
            with (
                redis.Redis(port=number, retry=None, socket_timeout=0.05) as client,
                pytest.raises(redis.TimeoutError) as caught,
            ):
                client.get("x")

        assert classify(caught.value).status == 504

    @pytest.mark.parametrize(
        ("name", "status", "retriable"),
        [
            ("AuthenticationError", 500, "no"),
            ("BusyLoadingError", 503, "yes"),
            ("ReadOnlyError", 503, "yes"),
            ("TryAgainError", 503, "yes"),
            ("ClusterDownError", 503, "yes"),
            ("OutOfMemoryError", 503, "no"),
            ("WatchError", 409, "yes"),
            ("ResponseError", 500, "no"),
        ],
    )
    def test_what_a_server_says(self, name: str, status: int, retriable: str):
        """Its errors by class."""
        verdict = classify(getattr(redis.exceptions, name)("x"))

        assert (verdict.status, verdict.retriable) == (status, retriable)


class TestPydantic:
    """pydantic, whose ValidationError lives in pydantic_core."""

    def test_a_model_that_does_not_fit_is_our_bug(self):
        """Inside our own code it is a 500, and the input stays with us."""

        class Model(pydantic.BaseModel):
            password: int

        with pytest.raises(pydantic.ValidationError) as caught:
            Model(password="hunter2")
        occurrence = Occurrence.of(caught.value)

        assert (occurrence.status, occurrence.verdict.expected) == (500, False)
        assert occurrence.message == "An internal error occurred."
        assert "hunter2" not in f"{occurrence!r}"


class TestBotocore:
    """botocore, without a cloud."""

    @pytest.mark.parametrize(
        ("name", "arguments", "status", "retriable"),
        [
            ("ConnectTimeoutError", {"endpoint_url": "u"}, 504, "yes"),
            ("ReadTimeoutError", {"endpoint_url": "u"}, 504, "if_idempotent"),
            ("EndpointConnectionError", {"endpoint_url": "u"}, 503, "yes"),
            ("ConnectionClosedError", {"endpoint_url": "u"}, 503, "if_idempotent"),
            ("HTTPClientError", {"error": "e"}, 503, "if_idempotent"),
            ("NoCredentialsError", {}, 500, "no"),
            ("PartialCredentialsError", {"provider": "p", "cred_var": "c"}, 500, "no"),
            ("ParamValidationError", {"report": "r"}, 500, "no"),
        ],
    )
    def test_its_own_exceptions(self, name: str, arguments: dict[str, str], status: int, retriable: str):
        """By class."""
        verdict = classify(getattr(botocore.exceptions, name)(**arguments))

        assert (verdict.status, verdict.retriable) == (status, retriable)

    @pytest.mark.parametrize(
        ("code", "http", "status", "retriable", "outcome"),
        [
            ("Throttling", 400, 503, "yes", "ok"),
            ("SlowDown", 503, 503, "yes", "ok"),
            ("ProvisionedThroughputExceededException", 400, 503, "yes", "ok"),
            ("NoSuchKey", 404, 502, "no", "ok"),
            ("AccessDenied", 403, 502, "no", "ok"),
            ("InternalError", 500, 502, "if_idempotent", "failed"),
        ],
    )
    def test_what_a_service_says(self, code: str, http: int, status: int, retriable: str, outcome: str):
        """By its own code, then by its HTTP status."""
        response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": http}}
        verdict = classify(botocore.exceptions.ClientError(response, "op"))

        assert (verdict.status, verdict.retriable, verdict.outcome) == (status, retriable, outcome)

    def test_an_answer_without_the_usual_members(self):
        """Rubbish from a dependency is the dependency's fault."""
        assert classify(botocore.exceptions.ClientError({}, "op")).status == 502


class TestGrpc:
    """grpcio, without a service."""

    def test_connection_refused(self, port: int):
        """A real call to nobody."""
        grpc = pytest.importorskip("grpc", reason="grpc comes later for the newest Python")
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            call = channel.unary_unary("/service/method")
            with pytest.raises(grpc.RpcError) as caught:
                call(b"", timeout=5)
        verdict = classify(caught.value)

        assert (verdict.status, verdict.fault) == (503, Fault.DEPENDENCY)

    def test_an_error_without_a_code(self):
        """The base class says only that the call failed."""
        grpc = pytest.importorskip("grpc", reason="grpc comes later for the newest Python")

        assert classify(grpc.RpcError()).status == 503

    @pytest.mark.parametrize(
        ("code", "status"), [("NOT_FOUND", 502), ("DEADLINE_EXCEEDED", 504), ("OK", 503)]
    )
    def test_by_its_code(self, code: str, status: int):
        """As for HTTP; OK is no error, so it says nothing."""
        grpc = pytest.importorskip("grpc", reason="grpc comes later for the newest Python")

        class Failed(grpc.RpcError):
            def code(self) -> object:
                return grpc.StatusCode[code]

        assert classify(Failed()).status == status


def test_a_client_that_went_away():
    """Starlette's way to say that nobody reads the answer."""
    verdict = classify(requests.ClientDisconnect())

    assert (verdict.kind, verdict.code) == (Kind.CANCELLED, "CLIENT_DISCONNECTED")


@pytest.mark.parametrize(
    "target",
    [
        "starlette.requests:ClientDisconnect",
        "starlette.websockets:WebSocketDisconnect",
        "litestar.exceptions.websocket_exceptions:WebSocketDisconnect",
        "uvicorn.protocols.utils:ClientDisconnected",
    ],
)
def test_every_way_to_say_that_the_client_left_is_known(target: str):
    """One code for all of them: by it an adapter knows that there is nobody to answer."""
    (rule,) = (rule for rule in LIBRARY_RULES if rule.target == target)

    assert (rule.verdict.kind, rule.verdict.code) == (Kind.CANCELLED, "CLIENT_DISCONNECTED")
