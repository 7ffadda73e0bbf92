# SPDX-License-Identifier: MIT
"""Session scopes: what is committed, what is rolled back, and which error arrives, over real SQLite files."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import orm

from errcore import ConflictError, NotFoundError, Runtime
from errcore.extras.sqlalchemy import async_session_scope, mishaps, session_scope

pytest.importorskip("greenlet", reason="greenlet comes later for the newest Python")

INSERT = sqlalchemy.text("insert into users values (1)")
# Checked by COMMIT, which then fails.
ORPHAN = sqlalchemy.text("insert into pets values (99)")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with two empty tables."""
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/app.db")
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("create table users (id integer primary key)"))
        connection.execute(
            sqlalchemy.text(
                "create table pets (owner integer references users (id) deferrable initially deferred)"
            )
        )
    engine.dispose()
    return tmp_path / "app.db"


def strict(connection: Any, _: object) -> None:
    """SQLite looks at foreign keys only where it is told to."""
    connection.execute("pragma foreign_keys = on")


@pytest.fixture
def sessions(path: Path) -> Iterator[Any]:
    """A factory of sessions."""
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    sqlalchemy.event.listen(engine, "connect", strict)
    yield orm.sessionmaker(engine)
    engine.dispose()


def count(path: Path) -> int:
    """How many users there are, for anybody else."""
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        found: int = connection.execute(sqlalchemy.text("select count(*) from users")).scalar_one()
    engine.dispose()
    return found


def in_async(path: Path, work: Callable[[Any], Awaitable[object]]) -> None:
    """Give a coroutine function a factory of asynchronous sessions."""
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

    async def run() -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        sqlalchemy.event.listen(engine.sync_engine, "connect", strict)
        try:
            await work(async_sessionmaker(engine))
        finally:
            await engine.dispose()

    asyncio.run(run())


ERRORS = [
    ConflictError("no"),
    ValueError("no"),
    KeyboardInterrupt(),
    SystemExit(1),
    StopIteration("no"),
    asyncio.CancelledError(),
    ExceptionGroup("g", [ValueError()]),
]


