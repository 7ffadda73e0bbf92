# SPDX-License-Identifier: MIT
"""Documents that must pass, made of the declaration: of its shapes, its constraints, and the examples of its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from errcore.errors.stock import ConfigurationError
from errcore.testing.validators.declared import root_of
from errcore.testing.validators.examples import as_strategy, examples_of, mutated, rule_examples
from errcore.testing.validators.json_values import copied
from errcore.testing.validators.judging import judge, normalised, twin_key
from errcore.testing.validators.scalars import REPEATED, Documents, few, is_unique, shaped
from errcore.validation import rules, shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from errcore.testing.validators.declared import Given

__all__ = ["check_examples", "documents", "keys_of", "suiting", "undeclared", "valid_for"]

_DEEPEST = 2  # how often a record is put inside itself

_KEYS = ("a", "b", "a/b~c", "~1", "", "0")
"""Keys that are data, and those that pointers stumble over."""

_UNDECLARED = ("undeclared", "un/declared~", "line\nend", "", "u" * 200)


def valid_for(v: Given) -> SearchStrategy[Any]:
    """Documents, as JSON has them, that must pass.

    They come from what is declared and are never put through the validator, so that one that is refused shows a
    mistake. Rules and checks across fields need examples of their own: `@slug.valid`, `check(..., valid=...)`.

    Args:
        v: The validator.

    Raises:
        errcore.ConfigurationError: If a rule or a check has no examples, or nothing can satisfy what is declared.

    >>> from errcore import InputValidator
    >>> from hypothesis import given
    >>> v = InputValidator()
    >>> v.field("age").required().type(int).range(18, 120)
    <field age>
    >>> @given(valid_for(v))
    ... def test_adults(document):
    ...     assert 18 <= v.validate(document)["age"] <= 120
    >>> test_adults()
    """
    found = documents(root_of(v), 0)
    if found is None:
        raise ConfigurationError(
            "Cannot make a valid document, because the class holds itself without an end; make that field optional, "
            "nullable or a list."
        )
    return found


def documents(value: shapes.Value, depth: int) -> Documents | None:
    """Documents for one value; None if there are none so deep inside itself.

    Args:
        value: What is declared.
        depth: How many records it is inside of, of those that hold themselves.
    """
    made = _made(value, depth)
    if made is None:
        return st.none() if value.nullable else None
    return st.none() | made if value.nullable else made


def _made(value: shapes.Value, depth: int) -> Documents | None:
    if value.rules:
        return _ruled(value)
    sources = [
        found for each in value.constraints if (found := examples_of(each, value.shape).valid) is not None
    ]
    plain = None if sources else shaped(value.shape, value, depth)
    if not sources and plain is None:
        return None
    made = st.one_of(sources) if plain is None else plain
    if value.normalizers and isinstance(value.shape, shapes.Text):
        made = made | mutated(made)
    if value.constraints or value.normalizers:
        return made.filter(lambda document: judge(value, document) == ())
    return made


def _ruled(value: shapes.Value) -> Documents:
    """Values of rules are those that somebody named; of several rules, those of each that the others take."""
    return st.one_of([rule_examples(rule, "valid").filter(suiting(value, rule)) for rule in value.rules])


def suiting(value: shapes.Value, but: rules.Rule) -> Callable[[Any], bool]:
    """Whether all that is declared but one rule takes a value, as a question. The rule under test is never asked.

    Args:
        value: What is declared.
        but: The rule that is under test.
    """
    others = [rule for rule in value.rules if rule is not but]

    def suits(document: Any) -> bool:
        # The examples of a rule are about what comes after the normalisers.
        settled = not value.normalizers or bool(normalised(value, document) == document)
        return judge(value, document) == () and settled and all(_says_yes(rule, document) for rule in others)

    return suits


def _says_yes(rule: rules.Rule, document: Any) -> bool:
    try:
        return rule.fn(copied(document)) is True
    except Exception:  # noqa: BLE001 - kept, so that a law finds it
        return True


@shaped.register
def _(shape: shapes.Items, value: shapes.Value, depth: int) -> Documents | None:
    least, most = few(value)
    item = documents(shape.item, depth)
    if item is None:
        return st.just([]).map(list) if least == 0 else None
    if is_unique(value):
        return st.lists(
            item, min_size=least, max_size=most, unique_by=lambda each: twin_key(shape.item, each)
        )
    if least > REPEATED:
        return item.map(lambda each: [copied(each) for _ in range(least)])
    return st.lists(item, min_size=least, max_size=most)


@shaped.register
def _(shape: shapes.Row, value: shapes.Value, depth: int) -> Documents | None:
    places = [found for item in shape.items if (found := documents(item, depth)) is not None]
    return st.tuples(*places).map(list) if len(places) == len(shape.items) else None


def keys_of(shape: shapes.Entries, depth: int) -> Documents | None:
    """Keys that are data; None if there are none.

    Args:
        shape: The object.
        depth: How many records it is inside of, of those that hold themselves.
    """
    key = documents(shape.key, depth)
    return (
        st.sampled_from(_KEYS) | key if key is not None and shape.key == shapes.Value(shapes.Text()) else key
    )


@shaped.register
def _(shape: shapes.Entries, value: shapes.Value, depth: int) -> Documents | None:
    least, most = few(value)
    key, item = keys_of(shape, depth), documents(shape.item, depth)
    if key is None or item is None:
        return st.just("").map(_empty) if least == 0 else None
    return st.dictionaries(key, item, min_size=least, max_size=most)


@shaped.register
def _(shape: shapes.Again, value: shapes.Value, depth: int) -> Documents | None:
    return None if depth >= _DEEPEST else shaped(shape.record, value, depth + 1)


@shaped.register
def _(shape: shapes.Either, value: shapes.Value, depth: int) -> Documents | None:
    options = [found for option in shape.options if (found := documents(option, depth)) is not None]
    return st.one_of(options) if options else None


@shaped.register
def _(shape: shapes.Record, value: shapes.Value, depth: int) -> Documents | None:
    required: dict[str, Documents] = {}
    optional: dict[str, Documents] = {}
    for field in shape.fields:
        found = documents(field.value, depth)
        if found is not None:
            (required if field.required else optional)[field.name] = found
        elif field.required:
            return None
    made: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(required, optional=optional)
    for check in shape.checks:
        made = _with_examples(made, check)
    if shape.extra == "forbid":
        return made
    more = st.dictionaries(st.sampled_from(undeclared(shape)), st.none() | st.integers(), max_size=1)
    return st.tuples(made, more).map(lambda pair: {**pair[0], **pair[1]})


def undeclared(record: shapes.Record) -> list[str]:
    """Keys that a record does not know, some of which no pointer shows."""
    known = {field.name for field in record.fields}
    return [key for key in _UNDECLARED if key not in known]


def _empty(_nothing: str) -> dict[str, Any]:
    return {}


def _with_examples(
    made: SearchStrategy[dict[str, Any]], check: shapes.Check
) -> SearchStrategy[dict[str, Any]]:
    def joined(pair: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
        document, good = pair
        if not all(name in document for name in check.fields):
            return document  # then nobody asks it
        return {**document, **good}

    return st.tuples(made, check_examples(check, "valid")).map(joined)


def check_examples(check: shapes.Check, role: str) -> SearchStrategy[dict[str, Any]]:
    """The fields that somebody gave as examples of a check across fields.

    Args:
        check: The check.
        role: "valid" or "invalid".

    Raises:
        errcore.ConfigurationError: If nobody did, with what to write.
    """
    give = check.valid if role == "valid" else check.invalid
    if give is None:
        names = ", ".join(check.fields) or "the fields that it is about"
        raise ConfigurationError(
            f"Cannot make test data, because the check {check.code} has no {role} examples; give `{role}=` to `check`: a "
            f"function that gives a Hypothesis strategy of dicts with {names}."
        )
    return as_strategy(give(), f"{role}= of the check {check.code}")
