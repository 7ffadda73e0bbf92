# SPDX-License-Identifier: MIT
"""Verdicts on what a real SQLite says, bare and through SQLAlchemy: files that are locked, full, broken, read-only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from errcore import Occurrence, Runtime, classify
from errcore.errors import Classification

SCHEMA = """
    create table users (id integer primary key, email text unique, age integer check (age > 0), name text not null);
    create table pets (owner integer references users (id));
    insert into users values (1, 'one@example.com', 30, 'one');
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with a user."""
    found = tmp_path / "app.db"
    with closing(sqlite3.connect(found)) as database:
        database.executescript(SCHEMA)
    return found


def bare(address: str, *statements: str) -> Exception:
    """What the last of some statements raises; sqlite3 alone."""
    with closing(sqlite3.connect(address, uri=True, timeout=0)) as database:
        return failing(lambda statement: database.execute(statement), statements)


def wrapped(address: str, *statements: str) -> Exception:
    """What the last of some statements raises; through SQLAlchemy."""
    engine = sqlalchemy.create_engine(
        f"sqlite:///{address}{'&' if '?' in address else '?'}uri=true",
        poolclass=sqlalchemy.pool.NullPool,
        connect_args={"timeout": 0},
    )
    with engine.connect() as connection:
        return failing(lambda statement: connection.exec_driver_sql(statement), statements)


def failing(execute: Callable[[str], Any], statements: tuple[str, ...]) -> Exception:
    """Execute statements of which the last one fails."""
    for statement in statements[:-1]:
        execute(statement).close()
    with pytest.raises(Exception) as caught:
        execute(statements[-1])
    return caught.value


both = pytest.mark.parametrize("run", [bare, wrapped])


def told(verdict: Classification) -> tuple[str, str, int, str]:
    """The gist of a verdict."""
    return verdict.kind.value, verdict.code, verdict.status, verdict.retriable.value


@both
@pytest.mark.parametrize(
    ("statement", "gist"),
    [
        (
            "insert into users values (2, 'one@example.com', 1, 'x')",
            ("already_exists", "ALREADY_EXISTS", 409, "no"),
        ),
        (
            "insert into users values (1, 'two@example.com', 1, 'x')",
            ("already_exists", "ALREADY_EXISTS", 409, "no"),
        ),
        ("insert into pets values (99)", ("failed_precondition", "CONFLICT", 409, "no")),
        ("insert into users values (2, null, -1, 'x')", ("failed_precondition", "CONFLICT", 409, "no")),
        ("insert into users values (2, null, 1, null)", ("internal", "INTERNAL_ERROR", 500, "no")),
        ("select * from nothing", ("internal", "INTERNAL_ERROR", 500, "no")),
        ("selec", ("internal", "INTERNAL_ERROR", 500, "no")),
    ],
    ids=["unique", "primary-key", "foreign-key", "check", "not-null", "missing-table", "syntax"],
)
def test_what_a_statement_meets(
    run: Callable[..., Exception], path: Path, statement: str, gist: tuple[str, str, int, str]
):
    """Constraints, and statements that are wrong."""
    assert told(classify(run(f"file:{path}", "pragma foreign_keys = on", statement))) == gist


@pytest.fixture
def locked(path: Path) -> Iterator[Path]:
    """A database into which somebody else is writing."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("begin immediate")
        database.execute("insert into users values (9, null, 1, 'nine')")
        yield path


@both
def test_busy(run: Callable[..., Exception], locked: Path):
    """Another connection writes: nothing happened, and it may work later."""
    assert told(classify(run(f"file:{locked}", "delete from users"))) == (
        "aborted",
        "DATABASE_LOCK_TIMEOUT",
        409,
        "yes",
    )


def test_busy_snapshot(path: Path):
    """What was read is out of date: the transaction must start again, and to wait would not have helped."""
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as one,
        closing(sqlite3.connect(path, isolation_level=None)) as two,
    ):
        one.execute("pragma journal_mode = wal")
        one.execute("begin")
        one.execute("select * from users").fetchall()
        two.execute("delete from users")
        with pytest.raises(sqlite3.OperationalError) as caught:
            one.execute("delete from users")

    assert classify(caught.value).code == "DATABASE_TRANSACTION_CONFLICT"


