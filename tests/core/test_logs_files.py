# SPDX-License-Identifier: MIT
"""Log files: rotated within their bounds, whole lines only, and a file that cannot be written costs lines, not calls."""

from __future__ import annotations

import errno
import fcntl
import gc
import json
import logging
import multiprocessing
import os
import pickle
import resource
import stat
import threading
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest

from errcore import ConfigurationError, clock, forks
from errcore.logs import Category, FileSink, LogSinks, log_directory
from errcore.logs.sinks import file_sink, open_file
from errcore.testing import FakeClock

SMALL = 16_384


def numbered(number, size=1000):
    return json.dumps({"n": number}).ljust(size - 1) + "\n"


def numbers(*paths):
    """What was written, as numbers, from the oldest file to the newest; every line is whole."""
    return [json.loads(line).get("n") for path in paths for line in path.read_text().splitlines() if line]


def files_of(path):
    """The current file and its old ones, the oldest first."""
    found = [each for each in path.parent.iterdir() if each.name.startswith(path.name)]
    return sorted(found, key=lambda each: -int(each.name.removeprefix(path.name).lstrip(".") or 0))


def test_line_that_does_not_fit_begins_a_new_file(tmp_path):
    """No file is longer than allowed, old ones count up, and all lines are there in order."""
    path = tmp_path / "app.log"
    with FileSink(path, max_bytes=SMALL, files=100) as sink:
        assert all(sink.write(numbered(number)) for number in range(100))

    files = files_of(path)
    assert [each.name for each in files] == [*(f"app.log.{number}" for number in range(6, 0, -1)), "app.log"]
    assert max(each.stat().st_size for each in files) == 16_000
    assert numbers(*files) == list(range(100))


def test_line_that_just_fits_stays(tmp_path):
    """A file may be as long as allowed, to the last byte."""
    path = tmp_path / "app.log"
    with FileSink(path, max_bytes=SMALL) as sink:
        assert all(sink.write(numbered(number, 1024)) for number in range(17))

    assert [each.stat().st_size for each in files_of(path)] == [SMALL, 1024]


def test_line_that_fits_into_no_file_has_one_for_itself(tmp_path):
    """As of a sink that is written to directly; no empty file is left of it."""
    path = tmp_path / "app.log"
    with FileSink(path, max_bytes=SMALL) as sink:
        assert all(sink.write(numbered(number, 20_000)) for number in range(2))

    assert [each.stat().st_size for each in files_of(path)] == [20_000, 20_000]


@pytest.mark.parametrize(
    ("files", "total", "kept"),
    [(3, None, 3), (3, 10 * SMALL, 3), (10, 2 * SMALL, 2), (10, 60_000, 3), (1, None, 1)],
)
def test_old_files_are_removed(tmp_path, files, total, kept):
    """Beyond the number, or beyond the room, the oldest go first; what is left is the newest, without a gap."""
    path = tmp_path / "app.log"
    sink = FileSink(path, max_bytes=SMALL, files=files, total_bytes=total)
    for number in range(200):
        sink.write(numbered(number))
        assert sum(each.stat().st_size for each in files_of(path)) <= (total or files * SMALL)
    sink.close()

    assert len(files_of(path)) == kept
    left = numbers(*files_of(path))
    assert left == list(range(200 - len(left), 200))


def test_files_may_fill_all_of_the_room(tmp_path):
    """To the last byte."""
    path = tmp_path / "app.log"
    with FileSink(path, max_bytes=SMALL, files=9, total_bytes=3 * SMALL) as sink:
        for number in range(80):
            sink.write(numbered(number, 1024))

    assert [each.stat().st_size for each in files_of(path)] == [SMALL] * 3


def test_names_that_are_none_of_ours_are_left_alone(tmp_path):
    """However few files there may be; a link that leads nowhere is a file as any other."""
    path = tmp_path / "app.log"
    strangers = {"app.log.0", "app.log.01", "app.log.1234567890", "app.log.-1"}
    for name in strangers:
        (tmp_path / name).touch()
    (tmp_path / "app.log.1").symlink_to("nowhere")
    for files in (9, 1):
        with FileSink(path, max_bytes=SMALL, files=files) as sink:
            for number in range(17):
                sink.write(numbered(number))
        found = {each.name for each in tmp_path.iterdir()}
        assert found == strangers | ({"app.log", "app.log.1", "app.log.2"} if files == 9 else {"app.log"})
        assert (tmp_path / "app.log.2").is_symlink() == (files == 9)


