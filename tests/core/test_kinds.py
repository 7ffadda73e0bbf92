# SPDX-License-Identifier: MIT
"""The table of kinds, literally as it was promised."""

from __future__ import annotations

import http

import pytest

from errcore.errors import KIND_RULES, Fault, Kind, Outcome, Retriable, Severity
from errcore.errors.kinds import outcome_of

# kind: HTTP status, gRPC number, fault, retriable, websocket close code, outcome when raised locally
PROMISED = {
    "invalid_argument": (400, 3, "caller", "no", 1008, "dropped"),
    "out_of_range": (400, 11, "caller", "no", 1008, "dropped"),
    "failed_precondition": (400, 9, "caller", "no", 1008, "dropped"),
    "unauthenticated": (401, 16, "caller", "no", 3000, "dropped"),
    "permission_denied": (403, 7, "caller", "no", 3003, "dropped"),
    "not_found": (404, 5, "caller", "no", 1008, "dropped"),
    "already_exists": (409, 6, "caller", "no", 1008, "dropped"),
    "aborted": (409, 10, "caller", "yes", 1013, "dropped"),
    "resource_exhausted": (429, 8, "caller", "yes", 1013, "dropped"),
    "cancelled": (499, 1, "caller", "no", 1001, "dropped"),
    "unavailable": (503, 14, "dependency", "yes", 1013, "failed"),
    "deadline_exceeded": (504, 4, "dependency", "if_idempotent", 3008, "failed"),
    "internal": (500, 13, "self", "no", 1011, "failed"),
    "unknown": (500, 2, "self", "no", 1011, "failed"),
    "unimplemented": (501, 12, "self", "no", 1011, "failed"),
    "data_loss": (500, 15, "self", "no", 1011, "failed"),
}


@pytest.mark.parametrize("name", PROMISED)
def test_a_kind_implies_what_the_table_says(name: str):
    """Status, gRPC number, fault, retriability, close code and outcome."""
    rule = KIND_RULES[Kind(name)]

    assert PROMISED[name] == (
        rule.status,
        rule.grpc_status,
        rule.fault,
        rule.retriable,
        rule.ws_close,
        outcome_of(rule.fault),
    )


def test_the_table_is_complete():
    """Each of the sixteen gRPC error codes has its row, each number once."""
    assert set(KIND_RULES) == set(Kind) == set(PROMISED)
    assert sorted(rule.grpc_status for rule in KIND_RULES.values()) == list(range(1, 17))


@pytest.mark.parametrize("kind", Kind)
def test_every_answer_can_be_sent(kind: Kind):
    """A status that HTTP knows (or 499), a close code that a server may send, a sentence that ends in a dot."""
    rule = KIND_RULES[kind]

    assert rule.status == 499 or http.HTTPStatus(rule.status)
    assert 1000 <= rule.ws_close <= 4999
    assert rule.ws_close not in {1004, 1005, 1006, 1015}
    assert rule.sentence.endswith(".")
    assert rule.sentence.isprintable()
    assert "{" not in rule.sentence


@pytest.mark.parametrize("kind", Kind)
def test_nobody_is_paged_for_a_caller(kind: Kind):
    """A caller's fault is information; ours is an error; a dependency's lies between."""
    rule = KIND_RULES[kind]

    assert (
        rule.severity
        is {Fault.CALLER: Severity.INFO, Fault.SELF: Severity.ERROR, Fault.DEPENDENCY: Severity.WARNING}[
            rule.fault
        ]
    )


def test_only_no_is_falsy():
    """`if verdict.retriable:` reads as it should."""
    assert [bool(answer) for answer in (Retriable.NO, Retriable.YES, Retriable.IF_IDEMPOTENT)] == [
        False,
        True,
        True,
    ]


def test_values_are_plain_strings():
    """The members compare, hash and serialise as their values."""
    assert Kind.NOT_FOUND == "not_found"
    assert {"not_found": 410}[Kind.NOT_FOUND] == 410
    assert f"{Outcome.FAILED}" == "failed"
