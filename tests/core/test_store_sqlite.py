# SPDX-License-Identifier: MIT
"""A store in a file: where that is, who may read it, and what is in it."""

from __future__ import annotations

import gc
import os
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from errcore.errors.stock import ConfigurationError
from errcore.monitor.groups import Group
from errcore.monitor.stores.sqlite import SQLiteStore, open_store
from errcore.monitor.windows import HOUR
from errcore.testing.stores.material import batch, counts, everything, facts

NOW = 1_700_000_000.0
COUNTERS = {("route:/a", int(NOW // 60)): 1}


@pytest.fixture
def file(tmp_path):
    """A file that there is not yet."""
    return tmp_path / "errors #1?.db"  # as a path, not as an address, it may have any name


@pytest.fixture
def store(file):
    """A store that is closed after the test."""
    with closing(SQLiteStore(file)) as opened:
        yield opened


def _told(file, number=1):
    with closing(SQLiteStore(file)) as store:
        store.apply(batch(number, NOW, counters=COUNTERS))


def test_nothing_is_made_before_first_use(file, store):
    """An application that never counts leaves nothing behind; nor does one that only starts."""
    store.close()
    assert not file.exists()
    everything(store)
    assert file.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_the_owner_may_read_it(file, store):
    """Nor what SQLite puts beside it, whatever the process gives to others."""
    before = os.umask(0)
    try:
        store.apply(batch(1, NOW, counters=COUNTERS))
        modes = {
            each.name[len(file.name) :]: stat.S_IMODE(each.stat().st_mode) for each in file.parent.iterdir()
        }
    finally:
        os.umask(before)
    assert modes == {"": 0o600, "-wal": 0o600, "-shm": 0o600}


def test_closed_file_is_one_file(file):
    """It may be copied."""
    _told(file)
    assert list(file.parent.iterdir()) == [file]
    with closing(SQLiteStore(file)) as store:
        assert everything(store).counts == {"route:/a": 1}


def test_relative_path_is_that_of_now(tmp_path, monkeypatch):
    """A daemon that changes its directory later counts where it was told to."""
    monkeypatch.chdir(tmp_path)
    with closing(open_store("sqlite:///errors.db")) as store:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        everything(store)
        assert (tmp_path / "errors.db").exists()


def test_absolute_address(file):
    """Four slashes."""
    path = file.with_name("errors.db")
    with closing(open_store(f"sqlite:///{path}")) as store:
        everything(store)
    assert path.exists()


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:errors.db",
        "sqlite://secret@host/errors.db",
        "sqlite:///:memory:",
        "sqlite:///secret.db?mode=ro",
        "sqlite:///secret.db#1",
        "sqlite:///secret\0.db",
    ],
)
def test_other_addresses_are_refused(address):
    """With the two that there are, and without the one that it was."""
    with pytest.raises(ConfigurationError, match="fourth") as refused:
        open_store(address)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "wrong", [{"most_groups": 0}, {"most_groups": 4097}, {"most_bytes": 1024 * 1024 - 1}]
)
def test_bounds_are_bounded(file, wrong):
    """What would not fit is refused before anything is made."""
    with pytest.raises(ConfigurationError, match="pass"):
        SQLiteStore(file, **wrong)
    gc.collect()


@pytest.mark.parametrize("most", [1, 4096])
def test_bounds_themselves_are_allowed(file, most):
    """The least file, with the fewest groups and with the most."""
    with closing(SQLiteStore(file, most_groups=most, most_bytes=1024 * 1024)) as store:
        store.apply(batch(1, NOW, counts("BROKEN", NOW)))
        assert set(everything(store).groups) == {facts("BROKEN").id}


class _Interrupted(dict):
    """Counters in the middle of which somebody presses a key."""

    def items(self):
        raise KeyboardInterrupt


