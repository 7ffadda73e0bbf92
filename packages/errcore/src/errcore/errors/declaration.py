# SPDX-License-Identifier: MIT
"""From a class statement to its spec, or to an error that names the place.

Everything that can be wrong with a declaration is refused here, when the class is made, and never when it is raised.
"""

from __future__ import annotations

import string
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import attrs

from errcore.errors import reading
from errcore.errors.fields import Visibility, is_marker, visibility_of
from errcore.errors.kinds import KIND_RULES, Fault, Kind, Outcome, Retriable, Severity
from errcore.errors.spec import ErrorSpec, FieldSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_code", "declare", "place_of_class_statement"]

CODE_LENGTH = 63
_CODE_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_RESERVED = frozenset(
    {
        *("args", "category", "cause_chain", "code", "details", "fault", "field_errors", "headers", "internal"),
        *("kind", "message", "recoverable", "retriable", "retry_after", "severity", "spec", "status"),
        *("add_note", "with_traceback"),
    }
)
_OURS = ("__", "_errcore")
# What belongs into the brackets of the class statement, or into a raise: as a class attribute it would do nothing.
_NOT_IN_THE_BODY = frozenset(
    {
        *("answers_as", "category", "code", "fault", "kind", "message", "recoverable", "retriable", "severity"),
        *("details", "field_errors", "headers", "internal", "retry_after", "spec", "status"),
    }
)
# What follows from the kind; a class that names a new kind does not keep its parent's answers to these.
_OF_THE_KIND = ("status", "fault", "severity", "retriable")
_BOOLEANS: dict[object, object] = {True: Retriable.YES, False: Retriable.NO}


def check_code(code: object) -> str | None:
    """What is wrong with a code, or None.

    The shape is that of google.rpc.ErrorInfo.reason (AIP-193).
    """
    if not isinstance(code, str):
        return f"the code is a {type(code).__name__}, not a string"
    if not 3 <= len(code) <= CODE_LENGTH:
        return f"the code has {len(code)} characters; 3 to {CODE_LENGTH} are allowed"
    if not _CODE_CHARACTERS.issuperset(code) or not code[0].isalpha() or code[-1] == "_":
        return f"the code {code!r} is not of the form [A-Z][A-Z0-9_]+[A-Z0-9]"
    return None


def place_of_class_statement() -> str:
    """File and line of the class statement that is being executed."""
    frame = sys._getframe(1)  # noqa: SLF001 - the public inspect module would be imported for this alone
    while frame.f_code.co_name in {"__init_subclass__", "declare", "__new__"} and frame.f_back is not None:
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
    place = place_of_class_statement()
    check = _Check(f"{cls.__module__}.{cls.__qualname__}", place)
    parent = _parent_spec(cls)
    check.bases(cls, parent)
    check.names(cls, parent)
    hand_written = _has_hand_written_init(cls)
    if _adds_fields(cls, parent):
        # A class that adds no field inherits everything; compiling the same methods again would cost half a
        # millisecond of import for each.
        _make_attrs_class(cls, check)
    check.fields(cls)
    if hand_written and parent is not None:
        _keep_arguments_out(cls)
    if parent is None:
        for attribute in attrs.fields(cls):  # type: ignore[arg-type]
            # An `__init__` of the user's that does not call ours leaves the settings as they are here.
            setattr(cls, attribute.name, None)
    spec = _build(cls, given, parent, check)
    setattr(cls, "spec", spec)  # noqa: B010 - the class is only known as an exception here
    setattr(cls, "code", spec.code)  # noqa: B010
    return spec


def _adds_fields(cls: type[BaseException], parent: ErrorSpec | None) -> bool:
    return (
        parent is None
        or bool(_own_annotations(cls))
        or sum(hasattr(base, "__attrs_attrs__") for base in cls.__bases__) > 1
    )


