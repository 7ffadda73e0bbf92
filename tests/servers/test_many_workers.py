# SPDX-License-Identifier: MIT
"""Many workers, one truth: whichever worker is asked has the counts of all within two seconds of the last error."""

from __future__ import annotations

import importlib.util
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from tests.servers.serving import Client, serving, stop

from errcore.monitor import Monitor

pytest.importorskip("fcntl", reason="the servers fork, or share a socket")
WORKERS = 4
PROMISE = 2.0  # seconds
ASGI = "counted_asgi_service:app"
FLASK = "counted_flask_service:app"
GUNICORN = ("gunicorn", "-w", str(WORKERS), "-b", "127.0.0.1:0", "--graceful-timeout", "10")
UVICORN = ("uvicorn", ASGI, "--workers", str(WORKERS), "--port", "0", "--no-access-log")
needs_workers = pytest.mark.skipif(
    importlib.util.find_spec("uvicorn.workers") is None, reason="this uvicorn has no worker for gunicorn"
)


def fail(port: int, errors: int, threads: int = 4) -> float:
    """Provoke so many errors, and say when the last was answered."""
    left = iter(range(errors))
    lock = threading.Lock()

    def ask() -> None:
        client = Client(port)
        while True:
            with lock:
                number = next(left, None)
            if number is None:
                break
            status, _ = client.get(f"/orders/{number}")
            assert status == 404
        client.close()

    with ThreadPoolExecutor(threads) as pool:
        for each in [pool.submit(ask) for _ in range(threads)]:
            each.result()
    return time.monotonic()


def ask_everybody(port: int, path: str, until, seconds: float = 20.0):
    """What each worker said when it first said so, and when that was."""
    told: dict[int, tuple[float, dict]] = {}
    latest: dict[int, dict] = {}
    deadline = time.monotonic() + seconds

    def ask() -> None:
        while len(told) < WORKERS and time.monotonic() < deadline:
            client = Client(port)  # a new connection, which any of them may take
            try:
                answer = client.json(path)
            except ConnectionRefusedError:  # nobody listens yet
                time.sleep(0.02)
                continue
            client.close()
            latest[answer["pid"]] = answer
            if until(answer):
                told.setdefault(answer["pid"], (time.monotonic(), answer))

    with ThreadPoolExecutor(WORKERS) as pool:
        for each in [pool.submit(ask) for _ in range(WORKERS)]:
            each.result()
    assert len(told) == WORKERS, {pid: (each["total"], each["scope"]) for pid, each in latest.items()}
    return told


def knows(total: int, workers: int, answer) -> bool:
    """Whether a worker has heard of so many errors, and of so many workers: one that had none has told that it was asked."""
    return answer["total"] >= total and answer["workers_seen"] >= workers


def check(port: int, errors: int, stats: str, route: str, others: int = 0) -> None:
    """All of a number of errors are known to everybody in time, with what belongs to them."""
    ask_everybody(port, stats, lambda answer: True)  # all are up, and have something to tell
    before = time.time()
    total = others
    for _ in range(3):
        # The promise is one of a machine that is not asleep: a second and a third try are for those that are.
        total += errors
        last = fail(port, errors)
        told = ask_everybody(port, stats, partial(knows, total, WORKERS + (others > 0)))
        if max(when for when, _ in told.values()) - last <= PROMISE:
            break
        errors = 200
    else:
        pytest.fail(f"never told within {PROMISE} s")
    for _, answer in told.values():
        assert answer["total"] == total
        assert answer["by_code"]["NOT_FOUND"] == total - others
        assert answer["by_route"][route] == total - others
        assert answer["requests"]["by_route"][route]["total"] == total - others
        assert answer["requests"]["by_outcome"]["client_error"] == total - others
        assert answer["workers_seen"] == WORKERS + (others > 0)
        assert (answer["scope"], answer["degraded"]) == ("host", False)
        (group,) = (each for each in answer["top"] if each["code"] == "NOT_FOUND")
        assert group["count"] == group["total"] == total - others
        assert before - 1 <= group["first_seen"] <= group["last_seen"] <= time.time()


def store_in(folder) -> str:
    return f"sqlite:///{folder}/errors.db"


def final(folder):
    """What is in the store when all are gone."""
    with Monitor(store_in(folder), background=False) as monitor:
        return monitor.stats("5m")


def test_uvicorn_with_ten_thousand_errors(tmp_path) -> None:
    """Its workers are started anew, and share nothing but the store."""
    with serving(UVICORN, tmp_path / "out", "running on", ERRCORE_STORE=store_in(tmp_path)) as (port, _):
        check(port, 10_000, "/stats", "/orders/{order}")


@pytest.mark.parametrize("preload", [False, True], ids=["each loads", "preload"])
def test_gunicorn(preload, tmp_path) -> None:
    """Its workers are forked, before or after the application was loaded and has counted something already."""
    arguments = (*GUNICORN, "-k", "sync", FLASK, *(["--preload"] if preload else []))
    environment = {"ERRCORE_STORE": store_in(tmp_path)}
    if preload:
        environment["COUNT_BEFORE_FORK"] = "1"
    with serving(arguments, tmp_path / "out", "Listening at:", **environment) as (port, process):
        # What the master counted is the master's to tell, once.
        check(port, 1000, "/stats?busy=0.03", "/orders/<order>", others=int(preload))
        seen = ask_everybody(port, "/stats?busy=0.03", lambda answer: True)
        asked = max(answer["requests"]["by_route"]["/stats"]["total"] for _, answer in seen.values())
        fail(port, 50)
        stop(process)

    # Nobody waits for the next second: whoever ends tells what is left.
    stats = final(tmp_path)
    route = stats["requests"]["by_route"]["/orders/<order>"]["total"]
    assert stats["by_code"]["NOT_FOUND"] == route
    assert route % 50 == 0
    assert route >= 1050
    assert stats["requests"]["by_route"]["/stats"]["total"] >= asked


@needs_workers
def test_gunicorn_with_workers_of_uvicorn(tmp_path) -> None:
    """Forked workers with event loops; what was counted last is told by the shutdown of the lifespan."""
    arguments = (*GUNICORN, "-k", "uvicorn.workers.UvicornWorker", ASGI)
    environment = {"ERRCORE_STORE": store_in(tmp_path), "PYTHONWARNINGS": "ignore"}
    with serving(arguments, tmp_path / "out", "Listening at:", **environment) as (port, process):
        check(port, 1000, "/stats", "/orders/{order}")
        fail(port, 50)
        stop(process)

    assert final(tmp_path)["by_code"]["NOT_FOUND"] % 50 == 0
