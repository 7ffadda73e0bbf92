# SPDX-License-Identifier: MIT
"""Verdicts on the errors of database drivers by the codes inside them, and what the log may say of such an error."""

from __future__ import annotations

import pickle
import socket
import sqlite3
import sys
import types
from collections.abc import Callable, Iterator

import pytest

from errcore import DatabaseError, Occurrence, classify
from errcore.errors import Cost, Executed, Fault, Kind, Outcome, Retriable, Severity, catalogue
from errcore.errors.classification import forget_verdicts
from errcore.errors.databases import texts, verdicts
from errcore.errors.databases.rules import DATABASE_RULES
from errcore.errors.databases.texts import database_text

MYSQL = ["pymysql.err", "MySQLdb._exceptions", "mysql.connector.errors", "asyncmy.errors"]


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Verdicts on stand-ins do not outlive the test."""
    forget_verdicts()
    yield
    forget_verdicts()


@pytest.fixture
def port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        number: int = found.getsockname()[1]
    return number


def library(name: str) -> types.ModuleType:
    """A library, or a skipped test."""
    return pytest.importorskip(name)


def driver(
    monkeypatch: pytest.MonkeyPatch, module_name: str, name: str = "Error", **attributes: object
) -> type[Exception]:
    """A class of PEP 249 where a driver's would be, with `Error` above it."""
    module = types.ModuleType(module_name)
    root = type("Error", (Exception,), {"__module__": module_name, **attributes})
    made = root if name == "Error" else type(name, (root,), {"__module__": module_name})
    vars(module).update({"Error": root, name: made})
    monkeypatch.setitem(sys.modules, module_name, module)
    return made


STATES = [
    # SQLSTATE, kind, code, status, retriable, executed
    ("08006", "unavailable", "DATABASE_CONNECTION_UNAVAILABLE", 503, "if_idempotent", "unknown"),
    ("57P01", "unavailable", "DATABASE_CONNECTION_UNAVAILABLE", 503, "if_idempotent", "unknown"),
    ("40003", "unavailable", "DATABASE_CONNECTION_UNAVAILABLE", 503, "if_idempotent", "unknown"),
    ("08001", "unavailable", "DATABASE_CONNECTION_UNAVAILABLE", 503, "yes", "no"),
    ("57P03", "unavailable", "DATABASE_CONNECTION_UNAVAILABLE", 503, "yes", "no"),
    ("25006", "unavailable", "DATABASE_CONNECTION_UNAVAILABLE", 503, "yes", "no"),
    ("53300", "unavailable", "DATABASE_CONNECTIONS_EXHAUSTED", 503, "yes", "no"),
    ("40001", "aborted", "DATABASE_TRANSACTION_CONFLICT", 409, "yes", "no"),
    ("40P01", "aborted", "DATABASE_TRANSACTION_CONFLICT", 409, "yes", "no"),
    ("55P03", "aborted", "DATABASE_LOCK_TIMEOUT", 409, "yes", "no"),
    ("57014", "deadline_exceeded", "DATABASE_STATEMENT_TIMEOUT", 504, "yes", "no"),
    ("23505", "already_exists", "ALREADY_EXISTS", 409, "no", "no"),
    ("23503", "failed_precondition", "CONFLICT", 409, "no", "no"),
    ("23514", "failed_precondition", "CONFLICT", 409, "no", "no"),
    ("23P01", "failed_precondition", "CONFLICT", 409, "no", "no"),
    ("23502", "internal", "INTERNAL_ERROR", 500, "no", "unknown"),
    ("22P02", "internal", "INTERNAL_ERROR", 500, "no", "unknown"),
    ("42P01", "internal", "INTERNAL_ERROR", 500, "no", "unknown"),
    ("25P02", "internal", "INTERNAL_ERROR", 500, "no", "unknown"),
    ("ZZZZZ", "internal", "INTERNAL_ERROR", 500, "no", "unknown"),
    ("28P01", "internal", "CONFIGURATION_INVALID", 500, "no", "unknown"),
    ("3D000", "internal", "CONFIGURATION_INVALID", 500, "no", "unknown"),
    ("42501", "internal", "CONFIGURATION_INVALID", 500, "no", "unknown"),
    ("53100", "resource_exhausted", "DATABASE_STORAGE_EXHAUSTED", 507, "no", "unknown"),
    ("53200", "resource_exhausted", "DATABASE_MEMORY_EXHAUSTED", 503, "no", "unknown"),
    ("XX001", "data_loss", "DATABASE_CONTENT_CORRUPTED", 500, "no", "unknown"),
    ("XX000", "unavailable", "DATABASE_ERROR", 503, "if_idempotent", "unknown"),
]


