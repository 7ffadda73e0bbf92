# SPDX-License-Identifier: MIT
"""The house rules that a reader relies on: short files with telling names, and nothing public undocumented."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("errcore", "errcore_asgi", "errcore_fastapi", "errcore_flask")
SOURCES = sorted(ROOT.glob("packages/*/src/**/*.py"))
PYTHON = [
    *SOURCES,
    *sorted(path for top in ("tests", "examples", "benchmarks") for path in (ROOT / top).rglob("*.py")),
]
LONGEST = 350  # the aim is 300; a facade is a list
NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "tools"}


def relative(path: Path) -> str:
    """How a test's name shows a path."""
    return str(path.relative_to(ROOT))


def importable(path: Path) -> str:
    """The dotted name of a source file."""
    parts = path.relative_to(ROOT).with_suffix("").parts[3:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = [
    name for name in map(importable, SOURCES) if not any(part.startswith("_") for part in name.split("."))
]


@pytest.mark.parametrize("path", PYTHON, ids=relative)
def test_first_line_is_the_licence(path: Path) -> None:
    """A copied file carries its licence along."""
    assert path.read_text(encoding="utf-8").startswith("# SPDX-License-Identifier: MIT\n")


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_file_is_short_and_named(path: Path) -> None:
    """A source file holds one idea: it is short, and its name says which."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST
    assert path.stem not in NAMELESS
    assert path.parent.name not in NAMELESS


@pytest.mark.parametrize("path", PYTHON, ids=relative)
def test_module_says_its_idea(path: Path) -> None:
    """Every file opens with a docstring."""
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("test_*.py")), ids=relative)
def test_every_test_states_its_behaviour(path: Path) -> None:
    """A test without a sentence is a riddle when it fails."""
    silent = [
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]

    assert silent == []


def test_test_modules_have_unique_names() -> None:
    """Test folders are no packages, so two files of one name would be confused in a report."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", MODULES)
def test_public_names_are_documented(name: str) -> None:
    """Each name in `__all__` has a docstring of its own, and so has each public method of such a class."""
    module = import_module(name)
    public = {entry: getattr(module, entry) for entry in getattr(module, "__all__", ())}
    bare = [entry for entry, value in public.items() if takes_docstring(value) and not inspect.getdoc(value)]
    for entry, value in public.items():
        if inspect.isclass(value) and value.__module__.partition(".")[0] in PACKAGES:
            bare += [f"{entry}.{attribute}" for attribute in silent_members(value)]

    assert bare == []


def takes_docstring(value: object) -> bool:
    """Classes and functions can carry a docstring; constants and type aliases are documented where they stand."""
    return inspect.isclass(value) or inspect.isroutine(value)


def silent_members(cls: type) -> list[str]:
    """Public methods and properties defined by the class itself that say nothing, not even by inheritance."""
    kinds = (property, classmethod, staticmethod)
    return [
        name
        for name, value in vars(cls).items()
        if not name.startswith("_")
        and (isinstance(value, kinds) or inspect.isfunction(value))
        and not inspect.getdoc(getattr(cls, name))
    ]
