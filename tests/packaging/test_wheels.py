# SPDX-License-Identifier: MIT
"""What the wheels say and hold."""

from __future__ import annotations

import zipfile
from configparser import ConfigParser
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

pytestmark = pytest.mark.packaging
SIBLINGS = {
    "errcore": set(),
    "errcore-asgi": {"errcore"},
    "errcore-fastapi": {"errcore", "errcore-asgi"},
    "errcore-flask": {"errcore"},
}
NAMES = sorted(SIBLINGS)
PLUGIN = "_errcore_pytest_plugin"
BESIDE = {"errcore": [PLUGIN]}
"""Modules beside the package: pytest must be able to load its plugin without the package."""


def metadata(wheel: Path) -> Message:
    """The METADATA file of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (entry for entry in archive.namelist() if entry.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def requirements(wheel: Path) -> list[Requirement]:
    """What the wheel needs, extras included."""
    return [Requirement(text) for text in metadata(wheel).get_all("Requires-Dist", [])]


def test_one_version(wheels: dict[str, Path]) -> None:
    """The four packages are released together under one number."""
    assert len({metadata(wheel)["Version"] for wheel in wheels.values()}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_sibling_bounds(name: str, wheels: dict[str, Path]) -> None:
    """A sibling is required from this minor version up to the next one: neither unbounded nor pinned."""
    version = Version(metadata(wheels[name])["Version"])
    siblings = {need.name: need.specifier for need in requirements(wheels[name]) if need.name in SIBLINGS}

    assert set(siblings) == SIBLINGS[name]
    for bounds in siblings.values():
        assert bounds.contains(version)
        assert bounds.contains(f"{version.major}.{version.minor}.999")
        assert not bounds.contains(f"{version.major}.{version.minor + 1}.0")
        assert version.minor == 0 or not bounds.contains(f"{version.major}.{version.minor - 1}.999")


@pytest.mark.parametrize("name", NAMES)
def test_licence(name: str, wheels: dict[str, Path]) -> None:
    """The licence is an SPDX expression, and its text travels in the wheel (PEP 639)."""
    fields = metadata(wheels[name])

    assert fields["License-Expression"] == "MIT"
    assert fields.get_all("License-File") == ["LICENSE"]
    assert not [line for line in fields.get_all("Classifier", []) if line.startswith("License ::")]
    with zipfile.ZipFile(wheels[name]) as archive:
        assert any(entry.endswith(".dist-info/licenses/LICENSE") for entry in archive.namelist())


@pytest.mark.parametrize("name", NAMES)
def test_import_name_and_contents(name: str, wheels: dict[str, Path]) -> None:
    """A wheel holds one import package, says so (PEP 794), is marked as typed, and holds nothing else but a plugin."""
    package, beside = name.replace("-", "_"), BESIDE.get(name, [])
    with zipfile.ZipFile(wheels[name]) as archive:
        entries = archive.namelist()

    assert sorted(metadata(wheels[name]).get_all("Import-Name", [])) == sorted(
        [package, *(f"{module}; private" for module in beside)]
    )
    assert f"{package}/py.typed" in entries
    assert {entry.partition("/")[0] for entry in entries} == {
        package,
        *(f"{module}.py" for module in beside),
        next(e for e in entries if ".dist-info" in e).partition("/")[0],
    }


def test_pytest_finds_its_plugin(wheels: dict[str, Path]) -> None:
    """The core announces it, under the name by which users leave it out; the adapters have none."""
    for name in NAMES:
        with zipfile.ZipFile(wheels[name]) as archive:
            announced = ConfigParser()
            for entry in archive.namelist():
                if entry.endswith(".dist-info/entry_points.txt"):
                    announced.read_string(archive.read(entry).decode())

        assert announced.has_section("pytest11") is (name == "errcore")
        if name == "errcore":
            assert dict(announced["pytest11"]) == {"errcore": PLUGIN}


@pytest.mark.parametrize("name", NAMES)
def test_readme_and_python(name: str, wheels: dict[str, Path]) -> None:
    """The page of a package is its README, and old interpreters are refused."""
    fields = metadata(wheels[name])

    assert fields["Requires-Python"] == ">=3.11"
    assert fields["Description-Content-Type"] == "text/markdown"
    assert str(fields.get_payload()).startswith(f"# {name}\n")


def test_core_needs_little(wheels: dict[str, Path]) -> None:
    """The core brings the libraries that it is built on; the rest is asked for by an extra."""
    always = {need.name for need in requirements(wheels["errcore"]) if need.marker is None}

    assert always == {"attrs", "cattrs", "limits", "pybreaker", "structlog", "tenacity"}


def test_flask_package_needs_flask_alone(wheels: dict[str, Path]) -> None:
    """The Flask adapter brings Flask and what Flask is made of; nothing of ASGI."""
    always = {need.name for need in requirements(wheels["errcore-flask"]) if need.marker is None}

    assert always == {"errcore", "flask", "werkzeug"}
