# SPDX-License-Identifier: MIT
"""Constraints: frozen values that say which values are allowed, and nothing about how that is checked.

The same object works in the builder, in `Annotated` on an attrs class, in a pydantic model and for Hypothesis: each is
iterable as the annotated-types protocol wants it, and none of those libraries is needed for that (`interop`). `comparing` knows when two values are the same.
"""
