# SPDX-License-Identifier: MIT
"""What a log may say of a database's error: what went wrong and where, without the statement and its values.

Drivers and SQLAlchemy put both into the text: the SQL, the parameters, the row that did not fit, the value that was
there already. Kept are the code, the names of tables, columns and constraints, and what servers say about themselves.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from errcore.errors import reading
from errcore.errors.causes import type_name
from errcore.errors.databases.rules import orig_of, sqlstate_of
from errcore.errors.databases.verdicts import BUG, by_mysql_number
from errcore.errors.kinds import Kind
from errcore.jsonsafe import REDACTED, safe_text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["database_text"]

_LENGTH = 1024
_KNOWN_CLASSES = 512

# Whose first line holds names only: any other class or code may quote a value or a piece of the statement.
_PLAIN_STATES = frozenset("08 23 25 28 3D 3F 40 42 53 54 55 57".split())
_PLAIN_NUMBERS = frozenset({1048, 1054, 1146, 1264, 1364, 1406})
_SYNTAX_ERROR = "42601"

# Where SQLAlchemy goes on with a statement, its parameters, or the text of another error that has them.
_STATEMENTS = ("[SQL:", "[parameters:", "Original exception was:")


def database_text(exc: BaseException) -> str | None:
    """The text of a database's error without statement and values; None for an error of anything else.

    >>> import sqlite3
    >>> database_text(sqlite3.OperationalError('near "hunter2": syntax error'))
    'near "[redacted]": syntax error'
    """
    try:
        tell = _teller(type(exc))  # type: ignore[arg-type] # classes can be hashed, most of them
    except Exception:  # noqa: BLE001 - a class that cannot even be looked up is no driver's
        return None
    if tell is None:
        return None
    try:
        return tell(exc)
    except KeyboardInterrupt:
        raise
    # Not as its library documents it, so nothing of it is known to be harmless; it may even raise SystemExit.
    except BaseException:  # noqa: BLE001
        return f"<not shown: {type_name(type(exc))}>"


@lru_cache(maxsize=_KNOWN_CLASSES)
def _teller(cls: type[BaseException]) -> Callable[[Any], str] | None:
    packages = (type_name(ancestor).partition(".")[0] for ancestor in reading.lineage(cls))
    return next((_TELLERS[package] for package in packages if package in _TELLERS), None)


def _sqlalchemy(exc: BaseException) -> str:
    orig = orig_of(exc)
    if orig is not None and orig is not exc:
        return f"({type_name(type(orig))}) {database_text(orig) or _postgres(orig)}"
    if sqlstate_of(exc) is not None:  # SQLAlchemy's stand-in for an asynchronous driver's
        return _postgres(exc)
    text = _first_argument(exc)
    for beginning in _STATEMENTS:
        text = text.partition(beginning)[0]
    return _without_values(text.strip())


def _postgres(exc: BaseException) -> str:
    """Also for drivers that nobody knows: most have an SQLSTATE."""
    state = sqlstate_of(exc)
    line = _first_line(_first_argument(exc))
    if state is None:
        connecting = any(type_name(cls).endswith(".OperationalError") for cls in reading.lineage(type(exc)))
        return line if connecting else _without_values(line)
    plain = state[:2] in _PLAIN_STATES and state != _SYNTAX_ERROR
    return f"{state}: {line if plain else _without_values(line)}"


def _mysql(exc: BaseException) -> str:
    number, text, *_ = (*reading.arguments(exc), "", "")
    if type(number) is not int:
        return _without_values(_first_line(safe_text(number, _LENGTH)))
    text = safe_text(text, _LENGTH)
    verdict = by_mysql_number(number)
    if verdict is not None and verdict.kind is Kind.ALREADY_EXISTS:
        # Duplicate entry 'the value' for key 'table.key'
        entry, word, key = text.rpartition(" for key ")
        return f"{number}: {_without_values(_first_line(entry))}{word}{_first_line(key) if word else ''}"
    plain = verdict is not BUG or number in _PLAIN_NUMBERS
    return f"{number}: {_first_line(text) if plain else _without_values(_first_line(text))}"


def _sqlite(exc: BaseException) -> str:
    name = reading.value_of(exc, "sqlite_errorname")
    text = _without_values(_first_line(_first_argument(exc)))
    return f"{name}: {text}" if type(name) is str else text


def _oracle(exc: BaseException) -> str:
    described = next(iter(reading.arguments(exc)), "")
    message = reading.value_of(described, "message")
    return _without_values(_first_line(safe_text(described if message is None else message, _LENGTH)))


_TELLERS: dict[str, Callable[[Any], str]] = {
    "sqlalchemy": _sqlalchemy,
    "sqlite3": _sqlite,
    "psycopg": _postgres,
    "psycopg2": _postgres,
    "psycopg_pool": _postgres,
    "asyncpg": _postgres,
    "pymysql": _mysql,
    "MySQLdb": _mysql,
    "mysql": _mysql,
    "asyncmy": _mysql,
    "oracledb": _oracle,
}


def _first_argument(exc: BaseException) -> str:
    # Not str(): SQLAlchemy's adds the statement, asyncpg's the row.
    return safe_text(next(iter(reading.arguments(exc)), ""), _LENGTH)


def _first_line(text: str) -> str:
    """What follows are details, hints and the statement."""
    return text.strip().partition("\n")[0]


def _without_values(line: str) -> str:
    """Everything between the first quotation mark and the last of its sort: a value may hold some itself."""
    before, said, _ = line.partition("query argument $")
    if said:  # asyncpg's own: the value follows, quoted or not
        return before + said.rstrip(" $")
    for mark in ('"', "'"):
        first, last = line.find(mark), line.rfind(mark)
        if first >= 0:
            # A value that was cut off, or went on in the next line, ends nowhere.
            line = line[: first + 1] + REDACTED + (line[last:] if last > first else "")
    return line
