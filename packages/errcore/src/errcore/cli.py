# SPDX-License-Identifier: MIT
"""The command `errcore`: the catalogue of a service, printed, linted, or compared with an earlier one.

`errcore catalog shop.errors` imports the modules that declare errors and tells what they declared. Exit status: 0 if
all is well, 1 if something was found, 2 if the command could not do its work.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from errcore import handbook
from errcore.errors.stock import ConfigurationError, catalog
from errcore.jsonsafe import one_line
from errcore.redaction import Redactor
from errcore.runtime import Settings

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from errcore.envelopes import Format

__all__ = ["main"]

_FOUND = 1
_FAILED = 2
_TEXT = 300  # characters of somebody else's message in one of ours


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: What was typed after `errcore`; the process's own arguments where None.

    Returns:
        The exit status: 0, 1 if something was found, 2 if the command could not do its work.

    >>> main(["catalog", "--lint"])
    0
    """
    given = _parser().parse_args(arguments)
    try:
        return _catalog(given)
    except ConfigurationError as problem:
        print(f"errcore: {problem}", file=sys.stderr)  # noqa: T201 - a command speaks on its streams
        return _FAILED
    except BrokenPipeError:
        # Whoever read has seen enough; without this the interpreter would complain when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="errcore", description="One error contract for a Python service.")
    command = parser.add_subparsers(metavar="command", required=True).add_parser(
        "catalog",
        help="print, lint or compare the errors that modules declare",
        description="Import modules and tell what a client can rely on about the errors that they declare.",
        epilog="With --lint or --check the findings are printed instead of the catalogue, and --output is written only "
        "if there are none. Exit status: 0, 1 if something was found, 2 if the command could not do its work.",
    )
    command.add_argument(
        "modules", nargs="*", metavar="MODULE", help="a module to import, such as shop.errors"
    )
    command.add_argument("--format", choices=["md", "json", "openapi"], default="md", help="default: md")
    command.add_argument(
        "--output", type=Path, metavar="FILE", help="write to FILE instead of standard output"
    )
    command.add_argument("--no-stock", action="store_true", help="leave out the codes of errcore itself")
    command.add_argument(
        "--lint", action="store_true", help="report names, docstrings and fields to reconsider"
    )
    command.add_argument(
        "--check", type=Path, metavar="OLD.json", help="report what breaks clients of an earlier catalogue"
    )
    command.add_argument(
        "--docs-url", metavar="URL", help="where the codes are documented, for the examples of openapi"
    )
    command.add_argument(
        "--envelope",
        metavar="NAME",
        default="problem",
        help="the format for openapi and for --lint; default: problem",
    )
    return parser


def _catalog(given: argparse.Namespace) -> int:
    form = Settings(envelope=given.envelope, docs_url=given.docs_url).formats[0]
    old = None if given.check is None else handbook.read_document(_read(given.check))
    for name in given.modules:
        _import(name)
    findings: list[str] = []
    if given.lint:
        # A format that spreads no details has none, and hides nothing.
        reserved: Collection[str] = getattr(form, "members", ())
        findings += [f"{found.place}: {found.code}: {found.remark}" for found in catalog.lint(reserved)]
    if old is not None:
        # All of today's codes, whatever is printed: the old one may have been written with errcore's own or without.
        findings += map(str, handbook.changes(old, handbook.entries(catalog)))
    if findings:
        _print("".join(f"{one_line(finding, 1024)}\n" for finding in findings))
        return _FOUND
    if given.output is not None:
        _write(given.output, _rendered(given, form))
    elif not given.lint and old is None:
        _print(_rendered(given, form))
    return 0


def _rendered(given: argparse.Namespace, form: Format) -> str:
    ours = [spec for spec in catalog if not handbook.is_stock(spec)]
    theirs = [] if given.no_stock else [spec for spec in catalog if handbook.is_stock(spec)]
    if given.format == "md":
        return handbook.as_markdown(handbook.entries(ours), handbook.entries(theirs))
    if given.format == "openapi":
        return _json(handbook.as_openapi([*ours, *theirs], form))
    return _json(handbook.as_document(handbook.entries([*ours, *theirs])))


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _import(name: str) -> None:
    """Import a module as `python -m` would find it. What it prints does not get between our lines."""
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
    try:
        with redirect_stdout(sys.stderr):
            import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:
        said = Redactor().text(f"{type(problem).__name__}: {one_line(problem, _TEXT)}")
        raise ConfigurationError(
            f"Cannot import {one_line(repr(name), _TEXT)}{_where(problem)}, because of {said}; run the command where the "
            f"module can be imported, and name it as an import statement would."
        ) from problem


def _where(problem: BaseException) -> str:
    """The line of the module, or of one below it, that failed; nothing where the module was not found at all."""
    traceback, place = problem.__traceback__, ""
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if not file.startswith("<") and Path(file).parent.name != "importlib" and file != __file__:
            place = f" ({file}:{traceback.tb_lineno})"
        traceback = traceback.tb_next
    return place


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(handbook.MOST_BYTES + 1)
    except (OSError, ValueError) as problem:
        raise _file_problem("read", path, problem) from problem


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(_encoded(text))
    except (OSError, ValueError) as problem:
        raise _file_problem("write", path, problem) from problem


def _file_problem(verb: str, path: Path, problem: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"Cannot {verb} {one_line(repr(str(path)), _TEXT)}, because of {type(problem).__name__}: "
        f"{one_line(getattr(problem, 'strerror', None) or problem, _TEXT)}; name a file that can be {_PAST[verb]}."
    )


_PAST = {"read": "read", "write": "written"}


def _print(text: str) -> None:
    """To standard output in UTF-8, whatever the terminal would like: a file made of it has to be the same everywhere."""
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write(text)
    else:
        sys.stdout.flush()
        stream.write(_encoded(text))
        stream.flush()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
