# SPDX-License-Identifier: MIT
"""One code, one living class: reloads, notebooks and `python -m` replace, others are refused, and nothing piles up."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import linecache
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

from errcore import NotFoundError, catalog, classify, public
from errcore.errors import classification

SOURCE = '''
from errcore import NotFoundError

class Again(NotFoundError, code="T_AGAIN_NOT_FOUND"):
    """Again."""
'''


def declare(**keywords: object) -> type[NotFoundError]:
    """A class of always the same name."""
    return type("Local", (NotFoundError,), {"__qualname__": "declare.Local"}, **keywords)


def test_a_reloaded_module_replaces_its_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Reloading declares the same classes again: the new ones count, the old ones still work."""
    Path(tmp_path, "reloaded_errors.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("reloaded_errors")
    before = module.Again
    importlib.reload(module)

    assert module.Again is not before
    assert catalog["T_AGAIN_NOT_FOUND"] is module.Again.spec
    assert classify(before()) == classify(module.Again())


def test_a_module_imported_twice_replaces_its_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The same file under another name (a test runner, a plugin loader) is the same file."""
    path = tmp_path / "twice_errors.py"
    path.write_text(SOURCE.replace("T_AGAIN", "T_TWICE"))
    kept = []
    for name in ("first_name", "second_name"):
        specification = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(specification)
        monkeypatch.setitem(sys.modules, name, module)
        specification.loader.exec_module(module)
        kept.append(module.Again)

    assert catalog["T_TWICE_NOT_FOUND"] is kept[1].spec


def test_a_notebook_cell_may_run_again(monkeypatch: pytest.MonkeyPatch):
    """A module without a file, such as a notebook's `__main__`, is known by its name."""
    notebook = types.ModuleType("notebook_main")
    monkeypatch.setitem(sys.modules, "notebook_main", notebook)
    cell = SOURCE.replace("T_AGAIN", "T_CELL")
    for number in range(3):
        exec(compile(cell, f"<cell {number}>", "exec"), notebook.__dict__)

    assert catalog["T_CELL_NOT_FOUND"].place == "<cell 2>:4"


def test_the_same_function_may_declare_again():
    """A class statement that runs twice is one declaration."""
    first, second = declare(code="T_LOCAL_NOT_FOUND"), declare(code="T_LOCAL_NOT_FOUND")

    assert first is not second
    assert catalog["T_LOCAL_NOT_FOUND"] is second.spec


def test_a_second_class_is_refused_naming_both_places():
    """Two declarations of one code cannot both be right; the message leads to each."""

    class First(NotFoundError, code="T_FIRST_NOT_FOUND"): ...

    with pytest.raises(TypeError) as caught:

        class Second(NotFoundError, code="T_FIRST_NOT_FOUND"): ...

    text = str(caught.value)
    places = re.findall(re.escape(__file__) + r":(\d+)", text)
    assert "<locals>.First" in text
    assert "<locals>.Second" in text
    assert [int(place) for place in places] == [
        line
        for line, code in enumerate(Path(__file__).read_text().splitlines(), 1)
        if "T_FIRST_NOT_FOUND" in code
    ][:2][::-1]
    assert catalog["T_FIRST_NOT_FOUND"] is First.spec


def test_a_stock_code_is_taken():
    """The codes of the stock tree belong to it."""
    with pytest.raises(TypeError, match=r"errcore\.errors\.stock\.NotFoundError"):

        class Mine(NotFoundError, code="NOT_FOUND"): ...


def test_a_class_that_is_gone_frees_its_code():
    """The catalogue holds nobody, and neither does the cache of verdicts once the code is wanted."""

    def declares(name: str) -> None:
        made = type(name, (NotFoundError,), {}, code="T_FREED_NOT_FOUND")
        assert classify(made()).code == "T_FREED_NOT_FOUND"

    declares("One")
    declares("Two")
    declares("Three")
    classification.forget_verdicts()
    gc.collect()

    assert "T_FREED_NOT_FOUND" not in catalog
    assert catalog.get("T_FREED_NOT_FOUND") is None


MAIN = '''
from errcore import NotFoundError, catalog

class Order(NotFoundError, code="T_ORDER_NOT_FOUND"):
    """Order."""

if __name__ == "__main__":
    import shop.orders
    assert shop.orders.Order is not Order
    assert catalog["T_ORDER_NOT_FOUND"] is shop.orders.Order.spec
    import pickle
    print(type(pickle.loads(pickle.dumps(shop.orders.Order("x")))).__module__)
'''


def test_python_dash_m_runs_a_module_that_is_imported_too(tmp_path: Path):
    """A module run by `python -m` and imported by others exists twice; its errors are declared once."""
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "orders.py").write_text(MAIN)
    done = subprocess.run(
        [sys.executable, "-m", "shop.orders"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "shop.orders\n", "")


def test_a_duplicate_in_another_module_is_refused_across_processes(tmp_path: Path):
    """The refusal ends the import with the two places in the traceback."""
    (tmp_path / "one.py").write_text(SOURCE)
    (tmp_path / "two.py").write_text("import one\n" + SOURCE.replace("class Again", "class Other"))
    done = subprocess.run(
        [sys.executable, "-c", "import two"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1
    assert "one.py:4" in done.stderr
    assert "two.py:5" in done.stderr


def test_dynamic_classes_leave_nothing_behind():
    """A service that makes classes all day grows nowhere: not in the catalogue, the caches, attrs or linecache."""

    def makes(count: int) -> None:
        for number in range(count):
            made = type(
                f"Made{number}",
                (NotFoundError,),
                {"__annotations__": {"x": "int"}, "x": public(default=number)},
                code=f"T_MADE_{number % 7}_{number}_FAILED",
            )
            assert classify(made()).status == 404

    def living() -> int:
        classification.forget_verdicts()
        gc.collect()
        return len(gc.get_objects())

    makes(10)
    objects, codes, sources = living(), len(catalog), len(linecache.cache)
    makes(300)

    assert living() - objects < 300
    assert len(catalog) <= codes
    assert len(linecache.cache) <= sources


def test_the_cache_of_verdicts_is_bounded(monkeypatch: pytest.MonkeyPatch):
    """However many classes are classified, at most a fixed number is remembered."""
    monkeypatch.setattr(classification, "_CACHED_CLASSES", 10)
    classification.forget_verdicts()
    for number in range(100):
        classify(type(f"Foreign{number}", (Exception,), {})())
        classify(type(f"System{number}", (OSError,), {})())
        assert len(classification._verdicts) <= 10
        assert len(classification._rules) <= 10


def test_annotations_are_kept_as_they_stand_in_the_class():
    """Without postponed evaluation an annotation is an object; what it says of the value must not get lost."""
    space: dict[str, object] = {}
    exec(
        "from errcore import NotFoundError, public\n"
        "class Lost(NotFoundError, code='T_AGAIN_LOST_NOT_FOUND'):\n"
        "    a: str | None = public(default=None)\n"
        "    b: list[str] = public(factory=list)\n"
        "    c: int = public(default=1)\n",
        space,
    )

    assert [field.type for field in space["Lost"].spec.fields] == ["str | None", "list[str]", "int"]
