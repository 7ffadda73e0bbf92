# SPDX-License-Identifier: MIT
"""Imports point down only: the contracts in pyproject.toml, and what those contracts cannot say."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import grimp
import pytest

import errcore

ROOT = Path(__file__).parents[2]
ADAPTERS = ("errcore_asgi", "errcore_fastapi", "errcore_flask")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Every import between our modules, those for type checkers left out."""
    return grimp.build_graph("errcore", *ADAPTERS, exclude_type_checking_imports=True, cache_dir=None)


def test_contracts_hold() -> None:
    """import-linter finds no contract of pyproject.toml broken."""
    # In a process of its own: its command line sets up logging anew, and so would silence this one's loggers.
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", program, "--config", "pyproject.toml", "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_inside_imports_the_facade(graph: grimp.ImportGraph) -> None:
    """A room that imported the facade would depend on every room: inside, the real module is named."""
    inside = {
        name for name in graph.find_modules_that_directly_import("errcore") if name.startswith("errcore.")
    }

    assert {name for name in inside if name.split(".")[1] not in {"testing", "extras"}} == set()


# What anybody may import from: the packages themselves, and the rooms of errcore.
PUBLIC = {"errcore", *ADAPTERS, *(f"errcore.{room}" for room in errcore._ROOMS)}


def private_uses(source: str, own: str) -> list[str]:
    """What a module of the package `own` takes from our other distributions without its being public."""
    found: list[str] = []
    rooms: dict[str, str] = {}
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            if node.module.partition(".")[0] in {"errcore", *ADAPTERS} - {own}:
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    if inner in PUBLIC:
                        rooms[alias.asname or alias.name] = inner
                    elif node.module not in PUBLIC or alias.name not in import_module(node.module).__all__:
                        found.append(inner)
        elif isinstance(node, ast.Import):
            # What follows would be reached by attributes, and nobody would see which.
            names = [alias.name for alias in node.names]
            found += [name for name in names if name.partition(".")[0] in {"errcore", *ADAPTERS} - {own}]
    found += [
        f"{rooms[node.value.id]}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in rooms
        and node.attr not in import_module(rooms[node.value.id]).__all__
    ]
    return found


def test_adapters_import_public_names_only() -> None:
    """An adapter uses what any third party's adapter could use: names that a package or a room lists as its own."""
    modules = [
        (path, package)
        for package in ADAPTERS
        for path in (ROOT / "packages").glob(f"*/src/{package}/**/*.py")
    ]
    private = {
        str(path.relative_to(ROOT)): uses
        for path, package in modules
        if (uses := private_uses(path.read_text(encoding="utf-8"), package))
    }

    assert len(modules) > 10
    assert private == {}


@pytest.mark.parametrize(
    ("line", "private"),
    [
        ("from errcore import Runtime, clock", []),
        ("from errcore.context import RequestIds", []),
        ("from errcore_fastapi.issues import issues_of", []),
        ("from errcore import context as c; c.enter", []),
        ("from errcore import nothing", ["errcore.nothing"]),
        ("from errcore.errors.kinds import Kind", ["errcore.errors.kinds.Kind"]),
        ("from errcore.errors import kinds", ["errcore.errors.kinds"]),
        ("from errcore_asgi.answers import Answers", ["errcore_asgi.answers.Answers"]),
        ("from errcore import context as c; c._current", ["errcore.context._current"]),
        ("import errcore.errors.reported", ["errcore.errors.reported"]),
        (
            "if TYPE_CHECKING:\n    from errcore.errors.spec import ErrorSpec",
            ["errcore.errors.spec.ErrorSpec"],
        ),
    ],
)
def test_private_uses_are_found(line: str, private: list[str]) -> None:
    """The check above sees every way of importing."""
    assert private_uses(line, "errcore_fastapi") == private


def test_every_room_stands_on_a_floor() -> None:
    """A new room of errcore must be given its floor in pyproject.toml before it lands."""
    contract = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition('id = "floors"')[2]
    listed = contract.partition("[[")[0]
    rooms = {
        path.stem if path.suffix == ".py" else path.name
        for path in (ROOT / "packages/errcore/src/errcore").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }

    assert {
        room for room in rooms - {"__init__", "testing", "extras"} if f"errcore.{room}" not in listed
    } == set()