def test_gap_in_the_numbers_is_filled(tmp_path):
    """Whoever was killed in the middle of rotating, or removed a file, costs nothing; strangers' files are left alone."""
    path = tmp_path / "app.log"
    for name in (
        "app.log.1",
        "app.log.2",
        "app.log.4",
        "app.log.01",
        "app.log.gz",
        "app.log.2.gz",
        "other.log.1",
    ):
        (tmp_path / name).write_text(name)
    with FileSink(path, max_bytes=SMALL, files=9) as sink:
        for number in range(17):
            sink.write(numbered(number))

    texts = {each.name: each.read_text() for each in tmp_path.iterdir()}
    assert (texts["app.log.2"], texts["app.log.3"], texts["app.log.4"]) == (
        "app.log.1",
        "app.log.2",
        "app.log.4",
    )
    assert numbers(tmp_path / "app.log.1", path) == list(range(17))
    assert texts.keys() >= {"app.log.01", "app.log.gz", "app.log.2.gz", "other.log.1"}


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_permissions_are_those_that_were_asked_for(tmp_path, umask):
    """Whatever the umask is: the group reads logs, and nobody else those of security events."""
    before = os.umask(umask)
    try:
        sinks = log_directory(tmp_path / "logs" / "agents")
        for category in Category:
            assert sinks.place(category).write("{}\n")
        sinks.close()
    finally:
        os.umask(before)

    assert {
        each.name: stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "logs" / "agents").iterdir()
    } == {
        "app.log": 0o640,
        "errors.log": 0o640,
        "performance.log": 0o640,
        "security.log": 0o600,
    }
    assert stat.S_IMODE((tmp_path / "logs" / "agents").stat().st_mode) == 0o750 & ~umask


def test_permissions_of_a_file_that_is_there_stay(tmp_path):
    """Who made it had a reason."""
    path = tmp_path / "app.log"
    path.touch(0o604)
    path.chmod(0o604)
    with FileSink(path) as sink:
        sink.write("{}\n")

    assert stat.S_IMODE(path.stat().st_mode) == 0o604


@pytest.mark.parametrize("how", ["renamed", "removed", "directory removed", "truncated"])
def test_file_that_others_moved_is_opened_anew(tmp_path, how):
    """Tools that rotate, and people who tidy, need not tell us."""
    path = tmp_path / "logs" / "app.log"
    sink = FileSink(path)
    sink.write(numbered(1))
    if how == "renamed":
        path.rename(tmp_path / "taken")
    elif how == "truncated":
        os.truncate(path, 0)
    else:
        path.unlink()
        if how == "directory removed":
            path.parent.rmdir()
    assert sink.write(numbered(2))
    assert sink.write(numbered(3))
    sink.close()

    assert numbers(path) == [2, 3]


def test_closed_sink_opens_again(tmp_path):
    """Closing lets go of the file, not of later lines."""
    sink = FileSink(tmp_path / "app.log")
    sink.close()
    assert sink.write(numbered(1))
    sink.close()
    assert sink.write(numbered(2))
    sink.close()

    assert numbers(tmp_path / "app.log") == [1, 2]


def test_full_device_costs_lines_and_is_left_behind(tmp_path, fake, capsys):
    """As on a full disk; when the path leads to one with room, writing goes on."""
    path, device = tmp_path / "app.log", tmp_path / "device"
    path.symlink_to("/dev/full")
    sink = FileSink(path)
    assert [sink.write(numbered(number)) for number in range(3)] == [False, False, False]
    device.symlink_to(tmp_path / "real")
    device.replace(path)
    assert not sink.write(numbered(3))
    fake.advance(5)
    assert sink.write(numbered(4))
    sink.close()

    notice, line = (tmp_path / "real").read_text().splitlines()
    assert json.loads(notice)["lost"] == {"ENOSPC": 4}
    assert json.loads(line) == {"n": 4}
    assert capsys.readouterr().err.count("\n") == 1


