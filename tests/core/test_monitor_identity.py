# SPDX-License-Identifier: MIT
"""A group is what the code says: a code, a class, a place in the application and a service. No request has a say in it."""

from __future__ import annotations

import errno
import json
import linecache
import multiprocessing
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import monitor_places
import pytest
from monitored import raised

from errcore import AppError, NotFoundError, RateLimitError, RequestFacts, Runtime
from errcore.errors.stock import RejectedError
from errcore.monitor import Monitor
from errcore.monitor.counting.sites import site_of, spot
from errcore.policies import Timeout


def caught(call: Any, *arguments: Any) -> BaseException:
    """What a call raises."""
    try:
        call(*arguments)
    except BaseException as error:  # noqa: BLE001 - whatever it raises
        return error
    raise AssertionError("It raised nothing.")


def grouped(*errors: BaseException, service: str | None = None) -> list[Any]:
    """The facts of the groups that these make."""
    with Monitor(background=False, service=service) as monitor:
        for error in errors:
            monitor.capture(error)
        return [group.facts for group in monitor.groups()]


def loaded(source: str, path: Path) -> types.ModuleType:
    """A module of a file with this source."""
    path.write_text(source)
    module = types.ModuleType(path.stem)
    exec(compile(source, str(path), "exec"), vars(module))
    return module


def test_requests_have_no_say():
    """Message, route, ids and facts differ; the group is one."""
    assert len(monitor_places.groups_of(["Order 1 is gone.", "<script>", "\0", "x" * 9999])) == 1


