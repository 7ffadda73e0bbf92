# SPDX-License-Identifier: MIT
"""The same document in the words of others, each as strict as it can be. What one leaves out of the job is said with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

import attrs

from benchmarks.case import Column
from benchmarks.peers import available
from benchmarks.rows.validating_by_hand import EMAIL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Document = dict[str, Any]

__all__ = [
    "built",
    "invalid",
    "invalid_pydantic",
    "valid",
    "valid_class",
    "valid_pydantic",
    "valid_pydantic_model",
]

_ALL_OF_IT = f"^{EMAIL}$"  # for those that search


def valid(document: Document) -> Iterator[Column]:
    """Those who give a dict."""
    if available("pydantic"):
        yield Column("pydantic, TypedDict", valid_pydantic(), document)
    if available("msgspec"):
        yield Column("msgspec, TypedDict", _msgspec_dict(), document)


def valid_class(document: Document) -> Iterator[Column]:
    """Those who give an instance of a class of theirs."""
    if available("pydantic"):
        yield Column("pydantic, BaseModel", valid_pydantic_model(), document, differs="a class of its own")
    if available("msgspec"):
        yield Column("msgspec, Struct", _msgspec_struct(), document, differs="a class of its own")
    if available("cattrs"):
        yield Column("cattrs, attrs with validators", _cattrs(), document, differs="coerces, so not strict")


def invalid(document: Document) -> Iterator[Column]:
    """Those who say what is wrong, in their own words."""
    if available("pydantic"):
        yield Column("pydantic, errors()", invalid_pydantic(), document, differs="its own words")
    if available("msgspec"):
        yield Column("msgspec", _first_of_msgspec(), document, differs="the first defect only")
    if available("cattrs"):
        yield Column("cattrs, transform_error", _told_by_cattrs(), document, differs="texts, no codes")


def built(document: Document) -> Iterator[Column]:
    """Those who make something of a declaration before they can check, and then check once."""
    if available("pydantic"):
        yield Column("pydantic, TypedDict", lambda: valid_pydantic()(document))
        yield Column("pydantic, BaseModel", lambda: valid_pydantic_model()(document), differs="no dict")


def _fields_of_pydantic() -> dict[str, Any]:
    from pydantic import Field

    return {
        "email": Annotated[str, Field(pattern=_ALL_OF_IT)],
        "name": Annotated[str, Field(min_length=1, max_length=80)],
        "age": Annotated[int, Field(ge=18, le=120)],
        "role": Literal["admin", "editor", "viewer"],
        "score": Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)],
        "active": bool,
    }


def valid_pydantic() -> Callable[[Document], Any]:
    """pydantic at its fastest: a TypedDict, and so a dict."""
    from pydantic import ConfigDict, TypeAdapter, with_config
    from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

    account = with_config(ConfigDict(strict=True))(TypedDict("Account", _fields_of_pydantic()))
    return TypeAdapter(account).validate_python


def valid_pydantic_model() -> Callable[[Document], Any]:
    """pydantic as it is mostly used: a model."""
    from pydantic import ConfigDict, create_model

    fields: dict[str, Any] = {name: (hint, ...) for name, hint in _fields_of_pydantic().items()}
    return create_model("Account", __config__=ConfigDict(strict=True), **fields).model_validate


def invalid_pydantic() -> Callable[[Document], Any]:
    """All that pydantic says about a document that is wrong, read."""
    from pydantic import ValidationError

    validate = valid_pydantic()

    def told(document: Document) -> Any:
        try:
            return validate(document)
        except ValidationError as error:
            return error.errors(include_url=False)

    return told


def _fields_of_msgspec() -> dict[str, Any]:
    from msgspec import Meta

    return {
        "email": Annotated[str, Meta(pattern=_ALL_OF_IT)],
        "name": Annotated[str, Meta(min_length=1, max_length=80)],
        "age": Annotated[int, Meta(ge=18, le=120)],
        "role": Literal["admin", "editor", "viewer"],
        "score": Annotated[float, Meta(ge=0.0, le=1.0)],
        "active": bool,
    }


def _msgspec_dict() -> Callable[[Document], Any]:
    import msgspec

    account: Any = TypedDict("Account", _fields_of_msgspec())  # type: ignore[operator]
    return lambda document: msgspec.convert(document, account)


def _msgspec_struct() -> Callable[[Document], Any]:
    import msgspec

    account = msgspec.defstruct("Account", list(_fields_of_msgspec().items()))
    return lambda document: msgspec.convert(document, account)


def _first_of_msgspec() -> Callable[[Document], Any]:
    import msgspec

    convert = _msgspec_dict()

    def told(document: Document) -> Any:
        try:
            return convert(document)
        except msgspec.ValidationError as error:
            return str(error)

    return told


@attrs.define
class _Account:
    email: str = attrs.field(validator=attrs.validators.matches_re(EMAIL))
    name: str = attrs.field(
        validator=attrs.validators.and_(attrs.validators.min_len(1), attrs.validators.max_len(80))
    )
    age: int = attrs.field(validator=attrs.validators.and_(attrs.validators.ge(18), attrs.validators.le(120)))
    role: Literal["admin", "editor", "viewer"]
    score: float = attrs.field(
        validator=attrs.validators.and_(attrs.validators.ge(0.0), attrs.validators.le(1.0))
    )
    active: bool


def _cattrs() -> Callable[[Document], Any]:
    import cattrs

    structure = cattrs.Converter().get_structure_hook(_Account)
    return lambda document: structure(document, _Account)


def _told_by_cattrs() -> Callable[[Document], Any]:
    import cattrs

    structure = _cattrs()

    def told(document: Document) -> Any:
        try:
            return structure(document)
        except cattrs.BaseValidationError as error:
            return cattrs.transform_error(error)

    return told
