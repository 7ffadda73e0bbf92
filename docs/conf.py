# SPDX-License-Identifier: MIT
"""How the documentation is built. No network: names of other projects are shown, not linked."""

from __future__ import annotations

from importlib.metadata import version as installed
from typing import TYPE_CHECKING

import errcore

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


project = "errcore"
author = "the errcore authors"
copyright = "2026, the errcore authors"  # noqa: A001
release = version = installed("errcore")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"errcore {release}"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False

# Every reference into our packages must resolve; what belongs to Python or to a framework is not looked up.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!errcore).*"),
    ("py:.*", r"errcore.*\.(_\w+|[A-Z](_co)?)"),  # private classes and type variables, which signatures show
    ("py:class", r"errcore\.errors\.\w+\.Declared"),  # the private root of AppError
    ("py:class", r"errcore\.testing\.recording\.Recorder"),  # what the two recorders have in common
]


def find_in_room(app: Sphinx, env: BuildEnvironment, node: pending_xref, contents: Element) -> Element | None:
    """Resolve `errcore.errors.stock.NotFoundError` and `errcore.NotFoundError` to the room that documents them."""
    package, *rest = node.get("reftarget", "").split(".")
    if node.get("refdomain") != "py" or not package.startswith("errcore") or not rest:
        return None
    rooms = [errcore.__dict__["_HOME"].get(rest[0]), ".".join([package, rest[0]]), package]
    names = [".".join(rest[start:]) for start in range(len(rest))]
    python = env.domains.python_domain
    for room in filter(None, rooms):
        for name in names:
            if f"{room}.{name}" in python.objects:
                return python.resolve_xref(
                    env, node["refdoc"], app.builder, "obj", f"{room}.{name}", node, contents
                )
    return None


def show_defaults(app: Sphinx, obj: object, bound: bool) -> None:  # noqa: ARG001 - as Sphinx calls it
    """Show the defaults of attrs classes; in the source that attrs generates they are `attr_dict[...]`."""
    code = getattr(obj, "__code__", None)
    if code is not None and code.co_filename.startswith("<attrs generated"):
        vars(obj).pop("__signature__", None)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("missing-reference", find_in_room)
    app.connect("autodoc-before-process-signature", show_defaults, priority=600)  # after preserve_defaults
