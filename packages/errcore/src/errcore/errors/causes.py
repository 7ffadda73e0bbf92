# SPDX-License-Identifier: MIT
"""What led to an exception: its causes as text, bounded, and redacted before anybody reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from errcore.errors import reading
from errcore.errors.message import safe_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["CHAIN", "CHAIN_LENGTH", "Cause", "chain_of", "kept_causes", "type_name", "walk_causes"]

CHAIN = "_errcore_chain"
"""Where an error that was pickled keeps the causes it had."""

CHAIN_LENGTH = 8
_TYPE_LENGTH = 200
_module_of: Callable[[type[object]], object] = vars(type)["__module__"].__get__
_qualname_of: Callable[[type[object]], object] = vars(type)["__qualname__"].__get__


@attrs.frozen
class Cause:
    """One link of a cause chain.

    Attributes:
        type_name: Dotted name of its class; builtins without their module.
        code: Its code, if it was declared.
        message: Its text: redacted, bounded, one line.
    """

    type_name: str
    code: str | None
    message: str


def type_name(cls: type[object]) -> str:
    """Dotted name of a class; builtins without their module."""
    from errcore.jsonsafe import safe_text

    # A class may lie about its own name: read the slots of `type`, and bound what a metaclass may have made up.
    name = safe_text(_qualname_of(cls), _TYPE_LENGTH)
    try:
        module: object = _module_of(cls)
    except AttributeError:  # a class that code without a `__name__` made
        return name
    return (
        name if type(module) is str and module == "builtins" else f"{safe_text(module, _TYPE_LENGTH)}.{name}"
    )


def walk_causes(error: BaseException) -> Iterator[BaseException]:
    """The exceptions that led to `error`, nearest first; each once, at most `CHAIN_LENGTH`."""
    seen = {id(error)}
    current = error
    for _ in range(CHAIN_LENGTH):
        following = reading.cause(current)
        if following is None and not reading.suppresses_context(current):
            following = reading.context(current)
        if following is None or id(following) in seen:
            return
        seen.add(id(following))
        yield following
        current = following


def chain_of(error: BaseException) -> tuple[Cause, ...]:
    """The cause chain of `error` as text: the living causes, and what the last of them brought from elsewhere."""
    links = [error, *walk_causes(error)]
    living = [_as_cause(link) for link in links[1:]]
    return (*living, *kept_causes(links))[:CHAIN_LENGTH]


def kept_causes(links: Iterable[BaseException]) -> list[Cause]:
    """What exceptions brought from elsewhere: the causes that they had before they were pickled."""
    # Any of them: a worker pool gives the error that it brings home a new living cause.
    found: list[Cause] = []
    for link in links:
        kept: Any = reading.attributes(link).get(CHAIN)
        if reading.exactly(tuple, kept):
            found += [cause for cause in kept[:CHAIN_LENGTH] if type(cause) is Cause]
    return found


def _as_cause(link: BaseException) -> Cause:
    from errcore.errors.databases.texts import database_text  # only an error that had causes pays for it

    spec = reading.spec_of(type(link))
    told = database_text(link) if spec is None else None
    return Cause(
        type_name(type(link)), None if spec is None else spec.code, safe_line(link if told is None else told)
    )