def test_the_same_in_another_process():
    """A worker that was spawned, and has other addresses and another seed for hashes, finds the same group."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        elsewhere = pool.apply(monitor_places.groups_of, (["a"],))

    assert elsewhere == monitor_places.groups_of(["b"])


def test_an_edit_above_changes_nothing(tmp_path: Path):
    """Lines that are added above move the place, and it stays the same one."""
    source = "def find():\n    raise KeyError('k')\n"
    before = grouped(caught(loaded(source, tmp_path / "shop.py").find))
    after = grouped(caught(loaded("import os\n\n# new\n" + source, tmp_path / "shop.py").find))

    assert before == after
    assert before[0].site.endswith("/shop.py:find")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: raised(NotFoundError("x")), lambda: raised(KeyError("x"))),
        (lambda: caught(monitor_places.fail, "x"), lambda: caught(monitor_places.fail_elsewhere, "x")),
    ],
    ids=["class", "place"],
)
def test_what_the_code_says_makes_a_difference(one: Any, other: Any):
    """Of another class, or from another place, it is another problem."""
    assert len(grouped(one(), other())) == 2


def test_verdict_makes_a_difference():
    """What the object itself says, as an errno does, though class and place are the same."""
    facts = grouped(*[raised(OSError(number, "x")) for number in (errno.EIO, errno.ENOSPC, errno.EMFILE)])

    assert {each.code for each in facts} == {"INTERNAL_ERROR", "RESOURCE_EXHAUSTED"}
    assert len(facts) == 2


def test_service_makes_a_difference():
    """Two services that share a store, and code, have groups of their own."""
    error = raised(KeyError("x"))

    assert grouped(error, service="a")[0].id != grouped(error, service="b")[0].id


def test_service_that_is_no_text():
    """As of bytes that the environment had: it is counted."""
    assert len(grouped(raised(KeyError("x")), service="shop \udcff")) == 1


def test_library_is_not_the_place():
    """What fails inside of a library fails where the application called it."""

    def read() -> object:
        return json.loads("{")

    site = grouped(caught(read))[0].site

    assert site.endswith("test_monitor_identity.py:test_library_is_not_the_place.<locals>.read")


@pytest.mark.parametrize(
    "ask",
    [lambda: Monitor(background=False).stats("long"), lambda: Timeout("soon")],
    ids=["monitor", "policies"],
)
def test_errcore_is_not_the_place(ask: Callable[[], object]):
    """Nor errcore, any room of it, which was asked for something that is none."""

    def look() -> object:
        return ask()

    site = grouped(caught(look))[0].site
    assert site.endswith("test_monitor_identity.py:<lambda>")


@pytest.mark.parametrize("name", ["site-packages", "dist-packages"])
def test_installed_package_is_not_the_place(name: str, tmp_path: Path):
    """Nor what lies among installed packages, which Debian calls otherwise."""
    folder = tmp_path / name
    folder.mkdir()
    library = loaded(
        "def load(call):\n    call()\n\ndef fail():\n    raise ValueError('x')\n", folder / "lib.py"
    )

    def ours() -> None:
        library.load(library.fail)

    assert grouped(caught(ours))[0].site.endswith("ours")
    # A callback of the application is further in than the library.
    assert grouped(caught(library.load, lambda: monitor_places.fail("x")))[0].site.endswith(
        "monitor_places.py:fail"
    )


def test_only_libraries():
    """Where nothing of the application is, the innermost of all is the place."""
    traceback = caught(json.loads, "{").__traceback__
    assert traceback is not None and traceback.tb_next is not None

    assert site_of(spot(traceback.tb_next)).endswith("json/decoder.py:JSONDecoder.raw_decode")


def test_never_raised():
    """An exception that was made and not raised has no place."""
    assert grouped(ValueError("x"))[0].site == "<unknown>"


def test_lambda():
    """Lambdas of one function are one place."""
    calls = [lambda: {}["a"], lambda: {}["b"]]
    sites = [facts.site for facts in grouped(*[caught(call) for call in calls])]

    assert len(sites) == 1
    assert sites[0].endswith("test_lambda.<locals>.<lambda>")


def test_code_without_a_file_is_its_callers():
    """What is compiled while running may have any name, also one that a request chose: the function that runs it is the place."""

    def run(source: str, name: str) -> None:
        exec(compile(source, name, "exec"), {})

    errors = [
        caught(
            run, f"def rule_{number}():\n    raise KeyError('k')\nrule_{number}()", f"<rule of user {number}>"
        )
        for number in range(5)
    ]
    facts = grouped(*errors)

    assert len(facts) == 1
    assert facts[0].site.endswith("test_code_without_a_file_is_its_callers.<locals>.run")


def test_nothing_but_code_without_a_file():
    """In a console it is all that there is."""
    names: dict[str, Any] = {}
    exec(compile("def f():\n    raise KeyError('k')", "<stdin>", "exec"), names)
    traceback = caught(names["f"]).__traceback__
    assert traceback is not None

    assert site_of(spot(traceback.tb_next)) == "<stdin>:f"


def test_generated_classes_of_one_name():
    """Classes that are made again and again are one problem if they are called the same."""

    def fail() -> None:
        raise type("Made", (Exception,), {})("x")

    facts = grouped(*[caught(fail) for _ in range(10)])

    assert [each.type_name for each in facts] == [f"{__name__}.Made"]


def test_codes_that_are_generated():
    """The code belongs to what names a group."""

    class Gone(AppError, code="MONITOR_GONE", kind="not_found"):
        """Something is gone."""

    facts = grouped(raised(Gone("x")))[0]

    assert (facts.code, facts.category, facts.fault, facts.outcome) == (
        "MONITOR_GONE",
        "not_found",
        "caller",
        "error",
    )


def test_sorts():
    """A caller over a limit, a call that was refused and a client that went away are no bugs, and have groups of their own."""
    gone = raised(KeyError("k"))
    with Runtime.for_tests(log_level="critical") as runtime:
        runtime.handle(raised(RateLimitError("Slow down.")))
        runtime.handle(raised(RejectedError("Too many at once.")))
        runtime.handle(gone, RequestFacts(phase="disconnect"))
        runtime.handle(raised(KeyError("k")))
        stats = runtime.monitor.stats()

    assert stats["by_outcome"] == {"cancelled": 1, "error": 1, "limited": 1, "rejected": 1}
    assert len({group["id"] for group in stats["top"]}) == 4


def test_root_of_imports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The path begins below the nearest root of imports, wherever the application lies; else it is the end of it."""
    inner = tmp_path / "src" / "shop"
    inner.mkdir(parents=True)
    code = loaded("def find():\n    raise KeyError('k')\n", inner / "orders.py").find.__code__
    monkeypatch.setattr(sys, "path", ["", str(tmp_path)])
    assert site_of(code) == "src/shop/orders.py:find"

    monkeypatch.setattr(sys, "path", ["", str(tmp_path), f"{tmp_path / 'src'}/"])
    assert site_of(code) == "shop/orders.py:find"

    monkeypatch.setattr(sys, "path", [])
    assert site_of(code) == "shop/orders.py:find"
    linecache.clearcache()


def test_site_is_bounded():
    """However deeply a function is nested."""
    code = (lambda: None).__code__.replace(co_qualname="f." * 1000 + "end", co_filename="x" * 1000)

    assert len(site_of(code)) == 200
    assert site_of(code).endswith("f.end")


def test_files_that_are_known_are_bounded():
    """Code that is made again and again, each time of another file, does not stay."""
    from errcore.monitor.counting import sites

    made = (lambda: {}["k"]).__code__
    for number in range(sites._KNOWN + 10):
        call = types.FunctionType(made.replace(co_filename=f"/srv/made_{number}.py"), {})
        traceback = caught(call).__traceback__
        assert site_of(spot(traceback)).startswith(f"srv/made_{number}.py:")

    assert len(sites._ours) <= sites._KNOWN
