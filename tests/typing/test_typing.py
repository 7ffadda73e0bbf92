# SPDX-License-Identifier: MIT
"""Type checkers as users meet them: right code passes mypy and pyright, wrong lines are refused by both, line by line.

Each check starts a checker, which takes a while: this runs in `nox -s typing`, and is skipped where they are missing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.typing

HERE = Path(__file__).parent
SOURCES = [str(path) for path in sorted(HERE.parents[1].glob("packages/*/src"))]
MARK = "# wrong"

ACCEPTED = sorted(HERE.glob("accepted_*.py"))
REFUSED = sorted(HERE.glob("refused_*.txt"))


def marked(text: str) -> set[int]:
    """The lines that a checker must refuse."""
    return {number for number, line in enumerate(text.splitlines(), 1) if line.endswith(MARK)}


def mypy(file: Path) -> dict[int, str]:
    """What mypy says, by line."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--no-pretty",
            "--cache-dir",
            str(file.parent / "mypy"),
            file.name,
        ],
        cwd=file.parent,
        env={**os.environ, "MYPYPATH": os.pathsep.join(SOURCES)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode in {0, 1}, done.stderr
    said: dict[int, str] = {}
    for line in done.stdout.splitlines():
        name, _, rest = line.partition(":")
        number, _, message = rest.partition(": ")
        if message.startswith("error:"):
            assert name == file.name, line
            said[int(number)] = message
    return said


def pyright(file: Path) -> dict[int, str]:
    """What pyright says, by line."""
    config = {
        "include": [file.name],
        "extraPaths": SOURCES,
        "typeCheckingMode": "strict",
        # These lines are expressions for nothing on purpose, and both checkers see the same mistake.
        "reportUnusedExpression": "none",
        "reportUnusedClass": "none",
        "reportUnusedFunction": "none",
        "reportUnusedVariable": "none",
    }
    (file.parent / "pyrightconfig.json").write_text(json.dumps(config), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", "-p", "."],
        cwd=file.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    found = json.loads(done.stdout)["generalDiagnostics"]
    return {
        entry["range"]["start"]["line"] + 1: entry["message"]
        for entry in found
        if entry["severity"] == "error"
    }


@pytest.mark.parametrize(("name", "checker"), [("mypy", mypy), ("pyright", pyright)], ids=["mypy", "pyright"])
@pytest.mark.parametrize("path", [*ACCEPTED, *REFUSED], ids=lambda path: path.name)
def test_exactly_the_wrong_lines_are_refused(
    path: Path, name: str, checker: Callable[[Path], dict[int, str]], tmp_path: Path
) -> None:
    """Every line that is marked as wrong is reported, and no other one is."""
    pytest.importorskip(name)
    file = tmp_path / f"{path.stem}.py"
    file.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    wanted, said = marked(file.read_text(encoding="utf-8")), checker(file)

    lines = file.read_text(encoding="utf-8").splitlines()
    assert {number: lines[number - 1] for number in wanted - set(said)} == {}
    assert {number: text for number, text in said.items() if number not in wanted} == {}


def test_there_is_something_to_refuse() -> None:
    """A file that was moved would make all this pass."""
    assert ACCEPTED
    assert all(marked(path.read_text(encoding="utf-8")) for path in REFUSED)
    assert len(REFUSED) >= 3