class TestSync:
    """`session_scope`."""

    def test_success_commits(self, sessions: Any, path: Path):
        """What was done is there for others, and the session is closed."""
        with session_scope(sessions) as session:
            session.execute(INSERT)

        assert count(path) == 1
        assert not session.in_transaction()
        assert session.info == {}

    @pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
    def test_any_error_rolls_back(self, sessions: Any, path: Path, error: BaseException):
        """The very error arrives; nothing of the work is there."""
        with pytest.raises(type(error)) as caught, session_scope(sessions) as session:
            session.execute(INSERT)
            raise error

        assert caught.value is error
        assert count(path) == 0
        assert not session.in_transaction()

    def test_a_commit_that_fails(self, sessions: Any, path: Path):
        """It is an error like any other."""
        with pytest.raises(sqlalchemy.exc.IntegrityError), session_scope(sessions) as session:
            session.execute(INSERT)
            session.execute(ORPHAN)

        assert count(path) == 0
        assert not session.in_transaction()

    def test_a_rollback_that_fails(self, sessions: Any, caplog: pytest.LogCaptureFixture):
        """It is a note on the first error, and counted; the session is closed all the same."""
        before = mishaps.count
        with pytest.raises(ConflictError) as caught, session_scope(sessions) as session:
            session.execute(INSERT)
            session.rollback = failing
            raise ConflictError("the first")

        assert caught.value.__notes__ == ["a rollback failed as well: OperationalError"]
        assert mishaps.count == before + 1
        assert not session.in_transaction()
        assert "hunter2" not in caplog.text

    def test_an_error_that_takes_no_notes(self, sessions: Any):
        """It arrives without."""

        class Stubborn(Exception):
            def add_note(self, note: str) -> None:
                raise ValueError(note)

        with pytest.raises(Stubborn), session_scope(sessions) as session:
            session.rollback = failing
            raise Stubborn

    def test_a_session_that_cannot_be_closed(self, sessions: Any, path: Path):
        """The work is done, and its caller hears that it is; with an error, it is a note."""
        before = mishaps.count
        with session_scope(sessions) as session:
            session.execute(INSERT)
            session.close = failing
        with pytest.raises(ConflictError) as caught, session_scope(sessions) as session:
            session.close = failing
            raise ConflictError("no")

        assert count(path) == 1
        assert mishaps.count == before + 2
        assert caught.value.__notes__ == ["closing a session failed as well: OperationalError"]

    def test_an_interrupt_while_it_ends(self, sessions: Any):
        """Who stops the program stops it; the session is closed."""

        def interrupted() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt) as caught, session_scope(sessions) as session:
            session.execute(INSERT)
            session.rollback = interrupted
            raise ConflictError("no")

        assert isinstance(caught.value.__context__, ConflictError)
        assert not session.in_transaction()

    def test_a_session_is_in_one_scope(self, sessions: Any, path: Path):
        """Or the inner scope would commit half of the outer one's work; afterwards it may be used again."""
        with sessions() as same:
            with pytest.raises(ConflictError), session_scope(lambda: same) as session:
                session.execute(INSERT)
                with pytest.raises(RuntimeError, match="in a scope already"), session_scope(lambda: same):
                    pass
                raise ConflictError("no")
            assert count(path) == 0
            with session_scope(lambda: same) as session:
                session.execute(INSERT)
        assert count(path) == 1

    def test_a_part_that_may_fail(self, sessions: Any, path: Path):
        """A savepoint inside the scope."""
        with session_scope(sessions) as session:
            session.execute(INSERT)
            with pytest.raises(sqlalchemy.exc.IntegrityError), session.begin_nested():
                session.execute(INSERT)

        assert count(path) == 1

    def test_a_scoped_session(self, sessions: Any, path: Path):
        """The registry of a web framework is a factory, too."""
        registry = orm.scoped_session(sessions)
        with session_scope(registry):
            registry.execute(INSERT)
        registry.remove()

        assert count(path) == 1

    def test_nothing_keeps_the_error(self, sessions: Any):
        """No cycle of error, traceback and frame is left to the garbage collector."""

        def work() -> None:
            with session_scope(sessions) as session:
                session.execute(INSERT)
                raise Watched

        class Watched(Exception):
            alive = 0

            def __init__(self) -> None:
                Watched.alive += 1

            def __del__(self) -> None:
                Watched.alive -= 1

        gc.collect()
        gc.disable()
        try:
            with pytest.raises(Watched) as caught:
                work()
            del caught
            assert Watched.alive == 0
        finally:
            gc.enable()


def failing() -> None:
    """What a connection that is gone may do."""
    raise sqlalchemy.exc.OperationalError("s", {"a": "hunter2"}, Exception("hunter2"))


async def afailing() -> None:
    """The same, asynchronously."""
    failing()


