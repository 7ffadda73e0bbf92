# SPDX-License-Identifier: MIT
"""Files that a store does not take, and what it says of them; it leaves them as they are."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest

from errcore.errors.dependencies import StorageError
from errcore.errors.stock import ConfigurationError
from errcore.monitor.stores import sqlite_file
from errcore.monitor.stores.sqlite import SQLiteStore, open_store
from errcore.testing.stores.material import batch, everything

NOW = 1_700_000_000.0
COUNTERS = {("route:/a", int(NOW // 60)): 1}


@pytest.fixture
def file(tmp_path):
    """A file that there is not yet."""
    return tmp_path / "errors.db"


@pytest.fixture
def store(file):
    """A store that is closed after the test."""
    with closing(SQLiteStore(file)) as opened:
        yield opened


def _told(file, number=1):
    with closing(SQLiteStore(file)) as store:
        store.apply(batch(number, NOW, counters=COUNTERS))


@pytest.mark.parametrize("folder", ["none", "file.txt"])
def test_folder_must_exist(tmp_path, folder):
    """It is not made: a volume that was not mounted would be written to in its stead."""
    (tmp_path / "file.txt").touch()
    store = SQLiteStore(tmp_path / folder / "errors.db")
    with pytest.raises(ConfigurationError, match=r"errors\.db, because its folder does not exist"):
        store.apply(batch(1, NOW))


def test_an_address_is_refused_at_once(tmp_path):
    """As any wrong setting; a typing error must not wait for the first error."""
    with pytest.raises(
        ConfigurationError, match=r"errors\.db', because its folder does not exist; make the folder"
    ):
        open_store(f"sqlite:///{tmp_path}/none/errors.db")


@pytest.mark.parametrize("way", ["deleted", "moved", "folder deleted", "another in its place"])
def test_a_file_that_goes_while_it_is_used(tmp_path, way):
    """Counts go on in a new file where the old one was, or the store says that there is no such folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    file = folder / "errors.db"
    with closing(SQLiteStore(file)) as store:
        store.apply(batch(1, NOW, counters=COUNTERS))
        if way == "moved":
            folder.rename(tmp_path / "old")
            folder.mkdir()
        elif way == "folder deleted":
            shutil.rmtree(folder)
            with pytest.raises(ConfigurationError, match="its folder does not exist"):
                store.apply(batch(2, NOW, counters=COUNTERS))
            folder.mkdir()
        else:
            for each in folder.iterdir():
                each.unlink()
        if way == "another in its place":
            _told(file, number=7)
        store.apply(batch(9, NOW, counters=COUNTERS))
        before = 1 if way == "another in its place" else 0
        assert everything(store).counts == {"route:/a": 1 + before}


def test_file_that_cannot_be_made():
    """Is told with what the system says."""
    with pytest.raises(StorageError, match=r"errors\.db, because the file cannot be made \("):
        SQLiteStore("/sys/errors.db").apply(batch(1, NOW))


