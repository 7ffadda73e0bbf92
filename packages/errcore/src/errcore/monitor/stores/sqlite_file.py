# SPDX-License-Identifier: MIT
"""The file of a store: readable by its owner alone, known by a mark in its header, and left alone if it is another's.

Nothing but SQLite ever opens a file that exists: on POSIX systems, closing it once more would take away the locks that
another connection of this process has on it.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from errcore.errors.dependencies import StorageError
from errcore.errors.stock import ConfigurationError
from errcore.forks import ForkSafeLock
from errcore.jsonsafe import one_line

__all__ = ["is_full", "opened", "storage_error"]

_MARK = 0x65636D6F  # "ecmo"
_VERSION = 1
_WAIT = 2.0  # seconds for another process that writes
_WAL = 4 * 1024 * 1024  # bytes that the log of SQLite keeps when it is empty

_TABLES = """
CREATE TABLE groups (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, last_seen REAL NOT NULL, count INTEGER NOT NULL,
    offered INTEGER NOT NULL DEFAULT 0, document TEXT NOT NULL
);
-- The place of a sample is the number of its group times 8, and its slot.
CREATE TABLE samples (place INTEGER PRIMARY KEY, time REAL NOT NULL, document TEXT NOT NULL);
-- The hour is the latest one in which there is a count.
CREATE TABLE series (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, hour INTEGER NOT NULL);
-- What is counted now is side by side. The series of a group is its number, negative: the errors of one group can be
-- found, and all other counts need no second copy for that.
CREATE TABLE counts (
    width INTEGER NOT NULL, bucket INTEGER NOT NULL, series INTEGER NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (width, bucket, series)
) WITHOUT ROWID;
CREATE INDEX counts_of_groups ON counts (series) WHERE series < 0;
CREATE TABLE workers (id TEXT PRIMARY KEY, number INTEGER NOT NULL, told REAL NOT NULL) WITHOUT ROWID;
"""

_making = ForkSafeLock()


def opened(path: str, most_bytes: int) -> sqlite3.Connection:
    """A connection to the file of a store, which is made if there is none.

    Args:
        path: Absolute.
        most_bytes: How large the file may become.

    Raises:
        errcore.ConfigurationError: If there is no such folder, or the file is not ours to write.
        errcore.StorageError: If the file cannot be made.
        sqlite3.Error: Whatever else there is.
    """
    with _making:
        _make(path)
        # Never made by SQLite, which would let others read it.
        connection = sqlite3.connect(
            f"{Path(path).as_uri()}?mode=rw",
            uri=True,
            timeout=_WAIT,
            isolation_level=None,
            check_same_thread=False,
        )
    try:
        _take(connection, path)
        pages = most_bytes // _pragma(connection, "page_size")
        for setting in (f"max_page_count={pages}", "synchronous=NORMAL", f"journal_size_limit={_WAL}"):
            connection.execute(f"PRAGMA {setting}").fetchall()
    except BaseException:
        connection.close()
        raise
    # A function that SQLite holds and the garbage collector cannot see: only `close` ends this connection, so a forked
    # child that has come by a copy does not, whatever becomes of it there.
    connection.create_function("errcore_held", 0, lambda: connection.in_transaction)
    return connection


def _make(path: str) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        pass
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise ConfigurationError(
            f"Cannot keep counts in {_name(path)}, because its folder does not exist; make the folder, or name another."
        ) from problem
    except OSError as problem:
        raise StorageError(
            f"Cannot keep counts in {_name(path)}, because the file cannot be made ({problem.strerror}); "
            "name one in a folder that the service may write to."
        ) from problem


def _take(connection: sqlite3.Connection, path: str) -> None:
    connection.execute("BEGIN")  # another worker may be making the tables
    mark, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
    is_empty = not (mark or version or _has_tables(connection))
    connection.execute("COMMIT")
    if mark == _MARK and version > _VERSION:
        raise ConfigurationError(
            f"Cannot keep counts in {_name(path)}, because a newer version of errcore writes it; update errcore here, or "
            "name another file."
        )
    if mark != _MARK and not is_empty:
        raise ConfigurationError(
            f"Cannot keep counts in {_name(path)}, because it is a database of something else; name another file."
        )
    if is_empty:
        connection.execute("BEGIN IMMEDIATE")
        if not _has_tables(connection):
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_MARK}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("COMMIT")
    # For good, once nobody else looks at that very moment; until then all is slower, and otherwise the same.
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode=WAL").fetchall()


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    found: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return found


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None


def is_full(problem: sqlite3.Error) -> bool:
    """Whether there was no room, on the disk or below the bound of the file."""
    return _code(problem) == sqlite3.SQLITE_FULL


def storage_error(problem: sqlite3.Error, path: str) -> StorageError:
    """What SQLite said, and what to do.

    Args:
        problem: What it raised.
        path: The file, of which only the name is told.
    """
    why, remedy = {
        sqlite3.SQLITE_FULL: ("there is no room for more", "make room on its disk"),
        sqlite3.SQLITE_BUSY: (
            f"another process wrote for more than {_WAIT:.0f} seconds",
            "apply the same batch again",
        ),
        sqlite3.SQLITE_NOTADB: ("it is no database", "name another file"),
        sqlite3.SQLITE_CORRUPT: ("it is damaged", "move it away, and a new one is made"),
    }.get(
        _code(problem),
        (
            f"SQLite says: {one_line(problem, 100)}",
            "look at the file, its folder and the disk that they are on",
        ),
    )
    return StorageError(f"Cannot keep counts in {_name(path)}, because {why}; {remedy}.")


def _code(problem: sqlite3.Error) -> int:
    code: int = getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF  # without the details of extended codes


def _name(path: str) -> str:
    return one_line(Path(path).name, 60)
