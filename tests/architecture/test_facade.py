# SPDX-License-Identifier: MIT
"""The facade: its three lists agree, every name resolves, nothing is loaded before it is asked for."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import errcore
from errcore import errors

ROOT = Path(__file__).parents[2]
FACADE = Path(errcore.__file__)
SUBMODULES = {path.stem for path in FACADE.parent.glob("*.py")} | {
    path.parent.name for path in FACADE.parent.glob("*/__init__.py")
}
HOME: dict[str, str] = errcore._HOME
ROOMS: frozenset[str] = errcore._ROOMS
HEAVY = {
    "asyncio", "cattrs", "fastapi", "flask", "httpx", "hypothesis", "limits", "pybreaker", "pydantic", "redis",
    "starlette", "structlog", "tenacity",
}  # fmt: skip


def checker_imports() -> list[tuple[str, str]]:
    """(module, name) of what the facade imports for type checkers only."""
    tree = ast.parse(FACADE.read_text(encoding="utf-8"))
    (block,) = (
        node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    return [
        (node.module, alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    ]


def loaded_after(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has after running code and had not before."""
    program = f"import sys; before = set(sys.modules); exec({code!r}); print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_three_lists_agree() -> None:
    """The table, `__all__` and the imports that checkers see name the same things from the same modules."""
    seen = checker_imports()

    assert sorted(HOME) == sorted(errcore.__all__)
    assert dict(HOME) == {name: module for module, name in seen if module != "errcore"}
    assert set(ROOMS) == {name for module, name in seen if module == "errcore"}
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("name", sorted(HOME))
def test_every_name_resolves(name: str) -> None:
    """A facade name is the very object of its room, which declares it public."""
    room = import_module(HOME[name])

    assert getattr(errcore, name) is getattr(room, name)
    assert name in room.__all__
    assert name in dir(errcore)


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_every_room_is_an_attribute(name: str) -> None:
    """A room is reachable as an attribute of the package without importing it by name."""
    program = f"import errcore; assert errcore.{name}.__name__ == 'errcore.{name}'"

    subprocess.run([sys.executable, "-c", program], check=True)


def test_rooms_are_all_public_submodules() -> None:
    """Each public submodule is a lazy attribute, so that no import order decides what `errcore.x` is.

    Except the extras: they are for one library each, and who wants one imports that one.
    """
    assert set(ROOMS) == {name for name in SUBMODULES - {"extras"} if not name.startswith("_")}


def test_no_name_collides_with_a_submodule() -> None:
    """Importing a submodule rebinds its name on the package: no facade name may be one."""
    assert not set(HOME) & SUBMODULES


def test_no_name_of_a_lazy_room_collides_with_a_file_of_it() -> None:
    """`errcore.errors` fetches its names late: importing a file named like one of them would hide it."""
    files = {path.stem for path in Path(errors.__file__ or "").parent.glob("*.py")}

    assert not set(errors.__all__) & files
    assert all(getattr(errors, name) is not None for name in errors.__all__)


def test_the_map_of_the_errors_room_is_complete() -> None:
    """Whoever opens the room reads there where everything is; each file is named once."""
    room = Path(errors.__file__ or "").parent
    files = {path.stem for path in room.glob("*.py")} | {
        path.parent.name for path in room.glob("*/__init__.py")
    }
    named = re.findall(r"`([a-z_]+)`", (errors.__doc__ or "").partition("- declaring:")[2])

    assert sorted(named) == sorted(files - {"__init__"})


def shadowing(init: Path) -> list[str]:
    """Names that a package's `__init__` imports from elsewhere than the package, though a file of it has that name."""
    files = {path.stem for path in init.parent.glob("*.py")} | {
        path.parent.name for path in init.parent.glob("*/__init__.py")
    }
    package = importable(init.parent)
    return [
        f"{package}.{alias.asname or alias.name}"
        for node in ast.walk(ast.parse(init.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module != package
        for alias in node.names
        if (alias.asname or alias.name) in files
    ]


def importable(folder: Path) -> str:
    """The dotted name of a package in a `src` folder."""
    return ".".join(folder.relative_to(ROOT).parts[3:])


@pytest.mark.parametrize(
    "init", sorted(ROOT.glob("packages/*/src/**/__init__.py")), ids=lambda path: importable(path.parent)
)
def test_no_name_of_a_package_hides_a_file_of_it(init: Path) -> None:
    """`from package import name` would give the file or what is in it, as whatever was imported first decides."""
    assert shadowing(init) == []


def test_unknown_name() -> None:
    """An unknown name is an AttributeError that says so, as for any module."""
    with pytest.raises(AttributeError, match="module 'errcore' has no attribute 'nope'"):
        errcore.nope  # noqa: B018


def test_bare_import_loads_nothing() -> None:
    """`import errcore` alone loads the facade and no room."""
    own = loaded_after("import errcore") - loaded_after(
        "from __future__ import annotations; import importlib, typing"
    )

    assert own == {"errcore"}


def test_usual_import_loads_no_heavy_library() -> None:
    """The names that every service imports bring attrs and the standard library, no engine and no framework."""
    loaded = loaded_after(
        "import errcore\nfrom errcore import AppError, NotFoundError, Runtime, internal, public"
    )

    assert not loaded & HEAVY
    assert loaded - set(sys.stdlib_module_names) <= {"errcore", "attr", "attrs"}


def test_validators_load_no_heavy_library() -> None:
    """Neither those that check as errcore does, nor those that understand its constraints."""
    loaded = loaded_after(
        "import attrs\nfrom errcore import InputValidator, Validator\n"
        "kept = InputValidator()\nkept.field('a').required().email()\nkept.inspect({})\nkept.json_schema()\n"
        "Validator.of(attrs.make_class('A', {'a': attrs.field(type=list[int])})).inspect({'a': ['b']})"
    )

    assert not loaded & HEAVY
    assert loaded - set(sys.stdlib_module_names) <= {"errcore", "attr", "attrs"}


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_every_room_imports_alone(room: str) -> None:
    """A room needs nobody to have imported another one first, and warns about nothing."""
    subprocess.run([sys.executable, "-W", "error", "-c", f"import errcore.{room}"], check=True)


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_room_lists_its_public_names(room: str) -> None:
    """`__all__` of a room holds existing names, each once."""
    module = import_module(f"errcore.{room}")

    assert len(module.__all__) == len(set(module.__all__))
    assert all(hasattr(module, name) for name in module.__all__)


def test_raising_loads_nothing_of_telling() -> None:
    """A program that declares and raises errors does not pay for redaction, occurrences or envelopes."""
    program = (
        "import sys; from errcore import AppError, NotFoundError\n"
        "print(*(name for name in sys.modules if name.startswith('errcore.')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    rooms = {name.split(".")[1] for name in done.stdout.split()}

    assert rooms == {"errors", "jsonsafe", "lazily"}
    assert "errcore.errors.occurrence" not in done.stdout.split()


LAZY = tuple(
    f"errcore.{room}"
    for room in ("errors", "logs", "monitor", "monitor.health", "policies", "testing", "validation")
)


@pytest.mark.parametrize("name", LAZY)
def test_lazy_rooms_have_what_they_name(name: str) -> None:
    """And nothing else; each name is there before it was fetched."""
    room = import_module(name)

    assert set(room.__all__) <= set(dir(room))
    assert all(hasattr(room, each) for each in room.__all__)
    assert not hasattr(room, "nonsense")
