# SPDX-License-Identifier: MIT
"""Values as JSON has them: what they are made of, and a copy that nobody else holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["copied", "is_array", "is_object", "is_row", "without"]


def is_object(value: object) -> TypeGuard[dict[Any, Any]]:
    """Whether it is a dict.

    >>> is_object({}), is_object([])
    (True, False)
    """
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a list.

    >>> is_array([]), is_array(())
    (True, False)
    """
    return isinstance(value, list)


def is_row(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether it is a list or a tuple.

    >>> is_row([]), is_row(()), is_row("")
    (True, True, False)
    """
    return isinstance(value, list | tuple)


def copied(value: Any) -> Any:
    """Lists and dicts anew, all else as it is: no code of the value runs.

    >>> given = {"a": [1]}
    >>> copied(given) == given, copied(given)["a"] is given["a"]
    (True, False)
    """
    if is_array(value):
        return list(map(copied, value))
    if is_object(value):
        return {key: copied(each) for key, each in value.items()}
    return value


def without(document: dict[Any, Any], key: Any) -> dict[Any, Any]:
    """An object without one of its keys.

    >>> without({"a": 1, "b": 2}, "a")
    {'b': 2}
    """
    return {name: each for name, each in document.items() if name != key}
