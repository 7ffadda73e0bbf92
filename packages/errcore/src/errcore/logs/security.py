# SPDX-License-Identifier: MIT
"""The security log: when, where, who and what, one line for each event, written before the call returns.

Events are never sampled, and no level is too low for them. On a sink of ours the line survives the death of the process
the moment the call returns. The fields follow the OWASP Logging Cheat Sheet, "Event attributes": `timestamp`; `service`,
`operation` and the ids of the request; `actor`, `tenant` and the address; `kind`, `level`, `message` and `outcome`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore import clock, context
from errcore.errors.kinds import Severity
from errcore.jsonsafe import one_line
from errcore.logs.addresses import address_fields
from errcore.logs.call_lines import add_fields, cleaned
from errcore.logs.categories import Category
from errcore.logs.configured import configured
from errcore.mishaps import Mishaps

if TYPE_CHECKING:
    from errcore.logs.configured import LogSetup

__all__ = ["log_security_event"]

_EVENT = "security_event"
_MESSAGE, _KIND = 512, 64  # characters; as JSON at most twelve bytes each, so all of them always fit
_ADDRESSES = ("ip_address", "ip_addr", "client_ip", "source_ip", "remote_ip", "remote_addr")
"""Names under which people pass an address; what holds for `ip` holds for them."""

_mishaps = Mishaps()


def log_security_event(
    kind: str,
    message: str,
    /,
    *,
    severity: Severity | str = Severity.WARNING,
    actor: str | None = None,
    ip: str | None = None,
    outcome: str | None = None,
    **fields: object,
) -> bool:
    """Write a security event. Never raises an Exception: what goes wrong is counted.

    Ids, actor, tenant and operation are those of the context where they are not given. Secrets are redacted everywhere.

    Args:
        kind: What sort of event: a name that your code has, such as "login_failed"; it is what is counted and searched.
        message: One sentence.
        severity: How loud; a name of a level.
        actor: Who did it, as the application names them.
        ip: The address of the client. Written are its keyed hash or itself, as `configure` was told; else nothing.
        outcome: How it ended, such as "denied" or "success".
        fields: More facts, in `extra`; of secrets and large values only a mark is left. A field such as `ip_address` or
            `remote_addr` is treated as `ip`.

    Returns:
        Whether the line was written.

    >>> from errcore.logs import LogSinks, configure
    >>> class Shown:
    ...     def warning(self, event, **fields):
    ...         print(fields["kind"], fields["actor"], fields["outcome"], fields["extra"])
    >>> with configure(LogSinks(security=Shown())):
    ...     log_security_event(
    ...         "isolation_violation", "Foreign workspace.", actor="u1", outcome="denied", password="x"
    ...     )
    isolation_violation u1 denied {'password': '[redacted]'}
    True
    """
    try:
        setup = configured()
        now = clock.current()
        told = {"kind": kind, "message": message, "outcome": outcome, "actor": actor}
        setup.writes[Category.SECURITY](
            _level(severity), _EVENT, now.wall(), lambda line: _add_fields(line, setup, told, ip, fields)
        )
    except Exception as problem:  # noqa: BLE001 - a log that fails is not the caller's failure
        _mishaps.note("the security log", problem)
        return False
    return True


def _level(severity: object) -> Severity:
    try:
        return Severity(one_line(severity, _KIND).lower())
    except ValueError:
        return Severity.WARNING  # who mistypes a level meant to say something


def _add_fields(
    line: dict[str, object], setup: LogSetup, told: dict[str, Any], ip: object, fields: dict[str, object]
) -> None:
    here = context.current()
    others = [fields[name] for name in _ADDRESSES if name in fields]
    address = next((found for found in (ip, *others) if found is not None), None)
    add_fields(
        line,
        setup,
        {
            "kind": cleaned(told["kind"], setup, _KIND),
            "message": cleaned(told["message"], setup, _MESSAGE),
            "event_id": clock.current().token(16),
        },
        labels={
            "outcome": told["outcome"],
            "actor": here.actor if told["actor"] is None else told["actor"],
            "tenant": here.tenant,
        },
        address=address_fields(address, setup.ip_key, store=setup.store_ip),
        extra={name: fields[name] for name in fields if name not in _ADDRESSES},
    )
