# SPDX-License-Identifier: MIT
"""What worker processes run: importable there by name, as test modules are not."""

from __future__ import annotations

import threading

from errcore import InternalError, NotFoundError, internal, public, secret
from errcore.errors import UnavailableError

SECRET = "hunter2-Zx81"


class Unloadable:
    """Pickles, and fails when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return _fails, ()


def _fails() -> None:
    raise RuntimeError("cannot be rebuilt")


class WorkerError(NotFoundError, code="T_WORKER_JOB_NOT_FOUND", message="No job {job}."):
    """Declared with all that may be declared."""

    job: str = public()
    owner: str = internal(default="o")
    token: str = secret(default=SECRET)


class LockedError(InternalError, code="T_WORKER_LOCK_FAILED"):
    """Holds what cannot be pickled."""

    lock: object = internal(factory=threading.Lock)


class UnloadableError(InternalError, code="T_WORKER_LOAD_FAILED"):
    """Holds what cannot be unpickled."""

    value: object = internal(factory=Unloadable)


class OwnInitError(UnavailableError, OSError, code="T_WORKER_INIT_FAILED"):
    """A constructor of its own, arguments in `__new__`, and a builtin base."""

    def __new__(cls, first: str, second: str) -> OwnInitError:  # noqa: PYI034
        return super().__new__(cls)

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")
        self.second = second
        self.errno = 28


def fail(name: str) -> None:
    """Raise an error that is hard to bring home."""
    try:
        raise ValueError("postgres://u:pw@db")
    except ValueError as cause:
        error = make(name)
        error.add_note("noted")
        raise error from cause


def make(name: str) -> Exception:
    """The error of a name."""
    if name == "local":

        class LocalError(WorkerError):
            """Nobody else can import it."""

        return LocalError(job="j1")
    if name == "self":
        error = InternalError("itself", details={})
        error.details = {"me": error}
        return error
    return {
        "plain": lambda: WorkerError(job="j1"),
        "locked": LockedError,
        "unloadable": UnloadableError,
        "own init": lambda: OwnInitError("a", "b"),
        "details": lambda: InternalError("d", details={"lock": threading.Lock(), "kept": 1}),
    }[name]()


def double(number: int) -> int:
    """The task after the failure."""
    return 2 * number
