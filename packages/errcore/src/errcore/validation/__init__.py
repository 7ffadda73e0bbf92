# SPDX-License-Identifier: MIT
"""What may come in: validators that find everything that is wrong, say where, and never say what was sent.

Say what an input has to be, in the builder (`InputValidator`) or on an attrs class (`Validator.of`), with constraints
that pydantic and Hypothesis understand, too. Both give one frozen validator, compiled to generated code, from which the
JSON Schema and the test data of `errcore.testing` are read as well.

The files and folders, from what users write to what runs:

- what a value has to satisfy: `constraints`, `rules`, `messages`; `patterns` looks at regular expressions before they run
- the two front doors: `declaring`; the tree that both end in: `shapes`, `tags`; `refusals` says what makes no sense
- using it: `validator`, `asynchronous`, `results`, `bodies`, `ready`
- what is made of the tree: `checking`, the generated code; `schemas`, JSON Schema
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.lazily import fetching

if TYPE_CHECKING:
    from errcore.validation.asynchronous import AsyncValidator
    from errcore.validation.bodies import BodyPieces, JsonBody, validator_for
    from errcore.validation.checking.findings import RuleFailed
    from errcore.validation.constraints.choices import Choices, Secret, Unique
    from errcore.validation.constraints.constraint import Constraint, Requirement
    from errcore.validation.constraints.formats import Date, DateTime, Email, Pattern, Url, Uuid
    from errcore.validation.constraints.limits import Length, MultipleOf, Range
    from errcore.validation.constraints.nesting import Each, Nested
    from errcore.validation.declaring._cattrs import strict
    from errcore.validation.declaring.builder import FieldBuilder, InputValidator
    from errcore.validation.messages import MESSAGES, sentence
    from errcore.validation.results import Invalid, RuleCrashError, Valid
    from errcore.validation.rules import AsyncRule, Rule, rule
    from errcore.validation.schemas.json_schema import JsonSchema
    from errcore.validation.validator import Validator

__all__ = [
    "MESSAGES",
    "AsyncRule",
    "AsyncValidator",
    "BodyPieces",
    "Choices",
    "Constraint",
    "Date",
    "DateTime",
    "Each",
    "Email",
    "FieldBuilder",
    "InputValidator",
    "Invalid",
    "JsonBody",
    "JsonSchema",
    "Length",
    "MultipleOf",
    "Nested",
    "Pattern",
    "Range",
    "Requirement",
    "Rule",
    "RuleCrashError",
    "RuleFailed",
    "Secret",
    "Unique",
    "Url",
    "Uuid",
    "Valid",
    "Validator",
    "rule",
    "sentence",
    "strict",
    "validator_for",
]

_HOME = {
    "MESSAGES": "messages",
    "AsyncRule": "rules",
    "AsyncValidator": "asynchronous",
    "BodyPieces": "bodies",
    "Choices": "constraints.choices",
    "Constraint": "constraints.constraint",
    "Date": "constraints.formats",
    "DateTime": "constraints.formats",
    "Each": "constraints.nesting",
    "Email": "constraints.formats",
    "FieldBuilder": "declaring.builder",
    "InputValidator": "declaring.builder",
    "Invalid": "results",
    "JsonBody": "bodies",
    "JsonSchema": "schemas.json_schema",
    "Length": "constraints.limits",
    "MultipleOf": "constraints.limits",
    "Nested": "constraints.nesting",
    "Pattern": "constraints.formats",
    "Range": "constraints.limits",
    "Requirement": "constraints.constraint",
    "Rule": "rules",
    "RuleCrashError": "results",
    "RuleFailed": "checking.findings",
    "Secret": "constraints.choices",
    "Unique": "constraints.choices",
    "Url": "constraints.formats",
    "Uuid": "constraints.formats",
    "Valid": "results",
    "Validator": "validator",
    "rule": "rules",
    "sentence": "messages",
    "strict": "declaring._cattrs",
    "validator_for": "bodies",
}
"""Where each name lives."""


if not TYPE_CHECKING:  # checkers have the imports above, and refuse what is not among them
    __getattr__, __dir__ = fetching(__name__, _HOME)