@pytest.mark.parametrize(("state", "kind", "code", "status", "retriable", "executed"), STATES)
@pytest.mark.parametrize("attribute", ["sqlstate", "pgcode"])
@pytest.mark.parametrize("module", ["psycopg", "psycopg2"])
def test_by_sqlstate(
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    attribute: str,
    state: str,
    kind: str,
    code: str,
    status: int,
    retriable: str,
    executed: str,
):
    """The code decides, not the class; wherever it is kept, and under either name."""
    made = driver(monkeypatch, module, "OperationalError", **{attribute: state})
    verdict = classify(made("text"))

    assert (verdict.kind, verdict.code, verdict.status) == (kind, code, status)
    assert (verdict.retriable, verdict.executed, verdict.category) == (retriable, executed, "database")


@pytest.mark.parametrize("module", MYSQL)
@pytest.mark.parametrize(
    ("number", "same_as"),
    [
        *((number, "08006") for number in (2006, 2013, 1053, 4031, 2999)),
        *((number, "08001") for number in (2002, 2003, 1047, 1290)),
        *((1040, "53300"), (1203, "53300")),
        *((1213, "40P01"), (1205, "55P03"), (3572, "55P03")),
        *((3024, "57014"), (1317, "57014"), (1969, "57014")),
        *(
            (1062, "23505"),
            (1452, "23503"),
            (1451, "23503"),
            (3819, "23514"),
            (4025, "23514"),
            (1048, "23502"),
        ),
        *((1045, "28P01"), (1049, "3D000")),
        *((1021, "53100"), (1114, "53100"), (1041, "53200"), (1194, "XX001")),
        *((1064, "42601"), (1146, "42P01"), (1366, "22P02"), (-1, "42601")),
    ],
)
def test_by_mysql_number(monkeypatch: pytest.MonkeyPatch, module: str, number: int, same_as: str):
    """Every driver of MySQL gives the number as the first argument."""
    made = driver(monkeypatch, module, "OperationalError")

    assert classify(made(number, "text")) is verdicts.by_sqlstate(same_as)


@pytest.mark.parametrize(
    ("code", "same_as"),
    [
        *(("ORA-00001", "23505"), ("ORA-02291", "23503"), ("ORA-01400", "23502"), ("ORA-00942", "42P01")),
        *(("ORA-00060", "40P01"), ("ORA-08177", "40001"), ("ORA-00054", "55P03"), ("ORA-01013", "57014")),
        *(("ORA-03113", "08006"), ("DPY-4011", "08006"), ("DPY-6005", "08001"), ("ORA-12541", "08001")),
        *(("ORA-01017", "28P01"), ("ORA-01653", "53100"), ("ORA-04031", "53200"), ("DPY-4024", "57014")),
    ],
)
def test_by_oracle_code(monkeypatch: pytest.MonkeyPatch, code: str, same_as: str):
    """oracledb describes an error by an object, which is the first argument."""
    made = driver(monkeypatch, "oracledb", "DatabaseError")

    assert classify(made(types.SimpleNamespace(full_code=code))) is verdicts.by_sqlstate(same_as)


@pytest.mark.parametrize(
    ("code", "same_as"),
    [
        *((5, "55P03"), (261, "55P03"), (6, "55P03"), (262, "55P03"), (517, "40001")),
        *((9, "57014"), (13, "53100"), (7, "53200"), (3082, "53200"), (11, "XX001"), (26, "XX001")),
        *((2067, "23505"), (1555, "23505"), (787, "23503"), (275, "23514"), (1299, "23502"), (19, "23503")),
        *((1, "42601"), (21, "42601"), (8, "28P01"), (1032, "28P01"), (14, "28P01"), (778, "58030")),
    ],
)
def test_by_sqlite_code(code: int, same_as: str):
    """The extended result code, or the primary one in its lowest byte."""
    error = sqlite3.OperationalError("text")
    error.sqlite_errorcode = code

    assert classify(error) is verdicts.by_sqlstate(same_as)


