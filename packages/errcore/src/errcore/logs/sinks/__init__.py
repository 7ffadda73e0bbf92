# SPDX-License-Identifier: MIT
"""Where lines go: to standard output, to files that several processes share, or to what a user makes of a `Sink`.

`sink` is what all have in common: a sink that fails costs lines and never the caller. `standard_output` is one, and
`file_sink`, with `open_file` and `rotation`, another; `log_sinks` says which category goes where.
"""