def test_file_that_others_closed_is_opened_anew(tmp_path, fake):
    """As by a program that becomes a daemon and closes all that is open: a line is lost, not all of them."""
    path = tmp_path / "app.log"
    sink = FileSink(path)
    sink.write(numbered(1))
    (theirs,) = (fd for fd in os.listdir("/proc/self/fd") if _leads_to(fd) == str(path))
    os.close(int(theirs))
    assert not sink.write(numbered(2))
    fake.advance(5)
    assert sink.write(numbered(3))
    sink.close()

    assert numbers(path) == [1, None, 3]


def _leads_to(fd):
    """What is open under a number; nothing if it is none by now."""
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except FileNotFoundError:
        return None


def test_torn_line_of_somebody_else_swallows_no_line(tmp_path):
    """A process that was killed in the middle of a line leaves a part of one; the next line begins anew."""
    path = tmp_path / "app.log"
    path.write_text('{"n": 1}\n{"torn": ')
    sink = FileSink(path)
    sink.write(numbered(2))
    with path.open("a") as other:
        other.write("again")
    sink.write(numbered(3))
    sink.close()

    lines = path.read_text().splitlines()
    assert lines[1] == '{"torn": '
    assert json.loads(lines[2]) == {"n": 2}
    assert (lines[3], json.loads(lines[4])) == ("again", {"n": 3})


def test_pipe_is_written_to_without_waiting(tmp_path, fake):
    """A pipe whose reader is slow takes what it holds, then lines are lost; a torn one swallows no other."""
    path = tmp_path / "app.log"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    sink = FileSink(path, max_bytes=SMALL)
    line = numbered(1, 10_000)
    while sink.write(line):
        pass
    first = os.read(reader, 10**6)
    fake.advance(5)
    assert sink.write(numbered(2))
    assert sink.write(numbered(3))
    sink.close()
    text = (first + os.read(reader, 10**6)).decode()
    lines = [line for line in text.split("\n") if line]
    os.close(reader)

    assert [json.loads(line).get("n") for line in lines[:6]] == [1] * 6
    assert text.endswith("\n" + numbered(2) + numbered(3))
    assert json.loads(lines[-3])["event"] == "log_lines_lost"


@pytest.mark.parametrize("locked", [True, False])
def test_line_that_fits_in_part_is_taken_back_if_nobody_else_writes(tmp_path, fake, locked):
    """Without the lock another one's line may be behind it, so that it stays, torn, on a line of its own."""
    path = tmp_path / "app.log"
    sink = FileSink(path)
    sink.write(numbered(1))
    os.truncate(path, 2**21)  # far beyond any other file that grows meanwhile
    with path.open("a") as other:
        other.write("\n")
    fd = None if locked else held(path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**21 + 11, hard))
    try:
        assert not sink.write(numbered(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    if fd is not None:
        os.close(fd)
    fake.advance(5)
    assert sink.write(numbered(3))
    sink.close()

    lines = path.read_text().splitlines()[2:]
    assert lines[:-2] == ([] if locked else [numbered(2)[:10]])
    assert json.loads(lines[-2])["lost"] == {"EFBIG": 1}
    assert json.loads(lines[-1]) == {"n": 3}


def test_line_behind_one_that_fits_in_part_stays(tmp_path, monkeypatch):
    """Who could not get the lock writes without, and what they wrote is not taken back with ours."""
    path = tmp_path / "app.log"
    sink = FileSink(path)
    sink.write(numbered(1))
    write, calls = os.write, []

    def short(fd, data):
        calls.append(data)
        if len(calls) == 1:
            return write(fd, data[:5])
        with path.open("a") as other:
            other.write("\ntheirs\n")
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "write", short)
    assert not sink.write(numbered(2))
    monkeypatch.undo()
    sink.close()

    assert path.read_text() == numbered(1) + numbered(2)[:5] + "\ntheirs\n"


def test_write_that_was_short_without_a_reason_is_completed(tmp_path, monkeypatch):
    """What is left over follows; if that is short again the disk is taken for full."""
    path = tmp_path / "app.log"
    room = [5, None, 5, 5]
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[: room.pop(0)]))
    sink = FileSink(path)
    assert sink.write(numbered(1))
    assert not sink.write(numbered(2))
    sink.close()
    monkeypatch.undo()

    assert path.read_text() == numbered(1)


