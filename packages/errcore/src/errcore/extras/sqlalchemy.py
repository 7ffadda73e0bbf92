# SPDX-License-Identifier: MIT
"""The end of a transaction: commit if the work succeeded, roll back if anything went wrong, close in any case.

Whatever went wrong is what the caller sees. A rollback that fails as well is a note on it and is counted; it never takes
its place, and neither does a session that cannot be closed. What a database's error means, `classify` says.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from errcore.mishaps import Mishaps

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import Session

__all__ = ["async_session_scope", "mishaps", "session_scope"]

S = TypeVar("S", bound="Session")
A = TypeVar("A", bound="AsyncSession")

_OPEN = "errcore.extras.sqlalchemy.scope"

mishaps: Mishaps = Mishaps()
"""Rollbacks and closings that failed. The first of each sort is said on the logger "errcore"."""

# The loop keeps tasks weakly only, and a rollback must not be collected half-way.
_endings: set[asyncio.Future[None]] = set()


@contextmanager
def session_scope(factory: Callable[[], S]) -> Generator[S, None, None]:
    """Work in a session of its own: committed on success, rolled back on any error, closed in any case.

    Any error is any: KeyboardInterrupt and a failing commit, too. It is raised on as it was. Inside, pass the session
    on; a part of the work that may fail by itself belongs into `session.begin_nested()`.

    Args:
        factory: Makes the session: a `sessionmaker`, or a `scoped_session`.

    Raises:
        RuntimeError: If the factory gives a session that is in a scope already: the inner one would commit, and close,
            half of the outer one's work.

    >>> from sqlalchemy import create_engine, text
    >>> from sqlalchemy.orm import sessionmaker
    >>> Sessions = sessionmaker(create_engine("sqlite://"))
    >>> with session_scope(Sessions) as session:
    ...     session.execute(text("SELECT 1")).scalar_one()
    1
    """
    session = factory()
    _enter(session)
    problem: BaseException | None = None
    try:
        yield session
        session.commit()
    except BaseException as error:
        problem = error
        with _survived("a rollback", problem):
            session.rollback()
        raise
    finally:
        with _survived("closing a session", problem):
            _leave(session)
            session.close()
        problem = None  # or else its traceback holds this frame, and this frame holds it


@asynccontextmanager
async def async_session_scope(factory: Callable[[], A]) -> AsyncGenerator[A, None]:
    """Like `session_scope`, for an `AsyncSession`. A cancellation is an error like any other here.

    The end is never cut off: a cancellation that comes while the session is rolled back goes on at once, and the
    rollback goes on as well.

    Args:
        factory: Makes the session: an `async_sessionmaker`.

    Raises:
        RuntimeError: If the factory gives a session that is in a scope already.
    """
    session = factory()
    _enter(session)
    problem: BaseException | None = None
    try:
        yield session
        await session.commit()
    except BaseException as error:
        problem = error
        raise
    finally:
        ending = asyncio.ensure_future(_end(session, problem))
        _endings.add(ending)
        ending.add_done_callback(_endings.discard)
        problem = None
        await asyncio.shield(ending)


async def _end(session: AsyncSession, problem: BaseException | None) -> None:
    if problem is not None:
        with _survived("a rollback", problem):
            await session.rollback()
    with _survived("closing a session", problem):
        _leave(session)
        await session.close()


def _enter(session: Session | AsyncSession) -> None:
    if session.info.get(_OPEN):
        raise RuntimeError(
            "Cannot open a scope with a session that is in a scope already, because the inner one would commit and close "
            "what the outer one has not finished; pass the session on, or use session.begin_nested() inside."
        )
    session.info[_OPEN] = True


def _leave(session: Session | AsyncSession) -> None:
    session.info.pop(_OPEN, None)


@contextmanager
def _survived(what: str, problem: BaseException | None) -> Generator[None, None, None]:
    """Let a failure at the end stay behind the failure that led there."""
    try:
        yield
    except Exception as failure:  # noqa: BLE001 - counted; the caller has the first failure, or what was committed
        mishaps.note(what, failure)
        if problem is not None:
            with suppress(Exception):  # an error that cannot be annotated
                # The type only: the text of a database's error holds statements and values.
                problem.add_note(f"{what} failed as well: {type(failure).__name__}")