def test_batch_that_is_broken_off_leaves_nothing(store):
    """All of it or nothing; the next one is written as if there had been none."""
    store.apply(batch(1, NOW, counts("OLD", NOW)))
    with pytest.raises(KeyboardInterrupt):
        store.apply(batch(2, NOW, counts("BROKEN", NOW), counters=_Interrupted(COUNTERS)))
    assert set(everything(store).groups) == {facts("OLD").id}
    store.apply(batch(2, NOW, counts("BROKEN", NOW)))
    assert set(everything(store).groups) == {facts("OLD").id, facts("BROKEN").id}


def test_group_that_a_batch_has_twice(store):
    """Is counted twice, and told once."""
    (told,) = store.apply(batch(1, NOW, counts("BROKEN", NOW, 2), counts("BROKEN", NOW + 1, 3)))
    group = everything(store).groups[facts("BROKEN").id]
    assert (group.count, group.first_seen, group.last_seen, told.group.facts) == (
        5,
        NOW,
        NOW + 1,
        group.facts,
    )


def test_long_names_are_cut(store):
    """To 300 characters."""
    store.apply(batch(1, NOW, counters={("route:/" + "x" * 9000, 1): 1, ("route:/" + "x" * 8000, 1): 2}))
    assert everything(store).counts == {"route:/" + "x" * 293: 3}


def test_series_that_nobody_counts_is_forgotten(file, store):
    """Routes come and go; their names take no room for ever."""
    hours = 36 * 24 * 3600
    store.apply(batch(1, NOW, counters={("route:/old", int(NOW // 60)): 1, ("route:/a", int(NOW // 60)): 1}))
    store.apply(batch(2, NOW + hours, counters={("route:/a", int((NOW + hours) // 60)): 1}))
    store.purge(NOW + hours)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM series").fetchall() == [("route:/a",)]
        assert connection.execute("SELECT count(*) FROM counts").fetchall() == [(2,)]


def test_series_is_there_as_long_as_any_of_its_hours(store):
    """Also of a batch that comes late, and has old hours and new ones."""
    minute, days = int(NOW // 60), 35 * 24 * 60
    for number, counters in enumerate(
        (
            {("route:/a", minute): 1, ("route:/a", minute + days): 2, ("route:/a", minute + 60): 4},
            {("route:/a", minute): 8, ("route:/b", minute + days): 16},
        )
    ):
        store.apply(batch(number + 1, NOW, counters=counters))
    store.purge(NOW + (days + 180) * 60)
    assert everything(store, HOUR).counts == {"route:/a": 2, "route:/b": 16}


def test_bound_was_lowered(file):
    """Groups stay until they would have given way anyway."""
    with closing(SQLiteStore(file)) as store:
        store.apply(batch(1, NOW, *(counts(f"G{each}", NOW, 2) for each in range(5))))
    with closing(SQLiteStore(file, most_groups=2)) as store:
        store.apply(batch(2, NOW, counts("NEW", NOW), worker="worker-2"))
        assert {group.facts.code for group in everything(store).groups.values()} == {
            *(f"G{each}" for each in range(5)),
            "_other",
        }


def test_file_that_was_taken_away_is_made_anew(file, store):
    """Also if that was while the store was closed."""
    _told(file)
    everything(store)
    store.close()
    file.unlink()
    store.apply(batch(2, NOW, counters=COUNTERS))
    assert everything(store).counts == {"route:/a": 1}


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="this system does not say what is open")
def test_store_that_nobody_closed_is_closed(file):
    """When nobody has it any more."""

    def opened():
        return str(file) in " ".join(
            os.readlink(each) for each in Path("/proc/self/fd").iterdir() if os.path.lexists(each)
        )

    store = SQLiteStore(file)
    everything(store)
    assert opened()
    del store
    gc.collect()
    assert not opened()


def test_group_in_the_file_is_json(file, store):
    """For those who look with other tools."""
    (told,) = store.apply(batch(1, NOW, counts("BROKEN", NOW)))
    with closing(sqlite3.connect(file)) as connection:
        ((document,),) = connection.execute(
            "SELECT json_extract(document, '$.facts.code') FROM groups WHERE count = 1"
        )
    assert document == "BROKEN"
    assert isinstance(told.group, Group)
