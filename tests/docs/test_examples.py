# SPDX-License-Identifier: MIT
"""Every example that a reader can see runs: the READMEs, the documentation's pages, the docstrings of src.

One test is one file, read from top to bottom like a script. ` ```python ` blocks run, those that start with `>>>`
are compared with what they print; `<!-- skip: next -->` above a block leaves it out.
"""

from __future__ import annotations

import gc
import re
import sys
import warnings
from collections.abc import Iterator
from doctest import ELLIPSIS
from pathlib import Path
from types import ModuleType
from weakref import WeakValueDictionary

import pytest
from sybil import Document, Example, Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.myst import DocTestDirectiveParser, PythonCodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser

import errcore
from errcore.errors import rules
from errcore.errors.classification import forget_verdicts
from errcore.policies import registry

ROOT = Path(__file__).parents[2]
READMES = [ROOT / "README.md", *ROOT.glob("packages/*/README.md")]
PAGES = sorted([*READMES, *(page for page in ROOT.glob("docs/**/*.md") if "_build" not in page.parts)])
SOURCES = sorted(ROOT.glob("packages/*/src/**/*.py"))
FENCE = re.compile(r"^[ \t]*```+[ \t]*\{?([\w-]*)", re.MULTILINE)


def reader_module(path: str) -> ModuleType:
    """Where the examples of a file live: in a module of their own, as a reader's code does."""
    module = ModuleType("reader_of_" + re.sub(r"\W", "_", str(Path(path).relative_to(ROOT).with_suffix(""))))
    module.__file__ = f"{path}.example"
    return module


class Page(Document):
    """A page of prose."""

    def __init__(self, text: str, path: str) -> None:
        super().__init__(text, path)
        self.module = reader_module(path)
        self.namespace = vars(self.module)


class Docstrings(PythonDocStringDocument):
    """The docstrings of one source file, whose names their examples may use."""

    def __init__(self, text: str, path: str) -> None:
        super().__init__(text, path)
        self.module = reader_module(path)
        self.namespace = vars(self.module)

    def import_document(self, example: Example) -> None:
        """Bring in the names of the source file, and stay a module of its own."""
        itself = {name: value for name, value in self.namespace.items() if name.startswith("__")}
        try:
            super().import_document(example)
        finally:
            self.namespace.update(itself)


prose = Sybil(
    [PythonCodeBlockParser(doctest_optionflags=ELLIPSIS), DocTestDirectiveParser(ELLIPSIS), SkipParser()],
    document_types={".md": Page},
)
docstrings = Sybil([DocTestParser(ELLIPSIS)], document_types={".py": Docstrings})


def relative(path: Path) -> str:
    """How a test's name shows a path."""
    return str(path.relative_to(ROOT))


@pytest.fixture(autouse=True)
def fresh_catalogue(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A page sees what errcore declares, as in a reader's process; what it declares is gone afterwards, its policies too."""
    own = {
        spec.code: errcore.catalog._classes[spec.code]
        for spec in errcore.catalog
        if spec.qualname.startswith("errcore.")
    }
    monkeypatch.setattr(errcore.catalog, "_classes", WeakValueDictionary(own))
    monkeypatch.setattr(rules, "_mapped", ())
    monkeypatch.setattr(registry, "_policies", {})
    yield
    forget_verdicts()
    with warnings.catch_warnings():
        # A reader's program keeps its engines and connections until it ends.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    gc.freeze()  # or each of several hundred collections would walk over all modules again


def run(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run all examples of a document in order."""
    assert isinstance(document, Page | Docstrings)
    monkeypatch.setitem(sys.modules, document.module.__name__, document.module)
    try:
        for example in document:
            example.evaluate()
    finally:
        # FastAPI and doctest remember functions of a page, and these all of its names.
        document.namespace.clear()


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_page(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The code on a page does what the page says."""
    run(prose.parse(path), monkeypatch)


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_docstrings(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples in the docstrings of a module give the results they show."""
    run(docstrings.parse(path), monkeypatch)


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_no_python_escapes(path: Path) -> None:
    """Python is always fenced as `python`, the one name under which it is run."""
    names = {name.lower() for name in FENCE.findall(path.read_text(encoding="utf-8"))}

    assert not names & {"py", "python3", "pycon", "code-block", "code"}


def test_readme_shows_something_that_runs() -> None:
    """The first page a reader sees has code, and it is run."""
    assert list(prose.parse(ROOT / "README.md"))
