# SPDX-License-Identifier: MIT
"""An error that is returned rather than raised: a slip that must not send what is in it."""

from __future__ import annotations

import pytest
from fastapi import FastAPI, encoders
from fastapi.testclient import TestClient

import errcore_fastapi
from errcore import NotFoundError, Runtime, secret
from errcore_fastapi.returned import refuse_returned_errors


class Returned(NotFoundError, code="T_RETURNED_NOT_FOUND"):
    """Somebody wrote return."""

    session: str = secret()


@pytest.mark.parametrize(
    "wrap", [lambda error: error, lambda error: {"errors": [error]}], ids=["bare", "nested"]
)
def test_a_returned_error_is_a_bug_and_sends_nothing(wrap):
    """It is answered like any other bug, and no field of it is in the answer."""
    app = FastAPI()
    errcore_fastapi.install(app, Runtime.for_tests(log_level="critical"))

    @app.get("/")
    def slip():
        return wrap(Returned(session="hunter2"))

    answer = TestClient(app, raise_server_exceptions=False).get("/")

    assert answer.status_code == 500
    assert answer.json()["code"] == "INTERNAL_ERROR"
    assert "hunter2" not in answer.text


def test_a_fastapi_without_the_table_is_left_alone(monkeypatch):
    """The table is no promise of FastAPI's."""
    monkeypatch.delattr(encoders, "encoders_by_class_tuples")

    refuse_returned_errors()

    assert not hasattr(encoders, "encoders_by_class_tuples")
