# SPDX-License-Identifier: MIT
"""Rules that wait for something: after all others have passed, all at once, under one deadline.

A validator with such rules is another type, without `validate`: to forget the `await` is an error of types, and not one
of production.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from errcore.errors.app_error import AppError
from errcore.errors.classification import classify
from errcore.errors.kinds import Fault
from errcore.errors.stock import DeadlineExceededError, ValidationError
from errcore.validation import shapes
from errcore.validation.checking.findings import Findings, Template, findings_of
from errcore.validation.checking.source import step
from errcore.validation.messages import sentence
from errcore.validation.refusals import refusal
from errcore.validation.results import Invalid, Valid, error_of
from errcore.validation.rules import AsyncRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from errcore.validation.validator import Validator

__all__ = ["AsyncValidator"]

T = TypeVar("T")


@attrs.frozen(eq=False)
class AsyncValidator(Generic[T]):
    """A validator whose last questions wait for an answer. Made by `Validator.with_async_rules`.

    Attributes:
        first: What is checked before.
        rules: What is asked then, by the name of the field; "" for the whole value. A field that was not given, or is
            None, is not asked about.
        timeout: Seconds for all of them together.
    """

    first: Validator[T]
    rules: tuple[tuple[str, AsyncRule], ...]
    timeout: float | None = None
    # What the validator collects in, too: its limit and its sentences hold here.
    _found_by: type[Findings] = attrs.field(
        init=False,
        repr=False,
        default=attrs.Factory(lambda own: findings_of(own.messages, own.first.max_issues), takes_self=True),
    )

    @property
    def messages(self) -> Mapping[str, str]:
        """Sentences by code that go before errcore's own."""
        return self.first.messages

    @classmethod
    def of(
        cls,
        first: Validator[T],
        rules: Mapping[str, AsyncRule | tuple[AsyncRule, ...]],
        timeout: float | None,
    ) -> AsyncValidator[T]:
        """See `Validator.with_async_rules`."""
        flat: list[tuple[str, AsyncRule]] = []
        for name, given in rules.items():
            for rule in given if isinstance(given, tuple | list) else (given,):
                if not isinstance(rule, AsyncRule):
                    raise refusal(
                        "an async validator",
                        f"what is asked of {name!r} does not wait",
                        "use Validator.check, or a coroutine function",
                    )
                flat.append((name, rule))
        if timeout is not None and (type(timeout) not in {int, float} or not timeout > 0):
            raise refusal("an async validator", "its timeout is no number above 0", "give seconds")
        if any(rules):
            first.pick(*filter(None, rules))  # refuses names that are not declared
            record = shapes.record_of(first.root.shape)
            if record is not None and record.into is not None and record.cls is None:
                raise refusal(
                    "an async validator",
                    "`into` hides the fields of what it makes",
                    'ask of the whole, by ""',
                )
        return cls(first, tuple(flat), timeout)

    async def avalidate(self, data: object, *, location: str | None = None) -> T:
        """What becomes of a good input.

        Args:
            data: The input; it is not changed.
            location: The part of a request that it is, for the issues.

        Raises:
            errcore.ValidationError: With everything that is wrong with it.
            errcore.DeadlineExceededError: If the rules took too long.
            errcore.AppError: What a rule raised, where it says that it is not the sender's fault.
            Exception: What a rule raised, where `errcore.classify` finds that a dependency or this host failed.
            errcore.validation.RuleCrashError: If a rule failed otherwise.
        """
        value = self.first.validate(data, location=location)
        error = await self._asked(data, value, location)
        if error is not None:
            raise error
        return value

    async def ainspect(self, data: object, *, location: str | None = None) -> Valid[T] | Invalid:
        """Look at an input without raising anything; a rule that fails or takes too long makes it invalid.

        Args:
            data: The input; it is not changed.
            location: The part of a request that it is, for the issues.
        """
        first = self.first.inspect(data, location=location)
        if isinstance(first, Invalid):
            return first
        error = await self._asked(data, first.value, location)
        if error is None:
            return first
        if not isinstance(error, ValidationError):
            found = self._found_by()
            found.crashed("", "a rule that waits", error)
            error = error_of(found, location)
        return Invalid(error.issues, error)

    async def _asked(self, data: object, value: T, location: str | None) -> Exception | None:
        """What is wrong, or nothing."""
        values = _by_name(self.first, data, value)
        jobs = [(name, rule) for name, rule in self.rules if not name or name in values]
        if not jobs:
            return None
        tasks = [asyncio.ensure_future(_said(rule, values[name] if name else value)) for name, rule in jobs]
        try:
            async with asyncio.timeout(self.timeout):
                await asyncio.wait(tasks)
        except TimeoutError:
            return DeadlineExceededError("The rules of a validator took too long.")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self._judged(
            [(name, rule, _answer(task)) for (name, rule), task in zip(jobs, tasks, strict=True)], location
        )

    def _judged(self, answers: list[tuple[str, AsyncRule, Any]], location: str | None) -> Exception | None:
        found = self._found_by()
        for name, rule, said in answers:
            at, what = step(name) if name else "", f"the rule {rule.name}"
            if isinstance(said, Exception) and _speaks_for_itself(said):
                return said
            if isinstance(said, Exception):
                found.crashed(at, what, said)
            elif said is not True:
                words = sentence(rule.code, "", {}, self.messages, rule.message)
                found.judged(at, said, Template(rule.code, words, {}), what)
        return error_of(found, location) if found else None


async def _said(rule: AsyncRule, value: Any) -> Any:
    try:
        return await rule.fn(value)
    except Exception as problem:  # noqa: BLE001
        return problem


def _speaks_for_itself(said: Exception) -> bool:
    """Whether it is an outage, of whatever library, or an error that was declared not to be the sender's."""
    if isinstance(said, AppError):
        return type(said).spec.fault is not Fault.CALLER
    return classify(said).fault in {Fault.DEPENDENCY, Fault.ENVIRONMENT}


def _answer(task: asyncio.Task[Any]) -> Any:
    """What a rule said. One that cancels itself has failed; nobody cancelled the validation."""
    return RuntimeError("cancelled") if task.cancelled() else task.result()


def _by_name(validator: Validator[Any], data: object, value: Any) -> Mapping[str, Any]:
    """The accepted values that were given, by the names that they have in the input; None needs no answer."""
    record = shapes.record_of(validator.root.shape)
    if value is None or record is None or (record.into is not None and record.cls is None):
        return {}
    if record.cls is None:
        values = {field.name: value[field.result] for field in record.fields if field.result in value}
    else:
        values = {name: getattr(value, attribute) for name, attribute in record.attributes.items()}
    return {
        name: each
        for name, each in values.items()
        if each is not None and (type(data) is not dict or name in data)
    }