def test_what_a_policy_makes_of_it():
    """A database that answers is alive; one that does not counts; our own bug says nothing about it."""
    conflict, lost, bug = (verdicts.by_sqlstate(state) for state in ("40P01", "08006", "42P01"))

    assert (conflict.outcome, lost.outcome, bug.outcome) == (Outcome.OK, Outcome.FAILED, Outcome.DROPPED)
    assert (lost.fault, bug.fault, bug.expected) == (Fault.DEPENDENCY, Fault.SELF, False)
    assert verdicts.by_sqlstate("55P03").cost is Cost.SLOW
    assert verdicts.by_sqlstate("53100").fault is Fault.ENVIRONMENT


def test_what_the_database_had_to_find_is_seen():
    """A constraint is a caller's fault, and yet a warning in the log: a check of ours may be missing."""
    verdict = verdicts.by_sqlstate("23514")

    assert (verdict.fault, verdict.severity, verdict.outcome) == (Fault.CALLER, Severity.WARNING, Outcome.OK)


def test_codes_are_well_named():
    """The codes for operators pass the lint that users' codes pass; the others are those of the stock tree."""
    codes = {verdict.code for verdict in verdicts._NAMED.values()}
    generic = {"ALREADY_EXISTS", "CONFLICT", "CONFIGURATION_INVALID", "DATABASE_ERROR", "INTERNAL_ERROR"}

    assert {code for code in codes - generic if not catalogue._well_named(code)} == set()


class TestWithoutACode:
    """What the class says where there is no code."""

    @pytest.mark.parametrize("module", ["psycopg", "psycopg2", *MYSQL])
    @pytest.mark.parametrize(
        ("name", "verdict"),
        [
            ("OperationalError", verdicts.LOST),
            ("InterfaceError", verdicts.LOST),
            ("IntegrityError", verdicts.CONSTRAINT),
            ("ProgrammingError", verdicts.BUG),
            ("Error", verdicts.BUG),
        ],
    )
    def test_a_server(self, monkeypatch: pytest.MonkeyPatch, module: str, name: str, verdict: object):
        """A connection that is gone has no code left to give; drivers say 0, a text, or nothing."""
        made = driver(monkeypatch, module, name)

        assert [classify(made(*arguments)) for arguments in ((), ("text",), (0, ""), (None,))] == [
            verdict
        ] * 4
        assert classify(type("Below", (made,), {})()) is verdict

    def test_a_connection_that_came_to_nothing(self, monkeypatch: pytest.MonkeyPatch):
        """psycopg shows the connection that was attempted, and only then."""
        made = driver(monkeypatch, "psycopg", "OperationalError", pgconn=object())

        assert classify(made()) is verdicts.NEVER_SENT

    def test_sqlite_complaining_by_itself(self):
        """Python's module, and not SQLite: it was used wrongly."""
        database = sqlite3.connect(":memory:")
        database.close()
        with pytest.raises(sqlite3.ProgrammingError) as caught:
            database.execute("select 1")

        assert classify(caught.value) is verdicts.BUG

    def test_oracle_and_asyncpg(self, monkeypatch: pytest.MonkeyPatch):
        """An interface that was used wrongly is our bug."""
        assert classify(driver(monkeypatch, "oracledb")()) is verdicts.BUG
        assert classify(driver(monkeypatch, "oracledb")("text")) is verdicts.BUG
        module = library("asyncpg.exceptions")
        assert classify(module.InterfaceError("another operation is in progress")) is verdicts.BUG
        assert classify(module.PostgresError("text")) is verdicts.BUG


