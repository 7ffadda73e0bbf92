# SPDX-License-Identifier: MIT
"""The rows of the table, by name: each builds its case when it is asked for, so one row does not pay for the others."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.case import Case
    from benchmarks.processes import ImportCase

__all__ = ["ROWS"]


def _from(module: str, builder: str) -> Callable[[], Case | ImportCase]:
    def build() -> Case | ImportCase:
        case: Case | ImportCase = getattr(import_module(f"benchmarks.rows.{module}"), builder)()
        return case

    return build


ROWS: dict[str, Callable[[], Case | ImportCase]] = {
    "raise": _from("raising", "raising"),
    "classify foreign": _from("classifying", "foreign"),
    "classify declared": _from("classifying", "declared"),
    "encode problem": _from("encoding", "encoding"),
    "encode problem with orjson": _from("encoding", "encoding_with_orjson"),
    "decode problem": _from("decoding", "decoding"),
    "decode problem with orjson": _from("decoding", "decoding_with_orjson"),
    "fastapi domain error": _from("fastapi_domain_error", "domain_error"),
    "fastapi unhandled error": _from("fastapi_unhandled_error", "unhandled_error"),
    "fastapi success": _from("fastapi_success", "success"),
    "flask domain error": _from("flask_domain_error", "domain_error"),
    "server cpu, error": _from("server_cpu", "error"),
    "server cpu, success": _from("server_cpu", "success"),
    "import": _from("importing", "importing"),
}
