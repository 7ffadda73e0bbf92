# SPDX-License-Identifier: MIT
"""The rows of the table, by name: each builds its case when it is asked for, so one row does not pay for the others."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.case import Case
    from benchmarks.populations import Population
    from benchmarks.processes import ImportCase

    Row = Case | ImportCase | Population

__all__ = ["ROWS"]


def _from(module: str, builder: str) -> Callable[[], Row]:
    def build() -> Row:
        case: Row = getattr(import_module(f"benchmarks.rows.{module}"), builder)()
        return case

    return build


ROWS: dict[str, Callable[[], Row]] = {
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
    "policy retry success": _from("policy_retry", "success"),
    "policy retry success, async": _from("policy_retry", "success_async"),
    "policy retry and budget": _from("policy_retry", "paid"),
    "policy retry and budget, async": _from("policy_retry", "paid_async"),
    "policy breaker success": _from("policy_breaker", "success"),
    "policy breaker success, async": _from("policy_breaker", "success_async"),
    "policy 8 threads, one breaker": _from("policy_threads", "eight_threads"),
    "policy full stack": _from("policy_stack", "stack"),
    "policy full stack, async": _from("policy_stack", "stack_async"),
    "policy full stack, a deadline": _from("policy_stack", "under_a_deadline"),
    "policy best rival": _from("policy_stack", "beside_rivals"),
    "policy best rival, async": _from("policy_stack", "beside_rivals_async"),
    "policy empty call": _from("policy_stack", "empty"),
    "policy empty call, async": _from("policy_stack", "empty_async"),
    "policy limit fixed": _from("policy_limits", "fixed"),
    "policy limit gcra": _from("policy_limits", "even"),
    "policy limit moving": _from("policy_limits", "moving"),
    "policy limit sliding": _from("policy_limits", "sliding"),
    "policy 1e6 keys, fixed": _from("policy_keys", "fixed"),
    "policy 1e6 keys, gcra": _from("policy_keys", "even"),
    "policy 1e6 keys": _from("policy_keys", "population"),
    "policy fail twice": _from("policy_retry", "fail_twice"),
    "policy fail twice, async": _from("policy_retry", "fail_twice_async"),
    "policy open breaker": _from("policy_breaker", "refused"),
    "policy open breaker, async": _from("policy_breaker", "refused_async"),
    "policy failure counted": _from("policy_breaker", "failure"),
    "policy failure counted, async": _from("policy_breaker", "failure_async"),
    "validation valid": _from("validating", "valid"),
    "validation valid, class": _from("validating", "valid_class"),
    "validation invalid": _from("validating", "invalid"),
    "validation beside pydantic, valid": _from("validating", "beside_pydantic_valid"),
    "validation beside pydantic, invalid": _from("validating", "beside_pydantic_invalid"),
    "validation 600 fields, valid": _from("validating_growth", "fields_valid"),
    "validation 600 fields, invalid": _from("validating_growth", "fields_invalid"),
    "validation 600 items, valid": _from("validating_growth", "items_valid"),
    "validation 600 items, invalid": _from("validating_growth", "items_invalid"),
    "validation built": _from("validating", "building"),
    "monitor record": _from("monitor_recording", "record"),
    "monitor after 3e5 messages": _from("monitor_recording", "distinct"),
    "monitor 1e5 messages": _from("monitor_recording", "growth"),
    "monitor server cpu, error": _from("monitor_server", "error"),
    "monitor server cpu, success": _from("monitor_server", "success"),
    "import": _from("importing", "importing"),
    "policy first": _from("importing", "first_policy"),
    "validation first": _from("importing", "first_validator"),
}