def _has_hand_written_init(cls: type[BaseException]) -> bool:
    owner = next(base for base in cls.__mro__ if "__init__" in base.__dict__)
    # An errcore class further up has seen to its own.
    return owner is cls or reading.spec_of(owner) is None


def _make_attrs_class(cls: type[BaseException], check: _Check) -> None:
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
    """attrs leaves the source of what it generates in `linecache`, where it would outlive the class."""
    import linecache

    code = getattr(cls.__dict__.get("__attrs_init__", cls.__init__), "__code__", None)
    if code is not None and code.co_filename.startswith("<attrs generated"):
        linecache.cache.pop(code.co_filename, None)


def _own_annotations(cls: type[BaseException]) -> Mapping[str, object]:
    """The annotations of the class body alone; since Python 3.14 they are made when they are asked for."""
    if sys.version_info >= (3, 14):
        return cls.__annotations__
    return cls.__dict__.get("__annotations__", {})  # type: ignore[no-any-return]


def _keep_arguments_out(cls: type[BaseException]) -> None:
    """Positional arguments of a hand-written `__init__` would land in `args`, secrets included."""
    if "__new__" not in cls.__dict__:

        def __new__(made: type[BaseException], *_args: object, **_kwargs: object) -> BaseException:  # noqa: N807
            return super(cls, made).__new__(made)

        setattr(cls, "__new__", staticmethod(__new__))  # noqa: B010 - checkers do not let a class be changed so


def _parent_spec(cls: type[BaseException]) -> ErrorSpec | None:
    return next((spec for base in cls.__mro__[1:] if type(spec := base.__dict__.get("spec")) is ErrorSpec), None)


@attrs.frozen
class _Check:
    """What may be wrong with one declaration."""

    qualname: str
    place: str

    def refuse(self, why: str) -> NoReturn:
        raise TypeError(f"Cannot declare {self.qualname} at {self.place}: {why}.")

    def bases(self, cls: type[BaseException], parent: ErrorSpec | None) -> None:
        if issubclass(cls, BaseExceptionGroup):
            self.refuse("an exception group cannot be an error of its own; raise its members, errcore unwraps them")
        if parent is None:
            return
        first = next(base for base in cls.__bases__ if issubclass(base, BaseException))
        if reading.spec_of(first) is None:
            self.refuse(f"{first.__name__} comes before the errcore class in its bases; put the errcore class first")

    def names(self, cls: type[BaseException], parent: ErrorSpec | None) -> None:
        annotated = _own_annotations(cls)
        for name, value in cls.__dict__.items():
            if is_marker(value) and name not in annotated:
                self.refuse(f"field {name!r} has a marker but no annotation; write `{name}: <type> = ...`")
        if parent is None:
            return
        if "__attrs_attrs__" in cls.__dict__ or type(cls.__dict__.get("spec")) is ErrorSpec:
            self.refuse("the class statement is the declaration; take the decorator (attrs, dataclass) off")
        for name, value in cls.__dict__.items():
            if name in _NOT_IN_THE_BODY and not hasattr(type(value), "__get__"):
                self.refuse(f"`{name} = ...` in the class body does nothing; write it in the brackets, or where you raise")
        for name in annotated:
            if (name in _RESERVED or name.startswith(_OURS)) and "ClassVar" not in str(annotated[name]):
                self.refuse(f"{name!r} is reserved by errcore; choose another field name")

    def fields(self, cls: type[BaseException]) -> None:
        """Refuse a field whose value would not land in the error's own `__dict__`, where it is looked for."""
        for attribute in attrs.fields(cls):  # type: ignore[arg-type]
            name = attribute.name
            owner = next((base for base in cls.__mro__ if name in base.__dict__), None)
            if owner is not None and hasattr(type(owner.__dict__[name]), "__set__"):
                self.refuse(f"field {name!r} would be hidden by {owner.__name__}.{name}; choose another field name")

    def enum(self, name: str, value: object, enum: type[Any]) -> Any:
        try:
            return enum(value)
        except ValueError:
            known = ", ".join(member.value for member in enum)
            self.refuse(f"{name}={value!r} is not one of {known}")

    def status(self, value: object) -> int:
        if type(value) is not int or not 400 <= value <= 599:
            self.refuse(f"status={value!r} is not an HTTP error status (400 to 599)")
        return value

    def message(self, template: object, public: frozenset[str]) -> tuple[tuple[str, str | None], ...]:
        if not isinstance(template, str) or not template.strip():
            self.refuse(f"message={template!r} is not a sentence")
        try:
            parsed = list(string.Formatter().parse(template))
        except ValueError as problem:
            self.refuse(f"message={template!r} has a broken placeholder ({problem})")
        for _, name, spec, conversion in parsed:
            if name is None:
                continue
            if spec or conversion or not name.isidentifier():
                self.refuse(f"message={template!r}: only plain placeholders such as {{period}} are allowed")
            if name not in public:
                self.refuse(f"message={template!r} shows {name!r}, which is not a public field of the class")
        parts: list[tuple[str, str | None]] = [("", None)]
        for literal, name, _, _ in parsed:  # an escaped brace ends a part without naming a field
            before = "" if parts[-1][1] else parts.pop()[0]
            parts.append((before + literal, name))
        return tuple(parts)