class TestRealClasses:
    """The exception classes of real drivers."""

    @pytest.mark.parametrize(
        ("name", "same_as"),
        [
            *(("UniqueViolation", "23505"), ("DeadlockDetected", "40P01"), ("SerializationFailure", "40001")),
            *(("QueryCanceled", "57014"), ("AdminShutdown", "57P01"), ("TooManyConnections", "53300")),
            *(("InvalidPassword", "28P01"), ("ConnectionTimeout", "08001")),
        ],
    )
    def test_psycopg(self, name: str, same_as: str):
        """The class has the code."""
        assert classify(getattr(library("psycopg.errors"), name)("text")) is verdicts.by_sqlstate(same_as)

    @pytest.mark.parametrize(
        ("name", "same_as"),
        [
            *(("UniqueViolationError", "23505"), ("DeadlockDetectedError", "40P01")),
            *(("SerializationError", "40001"), ("QueryCanceledError", "57014")),
            *(("CannotConnectNowError", "57P03"), ("ConnectionDoesNotExistError", "08003")),
            *(("InvalidPasswordError", "28P01"), ("TooManyConnectionsError", "53300")),
        ],
    )
    def test_asyncpg(self, name: str, same_as: str):
        """The class has the code."""
        assert classify(getattr(library("asyncpg.exceptions"), name)("text")) is verdicts.by_sqlstate(same_as)

    def test_pymysql_connection_refused(self, port: int):
        """A real attempt, at nobody."""
        pymysql = library("pymysql")
        with pytest.raises(pymysql.err.OperationalError) as caught:
            pymysql.connect(host="127.0.0.1", port=port)

        assert classify(caught.value) is verdicts.NEVER_SENT
        assert "refused" in (database_text(caught.value) or "")

    def test_psycopg_connection_refused(self, port: int):
        """A real attempt, at nobody; psycopg2 does not tell it from a connection that broke."""
        psycopg, psycopg2 = library("psycopg"), library("psycopg2")
        address = f"host=127.0.0.1 port={port} user=x dbname=x"
        with pytest.raises(psycopg.OperationalError) as caught:
            psycopg.connect(address)
        with pytest.raises(psycopg2.OperationalError) as older:
            psycopg2.connect(address)

        assert classify(caught.value) is verdicts.NEVER_SENT
        assert classify(older.value) is verdicts.LOST
        assert "refused" in (database_text(older.value) or "")


class TestSqlalchemy:
    """SQLAlchemy's errors, and the driver's inside them."""

    def test_the_driver_decides(self):
        """SQLAlchemy's class says less than the code inside."""
        exc, pymysql = library("sqlalchemy.exc"), library("pymysql")
        wrapped = exc.OperationalError("s", {}, pymysql.err.OperationalError(1213, "Deadlock found"))

        assert classify(wrapped).code == "DATABASE_TRANSACTION_CONFLICT"

    def test_what_a_user_maps_counts_inside_as_well(self):
        """A mapping of the driver's class speaks for what SQLAlchemy made of it."""
        from errcore import map_exception

        exc = library("sqlalchemy.exc")
        mine = type("MineError", (Exception,), {})
        map_exception(mine, kind="not_found", code="ROW_NOT_FOUND")

        assert classify(exc.DBAPIError("s", {}, mine())).code == "ROW_NOT_FOUND"

    @pytest.mark.parametrize(
        ("name", "verdict"),
        [
            ("OperationalError", verdicts.FAILED),
            ("InterfaceError", verdicts.FAILED),
            ("IntegrityError", verdicts.CONSTRAINT),
            ("ProgrammingError", verdicts.BUG),
            ("DBAPIError", verdicts.BUG),
        ],
    )
    def test_a_driver_that_nobody_knows(self, name: str, verdict: object):
        """The class that SQLAlchemy chose, unless there is an SQLSTATE or the connection was given up."""
        made = getattr(library("sqlalchemy.exc"), name)
        coded = Exception("text")
        coded.sqlstate = "40001"

        assert classify(made("s", {}, Exception())) is verdict
        assert classify(made("s", {}, coded)).code == "DATABASE_TRANSACTION_CONFLICT"
        assert classify(made("s", {}, Exception(), connection_invalidated=True)) is verdicts.LOST

    def test_a_connection_that_was_given_up(self):
        """What its driver called a wrong use was a connection that had been lost; what has a code stays what it is."""
        exc, asyncpg = library("sqlalchemy.exc"), library("asyncpg")
        closed = asyncpg.InterfaceError("connection is closed")
        shut_down = asyncpg.exceptions.CannotConnectNowError("starting up")

        assert classify(exc.InterfaceError("s", {}, closed, connection_invalidated=True)) is verdicts.LOST
        assert classify(exc.InterfaceError("s", {}, closed)) is verdicts.BUG
        assert (
            classify(exc.DBAPIError("s", {}, shut_down, connection_invalidated=True)) is verdicts.NEVER_SENT
        )

    def test_an_empty_pool_and_a_lost_race(self):
        """Of SQLAlchemy's own."""
        exc, orm = library("sqlalchemy.exc"), library("sqlalchemy.orm.exc")
        empty, race = classify(exc.TimeoutError()), classify(orm.StaleDataError())

        assert (empty.code, empty.executed, empty.cost) == ("DATABASE_POOL_EXHAUSTED", Executed.NO, Cost.SLOW)
        assert (race.kind, race.status, race.retriable) == (Kind.ABORTED, 409, Retriable.YES)

    def test_what_is_nobodys_connection(self):
        """A value that would not fit into a statement, or a row that is missing: our code's business."""
        exc = library("sqlalchemy.exc")

        assert classify(exc.StatementError("text", "s", {}, ValueError())).expected is False
        assert classify(exc.NoResultFound()).expected is False


