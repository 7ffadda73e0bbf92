# SPDX-License-Identifier: MIT
"""The page at the `type` of a problem: what it says, in which shape, and what strangers can do to it."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from errcore import NotFoundError, RequestFacts, Runtime, internal, public, secret
from errcore.context import RequestIds
from errcore.envelopes import get
from errcore.handbook import STYLE_POLICY, read_document
from errcore.runtime import explain


class OrderNotFound(NotFoundError, code="T_PAGE_ORDER_MISSING", message="No order {order_id} & none."):
    """There is no `order_id` <script>alert(1)</script> & "quotes".

    Second paragraph.

    Args:
        customer: For the log.
    """

    order_id: str = public()
    customer: str = internal()
    card: str = secret()


class Undocumented(NotFoundError, code="T_PAGE_BARE_MISSING"):
    pass


class Outline(HTMLParser):
    """The tags and the text of a page, and whether every tag is closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
def runtime():
    with Runtime.for_tests(docs_url="/errors", statuses={"T_PAGE_ORDER_MISSING": 410}) as quiet:
        yield quiet


def headers_of(reply) -> dict[str, str]:
    assert len(dict(reply.headers)) == len(reply.headers)
    return dict(reply.headers)


def test_a_page_says_what_a_client_needs(runtime: Runtime) -> None:
    """The code, this runtime's status, the meaning, what to do, the facts, and an answer as this runtime gives it."""
    reply = explain(runtime, "T_PAGE_ORDER_MISSING")
    outline = Outline(reply.body.decode())
    text = "".join(outline.texts)

    assert reply.status == 200
    assert outline.open == []
    assert "410 Gone" in text
    assert 'There is no order_id <script>alert(1)</script> & "quotes".' in text
    assert "Second paragraph." in text
    assert "No order {order_id} & none." in text
    assert "Can the same request work later?" in text
    assert "Can the user do something about it?" in text
    assert json.loads(text[text.index("{\n") :])["type"] == "/errors/T_PAGE_ORDER_MISSING"
    assert json.loads(text[text.index("{\n") :])["status"] == 410
    assert ("lang", "en") in outline.attributes
    assert ("href", "./") in outline.attributes


def test_nothing_internal_is_on_a_page(runtime: Runtime) -> None:
    """Neither names of internal and secret fields, nor sections of the docstring, nor where the class is."""
    for accept in ("text/html", "application/json"):
        text = explain(runtime, "T_PAGE_ORDER_MISSING", RequestFacts(accept=accept)).body.decode()
        assert [
            word for word in ("customer", "card", "For the log", __name__, __file__) if word in text
        ] == []


def test_a_page_can_run_and_load_nothing(runtime: Runtime) -> None:
    """Its policy allows its own style, by digest, and there is nothing else that it would need."""
    reply = explain(runtime, "T_PAGE_ORDER_MISSING")
    headers, text = headers_of(reply), reply.body.decode()
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    outline = Outline(text)

    assert headers["Content-Security-Policy"] == STYLE_POLICY
    assert STYLE_POLICY.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Length"] == str(len(reply.body))
    assert headers["Vary"] == "Accept"
    assert not {"script", "link", "img", "iframe", "form"} & set(outline.tags)
    assert not {"style", "src", "onclick"} & {name for name, _ in outline.attributes}
    assert "color-scheme:light dark" in style


def test_an_undocumented_error_has_a_page(runtime: Runtime) -> None:
    """Its sentence says what there is to say."""
    text = "".join(Outline(explain(runtime, "T_PAGE_BARE_MISSING").body.decode()).texts)

    assert "The requested resource was not found." in text
    assert "Facts in the answer" not in text


def test_the_index_lists_every_public_code(runtime: Runtime) -> None:
    """With relative links, so that it works wherever it is mounted; codes that answer as another are not there."""
    outline = Outline(explain(runtime, None).body.decode())
    links = [value for name, value in outline.attributes if name == "href"]

    assert outline.open == []
    assert {"NOT_FOUND", "T_PAGE_ORDER_MISSING", "T_PAGE_BARE_MISSING"} <= set(links)
    assert "WORKSPACE_ACCESS_DENIED" not in links
    assert all("/" not in str(link) for link in links)
    assert "410" in outline.texts