def _build(cls: type[BaseException], given: Mapping[str, object], parent: ErrorSpec | None, check: _Check) -> ErrorSpec:
    if "code" in given:
        problem = check_code(given["code"])
        if problem:
            check.refuse(problem)
    inherited = dict(parent.explicit) if parent else {}
    if "kind" in given:
        for name in _OF_THE_KIND:
            inherited.pop(name, None)
    explicit: dict[str, Any] = {**inherited, **given}
    kind: Kind = check.enum("kind", explicit["kind"], Kind)
    rule = KIND_RULES[kind]
    fields = _fields(cls)
    names = {v: tuple(f.name for f in fields if f.visibility is v) for v in Visibility}
    message = explicit.get("message")
    retriable = explicit.get("retriable", rule.retriable)
    fault: Fault = check.enum("fault", explicit.get("fault", rule.fault), Fault)
    # Local caller faults say nothing about a dependency; every other failure counts.
    outcome = Outcome.DROPPED if fault is Fault.CALLER else Outcome.FAILED
    return ErrorSpec(
        code=explicit["code"],
        kind=kind,
        status=check.status(explicit.get("status", rule.status)),
        fault=fault,
        category=_text(explicit.get("category"), check),
        severity=check.enum("severity", explicit.get("severity", rule.severity), Severity),
        retriable=check.enum("retriable", _BOOLEANS.get(retriable, retriable), Retriable),
        recoverable=bool(explicit.get("recoverable", fault is Fault.CALLER)),
        outcome=getattr(cls, "_errcore_outcome", outcome),
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


def _text(value: object, check: _Check) -> str | None:
    if value is not None and not isinstance(value, str):
        check.refuse(f"category={value!r} is not a string")
    return value


def _answers_as(other: object, check: _Check) -> ErrorSpec | None:
    if other is None:
        return None
    spec = getattr(other, "spec", None)
    if not isinstance(spec, ErrorSpec):
        check.refuse(f"answers_as={other!r} is not an errcore error class")
    spec = spec.answers_as or spec
    if any(name for _, name in spec.parts):
        check.refuse(f"answers_as={spec.qualname}: its message has placeholders, which nothing could fill")
    return spec


def _fields(cls: type[BaseException]) -> tuple[FieldSpec, ...]:
    return tuple(
        FieldSpec(
            name=attribute.name,
            type=attribute.type if isinstance(attribute.type, str) else getattr(attribute.type, "__name__", "object"),
            visibility=visibility_of(attribute),
            required=attribute.default is attrs.NOTHING,
            optional=attribute.default is None,
        )
        for attribute in attrs.fields(cls)  # type: ignore[arg-type]
        if visibility_of(attribute) is not Visibility.SETTING
    )
