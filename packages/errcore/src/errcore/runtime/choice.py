# SPDX-License-Identifier: MIT
"""What every adapter checks before it installs: which runtime it uses, and whether the application is one for it."""

from __future__ import annotations

from typing import NoReturn

from errcore.runtime.wiring import Runtime

__all__ = ["refuse_application", "refuse_second_install", "runtime_for"]


def runtime_for(runtime: Runtime | None) -> Runtime:
    """The runtime to use, for adapters that let their users leave it out.

    Args:
        runtime: What the user gave; without one, `Runtime.from_env()` is made.

    Raises:
        TypeError: If what was given is no runtime.

    >>> runtime = Runtime.for_tests()
    >>> runtime_for(runtime) is runtime
    True
    """
    if runtime is None:
        return Runtime.from_env()
    if not isinstance(runtime, Runtime):  # users do not all type-check
        raise TypeError(
            f"Cannot use this runtime, because it is a {type(runtime).__name__}; "
            'give an errcore.Runtime, such as Runtime.production(service="..."), or leave it out.'
        )
    return runtime


def refuse_application(app: object, wanted: str, instead: str) -> NoReturn:
    """Say that errcore cannot be installed in `app`, which is no application of the framework.

    Args:
        app: What the user gave.
        wanted: The name of the framework.
        instead: What to do.

    Raises:
        TypeError: Always.

    >>> refuse_application(object(), "Flask", "install it in the application itself.")
    Traceback (most recent call last):
    TypeError: Cannot install errcore, because `app` is of type object, no Flask application; install it in the application itself.
    """
    raise TypeError(
        f"Cannot install errcore, because `app` is of type {type(app).__name__}, no {wanted} application; {instead}"
    )


def refuse_second_install() -> NoReturn:
    """Say that errcore is installed already: with two, nobody would know which of them answers.

    Raises:
        RuntimeError: Always.

    >>> refuse_second_install()
    Traceback (most recent call last):
    RuntimeError: Cannot install errcore, because it is installed in this application already; remove one of the calls.
    """
    raise RuntimeError(
        "Cannot install errcore, because it is installed in this application already; remove one of the calls."
    )
