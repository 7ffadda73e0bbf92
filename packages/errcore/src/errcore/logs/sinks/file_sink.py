# SPDX-License-Identifier: MIT
"""A log file that any number of processes write to and rotate, and none loses a line by it.

Before each line a process looks whether the file under the path is still the one it has open, and whether the line fits;
both under the lock on that file, so that the answer holds until the line is there.
"""

from __future__ import annotations

import errno
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from errcore import clock
from errcore.errors.stock import ConfigurationError
from errcore.forks import Turn
from errcore.jsonsafe import one_line
from errcore.logs.line import LONGEST
from errcore.logs.sinks.open_file import OpenFile, can_lock
from errcore.logs.sinks.rotation import rotate
from errcore.logs.sinks.sink import Sink
from errcore.mishaps import Mishaps

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FileSink"]

_LOOKS = 16  # at a file that others rotate all the time, before a line goes where it can
_PAUSE = (
    5.0  # seconds for which a lock that nobody let go of is only glanced at, and a failed rotation not tried
)


class FileSink(Sink):
    """Lines in a file, which is opened when the first one comes.

    Several processes may write to the same path if all have the same settings; fork and spawn as you like. Of lines that
    are asked for, none is lost by rotation and none is torn. Old files are `path.1`, the newest, to `path.<files - 1>`.
    It needs the file locks of POSIX and a local file system: NFS keeps neither its locks nor O_APPEND as this needs them.

    Args:
        path: Of the file; `~` is not expanded. Its directory is made if it is not there.
        max_bytes: Bytes of one file at most, at least 16384. The line that does not fit begins a new one. While a process that
            has the lock is stopped, the others go on without: then a file may be longer, up to `total_bytes`.
        files: How many files there may be, the current one included.
        total_bytes: Bytes of all of them at most; `files * max_bytes` if None.
        mode: Permissions of files that are made here, whatever the umask; those of others stay as they are.
        fsync: Whether each line is on the disk itself before `write` returns. It takes milliseconds.

    Raises:
        errcore.ConfigurationError: If a setting is wrong, or if this system has no such locks. Never because of the file:
            one that cannot be written costs lines, which are counted.

    >>> import tempfile, pathlib
    >>> directory = tempfile.TemporaryDirectory()
    >>> sink = FileSink(pathlib.Path(directory.name, "app.log"), max_bytes=100_000, files=3)
    >>> sink.write("{}\\n"), pathlib.Path(directory.name, "app.log").read_text()
    (True, '{}\\n')
    >>> sink.close()
    >>> directory.cleanup()
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        max_bytes: int = 10 * 2**20,
        files: int = 5,
        total_bytes: int | None = None,
        mode: int = 0o640,
        fsync: bool = False,
    ) -> None:
        if not can_lock():
            raise ConfigurationError(
                "Cannot write log files here, because this system has no POSIX file locks, without which lines are lost; "
                "write to standard output, or pass a logger with a handler of your choice."
            )
        _check("max_bytes", max_bytes, LONGEST, f"a line may have {LONGEST} bytes")
        _check("files", files, 1, "there is the current one")
        total = files * max_bytes if total_bytes is None else total_bytes
        _check("total_bytes", total, min(files, 2) * max_bytes, "an old file must fit beside the current one")
        _check("mode", mode, 0o200, "its owner has to write to it")
        self.path: str = str(Path(path).absolute())
        """Where the current file is."""
        self._open: OpenFile | None = (
            None  # before others know us: a fork by another thread would renew what is not there
        )
        super().__init__(self.path)
        self._again: Callable[[], FileSink] = partial(
            FileSink, self.path, max_bytes=max_bytes, files=files, total_bytes=total, mode=mode, fsync=fsync
        )
        self._max, self._files, self._total, self._mode, self._fsync = max_bytes, files, total, mode, fsync
        self._mutex = Turn()
        self._doubtful = False  # whether a part of the last line may have been written
        self._stuck_at: float | None = None
        self._unrotated_at: float | None = None
        self._mishaps = Mishaps()

    def append(self, line: str) -> None:
        """Write one line, in one piece."""
        data = line.encode("utf-8", "backslashreplace")
        with self._mutex as ours:
            if not ours:  # a signal handler in the middle of another line of this thread, or that of another takes too long
                self._put_aside(data)
                return
            try:
                self._append(data)
                self._doubtful = False
            except BaseException:
                self._doubtful = True
                self._drop()
                raise

    def close(self) -> None:
        """Close the file; the next line opens it again."""
        with self._mutex as ours:
            if ours:
                self._drop()

    def renew(self) -> None:
        """In a child that was just forked: open the file anew, since what is open shares the parent's lock."""
        super().renew()
        self._drop()

    def __reduce__(self) -> tuple[Callable[[], FileSink], tuple[()]]:
        return self._again, ()

    def _append(self, data: bytes) -> None:
        looks = 0
        while (file := self._written_to(data, anyhow=looks == _LOOKS)) is None:
            self._drop()
            looks += 1
        if self._fsync:
            file.sync()

    def _written_to(self, data: bytes, *, anyhow: bool) -> OpenFile | None:
        """The file that has the line now; None where another one must be opened."""
        file = self._open
        if file is None:
            file = self._open = OpenFile(self.path, self._mode, durable=self._fsync)
        locked = self._take_lock(file)
        try:
            if anyhow or (file.is_current() and self._has_room(file, len(data), locked)):
                file.put(data, locked=locked, doubtful=self._doubtful)
                return file
            return None
        finally:
            if locked:
                file.unlock()

    def _take_lock(self, file: OpenFile) -> bool:
        patient = not _lately(self._stuck_at)
        locked = file.lock(patient=patient)
        if locked:
            self._stuck_at = None
        elif patient:
            self._stuck_at = clock.current().monotonic()
        return locked

    def _has_room(self, file: OpenFile, need: int, locked: bool) -> bool:
        """Whether the line goes into this file; if not, there is a new one."""
        size = file.size()
        if not file.regular or not size or size + need <= self._max:
            return True
        if locked and not _lately(self._unrotated_at):
            try:
                rotate(self.path, self._files, self._total - self._max)
            except OSError as problem:
                self._unrotated_at = clock.current().monotonic()
                self._mishaps.note("rotating a log file", problem)
            else:
                self._unrotated_at = None
                return False
        # Rather too long a file than no lines; but not without end.
        if size + need > self._total:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return True

    def _put_aside(self, data: bytes) -> None:
        file = OpenFile(self.path, self._mode, durable=self._fsync)
        try:
            self._has_room(file, len(data), locked=False)  # or raises
            file.put(data, locked=False, doubtful=True)
            if self._fsync:
                file.sync()
        finally:
            file.close()

    def _drop(self) -> None:
        file, self._open = self._open, None
        if file is not None:
            file.close()


def _lately(moment: float | None) -> bool:
    return moment is not None and 0 <= clock.current().monotonic() - moment < _PAUSE


def _check(setting: str, value: object, least: int, because: str) -> None:
    if type(value) is not int or value < least:
        raise ConfigurationError(
            f"Cannot use {setting}={one_line(value, 80)}, because {because}; pass a whole number from {least} on."
        )