def test_forked_child_opens_its_own_file(tmp_path):
    """What is open would share the lock with the parent."""
    sink = FileSink(tmp_path / "app.log")
    forks._renew_all()
    sink.write(numbered(1))
    before = sink._open
    forks._renew_all()
    sink.write(numbered(2))

    assert sink._open is not before
    sink.close()
    assert numbers(tmp_path / "app.log") == [1, 2]


def test_forked_child_tells_nothing_of_the_parents_losses(tmp_path, fake):
    """They are told once, by the parent."""
    path = tmp_path / "app.log"
    path.symlink_to("/dev/full")
    sink = FileSink(path)
    assert not sink.write(numbered(1))
    forks._renew_all()
    path.unlink()
    fake.advance(5)
    assert sink.write(numbered(2))
    sink.close()

    assert numbers(path) == [2]


def held(path):
    """A lock on a file, as another process has it."""
    fd = os.open(path, os.O_RDWR)
    fcntl.flock(fd, fcntl.LOCK_EX)
    return fd


def test_lock_that_nobody_lets_go_of_is_not_waited_for(tmp_path, fake):
    """A process was stopped while it held it: a tenth of a second once in five, and a thousandth for the lines between."""
    path = tmp_path / "app.log"
    sink = FileSink(path, max_bytes=SMALL)
    sink.write(numbered(0))
    fd = held(path)
    assert sink.write(numbered(1))
    waited = fake.monotonic()
    for number in range(2, 60):
        assert sink.write(numbered(number))
    assert 0.05 < waited < 0.2
    assert 0 < fake.monotonic() - waited < 58 * 0.001
    assert len(files_of(path)) == 1  # nobody rotates without the lock

    fake.advance(5)
    again = fake.monotonic()
    sink.write(numbered(60))
    assert fake.monotonic() > again + 0.05
    os.close(fd)
    sink.write(numbered(61))
    sink.close()
    assert numbers(*files_of(path)) == list(range(62))
    assert len(files_of(path)) == 2


@pytest.mark.parametrize("why", ["let go of", "another clock"])
def test_next_lock_is_waited_for_again(tmp_path, fake, why):
    """Once one was let go of, or where it was found held on a clock that is ahead of this one."""
    path = tmp_path / "app.log"
    sink = FileSink(path)
    sink.write(numbered(0))
    fd = held(path)
    with clock.using(FakeClock(monotonic=1e9)) if why == "another clock" else nullcontext():
        assert sink.write(numbered(1))
    if why == "let go of":
        os.close(fd)
        sink.write(numbered(2))
        fd = held(path)
    before = fake.monotonic()
    assert sink.write(numbered(3))
    assert fake.monotonic() > before + 0.05
    os.close(fd)
    sink.close()

    assert set(numbers(path)) >= {0, 1, 3}


def test_lock_that_others_have_for_moments_is_waited_for(tmp_path, fake, monkeypatch):
    """Also soon after it was stuck: with many writers, one look would find it taken each time, and nobody would rotate."""
    path = tmp_path / "app.log"
    sink = FileSink(path, max_bytes=SMALL)
    for number in range(16):
        sink.write(numbered(number))
    fd = held(path)
    sink.write(numbered(16))
    assert len(files_of(path)) == 1

    sleep = fake.sleep

    def sleeping(seconds):
        sleep(seconds)
        if seconds:
            monkeypatch.undo()
            os.close(fd)

    monkeypatch.setattr(fake, "sleep", sleeping)
    assert sink.write(numbered(17))
    sink.close()
    assert len(files_of(path)) == 2


