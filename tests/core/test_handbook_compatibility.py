# SPDX-License-Identifier: MIT
"""Catalogues read back and compared: no change is missed, none is made up, and no file ends in a traceback."""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import ConfigurationError, NotFoundError, catalog, public
from errcore.errors import Kind, Retriable
from errcore.handbook import (
    MOST_BYTES,
    Entry,
    PublicField,
    as_document,
    changes,
    entries,
    entry_of,
    read_document,
)
from errcore.handbook.entry import placeholders_of

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
CODES = st.from_regex(r"[A-Z][A-Z0-9_]{1,20}[A-Z0-9]", fullmatch=True)
TYPES = st.sampled_from(
    ["string", "integer", "number", "boolean", "object", "list[string]", "string | null", "any"]
)


@st.composite
def an_entry(draw: st.DrawFn, code: str) -> Entry:
    """Anything that a declaration could give."""
    names = draw(st.lists(NAMES, unique=True, max_size=4))
    told = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    kind = draw(st.sampled_from(Kind))
    spec = next(spec for spec in catalog if spec.code == "NOT_FOUND")
    return attrs.evolve(
        entry_of(attrs.evolve(spec, code=code, kind=kind)),
        status=draw(st.integers(400, 599)),
        retriable=draw(st.sampled_from(Retriable)),
        recoverable=draw(st.booleans()),
        message="Sorry. " + " ".join(f"{{{name}}}" for name in told),
        fields=tuple(PublicField(name, draw(TYPES), draw(st.booleans())) for name in sorted(names)),
        doc=draw(st.text(max_size=20)),
    )


@st.composite
def catalogues(draw: st.DrawFn, at_least: int = 0) -> tuple[Entry, ...]:
    """Entries, each of another code."""
    codes = draw(st.lists(CODES, unique=True, min_size=at_least, max_size=4))
    return tuple(draw(an_entry(code)) for code in sorted(codes))


@given(catalogues())
def test_a_catalogue_is_compatible_with_itself(several: tuple[Entry, ...]) -> None:
    """Nothing changed, so nothing is found."""
    assert changes(several, several) == []


@given(catalogues())
def test_a_catalogue_survives_being_written_and_read(several: tuple[Entry, ...]) -> None:
    """All that clients rely on comes back, whatever is in the prose."""
    text = json.dumps(as_document(several), ensure_ascii=False).encode("utf-8", "replace")

    assert changes(several, read_document(text)) == changes(read_document(text), several) == []
    assert read_document(json.dumps(as_document(several)).encode()) == several


@given(catalogues(), catalogues())
def test_additions_are_no_finding(old: tuple[Entry, ...], more: tuple[Entry, ...]) -> None:
    """A release may add codes and public fields."""
    codes = {entry.code for entry in old}
    new = [
        attrs.evolve(entry, fields=(*entry.fields, PublicField("zz_added", "any", always=False)))
        for entry in old
    ]

    assert changes(old, [*new, *(entry for entry in more if entry.code not in codes)]) == []


@given(catalogues(at_least=1), st.data())
def test_a_removed_code_is_found(old: tuple[Entry, ...], data: st.DataObject) -> None:
    """Whichever it is, and it alone."""
    gone = data.draw(st.sampled_from(old))

    [found] = changes(old, [entry for entry in old if entry is not gone])

    assert (found.code, found.what) == (gone.code, "the code is gone")


@given(catalogues(at_least=1), st.data())
def test_a_removed_public_field_is_found(old: tuple[Entry, ...], data: st.DataObject) -> None:
    """Whichever it is."""
    changed = data.draw(st.sampled_from(old))
    if not changed.fields:
        return
    gone = data.draw(st.sampled_from(changed.fields))
    less = attrs.evolve(changed, fields=tuple(field for field in changed.fields if field is not gone))

    found = changes(old, [less if entry is changed else entry for entry in old])

    assert [(one.code, one.what) for one in found] == [(changed.code, f"public field '{gone.name}' is gone")]


OLD = Entry(
    code="ORDER_NOT_FOUND",
    title="Order not found",
    kind=Kind.NOT_FOUND,
    status=404,
    grpc_status=5,
    retriable=Retriable.NO,
    recoverable=True,
    message="No order {order}.",
    fields=(PublicField("order", "string", always=True), PublicField("shop", "integer", always=False)),
    doc="There is none.",
)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"status": 410}, "the status was 404 and is 410"),
        ({"kind": Kind.INTERNAL}, "the kind was not_found and is internal"),
        ({"message": "None."}, "the message no longer says {order}"),
        ({"fields": OLD.fields[:1]}, "public field 'shop' is gone"),
        (
            {"fields": (PublicField("order", "integer", always=True), OLD.fields[1])},
            "public field 'order' was string and is integer",
        ),
        (
            {"fields": (PublicField("order", "string", always=False), OLD.fields[1])},
            "public field 'order' was in every answer and may now be missing",
        ),
    ],
)
def test_each_sort_of_change_is_said_in_one_line(changed: dict[str, object], what: str) -> None:
    """Which code, what is different, whom that breaks, what to do instead."""
    [found] = changes([OLD], [attrs.evolve(OLD, **changed)])

    assert found.what == what
    assert str(found) == f"ORDER_NOT_FOUND: {what}; {found.why}; {found.remedy}."