class TestAsync:
    """`async_session_scope`."""

    def test_success_commits(self, path: Path):
        """What was done is there for others, and the session is closed."""

        async def work(sessions: Any) -> None:
            async with async_session_scope(sessions) as session:
                await session.execute(INSERT)
            assert not session.in_transaction()

        in_async(path, work)
        assert count(path) == 1

    @pytest.mark.parametrize(
        "error", [ConflictError("no"), ValueError("no"), asyncio.CancelledError(), StopAsyncIteration("no")]
    )
    def test_any_error_rolls_back(self, path: Path, error: BaseException):
        """The very error arrives; nothing of the work is there."""

        async def work(sessions: Any) -> None:
            with pytest.raises(type(error)) as caught:
                async with async_session_scope(sessions) as session:
                    await session.execute(INSERT)
                    raise error
            assert caught.value is error
            assert not session.in_transaction()

        in_async(path, work)
        assert count(path) == 0

    def test_a_commit_that_fails(self, path: Path):
        """It is an error like any other."""

        async def work(sessions: Any) -> None:
            with pytest.raises(sqlalchemy.exc.IntegrityError):
                async with async_session_scope(sessions) as session:
                    await session.execute(ORPHAN)
            assert not session.in_transaction()

        in_async(path, work)

    def test_an_end_that_fails(self, path: Path):
        """Notes on the first error, and counted."""
        before = mishaps.count

        async def work(sessions: Any) -> None:
            with pytest.raises(ConflictError) as caught:
                async with async_session_scope(sessions) as session:
                    session.rollback = session.close = afailing
                    raise ConflictError("no")
            assert caught.value.__notes__ == [
                "a rollback failed as well: OperationalError",
                "closing a session failed as well: OperationalError",
            ]

        in_async(path, work)
        assert mishaps.count == before + 2

    def test_a_task_that_is_cancelled(self, path: Path):
        """In the middle of its work."""

        async def work(sessions: Any) -> None:
            working = asyncio.Event()

            async def cancelled() -> None:
                async with async_session_scope(sessions) as session:
                    await session.execute(INSERT)
                    working.set()
                    await asyncio.Event().wait()

            task = asyncio.create_task(cancelled())
            await working.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        in_async(path, work)
        assert count(path) == 0

    def test_a_cancellation_while_it_ends(self, path: Path):
        """It arrives at once, and the end is not cut off."""

        async def work(sessions: Any) -> None:
            ending, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

            async def failed() -> None:
                async with async_session_scope(sessions) as session:
                    await session.execute(INSERT)
                    rollback, close = session.rollback, session.close

                    async def slow() -> None:
                        ending.set()
                        await go_on.wait()
                        await rollback()

                    async def closed() -> None:
                        await close()
                        ended.set()

                    session.rollback, session.close = slow, closed
                    raise ConflictError("no")

            task = asyncio.create_task(failed())
            await ending.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert isinstance(caught.value.__context__, ConflictError)
            assert not ended.is_set()
            go_on.set()
            await asyncio.wait_for(ended.wait(), 30)

        in_async(path, work)
        assert count(path) == 0

    def test_a_session_is_in_one_scope(self, path: Path):
        """Or the inner scope would commit half of the outer one's work."""

        async def work(sessions: Any) -> None:
            async with async_session_scope(sessions) as session:
                with pytest.raises(RuntimeError, match="in a scope already"):
                    async with async_session_scope(lambda: session):
                        pass

        in_async(path, work)


class TestFastapi:
    """As a dependency with `yield`, with errcore_fastapi installed."""

    @pytest.fixture
    def client(self, sessions: Any) -> Iterator[Any]:
        """A service with three routes, which ends its transactions before it answers."""
        import fastapi
        from fastapi import testclient

        import errcore_fastapi

        def database() -> Iterator[Any]:
            with session_scope(sessions) as session:
                yield session

        app = fastapi.FastAPI()
        errcore_fastapi.install(app, Runtime.for_tests(log_level="critical"))
        session = fastapi.Depends(database, scope="function")

        @app.post("/success")
        def success(database: Any = session) -> dict[str, str]:
            database.execute(INSERT)
            return {}

        @app.post("/error")
        def error(database: Any = session) -> dict[str, str]:
            database.execute(INSERT)
            raise NotFoundError("No such agent.")

        @app.post("/bug")
        async def bug(database: Any = session) -> dict[str, str]:
            database.execute(INSERT)
            return {"x": 1 / 0}

        @app.post("/late")
        def late(database: Any = session) -> dict[str, str]:
            database.execute(INSERT)
            database.execute(ORPHAN)
            return {}

        with testclient.TestClient(app, raise_server_exceptions=False) as found:
            yield found

    @pytest.mark.parametrize(
        ("route", "status", "rows"), [("/success", 200, 1), ("/error", 404, 0), ("/bug", 500, 0)]
    )
    def test_an_endpoint(self, client: Any, path: Path, route: str, status: int, rows: int):
        """The row is there after a success only."""
        assert client.post(route).status_code == status
        assert count(path) == rows

    def test_a_commit_that_fails_is_answered(self, client: Any, path: Path):
        """Nobody reads that it worked, and then it had not."""
        answer = client.post("/late")

        assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
        assert count(path) == 0


def test_it_needs_no_library_to_be_imported():
    """The room imports nothing, and the module only what the session is made of already."""
    program = """
import sys, errcore.extras
assert not any(name.startswith("errcore.extras.") for name in sys.modules)
import errcore.extras.sqlalchemy
print("sqlalchemy" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.stdout, done.stderr) == ("False\n", "")
