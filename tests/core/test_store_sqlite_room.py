# SPDX-License-Identifier: MIT
"""A store that is full, or whose disk is: batches fail or old things make room, and what was written stays whole."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from policy_ways import forking, in_a_child
from small_disk import on_a_small_disk

from errcore.errors.dependencies import StorageError
from errcore.monitor.stores.sqlite import SQLiteStore
from errcore.monitor.stores.sqlite_batches import make_room
from errcore.monitor.windows import HOUR
from errcore.testing.stores.material import batch, counts, everything, facts, sample

NOW = 1_700_000_000.0


def _whole(path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _small(path, pages, most_groups=512):
    store = SQLiteStore(path, most_groups=most_groups)
    store._bytes = pages * 4096  # less than anybody may ask for
    return store


def test_the_oldest_makes_room(tmp_path):
    """However long it counts: nothing is ever refused, the file stays small, and groups are exact."""
    path = tmp_path / "errors.db"
    with closing(_small(path, 40)) as store:
        for number in range(1, 201):
            time = NOW + number * 61
            told = batch(
                number,
                time,
                counts(f"G{number % 5}", time, 2),
                counters={(f"route:/{each}", int(time // 60)): 1 for each in range(100)},
                samples=tuple(sample(f"{number}.{each}", time + each, f"G{number % 5}") for each in range(3)),
            )
            store.apply(told)
        found, hours = everything(store), everything(store, HOUR)
        assert sum(group.count for group in found.groups.values()) == 400
        assert 10 <= found.counts["route:/7"] < 200
        assert found.counts["route:/7"] <= hours.counts["route:/7"] <= 200
        assert [each.id for each in store.samples(facts("G0").id)][-1] == "200.2"
    assert path.stat().st_size <= 40 * 4096
    assert _whole(path)


def test_hours_make_room_too(tmp_path):
    """The oldest of them, where minutes are few."""
    with closing(_small(tmp_path / "errors.db", 60)) as store:
        for number in range(1, 101):
            time = NOW + number * HOUR
            counters = {(f"route:/{each}", int(time // 60)): 1 for each in range(100)}
            store.apply(batch(number, time, counters=counters))
        last = int(time // HOUR)
        assert store.read(HOUR, last - 5).counts["route:/7"] == 6
        assert everything(store, HOUR).counts["route:/7"] < 100
    assert _whole(tmp_path / "errors.db")


def test_groups_make_room_at_last(tmp_path):
    """Where there is nothing else, those that were seen longest ago are counted among the others."""
    with closing(_small(tmp_path / "errors.db", 40)) as store:
        for number in range(1, 41):
            several = (counts(f"G{number}.{each}", NOW + number / 10, 1, {"x" * 400: 1}) for each in range(5))
            store.apply(batch(number, NOW + number / 10, *several))
        groups = everything(store).groups
        assert sum(group.count for group in groups.values()) == 200
        assert 20 < len(groups) < 200
        assert facts("G40.1").id in groups
        assert facts("G1.1").id not in groups
    assert _whole(tmp_path / "errors.db")


def _made_room(store, time) -> None:
    """What a full store does before it tries again."""
    store.close()
    with closing(sqlite3.connect(store._path, isolation_level=None)) as connection:
        make_room(connection, time)


def test_older_half_of_the_minutes_goes(tmp_path):
    """Of two the older one; their hour has both."""
    with closing(SQLiteStore(tmp_path / "errors.db")) as store:
        minute = int(NOW // HOUR) * 60
        counters = {("route:/a", minute): 1, ("route:/a", minute + 1): 2}
        store.apply(batch(1, NOW, counters=counters))
        _made_room(store, (minute + 1) * 60)
        assert everything(store).counts == {"route:/a": 2}
        assert everything(store, HOUR).counts == {"route:/a": 3}


@pytest.mark.parametrize(("many", "left"), [(2, 1), (4, 3), (5, 4), (8, 6)])
def test_oldest_quarter_of_the_hours_goes(tmp_path, many, left):
    """One at least."""
    with closing(SQLiteStore(tmp_path / "errors.db")) as store:
        first = int(NOW // HOUR)
        store.apply(
            batch(1, NOW, counters={("route:/a", (first + each) * 60): 10**each for each in range(many)})
        )
        _made_room(store, (first + many - 1) * HOUR)
        kept = sum(10**each for each in range(many - left, many))
        assert everything(store, HOUR).counts == {"route:/a": kept}


def test_older_half_of_the_samples_goes(tmp_path):
    """One at least."""
    with closing(SQLiteStore(tmp_path / "errors.db")) as store:
        told = tuple(sample(f"e{each}", NOW + each) for each in range(3))
        store.apply(batch(1, NOW, counts("BROKEN", NOW), samples=told))
        for left in (["e2"], []):
            _made_room(store, NOW)
            assert [each.id for each in store.samples(facts("BROKEN").id)] == left


def test_what_is_old_goes_first(tmp_path):
    """And is not counted among the others."""
    with closing(SQLiteStore(tmp_path / "errors.db")) as store:
        later = NOW + 36 * 24 * HOUR
        store.apply(batch(1, NOW, counts("OLD", NOW), worker="worker-1"))
        store.apply(batch(1, later, counts("NEW", later), worker="worker-2"))
        _made_room(store, later)
        found = everything(store)
        assert (set(found.groups), set(found.workers)) == ({facts("NEW").id}, {"worker-2"})


def test_groups_go_by_quarters(tmp_path):
    """Those that were seen longest ago, however much was counted of them, when there is nothing else."""
    with closing(SQLiteStore(tmp_path / "errors.db")) as store:
        several = (counts(f"G{each}", NOW + each, 9 - each) for each in range(5))
        store.apply(batch(1, NOW, *several))
        for left in (("G2", "G3", "G4"), ("G3", "G4"), ("G4",), ()):
            _made_room(store, NOW)
            found = {group.facts.code: group.count for group in everything(store).groups.values()}
            assert found.pop("_other") == 35 - sum(found.values())
            assert tuple(found) == left


def test_batch_for_which_there_is_no_room_at_all(tmp_path):
    """Is refused whole, each time, and the next one is not."""
    with closing(_small(tmp_path / "errors.db", 30)) as store:
        store.apply(batch(1, NOW, counts("BROKEN", NOW)))
        large = {(f"route:/{each}", int(NOW // 60)): 1 for each in range(9000)}
        for _ in range(3):
            with pytest.raises(StorageError, match="no room for more; make room on its disk"):
                store.apply(batch(2, NOW, counts("OTHER", NOW), counters=large))
        store.apply(batch(2, NOW, counts("BROKEN", NOW)))
        found = everything(store)
        assert sum(group.count for group in found.groups.values()) == 2
        assert not any(name.startswith("route:") for name in found.counts)
    assert _whole(tmp_path / "errors.db")


def test_counts_of_the_future_do_not_make_the_present_old(tmp_path):
    """A worker whose clock was a year ahead costs the others nothing."""
    with closing(_small(tmp_path / "errors.db", 60)) as store:
        ahead = NOW + 365 * 86_400
        store.apply(batch(1, ahead, counters={("route:/a", int(ahead // 60)): 1}, worker="ahead"))
        for number in range(1, 101):
            time = NOW + number * 60
            counters = {(f"route:/{each}", int(time // 60)): 1 for each in range(60)}
            store.apply(batch(number, time, counters=counters))
        assert everything(store).counts["route:/7"] > 5


def _filled(store):
    """Tell a store more until it fails; how many batches it took."""
    number = 0
    try:
        while number < 2000:
            time = NOW + number
            counters = {(f"route:/{number}/{each}", int(time // 60)): 1 for each in range(40)}
            store.apply(batch(number + 1, time, counts("BROKEN", time), counters=counters))
            number += 1
    except StorageError:
        return number
    return None


@forking
def test_file_that_may_not_grow(tmp_path):
    """A limit of the process is an error of writing: what was taken is there, and it goes on when the limit is gone."""
    import resource

    path = tmp_path / "errors.db"

    def work():
        store = SQLiteStore(path)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, hard))
        number = _filled(store)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        count = everything(store).groups[facts("BROKEN").id].count
        store.apply(batch(number + 1, NOW, counts("BROKEN", NOW)))
        after = everything(store).groups[facts("BROKEN").id].count
        store.close()
        return (count, after) == (number, number + 1) and number > 10 and _whole(path)

    assert in_a_child(work) == 0


SMALL = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_store_sqlite_room import NOW, SQLiteStore, StorageError, _filled, _whole
from errcore.testing.stores.material import batch, counts, everything, facts

root = Path(sys.argv[1])
(root / "ballast").write_bytes(b"x" * 400_000)
store = SQLiteStore(root / "errors.db")
number = _filled(store)
assert number > 5, number
try:
    store.apply(batch(number + 1, NOW, counts("BROKEN", NOW)))
except StorageError as problem:
    assert "no room" in str(problem), problem
else:
    number += 1  # a small one may find room still
(root / "ballast").unlink()
store.apply(batch(number + 1, NOW, counts("BROKEN", NOW)))
assert everything(store).groups[facts("BROKEN").id].count == number + 1
store.close()
assert _whole(root / "errors.db")
"""