@pytest.mark.parametrize(
    "changed",
    [
        {"doc": "Otherwise."},
        {"message": "There is no {order} in {shop}."},
        {"retriable": Retriable.YES, "recoverable": False},
        {
            "fields": (
                PublicField("order", "string", always=True),
                PublicField("shop", "integer", always=True),
            )
        },
    ],
)
def test_what_clients_do_not_rely_on_may_change(changed: dict[str, object]) -> None:
    """Words, what an answer says of itself when it is given, and a field that is now always there."""
    assert changes([OLD], [attrs.evolve(OLD, **changed)]) == []


def test_a_code_that_is_hidden_from_now_on_is_gone() -> None:
    """To a client it is the same."""

    class Was(NotFoundError, code="T_ORDER_MISSING"):
        """As it was."""

    before = entries([Was.spec])
    after = entries([attrs.evolve(Was.spec, answers_as=NotFoundError.spec)])

    assert [found.what for found in changes(before, after)] == ["the code is gone"]


def test_declarations_are_compared_through_their_documents() -> None:
    """A public field that becomes internal is found, from the class statement to the finding."""

    class Order(NotFoundError, code="T_ORDER_LOST_MISSING", message="No {order}."):
        """Gone."""

        order: str = public()
        since: str | None = public(default=None)

    text = json.dumps(as_document(entries([Order.spec]))).encode()
    fewer = attrs.evolve(Order.spec, public_names=("order",))

    assert [found.what for found in changes(read_document(text), entries([fewer]))] == [
        "public field 'since' is gone"
    ]


def edited(**members: object) -> bytes:
    """The document of one order, with other members."""
    document = as_document([OLD])
    document["codes"]["ORDER_NOT_FOUND"].update(members)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("text", "because"),
    [
        (b"", "it is no JSON"),
        (b"\xff\xfe", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b'{"errcore_catalog": ' + b"1" * 5000 + b"}", "it is no JSON"),
        (b'{"errcore_catalog": 1, "errcore_catalog": 1}', "two members of one name"),
        (b" " * (MOST_BYTES + 1), "it has more than"),
        (b"[]", "it is no JSON object"),
        (b"null", "it is no JSON object"),
        (b"{}", "its member `errcore_catalog` is not 1"),
        (b'{"errcore_catalog": true}', "its member `errcore_catalog` is not 1"),
        (b'{"errcore_catalog": "1"}', "its member `errcore_catalog` is not 1"),
        (b'{"errcore_catalog": 0}', "its member `errcore_catalog` is not 1"),
        (b'{"errcore_catalog": 2, "codes": {}}', "it has version 2 and this errcore reads up to 1"),
        (b'{"errcore_catalog": 1}', "its member `codes` is no JSON object"),
        (b'{"errcore_catalog": 1, "codes": []}', "its member `codes` is no JSON object"),
        (b'{"errcore_catalog": 1, "codes": {"NOT_FOUND": 1}}', "the code 'NOT_FOUND' is no JSON object"),
        (b'{"errcore_catalog": 1, "codes": {"\\u001b[31m": {}}}', "is no code"),
        (b'{"errcore_catalog": 1, "codes": {"' + b"A" * 9000 + b'": {}}}', "is no code"),
        (edited(kind="lost"), "has no kind that errcore knows"),
        (edited(kind=[]), "has no kind that errcore knows"),
        (edited(retriable={}), "does not say whether it is retriable"),
        (edited(retriable="maybe"), "does not say whether it is retriable"),
        (edited(status=200), "has no HTTP error status"),
        (edited(status=404.0), "has no HTTP error status"),
        (edited(status=True), "has no HTTP error status"),
        (edited(message=None), "has no message, or a broken one"),
        (edited(message="{"), "has no message, or a broken one"),
        (edited(fields=None), "`fields` of ORDER_NOT_FOUND is no JSON object"),
        (edited(fields={"a": "string"}), "field 'a' of ORDER_NOT_FOUND is no JSON object"),
        (edited(fields={"a": {"type": 1, "always": True}}), "has no type"),
        (edited(fields={"a": {"type": "string"}}), "does not say whether it is always there"),
        (edited(fields={"a": {"type": "x" * 501, "always": True}}), "has no type"),
        (edited(fields={"a\n": {"type": "string", "always": True}}), "has no type"),
    ],
)
def test_what_is_no_catalogue_is_refused(text: bytes, because: str) -> None:
    """In one short line that says why and what to do, and never in another way."""
    with pytest.raises(ConfigurationError) as refused:
        read_document(text)

    said = str(refused.value)
    assert because in said
    assert said.startswith("Cannot read the catalogue, because ")
    assert said.isprintable()
    assert len(said) < 400


def test_what_a_later_writer_adds_is_passed_over() -> None:
    """Members that this version does not know are no reason to refuse; neither is a byte order mark."""
    assert read_document(b"\xef\xbb\xbf" + edited(since="2.0", recoverable="?", doc=7)) == (
        attrs.evolve(OLD, recoverable=False, doc=""),
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(
        ["title", "kind", "status", "grpc_status", "retriable", "recoverable", "message", "fields", "doc"]
    ),
    JSON,
)
def test_a_member_of_any_type_is_read_or_refused(name: str, value: object) -> None:
    """There is no third way, and what was read can be compared."""
    try:
        found = read_document(edited(**{name: value}))
    except ConfigurationError:
        return
    changes([OLD], found)
    changes(found, [OLD])


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    """A file may hold anything."""
    with pytest.raises(ConfigurationError):
        read_document(text)


def test_placeholders_are_the_names_in_a_sentence() -> None:
    """Doubled braces are text."""
    assert placeholders_of("{a} {{b}} {c}") == {"a", "c"}
    assert placeholders_of("}") is None
