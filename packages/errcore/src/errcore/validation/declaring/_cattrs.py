# SPDX-License-Identifier: MIT
"""The one file of this room that knows cattrs: a converter's hooks and names for us, and our strictness for a converter.

cattrs alone converts True to 1, loses the place of what attrs validators refuse, and stops at the first of them. With
`strict`, each attrs class that a converter meets is read by its validator, which uses the converter's own hooks for what
errcore does not know, and its names.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NewType, TypeVar

import attrs
from cattrs import BaseConverter
from cattrs.errors import BaseValidationError, StructureHandlerNotFoundError

from errcore.errors.issues import MOST_ISSUES
from errcore.validation.declaring.foreign import Override

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["forbids_others", "hook_for", "overridden", "overrides_for", "strict"]

C = TypeVar("C", bound=BaseConverter)

# Of these errcore is strict, whatever a converter does with them.
_OURS = frozenset({str, int, float, bool, type(None), object, list, dict, tuple, set, frozenset})
_MARK = "__errcore_strict__"


def strict(
    converter: C,
    *,
    extra: str = "ignore",
    messages: Mapping[str, str] | None = None,
    max_issues: int = MOST_ISSUES,
) -> C:
    """Make a cattrs converter strict about attrs classes: everything that is wrong is found, with its pointer.

    Structuring such a class then raises `errcore.ValidationError`. Hooks that somebody wrote for a class stay. Those that
    cattrs made, with overrides, are replaced, and their overrides are kept, if they were registered before.

    Args:
        converter: The converter; it is changed, and given back.
        extra: What becomes of keys that a class does not declare: "ignore" or "forbid"; a converter that forbids them is
            obeyed.
        messages: Sentences by code that go before errcore's own.
        max_issues: How many issues are told at most.

    >>> import attrs, cattrs
    >>> from typing import Annotated
    >>> from errcore.validation import Range, strict
    >>> @attrs.define
    ... class Item:
    ...     qty: Annotated[int, Range(1)]
    >>> strict(cattrs.Converter()).structure({"qty": 3}, Item)
    Item(qty=3)
    """

    def make(cls: Any) -> Callable[[Any, Any], Any]:
        from errcore.validation.validator import Validator

        made: list[Validator[Any]] = []

        def hook(value: Any, _type: Any) -> Any:
            if not made:  # at the first value, when hooks for its fields may have been registered, too
                made.append(
                    Validator.of(
                        cls, extra=extra, messages=messages, max_issues=max_issues, converter=converter
                    )
                )
            return made[0].validate(value)

        hook.overrides = _made_by_cattrs(before, cls)  # type: ignore[attr-defined]
        hook.__errcore_forbids__ = forbids_others(before, cls)  # type: ignore[attr-defined]
        setattr(hook, _MARK, True)
        return hook

    before = converter.copy()
    for cls in _registered(before):
        if _is_plain(before, cls):
            converter.register_structure_hook(cls, make(cls))
    converter.register_structure_hook_factory(partial(_is_plain, before), make)
    return converter


def _registered(converter: BaseConverter) -> list[Any]:
    """The classes for which there is a hook of their own; a hook for all classes does not reach these."""
    return [cls for cls in converter._structure_func._single_dispatch.registry if cls is not object]  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001


def _is_plain(converter: BaseConverter, cls: Any) -> bool:
    """Whether a class is one of attrs, and nobody has said how to read it."""
    origin = getattr(cls, "__origin__", cls)
    return isinstance(origin, type) and attrs.has(origin) and not _is_foreign(_hook(converter, cls))


def _hook(converter: BaseConverter, declared: Any) -> Any:
    try:
        return converter.get_structure_hook(declared)
    except (StructureHandlerNotFoundError, RecursionError):  # the latter, of a class that holds itself
        return None


def _made_by_cattrs(converter: BaseConverter, cls: Any) -> Mapping[str, Any]:
    """The overrides of the hook that cattrs made for a class."""
    return getattr(_hook(converter, cls), "overrides", {})


def _is_foreign(hook: Any) -> bool:
    """Whether a hook was written by somebody, and not made by cattrs or by us."""
    if hook is None or hasattr(hook, "overrides") or hasattr(hook, _MARK):
        return False
    return not (getattr(hook, "__module__", None) or "").startswith("cattrs.")


def forbids_others(converter: BaseConverter, cls: Any) -> bool:
    """Whether a converter, or the hook that cattrs made for this class, refuses keys that are not declared.

    Args:
        converter: The converter.
        cls: An attrs class.
    """
    hook = _hook(converter, cls)
    # The one trace that `_cattrs_forbid_extra_keys` leaves: the error that the hook raises for them.
    return getattr(hook, "__errcore_forbids__", False) or "__c_feke" in getattr(hook, "__globals__", {})


def hook_for(converter: BaseConverter, declared: Any, *, known: bool) -> Callable[[Any], Any] | None:
    """What reads values of a type, where the converter knows better.

    Args:
        converter: The converter.
        declared: The type.
        known: Whether errcore can read it, too; then only a hook that somebody wrote goes before.
    """
    if not isinstance(declared, type | NewType) or declared in _OURS:
        return None
    hook = _hook(converter, declared)
    if hook is None or (known and not _is_foreign(hook)):
        return None

    return _reader(hook, declared)


def _reader(hook: Callable[[Any, Any], Any], declared: Any) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        try:
            return hook(value, declared)
        except BaseValidationError:
            pass
        raise ValueError  # outside of the handler: what cattrs says holds what was sent

    return read


def overrides_for(converter: BaseConverter, cls: type[Any], declared: Any) -> dict[str, Override]:
    """What a converter says of the fields of a class: their keys, hooks for them, and which are left out.

    Args:
        converter: The converter.
        cls: An attrs class.
        declared: The same, or with arguments.
    """
    asked = _made_by_cattrs(converter, declared)
    by_alias = getattr(converter, "use_alias", False)
    found: dict[str, Override] = {}
    for attribute in attrs.fields(cls):
        plain = Override((by_alias and attribute.alias) or attribute.name)
        own = asked.get(attribute.name)
        found[attribute.name] = plain if own is None else overridden(plain, own, attribute.type)
    return found


def overridden(plain: Override, asked: Any, declared: Any) -> Override:
    """What is known of a field, with an `override` of cattrs.

    Args:
        plain: What is known.
        asked: The override.
        declared: The type of the field.
    """
    key = asked.rename if isinstance(asked.rename, str) else plain.key
    read = None if asked.struct_hook is None else _reader(asked.struct_hook, declared)
    return Override(key, read, bool(asked.omit))