def test_full_disk(tmp_path):
    """On a file system of 1 MB that somebody else fills: batches fail, nothing is lost, and it goes on with room."""
    done = subprocess.run(
        [*on_a_small_disk(tmp_path), sys.executable, "-c", SMALL, tmp_path, Path(__file__).parent],
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@forking
def test_folder_that_may_only_be_read():
    """Neither a new file nor one that is there; counting goes on when it may be written to."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "errors.db")
        with closing(SQLiteStore(path)) as store:
            store.apply(batch(1, NOW, counts("BROKEN", NOW)))
        nobody = 65534
        if os.getuid() == 0:
            os.chown(path, nobody, nobody)
        Path(folder).chmod(0o555)

        def work():
            if os.getuid() == 0:  # whom modes do not bind
                os.setgid(nobody)
                os.setuid(nobody)
            for name in ("errors.db", "new.db"):
                try:
                    SQLiteStore(f"{folder}/{name}").apply(batch(2, NOW, counts("BROKEN", NOW)))
                except StorageError:
                    continue
                return False
            return True

        try:
            assert in_a_child(work) == 0
        finally:
            Path(folder).chmod(0o700)
        with closing(SQLiteStore(path)) as store:
            store.apply(batch(2, NOW, counts("BROKEN", NOW)))
            assert everything(store).groups[facts("BROKEN").id].count == 2
