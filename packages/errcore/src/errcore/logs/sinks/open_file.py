# SPDX-License-Identifier: MIT
"""One open log file that several processes append to: whole lines at its end, under a lock on the file itself.

Every line is one `write` with O_APPEND, which the kernel keeps whole. The lock adds what O_APPEND has not: nobody rotates
between the look at the size and the line, and a line that a full disk has torn is taken back before anybody else writes.
Nobody waits for it long: a process that was stopped while it held the lock costs the others a tenth of a second, and for
some time a thousandth for each line; then they write without.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from errcore import clock

if TYPE_CHECKING:
    from types import ModuleType

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None

__all__ = ["OpenFile", "can_lock"]

_FLAGS = (
    os.O_RDWR
    | os.O_APPEND
    | os.O_CREAT
    | sum(getattr(os, name, 0) for name in ("O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY"))
)
_PAUSES = (
    *(0.0,) * 8,
    *(0.0002,) * 20,
    *(0.001,) * 96,
)  # seconds between two looks at a lock that somebody holds
_GLANCES = 12  # of these looks, by who has no patience: about a millisecond, in which a lock that is not stuck is let go of


def can_lock() -> bool:
    """Whether this system has the locks on files that several writers of one log need."""
    return fcntl is not None


class OpenFile:
    """A log file, open for appending.

    The lock belongs to what was opened and not to the process: a forked child must open the file again.

    Args:
        path: Where it is; made if it is not there, with its directory.
        mode: Its permissions if it is made.
        durable: Whether its entry in the directory is to be on the disk if it is made.

    Raises:
        OSError: If it cannot be opened.
    """

    def __init__(self, path: str, mode: int, *, durable: bool = False) -> None:
        self._path = path
        self._fd = -1
        self._fd = _open(path, mode, durable=durable)
        found = os.fstat(self._fd)
        self._identity = (found.st_dev, found.st_ino)
        self.regular: bool = stat.S_ISREG(found.st_mode)
        """Whether it has a size and can be rotated; a device or a pipe has not and cannot."""
        self._end = -1

    def lock(self, *, patient: bool) -> bool:
        """Take the lock.

        Args:
            patient: Whether to wait for somebody who holds it, a tenth of a second at most.
        """
        assert fcntl is not None  # noqa: S101 - or there would be no sink
        for pause in _PAUSES if patient else _PAUSES[:_GLANCES]:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                clock.current().sleep(pause)
            except OSError:  # this file system has no locks
                return False
            else:
                return True
        return False

    def unlock(self) -> None:
        """Let go of the lock."""
        assert fcntl is not None  # noqa: S101 - as above
        with suppress(OSError):
            fcntl.flock(self._fd, fcntl.LOCK_UN)

    def is_current(self) -> bool:
        """Whether the file under the path is still this one: nobody has rotated, removed or replaced it."""
        try:
            found = os.stat(self._path)  # noqa: PTH116 - for every line, and a Path doubles what it costs
        except FileNotFoundError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def size(self) -> int:
        """Bytes that are in it."""
        return os.fstat(self._fd).st_size

    def put(self, data: bytes, *, locked: bool, doubtful: bool) -> None:
        """Append one line. If only a part of it fits, that part is taken back.

        Args:
            data: The line, with its end.
            locked: Whether the lock is ours, so that nothing but that part can be at the end.
            doubtful: Whether the line before may be torn, where one cannot look.

        Raises:
            OSError: If it was not written.
        """
        size = self.size()
        if self._is_torn(size) if self.regular else doubtful:
            data = b"\n" + data
        self._end = -1
        written = os.write(self._fd, data)
        if written < len(data):
            self._complete(data, written, size, locked=locked)
        self._end = size + len(data)

    def sync(self) -> None:
        """Return when what was written is on the disk itself."""
        os.fsync(self._fd)

    def close(self) -> None:
        """Close it, which lets go of the lock as well. Closing twice is fine."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with suppress(OSError):
                os.close(fd)

    def __del__(self) -> None:
        self.close()

    def _is_torn(self, size: int) -> bool:
        """Whether somebody was stopped in the middle of the last line. Who wrote it himself needs not look."""
        return size not in {0, self._end} and os.pread(self._fd, 1, size - 1) != b"\n"

    def _complete(self, data: bytes, written: int, size: int, *, locked: bool) -> None:
        """Write what a short write has left over; or learn why it was short, and take back what is there of the line."""
        try:
            written += os.write(self._fd, data[written:])
            if written < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            with suppress(OSError):
                if locked and self.size() == size + written:
                    os.ftruncate(self._fd, size)
            raise


def _open(path: str, mode: int, *, durable: bool) -> int:
    try:
        fd = os.open(path, _FLAGS | os.O_EXCL, mode)
    except FileExistsError:
        return os.open(path, _FLAGS, mode)
    except FileNotFoundError:
        Path(path).parent.mkdir(0o750, parents=True, exist_ok=True)
        fd = os.open(path, _FLAGS, mode)
    try:
        os.fchmod(fd, mode)  # what the umask has taken away
        if durable:
            _sync_directory(path)
    except OSError:
        os.close(fd)
        raise
    return fd


def _sync_directory(path: str) -> None:
    directory = os.open(Path(path).parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
