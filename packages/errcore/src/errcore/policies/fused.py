# SPDX-License-Identifier: MIT
"""The happy path of a guarded function, written for the parts that its policy has.

Every wrapper costs a tenth of a microsecond, so there is one for all parts, and it holds only the lines that these parts
need: it is generated, as attrs generates an `__init__`. It looks at a few attributes, calls, and counts. Whatever is
not a plain success goes the long way, in `runner`.
"""

from __future__ import annotations

import functools
import linecache
from contextvars import Context
from typing import TYPE_CHECKING, Any

from errcore import clock
from errcore.policies import deadlines, nesting
from errcore.policies.budget import FOLD
from errcore.policies.guardable import is_asynchronous
from errcore.policies.mode import current_mode
from errcore.policies.runner import arun, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore.policies.plan import Plan
    from errcore.policies.unit import Unit

__all__ = ["source_of", "woven"]

_usual: clock.Clock = Context().run(clock.current)  # the one where nobody has said otherwise
_files: dict[tuple[str, bool], str] = {}  # by source, of which there is one for each set of parts


def source_of(plan: Plan, unit: Unit, *, asynchronous: bool) -> str:
    """The source of the wrapper, for those who want to see what a call costs.

    Args:
        plan: What the policy says.
        unit: The state that it shares.
        asynchronous: Whether a coroutine function is wrapped.
    """
    wait, define = ("await ", "async def") if asynchronous else ("", "def")
    breaker = unit.breaker is not None
    purse = unit.purse is not None and plan.strategies is not None
    lines = [f"{define} guarded(*args, **kwargs):"]
    timed = unit.breaker is not None and unit.breaker.timed
    if not plan.is_plain or unit.bulkhead is not None or timed:
        return "\n".join([*lines, f"    return {wait}run(plan, unit, fn, args, kwargs)", ""])
    # Where nothing is tried again or replaced, a failure has no other effect than what is said here.
    bare = plan.strategies is None and plan.fallback is None
    long_way = f"        return {wait}run(plan, unit, fn, args, kwargs)"
    lines += ["    if deadlines.seen and deadlines.is_over():", long_way]
    if breaker:
        lines += ["    generation = breaker.generation", "    if generation.alert:"]
        # A refusal is raised here: one frame less to be noted in its traceback.
        away = [
            f"        refusal = unit.turned_away({plan.strategies is not None})",
            "        if refusal is not None:",
            "            try:",
            "                raise refusal",
            "            finally:",
            "                del refusal  # or else it would hold this frame, which holds it",
        ]
        lines += [*(away if plan.fallback is None else ()), long_way]
    dated = plan.is_timed or unit.limiter is not None
    if dated:
        # Where the clock is the usual one its reading is a call, and no look at an attribute.
        lines += [
            "    clock = current()",
            "    begun = monotonic() if clock is usual else clock.monotonic()",
        ]
    elif purse:
        lines += ["    if purse.fresh:", long_way]
    if unit.limiter is not None:
        lines += [*(f"    {line}" for line in unit.limiter.LINES), "    if not fits:", long_way]
    lines += [
        "    try:",
        f"        result = {wait}fn(*args, **kwargs)",
        "    except Exception as failure:",
    ]
    if bare:
        lines += [f"        unit.failed({'generation' if breaker else None}, failure)", "        raise"]
    else:
        judged = ["        if not current_mode().off:", "            breaker.judge(generation, failure)"]
        lines += [*(judged if breaker else ()), "        first = failure"]
    counts: list[str] = []
    if breaker:
        counts += [
            "        generation.oks = oks = generation.oks + 1",
            "        if oks >= generation.group:",
            "            breaker.fold()",
        ]
    if purse:
        counts += [
            "        purse.n = n = purse.n + 1",
            f"        if n >= {FOLD}:",
            "            purse.settle()",
        ]
    lines += ["    else:", *counts, "        return result"]
    if bare:
        return "\n".join([*lines, ""])
    # Outside of the handler, so that what a later attempt raises has no context that is only ours.
    rest = "first, begun" if dated else "first"
    lines += [
        "    try:",
        f"        return {wait}run(plan, unit, fn, args, kwargs, {rest})",
        "    finally:",
        "        del first  # or else it would hold this frame, which holds it",
        "",
    ]
    return "\n".join(lines)


def woven(plan: Plan, unit: Unit, fn: Callable[..., Any]) -> Callable[..., Any]:
    """The guarded function: the same name, signature and documentation.

    Args:
        plan: What the policy says.
        unit: The state that it shares.
        fn: A function or a coroutine function.
    """
    asynchronous = is_asynchronous(fn)
    source = source_of(plan, unit, asynchronous=asynchronous)
    file = _file_of(source, retrying=plan.strategies is not None and plan.strategies.repeats)
    names: dict[str, Any] = {
        "breaker": unit.breaker,
        "current": clock.current,
        "current_mode": current_mode,
        "deadlines": deadlines,
        "fn": fn,
        "limiter": unit.limiter,
        "monotonic": _usual.monotonic,
        "plan": plan,
        "purse": unit.purse,
        "run": arun if asynchronous else run,
        "unit": unit,
        "usual": _usual,
    }
    exec(compile(source, file, "exec"), names)  # noqa: S102 - our own words, with nothing of the user's in them
    return functools.wraps(fn)(names["guarded"])


def _file_of(source: str, *, retrying: bool) -> str:
    """The name under which debuggers and tracebacks find the lines; all wrappers of one shape have the same."""
    file = _files.setdefault((source, retrying), f"<errcore policy, shape {len(_files)}>")
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    if retrying:
        nesting.RETRYING.add(file)
    return file
