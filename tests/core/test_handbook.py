# SPDX-License-Identifier: MIT
"""The catalogue for people: what is told of a code, what never is, and how it looks on paper."""

from __future__ import annotations

import json
from typing import Any

import pytest

from errcore import (
    InternalError,
    NotFoundError,
    WorkspaceIsolationError,
    catalog,
    classify,
    internal,
    public,
    secret,
)
from errcore.envelopes import get
from errcore.errors import KIND_RULES, error_for_status
from errcore.errors.field_types import json_type, still_fits, without_null
from errcore.handbook import (
    Entry,
    PublicField,
    as_document,
    as_markdown,
    as_openapi,
    entries,
    entry_of,
    index_page,
    is_stock,
    page,
)


class OrderNotFound(
    NotFoundError, code="T_ORDER_NOT_FOUND", message="No order {order_id} in {shop}.", status=410
):
    """There is no order with this `order_id`.

    It may have been *deleted* <b>long</b> ago | or never placed.
        Indented.

    Args:
        customer: Whose order it would be; for the log.

    >>> OrderNotFound(order_id="1", customer="2", card="3")
    """

    order_id: str = public()
    shop: str | None = public(default=None)
    lines: list[int] = public(factory=list)
    customer: str = internal()
    card: str = secret()


class Hidden(NotFoundError, code="T_ORDER_HIDDEN", answers_as=NotFoundError):
    """Somebody else's order."""

    owner: str = public(default="")


ENTRY = entry_of(OrderNotFound.spec)


def test_an_entry_is_the_public_part_of_a_declaration() -> None:
    """Code, title, kind, both statuses, the two answers about acting, the sentence, the public fields, the prose."""
    assert entry_of(OrderNotFound.spec) == Entry(
        code="T_ORDER_NOT_FOUND",
        title="T order not found",
        kind=OrderNotFound.spec.kind,
        status=410,
        grpc_status=5,
        retriable=OrderNotFound.spec.retriable,
        recoverable=True,
        message="No order {order_id} in {shop}.",
        fields=(
            PublicField("order_id", "string", always=True),
            PublicField("shop", "string", always=False),
            PublicField("lines", "list[integer]", always=True),
        ),
        doc=(
            "There is no order with this `order_id`.\n\n"
            "It may have been *deleted* <b>long</b> ago | or never placed.\n    Indented."
        ),
    )


def test_a_code_without_a_sentence_says_that_of_its_kind() -> None:
    """It is what the client reads."""
    assert entry_of(InternalError.spec).message == KIND_RULES[InternalError.spec.kind].sentence


def test_both_renderings_say_the_same_of_acting_and_retrying() -> None:
    """The words stand with the entry."""
    entry = entry_of(InternalError.spec)

    for words in (entry.summary, entry.acting, entry.retrying):
        assert words in as_markdown([entry])
        assert words in page(entry)
    assert (entry.acting, ENTRY.acting) == ("No. Only those who run the service can.", "Yes.")
    assert ENTRY.summary == "There is no order with this `order_id`."
    assert (ENTRY.placeholders, entry.placeholders) == ({"order_id", "shop"}, frozenset())


def test_statuses_may_be_those_of_a_service() -> None:
    """A runtime's overrides are what its clients see."""
    assert entry_of(NotFoundError.spec, lambda spec: 499).status == 499
    assert entries([NotFoundError.spec], lambda spec: 499)[0].status == 499


def everything_about(*specs: Any) -> list[str]:
    """Each rendering of these errors."""
    told = entries(specs)
    return [
        json.dumps(as_document(told)),
        as_markdown(told),
        as_markdown([], told),
        json.dumps(as_openapi(specs, get("problem"))),
        index_page(told),
        *map(page, told),
    ]


@pytest.mark.parametrize("word", ["customer", "card", "for the log", "&gt;&gt;&gt;", ">>>", "test_handbook"])
def test_nothing_internal_is_in_any_rendering(word: str) -> None:
    """Neither the names of internal and secret fields, nor places, nor the parts of a docstring for programmers."""
    assert [text for text in everything_about(OrderNotFound.spec) if word in text] == []


