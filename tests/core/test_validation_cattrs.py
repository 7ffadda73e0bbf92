# SPDX-License-Identifier: MIT
"""cattrs: its hooks and names for our validators, and our strictness, places and silence for its converters."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Any, Generic, NewType, TypeVar

import attrs
import cattrs
import pytest
from cattrs import override
from cattrs.errors import IterableValidationError
from cattrs.gen import make_dict_structure_fn
from cattrs.preconf.json import make_converter as json_converter
from cattrs.preconf.orjson import make_converter as orjson_converter
from cattrs.preconf.pyyaml import make_converter as yaml_converter

from errcore import ConfigurationError, ValidationError, Validator
from errcore.validation import Email, Length, Range, RuleCrashError, strict

T = TypeVar("T")
CANARY = "canary-" * 40
Cents = NewType("Cents", int)


class Money:
    """A type that only its own hook can read."""

    def __init__(self, cents: int) -> None:
        self.cents = cents

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Money) and other.cents == self.cents

    def __hash__(self) -> int:
        return self.cents


def read_money(value: Any, _type: Any) -> Money:
    """Read "7 EUR" and nothing else; in some ways it fails."""
    if value == "boom":
        return {}[CANARY]
    amount, unit = value.split()
    if unit != "EUR":
        raise ValueError(f"{unit} is no unit, {CANARY}")
    return Money(100 * int(amount))


@attrs.define
class Item:
    """One line of an order."""

    sku: Annotated[str, Length(1, 20)]
    quantity: Annotated[int, Range(1)]


@attrs.define
class Order:
    """Lists, keys that are data, and names that differ."""

    items: list[Item]
    prices: dict[str, float]
    e_mail: Annotated[str, Email()] = "a@b.co"


@attrs.define
class Tree:
    """A class inside itself."""

    value: int
    kids: list[Tree] = attrs.field(factory=list)


@attrs.define
class Page(Generic[T]):
    """A class with a parameter."""

    items: list[T]


@attrs.define
class Wallet:
    """Fields that need hooks."""

    money: Money
    day: date


@attrs.define
class Private:
    """A private attribute, and an alias."""

    _secret: int
    owner: str = attrs.field(alias="user")


def twice(value: Any, _type: Any) -> int:
    """A hook for one field."""
    return 2 * int(value)


def places(call: Callable[[], object]) -> list[tuple[str, str]]:
    """What is wrong, by place."""
    with pytest.raises(ValidationError) as caught:
        call()
    return [(issue.pointer, issue.code) for issue in caught.value.issues]


def money_converter() -> cattrs.Converter:
    """One that knows money and days."""
    converter = cattrs.Converter()
    converter.register_structure_hook(Money, read_money)
    converter.register_structure_hook(date, lambda value, _: date.fromordinal(value))
    return converter


@pytest.mark.parametrize(
    "make",
    [cattrs.Converter, json_converter, orjson_converter, yaml_converter],
    ids=["plain", "json", "orjson", "yaml"],
)
def test_a_strict_converter_finds_everything_with_its_place(make: Callable[[], cattrs.Converter]) -> None:
    """The nested index, the key with a slash, the truth value that is no integer; and takes what is good."""
    converter = strict(make())
    assert converter.structure(
        {"items": [{"sku": "a", "quantity": 1}], "prices": {"a/b": 1}}, Order
    ) == Order([Item("a", 1)], {"a/b": 1.0})
    assert places(
        lambda: converter.structure(
            {
                "items": [{"sku": "a", "quantity": 1}, {"sku": "", "quantity": True}],
                "prices": {"a/b": "1", "~": None},
                "e_mail": CANARY,
            },
            Order,
        )
    ) == [
        ("/items/1/sku", "TOO_SHORT"),
        ("/items/1/quantity", "WRONG_TYPE"),
        ("/prices/a~1b", "WRONG_TYPE"),
        ("/prices/~0", "WRONG_TYPE"),
        ("/e_mail", "INVALID_FORMAT"),
    ]


def test_two_attrs_validators_that_fail_are_both_reported() -> None:
    """cattrs alone tells of the first, and not where."""

    @attrs.define
    class Two:
        a: int = attrs.field(validator=attrs.validators.ge(10))
        b: int = attrs.field(validator=attrs.validators.le(1))

    assert places(lambda: strict(cattrs.Converter()).structure({"a": 1, "b": 10}, Two)) == [
        ("/a", "TOO_SMALL"),
        ("/b", "TOO_LARGE"),
    ]


def renamed_by_hook(converter: cattrs.Converter) -> None:
    """A hook for the class."""
    hook = make_dict_structure_fn(Order, converter, e_mail=override(rename="eMail"))
    converter.register_structure_hook(Order, hook)


def renamed_by_factory(converter: cattrs.Converter) -> None:
    """A hook for all classes."""

    def make(cls: Any) -> Any:
        names = {"e_mail": override(rename="eMail")} if cls is Order else {}
        return make_dict_structure_fn(cls, converter, **names)

    converter.register_structure_hook_factory(attrs.has, make)


@pytest.mark.parametrize("rename", [renamed_by_hook, renamed_by_factory])
@pytest.mark.parametrize("front", ["strict", "of"])
def test_the_overrides_of_a_converter_are_kept(
    rename: Callable[[cattrs.Converter], None], front: str
) -> None:
    """The renamed field is read and reported by the name on the wire, and everything is strict."""
    converter = cattrs.Converter()
    rename(converter)
    read: Callable[[object], object]
    if front == "strict":
        strict(converter)
        read = partial(converter.structure, cl=Order)
    else:
        read = Validator.of(Order, converter=converter).validate
    assert read({"items": [], "prices": {}, "eMail": "b@b.co"}) == Order([], {}, "b@b.co")
    assert places(lambda: read({"items": [{"sku": "a", "quantity": True}], "prices": {}, "eMail": 7})) == [
        ("/items/0/quantity", "WRONG_TYPE"),
        ("/eMail", "WRONG_TYPE"),
    ]


def test_a_factory_for_all_classes_reads_one_that_holds_itself() -> None:
    """The hook that cattrs makes for it needs itself."""
    converter = cattrs.Converter()
    converter.register_structure_hook_factory(attrs.has, lambda cls: make_dict_structure_fn(cls, converter))
    strict(converter)
    assert converter.structure({"value": 1, "kids": [{"value": 2}]}, Tree) == Tree(1, [Tree(2)])
    assert places(lambda: converter.structure({"value": 1, "kids": [{"value": "2"}]}, Tree)) == [
        ("/kids/0/value", "WRONG_TYPE")
    ]


def test_overrides_in_annotations_count() -> None:
    """Names, hooks and omissions; beside our own name, which goes first."""

    @attrs.define
    class Annotations:
        a: Annotated[int, override(rename="A")]
        b: Annotated[int, override(struct_hook=twice), Range(0, 10)]
        c: Annotated[int, override(omit=True)] = 3
        d: Annotated[int, override(rename="D")] = attrs.field(default=4, metadata={"errcore.name": "dee"})

    for validator in (
        Validator.of(Annotations),
        Validator.of(Annotations, converter=cattrs.Converter()),
        Validator.of(Annotations, converter=strict(cattrs.Converter())),
    ):
        assert validator.validate({"A": 1, "b": "2", "c": 9, "dee": 5}) == Annotations(1, 4, 3, 5)
        assert places(lambda v=validator: v.validate({"A": "x", "b": CANARY, "dee": "x"})) == [
            ("/A", "WRONG_TYPE"),
            ("/b", "INVALID"),
            ("/dee", "WRONG_TYPE"),
        ]


def test_the_hooks_of_fields_in_overrides_count() -> None:
    """Also those that stand in the hook of the class."""
    converter = cattrs.Converter()
    converter.register_structure_hook(
        Item,
        make_dict_structure_fn(Item, converter, quantity=override(struct_hook=lambda value, _: int(value))),
    )
    validator = Validator.of(Item, converter=converter)
    assert validator.validate({"sku": "a", "quantity": "7"}) == Item("a", 7)
    assert places(lambda: validator.validate({"sku": "a", "quantity": "0"})) == [("/quantity", "TOO_SMALL")]


def test_names_are_those_of_the_converter() -> None:
    """Of the attributes, or of their aliases, as it writes them itself; without one, of the arguments."""
    named, aliased = cattrs.Converter(), cattrs.Converter(use_alias=True)
    private = Private(1, "a")
    assert Validator.of(Private).validate({"secret": 1, "user": "a"}) == private
    for converter in (named, aliased):
        written = converter.unstructure(private)
        assert strict(converter).structure(written, Private) == private
        assert Validator.of(Private, converter=converter).validate(written) == private
    assert places(lambda: strict(cattrs.Converter()).structure({}, Private)) == [
        ("/_secret", "REQUIRED"),
        ("/owner", "REQUIRED"),
    ]


def test_a_converter_that_forbids_other_keys_is_obeyed() -> None:
    """And so is the keyword."""
    data = {"sku": "a", "quantity": 1, "x": 1}
    forbids = strict(cattrs.Converter(forbid_extra_keys=True))
    assert places(lambda: forbids.structure(data, Item)) == [("/x", "UNKNOWN_FIELD")]
    assert places(lambda: strict(cattrs.Converter(), extra="forbid").structure(data, Item)) == [
        ("/x", "UNKNOWN_FIELD")
    ]
    assert strict(cattrs.Converter()).structure(data, Item) == Item("a", 1)


def test_hooks_of_the_user_read_what_they_are_for() -> None:
    """A ValueError or TypeError refuses, and its text is not told; anything else crashed."""
    validator = Validator.of(Wallet, converter=money_converter())
    assert validator.validate({"money": "7 EUR", "day": 7}) == Wallet(Money(700), date.fromordinal(7))
    assert places(lambda: validator.validate({"money": "7 USD", "day": "x"})) == [
        ("/money", "INVALID"),
        ("/day", "INVALID"),
    ]
    strictly = strict(money_converter())
    assert strictly.structure({"money": "7 EUR", "day": 7}, Wallet) == Wallet(Money(700), date.fromordinal(7))


def test_a_hook_that_raises_a_key_error_is_not_a_missing_field() -> None:
    """cattrs says that a field is required; it was ours that failed."""
    with pytest.raises(RuleCrashError) as caught:
        strict(money_converter()).structure({"money": "boom", "day": 1}, Wallet)
    error = caught.value
    assert [(issue.pointer, issue.code) for issue in error.issues] == [("/money", "RULE_CRASHED")]
    text = "".join(traceback.format_exception(error))
    assert "read_money" in text
    assert "canary-canary" not in text


def test_without_a_hook_a_foreign_type_is_refused_at_once() -> None:
    """The message says what to do."""
    for converter in (None, cattrs.Converter()):
        with pytest.raises(ConfigurationError, match="structure hook"):
            Validator.of(Wallet, converter=converter)


def test_a_hook_for_a_new_name_of_a_type_goes_first() -> None:
    """Before the type that it stands for."""
    converter = cattrs.Converter()
    assert Validator.of(Cents, converter=converter).validate(7) == 7
    converter.register_structure_hook(Cents, lambda value, _: Cents(100 * value))
    assert Validator.of(Cents, converter=converter).validate(7) == 700


def test_strictness_about_plain_types_is_not_given_up() -> None:
    """A hook that makes texts of everything does not count."""
    converter = cattrs.Converter()
    converter.register_structure_hook(str, lambda value, _: str(value))
    assert places(lambda: strict(converter).structure({"sku": 7, "quantity": 1}, Item)) == [
        ("/sku", "WRONG_TYPE")
    ]


def test_what_a_preconfigured_converter_knows_is_ours_where_we_know_it() -> None:
    """Its own hooks are cattrs's, and lax; a type that only it knows is read by it."""

    @attrs.define
    class Log:
        at: datetime

    converter = strict(json_converter())
    assert converter.structure({"at": "2026-01-31T12:00:00Z"}, Log) == Log(
        datetime(2026, 1, 31, 12, tzinfo=UTC)
    )
    assert places(lambda: converter.structure({"at": "2026-01-31"}, Log)) == [("/at", "INVALID_DATE")]


