# SPDX-License-Identifier: MIT
"""The verdict on any exception: the promised tables, and that there always is one."""

from __future__ import annotations

import asyncio
import builtins
import concurrent.futures
import errno
import json
import socket
import ssl
import threading

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import classify
from errcore.errors import (
    AppError,
    Classification,
    Cost,
    Executed,
    Fault,
    Kind,
    NotFoundError,
    Outcome,
    RateLimitError,
    Retriable,
    Severity,
    error_for_status,
    stock,
)

# exception: kind, status, fault, retriable, executed, outcome, expected
PROMISED = [
    (TimeoutError(), "deadline_exceeded", 504, "dependency", "if_idempotent", "unknown", "failed", True),
    (TimeoutError(), "deadline_exceeded", 504, "dependency", "if_idempotent", "unknown", "failed", True),
    (TimeoutError(), "deadline_exceeded", 504, "dependency", "if_idempotent", "unknown", "failed", True),
    (
        OSError(errno.ETIMEDOUT, "x"),
        "deadline_exceeded",
        504,
        "dependency",
        "if_idempotent",
        "unknown",
        "failed",
        True,
    ),
    (ConnectionRefusedError(), "unavailable", 503, "dependency", "yes", "no", "failed", True),
    (OSError(errno.ECONNREFUSED, "x"), "unavailable", 503, "dependency", "yes", "no", "failed", True),
    (socket.gaierror(-2, "x"), "unavailable", 503, "dependency", "yes", "no", "failed", True),
    (ConnectionError(), "unavailable", 503, "dependency", "if_idempotent", "unknown", "failed", True),
    (ConnectionResetError(), "unavailable", 503, "dependency", "if_idempotent", "unknown", "failed", True),
    (BrokenPipeError(), "unavailable", 503, "dependency", "if_idempotent", "unknown", "failed", True),
    (OSError(errno.ENOSPC, "x"), "resource_exhausted", 507, "environment", "no", "unknown", "failed", True),
    (OSError(errno.EDQUOT, "x"), "resource_exhausted", 507, "environment", "no", "unknown", "failed", True),
    (OSError(errno.EMFILE, "x"), "resource_exhausted", 503, "environment", "no", "unknown", "failed", True),
    (OSError(errno.ENFILE, "x"), "resource_exhausted", 503, "environment", "no", "unknown", "failed", True),
    (OSError(errno.ENOMEM, "x"), "resource_exhausted", 503, "environment", "no", "unknown", "failed", True),
    (MemoryError(), "resource_exhausted", 503, "environment", "no", "unknown", "failed", True),
    (PermissionError(), "internal", 500, "self", "no", "unknown", "failed", False),
    (FileNotFoundError(), "internal", 500, "self", "no", "unknown", "failed", False),
    (OSError(), "internal", 500, "self", "no", "unknown", "failed", False),
    (OSError("text"), "internal", 500, "self", "no", "unknown", "failed", False),
    (ssl.SSLError(), "internal", 500, "self", "no", "unknown", "failed", False),
    (BlockingIOError(), "internal", 500, "self", "no", "unknown", "failed", False),
    *(
        (programming(), "internal", 500, "self", "no", "unknown", "dropped", False)
        for programming in (
            TypeError,
            NameError,
            UnboundLocalError,
            AttributeError,
            AssertionError,
            NotImplementedError,
            ImportError,
            ModuleNotFoundError,
            RecursionError,
        )
    ),
    *(
        (unknown(), "internal", 500, "self", "no", "unknown", "failed", False)
        for unknown in (
            Exception,
            ValueError,
            KeyError,
            RuntimeError,
            ZeroDivisionError,
            StopIteration,
            BaseException,
        )
    ),
    (json.JSONDecodeError("x", "", 0), "internal", 500, "self", "no", "unknown", "failed", False),
    (asyncio.CancelledError(), "cancelled", 499, "caller", "no", "unknown", "dropped", True),
    (concurrent.futures.CancelledError(), "cancelled", 499, "caller", "no", "unknown", "dropped", True),
    (KeyboardInterrupt(), "cancelled", 499, "caller", "no", "unknown", "dropped", True),
    (SystemExit(), "cancelled", 499, "caller", "no", "unknown", "dropped", True),
    (GeneratorExit(), "cancelled", 499, "caller", "no", "unknown", "dropped", True),
]


@pytest.mark.parametrize(
    "row", PROMISED, ids=[f"{number} {type(row[0]).__name__}" for number, row in enumerate(PROMISED)]
)
def test_the_table_of_builtin_exceptions(row: tuple[object, ...]):
    """Each row as it was promised, and the same when asked again."""
    exc, *promised = row
    for _ in range(2):
        verdict = classify(exc)
        assert promised == [
            verdict.kind,
            verdict.status,
            verdict.fault,
            verdict.retriable,
            verdict.executed,
            verdict.outcome,
            verdict.expected,
        ]


