# SPDX-License-Identifier: MIT
"""The same validator in another process, in which sets have another order."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from typing import Any

from errcore.validation.declaring.builder import InputValidator
from errcore.validation.validator import Validator

__all__ = ["answer", "outcomes_elsewhere"]

_SEEDS = ("1", "2")
_SECONDS = 60.0
_PROGRAM = "from errcore.testing.validators.elsewhere import answer; answer()"


def outcomes_elsewhere(validator: Validator[Any], documents: list[Any]) -> list[list[Any]]:
    """What is told about documents in processes with other hash seeds; nothing where the validator cannot be taken there.

    It can be if its parts can be pickled, or if it is a member of a module that can be imported there, too.

    Args:
        validator: The validator.
        documents: The documents.
    """
    parcel = _parcel(validator, documents)
    if parcel is None:
        return []
    children = [_child(seed) for seed in _SEEDS]
    found: list[list[Any]] = []
    for child in children:
        with child:
            try:
                said, _ = child.communicate(parcel, _SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                continue
        if child.returncode == 0:
            found.append(json.loads(said))
    return found


def _child(seed: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - this very Python, and words of ours
        [sys.executable, "-c", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def _parcel(validator: Validator[Any], documents: list[Any]) -> bytes | None:
    home = _home(validator)
    if home is None and type(validator) is not Validator:
        return None
    parts = (validator.root, dict(validator.messages), validator.max_issues)
    try:
        return pickle.dumps((home or parts, documents))
    except Exception:  # noqa: BLE001 - lambdas, local classes: it stays here
        return None


def _home(validator: Validator[Any]) -> tuple[str, str] | None:
    """Where it can be imported from."""
    for name, module in list(sys.modules.items()):
        if name == "__main__" or getattr(module, "__spec__", None) is None:
            continue
        for attribute, value in list(getattr(module, "__dict__", {}).items()):
            if value is validator or (type(value) is InputValidator and value.build() is validator):
                return name, attribute
    return None


def answer() -> None:
    """Read a validator and documents, and write what is told about each: runs in the other process."""
    from importlib import import_module

    given, documents = pickle.load(sys.stdin.buffer)  # noqa: S301 - of the process that started this one
    made: Validator[Any] = (
        getattr(import_module(given[0]), given[1]) if len(given) == 2 else Validator[Any](*given)
    )
    told = [
        [(issue.pointer, issue.code) for issue in made.inspect(document).issues] for document in documents
    ]
    sys.stdout.write(json.dumps(told))