def test_file_of_a_newer_version_is_left_alone(file, store):
    """To update is up to people; older workers keep their counts meanwhile, and harm nothing."""
    _told(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 2")
    before = file.read_bytes()
    for do in (lambda: store.apply(batch(2, NOW)), lambda: store.purge(NOW), lambda: everything(store)):
        with pytest.raises(ConfigurationError, match="newer version of errcore"):
            do()
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "make",
    ["CREATE TABLE groups (id)", "PRAGMA user_version = 1", "PRAGMA application_id = 7"],
)
@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_database_of_something_else_is_left_alone(file, store, make, mode):
    """Whichever way it can be told."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute(make)
    before = file.read_bytes()
    with pytest.raises(ConfigurationError, match="database of something else"):
        store.apply(batch(1, NOW))
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_file_that_is_no_database_is_left_alone(file, store):
    """As a log that somebody named."""
    file.write_bytes(b"2026-01-01 GET /\n" * 1000)
    with pytest.raises(StorageError, match="it is no database; name another file") as refused:
        store.apply(batch(1, NOW))
    assert isinstance(refused.value.__cause__, sqlite3.DatabaseError)
    assert str(file.parent) not in str(refused.value)  # where it is may be nobody's business
    assert file.read_bytes() == b"2026-01-01 GET /\n" * 1000


def test_damaged_file_is_told(file, store):
    """With what to do; and a new one is made when it was moved away."""
    _told(file)
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(StorageError, match="it is damaged; move it away"):
        store.apply(batch(2, NOW, counters=COUNTERS))
    file.unlink()
    store.apply(batch(2, NOW, counters=COUNTERS))
    assert everything(store).counts == {"route:/a": 1}


def test_folder_in_place_of_the_file(tmp_path):
    """Is told in the words of SQLite."""
    with pytest.raises(StorageError, match="SQLite says: unable to open database file"):
        SQLiteStore(tmp_path).apply(batch(1, NOW))


def test_half_made_file_is_finished(file, store):
    """A worker may be killed before it has made the tables."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=wal")
    store.apply(batch(1, NOW, counters=COUNTERS))
    assert everything(store).counts == {"route:/a": 1}


def test_worker_that_was_faster(file, monkeypatch):
    """The tables are made once, if two look at the same moment."""
    looked = []

    def look(connection):
        looked.append(has_tables(connection))
        if len(looked) == 1:
            connection.execute("COMMIT")
            _told(file)
            connection.execute("BEGIN")
        return looked[-1]

    has_tables = sqlite_file._has_tables
    monkeypatch.setattr(sqlite_file, "_has_tables", look)
    _told(file, 2)
    assert looked[0] is False
    assert looked[-1] is True
    with closing(SQLiteStore(file)) as store:
        assert everything(store).counts == {"route:/a": 2}


def test_log_of_sqlite_stays_small(file, store):
    """A large batch makes it large; with the next ones it has 4 MiB again."""
    large = {(f"route:/{each}".ljust(290, "x"), int(NOW // 60)): 1 for each in range(9000)}
    log = file.with_name(f"{file.name}-wal")
    store.apply(batch(1, NOW, counters=large))
    assert log.stat().st_size > 4 * 2**20
    for number in (2, 3):
        store.apply(batch(number, NOW, counters=COUNTERS))
    assert log.stat().st_size <= 4 * 2**20


def test_file_that_somebody_reads_is_not_changed_for_good(file, store, monkeypatch):
    """The log of SQLite is switched on when nobody looks; until then it goes without."""
    monkeypatch.setattr(sqlite_file, "_WAIT", 0.01)
    _told(file)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=delete")
        other.execute("BEGIN")
        other.execute("SELECT * FROM counts").fetchall()
        assert everything(store).counts == {"route:/a": 1}
        other.execute("COMMIT")
        assert other.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_details_of_a_code_change_nothing():
    """SQLite tells several sorts of the same trouble apart."""
    problem = sqlite3.OperationalError("database is locked")
    problem.sqlite_errorcode = sqlite3.SQLITE_BUSY_TIMEOUT
    assert "apply the same batch again" in str(sqlite_file.storage_error(problem, "/srv/errors.db"))


def test_words_of_sqlite_are_one_short_line():
    """It may have read them out of the file."""
    told = str(sqlite_file.storage_error(sqlite3.OperationalError("no\nsuch " * 99), "/srv/errors.db"))
    assert "\n" not in told
    assert len(told) < 300


def test_process_that_writes_for_long_is_told(file, store, monkeypatch):
    """Nobody waits for more than two seconds, and what could not be written can be later."""
    monkeypatch.setattr(sqlite_file, "_WAIT", 0.01)
    _told(file)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(
            StorageError, match="another process wrote for more than 0 seconds; apply the same batch again"
        ):
            store.apply(batch(2, NOW, counters=COUNTERS))
        assert everything(store).counts == {"route:/a": 1}  # to read, nobody waits
        other.execute("ROLLBACK")
    store.apply(batch(2, NOW, counters=COUNTERS))
    assert everything(store).counts == {"route:/a": 2}