def test_a_class_with_a_hook_of_its_own_is_read_by_it() -> None:
    """By itself and inside others; its failure has its place."""
    converter = cattrs.Converter()
    converter.register_structure_hook(Item, lambda value, _: Item(*value.split("*")))
    strict(converter)
    assert converter.structure("a*2", Item) == Item("a", "2")
    assert converter.structure({"items": ["a*2"], "prices": {}}, Order).items == [Item("a", "2")]
    assert places(lambda: converter.structure({"items": ["a*2", "a"], "prices": {}}, Order)) == [
        ("/items/1", "INVALID")
    ]


def test_a_hook_that_asks_the_converter_keeps_the_places_of_what_is_wrong() -> None:
    """The issues of the class inside come with their pointers below the hook's."""

    class Box:
        def __init__(self, item: Item) -> None:
            self.item = item

    @attrs.define
    class Shelf:
        boxes: list[Box]
        many: Items

    class Items(list[Item]):
        pass

    converter = cattrs.Converter()
    converter.register_structure_hook(Box, lambda value, _: Box(converter.structure(value, Item)))
    converter.register_structure_hook(Items, lambda value, _: converter.structure(value, list[Item]))
    strict(converter)
    globals()["Box"], globals()["Items"] = Box, Items
    try:
        assert places(
            lambda: converter.structure(
                {"boxes": [{"sku": "a", "quantity": 0}], "many": [{"sku": CANARY}]}, Shelf
            )
        ) == [("/boxes/0/quantity", "TOO_SMALL"), ("/many", "INVALID")]
    finally:
        del globals()["Box"], globals()["Items"]


