# SPDX-License-Identifier: MIT
"""A server in a process of its own, and everything that it prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager


class Process:
    """A Python module that serves.

    It is ready when a line says where it listens; it is ended by its id, whatever happens.
    """

    def __init__(self, module: str, *arguments: str, announced: str, **environment: str) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self.lines: list[str] = []
        self.port: int | None = None
        self._announced = re.compile(announced + r" http://127\.0\.0\.1:(\d+)")
        self._known = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.child.stdout:
            self.lines.append(line)
            if found := self._announced.search(line):
                self.port = int(found[1])
                self._known.set()
        self._known.set()

    def wait_until_known(self) -> None:
        """Return when it listens, or has ended."""
        assert self._known.wait(30)

    def end(self) -> str:
        """Stop it, and say all that it printed."""
        if self.child.poll() is None:
            self.child.terminate()
        try:
            self.child.wait(15)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait(15)
        self._reader.join(15)
        self.child.stdout.close()
        return "".join(self.lines)


@contextmanager
def running(module: str, *arguments: str, announced: str, **environment: str):
    """A server that is up, or has ended by itself; it is gone afterwards."""
    process = Process(module, *arguments, announced=announced, **environment)
    try:
        process.wait_until_known()
        yield process
    finally:
        process.end()
