# SPDX-License-Identifier: MIT
"""The table of stores, run against those that errcore brings; and random histories, of which all say what memory says.

Stores of other files join in with `STORE_CASES` of `errcore.testing.stores` and `HISTORIES` of `store_histories`.
"""

from __future__ import annotations

import itertools
import sys

import pytest
from hypothesis import given, settings
from store_histories import HISTORIES, PLACES, as_memory, told

from errcore.errors.stock import ConfigurationError
from errcore.monitor import stores
from errcore.monitor.stores import MemoryStore, Scope, Store, open_store
from errcore.monitor.stores.sqlite import SQLiteStore
from errcore.testing.stores import STORE_CASES, StoreCase


@pytest.mark.parametrize("case", STORE_CASES, ids=str)
def test_memory(case):
    """A store in memory passes."""
    case.check(MemoryStore)


@pytest.mark.parametrize("case", STORE_CASES, ids=str)
def test_sqlite(case, tmp_path):
    """A store in a file passes."""
    case.check(lambda most_groups=512: SQLiteStore(tmp_path / "errors.db", most_groups=most_groups))


def test_names_of_cases_are_unique():
    """And each says what it proves."""
    assert len({case.name for case in STORE_CASES}) == len(STORE_CASES)
    assert all(case.proves for case in STORE_CASES)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Names of files that there are not yet."""
    folder = tmp_path_factory.mktemp("histories")
    return (folder / f"{number}.db" for number in itertools.count())


@settings(max_examples=settings.default.max_examples // 2)
@given(history=HISTORIES)
def test_sqlite_says_what_memory_says(files, history):
    """Counts, groups, changes, samples and workers, after each step of any history."""
    file = next(files)
    assert told(SQLiteStore(file, most_groups=PLACES), history) == as_memory(history)
    file.unlink()


class _Forgetful(MemoryStore):
    """A store that applies what it is told twice, twice."""

    closed = 0

    def apply(self, batch):
        self._workers.clear()
        return super().apply(batch)

    def close(self):
        type(self).closed += 1


def test_case_tells_what_is_wrong_and_closes_what_it_made():
    """In words."""
    (once,) = (case for case in STORE_CASES if case.name == "once")
    with pytest.raises(AssertionError, match=r"a series: 6 instead of 3"):
        once.check(_Forgetful)
    assert _Forgetful.closed == 1


def test_threads_tell_what_went_wrong():
    """Also where it went wrong elsewhere."""

    class Broken(MemoryStore):
        def apply(self, batch):
            raise OSError("gone")

    (threads,) = (case for case in STORE_CASES if case.name == "threads")
    with pytest.raises(AssertionError, match=r"what went wrong: \[OSError\('gone'\)"):
        threads.check(Broken)


def test_case_of_ones_own():
    """What stands in the table is a function like any other."""
    seen = []
    own = StoreCase("own", "something", lambda make: seen.append((make().scope, make(4)._most)))
    own.check(MemoryStore)
    assert (str(own), seen) == ("own", [(Scope.WORKER, 4)])


def test_address_of_each_store(tmp_path, monkeypatch):
    """An address makes a store, and a store is one already; nothing is written by that."""
    monkeypatch.chdir(tmp_path)
    memory = open_store("memory://")
    assert type(memory) is MemoryStore
    assert open_store(memory) is memory
    assert type(open_store("sqlite:///errors.db")) is SQLiteStore
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "address",
    ["", "errors.db", "mysql://user:secret@host/db", "secret\x1b[31m", None, 7, object()],
    ids=range(7),
)
def test_what_is_no_address_is_refused(address):
    """And not told, since it may hold a password."""
    with pytest.raises(ConfigurationError) as refused:
        open_store(address)
    assert "user" not in str(refused.value)
    assert "errors" not in str(refused.value).partition("because")[0]
    assert "\x1b" not in str(refused.value)


def test_store_whose_library_is_missing(monkeypatch):
    """Is refused with what to install."""

    class NotInstalled:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name == "redis":
                raise ModuleNotFoundError("No module named 'redis'", name="redis")

    for name in [each for each in sys.modules if each.startswith(("errcore.extras.redis", "redis"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NotInstalled, *sys.meta_path])
    with pytest.raises(ConfigurationError, match=r"pip install 'errcore\[redis\]'") as refused:
        open_store("redis://user:secret@host")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("missing", ["async_timeout", "redis.backoff", "_sqlite3"])
@pytest.mark.parametrize("scheme", ["redis", "sqlite"])
def test_other_modules_that_are_missing_are_no_extras(monkeypatch, missing, scheme):
    """Nothing that could be installed by that name would help: what Python says is said."""

    def refuse(_name):
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    monkeypatch.setattr(stores, "import_module", refuse)
    with pytest.raises(ModuleNotFoundError, match=missing):
        open_store(f"{scheme}:///x")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("counts.db", '"sqlite:///counts.db"'),
        ("/var/lib/counts.sqlite3", '"sqlite:////var/lib/counts.sqlite3"'),
        ("hunter2", '"sqlite:///errors.db"'),
        ("mysql://hunter2@host", '"sqlite:///errors.db"'),
    ],
)
def test_addresses_are_shown_as_they_are_written(address, shown):
    """With which a file's name becomes one, and what else there is."""
    with pytest.raises(ConfigurationError) as refused:
        open_store(address)
    assert f"write {shown}" in str(refused.value) or f"{shown}, " in str(refused.value)
    assert '"redis://host:6379/0"' in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("missing", [("purge",), ("apply", "close"), ("scope",)])
def test_half_a_store_is_refused(missing):
    """Before anything is counted, with what it has not."""
    has = dict.fromkeys(("apply", "read", "samples", "set_state", "purge", "renew", "close", "scope"), print)
    whole = type("Whole", (), has)()
    assert open_store(whole) is whole
    half = type("Half", (), {name: has[name] for name in has if name not in missing})()
    with pytest.raises(ConfigurationError, match=f"in a Half, because it has no {', '.join(missing)}; pass"):
        open_store(half)


def test_all_of_a_store_is_asked_for():
    """A method that the protocol gets is one that a given store must have."""
    assert {*stores._METHODS, "scope"} == {name for name in vars(Store) if not name.startswith("_")}
