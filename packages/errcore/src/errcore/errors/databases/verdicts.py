# SPDX-License-Identifier: MIT
"""What the error codes of databases mean: SQLSTATE, and the numbers of MySQL, SQLite and Oracle.

A code that a caller can act upon gives the generic public code that a check by hand would have given
(`ALREADY_EXISTS`, `CONFLICT`); what operators must tell apart has a code of its own.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

from errcore.errors.builtin_rules import EXHAUSTED
from errcore.errors.classification import Classification, verdict_for
from errcore.errors.kinds import Cost, Executed, Kind, Outcome, Retriable, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "BUG",
    "CONSTRAINT",
    "FAILED",
    "LOST",
    "LOST_RACE",
    "NEVER_SENT",
    "POOL_EMPTY",
    "by_mysql_number",
    "by_oracle_code",
    "by_sqlite_code",
    "by_sqlstate",
]


def _verdict(kind: Kind, **changes: Any) -> Classification:
    return verdict_for(kind, category="database", **changes)


# The server is alive and says that we asked for something wrong: our bug, as a TypeError is, and no breaker's business.
BUG: Classification = _verdict(Kind.INTERNAL, expected=False, outcome=Outcome.DROPPED)
"""A statement, a value or a NULL that we should not have sent."""

FAILED: Classification = _verdict(Kind.UNAVAILABLE, code="DATABASE_ERROR", retriable=Retriable.IF_IDEMPOTENT)
"""The database's own trouble, of a sort that nobody named."""

LOST: Classification = _verdict(
    Kind.UNAVAILABLE, code="DATABASE_CONNECTION_UNAVAILABLE", retriable=Retriable.IF_IDEMPOTENT
)
"""The connection broke: what was under way may have been done, a COMMIT too."""

NEVER_SENT: Classification = _verdict(
    Kind.UNAVAILABLE, code="DATABASE_CONNECTION_UNAVAILABLE", executed=Executed.NO
)
"""There was no connection, or no server at the other end that works at all."""

POOL_EMPTY: Classification = _verdict(
    Kind.UNAVAILABLE, code="DATABASE_POOL_EXHAUSTED", executed=Executed.NO, cost=Cost.SLOW
)
"""All connections of our own pool were taken."""

LOST_RACE: Classification = _verdict(Kind.ABORTED, outcome=Outcome.OK)
"""Somebody else changed the row: what a version counter found."""

CONSTRAINT: Classification = _verdict(
    Kind.FAILED_PRECONDITION, code="CONFLICT", status=409, severity=Severity.WARNING, outcome=Outcome.OK
)
"""A rule about the state of the data, which only the database can hold without a race."""

_CROWDED = attrs.evolve(POOL_EMPTY, code="DATABASE_CONNECTIONS_EXHAUSTED")
_EXISTS = _verdict(Kind.ALREADY_EXISTS, outcome=Outcome.OK)
_ABORTED = _verdict(
    Kind.ABORTED, code="DATABASE_TRANSACTION_CONFLICT", severity=Severity.WARNING, outcome=Outcome.OK
)
_LOCKED = attrs.evolve(_ABORTED, code="DATABASE_LOCK_TIMEOUT", cost=Cost.SLOW)
_TIMED_OUT = _verdict(
    Kind.DEADLINE_EXCEEDED,
    code="DATABASE_STATEMENT_TIMEOUT",
    retriable=Retriable.YES,
    executed=Executed.NO,  # the statement was undone
)
_DISK_FULL = attrs.evolve(EXHAUSTED, code="DATABASE_STORAGE_EXHAUSTED", status=507, category="database")
_NO_MEMORY = attrs.evolve(EXHAUSTED, code="DATABASE_MEMORY_EXHAUSTED", category="database")
_CORRUPTED = _verdict(Kind.DATA_LOSS, code="DATABASE_CONTENT_CORRUPTED", severity=Severity.CRITICAL)
# Our own name, password, grants, path: never the client's 401 or 403.
_MISCONFIGURED = _verdict(Kind.INTERNAL, code="CONFIGURATION_INVALID", expected=False)


def _table(**rows: str) -> Mapping[str, Classification]:
    return MappingProxyType(dict(_cells(rows)))


def _cells(rows: Mapping[str, str]) -> Iterator[tuple[str, Classification]]:
    for name, codes in rows.items():
        for code in codes.split():
            yield code, _NAMED[name]


_NAMED = {
    "bug": BUG,
    "failed": FAILED,
    "lost": LOST,
    "never_sent": NEVER_SENT,
    "pool_empty": POOL_EMPTY,
    "crowded": _CROWDED,
    "exists": _EXISTS,
    "constraint": CONSTRAINT,
    "aborted": _ABORTED,
    "locked": _LOCKED,
    "timed_out": _TIMED_OUT,
    "disk_full": _DISK_FULL,
    "no_memory": _NO_MEMORY,
    "corrupted": _CORRUPTED,
    "misconfigured": _MISCONFIGURED,
}

