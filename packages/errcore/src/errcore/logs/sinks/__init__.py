# SPDX-License-Identifier: MIT
"""Where lines go: to standard output, to files that several processes share, or to what a user makes of a `Sink`.

`sink` is what all have in common: a sink that fails costs lines and never the caller. `file_sink` uses `open_file` and
`rotation`; `log_sinks` says which category goes where.
"""
