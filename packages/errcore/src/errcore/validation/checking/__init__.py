# SPDX-License-Identifier: MIT
"""From the tree to a function: `compiling` writes it, what it calls is in `findings`, `options` and `reading`.

`source` holds lines that are being written; `type_checks` and `calls` write one line or
two each, `containers` and `records` what is inside a value.
"""
