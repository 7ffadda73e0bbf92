# SPDX-License-Identifier: MIT
"""The catalogue: what is in it, what a reviewer would say, and many threads at once."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading

import pytest

from errcore import NotFoundError, catalog, public
from errcore.envelopes import Problem
from errcore.errors import Catalogue, Finding, stock


def remarks(code: str, **how: object) -> list[str]:
    """What the lint says about one code."""
    return [finding.remark for finding in catalog.lint(**how) if finding.code == code]


def test_it_is_a_sorted_collection_of_specs():
    """Iteration is by code, and membership, length and lookup agree with it."""
    codes = [spec.code for spec in catalog]

    assert codes == sorted(codes)
    assert len(codes) == len(set(codes))
    assert "NOT_FOUND" in catalog
    assert "NO_SUCH_CODE" not in catalog
    assert 404 not in catalog
    assert catalog["NOT_FOUND"] is NotFoundError.spec
    assert catalog.get("NO_SUCH_CODE") is None
    with pytest.raises(KeyError, match="NO_SUCH_CODE"):
        catalog["NO_SUCH_CODE"]


def test_every_stock_error_is_in_it():
    """The whole tree, each code once."""
    codes = [getattr(stock, name).code for name in stock.__all__]

    assert len(set(codes)) == len(codes) == 40
    assert all(code in catalog for code in codes)


def test_the_lint_leaves_our_own_codes_out():
    """They are generic on purpose."""
    assert [finding for finding in catalog.lint() if finding.code == "NOT_FOUND"] == []


def test_a_well_declared_error_passes_the_lint():
    """Domain, resource, issue; a docstring; no hidden field."""

    class Good(NotFoundError, code="T_AGENT_NOT_FOUND"):
        """There is no such agent."""

        agent: str = public(default="")

    assert remarks("T_AGENT_NOT_FOUND") == []
    assert Good.spec.declares_code


@pytest.mark.parametrize("code", ["NOT_FOUND_T", "T_LOST", "T_NOT_FOUND", "TNOT_FOUND", "ORDERS_T_FOUND"])
def test_a_code_without_domain_resource_and_issue_is_remarked(code: str):
    """The last words come from a closed list, and two words come before them."""
    made = type("Odd", (NotFoundError,), {"__doc__": "Odd."}, code=code)

    assert remarks(made.code) == [
        "does not end in one of the issue words (NOT_FOUND, EXPIRED, ...) after a domain and a resource"
    ]


def test_the_longest_issue_word_counts():
    """ALREADY_EXISTS is one issue, not a resource called ALREADY."""
    made = type("Odd", (NotFoundError,), {"__doc__": "Odd."}, code="T_ALREADY_EXISTS")

    assert len(remarks(made.code)) == 1


def test_a_missing_docstring_and_hidden_fields_are_remarked():
    """Inherited docstrings do not count; a field named like a member of the envelope would be lost in it."""

    class Bad(NotFoundError, code="T_BAD_THING_MISSING"):
        title: str = public(default="")
        instance: str = public(default="")
        debug: str = public(default="")

    assert len(remarks("T_BAD_THING_MISSING", reserved=())) == 1
    assert remarks("T_BAD_THING_MISSING") == remarks("T_BAD_THING_MISSING", reserved=Problem.members)
    assert remarks("T_BAD_THING_MISSING") == [
        "has no docstring; say what happened and what the reader can do",
        "public field 'title' is hidden by the envelope's own member",
        "public field 'instance' is hidden by the envelope's own member",
        "public field 'debug' is hidden by the envelope's own member",
    ]
    finding = next(finding for finding in catalog.lint() if finding.code == Bad.code)
    assert finding == Finding(Bad.code, Bad.spec.place, finding.remark)


def test_catalogues_are_independent_and_weak():
    """A catalogue of one's own holds nobody either."""
    own = Catalogue()

    def enters() -> None:
        made = type("Brief", (NotFoundError,), {}, code="T_BRIEF_GUEST_EXPIRED")
        own.register(made, made.spec)
        assert list(own) == [made.spec]

    enters()
    gc.collect()

    assert len(own) == 0
    assert list(own) == []


def test_a_conflict_asks_the_caches_to_let_go():
    """Before a code is refused, whoever keeps classes is asked to forget them."""
    own, asked = Catalogue(), []
    own.on_conflict(lambda: asked.append(True))
    first = type("Here", (NotFoundError,), {}, code="T_HERE_GUEST_EXPIRED")
    second = type("There", (NotFoundError,), {})
    own.register(first, first.spec)
    with pytest.raises(TypeError, match="has that code"):
        own.register(second, first.spec)

    assert asked == [True]


def test_one_of_two_threads_gets_the_code():
    """Two classes that are declared at the same moment with one code: one is refused, whoever comes second."""
    results: list[object] = []
    start = threading.Barrier(8)

    def declares(number: int) -> None:
        start.wait()
        for turn in range(10):
            try:
                results.append(type(f"Racer{number}", (NotFoundError,), {}, code=f"T_RACE{turn}_CODE_FAILED"))
            except TypeError as refused:
                results.append(str(refused))

    threads = [threading.Thread(target=declares, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    won = [result for result in results if isinstance(result, type)]
    assert len(won) == 10
    assert len(results) == 80
    assert all(catalog[made.code] is made.spec for made in won)


def test_reading_while_others_declare():
    """Iteration and lint are safe while classes come and go."""
    done = threading.Event()
    problems: list[BaseException] = []

    def declares() -> None:
        try:
            for number in range(300):
                type(f"Guest{number}", (NotFoundError,), {}, code=f"T_GUEST{number}_ROOM_EXPIRED")
        finally:
            done.set()

    def reads() -> None:
        try:
            while not done.is_set():
                list(catalog)
                catalog.lint()
        except BaseException as problem:  # noqa: BLE001 - whatever a reader meets is the finding
            problems.append(problem)

    threads = [threading.Thread(target=reads) for _ in range(3)] + [threading.Thread(target=declares)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []


def test_the_stock_is_in_the_catalogue_of_a_fresh_process():
    """Whoever asks for the catalogue first finds errcore's own codes in it."""
    done = subprocess.run(
        [sys.executable, "-c", "from errcore import catalog; print(catalog['NOT_FOUND'].status)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "404\n"