def test_a_code_that_answers_as_another_is_in_no_rendering() -> None:
    """No client reads it, so no client hears of it."""
    for text in everything_about(Hidden.spec, WorkspaceIsolationError.spec, NotFoundError.spec):
        assert "HIDDEN" not in text
        assert "WORKSPACE" not in text
    assert entries([Hidden.spec]) == ()


def test_a_code_that_is_never_said_is_in_no_rendering() -> None:
    """An error for some status answers with a code for that status, never with its class's."""
    assert error_for_status(418).code == "HTTP_ERROR"
    assert classify(error_for_status(418)).code == "IM_A_TEAPOT"
    assert entries([error_for_status(418).spec]) == ()


def test_entries_are_sorted_by_code() -> None:
    """Whatever order they come in."""
    assert [entry.code for entry in entries([OrderNotFound.spec, NotFoundError.spec])] == [
        "NOT_FOUND",
        "T_ORDER_NOT_FOUND",
    ]


def test_stock_errors_are_told_apart() -> None:
    """By who declares them."""
    assert is_stock(NotFoundError.spec)
    assert not is_stock(OrderNotFound.spec)


def test_the_document_is_sorted_and_versioned() -> None:
    """The same catalogue gives the same bytes, and says which shape it has."""
    document = as_document(entries([OrderNotFound.spec, NotFoundError.spec]))

    assert document["errcore_catalog"] == 1
    assert json.dumps(document) == json.dumps(as_document(entries([NotFoundError.spec, OrderNotFound.spec])))
    assert list(document["codes"]["T_ORDER_NOT_FOUND"]) == [
        *("title", "kind", "status", "grpc_status", "retriable", "recoverable", "message", "fields", "doc")
    ]
    assert list(document["codes"]["T_ORDER_NOT_FOUND"]["fields"]) == ["lines", "order_id", "shop"]


def test_markdown_has_a_table_and_a_section() -> None:
    """Signs of Markdown and HTML in a docstring are made harmless, but for backticks."""
    text = as_markdown([ENTRY], [entry_of(NotFoundError.spec)])

    assert "| `T_ORDER_NOT_FOUND` | 410 | no | There is no order with this `order_id`. |\n" in text
    assert r"\*deleted\* \<b\>long\</b\> ago \| or never placed." in text
    assert "| `lines` | `list[integer]` | always |" in text
    assert "| `shop` | `string` | where it is known |" in text
    assert "- gRPC status: 5 `NOT_FOUND`\n" in text
    assert "## General errors" in text
    assert "General" not in as_markdown([ENTRY])
    assert as_markdown([]) == "# Errors\n"


def test_markdown_of_an_undocumented_error() -> None:
    """The sentence stands in for the docstring; there is no table of facts without facts."""

    class Bare(InternalError, code="T_BARE_CORRUPTED"):
        pass

    text = as_markdown([entry_of(Bare.spec)])

    assert "| `T_BARE_CORRUPTED` | 500 | no | An internal error occurred. |" in text
    assert "Fact" not in text


def test_a_pipe_inside_of_code_does_not_end_a_cell() -> None:
    """Tables are cut at pipes before code is recognised."""

    class Piped(NotFoundError, code="T_PIPE_MISSING"):
        """Neither `a | b` nor `[c]`."""

    assert r"Neither `a \| b` nor `[c]`. |" in as_markdown([entry_of(Piped.spec)])


def test_openapi_components_are_complete() -> None:
    """A schema and a response for each code; every reference leads somewhere; the example has the service's status."""
    components = as_openapi([OrderNotFound.spec, Hidden.spec], get("problem"), lambda spec: 404)["components"]

    assert list(components["schemas"]) == list(components["responses"]) == ["T_ORDER_NOT_FOUND"]
    response = components["responses"]["T_ORDER_NOT_FOUND"]
    content = response["content"]["application/problem+json"]
    assert content["schema"] == {"$ref": "#/components/schemas/T_ORDER_NOT_FOUND"}
    assert content["example"]["status"] == 404
    assert content["example"]["code"] == "T_ORDER_NOT_FOUND"
    assert response["description"] == ENTRY.doc


