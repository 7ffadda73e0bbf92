# SPDX-License-Identifier: MIT
"""Imports point down only: the contracts in pyproject.toml, and what those contracts cannot say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

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


def test_adapters_import_public_modules_only(graph: grimp.ImportGraph) -> None:
    """An adapter uses what any third party's adapter could use."""
    private = {
        (importer, imported)
        for importer in graph.modules
        if importer.partition(".")[0] in ADAPTERS
        for imported in graph.find_modules_directly_imported_by(importer)
        if imported.partition(".")[0] != importer.partition(".")[0]
        and any(part.startswith("_") for part in imported.split("."))
    }

    assert private == set()


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
