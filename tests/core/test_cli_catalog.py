# SPDX-License-Identifier: MIT
"""The command `errcore catalog`, in a fresh directory with a small module, as somebody would type it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from errcore import catalog
from errcore.cli import main
from errcore.handbook import read_document

ROOT = Path(__file__).parents[2]

SHOP = '''
from errcore import InternalError, NotFoundError, internal, public

print("a module that talks")


class OrderNotFound(NotFoundError, code="STALL_ORDER_NOT_FOUND", message="No order {order_id} in {region}."):
    """There is no order with this id. Remedy: look at `/orders`."""

    order_id: str = public()
    region: str = public(default="EU")
    customer: str = internal(default="")


class ForeignOrder(NotFoundError, code="STALL_ORDER_DENIED", answers_as=NotFoundError):
    """The order is somebody else's."""


class LedgerBroken(InternalError, code="STALL_LEDGER_CORRUPTED"):
    """The books are wrong."""
'''

ODD = """
from errcore import NotFoundError, public


class Odd(NotFoundError, code="ODD"):
    title: str = public(default="")


class Hidden(NotFoundError, code="VEILED", answers_as=NotFoundError):
    pass
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "errors.py").write_text(SHOP)
    (tmp_path / "odd.py").write_text(ODD)
    return tmp_path


def errcore(folder: Path, *arguments: str, **how: object) -> subprocess.CompletedProcess[str]:
    """What the command says, and how it ends."""
    return subprocess.run(
        [sys.executable, "-B", "-W", "error", "-m", "errcore", *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        **how,
    )


def test_it_prints_markdown(shop: Path) -> None:
    """A section for each public code of the modules, and a table of errcore's own; what a module prints is not in it."""
    done = errcore(shop, "catalog", "shop.errors")

    assert done.returncode == 0
    assert done.stdout.startswith("# Errors\n\n| Code | Status |")
    assert "## `STALL_ORDER_NOT_FOUND`\n\nThere is no order with this id." in done.stdout
    assert "| `NOT_FOUND` | 404 | no |" in done.stdout
    assert "customer" not in done.stdout
    assert "STALL_ORDER_DENIED" not in done.stdout
    assert "WORKSPACE_ACCESS_DENIED" not in done.stdout
    assert done.stderr == "a module that talks\n"


def test_errcores_own_codes_can_be_left_out(shop: Path) -> None:
    """In every format."""
    for form in ("md", "json", "openapi"):
        done = errcore(shop, "catalog", "shop.errors", "--no-stock", "--format", form)
        assert done.returncode == 0
        assert "STALL_ORDER_NOT_FOUND" in done.stdout
        assert "RATE_LIMIT_EXCEEDED" not in done.stdout
        assert "STALL_ORDER_DENIED" not in done.stdout


def test_the_json_is_stable_and_can_be_read_back(shop: Path) -> None:
    """Two runs give the same bytes, whatever the hash seed and the encoding of the terminal; `--output` gives them too."""
    runs = [
        errcore(
            shop,
            "catalog",
            "shop.errors",
            "--format",
            "json",
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "ascii"},
        )
        for seed in "12"
    ]
    written = errcore(shop, "catalog", "shop.errors", "--format", "json", "--output", "errors.json")
    document = json.loads(runs[0].stdout)

    assert runs[0].stdout == runs[1].stdout
    assert (written.returncode, written.stdout) == (0, "")
    assert (shop / "errors.json").read_bytes() == runs[0].stdout.encode()
    assert document["errcore_catalog"] == 1
    assert document["codes"]["STALL_ORDER_NOT_FOUND"]["fields"] == {
        "order_id": {"type": "string", "always": True},
        "region": {"type": "string", "always": True},
    }
    assert len(read_document(runs[0].stdout.encode())) == len(document["codes"])


def test_openapi_components_are_in_the_chosen_format(shop: Path) -> None:
    """With examples that link to the documentation."""
    done = errcore(
        shop, "catalog", "shop.errors", "--format", "openapi", "--docs-url", "https://shop.example/errors"
    )
    text = errcore(shop, "catalog", "shop.errors", "--format", "openapi", "--envelope", "text")
    response = json.loads(done.stdout)["components"]["responses"]["STALL_ORDER_NOT_FOUND"]
    example = response["content"]["application/problem+json"]["example"]

    assert example["type"] == "https://shop.example/errors/STALL_ORDER_NOT_FOUND"
    assert example["order_id"] == "order_id"
    assert "No order order_id" in text.stdout


def test_the_lint_finds_and_says_where(shop: Path) -> None:
    """Names, missing docstrings, fields that the envelope hides; of codes that no client reads, too. Exit status 1."""
    done = errcore(shop, "catalog", "odd", "shop.errors", "--lint")
    lines = done.stdout.splitlines()
    here = shop.resolve() / "odd.py"

    assert done.returncode == 1
    assert [line.partition(" ")[2].partition(":")[0] for line in lines] == [
        "ODD",
        "ODD",
        "ODD",
        "VEILED",
        "VEILED",
    ]
    assert all(line.startswith(f"{here}:") for line in lines)
    assert "public field 'title' is hidden by the envelope's own member" in done.stdout
    assert errcore(shop, "catalog", "shop.errors", "--lint").returncode == 0


def test_the_lint_asks_the_envelope_for_its_members(shop: Path) -> None:
    """A sentence has none that a field could collide with."""
    done = errcore(shop, "catalog", "odd", "--lint", "--envelope", "text")

    assert done.returncode == 1
    assert "public field" not in done.stdout


def test_check_passes_what_only_adds(shop: Path) -> None:
    """More codes and more fields are fine; so is an old document that was written without errcore's own codes."""
    errcore(shop, "catalog", "shop.errors", "--format", "json", "--no-stock", "--output", "old.json")
    errors = shop / "shop" / "errors.py"
    errors.write_text(
        SHOP.replace('    customer: str = internal(default="")', "    currency: str = public(default='EUR')")
    )

    done = errcore(shop, "catalog", "shop.errors", "odd", "--check", "old.json", "--no-stock")

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        (
            'region: str = public(default="EU")',
            'region: str = internal(default="EU")',
            "public field 'region' is gone",
        ),
        ("order_id: str", "order_id: int", "public field 'order_id' was string and is integer"),
        (" in {region}", "", "the message no longer says {region}"),
        ('"STALL_ORDER_NOT_FOUND"', '"STALL_ORDER_MISSING"', "the code is gone"),
        (
            'code="STALL_ORDER_NOT_FOUND",',
            'code="STALL_ORDER_NOT_FOUND", status=410,',
            "the status was 404 and is 410",
        ),
    ],
)
def test_check_finds_what_breaks_a_client(shop: Path, before: str, after: str, finding: str) -> None:
    """A removed public field above all. One line for each finding, exit status 1."""
    errcore(shop, "catalog", "shop.errors", "--format", "json", "--output", "old.json")
    source = SHOP.replace(before, after)
    if "internal(default" in after:
        source = source.replace(" in {region}", "")
    (shop / "shop" / "errors.py").write_text(source)

    done = errcore(
        shop, "catalog", "shop.errors", "--check", "old.json", "--output", "new.json", "--format", "json"
    )

    assert done.returncode == 1
    assert f"STALL_ORDER_NOT_FOUND: {finding}; " in done.stdout
    assert len(done.stdout.splitlines()) == (2 if "internal(default" in after else 1)
    assert not (shop / "new.json").exists()


def test_check_writes_the_next_document_if_nothing_was_found(shop: Path) -> None:
    """One command compares and brings the file up to date."""
    command = ("catalog", "shop.errors", "--format", "json", "--output", "errors.json")
    errcore(shop, *command)
    (shop / "shop" / "errors.py").write_text(SHOP.replace("STALL_LEDGER_CORRUPTED", "STALL_LEDGER_MISMATCH"))
    found = errcore(shop, *command, "--check", "errors.json")
    (shop / "shop" / "errors.py").write_text(SHOP)
    done = errcore(shop, "catalog", "odd", *command[1:], "--check", "errors.json")

    assert found.returncode == 1
    assert (done.returncode, done.stdout) == (0, "")
    assert '"ODD"' in (shop / "errors.json").read_text()


@pytest.mark.parametrize("text", ["", "[]", "\x00", '{"errcore_catalog": 2}', "[" * 100_000])
def test_an_unreadable_document_is_no_finding(shop: Path, text: str) -> None:
    """Exit status 2, one line on standard error, no traceback."""
    (shop / "old.json").write_text(text)
    done = errcore(shop, "catalog", "--check", "old.json")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("errcore: Cannot read the catalogue, because ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "Cannot import 'nowhere', because of ModuleNotFoundError: No module named 'nowhere'"),
        (["shop.nowhere"], "No module named 'shop.nowhere'"),
        (["shop/errors.py"], "Cannot import 'shop/errors.py'"),
        ([""], "Cannot import ''"),
        (["..errors"], "Cannot import '..errors'"),
        (["leaves"], "leaves.py:2), because of SystemExit: 3"),
        (["fails"], "fails.py:3), because of RuntimeError: password="),
        (["twice"], "has that code; choose another code"),
        (["--check", "nowhere.json"], "Cannot read 'nowhere.json', because of FileNotFoundError"),
        (["--check", "shop"], "Cannot read 'shop', because of IsADirectoryError"),
        (["--output", "nowhere/file"], "Cannot write 'nowhere/file', because of FileNotFoundError"),
        (["--output", "/dev/full"], "No space left on device"),
        (["--envelope", "fancy"], "There is no envelope named 'fancy'"),
        (["--docs-url", "not a url"], "Cannot use docs_url="),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(shop: Path, arguments: list[str], said: str) -> None:
    """What happened, because of what, what to do: on standard error, with exit status 2, without a traceback."""
    (shop / "leaves.py").write_text("import sys\nsys.exit(3)")
    (shop / "fails.py").write_text('\n\nraise RuntimeError("password=hunter2\\nsecond line")')
    (shop / "twice.py").write_text(ODD + ODD.replace("class Odd", "class Even").replace("VEILED", "VEIL"))

    done = errcore(shop, "catalog", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize("arguments", [[], ["catalogue"], ["catalog", "--format", "yaml"]])
def test_wrong_arguments_show_the_usage(tmp_path: Path, arguments: list[str]) -> None:
    """Exit status 2, as of any command."""
    done = errcore(tmp_path, *arguments)

    assert done.returncode == 2
    assert done.stderr.startswith("usage: errcore")


def test_a_reader_that_leaves_early_is_no_failure_to_complain_about(tmp_path: Path) -> None:
    """As in `errcore catalog | head -1`."""
    with subprocess.Popen(
        [sys.executable, "-m", "errcore", "catalog"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()

    assert (process.returncode, said) == (2, b"")


def test_it_is_installed_as_a_command() -> None:
    """The wheel brings the script `errcore`."""
    project = tomllib.loads((ROOT / "packages/errcore/pyproject.toml").read_text())["project"]
    module, _, name = project["scripts"]["errcore"].partition(":")

    assert getattr(import_module(module), name) is main


def test_importing_the_module_runs_nothing() -> None:
    """Tools import whatever they find."""
    assert import_module("errcore.__main__").__all__ == []


def test_it_can_be_called_from_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """With the streams that Python has at that time, and a directory that is importable already."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    known = list(sys.path)

    assert main(["catalog", "json", "--format", "json"]) == 0
    assert read_document(capsysbinary.readouterr().out)
    assert sys.path == known

    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["catalog"]) == 0
    assert stream.getvalue().startswith("# Errors\n")


def test_the_directory_one_is_in_is_importable(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The installed command does not start with it on the path."""
    monkeypatch.chdir(shop)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry and Path(entry) != Path.cwd()])
    monkeypatch.delitem(sys.modules, "shop", raising=False)
    try:
        assert main(["catalog", "shop.errors", "--lint"]) in (0, 1)
        assert "STALL_ORDER_NOT_FOUND" in catalog
    finally:
        sys.modules.pop("shop.errors", None)
        sys.modules.pop("shop", None)
    assert "a module that talks" in capsys.readouterr().err


def test_importing_errcore_does_not_load_the_command() -> None:
    """It is for people, and costs a service nothing."""
    program = "import sys, errcore; errcore.NotFoundError; sys.exit('errcore.cli' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_runtime_does_not_load_the_pages() -> None:
    """They are loaded when somebody looks at one."""
    program = "import sys, errcore.runtime; sys.exit('errcore.handbook' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_module_that_stops_the_import_by_other_means(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a module raises is a module that cannot be imported, except that the user may interrupt it."""
    (tmp_path / "stopping_oddly.py").write_text("class Odd(BaseException): ...\nraise Odd('x')\n")
    (tmp_path / "stopping_user.py").write_text("raise KeyboardInterrupt\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    assert main(["catalog", "stopping_oddly"]) == 2
    assert "Cannot import 'stopping_oddly'" in capsys.readouterr().err
    with pytest.raises(KeyboardInterrupt):
        main(["catalog", "stopping_user"])
