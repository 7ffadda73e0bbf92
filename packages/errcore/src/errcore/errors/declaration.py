# SPDX-License-Identifier: MIT
"""From a class statement to its spec: attrs makes the fields, the kind fills in what was left out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import attrs

from errcore.errors import reading
from errcore.errors.fields import Visibility, visibility_of
from errcore.errors.kinds import KIND_RULES, Fault, Kind, Retriable, Severity, outcome_of
from errcore.errors.refusals import Check, check_code, own_annotations
from errcore.errors.spec import ErrorSpec, FieldSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["declare"]

# What follows from the kind; a class that names a new kind does not keep its parent's answers to these.
_OF_THE_KIND = ("status", "fault", "severity", "retriable")
# Modules that make classes for others: the statement is further out.
_MAKERS = frozenset({"abc", "attr", "attrs", "dataclasses", "types", "typing"})


def _place_of_class_statement() -> str:
    """File and line of the class statement that is being executed."""
    # The public inspect module would be imported for this alone.
    frame = sys._getframe(1)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    while frame.f_back is not None and (
        frame.f_code.co_name in {"__init_subclass__", "declare", "__new__"}
        or str(frame.f_globals.get("__name__")).partition(".")[0] in _MAKERS
    ):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def declare(cls: type[BaseException], given: Mapping[str, object]) -> ErrorSpec:
    """Make `cls` an attrs class and give it its spec.

    Args:
        cls: The class that was just created.
        given: The class keywords that were given, by name.

    Raises:
        TypeError: If the declaration is wrong; the message names the class and the place.
    """
    place = _place_of_class_statement()
    check = Check(f"{getattr(cls, '__module__', '<no module>')}.{cls.__qualname__}", place)
    parent = _parent_spec(cls)
    check.bases(cls, parent)
    check.names(cls, parent)
    own_init = "__init__" in cls.__dict__
    if _adds_fields(cls, parent):
        # A class that adds no field inherits everything; compiling the same methods again would cost half a
        # millisecond of import for each.
        _make_attrs_class(cls, check)
    check.fields(cls)
    if parent is not None and (own_init or _takes_init_of_a_mixin(cls)):
        _keep_arguments_out(cls)
    if parent is not None:
        _keep_own_ways(cls)
    else:
        for attribute in attrs.fields(cls):  # type: ignore[arg-type]
            # An `__init__` of the user's that does not call ours leaves the settings as they are here.
            setattr(cls, attribute.name, None)
    spec = _build(cls, given, parent, check)
    setattr(cls, "spec", spec)  # noqa: B010 - the class is only known as an exception here
    if not hasattr(reading.kind_of(_inherited_code(cls)), "__get__"):
        setattr(cls, "code", spec.code)  # noqa: B010
    return spec


def _inherited_code(cls: type[BaseException]) -> object:
    """What answers to `code` on the class now: the text of a parent, or what RemoteError has in its place."""
    return next((vars(base)["code"] for base in cls.__mro__ if "code" in vars(base)), None)


def _adds_fields(cls: type[BaseException], parent: ErrorSpec | None) -> bool:
    return (
        parent is None
        or bool(own_annotations(cls))
        or sum(hasattr(base, "__attrs_attrs__") for base in cls.__bases__) > 1
    )


def _takes_init_of_a_mixin(cls: type[BaseException]) -> bool:
    owner = next(base for base in cls.__mro__ if "__init__" in base.__dict__)
    return owner is not cls and reading.spec_of(owner) is None


def _make_attrs_class(cls: type[BaseException], check: Check) -> None:
    # attrs has four ways to say what is wrong with a field: two with one argument name, say, are a SyntaxError.
    try:
        attrs.define(
            cls,
            slots=False,
            kw_only=True,
            eq=False,
            order=False,
            repr=False,
            auto_exc=False,
            auto_attribs=True,
        )
    except (TypeError, ValueError, RuntimeError, SyntaxError) as problem:
        check.refuse(f"attrs says: {problem}")
    _forget_source(cls)


def _forget_source(cls: type[BaseException]) -> None:
    """Drop what attrs leaves: the source of what it generates, in `linecache`, would outlive the class."""
    import linecache

    # Beside a hand-written `__init__` attrs puts its own under another name.
    made: Any = vars(cls).get("__attrs_init__", cls.__init__)
    linecache.cache.pop(made.__code__.co_filename, None)


def _keep_arguments_out(cls: type[BaseException]) -> None:
    """Positional arguments of a hand-written `__init__` would land in `args`, secrets included."""
    if "__new__" not in cls.__dict__:

        def __new__(made: type[BaseException], *_args: object, **_kwargs: object) -> BaseException:  # noqa: N807
            return super(cls, made).__new__(made)

        setattr(cls, "__new__", staticmethod(__new__))  # noqa: B010 - checkers do not let a class be changed so


def _keep_own_ways(cls: type[BaseException]) -> None:
    """A plain `@dataclass` on top would show secrets in its `repr` and compare by fields; it leaves alone what is there.

    Each asks the next class, so that bases and mixins have their say as without it.
    """

    def __repr__(self: BaseException) -> str:  # noqa: N807
        return super(cls, self).__repr__()

    def __eq__(self: BaseException, other: object) -> bool:  # noqa: N807
        return super(cls, self).__eq__(other)

    def __hash__(self: BaseException) -> int:  # noqa: N807
        return super(cls, self).__hash__()

    for name, way in (("__repr__", __repr__), ("__eq__", __eq__), ("__hash__", __hash__)):
        # None is the hash of what says itself that it cannot be hashed.
        if name not in cls.__dict__ and getattr(cls, name) is not None:
            setattr(cls, name, way)


def _parent_spec(cls: type[BaseException]) -> ErrorSpec | None:
    return next(
        (spec for base in cls.__mro__[1:] if type(spec := base.__dict__.get("spec")) is ErrorSpec), None
    )


def _build(
    cls: type[BaseException], given: Mapping[str, object], parent: ErrorSpec | None, check: Check
) -> ErrorSpec:
    if "code" in given:
        problem = check_code(given["code"])
        if problem:
            check.refuse(problem)
    inherited = dict(parent.explicit) if parent else {}
    if "kind" in given:
        for name in _OF_THE_KIND:
            inherited.pop(name, None)
    explicit: dict[str, Any] = {**inherited, **given}
    kind = check.enum("kind", explicit["kind"], Kind)
    rule = KIND_RULES[kind]
    fields = _fields(cls)
    names = {v: tuple(f.name for f in fields if f.visibility is v) for v in Visibility}
    message = explicit.get("message")
    retriable = explicit.get("retriable", rule.retriable)
    if isinstance(retriable, bool):
        retriable = Retriable.YES if retriable else Retriable.NO
    fault = check.enum("fault", explicit.get("fault", rule.fault), Fault)
    return ErrorSpec(
        code=explicit["code"],
        kind=kind,
        status=check.status(explicit.get("status", rule.status)),
        fault=fault,
        category=_text(explicit.get("category"), check),
        severity=check.enum("severity", explicit.get("severity", rule.severity), Severity),
        retriable=check.enum("retriable", retriable, Retriable),
        recoverable=check.boolean("recoverable", explicit.get("recoverable", fault is Fault.CALLER)),
        outcome=getattr(cls, "_errcore_outcome", outcome_of(fault)),
        executed=getattr(cls, "_errcore_executed", rule.executed),
        message=message,
        parts=() if message is None else check.message(message, frozenset(names[Visibility.PUBLIC])),
        fields=fields,
        answers_as=_answers_as(explicit.get("answers_as"), check),
        qualname=check.qualname,
        place=check.place,
        doc=(cls.__dict__.get("__doc__") or "").strip(),
        declares_code="code" in given,
        explicit=explicit,
        public_names=names[Visibility.PUBLIC],
        internal_names=names[Visibility.INTERNAL],
        secret_names=names[Visibility.SECRET],
        optional_names=frozenset(f.name for f in fields if f.optional),
    )


def _text(value: object, check: Check) -> str | None:
    if value is not None and not isinstance(value, str):
        check.refuse(f"category={value!r} is not a string")
    return value


def _answers_as(other: object, check: Check) -> ErrorSpec | None:
    if other is None:
        return None
    spec = getattr(other, "spec", None)
    if not isinstance(spec, ErrorSpec):
        check.refuse(f"answers_as={other!r} is not an errcore error class")
    spec = spec.shown
    if any(name for _, name in spec.parts):
        check.refuse(f"answers_as={spec.qualname}: its message has placeholders, which nothing could fill")
    return spec


def _fields(cls: type[BaseException]) -> tuple[FieldSpec, ...]:
    return tuple(
        FieldSpec(
            name=attribute.name,
            type=_written(attribute.type),
            visibility=visibility_of(attribute),
            required=attribute.default is attrs.NOTHING,
            optional=attribute.default is None,
        )
        for attribute in attrs.fields(cls)  # type: ignore[arg-type]
        if visibility_of(attribute) is not Visibility.SETTING
    )


def _written(annotation: Any) -> str:
    """An annotation as it stands in the class; without postponed evaluation it has become an object."""
    if isinstance(annotation, str):
        return annotation
    # `list[str]` has the name of `list`, and says more.
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
