# SPDX-License-Identifier: MIT
"""What others wrote on a class: the metadata of annotated-types, the validators of attrs, the overrides of cattrs.

What is known is read and becomes a constraint, with its limits in messages, schemas and test data. What is not known is
a predicate, asked as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast, get_args

import attrs
from attrs import validators

from errcore.errors.reading import kind_of
from errcore.errors.stock import ConfigurationError
from errcore.validation.constraints.choices import Choices
from errcore.validation.constraints.constraint import Constraint
from errcore.validation.constraints.formats import Pattern
from errcore.validation.constraints.limits import Length, MultipleOf, Range
from errcore.validation.constraints.nesting import Each
from errcore.validation.refusals import refusal
from errcore.validation.rules import AsyncRule, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["Override", "override_of", "parts_of_attrs", "parts_of_metadata"]

_RENAME = "errcore.name"


@attrs.frozen
class Override:
    """What a field is, other than its annotation says.

    Attributes:
        key: Its name in the input.
        read: A hook that reads it.
        omit: Whether it is not read at all.
    """

    key: str
    read: Callable[[Any], Any] | None = None
    omit: bool = False


def override_of(attribute: attrs.Attribute[Any], hint: Any, known: Override | None) -> Override:
    """What a field is, other than its annotation says.

    Its name in the input stands in its metadata, `metadata={"errcore.name": "userName"}`, or in an `override` of cattrs
    inside `Annotated`.

    Args:
        attribute: The field.
        hint: Its type.
        known: What a converter says of it.
    """
    found = known or Override(attribute.alias or attribute.name)
    for each in get_args(hint)[1:]:
        if type(each).__name__ == "AttributeOverride":
            from errcore.validation.declaring._cattrs import overridden

            found = overridden(found, each, hint)
    own = attribute.metadata.get(_RENAME)
    return attrs.evolve(found, key=own) if isinstance(own, str) else found


def parts_of_metadata(metadata: Iterable[Any], where: str) -> Iterator[Any]:
    """The constraints and rules in what stands in `Annotated` beside a type; what is for others is passed over.

    Args:
        metadata: What stands there.
        where: What messages call the place.
    """
    for each in metadata:
        if isinstance(each, Constraint | Rule | AsyncRule):
            yield each
        elif getattr(each, "__is_annotated_types_grouped_metadata__", False):
            yield from parts_of_metadata(each, where)
        elif isinstance(getattr(each, "metadata", None), list) and _comes_from(each, "pydantic"):
            yield from parts_of_metadata(each.metadata, where)
        elif _comes_from(each, "annotated_types") or _comes_from(each, "pydantic"):
            yield from _annotated(each, where)


_WORDS = frozenset({"DocInfo", "Unit"})
"""What annotated-types has for readers, and asks nothing."""


def _comes_from(each: Any, package: str) -> bool:
    return any(cls.__module__.partition(".")[0] == package for cls in kind_of(each).__mro__)


def _annotated(each: Any, where: str) -> Iterator[Any]:
    """What is a constraint and cannot be read would let everything in."""
    names = [cls.__name__ for cls in kind_of(each).__mro__ if cls.__module__ == "annotated_types"]
    known = next((_ANNOTATED[name] for name in names if name in _ANNOTATED), None)
    if known is not None:
        yield known(each)
    elif "Predicate" in names:
        yield _opaque(each.func)
    elif not names or names[0] not in _WORDS:
        raise refusal(
            where,
            f"the constraint {kind_of(each).__name__} cannot be read",
            "use one of errcore.validation, or a rule",
        )


_ANNOTATED: Mapping[str, Callable[[Any], Constraint]] = {
    "Ge": lambda each: Range(each.ge),
    "Gt": lambda each: Range(above=each.gt),
    "Le": lambda each: Range(None, each.le),
    "Lt": lambda each: Range(below=each.lt),
    "MinLen": lambda each: Length(each.min_length),
    "MaxLen": lambda each: Length(0, each.max_length),
    "MultipleOf": lambda each: MultipleOf(each.multiple_of),
}


def _opaque(predicate: Callable[[Any], Any]) -> Rule:
    return Rule(lambda value: bool(predicate(value)), "INVALID", "Is not valid.")


def parts_of_attrs(attribute: attrs.Attribute[Any], *, is_typed: bool) -> Iterator[Any]:
    """The constraints and rules in the validator of an attrs field.

    Args:
        attribute: The field.
        is_typed: Whether its annotation says what it is; otherwise a validator may take more than a constraint would.
    """
    if attribute.validator is not None:
        yield from _validator(attribute.validator, attribute, is_typed=is_typed)


_INSTANCE: object = cast("object", validators.instance_of(int))
_OPTIONAL: object = cast("object", validators.optional(validators.instance_of(int)))
_ITEMS: object = cast("object", validators.deep_iterable(validators.instance_of(int)))
# What attrs makes has no public types; an instance of each has the type that all have.
_KINDS: dict[type[Any], str] = {
    type(validators.ge(0)): "number",
    type(validators.min_len(0)): "min_len",
    type(validators.max_len(0)): "max_len",
    type(validators.matches_re("")): "matches",
    type(validators.in_(())): "in",
    type(_INSTANCE): "type",
    type(validators.and_()): "and",  # pyright: ignore[reportUnknownArgumentType]
    type(_OPTIONAL): "optional",
    kind_of(_ITEMS): "items",
}


def _validator(validator: Any, attribute: attrs.Attribute[Any], *, is_typed: bool) -> Iterator[Any]:
    made = kind_of(validator)
    kind = _KINDS.get(made)
    if kind == "and":
        for each in validator._validators:  # noqa: SLF001
            yield from _validator(each, attribute, is_typed=is_typed)
    elif not is_typed:
        yield _asked(validator, attribute)
    elif kind == "optional":  # whether None is taken is said by the annotation
        yield from _validator(validator.validator, attribute, is_typed=True)
    elif kind == "number" and _is_limit(validator.bound):
        word = {"<": "below", "<=": "max", ">=": "min", ">": "above"}[validator.compare_op]
        yield Range(**{word: validator.bound})
    elif kind == "min_len":
        yield Length(validator.min_length)
    elif kind == "max_len":
        yield Length(0, validator.max_length)
    elif kind == "in" and _is_plain(validator.options):
        yield Choices(validator.options)
    elif kind == "matches" and _is_whole(validator):
        yield Pattern(validator.pattern.pattern)
    elif kind == "items" and validator.iterable_validator is None:
        parts = tuple(_validator(validator.member_validator, attribute, is_typed=True))
        if parts:
            yield Each(*parts)
    elif kind != "type":  # of which the annotation says more
        yield _asked(validator, attribute)


def _is_limit(bound: Any) -> bool:
    """Whether `Range` takes it; what it does not take, such as a text, can be compared all the same."""
    try:
        Range(bound)
    except ConfigurationError:
        return False
    return True


def _is_plain(options: Any) -> bool:
    if type(options) not in {list, tuple, set, frozenset}:
        return False
    kinds: set[Any] = set(map(type, options))
    return kinds <= {str, int, float, bool}


def _is_whole(validator: Any) -> bool:
    pattern = validator.pattern
    return (
        isinstance(pattern.pattern, str)
        and pattern.flags == re.UNICODE
        and "fullmatch" in repr(validator.match_func)
    )


class _AsksForOthersError(BaseException):
    """A validator wants to see the object, which is not there yet. No handler of its own may catch this."""


class _Nobody:
    """Stands for the object to which a validator of attrs belongs."""

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":  # which others ask of every object that there is
            return _Nobody
        raise _AsksForOthersError


_NOBODY = _Nobody()


def _asked(validator: Any, attribute: attrs.Attribute[Any]) -> Rule:
    """A rule that asks a validator of attrs, which says no with an exception that holds the value.

    One that looks at other fields has to wait: the class asks it again, when the object is there.
    """

    def accepts(value: Any) -> bool:
        try:
            validator(_NOBODY, attribute, value)
        except (ValueError, TypeError):
            return False
        except _AsksForOthersError:
            return True
        return True

    return Rule(accepts, "INVALID", "Is not valid.")
