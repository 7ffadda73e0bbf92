# SPDX-License-Identifier: MIT
"""What validators are compared with is worth it, and what no ratio shows: that a hundred thousand of them leave nothing."""

from __future__ import annotations

import gc
import sys

import attrs
import pytest
from benchmarks.rows.validating import BAD, GOOD, Account, AccountByHand, account
from benchmarks.rows.validating_by_hand import InvalidByHand, checker

from errcore import ValidationError, Validator

BROKEN = [
    *({name: value for name, value in GOOD.items() if name != missing} for missing in GOOD),
    *(GOOD | {name: value} for name in GOOD for value in (None, [], {}, "", "x", 0, -1, True, 2.5, 10**6)),
    *(GOOD | {"score": float(text)} for text in ("nan", "inf", "-inf")),
    GOOD | {"name": "x" * 80},
    GOOD | {"name": "x" * 81},
    GOOD | {"email": "ada@example.org\n"},
    GOOD | {"more": 1},
    BAD,
    {},
    [],
    None,
]


@pytest.mark.parametrize("document", BROKEN, ids=repr)
def test_ifs_by_hand_say_what_errcore_says(document):
    """So the limit does not look at less."""
    said = []
    for validate, kind in (
        (checker(), InvalidByHand),
        (account().validate, ValidationError),
        (checker(AccountByHand), InvalidByHand),
        (Validator.of(Account).validate, ValidationError),
    ):
        try:
            value = validate(document)
        except kind as error:
            said.append(([attrs.asdict(issue) for issue in error.issues], error.field, error.field_errors))
        else:
            said.append(value if type(value) is dict else attrs.asdict(value))

    assert said[1:] == said[:1] * 3


@pytest.mark.parametrize("document", [GOOD, BAD], ids=["good", "bad"])
def test_validations_leave_nothing(document):
    """After a hundred thousand of them the interpreter holds as many blocks of memory as before."""
    validator = account().build()

    def validate(times):
        for _ in range(times):
            validator.inspect(document)
        gc.collect()
        return sys.getallocatedblocks()

    validate(1000)
    before = validate(1000)

    assert validate(100_000) - before < 100


def test_validators_leave_nothing():
    """One that is made for one request goes with it, its source included."""

    def make(times):
        for _ in range(times):
            account().build().pick("age").validate(GOOD)
        gc.collect()
        return sys.getallocatedblocks()

    make(20)
    before = make(20)

    assert make(300) - before < 300
