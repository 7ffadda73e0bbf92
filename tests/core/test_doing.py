# SPDX-License-Identifier: MIT
"""`doing`: what was going on is said on the exception that passes, which stays itself."""

from __future__ import annotations

import asyncio
import gc
import inspect
import traceback
import weakref

import pytest

from errcore import NotFoundError, doing
from errcore.errors import InternalError, Occurrence

SECRET = "hunter2-Zx81"


def test_it_annotates_what_passes():
    """Same object, same cause, same traceback; one note more, also in the traceback's text."""
    error, cause = KeyError("port"), ValueError("x")
    with pytest.raises(KeyError) as caught, doing("loading the configuration", path="/etc/app.toml"):
        raise error from cause

    assert caught.value is error
    assert error.__cause__ is cause
    assert error.__notes__ == ["while loading the configuration (path='/etc/app.toml')"]
    assert error.__notes__[0] in "".join(traceback.format_exception(error))
    assert Occurrence.of(error).internal["notes"] == error.__notes__


def test_without_facts():
    """Just what was done."""
    with pytest.raises(NotFoundError) as caught, doing("looking"):
        raise NotFoundError

    assert caught.value.__notes__ == ["while looking"]


def test_nested_activities_are_listed_inside_out():
    """The nearest first, as the exception passed them; notes that were there stay."""
    error = InternalError()
    error.add_note("own")
    with pytest.raises(InternalError), doing("c"), doing("b"), doing("a"):
        raise error

    assert error.__notes__ == ["own", "while a", "while b", "while c"]


def test_the_number_of_notes_is_bounded():
    """A retry loop or a recursion does not flood the exception."""
    error = InternalError()
    for number in range(100):
        with pytest.raises(InternalError), doing(f"round {number}"):
            raise error

    assert len(error.__notes__) == 16


def test_secrets_are_redacted():
    """By their name and by their form; and the note is one bounded line."""
    with (
        pytest.raises(InternalError) as caught,
        doing(
            f"calling\nhttps://u:{SECRET}@host",
            password=SECRET,
            url=f"https://u:{SECRET}@host",
            blob="x" * 10_000,
        ),
    ):
        raise InternalError

    note = caught.value.__notes__[0]
    assert SECRET not in note
    assert "password='[redacted]'" in note
    assert len(note) <= 1024
    assert "\n" not in note


class Unshowable:
    """Cannot be shown."""

    def __str__(self) -> str:
        raise ZeroDivisionError

    __repr__ = __str__


def test_facts_that_cannot_be_shown():
    """They cost themselves; names of parameters are free for facts."""
    with (
        pytest.raises(InternalError) as caught,
        doing("x", self=Unshowable(), activity=float("nan"), function={1}),
    ):
        raise InternalError

    assert caught.value.__notes__ == ["while x (self='<Unshowable>', activity=None, function=[1])"]


def test_a_broken_activity_is_nobody_s_problem():
    """The exception goes on."""
    with pytest.raises(InternalError) as caught, doing(Unshowable()):
        raise InternalError

    assert not hasattr(caught.value, "__notes__")


class Closed(Exception):
    """Refuses to be looked at and changed."""

    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(name)

    def __setattr__(self, name: str, value: object) -> None:
        raise RuntimeError(name)

    def add_note(self, note: str) -> None:
        raise RuntimeError(note)


def test_a_hostile_exception_passes():
    """It is annotated past its own methods."""
    error = Closed()
    with pytest.raises(Closed), doing("x"):
        raise error

    assert Occurrence.of(error).internal["notes"] == ["while x"]


@pytest.mark.parametrize("notes", [("a",), "text", None, 5, ["n"] * 16])
def test_notes_that_are_none(notes: object):
    """What others put there is left alone."""
    error = InternalError()
    error.__dict__["__notes__"] = notes
    with pytest.raises(InternalError), doing("x"):
        raise error

    assert error.__notes__ is notes