EVERY = sorted(
    (
        value
        for value in vars(builtins).values()
        if isinstance(value, type) and issubclass(value, BaseException)
    ),
    key=lambda cls: cls.__name__,
)


@pytest.mark.parametrize("cls", {cls.__name__: cls for cls in EVERY}.values(), ids=lambda cls: cls.__name__)
def test_every_builtin_exception_has_a_verdict(cls: type[BaseException]):
    """A subclass of it has the same one."""
    below = type("Below", (cls,), {})
    made = [
        made.__new__(made, "g", [ValueError()]) if "Group" in cls.__name__ else made.__new__(made)
        for made in (cls, below)
    ]

    first, second = map(classify, made)
    assert isinstance(first, Classification)
    assert first == second


# error: kind, status, fault, retriable, outcome
STOCK = {
    "AlreadyExistsError": ("already_exists", 409, "caller", "no", "dropped"),
    "AuthenticationError": ("unauthenticated", 401, "caller", "no", "dropped"),
    "BulkheadFullError": ("unavailable", 503, "dependency", "yes", "dropped"),
    "CacheError": ("unavailable", 503, "dependency", "yes", "failed"),
    "CallLimitedError": ("unavailable", 503, "dependency", "yes", "dropped"),
    "CircuitOpenError": ("unavailable", 503, "dependency", "yes", "dropped"),
    "ConfigurationError": ("internal", 500, "self", "no", "failed"),
    "ConflictError": ("aborted", 409, "caller", "yes", "dropped"),
    "ConnectivityError": ("unavailable", 503, "dependency", "yes", "failed"),
    "DataIntegrityError": ("data_loss", 500, "self", "no", "failed"),
    "DatabaseError": ("unavailable", 503, "dependency", "yes", "failed"),
    "DeadlineExceededError": ("deadline_exceeded", 504, "dependency", "if_idempotent", "failed"),
    "DecryptionError": ("internal", 500, "self", "no", "failed"),
    "DependencyError": ("unavailable", 503, "dependency", "yes", "failed"),
    "EmailError": ("unavailable", 503, "dependency", "yes", "failed"),
    "EncryptionError": ("internal", 500, "self", "no", "failed"),
    "FileError": ("invalid_argument", 400, "caller", "no", "dropped"),
    "FileSizeError": ("invalid_argument", 413, "caller", "no", "dropped"),
    "FileValidationError": ("invalid_argument", 400, "caller", "no", "dropped"),
    "InternalError": ("internal", 500, "self", "no", "failed"),
    "InvalidRequestError": ("invalid_argument", 400, "caller", "no", "dropped"),
    "MethodNotAllowedError": ("invalid_argument", 405, "caller", "no", "dropped"),
    "NotFoundError": ("not_found", 404, "caller", "no", "dropped"),
    "NotSupportedError": ("unimplemented", 501, "self", "no", "failed"),
    "PayloadTooLargeError": ("invalid_argument", 413, "caller", "no", "dropped"),
    "PaymentError": ("failed_precondition", 402, "caller", "no", "dropped"),
    "PermissionDeniedError": ("permission_denied", 403, "caller", "no", "dropped"),
    "RateLimitError": ("resource_exhausted", 429, "caller", "yes", "dropped"),
    "RejectedError": ("unavailable", 503, "dependency", "yes", "dropped"),
    "RemoteError": ("unavailable", 502, "dependency", "yes", "failed"),
    "RenderingError": ("internal", 500, "self", "no", "failed"),
    "ResourceExhaustedError": ("resource_exhausted", 503, "environment", "no", "failed"),
    "SerializationError": ("internal", 500, "self", "no", "failed"),
    "StorageError": ("unavailable", 503, "dependency", "yes", "failed"),
    "TokenError": ("unauthenticated", 401, "caller", "no", "dropped"),
    "ToolError": ("unavailable", 503, "dependency", "yes", "failed"),
    "UnavailableError": ("unavailable", 503, "dependency", "yes", "failed"),
    "UnsupportedMediaTypeError": ("invalid_argument", 415, "caller", "no", "dropped"),
    "ValidationError": ("invalid_argument", 422, "caller", "no", "dropped"),
    "WorkspaceIsolationError": ("permission_denied", 404, "caller", "no", "dropped"),
}


@pytest.mark.parametrize("name", stock.__all__)
def test_the_table_of_stock_errors(name: str):
    """Each is expected, and its verdict carries its own code."""
    error = getattr(stock, name)()
    verdict = classify(error)

    assert STOCK[name] == (verdict.kind, verdict.status, verdict.fault, verdict.retriable, verdict.outcome)
    assert verdict.code == type(error).spec.code
    assert verdict.expected
    assert verdict.retry_after is None