def test_a_crash_inside_of_a_hook_stays_a_crash() -> None:
    """The hook asked the converter for a class whose own hook failed."""
    converter = money_converter()
    strict(converter)

    class Purse:
        """Made of a wallet."""

    converter.register_structure_hook(Purse, lambda value, _: converter.structure(value, Wallet))
    validator = Validator.of(list[Purse], converter=converter)
    with pytest.raises(RuleCrashError) as caught:
        validator.validate([{"money": "boom", "day": 1}])
    assert [(issue.pointer, issue.code) for issue in caught.value.issues] == [("/0/money", "RULE_CRASHED")]
    assert "read_money" in "".join(traceback.format_exception(caught.value))


def test_generic_classes_are_read_with_their_arguments() -> None:
    """Each set of arguments is a class of its own."""
    converter = strict(cattrs.Converter())
    assert converter.structure({"items": [1]}, Page[int]) == Page([1])
    assert places(lambda: converter.structure({"items": [1]}, Page[str])) == [("/items/0", "WRONG_TYPE")]


def test_a_list_of_classes_is_cattrs_s_own() -> None:
    """Its group holds our errors; `Validator.of` reads such a list with places."""
    converter = strict(cattrs.Converter())
    with pytest.raises(IterableValidationError) as caught:
        converter.structure([{"sku": CANARY}], list[Item])
    assert isinstance(caught.value.exceptions[0], ValidationError)
    assert "canary" not in "".join(traceback.format_exception(caught.value))
    assert places(lambda: Validator.of(list[Item], converter=converter).validate([{"sku": 7}])) == [
        ("/0/sku", "WRONG_TYPE"),
        ("/0/quantity", "REQUIRED"),
    ]