@pytest.mark.parametrize("ending", [asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_cancellation_is_not_annotated(ending: type[BaseException]):
    """It is nobody's failure, and often one object for many."""
    with pytest.raises(ending) as caught, doing("x"):
        raise ending

    assert not hasattr(caught.value, "__notes__")


def test_the_happy_path_leaves_nothing():
    """No note, no reference, the result as it is."""

    class Fact: ...

    fact = Fact()
    reference = weakref.ref(fact)
    with doing("x", fact=fact) as nothing:
        assert nothing is None
    del fact
    gc.collect()

    assert reference() is None


def test_it_decorates_functions():
    """Name, docstring and signature stay; arguments and results pass through."""

    @doing("adding", kind="numbers")
    def add(left: int, /, right: int = 1, *, sign: int = 1) -> int:
        """Adds."""
        return sign * (left + right) // abs(left)

    assert (add(2), add(2, right=4, sign=-1)) == (1, -3)
    assert (add.__name__, add.__doc__, str(inspect.signature(add))) == (
        "add",
        "Adds.",
        "(left: 'int', /, right: 'int' = 1, *, sign: 'int' = 1) -> 'int'",
    )
    with pytest.raises(ZeroDivisionError) as caught:
        add(0)
    assert caught.value.__notes__ == ["while adding (kind='numbers')"]


def test_it_decorates_methods():
    """Methods, class methods and static methods."""

    class Service:
        @doing("one")
        def one(self) -> object:
            return self

        @classmethod
        @doing("two")
        def two(cls) -> object:
            raise InternalError

    service = Service()
    assert service.one() is service
    with pytest.raises(InternalError) as caught:
        Service.two()
    assert caught.value.__notes__ == ["while two"]


async def test_it_decorates_coroutine_functions():
    """The exception is annotated when it is awaited, and the function stays a coroutine function."""

    @doing("fetching")
    async def fetch(name: str) -> str:
        await asyncio.sleep(0)
        if not name:
            raise NotFoundError(name)
        return name

    assert inspect.iscoroutinefunction(fetch)
    assert await fetch("x") == "x"
    with pytest.raises(NotFoundError) as caught:
        await fetch("")
    assert caught.value.__notes__ == ["while fetching"]


async def test_a_cancelled_coroutine_is_not_annotated():
    """Cancellation passes as it is."""

    @doing("waiting")
    async def wait() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert not hasattr(caught.value, "__notes__")


def test_it_decorates_generator_functions():
    """What is raised while it is iterated is annotated; sending, throwing and returning work."""
    seen: list[object] = []

    @doing("producing")
    def produce(count: int):
        for number in range(count):
            try:
                seen.append((yield number))
            except KeyError as error:
                seen.append(error)
        raise InternalError("end")

    generator = produce(3)
    assert inspect.isgeneratorfunction(produce)
    error = KeyError("thrown")
    assert (next(generator), generator.send("sent"), generator.throw(error)) == (0, 1, 2)
    with pytest.raises(InternalError) as caught:
        next(generator)
    assert seen == ["sent", error, None]
    assert caught.value.__notes__ == ["while producing"]


def test_a_generator_returns_its_value():
    """`yield from` sees it."""

    @doing("producing")
    def produce():
        yield 1
        return "done"

    def outer():
        return (yield from produce())

    generator = outer()
    next(generator)
    with pytest.raises(StopIteration) as caught:
        next(generator)
    assert caught.value.value == "done"


def test_asynchronous_generators_are_refused():
    """Nothing would be annotated, so the decoration says what to do instead."""
    with pytest.raises(TypeError, match=r"write `with doing\(...\):` inside it"):

        @doing("producing")
        async def produce():
            yield 1


async def test_it_is_used_by_many_at_once():
    """One annotation serves all calls: it has no state."""

    @doing("fetching")
    async def fetch(number: int) -> None:
        await asyncio.sleep(0)
        raise NotFoundError(str(number))

    results = await asyncio.gather(*map(fetch, range(50)), return_exceptions=True)

    assert [(str(error), error.__notes__) for error in results] == [
        (str(n), ["while fetching"]) for n in range(50)
    ]
