# SPDX-License-Identifier: MIT
"""The jobs of this repository, each in an environment of its own: `pip install nox && nox -s tests`.

Nothing is needed but Python 3.11 or newer and a package index; uv is used where it is installed. Arguments after
`--` reach the tool: `nox -s tests -- -k problem`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_external_run = True
# A failure on one version is the last thing that is printed, not buried under what the next versions print.
nox.options.stop_on_first_error = True
nox.options.sessions = ["lint", "typing", "tests", "architecture", "packaging", "docs"]
# Some machines switch bytecode off, and then each of the many processes compiles everything it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

WORKSPACE = nox.project.load_toml("pyproject.toml")
PACKAGES = ("errcore", "errcore-asgi", "errcore-fastapi", "errcore-flask")
SOURCES = tuple(f"packages/{name}/src" for name in PACKAGES)
BACKEND = (*nox.project.load_toml("packages/errcore/pyproject.toml")["build-system"]["requires"], "editables")
# Over all cores, the tests of one file together, and in the order of tests/conftest.py.
SPREAD = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
SUPPORTED = ("3.11", "3.12", "3.13", "3.14", "3.15")


def interpreters() -> list[str]:
    """The supported versions that really run here: a version manager's command may exist and do nothing."""
    os.environ["PATH"] += os.pathsep + str(Path(sys.base_prefix, "bin"))
    if shutil.which("pyenv") and "PYENV_VERSION" not in os.environ:
        # pyenv answers only for the versions that are switched on: switch on all of them, the usual one first.
        listed = [("version-name",), ("versions", "--bare", "--skip-aliases")]
        names = [run("pyenv", *arguments).replace("\n", ":") for arguments in listed]
        os.environ["PYENV_VERSION"] = ":".join(filter(None, names))
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    found = [version for version in SUPPORTED if run(f"python{version}", "-c", ask) == version]
    return found or [f"{sys.version_info.major}.{sys.version_info.minor}"]


def run(*command: str) -> str:
    """What a command prints, or nothing if it is not there or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


PYTHONS = interpreters()


def install(session: nox.Session, *groups: str) -> None:
    """Install dependency groups of the workspace, and the four packages as they stand in the tree.

    Half the time of pip is saved: what is never imported is not compiled, and the packages are built where their
    backend is already, not in four environments more. That each can be built alone is `packaging`'s to prove.
    """
    editable = [argument for name in PACKAGES for argument in ("-e", f"packages/{name}")]
    session.install("--no-compile", *nox.project.dependency_groups(WORKSPACE, *groups), *BACKEND)
    session.install("--no-compile", "--no-build-isolation", *editable)


@nox.session
def demo(session: nox.Session) -> None:
    """Run the demo: live services, a flaky dependency, traffic, a report. `-- --serve` keeps it up."""
    install(session, "demo")
    session.run("python", "examples/demo", *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests on every interpreter found; the first also holds the coverage gate and searches longest.

    What says the same on every version is for the first: house rules, documentation, examples, the tests of the benchmarks,
    of the kit that tests are made with, and of servers with many workers.
    """
    install(session, "tests")
    if session.posargs:
        session.run("pytest", *session.posargs)
        return
    if session.python != PYTHONS[0]:
        known = (
            "architecture",
            "benchmarks",
            "docs",
            "examples",
            "servers/test_many_workers.py",
            "servers/test_kill.py",
            "volume",
        )
        same = [f"--ignore=tests/{each}" for each in known]
        same.append("--ignore-glob=tests/core/test_testing_*.py")
        session.run("pytest", *SPREAD, "--hypothesis-profile=brief", *same)
        return
    session.run("coverage", "erase")
    apart = ("tests/benchmarks", "tests/volume", "tests/architecture/test_house.py")
    session.run("coverage", "run", "-m", "pytest", *SPREAD, *(f"--ignore={each}" for each in apart))
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")
    # Simulations, large populations and house rules, which coverage would only slow down.
    session.run("pytest", *SPREAD, *apart)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting, and that the changelog's fragments can be assembled."""
    session.install(*nox.project.dependency_groups(WORKSPACE, "lint"))
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")
    session.run("towncrier", "build", "--draft", "--version", "next", silent=True)


@nox.session
def typing(session: nox.Session) -> None:
    """Check types with mypy and pyright, both strict, and that everything public is typed."""
    install(session, "typing")
    session.run("mypy", *SOURCES, "tests/typing", "noxfile.py")
    session.run("pyright")
    session.run("pytest", "-m", "typing", "tests/typing")
    for package in ("errcore", "errcore_asgi", "errcore_fastapi", "errcore_flask"):
        session.run("pyright", "--ignoreexternal", "--verifytypes", package)


@nox.session
def architecture(session: nox.Session) -> None:
    """Check the floors, the facade and the house rules."""
    install(session, "tests")
    session.run("pytest", "tests/architecture", *session.posargs)


@nox.session
def packaging(session: nox.Session) -> None:
    """Build the wheels, read their metadata, and answer a request from them outside the workspace."""
    install(session, "tests", "packaging")
    session.run("pytest", "-m", "packaging", "tests/packaging", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning or a broken reference fails."""
    install(session, "docs")
    session.run(
        "sphinx-build", "-n", "-W", "--keep-going", "-E", "docs", "docs/_build/html", *session.posargs
    )


@nox.session
def bench(session: nox.Session) -> None:
    """Compare with the peers and hold the gates. `-- --quick` takes a minute."""
    install(session, "bench")
    session.run("python", "benchmarks", *session.posargs)
