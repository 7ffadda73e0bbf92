# SPDX-License-Identifier: MIT
"""Counts in a file of SQLite, which all workers of a host share: the store of a service with several workers.

Each batch is one transaction, and the number of the batch is written in it, so a batch is there once, whole or not at all,
also after a worker was killed. Nothing is open before first use, nor after a failure, nor while the process forks.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from errcore.errors.dependencies import StorageError
from errcore.errors.stock import ConfigurationError
from errcore.forks import renew_in_children
from errcore.jsonsafe import one_line
from errcore.monitor.groups import MOST_GROUPS, in_state
from errcore.monitor.stores import sqlite_batches
from errcore.monitor.stores.protocol import Scope
from errcore.monitor.stores.room import checked_places
from errcore.monitor.stores.sqlite_file import is_full, opened, storage_error
from errcore.monitor.stores.sqlite_forks import pause_at_forks
from errcore.monitor.stores.sqlite_groups import GroupRows, samples_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from errcore.monitor.batches import Batch
    from errcore.monitor.groups import Group, GroupState
    from errcore.monitor.records import EventRecord
    from errcore.monitor.stores.protocol import GroupChanged, Snapshot

__all__ = ["MOST_BYTES", "SQLiteStore", "open_store"]

MOST_BYTES = 64 * 1024 * 1024
"""How large the file becomes, without the log of SQLite beside it, which has some 4 MiB."""

_LEAST_BYTES = 1024 * 1024
_PATIENCE = 5.0  # seconds that a fork waits for a batch

T = TypeVar("T")


class SQLiteStore:
    """A store in a file, for the processes of one host; not for a file system of the network.

    The file is readable by its owner alone. When it is full, the oldest counts and samples make room for new ones; what is
    counted of a group in all stays exact.

    Args:
        path: The file, whose folder must exist. One that is relative is so to the working directory of now.
        most_groups: How many groups are told apart, at most 4096. All processes with the file should say the same.
        most_bytes: How large the file may become, 1 MiB at least.

    Raises:
        errcore.ConfigurationError: If a number is out of its range.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = SQLiteStore(f"{folder}/errors.db")
    ...     print(store.read(60, 0).counts)
    ...     store.close()
    {}
    """

    scope: Scope = Scope.HOST

    def __init__(
        self, path: str | os.PathLike[str], *, most_groups: int = MOST_GROUPS, most_bytes: int = MOST_BYTES
    ) -> None:
        self._connection: sqlite3.Connection | None = None
        checked_places(most_groups)
        if most_bytes < _LEAST_BYTES:
            raise ConfigurationError(
                f"Cannot keep counts in {one_line(most_bytes, 20)} bytes, because that is too little; pass at least "
                f"{_LEAST_BYTES} as most_bytes."
            )
        self._path = str(Path(path).absolute())  # a daemon may change its directory later
        self._most = most_groups
        self._bytes = most_bytes
        self._lock = threading.RLock()
        self._working = False
        self._owner = os.getpid()
        self._file: tuple[int, int] | None = None
        self._inherited = False
        renew_in_children(self)
        pause_at_forks(self)

    def apply(self, batch: Batch) -> Sequence[GroupChanged]:
        """Add a batch, all of it or nothing; a number that was applied already is not applied again.

        Raises:
            errcore.StorageError: If it could not be written; it is not there then.
            errcore.ConfigurationError: If the file is not ours to write.
        """
        with self._lock:
            try:
                return self._write(lambda connection: sqlite_batches.applied(connection, batch, self._most))
            except StorageError as problem:
                if not isinstance(problem.__cause__, sqlite3.Error) or not is_full(problem.__cause__):
                    raise
            self._write(lambda connection: sqlite_batches.make_room(connection, batch.time))
            return self._write(lambda connection: sqlite_batches.applied(connection, batch, self._most))

    def read(self, width: int, first: int) -> Snapshot:
        """What there was from a bucket on. Raises what `apply` does."""
        return self._run("BEGIN", lambda connection: sqlite_batches.snapshot(connection, width, first))

    def samples(self, group: str) -> Sequence[EventRecord]:
        """The samples of a group, oldest first. Raises what `apply` does."""
        return self._run("BEGIN", lambda connection: samples_of(connection, group))

    def set_state(self, group: str, state: GroupState, now: float) -> Group | None:
        """Say something of a group. Raises what `apply` does."""

        def say(connection: sqlite3.Connection) -> Group | None:
            rows = GroupRows(connection)
            known = rows.get(group)
            if known is None:
                return None
            said = in_state(known, state, now)
            rows.save([said])
            return said

        return self._write(say)

    def purge(self, now: float) -> None:
        """Forget what is old. Raises what `apply` does."""
        self._write(lambda connection: sqlite_batches.forget(connection, now))

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        # To read first and write then would fail at once where another process writes in between.
        return self._run("BEGIN IMMEDIATE", work)

    def _run(self, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            self._working = True
            try:
                connection = self._connected()
                connection.execute(begin)
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException as problem:
                self._let_go()  # which undoes what was not committed
                if isinstance(problem, sqlite3.Error):
                    raise storage_error(problem, self._path) from problem
                raise
            finally:
                self._working = False
            return result

    def _connected(self) -> sqlite3.Connection:
        if self._inherited:
            raise StorageError(
                "Cannot keep counts in this process, because it was forked while SQLite was at work for its parent; fork "
                "before counting, or start processes by spawning."
            )
        if self._connection is not None and self._file != _identity(self._path):
            # Somebody has moved or deleted it: what goes into it now nobody would ever see.
            self._let_go()
        if self._connection is None:
            self._connection = opened(self._path, self._bytes)
            self._file = _identity(self._path)
            self._owner = os.getpid()
        return self._connection

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def pause(self) -> bool:
        """Let go of the file until `resume`, before a fork. errcore calls it."""
        if not self._lock.acquire(timeout=_PATIENCE):
            return False
        if (
            not self._working
        ):  # this very thread may fork in the middle of a batch, as in a handler of a signal
            self._let_go()
        return True

    def resume(self) -> None:
        """Go on after a fork. errcore calls it."""
        self._lock.release()

    def renew(self) -> None:
        """Start anew in a forked child. errcore calls it.

        Where the parent could not let go of its connection, that is neither used nor closed, and there is none of our own: it
        would rely on locks that only the parent has.
        """
        self._lock = threading.RLock()
        self._working = False
        if self._connection is not None and self._owner != os.getpid():
            self._connection, self._inherited = None, True

    def close(self) -> None:
        """Let go of the file. Closing twice is fine; it is opened again when it is needed."""
        with self._lock:
            self._let_go()

    def __del__(self) -> None:
        self._let_go()


def _identity(path: str) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None if there is none."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_store(address: str) -> SQLiteStore:
    """The store of an address.

    Args:
        address: "sqlite:///errors.db", relative to the working directory, or "sqlite:////var/lib/app/errors.db".

    Raises:
        errcore.ConfigurationError: If it is no such address, or there is no such folder.

    >>> open_store("sqlite:///errors.db").scope.value
    'host'
    """
    start, path = address[:10], address[10:]
    if start != "sqlite:///" or not path or path.startswith(":") or any(sign in path for sign in "?#\0"):
        raise ConfigurationError(
            "Cannot keep counts in a file of SQLite, because its address is not understood; write sqlite:/// and a path, which "
            'begins with a fourth slash if it is absolute, such as "sqlite:////var/lib/app/errors.db".'
        )
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        # At once, as of any setting; that a folder goes later is survived.
        raise ConfigurationError(
            f"Cannot keep counts in the file {one_line(Path(path).name, 80)!r}, because its folder does not exist; make the folder, "
            "or write another path."
        )
    return SQLiteStore(path)
