# SPDX-License-Identifier: MIT
"""The four wheels, built once, and an empty environment that holds three of them and no workspace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = ("errcore", "errcore-asgi", "errcore-fastapi", "errcore-flask")


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Distribution name -> wheel. Each goes tree -> sdist -> wheel, as a release does."""
    target = tmp_path_factory.mktemp("dist")
    for name in DISTRIBUTIONS:
        command = [sys.executable, "-m", "build", "--outdir", str(target), str(ROOT / "packages" / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return {name: next(target.glob(f"{name.replace('-', '_')}-*.whl")) for name in DISTRIBUTIONS}


@pytest.fixture(scope="session")
def outside(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the FastAPI chain's wheels and a server, far from the tree."""
    home = tmp_path_factory.mktemp("outside") / "venv"
    subprocess.run([sys.executable, "-m", "virtualenv", "--quiet", str(home)], check=True)
    python = next(path for path in (home / "bin/python", home / "Scripts/python.exe") if path.exists())
    chain = [str(wheels[name]) for name in ("errcore", "errcore-asgi", "errcore-fastapi")]
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *chain, "uvicorn"], check=True)
    return python