@both
def test_full(run: Callable[..., Exception], path: Path):
    """No room for another page."""
    full = ("pragma max_page_count = 1", "insert into users values (2, null, 1, zeroblob(1000000))")

    assert told(classify(run(f"file:{path}", *full))) == (
        "resource_exhausted",
        "DATABASE_STORAGE_EXHAUSTED",
        507,
        "no",
    )


@both
def test_not_a_database(run: Callable[..., Exception], tmp_path: Path):
    """A file of something else."""
    other = tmp_path / "other.db"
    other.write_text("this is no database" * 100)

    assert told(classify(run(f"file:{other}", "select * from users"))) == (
        "data_loss",
        "DATABASE_CONTENT_CORRUPTED",
        500,
        "no",
    )


@both
def test_corrupt(run: Callable[..., Exception], path: Path):
    """A page of a table was overwritten."""
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)

    assert classify(run(f"file:{path}", "select * from users")).code == "DATABASE_CONTENT_CORRUPTED"


@both
def test_read_only(run: Callable[..., Exception], path: Path):
    """Opened for reading: our own set-up, and never the client's 403."""
    assert told(classify(run(f"file:{path}?mode=ro", "delete from users"))) == (
        "internal",
        "CONFIGURATION_INVALID",
        500,
        "no",
    )


def test_no_such_file(tmp_path: Path):
    """The path is wrong: our own set-up, and never the client's 404."""
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(f"file:{tmp_path}/nowhere/app.db", uri=True)

    assert classify(caught.value).code == "CONFIGURATION_INVALID"


def test_interrupted(path: Path):
    """Who interrupts a statement has a deadline."""
    with closing(sqlite3.connect(path)) as database:
        database.set_progress_handler(lambda: 1, 1)
        with pytest.raises(sqlite3.OperationalError) as caught:
            database.execute("select * from users").fetchall()

    assert classify(caught.value).code == "DATABASE_STATEMENT_TIMEOUT"


def test_an_empty_pool(path: Path):
    """No connection was free: nothing was sent."""
    engine = sqlalchemy.create_engine(f"sqlite:///{path}", pool_size=1, max_overflow=0, pool_timeout=0.01)
    with engine.connect(), pytest.raises(sqlalchemy.exc.TimeoutError) as caught:
        engine.connect()
    engine.dispose()

    assert told(classify(caught.value)) == ("unavailable", "DATABASE_POOL_EXHAUSTED", 503, "yes")


def test_nothing_leaves(path: Path, caplog: pytest.LogCaptureFixture):
    """The answer and the log have neither the statement nor its values; the log has the constraint."""
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    statement = sqlalchemy.text("insert into users values (1, :email, 1, :name)")
    with engine.connect() as connection, pytest.raises(sqlalchemy.exc.IntegrityError) as caught:
        connection.execute(statement, {"email": "plain text hunter2", "name": "hunter3"})
    engine.dispose()
    with Runtime.for_tests() as runtime:
        body = runtime.handle(caught.value).reply.body.decode()
    internal = f"{Occurrence.of(caught.value).internal}"

    assert "hunter2" in str(caught.value)
    for text in (body, internal, caplog.text):
        assert not any(word in text for word in ("hunter", "insert", "users values"))
    assert "users.id" in internal
    assert "users" not in body


async def test_aiosqlite(path: Path):
    """The asynchronous driver raises sqlite3's own errors."""
    pytest.importorskip("greenlet", reason="greenlet comes later for the newest Python")
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
    async with engine.connect() as connection:
        with pytest.raises(sqlalchemy.exc.IntegrityError) as caught:
            await connection.exec_driver_sql("insert into users values (1, null, 1, 'x')")
    await engine.dispose()

    assert classify(caught.value).code == "ALREADY_EXISTS"
