# SPDX-License-Identifier: MIT
"""How the time of a regular expression can grow with the text: `growth` gives the verdict.

`automaton` reads Python's parse tree, `characters` tells which characters its parts read, and `ambiguity` counts the ways
through it. `ecma` puts an expression into the dialect of JSON Schema. `grammars` has those that come ready for values.
"""