def test_file_that_cannot_be_rotated_grows_up_to_the_total(tmp_path, fake, caplog):
    """Rather too long a file than no lines; but not without end."""
    path = tmp_path / "app.log"
    (tmp_path / "app.log.1").mkdir()
    (tmp_path / "app.log.1" / "stays").touch()
    sink = FileSink(path, max_bytes=SMALL, files=2)
    written = [sink.write(numbered(number, 1024)) for number in range(40)]
    assert written == [True] * 32 + [False] * 8
    assert path.stat().st_size == 2 * SMALL
    assert [record.getMessage() for record in caplog.records] == [
        "errcore survived a failure of rotating a log file (IsADirectoryError); further ones are counted, not logged."
    ]

    (tmp_path / "app.log.1" / "stays").unlink()
    (tmp_path / "app.log.1").rmdir()
    fake.advance(5)
    assert sink.write(numbered(40))
    sink.close()
    assert numbers(path) == [None, 40]


def test_file_system_without_locks_has_lines_all_the_same(tmp_path, monkeypatch):
    """There is no rotation then, and no waiting."""
    path = tmp_path / "app.log"

    def refuses(_fd, _what):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuses)
    with FileSink(path, max_bytes=SMALL) as sink:
        for number in range(20):
            assert sink.write(numbered(number))

    assert numbers(path) == list(range(20))


def test_file_that_is_moved_before_every_line_is_written_to_in_the_end(tmp_path, monkeypatch):
    """A name that never stays is no reason to search for ever."""
    monkeypatch.setattr(open_file.OpenFile, "is_current", lambda _file: False)
    with FileSink(tmp_path / "app.log") as sink:
        assert sink.write(numbered(1))

    assert numbers(tmp_path / "app.log") == [1]


@pytest.mark.parametrize("fsync", [False, True])
def test_line_in_the_middle_of_a_line(fsync, tmp_path, monkeypatch):
    """A finalizer or a signal handler that logs while its thread is writing gets its line, too."""
    path = tmp_path / "app.log"
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    sink = FileSink(path, fsync=fsync)
    is_current = open_file.OpenFile.is_current

    def interrupted(file):
        monkeypatch.setattr(open_file.OpenFile, "is_current", is_current)
        assert sink.write(numbered(2))
        return is_current(file)

    monkeypatch.setattr(open_file.OpenFile, "is_current", interrupted)
    assert sink.write(numbered(1))
    sink.close()

    assert numbers(path) == [2, 1]
    assert len(synced) == (3 if fsync else 0)  # each line, and the directory of the new file


def test_line_in_the_middle_of_a_line_of_a_full_file(tmp_path, monkeypatch):
    """It has no more room than other lines, and is counted as lost."""
    path = tmp_path / "app.log"
    sink = FileSink(path, max_bytes=SMALL, files=1)
    for number in range(16):
        sink.write(numbered(number))
    is_current = open_file.OpenFile.is_current

    def interrupted(file):
        monkeypatch.setattr(open_file.OpenFile, "is_current", is_current)
        assert not sink.write(numbered(16))
        return is_current(file)

    monkeypatch.setattr(open_file.OpenFile, "is_current", interrupted)
    assert sink.write(numbered(17, size=100))
    sink.close()

    assert (numbers(path), sink.lost) == ([*range(16), 17], 1)


def test_line_while_that_of_another_thread_hangs(tmp_path, monkeypatch):
    """It is written beside it after a while, and closing leaves the other thread its file."""
    monkeypatch.setattr(file_sink, "Turn", partial(forks.Turn, patience=0.001))
    path = tmp_path / "app.log"
    sink = FileSink(path)
    is_current = open_file.OpenFile.is_current
    begun, over = threading.Event(), threading.Event()

    def hangs(file):
        monkeypatch.setattr(open_file.OpenFile, "is_current", is_current)
        begun.set()
        over.wait()
        return is_current(file)

    monkeypatch.setattr(open_file.OpenFile, "is_current", hangs)
    hung = threading.Thread(target=sink.write, args=[numbered(1)], daemon=True)
    hung.start()
    begun.wait()
    assert sink.write(numbered(2))
    sink.close()
    over.set()
    hung.join()
    sink.close()

    assert (numbers(path), sink.lost) == ([2, 1], 0)