@pytest.mark.parametrize(
    ("accept", "shape"),
    [
        (None, "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("image/png", "text/html; charset=utf-8"),
        ("\x00;;;", "text/html; charset=utf-8"),
        ("application/json", "application/json"),
        ("application/json, text/html;q=0.9", "application/json"),
        ("application/problem+json", "application/json"),
    ],
)
def test_the_client_chooses_between_two_shapes(runtime: Runtime, accept: str | None, shape: str) -> None:
    """JSON where it is liked better, a page for everybody else."""
    assert headers_of(explain(runtime, "NOT_FOUND", RequestFacts(accept=accept)))["Content-Type"] == shape


def test_the_json_is_the_document_of_the_command(runtime: Runtime) -> None:
    """It can be compared with an earlier one; of a page it has the one code."""
    facts = RequestFacts(accept="application/json")
    [one] = read_document(explain(runtime, "T_PAGE_ORDER_MISSING", facts).body)
    codes = {entry.code: entry for entry in read_document(explain(runtime, None, facts).body)}

    assert (one.code, one.status) == ("T_PAGE_ORDER_MISSING", 410)
    assert codes["T_PAGE_ORDER_MISSING"] == one
    assert "NOT_FOUND" in codes
    assert "WORKSPACE_ACCESS_DENIED" not in codes


@pytest.mark.parametrize(
    "code",
    [
        "",
        "<script>alert(1)</script>",
        "A" * 10_000,
        "../NOT_FOUND",
        "NOT_FOUND/",
        "NOT_FOUND\r\nX: y",
        "\x00",
        "\ud800",
        "not_found",
        "WORKSPACE_ACCESS_DENIED",
        "HTTP_ERROR",
        ["NOT_FOUND"],
        404,
    ],
)
def test_what_is_no_public_code_is_not_found(runtime: Runtime, code: object) -> None:
    """In the runtime's envelope, and without a word of what was asked for."""
    reply = explain(runtime, code)
    body = json.loads(reply.body)

    assert reply.status == 404
    assert (body["code"], body["detail"]) == ("NOT_FOUND", "There is no error with this code.")
    assert headers_of(reply)["Content-Type"] == "application/problem+json"
    assert b"script" not in reply.body


def test_the_answer_to_an_unknown_code_has_the_ids_of_its_request(runtime: Runtime) -> None:
    """So that it can be found in the log of whoever asked."""
    reply = explain(runtime, "NO_SUCH_CODE", RequestFacts(ids=RequestIds("req-1", "req-1")))

    assert headers_of(reply)["X-Request-ID"] == "req-1"


@pytest.mark.parametrize("code", ["NOT_FOUND", "NO_SUCH_CODE", None])
def test_head_has_no_body(runtime: Runtime, code: str | None) -> None:
    """But the length of what GET would give."""
    reply = explain(runtime, code, RequestFacts(method="HEAD"))

    assert reply.body == b""
    assert int(headers_of(reply)["Content-Length"]) > 0


def test_the_example_is_in_the_format_of_the_runtime() -> None:
    """A text is shown as it is."""
    text = explain(Runtime.for_tests(envelope="text"), "T_PAGE_ORDER_MISSING").body.decode()

    assert "<pre><code>No order order_id &amp; none.</code></pre>" in text


def test_a_format_without_an_example_costs_the_example_alone(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever it does; it is said once."""

    class Broken(type(get("problem"))):
        def example(self, spec):
            raise RuntimeError("secret")

    with caplog.at_level(logging.WARNING, "errcore"):
        replies = [explain(Runtime.for_tests(envelope=Broken()), "NOT_FOUND") for _ in range(2)]

    assert [reply.status for reply in replies] == [200, 200]
    assert b"Example" not in replies[0].body
    assert len(caplog.records) <= 1
    assert "secret" not in caplog.text


def test_facts_of_another_type_count_as_none(runtime: Runtime) -> None:
    """Not everybody runs a type checker."""
    assert explain(runtime, "NOT_FOUND", None).status == 200
