# SPDX-License-Identifier: MIT
"""Which runtime an adapter uses: the one that it was given, or one from the environment."""

from __future__ import annotations

from errcore.runtime.wiring import Runtime

__all__ = ["runtime_for"]


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
    if not isinstance(runtime, Runtime):  # pyright: ignore[reportUnnecessaryIsInstance] - users do not all type-check
        raise TypeError(
            f"Cannot install errcore, because `runtime` is a {type(runtime).__name__}; "
            'give an errcore.Runtime, such as Runtime.production(service="..."), or leave it out.'
        )
    return runtime