class Hostile(Exception):
    """Refuses everything."""

    def __getattribute__(self, name: str) -> object:
        raise SystemExit(name)

    def __str__(self) -> str:
        raise SystemExit

    @property
    def sqlstate(self) -> str:
        raise KeyboardInterrupt if self is None else SystemExit


class LyingText(str):
    """Five characters that do not want to be looked up."""

    __slots__ = ()

    def __hash__(self) -> int:
        raise SystemExit


def grouped() -> BaseExceptionGroup:
    """A group, which may hold whatever holds it."""
    return BaseExceptionGroup("g", [ValueError()])


class TestHostile:
    """Objects that are not what their library promised."""

    @pytest.mark.parametrize(
        "make", [list, int, str, object, Hostile, type(None), lambda: type, grouped], ids=range(8)
    )
    def test_an_orig_that_is_none(self, make: Callable[[], object]):
        """The class answers."""
        exc = library("sqlalchemy.exc")
        error = exc.OperationalError.__new__(exc.OperationalError)
        error.__dict__.update(orig=make(), connection_invalidated=1)

        assert classify(error).status in {500, 503}
        assert database_text(error) is not None

    def test_an_error_that_was_never_initialised(self):
        """It holds nothing."""
        exc = library("sqlalchemy.exc")

        assert classify(exc.DBAPIError.__new__(exc.DBAPIError)) is verdicts.BUG

    def test_errors_that_hold_each_other(self):
        """Nobody goes round in circles."""
        exc = library("sqlalchemy.exc")
        one, two = exc.OperationalError("s", {}, None), exc.OperationalError("s", {}, None)
        one.orig, two.orig = two, one

        assert classify(one) is verdicts.FAILED
        assert database_text(one) == "(builtins.NoneType) None"

    @pytest.mark.parametrize("module", ["psycopg", "psycopg2", *MYSQL, "oracledb"])
    def test_attributes_that_refuse(self, monkeypatch: pytest.MonkeyPatch, module: str):
        """The verdict and the text come from elsewhere, or not at all."""
        made = type("OperationalError", (Hostile, driver(monkeypatch, module)), {})

        assert classify(made("text")).status in {500, 503}
        assert type(database_text(made(LyingText("text")))) is str

    @pytest.mark.parametrize("state", [5, b"40001", "4000", "400011", LyingText("40001"), None], ids=range(6))
    def test_a_code_of_another_sort(self, monkeypatch: pytest.MonkeyPatch, state: object):
        """It is no code."""
        made = driver(monkeypatch, "psycopg", "ProgrammingError", sqlstate=state)

        assert classify(made("text")) is verdicts.BUG

    @pytest.mark.parametrize("number", [True, "1213", 1213.0, LyingText("1213"), object()], ids=range(5))
    def test_a_number_of_another_sort(self, monkeypatch: pytest.MonkeyPatch, number: object):
        """It is no number."""
        assert classify(driver(monkeypatch, "pymysql.err")(number)) is verdicts.BUG

    def test_a_class_that_cannot_be_looked_up(self):
        """It has the text that any exception has."""

        class Unhashable(type):
            def __hash__(cls) -> int:
                raise ValueError

        assert database_text(Unhashable("Error", (Exception,), {})("text")) is None

    def test_an_interrupt(self, monkeypatch: pytest.MonkeyPatch):
        """Who stops the program stops it."""

        def stop(error: object) -> str:
            raise KeyboardInterrupt

        made = driver(monkeypatch, "psycopg2")
        slow = type("Slow", (made,), {"__module__": "psycopg2", "sqlstate": property(stop)})

        with pytest.raises(KeyboardInterrupt):
            database_text(slow())

    def test_a_text_that_fails(self, monkeypatch: pytest.MonkeyPatch):
        """Then nothing of it is shown."""
        made = driver(monkeypatch, "psycopg2")
        broken = type(
            "Broken", (made,), {"__module__": "psycopg2", "sqlstate": property(lambda error: 1 / 0)}
        )

        assert database_text(broken("hunter2")) == "<not shown: psycopg2.Broken>"