def test_every_line_can_be_on_the_disk_itself(tmp_path, monkeypatch):
    """With fsync the file is synced after each line, and its directory when it is made."""
    synced = []
    fsync = os.fsync

    def noted(fd):
        synced.append("directory" if stat.S_ISDIR(os.fstat(fd).st_mode) else "file")
        fsync(fd)

    monkeypatch.setattr(os, "fsync", noted)
    before = len(os.listdir("/proc/self/fd"))
    sinks = log_directory(tmp_path, fsync=True)
    sinks.security.write("{}\n")
    sinks.security.write("{}\n")
    sinks.app.write("{}\n")
    sinks.close()

    assert synced == ["directory", "file", "file"]
    assert len(os.listdir("/proc/self/fd")) == before


def test_file_that_cannot_be_given_its_permissions_is_closed(tmp_path, monkeypatch, fake):
    """What fails after opening leaves nothing open."""

    def refuses(_fd, _mode):
        raise PermissionError(1, "no")

    monkeypatch.setattr(os, "fchmod", refuses)
    before = len(os.listdir("/proc/self/fd"))
    sink = FileSink(tmp_path / "app.log")
    assert not sink.write("{}\n")

    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


def test_sink_travels_to_another_process(tmp_path):
    """As settings: what is open stays here."""
    sinks = LogSinks(
        errors=FileSink(tmp_path / "errors.log", max_bytes=20_000, files=3, total_bytes=50_000, mode=0o600)
    )
    sinks.errors.write(numbered(1))
    process = multiprocessing.get_context("spawn").Process(target=write_there, args=(sinks,))
    process.start()
    process.join(30)
    sinks.close()

    assert process.exitcode == 0
    assert numbers(tmp_path / "errors.log") == [1, 2]
    assert pickle.loads(pickle.dumps(sinks)).errors.path == sinks.errors.path


def write_there(sinks):
    """Another process."""
    assert sinks.errors.write(numbered(2))
    sinks.close()


def test_forgotten_sink_leaves_nothing_open(tmp_path):
    """Whoever forgets to close it loses nothing, and keeps nothing."""
    before = len(os.listdir("/proc/self/fd"))
    for number in range(5):
        sink = FileSink(tmp_path / "app.log")
        sink.write(numbered(number))
    del sink

    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before
    assert numbers(tmp_path / "app.log") == list(range(5))


def test_relative_path_is_where_the_process_was(tmp_path, monkeypatch):
    """Changing the directory later moves no log."""
    monkeypatch.chdir(tmp_path)
    sink = FileSink("app.log")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    sink.write("\ud800\n")
    sink.close()

    assert (tmp_path / "app.log").read_bytes() == b"\\ud800\n"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"max_bytes": 1000},
            "max_bytes=1000, because a line may have 16384 bytes; pass a whole number from 16384 on.",
        ),
        ({"max_bytes": 1e9}, "max_bytes=1000000000.0"),
        ({"files": 0}, "files=0, because there is the current one"),
        ({"files": True}, "files=True"),
        ({"files": "5"}, "files=5, because"),
        ({"total_bytes": 10**7}, "total_bytes=10000000, because an old file must fit"),
        ({"total_bytes": 20 * 2**20 - 1}, "total_bytes=20971519, because an old file must fit"),
        ({"mode": 0o040}, "mode=32, because its owner has to write"),
    ],
)
def test_wrong_setting_is_refused_at_once(tmp_path, settings, words):
    """Where it is written, and not in the first incident."""
    with pytest.raises(ConfigurationError, match="Cannot use") as caught:
        FileSink(tmp_path / "app.log", **settings)

    assert words in str(caught.value)


def test_system_without_file_locks_is_told_plainly(tmp_path, monkeypatch):
    """Lines would be lost there: rather no sink than such a one."""
    monkeypatch.setattr(open_file, "fcntl", None)

    with pytest.raises(ConfigurationError, match=r"no POSIX file locks.*write to standard output"):
        FileSink(tmp_path / "app.log")


def test_place_of_a_category_may_be_anything(tmp_path):
    """Closing closes sinks and leaves loggers alone."""
    sinks = LogSinks(app=logging.getLogger("t_place"), errors=FileSink(tmp_path / "e.log"))
    sinks.errors.write("{}\n")
    sinks.close()

    assert isinstance(sinks.place(Category.APP), logging.Logger)
    assert Path(sinks.errors.path) == tmp_path / "e.log"
