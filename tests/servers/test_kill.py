# SPDX-License-Identifier: MIT
"""kill -9: a worker that is shot takes with it what it counted in its last second, and nothing is counted twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.servers.serving import Client, serving, stop

from errcore.monitor import Monitor

pytest.importorskip("fcntl", reason="gunicorn forks")
WORKERS = 4
KILLS = 20
PAUSE = 0.7  # seconds between two
INTERVAL = 1.0  # seconds from a count to its store
SLOW = 0.5  # seconds that a crowded machine may add to that


class Load:
    """Clients that provoke errors until they are told to stop, and remember who answered when."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answered: list[tuple[int, float]] = []
        self.broken = 0
        self.over = threading.Event()
        self._lock = threading.Lock()

    def run(self) -> None:
        """Ask, one request after the other."""
        client = Client(self.port)
        while not self.over.is_set():
            try:
                status, _ = client.get("/orders/o1")
                assert status == 404
                with self._lock:
                    self.answered.append((int(client.headers["x-worker"]), time.monotonic()))
            except OSError:  # its worker was shot
                with self._lock:
                    self.broken += 1
            time.sleep(0.002)
        client.close()

    def recent(self) -> set[int]:
        """The workers that answered lately."""
        return {pid for pid, _ in self.answered[-200:]}


def test_killed_workers_lose_a_second_at_most(tmp_path) -> None:
    """Twenty of them under load, one by one; the file stays whole, and the counts are those of the answers but for that."""
    arguments = (
        "gunicorn",
        "-w",
        str(WORKERS),
        "-b",
        "127.0.0.1:0",
        "--preload",
        "counted_flask_service:app",
    )
    path = tmp_path / "errors.db"
    chance = random.Random(17)
    killed: dict[int, float] = {}
    with serving(arguments, tmp_path / "out", "Listening at:", ERRCORE_STORE=f"sqlite:///{path}") as (
        port,
        process,
    ):
        load = Load(port)
        with ThreadPoolExecutor(4) as pool:
            clients = [pool.submit(load.run) for _ in range(4)]
            try:
                for _ in range(KILLS):
                    time.sleep(PAUSE)
                    alive = sorted(load.recent() - set(killed))
                    victim = chance.choice(alive)
                    os.kill(victim, signal.SIGKILL)
                    killed[victim] = time.monotonic()
                time.sleep(PAUSE)
            finally:
                load.over.set()
            for each in clients:
                each.result()
        stop(process)

    with Monitor(f"sqlite:///{path}", background=False) as monitor:
        stats = monitor.stats("5m")
    told = stats["by_code"]["NOT_FOUND"]
    at_stake = sum(
        1
        for pid, when in load.answered
        if pid in killed and killed[pid] - INTERVAL - SLOW <= when <= killed[pid]
    )
    figures = f"{len(load.answered)} answered, {told} told, {at_stake} at stake, {load.broken} broken"
    assert len(killed) == KILLS
    assert len(load.answered) > 500
    # What was cut off may have been counted, and the client does not know.
    assert len(load.answered) - at_stake <= told <= len(load.answered) + load.broken, figures
    assert stats["requests"]["by_route"]["/orders/<order>"]["total"] <= len(load.answered) + load.broken
    assert stats["requests"]["by_route"]["/orders/<order>"]["total"] >= len(load.answered) - at_stake
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()