def stated(
    monkeypatch: pytest.MonkeyPatch, state: str | None, text: str, name: str = "DataError"
) -> Exception:
    """An error of psycopg2 with a text."""
    return driver(monkeypatch, "psycopg2", name, pgcode=state)(text)


class TestTexts:
    """What the log may say."""

    @pytest.mark.parametrize(
        ("state", "text", "told"),
        [
            (
                "23505",
                'duplicate key value violates unique constraint "users_email"\nDETAIL:  Key (email)=(hunter2) exists.\n',
                '23505: duplicate key value violates unique constraint "users_email"',
            ),
            (
                "23502",
                'null value in column "name" of relation "users"\nDETAIL:  Failing row contains (1, hunter2).',
                '23502: null value in column "name" of relation "users"',
            ),
            (
                "22P02",
                'invalid input syntax for type integer: "hunter2 "quoted" hunter2"\nLINE 1: select \'hunter2\'',
                '22P02: invalid input syntax for type integer: "[redacted]"',
            ),
            (
                "22P02",
                'invalid input syntax for type integer: "hun\nter2"',
                '22P02: invalid input syntax for type integer: "[redacted]',
            ),
            ("42601", 'syntax error at or near "hunter2"', '42601: syntax error at or near "[redacted]"'),
            (
                "42P01",
                'relation "users" does not exist\nLINE 1: hunter2',
                '42P01: relation "users" does not exist',
            ),
            ("P0001", "jo's limit is 'hunter2'", "P0001: jo'[redacted]'"),
            (None, 'invalid connection option "hunter2"', 'invalid connection option "[redacted]"'),
        ],
    )
    def test_postgres(self, monkeypatch: pytest.MonkeyPatch, state: str | None, text: str, told: str):
        """The first line has the names; details, hints and the statement follow it, values stand in quotes."""
        assert database_text(stated(monkeypatch, state, text)) == told

    def test_a_connection(self, monkeypatch: pytest.MonkeyPatch):
        """What a server says about itself stays whole."""
        text = 'connection to server at "10.0.0.1", port 5432 failed: FATAL:  no role "app"'
        error = stated(monkeypatch, None, text + "\n\tIs it running?", "OperationalError")

        assert database_text(error) == text

    def test_asyncpg(self):
        """Its own complaints show the argument."""
        module = library("asyncpg.exceptions")

        assert (
            database_text(module.DataError("invalid input for query argument $1: 17 (expected str, got int)"))
            == "22000: invalid input for query argument"
        )
        assert database_text(module.UniqueViolationError("duplicate")) == "23505: duplicate"

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (
                (1062, "Duplicate entry 'O'hunter2 for key 'x' for key 'users.email'"),
                "1062: Duplicate entry '[redacted]' for key 'users.email'",
            ),
            ((1062, "Duplicate entry 'hunter2'"), "1062: "),
            ((1146, "Table 'app.users' doesn't exist"), "1146: Table 'app.users' doesn't exist"),
            (
                (1064, "You have an error near 'hunter2' at line 1"),
                "1064: You have an error near '[redacted]' at line 1",
            ),
            ((1366, 'Incorrect value: "hunter2\n'), '1366: Incorrect value: "[redacted]'),
            ((2013, "Lost connection during 'query'"), "2013: Lost connection during 'query'"),
            (("syntax 'hunter2'",), "syntax '[redacted]'"),
            ((), ""),
            ((0, ""), "0: "),
        ],
    )
    def test_mysql(self, monkeypatch: pytest.MonkeyPatch, arguments: tuple[object, ...], told: str):
        """The number, and the names where the number says that there are only names."""
        assert database_text(driver(monkeypatch, "pymysql.err")(*arguments)) == told

    def test_oracle(self, monkeypatch: pytest.MonkeyPatch):
        """The first line of the description."""
        made = driver(monkeypatch, "oracledb")
        message = "ORA-00001: unique constraint (APP.UQ) violated\nORA-03301: row with (EMAIL:'hunter2')"

        assert (
            database_text(made(types.SimpleNamespace(message=message)))
            == "ORA-00001: unique constraint (APP.UQ) violated"
        )
        assert database_text(made("text")) == "text"

    def test_sqlalchemy(self):
        """Neither statement nor parameters, whatever the driver."""
        exc = library("sqlalchemy.exc")
        orig = sqlite3.IntegrityError("UNIQUE constraint failed: users.email")
        error = exc.IntegrityError("INSERT hunter2", {"a": "hunter2"}, orig)
        bind = exc.StatementError(
            "(ValueError) 'hunter2' is no colour", "INSERT", {}, ValueError("'hunter2' is no colour")
        )
        pending = exc.PendingRollbackError(f"This Session was rolled back. Original exception was: {error}")

        assert "hunter2" in str(error)
        assert database_text(error) == "(sqlite3.IntegrityError) UNIQUE constraint failed: users.email"
        assert database_text(bind) == "(ValueError) '[redacted]' is no colour"
        assert database_text(pending) == "This Session was rolled back."
        assert database_text(exc.NoResultFound("No row was found")) == "No row was found"
        assert (
            database_text(exc.ObjectNotExecutableError("SELECT 'hunter2'"))
            == 'Not an executable object: "[redacted]"'
        )

    def test_a_stand_in_of_sqlalchemys(self):
        """For an asynchronous driver SQLAlchemy makes classes of its own, some of which hold the driver's error."""
        exc = library("sqlalchemy.exc")
        text = 'invalid input: "hunter2"\nDETAIL: hunter2'
        plain = type("Error", (Exception,), {"__module__": "sqlalchemy.dialects.x", "sqlstate": "22P02"})(
            text
        )
        holding = type("Error", (Exception,), {"__module__": "sqlalchemy.dialects.x"})(text)
        holding.orig = library("asyncpg.exceptions").InvalidTextRepresentationError(text)
        wrapped = [exc.DBAPIError("s", {}, error) for error in (plain, holding)]

        assert [database_text(error) for error in wrapped] == [
            '(sqlalchemy.dialects.x.Error) 22P02: invalid input: "[redacted]"',
            '(asyncpg.exceptions.InvalidTextRepresentationError) 22P02: invalid input: "[redacted]"',
        ]
        assert [classify(error) for error in wrapped] == [verdicts.BUG, verdicts.BUG]

    def test_nothing_of_it_is_in_an_occurrence(self):
        """Not in the public side, not in the log's, not as a cause, and not in what is pickled."""
        exc = library("sqlalchemy.exc")
        error = exc.IntegrityError(
            "INSERT INTO users VALUES (:name)",
            {"name": "hunter2"},
            sqlite3.IntegrityError("CHECK failed: age"),
        )
        error.__cause__ = error.orig
        outer = DatabaseError("no")
        outer.__cause__ = error
        group = ExceptionGroup("g", [ValueError(), error])

        for shown in (Occurrence.of(error), Occurrence.of(outer), Occurrence.of(group)):
            assert "hunter2" not in f"{shown!r} {shown.message} {shown.details} {shown.internal}"
            assert "INSERT" not in f"{shown!r} {shown.message} {shown.details} {shown.internal}"
            assert "CHECK failed: age" in f"{shown.internal}"
        assert "hunter2" not in f"{outer.cause_chain} {pickle.loads(pickle.dumps(outer)).cause_chain}"
        assert b"hunter2" not in pickle.dumps(outer)

    def test_other_errors_keep_their_text(self):
        """Nothing is known about them."""
        assert database_text(ValueError("x")) is None


def test_rules_are_one_for_a_driver():
    """So a mapping of the user's is nearer, whichever class of the driver it names."""
    targets = [str(rule.target) for rule in DATABASE_RULES]

    assert len(targets) == len(set(targets))
    assert [target for target in targets if target.startswith("sqlite3")] == ["sqlite3:Error"]


def test_whoever_has_a_rule_has_a_teller():
    """A driver whose errors are judged and whose texts are not cleaned would put statements and values into the log."""
    judged = {str(rule.target).partition(":")[0].partition(".")[0] for rule in DATABASE_RULES}

    assert judged - set(texts._TELLERS) == set()
