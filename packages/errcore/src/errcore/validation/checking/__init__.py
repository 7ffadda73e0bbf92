# SPDX-License-Identifier: MIT
"""From the tree to a function: `compiling` writes it, what it calls is in `findings`, `options` and `reading`.

`source` holds lines that are being written; `containers` and `records` write what is inside a value.
"""
