# SPDX-License-Identifier: MIT
"""When to stop calling: the breaker, from its settings to the windows and leases that it is made of.

`breaker` has the settings; `breaker_state` is one at work, with `window` and `tally` for what was counted, `probes` for who
may try, and `generations` for what came too late. pybreaker holds the state, in `_pybreaker` alone.
"""
