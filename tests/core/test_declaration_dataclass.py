# SPDX-License-Identifier: MIT
"""A dataclass decorator on top of an error changes nothing; and what a declaration may not say of itself."""

import dataclasses

import pytest

from errcore import AppError, NotFoundError, internal, public, secret


@dataclasses.dataclass
class Decorated(NotFoundError, code="T_DECORATED_TOKEN_INVALID"):
    """Decorated by somebody who always does."""

    token: str = secret(default="")


def test_a_dataclass_on_top_shows_no_secret():
    """`@dataclass` would write a `repr` of all fields."""
    assert "hunter2" not in repr(Decorated(token="hunter2"))


def test_a_dataclass_on_top_leaves_errors_apart():
    """Two errors are two failures, however alike; and an exception has to have a hash."""
    one, other = Decorated(token="a"), Decorated(token="a")

    assert one != other
    assert one == one
    assert {one: 1}[one] == 1


class Spoken(NotFoundError, code="T_SPOKEN_MISSING"):
    """Has a text and an equality of its own."""

    def __repr__(self) -> str:
        return "spoken"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spoken)

    __hash__ = NotFoundError.__hash__


class Side(NotFoundError):
    """Comes first among the bases and says nothing itself."""


class Both(Side, Spoken):
    """Inherits from both."""


def test_bases_keep_their_say():
    """What a class says of its text, equality and hash holds below it, also past a base that says nothing."""
    assert repr(Both()) == "spoken"
    assert Both() == Spoken()
    assert Side() != Spoken.__new__(NotFoundError)
    assert hash(Both()) != 0


def test_a_class_without_a_hash_has_none_below():
    """It said so itself: equality of its own, and no hash."""

    class Unhashable(NotFoundError):
        def __eq__(self, other: object) -> bool:
            return True

    class Below(Unhashable):
        pass

    with pytest.raises(TypeError, match="unhashable"):
        hash(Below())


@pytest.mark.parametrize("value", ["no", 1, 0, [], "True"])
def test_recoverable_is_true_or_false(value):
    """`recoverable="no"` would count as True."""
    with pytest.raises(TypeError, match=r"recoverable=.* is neither True nor False"):

        class Wrong(AppError, code="T_WRONG_THING_INVALID", kind="internal", recoverable=value):
            pass


@pytest.mark.parametrize("marker", [public, internal, secret])
def test_a_field_has_one_default(marker):
    """One of the two would be ignored; the message says where both stand."""
    with pytest.raises(
        TypeError, match=r"test_declaration_dataclass\.py:\d+: it has both a default and a factory"
    ):
        marker(default=1, factory=list)