def test_the_stock_tree_is_that_of_the_docstring():
    """The drawing in the module is the tree in the code, with the statuses it shows."""
    path: list[type[AppError]] = []
    lines = [line for line in (stock.__doc__ or "").splitlines() if "+--" in line]
    for line in lines:
        depth = line.index("+--") // 4
        depth -= (stock.__doc__ or "").splitlines()[2].index("AppError") // 4
        name, *rest = line.partition("+-- ")[2].split()
        cls = getattr(stock, name)
        path[depth:] = [cls]
        assert cls.__bases__[0] is (path[depth - 1] if depth else AppError)
        if rest and rest[0].rstrip(",").isdigit():
            assert cls.spec.status == int(rest[0].rstrip(","))

    assert len(lines) == len(stock.__all__)


def test_a_rejection_was_never_sent():
    """A policy that refused a call knows that nothing happened."""
    verdict = classify(stock.CircuitOpenError())

    assert (verdict.outcome, verdict.executed) == (Outcome.DROPPED, Executed.NO)


def test_an_answer_as_another_has_its_status():
    """The status in the verdict is the answered one; kind and code stay internal."""
    verdict = classify(stock.WorkspaceIsolationError())

    assert (verdict.code, verdict.kind, verdict.status, verdict.grpc_status) == (
        "WORKSPACE_ACCESS_DENIED",
        Kind.PERMISSION_DENIED,
        404,
        5,
    )


def test_a_verdict_is_frozen_and_comparable():
    """It is a value: nobody changes it for others."""
    verdict = classify(NotFoundError())
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        verdict.status = 500

    assert verdict == classify(NotFoundError("other"))
    assert verdict is classify(NotFoundError())
    assert (verdict.severity, verdict.cost, verdict.category, verdict.recoverable) == (
        Severity.INFO,
        Cost.PLAIN,
        None,
        True,
    )


@pytest.mark.parametrize(("given", "seconds"), [(0, 0.0), (2, 2.0), (1.5, 1.5), (10**9, 1e9)])
def test_an_error_brings_its_waiting_time(given: float, seconds: float):
    """The object's own `retry_after` is in its verdict, and not in that of the next one."""
    assert classify(RateLimitError(retry_after=given)).retry_after == seconds
    assert classify(RateLimitError()).retry_after is None


class Arithmetic:
    """Behaves like a number and is none."""

    def __float__(self) -> float:
        return 1.0

    def __lt__(self, other: object) -> bool:
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "nonsense",
    [
        -1,
        -0.5,
        float("nan"),
        float("inf"),
        float("-inf"),
        10**400,
        True,
        "5",
        b"5",
        [5],
        Arithmetic(),
        object(),
    ],
    ids=map(str, range(12)),
)
def test_a_nonsense_waiting_time_is_none(nonsense: object):
    """What is no number of seconds is not passed on."""
    assert classify(RateLimitError(retry_after=nonsense)).retry_after is None


@given(st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.booleans()))
def test_a_waiting_time_is_finite_and_not_negative(value: object):
    """Whatever was given."""
    seconds = classify(RateLimitError(retry_after=value)).retry_after

    assert seconds is None or (type(seconds) is float and 0 <= seconds < float("inf"))


@pytest.mark.parametrize("kind", Kind)
def test_generic_codes_of_kinds_are_known(kind: Kind):
    """The code of a foreign exception comes from the catalogue, but for cancellation."""
    from errcore import catalog
    from errcore.errors.classification import verdict_for

    verdict = verdict_for(kind)
    assert verdict.code in catalog or kind is Kind.CANCELLED
    assert verdict_for(kind, fault=Fault.CALLER).outcome is Outcome.DROPPED
    assert verdict_for(kind, retriable=Retriable.YES, code="T_X").retriable is Retriable.YES


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (418, "failed_precondition", "IM_A_TEAPOT"),
        (410, "failed_precondition", "GONE"),
        (304, "failed_precondition", "NOT_MODIFIED"),
        (444, "failed_precondition", "HTTP_444"),
        (499, "cancelled", "CLIENT_DISCONNECTED"),
        (502, "internal", "BAD_GATEWAY"),
        (599, "internal", "HTTP_599"),
    ],
)
def test_a_status_without_a_class(status: int, kind: str, code: str):
    """The status a framework chose is kept; the name of it is the code."""
    verdict = classify(error_for_status(status))

    assert (verdict.status, verdict.kind, verdict.code) == (status, kind, code)


def test_many_threads_get_the_same_verdicts():
    """Asking at once, while the cache is emptied, changes nothing."""
    from errcore.errors.classification import forget_verdicts

    wanted = [classify(exc) for exc, *_ in PROMISED]
    wrong: list[object] = []
    start = threading.Barrier(6)

    def asks() -> None:
        start.wait()
        for _ in range(50):
            found = [classify(exc) for exc, *_ in PROMISED]
            if found != wanted:
                wrong.append(found)

    def forgets() -> None:
        start.wait()
        for _ in range(500):
            forget_verdicts()

    threads = [threading.Thread(target=asks) for _ in range(5)] + [threading.Thread(target=forgets)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
