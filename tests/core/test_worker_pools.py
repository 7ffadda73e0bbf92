# SPDX-License-Identifier: MIT
"""A worker pool survives any error, and its next task still runs: with forked and with spawned processes."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from errcore import AppError, InternalError, classify

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

ERRORS = ["plain", "locked", "unloadable", "own init", "details", "local", "self"]


@pytest.fixture(scope="module")
def worker() -> Iterator[ModuleType]:
    """The module that the workers import."""
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        yield import_module("worker_errors")
    finally:
        sys.path.remove(str(Path(__file__).parent))


@pytest.fixture(scope="module", params=["fork", "spawn"])
def pool(request: pytest.FixtureRequest, worker: ModuleType) -> Iterator[ProcessPoolExecutor]:
    """One process, so that the next task would meet a broken pool."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(request.param)) as executor:
        yield executor


@pytest.mark.parametrize("name", ERRORS)
def test_the_next_task_still_runs(pool: ProcessPoolExecutor, worker: ModuleType, name: str):
    """The error comes home as itself, with its text, notes, cause and verdict; the pool lives."""
    with pytest.raises(AppError) as caught:
        pool.submit(worker.fail, name).result(timeout=60)
    error = caught.value
    original = worker.make(name)

    assert pool.submit(worker.double, 21).result(timeout=60) == 42
    assert str(error) == str(original)
    assert error.code == original.code
    assert classify(error) == classify(original)
    assert error.__notes__[0] == "noted"
    assert [cause.type_name for cause in error.cause_chain] == [
        "concurrent.futures.process._RemoteTraceback",
        "ValueError",
    ]
    assert error.cause_chain[1].message == "postgres://[redacted]@db"
    assert "pw" not in error.cause_chain[0].message


def test_what_comes_home(pool: ProcessPoolExecutor, worker: ModuleType):
    """Fields are kept, what cannot travel is told by a placeholder, and a secret stays where it was."""

    def brought(name: str) -> AppError:
        with pytest.raises(AppError) as caught:
            pool.submit(worker.fail, name).result(timeout=60)
        return caught.value

    plain, own, details = brought("plain"), brought("own init"), brought("details")

    assert (type(plain), plain.job, plain.owner, plain.token) == (worker.WorkerError, "j1", "o", "[redacted]")
    assert (type(own), own.second, own.errno) == (worker.OwnInitError, "b", 28)
    assert details.details == {"lock": "<_thread.lock: not pickled>", "kept": 1}
    assert brought("locked").lock == "<_thread.lock: not pickled>"
    assert brought("unloadable").value == "<not unpickled: RuntimeError>"
    assert type(brought("local")) is worker.WorkerError
    assert type(brought("self")) is InternalError
