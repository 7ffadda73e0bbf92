# SPDX-License-Identifier: MIT
"""Every declared code, once: who declared it, what it promises, and what a reviewer would say about its name.

Classes are held weakly, so a class that is gone frees its code. The same class again (a reload, a notebook cell,
`python -m`) replaces itself; a second class with the same code is refused.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import weakref
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from errcore.errors.spec import ErrorSpec

__all__ = ["PROBLEM_MEMBERS", "Catalogue", "Finding", "catalog"]

ISSUE_WORDS: tuple[str, ...] = (
    *(
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "CONFLICT",
        "INVALID",
        "MISSING",
        "REQUIRED",
        "EXPIRED",
        "REVOKED",
        "DENIED",
    ),
    *("EXCEEDED", "EXHAUSTED", "TIMEOUT", "UNAVAILABLE", "FAILED", "CORRUPTED", "UNSUPPORTED", "MISMATCH"),
    *("CANCELLED", "DISABLED", "LOCKED", "DECLINED", "TOO_LARGE"),
)
"""How a code may end for the lint: a closed list, so that two teams name the same trouble alike."""


PROBLEM_MEMBERS = frozenset(
    {
        *("type", "title", "status", "detail", "instance"),  # RFC 9457 section 3.1
        *("code", "request_id", "retriable", "retry_after", "errors", "debug"),
    }
)
"""What errcore's own problem says itself. Here, since the lint has to know and envelopes are above it."""


@attrs.frozen
class Finding:
    """One remark of the lint about one code."""

    code: str
    place: str
    remark: str


class Catalogue:
    """The declared codes of this process, by code.

    >>> from errcore import catalog
    >>> catalog["NOT_FOUND"].status
    404
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._classes: weakref.WeakValueDictionary[str, type[BaseException]] = weakref.WeakValueDictionary()
        self._forget: list[Callable[[], None]] = []

    def register(self, cls: type[BaseException], spec: ErrorSpec) -> None:
        """Enter a class under its code.

        Raises:
            TypeError: If another living class has that code.
        """
        other = self._enter(cls, spec.code)
        if other is not None:
            # A class that nobody uses any more may still lie in a reference cycle, or in a cache of ours.
            other = None
            for forget in self._forget:
                forget()
            gc.collect()
            other = self._enter(cls, spec.code)
        if other is not None:
            raise TypeError(
                f"Cannot declare {spec.qualname} with code {spec.code!r} at {spec.place}, because "
                f"{_spec(other).qualname} at {_spec(other).place} has that code; choose another code, or leave "
                f"code= out to inherit one."
            )

    def _enter(self, cls: type[BaseException], code: str) -> type[BaseException] | None:
        """Enter a class, or give the other one that has its code."""
        with self._lock:
            present = self._classes.get(code)
            if present is not None and _identity(present) != _identity(cls):
                return present
            self._classes[code] = cls
            return None

    def on_conflict(self, forget: Callable[[], None]) -> None:
        """Register a cache that lets go of classes before a code is refused."""
        self._forget.append(forget)

    def get(self, code: str) -> ErrorSpec | None:
        """The spec of a code, or None."""
        cls = self._classes.get(code)
        return None if cls is None else _spec(cls)

    def __getitem__(self, code: str) -> ErrorSpec:
        spec = self.get(code)
        if spec is None:
            raise KeyError(code)
        return spec

    def __contains__(self, code: object) -> bool:
        return code in self._classes

    def __len__(self) -> int:
        return len(self._classes)

    def __iter__(self) -> Iterator[ErrorSpec]:
        """The specs, by code."""
        # The references in one step: another thread may declare, and the collector may take, in the middle.
        living = [cls for reference in self._classes.valuerefs() if (cls := reference()) is not None]
        return iter(sorted(map(_spec, living), key=lambda spec: spec.code))

    def lint(self, reserved: Collection[str] | None = None) -> list[Finding]:
        """What a reviewer would say: naming (DOMAIN_RESOURCE_ISSUE), missing remedy, hidden fields.

        errcore's own codes are left out: they are generic on purpose.

        Args:
            reserved: The members that your envelope keeps for itself: a public field of that name would be hidden. Those
                of the default format (`errcore.envelopes.Problem.members`) where None.

        >>> from errcore import NotFoundError, catalog
        >>> class Lost(NotFoundError, code="DOC_LOST"):
        ...     pass
        >>> [f.remark for f in catalog.lint() if f.code == "DOC_LOST"][0]
        'does not end in one of the issue words (NOT_FOUND, EXPIRED, ...) after a domain and a resource'
        """
        if reserved is None:
            reserved = PROBLEM_MEMBERS
        return [
            finding
            for spec in self
            if not spec.qualname.startswith("errcore.")
            for finding in _remarks(spec, reserved)
        ]


def _remarks(spec: ErrorSpec, reserved: Collection[str]) -> Iterator[Finding]:
    if not _well_named(spec.code):
        yield Finding(
            spec.code,
            spec.place,
            "does not end in one of the issue words (NOT_FOUND, EXPIRED, ...) after a domain and a resource",
        )
    if not spec.doc:
        yield Finding(spec.code, spec.place, "has no docstring; say what happened and what the reader can do")
    for name in spec.public_names:
        if name in reserved:
            yield Finding(
                spec.code, spec.place, f"public field {name!r} is hidden by the envelope's own member"
            )


def _well_named(code: str) -> bool:
    for issue in ISSUE_WORDS:
        head = code.removesuffix("_" + issue)
        if head != code:
            return "_" in head
    return False


def _identity(cls: type[BaseException]) -> tuple[str, str]:
    """File and qualified name: the same for `__main__` and its module, and for a module that was reloaded."""
    name = getattr(cls, "__module__", None)
    module = sys.modules.get(name) if isinstance(name, str) else None
    file = getattr(module, "__file__", None)
    return (os.path.realpath(file) if isinstance(file, str) else str(name), cls.__qualname__)


def _spec(cls: type[BaseException]) -> ErrorSpec:
    spec: ErrorSpec = cls.__dict__["spec"]
    return spec


catalog: Catalogue = Catalogue()
"""The catalogue of this process."""