def test_a_strict_converter_can_be_made_strict_again_and_copied() -> None:
    """Nothing is asked twice."""
    converter = strict(strict(cattrs.Converter()))
    assert converter.copy().structure({"sku": "a", "quantity": 1}, Item) == Item("a", 1)
    assert places(lambda: converter.copy().structure({"sku": "a", "quantity": True}, Item)) == [
        ("/quantity", "WRONG_TYPE")
    ]


def test_a_strict_converter_has_its_own_sentences_and_its_limit() -> None:
    """As a validator has."""
    converter = strict(cattrs.Converter(), messages={"REQUIRED": "Fehlt."}, max_issues=2)
    with pytest.raises(ValidationError) as caught:
        converter.structure({"items": [{}, {}]}, Order)
    assert [issue.message for issue in caught.value.issues] == ["Fehlt.", "4 more were left out."]


def test_a_plain_converter_of_cattrs_is_enough() -> None:
    """`BaseConverter` knows neither aliases nor forbidden keys."""
    converter = strict(cattrs.BaseConverter())
    assert places(lambda: converter.structure({"sku": "a", "quantity": True}, Item)) == [
        ("/quantity", "WRONG_TYPE")
    ]


@dataclass
class Size:
    """A class of the standard library."""

    width: int


def test_what_only_cattrs_knows_is_read_by_it() -> None:
    """Data classes, for example; as lax as it is, and without its texts."""
    validator = Validator.of(list[Size], converter=cattrs.Converter())
    assert validator.validate([{"width": 7}]) == [Size(7)]
    assert places(lambda: validator.validate([{"width": CANARY}])) == [("/0", "INVALID")]
