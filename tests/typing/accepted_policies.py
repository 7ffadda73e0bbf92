# SPDX-License-Identifier: MIT
"""Guarded functions keep their types. Checked by `nox -s typing`, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Generic, TypeVar, assert_type

from tenacity import retry_if_exception_type

from errcore import (
    Breaker,
    Chaos,
    Fallback,
    Policy,
    Retry,
    RetryBudget,
    Timeout,
    handle_errors,
    policy,
    recovery,
    remaining,
)
from errcore.policies import (
    Permit,
    deadline_from_header,
    deadline_to_header,
    incoming_deadline,
    llm_policy,
    outgoing_headers,
    settings_from,
    settings_from_toml,
)
from errcore.testing import policies

T = TypeVar("T")

stripe = policy(
    "stripe",
    retry=Retry(attempts=3, on=(ConnectionError, "aborted")),
    budget=RetryBudget(0.1),
    breaker=Breaker(failure_rate=0.5, minimum=20, window=30),
    limit="100/second",
    timeout=Timeout(2.0, attempt=1, sync="thread"),
    fallback=Fallback(len, value=None),
    chaos=Chaos(fault=ConnectionError, rate=0.01),
    key=len,
    idempotent=True,
)
assert_type(stripe, Policy)
short = policy("short", retry=3, budget=0.1, breaker=0.5, bulkhead=5, timeout=2.0, fallback=len)
assert_type(short.variant(retry=1, fallback=None), Policy)


@stripe
def create(amount: int, *, currency: str = "eur") -> bytes:
    """A function."""
    return currency.encode() * amount


@stripe
async def acreate(amount: int) -> bytes:
    """A coroutine function."""
    return bytes(amount)


@stripe
def first(items: list[T]) -> T:
    """A generic one."""
    return items[0]


@stripe
def pick(*choices: T, default: T) -> T:
    """A generic one with any number of arguments."""
    return choices[0] if choices else default


by_predicate = policy("by-predicate", retry=Retry(on=lambda error: "busy" in str(error)))
by_tenacity = policy("by-tenacity", retry=Retry(on=retry_if_exception_type(ConnectionError)))


class Client(Generic[T]):
    """Methods of all sorts."""

    def __init__(self, value: T) -> None:
        self.value = value

    @stripe
    def fetch(self, name: str) -> T:
        """A method."""
        del name
        return self.value

    @stripe
    async def afetch(self, name: str) -> T:
        """A coroutine method."""
        del name
        return self.value

    @classmethod
    @stripe
    def of(cls, value: T) -> Client[T]:
        """A class method."""
        return cls(value)

    @staticmethod
    @stripe
    def plain(name: str) -> int:
        """A static method."""
        return len(name)


@recovery("gcs", "uploading", max_retries=2, fallback=len)
def upload(path: str) -> int:
    """Guarded in one line."""
    return len(path)


@handle_errors(category="billing")
async def charge(amount: int) -> str:
    """Without strays."""
    return str(amount)


@policies(instant=True, attempts=2)
def test_something(name: str) -> None:
    """A test."""
    del name


async def uses(client: Client[str]) -> None:
    """What the checkers see."""
    assert_type(create(5, currency="usd"), bytes)
    assert_type(await acreate(5), bytes)
    assert_type(first([1, 2]), int)
    assert_type(pick("a", "b", default="c"), str)
    assert_type(await by_predicate.acall(lambda: acreate(5)), bytes)
    assert_type(client.fetch("x"), str)
    assert_type(await client.afetch("x"), str)
    assert_type(Client[int].of(5), Client[int])
    assert_type(Client.plain("x"), int)
    assert_type(stripe.call(len, "x"), int)
    assert_type(await stripe.acall(client.afetch, "x"), str)
    assert_type(stripe.state, str)
    assert_type(upload("x"), int)
    assert_type(await charge(5), str)
    assert_type(remaining(), float | None)
    assert_type(deadline_to_header(remaining()), str | None)
    assert_type(deadline_from_header("5"), float | None)
    assert_type(outgoing_headers(), dict[str, str])
    with incoming_deadline("1500"):
        assert_type(stripe.acquire("shard"), Permit)
    policy("loaded", **settings_from({"retry": 3}))
    for name, keywords in settings_from_toml("").items():
        policy(name, **keywords)
    assert_type(llm_policy("model", total=30, fallback=len), Policy)
    with stripe.acquire() as permit:
        permit.ok()
    with policies(off=True):
        test_something("x")


async def streams() -> AsyncIterator[bytes]:
    """What a permit is for."""
    with stripe.acquire():
        yield b""
