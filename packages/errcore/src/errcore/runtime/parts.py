# SPDX-License-Identifier: MIT
"""The parts of a runtime, each made of its settings."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from errcore.logs import Category, ErrorLog, LogSetup, LogSinks, PolicyLog, configure
from errcore.monitor import Monitor
from errcore.monitor.health import Health
from errcore.policies.registry import states

if TYPE_CHECKING:
    from errcore.runtime.settings import Settings

__all__ = ["error_log_of", "health_of", "log_setup_of", "monitor_of", "policy_log_of"]


def error_log_of(settings: Settings) -> ErrorLog:
    """What writes a line for each error."""
    return ErrorLog(
        service=settings.service,
        level=settings.log_level,
        logger=_place(settings, Category.ERRORS),
        redactor=settings.redactor,
    )


def policy_log_of(settings: Settings) -> PolicyLog:
    """What writes what policies say."""
    return PolicyLog(
        service=settings.service,
        level=settings.log_level,
        logger=_place(settings, Category.APP),
        redactor=settings.redactor,
    )


def log_setup_of(settings: Settings, owner: object) -> LogSetup | None:
    """Where security events and metrics go from now on, if the settings say so.

    Args:
        settings: The settings.
        owner: With whose end it ends, if nobody closes it: the process would keep the sinks of an application that was
            forgotten.
    """
    if settings.logs is None:
        return None
    setup = configure(settings.logs, service=settings.service, redactor=settings.redactor)
    weakref.finalize(owner, setup.close).atexit = False
    return setup


def monitor_of(settings: Settings) -> Monitor:
    """What counts."""
    return Monitor(
        settings.store,
        service=settings.service,
        release=settings.release,
        background=settings.background,
        redactor=settings.redactor,
    )


def health_of(settings: Settings, monitor: Monitor) -> Health:
    """What says how the service is: what policies and the store are like is part of it."""
    return Health(
        service=settings.service,
        release=settings.release,
        breakers=states,
        store_is_well=lambda: not monitor.store_status.degraded,
        background=settings.background,
    )


def _place(settings: Settings, category: Category) -> Any:
    """Where lines of a sort go: a logger of the user's is for all of them."""
    logs: LogSinks | None = settings.logs
    return settings.logger if settings.logger is not None or logs is None else logs.place(category)
