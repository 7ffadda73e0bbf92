# SPDX-License-Identifier: MIT
"""What holds for the process: where lines go for which nobody named another place, and what is said of addresses.

Nothing has to be configured: without, everything goes to standard output. Each `configure` holds until it is closed, and
of several that are open the latest holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore.closing import Closing
from errcore.errors.stock import ConfigurationError
from errcore.forks import ForkSafeLock
from errcore.jsonsafe import one_line
from errcore.logs.addresses import checked_key
from errcore.logs.sinks.log_sinks import LogSinks
from errcore.logs.sinks.standard_output import StandardOutput
from errcore.logs.writing import write_to
from errcore.redaction import default_redactor

if TYPE_CHECKING:
    from errcore.logs.categories import Category
    from errcore.logs.writing import Write
    from errcore.redaction import Redactor

__all__ = ["LogSetup", "configure", "configured"]


class _Writes(dict["Category", "Write"]):
    """Each is made when it is first asked for, since making it may import structlog."""

    def __init__(self, sinks: LogSinks) -> None:
        super().__init__()
        self._sinks = sinks
        self._output = StandardOutput()  # one for all sorts, which share the count of lines that it lost

    def __missing__(self, category: Category) -> Write:
        place = self._sinks.place(category)
        write = self[category] = write_to(self._output if place is None else place, category)
        return write


class LogSetup(Closing):
    """What `configure` gives back: `close()`, once or more often, or leaving a `with` block, undoes it.

    Attributes:
        sinks: Where lines go.
        service: The name in the `service` field of security events and metrics.
        redactor: What cleans them.
        ip_key: With what addresses are hashed, or None.
        store_ip: Whether addresses are written as they are.
        writes: What writes lines, by their sort.
    """

    def __init__(
        self, sinks: LogSinks, service: str | None, redactor: Redactor, ip_key: bytes | None, store_ip: bool
    ) -> None:
        self.sinks: LogSinks = sinks
        self.service: str | None = service
        self.redactor: Redactor = redactor
        self.ip_key: bytes | None = ip_key
        self.store_ip: bool = store_ip
        self.writes: dict[Category, Write] = _Writes(sinks)

    def close(self) -> None:
        """Let the one before hold again, and close the sinks."""
        global _current  # noqa: PLW0603 - one for the process
        with _lock:
            if self in _open:
                _open.remove(self)
                _current = _open[-1] if _open else _BARE
                if not any(other.sinks is self.sinks for other in _open):
                    self.sinks.close()


_lock = ForkSafeLock()
_BARE = LogSetup(LogSinks(), None, default_redactor, None, False)
_open: list[LogSetup] = []
_current = _BARE


def configured() -> LogSetup:
    """What holds now."""
    return _current


def configure(
    sinks: LogSinks | None = None,
    *,
    service: str | None = None,
    redactor: Redactor | None = None,
    ip_key: str | bytes | None = None,
    store_ip: bool | None = None,
) -> LogSetup:
    """Say where the lines of this process go: security events and metrics, and all others for which no logger is named.

    What is not given, or None, is what the setup says that holds when this is called, as that of an application in which a
    `Runtime(logs=...)` is made. Where none is open, it is what is said below.

    Args:
        sinks: A place for each sort of line; else standard output. Sinks that are taken over are closed with the last
            setup that has them.
        service: The name in the `service` field of security events and metrics; else there is none.
        redactor: What cleans them; else errcore's own.
        ip_key: The secret with which addresses in security events are hashed, at least 16 bytes and the same in all
            workers. Without it, and without `store_ip`, no address is written at all.
        store_ip: Whether addresses are written as they are; else they are not.

    Returns:
        What undoes it.

    Raises:
        errcore.ConfigurationError: If a setting is wrong.

    >>> from errcore.logs import log_security_event
    >>> class Shown:
    ...     def warning(self, event, **fields):
    ...         print(event, fields["kind"], fields["ip"])
    >>> with configure(LogSinks(security=Shown()), store_ip=True):
    ...     log_security_event("login_failed", "Three times in a row.", ip="192.0.2.7")
    security_event login_failed 192.0.2.7
    True
    """
    global _current  # noqa: PLW0603 - one for the process
    given: Any = sinks
    if not (given is None or isinstance(given, LogSinks)):
        raise ConfigurationError(
            f"Cannot use sinks={one_line(given, 80)}, because there is one for each sort of line; pass a LogSinks, "
            "or what log_directory gives."
        )
    key = checked_key(ip_key)
    with _lock:
        before = _current
        setup = LogSetup(
            before.sinks if given is None else given,
            before.service if service is None else service,
            before.redactor if redactor is None else redactor,
            before.ip_key if key is None else key,
            before.store_ip if store_ip is None else store_ip,
        )
        _open.append(setup)
        _current = setup
    return setup