# Five characters, or the class that the first two of them name (ISO/IEC 9075, and PostgreSQL's appendix A). To be
# read-only or to forget a session is what a server does that is no longer the primary.
_SQLSTATES = _table(
    lost="08 57 40003",
    never_sent="08001 08004 57P03 25006 25P03",
    aborted="40 72000",
    locked="55P03",
    timed_out="57014 25P04",
    exists="23505",
    bug="23502",
    constraint="23 40002",
    crowded="53300",
    disk_full="53100",
    no_memory="53",
    misconfigured="28 3D 42501",
    corrupted="XX001 XX002",
    failed="58 XX",
)
# MySQL's and MariaDB's server numbers (ER_...), and those of the client library, which are 2000 to 2999 (CR_...).
_MYSQL_NUMBERS = _table(
    lost="1053 1152 1158 1159 1160 1161 1927 4031",
    never_sent="2002 2003 2004 2005 2026 1047 1129 1290 1836",
    aborted="1213 1020 1614",
    locked="1205 3572",
    timed_out="1317 1969 3024",
    exists="1022 1062 1169 1586",
    constraint="1216 1217 1451 1452 3819 4025",
    crowded="1040 1203 1226",
    disk_full="1021 1114",
    no_memory="1037 1038 1041 1135",
    misconfigured="1044 1045 1049 1130 1142 1143 1251 1698 1820 1862 2059 2061 3118",
    corrupted="1194 1195",
)
# SQLite's result codes: the extended one, or the primary one that is its lowest byte.
_SQLITE_CODES = _table(
    locked="5 6 15",
    aborted="517",  # BUSY_SNAPSHOT: to wait would not have helped
    timed_out="9",
    exists="1555 2067 2579",
    bug="1299 3091",  # NOTNULL, DATATYPE
    constraint="19",
    disk_full="13",
    no_memory="7 3082",
    misconfigured="3 8 14 23",
    corrupted="11 26",
    failed="10",
)
_ORACLE_CODES = _table(
    lost="ORA-00028 ORA-01012 ORA-01089 ORA-01092 ORA-03113 ORA-03114 ORA-03135 DPY-1001 DPY-4011",
    never_sent="ORA-01033 ORA-01034 ORA-12170 ORA-12505 ORA-12514 ORA-12537 ORA-12541 DPY-6000 DPY-6001 DPY-6005",
    pool_empty="DPY-4005",
    aborted="ORA-00060 ORA-08177",
    locked="ORA-00054 ORA-30006",
    timed_out="ORA-01013 DPY-4024",
    exists="ORA-00001",
    constraint="ORA-02290 ORA-02291 ORA-02292",
    crowded="ORA-00018 ORA-00020 ORA-12516 ORA-12519",
    disk_full="ORA-01652 ORA-01653 ORA-01654 ORA-01688 ORA-30036",
    no_memory="ORA-04030 ORA-04031",
    misconfigured="ORA-01017 ORA-01031 ORA-01045 ORA-28000 ORA-28001",
    corrupted="ORA-01578",
)


def by_sqlstate(state: str) -> Classification:
    """The verdict on an SQLSTATE, by the code or else by its class.

    >>> by_sqlstate("40P01").code, by_sqlstate("23503").status, by_sqlstate("42P01").expected
    ('DATABASE_TRANSACTION_CONFLICT', 409, False)
    """
    return _SQLSTATES.get(state) or _SQLSTATES.get(state[:2]) or BUG


def by_mysql_number(number: int) -> Classification | None:
    """The verdict on an error number of MySQL or MariaDB; None for 0, by which drivers say that there is none.

    >>> by_mysql_number(1213).code, by_mysql_number(2013).code
    ('DATABASE_TRANSACTION_CONFLICT', 'DATABASE_CONNECTION_UNAVAILABLE')
    """
    if number == 0:
        return None
    return _MYSQL_NUMBERS.get(str(number)) or (LOST if 2000 <= number < 3000 else BUG)


def by_sqlite_code(code: int) -> Classification:
    """The verdict on a result code of SQLite, extended or primary (https://www.sqlite.org/rescode.html).

    >>> by_sqlite_code(5).code, by_sqlite_code(2067).code
    ('DATABASE_LOCK_TIMEOUT', 'ALREADY_EXISTS')
    """
    return _SQLITE_CODES.get(str(code)) or _SQLITE_CODES.get(str(code & 0xFF)) or BUG


def by_oracle_code(code: str) -> Classification:
    """The verdict on an error of Oracle or of its driver, by the full code.

    >>> by_oracle_code("ORA-00001").code
    'ALREADY_EXISTS'
    """
    return _ORACLE_CODES.get(code, BUG)
