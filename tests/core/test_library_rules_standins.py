# SPDX-License-Identifier: MIT
"""The rules that read a foreign object, with stand-ins for libraries that need not be installed."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator

import pytest

from errcore import classify
from errcore.errors.classification import forget_verdicts


class StandIn(Exception):
    """An exception with whatever attributes a test gives it."""

    def __init__(self, **attributes: object) -> None:
        super().__init__("text")
        self.__dict__.update(attributes)


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Verdicts on stand-ins do not outlive the test."""
    forget_verdicts()
    yield
    forget_verdicts()


def stand_in(monkeypatch: pytest.MonkeyPatch, target: str) -> type[StandIn]:
    """A class that is found where a library's would be."""
    module_name, _, name = target.partition(":")
    made = type(name, (StandIn,), {})
    module = types.ModuleType(module_name)
    setattr(module, name, made)
    monkeypatch.setitem(sys.modules, module_name, module)
    return made


def answer(status: object, **headers: str) -> types.SimpleNamespace:
    """A response of an HTTP library."""
    return types.SimpleNamespace(
        status_code=status, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def named(name: str) -> object:
    """What `code()` of a gRPC error gives."""
    return lambda: types.SimpleNamespace(name=name)


@pytest.mark.parametrize(
    ("target", "attributes", "status"),
    [
        ("requests.exceptions:HTTPError", {"response": answer(404)}, 502),
        ("requests.exceptions:HTTPError", {"response": answer(429, retry_after="7")}, 503),
        ("requests.exceptions:HTTPError", {"response": answer("504")}, 504),
        ("requests.exceptions:HTTPError", {"response": answer("what")}, 502),
        ("httpx2:HTTPStatusError", {"response": answer(503)}, 503),
        ("botocore.exceptions:ClientError", {"response": {"Error": {"Code": "SlowDown"}}}, 503),
        (
            "botocore.exceptions:ClientError",
            {"response": {"Error": {"Code": "NoSuchKey"}, "ResponseMetadata": {"HTTPStatusCode": 404}}},
            502,
        ),
        ("botocore.exceptions:ClientError", {"response": {}}, 502),
        ("grpc:RpcError", {"code": named("DEADLINE_EXCEEDED")}, 504),
        ("grpc:RpcError", {"code": named("NO_SUCH_CODE")}, 503),
        ("grpc:RpcError", {}, 503),
    ],
    ids=range(11),
)
def test_a_rule_reads_the_object(
    monkeypatch: pytest.MonkeyPatch, target: str, attributes: dict[str, object], status: int
):
    """Documented attributes decide; without them, what follows from the class."""
    made = stand_in(monkeypatch, target)

    assert classify(made(**attributes)).status == status
    assert classify(type("Below", (made,), {})(**attributes)).status == status
