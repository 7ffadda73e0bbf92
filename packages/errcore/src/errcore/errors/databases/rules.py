# SPDX-License-Identifier: MIT
"""Verdicts on the errors of database drivers, and of SQLAlchemy around them, by dotted name: none is imported.

Drivers name the same trouble by five classes (PEP 249), of which one holds both a lost connection and a missing table;
the code inside says which. So the code decides, and the class only where there is none. An error is read past its own
attribute access: each driver keeps its code elsewhere, in the instance, in the class or in C.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore.errors import reading
from errcore.errors.builtin_rules import UNEXPECTED
from errcore.errors.classification import Classification, classify
from errcore.errors.databases.verdicts import (
    BUG,
    CONSTRAINT,
    FAILED,
    LOST,
    LOST_RACE,
    NEVER_SENT,
    POOL_EMPTY,
    by_mysql_number,
    by_oracle_code,
    by_sqlite_code,
    by_sqlstate,
)
from errcore.errors.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["DATABASE_RULES", "orig_of", "sqlstate_of"]

_SQLSTATE_LENGTH = 5
_WRAPPINGS = 4
# By the class, where there is no code: drivers of servers call a connection that is gone either of the first two.
_SERVER = {"OperationalError": LOST, "InterfaceError": LOST, "IntegrityError": CONSTRAINT}
_UNKNOWN = {"OperationalError": FAILED, "InterfaceError": FAILED, "IntegrityError": CONSTRAINT}
_name_of: Callable[[type[Any]], str] = vars(type)["__name__"].__get__


def sqlstate_of(exc: object) -> str | None:
    """The SQLSTATE in an error (five characters, ISO/IEC 9075), under either of the names that drivers give it."""
    for name in ("sqlstate", "pgcode"):
        state = reading.value_of(exc, name)
        if type(state) is str and len(state) == _SQLSTATE_LENGTH:
            return state
    return None


def _by_state(exc: object) -> Classification | None:
    state = sqlstate_of(exc)
    return None if state is None else by_sqlstate(state)


def _by_class(exc: BaseException, table: Mapping[str, Classification]) -> Classification | None:
    """By the nearest class that has one of the names of PEP 249."""
    found = (table.get(_name_of(cls)) for cls in reading.lineage(type(exc)))
    return next(filter(None, found), None)


def _postgres(exc: Any) -> Classification | None:
    # What fails while it connects has no SQLSTATE; psycopg then shows the connection that came to nothing.
    if (found := _by_state(exc)) is not None:
        return found
    return NEVER_SENT if reading.value_of(exc, "pgconn") is not None else _by_class(exc, _SERVER)


def _mysql(exc: Any) -> Classification | None:
    number = next(iter(reading.arguments(exc)), None)
    found = by_mysql_number(number) if type(number) is int else None
    return found or _by_class(exc, _SERVER)


def _sqlite(exc: Any) -> Classification | None:
    # Where Python's module complains, and not SQLite, there is no code: it was used wrongly.
    code = reading.value_of(exc, "sqlite_errorcode")
    return by_sqlite_code(code) if type(code) is int else None


def _oracle(exc: Any) -> Classification | None:
    code = reading.value_of(next(iter(reading.arguments(exc)), None), "full_code")
    return by_oracle_code(code) if type(code) is str else None


def _sqlalchemy(exc: Any) -> Classification | None:
    orig = orig_of(exc)
    found = None if orig is None or orig is exc else _by_driver(orig)
    # An interface that was used wrongly may be one that had lost its connection: that SQLAlchemy knows better.
    if reading.attributes(exc).get("connection_invalidated") is True and (found is None or found is BUG):
        return LOST
    return found or _by_class(exc, _UNKNOWN)


def _by_driver(orig: BaseException) -> Classification | None:
    verdict = classify(orig)
    return (
        _by_state(orig) if verdict is UNEXPECTED else verdict
    )  # a driver without a rule may have an SQLSTATE


def orig_of(exc: BaseException) -> BaseException | None:
    """The driver's own error inside one of SQLAlchemy's, where between the two there may be one of an adapter."""
    for _ in range(_WRAPPINGS):
        held = reading.attributes(exc)
        if "orig" not in held:
            return exc
        exc = held["orig"]
        # A group may hold the error that holds it.
        if not issubclass(type(exc), BaseException) or issubclass(type(exc), BaseExceptionGroup):
            return None
    return None


DATABASE_RULES: tuple[Rule, ...] = (
    Rule("sqlalchemy.exc:DBAPIError", BUG, _sqlalchemy),
    Rule("sqlalchemy.exc:TimeoutError", POOL_EMPTY),
    Rule("sqlalchemy.orm.exc:StaleDataError", LOST_RACE),
    Rule("sqlite3:Error", BUG, _sqlite),
    Rule("psycopg:Error", BUG, _postgres),
    Rule("psycopg.errors:ConnectionTimeout", NEVER_SENT),
    Rule("psycopg_pool:PoolTimeout", POOL_EMPTY),
    Rule("psycopg_pool:TooManyRequests", POOL_EMPTY),
    Rule("psycopg2:Error", BUG, _postgres),
    Rule("asyncpg.exceptions:PostgresError", BUG, _by_state),
    Rule("asyncpg.exceptions:InterfaceError", BUG),
    Rule("pymysql.err:Error", BUG, _mysql),
    Rule("MySQLdb._exceptions:Error", BUG, _mysql),
    Rule("mysql.connector.errors:Error", BUG, _mysql),
    Rule("asyncmy.errors:Error", BUG, _mysql),
    Rule("oracledb:Error", BUG, _oracle),
)
