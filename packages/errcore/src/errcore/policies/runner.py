# SPDX-License-Identifier: MIT
"""The long way: calls that failed once, and policies that have to do more than look on.

Two short loops, one for functions and one for coroutine functions. What they decide is decided in `call`, whom they
ask is in `unit`; they wait and call. A cancellation, or whatever else is no Exception, passes through both: the
permit is given back and nothing counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore import clock
from errcore.jsonsafe import one_line
from errcore.policies import deadlines
from errcore.policies.call import Call
from errcore.policies.mode import current_mode
from errcore.policies.timeout import arun_within, run_within

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from errcore.policies.plan import Plan
    from errcore.policies.unit import Unit

__all__ = ["arun", "run"]


def run(
    plan: Plan,
    unit: Unit,
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    failure: Exception | None = None,
    begun: float | None = None,
) -> Any:
    """Make a guarded call.

    Args:
        plan: What the policy says.
        unit: The state that it shares.
        fn: What to call.
        args: Its arguments.
        kwargs: Its keyword arguments.
        failure: What the first attempt raised, if it was made already.
        begun: When that attempt began, on the monotonic clock, where a strategy may ask.
    """
    mode = current_mode()
    if mode.off:
        return fn(*args, **kwargs) if failure is None else _raise(failure)
    call = Call(plan, unit, mode, clock.current().monotonic() if begun is None else begun)
    unmarked = unit.is_free and plan.is_plain  # nobody to be asked or told, and nothing to be put around it
    with call:
        while True:
            if failure is None:
                try:
                    if unmarked and deadlines.current_deadline() is None:
                        result = fn(*args, **kwargs)
                        call.succeeded()
                        return result
                    permit = unit.enter()
                    try:
                        result = (
                            fn(*args, **kwargs)
                            if plan.is_plain
                            else run_within(plan, permit, fn, args, kwargs)
                        )
                    except BaseException as exc:
                        permit.fail(exc)
                        raise
                    permit.ok()
                    call.succeeded()
                    return result  # noqa: TRY300 - an `else` would be one more level
                except Exception as exc:  # noqa: BLE001 - any failure is judged by its verdict
                    failure = exc
            wait = call.failed(failure)
            failure = None
            if wait is None:
                break
            if wait:
                clock.current().sleep(wait)
    try:
        assert call.error is not None  # noqa: S101 - a call that is over without an error has returned
        return _raise(call.error) if plan.fallback is None else plan.fallback.answer(call, args, kwargs)
    finally:
        call.error = None


async def arun(
    plan: Plan,
    unit: Unit,
    fn: Callable[..., Awaitable[Any]],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    failure: Exception | None = None,
    begun: float | None = None,
) -> Any:
    """Make a guarded call of a coroutine function; the arguments are those of `run`."""
    mode = current_mode()
    if mode.off:
        return await fn(*args, **kwargs) if failure is None else _raise(failure)
    call = Call(plan, unit, mode, clock.current().monotonic() if begun is None else begun)
    unmarked = unit.is_free and plan.is_plain  # nobody to be asked or told, and nothing to be put around it
    with call:
        while True:
            if failure is None:
                try:
                    if unmarked and deadlines.current_deadline() is None:
                        result = await fn(*args, **kwargs)
                        call.succeeded()
                        return result
                    permit = await unit.aenter()
                    try:
                        if plan.is_plain:
                            result = await fn(*args, **kwargs)
                        else:
                            result = await arun_within(plan, permit, fn, args, kwargs)
                    except BaseException as exc:
                        permit.fail(exc)
                        raise
                    permit.ok()
                    call.succeeded()
                    return result  # noqa: TRY300 - an `else` would be one more level
                except Exception as exc:  # noqa: BLE001 - any failure is judged by its verdict
                    failure = exc
            wait = call.failed(failure)
            failure = None
            if wait is None:
                break
            if wait and not await _waited(call, wait):
                break
    try:
        assert call.error is not None  # noqa: S101 - a call that is over without an error has returned
        return (
            _raise(call.error) if plan.fallback is None else await plan.fallback.aanswer(call, args, kwargs)
        )
    finally:
        call.error = None


async def _waited(call: Call, wait: float) -> bool:
    try:
        await clock.current().asleep(wait)
    except RuntimeError as problem:  # no event loop of asyncio; what failed is what counts
        call.note(f"it was not tried again, because waiting failed: {one_line(problem, 80)}")
        return False
    return True


def _raise(failure: Exception) -> Any:
    try:
        raise failure
    finally:
        del failure  # or else it would hold this frame, which holds it