def test_openapi_describes_an_undocumented_error_by_its_sentence() -> None:
    """A description is required there (OpenAPI 3.1 section 4.8.17)."""

    class Bare(InternalError, code="T_UNTOLD_CORRUPTED"):
        pass

    response = as_openapi([Bare.spec], get("text"))["components"]["responses"]["T_UNTOLD_CORRUPTED"]

    assert response["description"] == "An internal error occurred."
    assert list(response["content"]) == ["text/plain; charset=utf-8"]


def test_every_stock_error_has_a_page() -> None:
    """With its code, its status and its prose, and no prose that is for programmers."""
    for entry in entries(catalog):
        if entry.code.startswith("T_"):
            continue
        text = page(entry)
        assert f"<code>{entry.code}</code>" in text
        assert f"<dd>{entry.status} " in text
        assert "Args:" not in text


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        ("str", "string"),
        ("int | None", "integer | null"),
        ("None | float", "number | null"),
        ("Optional[bool]", "boolean | null"),
        ("typing.Union[int, str, int]", "integer | string"),
        ("list", "list"),
        ("list[str]", "list[string]"),
        ("tuple[int, ...]", "list[integer]"),
        ("tuple[int, str]", "list"),
        ("Sequence[str | None]", "list[string | null]"),
        ("list[list[int]]", "list[list[integer]]"),
        ("list[Colour]", "list"),
        ("dict[str, int]", "object"),
        ("Mapping", "object"),
        ("datetime.datetime", "string"),
        ("UUID", "string"),
        ("Literal['a', 'b']", "string"),
        ("Literal['a', 1, None]", "string | integer | null"),
        ("Literal[Colour.RED]", "any"),
        ("Annotated[str, Email()]", "string"),
        ("Annotated[()]", "any"),
        ("'str'", "string"),
        ("list['int']", "list[integer]"),
        ("3", "any"),
        ("Colour", "any"),
        ("Colour | None", "any"),
        ("object", "any"),
        ("f()[0]", "any"),
        ("a + b", "any"),
        ("", "any"),
        ("list[", "any"),
        ("'list['", "any"),
        ("\0", "any"),
        ("list[" * 60 + "int" + "]" * 60, "list[" * 5),
        ("str" * 1000, "any"),
        ("(" * 400, "any"),
    ],
)
def test_annotations_become_types_of_json(annotation: str, kind: str) -> None:
    """What a client can see of an annotation; anything else is `any`, however odd it is."""
    found = json_type(annotation)

    assert found.startswith(kind) if kind == "list[" * 5 else found == kind


def test_null_is_left_out_where_the_field_is() -> None:
    """A field whose default is None is not in the answer while it is None."""
    assert without_null("string | null") == "string"
    assert without_null("null") == "null"
    assert without_null("list[string | null] | null") == "list[string | null]"


@pytest.mark.parametrize(
    ("old", "new", "fits"),
    [
        ("string", "string", True),
        ("string", "integer", False),
        ("string | null", "string", True),
        ("string", "string | null", False),
        ("number", "integer", True),
        ("integer", "number", False),
        ("any", "string", True),
        ("string", "any", True),
        ("list", "list[string]", True),
        ("list[string]", "list", True),
        ("list[string]", "list[string]", True),
        ("list[string | integer]", "list[integer]", True),
        ("list[integer]", "list[string]", False),
        ("list[string]", "string", False),
        ("string", "list", False),
        ("object", "list[string]", False),
    ],
)
def test_a_type_fits_where_its_readers_can_go_on(old: str, new: str, fits: bool) -> None:
    """Fewer possibilities are no harm to who reads; what is not known is no finding."""
    assert still_fits(old, new) is fits
